//! The margin of every point as a sum over nodes.

use super::waves::LANES;
use crate::{Ablation, Network, Points};

/// ln(1 + eˢ).
pub(crate) fn softplus(s: f64) -> f64 {
    s.max(0.0) + (-s.abs()).exp().ln_1p()
}

/// 1/(1 + e^{−s}), the derivative of [`softplus`].
pub(crate) fn logistic(s: f64) -> f64 {
    1.0 / (1.0 + (-s).exp())
}

/// By how much a point is wrong, s = z_other − z_label = k + Σ bᵢ aᵢ.
#[derive(Clone, Debug)]
pub(crate) struct Margin {
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
        self.k + p * sum(&self.a)
    }

    /// E_p s, and a bound on what rounding takes from it.
    pub fn certified_mean(&self, p: f64) -> (f64, f64) {
        let sizes = self.a.iter().map(|a| a.abs()).sum::<f64>();
        mean(self.k, (sum(&self.a), sizes), self.a.len(), p)
    }

    /// The largest s of any mask.
    pub fn most(&self) -> f64 {
        self.k + self.a.iter().map(|a| a.max(0.0)).sum::<f64>()
    }
}

/// k + p Σ aᵢ, and a bound on what rounding takes from it, with Σ aᵢ by [`sum`] and Σ |aᵢ|.
pub(super) fn mean(k: f64, (all, sizes): (f64, f64), nodes: usize, p: f64) -> (f64, f64) {
    let operations = 14 + nodes.max(1).ilog2();
    let rounded = 0.5 * f64::EPSILON * f64::from(operations) * (k.abs() + p * sizes);
    (k + p * all, rounded)
}

/// Sums by halves: what is rounded grows with the logarithm of their number.
#[inline(always)]
pub(super) fn sum(x: &[f64]) -> f64 {
    if x.len() > 8 * LANES {
        let (left, right) = x.split_at((x.len() / 2).next_multiple_of(LANES));
        return sum_called(left) + sum_called(right);
    }
    let mut lanes = [0.0; LANES];
    for chunk in x.chunks(LANES) {
        for (lane, x) in lanes.iter_mut().zip(chunk) {
            *lane += x;
        }
    }
    let [a, b, c, d, e, f, g, h] = lanes;
    ((a + b) + (c + d)) + ((e + f) + (g + h))
}

fn sum_called(x: &[f64]) -> f64 {
    sum(x)
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
