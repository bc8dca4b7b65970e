//! The network on burn.
//!
//! An [`Mlp`] is a multilayer perceptron with a mask multiplied onto its nodes, so that automatic
//! differentiation gives ∂loss/∂bᵢ. [`training`] trains it on the data sets of [`data`],
//! [`checkpoint`] and [`points_file`] read and write files, and [`SubNetworks`] gives the losses
//! and gate gradients of a batch of masks. Plain numbers ([`hypercube::Network`],
//! [`hypercube::Points`], [`hypercube::Mask`]) go in and come out.

pub mod checkpoint;
pub mod data;
pub mod device;
mod ensemble;
mod input;
mod mlp;
pub mod points_file;
mod pointwise;
mod sub_networks;
pub mod training;

pub use mlp::{Mlp, MlpConfig};
pub use pointwise::{PointLosses, Pointwise};
pub use sub_networks::{Evaluations, SubNetworks};
