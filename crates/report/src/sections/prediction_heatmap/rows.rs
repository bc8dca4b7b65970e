//! What `prediction-heatmap` records.

use serde::{Deserialize, Serialize};

/// `prediction-heatmap/path.csv`: one frame of the animation.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct PathFrame {
    /// The frame, from 0: how many nodes have been removed.
    pub frame: usize,
    /// The node removed last; none in the first frame.
    pub removed: Option<usize>,
    /// The mask as an integer.
    pub mask: String,
    /// Its loss on the evaluation points.
    pub loss: f64,
}

/// `prediction-heatmap/removed.csv`: the network without one node.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct RemovedNode {
    /// The node.
    pub node: usize,
    /// Loss on the evaluation points without it.
    pub loss: f64,
}
