//! `node-on`.

use super::rows::SplitNode;
use crate::error::Result;
use crate::record::Saved;
use crate::sections::hypercube::rows::NodeValue;
use crate::sections::shared::results::Results;
use crate::sections::shared::telling::{Part, Table, Told, exact_gradients, shown};
use crate::words::{count, counted, fixed};

pub(crate) fn tell(saved: &Saved, results: &Results) -> Result<Told> {
    let mut nodes: Vec<SplitNode> = saved.table("nodes.csv")?;
    nodes.sort_by(|a, b| b.scale.total_cmp(&a.scale));
    let masks = nodes.first().map_or(0, |node| node.masks_on.saturating_add(node.masks_off));
    let alive: Vec<&SplitNode> = nodes.iter().filter(|node| node.scale > 0.0).collect();
    let dead = nodes.len() - alive.len();
    let never = match dead {
        0 => String::new(),
        dead => format!(", and {} never matter", count(dead)),
    };
    let ends = alive.first().zip(alive.last());
    let range = ends.map_or_else(
        || "no node matters at any mask".to_owned(),
        |(most, least)| {
            format!(
                "the scale of a node, the root mean square of its gradient, ranges from {} (node {}) to \
                 {} (node {}), a factor of {}{never}",
                fixed(least.scale, 3),
                least.node,
                fixed(most.scale, 3),
                most.node,
                fixed(most.scale / least.scale, 1)
            )
        },
    );
    let finding = ends.map_or_else(
        || "No node matters at any mask".to_owned(),
        |(most, least)| {
            let factor = fixed(most.scale / least.scale, 1);
            format!("The gradient of one node is up to {factor} times as large as that of another{never}")
        },
    );
    let mean = |of: fn(&SplitNode) -> (usize, f64)| {
        let (number, sum) = nodes
            .iter()
            .map(of)
            .fold((0.0, 0.0), |(n, s), (masks, mean)| (n + masks as f64, s + masks as f64 * mean));
        fixed(sum / number, 3)
    };
    let (on, off) = (mean(|n| (n.masks_on, n.mean_on)), mean(|n| (n.masks_off, n.mean_off)));
    let hypercube = results.hypercube_of(saved);
    let values: Option<Vec<NodeValue>> = hypercube.map(|h| h.table("nodes.csv")).transpose()?;
    let (curves, of_curves) = exact_gradients(saved).unzip();
    let of_curves = of_curves.unwrap_or_default();
    let split = Part {
        question: "Do the two peaks of ∂ln(loss)/∂bᵢ belong to nodes that are on and off?",
        finding: format!(
            "Being on or off shifts a node’s gradient: {on} on average where it is on, {off} where it \
             is off"
        ),
        rests_on: format!("{} random masks of p = ½", count(masks)),
        words: [format!(
            "The density of the gate gradient of ln(loss) at {} masks of p = ½, in two parts: masks in \
             which the node itself is on, and masks in which it is off. The parts add up to the \
             whole. If being on or off explained the peaks, each part would have one.",
            count(masks)
        )]
        .into_iter()
        .chain(curves)
        .collect(),
        details: Vec::new(),
        figure: Some(shown(
            "node-on",
            &["density.csv", "density_exact.csv"],
            format!("All nodes pooled.{of_curves}"),
            format!(
                "Density of ∂ln(loss)/∂bᵢ over all nodes, split: the mean is {on} where the node is on \
                 and {off} where it is off.{of_curves}"
            ),
        )),
        live: None,
    };
    let each = Part {
        question: "Do all nodes matter alike?",
        finding,
        rests_on: format!("{} random masks of p = ½", count(masks)),
        words: [Some(format!("Nodes differ: {range}.")), values.map(|values| balance(&values))]
            .into_iter()
            .flatten()
            .collect(),
        details: Vec::new(),
        figure: Some(shown(
            "node-on-nodes",
            &["density.csv", "density_exact.csv", "nodes.csv"],
            format!("Each node by itself.{of_curves}"),
            format!("The same split in {}; {range}.{of_curves}", counted(nodes.len(), "panel")),
        )),
        live: None,
    };
    Ok(Told {
        title: "Gradients split by whether the node is on",
        parts: vec![split, each],
        more: Vec::new(),
        tables: vec![table(&nodes)],
    })
}

/// The nodes with the largest and the smallest scales.
fn table(nodes: &[SplitNode]) -> Table {
    const ENDS: usize = 3;
    let mut table = Table::new(
        "Gradient of ln(loss) at p = ½, sampled, mean ± standard deviation over masks: the nodes \
         with the largest and the smallest scale",
        &["node", "scale", "where it is on", "where it is off"],
    );
    for (place, node) in nodes.iter().enumerate() {
        if place < ENDS || place + ENDS >= nodes.len() {
            table.row([
                format!("node {}", node.node),
                fixed(node.scale, 3),
                format!("{} ± {}", fixed(node.mean_on, 3), fixed(node.sd_on, 3)),
                format!("{} ± {}", fixed(node.mean_off, 3), fixed(node.sd_off, 3)),
            ]);
        }
    }
    table
}

fn balance(values: &[NodeValue]) -> String {
    let help = values.iter().filter(|node| node.log_loss_banzhaf < 0.0).count();
    format!(
        "The gradient is a local answer; the exact one is the mean change of ln(loss) when the \
         node is switched on, over all masks of the other nodes (Banzhaf value). By it {} of {} \
         lower ln(loss) on average, and {} raise it or leave it alone.",
        help,
        counted(values.len(), "node"),
        values.len() - help
    )
}
