//! Observation 12: how evenly a mask's nodes cover directions, and what that explains.
//!
//! For one hidden layer and two classes. With hᵢ the mean activation of node i over the points in
//! the full network and vᵢ = W₁ᵢ − W₀ᵢ what it adds to z₁ − z₀:
//! - D(b) = |Σ bᵢ sᵢ uᵢ| / Σ bᵢ sᵢ over *slicing* nodes, sᵢ = hᵢ |vᵢ| and uᵢ the unit vector of the
//!   node's input weights: the direction of the edge that it cuts off. Bias nodes cut off nothing,
//!   and their small input weights would only add noise. A mask without a slicing node counts as
//!   D = 1, as unbalanced as a single one.
//! - S(b) = Σ bᵢ hᵢ vᵢ over all nodes: under zero ablation the mean of z₁ − z₀ over the points, but
//!   for a constant and for a single layer; bias nodes and slicing nodes pull it in opposite
//!   directions.

use hypercube::Network;
use rayon::prelude::*;

use super::nodes::{Activity, Kind};

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
    /// None unless there are one hidden layer, two classes and enough nodes, and ln(loss) varies.
    pub fn measure(network: &Network, activities: &[Activity], log_losses: &[f64]) -> Option<Self> {
        let n = network.n_nodes();
        if network.hidden().len() != 1 || network.classes() != 2 || n < LEAST_NODES {
            return None;
        }
        let measures = Measures::new(network, activities);
        let bins = Bins::new(&measures, n);
        let cells = Cells::new(&bins, log_losses, n);
        let [one, two, three] = bits(n);
        let by = [
            cells.grouped(|size, _, _| size),
            cells.grouped(|_, d, _| top(d, one)),
            cells.grouped(|_, _, s| top(s, one)),
            cells.grouped(|_, d, s| top(d, two) << two | top(s, two)),
            cells.grouped(|size, d, s| (size << three | top(d, three)) << three | top(s, three)),
        ];
        let total = cells.variance;
        let [size, direction, signed_sum, both, all] = by.each_ref().map(|g| g.between / total);
        let reversal = |g: &Grouping| bins.reversal(log_losses, cells.mean, g);
        let jointly = reversal(&by[3]);
        let balance = Self {
            size,
            direction,
            signed_sum,
            both,
            all,
            reversal_given_size: reversal(&by[0]).correlation(),
            reversal_given_both: jointly.correlation(),
            reversal_given_all: reversal(&by[4]).correlation(),
            covariance: jointly.parts(),
        };
        (total > 0.0).then_some(balance)
    }
}

/// Bits of D and S in each use.
fn bits(n: usize) -> [u32; 3] {
    let cells = (n as f64).exp2() / MASKS_PER_CELL;
    let of = |cells: f64| cells.log2().floor().max(1.0) as u32;
    let [one, two, three] = MOST_BITS;
    [one.min(of(cells)), two.min(of(cells.sqrt())), three.min(of((cells / (n + 1) as f64).sqrt()))]
}

/// The first bits of a fine bin.
fn top(bin: usize, bits: u32) -> usize {
    bin >> (MOST_BITS[0] - bits)
}

/// Numbers per mask that D and S are made of: Σ bᵢ sᵢ uᵢ, Σ bᵢ sᵢ and Σ bᵢ cᵢ, each the sum of one
/// entry of the low nodes' masks and one of the high ones'.
struct Measures {
    width: usize,
    low_bits: usize,
    low: Vec<f64>,
    high: Vec<f64>,
}

impl Measures {
    fn new(network: &Network, activities: &[Activity]) -> Self {
        let (first, last) = (&network.layers()[0], &network.layers()[1]);
        let row = |(i, activity): (usize, &Activity)| {
            let weights = &first.weights[i * first.inputs..][..first.inputs];
            let norm = weights.iter().map(|w| w * w).sum::<f64>().sqrt();
            let out = last.weight(1, i) - last.weight(0, i);
            let slices = activity.kind == Kind::Slicing && norm > 0.0;
            let strength = if slices { activity.mean * out.abs() } else { 0.0 };
            let direction = weights.iter().map(|w| if slices { strength * w / norm } else { 0.0 });
            direction.chain([strength, activity.mean * out]).collect::<Vec<f64>>()
        };
        let rows: Vec<Vec<f64>> = activities.iter().enumerate().map(row).collect();
        let low_bits = rows.len() / 2;
        let width = first.inputs + 2;
        let (low, high) = rows.split_at(low_bits);
        Self { width, low_bits, low: subset_sums(low, width), high: subset_sums(high, width) }
    }

    /// D and S.
    fn at(&self, mask: usize) -> [f64; 2] {
        let (low, high) = (mask & ((1 << self.low_bits) - 1), mask >> self.low_bits);
        let low = &self.low[low * self.width..][..self.width];
        let high = &self.high[high * self.width..][..self.width];
        let sum = |k: usize| low[k] + high[k];
        let inputs = self.width - 2;
        let square: f64 = (0..inputs).map(|k| sum(k) * sum(k)).sum();
        let strength = sum(inputs);
        [if strength > 0.0 { square.sqrt() / strength } else { 1.0 }, sum(inputs + 1)]
    }
}

/// Sums of every subset of the rows, `[2^rows, width]`.
fn subset_sums(rows: &[Vec<f64>], width: usize) -> Vec<f64> {
    let mut sums = vec![0.0; width << rows.len()];
    for mask in 1..1usize << rows.len() {
        let row = mask.ilog2() as usize;
        for k in 0..width {
            sums[mask * width + k] = sums[(mask ^ 1 << row) * width + k] + rows[row][k];
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

impl Bins {
    fn new(measures: &Measures, n: usize) -> Self {
        let masks = 1usize << n;
        let sampled = SAMPLED.min(masks);
        // An odd factor visits every mask once; this one (Knuth's) scatters the first ones evenly.
        let spread = (0..sampled).map(|k| measures.at(k.wrapping_mul(2_654_435_761) % masks));
        let (mut d, mut s): (Vec<f64>, Vec<f64>) = spread.map(|[d, s]| (d, s)).unzip();
        let (d, s) = (edges(&mut d), edges(&mut s));
        let bin = |mask: usize| {
            let at = measures.at(mask);
            (find(&d, at[0]) * FINE + find(&s, at[1])) as u16
        };
        Self { bins: (0..masks).into_par_iter().with_min_len(4096).map(bin).collect() }
    }

    /// Sums over all masks of a grouping's means and residuals, times those of the reversals.
    fn reversal(&self, values: &[f64], mean: f64, by: &Grouping) -> Products {
        let last = values.len() - 1;
        let split = |mask: usize| {
            let cell = mask.count_ones() as usize * FINE * FINE + usize::from(self.bins[mask]);
            (by.means[cell], values[mask] - mean - by.means[cell])
        };
        let task = values.len().div_ceil(TASKS);
        let part = |k: usize| {
            let masks = k * task..((k + 1) * task).min(values.len());
            masks.fold(Products::default(), |sum, mask| {
                let ((m, r), (m_reversed, r_reversed)) = (split(mask), split(last ^ mask));
                Products {
                    means: sum.means + m * m_reversed,
                    mixed: sum.mixed + m * r_reversed + r * m_reversed,
                    residuals: sum.residuals + r * r_reversed,
                    squares: sum.squares + r * r,
                }
            })
        };
        let parts: Vec<Products> = (0..TASKS).into_par_iter().map(part).collect();
        parts.iter().fold(Products::default(), |sum, part| Products {
            means: sum.means + part.means,
            mixed: sum.mixed + part.mixed,
            residuals: sum.residuals + part.residuals,
            squares: sum.squares + part.squares,
        })
    }
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

/// Upper ends of all bins but the last, so that each has as many of the values.
fn edges(values: &mut [f64]) -> [f64; FINE] {
    values.sort_unstable_by(f64::total_cmp);
    std::array::from_fn(|k| {
        let end = (k + 1) * values.len() / FINE;
        values.get(end).copied().unwrap_or(f64::INFINITY)
    })
}

/// Number of edges at or below `x`, without a branch.
fn find(edges: &[f64; FINE], x: f64) -> usize {
    let mut bin = 0;
    for bit in (0..MOST_BITS[0]).rev() {
        bin += usize::from(edges[bin + (1 << bit) - 1] <= x) << bit;
    }
    bin
}

/// Masks and sums of their values, by size and fine bins: `[N + 1, 64, 64]`.
struct Cells {
    counts: Vec<u32>,
    /// Σ (value − mean).
    sums: Vec<f64>,
    mean: f64,
    variance: f64,
}

/// Cells put together.
struct Grouping {
    /// Mean, less the overall one, of the group that each cell of [`Cells`] belongs to.
    means: Vec<f64>,
    /// Variance of the means over masks.
    between: f64,
}

impl Cells {
    fn new(bins: &Bins, values: &[f64], n: usize) -> Self {
        let len = (n + 1) * FINE * FINE;
        let task = values.len().div_ceil(TASKS);
        let mean = values.par_chunks(task).map(|v| v.iter().sum::<f64>()).collect::<Vec<f64>>();
        let mean = mean.iter().sum::<f64>() / values.len() as f64;
        let part = |(k, (values, bins)): (usize, (&[f64], &[u16]))| {
            let mut part = Self { counts: vec![0; len], sums: vec![0.0; len], mean, variance: 0.0 };
            for (mask, (value, bin)) in (k * task..).zip(values.iter().zip(bins)) {
                let cell = mask.count_ones() as usize * FINE * FINE + usize::from(*bin);
                let d = value - mean;
                part.counts[cell] += 1;
                part.sums[cell] += d;
                part.variance += d * d;
            }
            part
        };
        let chunks = values.par_chunks(task).zip(bins.bins.par_chunks(task)).enumerate();
        let parts: Vec<Self> = chunks.map(part).collect();
        let mut all = Self { counts: vec![0; len], sums: vec![0.0; len], mean, variance: 0.0 };
        for part in parts {
            all.counts.iter_mut().zip(&part.counts).for_each(|(sum, more)| *sum += more);
            all.sums.iter_mut().zip(&part.sums).for_each(|(sum, more)| *sum += more);
            all.variance += part.variance / values.len() as f64;
        }
        all
    }

    /// Cells grouped by a number made of size and the fine bins of D and S.
    fn grouped(&self, group: impl Fn(usize, usize, usize) -> usize) -> Grouping {
        let of = |cell: usize| group(cell / (FINE * FINE), cell / FINE % FINE, cell % FINE);
        let mut groups: Vec<(f64, f64)> = Vec::new();
        for (cell, (&count, sum)) in self.counts.iter().zip(&self.sums).enumerate() {
            let at = of(cell);
            if at >= groups.len() {
                groups.resize(at + 1, (0.0, 0.0));
            }
            groups[at].0 += f64::from(count);
            groups[at].1 += sum;
        }
        let mean = |&(count, sum): &(f64, f64)| if count > 0.0 { sum / count } else { 0.0 };
        let masks: f64 = groups.iter().map(|g| g.0).sum();
        let between = groups.iter().map(|g| g.0 * mean(g).powi(2)).sum::<f64>() / masks;
        let means = (0..self.counts.len()).map(|cell| mean(&groups[of(cell)])).collect();
        Grouping { means, between }
    }
}
