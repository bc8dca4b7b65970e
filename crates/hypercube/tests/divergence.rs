//! Divergences from the full network's output against cross-entropies of the slow reference.

#![allow(clippy::unwrap_used)] // helpers of tests are tests

mod common;

use common::{mask_values, random};
use hypercube::reference::pointwise;
use hypercube::table::{Error, Options};
use hypercube::{Ablation, Activation, Network, Points, divergences};

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
