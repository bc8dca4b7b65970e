//! What the moments of a cell's residuals make of its gate gradients.

use pulp::Simd;

use super::cell::Cell;
use super::dense::{Block, Dense};
use super::ratios::{Factors, Ratios};
use super::regions::{Moments, Regions};
use super::tiles::{LANES, LO_TILE_BITS, ON};

/// A cell under one mask of the earlier layers.
pub(super) struct Place<'a, const K: usize> {
    pub dense: &'a Dense<'a>,
    pub block: &'a Block,
    /// Which class each of the block's points is of, 0 or 1.
    pub labels: &'a [f32],
    /// Per layer after the first hidden one its weights by input, `[inputs][outputs]`.
    pub weights: &'a [Vec<Vec<f32>>],
    /// `[1, x − x̄]` of the cell's points.
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
    regions: Regions<K>,
    ratios: Ratios,
    /// The last hidden layer's values before the ReLU as affine functions.
    last: Vec<[f64; K]>,
    /// Per node of the layer before the last hidden one `∂z/∂h` through those lo nodes that are
    /// active at all points, by which these are; empty as long as no cell has asked.
    through: [Vec<[f32; LANES]>; 1 << LO_TILE_BITS],
    /// Nodes of a layer with `Σ r ∂z/∂(value before the ReLU)`, and of the layer below.
    upstream: Vec<(usize, Moments<K>)>,
    next: Vec<(usize, Moments<K>)>,
}

impl<const K: usize> Place<'_, K> {
    /// Adds the cell's gradients to `out`, `[hi masks, N, LANES]`. `numbers` is what the nodes multiply
    /// the odds by, each `[rows, len]`; `active` which of them are active at the block's points.
    #[inline(always)]
    pub fn add<S: Simd>(
        &self,
        simd: S,
        numbers: &[f64],
        active: &[u64],
        work: &mut Work<K>,
        out: &mut [f32],
    ) {
        let (dense, block, points) = (self.dense, self.block, self.cell.points.clone());
        work.regions.fill(&active[points.clone()]);
        self.last_values(&mut work.last);
        let everywhere = work.regions.active().0 & ((1 << LO_TILE_BITS) - 1);
        let through = &mut work.through[everywhere as usize];
        if through.is_empty() {
            self.lo_derivatives(simd, everywhere, through);
        }
        let (labels, reach, calm) = (self.labels, self.reach, self.cell.calm);
        let factors = Factors { dense, block, points, numbers, labels, reach, calm };
        work.ratios.fill(simd, &factors);
        let n = dense.setup.network.n_nodes();
        for (hi, out) in out.chunks_exact_mut(n * LANES).enumerate() {
            work.regions.sum_up(simd, (&work.ratios, &factors), hi, self.common);
            self.back(simd, hi, work, out);
        }
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

    /// Derivative of the logit difference by a node of the last hidden layer, if it is on.
    #[inline(always)]
    fn slope(&self, j: usize) -> f64 {
        if j < LO_TILE_BITS { self.block.by[j] } else { -self.block.by[j] }
    }

    #[inline(always)]
    fn lo_derivatives<S: Simd>(&self, simd: S, of: u64, through: &mut Vec<[f32; LANES]>) {
        for weights in &self.weights[self.weights.len() - 1] {
            let mut sum = [0.0; LANES];
            for (j, w) in weights.iter().enumerate().take(LO_TILE_BITS) {
                if of >> j & 1 == 1 {
                    add(simd, &mut sum, w * self.slope(j) as f32, &ON[j]);
                }
            }
            through.push(sum);
        }
    }

    /// Passes the moments back under one mask of the hi nodes.
    #[inline(always)]
    fn back<S: Simd>(&self, simd: S, hi: usize, work: &mut Work<K>, out: &mut [f32]) {
        // Mask of the last hidden layer's hi nodes, at their own bits.
        let hi = (hi as u64) << LO_TILE_BITS;
        let total = work.regions.moments(simd, 0);
        self.through_last(simd, hi, &total, work, out);
        let Work { regions, through, upstream, next, .. } = work;
        let (active, lo) = (regions.active().0, (1 << LO_TILE_BITS) - 1);
        let (through, always_on) = (&through[(active & lo) as usize], active & hi);
        let out = out.as_chunks_mut::<LANES>().0;
        let mut start = self.dense.setup.early();
        for (k, by_input) in self.weights.iter().enumerate().rev() {
            start -= by_input.len();
            let topmost = k + 1 == self.weights.len();
            next.clear();
            for (i, weights) in by_input.iter().enumerate() {
                let node = start + i;
                let goes_on = k > 0 && self.cell.active[node] && self.on >> node & 1 == 1;
                // Nodes that are active at all points share one set of moments.
                let shared = topmost.then(|| {
                    let on = (LO_TILE_BITS..weights.len()).filter(|j| always_on >> j & 1 == 1);
                    (on.map(|j| weights[j] * self.slope(j) as f32).sum(), &through[i], &total)
                });
                let down = goes_on.then(|| {
                    next.push((i, [[0.0f32; LANES]; K]));
                    let at = next.len() - 1;
                    &mut next[at].1
                });
                let to = (down, &mut out[node]);
                hand_down(simd, shared, weights, upstream, &self.cell.values[node], to);
            }
            std::mem::swap(upstream, next);
        }
    }

    /// Gradients of the last hidden layer's nodes, `h − mean` times `∂z/∂h` times the residuals; and
    /// what those nodes hand down that are active at some points alone.
    #[inline(always)]
    fn through_last<S: Simd>(
        &self,
        simd: S,
        hi: u64,
        total: &Moments<K>,
        work: &mut Work<K>,
        out: &mut [f32],
    ) {
        let setup = self.dense.setup;
        let (all, any) = work.regions.active();
        let out = out.as_chunks_mut::<LANES>().0[setup.early()..].iter_mut();
        work.upstream.clear();
        for (j, (value, to)) in work.last.iter().zip(out).enumerate() {
            let (w, mean) = (self.slope(j), setup.means[setup.early() + j]);
            let mut value = *value;
            let everywhere = all >> j & 1 == 1;
            if everywhere {
                // In f64, as the two may all but cancel.
                value[0] -= mean;
            } else {
                add(simd, to, (-w * mean) as f32, &total[0]);
            }
            if any >> j & 1 == 0 {
                continue;
            }
            let by = value.map(|value| (w * value) as f32);
            if everywhere {
                add_all(simd, to, &by, total);
                continue;
            }
            let mut own = work.regions.moments(simd, 1 << j);
            add_all(simd, to, &by, &own);
            if j < LO_TILE_BITS || hi >> j & 1 == 1 {
                let on = if j < LO_TILE_BITS { &ON[j] } else { &[1.0; LANES] };
                own.iter_mut().for_each(|moment| scale(simd, moment, w as f32, on));
                work.upstream.push((j, own));
            }
        }
    }
}

/// Adds `by · from` to `to`.
#[inline(always)]
fn add<S: Simd>(simd: S, to: &mut [f32; LANES], by: f32, from: &[f32; LANES]) {
    let by = simd.splat_f32s(by);
    let (to, from) = (S::as_mut_simd_f32s(to).0, S::as_simd_f32s(from).0);
    for (to, from) in to.iter_mut().zip(from) {
        *to = simd.mul_add_e_f32s(by, *from, *to);
    }
}

/// Adds `Σ by · from` to `to`.
#[inline(always)]
fn add_all<S: Simd, const K: usize>(
    simd: S,
    to: &mut [f32; LANES],
    by: &[f32; K],
    from: &Moments<K>,
) {
    for (v, to) in S::as_mut_simd_f32s(to).0.iter_mut().enumerate() {
        let mut sum = *to;
        for (by, from) in by.iter().zip(from) {
            sum = simd.mul_add_e_f32s(simd.splat_f32s(*by), S::as_simd_f32s(from).0[v], sum);
        }
        *to = sum;
    }
}

/// Multiplies `to` by `by · on`.
#[inline(always)]
fn scale<S: Simd>(simd: S, to: &mut [f32; LANES], by: f32, on: &[f32; LANES]) {
    let by = simd.splat_f32s(by);
    let (to, on) = (S::as_mut_simd_f32s(to).0, S::as_simd_f32s(on).0);
    for (to, on) in to.iter_mut().zip(on) {
        *to = simd.mul_f32s(*to, simd.mul_f32s(by, *on));
    }
}

/// `∂z/∂h` of a node, less what the hi nodes add at all lanes, and the moments that go with it.
type Shared<'a, const K: usize> = (f32, &'a [f32; LANES], &'a Moments<K>);

/// A node's `Σ r ∂z/∂h [1, x − x̄]`, if it goes on to other nodes, and the sum of its products with the
/// node's values, which is added to the node's gradients.
#[inline(always)]
fn hand_down<S: Simd, const K: usize>(
    simd: S,
    shared: Option<Shared<K>>,
    weights: &[f32],
    upstream: &[(usize, Moments<K>)],
    values: &[f32; K],
    (mut down, out): (Option<&mut Moments<K>>, &mut [f32; LANES]),
) {
    let out = S::as_mut_simd_f32s(out).0;
    for (v, out) in out.iter_mut().enumerate() {
        let vector = |of: &[f32; LANES]| S::as_simd_f32s(of).0[v];
        let mut sums = [simd.splat_f32s(0.0); K];
        if let Some((hi, lo, moments)) = shared {
            let by = simd.add_f32s(simd.splat_f32s(hi), vector(lo));
            for (sum, moment) in sums.iter_mut().zip(moments) {
                *sum = simd.mul_f32s(by, vector(moment));
            }
        }
        for (o, up) in upstream {
            let w = simd.splat_f32s(weights[*o]);
            for (sum, up) in sums.iter_mut().zip(up) {
                *sum = simd.mul_add_e_f32s(w, vector(up), *sum);
            }
        }
        let mut all = *out;
        for (sum, value) in sums.iter().zip(values) {
            all = simd.mul_add_e_f32s(simd.splat_f32s(*value), *sum, all);
        }
        *out = all;
        if let Some(down) = &mut down {
            down.iter_mut().zip(sums).for_each(|(to, sum)| S::as_mut_simd_f32s(to).0[v] = sum);
        }
    }
}
