//! The JSON files of `explore`, of which the explorer is made.

use serde::{Deserialize, Serialize};

/// `explore/network.json`: the network as plain numbers.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct ExplorerNetwork {
    /// Linear layers, first to last.
    pub layers: Vec<ExplorerLayer>,
    /// What stands between each two, by name, if it is not the ReLU.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub activation: Option<String>,
    /// What stands in for each node's activation when it is removed, `[N]`: zeros under zero
    /// ablation, its mean over the evaluation points in the full network under mean ablation.
    pub means: Vec<f64>,
}

/// One linear layer, `y = W x + c`.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct ExplorerLayer {
    /// Number of inputs.
    pub inputs: usize,
    /// Number of outputs.
    pub outputs: usize,
    /// `W`, row-major `[outputs, inputs]`.
    pub weights: Vec<f64>,
    /// `c`, `[outputs]`.
    pub biases: Vec<f64>,
}

/// `explore/plane.json`: the pixels of the heatmap and the labels that the data gives them.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct ExplorerPlane {
    /// The plane reaches from −extent to extent on both axes.
    pub extent: f64,
    /// Pixels along a side.
    pub side: usize,
    /// Labels of the pixels' centres, row by row from the lowest x₁, as runs (label, pixels).
    pub labels: Vec<(usize, usize)>,
}

/// `explore/checks.json`: values computed apart from the page, to compare it with.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct ExplorerChecks {
    /// The pixels that maps are given for: half the side of the plane, and pixels along a side; none
    /// without a plane.
    pub grid: Option<(f64, usize)>,
    /// Chosen masks.
    pub masks: Vec<CheckedMask>,
    /// Masks with one gate between 0 and 1.
    pub soft: Vec<CheckedGate>,
    /// Cross-entropy of the full network at the pixels, with the data's labels, in nats.
    pub pixel_losses: Vec<f32>,
    /// Its gate gradients at the pixels, row-major `[pixels, N]`.
    pub pixel_gradients: Vec<f32>,
}

/// What is known of one mask.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct CheckedMask {
    /// The mask as a text, decimal or (beyond 64 nodes) hexadecimal.
    pub mask: String,
    /// Mean cross-entropy in nats.
    pub loss: f64,
    /// Share of the points whose largest logit is the label's.
    pub accuracy: f64,
    /// ∂loss/∂bᵢ, `[N]`.
    pub gradient: Vec<f64>,
    /// Change of loss when node i is flipped, `[N]`; empty without a table of all masks.
    pub flips: Vec<f64>,
    /// 1 + the number of masks of smaller loss, where all are known.
    pub rank: Option<usize>,
    /// Probability of class 0 at the pixels, by the network on its device in f32.
    pub probabilities: Vec<f32>,
}

/// What is known of a mask with one gate between 0 and 1.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct CheckedGate {
    /// The mask as a text, whatever it says of the node.
    pub mask: String,
    /// The node whose gate is soft.
    pub node: usize,
    /// The value of its gate.
    pub gate: f64,
    /// Mean cross-entropy in nats.
    pub loss: f64,
    /// ∂loss/∂bᵢ, `[N]`.
    pub gradient: Vec<f64>,
}
