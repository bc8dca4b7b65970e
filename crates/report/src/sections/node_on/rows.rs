//! What `node-on` records.

use serde::{Deserialize, Serialize};

/// `node-on/density.csv`: one point of the log-loss gradient's density, split by whether the node
/// is on. `node-on/density_exact.csv`: the same over all masks.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct SplitDensityPoint {
    /// The node; none for all nodes pooled.
    pub node: Option<usize>,
    /// Where.
    pub x: f64,
    /// Density over the masks in which the node is on, times their share.
    pub on: f64,
    /// Density over the masks in which the node is off, times their share.
    pub off: f64,
}

/// `node-on/nodes.csv`: one node's log-loss gradient at p = 0.5.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct SplitNode {
    /// The node.
    pub node: usize,
    /// Root mean square of its log-loss gradient over all sampled masks: the node's scale.
    pub scale: f64,
    /// Masks in which it is on.
    pub masks_on: usize,
    /// Mean log-loss gradient over those.
    #[serde(with = "crate::record::undefined")]
    pub mean_on: f64,
    /// Standard deviation over those.
    #[serde(with = "crate::record::undefined")]
    pub sd_on: f64,
    /// Masks in which it is off.
    pub masks_off: usize,
    /// Mean log-loss gradient over those.
    #[serde(with = "crate::record::undefined")]
    pub mean_off: f64,
    /// Standard deviation over those.
    #[serde(with = "crate::record::undefined")]
    pub sd_off: f64,
}
