//! Losses and gate gradients of a batch of masks.

use burn::prelude::*;
use burn::tensor::activation::relu;
use hypercube::{Ablation, Mask, Network, Points};
use rayon::prelude::*;

use crate::Mlp;
use crate::device::Compute;
use crate::mlp::{floats, host};

/// How many numbers the largest tensor of one chunk holds on a CPU: half a megabyte of f32, so
/// that the chain of elementwise operations stays in a core's own cache.
const CPU_CHUNK: usize = 1 << 17;

/// The same on a GPU, where a chunk has to keep thousands of cores busy: 256 MiB of f32.
const GPU_CHUNK: usize = 1 << 26;

/// Losses and gate gradients of a batch of B masks.
#[derive(Clone, Debug, PartialEq)]
pub struct Evaluations {
    /// Mean cross-entropy of each mask over the points, in nats, `[B]`.
    pub losses: Vec<f64>,
    /// ∂loss/∂bᵢ, row-major `[B, N]`.
    pub gradients: Vec<f32>,
}

/// A network together with the points its losses are means over, ready to evaluate any number of
/// masks by burn, in f32.
///
/// The loss of a point with label y is `ln Σ_c exp(z_c − z_y)`. In a network with one hidden layer
/// the logit differences are `z_c − z_y = k_c + Σᵢ bᵢ hᵢ (W_ci − W_yi)`: for all points and all
/// wrong classes at once that is one matrix product, masks `[B, N]` times contributions
/// `[N, (C−1)·M]`. With more hidden layers what reaches the last one depends on the mask, and the
/// masks scale the rows of each weight matrix instead, which is a batched matrix product; no
/// `[B, M, N]` tensor of masked activations is made either way.
pub struct SubNetworks {
    compute: Compute,
    n_nodes: usize,
    logits: Logits,
    /// Numbers that one mask costs in the largest tensor.
    cost: usize,
}

/// What gives the logit differences of a chunk of masks.
enum Logits {
    /// One hidden layer.
    Contributions {
        /// `hᵢ (W_ci − W_yi)`, `[N, (C−1)·M]`, wrong class by wrong class.
        contributions: Tensor<2>,
        /// The difference with every node removed, `[1, (C−1)·M]`.
        offset: Tensor<2>,
        /// C − 1.
        wrong_classes: usize,
    },
    /// Several hidden layers.
    Layers {
        mlp: Mlp,
        /// First hidden layer's activations, `[1, M, n₁]`.
        first: Tensor<3>,
        /// 1 at each point's label, `[1, M, C]`.
        labels: Tensor<3>,
    },
}

impl SubNetworks {
    /// Prepares a network and its points on a device.
    ///
    /// # Panics
    ///
    /// If the points have another width than the network's input, or a label that is no class of
    /// it.
    pub fn new(network: &Network, points: &Points, ablation: Ablation, compute: &Compute) -> Self {
        let classes = network.classes();
        assert_eq!(points.inputs(), network.inputs(), "points as wide as the network's input");
        assert!(points.labels().iter().all(|&l| l < classes), "labels below {classes}");
        let logits = if network.hidden().len() == 1 {
            contributions(network, points, ablation, &compute.device)
        } else {
            layers(network, points, ablation, &compute.device)
        };
        let widest = match &logits {
            Logits::Contributions { wrong_classes, .. } => *wrong_classes,
            Logits::Layers { .. } => network.sizes()[2..].iter().copied().max().unwrap_or(classes),
        };
        Self {
            compute: compute.clone(),
            n_nodes: network.n_nodes(),
            logits,
            cost: widest * points.len(),
        }
    }

    /// Losses `[B]` of the masks.
    ///
    /// `done` is told after every chunk how many masks it had, from any thread.
    pub fn losses(&self, masks: &[Mask], done: impl Fn(usize) + Send + Sync) -> Vec<f64> {
        let chunks = self.chunks(masks, |chunk| {
            let losses = self.chunk_losses(self.masks(chunk, &self.compute.device));
            done(chunk.len());
            losses
        });
        self.gather(chunks)
    }

    /// Losses `[B]` and gate gradients `[B, N]` of the masks, by one backward pass a chunk.
    ///
    /// `done` is told after every chunk how many masks it had, from any thread.
    pub fn losses_and_gradients(
        &self,
        masks: &[Mask],
        done: impl Fn(usize) + Send + Sync,
    ) -> Evaluations {
        let device = self.compute.device.clone().autodiff();
        let chunks = self.chunks(masks, |chunk| {
            let masks = self.masks(chunk, &device).require_grad();
            let losses = self.chunk_losses(masks.clone());
            // A mask reaches its own loss alone, so the gradient of the sum has one row a mask.
            let gradient = masks.grad(&losses.clone().sum().backward()).expect("tracked");
            done(chunk.len());
            (losses.inner(), gradient)
        });
        let (losses, gradients): (Vec<_>, Vec<_>) = chunks.into_iter().unzip();
        let gradients = Tensor::cat(gradients, 0).into_data().iter::<f32>().collect();
        Evaluations { losses: self.gather(losses), gradients }
    }

    /// Applies `f` to chunks of masks: side by side on a CPU, whose operations use one core each;
    /// one after the other on a GPU, whose queue does the overlapping. The chunks do not depend on
    /// the number of threads, so neither do the results.
    fn chunks<T: Send>(&self, masks: &[Mask], f: impl Fn(&[Mask]) -> T + Send + Sync) -> Vec<T> {
        let budget = if self.compute.backend.is_cpu() { CPU_CHUNK } else { GPU_CHUNK };
        let rows = (budget / self.cost).max(1);
        if self.compute.backend.is_cpu() {
            masks.par_chunks(rows).map(f).collect()
        } else {
            masks.chunks(rows).map(f).collect()
        }
    }

    /// Reads the chunks' losses back in one transfer.
    fn gather(&self, chunks: Vec<Tensor<1>>) -> Vec<f64> {
        if chunks.is_empty() { Vec::new() } else { host(Tensor::cat(chunks, 0)) }
    }

    fn masks(&self, masks: &[Mask], device: &Device) -> Tensor<2> {
        let values: Vec<f32> = masks.iter().flat_map(Mask::values).collect();
        Tensor::from_data(TensorData::new(values, [masks.len(), self.n_nodes]), device)
    }

    /// Losses `[b]` of masks `[b, N]`.
    fn chunk_losses(&self, masks: Tensor<2>) -> Tensor<1> {
        match &self.logits {
            Logits::Contributions { contributions, offset, wrong_classes } => {
                let device = masks.device();
                let [b, _] = masks.dims();
                let [_, columns] = contributions.dims();
                let on = |tensor: &Tensor<2>| on_device_of(tensor.clone(), &device);
                let differences = masks.matmul(on(contributions)) + on(offset);
                mean_loss(
                    differences.reshape([b, *wrong_classes, columns / wrong_classes]),
                    1,
                    true,
                )
            }
            Logits::Layers { mlp, first, labels } => {
                let logits = layered_logits(mlp, first, masks);
                let own =
                    (logits.clone() * on_device_of(labels.clone(), &logits.device())).sum_dim(2);
                mean_loss(logits - own, 2, false)
            }
        }
    }
}

/// Mean over points of `ln Σ_c exp(d_c)`, from the logit differences `d` `[b, ·, ·]` whose classes
/// lie along `classes`. With `own` the label's own difference, 0, is not among them and its
/// exponential is added.
///
/// The largest difference (at least the label's 0) is taken out first, so nothing overflows
/// whatever the logits. It is detached: its gradient cancels.
fn mean_loss(d: Tensor<3>, classes: usize, own: bool) -> Tensor<1> {
    let b = d.dims()[0];
    let single = d.dims()[classes] == 1;
    let largest = if single { d.clone().detach() } else { d.clone().detach().max_dim(classes) };
    let largest = relu(largest);
    let exps = (d - largest.clone()).exp();
    let mut sum = if single { exps } else { exps.sum_dim(classes) };
    if own {
        sum = sum + largest.clone().neg().exp();
    }
    let losses = largest + sum.log();
    let points = losses.dims()[1] * losses.dims()[2];
    losses.reshape([b, points]).mean_dim(1).reshape([b])
}

/// Logits `[b, M, C]` of masks `[b, N]` in a network with several hidden layers.
fn layered_logits(mlp: &Mlp, first: &Tensor<3>, masks: Tensor<2>) -> Tensor<3> {
    let device = masks.device();
    let [b, _] = masks.dims();
    let mut x = on_device_of(first.clone(), &device);
    let mut node = 0;
    for (k, width) in mlp.hidden().into_iter().enumerate() {
        let mask = masks.clone().narrow(1, node, width).reshape([b, width, 1]);
        node += width;
        let layer = &mlp.layers[k + 1];
        let weight = on_device_of(layer.weight.val(), &device).unsqueeze::<3>();
        let bias = layer.bias.as_ref().expect("every layer is made with a bias").val();
        let bias = on_device_of(bias, &device).unsqueeze::<3>();
        let z = x.matmul(mask * weight) + bias;
        if k + 1 == mlp.hidden().len() {
            return z;
        }
        x = mlp.activations(k + 1, z);
    }
    unreachable!("a network has a hidden layer")
}

/// A constant on the masks' device: tracked and untracked tensors do not mix.
fn on_device_of<const D: usize>(tensor: Tensor<D>, device: &Device) -> Tensor<D> {
    if device.is_autodiff() { Tensor::from_inner(tensor.detach().inner()) } else { tensor }
}

fn contributions(
    network: &Network,
    points: &Points,
    ablation: Ablation,
    device: &Device,
) -> Logits {
    // In f64 on the host: it is done once, and the differences of large logits keep their digits.
    let (m, wrong_classes) = (points.len(), network.classes() - 1);
    let n = network.n_nodes();
    let (first, last) = (&network.layers()[0], &network.layers()[1]);
    let means = match ablation {
        Ablation::Zero => vec![0.0; n],
        Ablation::Mean => network.mean_activations(points),
    };
    let columns = wrong_classes * m;
    let (mut table, mut offset) = (vec![0.0; n * columns], vec![0.0; columns]);
    for (p, (x, label)) in points.iter().enumerate() {
        let activations = first.apply(x);
        let wrong = (0..network.classes()).filter(|&c| c != label);
        for (k, class) in wrong.enumerate() {
            let column = k * m + p;
            offset[column] = last.biases[class] - last.biases[label];
            for i in 0..n {
                let weight = last.weight(class, i) - last.weight(label, i);
                table[i * columns + column] = (activations[i].max(0.0) - means[i]) * weight;
                offset[column] += means[i] * weight;
            }
        }
    }
    Logits::Contributions {
        contributions: floats(table.into_iter(), [n, columns], device),
        offset: floats(offset.into_iter(), [1, columns], device),
        wrong_classes,
    }
}

fn layers(network: &Network, points: &Points, ablation: Ablation, device: &Device) -> Logits {
    let mlp = Mlp::ablating(network, ablation, points, device);
    let (m, classes) = (points.len(), network.classes());
    let x = floats(points.coordinates().iter().copied(), [m, points.inputs()], device);
    let one_hot = points
        .labels()
        .iter()
        .flat_map(|&label| (0..classes).map(move |c| f64::from(u8::from(c == label))));
    Logits::Layers {
        first: mlp.first_activations(x).unsqueeze(),
        labels: floats(one_hot, [1, m, classes], device),
        mlp,
    }
}
