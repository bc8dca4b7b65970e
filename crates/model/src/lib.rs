//! The network on burn.
//!
//! An [`Mlp`] is a multilayer perceptron with a mask multiplied onto its nodes, so that automatic
//! differentiation gives ∂loss/∂bᵢ. [`training`] trains it on the data sets of [`hypercube::data`],
//! and [`SubNetworks`] gives the losses and gate gradients of a batch of masks. Plain numbers ([`hypercube::Network`],
//! [`hypercube::Points`], [`hypercube::Mask`]) go in and come out.

mod activation;
pub mod device;
mod ensemble;
mod init;
mod mlp;
mod pointwise;
mod sub_networks;
pub mod training;

pub use init::Init;
pub use mlp::{Mlp, MlpConfig};
pub use pointwise::{PointLosses, Pointwise};
pub use sub_networks::{Evaluations, SubNetworks};
