//! The search tree of one size: what is open, what is closed, what is best.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use super::TOLERANCE;
use super::costs::{Costs, Seen};
use super::relax::State;

/// A mask of the last hidden layer with its loss.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub loss: f64,
    pub on: Vec<bool>,
}

/// The masks with some nodes fixed and the others free, and what is known of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Part {
    /// Bits of the bound: no mask within has a smaller loss. It is never negative, so that the bits
    /// are in the order of the numbers.
    pub bound: u64,
    /// The node to branch on.
    pub branch: u32,
    /// Bits of [`super::costs::measure`] of fixing it off and on.
    pub measures: [u64; 2],
    pub state: Box<[State]>,
}

impl Part {
    pub fn bound(&self) -> f64 {
        f64::from_bits(self.bound)
    }
}

impl Ord for Part {
    /// The smallest bound is the greatest, so that a heap hands it out first.
    fn cmp(&self, other: &Self) -> Ordering {
        other.bound.cmp(&self.bound).then_with(|| self.state.cmp(&other.state))
    }
}

impl PartialOrd for Part {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// What looking into a part gave.
#[derive(Debug)]
pub(super) struct Outcome {
    /// Parts that are still to be looked into.
    pub open: Vec<Part>,
    /// The smallest bound of what is done with.
    pub closed: f64,
    /// The best mask that was found.
    pub found: Option<Found>,
    /// How many parts were looked into.
    pub parts: u64,
    /// What fixing nodes cost.
    pub seen: Vec<Seen>,
}

impl Default for Outcome {
    fn default() -> Self {
        Self { open: Vec::new(), closed: f64::INFINITY, found: None, parts: 0, seen: Vec::new() }
    }
}

/// The search among the masks of one size.
pub(super) struct Tree {
    pub size: usize,
    pub best: Found,
    open: BinaryHeap<Part>,
    /// The smallest bound of what is done with; 0 before anything was looked into.
    closed: f64,
    pub parts: u64,
    pub batches: u64,
    pub costs: Costs,
}

impl Tree {
    pub fn new(size: usize, best: Found) -> Self {
        let n = best.on.len();
        // With no node on, and with all of them, there is no other mask; its loss is rounded.
        let closed = if size == 0 || size == n { (1.0 - 1e-12) * best.loss } else { 0.0 };
        let costs = Costs::new(n);
        Self { size, best, open: BinaryHeap::new(), closed, parts: 0, batches: 0, costs }
    }

    /// A lower bound on the loss of every mask of the size.
    pub fn bound(&self) -> f64 {
        let open = self.open.peek().map_or(f64::INFINITY, Part::bound);
        open.min(self.closed).min(self.best.loss)
    }

    /// (loss − bound) / loss.
    pub fn gap(&self) -> f64 {
        if self.best.loss > 0.0 { 1.0 - self.bound() / self.best.loss } else { 0.0 }
    }

    pub fn is_proven(&self) -> bool {
        self.gap() <= TOLERANCE
    }

    /// Whether there is anything to be done that would raise the bound.
    pub fn is_open(&self) -> bool {
        !self.is_proven() && self.open.peek().is_some_and(|part| part.bound() <= self.closed)
    }

    pub fn open_parts(&self) -> usize {
        self.open.len()
    }

    /// A loss from which on nothing matters.
    pub fn cutoff(&self) -> f64 {
        cutoff(self.best.loss)
    }

    /// The parts with the smallest bounds.
    pub fn next(&mut self, count: usize) -> Vec<Part> {
        self.batches += 1;
        std::iter::from_fn(|| self.open.pop()).take(count).collect()
    }

    /// What the whole of the size gave.
    pub fn begin(&mut self, root: Outcome) {
        self.closed = f64::INFINITY;
        self.take(root);
    }

    pub fn take(&mut self, outcome: Outcome) {
        self.parts += outcome.parts;
        self.closed = self.closed.min(outcome.closed);
        outcome.seen.into_iter().for_each(|seen| self.costs.add(seen));
        self.open.extend(outcome.open);
        if let Some(found) = outcome.found
            && found.loss < self.best.loss
        {
            self.best = found;
        }
    }

    /// Gives up the half of the open parts with the larger bounds, which stand from then on.
    pub fn forget_half(&mut self) {
        let mut parts = std::mem::take(&mut self.open).into_sorted_vec();
        // In descending order of the bound.
        let kept = parts.split_off(parts.len() / 2);
        let least = parts.last().map_or(f64::INFINITY, Part::bound);
        self.closed = self.closed.min(least);
        self.open = kept.into();
    }
}

/// A part whose bound is this much need not be looked into for a mask that is better than one with
/// that loss.
pub(super) fn cutoff(loss: f64) -> f64 {
    loss * (1.0 - 0.5 * TOLERANCE)
}

#[cfg(test)]
mod tests {
    use super::super::relax::free_at;
    use super::*;

    /// What is given up keeps its bound, and the best parts stay.
    #[test]
    fn forgetting_leaves_the_bound() {
        let part = |bound: f64| Part {
            bound: bound.to_bits(),
            branch: 0,
            measures: [0; 2],
            state: vec![free_at(0.5)].into(),
        };
        let mut tree = Tree::new(0, Found { loss: 1.0, on: vec![false] });
        let open = [0.5, 0.2, 0.4, 0.3].map(part).to_vec();
        tree.begin(Outcome { open, ..Outcome::default() });
        assert_eq!((tree.bound(), tree.open_parts()), (0.2, 4));
        tree.forget_half();
        assert_eq!((tree.bound(), tree.open_parts()), (0.2, 2));
        let bounds: Vec<f64> = tree.next(3).iter().map(Part::bound).collect();
        assert_eq!(bounds, [0.2, 0.3]);
        assert_eq!(tree.bound(), 0.4);
        assert!(!tree.is_open() && !tree.is_proven());
    }
}
