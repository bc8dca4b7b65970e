//! The table of `ensemble`: one row for each network, with every statistic.

use serde::{Deserialize, Serialize};

/// `ensemble/networks.csv`: one network and what is exactly true of it.
///
/// Throughout, b is a mask, N the number of nodes, gᵢ(b) = ∂loss/∂bᵢ the gate gradient, and
/// E_p the mean over masks in which every node is on with probability p. A field whose name ends
/// in `_25`, `_50` or `_75` is taken at p = ¼, ½ or ¾; all others are over all masks alike
/// (p = ½) or of the full network. "Pooled" means over nodes and masks. Standard deviations and
/// moments are those of the whole population of masks (ddof 0). Losses are in nats.
///
/// Seed, data and steps are the recipe, which whoever trained the network fills in.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct NetworkRow {
    /// Seed the network was trained from.
    pub seed: u64,
    /// What labels its data, such as `as-published`.
    pub data: String,
    /// Hidden widths, joined by `-`.
    pub hidden: String,
    /// Optimiser steps.
    pub steps: usize,
    /// `zero` or `mean`: how a node is removed.
    pub ablation: String,

    /// Number of nodes, N.
    pub n_nodes: usize,
    /// Number of hidden layers.
    pub n_layers: usize,
    /// Evaluation points, M.
    pub n_points: usize,
    /// Loss of the full network.
    pub loss: f64,
    /// Share of the points that the full network classifies right.
    pub accuracy: f64,
    /// E_p loss at p = ¼.
    pub mean_loss_25: f64,
    /// E_p loss at p = ½.
    pub mean_loss_50: f64,
    /// E_p loss at p = ¾.
    pub mean_loss_75: f64,
    /// Standard deviation of ln(loss).
    pub sd_log_loss: f64,

    /// 1: skewness m₃/m₂^{3/2} of ln(loss) at p = ¼, m_k = E_p(ln(loss) − mean)^k.
    pub log_loss_skewness_25: f64,
    /// The same at p = ½.
    pub log_loss_skewness_50: f64,
    /// The same at p = ¾.
    pub log_loss_skewness_75: f64,
    /// 1: excess kurtosis m₄/m₂² − 3 of ln(loss) at p = ¼; 0 for a normal distribution.
    pub log_loss_kurtosis_25: f64,
    /// The same at p = ½.
    pub log_loss_kurtosis_50: f64,
    /// The same at p = ¾.
    pub log_loss_kurtosis_75: f64,
    /// 1: Kolmogorov–Smirnov distance at p = ¼, sup |F − Φ|: F the distribution function of ln(loss)
    /// with every mask at its probability, Φ the normal one of the same mean and standard deviation.
    pub log_loss_ks_25: f64,
    /// The same at p = ½.
    pub log_loss_ks_50: f64,
    /// The same at p = ¾.
    pub log_loss_ks_75: f64,

    /// 2: excess kurtosis of the pooled gate gradients at p = ¼.
    pub gradient_kurtosis_25: f64,
    /// The same at p = ½.
    pub gradient_kurtosis_50: f64,
    /// The same at p = ¾.
    pub gradient_kurtosis_75: f64,
    /// 2: highest value of the pooled gate gradients' density, smoothed by a Gaussian kernel of
    /// standard deviation s = 0.03, over the peak of their normal fit smoothed alike,
    /// 1/√(2π (sd² + s²)). Above 1: more peaked than normal.
    pub gradient_peak_ratio: f64,

    /// 3: mean pooled gate gradient at p = ¼.
    pub mean_gradient_25: f64,
    /// The same at p = ½.
    pub mean_gradient_50: f64,
    /// The same at p = ¾.
    pub mean_gradient_75: f64,

    /// 4: N/2 × the mean pooled gate gradient at p = ½, = ½ Σᵢ E gᵢ ("10 ×" with 20 nodes).
    pub sanity_gradient: f64,
    /// 4: E_¾ loss − E_¼ loss.
    pub sanity_difference: f64,
    /// 4: ½ d E_p loss/dp at p = ½, = ½ Σᵢ E(flip effect of i) (Russo–Margulis): what
    /// `sanity_gradient` is with flip effects in place of gate gradients.
    pub sanity_slope: f64,
    /// 4: `sanity_gradient` − `sanity_difference`.
    pub sanity_gap: f64,
    /// 4: share of the gap due to gate gradients not being flip effects,
    /// (`sanity_gradient` − `sanity_slope`)/`sanity_gap`. It can lie outside 0…1 where the two parts
    /// of the gap have opposite signs. Missing if there is no gap.
    pub sanity_gap_share_gradient: Option<f64>,
    /// 4: the rest, due to E_p loss not being straight between ¼ and ¾,
    /// (`sanity_slope` − `sanity_difference`)/`sanity_gap`.
    pub sanity_gap_share_curvature: Option<f64>,

    /// 5: with f the density of the pooled λᵢ = ∂ln(loss)/∂bᵢ, smoothed by a kernel of 0.03:
    /// f(0) over the higher of the two flanking peaks, the highest local maxima of f on either side
    /// further from 0 than one kernel standard deviation. Missing if there is none, f having its
    /// only peak at 0.
    pub trough_ratio_030: Option<f64>,
    /// 5: f(0) over the lower of the two flanking peaks; there is a trough at 0 if this is below 1.
    /// Missing if a side has none.
    pub trough_lower_ratio_030: Option<f64>,
    /// 5: `trough_ratio_030` with a kernel of 0.015.
    pub trough_ratio_015: Option<f64>,
    /// 5: `trough_lower_ratio_030` with a kernel of 0.015.
    pub trough_lower_ratio_015: Option<f64>,
    /// 5: nodes with a gradient scale (root mean square of λᵢ) below 0.03, dead ones included.
    pub small_nodes: usize,
    /// 5: share of f(0) that those nodes contribute, kernel 0.03.
    pub small_nodes_share_030: f64,
    /// The same with a kernel of 0.015.
    pub small_nodes_share_015: f64,
    /// 5: `trough_ratio_030` with those nodes left out.
    pub trough_ratio_without_small_030: Option<f64>,
    /// 5: `trough_lower_ratio_030` with those nodes left out.
    pub trough_lower_ratio_without_small_030: Option<f64>,
    /// 5: `trough_ratio_015` with those nodes left out.
    pub trough_ratio_without_small_015: Option<f64>,
    /// 5: `trough_lower_ratio_015` with those nodes left out.
    pub trough_lower_ratio_without_small_015: Option<f64>,
    /// Share of the λᵢ beyond ±8, which count as ±8 in densities (5 and 6).
    pub log_gradient_beyond: f64,

    /// 6: peaks of f (kernel 0.03): local maxima that stand out from their surroundings (their
    /// prominence) by at least 5 % of the highest density.
    pub peaks: usize,
    /// 6: the same for the density f₁ of λᵢ over the masks with node i on.
    pub peaks_on: usize,
    /// 6: the same for the density f₀ of λᵢ over the masks with node i off.
    pub peaks_off: usize,
    /// 6: ∫ min(f₁, f₀), both of integral 1: 1 if the halves are the same, 0 if they are apart.
    pub overlap: f64,

    /// 7: largest gradient scale over the smallest one above 0, a node's scale being the root mean
    /// square of λᵢ over all masks. Missing if every scale is 0.
    pub scale_ratio: Option<f64>,
    /// 7: nodes whose gradient is 0 at every mask.
    pub zero_scale_nodes: usize,
    /// 7: 90 % over 10 % quantile of the scales above 0.
    pub scale_quantile_ratio: Option<f64>,

    /// 8: smallest number of flips d with Cov(d)/Cov(0) of ln(loss) below 0.05; missing if none.
    pub flips_below_5_percent: Option<usize>,
    /// 8: the same below 2/√1000, two standard errors of a correlation of 0 over 1,000 paths. The
    /// write-up does not say how many paths it drew.
    pub flips_below_two_errors: Option<usize>,

    /// 9: root mean square over d = 1…N − 1 of the difference between Cov(f₀, f_d) and
    /// Cov(f_N, f_{N−d}) of ln(loss) along 1,000 sampled flip paths, in units of its (paired)
    /// standard error: about 1, since exactly they are equal (a path read backwards is a flip path
    /// of the same probability). Missing if ln(loss) does not vary.
    pub asymmetry: Option<f64>,

    /// 10: correlation of ln(loss) with that of the reversal.
    pub reversal_correlation_log_loss: f64,
    /// 10: correlation of loss with that of the reversal.
    pub reversal_correlation_loss: f64,

    /// 12: share of the variance of ln(loss) explained by the number of nodes on, η² = variance of
    /// the means within cells over the variance. All of 12 is missing unless there are one hidden
    /// layer, two classes and at least 12 nodes.
    pub explained_by_size: Option<f64>,
    /// 12: the same by D(b) = |Σ bᵢ sᵢ uᵢ| / Σ bᵢ sᵢ over slicing nodes, in bins of equal numbers
    /// of masks: uᵢ the direction of node i's input weights, sᵢ its mean activation times
    /// |W₁ᵢ − W₀ᵢ|. 0: the directions balance out; 1: they agree.
    pub explained_by_direction: Option<f64>,
    /// 12: the same by S(b) = Σ bᵢ cᵢ over all nodes, cᵢ = (W₁ᵢ − W₀ᵢ) × mean activation: bias
    /// nodes against slicing nodes.
    pub explained_by_signed_sum: Option<f64>,
    /// 12: the same by D and S jointly.
    pub explained_by_balance: Option<f64>,
    /// 12: the same by the number of nodes on, D and S jointly.
    pub explained_by_size_and_balance: Option<f64>,
    /// 12: correlation of r(b) with r(reversal of b), r being ln(loss) less the mean of its cell,
    /// cells by the number of nodes on.
    pub reversal_given_size: Option<f64>,
    /// 12: the same, cells by D and S jointly.
    pub reversal_given_balance: Option<f64>,
    /// 12: the same, cells by the number of nodes on, D and S jointly.
    pub reversal_given_size_and_balance: Option<f64>,

    /// 13: share of the nodes that act as a bias: their activation varies over the points by less
    /// than half of its mean.
    pub bias_share: f64,
    /// 13: share of the nodes that slice: active on some points, and no bias.
    pub slicing_share: f64,
    /// 13: share of the nodes that are active on no point.
    pub dead_share: f64,

    /// 14: share of the points within 0.1 of the circle, ||x| − r| < 0.1. All of 14 is missing for
    /// data without a circle.
    pub near_circle_points: Option<f64>,
    /// 14: share of the full network's loss that those points contribute.
    pub near_circle_loss: Option<f64>,
    /// 14: share of Σ_points Σᵢ |∂(loss at the point)/∂bᵢ| of the full network that they contribute.
    pub near_circle_gradient: Option<f64>,
}

/// `ensemble/runs.csv`: one command, and the networks it made.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct EnsembleRun {
    /// What labels the data.
    pub data: String,
    /// Hidden widths, joined by `-`.
    pub hidden: String,
    /// Optimiser steps.
    pub steps: usize,
    /// `zero` or `mean`.
    pub ablation: String,
    /// Evaluation points of each network.
    pub n_points: usize,
    /// How many networks.
    pub networks: usize,
    /// Seed of the first one.
    pub first_seed: u64,
    /// The command line.
    pub command: String,
    /// Commit it ran at; empty if unknown.
    pub git_revision: String,
    /// Wall-clock time in seconds, of the last piece if it was interrupted.
    pub seconds: f64,
    /// Threads used.
    pub threads: usize,
    /// Name of the processor.
    pub cpu: String,
}

impl EnsembleRun {
    /// Whether the two made the same networks.
    #[must_use]
    pub fn is_of_the_same_networks(&self, other: &Self) -> bool {
        let key = |run: &Self| {
            let names = (run.data.clone(), run.hidden.clone(), run.ablation.clone());
            (names, run.steps, run.n_points, run.networks, run.first_seed)
        };
        key(self) == key(other)
    }
}

/// `ensemble/verdicts.csv`: an observation of the write-up, judged over many networks.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Verdict {
    /// Its number.
    pub observation: usize,
    /// What is claimed.
    pub statement: String,
    /// What is measured of each network.
    pub statistic: String,
    /// How many networks.
    pub networks: usize,
    /// Median of the statistic over networks.
    pub median: Option<f64>,
    /// Its 5 % quantile.
    pub low: Option<f64>,
    /// Its 95 % quantile.
    pub high: Option<f64>,
    /// The write-up's own value, where it gives one.
    pub write_up: String,
    /// When the claim counts as true of a network.
    pub criterion: String,
    /// Share of the networks of which it is true.
    pub share: Option<f64>,
    /// The same with the other circle.
    pub other_circle_share: Option<f64>,
    /// `holds`, `holds for this circle only`, `fails` or `undecided`.
    pub verdict: String,
    /// Why, in one line.
    pub reason: String,
    /// What would change it.
    pub would_change: String,
}

/// `ensemble/summary.csv`: one statistic over the networks of one cell.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct CellSummary {
    /// What labels the data.
    pub data: String,
    /// Hidden widths, joined by `-`.
    pub hidden: String,
    /// Optimiser steps.
    pub steps: usize,
    /// `zero` or `mean`.
    pub ablation: String,
    /// Evaluation points of each network.
    pub n_points: usize,
    /// The column of `networks.csv` ([`NetworkRow`] has the formulas).
    pub statistic: String,
    /// How many networks have a value.
    pub networks: usize,
    /// 5 % quantile over them.
    pub low: Option<f64>,
    /// Median.
    pub median: Option<f64>,
    /// 95 % quantile.
    pub high: Option<f64>,
}

/// `ensemble/circles.csv`: where the write-up's three published numbers lie among the networks of
/// one circle.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct CircleRow {
    /// The circle.
    pub data: String,
    /// How many networks.
    pub networks: usize,
    /// Mean over networks of E_¼ loss.
    pub mean_loss_25: f64,
    /// Its standard deviation (ddof 1).
    pub mean_loss_25_sd: f64,
    /// Mean over networks of E_¾ loss.
    pub mean_loss_75: f64,
    /// Its standard deviation.
    pub mean_loss_75_sd: f64,
    /// Mean over networks of 10 × the mean gate gradient.
    pub ten_mean_gradient: f64,
    /// Its standard deviation.
    pub ten_mean_gradient_sd: f64,
    /// Mahalanobis distance of the write-up's three numbers from the networks' mean.
    pub write_up_distance: f64,
    /// Share of the networks that are at least as far from it.
    pub share_farther: f64,
}
