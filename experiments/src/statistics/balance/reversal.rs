//! ln(loss) and that of the reversal, as means of cells and what is left within them.

use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use super::bins::Bins;
use super::cells::{Grouping, sized};
use super::{Parts, TASKS};

/// Numbers that masks' means are made of: those of cells by size, by D and S, and by all three; and a 0, for
/// vectors have room for four.
type Means = [f64; 4];

/// Sums over all masks of means and residuals times those of the reversals, for cells by size, by D and S, and
/// by all three.
pub fn products(
    bins: &Bins,
    values: &[f64],
    mean: f64,
    [size, both, all]: [&Grouping; 3],
) -> [Products; 3] {
    let sized: Vec<Means> =
        size.means.iter().zip(&all.means).map(|(&size, &all)| [size, 0.0, all, 0.0]).collect();
    let jointly: Vec<Means> = both.means.iter().map(|&both| [0.0, both, 0.0, 0.0]).collect();
    // A mask and its reversal together: the lower half of the masks are all pairs.
    let pairs = values.len() / 2;
    let task = pairs.div_ceil(TASKS);
    let part = |k: usize| {
        let (first, end) = (k * task, ((k + 1) * task).min(pairs));
        let (sized, jointly) = (&sized, &jointly);
        Arch::new().dispatch(Multiply { bins, values, mean, sized, jointly, first, end })
    };
    let parts: Vec<[Means; 4]> = (0..TASKS).into_par_iter().map(part).collect();
    std::array::from_fn(|k| {
        let sum = |of: usize| parts.iter().map(|part| part[of][k]).sum();
        Products { means: sum(0), mixed: sum(1), residuals: sum(2), squares: sum(3) }
    })
}

/// The sums of [`Products`] of some masks and their reversals, in whatever vectors the machine has: every number
/// is rounded alike in all of them.
struct Multiply<'a> {
    bins: &'a Bins<'a>,
    values: &'a [f64],
    mean: f64,
    /// By cell of size, D and S.
    sized: &'a [Means],
    /// By cell of D and S.
    jointly: &'a [Means],
    first: usize,
    end: usize,
}

impl Multiply<'_> {
    /// The mask's value less the mean of all.
    #[inline(always)]
    fn value(&self, mask: usize) -> f64 {
        self.values[mask] - self.mean
    }

    /// Those of the mask's cells.
    #[inline(always)]
    fn means(&self, mask: usize) -> Means {
        let bin = self.bins.of(mask);
        let (sized, jointly) = (&self.sized[sized(mask, bin)], &self.jointly[usize::from(bin)]);
        let mut means = *sized;
        for k in 0..4 {
            means[k] += jointly[k];
        }
        means
    }
}

impl WithSimd for Multiply<'_> {
    type Output = [Means; 4];

    #[inline(always)]
    fn with_simd<S: Simd>(self, _simd: S) -> [Means; 4] {
        let last = self.values.len() - 1;
        let (mut of_means, mut mixed) = ([0.0; 4], [0.0; 4]);
        let (mut residuals, mut squares) = ([0.0; 4], [0.0; 4]);
        for mask in self.first..self.end {
            let (value, reversed) = (self.value(mask), self.value(last ^ mask));
            let (own, other) = (self.means(mask), self.means(last ^ mask));
            for k in 0..4 {
                let (a, b) = (value - own[k], reversed - other[k]);
                of_means[k] += 2.0 * own[k] * other[k];
                mixed[k] += 2.0 * (own[k] * b + a * other[k]);
                residuals[k] += 2.0 * a * b;
                squares[k] += a * a + b * b;
            }
        }
        [of_means, mixed, residuals, squares]
    }
}

/// Sums of products with the reversals: of the cells' means, of means with residuals, and of
/// residuals; and of the residuals' squares.
pub struct Products {
    means: f64,
    mixed: f64,
    residuals: f64,
    squares: f64,
}

impl Products {
    /// Correlation of the residuals with those of the reversals.
    pub fn correlation(&self) -> f64 {
        self.residuals / self.squares
    }

    pub fn parts(&self) -> Parts {
        let total = self.means + self.mixed + self.residuals;
        let [explained, mixed, left] =
            [self.means, self.mixed, self.residuals].map(|part| part / total);
        Parts { explained, mixed, left }
    }
}
