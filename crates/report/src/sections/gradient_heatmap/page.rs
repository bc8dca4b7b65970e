//! `gradient-heatmap`.

use serde_json::Value;

use super::rows::NodeKind;
use crate::error::Result;
use crate::record::{Array, Saved};
use crate::sections::shared::results::{Results, write_up};
use crate::sections::shared::task::{Task, Window};
use crate::sections::shared::telling::{Part, Table, Told, shown};
use crate::words::{counted, fixed, number, percent};
use crate::write_up::BIAS_NODES;

/// What counts as near the circle.
const NEAR: f64 = 0.1;

pub(crate) fn tell(saved: &Saved, results: &Results) -> Result<Told> {
    let nodes: Vec<NodeKind> = saved.table("nodes.csv")?;
    let of = |kind: &str| nodes.iter().filter(|node| node.kind == kind).count();
    let (bias, slicing, dead) = (of("bias"), of("slicing"), of("dead"));
    let near = near(saved)?;
    let variation = saved.parameter("bias_variation").and_then(Value::as_f64).unwrap_or(0.5);
    let largest = nodes.iter().max_by(|a, b| a.gradient.abs().total_cmp(&b.gradient.abs()));
    let largest = largest.map(|node| {
        format!(
            " The largest gate gradient of the full network is {} nats, of node {}.",
            fixed(node.gradient, 4),
            node.node
        )
    });
    let largest = largest.unwrap_or_default();
    let mut words = vec![format!(
        "The full network’s gate gradients and loss, point by point. Two kinds of nodes show: a slicing \
         node matters along one stretch of the border, a bias node along all of it. A node counts as \
         a bias node if its activation varies over the evaluation points by less than {} of its mean \
         (standard deviation against mean).",
        number(variation)
    )];
    words.extend(ranks(saved, results));
    let of_all = format!("{bias} of {} act as a bias", counted(nodes.len(), "node"));
    let part = Part {
        question: "At which points does a node matter to the full network?",
        finding: near.as_ref().map_or_else(
            || of_all.clone(),
            |near| {
                format!(
                    "{} of the loss and {} of the gradients lie within {NEAR} of the circle, and {of_all}",
                    percent(near.loss),
                    percent(near.gradient)
                )
            },
        ),
        rests_on: "the full network, point by point".to_owned(),
        words,
        details: Vec::new(),
        figure: Some(shown(
            "gradient-heatmap",
            &["gradients.npy", "nodes.csv"],
            "The gate gradient of each node, at every point.",
            format!(
                "{} of ∂loss/∂bᵢ over the plane: {bias} bias nodes, {slicing} slicing nodes, {dead} \
                 that are never active.{largest}",
                counted(nodes.len(), "heatmap")
            ),
        )),
        live: None,
    };
    let loss = shown(
        "gradient-heatmap-loss",
        &["loss.npy"],
        "The loss at every point.",
        near.as_ref().map_or_else(
            || "Heatmap of the loss of the full network, point by point.".to_owned(),
            |near| {
                format!(
                    "Heatmap of the loss of the full network, point by point: a ring along the \
                     circle, within {NEAR} of which {} of it lies.",
                    percent(near.loss)
                )
            },
        ),
    );
    Ok(Told {
        title: "Where in the plane gradients and loss sit",
        parts: vec![part],
        more: vec![loss],
        tables: vec![table(saved, nodes.len(), (bias, slicing, dead), near)],
    })
}

/// How much of loss and gradients lies near the circle.
struct Near {
    loss: f64,
    gradient: f64,
}

/// Shares of the maps' sums over the square [−1, 1]²; none without a circle in it.
fn near(saved: &Saved) -> Result<Option<Near>> {
    let window = Window::read(saved);
    let of_square = saved.parameter("extent").is_some();
    let Some(radius) = Task::read(saved).radius.filter(|_| of_square) else { return Ok(None) };
    let share = |map: &Array| {
        let side = map.shape.last().copied().unwrap_or(1);
        let (mut near, mut all) = (0.0, 0.0);
        for (index, value) in map.data.iter().enumerate() {
            let pixel = index % (side * side);
            let (x, y) = window.centre(pixel, side);
            if x.abs().max(y.abs()) <= 1.0 {
                all += value.abs();
                near += if (x.hypot(y) - radius).abs() < NEAR { value.abs() } else { 0.0 };
            }
        }
        near / all
    };
    let (loss, gradient) =
        (share(&saved.array("loss.npy")?), share(&saved.array("gradients.npy")?));
    Ok(Some(Near { loss, gradient }))
}

fn table(
    saved: &Saved,
    n: usize,
    (bias, slicing, dead): (usize, usize, usize),
    near: Option<Near>,
) -> Table {
    let title = match near {
        Some(_) => {
            "Kinds of nodes; loss and gradients of the full network, over the maps’ points in the \
             square [−1, 1]²"
        }
        None => "Kinds of nodes",
    };
    let mut table = Table::new(title, &["quantity", "write-up", "here"]);
    let (theirs, of) = BIAS_NODES;
    let share = |number: usize| percent(number as f64 / n.max(1) as f64);
    for (name, number) in [("a bias", bias), ("slicing", slicing), ("never active", dead)] {
        let theirs = if name == "a bias" { format!("{theirs} of {of}") } else { "–".to_owned() };
        table.row([
            format!("nodes that are {name}"),
            write_up(saved, &theirs),
            format!("{number} of {n} ({})", share(number)),
        ]);
    }
    if let Some(near) = near {
        let rows = [("loss", "“most”", near.loss), ("Σ|∂loss/∂bᵢ|", "“all”", near.gradient)];
        for (what, theirs, share) in rows {
            let name = format!("share of {what} within {NEAR} of the circle");
            table.row([name, write_up(saved, theirs), percent(share)]);
        }
    }
    table
}

/// How well the gradient foretells removal.
fn ranks(saved: &Saved, results: &Results) -> Option<String> {
    let hypercube = results.hypercube_of(saved)?;
    let value = |name: &str| hypercube.parameter(name).and_then(Value::as_f64);
    let spearman = value("removal_rank_correlation_spearman")?;
    let kendall = value("removal_rank_correlation_kendall")?;
    Some(format!(
        "Whether a gradient foretells what removing the node does can be checked node by node: over \
         all nodes of the full network, gate gradients and true changes of the loss have the rank \
         correlation {} (Spearman) or {} (Kendall).",
        fixed(spearman, 3),
        fixed(kendall, 3)
    ))
}
