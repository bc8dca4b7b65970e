//! Divergences from the full network's output against cross-entropies of the slow reference.

#![allow(clippy::unwrap_used)] // helpers of tests are tests

mod common;

use std::ops::ControlFlow;

use common::{mask_values, random};
use hypercube::divergence::{output_entropy, visit_gradients};
use hypercube::reference::pointwise;
use hypercube::table::{Error, Options};
use hypercube::{Ablation, Activation, Network, Points, divergences, reference};

/// Cross-entropies of a mask, `[classes][M]`: with every class in turn for the label of all points.
fn by_class(network: &Network, points: &Points, ablation: Ablation, mask: usize) -> Vec<Vec<f64>> {
    let values = mask_values(network.n_nodes(), mask);
    let of = |class| {
        let labels = vec![class; points.len()];
        let points = Points::new(points.inputs(), points.coordinates().to_vec(), labels).unwrap();
        pointwise(network, &points, ablation, &values).into_iter().map(|e| e.loss).collect()
    };
    (0..network.classes()).map(of).collect()
}

#[test]
fn every_mask_has_its_divergence_from_the_full_network() {
    for (seed, sizes) in (1..).zip([&[2, 7, 2][..], &[3, 6, 4], &[2, 4, 3, 2], &[2, 3, 2, 3, 3]]) {
        for (activation, scale) in [(Activation::Relu, 2.0), (Activation::Tanh, 1.0)] {
            for ablation in [Ablation::Zero, Ablation::Mean] {
                let (network, points) = random(sizes, 30, scale, seed);
                let network = network.with_activation(activation);
                let found = divergences(&network, &points, ablation, &Options::default()).unwrap();
                let full = (1 << network.n_nodes()) - 1;
                let reference = by_class(&network, &points, ablation, full);
                for (mask, found) in found.losses().iter().enumerate() {
                    let own = by_class(&network, &points, ablation, mask);
                    // ln q = −(cross-entropy of the full network), ln p likewise.
                    let terms = reference.iter().flatten().zip(own.iter().flatten());
                    let sum: f64 = terms.map(|(q, p)| (-q).exp() * (p - q)).sum();
                    let expected = sum / points.len() as f64;
                    let what = format!("{activation} {sizes:?} {ablation:?} mask {mask}");
                    assert!((found - expected).abs() < 1e-13, "{what}: {found} is not {expected}");
                }
                let largest = found.losses().iter().fold(0.0f64, |most, d| most.max(*d));
                assert!(found.losses()[full] < 1e-14 && largest > 1e-4, "{:?}", found.losses());
            }
        }
    }
}

#[test]
fn labels_are_not_looked_at() {
    let (network, points) = random(&[2, 5, 2], 20, 1.0, 3);
    let of = |label| {
        let labels = vec![label; points.len()];
        let points = Points::new(2, points.coordinates().to_vec(), labels).unwrap();
        divergences(&network, &points, Ablation::Zero, &Options::default()).unwrap()
    };
    assert_eq!(of(0), of(9));
    let wide = Points::new(3, vec![0.0; 3], vec![0]).unwrap();
    let error = divergences(&network, &wide, Ablation::Zero, &Options::default()).unwrap_err();
    assert!(matches!(error, Error::Width { .. }));
}

/// The slow reference against finite differences of itself and the table; all gradients against it.
#[test]
fn every_mask_has_the_gradient_of_its_divergence() {
    for (seed, sizes) in (1..).zip([&[2, 7, 2][..], &[3, 5, 4], &[2, 4, 3, 2], &[2, 3, 2, 3, 3]]) {
        for activation in [Activation::Relu, Activation::Gelu] {
            for ablation in [Ablation::Zero, Ablation::Mean] {
                let (network, points) = random(sizes, 30, 1.5, seed);
                let network = network.with_activation(activation);
                let n = network.n_nodes();
                let table = divergences(&network, &points, ablation, &Options::default()).unwrap();
                let mut all = Vec::new();
                visit_gradients(&network, &points, ablation, &Options::default(), |first, rows| {
                    assert_eq!(first * n, all.len());
                    all.extend_from_slice(rows);
                    ControlFlow::Continue(())
                })
                .unwrap();
                for (mask, row) in all.chunks_exact(n).enumerate() {
                    let values = mask_values(n, mask);
                    let slow = reference::divergence(&network, &points, ablation, &values);
                    assert!((slow.loss - table.losses()[mask]).abs() < 1e-13);
                    for (i, (fast, slow)) in row.iter().zip(&slow.gradient).enumerate() {
                        let error = (f64::from(*fast) - slow).abs();
                        assert!(error < 2e-6, "{sizes:?} mask {mask} node {i}: {fast} {slow}");
                    }
                }
                let values = mask_values(n, 5);
                let slow = reference::divergence(&network, &points, ablation, &values);
                for (i, gradient) in slow.gradient.iter().enumerate() {
                    let moved = |by: f64| {
                        let mut values = values.clone();
                        values[i] += by;
                        reference::divergence(&network, &points, ablation, &values).loss
                    };
                    let difference = (moved(1e-5) - moved(-1e-5)) / 2e-5;
                    assert!((difference - gradient).abs() < 1e-7, "node {i}");
                }
            }
        }
    }
}

#[test]
fn the_entropy_is_what_the_full_network_is_unsure_of() {
    let (network, points) = random(&[2, 6, 3], 40, 2.0, 4);
    let full = by_class(&network, &points, Ablation::Zero, (1 << 6) - 1);
    let sum: f64 = full.iter().flatten().map(|loss| (-loss).exp() * loss).sum();
    assert!((output_entropy(&network, &points) - sum / 40.0).abs() < 1e-14);
}
