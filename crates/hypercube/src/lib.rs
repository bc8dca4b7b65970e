//! Every sub-network of a small ReLU network, exactly.
//!
//! A network with N hidden nodes has 2^N sub-networks, one for each 0/1 mask over its nodes. This
//! crate evaluates all of them and says what follows; it knows nothing of burn.
//!
//! - [`Network`], [`Points`], [`Mask`]: the plain network, the points it is evaluated on, masks;
//!   [`mod@reference`] is a slow, obvious evaluation in f64 that everything faster is tested against.
//! - [`checkpoint`], [`points_file`]: networks and points as files; [`data`]: built-in data sets.
//! - [`table`]: the loss of every mask; [`gradients`]: the gate gradients of every mask.
//! - [`walsh`], [`biased`], [`values`], [`subsets`]: from a table, the Walsh spectrum and flip-path
//!   covariance, means over p-biased masks, what each node is worth, the best masks of each size.
//!
//! ```
//! use hypercube::table::{Options, losses};
//! use hypercube::walsh::{Spectrum, reversal_correlation};
//! use hypercube::{Ablation, Layer, Network, Points};
//!
//! let layer = |inputs, weights: &[f64], biases: &[f64]| Layer {
//!     inputs,
//!     outputs: biases.len(),
//!     weights: weights.to_vec(),
//!     biases: biases.to_vec(),
//! };
//! let network = Network::new(vec![
//!     layer(1, &[1.0, -1.0, 2.0], &[0.0, 0.0, -1.0]),
//!     layer(3, &[1.0, -1.0, 0.5, -1.0, 1.0, -0.5], &[0.0, 0.0]),
//! ])?;
//! let points = Points::new(1, vec![0.7, -0.4, 0.9], vec![0, 1, 0])?;
//! let table = losses(&network, &points, Ablation::Zero, &Options::default())?;
//! assert!(table.losses()[0b111] < table.losses()[0b000]);
//! let weights = Spectrum::of(table.log_losses()).level_weights();
//! assert!(reversal_correlation(&weights) < 0.0);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod biased;
pub mod checkpoint;
pub mod data;
mod engine;
mod gradient_sums;
pub mod gradients;
mod input;
mod mask;
mod network;
mod points;
pub mod points_file;
pub mod reference;
mod streams;
pub mod subsets;
pub mod table;
pub mod values;
pub mod walsh;

pub use mask::{Mask, ParseMaskError};
pub use network::{Layer, Network, NetworkError};
pub use points::{Points, PointsError};
pub use streams::stream;

/// What stands in for the activation of a removed node.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ablation {
    /// Zero ablation: the activation is multiplied by 0.
    #[default]
    Zero,
    /// Mean ablation: the activation is replaced by its mean over the evaluation points, computed
    /// once in the full network.
    Mean,
}
