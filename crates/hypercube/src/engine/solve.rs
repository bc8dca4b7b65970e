//! All masks of the last hidden layer at once, slab by slab.

use rayon::prelude::*;

use super::groups::MIN_BITS;
use super::groups::{Group, group};
use super::kernel::summed_losses;
use super::merge::Merge;
use super::odds::Odds;
use super::simd::SimdLevel;
use super::tiles::{Part, Slab};

/// Sources of at most this many numbers are held at once for tables that are no larger themselves.
const SMALL: u64 = 1 << 21;

/// One problem in the last hidden layer's mask: its points' odds and their groups.
pub(crate) struct Problem {
    pub odds: Odds,
    pub groups: Vec<Group>,
}

impl Problem {
    pub fn new(odds: Odds) -> Self {
        let groups = group(&odds);
        Self { odds, groups }
    }

    /// Numbers in all groups' tables together within a slab of `bits` nodes.
    pub fn source_len(&self, bits: usize) -> u64 {
        let inner = ((1u64 << bits) - 1) as u32;
        self.groups.iter().map(|g| 1u64 << (g.pattern & inner).count_ones()).sum()
    }

    /// Masks times points that the kernel goes through: the groups' own masks only.
    pub fn work(&self) -> f64 {
        let of = |g: &Group| (g.pattern.count_ones().max(MIN_BITS as u32), g.points.len());
        self.groups.iter().map(of).map(|(bits, m)| m as f64 * f64::from(bits).exp2()).sum()
    }

    /// Nodes of the widest slab whose sources stay small beside a table of 2^n losses.
    fn slab_bits(&self) -> usize {
        let most = SMALL.max(1 << self.odds.n >> 4);
        (1..=self.odds.n).rev().find(|&bits| self.source_len(bits) <= most).unwrap_or(1)
    }

    /// Mean losses of all masks of the last hidden layer, `[2^n]`. `done` is called with the
    /// number of masks finished since its last call; false from it ends the work early.
    pub fn losses(&self, out: &mut [f64], level: SimdLevel, done: &(impl Fn(u64) -> bool + Sync)) {
        let bits = self.slab_bits();
        let scale = 1.0 / self.odds.points() as f64;
        for (index, out) in out.chunks_mut(1 << bits).enumerate() {
            self.add_up(Slab { bits, index: index as u32 }, scale, out, level);
            if !done(out.len() as u64) {
                return;
            }
        }
    }

    /// Losses summed over the points, times `scale`, at a slab's masks, `[2^bits]`.
    pub fn add_up(&self, slab: Slab, scale: f64, out: &mut [f64], level: SimdLevel) {
        let sources: Vec<Vec<f64>> = self
            .groups
            .par_iter()
            .map(|g| summed_losses(&Part::new(&self.odds, g, slab), level))
            .collect();
        let patterns = self.groups.iter().map(|g| g.pattern & slab.inner());
        merge_into(out, patterns, &sources, slab.bits, scale);
    }
}

/// Adds sources over patterns of `bits` nodes up over all masks, times `scale`. There is at least
/// one source, since there is at least one point.
pub(crate) fn merge_into(
    out: &mut [f64],
    patterns: impl Iterator<Item = u32>,
    sources: &[Vec<f64>],
    bits: usize,
    scale: f64,
) {
    let Some(merge) = Merge::new(patterns, bits) else { return };
    let sources: Vec<&[f64]> = sources.iter().map(Vec::as_slice).collect();
    out.par_chunks_mut(Merge::row_of(bits)).enumerate().for_each_init(
        || vec![0.0; merge.scratch_len()],
        |scratch, (high, out)| {
            let row = merge.run(&sources, high as u32, scratch);
            out.iter_mut().zip(row).for_each(|(to, sum)| *to = sum * scale);
        },
    );
}
