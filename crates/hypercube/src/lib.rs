//! Every sub-network of a small ReLU network, exactly.
//!
//! A network with N hidden nodes has 2^N sub-networks, one for each 0/1 mask over its nodes. This
//! crate holds the plain network, the points it is evaluated on and the masks ([`Network`],
//! [`Points`], [`Mask`]), and a slow, obvious evaluation in f64 ([`reference`]) that everything
//! faster is tested against. It knows nothing of burn.

pub mod biased;
mod engine;
pub mod gradients;
mod mask;
mod network;
mod points;
pub mod reference;
mod streams;
pub mod subsets;
pub mod table;
pub mod values;
pub mod walsh;

pub use mask::{Mask, ParseMaskError};
pub use network::{Layer, Network, NetworkError};
pub use points::{Points, PointsError};
pub use streams::{Purpose, stream};

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
