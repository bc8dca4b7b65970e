//! Two classes and a narrow last hidden layer: all masks of it and of the layer before together.
//!
//! What the last hidden layer is given is affine in the mask of the layer before it: node j adds
//! `(h_j − m_j) W_j` if it is on. So with ReLUs a node's contribution to the odds,
//! `exp(v (relu(z) − m)) = max(P, exp(−v m))` with `P = exp(v (z − m))` (for v < 0 the smaller of
//! the two), needs no exponential of its own at each mask: P is a product with one factor for each
//! node that is on, and is walked from mask to mask by one multiplication. Other activation
//! functions walk z by additions and take the exponential at each mask.
//!
//! Points with the same label are taken in blocks, along the lanes of [`super::leaf`].

use std::ops::Range;

use pulp::{Simd, WithSimd};
use rayon::prelude::*;

use super::forward::{Room, walk};
use super::lanes::WIDTH;
use super::leaf::{Clamp, LEAST_BITS, Leaf};
use super::odds::Setup;
use super::simd::SimdLevel;
use super::solve::Problem;
use super::tiles::{Slab, ones};
use crate::Activation;

/// The last hidden layer's nodes at most: tables of α and x have up to 2^5 masks each. Wider layers
/// fill the tiles of [`super::tiles`].
const MOST_LAST: usize = 10;
/// Points of a block: its tables stay in the second-level cache.
const BLOCK: usize = 512;
/// Masks of a task, of both layers together, and nodes of the earlier one at most.
const TASK_BITS: usize = 13;
const MOST_WALKED: usize = 7;
/// Tasks that are solved before they are laid into the table together.
const AT_ONCE: usize = 64;
/// Losses below this many times the terms that they are the difference of are computed again; see
/// [`super::kernel`].
const TINY: f64 = 1e-4;
/// Arguments of an exponential whose results are multiplied with each other stay within this.
const SAFE_EXPONENT: f64 = 650.0;

/// Some points, ready for all masks of the nodes that matter to them.
pub(super) struct Dense<'a> {
    pub(super) setup: &'a Setup<'a>,
    pub(super) slab: Slab,
    pub(super) level: SimdLevel,
    /// Nodes before the last hidden layer that matter: the bits of a mask here.
    pub(super) nodes: Vec<usize>,
    /// Of those, by place, the ones whose masks a task goes through.
    pub(super) walked: Range<usize>,
    /// The last hidden layer's nodes in the order that [`Leaf`] wants, none to fill up.
    pub(super) rows: Vec<Option<usize>>,
    pub(super) lo: usize,
    pub(super) hi: usize,
    blocks: Vec<Block>,
}

/// Points with the same label.
pub(super) struct Block {
    pub(super) points: Vec<u32>,
    /// Number of points, filled up to whole vectors.
    pub(super) len: usize,
    /// First activations, `[width, len]`.
    pub(super) first: Vec<f64>,
    /// What each row's activation is multiplied by in an exponent.
    pub(super) by: Vec<f64>,
    pub(super) clamps: Vec<Clamp>,
    /// The logit difference with every node off.
    pub(super) constant: f64,
}

impl<'a> Dense<'a> {
    /// Whether a network is of this kind.
    pub fn suits(setup: &Setup) -> bool {
        setup.network.classes() == 2 && setup.last() <= MOST_LAST
    }

    pub fn new(setup: &'a Setup<'a>, pattern: u32, slab: Slab, level: SimdLevel) -> Self {
        let bits = slab.bits.max(LEAST_BITS);
        let lo = (bits / 2).max(3);
        let mut dense = Self::laid_out(setup, pattern, slab, level, (lo, bits - lo));
        for label in 0..2 {
            let labels = setup.labels.iter().enumerate();
            let points: Vec<u32> =
                labels.filter(|&(_, &l)| l == label).map(|(m, _)| m as u32).collect();
            for points in points.chunks(BLOCK) {
                let block = dense.block(points, label);
                dense.blocks.push(block);
            }
        }
        dense
    }

    /// Without points; with so many lo and hi nodes, at least as many as vary within the slab.
    pub(super) fn laid_out(
        setup: &'a Setup<'a>,
        pattern: u32,
        slab: Slab,
        level: SimdLevel,
        (lo, hi): (usize, usize),
    ) -> Self {
        let nodes: Vec<usize> = ones(pattern).collect();
        let before = setup.early() - setup.hidden[setup.hidden.len() - 2];
        let first = nodes.iter().position(|&i| i >= before).unwrap_or(nodes.len());
        let most = MOST_WALKED.min(TASK_BITS.saturating_sub(slab.bits));
        let walked = first..nodes.len().min(first + most);
        let on = (slab.bits..setup.last()).filter(|i| slab.index >> (i - slab.bits) & 1 == 1);
        let inner = (0..lo + hi).map(|i| (i < slab.bits).then_some(i));
        let rows = inner.chain(on.map(Some)).collect();
        Self { setup, slab, level, nodes, walked, rows, lo, hi, blocks: Vec::new() }
    }

    pub(super) fn block(&self, points: &[u32], label: usize) -> Block {
        let setup = self.setup;
        let (width, len) = (setup.hidden[0], points.len().next_multiple_of(WIDTH));
        let filled = || (0..len).map(|k| points[k.min(points.len() - 1)] as usize);
        let first = (0..width).flat_map(|i| filled().map(move |m| setup.first[m * width + i]));
        let output = &setup.network.layers()[setup.hidden.len()];
        let weight = |i| output.weight(1 - label, i) - output.weight(label, i);
        let means = &setup.means[setup.early()..];
        let by = self.rows.iter().enumerate().map(|(k, node)| {
            let sign = if k < self.lo { 1.0 } else { -1.0 };
            node.map_or(0.0, |i| sign * weight(i))
        });
        let by: Vec<f64> = by.collect();
        let relu = setup.network.activation() == Activation::Relu;
        let clamp = |(by, node): (&f64, &Option<usize>)| match node {
            Some(i) if relu => Clamp { rest: (-by * means[*i]).exp(), grows: *by > 0.0 },
            _ => Clamp { rest: 0.0, grows: true },
        };
        let off = output.biases[1 - label] - output.biases[label];
        Block {
            first: first.collect(),
            len,
            clamps: by.iter().zip(&self.rows).map(clamp).collect(),
            by,
            constant: means.iter().enumerate().fold(off, |k, (i, mean)| k + mean * weight(i)),
            points: points.to_vec(),
        }
    }

    /// Summed losses at the slab's masks, `[last masks, masks of the nodes that matter]`. Ends
    /// early where `go_on` says so.
    pub fn solve(&self, go_on: &(impl Fn() -> bool + Sync)) -> Vec<f64> {
        let lasts = 1usize << self.slab.bits;
        let masks = 1usize << self.nodes.len();
        let leaves = 1usize << self.walked.len();
        let tasks = masks / leaves;
        let mut table = vec![0.0; masks * lasts];
        for start in (0..tasks).step_by(AT_ONCE) {
            if !go_on() {
                break;
            }
            let solved: Vec<Vec<f64>> = (start..tasks.min(start + AT_ONCE))
                .into_par_iter()
                .map_init(Room::default, |room, task| self.task(task, room))
                .collect();
            table.par_chunks_mut(masks).enumerate().for_each(|(last, table)| {
                for (task, solved) in (start..).zip(&solved) {
                    for leaf in 0..leaves {
                        table[self.packed(task, leaf)] = solved[leaf * lasts + last];
                    }
                }
            });
        }
        table
    }

    /// A task's mask of the nodes that matter with the walked ones as in `leaf`.
    pub(super) fn packed(&self, task: usize, leaf: usize) -> usize {
        let Range { start, end } = self.walked;
        let low = task & ((1 << start) - 1);
        low | leaf << start | task >> start << end
    }

    /// The same as a mask of all nodes before the last hidden layer.
    pub(super) fn early(&self, task: usize, leaf: usize) -> u64 {
        let packed = self.packed(task, leaf) as u64;
        self.nodes.iter().enumerate().fold(0, |mask, (k, i)| mask | (packed >> k & 1) << i)
    }

    /// Summed losses of a task, `[leaves, last masks]`.
    fn task(&self, task: usize, room: &mut Room) -> Vec<f64> {
        let lasts = 1usize << self.slab.bits;
        let mut out = vec![0.0; lasts << self.walked.len()];
        let mut terms = vec![0.0; 1 << (self.walked.len() + self.hi)];
        self.add(task, room, &mut out, Sums::Products(&mut terms));
        let wanted: Vec<bool> = out
            .chunks(lasts)
            .zip(terms.chunks(1 << self.hi))
            .flat_map(|(out, terms)| {
                let of = |(k, loss): (usize, &f64)| *loss < TINY * terms[k >> self.lo];
                out.iter().enumerate().map(of)
            })
            .collect();
        if wanted.contains(&true) {
            let mut exact = vec![0.0; out.len()];
            self.add(task, room, &mut exact, Sums::Tiny(&wanted));
            let tiny = out.iter_mut().zip(exact).zip(wanted).filter(|(_, wanted)| *wanted);
            tiny.for_each(|((out, exact), _)| *out = exact);
        }
        out
    }

    fn add(&self, task: usize, room: &mut Room, out: &mut [f64], mut sums: Sums) {
        let lasts = 1usize << self.slab.bits;
        for block in &self.blocks {
            let early = self.early(task, 0);
            let unit = Unit { all: self, block, early, room, out, sums: &mut sums };
            if !self.level.run(unit) {
                let setup = self.setup.of(&block.points);
                let mut losses = vec![0.0; lasts];
                for (leaf, out) in out.chunks_exact_mut(lasts).enumerate() {
                    let problem = Problem::new(setup.odds(self.early(task, leaf)));
                    problem.add_up(self.slab, 1.0, &mut losses, self.level);
                    out.iter_mut().zip(&losses).for_each(|(sum, loss)| *sum += loss);
                }
            }
        }
    }
}

/// How losses are summed.
enum Sums<'a> {
    /// By products of the odds' factors, with the size of the terms, `[leaves, hi masks]`.
    Products(&'a mut [f64]),
    /// Without differences, at those masks of `[leaves, last masks]` alone.
    Tiny(&'a [bool]),
}

/// A block under one mask of the nodes that are not walked.
struct Unit<'a, 's> {
    all: &'a Dense<'a>,
    block: &'a Block,
    /// The walked nodes are off.
    early: u64,
    room: &'a mut Room,
    /// `[leaves, last masks]`.
    out: &'a mut [f64],
    sums: &'a mut Sums<'s>,
}

impl WithSimd for Unit<'_, '_> {
    /// Whether the block's logits were in reach; if not, nothing is done.
    type Output = bool;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> bool {
        let Self { all, block, early, room, out, sums } = self;
        let relu = all.setup.network.activation() == Activation::Relu;
        let Some(reach) = all.prepare(block, early, room) else { return false };
        let leaf = Leaf {
            lo: all.lo,
            hi: all.hi,
            clamps: &block.clamps,
            points: block.points.len(),
            len: block.len,
            alpha: (-block.constant).exp(),
            segment: (SAFE_EXPONENT / (reach + 1.0)) as usize,
        };
        let size = all.rows.len() * block.len;
        let walked = all.walked.len();
        let Room { steps, slots, numbers, tables, .. } = room;
        for (mask, out) in out.chunks_exact_mut(1 << all.slab.bits).enumerate() {
            let slot = walk(mask, walked, size, slots, steps, relu);
            let mut walked = &slots[slot * size..][..size];
            if !relu {
                all.exponentials(block, walked, numbers);
                walked = numbers;
            }
            match sums {
                Sums::Products(terms) => {
                    let terms = &mut terms[mask << all.hi..][..1 << all.hi];
                    leaf.add(simd, walked, tables, out, terms);
                }
                Sums::Tiny(wanted) => {
                    let wanted = &wanted[mask << all.slab.bits..][..out.len()];
                    if wanted.contains(&true) {
                        leaf.add_tiny(simd, walked, tables, out, wanted);
                    }
                }
            }
        }
        true
    }
}
