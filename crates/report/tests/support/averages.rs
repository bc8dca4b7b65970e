//! Made-up records of the averages section.

use std::path::Path;

use report::records::*;

use super::{P, begin, finish};

/// Writes the section's results for a last hidden layer of `n` nodes.
pub fn averages(out: &Path, n: usize) {
    let record = begin(out, "averages");
    let wave = |k: usize| (1.7 * k as f64).sin();
    let loss = |p: f64| 1.2 - 0.9 * p * p;
    let curve = (0..=100).map(|k| f64::from(k) / 100.0);
    let curve = curve.map(|p| LossCurveRow { p, loss: loss(p), loss_derivative: -1.8 * p });
    record.table("mean_curve.csv", &curve.collect::<Vec<_>>()).unwrap();
    let gradients = P.map(|p| GateGradientRow { p, mean: -p, on: 0.1, off: -0.2, error: 1e-13 });
    record.table("gate_gradients.csv", &gradients).unwrap();
    let node = |node| AveragedNode {
        node,
        layer: 0,
        loss_shapley: 0.2 * wave(node),
        loss_banzhaf: 0.15 * wave(node) - 0.01,
    };
    record.table("nodes.csv", &(0..n).map(node).collect::<Vec<_>>()).unwrap();
    let weight = |degree| DegreeWeight { degree, loss_weight: 0.5_f64.powi(1 + degree as i32) };
    // Further degrees where pairs of points were taken, all of them or some; not for the smallest network.
    let share = if n > 8 { 0.4 } else { 1.0 };
    let last = if n > 2 && share == 1.0 { 8.min(n) } else { 2.min(n) };
    record.table("spectrum.csv", &(0..=last).map(weight).collect::<Vec<_>>()).unwrap();
    let moment = |statistic: &str, value: f64| PairedMoment {
        statistic: statistic.to_owned(),
        value,
        error: 1e-14,
        low: value - (1.0 - share) * 0.01,
        high: value + (1.0 - share) * 0.01,
        share,
    };
    let pairs = [
        moment("weight_1", 0.25),
        moment("weight_higher", 1e-7),
        moment("variance", 0.5),
        moment("reversal_correlation", -0.2),
    ];
    if n > 2 {
        record.table("point_pairs.csv", &pairs).unwrap();
    }
    let effect = |i: usize, j: usize| if i == j { 0.0 } else { 0.01 * wave(i) * wave(j) };
    let effects: Vec<f64> = (0..n * n).map(|at| effect(at / n, at % n)).collect();
    record.array_f64("interactions.npy", &[n, n], &effects).unwrap();
    let pairs = (0..n).flat_map(|i| (i + 1..n).map(move |j| (i, j)));
    let pairs = pairs.map(|(first, second)| InteractionRow {
        quantity: "loss".to_owned(),
        first,
        second,
        effect: effect(first, second),
    });
    record.table("interactions.csv", &pairs.take(200).collect::<Vec<_>>()).unwrap();
    let order = |row| PairOrder { row, by: "their Shapley values".to_owned() };
    record.table("order.csv", &(0..n).rev().map(order).collect::<Vec<_>>()).unwrap();
    let sampled = |p| SampledMean {
        p,
        masks: 500,
        sampled: loss(p) + 0.01,
        low: loss(p) - 0.01,
        high: loss(p) + 0.03,
        exact: loss(p),
    };
    record.table("sampled_curve.csv", &P.map(sampled)).unwrap();
    // What is undefined, as of a network that no mask changes, is an empty cell.
    let undefined = if n == 2 { f64::NAN } else { 0.45 };
    let moment = |(quantity, statistic): (&str, &str)| SampledMoment {
        quantity: quantity.to_owned(),
        statistic: statistic.to_owned(),
        estimate: undefined,
        low: undefined - 0.02,
        high: undefined + 0.02,
        saved: 40.0 * undefined,
    };
    let moments = [("loss", "variance"), ("log_loss", "reversal_correlation")].map(moment);
    record.table("sampled.csv", &moments).unwrap();
    let covariance = |flips: usize| {
        let at = 0.3 * (-(flips as f64)).exp();
        SampledCovariance {
            flips,
            loss_covariance: at,
            loss_low: at - 0.01,
            loss_high: at + 0.01,
            loss_known: at - 0.005,
            loss_saved: 40.0 * undefined,
            log_loss_covariance: 2.0 * at,
            log_loss_low: 2.0 * at - 0.03,
            log_loss_high: 2.0 * at + 0.03,
            log_loss_saved: undefined,
        }
    };
    record.table("flip_covariance.csv", &(0..=n).map(covariance).collect::<Vec<_>>()).unwrap();
    let summary = AverageSummary {
        n_nodes: n,
        mean_loss: loss(0.5),
        half_n_mean_gradient: -0.48,
        loss_difference: -0.44,
        mean_loss_error: 7e-14,
        curve_change: 1e-13,
        gradient_error: 1e-13,
        banzhaf_error: 1e-13,
        shapley_error: 2e-13,
        interaction_error: 1e-13,
    };
    record.json("summary.json", &summary).unwrap();
    finish(record, n, "averages");
}
