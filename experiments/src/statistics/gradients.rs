//! Observations 2 to 7: every gate gradient of every mask, counted and summed in one pass.

use std::ops::ControlFlow;

use hypercube::gradients::visit;
use hypercube::table::{Error, Options};
use hypercube::{Ablation, Network, Points};
use rayon::prelude::*;
use stats::Ecdf;

use super::counts::{Bins, Counts, Sums};
use super::curve::{BINS, Curve, Trough};
use super::moments::{CHUNK, Population, PowerSums, weights};
use crate::sampling::KERNEL_SD;

/// Nodes whose gradient scale is below the write-up's kernel cannot be told from 0 on its plots.
const SMALL_SCALE: f64 = KERNEL_SD;

/// Gate gradients g of the loss and λ = g/loss of ln(loss) at all masks.
pub struct Gradients {
    n_nodes: usize,
    powers: PowerSums,
    /// Σ λᵢ² over all masks, `[N]`.
    squares: Vec<f64>,
    /// λᵢ beyond the range of the bins.
    beyond: u64,
    counts: Counts,
}

impl Gradients {
    /// All gate gradients of a network whose losses are `losses`, `[2^N]`.
    ///
    /// # Errors
    ///
    /// As [`visit`].
    pub fn measure(
        network: &Network,
        points: &Points,
        ablation: Ablation,
        losses: &[f64],
    ) -> Result<Self, Error> {
        let n = network.n_nodes();
        let mut all = Self::new(n);
        let mut workers: Vec<Counts> =
            (0..rayon::current_num_threads()).map(|_| Counts::new(n)).collect();
        visit(network, points, ablation, &Options::default(), |first, rows| {
            all.add(first, rows, losses, &mut workers);
            ControlFlow::Continue(())
        })?;
        workers.iter().for_each(|worker| all.counts.join(worker));
        Ok(all)
    }

    fn new(n: usize) -> Self {
        Self {
            n_nodes: n,
            powers: PowerSums::new(n, 0.0, n),
            squares: vec![0.0; n],
            beyond: 0,
            counts: Counts::new(n),
        }
    }

    /// Adds a block of [`visit`]: each worker counts its own part of it.
    fn add(&mut self, first: usize, rows: &[f32], losses: &[f64], workers: &mut [Counts]) {
        let n = self.n_nodes;
        let per_worker = (rows.len() / n).div_ceil(workers.len()).next_multiple_of(CHUNK);
        let sums: Vec<Vec<Sums>> = rows
            .par_chunks(per_worker * n)
            .zip(workers.par_iter_mut())
            .enumerate()
            .map(|(part, (rows, counts))| {
                let first = first + part * per_worker;
                let chunks = rows.chunks(CHUNK * n).enumerate();
                let chunk = |(k, rows)| counts.add(n, first + k * CHUNK, rows, losses);
                chunks.map(chunk).collect()
            })
            .collect();
        for sums in sums.iter().flatten() {
            self.powers.join(&sums.powers);
            self.squares.iter_mut().zip(sums.squares).for_each(|(sum, more)| *sum += more);
            self.beyond += sums.beyond;
        }
    }

    /// Moments of the pooled gate gradients at p.
    pub fn at(&self, p: f64) -> Population {
        self.powers.at(p)
    }

    /// Observation 2: the highest density at p over that of the normal fit, both smoothed.
    pub fn peak_ratio(&self, p: f64) -> f64 {
        let fit_sd = self.at(p).sd.hypot(KERNEL_SD);
        let normal = 1.0 / (fit_sd * std::f64::consts::TAU.sqrt());
        let of_size = |size: usize| [&self.counts.gradients[size]];
        Curve::new(&self.biased(of_size, p), KERNEL_SD).highest() / normal
    }

    /// Observation 5 at p, with the write-up's kernel.
    pub fn trough_at(&self, p: f64) -> Trough {
        let of_size = |size: usize| self.counts.ratios[size].each_ref();
        Curve::new(&self.biased(of_size, p), KERNEL_SD).trough()
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
        let nodes = self.counts.by_node.iter();
        let large = nodes.clone().zip(self.scales()).filter(|(_, scale)| *scale >= SMALL_SCALE);
        let large = total(large.map(|(counts, _)| counts));
        let all = total(nodes);
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
        self.scales().iter().filter(|&&scale| scale < SMALL_SCALE).count()
    }

    /// Observation 6.
    pub fn split(&self) -> Split {
        let curve = |counts: Vec<f64>| Curve::new(&counts, KERNEL_SD);
        let half = |half: usize| curve(total(self.counts.ratios.iter().map(|r| &r[half])));
        let (off, on) = (half(0), half(1));
        Split {
            peaks: curve(total(self.counts.ratios.iter().flatten())).peaks(),
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

    /// Counts over p-biased masks from those of each size.
    fn biased<'a, const K: usize>(
        &'a self,
        of_size: impl Fn(usize) -> [&'a Bins; K],
        p: f64,
    ) -> Vec<f64> {
        let mut sum = vec![0.0; BINS];
        for (size, weight) in weights(self.n_nodes, p).into_iter().enumerate() {
            let counts = total(of_size(size).into_iter());
            sum.iter_mut().zip(counts).for_each(|(sum, count)| *sum += weight * count);
        }
        sum
    }
}

/// Counts added up, `[BINS]`.
fn total<'a>(counts: impl Iterator<Item = &'a Bins>) -> Vec<f64> {
    let mut sum = vec![0.0; BINS];
    for counts in counts {
        sum.iter_mut().zip(counts).for_each(|(sum, &count)| *sum += f64::from(count));
    }
    sum
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
