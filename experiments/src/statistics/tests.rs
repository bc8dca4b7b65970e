//! Rows against straightforward sums over all masks, evaluated one by one.

use std::path::Path;

use hypercube::data::Data;
use hypercube::reference::evaluate;
use hypercube::{Ablation, Layer, Network, Points, checkpoint, points_file};
use model::MlpConfig;
use report::records::{CellId, NetworkRow};

use super::balance::{Balance, Parts};
use super::nodes::Activity;
use super::{Measured, Room, nodes, table};

/// f32 gradients and 12-digit losses leave this much.
const CLOSE: f64 = 1e-5;

/// Bins of 1/12 of a kernel leave this much of a density of a few thousand values.
const BINNED: f64 = 0.01;

fn reference(name: &str) -> (Network, Points) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/hypercube/tests/reference");
    let network = checkpoint::load(&folder.join(name).join("model.safetensors")).unwrap();
    let path = folder.join(name).join("points.csv");
    let points = points_file::load(&path, network.inputs(), network.classes()).unwrap();
    (network, points)
}

fn random(hidden: usize) -> (Network, Points) {
    let network = MlpConfig::new().with_sizes(vec![2, hidden, 2]).network(5);
    (network, Data::default().evaluation_points(200, 5))
}

#[track_caller]
fn close(found: f64, expected: f64, tolerance: f64) {
    let near = (found - expected).abs() <= tolerance * expected.abs().max(1e-2);
    assert!(near, "{found} is not {expected}");
}

/// Loss and gate gradients of every mask by the slow evaluation.
struct Slow {
    n: usize,
    losses: Vec<f64>,
    gradients: Vec<Vec<f64>>,
}

impl Slow {
    fn new(network: &Network, points: &Points, ablation: Ablation) -> Self {
        let n = network.n_nodes();
        let mask = |m: usize| (0..n).map(|i| f64::from(u8::from(m >> i & 1 == 1))).collect();
        let all = (0..1 << n).map(|m| evaluate(network, points, ablation, &mask(m) as &Vec<f64>));
        let (losses, gradients) = all.map(|e| (e.loss, e.gradient)).unzip();
        Self { n, losses, gradients }
    }

    fn weight(&self, mask: usize, p: f64) -> f64 {
        (0..self.n).map(|i| if mask >> i & 1 == 1 { p } else { 1.0 - p }).product()
    }

    /// Every gradient of every mask with what `of` makes of (mask, node, gradient).
    fn pooled(&self, of: impl Fn(usize, usize, f64) -> Option<f64>) -> Vec<f64> {
        let rows = self.gradients.iter().enumerate();
        rows.flat_map(|(m, row)| row.iter().enumerate().map(move |(i, &g)| (m, i, g)))
            .filter_map(|(m, i, g)| of(m, i, g))
            .collect()
    }
}

/// The row of a network.
fn measure(
    network: &Network,
    points: &Points,
    ablation: Ablation,
    radius: Option<f64>,
    seed: u64,
) -> NetworkRow {
    let measured =
        Measured::measure(network, points, ablation, radius, seed, &mut Room::default()).unwrap();
    NetworkRow::new(seed, CellId::default(), &table::row(&measured))
}

/// Mean, sd, skewness and excess kurtosis of weighted values.
fn moments(terms: &[(f64, f64)]) -> [f64; 4] {
    let total: f64 = terms.iter().map(|t| t.1).sum();
    let mean = terms.iter().map(|(x, w)| x * w).sum::<f64>() / total;
    let m = |k| terms.iter().map(|(x, w)| (x - mean).powi(k) * w).sum::<f64>() / total;
    [mean, m(2).sqrt(), m(3) / m(2).powf(1.5), m(4) / m(2).powi(2) - 3.0]
}

fn check_distribution(row: &NetworkRow, slow: &Slow) {
    let logs: Vec<f64> = slow.losses.iter().map(|l| l.ln()).collect();
    let (means, skews) = (
        [
            row.get("mean_loss_25").unwrap(),
            row.get("mean_loss_50").unwrap(),
            row.get("mean_loss_75").unwrap(),
        ],
        [
            row.get("log_loss_skewness_25").unwrap(),
            row.get("log_loss_skewness_50").unwrap(),
            row.get("log_loss_skewness_75").unwrap(),
        ],
    );
    let (kurtoses, distances) = (
        [
            row.get("log_loss_kurtosis_25").unwrap(),
            row.get("log_loss_kurtosis_50").unwrap(),
            row.get("log_loss_kurtosis_75").unwrap(),
        ],
        [
            row.get("log_loss_ks_25").unwrap(),
            row.get("log_loss_ks_50").unwrap(),
            row.get("log_loss_ks_75").unwrap(),
        ],
    );
    let (gradient_means, gradient_kurtoses) = (
        [
            row.get("mean_gradient_25").unwrap(),
            row.get("mean_gradient_50").unwrap(),
            row.get("mean_gradient_75").unwrap(),
        ],
        [
            row.get("gradient_kurtosis_25").unwrap(),
            row.get("gradient_kurtosis_50").unwrap(),
            row.get("gradient_kurtosis_75").unwrap(),
        ],
    );
    for (k, p) in [0.25, 0.5, 0.75].into_iter().enumerate() {
        let weighted = |values: &[f64]| -> Vec<(f64, f64)> {
            values.iter().enumerate().map(|(m, &x)| (x, slow.weight(m, p))).collect()
        };
        close(means[k], moments(&weighted(&slow.losses))[0], CLOSE);
        let terms = weighted(&logs);
        let [mean, sd, skewness, kurtosis] = moments(&terms);
        close(skews[k], skewness, CLOSE);
        close(kurtoses[k], kurtosis, CLOSE);
        let normal = stats::Normal { mean, sd };
        let gap = |x: f64| {
            let share = |keep: &dyn Fn(f64) -> bool| -> f64 {
                terms.iter().filter(|t| keep(t.0)).map(|t| t.1).sum()
            };
            let at = normal.cdf(x);
            (share(&|v| v <= x) - at).abs().max((share(&|v| v < x) - at).abs())
        };
        close(distances[k], logs.iter().map(|&x| gap(x)).fold(0.0, f64::max), CLOSE);
        let gradients: Vec<(f64, f64)> = slow
            .gradients
            .iter()
            .enumerate()
            .flat_map(|(m, row)| row.iter().map(move |&g| (g, slow.weight(m, p))))
            .collect();
        let [mean, _, _, kurtosis] = moments(&gradients);
        close(gradient_means[k], mean, CLOSE);
        close(gradient_kurtoses[k], kurtosis, 10.0 * CLOSE);
        if p == 0.5 {
            close(row.get("sd_log_loss").unwrap(), sd, CLOSE);
        }
    }
}

fn check_sanity(row: &NetworkRow, slow: &Slow) {
    // Flip effects one by one, each pair of masks that differ in a node.
    let flips =
        slow.pooled(|m, i, _| (m >> i & 1 == 1).then(|| slow.losses[m] - slow.losses[m ^ 1 << i]));
    let slope = 0.5 * slow.n as f64 * moments_of(&flips)[0];
    close(row.get("sanity_slope").unwrap(), slope, CLOSE);
    let gradient = 0.5 * slow.n as f64 * row.get("mean_gradient_50").unwrap();
    close(row.get("sanity_gradient").unwrap(), gradient, 1e-12);
    close(
        row.get("sanity_gap").unwrap(),
        gradient - (row.get("mean_loss_75").unwrap() - row.get("mean_loss_25").unwrap()),
        1e-9,
    );
    let shares = [row.get("sanity_gap_share_gradient"), row.get("sanity_gap_share_curvature")]
        .map(Option::unwrap);
    close(shares[0] + shares[1], 1.0, 1e-9);
    close(shares[0] * row.get("sanity_gap").unwrap(), gradient - slope, CLOSE);
}

fn moments_of(values: &[f64]) -> [f64; 4] {
    moments(&values.iter().map(|&x| (x, 1.0)).collect::<Vec<_>>())
}

/// f(0) over the highest and the lower of the sides' highest prominent peaks further than the kernel.
fn slow_trough(values: &[f64], weights: &[f64], sd: f64) -> (Option<f64>, Option<f64>) {
    let grid: Vec<f64> = (-3300..=3300).map(|k| f64::from(k) * 0.0025).collect();
    let f = stats::weighted_density(values, weights, sd, &grid);
    let least = 0.05 * f.iter().copied().fold(0.0, f64::max);
    let peaks = stats::peaks(&f).into_iter().filter(|peak| peak.prominence >= least);
    let side = |sign: f64| {
        let flanks = peaks.clone().filter(|peak| sign * grid[peak.at] > sd + 1e-9);
        flanks.map(|peak| peak.height).reduce(f64::max)
    };
    let (left, right, zero) = (side(-1.0), side(1.0), f[3300]);
    let higher = left.into_iter().chain(right).reduce(f64::max);
    (higher.map(|h| zero / h), left.zip(right).map(|(l, r)| zero / l.min(r)))
}

fn check_gradients(row: &NetworkRow, slow: &Slow) {
    let lambda = |m: usize, g: f64| g / slow.losses[m];
    let scale = |i: usize| {
        let own = slow.pooled(|m, k, g| (k == i).then(|| lambda(m, g).powi(2)));
        moments_of(&own)[0].sqrt()
    };
    let scales: Vec<f64> = (0..slow.n).map(scale).collect();
    let alive: Vec<f64> = scales.iter().copied().filter(|&s| s >= 0.03).collect();
    let ratio = stats::Ecdf::new(&alive);
    close(row.get("scale_ratio").unwrap(), ratio.quantile(1.0) / ratio.quantile(0.0), 10.0 * CLOSE);
    close(
        row.get("scale_quantile_ratio").unwrap(),
        ratio.quantile(0.9) / ratio.quantile(0.1),
        10.0 * CLOSE,
    );
    assert_eq!(row.get("small_nodes"), Some((slow.n - alive.len()) as f64));

    let all = slow.pooled(|m, _, g| Some(lambda(m, g)));
    let large = slow.pooled(|m, i, g| (scales[i] >= 0.03).then(|| lambda(m, g)));
    let even = vec![1.0; all.len()];
    let biased = |p: f64| slow.pooled(|m, _, _| Some(slow.weight(m, p)));
    assert!(row.get("trough_ratio_030").is_some() || row.get("trough_ratio_015").is_some());
    let pairs = [
        (
            slow_trough(&all, &even, 0.03),
            row.get("trough_ratio_030"),
            row.get("trough_lower_ratio_030"),
        ),
        (
            slow_trough(&all, &even, 0.015),
            row.get("trough_ratio_015"),
            row.get("trough_lower_ratio_015"),
        ),
        (
            slow_trough(&large, &even[..large.len()], 0.03),
            row.get("trough_ratio_without_small_030"),
            row.get("trough_lower_ratio_without_small_030"),
        ),
    ];
    for ((ratio, lower), found_ratio, found_lower) in pairs {
        assert_eq!(
            (ratio.is_some(), lower.is_some()),
            (found_ratio.is_some(), found_lower.is_some())
        );
        close(found_ratio.unwrap_or(0.0), ratio.unwrap_or(0.0), BINNED);
        close(found_lower.unwrap_or(0.0), lower.unwrap_or(0.0), BINNED);
    }
    for (p, name) in [(0.25, "trough_lower_ratio_25"), (0.75, "trough_lower_ratio_75")] {
        let (_, lower) = slow_trough(&all, &biased(p), 0.03);
        assert_eq!(row.get(name).is_some(), lower.is_some(), "{name}");
        close(row.get(name).unwrap_or(0.0), lower.unwrap_or(0.0), BINNED);
    }
    let at_zero = |values: &[f64]| stats::density(values, 0.03, &[0.0])[0] * values.len() as f64;
    close(1.0 - row.get("small_nodes_share_030").unwrap(), at_zero(&large) / at_zero(&all), BINNED);

    let grid: Vec<f64> = (-8000..=8000).map(|k| f64::from(k) * 0.001).collect();
    let half = |on: usize| {
        let values = slow.pooled(|m, i, g| (m >> i & 1 == on).then(|| lambda(m, g)));
        stats::density(&values, 0.03, &grid)
    };
    let overlap: f64 = half(0).iter().zip(&half(1)).map(|(a, b)| a.min(*b) * 0.001).sum();
    close(row.get("overlap").unwrap(), overlap, BINNED);
    let plain = slow.pooled(|_, _, g| Some(g));
    for (p, name) in [(0.25, "25"), (0.5, "50"), (0.75, "75")] {
        let weights = biased(p);
        let terms: Vec<(f64, f64)> = plain.iter().copied().zip(weights.iter().copied()).collect();
        let normal = (moments(&terms)[1].powi(2) + 0.03f64.powi(2)).sqrt();
        let density = stats::weighted_density(&plain, &weights, 0.03, &grid);
        let ratio = density.into_iter().fold(0.0, f64::max) * normal * std::f64::consts::TAU.sqrt();
        close(row.get(&format!("gradient_peak_ratio_{name}")).unwrap(), ratio, BINNED);
    }
}

/// Pairs of masks by the number of nodes they differ in.
fn check_flips(row: &NetworkRow, slow: &Slow) {
    let correlations = |f: &[f64]| -> Vec<f64> {
        let mean = f.iter().sum::<f64>() / f.len() as f64;
        let (mut sums, mut counts) = (vec![0.0; slow.n + 1], vec![0.0; slow.n + 1]);
        for a in 0..f.len() {
            for b in 0..f.len() {
                let d = (a ^ b).count_ones() as usize;
                sums[d] += (f[a] - mean) * (f[b] - mean);
                counts[d] += 1.0;
            }
        }
        (0..=slow.n).map(|d| sums[d] / counts[d] / (sums[0] / counts[0])).collect()
    };
    let logs: Vec<f64> = slow.losses.iter().map(|l| l.ln()).collect();
    let of_logs = correlations(&logs);
    close(row.get("reversal_correlation_log_loss").unwrap(), of_logs[slow.n], CLOSE);
    close(row.get("reversal_correlation_loss").unwrap(), correlations(&slow.losses)[slow.n], CLOSE);
    let first = |below: f64| of_logs.iter().position(|&c| c < below).map(|flips| flips as f64);
    assert_eq!(row.get("flips_below_5_percent"), first(0.05));
    let two_errors = 2.0 / 1000f64.sqrt();
    assert_eq!(row.get("flips_below_two_errors"), first(two_errors));
    // With a path fewer than "at most" two errors are above the correlation after 6 flips.
    for (name, flips) in [("paths_more_than", 4), ("paths_at_most", 6)] {
        let correlation = of_logs.get(flips).copied().filter(|&c| c > 0.0);
        assert_eq!(row.get(name).is_some(), correlation.is_some(), "{name}");
        if let Some((paths, correlation)) = row.get(name).zip(correlation) {
            close(2.0 / paths.sqrt(), correlation, CLOSE);
        }
    }
    assert!((0.3..3.0).contains(&row.get("asymmetry").unwrap()));
}

#[test]
fn rows_are_what_sums_over_all_masks_give() {
    for name in ["tiny", "three_class"] {
        let (network, points) = reference(name);
        for ablation in [Ablation::Zero, Ablation::Mean] {
            let row = measure(&network, &points, ablation, None, 1);
            let slow = Slow::new(&network, &points, ablation);
            close(row.get("loss").unwrap(), slow.losses[slow.losses.len() - 1], 1e-9);
            check_distribution(&row, &slow);
            check_sanity(&row, &slow);
            check_gradients(&row, &slow);
            check_flips(&row, &slow);
            assert!(
                row.get("explained_by_size").is_none() && row.get("near_circle_loss").is_none()
            );
            close(
                row.get("bias_share").unwrap()
                    + row.get("slicing_share").unwrap()
                    + row.get("dead_share").unwrap(),
                1.0,
                1e-12,
            );
        }
    }
}

#[test]
fn several_layers_and_any_number_of_threads() {
    let (network, points) = reference("two_layer");
    let run = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| measure(&network, &points, Ablation::Zero, Some(0.8), 1))
    };
    let row = run(1);
    assert_eq!(row, run(2));
    assert!(row.get("explained_by_size").is_none());
    let slow = Slow::new(&network, &points, Ablation::Zero);
    check_distribution(&row, &slow);
    check_sanity(&row, &slow);

    let (network, points) = random(13);
    let run = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| measure(&network, &points, Ablation::Mean, Some(0.8), 1))
    };
    let row = run(1);
    assert!(row.get("explained_by_balance").is_some());
    assert_eq!(row, run(2));
}

#[test]
fn shares_near_the_circle_are_those_of_the_points_alone() {
    let (network, points) = random(6);
    let radius = Data::default().radius().unwrap();
    let row = measure(&network, &points, Ablation::Zero, Some(radius), 1);
    let (mut near, mut all) = ([0.0; 3], [0.0; 3]);
    for (x, label) in points.iter() {
        let alone = Points::new(2, x.to_vec(), vec![label]).unwrap();
        let e = evaluate(&network, &alone, Ablation::Zero, &[1.0; 6]);
        let terms = [1.0, e.loss, e.gradient.iter().map(|g| g.abs()).sum()];
        let inside = (x[0].hypot(x[1]) - radius).abs() < 0.1;
        for k in 0..3 {
            all[k] += terms[k];
            near[k] += if inside { terms[k] } else { 0.0 };
        }
    }
    close(row.get("near_circle_points").unwrap(), near[0] / all[0], 1e-9);
    close(row.get("near_circle_loss").unwrap(), near[1] / all[1], 1e-9);
    close(row.get("near_circle_gradient").unwrap(), near[2] / all[2], 1e-9);
}

/// A number in 0…1 that has nothing to do with the mask's bits.
fn noise(mask: usize) -> f64 {
    let mut x = mask as u64 + 1;
    for _ in 0..3 {
        x = (x ^ x >> 29).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    }
    (x >> 11) as f64 / (1u64 << 53) as f64
}

#[test]
fn balance_explains_what_is_made_of_it_and_nothing_else() {
    let n = 14;
    let (network, points) = random(n);
    let activities = nodes::activities(&network, &points);
    let balance = |f: &dyn Fn(usize) -> f64| {
        let values: Vec<f64> = (0..1usize << n).map(f).collect();
        balance_of(&network, &activities, &values).unwrap()
    };
    let on = |mask: usize| (0..n).filter(move |i| mask >> i & 1 == 1);
    let out = |i: usize| network.layers()[1].weight(1, i) - network.layers()[1].weight(0, i);
    let direction = |mask: usize| {
        let (mut sum, mut strength) = ([0.0; 2], 0.0);
        for i in on(mask).filter(|&i| activities[i].kind == nodes::Kind::Slicing) {
            let w = [network.layers()[0].weight(i, 0), network.layers()[0].weight(i, 1)];
            let s = activities[i].mean * out(i).abs();
            strength += s;
            sum[0] += s * w[0] / w[0].hypot(w[1]);
            sum[1] += s * w[1] / w[0].hypot(w[1]);
        }
        if strength > 0.0 { sum[0].hypot(sum[1]) / strength } else { 1.0 }
    };
    let signed = |mask: usize| on(mask).map(|i| activities[i].mean * out(i)).sum::<f64>();

    let size = balance(&|m| f64::from(m.count_ones()));
    close(size.size, 1.0, 1e-9);
    assert!(size.direction < 0.5 && size.all > 1.0 - 1e-9);
    let by_direction = balance(&direction);
    // What is left is the spread within bins.
    assert!(by_direction.direction > 0.99 && by_direction.both > 0.95, "{by_direction:?}");
    assert!(by_direction.size < 0.5);
    let by_signed = balance(&signed);
    assert!(by_signed.signed_sum > 0.99 && by_signed.both > 0.95, "{by_signed:?}");
    let random = balance(&noise);
    for share in [random.size, random.direction, random.signed_sum, random.both, random.all] {
        assert!(share < 1.2 / 64.0, "{random:?}");
    }
    assert!(random.reversal_given_size.abs() < 0.05 && random.reversal_given_all.abs() < 0.05);
}

#[test]
fn reversal_correlation_beyond_the_cells_survives_them() {
    let n = 14;
    let (network, points) = random(n);
    let activities = nodes::activities(&network, &points);
    let last = (1usize << n) - 1;
    for sign in [1.0, -1.0] {
        let values: Vec<f64> = (0..=last)
            .map(|m| {
                let own = noise(m.min(last ^ m)) - 0.5;
                let side = if m < last ^ m { 1.0 } else { sign };
                side * own + 3.0 * f64::from(m.count_ones())
            })
            .collect();
        let balance = balance_of(&network, &activities, &values).unwrap();
        let Parts { explained, mixed, left } = balance.covariance;
        close(explained + mixed + left, 1.0, 1e-9);
        close(balance.reversal_given_size, sign, 0.02);
        close(balance.reversal_given_all, sign, 0.05);
    }
}

/// The share that is left, from what it is made of.
#[test]
fn what_balance_leaves_is_the_covariance_of_the_residuals() {
    let n = 12;
    let (network, points) = random(n);
    let activities = nodes::activities(&network, &points);
    let values: Vec<f64> = (0..1usize << n).map(|m| noise(m) + (m as f64 * 0.01).sin()).collect();
    let balance = balance_of(&network, &activities, &values).unwrap();
    let correlation = {
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        let last = values.len() - 1;
        let product = (0..=last).map(|m| (values[m] - mean) * (values[last ^ m] - mean));
        product.sum::<f64>() / values.iter().map(|v| (v - mean).powi(2)).sum::<f64>()
    };
    let left = (1.0 - balance.both) * balance.reversal_given_both / correlation;
    close(balance.covariance.left, left, 1e-9);
}

#[test]
fn bias_nodes_are_constant_and_rings_go_all_round() {
    // Node 0 is a constant, node 1 rises slowly and is on everywhere, node 2 slices, and the others
    // are dead.
    let first = [0.0, 0.0, 0.3, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0];
    let layer =
        |inputs, outputs, weights: Vec<f64>, biases| Layer { inputs, outputs, weights, biases };
    let network = Network::new(vec![
        layer(2, 5, first.to_vec(), vec![1.0, 1.0, -0.1, -1.0, 0.0]),
        layer(5, 2, vec![1.0; 10], vec![0.0; 2]),
    ])
    .unwrap();
    let points = Data::default().evaluation_points(256, 1);
    let row = measure(&network, &points, Ablation::Zero, Some(0.8), 1);
    let count = |name: &str| row.get(name).unwrap();
    assert_eq!([count("bias_nodes"), count("nearly_constant_nodes")], [2.0, 2.0]);
    assert_eq!([count("ring_nodes"), 5.0 * count("dead_share")], [2.0, 2.0]);
    let without = measure(&network, &points, Ablation::Zero, None, 1);
    assert_eq!(without.get("ring_nodes"), None);
}

#[test]
fn balance_needs_one_layer_two_classes_and_enough_nodes() {
    let points = Data::default().evaluation_points(50, 1);
    for sizes in [vec![2, 11, 2], vec![2, 12, 3], vec![2, 6, 6, 2]] {
        let network = MlpConfig::new().with_sizes(sizes).network(1);
        let activities = nodes::activities(&network, &points);
        let values: Vec<f64> = (0..1usize << network.n_nodes()).map(noise).collect();
        assert_eq!(balance_of(&network, &activities, &values), None);
    }
}

fn balance_of(network: &Network, activities: &[Activity], values: &[f64]) -> Option<Balance> {
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    Balance::measure(network, activities, values, mean, &mut Vec::new())
}
