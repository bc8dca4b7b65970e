//! The network: a multilayer perceptron whose nodes can be removed.

use burn::module::Param;
use burn::nn::{Linear, LinearConfig};
use burn::prelude::*;
use hypercube::{Ablation, Activation, Layer, Network, Points, stream};

use crate::activation::activate;
use crate::init::Init;

/// The stream that initial weights are drawn from.
const WEIGHTS: u64 = 1;

/// Shape of a network.
#[derive(Config, Debug)]
pub struct MlpConfig {
    /// Widths from input to output; `[2, 20, 2]` is the write-up's network.
    #[config(default = "vec![2, 20, 2]")]
    pub sizes: Vec<usize>,
    /// How its layers start.
    #[config(default = "Init::HeUniform")]
    pub weights: Init,
    /// What stands between its layers.
    #[config(default = "Activation::Relu")]
    pub activation: Activation,
}

impl MlpConfig {
    /// A fresh network.
    ///
    /// Weights come from the seed's own stream, not from burn's generator, so they are the same on
    /// every backend.
    pub fn network(&self, seed: u64) -> Network {
        let mut rng = stream(seed, WEIGHTS, 0);
        let layers =
            self.sizes.windows(2).map(|pair| self.weights.layer(pair[0], pair[1], &mut rng));
        Network::new(layers.collect())
            .expect("sizes name at least one hidden layer and two classes")
            .with_activation(self.activation)
    }

    /// [`Self::network`] as a module on a device.
    pub fn init(&self, seed: u64, device: &Device) -> Mlp {
        Mlp::new(&self.network(seed), device)
    }
}

/// Linear layers with an activation function and a mask between each two.
#[derive(Module, Debug)]
pub struct Mlp {
    /// The linear layers, first to last.
    pub layers: Vec<Linear>,
    /// Per hidden layer, what is taken off every activation before the mask, `[1, width]`: 0,
    /// or the mean activation (see [`Mlp::ablating`]).
    shifts: Vec<Tensor<2>>,
    #[module(skip)]
    activation: Activation,
}

impl Mlp {
    /// The network on a device, removing by zero ablation.
    pub fn new(network: &Network, device: &Device) -> Self {
        let layers = network.layers().iter().map(|layer| linear(layer, device)).collect();
        let shifts = network.hidden().iter().map(|&n| Tensor::zeros([1, n], device)).collect();
        Self { layers, shifts, activation: network.activation() }
    }

    /// The network on a device, removing nodes as `ablation` says.
    ///
    /// Mean ablation puts the mean m in place of a removed node: b h + (1 − b) m. That is
    /// b (h − m) + m, so it is zero ablation of the activations less their means, in a network
    /// whose next biases have W m added; the forward pass does not change.
    pub fn ablating(
        network: &Network,
        ablation: Ablation,
        points: &Points,
        device: &Device,
    ) -> Self {
        let mut mlp = Self::new(network, device);
        if ablation == Ablation::Zero {
            return mlp;
        }
        let means = network.mean_activations(points);
        let mut start = 0;
        for (k, &width) in network.hidden().iter().enumerate() {
            let mean = &means[start..start + width];
            start += width;
            let mut next = network.layers()[k + 1].clone();
            next.biases = next.apply(mean);
            mlp.layers[k + 1] = linear(&next, device);
            mlp.shifts[k] = floats(mean.iter().copied(), [1, width], device);
        }
        mlp
    }

    /// Widths of the hidden layers.
    pub fn hidden(&self) -> Vec<usize> {
        self.shifts.iter().map(|shift| shift.dims()[1]).collect()
    }

    /// Number of nodes, N.
    pub fn n_nodes(&self) -> usize {
        self.hidden().iter().sum()
    }

    /// Logits of points under masks.
    ///
    /// # Shapes
    ///
    /// - points: `[M, inputs]`
    /// - masks: `[1, N]`, one mask for all points, or `[M, N]`, one for each
    /// - output: `[M, classes]`
    pub fn forward(&self, points: Tensor<2>, masks: Tensor<2>) -> Tensor<2> {
        let mut x = points;
        let mut node = 0;
        for (layer, shift) in self.layers.iter().zip(&self.shifts) {
            let width = shift.dims()[1];
            let mask = masks.clone().narrow(1, node, width);
            x = (activate(self.activation, layer.forward(x)) - shift.clone()) * mask;
            node += width;
        }
        self.layers[self.shifts.len()].forward(x)
    }

    /// Activations of the first hidden layer before the mask, `[M, width]`: no mask reaches them.
    pub(crate) fn first_activations(&self, points: Tensor<2>) -> Tensor<2> {
        activate(self.activation, self.layers[0].forward(points)) - self.shifts[0].clone()
    }

    /// Activations of hidden layer `k` before the mask, from what layer `k` gives.
    pub(crate) fn activations(&self, k: usize, preactivations: Tensor<3>) -> Tensor<3> {
        activate(self.activation, preactivations) - self.shifts[k].clone().unsqueeze()
    }
}

fn linear(layer: &Layer, device: &Device) -> Linear {
    let &Layer { inputs, outputs, .. } = layer;
    let mut linear = LinearConfig::new(inputs, outputs).init(device);
    // PyTorch and `Layer` keep [out, in], burn keeps [in, out].
    let weight = floats::<2>(layer.weights.iter().copied(), [outputs, inputs], device).transpose();
    linear.weight = Param::from_tensor(weight);
    linear.bias = Some(Param::from_tensor(floats(layer.biases.iter().copied(), [outputs], device)));
    linear
}

/// Numbers as an f32 tensor.
pub(crate) fn floats<const D: usize>(
    values: impl Iterator<Item = f64>,
    shape: [usize; D],
    device: &Device,
) -> Tensor<D> {
    let values: Vec<f32> = values.map(|v| v as f32).collect();
    Tensor::from_data(TensorData::new(values, shape), device)
}

/// A tensor's values, read back from its device.
pub(crate) fn host<const D: usize>(tensor: Tensor<D>) -> Vec<f64> {
    tensor.into_data().iter::<f32>().map(f64::from).collect()
}
