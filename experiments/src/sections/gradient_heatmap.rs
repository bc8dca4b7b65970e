//! `gradient-heatmap`: where in the plane the loss of the full network sits, and where each node's
//! gate moves it.

use anyhow::Result;
use clap::Args;
use hypercube::{Mask, Points};
use model::Pointwise;
use rayon::prelude::*;
use report::records::NodeKind;
use serde_json::json;

use super::plane::Window;
use crate::output;
use crate::sampling;
use crate::session::Session;
use crate::statistics::nodes::{Activity, BIAS_VARIATION, activities};
use crate::subject::Subject;
use crate::work::Work;

/// Half the side of the plane that is drawn, in units of the points' own half: a margin beyond their
/// square, past which both loss and gradients are all but zero.
const EXTENT: f64 = 1.25;

/// Pixels along a side of each map.
const SIDE: usize = 128;

#[derive(Args, Debug, Default)]
pub struct Options {}

pub fn run(session: &Session, _options: &Options) -> Result<()> {
    let work = Work::begin(session, "gradient-heatmap")?;
    let subject = session.plane("gradient-heatmap")?;
    let n = subject.network.n_nodes();
    let window = Window::for_subject(subject, EXTENT);
    let plane = labelled(subject, &window, SIDE)?;
    let pointwise =
        Pointwise::new(&subject.network, session.ablation(), &subject.points, &session.compute);
    let maps = pointwise.losses_and_gradients(&plane);
    sampling::check_map(&maps.losses)?;
    sampling::check_map(&maps.gradients)?;

    work.record.array_f32("loss.npy", &[SIDE, SIDE], &maps.losses)?;
    let by_node: Vec<f32> =
        (0..n).flat_map(|i| maps.gradients.iter().skip(i).step_by(n).copied()).collect();
    work.record.array_f32("gradients.npy", &[n, SIDE, SIDE], &by_node)?;
    let gradient = session.sub_networks()?.losses_and_gradients(&[Mask::full(n)], |_| ()).gradients;
    let nodes = kinds(&activities(&subject.network, &subject.points), &gradient);
    work.record.table("nodes.csv", &nodes)?;

    print(&nodes)?;
    let labels =
        subject.data.map_or_else(|| "nearest evaluation point".to_owned(), |data| data.to_string());
    let mut parameters = window.parameters();
    parameters["bias_variation"] = json!(BIAS_VARIATION);
    parameters["plane_labels"] = json!(labels);
    work.finish(parameters)
}

/// The centres of `side`² pixels over a window, each with a label: the data's, or for points from a
/// file, that of the nearest of them.
pub fn labelled(subject: &Subject, window: &Window, side: usize) -> Result<Points> {
    let plane = window.pixels(side);
    let distance = |a: &[f64], b: &[f64]| (a[0] - b[0]).powi(2) + (a[1] - b[1]).powi(2);
    let label = |x: &[f64]| match subject.data {
        Some(data) => data.label(x[0], x[1]),
        None => subject
            .points
            .iter()
            .min_by(|a, b| distance(a.0, x).total_cmp(&distance(b.0, x)))
            .map_or(0, |(_, label)| label),
    };
    let labels = plane.coordinates().par_chunks_exact(2).map(label).collect();
    Ok(Points::new(2, plane.coordinates().to_vec(), labels)?)
}

/// What each node does over the evaluation points in the full network.
fn kinds(activities: &[Activity], gradient: &[f32]) -> Vec<NodeKind> {
    let kind = |(node, activity): (usize, &Activity)| NodeKind {
        node,
        kind: activity.kind.name().to_owned(),
        active_share: activity.active_share,
        mean_activation: activity.mean,
        sd_activation: activity.sd,
        gradient: f64::from(gradient[node]),
    };
    activities.iter().enumerate().map(kind).collect()
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
