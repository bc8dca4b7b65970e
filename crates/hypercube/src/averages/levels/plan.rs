//! Which pairs of points are taken, and how closely.

use rand::seq::SliceRandom;

use super::cosines::{Cosines, Rule, UNIT};
use super::{CHUNK, PARTS, Sample, Sums};
use crate::averages::margins::{Margin, sum};
use crate::averages::waves::LANES;
use crate::stream;

/// The stream of random numbers that points are shuffled from.
const PAIRS: u64 = 10;

/// Errors in root mean square over masks, as shares of the standard deviation of degrees 1 and 2: the
/// best that is tried, and one that is still far below what sampling leaves.
const CLOSE: f64 = 1e-14;
const FAIR: f64 = 1e-9;

/// With fewer distances there is no interval.
const FEWEST: usize = 32;

/// Bytes that all cosines may take.
const MEMORY: f64 = 1e9;

/// What is to be done.
pub(super) struct Plan {
    /// For every point.
    pub rules: Vec<Rule>,
    /// The points in the order in which distances are counted.
    pub order: Vec<usize>,
    /// How many places apart the points of a pair are; 0, a point with itself, comes first.
    pub distances: Vec<usize>,
    /// What may be left out of a pair's sum at each t.
    pub share: f64,
    /// Whether these are some of all distances.
    is_sampled: bool,
}

impl Plan {
    /// None if all that is worth doing takes more than `limit` steps.
    pub fn new(margins: &[Margin], scale: f64, limit: f64, seed: u64) -> Option<Self> {
        let count = margins.len();
        let mut order: Vec<usize> = (0..count).collect();
        for close in [CLOSE, FAIR] {
            let rules = rules(margins, close * scale.sqrt());
            let steps = rules.iter().map(|rule| rule.steps).max().unwrap_or(0).max(1);
            let share = (close * scale / steps as f64).max(f64::MIN_POSITIVE);
            let [size, all] = cost(margins, &rules);
            if size > MEMORY {
                continue;
            }
            if all <= limit {
                let distances = (0..=count / 2).collect();
                return Some(Self { rules, order, distances, share, is_sampled: false });
            }
            if close == CLOSE {
                continue;
            }
            // Each distance and 0 take one pair for every point.
            let possible = (count - 1) / 2;
            let fitting = (limit / (2.0 * all / count as f64)) as usize;
            let number = fitting.saturating_sub(1).min(possible);
            if number >= FEWEST {
                let mut rng = stream(seed, PAIRS, 0);
                order.shuffle(&mut rng);
                let mut distances: Vec<usize> = (1..=possible).collect();
                distances.shuffle(&mut rng);
                distances.truncate(number);
                distances.insert(0, 0);
                return Some(Self { rules, order, distances, share, is_sampled: true });
            }
        }
        None
    }

    /// Estimates from sums over the pairs at each distance.
    pub fn sums(
        &self,
        by_distance: Vec<[f64; PARTS]>,
        left_out: f64,
        cosines: &[Cosines],
        n: usize,
    ) -> Sums {
        let count = cosines.len() as f64;
        let steps = self.rules.iter().map(|rule| rule.steps).max().unwrap_or(0);
        // Nodes, weights, sums over t and t′, over points and over distances.
        let operations = 9 * n + 40 + steps + steps / LANES + 60 + CHUNK + cosines.len() / CHUNK;
        let (mut parts, mut lost) = (vec![[0.0; PARTS]; by_distance.len() - 1], [0.0; PARTS]);
        for k in 0..PARTS {
            let size = cosines.iter().map(|point| point.sizes[k]).sum::<f64>() / count;
            lost[k] = operations as f64 * UNIT * size * size;
            let own = by_distance[0][k] / (count * count);
            for (part, sum) in parts.iter_mut().zip(&by_distance[1..]) {
                part[k] = own + (count - 1.0) / count * sum[k] / count;
            }
        }
        let epsilon = cosines.iter().map(|point| point.error).sum::<f64>() / count;
        let taken = parts.len() as f64;
        let possible = (cosines.len() - 1) as f64 / 2.0;
        let share = taken / possible;
        let sampled =
            self.is_sampled.then_some(Sample { share, left: 1.0 - share, known: [0.0; 2] });
        if !self.is_sampled {
            // Every pair is met once.
            let mut whole = [0.0; PARTS];
            for k in 0..PARTS {
                let others: Vec<f64> = by_distance[1..].iter().map(|sums| sums[k]).collect();
                whole[k] = (by_distance[0][k] + 2.0 * sum(&others)) / (count * count);
            }
            parts = vec![whole];
        }
        let left_out = left_out / (count * taken.max(1.0));
        Sums { parts, epsilon, lost, left_out, sampled }
    }
}

fn rules(margins: &[Margin], share: f64) -> Vec<Rule> {
    let of = |margin: &Margin| {
        // What the angles lose anyway.
        let reach = margin.a.iter().map(|a| a.abs()).sum::<f64>() + margin.k.abs();
        Rule::new(margin, share.max(UNIT * reach).max(f64::MIN_POSITIVE))
    };
    margins.iter().map(of).collect()
}

/// Bytes that all cosines take, and steps of all pairs of points.
fn cost(margins: &[Margin], rules: &[Rule]) -> [f64; 2] {
    let (mut size, mut root) = (0.0, 0.0);
    for (margin, rule) in margins.iter().zip(rules) {
        let (nodes, steps) = (margin.a.len() as f64, rule.steps as f64);
        size += 16.0 * nodes * steps;
        // Nodes that matter at both points are at most the geometric mean; half of all pairs of t are needed.
        root += nodes.sqrt() * steps;
    }
    [size, 0.25 * root * root]
}
