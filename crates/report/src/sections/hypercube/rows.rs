//! What `hypercube` records.

use serde::{Deserialize, Serialize};

/// `hypercube/spectrum.csv`: how much of the variance over uniform masks lies on each degree.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct SpectrumRow {
    /// Number of nodes that interact.
    pub degree: usize,
    /// Σ of squared Walsh coefficients of loss; degree 0 is the squared mean.
    pub loss_weight: f64,
    /// The same of ln(loss).
    pub log_loss_weight: f64,
}

/// `hypercube/flip_covariance.csv`: exact covariance at two masks of one flip path.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct FlipCovarianceRow {
    /// Flips between the two masks.
    pub flips: usize,
    /// Covariance of loss.
    pub loss_covariance: f64,
    /// Covariance of ln(loss).
    pub log_loss_covariance: f64,
}

/// `hypercube/nodes.csv`: exact values of a node. Negative: the node lowers the loss.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct NodeValue {
    /// The node.
    pub node: usize,
    /// Its hidden layer, from 0.
    pub layer: usize,
    /// Shapley value of loss.
    pub loss_shapley: f64,
    /// Banzhaf value of loss.
    pub loss_banzhaf: f64,
    /// Shapley value of ln(loss).
    pub log_loss_shapley: f64,
    /// Banzhaf value of ln(loss).
    pub log_loss_banzhaf: f64,
}

/// `hypercube/best_masks.csv`: the best sub-network of one size.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct BestMask {
    /// Nodes on.
    pub size: usize,
    /// The mask as an integer.
    pub mask: u64,
    /// Its loss.
    pub loss: f64,
}

/// `hypercube/frontier.csv`: losses of the sub-networks of one size.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct FrontierRow {
    /// Nodes on.
    pub size: usize,
    /// The smallest loss of all masks of the size.
    pub best: f64,
    /// Where removing the best node, one at a time from the full network, arrives.
    pub greedy: f64,
    /// Where removing the node with the largest gate gradient, one at a time, arrives.
    pub taylor: f64,
    /// The median loss of all masks of the size.
    pub median: f64,
    /// The largest loss of all masks of the size.
    pub worst: f64,
}

/// `hypercube/removals.csv`: what removing one node from the full network does, and what the gate
/// gradient says it would do.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct RemovalRow {
    /// The node.
    pub node: usize,
    /// Change of loss when the node is removed.
    pub effect: f64,
    /// −∂loss/∂bᵢ, its first-order prediction.
    pub predicted: f64,
}

/// `hypercube/interactions.csv`: one of the strongest pairs of nodes.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct InteractionRow {
    /// `loss` or `log_loss`.
    pub quantity: String,
    /// The lower node.
    pub first: usize,
    /// The higher node.
    pub second: usize,
    /// Banzhaf interaction index: mean over the other nodes' masks of
    /// f(both on) − f(first on) − f(second on) + f(both off).
    pub effect: f64,
}

/// `hypercube/mean_curve.csv`: mean loss and ln(loss) over masks in which each node is on with
/// probability p, exactly, and how it changes with p.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct MeanCurveRow {
    /// Probability with which each node is on.
    pub p: f64,
    /// E_p loss.
    pub loss: f64,
    /// d E_p loss / dp, the sum of all nodes' mean flip effects (Russo–Margulis).
    pub loss_derivative: f64,
    /// E_p ln(loss).
    pub log_loss: f64,
    /// d E_p ln(loss) / dp.
    pub log_loss_derivative: f64,
}

/// `hypercube/ablation_sizes.csv`: losses of the sub-networks of one size under both ablations.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct AblationSize {
    /// Nodes on.
    pub size: usize,
    /// The smallest loss of all masks of the size under zero ablation.
    pub zero_best: f64,
    /// The same under mean ablation.
    pub mean_best: f64,
    /// The median loss of all masks of the size under zero ablation.
    pub zero_median: f64,
    /// The same under mean ablation.
    pub mean_median: f64,
}

/// `hypercube/ablation_nodes.csv`: what a node is worth under both ablations.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct AblationNode {
    /// The node.
    pub node: usize,
    /// Shapley value of loss under zero ablation.
    pub zero_shapley: f64,
    /// The same under mean ablation.
    pub mean_shapley: f64,
}

/// `hypercube/ablation_spectrum.csv`: the variance of ln(loss) on each degree under both ablations.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct AblationDegree {
    /// Number of nodes that interact, from 1.
    pub degree: usize,
    /// Share of the variance over uniform masks under zero ablation.
    pub zero_share: f64,
    /// The same under mean ablation.
    pub mean_share: f64,
}

/// `hypercube/summary.json`: the table in seven numbers.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct HypercubeSummary {
    /// Number of nodes.
    pub n_nodes: usize,
    /// Mean loss over all masks.
    pub mean_loss: f64,
    /// Standard deviation of loss over all masks.
    pub sd_loss: f64,
    /// Mean ln(loss) over all masks.
    pub mean_log_loss: f64,
    /// Standard deviation of ln(loss) over all masks.
    pub sd_log_loss: f64,
    /// Correlation of loss with that of the reversal.
    #[serde(with = "crate::record::undefined")]
    pub reversal_correlation_loss: f64,
    /// Correlation of ln(loss) with that of the reversal.
    #[serde(with = "crate::record::undefined")]
    pub reversal_correlation_log_loss: f64,
}
