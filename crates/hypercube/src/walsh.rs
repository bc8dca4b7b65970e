//! The Walsh spectrum of a function of masks, and what follows from it about flip paths.
//!
//! `f̂(S) = 2^−N Σ_b f(b) (−1)^{|b ∧ S|}` for every set S of nodes, written as a mask. Its degree
//! is the number of its nodes, |S|; the weight of level k is `W^k = Σ_{|S|=k} f̂(S)²`, and the sum
//! `Σ_{k≥1} W^k` is the variance of f over uniform masks (Parseval). f is any function of masks,
//! `[2^N]` indexed by the mask. See R. O'Donnell, *Analysis of Boolean Functions* (2014), ch. 1.

use rayon::prelude::*;

/// Numbers of a piece that stays in the cache while its own nodes are transformed.
const PIECE: usize = 1 << 14;

/// The Walsh coefficients of a function f of masks.
#[derive(Clone, Debug, PartialEq)]
pub struct Spectrum {
    n_nodes: usize,
    coefficients: Vec<f64>,
}

impl Spectrum {
    /// The spectrum of `values`, `[2^N]` indexed by mask; works in place, in N · 2^N additions.
    ///
    /// # Panics
    ///
    /// If the length is no power of two.
    pub fn new(mut values: Vec<f64>) -> Self {
        let n_nodes = n_nodes(&values);
        transform(&mut values);
        let scale = 1.0 / values.len() as f64;
        values.par_iter_mut().with_min_len(PIECE).for_each(|v| *v *= scale);
        Self { n_nodes, coefficients: values }
    }

    /// Number of nodes, N.
    pub fn n_nodes(&self) -> usize {
        self.n_nodes
    }

    /// f̂, `[2^N]`, indexed by the set of nodes as a mask, in f's unit.
    pub fn coefficients(&self) -> &[f64] {
        &self.coefficients
    }

    /// Mean of f over uniform masks, f̂(∅), in f's unit.
    pub fn mean(&self) -> f64 {
        self.coefficients[0]
    }

    /// W^k for k = 0…N: `[N + 1]`, in the square of f's unit. W^0 is the square of the mean.
    pub fn level_weights(&self) -> Vec<f64> {
        let pieces: Vec<Vec<f64>> = self
            .coefficients
            .par_chunks(PIECE)
            .enumerate()
            .map(|(k, piece)| {
                let above = (k * PIECE).count_ones() as usize;
                let mut weights = vec![0.0; self.n_nodes + 1];
                for (set, c) in piece.iter().enumerate() {
                    weights[above + set.count_ones() as usize] += c * c;
                }
                weights
            })
            .collect();
        let mut weights = vec![0.0; self.n_nodes + 1];
        for piece in pieces {
            for (sum, w) in weights.iter_mut().zip(piece) {
                *sum += w;
            }
        }
        weights
    }

    /// Pairs of nodes with their degree-2 coefficients, the largest in absolute value first (equal
    /// ones in the order of the nodes): the first `most` of all N(N − 1)/2.
    pub fn interactions(&self, most: usize) -> Vec<Interaction> {
        let n = self.n_nodes;
        let mut pairs: Vec<Interaction> = (0..n)
            .flat_map(|a| (a + 1..n).map(move |b| (a, b)))
            .map(|(a, b)| {
                let coefficient = self.coefficients[1 << a | 1 << b];
                Interaction { nodes: (a, b), coefficient, effect: 4.0 * coefficient }
            })
            .collect();
        pairs.sort_by(|x, y| y.coefficient.abs().total_cmp(&x.coefficient.abs()));
        pairs.truncate(most);
        pairs
    }
}

/// A pair of nodes and how far the effect of both differs from the sum of the effects of each.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interaction {
    /// The two nodes, the lower first.
    pub nodes: (usize, usize),
    /// f̂({a, b}), in f's unit.
    pub coefficient: f64,
    /// `4 f̂({a, b})`: the mean over uniform masks of the other nodes of
    /// `f(both on) − f(a on) − f(b on) + f(both off)`, the Banzhaf interaction index, in f's unit.
    pub effect: f64,
}

/// Covariance of f at two masks of one flip path that are d flips apart, d = 0…N: `[N + 1]`, in the
/// square of f's unit.
///
/// A flip path starts at a uniform mask and flips every node once in random order
/// ([`crate::Mask::flip_path`]). From the weights W^0…W^N of [`Spectrum::level_weights`],
/// `Cov(d) = Σ_{k≥1} W^k K_k(d) / C(N, k)`, with `K_k(d) = Σ_j (−1)^j C(d, j) C(N−d, k−j)` the
/// Krawtchouk polynomial: the term of a set of k nodes keeps its sign if an even number of them has
/// been flipped and changes it if an odd one. The polynomials are computed in integers, so nothing
/// is lost to their alternating sums.
///
/// # Panics
///
/// If N is above 60.
pub fn flip_covariance(level_weights: &[f64]) -> Vec<f64> {
    let n = level_weights.len().saturating_sub(1);
    (0..=n).map(|d| (1..=n).map(|k| level_weights[k] * krawtchouk_share(n, k, d)).sum()).collect()
}

/// Correlation of f at a uniform mask and at its reversal (every node switched): `Cov(N) / Cov(0)`
/// of [`flip_covariance`], which is (weight on even degrees − weight on odd degrees) / their sum,
/// degrees from 1; −1…1. NaN if f is constant.
pub fn reversal_correlation(level_weights: &[f64]) -> f64 {
    let (mut even, mut odd) = (0.0, 0.0);
    for (k, w) in level_weights.iter().enumerate().skip(1) {
        *(if k % 2 == 0 { &mut even } else { &mut odd }) += w;
    }
    (even - odd) / (even + odd)
}

/// `K_k(d) / C(n, k)` in [−1, 1], K being the Krawtchouk polynomial of [`flip_covariance`] for n
/// nodes: the mean of `(−1)^{|S ∩ D|}` over sets S of k nodes, for a set D of d nodes.
///
/// # Panics
///
/// If n is above 60, where the integers could overflow, or k or d above n.
pub fn krawtchouk_share(n: usize, k: usize, d: usize) -> f64 {
    assert!(n <= 60 && k <= n && d <= n, "krawtchouk_share({n}, {k}, {d})");
    let sum: i128 = (k.saturating_sub(n - d)..=k.min(d))
        .map(|j| {
            let term = binomial(d, j) * binomial(n - d, k - j);
            if j % 2 == 0 { term } else { -term }
        })
        .sum();
    sum as f64 / binomial(n, k) as f64
}

/// `C(n, k)`, exactly.
pub(crate) fn binomial(n: usize, k: usize) -> i128 {
    if k > n {
        return 0;
    }
    (0..k.min(n - k)).fold(1, |c, j| c * (n - j) as i128 / (j + 1) as i128)
}

/// N of a table with 2^N entries.
pub(crate) fn n_nodes(values: &[f64]) -> usize {
    assert!(values.len().is_power_of_two(), "{} values are not one per mask", values.len());
    values.len().trailing_zeros() as usize
}

/// The Walsh–Hadamard transform of `[2^N]` values in place, `v(S) ← Σ_b v(b) (−1)^{|b ∧ S|}`,
/// without the factor 2^−N of [`Spectrum`]: applied twice it multiplies by 2^N.
///
/// # Panics
///
/// If the length is no power of two.
pub fn transform(values: &mut [f64]) {
    let n = n_nodes(values);
    let piece = PIECE.min(values.len());
    values.par_chunks_mut(piece).for_each(|piece| {
        let mut stride = 1;
        while stride < piece.len() {
            stride = if 2 * stride < piece.len() {
                piece.chunks_mut(4 * stride).for_each(|four| four_way(four, stride));
                4 * stride
            } else {
                piece.chunks_mut(2 * stride).for_each(|two| two_way(two, stride));
                2 * stride
            }
        }
    });
    // The nodes above: two at a time, to halve the passes over memory.
    let mut bit = piece.trailing_zeros() as usize;
    while bit < n {
        let stride = 1 << bit;
        bit += if bit + 1 < n {
            values.par_chunks_mut(4 * stride).for_each(|four| wide_four_way(four, stride));
            2
        } else {
            values.par_chunks_mut(2 * stride).for_each(|two| wide_two_way(two, stride));
            1
        };
    }
}

fn two_way(values: &mut [f64], stride: usize) {
    let (a, b) = values.split_at_mut(stride);
    butterflies(a, b);
}

fn wide_two_way(values: &mut [f64], stride: usize) {
    let (a, b) = values.split_at_mut(stride);
    a.par_chunks_mut(PIECE).zip(b.par_chunks_mut(PIECE)).for_each(|(a, b)| butterflies(a, b));
}

fn butterflies(a: &mut [f64], b: &mut [f64]) {
    for (a, b) in a.iter_mut().zip(b) {
        (*a, *b) = (*a + *b, *a - *b);
    }
}

fn four_way(values: &mut [f64], stride: usize) {
    let (low, high) = values.split_at_mut(2 * stride);
    let (a, b) = low.split_at_mut(stride);
    let (c, d) = high.split_at_mut(stride);
    double_butterflies(a, b, c, d);
}

fn wide_four_way(values: &mut [f64], stride: usize) {
    let (low, high) = values.split_at_mut(2 * stride);
    let (a, b) = low.split_at_mut(stride);
    let (c, d) = high.split_at_mut(stride);
    let pieces = |s: &mut [f64]| s.len().min(PIECE);
    let size = pieces(a);
    a.par_chunks_mut(size)
        .zip(b.par_chunks_mut(size))
        .zip(c.par_chunks_mut(size).zip(d.par_chunks_mut(size)))
        .for_each(|((a, b), (c, d))| double_butterflies(a, b, c, d));
}

fn double_butterflies(a: &mut [f64], b: &mut [f64], c: &mut [f64], d: &mut [f64]) {
    for ((a, b), (c, d)) in a.iter_mut().zip(b).zip(c.iter_mut().zip(d)) {
        let (sum_low, difference_low) = (*a + *b, *a - *b);
        let (sum_high, difference_high) = (*c + *d, *c - *d);
        (*a, *c) = (sum_low + sum_high, sum_low - sum_high);
        (*b, *d) = (difference_low + difference_high, difference_low - difference_high);
    }
}
