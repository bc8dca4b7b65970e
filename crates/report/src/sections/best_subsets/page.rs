//! `best-subsets`.

use super::rows::{BestSubsetRow, BestSubsetSummary, CriterionRow};
use crate::error::Result;
use crate::record::Saved;
use crate::sections::shared::results::{Results, nodes};
use crate::sections::shared::telling::{Part, Table, Told, shown};
use crate::words::{count, counted, fixed, percent};

/// A criterion, and where it comes from.
const CRITERIA: [(&str, &str, &str); 6] = [
    ("greedy", "greedy removal", "backward elimination, one node after the other"),
    ("taylor", "Taylor", "|hᵢ ∂loss/∂hᵢ| summed over points; Molchanov and others, ICLR 2017"),
    ("shapley", "Shapley value", "exact, of the loss"),
    (
        "activation-norm",
        "activation norm",
        "mean activation × weight norm; Sun and others, ICLR 2024",
    ),
    ("weight-norm", "weight norm", "norm of the outgoing weights; Li and others, ICLR 2017"),
    ("random", "random", "median of random masks"),
];

/// What a criterion is called in words.
pub(crate) fn in_words(criterion: &str) -> &str {
    CRITERIA.iter().find(|(name, ..)| *name == criterion).map_or(criterion, |(_, words, _)| words)
}

pub(crate) fn tell(saved: &Saved, _: &Results) -> Result<Told> {
    let summary: BestSubsetSummary = saved.json("summary.json")?;
    let best: Vec<BestSubsetRow> = saved.table("best_masks.csv")?;
    let criteria: Vec<CriterionRow> = saved.table("criteria.csv")?;
    let deep = nodes(saved).is_some_and(|all| all > summary.n_nodes);
    let others = if deep { " The nodes of the layers before it stay on." } else { "" };
    let proven = if summary.proven == best.len() {
        "all of them are proven to be best".to_owned()
    } else {
        format!(
            "{} of {} are proven to be best, and no other can be better by more than {} %",
            count(summary.proven),
            count(best.len()),
            fixed(100.0 * summary.largest_gap, 2)
        )
    };
    let part = Part {
        question: "How near do the ways in which people prune come to the best there is?",
        finding: nearest(&best, &criteria),
        rests_on: format!("the best mask found of each of {} sizes; {proven}", count(best.len())),
        words: vec![format!(
            "The loss is convex in the gates of the last hidden layer’s {} nodes, so that its minimum over \
             gates between 0 and 1 bounds all masks of a size from below; branch and bound closes \
             in.{others} Of the masks found, {proven}.",
            count(summary.n_nodes)
        )],
        details: Vec::new(),
        figure: Some(shown(
            "best-subsets",
            &["best_masks.csv", "criteria.csv"],
            "The lowest loss with so many nodes on, what the bound does not rule out, and what pruning \
             criteria keep.",
            format!("Loss by number of nodes on, best mask and criteria; {proven}."),
        )),
        live: Some("greedy"),
    };
    let criteria_figure = shown(
        "best-subsets-criteria",
        &["best_masks.csv", "criteria.csv"],
        "How far from the best mask each criterion is.",
        "Loss above that of the best mask for each criterion, by number of nodes on; the table has the \
         numbers."
            .to_owned(),
    );
    Ok(Told {
        title: "Best sub-networks, with a proof",
        parts: vec![part],
        more: vec![criteria_figure],
        tables: vec![league(&best, &criteria)],
    })
}

/// How far the criterion that comes nearest is from the best masks found. Where these are not proven,
/// it may be farther off than that, never nearer.
fn nearest(best: &[BestSubsetRow], criteria: &[CriterionRow]) -> String {
    let median = |(name, words, _): &(&str, &'static str, &str)| {
        let excess = excess(best, criteria, name);
        Some((*excess.get(excess.len() / 2)?, *words, excess.iter().all(|share| *share < 1e-9)))
    };
    let nearest = CRITERIA.iter().filter_map(median).min_by(|a, b| a.0.total_cmp(&b.0));
    match nearest {
        None => "There is nothing to choose between".to_owned(),
        Some((_, words, true)) => {
            format!("Of the pruning criteria, {words} finds the best of every size")
        }
        Some((share, words, false)) => format!(
            "Every pruning criterion misses the best sub-networks: the nearest, {words}, by {} of the loss \
             (median over sizes)",
            percent(share)
        ),
    }
}

/// By what share the masks of a criterion exceed the best found, over all sizes that leave a choice,
/// ascending.
fn excess(best: &[BestSubsetRow], criteria: &[CriterionRow], name: &str) -> Vec<f64> {
    // With none and with all nodes on there is nothing to choose.
    let chosen =
        |row: &&CriterionRow| row.criterion == name && row.size > 0 && row.size + 1 < best.len();
    let share = |row: &CriterionRow| {
        let best = best.get(row.size)?.loss;
        Some(if best > 0.0 { (row.loss / best - 1.0).max(0.0) } else { 0.0 })
    };
    let mut shares: Vec<f64> = criteria.iter().filter(chosen).filter_map(share).collect();
    shares.sort_by(f64::total_cmp);
    shares
}

/// How far each criterion is from the best masks found.
fn league(best: &[BestSubsetRow], criteria: &[CriterionRow]) -> Table {
    let mut table = Table::new(
        format!(
            "Pruning criteria over {} with 1 to all but one node on: loss above that of the best mask",
            counted(best.len().saturating_sub(2), "size")
        ),
        &["criterion", "median", "largest", "finds the best", "what it ranks nodes by"],
    );
    for (name, words, source) in CRITERIA {
        let excess = excess(best, criteria, name);
        if excess.is_empty() {
            continue;
        }
        let found = excess.iter().filter(|&&share| share < 1e-9).count();
        table.row([
            words.to_owned(),
            percent(excess[excess.len() / 2]),
            percent(excess[excess.len() - 1]),
            format!("{} of {}", count(found), count(excess.len())),
            source.to_owned(),
        ]);
    }
    table
}
