//! A linear function of the mask that is added to the mean of the points' losses, which makes divergences of
//! cross-entropies. It changes averages and single nodes' effects, and nothing of pairs and beyond.

use super::Certified;
use super::margins::{Margin, sum};
use crate::Mask;
use crate::divergence::Target;

/// `constant + Σ bᵢ slopesᵢ`.
pub(super) struct Added {
    constant: f64,
    /// `[n]`
    slopes: Vec<f64>,
    /// What is added before a logarithm is taken.
    pub entropy: f64,
    /// Bound on what rounding takes from the constant, a slope, or the sum of them all.
    pub error: f64,
}

impl Added {
    /// Of losses.
    pub fn nothing(n: usize) -> Self {
        Self { constant: 0.0, slopes: vec![0.0; n], entropy: 0.0, error: 0.0 }
    }

    /// Less the mean over points of `q s` and of the entropy, with s the margin of the class that the full
    /// network finds less likely, and q the probability that it gives it.
    pub fn new(n: usize, margins: &[Margin], target: &Target) -> Self {
        let count = margins.len() as f64;
        let mean = |terms: &[f64]| sum(terms) / count;
        let mut of_nodes = vec![Vec::new(); n];
        for (margin, q) in margins.iter().zip(&target.others) {
            for (&i, a) in margin.nodes.iter().zip(&margin.a) {
                of_nodes[i as usize].push(q * a);
            }
        }
        let pairs = || margins.iter().zip(&target.others);
        let consts: Vec<f64> = pairs().map(|(margin, q)| q * margin.k).collect();
        let size = |terms: &Vec<f64>| terms.iter().map(|term| term.abs()).sum::<f64>() / count;
        let sizes = size(&consts) + of_nodes.iter().map(size).sum::<f64>();
        // Terms are added up by halves, and what comes of it once more for each node.
        let operations = 16 + margins.len().max(1).ilog2() as usize + n;
        Self {
            constant: -mean(&consts) - target.entropy,
            slopes: of_nodes.iter().map(|terms| -mean(terms)).collect(),
            entropy: target.entropy,
            error: 0.5 * f64::EPSILON * operations as f64 * (sizes + target.entropy),
        }
    }

    /// The mean over masks with every node on with probability p; none is below 0.
    pub fn to_mean(&self, p: f64, found: Certified) -> Certified {
        let value = found.value + self.constant + p * sum(&self.slopes);
        Certified { value: value.max(0.0), error: found.error + self.error }
    }

    /// Its mean, a line in p: at p = 0, and the slope.
    pub fn line(&self) -> (f64, f64) {
        (self.constant, sum(&self.slopes))
    }

    /// Each node's effect, `[n]`.
    pub fn to_effects(&self, effects: &mut [f64]) {
        effects.iter_mut().zip(&self.slopes).for_each(|(effect, slope)| *effect += slope);
    }

    /// The reverse of [`Self::to_effects`].
    pub fn take_from_effects(&self, effects: &mut [f64]) {
        effects.iter_mut().zip(&self.slopes).for_each(|(effect, slope)| *effect -= slope);
    }

    /// What is added at a mask, and at its reversal.
    pub fn at(&self, mask: &Mask) -> (f64, f64) {
        let (mut on, mut off) = (self.constant, self.constant);
        for (i, slope) in self.slopes.iter().enumerate() {
            if mask.is_on(i) { on += slope } else { off += slope }
        }
        (on, off)
    }
}
