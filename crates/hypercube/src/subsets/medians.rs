//! Medians of all sizes at once, by counting instead of sorting.
//!
//! Values are counted in bins between the smallest and the largest of their size, and again within
//! the bin that holds the middle one, until few are left there; those are then sorted out. A bin is
//! a range of the integers that have the order of the values, so that a few rounds suffice however
//! the values lie.

use rayon::prelude::*;

use super::{OfSize, ROWS};
use crate::sizes::Sizes;
use crate::walsh::{binomial, n_nodes};

/// Bins of a round.
const BIN_BITS: u32 = 10;
const BINS: usize = 1 << BIN_BITS;

/// The integer that has the place of `value` in the order of all numbers.
fn key(value: f64) -> u64 {
    // Adding zero makes −0 the same as 0, as comparisons do.
    let bits = (value + 0.0).to_bits();
    // All bits of a negative number are turned round, of others the sign alone.
    bits ^ ((bits as i64 >> 63) as u64 | 1 << 63)
}

/// Where the middle value of one size is known to lie.
#[derive(Clone, Debug)]
struct Window {
    /// The first key that is within, and how far the last is from it.
    first: u64,
    span: u64,
    /// Values of the size that are within.
    count: u64,
    /// The rank of the middle value, the upper one of two, among those within.
    rank: u64,
    /// Whether the number of the size's values is even.
    even: bool,
}

impl Window {
    fn of(n: usize, found: &OfSize) -> Self {
        let count = binomial(n, found.size) as u64;
        let first = key(found.best_value);
        // A NaN is neither smaller nor larger than anything, and may stand in for both ends.
        let span = key(found.worst_value).saturating_sub(first);
        Self { first, span, count, rank: count / 2, even: count.is_multiple_of(2) }
    }

    /// How far keys are shifted to make their bin.
    fn shift(&self) -> u32 {
        (u64::BITS - self.span.leading_zeros()).saturating_sub(BIN_BITS)
    }

    /// Whether to count again rather than to take out what is within.
    fn is_wide(&self, most: u64) -> bool {
        self.count > most && self.span > 0
    }

    /// The window of one bin, by the counts of all.
    fn narrow(&mut self, counts: &[u32]) {
        let mut below = 0;
        for (bin, &count) in counts.iter().enumerate() {
            let count = u64::from(count);
            if self.rank < below + count {
                let shift = self.shift();
                self.first += (bin as u64) << shift;
                self.span = (1 << shift) - 1;
                (self.count, self.rank) = (count, self.rank - below);
                return;
            }
            below += count;
        }
        // Only where there are NaNs: nothing is left to find.
        (self.span, self.count) = (0, 0);
    }
}

/// The median of each size: the mean of the middle two values where their number is even.
pub(super) fn medians(values: &[f64], sizes: &Sizes, found: &[OfSize]) -> Vec<f64> {
    let n = n_nodes(values);
    let most = (values.len() as u64 >> 8).max(1 << 12);
    let mut windows: Vec<Window> = found.iter().map(|found| Window::of(n, found)).collect();
    while windows.iter().any(|window| window.is_wide(most)) {
        let counts = counts(values, sizes, &windows, most);
        for (window, counts) in windows.iter_mut().zip(counts.chunks_exact(BINS)) {
            if window.is_wide(most) {
                window.narrow(counts);
            }
        }
    }
    let within = within(values, sizes, &windows);
    windows.iter().zip(within).map(|(window, within)| within.median(window)).collect()
}

/// The rows of some values, of which `first` come before: for each of its sizes a row's masks of that
/// size, with the size of the whole masks before them.
fn rows<'a>(
    values: &'a [f64],
    sizes: &'a Sizes,
    first: usize,
) -> impl Iterator<Item = (usize, &'a [u16], &'a [f64])> {
    values.chunks_exact(1 << (sizes.len() - 1)).enumerate().flat_map(move |(k, row)| {
        let above = (first + k).count_ones() as usize;
        sizes.each().enumerate().map(move |(size, masks)| (above + size, masks, row))
    })
}

/// How many values lie in each bin of each size's window, `[N + 1, BINS]`; 0 for narrow windows.
fn counts(values: &[f64], sizes: &Sizes, windows: &[Window], most: u64) -> Vec<u32> {
    let none = || vec![0; windows.len() * BINS];
    let task = ROWS << (sizes.len() - 1);
    values
        .par_chunks(task)
        .enumerate()
        .fold(none, |mut counts, (k, values)| {
            for (size, masks, row) in rows(values, sizes, k * ROWS) {
                let window = &windows[size];
                if !window.is_wide(most) {
                    continue;
                }
                let shift = window.shift();
                let counts = &mut counts[size * BINS..][..BINS];
                for &mask in masks {
                    let key = key(row[usize::from(mask)]).wrapping_sub(window.first);
                    if key <= window.span {
                        counts[(key >> shift) as usize] += 1;
                    }
                }
            }
            counts
        })
        .reduce(none, |mut a, b| {
            a.iter_mut().zip(b).for_each(|(a, b)| *a += b);
            a
        })
}

/// What lies within each size's window.
fn within(values: &[f64], sizes: &Sizes, windows: &[Window]) -> Vec<Within> {
    let none = || vec![Within { values: Vec::new(), below: f64::NEG_INFINITY }; windows.len()];
    let task = ROWS << (sizes.len() - 1);
    values
        .par_chunks(task)
        .enumerate()
        .fold(none, |mut within, (k, values)| {
            for (size, masks, row) in rows(values, sizes, k * ROWS) {
                masks.iter().for_each(|&m| within[size].take(row[usize::from(m)], &windows[size]));
            }
            within
        })
        .reduce(none, |mut a, b| {
            for (a, b) in a.iter_mut().zip(b) {
                a.values.extend(b.values);
                a.below = a.below.max(b.below);
            }
            a
        })
}

/// The values of one size within its window, and the largest below.
#[derive(Clone)]
struct Within {
    values: Vec<f64>,
    below: f64,
}

impl Within {
    #[inline]
    fn take(&mut self, value: f64, window: &Window) {
        let key = key(value);
        if key.wrapping_sub(window.first) <= window.span {
            // Of equal values one is enough.
            if window.span > 0 || self.values.is_empty() {
                self.values.push(value);
            }
        } else if key < window.first {
            self.below = self.below.max(value);
        }
    }

    fn median(mut self, window: &Window) -> f64 {
        // Only where there are NaNs.
        let Some(last) = self.values.len().checked_sub(1) else { return f64::NAN };
        let all_equal = window.span == 0;
        let rank = if all_equal { 0 } else { (window.rank as usize).min(last) };
        let (lower, &mut upper, _) = self.values.select_nth_unstable_by(rank, f64::total_cmp);
        if !window.even || all_equal && window.rank > 0 {
            return upper;
        }
        let lower = lower.iter().copied().fold(self.below, f64::max);
        lower + (upper - lower) / 2.0
    }
}

#[cfg(test)]
mod tests {
    use super::super::by_size;

    fn sorted_out(values: &[f64], size: usize) -> f64 {
        let masks = (0..values.len()).filter(|mask| mask.count_ones() as usize == size);
        let mut all: Vec<f64> = masks.map(|mask| values[mask]).collect();
        all.sort_by(f64::total_cmp);
        let (lower, upper) = (all[(all.len() - 1) / 2], all[all.len() / 2]);
        lower + (upper - lower) / 2.0
    }

    /// Values that lie evenly, in few places, far apart and about a gap in the middle, of either
    /// sign; with 19 nodes there are 92,378 of a size, which takes several rounds.
    #[test]
    fn medians_are_those_of_sorted_values() {
        let noise = |mask: usize| (mask as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 11;
        let even = |mask: usize| noise(mask) as f64 / (1u64 << 53) as f64;
        let shapes: [&dyn Fn(usize) -> f64; 8] = [
            &even,
            &|mask| even(mask) - 0.5,
            &|mask| (noise(mask) % 3) as f64 - 1.0,
            &|mask| [0.0, -0.0, 1.0][noise(mask) as usize % 3],
            &|mask| (noise(mask) % 2) as f64 * 1e300 + even(mask),
            &|mask| (even(mask) * 600.0 - 300.0).exp(),
            &|mask| if mask % 1000 == 7 { 1e300 } else { 1.0 + even(mask) * 1e-12 },
            &|_| 0.25,
        ];
        for n in [0, 1, 5, 13, 19] {
            for (shape, of) in shapes.iter().enumerate() {
                let values: Vec<f64> = (0..1usize << n).map(of).collect();
                let found = by_size(&values);
                for found in &found {
                    let expected = sorted_out(&values, found.size);
                    assert_eq!(found.median, expected, "shape {shape}, size {}", found.size);
                }
                let one = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
                assert_eq!(one.install(|| by_size(&values)), found);
            }
        }
    }

    #[test]
    fn values_that_are_no_numbers_end_nothing() {
        let mut values = vec![f64::NAN; 1 << 14];
        assert_eq!(by_size(&values).len(), 15);
        for mask in 0..values.len() / 3 {
            values[3 * mask] = mask as f64;
        }
        assert_eq!(by_size(&values).len(), 15);
    }
}
