//! All masks of the last hidden layer at once, slab by slab.

use rayon::prelude::*;

use super::groups::{Group, MIN_BITS, OVERHEAD, group};
use super::kernel::summed_losses;
use super::merge::Merge;
use super::odds::Odds;
use super::simd::SimdLevel;
use super::tiles::{Part, Slab};

/// Sources of at most this many numbers stay in the cache from the kernel to the merge: 16 MiB. From
/// twice as many on, each slab's would also be given fresh pages by the system's allocator.
const CACHED: u64 = 1 << 21;

/// What each mask costs where they do not, in points' worth of work.
const UNCACHED: f64 = 32.0;

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
        self.groups.iter().map(|g| g.points.len() as f64 * masks(g.pattern)).sum()
    }

    /// The same of one slab of `bits` nodes, and what a mask costs beyond its points.
    fn slab_work(&self, bits: usize) -> f64 {
        let inner = Slab { bits, index: 0 }.inner();
        let of = |g: &Group| (g.points.len() as u64 + OVERHEAD) as f64 * masks(g.pattern & inner);
        self.groups.iter().map(of).sum()
    }

    /// Nodes that vary within a slab: the cheapest of those whose sources stay small beside a table
    /// of 2^n losses. In a narrow slab they stay in the cache; but a group that does not have the
    /// fixed nodes is gone through in every slab.
    fn slab_bits(&self) -> usize {
        let n = self.odds.n;
        let most = CACHED.max(1 << n >> 4);
        let cost = |bits: usize| {
            let cached = self.source_len(bits) <= CACHED;
            self.slab_work(bits) * f64::from((n - bits) as u32).exp2()
                + if cached { 0.0 } else { UNCACHED * f64::from(n as u32).exp2() }
        };
        let fits = (1..=n).rev().filter(|&bits| self.source_len(bits) <= most);
        fits.min_by(|&a, &b| cost(a).total_cmp(&cost(b))).unwrap_or(1)
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

/// Masks that a group over `pattern` is gone through for.
fn masks(pattern: u32) -> f64 {
    f64::from(pattern.count_ones().max(MIN_BITS as u32)).exp2()
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
    let Some(merge) = Merge::new(patterns, bits) else { return out.fill(0.0) };
    let sources: Vec<&[f64]> = sources.iter().map(Vec::as_slice).collect();
    out.par_chunks_mut(Merge::row_of(bits)).enumerate().for_each_init(
        || vec![0.0; merge.scratch_len()],
        |scratch, (high, out)| {
            merge.run(&sources, high as u32, scratch, scale, out);
        },
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(n: usize, points: &[u32]) -> Problem {
        let slope = |pattern: u32, i: usize| if pattern >> i & 1 == 1 { 0.1 } else { 0.0 };
        let slopes = points.iter().flat_map(|&p| (0..n).map(move |i| slope(p, i))).collect();
        let consts = vec![0.0; points.len()];
        Problem::new(Odds { n, d: 1, consts, slopes, tangents: Vec::new() })
    }

    /// A group of all nodes costs the same in any slab, and less where its numbers stay in the cache;
    /// nodes that matter nowhere would only have it gone through again.
    #[test]
    fn slabs_fit_the_cache_unless_that_repeats_work() {
        for n in [7, 20, 21] {
            assert_eq!(problem(n, &[(1 << n) - 1]).slab_bits(), n);
        }
        for n in [22, 26, 30] {
            assert_eq!(problem(n, &[(1 << n) - 1]).slab_bits(), 21, "{n} nodes");
            assert_eq!(problem(n, &[(1 << 18) - 1; 40]).slab_bits(), n, "{n} nodes");
        }
        let low = problem(28, &[(1 << 23) - 1; 40]);
        assert_eq!(low.slab_bits(), 28, "a group of 23 nodes, five times as large as the cache");
    }
}
