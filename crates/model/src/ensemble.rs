//! Networks of one shape, side by side in one set of tensors.

use burn::module::Param;
use burn::prelude::*;
use hypercube::{Activation, Layer, Network};

use crate::activation::activate;
use crate::mlp::{floats, host};

/// E networks of one shape and activation function. Nothing of one reaches another: every operation runs over the leading
/// dimension.
#[derive(Module, Debug)]
pub(crate) struct Ensemble {
    /// Per layer, `[E, in, out]`.
    weights: Vec<Param<Tensor<3>>>,
    /// Per layer, `[E, 1, out]`.
    biases: Vec<Param<Tensor<3>>>,
    #[module(skip)]
    activation: Activation,
}

impl Ensemble {
    /// The networks on a device. They have the same sizes.
    pub fn new(networks: &[Network], device: &Device) -> Self {
        let layers = |k: usize| networks.iter().map(move |network| &network.layers()[k]);
        let e = networks.len();
        let sizes = networks[0].sizes();
        let weights = (0..sizes.len() - 1).map(|k| {
            // `Layer` keeps [out, in].
            let values = layers(k).flat_map(|layer| {
                (0..layer.inputs)
                    .flat_map(move |i| (0..layer.outputs).map(move |o| layer.weight(o, i)))
            });
            Param::from_tensor(floats(values, [e, sizes[k], sizes[k + 1]], device))
        });
        let biases = (0..sizes.len() - 1).map(|k| {
            let values = layers(k).flat_map(|layer| layer.biases.iter().copied());
            Param::from_tensor(floats(values, [e, 1, sizes[k + 1]], device))
        });
        let activation = networks[0].activation();
        Self { weights: weights.collect(), biases: biases.collect(), activation }
    }

    /// Mean cross-entropy of each network over its own batch, `[E]`.
    ///
    /// # Shapes
    ///
    /// - points: `[E, batch, inputs]`
    /// - labels: `[E, batch, classes]`, 1 at each point's label and 0 elsewhere
    /// - kept: per hidden layer `[E, batch, width]`, multiplied onto its activations; or nothing
    pub fn losses(&self, points: Tensor<3>, labels: Tensor<3>, kept: &[Tensor<3>]) -> Tensor<1> {
        let [e, batch, classes] = labels.dims();
        let last = self.weights.len() - 1;
        let mut x = points;
        for (k, (weight, bias)) in self.weights.iter().zip(&self.biases).enumerate() {
            x = x.matmul(weight.val()) + bias.val();
            if k < last {
                x = activate(self.activation, x);
                if let Some(kept) = kept.get(k) {
                    x = x * kept.clone();
                }
            }
        }
        let shifted = x.clone() - largest(x.detach());
        let own = (shifted.clone() - shifted.exp().sum_dim(2).log()) * labels;
        own.reshape([e, batch * classes]).sum_dim(1).reshape([e]) / -(batch as f64)
    }

    /// Whether no weight or bias is NaN or infinite.
    pub fn is_finite(&self) -> bool {
        let parameters = self.weights.iter().chain(&self.biases);
        parameters.into_iter().all(|p| host(p.val()).iter().all(|value| value.is_finite()))
    }

    /// The weights as plain numbers. They have to be finite.
    pub fn networks(&self) -> Vec<Network> {
        let [e, _, _] = self.weights[0].dims();
        let mut layers: Vec<Vec<Layer>> = vec![Vec::new(); e];
        for (weight, bias) in self.weights.iter().zip(&self.biases) {
            let [_, inputs, outputs] = weight.dims();
            let weights = host(weight.val().swap_dims(1, 2));
            let biases = host(bias.val());
            let weights = weights.chunks(inputs * outputs);
            for ((layers, weights), biases) in
                layers.iter_mut().zip(weights).zip(biases.chunks(outputs))
            {
                let (weights, biases) = (weights.to_vec(), biases.to_vec());
                layers.push(Layer { inputs, outputs, weights, biases });
            }
        }
        let network = |layers| {
            let network = Network::new(layers).expect("an ensemble's layers chain");
            network.with_activation(self.activation)
        };
        layers.into_iter().map(network).collect()
    }
}

/// The largest logit of each point, `[E, batch, 1]`, pair by pair: there are few classes, and
/// `max_dim` looks every one up by its index.
fn largest(logits: Tensor<3>) -> Tensor<3> {
    let [e, batch, classes] = logits.dims();
    // Classes first: a class is then taken out along the points, and not number by number.
    let logits = logits.reshape([e * batch, classes]).swap_dims(0, 1);
    let class = |c| logits.clone().narrow(0, c, 1);
    let largest = (1..classes).fold(class(0), |largest, c| largest.max_pair(class(c)));
    largest.reshape([e, batch, 1])
}
