//! Masks of each size by the criteria that networks are usually pruned by, to hold against the
//! best.
//!
//! All of them are over the last hidden layer's n nodes, those before it stay on: `[n + 1]` masks
//! of the whole network, by size. But for greedy removal each ranks the nodes once, at the full
//! network, and keeps those that rank highest.

use super::incumbents::greedy_removal;
use super::{Error, check, problem, whole_mask};
use crate::reference::pointwise;
use crate::{Ablation, Mask, Network, Points, ValueFunction};

/// What nodes are ranked by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Criterion {
    /// The norm of a node's outgoing weights, `√Σ_c w_ci²`.
    ///
    /// Removal of what has the smallest weights: S. Han, J. Pool, J. Tran and W. Dally, "Learning
    /// both weights and connections for efficient neural networks", NeurIPS (2015), for single
    /// weights; H. Li, A. Kadav, I. Durdanovic, H. Samet and H. P. Graf, "Pruning filters for
    /// efficient ConvNets", ICLR (2017), for whole filters and by the sum of absolute values.
    WeightNorm,
    /// The mean activation over the points times the norm of the outgoing weights.
    ///
    /// Weights times the size of what they multiply, as in M. Sun, Z. Liu, A. Bair and J. Z.
    /// Kolter, "A simple and effective pruning approach for large language models", ICLR (2024),
    /// for single weights and with the root mean square.
    ActivationNorm,
    /// `Σ_points |b_i ∂ℓ/∂b_i|` at b = 1, ℓ being the loss of the point: by first-order Taylor
    /// expansion what removing the node changes, `|h_i ∂ℓ/∂h_i|` under zero ablation.
    ///
    /// P. Molchanov, S. Tyree, T. Karras, T. Aila and J. Kautz, "Pruning convolutional neural
    /// networks for resource efficient inference", ICLR (2017); with squares in place of absolute
    /// values, P. Molchanov, A. Mallya, S. Tyree, I. Frosio and J. Kautz, "Importance estimation
    /// for neural network pruning", CVPR (2019).
    Taylor,
    /// Backward elimination: from all nodes on, each step removes the node whose removal leaves the
    /// smallest loss, or divergence (the highest node if several tie).
    GreedyRemoval,
}

/// Masks of sizes 0…n by a criterion. Only greedy removal asks for the value function: of divergences the
/// derivatives at the full network are 0, and Taylor is by those of the loss.
///
/// # Errors
///
/// If points and network do not fit.
pub fn masks(
    network: &Network,
    points: &Points,
    ablation: Ablation,
    value: ValueFunction,
    criterion: Criterion,
) -> Result<Vec<Mask>, Error> {
    check(network, points)?;
    if criterion == Criterion::GreedyRemoval {
        let (problem, _) = problem(network, points, ablation, value);
        let path = greedy_removal(&problem, &|| false);
        return Ok(path.iter().map(|found| whole_mask(network, &found.on)).collect());
    }
    let last = &network.layers()[network.layers().len() - 1];
    let before = network.n_nodes() - last.inputs;
    let norm = |i: usize| (0..last.outputs).map(|c| last.weight(c, i).powi(2)).sum::<f64>().sqrt();
    let norms = (0..last.inputs).map(norm);
    let values: Vec<f64> = match criterion {
        Criterion::WeightNorm => norms.collect(),
        Criterion::ActivationNorm => {
            let means = network.mean_activations(points);
            norms.zip(&means[before..]).map(|(norm, mean)| norm * mean).collect()
        }
        Criterion::Taylor | Criterion::GreedyRemoval => {
            let each = pointwise(network, points, ablation, &vec![1.0; network.n_nodes()]);
            let sum = |i: usize| each.iter().map(|e| e.gradient[i].abs()).sum();
            (before..network.n_nodes()).map(sum).collect()
        }
    };
    Ok(by_values(network, &values))
}

/// Masks of sizes 0…n that keep the nodes of the last hidden layer with the largest `values`, `[n]`
/// (the lowest ones if several tie).
///
/// For Shapley or Banzhaf values of the loss ([`crate::values`], [`crate::averages`]), of which
/// those of useful nodes are negative, give their negatives.
///
/// # Panics
///
/// If there are not n values.
pub fn by_values(network: &Network, values: &[f64]) -> Vec<Mask> {
    let n = network.hidden().last().copied().unwrap_or(0);
    assert_eq!(values.len(), n, "one value per node of the last hidden layer");
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|&i, &j| values[j].total_cmp(&values[i]));
    let mut on = vec![false; n];
    let mut all = vec![whole_mask(network, &on)];
    for i in order {
        on[i] = true;
        all.push(whole_mask(network, &on));
    }
    all
}
