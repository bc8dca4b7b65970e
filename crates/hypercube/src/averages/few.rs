//! Points at which so few nodes matter that their masks are gone through one by one: exact however
//! widely the margin spreads.

use super::contour::Kernel;
use super::margins::{Margin, logistic, softplus};

/// As many nodes.
const FEW: usize = 8;

/// The loss, or its derivative by the margin, at every mask of a point's nodes, `[2^m]`, each times the
/// probability of the mask.
pub(super) struct Few {
    nodes: usize,
    p: f64,
    weighted: Vec<f64>,
    /// Bound on the error of any mean of them.
    pub error: f64,
}

impl Few {
    /// None if too many nodes matter.
    pub fn new(margin: &Margin, p: f64, kernel: Kernel) -> Option<Self> {
        let nodes = margin.a.len();
        if nodes > FEW {
            return None;
        }
        // Masks of one more node: those with it off, then those with it on.
        let mut masks = vec![(margin.k, 1.0)];
        for a in &margin.a {
            let on: Vec<(f64, f64)> = masks.iter().map(|(s, w)| (s + a, p * w)).collect();
            masks.iter_mut().for_each(|(_, w)| *w *= 1.0 - p);
            masks.extend(on);
        }
        let of = |(s, w): (f64, f64)| match kernel {
            Kernel::Loss => w * softplus(s),
            Kernel::Logistic => w * logistic(s),
        };
        let weighted: Vec<f64> = masks.into_iter().map(of).collect();
        // Neither function grows faster than the margin, of which each addition rounds off a unit.
        let reach = margin.k.abs() + margin.a.iter().map(|a| a.abs()).sum::<f64>();
        let unit = 0.5 * f64::EPSILON;
        let sum = weighted.iter().sum::<f64>();
        let error = unit * (nodes as f64 * reach + (2 * nodes + (1 << nodes)) as f64 * sum);
        Some(Self { nodes, p, weighted, error })
    }

    /// The mean over all masks.
    pub fn mean(&self) -> f64 {
        self.weighted.iter().sum()
    }

    /// The means over the masks with each node on, and with it off.
    pub fn halves(&self) -> Vec<(f64, f64)> {
        let half = |i: usize| {
            let (mut on, mut off) = (0.0, 0.0);
            for (mask, term) in self.weighted.iter().enumerate() {
                if mask >> i & 1 == 1 { on += term } else { off += term }
            }
            (on / self.p, off / (1.0 - self.p))
        };
        (0..self.nodes).map(half).collect()
    }

    /// The mean of f (−1)^{bᵢ + bⱼ}.
    pub fn pair(&self, i: usize, j: usize) -> f64 {
        let sign = |mask: usize| if (mask >> i ^ mask >> j) & 1 == 1 { -1.0 } else { 1.0 };
        self.weighted.iter().enumerate().map(|(mask, term)| sign(mask) * term).sum()
    }
}
