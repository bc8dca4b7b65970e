//! Made-up records of the hypercube section.

use std::f64::consts::{PI, TAU};
use std::path::Path;

use report::Record;
use report::records::*;

use super::{P, begin, finish};

/// Writes the section's results for a network of `n` nodes in so many hidden layers.
pub fn hypercube(out: &Path, n: usize, layers: usize) {
    let record = begin(out, "hypercube");
    record.array_f64("losses.npy", &[4], &[0.7, 0.5, 0.4, 0.1]).unwrap();
    let wave = |k: usize| (1.9 * k as f64).sin();
    record
        .json(
            "summary.json",
            &HypercubeSummary {
                n_nodes: n,
                mean_loss: 0.97,
                sd_loss: 0.53,
                mean_log_loss: -0.17,
                sd_log_loss: 0.53,
                reversal_correlation_loss: 0.63,
                reversal_correlation_log_loss: 0.59,
            },
        )
        .unwrap();
    let weight = |degree: usize| 0.3 * 0.4_f64.powi(degree as i32) * (1.3 + wave(degree));
    let spectrum = |degree| SpectrumRow {
        degree,
        loss_weight: weight(degree),
        log_loss_weight: weight(degree + 1),
    };
    record.table("spectrum.csv", &(0..=n).map(spectrum).collect::<Vec<_>>()).unwrap();
    let flips = |flips: usize| {
        let covariance = 0.1 * (0.8 + (TAU * flips as f64 / n as f64).cos());
        FlipCovarianceRow {
            flips,
            loss_covariance: 0.5 * covariance,
            log_loss_covariance: covariance,
        }
    };
    record.table("flip_covariance.csv", &(0..=n).map(flips).collect::<Vec<_>>()).unwrap();
    let node = |node| NodeValue {
        node,
        layer: node * layers / n,
        loss_shapley: 0.1 * wave(node),
        loss_banzhaf: 0.08 * wave(node) - 0.01,
        log_loss_shapley: 0.2 * wave(node) - 0.1,
        log_loss_banzhaf: 0.15 * wave(node) - 0.1,
    };
    record.table("nodes.csv", &(0..n).map(node).collect::<Vec<_>>()).unwrap();
    // Small networks' losses are close together, so that both kinds of axis are drawn.
    let steep = if n < 4 { 0.3 } else { 2.0 };
    let best = |size: usize| 0.9 * (-steep * size as f64 / n as f64).exp();
    let frontier = |size: usize| {
        let bulge = (PI * size as f64 / n as f64).sin();
        let [greedy, taylor, median, worst] = [0.2 * (1.0 + wave(size)), 0.5, 0.9, 2.0]
            .map(|k| best(size) * (0.5 * k * steep * bulge).exp());
        FrontierRow { size, best: best(size), greedy, taylor, median, worst }
    };
    record.table("frontier.csv", &(0..=n).map(frontier).collect::<Vec<_>>()).unwrap();
    let masks = (0..=n).map(|size| BestMask { size, mask: (1 << size) - 1, loss: best(size) });
    record.table("best_masks.csv", &masks.collect::<Vec<_>>()).unwrap();
    let removal = |node| RemovalRow {
        node,
        effect: 0.1 + 0.09 * wave(node),
        predicted: 0.05 * wave(node) + 0.02 * wave(3 * node + 1),
    };
    record.table("removals.csv", &(0..n).map(removal).collect::<Vec<_>>()).unwrap();
    let pair = InteractionRow { quantity: "loss".into(), first: 0, second: 1, effect: 0.58 };
    record.table("interactions.csv", &[pair]).unwrap();
    // Earlier versions had no matrix of pairs.
    if n != 9 {
        let effect = |at: usize| 0.01 * wave(at / n) * wave(at % n);
        let effects: Vec<f64> = (0..n * n).map(effect).collect();
        record.array_f64("interactions.npy", &[n, n], &effects).unwrap();
        let order = |row| PairOrder { row, by: "their input weights".to_owned() };
        record.table("order.csv", &(0..n).map(order).collect::<Vec<_>>()).unwrap();
    }
    distributions(&record);
    if n == 20 {
        ablations(&record, n);
    }
    finish(record, n, "hypercube");
}

/// Zero and mean ablation side by side.
fn ablations(record: &Record, n: usize) {
    let size = |size: usize| {
        let best = (-2.0 * size as f64 / n as f64).exp();
        let (mean_best, zero_median, mean_median) = (0.9 * best, 1.5 * best, 1.3 * best);
        AblationSize { size, zero_best: best, mean_best, zero_median, mean_median }
    };
    record.table("ablation_sizes.csv", &(0..=n).map(size).collect::<Vec<_>>()).unwrap();
    let node = |node: usize| {
        let zero_shapley = 0.1 * (1.9 * node as f64).sin();
        AblationNode { node, zero_shapley, mean_shapley: 0.5 * zero_shapley }
    };
    record.table("ablation_nodes.csv", &(0..n).map(node).collect::<Vec<_>>()).unwrap();
    let degree = |degree: usize| {
        let share = 0.5_f64.powi(degree as i32);
        AblationDegree { degree, zero_share: share, mean_share: share }
    };
    record.table("ablation_spectrum.csv", &(1..=n).map(degree).collect::<Vec<_>>()).unwrap();
}

/// The curve of means, and the distributions at three p.
fn distributions(record: &Record) {
    let loss = |p: f64| 0.7 + 1.6 * p - 2.2 * p * p;
    let slope = |p: f64| 1.6 - 4.4 * p;
    let mean = |step: i32| {
        let p = f64::from(step) / 100.0;
        MeanCurveRow {
            p,
            loss: loss(p),
            loss_derivative: slope(p),
            log_loss: loss(p).ln(),
            log_loss_derivative: slope(p) / loss(p),
        }
    };
    record.table("mean_curve.csv", &(0..=100).map(mean).collect::<Vec<_>>()).unwrap();
    let mut rows = Vec::new();
    for quantity in ["loss", "log_loss"] {
        for p in P {
            let centre = if quantity == "loss" { loss(p) } else { loss(p).ln() };
            rows.extend((0..256).map(|step| f64::from(step) / 64.0 - 1.5).map(|x| {
                let z = (x - centre) / 0.3;
                ExactDensityPoint {
                    quantity: quantity.into(),
                    p,
                    x,
                    density: (-0.5 * z * z).exp() / 0.3 / TAU.sqrt(),
                    fraction: 1.0 / (1.0 + (-1.702 * z).exp()),
                }
            }));
        }
    }
    record.table("density.csv", &rows).unwrap();
}
