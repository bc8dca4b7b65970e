//! Looking into a part: its bound, what that fixes, and where to branch.

use super::costs::{Costs, Seen, measure};
use super::incumbents::exchange;
use super::leaf::{best_choice, choices};
use super::points::loss;
use super::problem::Problem;
use super::relax::{OFF, ON, Relaxation, State, free_at};
use super::tree::{Found, Outcome, Part, cutoff};

/// Parts with no more masks are enumerated: about what a relaxation costs.
const LEAF: f64 = 60.0;

/// Masks that are this much worse than the best may be bettered by exchanges.
const POLISH: f64 = 1.05;

/// Nodes that may be tried at a branch, those that are guessed to be the best.
const PROBES: usize = 4;

/// A node that was fixed so often in either direction is no longer tried before it is guessed.
const ENOUGH: f64 = 8.0;

/// What parts are looked into for.
#[derive(Clone, Copy)]
pub(super) struct Aim<'a> {
    /// Number of nodes on.
    pub size: usize,
    /// A loss from which on nothing matters.
    pub cutoff: f64,
    /// What fixing nodes has cost before.
    pub costs: &'a Costs,
    /// Whether to better the rounded masks by exchanges.
    pub polish: bool,
}

/// Looks into parts.
pub(super) struct Explorer<'a> {
    problem: &'a Problem,
    relaxation: Relaxation<'a>,
    /// Another one, for what is only tried.
    trial: Relaxation<'a>,
    outcome: Outcome,
    cutoff: f64,
}

impl<'a> Explorer<'a> {
    pub fn new(problem: &'a Problem) -> Self {
        let (relaxation, trial) = (Relaxation::new(problem), Relaxation::new(problem));
        Self { problem, relaxation, trial, outcome: Outcome::default(), cutoff: 0.0 }
    }

    /// All masks of a size; the relaxed problem is solved from `start`, a mask of it. (From
    /// everywhere between 0 and 1 it would take many more steps.)
    pub fn root(&mut self, start: &[bool], aim: &Aim) -> Outcome {
        self.cutoff = aim.cutoff;
        let state = start.iter().map(|&on| free_at(if on { 1.0 } else { 0.0 })).collect();
        self.visit(state, 0.0, aim);
        std::mem::take(&mut self.outcome)
    }

    /// Both halves of a part.
    pub fn halves(&mut self, part: &Part, aim: &Aim) -> Outcome {
        self.cutoff = aim.cutoff;
        let node = part.branch as usize;
        for (to, measure) in [OFF, ON].into_iter().zip(part.measures) {
            let mut state = part.state.to_vec();
            state[node] = to;
            if let Some(bound) = self.visit(state, part.bound(), aim) {
                let factor = (bound - part.bound()) / f64::from_bits(measure);
                self.outcome.seen.push(Seen { node, on: to == ON, factor });
            }
        }
        std::mem::take(&mut self.outcome)
    }

    /// Looks into a part of which `bound` is known already. Its bound then, at most the cutoff,
    /// unless it was enumerated.
    fn visit(&mut self, mut state: Vec<State>, bound: f64, aim: &Aim) -> Option<f64> {
        self.outcome.parts += 1;
        if self.enumerate_few(&state, aim.size) {
            return None;
        }
        let bound = self.relaxation.bound(&state, aim.size, self.cutoff).max(bound);
        if bound >= self.cutoff {
            self.close(bound);
            return Some(self.cutoff);
        }
        self.round(&state, aim.polish);
        if self.fix(&mut state, aim.size) && self.enumerate_few(&state, aim.size) {
            return None;
        }
        for (state, b) in state.iter_mut().zip(&self.relaxation.b) {
            if is_free(*state) {
                *state = free_at(*b);
            }
        }
        let (branch, measures) = self.branching(&state, bound, aim)?;
        let (bits, measures) = (bound.to_bits(), measures.map(f64::to_bits));
        let state = state.into_boxed_slice();
        self.outcome.open.push(Part { bound: bits, branch: branch as u32, measures, state });
        Some(bound)
    }

    /// Nothing that is done with has a smaller loss than `bound`.
    fn close(&mut self, bound: f64) {
        self.outcome.closed = self.outcome.closed.min(bound);
    }

    fn offer(&mut self, found: Found) {
        self.cutoff = self.cutoff.min(cutoff(found.loss));
        let best = self.outcome.found.as_ref().map_or(f64::INFINITY, |best| best.loss);
        if found.loss < best {
            self.outcome.found = Some(found);
        }
    }

    /// Tries the mask of the largest relaxed values.
    fn round(&mut self, state: &[State], polish: bool) {
        let Relaxation { b, g, order, missing, .. } = &self.relaxation;
        let mut by_value = order.clone();
        by_value.sort_by(|&i, &j| b[j].total_cmp(&b[i]).then(g[i].total_cmp(&g[j])));
        let mut on: Vec<bool> = state.iter().map(|&state| state == ON).collect();
        by_value[..*missing].iter().for_each(|&i| on[i] = true);
        let zeros = &self.problem.zeros;
        let loss = loss(self.problem, &self.problem.margins(&on), zeros, zeros);
        let mut found = Found { loss, on };
        if polish && loss < POLISH * self.cutoff {
            found = exchange(self.problem, &found, &|| false);
        }
        self.offer(found);
    }

    /// Fixes the free nodes that the tangent forbids to move (reduced costs): those whose other
    /// value would raise its least value to the cutoff. Whether there were any.
    fn fix(&mut self, state: &mut [State], size: usize) -> bool {
        let Relaxation { g, least, order, missing, .. } = &self.relaxation;
        let (last_on, first_off) = (order.get(missing.wrapping_sub(1)), order.get(*missing));
        let (Some(&last_on), Some(&first_off)) = (last_on, first_off) else { return false };
        let mut closed = f64::INFINITY;
        for (at, &i) in order.iter().enumerate() {
            let is_on = at < *missing;
            let cost = if is_on { g[first_off] - g[i] } else { g[i] - g[last_on] };
            if least + cost >= self.cutoff {
                state[i] = if is_on { ON } else { OFF };
                closed = closed.min(least + cost);
            }
        }
        self.relaxation.order.retain(|&i| is_free(state[i]));
        self.relaxation.missing = size - on_and_free(state).0;
        self.close(closed);
        closed < f64::INFINITY
    }

    /// Enumerates a part's masks if they are few; whether they were.
    fn enumerate_few(&mut self, state: &[State], size: usize) -> bool {
        let (on, free) = on_and_free(state);
        if size < on || size > on + free {
            return true;
        }
        if choices(free, size - on) > LEAF {
            return false;
        }
        let is_on = state.iter().map(|&state| state == ON).collect();
        let free: Vec<usize> = (0..state.len()).filter(|&i| is_free(state[i])).collect();
        let best = best_choice(self.problem, is_on, &free, size - on);
        // All of these losses are as exact as this one.
        self.close((best.loss * (1.0 - 1e-12) - self.problem.slack).max(0.0));
        self.offer(best);
        true
    }

    /// The free node to branch on, with the measures of fixing it off and on: the one with the
    /// largest product of the two rises of the bound, by guess, or by trial of the most promising
    /// ones that little is known of ([`Costs`]).
    fn branching(&mut self, state: &[State], bound: f64, aim: &Aim) -> Option<(usize, [f64; 2])> {
        let fractions = self.relaxation.fractions();
        if fractions.is_empty() {
            // The one that costs least to move.
            let Relaxation { order, missing, .. } = &self.relaxation;
            let middle = (*missing).min(order.len().saturating_sub(1));
            return order.get(middle).map(|&i| (i, [1.0; 2]));
        }
        let most = self.cutoff - bound;
        let guess = |(i, curvature): (usize, f64)| {
            let b = self.relaxation.b[i];
            let measures = [measure(b, curvature), measure(1.0 - b, curvature)];
            let rise = |on: usize| (aim.costs.factor(i, on == 1) * measures[on]).min(most);
            (rise(0) * rise(1), i, measures)
        };
        let mut all: Vec<_> = fractions.into_iter().map(guess).collect();
        all.sort_by(|a, b| b.0.total_cmp(&a.0));
        for (product, i, measures) in all.iter_mut().take(PROBES) {
            if aim.costs.count(*i) < ENOUGH {
                *product = self.try_branch(state, bound, *i, *measures, aim.size);
            }
        }
        let best = all.into_iter().reduce(|a, b| if b.0 > a.0 { b } else { a });
        best.map(|(_, i, measures)| (i, measures))
    }

    /// The product of the rises of the bound with node i off and on, each up to the cutoff.
    fn try_branch(
        &mut self,
        state: &[State],
        bound: f64,
        node: usize,
        measures: [f64; 2],
        size: usize,
    ) -> f64 {
        let most = self.cutoff - bound;
        let mut state = state.to_vec();
        let mut product = 1.0;
        for (to, measure) in [OFF, ON].into_iter().zip(measures) {
            state[node] = to;
            let (on, free) = on_and_free(&state);
            let rise = if size < on || size > on + free {
                most
            } else {
                (self.trial.bound(&state, size, self.cutoff) - bound).clamp(0.0, most)
            };
            self.outcome.seen.push(Seen { node, on: to == ON, factor: rise / measure });
            // A node that does nothing in one direction should still count by the other.
            product *= rise.max(1e-6 * most);
        }
        product
    }
}

fn is_free(state: State) -> bool {
    state != OFF && state != ON
}

/// How many nodes are on, and how many free.
fn on_and_free(state: &[State]) -> (usize, usize) {
    let on = state.iter().filter(|&&state| state == ON).count();
    (on, state.iter().filter(|&&state| is_free(state)).count())
}
