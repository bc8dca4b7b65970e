//! Mask-points per second of losses and gate gradients through burn's autodiff, on every backend
//! compiled in: the matrix product that [`SubNetworks`] uses, beside the broadcast that it avoids.
//!
//! `cargo bench --workspace --profile dev --bench autodiff` (the dev profile is the optimised one here).

use std::time::Instant;

use burn::prelude::*;
use burn::tensor::activation::relu;
use hypercube::data::Data;
use hypercube::{Ablation, Mask, Network, Points};
use model::device::{Backend, Compute};
use model::training::{Recipe, train};
use model::{MlpConfig, SubNetworks};

const MASKS: u64 = 4096;
const POINTS: usize = 4096;
/// The best of these is shown: whatever else the machine does can only slow a run down.
const RUNS: usize = 5;

fn main() {
    let network = MlpConfig::new().network(0);
    let points = Data::default().evaluation_points(POINTS, 0);
    let masks: Vec<Mask> = (0..MASKS).map(|k| Mask::random(20, 0.5, 0, k)).collect();
    println!(
        "2-20-2, {MASKS} masks × {POINTS} points, best of {RUNS}, {} threads",
        rayon::current_num_threads()
    );
    for backend in Backend::compiled() {
        let Some(device) = backend.device() else {
            println!("{:<8} no device on this machine", backend.name());
            continue;
        };
        let compute = Compute { backend, device };
        let sub_networks = SubNetworks::new(&network, &points, Ablation::Zero, &compute);
        show(&compute, "matrix product, losses", masks.len(), || {
            sub_networks.losses(&masks, |_| ()).iter().sum()
        });
        show(&compute, "matrix product, losses and gradients", masks.len(), || {
            sub_networks.losses_and_gradients(&masks, |_| ()).losses.iter().sum()
        });
        // A sixteenth of the masks: the broadcast form is that much slower.
        let few = &masks[..masks.len() / 16];
        show(&compute, "broadcast, losses and gradients", few.len(), || {
            broadcast(&network, &points, few, &compute)
        });
        let recipe = Recipe { steps: 1000, ..Recipe::default() };
        let points = Data::default().training_points(recipe.points, recipe.seed);
        let start = Instant::now();
        let trained = train(&recipe, &points, &compute.device, |_| Ok::<_, ()>(()));
        assert!(trained.is_ok());
        let per_step = start.elapsed().as_secs_f64() / 1000.0;
        println!("{:<8} training: {:.0} µs a step", backend.name(), per_step * 1e6);
    }
}

fn show(compute: &Compute, what: &str, masks: usize, mut run: impl FnMut() -> f64) {
    let mut best = f64::INFINITY;
    let mut total = 0.0;
    for _ in 0..RUNS {
        let start = Instant::now();
        total = run();
        best = best.min(start.elapsed().as_secs_f64());
    }
    let speed = (masks * POINTS) as f64 / best / 1e6;
    let mean = total / masks as f64;
    println!(
        "{:<8} {what}: {speed:.1} million mask-points/s (mean loss {mean:.5})",
        compute.backend.name()
    );
}

/// The plain way: every mask multiplied onto every point's activations, `[b, M, N]`.
fn broadcast(network: &Network, points: &Points, masks: &[Mask], compute: &Compute) -> f64 {
    let device = compute.device.clone().autodiff();
    let mlp = model::Mlp::new(network, &device);
    let x: Vec<f32> = points.coordinates().iter().map(|&v| v as f32).collect();
    let x = Tensor::<2>::from_data(TensorData::new(x, [POINTS, 2]), &device);
    let h = relu(mlp.layers[0].forward(x)).detach().unsqueeze::<3>();
    let wrong: Vec<i64> = points.labels().iter().map(|&l| 1 - l as i64).collect();
    let wrong = Tensor::<1, Int>::from_data(TensorData::new(wrong, [POINTS]), &device);
    let mut sum = 0.0;
    for chunk in masks.chunks(2) {
        let values: Vec<f32> = chunk.iter().flat_map(Mask::values).collect();
        let b = Tensor::<2>::from_data(TensorData::new(values, [chunk.len(), 20]), &device);
        let b = b.require_grad();
        let z = mlp.layers[1].forward(h.clone() * b.clone().unsqueeze_dim::<3>(1));
        let d = z.clone().narrow(2, 1, 1) - z.narrow(2, 0, 1);
        let sign = wrong.clone().float() * 2.0 - 1.0;
        let d = d.reshape([chunk.len(), POINTS]) * sign.unsqueeze::<2>();
        let losses = burn::tensor::activation::softplus(d, 1.0).mean_dim(1);
        let gradients = losses.clone().sum().backward();
        assert!(b.grad(&gradients).is_some());
        sum += f64::from(losses.sum().into_scalar::<f32>());
    }
    sum
}
