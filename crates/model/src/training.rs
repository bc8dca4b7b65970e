//! Training, with every hyperparameter in one place.

use burn::optim::decay::WeightDecayConfig;
use burn::optim::{AdamConfig, GradientsParams};
use burn::prelude::*;
use hypercube::{Activation, Network, Points, stream};
use rand::RngExt;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::device::Compute;
use crate::ensemble::Ensemble;
use crate::{Init, MlpConfig, Source};
use hypercube::data::Data;
use hypercube::digits;

/// The stream that the order of training points is drawn from.
const BATCHES: u64 = 3;

/// The stream that decides which nodes drop out.
const DROPOUT: u64 = 12;

/// How a network is trained. The write-up's text gives the widths and the loss, and no more of the
/// recipe: the other defaults are inferred. Of the recipes that were tried (`results/ensemble`), under
/// this one its numbers and what it describes are the least unusual; that does not make it the
/// write-up's.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Recipe {
    /// Widths from input to output: the write-up's network.
    pub sizes: Vec<usize>,
    /// What labels the points. The write-up says that it is a circle, not how large; its three
    /// numbers are ordinary under this radius, with the other choices here, and not under those
    /// some hundredths smaller or larger.
    pub data: Source,
    /// The distribution of the initial weights. The write-up does not say; under this one nodes
    /// differ in scale, gate gradients are heavy-tailed and about one network in three has four
    /// bias nodes, as it describes, and as under Keras's default hardly any has.
    pub init: Init,
    /// What stands between the layers: the write-up's network has ReLUs.
    #[serde(default, skip_serializing_if = "is_relu")]
    pub activation: Activation,
    /// Decides the initial weights, the training points of a figure and their order. The default one is
    /// the first whose network looks like the write-up's: it has four bias nodes and ordinary
    /// numbers, and observations 1 to 7 are true of it (held to the records by
    /// `experiments/tests/readme.rs`).
    pub seed: u64,
    /// Optimiser steps: the write-up does not say; at 6,000 its mean losses are met.
    pub steps: usize,
    /// Points per step: Keras's default, for the write-up names its loss as Keras does.
    pub batch: usize,
    /// How many training points, visited in a new random order every epoch. Those of a figure are
    /// drawn once; the write-up does not say how many.
    pub points: usize,
    /// Adam's step size: Keras's default, as the following three.
    pub learning_rate: f64,
    /// Adam's decay of the mean gradient.
    pub beta_1: f64,
    /// Adam's decay of the mean squared gradient.
    pub beta_2: f64,
    /// Adam's ε, added to the root of the mean squared gradient.
    pub epsilon: f64,
    /// Share of the hidden nodes that are off at each point of a step, each drawn apart, while the
    /// others count 1/(1 − share) times (inverted dropout; Srivastava et al. 2014). None by default.
    #[serde(default, skip_serializing_if = "is_none")]
    pub dropout: f64,
    /// How many times each weight and bias is added to its gradient (an L2 penalty of half of this,
    /// which Adam scales as it does the rest). None by default.
    #[serde(default, skip_serializing_if = "is_none")]
    pub weight_decay: f64,
}

impl Recipe {
    /// The recipe that learns a data set to 95 % accuracy or more. Circles share the default; longer
    /// boundaries need bigger steps and more of them, and corners a second layer.
    pub fn for_data(data: Data) -> Self {
        let default = Self {
            sizes: vec![2, 20, 2],
            data: Source::Figure(data),
            init: Init::HeUniform,
            activation: Activation::Relu,
            seed: 120,
            steps: 6000,
            batch: 32,
            points: 10_000,
            learning_rate: 1e-3,
            beta_1: 0.9,
            beta_2: 0.999,
            epsilon: 1e-7,
            dropout: 0.0,
            weight_decay: 0.0,
        };
        match data {
            Data::Circle(_) | Data::Xor => default,
            Data::Annulus => Self { steps: 20_000, learning_rate: 5e-3, ..default },
            Data::Checkerboard | Data::Spirals => {
                Self { sizes: vec![2, 14, 6, 2], steps: 20_000, learning_rate: 5e-3, ..default }
            }
        }
    }

    /// The recipe by which 20 nodes read the handwritten digits, 95 % of those held out or more.
    pub fn for_digits() -> Self {
        let points = digits::IMAGES - digits::HELD_OUT;
        let sizes = vec![digits::PIXELS, 20, 10];
        Self { sizes, data: Source::Digits, points, ..Self::default() }
    }

    /// The default recipe for `points` given points, whose SHA-256 is `hash`.
    pub fn for_own(hash: String, inputs: usize, classes: usize, points: usize) -> Self {
        let sizes = vec![inputs, 20, classes];
        Self { sizes, data: Source::Own(hash), points, ..Self::default() }
    }
}

/// Recipes of before there was a choice do not name it.
fn is_relu(activation: &Activation) -> bool {
    *activation == Activation::Relu
}

/// Nor do they name what they did without.
fn is_none(share: &f64) -> bool {
    *share == 0.0
}

impl Default for Recipe {
    fn default() -> Self {
        Self::for_data(Data::default())
    }
}

/// The state of training that a watcher is shown.
pub struct TrainingState<'a> {
    /// Steps done.
    pub step: usize,
    /// Mean loss of the batches since the watcher was last called.
    pub batch_loss: f64,
    /// The network as it stands.
    pub network: &'a dyn Fn() -> Network,
}

/// How many steps pass between two calls of the watcher: often enough for a smooth curve, seldom
/// enough not to be felt.
pub const WATCH_EVERY: usize = 100;

/// Trains a network by Adam on softmax cross-entropy over `points`, in f32: an ensemble of one (see
/// [`train_ensemble`]).
///
/// `watch` is called before the first step, every [`WATCH_EVERY`] steps and after the last; training
/// ends early if it fails.
///
/// # Errors
///
/// Only those of `watch`.
pub fn train<E>(
    recipe: &Recipe,
    points: &Points,
    device: &Device,
    mut watch: impl FnMut(TrainingState) -> Result<(), E>,
) -> Result<Network, E> {
    let draw = |_| points.clone();
    let start = (&[recipe.seed][..], &starts(recipe, &[recipe.seed])[..]);
    let watch = |step: usize, batch_loss: f64, ensemble: &Ensemble| {
        // A batch's loss is from before its step, and may be finite when the weights no longer are.
        let batch_loss = if ensemble.is_finite() { batch_loss } else { f64::NAN };
        watch(TrainingState { step, batch_loss, network: &|| ensemble.networks().swap_remove(0) })
    };
    let networks = train_together(recipe, &draw, start, &[], device, watch)?;
    Ok(networks.into_iter().next().expect("one seed makes one network"))
}

/// How many numbers the widest activations of one chunk of networks hold on a CPU: what a step
/// touches then stays in a core's own caches, and one operation is long enough to outweigh its
/// overhead.
const CPU_CHUNK: usize = 1 << 16;

/// Trains one network a seed, all by the same recipe, whose own seed and number of steps are not
/// used. Returns the networks of all seeds as they are after each number of steps in `snapshots`,
/// `[snapshots, seeds]`; these ascend, and training ends with the last.
///
/// Each network has its own weights, points and batches, drawn from its own seed, and its own Adam;
/// `draw` gives a seed's points, [`Recipe::points`] of them.
/// On a CPU the networks are split into chunks that run side by side, and network k is bit for bit
/// what [`train`] makes of its seed, whatever the threads and chunks. On a GPU all take each step
/// together, in one batched program; there a product may be summed in another order for another
/// number of networks, so the two agree to rounding.
///
/// `watch` is told, from any thread, how many more network-steps are done: one step of E networks
/// is E of them. Training ends early if it fails.
///
/// # Errors
///
/// Only those of `watch`.
pub fn train_ensemble<E: Send>(
    recipe: &Recipe,
    draw: impl Fn(u64) -> Points + Sync,
    seeds: &[u64],
    snapshots: &[usize],
    compute: &Compute,
    watch: impl Fn(usize) -> Result<(), E> + Send + Sync,
) -> Result<Vec<Vec<Network>>, E> {
    train_from(recipe, &starts(recipe, seeds), draw, seeds, snapshots, compute, watch)
}

/// [`train_ensemble`] from given networks instead of fresh ones, one a seed and all of one shape, which
/// is theirs and not the recipe's: Adam begins anew, and the batches are those of the seed.
///
/// # Errors
///
/// Only those of `watch`.
///
/// # Panics
///
/// If there are not as many networks as seeds, or they differ in shape.
pub fn train_from<E: Send>(
    recipe: &Recipe,
    networks: &[Network],
    draw: impl Fn(u64) -> Points + Sync,
    seeds: &[u64],
    snapshots: &[usize],
    compute: &Compute,
    watch: impl Fn(usize) -> Result<(), E> + Send + Sync,
) -> Result<Vec<Vec<Network>>, E> {
    assert_eq!(networks.len(), seeds.len(), "a seed for each network");
    let same = |network: &Network| network.sizes() == networks[0].sizes();
    assert!(networks.iter().all(same), "networks that train together have one shape");
    let recipe = Recipe { steps: snapshots.last().copied().unwrap_or(0), ..recipe.clone() };
    let chunk = |(seeds, networks): (&[u64], &[Network])| {
        let mut done = 0;
        let mut taken = Vec::with_capacity(snapshots.len());
        let start = (seeds, networks);
        train_together(&recipe, &draw, start, snapshots, &compute.device, |step, _, ensemble| {
            if snapshots.contains(&step) {
                taken.push(ensemble.networks());
            }
            let more = (step - done) * seeds.len();
            done = step;
            watch(more)
        })?;
        Ok(taken)
    };
    if seeds.is_empty() {
        return Ok(vec![Vec::new(); snapshots.len()]);
    }
    if !compute.backend.is_cpu() {
        return chunk((seeds, networks));
    }
    let widest = networks[0].sizes().iter().max().map_or(1, |width| width * recipe.batch);
    let most = (CPU_CHUNK / widest).max(1);
    // As many chunks for every thread, as even as can be.
    let threads = rayon::current_num_threads();
    let chunks = seeds.len().div_ceil(most).next_multiple_of(threads);
    let size = seeds.len().div_ceil(chunks).max(1);
    let parts = seeds.par_chunks(size).zip(networks.par_chunks(size));
    let chunks: Result<Vec<Vec<Vec<Network>>>, E> = parts.map(chunk).collect();
    let chunks = chunks?;
    let at = |k: usize| chunks.iter().flat_map(|chunk| chunk[k].iter().cloned()).collect();
    Ok((0..snapshots.len()).map(at).collect())
}

/// The networks that training starts from, one a seed.
fn starts(recipe: &Recipe, seeds: &[u64]) -> Vec<Network> {
    let config = MlpConfig::new()
        .with_sizes(recipe.sizes.clone())
        .with_weights(recipe.init)
        .with_activation(recipe.activation);
    seeds.iter().map(|&seed| config.network(seed)).collect()
}

/// The one path that training takes: the networks of all seeds in one program.
///
/// `watch` gets the steps done, the mean loss of the batches since the last call, and the networks;
/// it is called at the steps of `also` too.
fn train_together<E>(
    recipe: &Recipe,
    draw: &dyn Fn(u64) -> Points,
    (seeds, networks): (&[u64], &[Network]),
    also: &[usize],
    device: &Device,
    mut watch: impl FnMut(usize, f64, &Ensemble) -> Result<(), E>,
) -> Result<Vec<Network>, E> {
    let device = device.clone().autodiff();
    let mut ensemble = Ensemble::new(networks, &device);
    let decay =
        (recipe.weight_decay > 0.0).then(|| WeightDecayConfig::new(recipe.weight_decay as f32));
    let mut adam = AdamConfig::new()
        .with_weight_decay(decay)
        .with_beta_1(recipe.beta_1 as f32)
        .with_beta_2(recipe.beta_2 as f32)
        .with_epsilon(recipe.epsilon as f32)
        .init();
    let classes = networks[0].classes();
    let mut batches: Vec<_> =
        seeds.iter().map(|&seed| Batches::new(recipe.batch, &draw(seed), classes, seed)).collect();
    let sizes = networks[0].sizes();
    let mut dropout = Dropout::new(recipe.dropout, &sizes[1..sizes.len() - 1], seeds);

    watch(0, f64::NAN, &ensemble)?;
    // The losses stay on the device until the watcher wants them, so that a GPU is not made to
    // wait for the host at every step.
    let mut losses: Vec<Tensor<1>> = Vec::new();
    for step in 1..=recipe.steps {
        let (x, labels) = next_batch(&mut batches, &device);
        let kept = dropout.next(x.dims()[1], &device);
        let loss = ensemble.losses(x, labels, &kept);
        let gradients = GradientsParams::from_grads(loss.clone().sum().backward(), &ensemble);
        ensemble = adam.step(recipe.learning_rate, ensemble, gradients);
        losses.push(loss.inner());
        if step % WATCH_EVERY == 0 || step == recipe.steps || also.contains(&step) {
            let batch_loss =
                Tensor::cat(std::mem::take(&mut losses), 0).mean().into_scalar::<f32>();
            watch(step, f64::from(batch_loss), &ensemble)?;
        }
    }
    Ok(ensemble.networks())
}

/// Which nodes count at which point of a step, for every network from its own stream.
struct Dropout {
    share: f64,
    hidden: Vec<usize>,
    rngs: Vec<ChaCha8Rng>,
}

impl Dropout {
    fn new(share: f64, hidden: &[usize], seeds: &[u64]) -> Self {
        let rngs = seeds.iter().map(|&seed| stream(seed, DROPOUT, 0)).collect();
        Self { share, hidden: hidden.to_vec(), rngs }
    }

    /// What each hidden layer's activations are multiplied with, `[E, batch, width]` a layer: 0 or
    /// 1/(1 − share). Nothing if no node drops out.
    fn next(&mut self, batch: usize, device: &Device) -> Vec<Tensor<3>> {
        if self.share == 0.0 {
            return Vec::new();
        }
        let (share, kept) = (self.share, (1.0 / (1.0 - self.share)) as f32);
        let mut layers: Vec<Vec<f32>> = vec![Vec::new(); self.hidden.len()];
        for rng in &mut self.rngs {
            for (layer, width) in layers.iter_mut().zip(&self.hidden) {
                let draw = |_| if rng.random::<f64>() < share { 0.0 } else { kept };
                layer.extend((0..batch * width).map(draw));
            }
        }
        let shape = |width: usize| [self.rngs.len(), batch, width];
        let layers = layers.into_iter().zip(&self.hidden);
        layers
            .map(|(v, &width)| Tensor::from_data(TensorData::new(v, shape(width)), device))
            .collect()
    }
}

/// One network's batches without end: every epoch visits all points once, in its own order; its
/// last batch may be short.
struct Batches {
    /// Inputs, classes, and points per batch.
    widths: (usize, usize, usize),
    coordinates: Vec<f32>,
    labels: Vec<usize>,
    order: Vec<usize>,
    rng: ChaCha8Rng,
    /// The epoch's coordinates and one-hot labels in its order, so that a batch is a slice.
    epoch: (Vec<f32>, Vec<f32>),
    /// The epoch's points that have been given out.
    given: usize,
}

impl Batches {
    fn new(batch: usize, points: &Points, classes: usize, seed: u64) -> Self {
        Self {
            widths: (points.inputs(), classes, batch),
            coordinates: points.coordinates().iter().map(|&v| v as f32).collect(),
            labels: points.labels().to_vec(),
            order: (0..points.len()).collect(),
            rng: stream(seed, BATCHES, 0),
            epoch: (Vec::new(), Vec::new()),
            given: points.len(),
        }
    }

    /// The next batch's coordinates and one-hot labels.
    fn next(&mut self) -> (&[f32], &[f32]) {
        if self.given == self.order.len() {
            self.begin_epoch();
        }
        let (inputs, classes, batch) = self.widths;
        let start = self.given;
        self.given = (start + batch).min(self.order.len());
        let (coordinates, labels) = &self.epoch;
        (
            &coordinates[start * inputs..self.given * inputs],
            &labels[start * classes..self.given * classes],
        )
    }

    fn begin_epoch(&mut self) {
        let (inputs, classes, _) = self.widths;
        self.order.shuffle(&mut self.rng);
        self.given = 0;
        let (coordinates, labels) = &mut self.epoch;
        coordinates.clear();
        labels.clear();
        labels.resize(self.order.len() * classes, 0.0);
        for (row, &point) in self.order.iter().enumerate() {
            coordinates.extend_from_slice(&self.coordinates[point * inputs..][..inputs]);
            labels[row * classes + self.labels[point]] = 1.0;
        }
    }
}

/// The next batch of every network: points `[E, batch, inputs]` and one-hot labels
/// `[E, batch, classes]`. All epochs are equally long, so all batches are.
fn next_batch(batches: &mut [Batches], device: &Device) -> (Tensor<3>, Tensor<3>) {
    let e = batches.len();
    let (inputs, classes, batch) = batches[0].widths;
    let mut points = Vec::with_capacity(e * batch * inputs);
    let mut one_hot = Vec::with_capacity(e * batch * classes);
    for one in batches {
        let (coordinates, labels) = one.next();
        points.extend_from_slice(coordinates);
        one_hot.extend_from_slice(labels);
    }
    let batch = points.len() / (e * inputs);
    (
        Tensor::from_data(TensorData::new(points, [e, batch, inputs]), device),
        Tensor::from_data(TensorData::new(one_hot, [e, batch, classes]), device),
    )
}
