//! Several hidden layers: one problem in the last one's mask for each mask of the earlier ones.
//!
//! A node of the first layer that hands on the same whether on or off (its activation is 0, or
//! stands at its mean) does not matter at a point, whatever the rest of the network makes of it. So
//! points are grouped by the first layer's nodes that do, each group is solved for the masks of
//! those nodes and of all nodes in between, and the groups' tables are added up as
//! [`super::merge`] does. The earlier layers' nodes are the low bits of a mask.

use rayon::prelude::*;

use super::dense::Dense;
use super::groups::MIN_BITS;
use super::odds::Setup;
use super::simd::SimdLevel;
use super::solve::{Problem, merge_into};
use super::tiles::{Slab, ones};

/// Sources of at most this many numbers are held for tables that are no larger themselves.
const SMALL: u64 = 1 << 21;

/// Points that depend on the same nodes of the first layer.
struct Early<'a> {
    /// Nodes before the last hidden layer that matter.
    pattern: u32,
    setup: Setup<'a>,
}

/// How a network with several hidden layers is enumerated.
pub(crate) struct Deep<'a> {
    groups: Vec<Early<'a>>,
    early: usize,
    /// Nodes of the last hidden layer that vary within one slab.
    bits: usize,
    slabs: u32,
    scale: f64,
}

impl<'a> Deep<'a> {
    pub fn new(setup: &Setup<'a>) -> Self {
        let (early, last, width) = (setup.early(), setup.last(), setup.hidden[0]);
        let between = ((1u64 << early) - (1u64 << width)) as u32;
        let groups: Vec<Early> = setup
            .by_pattern()
            .into_iter()
            .map(|(pattern, points)| Early { pattern: pattern | between, setup: setup.of(&points) })
            .collect();
        let per_last: u64 = groups.iter().map(|g| 1u64 << g.pattern.count_ones()).sum();
        let most = SMALL.max((1u64 << (early + last)) / 16);
        // Narrower slabs would leave most of a tile's masks unused.
        let least = MIN_BITS.min(last);
        let bits = (least..=last).rev().find(|&bits| per_last << bits <= most).unwrap_or(least);
        let scale = 1.0 / setup.labels.len() as f64;
        Self { groups, early, bits, slabs: 1 << (last - bits), scale }
    }

    /// Numbers held at once beside the table.
    pub fn source_len(&self) -> u64 {
        self.groups.iter().map(|g| 1u64 << (g.pattern.count_ones() as usize + self.bits)).sum()
    }

    /// Points times masks, with what it costs to rebuild a point's activations under a mask of
    /// the earlier layers.
    pub fn work(&self) -> f64 {
        const REBUILD: f64 = 512.0;
        const WALK: f64 = 32.0;
        let of = |g: &Early| {
            let masks = f64::from(g.pattern.count_ones()).exp2();
            let more = if Dense::suits(&g.setup) { WALK } else { REBUILD };
            g.setup.labels.len() as f64 * masks * ((g.setup.last() as f64).exp2() + more)
        };
        self.groups.iter().map(of).sum()
    }

    /// Mean losses of all masks. `done` is called with the number of masks finished since its last
    /// call; false from it ends the work early.
    pub fn losses(
        &self,
        table: &mut [f64],
        level: SimdLevel,
        done: &(impl Fn(u64) -> bool + Sync),
    ) {
        let bits = self.bits + self.early;
        let high = ((1u64 << bits) - (1u64 << self.early)) as u32;
        for (index, out) in (0..self.slabs).zip(table.chunks_mut(1 << bits)) {
            let slab = Slab { bits: self.bits, index };
            let sources: Vec<Vec<f64>> =
                self.groups.par_iter().map(|g| g.solve(slab, level, done)).collect();
            let patterns = self.groups.iter().map(|g| g.pattern | high);
            merge_into(out, patterns, &sources, bits, self.scale);
            if !done(out.len() as u64) {
                return;
            }
        }
    }
}

impl Early<'_> {
    /// Summed losses at the slab's masks, `[last masks, masks of the pattern]`.
    fn solve(
        &self,
        slab: Slab,
        level: SimdLevel,
        done: &(impl Fn(u64) -> bool + Sync),
    ) -> Vec<f64> {
        if Dense::suits(&self.setup) {
            return Dense::new(&self.setup, self.pattern, slab, level).solve(&|| done(0));
        }
        let (masks, lasts) = (1usize << self.pattern.count_ones(), 1usize << slab.bits);
        let mut table = vec![0.0; masks * lasts];
        // A chunk is solved mask by mask, then laid into the table together.
        let chunk = masks.min(64);
        let mut solved = vec![0.0; chunk * lasts];
        for start in (0..masks).step_by(chunk) {
            if !done(0) {
                break;
            }
            solved.par_chunks_mut(lasts).enumerate().for_each(|(k, out)| {
                let problem = Problem::new(self.setup.odds(scatter(start + k, self.pattern)));
                problem.add_up(slab, 1.0, out, level);
            });
            for (last, row) in table.chunks_exact_mut(masks).enumerate() {
                for (k, to) in row[start..start + chunk].iter_mut().enumerate() {
                    *to = solved[k * lasts + last];
                }
            }
        }
        table
    }
}

/// The bits of `packed`, one after the other, at the set bits of `pattern`.
fn scatter(packed: usize, pattern: u32) -> u64 {
    ones(pattern).enumerate().fold(0, |mask, (k, i)| mask | (packed as u64 >> k & 1) << i)
}
