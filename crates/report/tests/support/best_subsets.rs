//! Made-up records of the best-subsets section.

use std::path::Path;

use report::records::*;

use super::{begin, finish};

/// Writes the section's results for a last hidden layer of `n` nodes.
pub fn best_subsets(out: &Path, n: usize) {
    let record = begin(out, "best-subsets");
    // Small networks' losses are close together, so that both kinds of axis are drawn.
    let steep = if n < 4 { 0.3 } else { 3.0 };
    let loss = |size: usize| 0.7 * (-steep * size as f64 / n as f64).exp();
    let best = |size: usize| BestSubsetRow {
        size,
        mask: ((1u128 << size) - 1).to_string(),
        loss: loss(size),
        accuracy: 0.5 + 0.5 * size as f64 / n as f64,
        lower_bound: if size % 3 == 1 { 0.97 * loss(size) } else { loss(size) },
        proven: size % 3 != 1,
    };
    record.table("best_masks.csv", &(0..=n).map(best).collect::<Vec<_>>()).unwrap();
    let criteria = ["greedy", "taylor", "shapley", "activation-norm", "weight-norm", "random"];
    let criterion = |(size, k): (usize, usize)| CriterionRow {
        size,
        criterion: criteria[k].to_owned(),
        loss: loss(size) * (1.0 + 0.2 * (k * size % 5) as f64),
    };
    let cells = (0..criteria.len()).flat_map(|k| (0..=n).map(move |size| (size, k)));
    record.table("criteria.csv", &cells.map(criterion).collect::<Vec<_>>()).unwrap();
    let proven = (0..=n).filter(|size| size % 3 != 1).count();
    let summary = BestSubsetSummary {
        n_nodes: n,
        proven,
        largest_gap: 0.03,
        seconds: 60.0,
        interrupted: false,
    };
    record.json("summary.json", &summary).unwrap();
    finish(record, n, "best-subsets");
}
