//! Every statistic of one network, over all of its sub-networks; [`NetworkRow`] has the formulas.

mod balance;
mod curve;
mod gradients;
mod log_loss;
mod moments;
pub mod nodes;
#[cfg(test)]
mod tests;

use anyhow::Result;
use hypercube::biased::SizeSums;
use hypercube::reference::pointwise;
use hypercube::table::{self, Options};
use hypercube::{Ablation, Network, Points};
use report::records::NetworkRow;
use stats::Normal;

use crate::sampling::KERNEL_SD;
use balance::Balance;
use gradients::Gradients;
use log_loss::{Flips, Sorted};
use moments::PowerSums;
use nodes::{Kind, NearCircle};

/// The write-up's probabilities.
const P: [f64; 3] = [0.25, 0.5, 0.75];

/// Measures a network at all 2^N masks.
///
/// `circle_radius` is that of the circle that labels the points, if one does; `seed` draws the flip
/// paths of the sampled asymmetry, and nothing else is sampled. The row's `seed`, `circle` and
/// `steps` are left at their defaults for whoever knows them. Runs on the current rayon pool; the
/// row does not depend on its number of threads.
///
/// # Errors
///
/// If points and network do not fit each other, or memory or an hour would not suffice.
pub fn of(
    network: &Network,
    points: &Points,
    ablation: Ablation,
    circle_radius: Option<f64>,
    seed: u64,
) -> Result<NetworkRow> {
    let n = network.n_nodes();
    let table = table::losses(network, points, ablation, &Options::default())?;
    let log_losses = table.log_losses();
    let losses = table.into_losses();
    let mut row = NetworkRow {
        hidden: network.hidden().iter().map(usize::to_string).collect::<Vec<_>>().join("-"),
        ablation: if ablation == Ablation::Mean { "mean" } else { "zero" }.to_owned(),
        n_nodes: n,
        n_layers: network.hidden().len(),
        n_points: points.len(),
        asymmetry: log_loss::asymmetry(&log_losses, n, seed),
        ..NetworkRow::default()
    };
    distribution(&mut row, &log_losses);
    full_network(&mut row, network, points, ablation, circle_radius);
    balance(&mut row, network, points, &log_losses);
    drop(log_losses);
    let sums = SizeSums::of(&losses);
    [row.mean_loss_25, row.mean_loss_50, row.mean_loss_75] = P.map(|p| sums.mean(p));
    row.reversal_correlation_loss = log_loss::correlation_with_reversal(&losses, sums.mean(0.5));
    let gradients = Gradients::of(network, points, ablation, &losses)?;
    gate_gradients(&mut row, &gradients);
    sanity(&mut row, sums.derivative(0.5));
    Ok(row)
}

/// 1, 8, 10: ln(loss).
fn distribution(row: &mut NetworkRow, log_losses: &[f64]) {
    let rough_mean = log_losses[log_losses.len() / 2];
    let powers = PowerSums::of(log_losses, rough_mean);
    let moments = P.map(|p| powers.at(p));
    row.sd_log_loss = moments[1].sd;
    [row.log_loss_skewness_25, row.log_loss_skewness_50, row.log_loss_skewness_75] =
        moments.map(|m| m.skewness);
    [row.log_loss_kurtosis_25, row.log_loss_kurtosis_50, row.log_loss_kurtosis_75] =
        moments.map(|m| m.kurtosis);
    let sorted = Sorted::of(log_losses);
    [row.log_loss_ks_25, row.log_loss_ks_50, row.log_loss_ks_75] = std::array::from_fn(|k| {
        let normal = Normal { mean: moments[k].mean, sd: moments[k].sd };
        sorted.ks_distance(normal, P[k])
    });
    drop(sorted);
    let flips = Flips::of(log_losses);
    row.flips_below_5_percent = flips.below_5_percent;
    row.flips_below_two_errors = flips.below_two_errors;
    row.reversal_correlation_log_loss = flips.reversal_correlation;
}

/// 13, 14: the full network.
fn full_network(
    row: &mut NetworkRow,
    network: &Network,
    points: &Points,
    ablation: Ablation,
    circle_radius: Option<f64>,
) {
    let evaluations = pointwise(network, points, ablation, &vec![1.0; network.n_nodes()]);
    let count = points.len() as f64;
    row.loss = evaluations.iter().map(|e| e.loss).sum::<f64>() / count;
    row.accuracy = evaluations.iter().filter(|e| e.correct).count() as f64 / count;
    if let Some(radius) = circle_radius {
        let near = NearCircle::of(points, &evaluations, radius);
        row.near_circle_points = Some(near.points);
        row.near_circle_loss = Some(near.loss);
        // Undefined where no gate changes the loss of any point.
        row.near_circle_gradient = Some(near.gradient).filter(|share| share.is_finite());
    }
}

/// 12, 13: balance, and the kinds of nodes.
fn balance(row: &mut NetworkRow, network: &Network, points: &Points, log_losses: &[f64]) {
    let activities = nodes::activities(network, points);
    row.bias_share = nodes::share(&activities, Kind::Bias);
    row.slicing_share = nodes::share(&activities, Kind::Slicing);
    row.dead_share = nodes::share(&activities, Kind::Dead);
    let balance = Balance::of(network, &activities, log_losses);
    row.explained_by_size = balance.map(|b| b.size);
    row.explained_by_direction = balance.map(|b| b.direction);
    row.explained_by_signed_sum = balance.map(|b| b.signed_sum);
    row.explained_by_balance = balance.map(|b| b.both);
    row.explained_by_size_and_balance = balance.map(|b| b.all);
    row.reversal_given_size = balance.map(|b| b.reversal_given_size);
    row.reversal_given_balance = balance.map(|b| b.reversal_given_both);
    row.reversal_given_size_and_balance = balance.map(|b| b.reversal_given_all);
}

/// 2, 3, 5, 6, 7: gate gradients.
fn gate_gradients(row: &mut NetworkRow, gradients: &Gradients) {
    let moments = P.map(|p| gradients.at(p));
    [row.gradient_kurtosis_25, row.gradient_kurtosis_50, row.gradient_kurtosis_75] =
        moments.map(|m| m.kurtosis);
    [row.mean_gradient_25, row.mean_gradient_50, row.mean_gradient_75] = moments.map(|m| m.mean);
    row.gradient_peak_ratio = gradients.peak_ratio();

    let (full, half) = (gradients.trough(KERNEL_SD), gradients.trough(KERNEL_SD / 2.0));
    row.trough_ratio_030 = full.all.ratio;
    row.trough_lower_ratio_030 = full.all.lower_ratio;
    row.trough_ratio_015 = half.all.ratio;
    row.trough_lower_ratio_015 = half.all.lower_ratio;
    row.small_nodes = gradients.small_nodes();
    row.small_nodes_share_030 = full.small_share;
    row.small_nodes_share_015 = half.small_share;
    row.trough_ratio_without_small_030 = full.without_small.ratio;
    row.trough_lower_ratio_without_small_030 = full.without_small.lower_ratio;
    row.trough_ratio_without_small_015 = half.without_small.ratio;
    row.trough_lower_ratio_without_small_015 = half.without_small.lower_ratio;
    row.log_gradient_beyond = gradients.beyond();

    let split = gradients.split();
    row.peaks = split.peaks;
    row.peaks_on = split.peaks_on;
    row.peaks_off = split.peaks_off;
    row.overlap = split.overlap;

    let spread = gradients.spread();
    row.scale_ratio = spread.ratio;
    row.zero_scale_nodes = spread.zero;
    row.scale_quantile_ratio = spread.quantile_ratio;
}

/// 4: the sanity check's two sides and its exact form.
fn sanity(row: &mut NetworkRow, derivative: f64) {
    row.sanity_gradient = row.n_nodes as f64 / 2.0 * row.mean_gradient_50;
    row.sanity_difference = row.mean_loss_75 - row.mean_loss_25;
    row.sanity_slope = 0.5 * derivative;
    row.sanity_gap = row.sanity_gradient - row.sanity_difference;
    let share = |part: f64| (row.sanity_gap != 0.0).then(|| part / row.sanity_gap);
    row.sanity_gap_share_gradient = share(row.sanity_gradient - row.sanity_slope);
    row.sanity_gap_share_curvature = share(row.sanity_slope - row.sanity_difference);
}
