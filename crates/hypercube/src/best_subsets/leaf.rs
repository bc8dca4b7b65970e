//! Enumeration of a part with few masks.

use super::points::loss;
use super::problem::Problem;
use super::products::add;
use super::tree::Found;

/// The number of ways to choose `k` of `n`, in floating point.
pub(super) fn choices(n: usize, k: usize) -> f64 {
    (0..k.min(n - k)).fold(1.0, |c, i| c * (n - i) as f64 / (i + 1) as f64)
}

/// The best mask with `missing` of the `free` nodes on, beside those that are on already.
pub(super) fn best_choice(
    problem: &Problem,
    mut on: Vec<bool>,
    free: &[usize],
    missing: usize,
) -> Found {
    let margins = vec![problem.margins(&on)];
    let best = (f64::INFINITY, Vec::new());
    let mut leaf = Leaf { problem, free, margins, chosen: Vec::new(), best };
    leaf.choose(0, missing);
    let (loss, chosen) = leaf.best;
    chosen.into_iter().for_each(|i| on[i] = true);
    Found { loss, on }
}

struct Leaf<'a> {
    problem: &'a Problem,
    free: &'a [usize],
    /// Margins with the chosen nodes on, from none of them to all.
    margins: Vec<Vec<f64>>,
    chosen: Vec<usize>,
    best: (f64, Vec<usize>),
}

impl Leaf<'_> {
    /// Goes through the ways to choose `left` more of the free nodes, from number `from` on.
    fn choose(&mut self, from: usize, left: usize) {
        let (depth, zeros) = (self.chosen.len(), &self.problem.zeros);
        if left == 0 {
            let loss = loss(self.problem, &self.margins[depth], zeros, zeros);
            self.offer(loss, None);
            return;
        }
        for at in from..=self.free.len() - left {
            let node = self.free[at];
            let a = self.problem.node(node);
            if left == 1 {
                let loss = loss(self.problem, &self.margins[depth], a, zeros);
                self.offer(loss, Some(node));
                continue;
            }
            if self.margins.len() == depth + 1 {
                self.margins.push(Vec::new());
            }
            let (before, after) = self.margins.split_at_mut(depth + 1);
            after[0].clone_from(&before[depth]);
            add(&mut after[0], 1.0, a);
            self.chosen.push(node);
            self.choose(at + 1, left - 1);
            self.chosen.pop();
        }
    }

    fn offer(&mut self, loss: f64, last: Option<usize>) {
        if loss < self.best.0 {
            self.best.0 = loss;
            self.best.1.clone_from(&self.chosen);
            self.best.1.extend(last);
        }
    }
}
