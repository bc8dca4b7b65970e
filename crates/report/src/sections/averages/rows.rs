//! What `averages` records. Everything is over all masks of the last hidden layer, with the layers
//! before it on.

use serde::{Deserialize, Serialize};

/// `averages/mean_curve.csv`: the mean loss over masks in which each node is on with probability p,
/// and how it changes with p.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct LossCurveRow {
    /// Probability that a node is on.
    pub p: f64,
    /// E_p loss.
    pub loss: f64,
    /// d E_p loss/dp.
    pub loss_derivative: f64,
}

/// `averages/nodes.csv`: what a node of the last hidden layer contributes.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct AveragedNode {
    /// Its number in the network.
    pub node: usize,
    /// Its hidden layer, from 0.
    pub layer: usize,
    /// Shapley value of the loss.
    pub loss_shapley: f64,
    /// Banzhaf value.
    pub loss_banzhaf: f64,
}

/// `averages/sampled_curve.csv`: the mean loss of random masks beside the exact one.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct SampledMean {
    /// Probability that a node is on.
    pub p: f64,
    /// Number of masks.
    pub masks: usize,
    /// Their mean loss.
    pub sampled: f64,
    /// Its 95 % interval.
    pub low: f64,
    /// Its 95 % interval.
    pub high: f64,
    /// E_p loss.
    pub exact: f64,
}

/// `averages/sampled.csv`: what is not known exactly, from random masks at p = ½ and their reversals.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct SampledMoment {
    /// `loss` or `log_loss`.
    pub quantity: String,
    /// `mean`, `variance` or `reversal_correlation`.
    pub statistic: String,
    /// The estimate.
    #[serde(with = "crate::record::undefined")]
    pub estimate: f64,
    /// Its 95 % interval.
    #[serde(with = "crate::record::undefined")]
    pub low: f64,
    /// Its 95 % interval.
    #[serde(with = "crate::record::undefined")]
    pub high: f64,
    /// How many times as many masks the same interval takes without the exact averages.
    #[serde(with = "crate::record::undefined")]
    pub saved: f64,
}

/// `averages/point_pairs.csv`: what the loss varies over masks at p = ½, by degree of the spectrum, from
/// pairs of points; only where there are not too many of them.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct PairedMoment {
    /// `weight_1`, … of a degree, `weight_higher` of all others together, `variance`,
    /// `reversal_covariance` or `reversal_correlation`.
    pub statistic: String,
    /// The value, exact if `share` is 1.
    pub value: f64,
    /// Bound on its error, but for the sampling of pairs.
    pub error: f64,
    /// Its 95 % interval where pairs are sampled; the value itself where all are taken.
    pub low: f64,
    /// Its 95 % interval.
    pub high: f64,
    /// The share of all pairs of points that was taken.
    pub share: f64,
}

/// `averages/flip_covariance.csv`: the covariance of a mask's value with that after some flips of
/// different random nodes, at p = ½, from random paths. No flips give the variance, as many as there are
/// nodes the covariance with the reversal.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct SampledCovariance {
    /// How many nodes are flipped.
    pub flips: usize,
    /// The loss's covariance.
    pub loss_covariance: f64,
    /// Its 95 % interval.
    pub loss_low: f64,
    /// Its 95 % interval.
    pub loss_high: f64,
    /// What single nodes and pairs contribute to it, exactly.
    pub loss_known: f64,
    /// How many times as many paths the same interval takes without the exact averages.
    #[serde(with = "crate::record::undefined")]
    pub loss_saved: f64,
    /// The covariance of ln(loss).
    pub log_loss_covariance: f64,
    /// Its 95 % interval.
    pub log_loss_low: f64,
    /// Its 95 % interval.
    pub log_loss_high: f64,
    /// As for the loss.
    #[serde(with = "crate::record::undefined")]
    pub log_loss_saved: f64,
}

/// `averages/spectrum.csv`: the weight of interactions of so many nodes, W⁰ to W², and further where all
/// pairs of points were taken.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct DegreeWeight {
    /// How many nodes interact.
    pub degree: usize,
    /// Sum of the squared Walsh coefficients of the loss.
    pub loss_weight: f64,
}

/// `averages/gate_gradients.csv`: the mean gate gradient over nodes and masks at one p.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct GateGradientRow {
    /// Probability that a node is on.
    pub p: f64,
    /// Mean of ∂loss/∂bᵢ.
    pub mean: f64,
    /// Over the masks with node i on.
    pub on: f64,
    /// Over those with it off.
    pub off: f64,
    /// Bound on the error of each of the three.
    pub error: f64,
}

/// `averages/summary.json`.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct AverageSummary {
    /// Nodes of the last hidden layer, N.
    pub n_nodes: usize,
    /// Mean loss at p = ½.
    pub mean_loss: f64,
    /// N/2 × the mean gate gradient at p = ½.
    pub half_n_mean_gradient: f64,
    /// Mean loss at p = ¾ less that at ¼.
    pub loss_difference: f64,
    /// Bound on the error of the mean losses that were computed.
    pub mean_loss_error: f64,
    /// How far the last mean losses that were computed lay from what the curve through the ones before
    /// foretold, at most, on average over points.
    pub curve_change: f64,
    /// Bound on the errors of the gate gradients.
    pub gradient_error: f64,
    /// Bound on the errors of the Banzhaf values.
    pub banzhaf_error: f64,
    /// Bound on the errors of the Shapley values.
    pub shapley_error: f64,
    /// Bound on the errors of the interactions.
    pub interaction_error: f64,
}
