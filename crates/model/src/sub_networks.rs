//! Losses and gate gradients of a batch of masks.

use burn::prelude::*;
use burn::tensor::activation::relu;
use hypercube::{Ablation, Mask, Network, Points, reference};
use rayon::prelude::*;

use crate::Mlp;
use crate::device::Compute;
use crate::mlp::{floats, host};

/// How many numbers the largest tensor of one chunk holds on a CPU: half a megabyte of f32, so
/// that the chain of elementwise operations stays in a core's own cache.
const CPU_CHUNK: usize = 1 << 17;

/// The same on a GPU, where a chunk has to keep thousands of cores busy: 256 MiB of f32.
const GPU_CHUNK: usize = 1 << 26;

/// Points whose losses are added up in f32 on the device; the sums of blocks are added up in f64. A
/// mean of so many is right to some 1e-7, however many blocks there are.
const BLOCK: usize = 4096;

/// Losses smaller than this are taken again in f64: `ln(1 + exp(−d))` in f32 has an absolute error
/// of 6e-8, and is 0 beyond d = 17.
const SMALL_LOSS: f64 = 1e-3;

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
///
/// Losses that f32 cannot hold, too large or nearly 0, are taken again in f64 by
/// [`hypercube::reference`], and their gradients with them. What is then still not finite is beyond
/// f64 too.
pub struct SubNetworks {
    compute: Compute,
    network: Network,
    points: Points,
    ablation: Ablation,
    /// Block by block of the points: how many they are, and what gives their logits.
    blocks: Vec<(usize, Logits)>,
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
        let one_layer = network.hidden().len() == 1;
        let widest = if one_layer {
            classes - 1
        } else {
            network.sizes()[2..].iter().copied().max().unwrap_or(classes)
        };
        Self {
            compute: compute.clone(),
            blocks: blocks(network, points, ablation, &compute.device),
            cost: widest.max(1) * points.len().min(BLOCK),
            network: network.clone(),
            points: points.clone(),
            ablation,
        }
    }

    /// The same masks by burn alone: losses and gradients as f32 gives them, finite or not.
    pub fn in_f32(&self, masks: &[Mask], done: impl Fn(usize) + Send + Sync) -> Evaluations {
        let device = self.compute.device.clone().autodiff();
        let chunks = self.chunks(masks, |chunk| {
            let parts = self.blocks.iter().map(|(points, logits)| {
                let masks = self.masks(chunk, &device).require_grad();
                let losses = chunk_losses(logits, masks.clone());
                // A mask reaches its own loss alone, so the gradient of the sum has one row a mask.
                let gradient = masks.grad(&losses.clone().sum().backward()).expect("tracked");
                (*points, Tensor::cat(vec![losses.inner().unsqueeze_dim(1), gradient], 1))
            });
            let parts: Vec<(usize, Tensor<2>)> = parts.collect();
            done(chunk.len());
            parts
        });
        let rows = self.gather(chunks);
        let width = self.network.n_nodes() + 1;
        Evaluations {
            losses: rows.iter().step_by(width).copied().collect(),
            gradients: rows
                .chunks_exact(width)
                .flat_map(|row| row[1..].iter().map(|&g| g as f32))
                .collect(),
        }
    }

    /// Losses `[B]` of the masks.
    ///
    /// `done` is told after every chunk how many masks it had, from any thread.
    pub fn losses(&self, masks: &[Mask], done: impl Fn(usize) + Send + Sync) -> Vec<f64> {
        let chunks = self.chunks(masks, |chunk| {
            let parts = self.blocks.iter().map(|(points, logits)| {
                let losses = chunk_losses(logits, self.masks(chunk, &self.compute.device));
                (*points, losses.unsqueeze_dim(1))
            });
            let parts: Vec<(usize, Tensor<2>)> = parts.collect();
            done(chunk.len());
            parts
        });
        let mut losses = self.gather(chunks);
        let again = |(loss, mask): (&mut f64, &Mask)| {
            if beyond_f32(*loss) {
                *loss = self.in_f64(mask).loss;
            }
        };
        losses.par_iter_mut().zip(masks).for_each(again);
        losses
    }

    /// Losses `[B]` and gate gradients `[B, N]` of the masks, by one backward pass a chunk.
    ///
    /// `done` is told after every chunk how many masks it had, from any thread.
    pub fn losses_and_gradients(
        &self,
        masks: &[Mask],
        done: impl Fn(usize) + Send + Sync,
    ) -> Evaluations {
        let Evaluations { mut losses, mut gradients } = self.in_f32(masks, done);
        let rows = gradients.par_chunks_exact_mut(self.network.n_nodes());
        losses.par_iter_mut().zip(rows).zip(masks).for_each(|((loss, row), mask)| {
            if beyond_f32(*loss) || row.iter().any(|g| !g.is_finite()) {
                let found = self.in_f64(mask);
                *loss = found.loss;
                row.iter_mut().zip(found.gradient).for_each(|(g, exact)| *g = exact as f32);
            }
        });
        Evaluations { losses, gradients }
    }

    fn in_f64(&self, mask: &Mask) -> reference::Evaluation {
        let values: Vec<f64> = mask.values().map(f64::from).collect();
        reference::evaluate(&self.network, &self.points, self.ablation, &values)
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

    /// Means over all points, in f64, of the means over blocks that the chunks' tensors hold,
    /// `[b, ·]`. One transfer a block.
    fn gather(&self, chunks: Vec<Vec<(usize, Tensor<2>)>>) -> Vec<f64> {
        let mut by_block: Vec<(usize, Vec<Tensor<2>>)> = Vec::new();
        for chunk in chunks {
            by_block.resize_with(chunk.len(), Default::default);
            for (block, (points, means)) in by_block.iter_mut().zip(chunk) {
                block.0 = points;
                block.1.push(means);
            }
        }
        let mut total: Vec<f64> = Vec::new();
        for (points, means) in by_block {
            let means = host(Tensor::cat(means, 0));
            total.resize(means.len(), 0.0);
            let share = points as f64 / self.points.len() as f64;
            total.iter_mut().zip(means).for_each(|(t, mean)| *t += share * mean);
        }
        total
    }

    fn masks(&self, masks: &[Mask], device: &Device) -> Tensor<2> {
        let values: Vec<f32> = masks.iter().flat_map(Mask::values).collect();
        Tensor::from_data(TensorData::new(values, [masks.len(), self.network.n_nodes()]), device)
    }
}

/// Whether a loss has to be taken again in f64.
fn beyond_f32(loss: f64) -> bool {
    !loss.is_finite() || loss < SMALL_LOSS
}

/// Losses `[b]` of masks `[b, N]`, means over one block of points.
fn chunk_losses(logits: &Logits, masks: Tensor<2>) -> Tensor<1> {
    match logits {
        Logits::Contributions { contributions, offset, wrong_classes } => {
            let device = masks.device();
            let [b, _] = masks.dims();
            let [_, columns] = contributions.dims();
            let on = |tensor: &Tensor<2>| on_device_of(tensor.clone(), &device);
            let differences = masks.matmul(on(contributions)) + on(offset);
            mean_loss(differences.reshape([b, *wrong_classes, columns / wrong_classes]), 1, true)
        }
        Logits::Layers { mlp, first, labels } => {
            let logits = layered_logits(mlp, first, masks);
            let own = (logits.clone() * on_device_of(labels.clone(), &logits.device())).sum_dim(2);
            mean_loss(logits - own, 2, false)
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

/// The logits of all points, block by block.
fn blocks(
    network: &Network,
    points: &Points,
    ablation: Ablation,
    device: &Device,
) -> Vec<(usize, Logits)> {
    // Means of activations are over all points, so they are taken before the blocks are.
    let means = match ablation {
        Ablation::Zero => vec![0.0; network.n_nodes()],
        Ablation::Mean if network.hidden().len() == 1 => network.mean_activations(points),
        Ablation::Mean => Vec::new(),
    };
    let mlp =
        (network.hidden().len() > 1).then(|| Mlp::ablating(network, ablation, points, device));
    let width = points.inputs();
    let parts = points.coordinates().chunks(BLOCK * width).zip(points.labels().chunks(BLOCK));
    parts
        .map(|(x, labels)| {
            let part = Block { x, width, labels };
            let logits = match &mlp {
                Some(mlp) => layers(mlp, network.classes(), &part, device),
                None => contributions(network, &part, &means, device),
            };
            (labels.len(), logits)
        })
        .collect()
}

/// A block of the points.
struct Block<'a> {
    x: &'a [f64],
    width: usize,
    labels: &'a [usize],
}

fn contributions(network: &Network, part: &Block, means: &[f64], device: &Device) -> Logits {
    // In f64 on the host: it is done once, and the differences of large logits keep their digits.
    let (m, wrong_classes) = (part.labels.len(), network.classes() - 1);
    let n = network.n_nodes();
    let (first, last) = (&network.layers()[0], &network.layers()[1]);
    let columns = wrong_classes * m;
    let (mut table, mut offset) = (vec![0.0; n * columns], vec![0.0; columns]);
    for (p, (x, &label)) in part.x.chunks_exact(part.width).zip(part.labels).enumerate() {
        let activations = network.activated(first, x);
        let wrong = (0..network.classes()).filter(|&c| c != label);
        for (k, class) in wrong.enumerate() {
            let column = k * m + p;
            offset[column] = last.biases[class] - last.biases[label];
            for i in 0..n {
                let weight = last.weight(class, i) - last.weight(label, i);
                table[i * columns + column] = (activations[i] - means[i]) * weight;
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

fn layers(mlp: &Mlp, classes: usize, part: &Block, device: &Device) -> Logits {
    let m = part.labels.len();
    let x = floats(part.x.iter().copied(), [m, part.width], device);
    let one_hot = part
        .labels
        .iter()
        .flat_map(|&label| (0..classes).map(move |c| f64::from(u8::from(c == label))));
    Logits::Layers {
        first: mlp.first_activations(x).unsqueeze(),
        labels: floats(one_hot, [1, m, classes], device),
        mlp: mlp.clone(),
    }
}
