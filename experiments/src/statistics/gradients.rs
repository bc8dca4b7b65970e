//! Observations 2 to 7: every gate gradient of every mask, counted and summed in one pass.

use std::ops::ControlFlow;

use hypercube::gradients::visit;
use hypercube::table::{Error, Options};
use hypercube::{Ablation, Network, Points};
use rayon::prelude::*;
use stats::Ecdf;

use super::curve::{BINS, Curve, RANGE, Trough, bin as bin_of};
use super::moments::{CHUNK, Population, PowerSums, weights};
use crate::sampling::KERNEL_SD;

/// Nodes whose gradient scale is below the write-up's kernel cannot be told from 0 on its plots.
const SMALL_SCALE: f64 = KERNEL_SD;

/// Room for the nodes of one mask: a table has at most 30.
const WIDEST: usize = 32;

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

/// Counts by bin; whole numbers, so no order of adding them up matters.
struct Counts {
    /// Of g, pooled over the nodes, by the size of the mask: `[N + 1, BINS]`.
    gradients: Vec<u32>,
    /// Of λ, pooled alike: `[N + 1, BINS]`.
    ratios: Vec<u32>,
    /// Of λᵢ, `[N, 2, BINS]`, node i off and on. A table has at most 2^30 masks, which fits.
    by_node: Vec<u32>,
}

/// Sums over a chunk of masks.
struct Sums {
    powers: PowerSums,
    squares: [f64; WIDEST],
    beyond: u64,
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
                chunks.map(|(k, rows)| counts.add(n, first + k * CHUNK, rows, losses)).collect()
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
        Curve::new(&biased(&self.counts.gradients, p), KERNEL_SD).highest() / normal
    }

    /// Observation 5 at p, with the write-up's kernel.
    pub fn trough_at(&self, p: f64) -> Trough {
        Curve::new(&biased(&self.counts.ratios, p), KERNEL_SD).trough()
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
        let scales = self.scales();
        let small = |i: usize| scales[i] < SMALL_SCALE;
        let large = self.pooled(|i, _| !small(i));
        let all = self.pooled(|_, _| true);
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
        let curve = |which: &dyn Fn(usize) -> bool| {
            Curve::new(&self.pooled(|_, half| which(half)), KERNEL_SD)
        };
        let (off, on) = (curve(&|half| half == 0), curve(&|half| half == 1));
        Split {
            peaks: curve(&|_| true).peaks(),
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

    /// Counts of λᵢ over the nodes i and halves (0: node off, 1: on) that are asked for.
    fn pooled(&self, of: impl Fn(usize, usize) -> bool) -> Vec<f64> {
        let mut sum = vec![0.0; BINS];
        for (k, counts) in self.counts.by_node.chunks_exact(BINS).enumerate() {
            if of(k / 2, k % 2) {
                sum.iter_mut().zip(counts).for_each(|(sum, &count)| *sum += f64::from(count));
            }
        }
        sum
    }
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

impl Counts {
    fn new(n: usize) -> Self {
        let by_size = vec![0; (n + 1) * BINS];
        Self { gradients: by_size.clone(), ratios: by_size, by_node: vec![0; n * 2 * BINS] }
    }

    fn join(&mut self, other: &Self) {
        self.gradients.iter_mut().zip(&other.gradients).for_each(|(sum, more)| *sum += more);
        self.ratios.iter_mut().zip(&other.ratios).for_each(|(sum, more)| *sum += more);
        self.by_node.iter_mut().zip(&other.by_node).for_each(|(sum, more)| *sum += more);
    }

    /// Counts the gradients `[masks, n]` of the masks from `first` on, and returns their sums.
    fn add(&mut self, n: usize, first: usize, rows: &[f32], losses: &[f64]) -> Sums {
        let mut sums =
            Sums { powers: PowerSums::new(n, 0.0, n), squares: [0.0; WIDEST], beyond: 0 };
        // Padding of zeros adds nothing to a sum, and makes whole vectors. Counters wrap: checks for
        // overflow would keep the loops from vectors, and no count reaches 2^32.
        let mut own = [0.0f32; WIDEST];
        let mut ratios = [0.0f32; WIDEST];
        let mut bins = [[0u32; WIDEST]; 2];
        let (groups, width) = (n.div_ceil(LANES), n.next_multiple_of(LANES));
        let mut far = [0u32; LANES];
        for (mask, row) in (first..).zip(rows.chunks_exact(n)) {
            own[..n].copy_from_slice(row);
            // Losses that are no normal f32 have gradients of 0 in f32: the ratio stays finite.
            let per_loss = (1.0 / losses[mask]).min(f64::from(f32::MAX)) as f32;
            let mut powers = [[0.0f32; LANES]; 4];
            for (g, ratios) in own.as_chunks().0.iter().zip(ratios.as_chunks_mut().0).take(groups) {
                add_powers(g, &mut powers);
                *ratios = g.map(|g| g * per_loss);
                count_far(ratios, &mut far);
            }
            let power = |lanes: [f32; LANES]| lanes.iter().map(|&x| f64::from(x)).sum::<f64>();
            sums.powers.add(mask, powers.map(power));
            for (sum, &ratio) in sums.squares[..width].iter_mut().zip(&ratios) {
                *sum += f64::from(ratio * ratio);
            }
            bins[0][..width].iter_mut().zip(&own).for_each(|(bin, &x)| *bin = bin_of(x));
            bins[1][..width].iter_mut().zip(&ratios).for_each(|(bin, &x)| *bin = bin_of(x));
            let of_size =
                mask.count_ones() as usize * BINS..(mask.count_ones() as usize + 1) * BINS;
            let gradients = &mut self.gradients[of_size.clone()];
            let pooled = &mut self.ratios[of_size];
            let by_node = self.by_node.chunks_exact_mut(2 * BINS).zip(bins[0].iter().zip(&bins[1]));
            for (i, (counts, (&own, &ratio))) in by_node.enumerate() {
                let gradient = &mut gradients[own as usize];
                *gradient = gradient.wrapping_add(1);
                let pooled = &mut pooled[ratio as usize];
                *pooled = pooled.wrapping_add(1);
                let count = &mut counts[(mask >> i & 1) * BINS + ratio as usize];
                *count = count.wrapping_add(1);
            }
        }
        sums.beyond = far.iter().map(|&count| u64::from(count)).sum();
        sums
    }
}

/// Counts over p-biased masks from those by size, `[N + 1, BINS]`.
fn biased(by_size: &[u32], p: f64) -> Vec<f64> {
    let mut sum = vec![0.0; BINS];
    for (counts, weight) in by_size.chunks_exact(BINS).zip(weights(by_size.len() / BINS - 1, p)) {
        sum.iter_mut().zip(counts).for_each(|(sum, &count)| *sum += weight * f64::from(count));
    }
    sum
}

/// Nodes handled together.
const LANES: usize = 8;

/// Adds x, x², x³ and x⁴.
#[inline(always)]
fn add_powers(x: &[f32; LANES], powers: &mut [[f32; LANES]; 4]) {
    for (k, &x) in x.iter().enumerate() {
        let square = x * x;
        powers[0][k] += x;
        powers[1][k] += square;
        powers[2][k] += square * x;
        powers[3][k] += square * square;
    }
}

/// Counts values beyond the range of the bins.
#[inline(always)]
fn count_far(x: &[f32; LANES], far: &mut [u32; LANES]) {
    for (far, x) in far.iter_mut().zip(x) {
        *far = far.wrapping_add(u32::from(x.abs() > RANGE as f32));
    }
}
