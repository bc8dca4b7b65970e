//! The Walsh spectrum of a function of masks, and what follows from it about flip paths.
//!
//! `f̂(S) = 2^−N Σ_b f(b) (−1)^{|b ∧ S|}` for every set S of nodes, written as a mask. Its degree
//! is the number of its nodes, |S|; the weight of level k is `W^k = Σ_{|S|=k} f̂(S)²`, and the sum
//! `Σ_{k≥1} W^k` is the variance of f over uniform masks (Parseval). f is any function of masks,
//! `[2^N]` indexed by the mask. See R. O'Donnell, *Analysis of Boolean Functions* (2014), ch. 1.

mod transform;

use rayon::prelude::*;

use crate::sizes::Sizes;

/// Sets of the low nodes whose weights are added up together.
const PIECE_BITS: usize = 14;

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
        let scale = 1.0 / values.len() as f64;
        transform::transform(&mut values, scale);
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

    /// The same, `[2^N]`, without a copy.
    pub fn into_coefficients(self) -> Vec<f64> {
        self.coefficients
    }

    /// Mean of f over uniform masks, f̂(∅), in f's unit.
    pub fn mean(&self) -> f64 {
        self.coefficients[0]
    }

    /// W^k for k = 0…N: `[N + 1]`, in the square of f's unit. W^0 is the square of the mean.
    pub fn level_weights(&self) -> Vec<f64> {
        let bits = self.n_nodes.min(PIECE_BITS);
        let (sizes, piece) = (Sizes::new(bits), 1 << bits);
        // Four pieces to a task, since as many are summed at a time.
        let mut pieces = vec![0.0; (self.coefficients.len() / piece) * sizes.len()];
        let tasks = pieces.par_chunks_mut(4 * sizes.len());
        tasks
            .zip(self.coefficients.par_chunks(4 * piece))
            .for_each(|(sums, coefficients)| sizes.sums(coefficients, |c| c * c, sums));
        let mut weights = vec![0.0; self.n_nodes + 1];
        for (high, piece) in pieces.chunks_exact(sizes.len()).enumerate() {
            let above = high.count_ones() as usize;
            for (k, sum) in piece.iter().enumerate() {
                weights[above + k] += sum;
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
    n_nodes(values);
    transform::transform(values, 1.0);
}
