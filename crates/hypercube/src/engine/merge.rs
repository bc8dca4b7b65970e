//! Adds tables over some of the nodes into one table over all of them.
//!
//! A source over the nodes of a pattern holds one value per mask of those nodes. The sum at mask b
//! is over sources, each at b's bits within its pattern. For each mask of the high nodes, sources
//! with the same low pattern are added first; then the low nodes that a pattern lacks are filled
//! in one by one, from the lowest: a table lacking node i is added twice into the one that has it.
//! Patterns become equal on the way, so the work is a few additions per mask however many sources
//! there are, and sums of positive terms keep their relative precision.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::AddAssign;

use pulp::{Simd, WithSimd};

use super::simd::SimdLevel;
use super::tiles::ones;

/// Low nodes: a full table of these stays in the cache.
const LOW_BITS: usize = 12;

/// How to merge sources of given patterns; depends on nothing else.
pub(crate) struct Merge {
    low: usize,
    /// Per source: its high nodes (counted from `low`) and its number of low nodes.
    sources: Vec<(u32, usize)>,
    /// Sources in the order of their low pattern: (source, slot's place, whether it comes first).
    loads: Vec<(usize, usize, bool)>,
    steps: Vec<Step>,
    /// Place of the slot that ends up full.
    result: usize,
    scratch: usize,
}

/// Adds the slot at `from` into the slot at `to`, which has node `bit` in addition.
struct Step {
    bit: usize,
    from: usize,
    /// The source that is all that the slot would hold, and is read in its place.
    source: Option<usize>,
    len: usize,
    to: usize,
    /// Whether `to` holds nothing yet.
    fresh: bool,
}

impl Merge {
    /// For sources over these patterns of `bits` nodes; none if there are no sources.
    pub fn new(patterns: impl Iterator<Item = u32>, bits: usize) -> Option<Self> {
        let low = bits.min(LOW_BITS);
        let full = (1u32 << low) - 1;
        let mut merge = Self {
            low,
            sources: Vec::new(),
            loads: Vec::new(),
            steps: Vec::new(),
            result: 0,
            scratch: 0,
        };
        let mut by_low: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
        for (source, pattern) in patterns.enumerate() {
            let low_pattern = pattern & full;
            merge.sources.push((pattern >> low, low_pattern.count_ones() as usize));
            by_low.entry(low_pattern).or_default().push(source);
        }
        let mut slots: BTreeMap<u32, usize> = BTreeMap::new();
        for (pattern, sources) in by_low {
            let place = merge.slot(pattern);
            slots.insert(pattern, place);
            let loads = sources.into_iter().enumerate().map(|(k, s)| (s, place, k == 0));
            merge.loads.extend(loads);
        }
        for bit in 0..low {
            let lacking: Vec<(u32, usize)> =
                slots.iter().filter(|(p, _)| *p >> bit & 1 == 0).map(|(&p, &at)| (p, at)).collect();
            for (pattern, from) in lacking {
                slots.remove(&pattern);
                let wider = pattern | 1 << bit;
                let known = slots.get(&wider).copied();
                let to = known.unwrap_or_else(|| merge.slot(wider));
                slots.insert(wider, to);
                let len = 1 << pattern.count_ones();
                merge.steps.push(Step { bit, from, source: None, len, to, fresh: known.is_none() });
            }
        }
        merge.result = *slots.get(&full)?;
        merge.read_sources();
        Some(merge)
    }

    /// Leaves out slots that one source is loaded into, and nothing else added to.
    fn read_sources(&mut self) {
        let added_to: BTreeSet<usize> = self.steps.iter().map(|step| step.to).collect();
        let mut loads: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for &(source, place, _) in &self.loads {
            loads.entry(place).or_default().push(source);
        }
        loads.retain(|&place, sources| {
            sources.len() == 1 && place != self.result && !added_to.contains(&place)
        });
        self.loads.retain(|(_, place, _)| !loads.contains_key(place));
        for step in &mut self.steps {
            step.source = loads.get(&step.from).map(|sources| sources[0]);
        }
    }

    fn slot(&mut self, pattern: u32) -> usize {
        let place = self.scratch;
        self.scratch += 1 << pattern.count_ones();
        place
    }

    /// Masks of the low nodes of `bits`: the length of a row.
    pub fn row_of(bits: usize) -> usize {
        1 << bits.min(LOW_BITS)
    }

    /// What a source holds at mask `high` of the high nodes.
    #[inline(always)]
    fn row_of_source<'s, T>(&self, sources: &[&'s [T]], source: usize, high: u32) -> &'s [T] {
        let (high_nodes, low_nodes) = self.sources[source];
        let at = gather(high, high_nodes) << low_nodes;
        &sources[source][at..at + (1 << low_nodes)]
    }

    /// Length of the room that [`Self::run`] works in.
    pub fn scratch_len(&self) -> usize {
        self.scratch
    }

    /// The merged row at mask `high` of the high nodes. `sources` must have the given patterns.
    pub fn run<'s, T: Copy + AddAssign>(
        &self,
        sources: &[&[T]],
        high: u32,
        scratch: &'s mut [T],
    ) -> &'s [T] {
        SimdLevel::Auto.run(Run { merge: self, sources, high, scratch: &mut *scratch });
        &scratch[self.result..][..1 << self.low]
    }
}

/// One row. Its loops over slices are compiled for the vectors that the machine has, so they are all
/// inlined, and no closures: additions are the same in all of them.
struct Run<'a, T> {
    merge: &'a Merge,
    sources: &'a [&'a [T]],
    high: u32,
    scratch: &'a mut [T],
}

impl<T: Copy + AddAssign> WithSimd for Run<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self { merge, sources, high, scratch } = self;
        for &(source, place, first) in &merge.loads {
            let from = merge.row_of_source(sources, source, high);
            let to = &mut scratch[place..][..from.len()];
            if first {
                to.copy_from_slice(from);
            } else {
                add(to, from);
            }
        }
        for step in &merge.steps {
            if let Some(source) = step.source {
                let from = merge.row_of_source(sources, source, high);
                step.run(from, &mut scratch[step.to..][..2 * step.len]);
            } else if step.from < step.to {
                let (a, b) = scratch.split_at_mut(step.to);
                step.run(&a[step.from..][..step.len], &mut b[..2 * step.len]);
            } else {
                let (a, b) = scratch.split_at_mut(step.from);
                step.run(&b[..step.len], &mut a[step.to..][..2 * step.len]);
            }
        }
    }
}

impl Step {
    #[inline(always)]
    fn run<T: Copy + AddAssign>(&self, from: &[T], to: &mut [T]) {
        // Nodes below `bit` are all there, so the lacking one stands in blocks of 2^bit. Of short ones
        // the length has to be known here, or each costs as much as a long one.
        match self.bit {
            0 => return self.fill::<1, T>(from, to),
            1 => return self.fill::<2, T>(from, to),
            2 => return self.fill::<4, T>(from, to),
            3 => return self.fill::<8, T>(from, to),
            4 => return self.fill::<16, T>(from, to),
            _ => {}
        }
        let block = 1 << self.bit;
        for (from, to) in from.chunks_exact(block).zip(to.chunks_exact_mut(2 * block)) {
            let (off, on) = to.split_at_mut(block);
            if self.fresh {
                off.copy_from_slice(from);
                on.copy_from_slice(from);
            } else {
                add(off, from);
                add(on, from);
            }
        }
    }

    #[inline(always)]
    fn fill<const BLOCK: usize, T: Copy + AddAssign>(&self, from: &[T], to: &mut [T]) {
        let (from, to) = (from.as_chunks::<BLOCK>().0, to.as_chunks_mut::<BLOCK>().0);
        let halves = to.as_chunks_mut::<2>().0;
        if self.fresh {
            for (halves, from) in halves.iter_mut().zip(from) {
                *halves = [*from; 2];
            }
            return;
        }
        for (halves, from) in halves.iter_mut().zip(from) {
            for half in halves {
                for k in 0..BLOCK {
                    half[k] += from[k];
                }
            }
        }
    }
}

#[inline(always)]
fn add<T: Copy + AddAssign>(to: &mut [T], from: &[T]) {
    for (to, from) in to.iter_mut().zip(from) {
        *to += *from;
    }
}

/// The bits of `mask` at the set bits of `nodes`, side by side.
fn gather(mask: u32, nodes: u32) -> usize {
    ones(nodes).enumerate().fold(0, |bits, (j, i)| bits | (mask as usize >> i & 1) << j)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn merges_what_adding_mask_by_mask_gives() {
        let bits = 14;
        let patterns = [0u32, 0b10_1011_0000_0101, 0b1011, (1 << 14) - 1, 1 << 13, 0b1011, 0b110];
        let sources: Vec<Vec<f64>> = patterns
            .iter()
            .enumerate()
            .map(|(s, p)| {
                (0..1u32 << p.count_ones()).map(|k| f64::from(k * 7 + s as u32)).collect()
            })
            .collect();
        let refs: Vec<&[f64]> = sources.iter().map(Vec::as_slice).collect();
        let merge = Merge::new(patterns.iter().copied(), bits).unwrap();
        let mut scratch = vec![0.0; merge.scratch_len()];
        for high in 0..4u32 {
            let row = merge.run(&refs, high, &mut scratch);
            for (k, &got) in row.iter().enumerate() {
                let mask = high << 12 | k as u32;
                let expected: f64 =
                    patterns.iter().zip(&sources).map(|(&p, s)| s[gather(mask, p)]).sum();
                assert_eq!(got, expected, "mask {mask}");
            }
        }
    }
}
