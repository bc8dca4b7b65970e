//! Spectrum, node values and subsets: against the references, and the identities between them.

#![allow(clippy::unwrap_used)] // helpers of tests are tests

mod common;

use common::{NAMES, assert_close, floats, oracle, random, reference};
use hypercube::biased::SizeSums;
use hypercube::subsets::{by_size, gradient_path, greedy_path, masks_of_size, removal_effects};
use hypercube::table::{Options, Table, losses};
use hypercube::walsh::{Spectrum, flip_covariance, krawtchouk_share, reversal_correlation};
use hypercube::{Ablation, Network, Points, values};
use serde_json::Value;

fn table(network: &Network, points: &Points, ablation: Ablation) -> Table {
    losses(network, points, ablation, &Options::default()).unwrap()
}

fn assert_all_close(got: &[f64], expected: &[f64], absolute: f64, what: &str) {
    assert_eq!(got.len(), expected.len(), "{what}");
    for (k, (&g, &e)) in got.iter().zip(expected).enumerate() {
        assert_close(g, e, 1e-9, absolute, &format!("{what}[{k}]"));
    }
}

/// Compares everything that the reference has about one function of masks.
fn check(f: &[f64], expected: &Value, what: &str) {
    let spectrum = Spectrum::new(f.to_vec());
    let weights = spectrum.level_weights();
    let variance: f64 = weights[1..].iter().sum();
    let number = |key: &str| expected[key].as_f64().unwrap();
    assert_close(spectrum.mean(), number("mean"), 1e-9, 1e-12, what);
    assert_close(variance.sqrt(), number("sd"), 1e-9, 0.0, what);
    // Where terms cancel, the reference itself is exact only relative to them.
    let tiny = 1e-12 * variance;
    assert_all_close(&weights, &floats(&expected["level_weights"]), tiny, what);
    let covariance = flip_covariance(&weights);
    assert_all_close(&covariance, &floats(&expected["flip_covariance"]), tiny, what);
    let reversal = reversal_correlation(&weights);
    assert_close(reversal, number("reversal_correlation"), 1e-9, 0.0, what);
    let n = spectrum.n_nodes();
    assert_close(reversal, covariance[n] / covariance[0], 1e-12, 1e-14, what);

    let sums = SizeSums::new(f);
    let tiny = 1e-12 * variance.sqrt();
    assert_all_close(&values::shapley(&sums), &floats(&expected["shapley"]), tiny, what);
    assert_all_close(&values::banzhaf(&sums), &floats(&expected["banzhaf"]), tiny, what);

    for (got, expected) in by_size(f).iter().zip(expected["best_per_size"].as_array().unwrap()) {
        let (mask, value) = (expected[0].as_u64().unwrap(), expected[1].as_f64().unwrap());
        assert_close(got.best_value, value, 1e-9, 1e-12, what);
        if u64::from(got.best) != mask {
            let tied = f[mask as usize];
            assert_close(tied, got.best_value, 1e-12, 1e-15, &format!("{what}: mask {mask} tied"));
        }
    }
}

#[test]
fn the_references() {
    for name in NAMES {
        let r = reference(name);
        let zero = table(&r.network, &r.points, Ablation::Zero);
        check(zero.losses(), &r.expected["loss"], &format!("{name} loss"));
        check(&zero.log_losses(), &r.expected["log_loss"], &format!("{name} log loss"));
        if let Some(expected) = r.expected.get("mean_ablation") {
            let mean = table(&r.network, &r.points, Ablation::Mean);
            check(mean.losses(), &expected["loss"], &format!("{name} mean ablation"));
            if let Some(expected) = expected.get("log_loss") {
                check(&mean.log_losses(), expected, &format!("{name} mean ablation log loss"));
            }
        }
    }
}

fn some_function(n: usize, seed: u64) -> Vec<f64> {
    let (network, points) = random(&[2, n, 2], 40, 2.0, seed);
    table(&network, &points, Ablation::Zero).into_losses()
}

#[test]
fn the_transform_is_its_definition() {
    for n in [0, 1, 2, 5, 6] {
        let f: Vec<f64> = (0..1usize << n).map(|b| ((b * 37 + 11) % 101) as f64).collect();
        let spectrum = Spectrum::new(f.clone());
        for (set, &got) in spectrum.coefficients().iter().enumerate() {
            let sign = |b: usize| if (b & set).count_ones().is_multiple_of(2) { 1.0 } else { -1.0 };
            let sum: f64 = f.iter().enumerate().map(|(b, v)| sign(b) * v).sum();
            assert_close(got, sum / f.len() as f64, 1e-13, 1e-12, "coefficient");
        }
    }
    // Beyond one piece and with an even and an odd number of nodes above it: its own inverse.
    for n in [14, 15, 16, 17] {
        let f: Vec<f64> = (0..1usize << n).map(|b| ((b * 37 + 11) % 1009) as f64).collect();
        let twice = Spectrum::new(Spectrum::new(f.clone()).coefficients().to_vec());
        for (&back, v) in twice.coefficients().iter().zip(&f) {
            assert_close(back * f.len() as f64, *v, 0.0, 1e-9, "inverse");
        }
    }
}

#[test]
fn parseval() {
    let f = some_function(11, 1);
    let weights = Spectrum::new(f.clone()).level_weights();
    let mean = f.iter().sum::<f64>() / f.len() as f64;
    let variance = f.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / f.len() as f64;
    assert_close(weights[1..].iter().sum(), variance, 1e-12, 0.0, "variance");
    assert_close(weights[0], mean * mean, 1e-12, 0.0, "squared mean");
    assert_close(SizeSums::new(&f).variance(0.5), variance, 1e-11, 0.0, "biased variance at ½");
}

#[test]
fn flip_covariance_is_that_of_all_paths() {
    // Every start and every set of d nodes to flip, which is what paths amount to.
    let n = 7;
    let f = some_function(n, 2);
    let mean = f.iter().sum::<f64>() / f.len() as f64;
    let covariance = flip_covariance(&Spectrum::new(f.clone()).level_weights());
    for (d, &got) in covariance.iter().enumerate() {
        let (mut sum, mut count) = (0.0, 0.0);
        for flips in masks_of_size(n, d) {
            for (b, v) in f.iter().enumerate() {
                sum += (v - mean) * (f[b ^ flips as usize] - mean);
                count += 1.0;
            }
        }
        assert_close(got, sum / count, 1e-10, 1e-13, &format!("{d} flips"));
    }
    // And literally: every order of flipping 4 nodes.
    let f = some_function(4, 3);
    let mean = f.iter().sum::<f64>() / 16.0;
    let covariance = flip_covariance(&Spectrum::new(f.clone()).level_weights());
    let mut sums = [[0.0; 5]; 5];
    let mut paths = 0.0;
    for code in 0..256usize {
        let order: Vec<usize> = (0..4).map(|k| code >> (2 * k) & 3).collect();
        if (0..4).any(|i| !order.contains(&i)) {
            continue;
        }
        for start in 0..16usize {
            let mut path = vec![start];
            for &node in &order {
                path.push(path[path.len() - 1] ^ 1 << node);
            }
            paths += 1.0;
            for s in 0..5 {
                for t in 0..5 {
                    sums[s][t] += (f[path[s]] - mean) * (f[path[t]] - mean);
                }
            }
        }
    }
    for s in 0..5usize {
        for t in 0..5usize {
            let what = format!("steps {s} and {t}");
            assert_close(sums[s][t] / paths, covariance[s.abs_diff(t)], 1e-10, 1e-13, &what);
        }
    }
}

#[test]
fn krawtchouk_polynomials_are_exact_at_30_nodes() {
    for n in [1usize, 9, 30] {
        for k in 0..=n {
            let sign = if k.is_multiple_of(2) { 1.0 } else { -1.0 };
            assert_eq!(krawtchouk_share(n, k, 0), 1.0);
            assert_eq!(krawtchouk_share(n, k, n), sign);
            for d in 0..=n {
                // Symmetric once divided by C(n, k), and even or odd about the middle.
                assert_eq!(krawtchouk_share(n, k, d), krawtchouk_share(n, d, k));
                assert_eq!(krawtchouk_share(n, k, n - d), sign * krawtchouk_share(n, k, d));
            }
        }
    }
}

#[test]
fn biased_means_and_their_derivative() {
    // 14 nodes: more than one row of low masks.
    for n in [1, 2, 6, 14] {
        let f = some_function(n, 4);
        let sums = SizeSums::new(&f);
        for p in [0.0, 0.1, 0.25, 0.5, 0.75, 1.0] {
            let weight = |b: usize| {
                let on = b.count_ones() as i32;
                f64::powi(p, on) * f64::powi(1.0 - p, n as i32 - on)
            };
            let mean: f64 = f.iter().enumerate().map(|(b, v)| weight(b) * v).sum();
            assert_close(sums.mean(p), mean, 1e-11, 0.0, "mean");
            let variance: f64 =
                f.iter().enumerate().map(|(b, v)| weight(b) * (v - mean).powi(2)).sum();
            assert_close(sums.variance(p), variance, 1e-9, 1e-12, "variance");
        }
        for p in [0.2, 0.5, 0.9] {
            let h = 1e-4;
            let slope = (sums.mean(p + h) - sums.mean(p - h)) / (2.0 * h);
            assert_close(sums.derivative(p), slope, 1e-5, 1e-6, "Russo–Margulis");
        }
        for i in 0..n {
            let others = (0..1usize << n).filter(|b| b >> i & 1 == 0);
            let flips: f64 = others.map(|b| f[b | 1 << i] - f[b]).sum();
            let mean = flips / (1 << (n - 1)) as f64;
            assert_close(sums.flip_effect(i, 0.5), mean, 1e-10, 1e-13, "flip effect");
            let on: f64 = (0..f.len()).filter(|b| b >> i & 1 == 1).map(|b| f[b]).sum();
            assert_close(sums.sums_on(i).iter().sum(), on, 1e-12, 0.0, "sums on");
        }
    }
}

#[test]
fn shapley_and_banzhaf() {
    let n = 13;
    let f = some_function(n, 5);
    let sums = SizeSums::new(&f);
    let shapley = values::shapley(&sums);
    assert_close(shapley.iter().sum(), f[f.len() - 1] - f[0], 1e-11, 1e-13, "efficiency");
    // The flip effect is a polynomial of degree N − 1 in p: Simpson's rule on a fine grid.
    let steps = 2000usize;
    for (i, &value) in shapley.iter().enumerate() {
        let weight = |k: usize| if k == 0 || k == steps { 1.0 } else { [2.0, 4.0][k % 2] };
        let integral: f64 = (0..=steps)
            .map(|k| weight(k) * sums.flip_effect(i, k as f64 / steps as f64))
            .sum::<f64>()
            / (3 * steps) as f64;
        assert_close(value, integral, 1e-8, 1e-10, "Shapley is the integral of flip effects");
    }
    let spectrum = Spectrum::new(f.clone());
    for (i, &value) in values::banzhaf(&sums).iter().enumerate() {
        assert_close(value, -2.0 * spectrum.coefficients()[1 << i], 1e-9, 1e-13, "Banzhaf");
    }
}

#[test]
fn interactions_are_mean_second_differences() {
    let f = some_function(6, 6);
    let pairs = Spectrum::new(f.clone()).interactions(100);
    assert_eq!(pairs.len(), 15);
    assert!(pairs.windows(2).all(|w| w[0].coefficient.abs() >= w[1].coefficient.abs()));
    for pair in pairs {
        let (a, b) = (1 << pair.nodes.0, 1 << pair.nodes.1);
        let others = (0..64usize).filter(|m| m & (a | b) == 0);
        let sum: f64 = others.map(|m| f[m | a | b] - f[m | a] - f[m | b] + f[m]).sum();
        assert_close(pair.effect, sum / 16.0, 1e-10, 1e-13, "interaction");
    }
    assert_eq!(Spectrum::new(f).interactions(3).len(), 3);
}

#[test]
fn extremes_of_each_size() {
    let n = 9;
    let f = some_function(n, 7);
    for found in by_size(&f) {
        let masks: Vec<usize> =
            (0..f.len()).filter(|b| b.count_ones() as usize == found.size).collect();
        assert!(masks_of_size(n, found.size).map(|m| m as usize).eq(masks.iter().copied()));
        let mut sorted: Vec<f64> = masks.iter().map(|&b| f[b]).collect();
        sorted.sort_by(f64::total_cmp);
        assert_eq!(found.best_value, sorted[0]);
        assert_eq!(found.worst_value, sorted[sorted.len() - 1]);
        let middle = (sorted[(sorted.len() - 1) / 2] + sorted[sorted.len() / 2]) / 2.0;
        assert_close(found.median, middle, 1e-15, 0.0, "median");
        assert_eq!(f[found.best as usize], found.best_value);
        assert_eq!(f[found.worst as usize], found.worst_value);
    }
    // Ties go to the smallest mask.
    let flat = by_size(&[1.0; 16]);
    assert_eq!(flat.iter().map(|s| s.best).collect::<Vec<_>>(), [0, 1, 3, 7, 15]);
    assert_eq!(flat.iter().map(|s| s.worst).collect::<Vec<_>>(), [0, 1, 3, 7, 15]);
    assert_eq!(by_size(&[2.0])[0].median, 2.0);
    for (size, found) in by_size(&vec![1.0; 1 << 20]).iter().enumerate() {
        assert_eq!(
            (found.best, found.worst, found.median),
            ((1 << size) - 1, (1 << size) - 1, 1.0)
        );
    }
}

#[test]
fn paths_of_removals() {
    let r = reference("tiny");
    let table = table(&r.network, &r.points, Ablation::Zero);
    let f = table.losses();
    let best = by_size(f);
    let gradient =
        |mask: u32| oracle(&r.network, &r.points, Ablation::Zero, mask as usize).gradient;
    for path in [greedy_path(f), gradient_path(f, gradient)] {
        assert_eq!(path.len(), 9);
        for (k, step) in path.iter().enumerate() {
            assert_eq!(step.mask.count_ones() as usize, 8 - k);
            assert_eq!(step.value, f[step.mask as usize]);
            assert!(step.value >= best[8 - k].best_value);
        }
        assert!(path.windows(2).all(|w| w[0].mask & w[1].mask == w[1].mask));
    }
    // The first greedy step is the best of all single removals.
    assert_eq!(greedy_path(f)[1].value, best[7].best_value);
    let effects = removal_effects(f);
    let least = effects.iter().copied().fold(f64::INFINITY, f64::min);
    assert_close(greedy_path(f)[1].value, f[255] + least, 1e-13, 0.0, "removal effect");
}
