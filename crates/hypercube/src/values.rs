//! What each node is worth: averages of its flip effects f(S ∪ i) − f(S) over sets S of other
//! nodes.
//!
//! A set of nodes is the mask in which they are on. Where f is a loss, a *negative* value means
//! that the node helps.

use crate::biased::SizeSums;
use crate::walsh::binomial;

/// Shapley value of every node, `[N]`, in f's unit.
///
/// The mean flip effect over sets S of each size k, and then over the sizes 0…N − 1, each with the
/// same weight: `Σ_k (1/N) Σ_{|S|=k, i∉S} (f(S∪i) − f(S)) / C(N−1, k)`. This is the integral of
/// [`SizeSums::flip_effect`] over p from 0 to 1. The values add up to f(all on) − f(all off).
///
/// Source: L. S. Shapley, "A value for n-person games", Contributions to the Theory of Games II
/// (1953) 307–317.
pub fn shapley(sums: &SizeSums) -> Vec<f64> {
    let n = sums.n_nodes();
    let value = |i| {
        let terms = sums.flip_sums(i).into_iter().enumerate();
        terms.map(|(k, s)| s / binomial(n - 1, k) as f64).sum::<f64>() / n as f64
    };
    (0..n).map(value).collect()
}

/// Banzhaf value of every node, `[N]`, in f's unit: its mean flip effect over all sets of other
/// nodes, each with the same weight, which is `−2 f̂({i})` ([`crate::walsh`]).
///
/// Source: J. F. Banzhaf, "Weighted voting doesn't work: a mathematical analysis", Rutgers Law
/// Review 19 (1965) 317–343.
pub fn banzhaf(sums: &SizeSums) -> Vec<f64> {
    (0..sums.n_nodes()).map(|i| sums.flip_effect(i, 0.5)).collect()
}
