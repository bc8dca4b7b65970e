//! The best sub-network of each size of the last hidden layer, with a proof.
//!
//! The nodes before the last hidden layer stay on. Every logit is then affine in the mask b of the
//! last one's n nodes, so the mean cross-entropy L is convex in b ∈ [0, 1]^n, for any number of
//! classes and either ablation. For each size k:
//!
//! - *Bounds.* With g the gradient of L at any b*, `L(b) ≥ L(b*) + g·(b − b*)`, and the smallest
//!   value of the right-hand side over all masks of k nodes, some of them fixed, is had by sorting
//!   g. It is valid wherever b* lies, less an allowance for rounding; it is best where L is least
//!   over 0 ≤ b ≤ 1, Σ b = k, which Newton's method within the box finds in a few steps.
//! - *Reduced costs.* A node whose other value would raise this bound to the best loss known is
//!   fixed.
//! - *Masks.* Greedy removal, exchanges of a node that is on for one that is off until none helps,
//!   random exchanges before them, the best masks of the sizes beside it, and the largest values of
//!   every relaxed solution.
//! - *Branch and bound.* Where a bound does not reach the best loss, a node is fixed off and on in
//!   turn: one that matters (a large second derivative, large rises of the bound when it was fixed
//!   before). The part with the smallest bound comes first, so that the size's bound rises
//!   steadily; sizes take turns, every other time the one with the largest gap.
//!
//! Divergences from the full network's output are that cross-entropy for the network's likeliest classes
//! less a function that is linear in the mask ([`crate::divergence`]): convex as well. They are searched as
//! cross-entropies with the network's class probabilities for labels, which they are but for its entropy.
//!
//! What is not proven when the time is over is reported with its gap. Measured on two cores that
//! others used too: all 41 sizes of a 2-40-2 network at 300 points are proven in a second, all 65
//! of a 2-64-2 network at 1,024 points in five minutes (3.5 minutes of processor time); of a
//! 2-300-2 network at 200 points no gap is above 0.8 % after half a minute.
//!
//! (Branch and bound: A. H. Land and A. G. Doig, "An automatic method of solving discrete
//! programming problems", Econometrica 28 (1960) 497–520. Choosing variables by it: D. Bertsimas,
//! A. King and R. Mazumder, "Best subset selection via a modern optimization lens", Annals of
//! Statistics 44 (2016) 813–852.)

mod costs;
pub mod criteria;
#[cfg(test)]
mod divergence_tests;
mod explore;
mod incumbents;
mod leaf;
mod points;
mod problem;
mod products;
mod quadratic;
mod relax;
mod search;
#[cfg(test)]
mod tests;
mod tree;

use std::time::{Duration, Instant};

use rayon::prelude::*;
use thiserror::Error;

use crate::divergence::Target;
use crate::engine::simd::SimdLevel;
use crate::engine::solve::Problem as Enumeration;
use crate::subsets::by_size;
use crate::{Ablation, Mask, Network, Points, ValueFunction};

use problem::Problem;
use search::{Limits, search};
use tree::Found;

/// A size is proven once its bound is within this of its loss, relatively.
pub const TOLERANCE: f64 = 1e-9;

/// Up to so many nodes in the last hidden layer all masks are enumerated, which takes no time.
const MOST_ENUMERATED: usize = 16;

/// What the engine's losses are exact to, relatively (see [`crate::table::losses`]), and more.
const ENGINE_ERROR: f64 = 1e-11;

/// At most this share of the time goes to looking for good masks before the search.
const SHARE: u32 = 5;

/// Why there are no best subsets.
#[derive(Debug, Error, PartialEq)]
pub enum Error {
    /// The points have another width than the network's input.
    #[error("the points have {points} coordinates, but the network takes {network} inputs")]
    Width {
        /// Coordinates of a point.
        points: usize,
        /// Inputs of the network.
        network: usize,
    },
    /// A label that is not a class of the network.
    #[error("point {point} has label {label}, but the network has {classes} classes, from 0")]
    Label {
        /// The point, from 0.
        point: usize,
        /// Its label.
        label: usize,
        /// Number of classes.
        classes: usize,
    },
}

/// The best mask that was found of one size, and how good any can be.
#[derive(Clone, Debug, PartialEq)]
pub struct BestSubset {
    /// How many nodes of the last hidden layer are on.
    pub size: usize,
    /// The mask over all of the network's nodes, `[N]`; those before the last hidden layer are on.
    pub mask: Mask,
    /// Its mean loss, or divergence, in nats, as [`mod@crate::reference`] has it.
    pub loss: f64,
    /// Share of the points that it classifies correctly, as [`mod@crate::reference`] has it.
    pub accuracy: f64,
    /// No mask of this size has a smaller loss. At most [`Self::loss`].
    pub lower_bound: f64,
    /// Whether the bound is within [`TOLERANCE`] of the loss, relatively; of a divergence, relatively to
    /// the cross-entropy that it is part of.
    pub proven: bool,
}

impl BestSubset {
    /// `(loss − lower_bound) / loss`; 0 where the loss is, or where it is proven.
    pub fn gap(&self) -> f64 {
        if self.loss > 0.0 && !self.proven { 1.0 - self.lower_bound / self.loss } else { 0.0 }
    }
}

/// How far the search is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Progress {
    /// The largest gap of any size.
    pub largest_gap: f64,
    /// Sizes that are proven.
    pub proven: usize,
    /// Sizes, n + 1.
    pub sizes: usize,
    /// Parts of the search tree that have been looked into.
    pub parts: u64,
}

/// Best masks of all sizes 0…n of the last hidden layer, `[n + 1]`, within `budget` or until
/// `should_stop`.
///
/// Of all masks with k nodes on in the last hidden layer and every node on before it, that with the
/// smallest mean cross-entropy, or divergence, for each k, and a lower bound on what any of them can have; see the
/// [module](self) for how. Both limits are looked at many times per second (with hundreds of nodes
/// or 10,000s of points, every few seconds), and what there is by then is returned: at the least
/// greedy removal's masks, or with no time at all those of a ranking, and the bound 0. At the end,
/// beyond the limits, each mask is evaluated by [`mod@crate::reference`], which takes seconds at
/// hundreds of nodes and 10,000s of points. Up to 16 nodes everything is enumerated, whatever the
/// limits.
///
/// `progress` is told about five times per second. Runs on the current rayon pool; the result
/// depends on the number of threads only through where the time is over. Needs up to 1.5 GiB beside
/// `8 · n · classes · points` bytes: parts of the search beyond that are given up, and their
/// bound stands.
///
/// # Errors
///
/// [`Error::Width`] or [`Error::Label`] if points and network do not fit each other.
pub fn best_subsets(
    network: &Network,
    points: &Points,
    ablation: Ablation,
    value: ValueFunction,
    budget: Duration,
    should_stop: &(dyn Fn() -> bool + Sync),
    mut progress: impl FnMut(Progress),
) -> Result<Vec<BestSubset>, Error> {
    check(network, points)?;
    let start = Instant::now();
    let is_over = || start.elapsed() >= budget || should_stop();
    let (problem, entropy) = problem(network, points, ablation, value);
    let found = if problem.n <= MOST_ENUMERATED {
        enumerate(&problem)
    } else {
        let is_search_due = || start.elapsed() >= budget / SHARE || should_stop();
        let limits = Limits { is_over: &is_over, is_search_due: &is_search_due };
        search(&problem, &limits, &mut progress)
    };
    let of = |(size, (found, bound)): (usize, (Found, f64))| {
        let mask = whole_mask(network, &found.on);
        let values: Vec<f64> = mask.values().map(f64::from).collect();
        let exact = value.evaluate(network, points, ablation, &values);
        let lower_bound = (problem.less_rounding(bound) - entropy).clamp(0.0, exact.loss);
        let proven = exact.loss - lower_bound <= TOLERANCE * (exact.loss + entropy);
        BestSubset { size, mask, loss: exact.loss, accuracy: exact.accuracy, lower_bound, proven }
    };
    Ok(found.into_par_iter().enumerate().map(of).collect())
}

/// What is searched, and how much larger than the value it is.
fn problem(
    network: &Network,
    points: &Points,
    ablation: Ablation,
    value: ValueFunction,
) -> (Problem, f64) {
    match value {
        ValueFunction::Loss => (Problem::new(network, points, ablation), 0.0),
        ValueFunction::Divergence => {
            let target = Target::new(network, points);
            (Problem::of_divergence(network, &target, ablation), target.entropy)
        }
    }
}

fn check(network: &Network, points: &Points) -> Result<(), Error> {
    if points.inputs() != network.inputs() {
        return Err(Error::Width { points: points.inputs(), network: network.inputs() });
    }
    let classes = network.classes();
    match points.labels().iter().position(|&label| label >= classes) {
        Some(point) => Err(Error::Label { point, label: points.labels()[point], classes }),
        None => Ok(()),
    }
}

/// A mask of the last hidden layer as one of the whole network, the nodes before it on.
fn whole_mask(network: &Network, on: &[bool]) -> Mask {
    let before = network.n_nodes() - on.len();
    let mut mask = Mask::full(network.n_nodes());
    on.iter().enumerate().filter(|(_, on)| !**on).for_each(|(i, _)| mask.flip(before + i));
    mask
}

/// Every mask's loss from the engine.
fn enumerate(problem: &Problem) -> Vec<(Found, f64)> {
    let mut table = vec![0.0; 1 << problem.n];
    Enumeration::new(problem.odds()).losses(&mut table, SimdLevel::Auto, &|_| true);
    let (constant, slopes) = problem.taken_off();
    let is_on = |mask: usize, i: usize| mask >> i & 1 == 1;
    let taken = |mask: usize| {
        constant + (0..problem.n).filter(|&i| is_on(mask, i)).map(|i| slopes[i]).sum::<f64>()
    };
    table.iter_mut().enumerate().for_each(|(mask, loss)| *loss -= taken(mask));
    let best = by_size(&table).into_iter().map(|of_size| {
        let mask = of_size.best as usize;
        let on = (0..problem.n).map(|i| is_on(mask, i)).collect();
        let of_engine = of_size.best_value + taken(mask);
        let bound = of_size.best_value - ENGINE_ERROR * of_engine - problem.slack;
        (Found { loss: of_size.best_value, on }, bound.max(0.0))
    });
    best.collect()
}
