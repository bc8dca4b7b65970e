//! The points' margins as sums over nodes, laid out for vector instructions.

use crate::divergence::Target;
use crate::engine::odds::Odds;
use crate::{Ablation, Network, Points};

/// Points that are handled together.
pub(super) const LANES: usize = 8;

/// Half the distance from 1 to the next number.
pub(super) const UNIT: f64 = 0.5 * f64::EPSILON;

/// By how much each wrong class leads at each point: `z_c − z_y = k + Σ_i b_i a_i`.
///
/// A *plane* holds one wrong class at all points, in ascending order of the class, and has a
/// multiple of [`LANES`] values: the points that fill it up have a margin of −10^9, and so no loss.
pub(super) struct Problem {
    /// Nodes of the last hidden layer.
    pub n: usize,
    /// Planes: classes less one.
    pub d: usize,
    /// Points, without those that fill up.
    pub points: usize,
    /// Points of a plane.
    pub width: usize,
    /// `[d, width]`.
    pub k: Vec<f64>,
    /// `[n, d, width]`.
    pub a: Vec<f64>,
    /// The largest |margin| that any partial sum over nodes can have, `[d, width]`.
    pub reach: Vec<f64>,
    /// What is taken off each point's loss for its margins, `[d, width]`: the class probabilities of the
    /// full network where divergences from it are searched, else 0. The loss is then a cross-entropy with
    /// those for labels, which is the divergence and the network's entropy.
    pub q: Vec<f64>,
    /// What rounding may add to the mean of what is taken off, and to a loss.
    pub slack: f64,
    /// As many zeros as a node's values.
    pub zeros: Vec<f64>,
    /// The largest margin error of a point, and their mean ([`Self::less_rounding`]).
    most_error: f64,
    mean_error: f64,
}

const NO_POINT: f64 = -1e9;

impl Problem {
    /// The nodes before the last hidden layer are on.
    pub fn new(network: &Network, points: &Points, ablation: Ablation) -> Self {
        let n = network.hidden().last().copied().unwrap_or(0);
        let total = network.n_nodes();
        let d = network.classes() - 1;
        let width = points.len().next_multiple_of(LANES);
        let means = match ablation {
            Ablation::Zero => vec![0.0; n],
            Ablation::Mean => network.mean_activations(points)[total - n..].to_vec(),
        };
        let mut problem = Self {
            n,
            d,
            points: points.len(),
            width,
            k: vec![NO_POINT; d * width],
            a: vec![0.0; n * d * width],
            reach: vec![0.0; d * width],
            q: vec![0.0; d * width],
            slack: 0.0,
            zeros: vec![0.0; d * width],
            most_error: 0.0,
            mean_error: 0.0,
        };
        let activations = network.activations(points);
        for (p, h) in activations.chunks_exact(total).enumerate() {
            let size = problem.set_point(network, p, points.labels()[p], &h[total - n..], &means);
            let error = (8 * n + 32) as f64 * UNIT * size;
            problem.most_error = problem.most_error.max(error);
            problem.mean_error += error / points.len() as f64;
        }
        problem
    }

    /// The same for divergences from the full network.
    pub fn of_divergence(network: &Network, target: &Target, ablation: Ablation) -> Self {
        let mut problem = Self::new(network, &target.points, ablation);
        let (d, width, points) = (problem.d, problem.width, problem.points);
        let mut sizes = 0.0;
        for (p, q) in target.others.chunks_exact(d).enumerate() {
            for (plane, &q) in q.iter().enumerate() {
                let at = plane * width + p;
                problem.q[at] = q;
                sizes += q * (2.0 * problem.reach[at] + 1.0);
            }
        }
        let terms = (width / LANES + problem.n + 4 * d + 64) as f64;
        problem.slack = 2.0 * terms * UNIT * (sizes / points as f64 + target.entropy);
        problem
    }

    /// Sets a point's margins; the largest sum of absolute values that any class's logit has.
    fn set_point(
        &mut self,
        network: &Network,
        p: usize,
        label: usize,
        h: &[f64],
        means: &[f64],
    ) -> f64 {
        let last = &network.layers()[network.layers().len() - 1];
        let len = self.d * self.width;
        for (plane, c) in (0..network.classes()).filter(|&c| c != label).enumerate() {
            let at = plane * self.width + p;
            self.k[at] = last.biases[c] - last.biases[label];
            for (i, (h, mean)) in h.iter().zip(means).enumerate() {
                let weight = last.weight(c, i) - last.weight(label, i);
                self.k[at] += weight * mean;
                self.a[i * len + at] = weight * (h - mean);
                self.reach[at] += (weight * mean).abs() + (weight * (h - mean)).abs();
            }
            self.reach[at] += last.biases[c].abs() + last.biases[label].abs();
        }
        let size = |c: usize| {
            let terms = h.iter().zip(means).enumerate();
            let of = |(i, (h, mean)): (usize, (&f64, &f64))| {
                last.weight(c, i).abs() * (h.abs() + 2.0 * mean.abs())
            };
            last.biases[c].abs() + terms.map(of).sum::<f64>()
        };
        (0..network.classes()).map(size).fold(0.0, f64::max)
    }

    /// A lower bound on the loss that [`mod@crate::reference`] computes, from one on the loss that
    /// follows from the k and a in hand.
    ///
    /// A logit is a sum of n + 1 terms; with T the largest sum of their absolute values among the
    /// classes, here and there each margin is off by at most 2 (n + 3) u T, u = 2^−53, for each of
    /// how the k and a are made, how they are summed and how the reference sums: (8 n + 32) u T = δ
    /// covers them. A point's loss ℓ changes by at most δ, since its derivative by the margins is
    /// at most 1 in sum, and by at most ℓ (e^δ − 1), since that derivative is at most ℓ. Where q is
    /// taken off the derivative it is at most 2 in sum, and there is no more to say.
    pub fn less_rounding(&self, bound: f64) -> f64 {
        let error = if self.slack > 0.0 {
            2.0 * self.mean_error + self.slack
        } else {
            self.mean_error.min(bound * self.most_error.exp_m1())
        };
        (bound * (1.0 - 1e-14) - error).max(0.0)
    }

    /// What is taken off the mean loss with all nodes off, and what each node adds to that.
    pub fn taken_off(&self) -> (f64, Vec<f64>) {
        let mean = |values: &[f64]| {
            values.iter().zip(&self.q).map(|(s, q)| s * q).sum::<f64>() / self.points as f64
        };
        (mean(&self.k), (0..self.n).map(|i| mean(self.node(i))).collect())
    }

    /// Values of node `i`, `[d, width]`.
    pub fn node(&self, i: usize) -> &[f64] {
        let len = self.d * self.width;
        &self.a[i * len..][..len]
    }

    /// Margins of a mask, `[d, width]`.
    pub fn margins(&self, on: &[bool]) -> Vec<f64> {
        let mut s = self.k.clone();
        for i in (0..self.n).filter(|&i| on[i]) {
            s.iter_mut().zip(self.node(i)).for_each(|(s, a)| *s += a);
        }
        s
    }

    /// The same as the engine takes it.
    pub fn odds(&self) -> Odds {
        let Self { n, d, width, .. } = *self;
        let mut consts = Vec::with_capacity(self.points * d);
        let mut slopes = Vec::with_capacity(self.points * n * d);
        for p in 0..self.points {
            consts.extend((0..d).map(|c| self.k[c * width + p]));
            for i in 0..n {
                slopes.extend((0..d).map(|c| self.node(i)[c * width + p]));
            }
        }
        Odds { n, d, consts, slopes, tangents: Vec::new() }
    }
}
