//! `prediction-heatmap`.

use super::rows::{PathFrame, RemovedNode};
use crate::error::Result;
use crate::record::Saved;
use crate::sections::hypercube::rows::FrontierRow;
use crate::sections::shared::results::Results;
use crate::sections::shared::task::{Task, Window, region};
use crate::sections::shared::telling::{Part, Table, Told, in_and_out, shown};
use crate::words::{count, counted, fixed};

pub(crate) fn tell(saved: &Saved, results: &Results) -> Result<Told> {
    let path: Vec<PathFrame> = saved.table("path.csv")?;
    let mut removed: Vec<RemovedNode> = saved.table("removed.csv")?;
    removed.sort_by(|a, b| a.loss.total_cmp(&b.loss));
    let (task, window) = (Task::read(saved), Window::read(saved));
    let full = path.first().map_or(f64::NAN, |frame| frame.loss);
    let range = removed.first().zip(removed.last()).map(|(least, most)| {
        format!(
            "The loss without one node ranges from {} (node {}) to {} (node {}); with all nodes \
             it is {}.",
            fixed(least.loss, 3),
            least.node,
            fixed(most.loss, 3),
            most.node,
            fixed(full, 3)
        )
    });
    let range = range.unwrap_or_default();
    let order: Vec<_> = path.iter().filter_map(|frame| frame.removed).collect();
    let order = order.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let halfway = results.frontier_of(saved)?.and_then(|best| best_halfway(&path, &best));
    let mut words = vec![format!(
        "A removed node’s activation is multiplied by 0 (or, under mean ablation, replaced by its mean). A \
         node whose activation function bends within the map can hold one stretch of the border; \
         without it the prediction bulges out there. {range}"
    )];
    words.extend(halfway);
    let part = Part {
        question: "What does a removed node take away?",
        finding: finding(full, &removed),
        rests_on: format!("the full network and {} without one node", count(removed.len())),
        words,
        details: Vec::new(),
        figure: Some(shown(
            "prediction-heatmap-removed",
            &["removed.npy", "removed.csv"],
            "The network without one node, for each node.",
            format!(
                "{} of the prediction without one node. {range}",
                counted(removed.len(), "heatmap")
            ),
        )),
        live: None,
    };
    Ok(Told {
        title: "Predictions over the plane",
        parts: vec![part],
        more: vec![
            shown(
                "prediction-heatmap",
                &["full.npy"],
                format!("The full network, also beyond the {}.", region(saved).1),
                format!(
                    "Heatmap of the predicted probability of {} over {}: {}.",
                    task.shown_class(),
                    window.words(),
                    in_and_out(&saved.array("full.npy")?, window, task.radius)
                ),
            ),
            shown(
                "prediction-heatmap-path",
                &["path.npy", "path.csv"],
                "Animation: from the full network on, one node after the other is removed.",
                format!(
                    "Animation of the prediction while nodes are removed in the order {order}; the \
                     loss goes from {} with all nodes to {} with none.",
                    fixed(full, 3),
                    fixed(path.last().map_or(f64::NAN, |frame| frame.loss), 3)
                ),
            ),
        ],
        tables: vec![table(full, &removed)],
    })
}

/// What removing one node does, at best and at worst; `removed` ascends.
fn finding(full: f64, removed: &[RemovedNode]) -> String {
    let Some((least, most)) = removed.first().zip(removed.last()) else {
        return "The network has no node to remove".to_owned();
    };
    let [low, high, whole] = [least.loss, most.loss, full].map(|loss| fixed(loss, 3));
    if least.loss >= full {
        format!("Without any one node the loss is higher: {low} to {high} in place of {whole}")
    } else {
        let better = removed.iter().filter(|row| row.loss < full).count();
        format!(
            "Without {better} of {} the loss is lower, without the others up to {high} in place of \
             {whole}",
            counted(removed.len(), "node")
        )
    }
}

fn table(full: f64, removed: &[RemovedNode]) -> Table {
    let mut table = Table::new("Loss without one node (nats)", &["sub-network", "loss", "change"]);
    table.row(["all nodes".to_owned(), fixed(full, 4), "–".to_owned()]);
    let change = |loss: f64| fixed(loss - full, 4);
    if let Some((least, most)) = removed.first().zip(removed.last()) {
        for (words, row) in [("least missed", least), ("most missed", most)] {
            let name = format!("without node {}, the {words}", row.node);
            table.row([name, fixed(row.loss, 4), change(row.loss)]);
        }
    }
    table
}

/// The animation's loss with half of the nodes, beside the best there is.
fn best_halfway(path: &[PathFrame], best: &[FrontierRow]) -> Option<String> {
    let n = path.len().checked_sub(1)?;
    let size = n / 2;
    let (frame, best) = (path.get(n - size)?, best.iter().find(|row| row.size == size)?);
    Some(format!(
        "Removed one after the other in a random order, as in the animation below, nodes leave a loss of \
         {} with {} on; the best sub-network of that size has {}, the median one {}.",
        fixed(frame.loss, 3),
        counted(size, "node"),
        fixed(best.best, 3),
        fixed(best.median, 3)
    ))
}
