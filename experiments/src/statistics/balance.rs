//! Observation 12: how evenly a mask's nodes cover directions, and what that explains.
//!
//! For one hidden layer, two inputs and two classes. With hᵢ the mean activation of node i over the points in
//! the full network and vᵢ = W₁ᵢ − W₀ᵢ what it adds to z₁ − z₀:
//! - D(b) = |Σ bᵢ sᵢ uᵢ| / Σ bᵢ sᵢ over *slicing* nodes, sᵢ = hᵢ |vᵢ| and uᵢ the unit vector of the
//!   node's input weights: the direction of the edge that it cuts off. Bias nodes cut off nothing,
//!   and their small input weights would only add noise. A mask without a slicing node counts as
//!   D = 1, as unbalanced as a single one.
//! - S(b) = Σ bᵢ hᵢ vᵢ over all nodes: under zero ablation the mean of z₁ − z₀ over the points, but
//!   for a constant and for a single layer; bias nodes and slicing nodes pull it in opposite
//!   directions.

use hypercube::Network;
use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use super::finder::Finder;
use super::nodes::{Activity, Kind};
use super::scattered;

/// Bins of D and S at most, each a power of two: alone, jointly, and jointly with the size.
const MOST_BITS: [u32; 3] = [6, 5, 4];

/// A cell has at least this many masks on average (and at 20 nodes, with the bins above, from 195 to
/// 16,384): values that have nothing to do with the cells then have an η² of at most 1/64.
const MASKS_PER_CELL: f64 = 64.0;

/// Fewer nodes make too few masks for cells.
const LEAST_NODES: usize = 12;

/// Masks whose D and S are sorted to find bins of equal numbers of masks.
const SAMPLED: usize = 1 << 14;

/// Tasks that sums are split into, whatever the number of threads.
const TASKS: usize = 16;

/// Masks whose bins are found together.
const LANES: usize = 8;

/// What balance explains.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Balance {
    /// η² of cells by the number of nodes on.
    pub size: f64,
    /// η² of bins of D.
    pub direction: f64,
    /// η² of bins of S.
    pub signed_sum: f64,
    /// η² of D and S jointly.
    pub both: f64,
    /// η² of size, D and S jointly.
    pub all: f64,
    /// Correlation of residuals given the size with those of the reversal.
    pub reversal_given_size: f64,
    /// The same given D and S.
    pub reversal_given_both: f64,
    /// The same given size, D and S.
    pub reversal_given_all: f64,
    /// What D and S jointly have to do with the covariance of ln(loss) with that of the reversal.
    pub covariance: Parts,
}

/// With m the mean of a mask's cell and r = f − m, the shares of Cov(f, f̄) = Cov(m, m̄) +
/// (Cov(m, r̄) + Cov(r, m̄)) + Cov(r, r̄), f̄ being f at the reversal. They add up to 1; each can lie
/// outside of 0…1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Parts {
    /// Of the means of the cells.
    pub explained: f64,
    /// Of the means of the one with the rest of the other.
    pub mixed: f64,
    /// Of what is left within the cells.
    pub left: f64,
}

impl Balance {
    /// None unless there are one hidden layer, two inputs, two classes and enough nodes, and
    /// ln(loss) varies.
    pub fn measure(network: &Network, activities: &[Activity], log_losses: &[f64]) -> Option<Self> {
        let n = network.n_nodes();
        let plane = network.inputs() == 2 && network.classes() == 2;
        if network.hidden().len() != 1 || !plane || n < LEAST_NODES {
            return None;
        }
        let measures = Measures::new(network, activities);
        let bins = Bins::new(&measures, n);
        let mean = mean(log_losses);
        let Counted { jointly, sized, variance } = Counted::new(&bins, log_losses, mean, n);
        let [one, two, three] = bits(n);
        let d = jointly.grouped(|cell| top(cell / FINE, FINE, one));
        let s = jointly.grouped(|cell| top(cell % FINE, FINE, one));
        let both = jointly
            .grouped(|cell| top(cell / FINE, FINE, two) << two | top(cell % FINE, FINE, two));
        let size = sized.grouped(|cell| cell / (COARSE * COARSE));
        let all = sized.grouped(|cell| {
            let (size, d, s) = (cell / (COARSE * COARSE), cell / COARSE % COARSE, cell % COARSE);
            (size << three | top(d, COARSE, three)) << three | top(s, COARSE, three)
        });
        let [by_size, by_both, by_all] = bins.reversal(log_losses, mean, [&size, &both, &all]);
        let balance = Self {
            size: size.between / variance,
            direction: d.between / variance,
            signed_sum: s.between / variance,
            both: both.between / variance,
            all: all.between / variance,
            reversal_given_size: by_size.correlation(),
            reversal_given_both: by_both.correlation(),
            reversal_given_all: by_all.correlation(),
            covariance: by_both.parts(),
        };
        (variance > 0.0).then_some(balance)
    }
}

/// Bits of D and S in each use.
fn bits(n: usize) -> [u32; 3] {
    let cells = (n as f64).exp2() / MASKS_PER_CELL;
    let of = |cells: f64| cells.log2().floor().max(1.0) as u32;
    let [one, two, three] = MOST_BITS;
    [one.min(of(cells)), two.min(of(cells.sqrt())), three.min(of((cells / (n + 1) as f64).sqrt()))]
}

/// The first bits of one of so many bins.
fn top(bin: usize, bins: usize, bits: u32) -> usize {
    bin >> (bins.ilog2() - bits)
}

fn mean(values: &[f64]) -> f64 {
    let task = values.len().div_ceil(TASKS);
    let sums: Vec<f64> = values.par_chunks(task).map(|values| values.iter().sum()).collect();
    sums.iter().sum::<f64>() / values.len() as f64
}

/// Numbers that D and S are made of: both coordinates of Σ bᵢ sᵢ uᵢ, Σ bᵢ sᵢ and Σ bᵢ hᵢ vᵢ.
type Sums = [f64; 4];

/// They are sums of one entry of the low nodes' masks and one of the high ones'.
struct Measures {
    low_bits: usize,
    /// `[4, 2^low_bits]`.
    low: [Vec<f64>; 4],
    high: Vec<Sums>,
}

impl Measures {
    fn new(network: &Network, activities: &[Activity]) -> Self {
        let (first, last) = (&network.layers()[0], &network.layers()[1]);
        let row = |(i, activity): (usize, &Activity)| {
            let weights = [first.weight(i, 0), first.weight(i, 1)];
            let norm = weights.iter().map(|w| w * w).sum::<f64>().sqrt();
            let out = last.weight(1, i) - last.weight(0, i);
            let slices = activity.kind == Kind::Slicing && norm > 0.0;
            let strength = if slices { activity.mean * out.abs() } else { 0.0 };
            let [x, y] = weights.map(|w| if slices { strength * w / norm } else { 0.0 });
            [x, y, strength, activity.mean * out]
        };
        let rows: Vec<Sums> = activities.iter().enumerate().map(row).collect();
        let low_bits = rows.len() / 2;
        let (low, high) = rows.split_at(low_bits);
        let low = subset_sums(low);
        let low = std::array::from_fn(|k| low.iter().map(|sums| sums[k]).collect());
        Self { low_bits, low, high: subset_sums(high) }
    }

    /// D and S.
    fn at(&self, mask: usize) -> [f64; 2] {
        let (low, high) = (mask & ((1 << self.low_bits) - 1), &self.high[mask >> self.low_bits]);
        d_and_s(std::array::from_fn(|k| self.low[k][low] + high[k]))
    }
}

#[inline(always)]
fn d_and_s([x, y, strength, signed]: Sums) -> [f64; 2] {
    let length = (x * x + y * y).sqrt();
    [if strength > 0.0 { length / strength } else { 1.0 }, signed]
}

/// Sums of every subset of the rows, `[2^rows]`.
fn subset_sums(rows: &[Sums]) -> Vec<Sums> {
    let mut sums = vec![[0.0; 4]; 1 << rows.len()];
    for mask in 1..sums.len() {
        let row = mask.ilog2() as usize;
        for k in 0..4 {
            sums[mask][k] = sums[mask ^ 1 << row][k] + rows[row][k];
        }
    }
    sums
}

/// The fine bins of D and S of every mask.
struct Bins {
    /// D's bin · 64 + S's bin, `[2^N]`.
    bins: Vec<u16>,
}

const FINE: usize = 1 << MOST_BITS[0];

/// Bins of D, and of S, jointly with the size.
const COARSE: usize = 1 << MOST_BITS[2];

impl Bins {
    fn new(measures: &Measures, n: usize) -> Self {
        let masks = 1usize << n;
        let sampled = SAMPLED.min(masks);
        let spread = (0..sampled).map(|k| measures.at(scattered(k, masks)));
        let (mut d, mut s): (Vec<f64>, Vec<f64>) = spread.map(|[d, s]| (d, s)).unzip();
        let finders = [Finder::new(&mut d), Finder::new(&mut s)];
        let mut bins = vec![0; masks];
        let by_high = bins.par_chunks_mut(1 << measures.low_bits).zip(&measures.high);
        by_high.for_each(|(bins, &high)| {
            Arch::new().dispatch(Find { low: &measures.low, high, finders: &finders, bins });
        });
        Self { bins }
    }

    /// Sums over all masks of means and residuals times those of the reversals, for cells by size,
    /// by D and S, and by all three.
    fn reversal(
        &self,
        values: &[f64],
        mean: f64,
        [size, both, all]: [&Grouping; 3],
    ) -> [Products; 3] {
        let last = values.len() - 1;
        let split = |mask: usize| {
            let (value, bin) = (values[mask] - mean, self.bins[mask]);
            let sized = sized(mask, bin);
            let means = [size.means[sized], both.means[usize::from(bin)], all.means[sized]];
            means.map(|mean| (mean, value - mean))
        };
        // A mask and its reversal together: the lower halves of the masks are all pairs.
        let pairs = values.len() / 2;
        let task = pairs.div_ceil(TASKS);
        let part = |k: usize| {
            let mut sums = [Products::default(); 3];
            for mask in k * task..((k + 1) * task).min(pairs) {
                let (own, reversed) = (split(mask), split(last ^ mask));
                for (sum, (own, reversed)) in sums.iter_mut().zip(own.into_iter().zip(reversed)) {
                    sum.add(own, reversed);
                }
            }
            sums
        };
        let parts: Vec<[Products; 3]> = (0..TASKS).into_par_iter().map(part).collect();
        std::array::from_fn(|k| {
            parts.iter().fold(Products::default(), |sum, part| sum.plus(part[k]))
        })
    }
}

/// Finds the bins of masks that share the high nodes' mask, in whatever vectors the machine has:
/// every number is rounded alike in all of them.
struct Find<'a> {
    low: &'a [Vec<f64>; 4],
    high: Sums,
    finders: &'a [Finder<FINE>; 2],
    bins: &'a mut [u16],
}

impl WithSimd for Find<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<T: Simd>(self, _simd: T) {
        let Self { low, high, finders: [of_d, of_s], bins } = self;
        for (k, bins) in bins.chunks_exact_mut(LANES).enumerate() {
            let mut sums = [[0.0; LANES]; 4];
            for ((sums, low), high) in sums.iter_mut().zip(low).zip(high) {
                let low = &low[k * LANES..][..LANES];
                for lane in 0..LANES {
                    sums[lane] = low[lane] + high;
                }
            }
            let [x, y, strength, signed] = sums;
            let mut d = [0.0; LANES];
            for lane in 0..LANES {
                d[lane] = d_and_s([x[lane], y[lane], strength[lane], 0.0])[0];
            }
            for lane in 0..LANES {
                bins[lane] = of_d.bin(d[lane]) << FINE.ilog2() | of_s.bin(signed[lane]);
            }
        }
    }
}

/// The cell by size and coarse bins of D and S: `[N + 1, 16, 16]`.
fn sized(mask: usize, bin: u16) -> usize {
    let (d, s) = (usize::from(bin) / FINE, usize::from(bin) % FINE);
    let coarse = |fine: usize| fine / (FINE / COARSE);
    (mask.count_ones() as usize * COARSE + coarse(d)) * COARSE + coarse(s)
}

/// Sums of products with the reversals: of the cells' means, of means with residuals, and of
/// residuals; and of the residuals' squares.
#[derive(Clone, Copy, Default)]
struct Products {
    means: f64,
    mixed: f64,
    residuals: f64,
    squares: f64,
}

impl Products {
    /// Adds a mask's mean and residual, and its reversal's, both ways round.
    fn add(&mut self, (mean, residual): (f64, f64), (mean_reversed, reversed): (f64, f64)) {
        self.means += 2.0 * mean * mean_reversed;
        self.mixed += 2.0 * (mean * reversed + residual * mean_reversed);
        self.residuals += 2.0 * residual * reversed;
        self.squares += residual * residual + reversed * reversed;
    }

    fn plus(self, other: Self) -> Self {
        Self {
            means: self.means + other.means,
            mixed: self.mixed + other.mixed,
            residuals: self.residuals + other.residuals,
            squares: self.squares + other.squares,
        }
    }

    /// Correlation of the residuals with those of the reversals.
    fn correlation(&self) -> f64 {
        self.residuals / self.squares
    }

    fn parts(&self) -> Parts {
        let total = self.means + self.mixed + self.residuals;
        let [explained, mixed, left] =
            [self.means, self.mixed, self.residuals].map(|part| part / total);
        Parts { explained, mixed, left }
    }
}

/// Numbers of masks and sums of their values less the mean, by cell.
struct Cells(Vec<[f64; 2]>);

/// Cells put together.
struct Grouping {
    /// Mean of the group that each cell belongs to, less that of all.
    means: Vec<f64>,
    /// Variance of the means over masks.
    between: f64,
}

/// Cells by fine bins of D and S, and by size and coarse ones.
struct Counted {
    jointly: Cells,
    sized: Cells,
    /// Of the values.
    variance: f64,
}

impl Counted {
    fn new(bins: &Bins, values: &[f64], mean: f64, n: usize) -> Self {
        let empty = || Self {
            jointly: Cells::new(FINE * FINE),
            sized: Cells::new((n + 1) * COARSE * COARSE),
            variance: 0.0,
        };
        let task = values.len().div_ceil(TASKS);
        let part = |(k, (values, bins)): (usize, (&[f64], &[u16]))| {
            let mut part = empty();
            for (mask, (value, &bin)) in (k * task..).zip(values.iter().zip(bins)) {
                let d = value - mean;
                part.jointly.add(usize::from(bin), d);
                part.sized.add(sized(mask, bin), d);
                part.variance += d * d;
            }
            part
        };
        let tasks = values.par_chunks(task).zip(bins.bins.par_chunks(task)).enumerate();
        let parts: Vec<Self> = tasks.map(part).collect();
        let mut all = empty();
        for part in parts {
            all.jointly.join(&part.jointly);
            all.sized.join(&part.sized);
            all.variance += part.variance / values.len() as f64;
        }
        all
    }
}

impl Cells {
    fn new(len: usize) -> Self {
        Self(vec![[0.0; 2]; len])
    }

    #[inline(always)]
    fn add(&mut self, cell: usize, value: f64) {
        let [count, sum] = self.0[cell];
        self.0[cell] = [count + 1.0, sum + value];
    }

    fn join(&mut self, other: &Self) {
        self.0.iter_mut().zip(&other.0).for_each(|([count, sum], more)| {
            *count += more[0];
            *sum += more[1];
        });
    }

    /// Cells put together that have the same number.
    fn grouped(&self, of: impl Fn(usize) -> usize) -> Grouping {
        let mut groups: Vec<(f64, f64)> = Vec::new();
        for (cell, [count, sum]) in self.0.iter().enumerate() {
            let at = of(cell);
            if at >= groups.len() {
                groups.resize(at + 1, (0.0, 0.0));
            }
            groups[at].0 += count;
            groups[at].1 += sum;
        }
        let mean = |&(count, sum): &(f64, f64)| if count > 0.0 { sum / count } else { 0.0 };
        let masks: f64 = groups.iter().map(|g| g.0).sum();
        let between = groups.iter().map(|g| g.0 * mean(g).powi(2)).sum::<f64>() / masks;
        let means = (0..self.0.len()).map(|cell| mean(&groups[of(cell)])).collect();
        Grouping { means, between }
    }
}
