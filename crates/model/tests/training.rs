//! Training: many networks at once against each alone, and against plain f64 arithmetic.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::convert::Infallible;
use std::sync::atomic::{AtomicUsize, Ordering};

use hypercube::data::Data;
use hypercube::{Activation, Layer, Network, Points, stream};
use model::device::{Backend, Compute, select};
use model::training::{Recipe, WATCH_EVERY, train, train_ensemble, train_from};
use model::{Init, MlpConfig};
use rand::seq::SliceRandom;

fn computes() -> Vec<Compute> {
    let computes: Vec<_> =
        Backend::compiled().iter().map(|b| select(Some(b.name())).unwrap()).collect();
    assert!(!computes.is_empty());
    computes
}

fn parameters(network: &Network) -> impl Iterator<Item = f64> + '_ {
    network.layers().iter().flat_map(|layer| layer.weights.iter().chain(&layer.biases).copied())
}

fn furthest(a: &Network, b: &Network) -> f64 {
    assert_eq!(a.sizes(), b.sizes());
    parameters(a).zip(parameters(b)).fold(0.0, |far, (a, b)| far.max((a - b).abs()))
}

/// The circle's points.
fn drawn(recipe: &Recipe, seed: u64) -> Points {
    Data::default().training_points(recipe.points, seed)
}

fn alone(recipe: &Recipe, seed: u64, compute: &Compute) -> Network {
    let recipe = Recipe { seed, ..recipe.clone() };
    train(&recipe, &drawn(&recipe, seed), &compute.device, |_| Ok::<_, Infallible>(())).unwrap()
}

fn together(recipe: &Recipe, seeds: &[u64], compute: &Compute, threads: usize) -> Vec<Network> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    let quietly = |_| Ok::<_, Infallible>(());
    let draw = |seed| drawn(recipe, seed);
    let train = || train_ensemble(recipe, draw, seeds, &[recipe.steps], compute, quietly).unwrap();
    pool.install(train).swap_remove(0)
}

/// Epochs of 70 points in batches of 32: every third batch is short.
fn recipe(sizes: &[usize], steps: usize) -> Recipe {
    Recipe { sizes: sizes.to_vec(), steps, points: 70, ..Recipe::default() }
}

#[test]
fn network_k_of_an_ensemble_is_what_its_seed_gives_alone() {
    let seeds = [3, 0, 11, 12, 1 << 40, 5, 6];
    for compute in computes() {
        let exact = compute.backend.is_cpu();
        // A GPU may sum a product in another order for another number of networks.
        let (steps, tolerance) = if exact { (400, 0.0) } else { (100, 1e-4) };
        for sizes in [&[2, 20, 2][..], &[2, 7, 5, 6, 3]] {
            let recipe = recipe(sizes, steps);
            let singles: Vec<_> = seeds.iter().map(|&s| alone(&recipe, s, &compute)).collect();
            assert!(furthest(&singles[0], &singles[1]) > 0.01, "seeds give different networks");
            // 1, 3 and 4 threads make chunks of 7, of 3, 3, 1 and of 2, 2, 2, 1 networks.
            for threads in [1, 3, 4] {
                let found = together(&recipe, &seeds, &compute, threads);
                assert_eq!(found.len(), seeds.len());
                for (k, (found, single)) in found.iter().zip(&singles).enumerate() {
                    let apart = furthest(found, single);
                    let name = compute.backend.name();
                    assert!(apart <= tolerance, "{name}, {sizes:?}, network {k}: {apart} apart");
                }
            }
        }
    }
}

/// Kingma & Ba 2015, algorithm 1, with backpropagation written out, in f64.
fn reference(recipe: &Recipe, seed: u64) -> Network {
    let mut layers = MlpConfig::new()
        .with_sizes(recipe.sizes.clone())
        .with_weights(recipe.init)
        .network(seed)
        .layers()
        .to_vec();
    let points = drawn(recipe, seed);
    let rows: Vec<_> = points.iter().collect();
    let mut rng = stream(seed, 3, 0);
    let mut order: Vec<usize> = (0..points.len()).collect();
    let mut batches: Vec<Vec<usize>> = Vec::new();
    while batches.len() < recipe.steps {
        order.shuffle(&mut rng);
        batches.extend(order.chunks(recipe.batch).map(<[_]>::to_vec));
    }
    let count = layers.iter().map(|l| l.weights.len() + l.biases.len()).sum();
    let (mut mean, mut square) = (vec![0.0; count], vec![0.0; count]);
    for (t, batch) in (1..).zip(&batches[..recipe.steps]) {
        let mut gradient = vec![0.0; count];
        for &point in batch {
            let (x, label) = rows[point];
            for (sum, g) in
                gradient.iter_mut().zip(backpropagate(&layers, recipe.activation, x, label))
            {
                *sum += g / batch.len() as f64;
            }
        }
        let values =
            layers.iter_mut().flat_map(|layer| layer.weights.iter_mut().chain(&mut layer.biases));
        for (k, value) in values.enumerate() {
            let g = gradient[k];
            mean[k] = recipe.beta_1 * mean[k] + (1.0 - recipe.beta_1) * g;
            square[k] = recipe.beta_2 * square[k] + (1.0 - recipe.beta_2) * g * g;
            let unbiased_mean = mean[k] / (1.0 - recipe.beta_1.powi(t));
            let unbiased_square: f64 = square[k] / (1.0 - recipe.beta_2.powi(t));
            *value -=
                recipe.learning_rate * unbiased_mean / (unbiased_square.sqrt() + recipe.epsilon);
        }
    }
    Network::new(layers).unwrap().with_activation(recipe.activation)
}

/// Gradient of one point's cross-entropy, layer by layer: weights, then biases.
fn backpropagate(layers: &[Layer], activation: Activation, x: &[f64], label: usize) -> Vec<f64> {
    let mut inputs = vec![x.to_vec()];
    // What the first layer's inputs make of it is not used.
    let mut slopes = vec![vec![0.0; x.len()]];
    for layer in &layers[..layers.len() - 1] {
        let z = layer.apply(inputs.last().unwrap());
        inputs.push(z.iter().map(|&z| activation.value(z)).collect());
        slopes.push(z.iter().map(|&z| activation.derivative(z)).collect());
    }
    let logits = layers[layers.len() - 1].apply(inputs.last().unwrap());
    let total: f64 = logits.iter().map(|z| z.exp()).sum();
    let mut delta: Vec<f64> = logits.iter().map(|z| z.exp() / total).collect();
    delta[label] -= 1.0;
    let mut gradients = Vec::new();
    for ((layer, input), slopes) in layers.iter().zip(&inputs).zip(&slopes).rev() {
        let weights = delta.iter().flat_map(|d| input.iter().map(move |v| d * v));
        gradients.push(weights.chain(delta.iter().copied()).collect::<Vec<_>>());
        let back =
            |i: usize| (0..layer.outputs).map(|o| delta[o] * layer.weight(o, i)).sum::<f64>();
        delta = slopes.iter().enumerate().map(|(i, slope)| slope * back(i)).collect();
    }
    gradients.into_iter().rev().flatten().collect()
}

#[test]
fn training_is_adam_on_softmax_cross_entropy() {
    // f32 against f64. A step moves a weight by at most about the learning rate, 0.001.
    const TOLERANCE: f64 = 2e-5;
    for compute in computes() {
        for (sizes, activation) in Activation::ALL
            .into_iter()
            .flat_map(|activation| [(&[2, 5, 2][..], activation), (&[2, 4, 3, 4], activation)])
        {
            let recipe =
                Recipe { learning_rate: 2e-3, beta_1: 0.8, activation, ..recipe(sizes, 60) };
            let found = together(&recipe, &[1, 2], &compute, 1);
            for (seed, found) in [1, 2].into_iter().zip(&found) {
                let expected = reference(&recipe, seed);
                let start = MlpConfig::new().with_sizes(sizes.to_vec()).network(seed);
                assert!(furthest(&expected, &start) > 0.02, "the reference moves");
                let apart = furthest(found, &expected);
                assert!(apart <= TOLERANCE, "{activation}, {sizes:?}, seed {seed}: {apart} apart");
            }
        }
    }
}

#[test]
fn an_ensemble_learns_the_circle() {
    let compute = &computes()[0];
    let recipe = Recipe { steps: 1000, ..Recipe::default() };
    let points = Data::default().evaluation_points(2000, 9);
    for network in together(&recipe, &[1, 2, 3], compute, 2) {
        assert!(accuracy(&network, &points) > 0.85);
    }
}

fn accuracy(network: &Network, points: &Points) -> f64 {
    let [first, last] = network.layers() else { panic!("two layers") };
    let right = points.iter().filter(|(x, label)| {
        let h: Vec<f64> = first.apply(x).into_iter().map(|z| z.max(0.0)).collect();
        let z = last.apply(&h);
        usize::from(z[1] > z[0]) == *label
    });
    right.count() as f64 / points.len() as f64
}

#[test]
fn the_watcher_counts_every_network_step_and_can_stop() {
    let compute = &computes()[0];
    let recipe = recipe(&[2, 3, 2], 2 * WATCH_EVERY + 7);
    let seeds: Vec<u64> = (0..5).collect();
    let done = AtomicUsize::new(0);
    let count = |more| {
        done.fetch_add(more, Ordering::Relaxed);
        Ok::<_, Infallible>(())
    };
    let draw = |seed| drawn(&recipe, seed);
    assert_eq!(train_ensemble(&recipe, draw, &[], &[1, 2], compute, count).unwrap(), [[], []]);
    train_ensemble(&recipe, draw, &seeds, &[recipe.steps], compute, count).unwrap();
    assert_eq!(done.into_inner(), seeds.len() * recipe.steps);

    let stop = |more| if more > 0 { Err("stopped") } else { Ok(()) };
    let stopped = train_ensemble(&recipe, draw, &seeds, &[usize::MAX], compute, stop);
    assert_eq!(stopped.unwrap_err(), "stopped");
}

#[test]
fn a_snapshot_is_what_so_many_steps_alone_make() {
    let compute = &computes()[0];
    let recipe = Recipe { init: Init::HeNormal, ..recipe(&[2, 6, 2], 0) };
    let seeds: Vec<u64> = (0..5).collect();
    let steps = [1, WATCH_EVERY, WATCH_EVERY + 30];
    let quietly = |_| Ok::<_, Infallible>(());
    let draw = |seed| drawn(&recipe, seed);
    let found = train_ensemble(&recipe, draw, &seeds, &steps, compute, quietly).unwrap();
    for (networks, steps) in found.iter().zip(steps) {
        let recipe = Recipe { steps, ..recipe.clone() };
        for (network, &seed) in networks.iter().zip(&seeds) {
            assert_eq!(network, &alone(&recipe, seed, compute), "{steps} steps, seed {seed}");
        }
    }
}

#[test]
fn dropout_and_decay_are_a_networks_own_and_do_what_they_say() {
    let plain = recipe(&[2, 12, 12, 2], 150);
    let size = |network: &Network| -> f64 {
        let layers = network.layers().iter().flat_map(|layer| &layer.weights);
        layers.map(|w| w * w).sum::<f64>()
    };
    for compute in computes().into_iter().filter(|compute| compute.backend.is_cpu()) {
        let usual = alone(&plain, 5, &compute);
        let dropping = Recipe { dropout: 0.4, ..plain.clone() };
        let decaying = Recipe { weight_decay: 0.05, ..plain.clone() };
        for recipe in [&dropping, &decaying] {
            let all = together(recipe, &[3, 5, 9], &compute, 2);
            assert!(all[1] == alone(recipe, 5, &compute), "whatever the others");
            assert!(all[1] != usual, "{recipe:?} does something");
        }
        assert!(size(&alone(&decaying, 5, &compute)) < 0.9 * size(&usual));
        // Of a network whose nodes nearly all drop out, only the last biases learn anything.
        let empty = alone(&Recipe { dropout: 0.999_999, ..plain.clone() }, 5, &compute);
        let start = alone(&Recipe { steps: 0, ..plain.clone() }, 5, &compute);
        let same = |k: usize| empty.layers()[k].weights == start.layers()[k].weights;
        assert!(same(0) && same(1) && same(2));
        assert!(empty.layers()[2].biases != start.layers()[2].biases);
    }
}

#[test]
fn training_goes_on_from_given_networks() {
    let compute = &computes()[0];
    let recipe = recipe(&[2, 6, 2], 40);
    let seeds = [4, 8];
    let quietly = |_| Ok::<_, Infallible>(());
    let draw = |seed| drawn(&recipe, seed);
    let trained = train_ensemble(&recipe, draw, &seeds, &[0, 40], compute, quietly).unwrap();
    let again = train_from(&recipe, &trained[0], draw, &seeds, &[40], compute, quietly).unwrap();
    assert!(again[0] == trained[1], "from the fresh networks it is the same");
    let on = train_from(&recipe, &trained[1], draw, &seeds, &[0, 40], compute, quietly).unwrap();
    assert!(on[0] == trained[1] && on[1] != trained[1]);
}
