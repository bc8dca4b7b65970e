//! Means over p-biased masks: every node on with probability p, independently.
//!
//! `E_p f = Σ_b p^{|b|} (1−p)^{N−|b|} f(b)`, with |b| the number of nodes on (the mask's size),
//! depends on f only through its sums over the masks of each size, so one pass over the table gives
//! it for all p. f is any function of masks, such as a [`crate::table::Table`]'s losses.

use rayon::prelude::*;

use crate::sizes::Sizes;
use crate::walsh::{binomial, n_nodes};

/// Masks of the low nodes that are handled together.
const LOW_BITS: usize = 12;

/// Sums of a function f of masks by size, and by size and node. p is a probability, 0…1,
/// throughout.
#[derive(Clone, Debug, PartialEq)]
pub struct SizeSums {
    n_nodes: usize,
    /// f's mean over all masks, taken off before squaring.
    centre: f64,
    sums: Vec<f64>,
    squares: Vec<f64>,
    /// `[N, N + 1]`: over the masks of each size in which the node is on.
    on: Vec<f64>,
}

impl SizeSums {
    /// Sums of `values`, `[2^N]` indexed by mask; about three additions per mask.
    ///
    /// # Panics
    ///
    /// If the length is no power of two.
    pub fn new(values: &[f64]) -> Self {
        let n = n_nodes(values);
        let low = n.min(LOW_BITS);
        let sizes = Sizes::new(low);
        let parts = RowSums::new(values, n, &sizes);
        let mut on = vec![0.0; n * (n + 1)];
        let mut sums = vec![0.0; n + 1];
        // High nodes: each row's sums by the size of its low mask.
        for (high, row) in parts.by_row.chunks_exact(low + 1).enumerate() {
            let size = high.count_ones() as usize;
            for (k, &sum) in row.iter().enumerate() {
                sums[size + k] += sum;
                for i in (low..n).filter(|i| high >> (i - low) & 1 == 1) {
                    on[i * (n + 1) + size + k] += sum;
                }
            }
        }
        // Low nodes: each low mask's sums by the size of the high one.
        for (size, row) in parts.by_low.chunks_exact(1 << low).enumerate() {
            for (mask, &sum) in row.iter().enumerate() {
                let k = size + mask.count_ones() as usize;
                for i in (0..low).filter(|i| mask >> i & 1 == 1) {
                    on[i * (n + 1) + k] += sum;
                }
            }
        }
        let centre = sums.iter().sum::<f64>() / values.len() as f64;
        Self { n_nodes: n, centre, sums, squares: squares(values, n, &sizes, centre), on }
    }

    /// Number of nodes, N.
    pub fn n_nodes(&self) -> usize {
        self.n_nodes
    }

    /// Σ f over the masks of each size, `[N + 1]`, in f's unit.
    pub fn sums(&self) -> &[f64] {
        &self.sums
    }

    /// Mean of f over the masks of each size, `[N + 1]`, in f's unit.
    pub fn means(&self) -> Vec<f64> {
        let n = self.n_nodes;
        self.sums.iter().enumerate().map(|(k, s)| s / binomial(n, k) as f64).collect()
    }

    /// Σ f over the masks of each size in which node `i` is on, `[N + 1]`, in f's unit. (Of size 0
    /// there are none: 0.)
    ///
    /// # Panics
    ///
    /// If there is no node `i`.
    pub fn sums_on(&self, i: usize) -> &[f64] {
        &self.on[i * (self.n_nodes + 1)..][..self.n_nodes + 1]
    }

    /// E_p f, the mean over p-biased masks, in f's unit.
    pub fn mean(&self, p: f64) -> f64 {
        weigh(&self.sums, self.n_nodes, p)
    }

    /// Variance of f over p-biased masks, `E_p f² − (E_p f)²`, in the square of f's unit. The
    /// squares are taken about the mean over all masks, so that little is lost to the difference.
    pub fn variance(&self, p: f64) -> f64 {
        let off_centre = self.mean(p) - self.centre;
        (weigh(&self.squares, self.n_nodes, p) - off_centre * off_centre).max(0.0)
    }

    /// Mean over p-biased masks of the other nodes of f(node i on) − f(node i off), in f's unit.
    ///
    /// # Panics
    ///
    /// If there is no node `i`.
    pub fn flip_effect(&self, i: usize, p: f64) -> f64 {
        weigh(&self.flip_sums(i), self.n_nodes - 1, p)
    }

    /// d E_p f / dp, in f's unit: by the Margulis–Russo formula the sum over nodes of
    /// [`Self::flip_effect`].
    ///
    /// (Margulis 1974, Russo 1981; O'Donnell, *Analysis of Boolean Functions*, §8.4.)
    pub fn derivative(&self, p: f64) -> f64 {
        (0..self.n_nodes).map(|i| self.flip_effect(i, p)).sum()
    }

    /// For each number k of other nodes on, Σ of f(i on) − f(i off) over their masks, `[N]`.
    pub(crate) fn flip_sums(&self, i: usize) -> Vec<f64> {
        let on = self.sums_on(i);
        (0..self.n_nodes).map(|k| on[k + 1] - (self.sums[k] - on[k])).collect()
    }
}

/// `Σ_k p^k (1−p)^{n−k} sums_k`.
pub(crate) fn weigh(sums: &[f64], n: usize, p: f64) -> f64 {
    let term = |(k, s): (usize, &f64)| p.powi(k as i32) * (1.0 - p).powi((n - k) as i32) * s;
    sums.iter().enumerate().map(term).sum()
}

/// First sums of a table whose rows run over the low nodes' masks.
struct RowSums {
    /// `[high masks, low + 1]`: each row by the size of the low mask.
    by_row: Vec<f64>,
    /// `[high sizes, low masks]`: rows of one size added up.
    by_low: Vec<f64>,
}

impl RowSums {
    fn new(values: &[f64], n: usize, sizes: &Sizes) -> Self {
        let low = sizes.len() - 1;
        let row_len = 1usize << low;
        let rows = values.len() / row_len;
        // Tasks that depend on nothing but the length, so that sums have a fixed order.
        let per_task = rows.div_ceil(16);
        let mut by_row = vec![0.0; rows * sizes.len()];
        let by_low: Vec<Vec<f64>> = by_row
            .par_chunks_mut(per_task * sizes.len())
            .zip(values.par_chunks(per_task * row_len))
            .enumerate()
            .map(|(task, (by_row, values))| {
                let mut by_low = vec![0.0; (n - low + 1) * row_len];
                // As many rows as are summed at a time, while they are in the cache.
                let fours = by_row.chunks_mut(4 * sizes.len()).zip(values.chunks(4 * row_len));
                for (k, (by_row, values)) in fours.enumerate() {
                    sizes.sums(values, |v| v, by_row);
                    for (j, row) in values.chunks_exact(row_len).enumerate() {
                        let size = (task * per_task + 4 * k + j).count_ones() as usize;
                        let to = &mut by_low[size * row_len..][..row_len];
                        to.iter_mut().zip(row).for_each(|(to, v)| *to += v);
                    }
                }
                by_low
            })
            .collect();
        let mut all = Self { by_row, by_low: vec![0.0; (n - low + 1) * row_len] };
        for by_low in by_low {
            all.by_low.iter_mut().zip(by_low).for_each(|(to, v)| *to += v);
        }
        all
    }
}

/// Σ (f − centre)² over the masks of each size.
fn squares(values: &[f64], n: usize, sizes: &Sizes, centre: f64) -> Vec<f64> {
    let row_len = 1usize << (sizes.len() - 1);
    let mut rows = vec![0.0; values.len() / row_len * sizes.len()];
    rows.par_chunks_mut(4 * sizes.len())
        .zip(values.par_chunks(4 * row_len))
        .for_each(|(sums, values)| sizes.sums(values, |v| (v - centre) * (v - centre), sums));
    let mut squares = vec![0.0; n + 1];
    for (high, row) in rows.chunks_exact(sizes.len()).enumerate() {
        for (k, sum) in row.iter().enumerate() {
            squares[high.count_ones() as usize + k] += sum;
        }
    }
    squares
}
