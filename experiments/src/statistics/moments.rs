//! Moments over p-biased masks, from power sums by size.

use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

/// Masks that are summed one after the other; whole such chunks are added in their order, so the
/// sums do not depend on the number of threads.
pub const CHUNK: usize = 4096;

/// Masks side by side in sums by size.
pub const LANES: usize = 16;

/// Masks whose values are summed by size together, in the same order whatever the number of threads.
const STRETCH: usize = 1 << 16;

/// Numbers of nodes that can be on, of those by which groups of [`LANES`] masks of a stretch differ.
const ABOVE: usize = (STRETCH / LANES).ilog2() as usize + 1;

/// Four sums by size over a stretch's masks, or over fewer, of [`LANES`] masks at a time that differ in the
/// low nodes alone.
#[derive(Default)]
pub struct LaneSums {
    /// By the number of other nodes that are on.
    sums: [[[f64; LANES]; 4]; ABOVE],
}

impl LaneSums {
    /// Adds numbers of group number `group` of masks. If a table has fewer masks than a group, nothing
    /// comes of the last ones' numbers.
    #[inline(always)]
    pub fn add(&mut self, group: usize, numbers: &[[f64; LANES]; 4]) {
        let sums = &mut self.sums[group.count_ones() as usize % ABOVE];
        for (sums, numbers) in sums.iter_mut().zip(numbers) {
            for lane in 0..LANES {
                sums[lane] += numbers[lane];
            }
        }
    }

    /// Puts the sums of so many masks, of which `first` is the first, to those of the powers of values.
    pub fn put(&self, first: usize, masks: usize, to: &mut PowerSums) {
        let groups = masks.div_ceil(LANES);
        for (above, sums) in self.sums.iter().take(groups.ilog2() as usize + 1).enumerate() {
            let on = first.count_ones() as usize + above;
            for lane in 0..LANES.min(masks) {
                to.add(on + lane.count_ones() as usize, sums.each_ref().map(|sums| sums[lane]));
            }
        }
    }
}

/// Adds the powers of values less the centre, in whatever vectors the machine has: every number is
/// rounded alike in all of them.
struct AddPowers<'a> {
    values: &'a [f64],
    centre: f64,
    lanes: &'a mut LaneSums,
}

impl WithSimd for AddPowers<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _simd: S) {
        let (groups, fewer) = self.values.as_chunks();
        for (group, values) in groups.iter().enumerate() {
            self.lanes.add(group, &powers(values, self.centre));
        }
        if !fewer.is_empty() {
            let mut values = [self.centre; LANES];
            values[..fewer.len()].copy_from_slice(fewer);
            self.lanes.add(0, &powers(&values, self.centre));
        }
    }
}

#[inline(always)]
fn powers(values: &[f64; LANES], centre: f64) -> [[f64; LANES]; 4] {
    let mut powers = [[0.0; LANES]; 4];
    for lane in 0..LANES {
        let d = values[lane] - centre;
        powers[0][lane] = d;
        powers[1][lane] = d * d;
        powers[2][lane] = d * d * d;
        powers[3][lane] = d * d * d * d;
    }
    powers
}

/// Σ (x − centre)^k, k = 1…4, over the values at the masks of each size.
#[derive(Clone, Debug, PartialEq)]
pub struct PowerSums {
    centre: f64,
    /// `[N + 1]`.
    sums: Vec<[f64; 4]>,
    /// How many values each mask has.
    per_mask: usize,
}

/// Moments of a population.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Population {
    /// Mean.
    pub mean: f64,
    /// Standard deviation (ddof 0).
    pub sd: f64,
    /// m₃/m₂^{3/2}.
    pub skewness: f64,
    /// m₄/m₂² − 3.
    pub kurtosis: f64,
}

impl PowerSums {
    /// Nothing summed yet; `per_mask` values of each mask will be.
    pub fn new(n_nodes: usize, centre: f64, per_mask: usize) -> Self {
        Self { centre, sums: vec![[0.0; 4]; n_nodes + 1], per_mask }
    }

    /// Sums of one value a mask, `[2^N]` indexed by mask.
    pub fn from_values(values: &[f64], centre: f64) -> Self {
        let n = values.len().ilog2() as usize;
        let part = |(k, values): (usize, &[f64])| {
            let mut lanes = LaneSums::default();
            Arch::new().dispatch(AddPowers { values, centre, lanes: &mut lanes });
            let mut part = Self::new(n, centre, 1);
            lanes.put(k * STRETCH, values.len(), &mut part);
            part
        };
        let parts: Vec<Self> = values.par_chunks(STRETCH).enumerate().map(part).collect();
        let mut all = Self::new(n, centre, 1);
        parts.iter().for_each(|part| all.join(part));
        all
    }

    /// Adds the powers of values less the centre at masks of a size, each summed over them.
    pub fn add(&mut self, size: usize, powers: [f64; 4]) {
        let sums = &mut self.sums[size];
        sums.iter_mut().zip(powers).for_each(|(sum, power)| *sum += power);
    }

    /// Adds sums around the same centre.
    pub fn join(&mut self, other: &Self) {
        for (sums, more) in self.sums.iter_mut().zip(&other.sums) {
            sums.iter_mut().zip(more).for_each(|(sum, more)| *sum += more);
        }
    }

    /// d/dp of the mean over p-biased masks at p = ½: 2^−N Σ_b f(b) (4 |b| − 2N).
    pub fn slope(&self) -> f64 {
        let n = self.sums.len() - 1;
        let terms = self.sums.iter().enumerate();
        let sum = terms.map(|(on, sums)| (4.0 * on as f64 - 2.0 * n as f64) * sums[0]).sum::<f64>();
        sum / (n as f64).exp2() / self.per_mask as f64
    }

    /// Moments over p-biased masks. Skewness and kurtosis are NaN if the values do not vary.
    pub fn at(&self, p: f64) -> Population {
        let weights = weights(self.sums.len() - 1, p);
        let raw: [f64; 4] = std::array::from_fn(|k| {
            let terms = self.sums.iter().zip(&weights);
            terms.map(|(sums, w)| w * sums[k]).sum::<f64>() / self.per_mask as f64
        });
        let [a, b, c, d] = raw;
        let m2 = (b - a * a).max(0.0);
        let m3 = c - 3.0 * a * b + 2.0 * a.powi(3);
        let m4 = d - 4.0 * a * c + 6.0 * a * a * b - 3.0 * a.powi(4);
        Population {
            mean: self.centre + a,
            sd: m2.sqrt(),
            skewness: m3 / m2.powf(1.5),
            kurtosis: m4 / (m2 * m2) - 3.0,
        }
    }
}

/// Probabilities of one mask of each size at p = ¼, ½ and ¾, whole numbers in units of 4^−N, 2^−N and 4^−N:
/// `[N + 1]`.
pub fn whole_weights(n_nodes: usize) -> impl Iterator<Item = [u64; 3]> {
    let n = n_nodes as u32;
    (0..=n).map(move |on| [3u64.pow(n - on), 1, 3u64.pow(on)])
}

/// Probability of one mask of each size when every node is on with probability p: `[N + 1]`.
pub fn weights(n_nodes: usize, p: f64) -> Vec<f64> {
    let power = |x: f64, k: usize| x.powi(k as i32);
    (0..=n_nodes).map(|on| power(p, on) * power(1.0 - p, n_nodes - on)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every mask as often as its weight says: p = ¼ makes weights in the ratio 3^off.
    #[test]
    fn moments_are_those_of_the_sample_written_out() {
        let n = 6;
        let values: Vec<f64> = (0..1u32 << n).map(|m| (f64::from(m) * 1.3).sin() + 5.0).collect();
        let written_out: Vec<f64> = values
            .iter()
            .enumerate()
            .flat_map(|(m, &x)| std::iter::repeat_n(x, 3usize.pow(n - m.count_ones())))
            .collect();
        let expected = stats::Moments::new(&written_out);
        let found = PowerSums::from_values(&values, 4.0).at(0.25);
        let count = written_out.len() as f64;
        assert!((found.mean - expected.mean).abs() < 1e-12);
        assert!((found.sd - expected.sd * ((count - 1.0) / count).sqrt()).abs() < 1e-12);
        assert!((found.skewness - expected.skewness).abs() < 1e-9);
        assert!((found.kurtosis - expected.kurtosis).abs() < 1e-9);
    }

    /// Differences of masks that differ in one node, each counted for itself.
    #[test]
    fn the_slope_is_the_sum_of_flip_effects() {
        for n in [1, 3, 4, 5, 13] {
            let f = |mask: usize| (mask as f64 * 0.7).sin() + 2.0;
            let values: Vec<f64> = (0..1usize << n).map(f).collect();
            let pairs = (0..1usize << n).flat_map(|m| (0..n).map(move |i| (m, m ^ 1 << i)));
            let effects = pairs.filter(|(on, off)| on > off).map(|(on, off)| f(on) - f(off));
            let expected = effects.sum::<f64>() / f64::from(1u32 << (n - 1));
            let found = PowerSums::from_values(&values, 1.5).slope();
            assert!((found - expected).abs() < 1e-12, "{n} nodes: {found}, not {expected}");
        }
    }

    /// The number of nodes on is binomial: its kurtosis at ½ is −2/N.
    #[test]
    fn the_number_of_nodes_on_is_binomial() {
        let values: Vec<f64> = (0..1u32 << 14).map(|m| f64::from(m.count_ones())).collect();
        let found = PowerSums::from_values(&values, 0.0).at(0.5);
        assert!((found.mean - 7.0).abs() < 1e-12 && (found.sd - 3.5f64.sqrt()).abs() < 1e-12);
        assert!(found.skewness.abs() < 1e-10 && (found.kurtosis + 2.0 / 14.0).abs() < 1e-10);
    }
}
