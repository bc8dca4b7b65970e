//! The Walsh–Hadamard transform in place, in as few passes over memory as the caches allow.
//!
//! A node's butterflies replace the two values that differ in that node alone by their sum and
//! their difference. Every value goes through the nodes in ascending order, however they are
//! blocked, so that the blocking changes no bit of the result.
//!
//! The low nodes stand within a piece that fits the innermost cache. The values that some higher
//! nodes tell apart lie powers of two apart, where they would compete for the same places of a
//! cache: they are copied together first, a run of neighbours each.

use pulp::{Simd, WithSimd};
use rayon::prelude::*;

use crate::engine::simd::SimdLevel;

/// Nodes within a piece: 32 KiB.
const PIECE_BITS: usize = 12;
/// Higher nodes that one pass over memory takes, at most.
const PASS_BITS: usize = 8;
/// Neighbours that are copied at a time: with a pass's nodes 512 KiB.
const RUN: usize = 1 << 8;

/// `v(S) ← scale Σ_b v(b) (−1)^{|b ∧ S|}` over `[2^N]` values.
pub(super) fn transform(values: &mut [f64], scale: f64) {
    let n = values.len().ilog2() as usize;
    let piece = n.min(PIECE_BITS);
    let passes = (n - piece).div_ceil(PASS_BITS);
    let scale_of = |pass| if pass == passes { scale } else { 1.0 };
    values.par_chunks_mut(1 << piece).for_each(|piece| {
        SimdLevel::Auto.run(Butterflies { values: piece, stride: 1, scale: scale_of(0) });
    });
    let mut bit = piece;
    for pass in 1..=passes {
        let bits = (n - bit).div_ceil(passes + 1 - pass);
        across(values, 1 << bit, 1 << bits, scale_of(pass));
        bit += bits;
    }
}

/// The nodes that tell apart `rows` rows of `width` values, in every block of so many.
fn across(values: &mut [f64], width: usize, rows: usize, scale: f64) {
    let mut columns: Vec<Vec<&mut [f64]>> = Vec::with_capacity(values.len() / rows / RUN);
    for block in values.chunks_exact_mut(rows * width) {
        let first = columns.len();
        columns.resize_with(first + width / RUN, || Vec::with_capacity(rows));
        for row in block.chunks_exact_mut(width) {
            let runs = row.chunks_exact_mut(RUN);
            columns[first..].iter_mut().zip(runs).for_each(|(column, run)| column.push(run));
        }
    }
    let together = || vec![0.0; rows * RUN];
    columns.into_par_iter().for_each_init(together, |together, runs| {
        for (to, run) in together.chunks_exact_mut(RUN).zip(&runs) {
            to.copy_from_slice(run);
        }
        SimdLevel::Auto.run(Butterflies { values: &mut *together, stride: RUN, scale });
        for (run, from) in runs.into_iter().zip(together.chunks_exact(RUN)) {
            run.copy_from_slice(from);
        }
    });
}

/// The butterflies of the nodes whose values lie `stride` apart and of all above, times `scale`.
struct Butterflies<'a> {
    values: &'a mut [f64],
    stride: usize,
    scale: f64,
}

impl WithSimd for Butterflies<'_> {
    type Output = ();

    // A loop over slices is compiled for the vectors of S once it is inlined here.
    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self { values, mut stride, scale } = self;
        if stride == 1 && values.len() >= 64 {
            for values in values.as_chunks_mut::<8>().0.as_chunks_mut().0 {
                six_nodes(values);
            }
            stride = 64;
        }
        while stride < values.len() {
            // Two nodes at a time, to halve the passes.
            stride = if 2 * stride < values.len() {
                values.chunks_exact_mut(4 * stride).for_each(|four| two_nodes(four, stride));
                4 * stride
            } else {
                let (a, b) = values.split_at_mut(stride);
                one_node(a, b);
                2 * stride
            }
        }
        if scale != 1.0 {
            values.iter_mut().for_each(|v| *v *= scale);
        }
    }
}

/// The six lowest nodes: three within each row of eight values, and three that tell rows apart. A loop over the
/// rows would become one of vectors with a value of each.
#[inline(always)]
fn six_nodes(rows: &mut [[f64; 8]; 8]) {
    let [a, b, c, d, e, f, g, h] = *rows;
    let mut all = [low(a), low(b), low(c), low(d), low(e), low(f), low(g), low(h)];
    for stride in [1, 2, 4] {
        for at in 0..8 {
            if at & stride == 0 {
                let (a, b) = (all[at], all[at | stride]);
                for k in 0..8 {
                    all[at][k] = a[k] + b[k];
                    all[at | stride][k] = a[k] - b[k];
                }
            }
        }
    }
    *rows = all;
}

/// The three nodes that tell apart the values of a row.
#[inline(always)]
fn low(row: [f64; 8]) -> [f64; 8] {
    within::<4>(within::<2>(within::<1>(row)))
}

/// One of them. Sums and differences are of all eight, and half of each is kept: so they are vectors.
#[inline(always)]
fn within<const STRIDE: usize>(row: [f64; 8]) -> [f64; 8] {
    let (mut sums, mut differences) = ([0.0; 8], [0.0; 8]);
    for at in 0..8 {
        sums[at] = row[at & !STRIDE] + row[at | STRIDE];
        differences[at] = row[at & !STRIDE] - row[at | STRIDE];
    }
    for at in 0..8 {
        if at & STRIDE == 0 {
            differences[at] = sums[at];
        }
    }
    differences
}

#[inline(always)]
fn one_node(a: &mut [f64], b: &mut [f64]) {
    for (a, b) in a.iter_mut().zip(b) {
        (*a, *b) = (*a + *b, *a - *b);
    }
}

#[inline(always)]
fn two_nodes(values: &mut [f64], stride: usize) {
    let (low, high) = values.split_at_mut(2 * stride);
    let (a, b) = low.split_at_mut(stride);
    let (c, d) = high.split_at_mut(stride);
    for ((a, b), (c, d)) in a.iter_mut().zip(b).zip(c.iter_mut().zip(d)) {
        let (sum_low, difference_low) = (*a + *b, *a - *b);
        let (sum_high, difference_high) = (*c + *d, *c - *d);
        (*a, *c) = (sum_low + sum_high, sum_low - sum_high);
        (*b, *d) = (difference_low + difference_high, difference_low - difference_high);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One node after the other, all values at once.
    fn plain(mut values: Vec<f64>, scale: f64) -> Vec<f64> {
        let mut stride = 1;
        while stride < values.len() {
            for two in values.chunks_mut(2 * stride) {
                let (a, b) = two.split_at_mut(stride);
                one_node(a, b);
            }
            stride *= 2;
        }
        values.iter().map(|v| v * scale).collect()
    }

    #[test]
    fn blocking_changes_no_bit_with_any_number_of_threads() {
        // No pass above the piece, one of a node, one of all its nodes, two.
        for n in [0, 1, 2, 3, 4, 11, 12, 13, 14, 19, 20, 21, 22] {
            let values: Vec<f64> = (0..1u32 << n).map(|k| (f64::from(k) * 0.7).sin()).collect();
            let expected = plain(values.clone(), 0.3);
            for threads in [1, 3] {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
                let mut found = values.clone();
                pool.install(|| transform(&mut found, 0.3));
                assert!(found == expected, "{n} nodes, {threads} threads");
            }
        }
    }
}
