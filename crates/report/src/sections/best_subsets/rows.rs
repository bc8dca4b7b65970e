//! What `best-subsets` records. Sizes count the nodes of the last hidden layer; those before it are on.

use serde::{Deserialize, Serialize};

/// `best-subsets/best_masks.csv`: the best mask found of each size, and how good any can be.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct BestSubsetRow {
    /// Nodes of the last hidden layer that are on.
    pub size: usize,
    /// The mask over all nodes as an integer, hexadecimal beyond 64 nodes; nodes of earlier layers are on.
    pub mask: String,
    /// Its loss.
    pub loss: f64,
    /// Share of the points that it classifies correctly.
    pub accuracy: f64,
    /// No mask of this size has a smaller loss.
    pub lower_bound: f64,
    /// Whether the two agree.
    pub proven: bool,
}

impl BestSubsetRow {
    /// (loss − bound)/loss.
    pub fn gap(&self) -> f64 {
        if self.loss > 0.0 { 1.0 - self.lower_bound / self.loss } else { 0.0 }
    }
}

/// `best-subsets/criteria.csv`: the loss of the mask of a size that a pruning criterion keeps.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct CriterionRow {
    /// Nodes of the last hidden layer that are on.
    pub size: usize,
    /// `greedy`, `taylor`, `shapley`, `activation-norm`, `weight-norm`, or `random`, the median of random
    /// masks.
    pub criterion: String,
    /// Its loss.
    pub loss: f64,
}

/// `best-subsets/summary.json`.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct BestSubsetSummary {
    /// Nodes of the last hidden layer.
    pub n_nodes: usize,
    /// Sizes that are proven, of n + 1.
    pub proven: usize,
    /// The largest (loss − bound)/loss of any size.
    pub largest_gap: f64,
    /// Seconds that the search was given.
    pub seconds: f64,
    /// Whether it was stopped before.
    pub interrupted: bool,
}
