//! Plausible records of every section, from a smooth made-up network.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]
#![allow(dead_code, reason = "not every test needs every helper")]

mod averages;
mod best_subsets;
mod ensemble;
mod exact;
pub mod html;
mod hypercube;
mod network;
mod planes;
pub mod why;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use report::records::*;
use report::{Record, Run};
use serde_json::json;

use averages::averages;
use best_subsets::best_subsets;
pub use ensemble::ensemble;
use exact::{exact_checks, exact_densities, is_exact};
pub use hypercube::hypercube;
pub use network::Toy;
use network::{Sample, density, moments};
pub use planes::train;
use planes::{gradient_heatmap, prediction_heatmap};

/// Every file under a folder by its path.
pub fn contents(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(contents(&path));
        } else {
            files.insert(path.display().to_string(), fs::read(&path).unwrap());
        }
    }
    files
}

/// Values sampled at a p.
type AtP = (f64, Vec<f64>);

const P: [f64; 3] = [0.25, 0.5, 0.75];

/// Writes all sections' results for a network of `n` nodes.
pub fn all(out: &Path, n: usize) {
    let toy = Toy::new(n);
    train(out, &toy);
    prediction_heatmap(out, &toy);
    losses(out, &toy, "loss-density");
    losses(out, &toy, "log-loss-density");
    gradients(out, &toy);
    node_on(out, &toy);
    flip_paths(out, &toy);
    gradient_heatmap(out, &toy);
    averages(out, n);
    best_subsets(out, n);
}

fn begin(out: &Path, section: &str) -> Record {
    report::begin(out, section).unwrap()
}

fn finish(record: Record, n: usize, section: &str) {
    let ranks = (n != 2).then_some(0.6015);
    let parameters = json!({
        "sizes": [2, n, 2], "data": "circle 0.893", "circle_radius": 0.893,
        "n_points": 4096, "ablation": if n == 9 { "mean" } else { "zero" }, "kernel_sd": 0.03,
        "extent": 2.0, "removal_rank_correlation_spearman": ranks,
        "removal_rank_correlation_kendall": ranks,
    });
    let run = Run {
        command: format!("cargo run -p experiments -- {section}"),
        parameters: parameters.as_object().unwrap().clone(),
        seconds: 1.25,
        ..Run::default()
    };
    record.finish(run).unwrap();
}

fn losses(out: &Path, toy: &Toy, section: &str) {
    let record = begin(out, section);
    let log = section.starts_with("log");
    let samples: Vec<(f64, Vec<f64>)> = P
        .iter()
        .map(|&p| {
            let losses = toy.sample(p, 400).into_iter().map(|sample| sample.loss);
            (p, losses.map(|loss| if log { loss.ln() } else { loss }).collect())
        })
        .collect();
    let quantity = if log { "log_loss" } else { "loss" };
    let flat: Vec<f64> = samples.iter().flat_map(|(_, values)| values.clone()).collect();
    let name = if log { "log_losses.npy" } else { "losses.npy" };
    record.array_f64(name, &[3, 400], &flat).unwrap();
    densities(&record, &[(quantity, &samples)]);
    let mut ecdf = Vec::new();
    for (p, values) in &samples {
        let (mean, sd) = moments(values);
        let mut sorted = values.clone();
        sorted.sort_by(f64::total_cmp);
        ecdf.extend(sorted.iter().enumerate().map(|(index, &x)| EcdfPoint {
            p: *p,
            x,
            fraction: (index + 1) as f64 / sorted.len() as f64,
            normal: 1.0 / (1.0 + (-1.702 * (x - mean) / sd).exp()),
        }));
    }
    record.table("ecdf.csv", &ecdf).unwrap();
    if is_exact(toy.n) {
        exact_densities(&record, &[(quantity, &samples)]);
    }
    finish(record, toy.n, section);
}

/// `density.csv` and `summary.csv` of samples at each p.
fn densities(record: &Record, quantities: &[(&str, &[AtP])]) {
    let (mut points, mut summary) = (Vec::new(), Vec::new());
    for (quantity, samples) in quantities {
        let mut all: Vec<f64> = samples.iter().flat_map(|(_, values)| values.clone()).collect();
        all.sort_by(f64::total_cmp);
        let cut = all.len() / 500;
        let (low, high) = (all[cut] - 0.09, all[all.len() - 1 - cut] + 0.09);
        for (p, values) in *samples {
            let (mean, sd) = moments(values);
            points.extend((0..256).map(|step| low + (high - low) * f64::from(step) / 255.0).map(
                |x| {
                    let normal = (-0.5 * ((x - mean) / sd).powi(2)).exp()
                        / sd
                        / std::f64::consts::TAU.sqrt();
                    DensityPoint {
                        quantity: (*quantity).into(),
                        p: *p,
                        x,
                        density: density(values, x),
                        normal,
                    }
                },
            ));
            let se = sd / (values.len() as f64).sqrt();
            summary.push(Summary {
                quantity: (*quantity).into(),
                p: *p,
                masks: 400,
                mean,
                mean_se: se,
                sd,
                sd_se: se,
                skewness: 0.1,
                skewness_se: 0.1,
                excess_kurtosis: 0.2,
                excess_kurtosis_se: 0.2,
                ks_distance: 0.05,
            });
        }
    }
    record.table("density.csv", &points).unwrap();
    record.table("summary.csv", &summary).unwrap();
}

fn gradients(out: &Path, toy: &Toy) {
    let record = begin(out, "gradients");
    let samples: Vec<(f64, Vec<Sample>)> = P.iter().map(|&p| (p, toy.sample(p, 400))).collect();
    let of = |value: fn(&Sample) -> Vec<f64>| -> Vec<(f64, Vec<f64>)> {
        samples.iter().map(|(p, masks)| (*p, masks.iter().flat_map(value).collect())).collect()
    };
    let plain = of(|sample| sample.gradient.clone());
    let log = of(|sample| sample.gradient.iter().map(|g| g / sample.loss).collect());
    let both: [(&str, &[AtP]); 2] = [("loss_gradient", &plain), ("log_loss_gradient", &log)];
    densities(&record, &both);
    let flat: Vec<f32> = plain.iter().flat_map(|(_, values)| values).map(|&g| g as f32).collect();
    record.array_f32("gradients.npy", &[3, 400, toy.n], &flat).unwrap();
    let mean =
        |index: usize| moments(&samples[index].1.iter().map(|s| s.loss).collect::<Vec<_>>()).0;
    let ten = 10.0 * moments(&plain[1].1).0;
    let difference = mean(2) - mean(0);
    let row = |quantity: &str, value: f64| SanityRow {
        quantity: quantity.into(),
        value,
        se: 0.01,
        low: value - 0.02,
        high: value + 0.02,
    };
    let rows = [
        row("ten_mean_gradient", ten),
        row("loss_difference", difference),
        row("gap", ten - difference),
    ];
    record.table("sanity.csv", &rows).unwrap();
    if is_exact(toy.n) {
        exact_densities(&record, &both);
        exact_checks(&record, rows.iter().map(|row| (row.quantity.clone(), None, row.value)));
    }
    finish(record, toy.n, "gradients");
}

fn node_on(out: &Path, toy: &Toy) {
    let record = begin(out, "node-on");
    let samples = toy.sample(0.5, 400);
    let part = |node: usize, on: bool| -> Vec<f64> {
        let those = samples.iter().filter(|sample| (sample.mask[node] > 0.0) == on);
        those.map(|sample| sample.gradient[node] / sample.loss).collect()
    };
    let (mut points, mut nodes) = (Vec::new(), Vec::new());
    let mut pooled = (Vec::new(), Vec::new());
    let mut curve = |node: Option<usize>, on: &[f64], off: &[f64]| {
        let all: Vec<f64> = on.iter().chain(off).copied().collect();
        let (low, high) = all.iter().fold((0.0_f64, 0.0_f64), |(l, h), &x| (l.min(x), h.max(x)));
        let share = on.len() as f64 / all.len() as f64;
        points.extend(
            (0..256).map(|step| low - 0.1 + (high - low + 0.2) * f64::from(step) / 255.0).map(
                |x| SplitDensityPoint {
                    node,
                    x,
                    on: share * density(on, x),
                    off: (1.0 - share) * density(off, x),
                },
            ),
        );
    };
    for node in 0..toy.n {
        let (on, off) = (part(node, true), part(node, false));
        curve(Some(node), &on, &off);
        let square = on.iter().chain(&off).map(|g| g * g).sum::<f64>() / 400.0;
        let ((mean_on, sd_on), (mean_off, sd_off)) = (moments(&on), moments(&off));
        nodes.push(SplitNode {
            node,
            scale: square.sqrt(),
            masks_on: on.len(),
            mean_on,
            sd_on,
            masks_off: off.len(),
            mean_off,
            sd_off,
        });
        pooled.0.extend(on);
        pooled.1.extend(off);
    }
    curve(None, &pooled.0, &pooled.1);
    record.table("density.csv", &points).unwrap();
    if is_exact(toy.n) {
        // A little off the sampled values.
        points
            .iter_mut()
            .for_each(|point| (point.on, point.off) = (0.9 * point.on, 1.1 * point.off));
        record.table("density_exact.csv", &points).unwrap();
    }
    record.table("nodes.csv", &nodes).unwrap();
    finish(record, toy.n, "node-on");
}

fn flip_paths(out: &Path, toy: &Toy) {
    let record = begin(out, "flip-paths");
    let (paths, n) = (400, toy.n);
    let values = toy.paths(paths);
    let covariance = |from: usize, to: usize| {
        let at = |flips: usize| values.iter().map(|path| path[flips]).collect::<Vec<_>>();
        let (one, other) = (at(from), at(to));
        let (mean, _) = moments(&one);
        one.iter().zip(&other).map(|(a, b)| (a - mean) * b).sum::<f64>() / (paths - 1) as f64
    };
    let cells = (0..=n).flat_map(|from| (0..=n).map(move |to| (from, to)));
    let cells =
        cells.map(|(from, to)| PathCovariance { from, to, covariance: covariance(from, to) });
    record.table("covariance.csv", &cells.collect::<Vec<_>>()).unwrap();
    let band = 0.1 * covariance(0, 0);
    let row = |flips: usize| {
        let (start, end) = (covariance(0, flips), covariance(n, n - flips));
        let correlation = start / covariance(0, 0);
        DistanceRow {
            flips,
            start,
            start_low: start - band,
            start_high: start + band,
            end,
            end_low: end - band,
            end_high: end + band,
            correlation,
            correlation_low: correlation - 0.1,
            correlation_high: correlation + 0.1,
        }
    };
    let rows: Vec<DistanceRow> = (0..=n).map(row).collect();
    record.table("distance.csv", &rows).unwrap();
    if is_exact(n) {
        let start = rows.iter().map(|row| ("covariance".to_owned(), Some(row.flips), row.start));
        let end = ("correlation".to_owned(), Some(n), rows[n].correlation);
        exact_checks(&record, start.chain([end]));
    }
    let reversal = rows[n].correlation;
    let insignificant = rows.iter().position(|row| row.correlation_low < 0.0);
    let summary = json!({
        "paths": paths, "flips_until_insignificant": insignificant, "reversal_correlation": reversal,
        "reversal_low": reversal - 0.1, "reversal_high": reversal + 0.1,
    });
    record.json("summary.json", &summary).unwrap();
    record.array_f64("log_losses.npy", &[paths, n + 1], &values.concat()).unwrap();
    finish(record, n, "flip-paths");
}
