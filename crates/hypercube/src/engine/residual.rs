//! Gate gradients of one group, in f32: residuals times what the nodes contribute.
//!
//! With `r_c = exp(z_c) / (1 + Σ exp(z))`, the derivative of a point's loss by a logit difference,
//! the gate gradient of a node of the last hidden layer is `Σ_points Σ_c r_c slopes_c`: for 32 lo
//! masks at a time a product of a matrix of residuals with one of slopes. An earlier node's is
//! `Σ_points Σ_c r_c Σ_j b_j tangents_jc`: the nodes j of the hi mask are summed into one column of
//! the second matrix, and each of the five nodes of the lo mask has a column of its own.

use rayon::prelude::*;

use super::blocks::{COLUMNS, Job};
use super::groups::Group;
use super::odds::Odds;
use super::product::Task;
use super::simd::SimdLevel;
use super::tiles::{LANES, LO_TILE_BITS, Part, Slab};

/// Summed gate gradients of one group's points within a slab.
pub(crate) struct Source {
    /// For each table its node, earlier layers' first.
    pub nodes: Vec<usize>,
    /// `[nodes, 2^(the group's nodes that vary within the slab)]`.
    tables: Vec<f32>,
}

impl Source {
    pub(super) fn new(nodes: Vec<usize>, tables: Vec<f32>) -> Self {
        Self { nodes, tables }
    }

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
    let masks = 1usize << (group.pattern & slab.inner()).count_ones();
    let mut tables = vec![0.0; job.nodes.len() * masks];
    let mut tasks: Vec<Vec<&mut [f32]>> = (0..1 << job.high_bits).map(|_| Vec::new()).collect();
    for table in tables.chunks_exact_mut(masks) {
        let parts = table.chunks_mut(1 << (part.bits - job.high_bits));
        tasks.iter_mut().zip(parts).for_each(|(task, part)| task.push(part));
    }
    tasks.into_par_iter().enumerate().for_each(|(task, out)| job.run(task, level, out));
    Source { nodes: job.nodes, tables }
}

impl Job<'_> {
    /// Tables of the nodes over a task's masks, each `[hi masks of a task · LANES]`, or fewer if there are
    /// fewer masks.
    fn run(&self, task: usize, level: SimdLevel, out: Vec<&mut [f32]>) {
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
        self.gather(&acc, &early_acc, out);
    }

    fn gather(&self, acc: &[f32], early_acc: &[f32], out: Vec<&mut [f32]>) {
        let early_columns = self.early.next_multiple_of(COLUMNS);
        let last = self.nodes.len() - self.early;
        let lo_nodes = self.inner.len().min(LO_TILE_BITS);
        let column = |hi: usize, k: usize| -> &[f32; LANES] {
            acc[(hi * self.columns + k) * LANES..].first_chunk().expect("a column has all lanes")
        };
        for (k, out) in out.into_iter().enumerate() {
            for (hi, out) in out.chunks_mut(LANES).enumerate() {
                let mut sums = [0.0; LANES];
                if let Some(k) = k.checked_sub(self.early) {
                    sums = *column(hi, k);
                } else {
                    let base = &early_acc[(hi * early_columns + k) * LANES..][..LANES];
                    for (lane, sum) in sums.iter_mut().enumerate() {
                        *sum = (0..lo_nodes)
                            .filter(|j| lane >> j & 1 == 1)
                            .fold(base[lane], |sum, j| {
                                sum + column(hi, last + k * lo_nodes + j)[lane]
                            });
                    }
                }
                if let Some(out) = out.first_chunk_mut() {
                    *out = sums;
                } else {
                    out.copy_from_slice(&sums[..out.len()]);
                }
            }
        }
    }
}
