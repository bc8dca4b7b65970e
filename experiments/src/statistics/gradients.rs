//! Observations 2 to 7: every gate gradient of every mask, counted and summed in one pass.

use std::sync::Mutex;

use hypercube::gradients::visit_by_node;
use hypercube::table::{Error, Options};
use hypercube::{Ablation, Network, Points};
use stats::Ecdf;

use super::counter::Counter;
use super::counts::{Counts, Row};
use super::curve::{Curve, Trough};
use super::moments::{Population, PowerSums, weights};
use super::{P, scattered};
use crate::sampling::KERNEL_SD;

/// Nodes whose gradient scale is below the write-up's kernel cannot be told from 0 on its plots.
const SMALL_SCALE: f64 = KERNEL_SD;

/// Nodes are watched whose flip effects on ln(loss) have a root mean square below this at some masks: those
/// of small scale have to be, and a flip effect is a mean of gate gradients on the way.
const WATCHED_SCALE: f64 = 3.0 * SMALL_SCALE;

/// Masks at which flip effects are looked at.
const SAMPLED: usize = 1024;

/// Gate gradients g of the loss and λ = g/loss of ln(loss) at all masks.
pub struct Gradients {
    n_nodes: usize,
    powers: PowerSums,
    /// Σ λᵢ² over all masks, `[N]`.
    squares: Vec<f64>,
    /// λᵢ beyond the range of the bins.
    beyond: u64,
    /// All nodes of small scale, and maybe others.
    watched: Vec<usize>,
    counts: Counts,
}

impl Gradients {
    /// All gate gradients of a network whose losses are `losses`, `[2^N]`.
    ///
    /// # Errors
    ///
    /// As [`hypercube::gradients::visit`].
    pub fn measure(
        network: &Network,
        points: &Points,
        ablation: Ablation,
        losses: &[f64],
    ) -> Result<Self, Error> {
        Self::measure_from(network, points, ablation, losses, nearly_still(losses))
    }

    /// The same with a guess at the nodes of small scale: those that it lacks are known after the first pass, and
    /// watched in a second one.
    fn measure_from(
        network: &Network,
        points: &Points,
        ablation: Ablation,
        losses: &[f64],
        mut watched: Vec<usize>,
    ) -> Result<Self, Error> {
        loop {
            let gradients = Self::watching(network, points, ablation, losses, &watched)?;
            let missed: Vec<usize> =
                gradients.small().into_iter().filter(|i| !watched.contains(i)).collect();
            if missed.is_empty() {
                return Ok(gradients);
            }
            watched.extend(missed);
        }
    }

    /// With the ratios of some nodes counted apart.
    fn watching(
        network: &Network,
        points: &Points,
        ablation: Ablation,
        losses: &[f64],
        watched: &[usize],
    ) -> Result<Self, Error> {
        let n = network.n_nodes();
        let (mut powers, mut squares, mut beyond) = (PowerSums::new(n, 0.0, n), vec![0.0; n], 0);
        // As many as pieces are counted at once.
        let idle = Mutex::new(Vec::new());
        let lock = || idle.lock().expect("nothing here panics");
        let count = |first: usize, piece: &[f32]| {
            let counter = lock().pop();
            let mut counter = counter.unwrap_or_else(|| Box::new(Counter::new(n, watched)));
            let sums = counter.add(first, piece, &losses[first..][..piece.len() / n]);
            lock().push(counter);
            sums
        };
        visit_by_node(network, points, ablation, &Options::default(), count, |sums| {
            powers.join(&sums.powers);
            squares.iter_mut().zip(sums.squares).for_each(|(sum, more)| *sum += more);
            beyond += sums.beyond;
        })?;
        let counts = lock().drain(..).map(|counter| counter.counts()).reduce(Counts::joined);
        let counts = counts.expect("there are masks");
        Ok(Self { n_nodes: n, powers, squares, beyond, watched: watched.to_vec(), counts })
    }

    /// Moments of the pooled gate gradients at p.
    pub fn at(&self, p: f64) -> Population {
        self.powers.at(p)
    }

    /// Observation 2 at number k of ¼, ½ and ¾: the highest density over that of the normal fit, both
    /// smoothed.
    pub fn peak_ratio(&self, k: usize) -> f64 {
        let fit_sd = self.at(P[k]).sd.hypot(KERNEL_SD);
        let normal = 1.0 / (fit_sd * std::f64::consts::TAU.sqrt());
        let counts = self.counts.of_gradients(&weights(self.n_nodes, P[k]));
        Curve::new(&counts, KERNEL_SD).highest() / normal
    }

    /// Observation 5 at number k of ¼, ½ and ¾, with the write-up's kernel.
    pub fn trough_at(&self, k: usize) -> Trough {
        let [off, on] = self.ratios(&weights(self.n_nodes, P[k]));
        Curve::new(&plus(&off, &on), KERNEL_SD).trough()
    }

    /// Root mean square of λᵢ over all masks, `[N]`.
    pub fn scales(&self) -> Vec<f64> {
        let masks = (self.n_nodes as f64).exp2();
        self.squares.iter().map(|sum| (sum / masks).sqrt()).collect()
    }

    /// Share of the λᵢ beyond the range of the bins.
    pub fn beyond(&self) -> f64 {
        self.beyond as f64 / (self.n_nodes as f64 * (self.n_nodes as f64).exp2())
    }

    /// Observation 5 at one kernel.
    pub fn trough(&self, kernel_sd: f64) -> SplitTrough {
        let [off, on] = self.ratios(&self.alike());
        let all = plus(&off, &on);
        let mut large = all.clone();
        for (k, _) in self.watched.iter().enumerate().filter(|(_, i)| self.small().contains(i)) {
            for on in [false, true] {
                let own = self.counts.of(Row::Watched(k, on));
                large.iter_mut().zip(own).for_each(|(large, &own)| *large -= own as f64);
            }
        }
        let (curve, rest) = (Curve::new(&all, kernel_sd), Curve::new(&large, kernel_sd));
        let large_share = large.iter().sum::<f64>() / all.iter().sum::<f64>();
        SplitTrough {
            all: curve.trough(),
            without_small: rest.trough(),
            small_share: 1.0 - large_share * rest.at_zero() / curve.at_zero(),
        }
    }

    /// How many nodes' gradients are zero or nearly so.
    pub fn small_nodes(&self) -> usize {
        self.small().len()
    }

    fn small(&self) -> Vec<usize> {
        let scales = self.scales();
        (0..self.n_nodes).filter(|&i| scales[i] < SMALL_SCALE).collect()
    }

    /// λ of nodes that are off and of those that are on, a mask of each size weighing so much.
    fn ratios(&self, weights: &[f64]) -> [Vec<f64>; 2] {
        [false, true].map(|on| self.counts.of_ratios(weights, on))
    }

    /// Every mask counting once, as at p = ½.
    fn alike(&self) -> Vec<f64> {
        vec![1.0; self.n_nodes + 1]
    }

    /// Observation 6.
    pub fn split(&self) -> Split {
        let [off, on] = self.ratios(&self.alike());
        let all = plus(&off, &on);
        let [all, on, off] = [all, on, off].map(|counts| Curve::new(&counts, KERNEL_SD));
        Split {
            peaks: all.peaks(),
            peaks_on: on.peaks(),
            peaks_off: off.peaks(),
            overlap: on.overlap(&off),
        }
    }

    /// Observation 7.
    pub fn spread(&self) -> Spread {
        let scales = self.scales();
        let alive: Vec<f64> = scales.into_iter().filter(|&scale| scale >= SMALL_SCALE).collect();
        let ecdf = Ecdf::new(&alive);
        let ratio = |low: f64, high: f64| {
            (!alive.is_empty()).then(|| ecdf.quantile(high) / ecdf.quantile(low))
        };
        Spread { ratio: ratio(0.0, 1.0), quantile_ratio: ratio(0.1, 0.9) }
    }
}

fn plus(a: &[f64], b: &[f64]) -> Vec<f64> {
    a.iter().zip(b).map(|(a, b)| a + b).collect()
}

/// Nodes whose flips hardly change ln(loss) at scattered masks.
fn nearly_still(losses: &[f64]) -> Vec<usize> {
    let n = losses.len().ilog2() as usize;
    let sampled = SAMPLED.min(losses.len());
    let square = |mask: usize, i: usize| (losses[mask ^ 1 << i] / losses[mask]).ln().powi(2);
    let still = |&i: &usize| {
        let squares = (0..sampled).map(|k| square(scattered(k, losses.len()), i));
        squares.sum::<f64>() / (sampled as f64) < WATCHED_SCALE.powi(2)
    };
    (0..n).filter(still).collect()
}

/// The trough of the pooled density at 0, and what nodes of small scale make of it.
pub struct SplitTrough {
    pub all: Trough,
    pub without_small: Trough,
    /// Share of the density at 0 that nodes of small scale contribute.
    pub small_share: f64,
}

/// Densities with node i on and off.
pub struct Split {
    pub peaks: usize,
    pub peaks_on: usize,
    pub peaks_off: usize,
    pub overlap: f64,
}

/// How far nodes differ in scale, but for those of a scale below [`SMALL_SCALE`].
pub struct Spread {
    pub ratio: Option<f64>,
    pub quantile_ratio: Option<f64>,
}

#[cfg(test)]
mod tests {
    use hypercube::Layer;
    use hypercube::table;

    use super::*;

    /// Whichever nodes are watched: some of small scale, one dead, and others.
    #[test]
    fn small_nodes_are_found_whatever_the_guess() {
        let n = 7;
        let input: Vec<f64> = (0..2 * n).map(|k| (k as f64 * 1.7).sin()).collect();
        let biases: Vec<f64> = (0..n).map(|i| if i == 4 { -9.0 } else { 0.1 }).collect();
        let scale = |i: usize| if i.is_multiple_of(3) { 0.002 } else { 1.0 };
        let sign = |k: usize| if k.is_multiple_of(2) { 1.5 } else { -1.2 };
        let output: Vec<f64> =
            (0..2 * n).map(|k| if k < n { 0.0 } else { sign(k) * scale(k - n) }).collect();
        let layers = vec![
            Layer { inputs: 2, outputs: n, weights: input, biases },
            Layer { inputs: n, outputs: 2, weights: output, biases: vec![0.0; 2] },
        ];
        let network = Network::new(layers).unwrap();
        let inputs: Vec<f64> = (0..80).map(|k| (k as f64 * 0.9).cos()).collect();
        let points = Points::new(2, inputs, (0..40).map(|k| k % 2).collect()).unwrap();
        let losses = table::losses(&network, &points, Ablation::Zero, &Options::default());
        let losses = losses.unwrap().into_losses();
        let of = |watched| {
            let of = Gradients::measure_from(&network, &points, Ablation::Zero, &losses, watched);
            let of = of.unwrap();
            assert_eq!(of.small(), [0, 3, 4, 6]);
            let trough = of.trough(KERNEL_SD);
            [Some(trough.small_share), trough.without_small.ratio, trough.without_small.lower_ratio]
        };
        let expected = of((0..n).collect());
        assert!(expected[0].unwrap() > 0.1);
        for watched in [vec![], vec![1, 4], nearly_still(&losses)] {
            assert_eq!(of(watched), expected);
        }
    }
}
