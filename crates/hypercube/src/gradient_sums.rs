//! Means of gate gradients over p-biased masks.

use pulp::{Simd, WithSimd};
use rayon::prelude::*;

use crate::biased::weigh;
use crate::engine::simd::SimdLevel;
use crate::gradient_blocks::PIECE;

/// Masks side by side, which differ in the lowest nodes alone.
const LANES: usize = 16;
/// How many of a piece's other nodes can be on, and one.
const ABOVE: usize = (PIECE / LANES).ilog2() as usize + 1;

/// Sums of every node's gate gradient, and of its square, over the masks of each size, in f64.
///
/// From them follow the means over p-biased masks (each node on with probability p, independently)
/// for all p in 0…1, in nats per unit of mask value. [`crate::gradients::sums`] gives those of all
/// masks; to see the single gradients as well, call [`Self::add`] with each block of
/// [`crate::gradients::visit`]. Means are right once every mask has been added.
#[derive(Clone, Debug, PartialEq)]
pub struct GradientSums {
    n_nodes: usize,
    all: Vec<f64>,
    squares: Vec<f64>,
    on: Vec<f64>,
}

impl GradientSums {
    /// Nothing summed yet, for masks of `n_nodes` nodes.
    pub fn new(n_nodes: usize) -> Self {
        let zeros = || vec![0.0; (n_nodes + 1) * n_nodes];
        Self { n_nodes, all: zeros(), squares: zeros(), on: zeros() }
    }

    /// Adds a block as [`crate::gradients::visit`] hands it on: gradients, row-major `[masks, N]`,
    /// of the masks from `first` on, all of them below 2^N.
    ///
    /// # Panics
    ///
    /// If there are no nodes, or a mask has more than N of them on.
    pub fn add(&mut self, first: usize, rows: &[f32]) {
        const MASKS: usize = 4096;
        let n = self.n_nodes;
        let parts: Vec<Self> = rows
            .par_chunks(MASKS * n)
            .enumerate()
            .map(|(k, rows)| {
                let mut part = Self::new(n);
                for (mask, row) in (first + k * MASKS..).zip(rows.chunks_exact(n)) {
                    let at = mask.count_ones() as usize * n;
                    for (i, &g) in row.iter().enumerate() {
                        let g = f64::from(g);
                        part.all[at + i] += g;
                        part.squares[at + i] += g * g;
                        part.on[at + i] += if mask >> i & 1 == 1 { g } else { 0.0 };
                    }
                }
                part
            })
            .collect();
        parts.iter().for_each(|part| self.join(part));
    }

    /// Those of a piece `[N, masks]` of [`crate::gradients::visit_by_node`] of `n_nodes` nodes.
    pub(crate) fn of(n_nodes: usize, first: usize, piece: &[f32]) -> Self {
        let n = n_nodes;
        let masks = piece.len() / n;
        let mut part = Self::new(n);
        for (i, row) in piece.chunks_exact(masks).enumerate() {
            let [all, squares, on] = SimdLevel::Auto.run(LaneSums { row, first, node: i });
            for above in 0..=(masks / LANES).max(1).ilog2() as usize {
                for lane in 0..masks.min(LANES) {
                    let size = (first.count_ones() + lane.count_ones()) as usize + above;
                    part.all[size * n + i] += all[above][lane];
                    part.squares[size * n + i] += squares[above][lane];
                    part.on[size * n + i] += on[above][lane];
                }
            }
        }
        part
    }

    pub(crate) fn join(&mut self, other: &Self) {
        let add = |to: &mut [f64], from: &[f64]| {
            to.iter_mut().zip(from).for_each(|(to, from)| *to += from);
        };
        add(&mut self.all, &other.all);
        add(&mut self.squares, &other.squares);
        add(&mut self.on, &other.on);
    }

    /// Number of nodes, N.
    pub fn n_nodes(&self) -> usize {
        self.n_nodes
    }

    fn column(&self, of: &[f64], i: usize) -> Vec<f64> {
        of.iter().skip(i).step_by(self.n_nodes).copied().collect()
    }

    /// Mean gate gradient of each node over p-biased masks, `[N]`.
    pub fn means(&self, p: f64) -> Vec<f64> {
        let n = self.n_nodes;
        (0..n).map(|i| weigh(&self.column(&self.all, i), n, p)).collect()
    }

    /// Standard deviation of each node's gate gradient over p-biased masks, `[N]`.
    pub fn sds(&self, p: f64) -> Vec<f64> {
        let n = self.n_nodes;
        let square = |i| weigh(&self.column(&self.squares, i), n, p);
        let means = self.means(p).into_iter().enumerate();
        means.map(|(i, mean)| (square(i) - mean * mean).max(0.0).sqrt()).collect()
    }

    /// Mean gate gradient of each node over the p-biased masks in which that node is on, `[N]`.
    /// NaN at p = 0.
    pub fn means_on(&self, p: f64) -> Vec<f64> {
        let n = self.n_nodes;
        (0..n).map(|i| weigh(&self.column(&self.on, i), n, p) / p).collect()
    }

    /// Mean gate gradient of each node over the p-biased masks in which that node is off, `[N]`.
    /// NaN at p = 1.
    pub fn means_off(&self, p: f64) -> Vec<f64> {
        let n = self.n_nodes;
        let off = |i| {
            let (all, on) = (self.column(&self.all, i), self.column(&self.on, i));
            all.into_iter().zip(on).map(|(all, on)| all - on).collect::<Vec<f64>>()
        };
        (0..n).map(|i| weigh(&off(i), n, p) / (1.0 - p)).collect()
    }
}

/// Sums of a node's g, g² and g where it is on over a piece's masks from `first` on, lane by lane, by the number
/// of the other nodes that are on.
struct LaneSums<'a> {
    row: &'a [f32],
    first: usize,
    node: usize,
}

impl WithSimd for LaneSums<'_> {
    type Output = [[[f64; LANES]; ABOVE]; 3];

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> Self::Output {
        let [mut all, mut squares, mut on] = [[[0.0; LANES]; ABOVE]; 3];
        let lowest = self.node < LANES.ilog2() as usize;
        for (group, row) in self.row.chunks(LANES).enumerate() {
            // Lanes without a mask, where there are few nodes, stay 0.
            let mut g = [0.0; LANES];
            if let Some(row) = row.first_chunk::<LANES>() {
                g = *row;
            } else {
                g[..row.len()].copy_from_slice(row);
            }
            let above = group.count_ones() as usize % ABOVE;
            for lane in 0..LANES {
                let g = f64::from(g[lane]);
                all[above][lane] += g;
                squares[above][lane] += g * g;
            }
            if !lowest && (self.first + group * LANES) >> self.node & 1 == 1 {
                for lane in 0..LANES {
                    on[above][lane] += f64::from(g[lane]);
                }
            }
        }
        if lowest {
            for above in 0..ABOVE {
                for lane in (0..LANES).filter(|lane| lane >> self.node & 1 == 1) {
                    on[above][lane] = all[above][lane];
                }
            }
        }
        [all, squares, on]
    }
}
