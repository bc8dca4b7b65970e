//! Good masks of each size, without a proof.

use rayon::prelude::*;

use super::kernel::{add, gradient, loss, tangent};
use super::problem::Problem;
use super::tree::Found;

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

/// Exchanges one node that is on for one that is off while that lowers the loss: in turn every node
/// that is off against the best that is on.
pub(super) fn exchange(
    problem: &Problem,
    found: &Found,
    is_over: &(dyn Fn() -> bool + Sync),
) -> Found {
    let mut found = found.clone();
    let mut s = problem.margins(&found.on);
    let mut since_change = 0;
    let mut enters = 0;
    while since_change < problem.n && !is_over() {
        enters = (enters + 1) % problem.n;
        since_change += 1;
        if found.on[enters] {
            continue;
        }
        let a = problem.node(enters);
        let after = |leaves: usize| (loss(problem, &s, a, problem.node(leaves)), leaves);
        let all = (0..problem.n).filter(|&i| found.on[i]).map(after);
        let best = all.reduce(|a, b| if b.0 < a.0 { b } else { a });
        if let Some((loss, leaves)) = best
            && loss < found.loss * (1.0 - 1e-12)
        {
            found.on[enters] = true;
            found.on[leaves] = false;
            found.loss = loss;
            s = problem.margins(&found.on);
            since_change = 0;
        }
    }
    found
}

/// Betters masks of all sizes by exchanges, and by each other's with one node more or less.
pub(super) fn improve(problem: &Problem, best: &mut [Found], is_over: &(dyn Fn() -> bool + Sync)) {
    let mut is_new = vec![true; best.len()];
    while is_new.iter().any(|&is_new| is_new) && !is_over() {
        let bettered: Vec<Found> = best
            .par_iter()
            .zip(&is_new)
            .map(
                |(found, is_new)| {
                    if *is_new { exchange(problem, found, is_over) } else { found.clone() }
                },
            )
            .collect();
        best.clone_from_slice(&bettered);
        let changed = std::mem::replace(&mut is_new, vec![false; best.len()]);
        let neighbours: Vec<(usize, Found)> = (0..best.len())
            .into_par_iter()
            .filter(|&size| changed[size] && !is_over())
            .flat_map_iter(|size| {
                let less = with_one(problem, &bettered[size], false).map(|found| (size - 1, found));
                let more = with_one(problem, &bettered[size], true).map(|found| (size + 1, found));
                less.into_iter().chain(more)
            })
            .collect();
        for (size, found) in neighbours {
            if found.loss < best[size].loss * (1.0 - 1e-12) {
                best[size] = found;
                is_new[size] = true;
            }
        }
    }
}
