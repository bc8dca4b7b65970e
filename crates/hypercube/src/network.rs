//! A fully connected network as plain numbers.

use thiserror::Error;

use crate::{Activation, Points};

/// One linear layer, `y = W x + c`. [`Network::new`] checks that its lengths match its shape.
#[derive(Clone, Debug, PartialEq)]
pub struct Layer {
    /// Number of inputs.
    pub inputs: usize,
    /// Number of outputs.
    pub outputs: usize,
    /// `W`, row-major `[outputs, inputs]`.
    pub weights: Vec<f64>,
    /// `c`, `[outputs]`.
    pub biases: Vec<f64>,
}

impl Layer {
    /// The weight from input `i` to output `o`, `W[o, i]`.
    ///
    /// # Panics
    ///
    /// If that lies beyond the end of the weights.
    pub fn weight(&self, o: usize, i: usize) -> f64 {
        self.weights[o * self.inputs + i]
    }

    /// `W x + c`, `[outputs]`, for an input of `[inputs]`; without an activation function.
    ///
    /// # Panics
    ///
    /// If `x` does not have `inputs` values, or `inputs` is 0.
    pub fn apply(&self, x: &[f64]) -> Vec<f64> {
        assert_eq!(x.len(), self.inputs, "the layer takes {} inputs", self.inputs);
        self.weights
            .chunks_exact(self.inputs)
            .zip(&self.biases)
            .map(|(row, c)| c + row.iter().zip(x).map(|(w, x)| w * x).sum::<f64>())
            .collect()
    }
}

/// Why [`Network::new`] refuses layers.
#[derive(Debug, Error, PartialEq)]
pub enum NetworkError {
    /// Fewer than two layers: how many there are.
    #[error("a network needs at least one hidden layer, so two linear layers; there is {0}")]
    TooFewLayers(usize),
    /// A layer without inputs or outputs.
    #[error("layer {layer} has shape [{outputs}, {inputs}]; both must be at least 1")]
    EmptyLayer {
        /// The layer, from 0.
        layer: usize,
        /// Its outputs.
        outputs: usize,
        /// Its inputs.
        inputs: usize,
    },
    /// Weights or biases of the wrong length.
    #[error("layer {layer} has {found} {what}, but its shape asks for {expected}")]
    WrongLength {
        /// The layer, from 0.
        layer: usize,
        /// "weights" or "biases".
        what: &'static str,
        /// How many there are.
        found: usize,
        /// How many there should be.
        expected: usize,
    },
    /// A layer whose inputs are not as many as the outputs of the layer before it.
    #[error("layer {layer} takes {inputs} inputs, but the layer before it gives {outputs}")]
    Unchained {
        /// The later layer, from 0.
        layer: usize,
        /// How many inputs it takes.
        inputs: usize,
        /// How many outputs the layer before it gives.
        outputs: usize,
    },
    /// Fewer than two classes: how many outputs the last layer has.
    #[error("the last layer has {0} output; a classifier needs at least 2")]
    TooFewClasses(usize),
    /// A weight or bias that is NaN or infinite.
    #[error("layer {layer} has a {what} that is {value}")]
    NotFinite {
        /// The layer, from 0.
        layer: usize,
        /// "weight" or "bias".
        what: &'static str,
        /// The value.
        value: f64,
    },
}

/// A fully connected classifier: linear layers with a ReLU (or another [`Activation`]) between each
/// two, and softmax cross-entropy on top. The outputs of the last layer are the classes' logits.
///
/// Its *nodes* are the hidden units, numbered layer by layer from the input, from 0: in a network
/// of sizes 2-6-5-2 nodes 0–5 are the first hidden layer and nodes 6–10 the second.
#[derive(Clone, Debug, PartialEq)]
pub struct Network {
    layers: Vec<Layer>,
    activation: Activation,
}

impl Network {
    /// A ReLU network of these layers, first to last.
    ///
    /// # Errors
    ///
    /// The first of these that is found, as the variant of [`NetworkError`] named after it: no
    /// hidden layer; then layer by layer an empty shape, lengths that do not match it, a number
    /// that is not finite, inputs that do not match the layer before; fewer than two classes.
    pub fn new(layers: Vec<Layer>) -> Result<Self, NetworkError> {
        if layers.len() < 2 {
            return Err(NetworkError::TooFewLayers(layers.len()));
        }
        for (k, layer) in layers.iter().enumerate() {
            let &Layer { inputs, outputs, .. } = layer;
            if inputs == 0 || outputs == 0 {
                return Err(NetworkError::EmptyLayer { layer: k, outputs, inputs });
            }
            let parts = [
                ("weights", "weight", &layer.weights, inputs.saturating_mul(outputs)),
                ("biases", "bias", &layer.biases, outputs),
            ];
            for (what, one, values, expected) in parts {
                if values.len() != expected {
                    return Err(NetworkError::WrongLength {
                        layer: k,
                        what,
                        found: values.len(),
                        expected,
                    });
                }
                if let Some(&value) = values.iter().find(|v| !v.is_finite()) {
                    return Err(NetworkError::NotFinite { layer: k, what: one, value });
                }
            }
            if k > 0 && layers[k - 1].outputs != inputs {
                return Err(NetworkError::Unchained {
                    layer: k,
                    inputs,
                    outputs: layers[k - 1].outputs,
                });
            }
        }
        let classes = layers[layers.len() - 1].outputs;
        if classes < 2 {
            return Err(NetworkError::TooFewClasses(classes));
        }
        Ok(Self { layers, activation: Activation::Relu })
    }

    /// The same layers with another nonlinearity between them.
    pub fn with_activation(self, activation: Activation) -> Self {
        Self { activation, ..self }
    }

    /// What stands between each two layers.
    pub fn activation(&self) -> Activation {
        self.activation
    }

    /// The layers, first to last.
    pub fn layers(&self) -> &[Layer] {
        &self.layers
    }

    /// Width of the input.
    pub fn inputs(&self) -> usize {
        self.layers[0].inputs
    }

    /// Number of classes.
    pub fn classes(&self) -> usize {
        self.layers[self.layers.len() - 1].outputs
    }

    /// Widths from input to output, such as `[2, 20, 2]`.
    pub fn sizes(&self) -> Vec<usize> {
        let mut sizes = vec![self.inputs()];
        sizes.extend(self.layers.iter().map(|l| l.outputs));
        sizes
    }

    /// Widths of the hidden layers, first to last.
    pub fn hidden(&self) -> Vec<usize> {
        self.layers[..self.layers.len() - 1].iter().map(|l| l.outputs).collect()
    }

    /// Number of hidden nodes, N.
    pub fn n_nodes(&self) -> usize {
        self.hidden().iter().sum()
    }

    /// For every node, the hidden layer it stands in, from 0: `[N]`.
    pub fn node_layers(&self) -> Vec<usize> {
        let hidden = self.hidden();
        hidden.iter().enumerate().flat_map(|(k, &n)| std::iter::repeat_n(k, n)).collect()
    }

    /// Every node's activation at every point in the full network, row-major `[M, N]`: what the mask
    /// multiplies.
    ///
    /// # Panics
    ///
    /// If the points have another width than the network's input.
    pub fn activations(&self, points: &Points) -> Vec<f64> {
        let mut all = Vec::with_capacity(points.len() * self.n_nodes());
        for (x, _) in points.iter() {
            let mut x = x.to_vec();
            for layer in &self.layers[..self.layers.len() - 1] {
                x = self.activated(layer, &x);
                all.extend_from_slice(&x);
            }
        }
        all
    }

    /// A hidden layer's activations `[outputs]` for what it is given, `[inputs]`.
    ///
    /// # Panics
    ///
    /// As [`Layer::apply`].
    pub fn activated(&self, layer: &Layer, given: &[f64]) -> Vec<f64> {
        let mut z = layer.apply(given);
        z.iter_mut().for_each(|z| *z = self.activation.value(*z));
        z
    }

    /// The full network's logits at one input, `[classes]`.
    ///
    /// # Panics
    ///
    /// If the input has another width than the network's.
    pub fn logits(&self, x: &[f64]) -> Vec<f64> {
        let (hidden, last) = self.layers.split_at(self.layers.len() - 1);
        let h = hidden.iter().fold(x.to_vec(), |h, layer| self.activated(layer, &h));
        last[0].apply(&h)
    }

    /// Every node's mean activation over the points in the full network, `[N]`: what mean
    /// ablation puts in place of a removed node.
    ///
    /// # Panics
    ///
    /// As [`Network::activations`].
    pub fn mean_activations(&self, points: &Points) -> Vec<f64> {
        let n = self.n_nodes();
        let mut sums = vec![0.0; n];
        for row in self.activations(points).chunks_exact(n) {
            sums.iter_mut().zip(row).for_each(|(sum, h)| *sum += h);
        }
        sums.into_iter().map(|sum| sum / points.len() as f64).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layer(outputs: usize, inputs: usize) -> Layer {
        Layer {
            inputs,
            outputs,
            weights: (0..inputs * outputs).map(|k| k as f64).collect(),
            biases: vec![0.5; outputs],
        }
    }

    #[test]
    fn sizes_and_nodes() {
        let net = Network::new(vec![layer(6, 2), layer(5, 6), layer(2, 5)]).unwrap();
        assert_eq!(net.sizes(), [2, 6, 5, 2]);
        assert_eq!((net.n_nodes(), net.inputs(), net.classes()), (11, 2, 2));
        assert_eq!(net.node_layers(), [0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1]);
    }

    #[test]
    fn a_layer_is_row_major() {
        assert_eq!(layer(2, 3).apply(&[1.0, 10.0, 100.0]), [210.5, 543.5]);
        assert_eq!(layer(2, 3).weight(1, 0), 3.0);
    }

    #[test]
    fn refuses_what_is_no_network() {
        let refused = |layers| Network::new(layers).unwrap_err().to_string();
        assert!(refused(vec![layer(2, 2)]).contains("at least one hidden layer"));
        assert!(refused(vec![layer(3, 2), layer(2, 4)]).contains("takes 4 inputs"));
        assert!(refused(vec![layer(3, 2), layer(1, 3)]).contains("at least 2"));
        let mut short = layer(3, 2);
        short.biases.pop();
        assert!(refused(vec![short, layer(2, 3)]).contains("2 biases"));
        let mut nan = layer(3, 2);
        nan.weights[1] = f64::NAN;
        assert!(refused(vec![nan, layer(2, 3)]).contains("weight that is NaN"));
    }
}
