//! The margin of every point as a sum over nodes.

use crate::{Ablation, Network, Points};

/// ln(1 + eˢ).
pub(super) fn softplus(s: f64) -> f64 {
    s.max(0.0) + (-s.abs()).exp().ln_1p()
}

/// 1/(1 + e^{−s}), the derivative of [`softplus`].
pub(super) fn logistic(s: f64) -> f64 {
    1.0 / (1.0 + (-s).exp())
}

/// By how much a point is wrong, s = z_other − z_label = k + Σ bᵢ aᵢ.
#[derive(Clone, Debug)]
pub(super) struct Margin {
    pub k: f64,
    /// The nodes with aᵢ ≠ 0.
    pub nodes: Vec<u32>,
    /// Their aᵢ.
    pub a: Vec<f64>,
}

impl Margin {
    /// s with all nodes off or on.
    pub fn at(&self, on: bool) -> f64 {
        if on { self.mean(1.0) } else { self.k }
    }

    /// E_p s.
    pub fn mean(&self, p: f64) -> f64 {
        self.k + p * self.a.iter().sum::<f64>()
    }

    /// The largest s of any mask.
    pub fn most(&self) -> f64 {
        self.k + self.a.iter().map(|a| a.max(0.0)).sum::<f64>()
    }
}

/// The margins of all points, by the last hidden layer's nodes with those before it on.
pub(super) fn of(network: &Network, points: &Points, ablation: Ablation) -> Vec<Margin> {
    let total = network.n_nodes();
    let n = network.hidden().last().copied().unwrap_or(0);
    let activations = network.activations(points);
    let means = match ablation {
        Ablation::Zero => vec![0.0; n],
        Ablation::Mean => network.mean_activations(points)[total - n..].to_vec(),
    };
    let Some(last) = network.layers().last() else { return Vec::new() };
    let of = |(h, &label): (&[f64], &usize)| {
        let other = 1 - label;
        let mut margin =
            Margin { k: last.biases[other] - last.biases[label], nodes: Vec::new(), a: Vec::new() };
        for (i, (h, mean)) in h[total - n..].iter().zip(&means).enumerate() {
            let weight = last.weight(other, i) - last.weight(label, i);
            margin.k += weight * mean;
            let a = weight * (h - mean);
            if a != 0.0 {
                margin.nodes.push(i as u32);
                margin.a.push(a);
            }
        }
        margin
    };
    activations.chunks_exact(total).zip(points.labels()).map(of).collect()
}
