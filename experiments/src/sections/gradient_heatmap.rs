//! `gradient-heatmap`: where in the plane the loss of the full network sits, and where each node's
//! gate moves it.

use anyhow::Result;
use clap::Args;
use hypercube::{Mask, Network, Points};
use model::Pointwise;
use model::data::Data;
use report::records::NodeKind;
use serde_json::json;
use stats::Moments;

use super::prediction_heatmap::square;
use crate::output;
use crate::session::{Session, Subject, Work};

/// Half the side of the plane that is drawn: a margin beyond the training square, past which both
/// loss and gradients are all but zero.
const EXTENT: f64 = 1.25;

/// Pixels along a side of each map.
const SIDE: usize = 128;

/// A node is called a bias node if its activation varies over the evaluation points by less than
/// this share of its mean (its coefficient of variation): to the network it is then nearly a
/// constant. A node that cuts the points has a coefficient well above, since it is 0 on some.
const BIAS_VARIATION: f64 = 0.5;

#[derive(Args, Debug, Default)]
pub struct Options {}

pub fn run(session: &Session, _options: &Options) -> Result<()> {
    let work = Work::begin(session, "gradient-heatmap")?;
    let subject = session.plane("gradient-heatmap")?;
    let n = subject.network.n_nodes();
    let plane = labelled_plane(subject)?;
    let pointwise =
        Pointwise::new(&subject.network, session.ablation(), &subject.points, &session.compute);
    let maps = pointwise.losses_and_gradients(&plane);

    work.record.array_f32("loss.npy", &[SIDE, SIDE], &maps.losses)?;
    let by_node: Vec<f32> =
        (0..n).flat_map(|i| maps.gradients.iter().skip(i).step_by(n).copied()).collect();
    work.record.array_f32("gradients.npy", &[n, SIDE, SIDE], &by_node)?;
    let gradient = session.sub_networks()?.losses_and_gradients(&[Mask::full(n)], |_| ()).gradients;
    let nodes = kinds(&subject.network, &subject.points, &gradient);
    work.record.table("nodes.csv", &nodes)?;

    print(&nodes)?;
    let labels = subject.data.map_or("nearest evaluation point", Data::name);
    work.finish(json!({
        "extent": EXTENT,
        "bias_variation": BIAS_VARIATION,
        "plane_labels": labels,
    }))
}

/// The plane's pixels, each with a label: the data's, or for points from a file, that of the nearest
/// of them.
fn labelled_plane(subject: &Subject) -> Result<Points> {
    let plane = square(EXTENT, SIDE);
    let distance = |a: &[f64], b: &[f64]| (a[0] - b[0]).powi(2) + (a[1] - b[1]).powi(2);
    let label = |x: &[f64]| match subject.data {
        Some(data) => data.label(x[0], x[1]),
        None => subject
            .points
            .iter()
            .min_by(|a, b| distance(a.0, x).total_cmp(&distance(b.0, x)))
            .map_or(0, |(_, label)| label),
    };
    let labels = plane.iter().map(|(x, _)| label(x)).collect();
    Ok(Points::new(2, plane.coordinates().to_vec(), labels)?)
}

/// What each node does over the evaluation points in the full network.
fn kinds(network: &Network, points: &Points, gradient: &[f32]) -> Vec<NodeKind> {
    let activations = network.activations(points);
    let n = network.n_nodes();
    let kind = |node: usize| {
        let own: Vec<f64> = activations.iter().skip(node).step_by(n).copied().collect();
        let moments = Moments::of(&own);
        let active = own.iter().filter(|h| **h > 0.0).count();
        let kind = if active == 0 {
            "dead"
        } else if moments.sd < BIAS_VARIATION * moments.mean {
            "bias"
        } else {
            "slicing"
        };
        NodeKind {
            node,
            kind: kind.to_owned(),
            active_share: active as f64 / own.len() as f64,
            mean_activation: moments.mean,
            sd_activation: moments.sd,
            gradient: f64::from(gradient[node]),
        }
    };
    (0..n).map(kind).collect()
}

fn print(nodes: &[NodeKind]) -> Result<()> {
    let row = |k: &NodeKind| {
        vec![
            k.node.to_string(),
            k.kind.clone(),
            format!("{:.1} %", 100.0 * k.active_share),
            format!("{:.4}", k.mean_activation),
            format!("{:.4}", k.sd_activation),
            format!("{:+.5}", k.gradient),
        ]
    };
    let rows: Vec<_> = nodes.iter().map(row).collect();
    let header = ["node", "kind", "active on", "mean activation", "sd", "∂loss/∂bᵢ"];
    output::print(&output::table(&header, &rows))?;
    let count = |kind: &str| nodes.iter().filter(|k| k.kind == kind).count();
    output::print(&format!(
        "{} of {} nodes act as a bias (sd of activation < {BIAS_VARIATION} × mean), {} slice, {} are dead\n",
        count("bias"),
        nodes.len(),
        count("slicing"),
        count("dead")
    ))?;
    Ok(())
}
