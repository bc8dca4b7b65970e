//! Adds tables over some of the nodes into one table over all of them.
//!
//! A source over the nodes of a pattern holds one value per mask of those nodes. The sum at mask b
//! is over sources, each at b's bits within its pattern. For each mask of the high nodes, sources
//! with the same low pattern are added first; then the low nodes that a pattern lacks are filled
//! in one by one, from the lowest: a table lacking node i is added twice into the one that has it.
//! Patterns become equal on the way, so the work is a few additions per mask however many sources
//! there are, and sums of positive terms keep their relative precision.
//!
//! Once a table has the nodes of a [`BLOCK`], nodes are filled in without a copy: whoever adds it up
//! with others reads its blocks where they are.

mod run;

use std::collections::BTreeMap;
use std::ops::{AddAssign, Mul};

use super::simd::SimdLevel;
use super::tiles::ones;
use run::Run;

/// Low nodes: a full table of these stays in the cache.
const LOW_BITS: usize = 12;

/// The lowest nodes, whose masks are added up together.
const BLOCK_BITS: usize = 5;
const BLOCK: usize = 1 << BLOCK_BITS;

/// Tables that are added up in one go.
const AT_ONCE: usize = 4;

/// How to merge sources of given patterns; depends on nothing else.
pub(crate) struct Merge {
    /// Per source: its high nodes (counted from the first) and its number of low nodes.
    sources: Vec<(u32, usize)>,
    /// Slots that begin as sums of sources.
    loads: Vec<Load>,
    /// Nodes of a block, filled in.
    fills: Vec<Fill>,
    joins: Vec<Join>,
    /// Place of the slot that ends up full, if it isn't what the last join makes.
    result: Option<usize>,
    scratch: usize,
}

/// Makes the slot at `to` of the sources of its low pattern.
struct Load {
    to: usize,
    sources: Vec<usize>,
}

/// Adds the slot at `from` into the slot at `to`, which has node `bit` in addition.
struct Fill {
    bit: usize,
    from: usize,
    /// The source that is all that the slot would hold, and is read in its place.
    source: Option<usize>,
    len: usize,
    to: usize,
    onto: Onto,
}

/// What a slot holds before something is added.
#[derive(Clone, Copy)]
enum Onto {
    Nothing,
    Sum,
    /// Nothing yet, but what it begins with is one source, which is read where it is.
    Source(usize),
}

/// Makes the slot at `to` of tables with all nodes of a block.
struct Join {
    to: usize,
    len: usize,
    from: Vec<Table>,
    /// Where each block of the slot has its share in the tables, `[blocks, tables]`.
    places: Vec<u32>,
}

/// What a low pattern's values are.
#[derive(Clone, Copy)]
enum Table {
    Slot { at: usize, len: usize },
    Source(usize),
}

impl Merge {
    /// For sources over these patterns of `bits` nodes; none if there are no sources.
    pub fn new(patterns: impl Iterator<Item = u32>, bits: usize) -> Option<Self> {
        let low = bits.min(LOW_BITS);
        let full = (1u32 << low) - 1;
        let mut merge = Self {
            sources: Vec::new(),
            loads: Vec::new(),
            fills: Vec::new(),
            joins: Vec::new(),
            result: None,
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
            let to = merge.slot(pattern);
            slots.insert(pattern, to);
            merge.loads.push(Load { to, sources });
        }
        merge.fill_blocks(&mut slots, low);
        let alone = merge.read_sources(slots.get(&full).copied());
        // Tables of each pattern, narrower ones among them, in the order in which they are added.
        let table = |(pattern, at): (u32, usize)| {
            let slot = Table::Slot { at, len: 1 << pattern.count_ones() };
            let table = alone.get(&at).map_or(slot, |&source| Table::Source(source));
            (pattern, vec![(pattern, table)])
        };
        merge.fill_rest(slots.into_iter().map(table).collect(), low)?;
        Some(merge)
    }

    /// Fills in the nodes of a block.
    fn fill_blocks(&mut self, slots: &mut BTreeMap<u32, usize>, low: usize) {
        for bit in 0..low.min(BLOCK_BITS) {
            for (pattern, from) in lacking(slots, bit) {
                let wider = pattern | 1 << bit;
                let known = slots.get(&wider).copied();
                let to = known.unwrap_or_else(|| self.slot(wider));
                slots.insert(wider, to);
                let len = 1 << pattern.count_ones();
                let onto = if known.is_some() { Onto::Sum } else { Onto::Nothing };
                self.fills.push(Fill { bit, from, source: None, len, to, onto });
            }
        }
    }

    /// Fills in the other nodes; none if there is no table.
    fn fill_rest(
        &mut self,
        mut tables: BTreeMap<u32, Vec<(u32, Table)>>,
        low: usize,
    ) -> Option<()> {
        for bit in BLOCK_BITS..low {
            for (pattern, narrower) in lacking(&mut tables, bit) {
                let one = self.join(pattern, narrower);
                tables.entry(pattern | 1 << bit).or_default().push(one);
            }
        }
        let full = (1u32 << low) - 1;
        let tables = tables.remove(&full)?;
        match tables[..] {
            [(pattern, Table::Slot { at, .. })] if pattern == full => {
                self.result = Some(at);
                return Some(());
            }
            [narrower] => _ = self.joined(full, &[narrower]),
            _ => _ = self.join(full, tables),
        }
        // The last join's slot isn't needed.
        self.scratch -= Self::row_of(low);
        Some(())
    }

    /// The tables of a pattern as a single one, which may be of a narrower pattern.
    fn join(&mut self, pattern: u32, mut tables: Vec<(u32, Table)>) -> (u32, Table) {
        while tables.len() > 1 {
            let rest = tables.split_off(tables.len().min(AT_ONCE));
            let at = self.joined(pattern, &tables);
            tables = vec![(pattern, Table::Slot { at, len: 1 << pattern.count_ones() })];
            tables.extend(rest);
        }
        tables[0]
    }

    /// Place of the sum of some tables.
    fn joined(&mut self, pattern: u32, tables: &[(u32, Table)]) -> usize {
        let len = 1 << pattern.count_ones();
        let blocks = pattern >> BLOCK_BITS;
        let mut places = Vec::new();
        for block in 0..len / BLOCK as u32 {
            let mask =
                ones(blocks).enumerate().fold(0, |mask, (j, i)| mask | (block >> j & 1) << i);
            let place = |own: &u32| (gather(mask, own >> BLOCK_BITS) << BLOCK_BITS) as u32;
            places.extend(tables.iter().map(|(own, _)| place(own)));
        }
        let to = self.slot(pattern);
        let from = tables.iter().map(|(_, table)| *table).collect();
        self.joins.push(Join { to, len: len as usize, from, places });
        to
    }

    /// Reads single sources where they are, in place of slots that they would be copied to; returns those
    /// that nothing is added to, by slot. `full` has to be there.
    fn read_sources(&mut self, full: Option<usize>) -> BTreeMap<usize, usize> {
        let single = |load: &mut Load| load.sources.len() == 1 && Some(load.to) != full;
        let mut alone: BTreeMap<usize, usize> =
            self.loads.extract_if(.., single).map(|load| (load.to, load.sources[0])).collect();
        for fill in &mut self.fills {
            // A slot is complete before it is added to another.
            if let Some(source) = alone.remove(&fill.to) {
                fill.onto = Onto::Source(source);
            }
            fill.source = alone.get(&fill.from).copied();
        }
        alone
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

    /// Writes the merged row at mask `high` of the high nodes, times `scale`, to `out`. `sources` must have the
    /// given patterns.
    pub fn run<T: Copy + AddAssign + Mul<Output = T>>(
        &self,
        sources: &[&[T]],
        high: u32,
        scratch: &mut [T],
        scale: T,
        out: &mut [T],
    ) {
        SimdLevel::Auto.run(Run { merge: self, sources, high, scratch, scale, out });
    }
}

/// Takes out what has a pattern that lacks a node.
fn lacking<V>(of: &mut BTreeMap<u32, V>, bit: usize) -> BTreeMap<u32, V> {
    of.extract_if(.., |pattern, _| pattern >> bit & 1 == 0).collect()
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
        let fixed = vec![0u32, 0b10_1011_0000_0101, 0b1011, (1 << 14) - 1, 1 << 13, 0b1011, 0b110];
        compare(&fixed, 14);
        let mut state = 1u32;
        let mut random = |_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state >> 18
        };
        for bits in 1..=14 {
            for count in [1, 2, 5, 40] {
                let patterns: Vec<u32> =
                    (0..count).map(&mut random).map(|p| p & ((1 << bits) - 1)).collect();
                compare(&patterns, bits);
            }
        }
        assert!(Merge::new(std::iter::empty(), 5).is_none());
    }

    fn compare(patterns: &[u32], bits: usize) {
        let sources: Vec<Vec<f64>> = patterns
            .iter()
            .enumerate()
            .map(|(s, p)| {
                (0..1u32 << p.count_ones()).map(|k| f64::from(k * 7 + s as u32)).collect()
            })
            .collect();
        let refs: Vec<&[f64]> = sources.iter().map(Vec::as_slice).collect();
        let merge = Merge::new(patterns.iter().copied(), bits).unwrap();
        let mut scratch = vec![f64::NAN; merge.scratch_len()];
        let mut row = vec![f64::NAN; Merge::row_of(bits)];
        for high in 0..1u32 << (bits - bits.min(LOW_BITS)) {
            merge.run(&refs, high, &mut scratch, 2.0, &mut row);
            for (k, &got) in row.iter().enumerate() {
                let mask = high << LOW_BITS | k as u32;
                let expected: f64 =
                    patterns.iter().zip(&sources).map(|(&p, s)| s[gather(mask, p)]).sum();
                assert_eq!(got, 2.0 * expected, "{bits} nodes, {patterns:?}, mask {mask}");
            }
        }
    }
}
