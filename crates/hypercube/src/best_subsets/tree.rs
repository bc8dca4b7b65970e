//! Branch and bound for the masks of one size.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use super::incumbents::exchange;
use super::kernel::loss;
use super::problem::Problem;
use super::relax::{OFF, ON, Relaxation, State, free_at};

/// A mask with its loss.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub loss: f64,
    pub on: Vec<bool>,
}

/// Some nodes fixed, others free, and what is known of the masks within.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Part {
    /// No mask within has a smaller loss. (Never negative, so that its bits are in order.)
    bound: u64,
    /// The node to branch on.
    branch: u32,
    state: Box<[State]>,
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

/// The search among the masks of one size.
pub(super) struct Tree {
    pub size: usize,
    pub best: Found,
    pub open: BinaryHeap<Part>,
    /// The smallest bound of a part that is done with.
    pub closed: f64,
    pub parts: u64,
    pub batches: u64,
}

impl Tree {
    /// A lower bound on the loss of every mask of the size.
    pub fn bound(&self) -> f64 {
        let open = self.open.peek().map_or(f64::INFINITY, Part::bound);
        open.min(self.closed).min(self.best.loss)
    }

    /// (loss − bound) / loss.
    pub fn gap(&self) -> f64 {
        if self.best.loss > 0.0 { 1.0 - self.bound() / self.best.loss } else { 0.0 }
    }

    pub fn is_done(&self) -> bool {
        self.gap() <= super::TOLERANCE
    }

    /// From where on a part cannot matter.
    pub fn cutoff(&self) -> f64 {
        self.best.loss * (1.0 - 0.5 * super::TOLERANCE)
    }

    pub fn take(&mut self, outcome: Outcome) {
        self.parts += outcome.parts;
        self.closed = self.closed.min(outcome.closed);
        self.open.extend(outcome.open);
    }
}

/// What looking into a part gave.
#[derive(Debug)]
pub(super) struct Outcome {
    pub open: Vec<Part>,
    pub closed: f64,
    pub found: Option<Found>,
    pub parts: u64,
}

/// What is bettered by exchanges is at most this much worse than the best.
const POLISH: f64 = 0.9;

/// Parts with no more masks are enumerated.
const LEAF: f64 = 60.0;

/// Looks into parts of one size.
pub(super) struct Explorer<'a> {
    problem: &'a Problem,
    pub relaxation: Relaxation<'a>,
    size: usize,
    cutoff: f64,
    polish: bool,
    outcome: Outcome,
}

impl<'a> Explorer<'a> {
    pub fn new(problem: &'a Problem) -> Self {
        let relaxation = Relaxation::new(problem);
        let outcome = Outcome { open: Vec::new(), closed: f64::INFINITY, found: None, parts: 0 };
        Self { problem, relaxation, size: 0, cutoff: 0.0, polish: false, outcome }
    }

    fn begin(&mut self, size: usize, cutoff: f64, polish: bool) {
        self.polish = polish;
        self.size = size;
        self.cutoff = cutoff;
    }

    fn end(&mut self) -> Outcome {
        let none = Outcome { open: Vec::new(), closed: f64::INFINITY, found: None, parts: 0 };
        std::mem::replace(&mut self.outcome, none)
    }

    /// All masks of a size; `cutoff` is a loss from which on nothing matters.
    pub fn root(&mut self, size: usize, cutoff: f64) -> Outcome {
        self.begin(size, cutoff, false);
        let n = self.problem.n;
        let start = free_at(size as f64 / n.max(1) as f64);
        self.visit(vec![start; n], 0.0);
        self.end()
    }

    /// Both halves of a part.
    pub fn halves(&mut self, part: &Part, size: usize, cutoff: f64, polish: bool) -> Outcome {
        self.begin(size, cutoff, polish);
        for to in [OFF, ON] {
            let mut state = part.state.to_vec();
            state[part.branch as usize] = to;
            self.visit(state, part.bound());
        }
        self.end()
    }

    fn visit(&mut self, mut state: Vec<State>, bound: f64) {
        self.outcome.parts += 1;
        if self.enumerate_few(&state) {
            return;
        }
        let bound = self.relaxation.bound(&state, self.size, self.cutoff).max(bound);
        if bound >= self.cutoff {
            self.outcome.closed = self.outcome.closed.min(bound);
            return;
        }
        self.round(&state);
        if self.fix(&mut state, bound) && self.enumerate_few(&state) {
            return;
        }
        let Some(branch) = self.relaxation.branching() else { return };
        for (i, state) in state.iter_mut().enumerate() {
            if *state != OFF && *state != ON {
                *state = free_at(self.relaxation.b[i].clamp(0.0, 1.0));
            }
        }
        let state = state.into_boxed_slice();
        self.outcome.open.push(Part { bound: bound.to_bits(), branch: branch as u32, state });
    }

    fn offer(&mut self, loss: f64, on: impl FnOnce() -> Vec<bool>) {
        if loss < self.outcome.found.as_ref().map_or(f64::INFINITY, |found| found.loss) {
            self.outcome.found = Some(Found { loss, on: on() });
        }
    }

    /// Tries the mask of the largest relaxed values.
    fn round(&mut self, state: &[State]) {
        let Relaxation { b, g, order, missing, .. } = &self.relaxation;
        let mut by_value = order.clone();
        by_value.sort_by(|&i, &j| b[j].total_cmp(&b[i]).then(g[i].total_cmp(&g[j])));
        let mut on: Vec<bool> = state.iter().map(|&state| state == ON).collect();
        by_value[..*missing].iter().for_each(|&i| on[i] = true);
        let none = &self.problem.zeros;
        let loss = loss(self.problem, &self.problem.margins(&on), none, none);
        let mut found = Found { loss, on };
        if self.polish && loss * POLISH < self.cutoff {
            found = exchange(self.problem, &found, &|| false);
        }
        self.cutoff = self.cutoff.min(found.loss * (1.0 - 0.5 * super::TOLERANCE));
        self.offer(found.loss, || found.on);
    }

    /// Fixes the free nodes that the tangent forbids to move; whether there were any.
    fn fix(&mut self, state: &mut [State], bound: f64) -> bool {
        let Relaxation { g, order, missing, .. } = &self.relaxation;
        let (last_on, first_off) = (order.get(missing.wrapping_sub(1)), order.get(*missing));
        let (Some(&last_on), Some(&first_off)) = (last_on, first_off) else { return false };
        let mut fixed = false;
        for (at, &i) in order.iter().enumerate() {
            let (to, cost) =
                if at < *missing { (ON, g[first_off] - g[i]) } else { (OFF, g[i] - g[last_on]) };
            if bound + cost >= self.cutoff {
                state[i] = to;
                fixed = true;
                self.outcome.closed = self.outcome.closed.min(bound + cost);
            }
        }
        let left: Vec<usize> =
            order.iter().copied().filter(|&i| state[i] != OFF && state[i] != ON).collect();
        let on = state.iter().filter(|&&state| state == ON).count();
        self.relaxation.missing = self.size - on;
        self.relaxation.order = left;
        fixed
    }

    /// Enumerates a part's masks if they are few; whether they were.
    fn enumerate_few(&mut self, state: &[State]) -> bool {
        let on = state.iter().filter(|&&state| state == ON).count();
        let free: Vec<usize> =
            (0..state.len()).filter(|&i| state[i] != OFF && state[i] != ON).collect();
        if on > self.size || on + free.len() < self.size {
            return true;
        }
        let missing = self.size - on;
        if choices(free.len(), missing) > LEAF {
            return false;
        }
        let base: Vec<bool> = state.iter().map(|&state| state == ON).collect();
        let mut leaf = Leaf {
            problem: self.problem,
            free: &free,
            margins: vec![self.problem.margins(&base)],
            chosen: Vec::new(),
            best: (f64::INFINITY, Vec::new()),
        };
        leaf.choose(0, missing);
        let (loss, chosen) = leaf.best;
        // Every loss here is as exact as this one.
        let bound = loss * (1.0 - 1e-12) - self.problem.slack;
        self.outcome.closed = self.outcome.closed.min(bound.max(0.0));
        self.offer(loss, || {
            let mut on = base;
            chosen.iter().for_each(|&i| on[i] = true);
            on
        });
        true
    }
}

/// The number of ways to choose `k` of `n`, in floating point.
pub(super) fn choices(n: usize, k: usize) -> f64 {
    (0..k.min(n - k)).fold(1.0, |c, i| c * (n - i) as f64 / (i + 1) as f64)
}

/// Goes through the ways to choose some of the free nodes.
struct Leaf<'a> {
    problem: &'a Problem,
    free: &'a [usize],
    /// Margins with the chosen nodes on, from none chosen to all of them.
    margins: Vec<Vec<f64>>,
    chosen: Vec<usize>,
    best: (f64, Vec<usize>),
}

impl Leaf<'_> {
    fn choose(&mut self, from: usize, left: usize) {
        let depth = self.chosen.len();
        let zeros = &self.problem.zeros;
        if left == 0 {
            let loss = loss(self.problem, &self.margins[depth], zeros, zeros);
            self.offer(loss, None);
            return;
        }
        for at in from..=self.free.len() - left {
            let i = self.free[at];
            if left == 1 {
                let loss = loss(self.problem, &self.margins[depth], self.problem.node(i), zeros);
                self.offer(loss, Some(i));
                continue;
            }
            if self.margins.len() == depth + 1 {
                self.margins.push(Vec::new());
            }
            let (before, after) = self.margins.split_at_mut(depth + 1);
            after[0].clone_from(&before[depth]);
            super::kernel::add(&mut after[0], 1.0, self.problem.node(i));
            self.chosen.push(i);
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
