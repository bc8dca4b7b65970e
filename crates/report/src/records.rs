//! The rows of every table that a section writes, in the write-up's order.
//!
//! A section fills these and hands them to [`crate::Record::table`]; the figures read them back
//! with [`crate::Saved::table`]. Column names are the field names.

use serde::{Deserialize, Serialize};

/// `train/history.csv`: how training went.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct TrainingStep {
    /// Optimiser steps done.
    pub step: usize,
    /// Mean loss of the batches since the row before.
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
    pub mean_se: f64,
    /// Standard deviation (ddof 1).
    pub sd: f64,
    /// Standard error of the standard deviation.
    pub sd_se: f64,
    /// Skewness.
    pub skewness: f64,
    /// Standard error of the skewness.
    pub skewness_se: f64,
    /// Excess kurtosis.
    pub excess_kurtosis: f64,
    /// Standard error of the excess kurtosis.
    pub excess_kurtosis_se: f64,
    /// Kolmogorov–Smirnov distance between the sample and its normal fit.
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
    pub mean_on: f64,
    /// Standard deviation over those.
    pub sd_on: f64,
    /// Masks in which it is off.
    pub masks_off: usize,
    /// Mean log-loss gradient over those.
    pub mean_off: f64,
    /// Standard deviation over those.
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
    pub correlation: f64,
    /// Lower end of its 95 % interval.
    pub correlation_low: f64,
    /// Upper end of its 95 % interval.
    pub correlation_high: f64,
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

/// `exact.csv` of a sampled section: a sampled number beside its exact value.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct ExactCheck {
    /// What was estimated, such as `loss`, `log_loss`, `ten_mean_gradient` or `reversal_correlation`.
    pub quantity: String,
    /// Probability with which each node is on, where it matters.
    pub p: Option<f64>,
    /// Flips between the two masks, where it matters.
    pub flips: Option<usize>,
    /// `mean`, `sd`, `covariance`, `correlation`, …
    pub statistic: String,
    /// The estimate.
    pub sampled: f64,
    /// Lower end of its 95 % interval.
    pub low: f64,
    /// Upper end of its 95 % interval.
    pub high: f64,
    /// The exact value.
    pub exact: f64,
    /// Whether the exact value lies in the interval.
    pub inside: bool,
}

/// `density_exact.csv` of `loss-density` and `log-loss-density`, and `hypercube/density.csv`: one
/// point of the distribution over all masks, each weighted by its probability.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct ExactDensityPoint {
    /// `loss` or `log_loss`.
    pub quantity: String,
    /// Probability with which each node is on.
    pub p: f64,
    /// Where.
    pub x: f64,
    /// Density, smoothed by the same kernel as the sampled one.
    pub density: f64,
    /// Exact probability of a value at or below `x`: no kernel.
    pub fraction: f64,
}

/// `hypercube/spectrum.csv`: how much of the variance over uniform masks lies on each degree.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct SpectrumRow {
    /// Number of nodes that interact.
    pub degree: usize,
    /// Σ of squared Walsh coefficients of loss; degree 0 is the squared mean.
    pub loss_weight: f64,
    /// The same of ln(loss).
    pub log_loss_weight: f64,
}

/// `hypercube/flip_covariance.csv`: exact covariance at two masks of one flip path.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct FlipCovarianceRow {
    /// Flips between the two masks.
    pub flips: usize,
    /// Covariance of loss.
    pub loss_covariance: f64,
    /// Covariance of ln(loss).
    pub log_loss_covariance: f64,
}

/// `hypercube/nodes.csv`: exact values of a node. Negative: the node lowers the loss.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct NodeValue {
    /// The node.
    pub node: usize,
    /// Its hidden layer, from 0.
    pub layer: usize,
    /// Shapley value of loss.
    pub loss_shapley: f64,
    /// Banzhaf value of loss.
    pub loss_banzhaf: f64,
    /// Shapley value of ln(loss).
    pub log_loss_shapley: f64,
    /// Banzhaf value of ln(loss).
    pub log_loss_banzhaf: f64,
}

/// `hypercube/best_masks.csv`: the best sub-network of one size.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct BestMask {
    /// Nodes on.
    pub size: usize,
    /// The mask as an integer.
    pub mask: u64,
    /// Its loss.
    pub loss: f64,
}

/// `hypercube/frontier.csv`: losses of the sub-networks of one size.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct FrontierRow {
    /// Nodes on.
    pub size: usize,
    /// The smallest loss of all masks of the size.
    pub best: f64,
    /// Where removing the best node, one at a time from the full network, arrives.
    pub greedy: f64,
    /// Where removing the node with the largest gate gradient, one at a time, arrives.
    pub taylor: f64,
    /// The median loss of all masks of the size.
    pub median: f64,
    /// The largest loss of all masks of the size.
    pub worst: f64,
}

/// `hypercube/removals.csv`: what removing one node from the full network does, and what the gate
/// gradient says it would do.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct RemovalRow {
    /// The node.
    pub node: usize,
    /// Change of loss when the node is removed.
    pub effect: f64,
    /// −∂loss/∂bᵢ, its first-order prediction.
    pub predicted: f64,
}

/// `hypercube/interactions.csv`: one of the strongest pairs of nodes.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct InteractionRow {
    /// `loss` or `log_loss`.
    pub quantity: String,
    /// The lower node.
    pub first: usize,
    /// The higher node.
    pub second: usize,
    /// Banzhaf interaction index: mean over the other nodes' masks of
    /// f(both on) − f(first on) − f(second on) + f(both off).
    pub effect: f64,
}

/// `hypercube/mean_curve.csv`: mean loss and ln(loss) over masks in which each node is on with
/// probability p, exactly, and how it changes with p.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct MeanCurveRow {
    /// Probability with which each node is on.
    pub p: f64,
    /// E_p loss.
    pub loss: f64,
    /// d E_p loss / dp, the sum of all nodes' mean flip effects (Russo–Margulis).
    pub loss_derivative: f64,
    /// E_p ln(loss).
    pub log_loss: f64,
    /// d E_p ln(loss) / dp.
    pub log_loss_derivative: f64,
}

/// `hypercube/summary.json`: the table in seven numbers.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct HypercubeSummary {
    /// Number of nodes.
    pub n_nodes: usize,
    /// Mean loss over all masks.
    pub mean_loss: f64,
    /// Standard deviation of loss over all masks.
    pub sd_loss: f64,
    /// Mean ln(loss) over all masks.
    pub mean_log_loss: f64,
    /// Standard deviation of ln(loss) over all masks.
    pub sd_log_loss: f64,
    /// Correlation of loss with that of the reversal.
    pub reversal_correlation_loss: f64,
    /// Correlation of ln(loss) with that of the reversal.
    pub reversal_correlation_log_loss: f64,
}
