//! Observation 1: the Kolmogorov–Smirnov distance from normal, without putting all masks in order.
//!
//! At p = ¼, ½ and ¾ a mask with k of N nodes on has the probability 3^(N−k)/4^N, 1/2^N and 3^k/4^N.
//! Sums of the whole numbers above the lines are exact in whatever order they are taken. Values are
//! counted in bins; what lies before a bin and in it bounds the gaps within; and only the values of
//! bins that may hold the largest gap are sorted.

use rayon::prelude::*;
use stats::Normal;

use super::moments::{CHUNK, whole_weights};

/// Masks of a bin on average are 2^7, as far as the bins stay within these powers of two: so few
/// that not many bins are left to sort, and so many that bins take less time than masks.
const MASK_BITS: u32 = 7;
const BIN_BITS: (u32, u32) = (3, 16);

/// A mask's weights at p = ¼, ½ and ¾, or sums of them.
type Weights = [u64; 3];

/// Kolmogorov–Smirnov distance of `values`, `[2^N]` indexed by mask, over p-biased masks at p = ¼, ½
/// and ¾ from a normal distribution each. NaN from one whose standard deviation is 0.
pub fn ks_distances(values: &[f64], normals: &[Normal; 3]) -> [f64; 3] {
    let grid = Grid::new(values);
    let weighed = Weighed::new(values);
    let mut before = vec![[0; 3]];
    for in_bin in weighed.by_bin(&grid) {
        before.push(plus(before[before.len() - 1], in_bin));
    }
    let bounds: Vec<Bounds> = (0..3).map(|k| Bounds::new(&grid, &before, k, normals[k])).collect();
    let candidate = |bin: usize| bounds.iter().any(|b| b.may_hold[bin]);
    let sorted = weighed.sorted(&grid, candidate);
    let mut distances = [0.0; 3];
    for run in sorted.chunk_by(|a, b| grid.bin(a.0) == grid.bin(b.0)) {
        let bin = grid.bin(run[0].0);
        for k in (0..3).filter(|&k| bounds[k].may_hold[bin]) {
            let shares = shares(&weighed, run, before[bin], k);
            let gaps = Gaps { run, shares, normal: normals[k], known: bounds[k].known };
            gaps.search(0, run.len(), [0, run.len() - 1].map(|m| gaps.cdf(m)), &mut distances[k]);
        }
    }
    std::array::from_fn(|k| if normals[k].sd == 0.0 { f64::NAN } else { distances[k] })
}

fn plus(a: Weights, b: Weights) -> Weights {
    std::array::from_fn(|k| a[k] + b[k])
}

/// Bins of equal width from the least value to the greatest.
struct Grid {
    low: f64,
    high: f64,
    per_value: f64,
    bins: usize,
}

impl Grid {
    fn new(values: &[f64]) -> Self {
        let narrow = |(low, high): (f64, f64), &x: &f64| (low.min(x), high.max(x));
        let wide = || (f64::INFINITY, f64::NEG_INFINITY);
        let part = |values: &[f64]| values.iter().fold(wide(), narrow);
        let join = |a: (f64, f64), b: (f64, f64)| (a.0.min(b.0), a.1.max(b.1));
        let (low, high) = values.par_chunks(CHUNK).map(part).reduce(wide, join);
        let bits = values.len().ilog2().saturating_sub(MASK_BITS);
        let bins = 1 << bits.clamp(BIN_BITS.0, BIN_BITS.1);
        let per_value = (bins - 1) as f64 / (high - low);
        let per_value = if per_value.is_finite() { per_value } else { 0.0 };
        Self { low, high, per_value, bins }
    }

    /// The bin whose centre is nearest: it never falls as the value rises.
    #[inline(always)]
    fn bin(&self, x: f64) -> usize {
        // 2^52 leaves whole numbers only, in the low bits.
        const WHOLE: f64 = 4_503_599_627_370_496.0;
        ((x - self.low) * self.per_value + WHOLE).to_bits() as usize & (self.bins - 1)
    }

    /// Where the bin begins, and the one before it ends.
    fn edge(&self, bin: usize) -> f64 {
        if self.per_value == 0.0 {
            return if bin == 0 { self.low } else { self.high };
        }
        self.low + (bin as f64 - 0.5) / self.per_value
    }

    /// How far from an edge rounding can put a value that is on its other side.
    fn rounding(&self) -> f64 {
        let width = if self.per_value == 0.0 { 0.0 } else { 1.0 / self.per_value };
        1e-9 * width + 8.0 * f64::EPSILON * self.low.abs().max(self.high.abs())
    }
}

/// Values with the weights of their masks.
struct Weighed<'a> {
    values: &'a [f64],
    /// By the number of nodes on: `[N + 1]`.
    weights: Vec<Weights>,
    /// Number of nodes on of the masks of a chunk's nodes.
    sizes: Vec<u8>,
}

impl<'a> Weighed<'a> {
    fn new(values: &'a [f64]) -> Self {
        let weights = whole_weights(values.len().ilog2() as usize).collect();
        let sizes = (0..CHUNK.min(values.len())).map(|mask| mask.count_ones() as u8).collect();
        Self { values, weights, sizes }
    }

    /// What `of` makes of a share of the masks for each thread, as their first chunk and values.
    fn shared<T: Send>(&self, of: impl Fn(usize, &[f64]) -> T + Sync) -> Vec<T> {
        let chunks = self.values.len().div_ceil(CHUNK).div_ceil(rayon::current_num_threads());
        let parts = self.values.par_chunks(chunks * CHUNK).enumerate();
        parts.map(|(k, values)| of(k * chunks, values)).collect()
    }

    /// Weights of the values in each bin.
    fn by_bin(&self, grid: &Grid) -> Vec<Weights> {
        let part = |first: usize, values: &[f64]| {
            let mut bins = vec![[0u64; 3]; grid.bins];
            for (k, chunk) in (first..).zip(values.chunks(CHUNK)) {
                let weights = &self.weights[k.count_ones() as usize..];
                for (&x, &size) in chunk.iter().zip(&self.sizes) {
                    let (sums, weights) = (&mut bins[grid.bin(x)], &weights[usize::from(size)]);
                    // No sum passes 4^N.
                    for p in 0..3 {
                        sums[p] = sums[p].wrapping_add(weights[p]);
                    }
                }
            }
            bins
        };
        let mut parts = self.shared(part).into_iter();
        let mut all = parts.next().unwrap_or_default();
        for part in parts {
            all.iter_mut().zip(part).for_each(|(sum, more)| *sum = plus(*sum, more));
        }
        all
    }

    /// The values of some bins in ascending order, each with the number of nodes on.
    fn sorted(&self, grid: &Grid, wanted: impl Fn(usize) -> bool + Sync) -> Vec<(f64, u8)> {
        let wanted: Vec<bool> = (0..grid.bins).map(wanted).collect();
        let part = |first: usize, values: &[f64]| {
            let mut found = Vec::new();
            for (k, chunk) in (first..).zip(values.chunks(CHUNK)) {
                let own = chunk.iter().zip(&self.sizes).filter(|(x, _)| wanted[grid.bin(**x)]);
                found.extend(own.map(|(&x, &size)| (x, size + k.count_ones() as u8)));
            }
            found
        };
        let mut found = self.shared(part).concat();
        found.par_sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        found
    }
}

/// What the bins' weights say of the gaps at one p.
struct Bounds {
    /// The largest gap is at least this.
    known: f64,
    /// Whether it may be in the bin.
    may_hold: Vec<bool>,
}

impl Bounds {
    fn new(grid: &Grid, before: &[Weights], k: usize, normal: Normal) -> Self {
        if normal.sd == 0.0 {
            return Self { known: f64::INFINITY, may_hold: vec![false; grid.bins] };
        }
        let total = before[grid.bins][k] as f64;
        let share = |bin: usize| before[bin][k] as f64 / total;
        let at: Vec<f64> =
            (0..=grid.bins).into_par_iter().map(|bin| normal.cdf(grid.edge(bin))).collect();
        // The density is at most 0.4/sd.
        let slack = 0.4 * grid.rounding() / normal.sd;
        let gaps = (0..=grid.bins).map(|bin| (share(bin) - at[bin]).abs());
        let known = gaps.fold(0.0, f64::max) - slack;
        let may_hold = |bin: usize| {
            let largest = (share(bin + 1) - at[bin]).max(at[bin + 1] - share(bin));
            before[bin] != before[bin + 1] && largest + slack >= known
        };
        Self { known, may_hold: (0..grid.bins).map(may_hold).collect() }
    }
}

/// Share of the weight before each value of a run, and behind the last.
fn shares(weighed: &Weighed, run: &[(f64, u8)], before: Weights, k: usize) -> Vec<f64> {
    let n = weighed.weights.len() - 1;
    let total = if k == 1 { (n as f64).exp2() } else { (2.0 * n as f64).exp2() };
    let mut sum = before[k];
    let first = std::iter::once(sum as f64 / total);
    let behind = run.iter().map(|&(_, size)| {
        sum += weighed.weights[usize::from(size)][k];
        sum as f64 / total
    });
    first.chain(behind).collect()
}

/// The gaps at a run of values.
struct Gaps<'a> {
    run: &'a [(f64, u8)],
    shares: Vec<f64>,
    normal: Normal,
    known: f64,
}

impl Gaps<'_> {
    fn cdf(&self, at: usize) -> f64 {
        self.normal.cdf(self.run[at].0)
    }

    /// Raises `largest` to the largest gap at the values from `start` to before `end`, if it is
    /// larger; `cdf` is that of the first and the last of them. Among equal values all gaps lie
    /// between those before and behind them.
    fn search(&self, start: usize, end: usize, cdf: [f64; 2], largest: &mut f64) {
        let bound = (self.shares[end] - cdf[0]).max(cdf[1] - self.shares[start]);
        if end - start == 1 {
            *largest = largest.max(bound);
        } else if bound > *largest && bound >= self.known {
            let middle = start.midpoint(end);
            self.search(start, middle, [cdf[0], self.cdf(middle - 1)], largest);
            self.search(middle, end, [self.cdf(middle), cdf[1]], largest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::moments::PowerSums;

    const P: [f64; 3] = [0.25, 0.5, 0.75];

    fn fits(values: &[f64]) -> [Normal; 3] {
        let powers = PowerSums::from_values(values, values[0]);
        P.map(|p| powers.at(p)).map(|of| Normal { mean: of.mean, sd: of.sd })
    }

    /// Every mask as often as its weight says.
    fn written_out(values: &[f64], k: usize) -> Vec<f64> {
        let weights = Weighed::new(values).weights;
        let of = |(mask, &x): (usize, &f64)| {
            std::iter::repeat_n(x, weights[mask.count_ones() as usize][k] as usize)
        };
        values.iter().enumerate().flat_map(of).collect()
    }

    #[track_caller]
    fn check(values: &[f64]) {
        let normals = fits(values);
        let found = ks_distances(values, &normals);
        for k in 0..3 {
            let expected = normals[k].ks_distance(&written_out(values, k));
            assert!((found[k] - expected).abs() < 1e-12, "{}, not {expected}", found[k]);
        }
    }

    #[test]
    fn the_distance_is_that_of_the_sample_written_out() {
        let on = |m: u32| f64::from(m.count_ones());
        for n in 1..=9 {
            let masks = 0..1u32 << n;
            let of = |f: &dyn Fn(u32) -> f64| masks.clone().map(f).collect::<Vec<f64>>();
            check(&of(&|m| (f64::from(m) * 0.37).sin() - on(m)));
            // Far from 0 beside their spread, skewed, and with many ties.
            check(&of(&|m| 1e3 + 1e-9 * (f64::from(m) * 0.7).sin()));
            check(&of(&|m| (0.3 * on(m) + (f64::from(m) * 1.3).sin()).exp()));
            check(&of(&|m| on(m)));
            check(&of(&|m| if m == 1 { -700.0 } else { (f64::from(m) * 0.1).cos() }));
        }
    }

    #[test]
    fn what_does_not_vary_has_no_distance() {
        let normals = fits(&[2.0; 16]);
        assert!(ks_distances(&[2.0; 16], &normals).iter().all(|d| d.is_nan()));
        let apart = [Normal { mean: 3.0, sd: 1.0 }; 3];
        let expected = 1.0 - apart[0].cdf(2.0);
        for found in ks_distances(&[2.0; 16], &apart) {
            assert!((found - expected).abs() < 1e-15, "{found} is not {expected}");
        }
    }

    /// Normal quantiles, one per mask in a scrambled order, are as normal as 2^16 values can be.
    #[test]
    fn a_normal_sample_is_normal() {
        let n = 1u32 << 16;
        let quantile = |q: f64| {
            let (mut low, mut high) = (-9.0, 9.0);
            let normal = Normal { mean: 0.0, sd: 1.0 };
            for _ in 0..60 {
                let middle = 0.5 * (low + high);
                if normal.cdf(middle) < q { low = middle } else { high = middle }
            }
            low
        };
        let at = |m: u32| (f64::from(m.wrapping_mul(40_503) % n) + 0.5) / f64::from(n);
        let values: Vec<f64> = (0..n).map(|m| quantile(at(m))).collect();
        let found = PowerSums::from_values(&values, 0.0).at(0.5);
        assert!(found.skewness.abs() < 1e-9 && found.kurtosis.abs() < 2e-3);
        let normals = fits(&values);
        assert!(ks_distances(&values, &normals)[1] < 1e-4);
        let plain = normals[1].ks_distance(&values);
        let of_threads = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| ks_distances(&values, &normals))
        };
        assert!((of_threads(1)[1] - plain).abs() < 1e-12);
        assert_eq!(of_threads(1), of_threads(3));
    }
}
