//! Describing samples of numbers: moments, normal fits, kernel densities, distribution functions,
//! covariances, correlations and their intervals.
//!
//! Everything is in f64, runs on one thread and adds up in a fixed order, so the same sample gives
//! the same bits everywhere on one machine.
//!
//! Conventions: a sample is a slice. Where too few values, a constant sample or a NaN leave a
//! quantity undefined, the answer is NaN, never a panic; what panics is misuse, such as paired
//! samples of different lengths. Intervals are `(low, high)` at a level of 95 %.

mod centre;
mod clusters;
mod correlation;
mod covariance;
mod density;
mod ecdf;
mod interval;
mod moments;
mod normal;
mod peaks;
mod ranks;
#[cfg(test)]
mod test_data;

pub use clusters::ClusteredErrors;
pub use correlation::{correlation, correlation_interval};
pub use covariance::{Covariance, covariance_matrix};
pub use density::{density, grid, limits, weighted_density};
pub use ecdf::Ecdf;
pub use interval::{bootstrap, normal_interval};
pub use moments::Moments;
pub use normal::Normal;
pub use peaks::{Peak, peaks};
pub use ranks::{kendall_tau_b, ranks, spearman};
