//! Gate gradients of one group, in f32: residuals times what the nodes contribute.
//!
//! With `r_c = exp(z_c) / (1 + Σ exp(z))`, the derivative of a point's loss by a logit difference,
//! the gate gradient of a node of the last hidden layer is `Σ_points Σ_c r_c slopes_c`: for 32 lo
//! masks at a time a product of a matrix of residuals with one of slopes. An earlier node's is
//! `Σ_points Σ_c r_c Σ_j b_j tangents_jc`: the nodes j of the hi mask are summed into one column of
//! the second matrix, and each of the five nodes of the lo mask has a column of its own.

use rayon::prelude::*;

use super::groups::Group;
use super::odds::Odds;
use super::product::{COLUMNS, Task};
use super::simd::SimdLevel;
use super::tiles::{LANES, LO_TILE_BITS, Part, Slab, ones, products, sums};

/// Points whose residuals are held at once: they stay in the innermost cache.
const BLOCK: usize = 128;
/// Hi masks of a task: their low nodes' factors are computed once for all tasks.
const TASK_BITS: usize = 5;
/// With two classes, `exp` of lo and hi logits up to this fits f32.
const LIMIT: f64 = 80.0;

/// Summed gate gradients of one group's points within a slab.
pub(crate) struct Source {
    /// For each table its node, earlier layers' first.
    pub nodes: Vec<usize>,
    /// `[nodes, 2^(the group's nodes that vary within the slab)]`.
    tables: Vec<f32>,
}

impl Source {
    /// The table of node number `k` of [`Self::nodes`].
    pub fn table(&self, k: usize) -> &[f32] {
        let len = self.tables.len() / self.nodes.len();
        &self.tables[k * len..][..len]
    }
}

/// Gate gradients of a group, `early` nodes standing in layers before the last hidden one.
pub(crate) fn gradients(
    odds: &Odds,
    group: &Group,
    slab: Slab,
    early: usize,
    level: SimdLevel,
) -> Source {
    let part = Part::with_lo_bits(odds, group, slab, LO_TILE_BITS);
    let job = Job::new(odds, group, slab, early, &part);
    let tasks: Vec<Vec<f32>> =
        (0..1usize << job.high_bits).into_par_iter().map(|task| job.run(task, level)).collect();
    let masks = 1usize << (group.pattern & slab.inner()).count_ones();
    let per_task = 1usize << (part.bits - job.high_bits);
    let mut tables = vec![0.0; job.nodes.len() * masks];
    for (k, table) in tables.chunks_exact_mut(masks).enumerate() {
        for (to, task) in table.chunks_mut(per_task).zip(&tasks) {
            to.copy_from_slice(&task[k * per_task..][..to.len()]);
        }
    }
    Source { nodes: job.nodes, tables }
}

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
    fn new(odds: &'a Odds, group: &Group, slab: Slab, early: usize, part: &'a Part) -> Self {
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

    /// Tables of the nodes over a task's masks, `[nodes, hi masks of a task · LANES]`.
    fn run(&self, task: usize, level: SimdLevel) -> Vec<f32> {
        let his = 1usize << self.low_bits;
        let early_columns = self.early.next_multiple_of(COLUMNS);
        let mut acc = vec![0.0f32; his * self.columns * LANES];
        let mut early_acc = vec![0.0f32; his * early_columns * LANES];
        for block in &self.blocks {
            let alphas: Vec<f32> = if block.wild {
                Vec::new()
            } else {
                let base = |&p: &usize| {
                    let range = self.low_bits..self.low_bits + self.high_bits;
                    let z = self.hi_logit(p, 0, self.part.consts(p)[0], range, task);
                    (-z).exp() as f32
                };
                block.points.iter().map(base).collect()
            };
            level.run(Task {
                job: self,
                block,
                task,
                alphas: &alphas,
                acc: &mut acc,
                early_acc: &mut early_acc,
            });
        }
        self.gather(&acc, &early_acc)
    }

    fn gather(&self, acc: &[f32], early_acc: &[f32]) -> Vec<f32> {
        let his = 1usize << self.low_bits;
        let early_columns = self.early.next_multiple_of(COLUMNS);
        let last = self.nodes.len() - self.early;
        let lo_nodes = self.inner.len().min(LO_TILE_BITS);
        let mut out = Vec::with_capacity(self.nodes.len() * his * LANES);
        let column = |hi: usize, k: usize| &acc[(hi * self.columns + k) * LANES..][..LANES];
        for i in 0..self.early {
            for hi in 0..his {
                let base = &early_acc[(hi * early_columns + i) * LANES..][..LANES];
                out.extend((0..LANES).map(|lane| {
                    (0..lo_nodes)
                        .filter(|j| lane >> j & 1 == 1)
                        .fold(base[lane], |sum, j| sum + column(hi, last + i * lo_nodes + j)[lane])
                }));
            }
        }
        for k in 0..last {
            for hi in 0..his {
                out.extend_from_slice(column(hi, k));
            }
        }
        out
    }
}
