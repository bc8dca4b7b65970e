//! What `flip-paths` records.

use serde::{Deserialize, Serialize};

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
    #[serde(with = "crate::record::undefined")]
    pub correlation: f64,
    /// Lower end of its 95 % interval.
    #[serde(with = "crate::record::undefined")]
    pub correlation_low: f64,
    /// Upper end of its 95 % interval.
    #[serde(with = "crate::record::undefined")]
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
    #[serde(with = "crate::record::undefined")]
    pub reversal_correlation: f64,
    /// Lower end of its 95 % interval.
    #[serde(with = "crate::record::undefined")]
    pub reversal_low: f64,
    /// Upper end of its 95 % interval.
    #[serde(with = "crate::record::undefined")]
    pub reversal_high: f64,
}
