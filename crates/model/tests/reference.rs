//! Losses and gate gradients by burn's autodiff against values computed elsewhere in f64, on every
//! backend that was compiled in.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use hypercube::{
    Ablation, Activation, Mask, Network, Points, checkpoint, gradients, points_file, reference,
    table,
};
use model::device::{Backend, Compute};
use model::{Evaluations, SubNetworks};
use serde_json::Value;

/// f32 throughout, against f64: relative to the size of the numbers that are summed.
const TOLERANCE: f64 = 1e-5;

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../hypercube/tests/reference").join(name)
}

fn load(name: &str) -> (Network, Points, Value) {
    let network = checkpoint::load(&folder(name).join("model.safetensors")).unwrap();
    let (inputs, classes) = (network.inputs(), network.classes());
    let points = points_file::load(&folder(name).join("points.csv"), inputs, classes).unwrap();
    let expected = std::fs::read_to_string(folder(name).join("expected.json")).unwrap();
    (network, points, serde_json::from_str(&expected).unwrap())
}

/// All backends compiled in. One without a device fails the test: it was asked for.
fn computes() -> Vec<Compute> {
    let compiled = Backend::compiled();
    assert!(!compiled.is_empty());
    compiled.iter().map(|b| model::device::select(Some(b.name())).unwrap()).collect()
}

fn assert_close(found: &[f64], expected: &[f64], what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    let scale = expected.iter().fold(0.0f64, |s, v| s.max(v.abs()));
    for (k, (f, e)) in found.iter().zip(expected).enumerate() {
        assert!((f - e).abs() <= TOLERANCE * scale, "{what}[{k}]: {f} is not {e}");
    }
}

fn row(evaluations: &Evaluations, k: usize, n: usize) -> Vec<f64> {
    evaluations.gradients[k * n..(k + 1) * n].iter().map(|&g| f64::from(g)).collect()
}

#[test]
fn losses_and_gate_gradients_match_the_reference_networks() {
    for name in ["tiny", "three_class", "two_layer", "circle20"] {
        let (network, points, expected) = load(name);
        let n = network.n_nodes();
        let rows = expected["masks"].as_array().unwrap();
        assert!(rows.len() > 40, "{name} lists masks");
        let bits = |row: &Value| row["mask"].as_u64().unwrap();
        let masks: Vec<Mask> = rows.iter().map(|r| Mask::from_bits(n, bits(r))).collect();
        for compute in computes() {
            let what = format!("{name} on {}", compute.backend.name());
            let sub_networks = SubNetworks::new(&network, &points, Ablation::Zero, &compute);
            let found = sub_networks.losses_and_gradients(&masks, |_| ());
            assert_eq!(found.gradients.len(), masks.len() * n);
            for (k, row_expected) in rows.iter().enumerate() {
                let loss = row_expected["loss"].as_f64().unwrap();
                assert_close(&found.losses[k..=k], &[loss], &format!("{what}: loss of mask {k}"));
                let gradient: Vec<f64> =
                    serde_json::from_value(row_expected["gradient"].clone()).unwrap();
                assert_close(
                    &row(&found, k, n),
                    &gradient,
                    &format!("{what}: gradient of mask {k}"),
                );
            }
            assert_eq!(sub_networks.losses(&masks, |_| ()), found.losses, "{what}: both ways");
        }
    }
}

/// The values of a float64 array as numpy writes it: behind a header whose length is in bytes 8 and 9.
fn float64(file: &[u8]) -> Vec<f64> {
    let start = 10 + usize::from(u16::from_le_bytes([file[8], file[9]]));
    assert!(file[..start].windows(5).any(|word| word == b"'<f8'"), "it is float64");
    file[start..].as_chunks().0.iter().map(|&bytes| f64::from_le_bytes(bytes)).collect()
}

#[test]
fn mean_ablation_matches_the_reference_networks() {
    for name in ["tiny", "two_layer"] {
        let (network, points, _) = load(name);
        let file = std::fs::read(folder(name).join("losses_mean_ablation.npy")).unwrap();
        let expected = float64(&file);
        let n = network.n_nodes();
        let masks: Vec<Mask> = (0..1 << n).map(|bits| Mask::from_bits(n, bits)).collect();
        for compute in computes() {
            let sub_networks = SubNetworks::new(&network, &points, Ablation::Mean, &compute);
            let found = sub_networks.losses_and_gradients(&masks, |_| ());
            for (k, (f, e)) in found.losses.iter().zip(&expected).enumerate() {
                assert!((f - e).abs() <= TOLERANCE * e, "{name}, mask {k}: {f} is not {e}");
            }
            let k = masks.len() / 3;
            let values: Vec<f64> = masks[k].values().map(f64::from).collect();
            let slow = reference::evaluate(&network, &points, Ablation::Mean, &values);
            assert_close(&row(&found, k, n), &slow.gradient, name);
        }
    }
}

/// The two-layer reference network with other activation functions: burn's autodiff in f32 against
/// the slow reference in f64.
#[test]
fn other_activation_functions_match_the_reference() {
    let (network, points, _) = load("two_layer");
    let n = network.n_nodes();
    let masks: Vec<Mask> = (0..1 << n).step_by(37).map(|bits| Mask::from_bits(n, bits)).collect();
    for activation in Activation::ALL {
        let network = network.clone().with_activation(activation);
        for (compute, ablation) in
            computes().iter().flat_map(|c| [(c, Ablation::Zero), (c, Ablation::Mean)])
        {
            let sub_networks = SubNetworks::new(&network, &points, ablation, compute);
            let found = sub_networks.losses_and_gradients(&masks, |_| ());
            let slow = masks.iter().map(|mask| {
                let values: Vec<f64> = mask.values().map(f64::from).collect();
                reference::evaluate(&network, &points, ablation, &values)
            });
            let (losses, gradients): (Vec<f64>, Vec<Vec<f64>>) =
                slow.map(|slow| (slow.loss, slow.gradient)).unzip();
            let what = format!("{activation}, {ablation:?} on {}", compute.backend.name());
            assert_close(&found.losses, &losses, &what);
            // All masks together: activations less their means cancel in f32.
            let found: Vec<f64> = found.gradients.iter().map(|&g| f64::from(g)).collect();
            assert_close(&found, &gradients.concat(), &what);
        }
    }
}

/// Every mask of the small networks: burn's autodiff in f32 against exact enumeration.
#[test]
fn autodiff_and_enumeration_agree() {
    for name in ["tiny", "three_class", "two_layer"] {
        let (network, points, _) = load(name);
        let n = network.n_nodes();
        let masks: Vec<Mask> = (0..1 << n).map(|bits| Mask::from_bits(n, bits)).collect();
        for ablation in [Ablation::Zero, Ablation::Mean] {
            let options = table::Options::default();
            let losses = table::losses(&network, &points, ablation, &options).unwrap();
            let mut gradients = Vec::new();
            gradients::visit(&network, &points, ablation, &options, |first, rows| {
                assert_eq!(first * n, gradients.len());
                gradients.extend(rows.iter().map(|&g| f64::from(g)));
                ControlFlow::Continue(())
            })
            .unwrap();
            for compute in computes() {
                let sub_networks = SubNetworks::new(&network, &points, ablation, &compute);
                let found = sub_networks.losses_and_gradients(&masks, |_| ());
                for (k, exact) in losses.losses().iter().enumerate() {
                    let what = format!("{name}, {ablation:?}, mask {k}");
                    assert_close(&found.losses[k..=k], &[*exact], &what);
                    let exact = &gradients[k * n..][..n];
                    let scale = exact.iter().fold(0.0f64, |s, g| s.max(g.abs()));
                    for (f, e) in row(&found, k, n).iter().zip(exact) {
                        assert!((f - e).abs() <= 1e-4 * scale, "{what}: {f} is not {e}");
                    }
                }
            }
        }
    }
}

/// The oracle itself: its gradient against central differences, its loss against the references.
#[test]
fn the_plain_reference_is_right() {
    for name in ["tiny", "three_class", "two_layer"] {
        let (network, points, expected) = load(name);
        let n = network.n_nodes();
        for row in expected["masks"].as_array().unwrap().iter().step_by(9) {
            let mask = Mask::from_bits(n, row["mask"].as_u64().unwrap());
            let values: Vec<f64> = mask.values().map(f64::from).collect();
            let found = reference::evaluate(&network, &points, Ablation::Zero, &values);
            assert!((found.loss / row["loss"].as_f64().unwrap() - 1.0).abs() < 1e-12);
            for ablation in [Ablation::Zero, Ablation::Mean] {
                let gradient = reference::evaluate(&network, &points, ablation, &values).gradient;
                for i in 0..n {
                    let at = |step: f64| {
                        let mut moved = values.clone();
                        moved[i] += step;
                        reference::evaluate(&network, &points, ablation, &moved).loss
                    };
                    let (step, slope) = (1e-5, gradient[i]);
                    let difference = (at(step) - at(-step)) / (2.0 * step);
                    // A kink of a later ReLU inside the step can spoil one central difference.
                    let near = (difference - slope).abs() < 1e-6 * (1.0 + slope.abs());
                    let forward = (at(step) - at(0.0)) / step;
                    let backward = (at(0.0) - at(-step)) / step;
                    let between = forward.min(backward) - 1e-4 <= slope
                        && slope <= forward.max(backward) + 1e-4;
                    assert!(near || between, "{name}, node {i}: {difference} is not {slope}");
                }
            }
        }
    }
}

/// Two hidden layers of unequal width, four classes, logits in the thousands: nothing overflows.
#[test]
fn extreme_logits_stay_exact() {
    let (network, points, _) = load("circle20");
    for factor in [100.0, 3000.0] {
        let mut layers = network.layers().to_vec();
        let last = &mut layers[1];
        for v in last.weights.iter_mut().chain(&mut last.biases) {
            *v *= factor;
        }
        let network = Network::new(layers).unwrap();
        let masks: Vec<Mask> = (0..64).map(|k| Mask::random(20, 0.5, 1, k)).collect();
        for compute in computes() {
            let sub_networks = SubNetworks::new(&network, &points, Ablation::Zero, &compute);
            let found = sub_networks.losses_and_gradients(&masks, |_| ());
            for (k, mask) in masks.iter().enumerate() {
                let values: Vec<f64> = mask.values().map(f64::from).collect();
                let slow = reference::evaluate(&network, &points, Ablation::Zero, &values);
                assert_close(&found.losses[k..=k], &[slow.loss], "loss");
                let worst = row(&found, k, 20)
                    .iter()
                    .zip(&slow.gradient)
                    .fold(0.0f64, |w, (f, e)| w.max((f - e).abs()));
                let scale = slow.gradient.iter().fold(0.0f64, |s, g| s.max(g.abs()));
                // The softmax of a near-tie moves with the last digit of logits this large.
                assert!(worst <= 1e-3 * scale, "mask {k} × {factor}: {worst} of {scale}");
            }
        }
    }
}
