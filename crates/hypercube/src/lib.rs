#![doc = include_str!("../README.md")]
//!
//! ## Modules
//!
//! - [`Network`], [`Activation`], [`Points`], [`Mask`]: the plain network, the points it is evaluated
//!   on, masks.
//! - [`checkpoint`], [`points_file`]: networks and points as files; [`data`], [`digits`]: built-in data
//!   sets; [`split`], [`standard`]: what makes data of one's own fit to train on.
//! - [`table`]: the loss of every mask; [`gradients`]: the gate gradients of every mask.
//! - [`divergence`]: how far every mask's output is from the full network's; [`ValueFunction`]: that, or
//!   the loss.
//! - [`averages`]: averages over all masks of the last hidden layer at any width, without a table.
//! - [`best_subsets`]: the best sub-network of each size of the last hidden layer at widths that
//!   cannot be enumerated, with a proof or the gap to one.
//! - [`theory`]: what normal margins predict of the spectrum, to hold against the exact one.
//! - [`walsh`], [`biased`], [`values`], [`subsets`]: what follows from a table.
//! - [`mod@reference`]: one mask in f64 by plain backpropagation, slow and obvious, which all that
//!   is faster is tested against.
//! - [`stream`]: the random streams that [`Mask::random`] and [`Mask::flip_path`] draw from.
//!
//! N is the number of hidden nodes throughout, M that of points. Shapes are written `[rows,
//! columns]` and stored row-major; an array of `[2^N]` is indexed by the mask as an integer, in
//! which bit i is set if node i is on. Losses are in nats.

mod activation;
pub mod averages;
pub mod best_subsets;
pub mod biased;
pub mod checkpoint;
pub mod data;
pub mod digits;
pub mod divergence;
mod engine;
mod gradient_blocks;
mod gradient_rows;
mod gradient_sums;
pub mod gradients;
mod input;
mod mask;
mod network;
mod points;
pub mod points_file;
pub mod reference;
mod sizes;
pub mod split;
pub mod standard;
mod streams;
pub mod subsets;
pub mod table;
pub mod theory;
mod value_function;
pub mod values;
pub mod walsh;

pub use activation::Activation;
pub use divergence::divergences;
pub use mask::{Mask, ParseMaskError};
pub use network::{Layer, Network, NetworkError};
pub use points::{Points, PointsError};
pub use streams::stream;
pub use value_function::ValueFunction;

/// What stands in for the activation of a removed node, one whose mask value is 0.
///
/// In general a node with activation h and mask value b hands on `b h + (1 − b) m`; the two kinds
/// differ in m alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ablation {
    /// Zero ablation: m = 0.
    #[default]
    Zero,
    /// Mean ablation: m is the node's mean activation over the evaluation points in the full
    /// network, whatever the mask ([`Network::mean_activations`]).
    Mean,
}
