//! Activation functions on tensors.

use std::f32::consts::FRAC_1_SQRT_2;

use burn::prelude::*;
use burn::tensor::activation::{relu, sigmoid};
use hypercube::Activation;

/// The activation function, element by element.
pub(crate) fn activate<const D: usize>(activation: Activation, z: Tensor<D>) -> Tensor<D> {
    match activation {
        Activation::Relu => relu(z),
        Activation::Tanh => z.tanh(),
        // burn's `gelu` has the derivative of the approximation by tanh, which is off by 1e-3.
        Activation::Gelu => z.clone() * ((z * FRAC_1_SQRT_2).erf() + 1.0) * 0.5,
        Activation::Sigmoid => sigmoid(z),
    }
}
