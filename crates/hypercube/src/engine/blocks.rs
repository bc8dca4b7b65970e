//! A group's points in blocks, with what the residuals and slopes of all their masks share.

use super::groups::Group;
use super::odds::Odds;
use super::tiles::{LO_TILE_BITS, Part, Slab, ones, products, sums};

/// Columns that are accumulated together, in registers; matrices are padded to a multiple.
pub(super) const COLUMNS: usize = 8;
/// Points whose residuals are held at once: they stay in the innermost cache.
const BLOCK: usize = 128;
/// Hi masks of a task: their low nodes' factors are computed once for all tasks.
const TASK_BITS: usize = 5;
/// With two classes, `exp` of lo and hi logits up to this fits f32.
const LIMIT: f64 = 80.0;

/// The gate gradients of one group within a slab, as products of matrices.
pub(super) struct Job<'a> {
    pub(super) odds: &'a Odds,
    pub(super) part: &'a Part,
    pub(super) nodes: Vec<usize>,
    /// Nodes of the group that vary within the slab.
    pub(super) inner: Vec<usize>,
    /// Nodes of the group that do not and are on.
    pub(super) fixed: Vec<usize>,
    pub(super) early: usize,
    /// Hi nodes that tell tasks apart, and those within a task.
    pub(super) high_bits: usize,
    pub(super) low_bits: usize,
    /// Columns whose weights do not depend on the hi mask, padded to [`COLUMNS`].
    pub(super) columns: usize,
    pub(super) blocks: Vec<Block>,
}

/// Some points with what all hi masks share.
pub(super) struct Block {
    pub(super) points: Vec<usize>,
    /// Whether f32 odds would leave their range.
    pub(super) wild: bool,
    /// `[points · d, columns]`.
    pub(super) weights: Vec<f32>,
    /// Calm: `exp(zlo)`, `[points, LANES]`.
    pub(super) odds: Vec<f32>,
    /// Calm: `exp(−z)` of the hi nodes within a task, `[hi masks, points]`.
    pub(super) factors: Vec<f32>,
    /// Wild: `zlo`, `[points, d, LANES]`.
    pub(super) logits: Vec<f64>,
}

impl<'a> Job<'a> {
    pub(super) fn new(
        odds: &'a Odds,
        group: &Group,
        slab: Slab,
        early: usize,
        part: &'a Part,
    ) -> Self {
        let inner: Vec<usize> = ones(group.pattern & slab.inner()).collect();
        let fixed = ones(group.pattern & !slab.inner())
            .filter(|i| slab.index >> (i - slab.bits) & 1 == 1)
            .collect();
        let last = ones(group.pattern).map(|i| early + i);
        let nodes: Vec<usize> = (0..early).chain(last).collect();
        let hi_bits = part.bits - LO_TILE_BITS;
        let low_bits = hi_bits.min(TASK_BITS);
        let columns = group.pattern.count_ones() as usize + early * LO_TILE_BITS.min(inner.len());
        let mut job = Self {
            odds,
            part,
            nodes,
            inner,
            fixed,
            early,
            high_bits: hi_bits - low_bits,
            low_bits,
            columns: columns.next_multiple_of(COLUMNS),
            blocks: Vec::new(),
        };
        let (calm, wild): (Vec<usize>, Vec<usize>) = (0..part.len()).partition(|&p| job.is_calm(p));
        let size = (BLOCK / part.d).max(16);
        let blocks = calm.chunks(size).map(|points| job.block(points, false));
        let blocks: Vec<Block> =
            blocks.chain(wild.chunks(size).map(|points| job.block(points, true))).collect();
        job.blocks = blocks;
        job
    }

    fn is_calm(&self, p: usize) -> bool {
        let reach = |from, to| self.part.class(p, 0, from, to).map(f64::abs).sum::<f64>();
        self.part.d == 1
            && reach(0, LO_TILE_BITS) <= LIMIT
            && reach(LO_TILE_BITS, self.part.bits) + self.part.consts(p)[0].abs() <= LIMIT
    }

    fn block(&self, points: &[usize], wild: bool) -> Block {
        let mut block = Block {
            points: points.to_vec(),
            wild,
            weights: Vec::with_capacity(points.len() * self.part.d * self.columns),
            odds: Vec::new(),
            factors: Vec::new(),
            logits: Vec::new(),
        };
        for &p in points {
            self.push_weights(p, &mut block.weights);
            for c in 0..self.part.d {
                let nodes = self.part.lo_nodes(p, c);
                if wild {
                    block.logits.extend(sums(0.0, nodes));
                } else {
                    let odds = products(1.0, nodes.map(f64::exp));
                    block.odds.extend(odds.map(|x| x as f32));
                }
            }
        }
        if !wild {
            for hi in 0..1 << self.low_bits {
                let z = |p| self.hi_logit(p, 0, 0.0, 0..self.low_bits, hi);
                block.factors.extend(points.iter().map(|&p| (-z(p)).exp() as f32));
            }
        }
        block
    }

    /// `start` plus the slopes of those of the hi nodes in `range` that are on in `mask`.
    pub(super) fn hi_logit(
        &self,
        p: usize,
        c: usize,
        start: f64,
        range: std::ops::Range<usize>,
        mask: usize,
    ) -> f64 {
        let slopes = self.part.slopes(p);
        range
            .enumerate()
            .filter(|(k, _)| mask >> k & 1 == 1)
            .fold(start, |z, (_, i)| z + slopes[(LO_TILE_BITS + i) * self.part.d + c])
    }

    /// For each class a row: slopes of the group's nodes, then per earlier node its tangents
    /// through each of the lo nodes, then padding.
    fn push_weights(&self, p: usize, weights: &mut Vec<f32>) {
        let (m, d) = (self.part.points[p] as usize, self.part.d);
        let slopes = self.odds.slopes(m);
        for c in 0..d {
            let end = weights.len() + self.columns;
            weights.extend(
                self.nodes[self.early..].iter().map(|i| slopes[(i - self.early) * d + c] as f32),
            );
            for i in 0..self.early {
                let lo = self.inner.iter().take(LO_TILE_BITS);
                weights.extend(lo.map(|&j| self.tangent(m, i, j, c) as f32));
            }
            weights.resize(end, 0.0);
        }
    }

    fn tangent(&self, m: usize, early: usize, j: usize, c: usize) -> f64 {
        self.odds.tangents(m)[(early * self.odds.n + j) * self.odds.d + c]
    }

    /// Per class a row: each earlier node's tangents through the hi nodes that are on.
    pub(super) fn hi_weights(&self, block: &Block, hi: usize) -> Vec<f32> {
        let width = self.early.next_multiple_of(COLUMNS);
        let hi_nodes = self.inner.iter().skip(LO_TILE_BITS).enumerate();
        let on: Vec<usize> = hi_nodes
            .filter(|(k, _)| hi >> k & 1 == 1)
            .map(|(_, &j)| j)
            .chain(self.fixed.iter().copied())
            .collect();
        let mut weights = Vec::with_capacity(block.points.len() * self.part.d * width);
        for &p in &block.points {
            let m = self.part.points[p] as usize;
            for c in 0..self.part.d {
                let end = weights.len() + width;
                weights.extend(
                    (0..self.early)
                        .map(|i| on.iter().map(|&j| self.tangent(m, i, j, c)).sum::<f64>() as f32),
                );
                weights.resize(end, 0.0);
            }
        }
        weights
    }
}
