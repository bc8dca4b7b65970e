//! What is shown of `hypercube`: its figures in words, and its tables.

use serde_json::Value;

use super::page::{even_and_odd, pairs};
use super::rows::{
    FlipCovarianceRow, FrontierRow, HypercubeSummary, InteractionRow, MeanCurveRow, NodeValue,
    RemovalRow, SpectrumRow,
};
use crate::error::Result;
use crate::record::Saved;
use crate::sections::shared::telling::{Shown, Table, shown};
use crate::words::{counted, fixed, listed, percent};

pub(super) fn spectrum(saved: &Saved) -> Result<Shown> {
    let rows: Vec<SpectrumRow> = saved.table("spectrum.csv")?;
    let shares = even_and_odd(&rows).map(|(even, odd)| {
        format!(
            " Of the variance of ln(loss), {} lies on even degrees ({} on pairs) and {} on odd ones.",
            percent(even),
            percent(pairs(&rows)),
            percent(odd)
        )
    });
    Ok(shown(
        "hypercube-spectrum",
        &["spectrum.csv"],
        "A loss is a sum over sets of nodes that interact (its Walsh expansion). How much of its \
         variance lies on sets of each size, the degree. In the reversal, even degrees stay and \
         odd ones change sign.",
        format!(
            "Bar charts of the variance by degree of interaction.{}",
            shares.unwrap_or_default()
        ),
    ))
}

/// None in records of earlier versions.
pub(super) fn pair_matrix(saved: &Saved) -> Option<Shown> {
    let matrix = shown(
        "hypercube-pairs",
        &["interactions.npy", "order.csv"],
        "How every pair of nodes interacts: by how much the effect of switching one on changes when the \
         other is on, on average over all masks of the rest.",
        "Heatmap of the Banzhaf interaction index of all pairs of nodes; the table has the strongest."
            .to_owned(),
    );
    saved.has("interactions.npy").then_some(matrix)
}

pub(super) fn best(frontier: &[FrontierRow]) -> Shown {
    let of = |row: &FrontierRow| {
        format!(
            "{}: best {}, greedy {}, by gradient {}, median {}, worst {}",
            counted(row.size, "node"),
            fixed(row.best, 3),
            fixed(row.greedy, 3),
            fixed(row.taylor, 3),
            fixed(row.median, 3),
            fixed(row.worst, 3)
        )
    };
    let half: Vec<_> = frontier.get(frontier.len() / 2).map(of).into_iter().collect();
    shown(
        "hypercube",
        &["frontier.csv", "best_masks.csv"],
        "The best sub-network of each size, and what two searches that remove one node at a time \
         arrive at: greedy (try all, remove the one that costs least) and by the gate gradient.",
        format!("Curves of the loss against the number of nodes on. With {}.", listed(&half)),
    )
}

pub(super) fn covariance(saved: &Saved) -> Result<Shown> {
    let rows: Vec<FlipCovarianceRow> = saved.table("flip_covariance.csv")?;
    let least = rows.iter().min_by(|a, b| a.log_loss_covariance.total_cmp(&b.log_loss_covariance));
    let words = rows.first().zip(rows.last()).zip(least).map(|((first, last), least)| {
        format!(
            " That of ln(loss) goes from {} at 0 flips to {} at {} and to {} at {}.",
            fixed(first.log_loss_covariance, 3),
            fixed(least.log_loss_covariance, 3),
            least.flips,
            fixed(last.log_loss_covariance, 3),
            last.flips
        )
    });
    Ok(shown(
        "hypercube-flip-covariance",
        &["flip_covariance.csv"],
        "Covariance at two masks of a flip path, by the number of flips between them.",
        format!("Curves of covariance against flips.{}", words.unwrap_or_default()),
    ))
}

pub(super) fn nodes(saved: &Saved) -> Result<Shown> {
    let rows: Vec<NodeValue> = saved.table("nodes.csv")?;
    let by = |a: &&NodeValue, b: &&NodeValue| a.loss_shapley.total_cmp(&b.loss_shapley);
    let words = rows.iter().min_by(by).zip(rows.iter().max_by(by)).map(|(low, high)| {
        format!(
            " By Shapley value of the loss, node {} helps most ({} nats) and node {} least ({}).",
            low.node,
            fixed(low.loss_shapley, 3),
            high.node,
            fixed(high.loss_shapley, 3)
        )
    });
    Ok(shown(
        "hypercube-nodes",
        &["nodes.csv", "interactions.csv"],
        "What each node is worth: how switching it on changes the loss on average.",
        format!("Bar charts of Shapley and Banzhaf values.{}", words.unwrap_or_default()),
    ))
}

pub(super) fn removal(saved: &Saved) -> Result<Shown> {
    let rows: Vec<RemovalRow> = saved.table("removals.csv")?;
    let wrong = rows.iter().filter(|row| row.predicted.signum() != row.effect.signum()).count();
    Ok(shown(
        "hypercube-removal",
        &["removals.csv"],
        "What removing one node from the full network does, against what its gate gradient says.",
        format!(
            "Scatter plot of {}: predicted change of the loss against the true one. The sign is \
             predicted wrong for {wrong}.",
            counted(rows.len(), "node")
        ),
    ))
}

pub(super) fn mean_curve(saved: &Saved) -> Result<Shown> {
    let rows: Vec<MeanCurveRow> = saved.table("mean_curve.csv")?;
    let most = rows.iter().max_by(|a, b| a.loss.total_cmp(&b.loss));
    let words = rows.first().zip(rows.last()).zip(most).map(|((none, all), most)| {
        format!(
            " The mean loss is {} with no node on, at most {} (p = {}), and {} with all on.",
            fixed(none.loss, 3),
            fixed(most.loss, 3),
            fixed(most.p, 2),
            fixed(all.loss, 3)
        )
    });
    Ok(shown(
        "hypercube-mean-curve",
        &["mean_curve.csv"],
        "Mean loss and mean ln(loss) against the probability that a node is on.",
        format!("Curves against p.{}", words.unwrap_or_default()),
    ))
}

pub(super) fn ablations(saved: &Saved) -> Option<Shown> {
    let number = |kind: &str| {
        saved.parameter(&format!("{kind}_ablation_reversal_correlation")).and_then(Value::as_f64)
    };
    let recorded = saved.manifest().outputs.contains_key("ablation_sizes.csv");
    let words = number("zero").zip(number("mean")).map(|(zero, mean)| {
        format!(
            " The reversal correlation of ln(loss) is {} under zero and {} under mean ablation.",
            fixed(zero, 3),
            fixed(mean, 3)
        )
    });
    recorded.then(|| {
        shown(
            "hypercube-ablations",
            &["ablation_sizes.csv", "ablation_spectrum.csv", "ablation_nodes.csv"],
            "Two ways of removing a node: its activation becomes 0, or its mean over the points.",
            format!(
                "Loss by size, variance by degree and Shapley values under both ablations.{}",
                words.unwrap_or_default()
            ),
        )
    })
}

pub(super) fn totals(summary: &HypercubeSummary) -> Table {
    let head = ["over all masks, exact", "loss (nats)", "ln(loss)"];
    let mut table = Table::new("All sub-networks", &head);
    let mut row = |name: &str, loss: f64, log_loss: f64| {
        table.row([name.to_owned(), fixed(loss, 4), fixed(log_loss, 4)]);
    };
    row("mean", summary.mean_loss, summary.mean_log_loss);
    row("standard deviation", summary.sd_loss, summary.sd_log_loss);
    row(
        "correlation with the reversal",
        summary.reversal_correlation_loss,
        summary.reversal_correlation_log_loss,
    );
    table
}

pub(super) fn sizes(frontier: &[FrontierRow]) -> Table {
    let head = ["nodes on", "best", "greedy", "by gradient", "median", "worst"];
    let mut table = Table::new("Loss by number of nodes on (nats), exact", &head);
    for row in frontier {
        let losses = [row.best, row.greedy, row.taylor, row.median, row.worst];
        let cells = losses.map(|loss| fixed(loss, 4));
        table.rows.push([row.size.to_string()].into_iter().chain(cells).collect());
    }
    table
}

/// The strongest pairs.
pub(super) fn interactions(rows: &[InteractionRow]) -> Table {
    const SHOWN: usize = 5;
    let mut table = Table::new(
        "The strongest pairs: change of the loss when both are on, beyond the sum of each alone \
         (mean over the other nodes’ masks, nats), exact",
        &["nodes", "interaction"],
    );
    for row in rows.iter().filter(|row| row.quantity == "loss").take(SHOWN) {
        table.row([format!("{} and {}", row.first, row.second), fixed(row.effect, 3)]);
    }
    table
}
