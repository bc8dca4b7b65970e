//! What each node is worth: averages of its flip effects.

use crate::biased::SizeSums;
use crate::walsh::binomial;

/// Shapley value of every node, `[N]`, in f's unit.
///
/// The mean flip effect over the sizes of a random coalition of the other nodes, all sizes alike:
/// `Σ_k (1/N) Σ_{|S|=k, i∉S} (f(S∪i) − f(S)) / C(N−1, k)`, which is the integral of the p-biased
/// flip effect over p ∈ [0, 1]. The values add up to f(all on) − f(all off). A *negative* value of
/// a loss means that the node helps. (Shapley 1953.)
pub fn shapley(sums: &SizeSums) -> Vec<f64> {
    let n = sums.n_nodes();
    let value = |i| {
        let terms = sums.flip_sums(i).into_iter().enumerate();
        terms.map(|(k, s)| s / binomial(n - 1, k) as f64).sum::<f64>() / n as f64
    };
    (0..n).map(value).collect()
}

/// Banzhaf value of every node, `[N]`, in f's unit: its mean flip effect over uniform masks of the
/// other nodes, `−2 f̂({i})`. (Banzhaf 1965.)
pub fn banzhaf(sums: &SizeSums) -> Vec<f64> {
    (0..sums.n_nodes()).map(|i| sums.flip_effect(i, 0.5)).collect()
}
