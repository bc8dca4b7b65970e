//! Times the exact averages against nodes, points and spread of the logits, and prints a table:
//! `cargo run -p hypercube --example averages_timing > crates/hypercube/benches/peers/results/averages_timing.csv`.
//!
//! Networks are random, 2-N-2 with half of the nodes on at any point; their last layer is scaled so that
//! the margin z₁ − z₀ has a given root mean square over the points. With arguments, `NODES POINTS MARGIN`,
//! only these. Each time is that of one run, in seconds by the clock and of all cores together as the
//! system counts them, which other work on the machine changes little; the error is the bound that the
//! program gives, as a share of the mean loss.

#![allow(clippy::unwrap_used)] // a tool for developers: a panic is a fine way to say no

use std::hint::black_box;
use std::time::Instant;

use hypercube::averages::Averages;
use hypercube::{Ablation, Network, Points};

#[path = "../tests/common/mod.rs"]
mod common;

const NODES: [usize; 5] = [16, 64, 256, 512, 1000];
const POINTS: [usize; 3] = [256, 1024, 4096];
/// At 40 no margin of the full network of 512 nodes is beyond 90; up to 100 the times are meant to be short.
const MARGINS: [f64; 3] = [5.0, 40.0, 100.0];

fn main() {
    println!("nodes,points,margin,what,seconds,core_seconds,error");
    let words: Vec<String> = std::env::args().skip(1).collect();
    if let [nodes, points, margin] = &words[..] {
        return measure(nodes.parse().unwrap(), points.parse().unwrap(), margin.parse().unwrap());
    }
    for n in NODES {
        for points in POINTS {
            for margin in MARGINS {
                // One of them is the middle one.
                if points == POINTS[1] || margin == MARGINS[1] {
                    measure(n, points, margin);
                }
            }
        }
    }
}

fn measure(n: usize, points: usize, margin: f64) {
    let (network, points) = scaled(common::random(&[2, n, 2], points, 1.0, 1), margin);
    let averages = Averages::new(&network, &points, Ablation::Zero).unwrap();
    let mean = averages.mean_loss(0.5).value;
    let time = |what: &str, run: &dyn Fn() -> f64| {
        let (start, core) = (Instant::now(), core_seconds());
        let error = black_box(run()) / mean;
        let (seconds, core) = (start.elapsed().as_secs_f64(), core_seconds() - core);
        println!("{n},{},{margin},{what},{seconds:.3},{core:.2},{error:.0e}", points.len());
    };
    time("mean loss", &|| averages.mean_loss(0.5).error);
    time("mean curve", &|| averages.mean_curve(100, |_| ()).error);
    time("Banzhaf", &|| averages.banzhaf().error);
    time("pairs", &|| averages.pairs(|_| ()).error);
    time("Shapley", &|| averages.shapley(|_, _| ()).error);
}

/// The network with its last layer scaled.
fn scaled((network, points): (Network, Points), margin: f64) -> (Network, Points) {
    let square = |(input, _): (&[f64], usize)| {
        let hidden: Vec<f64> =
            network.layers()[0].apply(input).iter().map(|h| h.max(0.0)).collect();
        let z = network.layers()[1].apply(&hidden);
        (z[1] - z[0]).powi(2)
    };
    let squares = points.iter().map(square).sum::<f64>() / points.len() as f64;
    let by = margin / squares.sqrt();
    let mut layers = network.layers().to_vec();
    let last = layers.last_mut().unwrap();
    last.weights.iter_mut().chain(&mut last.biases).for_each(|value| *value *= by);
    (Network::new(layers).unwrap(), points)
}

/// Seconds of all cores since the process began, where Linux tells.
fn core_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<f64> = stat
        .rsplit(')')
        .next()
        .map(|rest| rest.split_whitespace().filter_map(|field| field.parse().ok()).collect())
        .unwrap_or_default();
    // After the state, a letter: user and system time are the 11th and 12th number, in hundredths.
    fields.get(10..12).map_or(f64::NAN, |times| (times[0] + times[1]) / 100.0)
}
