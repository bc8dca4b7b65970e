//! The tables of the write-up's sections.

use serde::{Deserialize, Serialize};

/// `train/history.csv`: how training went.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct TrainingStep {
    /// Optimiser steps done.
    pub step: usize,
    /// Mean loss of the batches since the row before.
    #[serde(with = "super::undefined")]
    pub batch_loss: f64,
    /// Loss on the evaluation points.
    pub loss: f64,
    /// Share of the evaluation points classified right.
    pub accuracy: f64,
}

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

/// `summary.csv` of `loss-density`, `log-loss-density` and `gradients`: moments of a sample, each
/// with its standard error, and its distance from normal.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Summary {
    /// What was sampled: `loss`, `log_loss`, `loss_gradient` or `log_loss_gradient`.
    pub quantity: String,
    /// Probability with which each node is on.
    pub p: f64,
    /// Masks sampled.
    pub masks: usize,
    /// Mean.
    pub mean: f64,
    /// Standard error of the mean.
    #[serde(with = "super::undefined")]
    pub mean_se: f64,
    /// Standard deviation (ddof 1).
    pub sd: f64,
    /// Standard error of the standard deviation.
    #[serde(with = "super::undefined")]
    pub sd_se: f64,
    /// Skewness.
    #[serde(with = "super::undefined")]
    pub skewness: f64,
    /// Standard error of the skewness.
    #[serde(with = "super::undefined")]
    pub skewness_se: f64,
    /// Excess kurtosis.
    #[serde(with = "super::undefined")]
    pub excess_kurtosis: f64,
    /// Standard error of the excess kurtosis.
    #[serde(with = "super::undefined")]
    pub excess_kurtosis_se: f64,
    /// Kolmogorov–Smirnov distance between the sample and its normal fit.
    #[serde(with = "super::undefined")]
    pub ks_distance: f64,
}

/// `density.csv` of `loss-density`, `log-loss-density` and `gradients`: one point of a curve.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct DensityPoint {
    /// As in [`Summary`].
    pub quantity: String,
    /// Probability with which each node is on.
    pub p: f64,
    /// Where.
    pub x: f64,
    /// Kernel density of the sample.
    pub density: f64,
    /// Density of the normal fit.
    #[serde(with = "super::undefined")]
    pub normal: f64,
}

/// `ecdf.csv` of `loss-density` and `log-loss-density`: one point of an empirical distribution
/// function.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct EcdfPoint {
    /// Probability with which each node is on.
    pub p: f64,
    /// Where.
    pub x: f64,
    /// Share of the sample at or below `x`.
    pub fraction: f64,
    /// The normal fit's distribution function.
    #[serde(with = "super::undefined")]
    pub normal: f64,
}

/// `gradients/sanity.csv`: one side of the write-up's sanity check.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct SanityRow {
    /// `ten_mean_gradient`, `loss_difference`, or `gap`: the first less the second.
    pub quantity: String,
    /// Its value.
    pub value: f64,
    /// Its standard error.
    pub se: f64,
    /// Lower end of the 95 % interval.
    pub low: f64,
    /// Upper end of the 95 % interval.
    pub high: f64,
}

/// `node-on/density.csv`: one point of the log-loss gradient's density, split by whether the node
/// is on.
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
    #[serde(with = "super::undefined")]
    pub mean_on: f64,
    /// Standard deviation over those.
    #[serde(with = "super::undefined")]
    pub sd_on: f64,
    /// Masks in which it is off.
    pub masks_off: usize,
    /// Mean log-loss gradient over those.
    #[serde(with = "super::undefined")]
    pub mean_off: f64,
    /// Standard deviation over those.
    #[serde(with = "super::undefined")]
    pub sd_off: f64,
}

/// `flip-paths/covariance.csv`: one cell of the covariance matrix of log loss along paths.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct PathCovariance {
    /// Flips made at the first mask.
    pub from: usize,
    /// Flips made at the second mask.
    pub to: usize,
    /// Covariance of log loss at the two (ddof 1).
    pub covariance: f64,
}

/// `flip-paths/distance.csv`: covariance of log loss with an end of the path, against the number
/// of flips between.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct DistanceRow {
    /// Flips between the two masks.
    pub flips: usize,
    /// Covariance with the start of the path.
    pub start: f64,
    /// Lower end of its 95 % interval.
    pub start_low: f64,
    /// Upper end of its 95 % interval.
    pub start_high: f64,
    /// Covariance with the end of the path.
    pub end: f64,
    /// Lower end of its 95 % interval.
    pub end_low: f64,
    /// Upper end of its 95 % interval.
    pub end_high: f64,
    /// Correlation with the start of the path.
    #[serde(with = "super::undefined")]
    pub correlation: f64,
    /// Lower end of its 95 % interval.
    #[serde(with = "super::undefined")]
    pub correlation_low: f64,
    /// Upper end of its 95 % interval.
    #[serde(with = "super::undefined")]
    pub correlation_high: f64,
}

/// `flip-paths/summary.json`.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct FlipPathsSummary {
    /// Paths sampled.
    pub paths: usize,
    /// The fewest flips after which the correlation's 95 % interval reaches 0; none if it never
    /// does.
    pub flips_until_insignificant: Option<usize>,
    /// Correlation of log loss with that of the reversal.
    #[serde(with = "super::undefined")]
    pub reversal_correlation: f64,
    /// Lower end of its 95 % interval.
    #[serde(with = "super::undefined")]
    pub reversal_low: f64,
    /// Upper end of its 95 % interval.
    #[serde(with = "super::undefined")]
    pub reversal_high: f64,
}

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
