//! Goes through the steps of a merge.

use std::ops::{AddAssign, Mul};

use pulp::{Simd, WithSimd};

use super::{AT_ONCE, BLOCK, Fill, Join, Load, Merge, Onto, Table};

/// Values that a node is filled into together: at most 16 side by side lack it.
const FILLED: usize = 32;

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
        for Load { to, sources: own } in &merge.loads {
            let row = |k: usize| merge.row_of_source(sources, own[k], high);
            let first = row(0);
            let to = &mut scratch[*to..][..first.len()];
            if own.len() == 1 {
                to.copy_from_slice(first);
                continue;
            }
            sum(first, row(1), to);
            for k in 2..own.len() {
                add(to, row(k));
            }
        }
        for fill in &merge.fills {
            let (to, len) = (fill.to, 2 * fill.len);
            let (from, to) = if let Some(source) = fill.source {
                (merge.row_of_source(sources, source, high), &mut scratch[to..][..len])
            } else if fill.from < to {
                let (a, b) = scratch.split_at_mut(to);
                (&a[fill.from..][..fill.len], &mut b[..len])
            } else {
                let (a, b) = scratch.split_at_mut(fill.from);
                (&b[..fill.len], &mut a[to..][..len])
            };
            let onto = match fill.onto {
                Onto::Source(source) => Some(merge.row_of_source(sources, source, high)),
                _ => None,
            };
            fill.run(from, onto, to);
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
    fn run<T: Copy + AddAssign>(&self, from: &[T], source: Option<&[T]>, to: &mut [T]) {
        match self.bit {
            0 => self.fill::<1, T>(from, source, to),
            1 => self.fill::<2, T>(from, source, to),
            2 => self.fill::<4, T>(from, source, to),
            3 => self.fill::<8, T>(from, source, to),
            _ => self.fill::<16, T>(from, source, to),
        }
    }

    #[inline(always)]
    fn fill<const HALF: usize, T: Copy + AddAssign>(
        &self,
        from: &[T],
        source: Option<&[T]>,
        to: &mut [T],
    ) {
        if to.len() < FILLED {
            for (k, to) in to.iter_mut().enumerate() {
                let from = from[k / (2 * HALF) * HALF + k % HALF];
                match (self.onto, source) {
                    (Onto::Nothing, _) => *to = from,
                    (_, None) => *to += from,
                    (_, Some(source)) => *to = plus(source[k], from),
                }
            }
            return;
        }
        let from = from.as_chunks().0;
        let to = to.as_chunks_mut::<FILLED>().0;
        match (self.onto, source) {
            (Onto::Nothing, _) => {
                for (to, from) in to.iter_mut().zip(from) {
                    *to = filled::<HALF, T>(from);
                }
            }
            (_, None) => {
                for (to, from) in to.iter_mut().zip(from) {
                    let from = filled::<HALF, T>(from);
                    for k in 0..FILLED {
                        to[k] += from[k];
                    }
                }
            }
            (_, Some(source)) => {
                for ((to, from), source) in to.iter_mut().zip(from).zip(source.as_chunks().0) {
                    let mut sum: [T; FILLED] = *source;
                    let from = filled::<HALF, T>(from);
                    for k in 0..FILLED {
                        sum[k] += from[k];
                    }
                    *to = sum;
                }
            }
        }
    }
}

/// Values with a node filled in that stands in blocks of `HALF`.
#[inline(always)]
fn filled<const HALF: usize, T: Copy>(from: &[T; FILLED / 2]) -> [T; FILLED] {
    let mut filled = [from[0]; FILLED];
    for k in 0..FILLED {
        filled[k] = from[k / (2 * HALF) * HALF + k % HALF];
    }
    filled
}

#[inline(always)]
fn plus<T: AddAssign>(mut a: T, b: T) -> T {
    a += b;
    a
}

#[inline(always)]
fn add<T: Copy + AddAssign>(to: &mut [T], from: &[T]) {
    for (to, from) in to.iter_mut().zip(from) {
        *to += *from;
    }
}

#[inline(always)]
fn sum<T: Copy + AddAssign>(a: &[T], b: &[T], to: &mut [T]) {
    for ((to, a), b) in to.iter_mut().zip(a).zip(b) {
        *to = plus(*a, *b);
    }
}
