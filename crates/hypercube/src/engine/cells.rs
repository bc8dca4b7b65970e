//! Gate gradients of deep ReLU networks of two classes with few inputs, cell by cell.
//!
//! Points at which the same nodes of the layers before the last hidden one are active form a
//! *cell*: there, every activation of those layers is affine in the input x, under any mask of the
//! last of them. With r the derivative of a point's loss by its logit difference and 1ⱼ whether
//! node j of the last hidden layer is active, all gate gradients of a cell follow from the moments
//! `Σ_points r 1ⱼ` and `Σ_points r 1ⱼ (x − x̄)`, passed back through the layers: for each mask and
//! point three multiply-adds with two inputs in place of one for each node, into the moments of
//! those points at which the same nodes of the last hidden layer are active ([`super::regions`]).
//! Masks of five nodes of that layer run along the lanes; masks of the layer before are walked as
//! in [`super::dense`].

use pulp::{Simd, WithSimd};
use rayon::prelude::*;

use super::backward::{self, Backward};
use super::cell::{Cell, first_active};
use super::dense::Dense;
use super::forward::{Room, walk};
use super::moments::{Place, Work};
use super::odds::Setup;
use super::residual::Source;
use super::simd::SimdLevel;
use super::tiles::{LANES, LO_TILE_BITS, Slab, ones};
use crate::Activation;

/// With more inputs, the moments are no fewer than the nodes.
const MOST_INPUTS: usize = 3;
/// Points of a block: its walk stays in the second-level cache.
const BLOCK: usize = 1024;
/// Tasks that are solved before they are laid into the tables together.
const AT_ONCE: usize = 16;

/// What tasks are solved in, kept from one group of points to the next: to ask the system for fresh memory
/// takes longer than to fill it.
#[derive(Default)]
pub(crate) struct Rooms([Vec<f32>; AT_ONCE]);

/// Points that depend on the same nodes of the first layer, ready for their gradients.
pub(crate) struct Cells<'a> {
    pub(super) dense: Dense<'a>,
    /// For blocks whose logits are out of reach.
    pub(super) backward: Backward<'a>,
    pattern: u32,
    /// Neighbours beside each other.
    blocks: Vec<Vec<u32>>,
}

impl<'a> Cells<'a> {
    /// Whether a network is of this kind.
    pub fn suits(setup: &Setup) -> bool {
        Dense::suits(setup)
            && setup.early() > 0
            && setup.network.activation() == Activation::Relu
            && setup.network.inputs() <= MOST_INPUTS
    }

    /// For points to whom the first layer's nodes of `pattern` matter; it has all in between.
    pub fn new(setup: &'a Setup<'a>, pattern: u32, level: SimdLevel) -> Self {
        let slab = Slab { bits: setup.last(), index: 0 };
        let (lo, hi) = (LO_TILE_BITS, slab.bits.saturating_sub(LO_TILE_BITS));
        let dense = Dense::laid_out(setup, pattern, slab, level, (lo, hi));
        let places = places(&setup.x, setup.network.inputs());
        let mut points: Vec<u32> = (0..setup.labels.len() as u32).collect();
        points.sort_by_key(|&m| (first_active(setup, m as usize), places[m as usize]));
        let blocks = points.chunks(BLOCK).map(<[u32]>::to_vec).collect();
        Self { dense, backward: Backward::new(setup), pattern, blocks }
    }

    /// Nodes whose gradients are not 0 throughout.
    fn nodes(&self) -> Vec<usize> {
        let setup = self.dense.setup;
        ones(self.pattern).chain(setup.early()..setup.network.n_nodes()).collect()
    }

    /// Numbers of the tables.
    pub fn numbers(setup: &Setup, pattern: u32) -> u64 {
        let masks = pattern.count_ones() as usize;
        ((masks + setup.last()) as u64) << (masks + setup.last())
    }

    /// Summed gradients, for each node a table `[last masks, masks of the nodes that matter]`. Ends
    /// early where `go_on` says so.
    pub fn solve(&self, rooms: &mut Rooms, go_on: &(impl Fn() -> bool + Sync)) -> Source {
        let dense = &self.dense;
        let nodes = self.nodes();
        let (lasts, masks) = (1usize << dense.slab.bits, 1usize << dense.nodes.len());
        let leaves = 1usize << dense.walked.len();
        let tasks = masks / leaves;
        let n = dense.setup.network.n_nodes();
        let mut tables = vec![0.0f32; nodes.len() * lasts * masks];
        for start in (0..tasks).step_by(AT_ONCE) {
            if !go_on() {
                break;
            }
            let solved = &mut rooms.0[..AT_ONCE.min(tasks - start)];
            solved.par_iter_mut().enumerate().for_each_init(Room::default, |room, (k, out)| {
                self.task(start + k, room, out);
            });
            let bases: Vec<usize> =
                (start..start + solved.len()).map(|task| dense.packed(task, 0)).collect();
            let (step, stride) = (1 << dense.walked.start, (n * LANES) << dense.hi);
            // Tables of last masks side by side, which lie side by side in what is solved too.
            let width = lasts.min(LANES);
            tables.par_chunks_mut(width * masks).enumerate().for_each(|(k, tables)| {
                let (node, last) = (nodes[k * width / lasts], k * width % lasts);
                let place = (last / LANES * n + node) * LANES;
                for (base, solved) in bases.iter().zip(&*solved) {
                    let (solved, tables) = (&solved[place..], &mut tables[*base..]);
                    dense.level.run(Lay { solved, stride, tables, apart: masks, step });
                }
            });
        }
        Source::new(nodes, tables)
    }

    /// Fills `out` with the summed gradients of a task, `[leaves, hi masks, N, LANES]`.
    fn task(&self, task: usize, room: &mut Room, out: &mut Vec<f32>) {
        let dense = &self.dense;
        let size = (dense.setup.network.n_nodes() * LANES) << dense.hi;
        out.clear();
        out.resize(size << dense.walked.len(), 0.0);
        for points in &self.blocks {
            let early = dense.early(task, 0);
            let to = &mut *out;
            let inside = match dense.setup.network.inputs() {
                1 => dense.level.run(Unit::<2> { all: self, points, early, room, out: to }),
                2 => dense.level.run(Unit::<3> { all: self, points, early, room, out: to }),
                _ => dense.level.run(Unit::<4> { all: self, points, early, room, out: to }),
            };
            if !inside {
                for (leaf, out) in out.chunks_exact_mut(size).enumerate() {
                    let early = dense.early(task, leaf) as usize;
                    let mut means = vec![0.0f32; size];
                    let all = &self.backward;
                    let unit = backward::Unit { all, points, early, first_hi: 0, out: &mut means };
                    dense.level.run(unit);
                    let m = dense.setup.labels.len() as f32;
                    out.iter_mut().zip(means).for_each(|(sum, mean)| *sum += m * mean);
                }
            }
        }
    }
}

/// A number for each point, so that points whose numbers are near lie near each other: the first bits of its
/// coordinates, interleaved (Morton's order).
fn places(x: &[f64], inputs: usize) -> Vec<u64> {
    const BITS: usize = 10;
    let largest = x.iter().fold(f64::MIN_POSITIVE, |largest, x| largest.max(x.abs()));
    let place = |x: &[f64]| {
        let mut place = 0;
        for (i, x) in x.iter().enumerate() {
            let step = ((x / largest + 1.0) * f64::from(1 << (BITS - 1))) as u64;
            place |= (0..BITS).fold(0, |bits, k| bits | (step >> k & 1) << (k * inputs + i));
        }
        place
    };
    x.chunks_exact(inputs).map(place).collect()
}

/// Leaves that are turned together: the tables are so far apart that caches hold few of their lines at once.
const TURNED: usize = 8;

/// Lays what a task has solved into tables of last masks side by side.
struct Lay<'a> {
    /// A row of last masks for each leaf, `stride` apart.
    solved: &'a [f32],
    stride: usize,
    /// From the first leaf's place in the first table on; they are `apart` from each other, and leaves `step`.
    tables: &'a mut [f32],
    apart: usize,
    step: usize,
}

impl WithSimd for Lay<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self { solved, stride, tables, apart, step } = self;
        let leaves = solved.len().div_ceil(stride);
        for first in (0..leaves).step_by(TURNED) {
            let count = TURNED.min(leaves - first);
            let mut rows: [&[f32; LANES]; TURNED] = [&[0.0; LANES]; TURNED];
            for k in 0..count {
                if let Some(row) = solved[(first + k) * stride..].first_chunk() {
                    rows[k] = row;
                }
            }
            let mut turned = [0.0; TURNED * LANES];
            for lane in 0..LANES {
                for k in 0..TURNED {
                    turned[lane * TURNED + k] = rows[k][lane];
                }
            }
            let tables = tables.chunks_mut(apart);
            for (table, turned) in tables.zip(turned.as_chunks::<TURNED>().0) {
                let table = &mut table[first * step..];
                if step == 1 {
                    table[..count].copy_from_slice(&turned[..count]);
                } else {
                    for k in 0..count {
                        table[k * step] = turned[k];
                    }
                }
            }
        }
    }
}

/// A block under one mask of the nodes that are not walked.
struct Unit<'a, const K: usize> {
    all: &'a Cells<'a>,
    points: &'a [u32],
    early: u64,
    room: &'a mut Room,
    /// `[leaves, hi masks, N, LANES]`.
    out: &'a mut [f32],
}

impl<const K: usize> WithSimd for Unit<'_, K> {
    /// Whether the block's logits were in reach; if not, nothing is done.
    type Output = bool;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> bool {
        let Self { all, points, early, room, out } = self;
        let dense = &all.dense;
        let (sorted, ranges) = all.sorted(points, early);
        // Odds are those of class 1 against class 0 at all points.
        let block = dense.block(&sorted, 0);
        let labels: Vec<f32> =
            sorted.iter().map(|&m| dense.setup.labels[m as usize] as f32).collect();
        if dense.prepare(&block, early, room).is_none() {
            return false;
        }
        let mut common = Vec::with_capacity(sorted.len());
        let cells: Vec<Cell<K>> = ranges
            .into_iter()
            .map(|(active, points)| {
                all.cell(&sorted, points, active, early, &room.bound, &mut common)
            })
            .collect();
        let len = block.len;
        let size = dense.rows.len() * len;
        let walked = dense.walked.len();
        let n = dense.setup.network.n_nodes();
        let mut numbers = vec![0.0; size];
        let mut active = vec![0u64; len];
        let mut work = Work::<K>::default();
        let weights = &all.backward.weights;
        for (mask, out) in out.chunks_exact_mut((n * LANES) << dense.hi).enumerate() {
            let slot = walk(mask, walked, size, &mut room.slots, &room.steps, true);
            let walked = &room.slots[slot * size..][..size];
            active.fill(0);
            for (row, clamp) in block.clamps.iter().enumerate() {
                let walked = &walked[row * len..][..len];
                let to = numbers[row * len..][..len].iter_mut().zip(&mut active).zip(walked);
                if clamp.grows {
                    to.for_each(|((to, active), &p)| {
                        clamped(p > clamp.rest, p, clamp.rest, row, to, active);
                    });
                } else {
                    to.for_each(|((to, active), &p)| {
                        clamped(p < clamp.rest, p, clamp.rest, row, to, active);
                    });
                }
            }
            let nodes = dense.nodes[dense.walked.clone()].iter().enumerate();
            let on = nodes.fold(early, |on, (k, node)| on | (mask as u64 >> k & 1) << node);
            let reach = &room.bound[..len];
            for cell in &cells {
                let common = &common[cell.points.clone()];
                let (block, labels) = (&block, &labels);
                let place = Place { dense, block, labels, weights, common, cell, mask, on, reach };
                place.add(simd, &numbers, &active, &mut work, out);
            }
        }
        true
    }
}

/// What a node multiplies the odds by, and its bit where it is active.
#[inline(always)]
fn clamped(is_active: bool, p: f64, rest: f64, row: usize, to: &mut f64, active: &mut u64) {
    *to = if is_active { p } else { rest };
    *active |= u64::from(is_active) << row;
}
