//! `cargo bench -p hypercube`: the exact engine on 20 nodes and 4,096 points.

#![allow(missing_docs, clippy::unwrap_used)] // benchmarks are not documented

use std::ops::ControlFlow;

use divan::{Bencher, black_box};
use hypercube::biased::SizeSums;
use hypercube::gradients::visit;
use hypercube::table::{Options, losses};
use hypercube::walsh::Spectrum;
use hypercube::{Ablation, Network, Points, subsets, values};

#[path = "../tests/common/mod.rs"]
mod common;

fn main() {
    divan::main();
}

/// About half of the nodes matter at each point, as in trained networks.
fn usual() -> (Network, Points) {
    common::random(&[2, 20, 2], 4096, 1.0, 1)
}

/// Every node matters at every point.
fn worst() -> (Network, Points) {
    let (network, points) = usual();
    let mut layers = network.layers().to_vec();
    layers[0].biases.fill(2.5);
    (Network::new(layers).unwrap(), points)
}

#[divan::bench(args = ["usual", "worst"], sample_count = 5)]
fn table(bencher: Bencher, case: &str) {
    let (network, points) = if case == "worst" { worst() } else { usual() };
    bencher.bench(|| losses(&network, &points, Ablation::Zero, &Options::default()));
}

#[divan::bench(args = ["usual", "worst"], sample_count = 5)]
fn table_and_gradients(bencher: Bencher, case: &str) {
    let (network, points) = if case == "worst" { worst() } else { usual() };
    bencher.bench(|| {
        let options = Options::default();
        visit(&network, &points, Ablation::Zero, &options, |_, rows| {
            black_box(rows);
            ControlFlow::Continue(())
        })
        .unwrap();
        losses(&network, &points, Ablation::Zero, &options)
    });
}

#[divan::bench(sample_count = 5)]
fn two_layers(bencher: Bencher) {
    let (network, points) = common::random(&[2, 10, 10, 2], 1024, 1.0, 1);
    bencher.bench(|| losses(&network, &points, Ablation::Zero, &Options::default()));
}

#[divan::bench(sample_count = 20)]
fn spectrum_values_and_subsets(bencher: Bencher) {
    let (network, points) = common::random(&[2, 20, 2], 64, 1.0, 1);
    let table = losses(&network, &points, Ablation::Zero, &Options::default()).unwrap();
    bencher.bench(|| {
        let sums = SizeSums::new(table.losses());
        let spectrum = Spectrum::new(table.losses().to_vec());
        let best = subsets::by_size(table.losses());
        (values::shapley(&sums), spectrum.level_weights(), best)
    });
}
