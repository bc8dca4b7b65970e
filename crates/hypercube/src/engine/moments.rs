//! The moments of a cell's residuals, and what they make of its gate gradients.

use pulp::Simd;

use super::cell::Cell;
use super::dense::{Block, Dense};
use super::ratios::{Factors, Ratios};
use super::tiles::{LANES, LO_TILE_BITS};

/// Points that are summed in f32 before they are added to others: what rounding leaves of long sums
/// is not small beside a gradient in which the two labels' parts cancel.
const AT_ONCE: usize = 32;

/// Moments of 32 masks.
type Moments<const K: usize> = [[f32; LANES]; K];

/// A cell under one mask of the earlier layers.
pub(super) struct Place<'a, const K: usize> {
    pub dense: &'a Dense<'a>,
    pub block: &'a Block,
    /// `[1, x − x̄]` of the block's points.
    pub common: &'a [[f32; K]],
    pub cell: &'a Cell<K>,
    /// Mask of the walked nodes.
    pub mask: usize,
    /// Mask of all nodes before the last hidden layer.
    pub on: u64,
    /// The largest logit difference that each of the block's points can have.
    pub reach: &'a [f64],
}

/// Room for a cell.
#[derive(Default)]
pub(super) struct Work<const K: usize> {
    shares: Vec<Share>,
    /// `[points, columns]`.
    weights: Vec<f32>,
    ratios: Ratios,
    /// `[points, LANES]`.
    residuals: Vec<f32>,
    /// `[columns, LANES]`.
    acc: Vec<f32>,
    /// The last hidden layer's values before the ReLU as affine functions.
    last: Vec<[f64; K]>,
    /// Nodes of a layer with `Σ r ∂z/∂(value before the ReLU)`, and of the layer below.
    upstream: Vec<(usize, Moments<K>)>,
    next: Vec<(usize, Moments<K>)>,
}

/// At which of a cell's points a node of the last hidden layer is active.
#[derive(Clone, Copy, PartialEq)]
enum Share {
    None,
    All,
    /// At some: the first column of its own moments.
    Some(usize),
}

impl<const K: usize> Place<'_, K> {
    /// Adds the cell's gradients to `out`, `[hi masks, N, LANES]`. `walked` is P, `numbers` what the
    /// nodes multiply the odds by, each `[rows, len]`.
    #[inline(always)]
    pub fn add<S: Simd>(
        &self,
        simd: S,
        walked: &[f64],
        numbers: &[f64],
        work: &mut Work<K>,
        out: &mut [f32],
    ) {
        let columns = self.weigh(walked, work);
        self.last_values(&mut work.last);
        let (dense, block, points) = (self.dense, self.block, self.cell.points.clone());
        let factors = Factors { dense, block, points, numbers, reach: self.reach };
        work.ratios.fill(&factors);
        let n = dense.setup.network.n_nodes();
        for (hi, out) in out.chunks_exact_mut(n * LANES).enumerate() {
            work.ratios.at(simd, &factors, hi, &mut work.residuals);
            work.acc.clear();
            work.acc.resize(columns * LANES, 0.0);
            let weights = work.weights.chunks(AT_ONCE * columns);
            for (residuals, weights) in work.residuals.chunks(AT_ONCE * LANES).zip(weights) {
                multiply::<S, K>(simd, residuals, weights, columns, &mut work.acc);
            }
            self.back(simd, hi, work, out);
        }
    }

    /// Which points each node of the last layer is active at, and the columns that residuals are
    /// multiplied with: `[1, x − x̄]`, and the same of those points alone.
    #[inline(always)]
    fn weigh(&self, walked: &[f64], work: &mut Work<K>) -> usize {
        let range = self.cell.points.clone();
        let Work { shares, weights, .. } = work;
        let len = self.block.len;
        shares.clear();
        let mut used = K;
        for row in 0..self.dense.setup.last() {
            let mut count = 0;
            for &p in &walked[row * len..][range.clone()] {
                count += usize::from(self.block.clamps[row].is_active(p));
            }
            shares.push(match count {
                0 => Share::None,
                all if all == range.len() => Share::All,
                _ => {
                    used += K;
                    Share::Some(used - K)
                }
            });
        }
        weights.clear();
        weights.resize(range.len() * used, 0.0);
        for (to, p) in weights.chunks_exact_mut(used).zip(range) {
            to[..K].copy_from_slice(&self.common[p]);
            for (row, share) in shares.iter().enumerate() {
                if let Share::Some(at) = *share
                    && self.block.clamps[row].is_active(walked[row * len + p])
                {
                    to[at..at + K].copy_from_slice(&self.common[p]);
                }
            }
        }
        used
    }

    #[inline(always)]
    fn last_values(&self, values: &mut Vec<[f64; K]>) {
        let setup = self.dense.setup;
        let layer = &setup.network.layers()[setup.hidden.len() - 1];
        let before = setup.early() - layer.inputs;
        values.clear();
        values.extend_from_slice(&self.cell.last);
        for (k, &node) in self.dense.nodes[self.dense.walked.clone()].iter().enumerate() {
            if self.mask >> k & 1 == 1 {
                for (o, value) in values.iter_mut().enumerate() {
                    let w = layer.weight(o, node - before);
                    let terms = value.iter_mut().zip(&self.cell.nodes[node]);
                    terms.for_each(|(value, h)| *value += w * h);
                }
            }
        }
    }

    /// Passes the moments back.
    #[inline(always)]
    fn back<S: Simd>(&self, simd: S, hi: usize, work: &mut Work<K>, out: &mut [f32]) {
        let setup = self.dense.setup;
        let Work { shares, acc, last, upstream, next, .. } = work;
        let (acc, out) = (acc.as_chunks::<LANES>().0, out.as_chunks_mut::<LANES>().0);
        upstream.clear();
        for (j, (share, value)) in shares.iter().zip(last).enumerate() {
            let lo = j < LO_TILE_BITS;
            let w = if lo { self.block.by[j] } else { -self.block.by[j] };
            let to = &mut out[setup.early() + j];
            let mean = setup.means[setup.early() + j];
            let mut value = *value;
            let at = if let Share::Some(at) = *share { at } else { 0 };
            if *share == Share::All {
                value[0] -= mean;
            } else {
                add(simd, to, -w * mean, &acc[0]);
            }
            if *share == Share::None {
                continue;
            }
            let moments = &acc[at..at + K];
            for (value, moment) in value.iter().zip(moments) {
                add(simd, to, w * value, moment);
            }
            if lo || hi >> (j - LO_TILE_BITS) & 1 == 1 {
                let mut up = [[0.0; LANES]; K];
                for (up, moment) in up.iter_mut().zip(moments) {
                    if lo {
                        select(simd, up, w, &ON[j], moment);
                    } else {
                        add(simd, up, w, moment);
                    }
                }
                upstream.push((j, up));
            }
        }
        let mut start = setup.early();
        for k in (1..setup.hidden.len()).rev() {
            let layer = &setup.network.layers()[k];
            start -= layer.inputs;
            next.clear();
            for i in 0..layer.inputs {
                let node = start + i;
                let mut down = [[0.0f32; LANES]; K];
                for (o, up) in &*upstream {
                    let w = layer.weight(*o, i);
                    for (down, up) in down.iter_mut().zip(up) {
                        add(simd, down, w, up);
                    }
                }
                for (value, down) in self.cell.nodes[node].iter().zip(&down) {
                    add(simd, &mut out[node], *value, down);
                }
                if k > 1 && self.cell.active[node] && self.on >> node & 1 == 1 {
                    next.push((i, down));
                }
            }
            std::mem::swap(upstream, next);
        }
    }
}

/// Whether each of the five lo nodes is on at a lane.
const ON: [[f32; LANES]; LO_TILE_BITS] = {
    let mut on = [[0.0; LANES]; LO_TILE_BITS];
    let mut at = 0;
    while at < LO_TILE_BITS * LANES {
        let (node, lane) = (at / LANES, at % LANES);
        on[node][lane] = (lane >> node & 1) as f32;
        at += 1;
    }
    on
};

/// Adds `by · from` to `to`.
#[inline(always)]
fn add<S: Simd>(simd: S, to: &mut [f32; LANES], by: f64, from: &[f32; LANES]) {
    let by = simd.splat_f32s(by as f32);
    let (to, from) = (S::as_mut_simd_f32s(to).0, S::as_simd_f32s(from).0);
    for (to, from) in to.iter_mut().zip(from) {
        *to = simd.mul_add_e_f32s(by, *from, *to);
    }
}

/// `by · on · from`.
#[inline(always)]
fn select<S: Simd>(
    simd: S,
    to: &mut [f32; LANES],
    by: f64,
    on: &[f32; LANES],
    from: &[f32; LANES],
) {
    let by = simd.splat_f32s(by as f32);
    let (on, from) = (S::as_simd_f32s(on).0, S::as_simd_f32s(from).0);
    for ((to, on), from) in S::as_mut_simd_f32s(to).0.iter_mut().zip(on).zip(from) {
        *to = simd.mul_f32s(simd.mul_f32s(by, *on), *from);
    }
}

/// `acc[k] += Σ_points residuals[point] · weights[point, k]`, `acc` being `[columns, LANES]`. Columns come
/// in sets of K, of which two at a time have sums enough for the units not to wait.
#[inline(always)]
fn multiply<S: Simd, const K: usize>(
    simd: S,
    residuals: &[f32],
    weights: &[f32],
    columns: usize,
    acc: &mut [f32],
) {
    let paired = columns / (2 * K) * (2 * K);
    for first in (0..paired).step_by(2 * K) {
        sum_up::<S, K, 2>(simd, residuals, weights, (first, columns), acc);
    }
    if paired < columns {
        sum_up::<S, K, 1>(simd, residuals, weights, (paired, columns), acc);
    }
}

/// The same for SETS sets of columns from `first` on.
#[inline(always)]
fn sum_up<S: Simd, const K: usize, const SETS: usize>(
    simd: S,
    residuals: &[f32],
    weights: &[f32],
    (first, columns): (usize, usize),
    acc: &mut [f32],
) {
    let rows = residuals.as_chunks::<LANES>().0;
    for sub in (0..LANES / S::F32_LANES).step_by(2) {
        let mut sums = [[[simd.splat_f32s(0.0); 2]; K]; SETS];
        for (row, weights) in rows.iter().zip(weights.chunks_exact(columns)) {
            let row = S::as_simd_f32s(row).0;
            let x = [row[sub], row[sub + 1]];
            let sets = weights[first..].as_chunks::<K>().0;
            for s in 0..SETS {
                for k in 0..K {
                    let weight = simd.splat_f32s(sets[s][k]);
                    sums[s][k][0] = simd.mul_add_e_f32s(weight, x[0], sums[s][k][0]);
                    sums[s][k][1] = simd.mul_add_e_f32s(weight, x[1], sums[s][k][1]);
                }
            }
        }
        let to = acc[first * LANES..].chunks_exact_mut(LANES);
        for (sums, to) in sums.as_flattened().iter().zip(to) {
            let to = S::as_mut_simd_f32s(to).0;
            for v in 0..2 {
                to[sub + v] = simd.add_f32s(to[sub + v], sums[v]);
            }
        }
    }
}
