//! Good masks of each size, without a proof.

use rand::RngExt;
use rayon::prelude::*;

use super::points::{loss, tangent};
use super::problem::Problem;
use super::products::{add, gradient, hessian};
use super::tree::Found;
use crate::stream;

/// The stream that kicks are drawn from.
const KICKS: u64 = 21;

/// Rounds of so many kicks for each size, and of what they give spreading to others.
const ROUNDS: u64 = 12;
const KICKS_PER_ROUND: u64 = 4;

/// Greedy removal: from all nodes on, each step removes the node whose removal leaves the smallest
/// loss (the highest node if several tie). `[n + 1]`, by size. Once `is_over`, those left go by
/// their gradient, all in one.
pub(super) fn greedy_removal(problem: &Problem, is_over: &(dyn Fn() -> bool + Sync)) -> Vec<Found> {
    let n = problem.n;
    let mut on = vec![true; n];
    let mut s = problem.margins(&on);
    let mut path = vec![Found { loss: loss_of(problem, &s), on: on.clone() }];
    while path.len() <= n && !is_over() {
        let after = |i: usize| (loss(problem, &s, &problem.zeros, problem.node(i)), i);
        let candidates: Vec<usize> = (0..n).rev().filter(|&i| on[i]).collect();
        let losses: Vec<(f64, usize)> = candidates.par_iter().map(|&i| after(i)).collect();
        let best = losses.into_iter().reduce(|a, b| if b.0 < a.0 { b } else { a });
        let Some((loss, i)) = best else { break };
        on[i] = false;
        add(&mut s, -1.0, problem.node(i));
        path.push(Found { loss, on: on.clone() });
    }
    if path.len() <= n {
        let nodes: Vec<usize> = (0..n).collect();
        let (mut r, mut g) = (problem.zeros.clone(), vec![0.0; n]);
        tangent(problem, &s, &mut r);
        gradient(problem, &r, &nodes, &mut g);
        let mut left: Vec<usize> = nodes.into_iter().filter(|&i| on[i]).collect();
        left.sort_by(|&i, &j| g[j].total_cmp(&g[i]).then(j.cmp(&i)));
        for i in left {
            on[i] = false;
            add(&mut s, -1.0, problem.node(i));
            path.push(Found { loss: loss_of(problem, &s), on: on.clone() });
        }
    }
    path.reverse();
    path
}

fn loss_of(problem: &Problem, s: &[f64]) -> f64 {
    loss(problem, s, &problem.zeros, &problem.zeros)
}

/// The best mask with one node switched on (`to`), or off.
fn with_one(problem: &Problem, found: &Found, to: bool) -> Option<Found> {
    let s = problem.margins(&found.on);
    let zeros = &problem.zeros;
    let after = |i: usize| {
        let a = problem.node(i);
        (if to { loss(problem, &s, a, zeros) } else { loss(problem, &s, zeros, a) }, i)
    };
    let all = (0..problem.n).filter(|&i| found.on[i] != to).map(after);
    let (loss, i) = all.reduce(|a, b| if b.0 < a.0 { b } else { a })?;
    let mut on = found.on.clone();
    on[i] = to;
    Some(Found { loss, on })
}

/// Exchanges of which the loss is computed, before it is believed that none lowers it.
const TRIED: usize = 24;

/// Exchanges one node that is on for one that is off while that lowers the loss: of the exchanges
/// that are best by a quadratic model the best one.
pub(super) fn exchange(
    problem: &Problem,
    found: &Found,
    is_over: &(dyn Fn() -> bool + Sync),
) -> Found {
    let n = problem.n;
    let nodes: Vec<usize> = (0..n).collect();
    let (mut r, mut g) = (problem.zeros.clone(), vec![0.0; n]);
    let (mut room, mut h) = (Vec::new(), Vec::new());
    let mut found = found.clone();
    while !is_over() {
        let s = problem.margins(&found.on);
        tangent(problem, &s, &mut r);
        gradient(problem, &r, &nodes, &mut g);
        hessian(problem, &r, &nodes, &mut room, &mut h);
        let h = |i: usize, j: usize| h[i * n + j];
        let mut candidates = Vec::new();
        for leaves in (0..n).filter(|&i| found.on[i]) {
            for enters in (0..n).filter(|&i| !found.on[i]) {
                let curvature = h(leaves, leaves) + h(enters, enters) - 2.0 * h(leaves, enters);
                candidates.push((g[enters] - g[leaves] + 0.5 * curvature, leaves, enters));
            }
        }
        if candidates.len() > TRIED {
            candidates.select_nth_unstable_by(TRIED, |a, b| a.0.total_cmp(&b.0));
            candidates.truncate(TRIED);
        }
        let after = |&(_, leaves, enters): &(f64, usize, usize)| {
            (loss(problem, &s, problem.node(enters), problem.node(leaves)), leaves, enters)
        };
        let best = candidates.iter().map(after).min_by(|a, b| a.0.total_cmp(&b.0));
        let Some((loss, leaves, enters)) = best else { break };
        if loss >= found.loss * (1.0 - 1e-12) {
            break;
        }
        found.on[enters] = true;
        found.on[leaves] = false;
        found.loss = loss;
    }
    found
}

/// Betters masks of all sizes by those of the next sizes with a node more or less, as long as there
/// are new ones: at first those of `is_new`.
pub(super) fn spread(
    problem: &Problem,
    best: &mut [Found],
    mut is_new: Vec<bool>,
    is_over: &(dyn Fn() -> bool + Sync),
) {
    while is_new.iter().any(|&is_new| is_new) && !is_over() {
        let neighbours: Vec<(usize, Found)> = (0..best.len())
            .into_par_iter()
            .filter(|&size| is_new[size] && !is_over())
            .flat_map_iter(|size| {
                let less = with_one(problem, &best[size], false).map(|found| (size - 1, found));
                let more = with_one(problem, &best[size], true).map(|found| (size + 1, found));
                let both = less.into_iter().chain(more);
                both.map(|(size, found)| (size, exchange(problem, &found, is_over)))
            })
            .collect();
        is_new.fill(false);
        for (size, found) in neighbours {
            if found.loss < best[size].loss * (1.0 - 1e-12) {
                best[size] = found;
                is_new[size] = true;
            }
        }
    }
}

/// Betters masks of all sizes by exchanges, random kicks and each other.
pub(super) fn improve(problem: &Problem, best: &mut [Found], is_over: &(dyn Fn() -> bool + Sync)) {
    let keep_better = |best: &mut Found, found: Found| {
        if found.loss < best.loss {
            *best = found;
        }
    };
    best.par_iter_mut().for_each(|best| keep_better(best, exchange(problem, best, is_over)));
    for round in 0..ROUNDS {
        let is_new = vec![true; best.len()];
        spread(problem, best, is_new, is_over);
        best.par_iter_mut().for_each(|best| {
            for index in round * KICKS_PER_ROUND..(round + 1) * KICKS_PER_ROUND {
                if !is_over() {
                    keep_better(best, kick(problem, best, index, is_over));
                }
            }
        });
    }
}

/// Two or three random exchanges and then those that lower the loss; kick number `index` of a size.
fn kick(
    problem: &Problem,
    found: &Found,
    index: u64,
    is_over: &(dyn Fn() -> bool + Sync),
) -> Found {
    let on: Vec<usize> = (0..problem.n).filter(|&i| found.on[i]).collect();
    let off: Vec<usize> = (0..problem.n).filter(|&i| !found.on[i]).collect();
    if on.is_empty() || off.is_empty() {
        return found.clone();
    }
    let mut rng = stream(on.len() as u64, KICKS, index);
    let mut kicked = found.clone();
    for _ in 0..2 + index % 3 {
        let (i, j) = (rng.random_range(0..on.len()), rng.random_range(0..off.len()));
        if kicked.on[on[i]] && !kicked.on[off[j]] {
            kicked.on[on[i]] = false;
            kicked.on[off[j]] = true;
        }
    }
    kicked.loss = loss_of(problem, &problem.margins(&kicked.on));
    exchange(problem, &kicked, is_over)
}
