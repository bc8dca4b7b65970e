//! Networks with another nonlinearity than the ReLU: the slow reference against finite differences,
//! and all masks at once against the slow reference.

#![allow(clippy::unwrap_used)] // helpers of tests are tests

mod common;

use std::ops::ControlFlow;

use common::{assert_close, oracle, random};
use hypercube::reference::evaluate;
use hypercube::table::Options;
use hypercube::{Ablation, Activation, Network, Points, gradients, table};

const BOTH: [Ablation; 2] = [Ablation::Zero, Ablation::Mean];

/// One and several hidden layers, two and more classes; the last is wide, as no ReLU network's
/// gradients take that path for so few nodes.
const SHAPES: [&[usize]; 6] =
    [&[2, 7, 2], &[3, 6, 4], &[2, 4, 5, 2], &[2, 3, 3, 3, 3], &[1, 1, 1, 2], &[2, 2, 9, 2]];

fn each(mut test: impl FnMut(&Network, &Points, Ablation, &str)) {
    for activation in Activation::ALL {
        for (seed, sizes) in (1..).zip(SHAPES) {
            let (network, points) = random(sizes, 40, 1.5, seed);
            let network = network.with_activation(activation);
            for ablation in BOTH {
                test(&network, &points, ablation, &format!("{activation} {sizes:?} {ablation:?}"));
            }
        }
    }
}

#[test]
fn the_reference_has_the_gradients_of_finite_differences() {
    const STEP: f64 = 1e-5;
    each(|network, points, ablation, what| {
        let mask: Vec<f64> = (0..network.n_nodes()).map(|i| [1.0, 0.0, 1.0, 0.4][i % 4]).collect();
        let found = evaluate(network, points, ablation, &mask).gradient;
        for (i, found) in found.into_iter().enumerate() {
            let at = |step: f64| {
                let mut mask = mask.clone();
                mask[i] += step;
                evaluate(network, points, ablation, &mask).loss
            };
            // A ReLU may bend within a step, at which the difference is off by as much.
            assert_close(found, (at(STEP) - at(-STEP)) / (2.0 * STEP), 1e-6, 1e-6, what);
        }
    });
}

#[test]
fn every_mask_has_the_references_loss_and_gradients() {
    each(|network, points, ablation, what| {
        let n = network.n_nodes();
        let losses =
            table::losses(network, points, ablation, &Options::default()).unwrap().into_losses();
        let mut all = Vec::new();
        gradients::visit(network, points, ablation, &Options::default(), |_, rows| {
            all.extend_from_slice(rows);
            ControlFlow::Continue(())
        })
        .unwrap();
        for mask in 0..1usize << n {
            let expected = oracle(network, points, ablation, mask);
            assert_close(losses[mask], expected.loss, 1e-12, 0.0, what);
            let largest = expected.gradient.iter().fold(0.0f64, |m, g| m.max(g.abs()));
            for (found, expected) in all[mask * n..][..n].iter().zip(expected.gradient) {
                assert_close(f64::from(*found), expected, 1e-5, 1e-5 * largest + 1e-8, what);
            }
        }
    });
}
