//! Identities that hold for every network: no reference values needed.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use burn::prelude::*;
use burn::tensor::activation::relu;
use hypercube::data::Data;
use hypercube::{Ablation, Mask, Network, reference};
use model::device::{Backend, select};
use model::training::{Recipe, train};
use model::{Mlp, MlpConfig, Pointwise, SubNetworks};

fn device() -> model::device::Compute {
    let cpu = Backend::compiled().into_iter().find(|b| b.is_cpu()).unwrap();
    select(Some(cpu.name())).unwrap()
}

fn tensor(values: Vec<f32>, shape: [usize; 2], device: &Device) -> Tensor<2> {
    Tensor::from_data(TensorData::new(values, shape), device)
}

fn values(tensor: Tensor<2>) -> Vec<f32> {
    tensor.into_data().iter::<f32>().collect()
}

/// The write-up's equation: b max(z, 0) = max(b z, 0) for b ≥ 0, through the whole network.
#[test]
fn a_mask_before_or_after_the_relu_gives_the_same() {
    let device = device().device;
    let network = MlpConfig::new().with_sizes(vec![2, 9, 7, 3]).network(4);
    let mlp = Mlp::new(&network, &device);
    let points = Data::default().evaluation_points(50, 1);
    let x: Vec<f32> = points.coordinates().iter().map(|&v| v as f32).collect();
    let x = tensor(x, [50, 2], &device);
    for k in 0..8 {
        // Fractional values too: the equation needs b ≥ 0, not b ∈ {0, 1}.
        let mask: Vec<f32> =
            Mask::random(16, 0.5, 2, k).values().map(|b| b * (0.5 + k as f32)).collect();
        let mask = tensor(mask, [1, 16], &device);
        let after = mlp.forward(x.clone(), mask.clone());
        let before = relu(mlp.layers[0].forward(x.clone()) * mask.clone().narrow(1, 0, 9));
        let before = relu(mlp.layers[1].forward(before) * mask.narrow(1, 9, 7));
        let before = mlp.layers[2].forward(before);
        for (a, b) in values(after).iter().zip(values(before)) {
            assert!((a - b).abs() <= 1e-5 * (1.0 + b.abs()), "{a} is not {b}");
        }
    }
}

#[test]
fn forward_with_one_mask_a_point_is_forward_with_each_mask() {
    let device = device().device;
    let mlp = MlpConfig::new().with_sizes(vec![2, 4, 3, 2]).init(1, &device);
    let x = tensor(vec![0.3, -0.4, 0.3, -0.4], [2, 2], &device);
    let masks = [Mask::from_bits(7, 0b101_0110), Mask::from_bits(7, 0b011_1101)];
    let rows: Vec<f32> = masks.iter().flat_map(Mask::values).collect();
    let together = values(mlp.forward(x.clone(), tensor(rows, [2, 7], &device)));
    for (k, mask) in masks.iter().enumerate() {
        let alone = mlp.forward(x.clone(), tensor(mask.values().collect(), [1, 7], &device));
        assert_eq!(values(alone)[2 * k..2 * k + 2], together[2 * k..2 * k + 2]);
    }
    assert_ne!(together[..2], together[2..]);
}

/// ∂ln(loss)/∂bᵢ = (∂loss/∂bᵢ) / loss, the left side by differences of the logarithm.
#[test]
fn the_gradient_of_log_loss_is_gradient_over_loss() {
    let network = MlpConfig::new().network(6);
    let points = Data::default().evaluation_points(300, 1);
    let masks: Vec<Mask> = (0..8).map(|k| Mask::random(20, 0.5, 3, k)).collect();
    let sub_networks = SubNetworks::new(&network, &points, Ablation::Zero, &device());
    let found = sub_networks.losses_and_gradients(&masks, |_| ());
    for (k, mask) in masks.iter().enumerate() {
        let values: Vec<f64> = mask.values().map(f64::from).collect();
        for i in 0..20 {
            let at = |step: f64| {
                let mut moved = values.clone();
                moved[i] += step;
                reference::evaluate(&network, &points, Ablation::Zero, &moved).loss.ln()
            };
            let difference = (at(1e-5) - at(-1e-5)) / 2e-5;
            let quotient = f64::from(found.gradients[k * 20 + i]) / found.losses[k];
            assert!((difference - quotient).abs() < 1e-5, "{difference} is not {quotient}");
        }
    }
}

#[test]
fn results_do_not_depend_on_the_number_of_threads() {
    let network = MlpConfig::new().with_sizes(vec![2, 12, 8, 2]).network(2);
    let points = Data::default().evaluation_points(500, 1);
    let masks: Vec<Mask> = (0..3000).map(|k| Mask::random(20, 0.5, 3, k)).collect();
    let sub_networks = SubNetworks::new(&network, &points, Ablation::Zero, &device());
    let on = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| sub_networks.losses_and_gradients(&masks, |_| ()))
    };
    assert_eq!(on(1), on(2));
}

#[test]
fn training_is_reproducible_and_learns() {
    let recipe = Recipe { steps: 600, ..Recipe::default() };
    let device = device();
    let drawn = |seed| Data::default().training_points(recipe.points, seed);
    let mut losses = Vec::new();
    let mut run = || {
        train(&recipe, &drawn(recipe.seed), &device.device, |progress| {
            losses.push(progress.batch_loss);
            Ok::<_, ()>(())
        })
        .unwrap()
    };
    let network = run();
    assert_eq!(network, run());
    assert_eq!(losses.len(), 2 * 7);
    let points = Data::default().evaluation_points(2000, 0);
    let evaluation = reference::evaluate(&network, &points, Ablation::Zero, &[1.0; 20]);
    let fresh = MlpConfig::new().network(0);
    let before = reference::evaluate(&fresh, &points, Ablation::Zero, &[1.0; 20]);
    assert!(evaluation.loss < 0.8 * before.loss, "{} from {}", evaluation.loss, before.loss);
    let other = drawn(1);
    assert_ne!(
        network,
        train(&Recipe { seed: 1, ..recipe }, &other, &device.device, |_| Ok::<_, ()>(())).unwrap()
    );
}

/// The mean of the pointwise maps over the evaluation points is the loss and its gradient.
#[test]
fn the_maps_average_to_the_loss_and_its_gradient() {
    let mut layers = MlpConfig::new().with_sizes(vec![2, 6, 5, 3]).network(8).layers().to_vec();
    // Without biases, a point that no first node sees lies on the second layer's kink, where there
    // is no derivative to agree on.
    for bias in layers.iter_mut().flat_map(|layer| &mut layer.biases) {
        *bias = 0.1;
    }
    let network = Network::new(layers).unwrap();
    let points = Data::default().evaluation_points(200, 1);
    let device = device();
    for ablation in [Ablation::Zero, Ablation::Mean] {
        let pointwise = Pointwise::new(&network, ablation, &points, &device);
        let found = pointwise.losses_and_gradients(&points);
        let slow = reference::evaluate(&network, &points, ablation, &[1.0; 11]);
        let mean = |values: &mut dyn Iterator<Item = &f32>| {
            values.map(|&v| f64::from(v)).sum::<f64>() / 200.0
        };
        assert!((mean(&mut found.losses.iter()) - slow.loss).abs() < 1e-5 * slow.loss);
        for i in 0..11 {
            let gradient = mean(&mut found.gradients.iter().skip(i).step_by(11));
            assert!((gradient - slow.gradient[i]).abs() < 1e-5);
        }
        let full = Mask::full(11);
        let off = Mask::from_bits(11, 0);
        let maps = pointwise.probabilities(&points, &[full, off]);
        let inside = points.labels().iter().zip(&maps[0]).filter(|(l, _)| **l == 0);
        let by_label: f64 = inside.map(|(_, p)| -f64::from(*p).ln()).sum();
        let losses = points.labels().iter().zip(&found.losses).filter(|(l, _)| **l == 0);
        let expected: f64 = losses.map(|(_, loss)| f64::from(*loss)).sum();
        assert!((by_label - expected).abs() < 1e-4 * expected);
        assert_eq!(maps[1].len(), 200);
    }
}
