//! The best sub-networks of each size, and cheaper ways to look for them.
//!
//! A mask's size is its number of nodes on. `values` is any function f of masks to be made small,
//! `[2^N]` indexed by the mask, N at most 32: such as a [`crate::table::Table`]'s losses. It must
//! hold no NaN, which is neither smaller nor larger than anything.

mod medians;

use rayon::prelude::*;

use crate::sizes::Sizes;
use crate::walsh::n_nodes;
use medians::medians;

/// Nodes of a row.
const ROW_BITS: usize = 12;
/// Rows of a task.
const ROWS: usize = 64;

/// The extremes and the middle of a function of masks, among the masks of one size.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OfSize {
    /// How many nodes are on.
    pub size: usize,
    /// The mask with the smallest value; the smallest such mask if several tie.
    pub best: u32,
    /// Its value, in f's unit.
    pub best_value: f64,
    /// The mask with the largest value; the smallest such mask if several tie.
    pub worst: u32,
    /// Its value, in f's unit.
    pub worst_value: f64,
    /// The median value, in f's unit: the mean of the middle two where their number is even.
    pub median: f64,
}

/// One step of a path of removals.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Step {
    /// The mask, bit i set if node i is on.
    pub mask: u32,
    /// f there, in its unit.
    pub value: f64,
}

/// Best and worst mask and median value of each size, 0…N: `[N + 1]`.
///
/// Goes through the table about three times. Beside it, it holds a hundredth as much, or an eighth if
/// the values lie most unevenly.
///
/// # Panics
///
/// If the length of `values` is no power of two, or there are more than 32 nodes.
pub fn by_size(values: &[f64]) -> Vec<OfSize> {
    let n = n_nodes(values);
    assert!(n <= 32, "{n} nodes");
    let sizes = Sizes::new(n.min(ROW_BITS));
    let row = 1usize << n.min(ROW_BITS);
    let tasks: Vec<Vec<Option<OfSize>>> = values
        .par_chunks(ROWS * row)
        .enumerate()
        .map(|(task, values)| {
            let mut found = vec![None; n + 1];
            for (k, values) in values.chunks_exact(row).enumerate() {
                extremes(values, task * ROWS + k, &sizes, &mut found);
            }
            found
        })
        .collect();
    let mut found: Vec<OfSize> = Vec::with_capacity(n + 1);
    for size in 0..=n {
        // In the order of the masks, so that the smallest of those that tie comes first.
        let of_tasks = tasks.iter().filter_map(|task| task[size]);
        found.extend(of_tasks.reduce(OfSize::with));
    }
    let medians = medians(values, &sizes, &found);
    found.iter_mut().zip(medians).for_each(|(found, median)| found.median = median);
    found
}

impl OfSize {
    fn at(mask: u32, value: f64) -> Self {
        let size = mask.count_ones() as usize;
        let (best, worst) = (mask, mask);
        Self { size, best, best_value: value, worst, worst_value: value, median: f64::NAN }
    }

    /// The extremes of both; `other` is of larger masks.
    #[inline]
    fn with(mut self, other: Self) -> Self {
        if other.best_value < self.best_value {
            (self.best, self.best_value) = (other.best, other.best_value);
        }
        if other.worst_value > self.worst_value {
            (self.worst, self.worst_value) = (other.worst, other.worst_value);
        }
        self
    }
}

/// Takes in the values of one row, the masks of the low nodes under mask `high` of the others.
fn extremes(row: &[f64], high: usize, sizes: &Sizes, found: &mut [Option<OfSize>]) {
    let above = high.count_ones() as usize;
    for (masks, found) in sizes.each().zip(&mut found[above..]) {
        let of = |mask: u16| {
            let at = usize::from(mask);
            OfSize::at((high * row.len() + at) as u32, row[at])
        };
        let first = found.unwrap_or_else(|| of(masks[0]));
        *found = Some(masks.iter().fold(first, |found, &mask| found.with(of(mask))));
    }
}

/// Masks of `n` nodes with `size` of them on, ascending; `n` is at most 32 and `size` at most 63.
/// Empty if `size` is above `n`.
pub fn masks_of_size(n: usize, size: usize) -> impl Iterator<Item = u32> {
    let end = 1u64 << n;
    let start = (1u64 << size) - 1;
    std::iter::successors((start < end).then_some(start), move |&mask| {
        // The next larger number with as many bits set (Gosper).
        let lowest = mask & mask.wrapping_neg();
        let ripple = mask + lowest;
        (mask != 0).then(|| ripple | (((mask ^ ripple) >> 2) / lowest)).filter(|&next| next < end)
    })
    .map(|mask| mask as u32)
}

/// Greedy removal: from all nodes on, each step removes the node whose removal leaves the smallest
/// value (the smallest mask if several tie). `[N + 1]` steps, sizes N…0, the first with all on.
///
/// # Panics
///
/// If the length of `values` is no power of two.
pub fn greedy_path(values: &[f64]) -> Vec<Step> {
    path(values, |mask| {
        let removals = on(mask).rev().map(|i| mask & !(1 << i));
        removals.reduce(|a, b| if values[b as usize] < values[a as usize] { b } else { a })
    })
}

/// Removal by gate gradient: from all nodes on, each step removes the node whose removal leaves the
/// smallest value by first-order Taylor expansion: the one with the largest gate gradient, since
/// removing node i changes f by about −∂f/∂bᵢ (the highest node if several tie). `[N + 1]` steps,
/// sizes N…0, the first with all on.
///
/// `gradient` gives f's gate gradients `[N]` at a mask; to rank once and for all, let it always
/// answer with those of the full network.
///
/// Source: P. Molchanov, S. Tyree, T. Karras, T. Aila and J. Kautz, "Pruning convolutional neural
/// networks for resource efficient inference", ICLR (2017), which ranks by the absolute value.
///
/// # Panics
///
/// If the length of `values` is no power of two, or a gradient does not have N values.
pub fn gradient_path(values: &[f64], mut gradient: impl FnMut(u32) -> Vec<f64>) -> Vec<Step> {
    let n = n_nodes(values);
    path(values, |mask| {
        if mask == 0 {
            return None;
        }
        let gradient = gradient(mask);
        assert_eq!(gradient.len(), n, "one gradient per node");
        let best = on(mask).rev().reduce(|a, b| if gradient[b] > gradient[a] { b } else { a });
        best.map(|i| mask & !(1 << i))
    })
}

fn path(values: &[f64], mut next: impl FnMut(u32) -> Option<u32>) -> Vec<Step> {
    let n = n_nodes(values);
    let full = ((1u64 << n) - 1) as u32;
    let mut steps = vec![Step { mask: full, value: values[full as usize] }];
    let mut mask = full;
    while let Some(smaller) = next(mask) {
        mask = smaller;
        steps.push(Step { mask, value: values[mask as usize] });
    }
    steps
}

fn on(mask: u32) -> impl DoubleEndedIterator<Item = usize> {
    (0..32).filter(move |i| mask >> i & 1 == 1)
}

/// What removing each node from the full network does, f(all but i) − f(all): `[N]`, in f's unit.
///
/// Its first-order prediction is −∂f/∂bᵢ at the full network; comparing the ranks of the two says
/// how well gate gradients rank nodes.
///
/// # Panics
///
/// If the length of `values` is no power of two.
pub fn removal_effects(values: &[f64]) -> Vec<f64> {
    let full = values.len() - 1;
    (0..n_nodes(values)).map(|i| values[full & !(1 << i)] - values[full]).collect()
}
