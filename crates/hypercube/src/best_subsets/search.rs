//! Branch and bound over all sizes.

use std::time::{Duration, Instant};

use rayon::prelude::*;

use super::Progress;
use super::explore::{Aim, Explorer};
use super::incumbents::{self, greedy_removal};
use super::problem::Problem;
use super::tree::{Found, Outcome, Part, Tree};

/// Parts that are looked into at once; they do not see each other's findings, so that the result
/// does not depend on threads.
const BATCH: usize = 64;

/// Parts of a batch whose rounded masks are bettered by exchanges, where any are: in the first
/// batches of a size and then in some.
const POLISHED: usize = 8;
const POLISHED_BATCHES: u64 = 16;

/// Memory for open parts, in bytes.
const MEMORY: usize = 3 << 29;

/// When to stop.
pub(super) struct Limits<'a> {
    /// Whether the time is over.
    pub is_over: &'a (dyn Fn() -> bool + Sync),
    /// Whether the time for good masks alone is.
    pub is_search_due: &'a (dyn Fn() -> bool + Sync),
}

/// The best mask found of each size and a lower bound.
pub(super) fn search(
    problem: &Problem,
    limits: &Limits,
    progress: &mut impl FnMut(Progress),
) -> Vec<(Found, f64)> {
    let is_over = limits.is_over;
    let best = greedy_removal(problem, is_over);
    let mut trees: Vec<Tree> =
        best.into_iter().enumerate().map(|(size, best)| Tree::new(size, best)).collect();
    roots(problem, &mut trees, is_over);
    progress(state_of(&trees));
    let mut best: Vec<Found> = trees.iter().map(|tree| tree.best.clone()).collect();
    incumbents::improve(problem, &mut best, limits.is_search_due);
    trees.iter_mut().zip(best).for_each(|(tree, best)| tree.best = best);
    let mut reported = Instant::now();
    let mut turn = 0;
    while !is_over() {
        turn += 1;
        let Some(size) = choose(&trees, turn) else { break };
        batch(problem, &mut trees, size, is_over);
        if reported.elapsed() > Duration::from_millis(200) {
            reported = Instant::now();
            progress(state_of(&trees));
        }
    }
    progress(state_of(&trees));
    let of = |tree: Tree| {
        let bound = tree.bound();
        (tree.best, bound)
    };
    trees.into_iter().map(of).collect()
}

/// Bounds on all sizes.
fn roots(problem: &Problem, trees: &mut [Tree], is_over: &(dyn Fn() -> bool + Sync)) {
    let root = |explorer: &mut Explorer, tree: &Tree| {
        let Tree { size, costs, .. } = tree;
        let aim = Aim { size: *size, cutoff: tree.cutoff(), costs, polish: false };
        (!is_over()).then(|| explorer.root(&tree.best.on, &aim))
    };
    let roots: Vec<Option<Outcome>> =
        trees.par_iter().map_init(|| Explorer::new(problem), root).collect();
    for (tree, root) in trees.iter_mut().zip(roots) {
        if let Some(root) = root {
            tree.begin(root);
        }
    }
}

/// The size to go on with: in turn the one with the largest gap and the one that least has been
/// done for, so that hard sizes do not keep the others from being proven.
fn choose(trees: &[Tree], turn: u64) -> Option<usize> {
    let open = trees.iter().filter(|tree| tree.is_open());
    let chosen = if turn.is_multiple_of(2) {
        open.max_by(|a, b| a.gap().total_cmp(&b.gap()))
    } else {
        open.min_by_key(|tree| tree.parts)
    };
    chosen.map(|tree| tree.size)
}

/// Looks into the parts of one size that have the smallest bounds.
fn batch(problem: &Problem, trees: &mut [Tree], size: usize, is_over: &(dyn Fn() -> bool + Sync)) {
    let tree = &mut trees[size];
    let before = tree.best.loss;
    let polish = tree.batches < POLISHED_BATCHES || tree.batches.is_multiple_of(POLISHED_BATCHES);
    let parts = tree.next(BATCH);
    let (cutoff, costs) = (tree.cutoff(), &tree.costs);
    let look = |explorer: &mut Explorer, (k, part): (usize, &Part)| {
        explorer.halves(part, &Aim { size, cutoff, costs, polish: polish && k < POLISHED })
    };
    let outcomes: Vec<Outcome> =
        parts.par_iter().enumerate().map_init(|| Explorer::new(problem), look).collect();
    outcomes.into_iter().for_each(|outcome| tree.take(outcome));
    if tree.best.loss < before {
        spread(problem, trees, size, is_over);
    }
    let open: usize = trees.iter().map(Tree::open_parts).sum();
    if open * (problem.n + size_of::<Part>() + 16) > MEMORY {
        trees[size].forget_half();
    }
}

/// Betters a new mask by exchanges, and other sizes' masks by it.
fn spread(problem: &Problem, trees: &mut [Tree], size: usize, is_over: &(dyn Fn() -> bool + Sync)) {
    let mut best: Vec<Found> = trees.iter().map(|tree| tree.best.clone()).collect();
    best[size] = incumbents::exchange(problem, &best[size], is_over);
    let mut is_new = vec![false; best.len()];
    is_new[size] = true;
    incumbents::spread(problem, &mut best, is_new, is_over);
    trees.iter_mut().zip(best).for_each(|(tree, best)| tree.best = best);
}

fn state_of(trees: &[Tree]) -> Progress {
    Progress {
        largest_gap: trees.iter().map(Tree::gap).fold(0.0, f64::max),
        proven: trees.iter().filter(|tree| tree.is_proven()).count(),
        sizes: trees.len(),
        parts: trees.iter().map(|tree| tree.parts).sum(),
    }
}
