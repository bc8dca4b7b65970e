//! What `gradient-heatmap` records.

use serde::{Deserialize, Serialize};

/// `gradient-heatmap/nodes.csv`: what kind of node it is in the full network.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct NodeKind {
    /// The node.
    pub node: usize,
    /// `bias`, `slicing` or `dead`.
    pub kind: String,
    /// Share of the evaluation points on which it is active.
    pub active_share: f64,
    /// Mean activation over the evaluation points.
    pub mean_activation: f64,
    /// Standard deviation of the activation over the evaluation points.
    pub sd_activation: f64,
    /// ∂loss/∂bᵢ of the full network.
    pub gradient: f64,
}
