#![doc = include_str!("../README.md")]

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
pub use interval::{bootstrap, normal_interval, wilson_interval};
pub use moments::Moments;
pub use normal::Normal;
pub use peaks::{Peak, peaks};
pub use ranks::{kendall_tau_b, ranks, spearman};
