//! The best sub-networks of each size, and cheaper ways to look for them.
//!
//! A mask's size is its number of nodes on. `values` is any function f of masks to be made small,
//! `[2^N]` indexed by the mask, N at most 32: such as a [`crate::table::Table`]'s losses. It must
//! hold no NaN, which is neither smaller nor larger than anything.

use rayon::prelude::*;

use crate::walsh::n_nodes;

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
/// Takes a second copy of the table below 25 nodes, from there on one of the masks of one size.
///
/// # Panics
///
/// If the length of `values` is no power of two, or there are more than 32 nodes.
pub fn by_size(values: &[f64]) -> Vec<OfSize> {
    let n = n_nodes(values);
    assert!(n <= 32, "{n} nodes");
    // All sizes at once take a second copy of the table; from 2^25 on one size at a time.
    if n < 25 {
        (0..=n).into_par_iter().map(|size| of_size(values, n, size)).collect()
    } else {
        (0..=n).map(|size| of_size(values, n, size)).collect()
    }
}

fn of_size(values: &[f64], n: usize, size: usize) -> OfSize {
    let first = ((1u64 << size) - 1) as u32;
    let mut found = OfSize {
        size,
        best: first,
        best_value: values[first as usize],
        worst: first,
        worst_value: values[first as usize],
        median: f64::NAN,
    };
    let mut all = Vec::new();
    for mask in masks_of_size(n, size) {
        let value = values[mask as usize];
        all.push(value);
        if value < found.best_value {
            (found.best, found.best_value) = (mask, value);
        }
        if value > found.worst_value {
            (found.worst, found.worst_value) = (mask, value);
        }
    }
    found.median = median(&mut all);
    found
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

fn median(values: &mut [f64]) -> f64 {
    let middle = values.len() / 2;
    let upper = *values.select_nth_unstable_by(middle, f64::total_cmp).1;
    if values.len() % 2 == 1 {
        return upper;
    }
    let lower = values[..middle].iter().copied().fold(f64::NEG_INFINITY, f64::max);
    lower + (upper - lower) / 2.0
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
