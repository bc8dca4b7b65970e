//! Masks put together in cells by size, D and S.

use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use super::bins::Bins;
use super::{FINE, MOST_BITS, TASKS};

/// Bins of D, and of S, jointly with the size.
pub const COARSE: usize = 1 << MOST_BITS[2];

/// The cell by size and coarse bins of D and S: `[N + 1, 16, 16]`.
#[inline(always)]
pub fn sized(mask: usize, bin: u16) -> usize {
    let (d, s) = (usize::from(bin) / FINE, usize::from(bin) % FINE);
    let coarse = |fine: usize| fine / (FINE / COARSE);
    (mask.count_ones() as usize * COARSE + coarse(d)) * COARSE + coarse(s)
}

/// Numbers of masks and sums of their values less the mean, by cell.
pub struct Cells(Vec<[f64; 2]>);

/// Cells put together.
pub struct Grouping {
    /// Mean of the group that each cell belongs to, less that of all.
    pub means: Vec<f64>,
    /// Variance of the means over masks.
    pub between: f64,
}

/// Cells by fine bins of D and S, and by size and coarse ones.
pub struct Counted {
    pub jointly: Cells,
    pub sized: Cells,
    /// Of the values.
    pub variance: f64,
}

impl Counted {
    pub fn new(bins: &Bins, values: &[f64], mean: f64, n: usize) -> Self {
        let empty = || Self {
            jointly: Cells::new(FINE * FINE),
            sized: Cells::new((n + 1) * COARSE * COARSE),
            variance: 0.0,
        };
        let task = values.len().div_ceil(TASKS);
        let part = |(k, (values, bins)): (usize, (&[f64], &[u16]))| {
            let mut to = empty();
            Arch::new().dispatch(Count { first: k * task, values, mean, bins, to: &mut to });
            to
        };
        let tasks = values.par_chunks(task).zip(bins.all().par_chunks(task)).enumerate();
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

/// Counts masks from one on, with the instructions that the machine has: the nodes that are on are one of them.
struct Count<'a> {
    first: usize,
    values: &'a [f64],
    mean: f64,
    bins: &'a [u16],
    to: &'a mut Counted,
}

impl WithSimd for Count<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _simd: S) {
        let Self { first, values, mean, bins, to } = self;
        let mut variance = 0.0;
        for (mask, (value, &bin)) in (first..).zip(values.iter().zip(bins)) {
            let d = value - mean;
            to.jointly.add(usize::from(bin), d);
            to.sized.add(sized(mask, bin), d);
            variance += d * d;
        }
        to.variance = variance;
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
    pub fn grouped(&self, of: impl Fn(usize) -> usize) -> Grouping {
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
