//! Every statistic of one network, over all of its sub-networks: [`table`] has them with their
//! formulas, and the other modules compute what they are read off.

mod balance;
pub mod claims;
mod counter;
mod counts;
mod curve;
mod distance;
mod finder;
mod gradients;
mod log_loss;
mod moments;
pub mod nodes;
pub mod table;
#[cfg(test)]
mod tests;

use anyhow::Result;
use hypercube::reference::pointwise;
use hypercube::table::{Options, losses_in};
use hypercube::{Ablation, Network, Points};
use stats::Normal;

use crate::sampling::KERNEL_SD;
use balance::Balance;
use curve::Trough;
use gradients::{Gradients, Split, SplitTrough, Spread};
use log_loss::Flips;
use moments::{Population, PowerSums};
use nodes::{Activity, Kind, NearCircle};

/// The write-up's probabilities.
const P: [f64; 3] = [0.25, 0.5, 0.75];

/// Memory that one network after another is measured in: with 24 nodes 160 MB, which the system would take
/// longer to give out than it takes to fill.
#[derive(Default)]
pub struct Room {
    /// A number for each mask.
    values: Vec<f64>,
    bins: Vec<u16>,
}

/// What the statistics of a network are read off. Arrays are over p = ¼, ½ and ¾.
pub struct Measured {
    n_nodes: usize,
    /// Of the full network.
    loss: f64,
    accuracy: f64,
    near: Option<NearCircle>,
    /// Nodes active all round the circle.
    rings: Option<usize>,
    activities: Vec<Activity>,
    /// Of loss and ln(loss) over all masks.
    mean_losses: [f64; 3],
    /// d E_p loss / dp at p = ½.
    derivative: f64,
    reversal_correlation_loss: f64,
    log_losses: [Population; 3],
    ks_distances: [f64; 3],
    flips: Flips,
    asymmetry: Option<f64>,
    balance: Option<Balance>,
    /// Of the pooled gate gradients over all masks.
    gradients: [Population; 3],
    peak_ratios: [f64; 3],
    troughs: [Trough; 3],
    /// At p = ½, with the write-up's kernel, and with half of it.
    trough: SplitTrough,
    half_trough: SplitTrough,
    small_nodes: usize,
    beyond: f64,
    split: Split,
    spread: Spread,
}

impl Measured {
    /// Measures a network at all 2^N masks.
    ///
    /// `circle_radius` is that of the circle that labels the points, if one does; `seed` draws the
    /// flip paths of the sampled asymmetry, and nothing else is sampled. Runs on the current rayon
    /// pool; nothing depends on its number of threads.
    ///
    /// # Errors
    ///
    /// If points and network do not fit each other, or memory or an hour would not suffice.
    pub fn measure(
        network: &Network,
        points: &Points,
        ablation: Ablation,
        circle_radius: Option<f64>,
        seed: u64,
        room: &mut Room,
    ) -> Result<Self> {
        let n_nodes = network.n_nodes();
        let Room { values, bins } = room;
        let values = std::mem::take(values);
        let losses =
            losses_in(values, network, points, ablation, &Options::default())?.into_losses();
        let evaluations = pointwise(network, points, ablation, &vec![1.0; n_nodes]);
        let count = points.len() as f64;
        let activities = nodes::activities(network, points);
        let sums = PowerSums::from_values(&losses, losses[losses.len() / 2]);
        let mean_losses = P.map(|p| sums.at(p).mean);
        let reversal_correlation_loss = log_loss::correlation_with_reversal(&losses, &sums.at(0.5));
        let gradients = Gradients::measure(network, points, ablation, &losses)?;
        // In the place of the losses: at 24 nodes they are 128 MB.
        let mut log_losses = losses;
        hypercube::table::log_losses(&mut log_losses);
        let rough_mean = log_losses[log_losses.len() / 2];
        let powers = PowerSums::from_values(&log_losses, rough_mean);
        let populations = P.map(|p| powers.at(p));
        let mean = populations[1].mean;
        let balance = Balance::measure(network, &activities, &log_losses, mean, bins);
        let normals = populations.map(|of| Normal { mean: of.mean, sd: of.sd });
        let ks_distances = distance::ks_distances(&log_losses, &normals);
        let asymmetry = log_loss::asymmetry(&log_losses, n_nodes, seed);
        let (flips, values) = Flips::measure(log_losses);
        room.values = values;
        Ok(Self {
            n_nodes,
            loss: evaluations.iter().map(|e| e.loss).sum::<f64>() / count,
            accuracy: evaluations.iter().filter(|e| e.correct).count() as f64 / count,
            near: circle_radius.map(|radius| NearCircle::new(points, &evaluations, radius)),
            rings: circle_radius.map(|radius| nodes::rings(network, radius)),
            activities,
            mean_losses,
            derivative: sums.slope(),
            reversal_correlation_loss,
            log_losses: populations,
            ks_distances,
            flips,
            asymmetry,
            balance,
            gradients: P.map(|p| gradients.at(p)),
            peak_ratios: [0, 1, 2].map(|k| gradients.peak_ratio(k)),
            troughs: [0, 1, 2].map(|k| gradients.trough_at(k)),
            trough: gradients.trough(KERNEL_SD),
            half_trough: gradients.trough(KERNEL_SD / 2.0),
            small_nodes: gradients.small_nodes(),
            beyond: gradients.beyond(),
            split: gradients.split(),
            spread: gradients.spread(),
        })
    }

    /// Number of nodes whose activation varies by less than a share of its mean.
    fn constant(&self, variation: f64) -> usize {
        nodes::constant(&self.activities, variation)
    }

    /// Share of the nodes that are of a kind.
    fn share(&self, kind: Kind) -> f64 {
        nodes::share(&self.activities, kind)
    }

    /// One side of the sanity check: N/2 × the mean gate gradient at p = ½.
    fn sanity_gradient(&self) -> f64 {
        self.n_nodes as f64 / 2.0 * self.gradients[1].mean
    }

    /// The other side: E_¾ loss − E_¼ loss.
    fn sanity_difference(&self) -> f64 {
        self.mean_losses[2] - self.mean_losses[0]
    }

    /// What the first side is with flip effects in place of gate gradients.
    fn sanity_slope(&self) -> f64 {
        0.5 * self.derivative
    }

    fn sanity_gap(&self) -> f64 {
        self.sanity_gradient() - self.sanity_difference()
    }

    /// Share of a part in the gap; none if there is no gap.
    fn share_of_gap(&self, part: f64) -> Option<f64> {
        let gap = self.sanity_gap();
        (gap != 0.0).then(|| part / gap)
    }
}

/// Mask number k of so many, a power of two, in an order that scatters the first ones evenly.
fn scattered(k: usize, masks: usize) -> usize {
    // An odd factor visits every mask once; this one is Knuth's.
    k.wrapping_mul(2_654_435_761) % masks
}
