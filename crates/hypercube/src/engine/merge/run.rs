//! Goes through the steps of a merge.

use std::ops::{AddAssign, Mul};

use pulp::{Simd, WithSimd};

use super::{AT_ONCE, BLOCK, Fill, Join, Merge, Table};

/// One row. Its loops over slices are compiled for the vectors that the machine has, so they are all
/// inlined, and no closures: additions are the same in all of them.
pub(super) struct Run<'a, T> {
    pub merge: &'a Merge,
    pub sources: &'a [&'a [T]],
    pub high: u32,
    pub scratch: &'a mut [T],
    pub scale: T,
    pub out: &'a mut [T],
}

impl<T: Copy + AddAssign + Mul<Output = T>> WithSimd for Run<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self { merge, sources, high, scratch, scale, out } = self;
        for &(source, place, first) in &merge.loads {
            let from = merge.row_of_source(sources, source, high);
            let to = &mut scratch[place..][..from.len()];
            if first {
                to.copy_from_slice(from);
            } else {
                add(to, from);
            }
        }
        for fill in &merge.fills {
            if let Some(source) = fill.source {
                let from = merge.row_of_source(sources, source, high);
                fill.run(from, &mut scratch[fill.to..][..2 * fill.len]);
            } else if fill.from < fill.to {
                let (a, b) = scratch.split_at_mut(fill.to);
                fill.run(&a[fill.from..][..fill.len], &mut b[..2 * fill.len]);
            } else {
                let (a, b) = scratch.split_at_mut(fill.from);
                fill.run(&b[..fill.len], &mut a[fill.to..][..2 * fill.len]);
            }
        }
        for (k, join) in merge.joins.iter().enumerate() {
            // Slots are made after what goes into them.
            let (done, rest) = scratch.split_at_mut(join.to);
            let mut from: [&[T]; AT_ONCE] = [&[]; AT_ONCE];
            for (from, table) in from.iter_mut().zip(&join.from) {
                *from = match *table {
                    Table::Slot { at, len } => &done[at..at + len],
                    Table::Source(source) => merge.row_of_source(sources, source, high),
                };
            }
            if merge.result.is_none() && k + 1 == merge.joins.len() {
                join.run(&from, Some(scale), out);
            } else {
                join.run(&from, None, &mut rest[..join.len]);
            }
        }
        if let Some(result) = merge.result {
            for (to, sum) in out.iter_mut().zip(&scratch[result..]) {
                *to = *sum * scale;
            }
        }
    }
}

impl Join {
    /// The sum of the tables, times `scale` if there is one.
    #[inline(always)]
    fn run<T: Copy + AddAssign + Mul<Output = T>>(
        &self,
        from: &[&[T]],
        scale: Option<T>,
        to: &mut [T],
    ) {
        let to = to.as_chunks_mut::<BLOCK>().0;
        match self.from.len() {
            1 => self.add::<1, T>(from, scale, to),
            2 => self.add::<2, T>(from, scale, to),
            3 => self.add::<3, T>(from, scale, to),
            _ => self.add::<AT_ONCE, T>(from, scale, to),
        }
    }

    #[inline(always)]
    fn add<const N: usize, T: Copy + AddAssign + Mul<Output = T>>(
        &self,
        from: &[&[T]],
        scale: Option<T>,
        to: &mut [[T; BLOCK]],
    ) {
        for (to, places) in to.iter_mut().zip(self.places.as_chunks::<N>().0) {
            let Some(first) = from[0][places[0] as usize..].first_chunk() else { return };
            let mut sum = *first;
            for k in 1..N {
                let Some(block) = from[k][places[k] as usize..].first_chunk::<BLOCK>() else {
                    return;
                };
                for lane in 0..BLOCK {
                    sum[lane] += block[lane];
                }
            }
            if let Some(scale) = scale {
                for sum in &mut sum {
                    *sum = *sum * scale;
                }
            }
            *to = sum;
        }
    }
}

impl Fill {
    /// Nodes below `bit` are all there, so the lacking one stands in blocks of 2^bit, whose length has to
    /// be known here, or each costs as much as a long one.
    #[inline(always)]
    fn run<T: Copy + AddAssign>(&self, from: &[T], to: &mut [T]) {
        match self.bit {
            0 => self.fill::<1, T>(from, to),
            1 => self.fill::<2, T>(from, to),
            2 => self.fill::<4, T>(from, to),
            3 => self.fill::<8, T>(from, to),
            _ => self.fill::<16, T>(from, to),
        }
    }

    #[inline(always)]
    fn fill<const HALF: usize, T: Copy + AddAssign>(&self, from: &[T], to: &mut [T]) {
        let (from, to) = (from.as_chunks::<HALF>().0, to.as_chunks_mut::<HALF>().0);
        let halves = to.as_chunks_mut::<2>().0;
        if self.fresh {
            for (halves, from) in halves.iter_mut().zip(from) {
                *halves = [*from; 2];
            }
            return;
        }
        for (halves, from) in halves.iter_mut().zip(from) {
            for half in halves {
                for k in 0..HALF {
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
