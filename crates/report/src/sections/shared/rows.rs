//! The tables that several sections record.

use serde::{Deserialize, Serialize};

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
    #[serde(with = "crate::record::undefined")]
    pub mean_se: f64,
    /// Standard deviation (ddof 1).
    pub sd: f64,
    /// Standard error of the standard deviation.
    #[serde(with = "crate::record::undefined")]
    pub sd_se: f64,
    /// Skewness.
    #[serde(with = "crate::record::undefined")]
    pub skewness: f64,
    /// Standard error of the skewness.
    #[serde(with = "crate::record::undefined")]
    pub skewness_se: f64,
    /// Excess kurtosis.
    #[serde(with = "crate::record::undefined")]
    pub excess_kurtosis: f64,
    /// Standard error of the excess kurtosis.
    #[serde(with = "crate::record::undefined")]
    pub excess_kurtosis_se: f64,
    /// Kolmogorov–Smirnov distance between the sample and its normal fit.
    #[serde(with = "crate::record::undefined")]
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
    #[serde(with = "crate::record::undefined")]
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
    #[serde(with = "crate::record::undefined")]
    pub normal: f64,
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
    #[serde(with = "crate::record::undefined")]
    pub sampled: f64,
    /// Lower end of its 95 % interval.
    #[serde(with = "crate::record::undefined")]
    pub low: f64,
    /// Upper end of its 95 % interval.
    #[serde(with = "crate::record::undefined")]
    pub high: f64,
    /// The exact value.
    #[serde(with = "crate::record::undefined")]
    pub exact: f64,
    /// Whether the exact value lies in the interval.
    pub inside: bool,
}

/// `density_exact.csv` of `loss-density`, `log-loss-density` and `gradients`, and
/// `hypercube/density.csv`: one point of the distribution over all masks, each weighted by its
/// probability; of gate gradients over all nodes as well.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct ExactDensityPoint {
    /// `loss`, `log_loss`, `loss_gradient` or `log_loss_gradient`.
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

/// `order.csv` of `hypercube` and `averages`: the nodes in an order in which like ones stand together.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct PairOrder {
    /// Its row in `interactions.npy`.
    pub row: usize,
    /// What they are ordered by, in words.
    pub by: String,
}
