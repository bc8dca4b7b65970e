//! Gate gradients of all masks, row by row, from the groups' tables.

use rayon::prelude::*;

use crate::engine::merge::Merge;
use crate::engine::residual::Source;
use crate::engine::solve::Problem;
use crate::engine::tiles::Slab;

/// One node's tables, one per group that it matters to, and how to merge them.
type Merged<'a> = (Merge, Vec<&'a [f32]>);

/// A thread's room.
pub(crate) struct Room {
    scratch: Vec<f32>,
    /// `[nodes, masks]`; 0 for nodes that never matter.
    out: Vec<f32>,
}

/// Merges the groups' tables, node by node.
pub(crate) struct Rows<'a> {
    /// Per node its tables and how to merge them; none if it never matters.
    nodes: Vec<Option<Merged<'a>>>,
    /// Masks of a row.
    pub len: usize,
    /// Rows of the slab.
    pub count: usize,
    scale: f32,
}

impl<'a> Rows<'a> {
    pub fn new(problem: &Problem, sources: &'a [Source], slab: Slab, early: usize) -> Self {
        let patterns: Vec<u32> = problem.groups.iter().map(|g| g.pattern & slab.inner()).collect();
        let n_nodes = problem.odds.n + early;
        Self::of(&patterns, sources, n_nodes, slab.bits, problem.odds.points())
    }

    /// Of sources with these patterns of `bits` nodes, as means over so many points.
    pub fn of(
        patterns: &[u32],
        sources: &'a [Source],
        n_nodes: usize,
        bits: usize,
        points: usize,
    ) -> Self {
        let nodes: Vec<_> = (0..n_nodes)
            .into_par_iter()
            .map(|node| {
                let tables: Vec<(u32, &[f32])> = patterns
                    .iter()
                    .zip(sources)
                    .filter_map(|(&pattern, s)| {
                        let k = s.nodes.iter().position(|&i| i == node)?;
                        Some((pattern, s.table(k)))
                    })
                    .collect();
                let merge = Merge::new(tables.iter().map(|(pattern, _)| *pattern), bits)?;
                Some((merge, tables.into_iter().map(|(_, table)| table).collect()))
            })
            .collect();
        let len = Merge::row_of(bits);
        let scale = (1.0 / points as f64) as f32;
        Self { nodes, len, count: (1 << bits) / len, scale }
    }

    /// Room for [`Self::by_node`].
    pub fn room(&self) -> Room {
        let out = vec![0.0; self.nodes.len() * self.len];
        Room { scratch: vec![0.0; self.scratch_len()], out }
    }

    /// Gradients of a row's masks, `[nodes, masks]`.
    pub fn by_node<'r>(&self, row: usize, room: &'r mut Room) -> &'r [f32] {
        for (node, to) in self.nodes.iter().zip(room.out.chunks_exact_mut(self.len)) {
            if let Some((merge, tables)) = node {
                merge.run(tables, row as u32, &mut room.scratch, self.scale, to);
            }
        }
        &room.out
    }

    fn scratch_len(&self) -> usize {
        self.nodes.iter().flatten().map(|(merge, _)| merge.scratch_len()).max().unwrap_or(0)
    }

    /// Gradients of the masks from row `start` on, `[masks, nodes]`.
    pub fn write(&self, start: usize, out: &mut [f32]) {
        let n = self.nodes.len();
        out.par_chunks_mut(self.len * n).enumerate().for_each_init(
            || [vec![0.0f32; self.scratch_len()], vec![0.0; self.len]],
            |[scratch, row], (k, out)| {
                for (i, node) in self.nodes.iter().enumerate() {
                    let to = out.iter_mut().skip(i).step_by(n);
                    if let Some((merge, tables)) = node {
                        merge.run(tables, (start + k) as u32, scratch, self.scale, row);
                        to.zip(&*row).for_each(|(to, g)| *to = *g);
                    } else {
                        to.for_each(|to| *to = 0.0);
                    }
                }
            },
        );
    }
}
