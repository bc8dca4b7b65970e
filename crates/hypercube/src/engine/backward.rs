//! Gate gradients of ReLU networks with several hidden layers, by backpropagation shared among points.
//!
//! Points at which the same nodes from the second layer on are active form a *region*: up to the
//! output layer the network is linear there, and what a gate's node hands back, `∂z_c/∂h_i`, is the
//! same at all of them. So with `r_c` the derivative of a point's loss by logit c and `x_i` what
//! its mask value multiplies, the gate gradient is
//! `Σ_regions Σ_c ∂z_c/∂h_i · (Σ_points r_c x_i)`: for each mask and point a product with one column
//! per node, and one pass back per mask and region. Masks of five nodes of the last hidden layer
//! run along the lanes.
//!
//! As in [`super::deep`], points are grouped by the nodes of the first layer that matter to them, and
//! a group goes through the masks of those alone.

use std::collections::BTreeMap;

use pulp::{Simd, WithSimd};
use rayon::prelude::*;

use super::blocks::COLUMNS;
use super::exp::exp_of_negative;
use super::extreme::top_and_odds;
use super::odds::Setup;
use super::product::multiply;
use super::simd::SimdLevel;
use super::tiles::{LANES, LO_TILE_BITS, ones, products, sums};

/// `exp` of logits up to this fits f32.
const LIMIT: f64 = 80.0;

/// Numbers solved before they are laid into a slab: 16 MB as f32.
const AT_ONCE: usize = 1 << 22;

/// Numbers of a slab, 128 MB as f32, where that leaves it all lanes.
const SLAB: usize = 1 << 25;

/// Nodes of the last hidden layer beyond the lanes that a unit goes through at most.
const HI_BITS: usize = 5;

/// A network ready for its gradients.
pub(crate) struct Backward<'a> {
    setup: &'a Setup<'a>,
    /// Nodes of the first layer that matter, and the points they matter to.
    groups: BTreeMap<u32, Vec<u32>>,
    /// What of the logits the loss depends on: with two classes their difference, else each.
    heads: Vec<Head>,
    /// Per layer after the first hidden one its weights by input, `[inputs][outputs]`.
    pub(super) weights: Vec<Vec<Vec<f32>>>,
    /// The same in f64.
    exact: Vec<Vec<Vec<f64>>>,
    /// First node of each hidden layer.
    starts: Vec<usize>,
    n: usize,
}

/// A linear function of the last hidden layer.
struct Head {
    constant: f64,
    weights: Vec<f64>,
}

impl<'a> Backward<'a> {
    pub fn new(setup: &'a Setup<'a>) -> Self {
        let groups = setup.by_pattern();
        let output = &setup.network.layers()[setup.hidden.len()];
        let row = |c: usize| (0..output.inputs).map(move |i| output.weight(c, i));
        let heads = if output.outputs == 2 {
            let weights = row(1).zip(row(0)).map(|(a, b)| a - b).collect();
            vec![Head { constant: output.biases[1] - output.biases[0], weights }]
        } else {
            let head = |c| Head { constant: output.biases[c], weights: row(c).collect() };
            (0..output.outputs).map(head).collect()
        };
        let by_input = setup.network.layers()[1..setup.hidden.len()].iter().map(|layer| {
            let column = |i| (0..layer.outputs).map(|o| layer.weight(o, i)).collect::<Vec<f64>>();
            (0..layer.inputs).map(column).collect::<Vec<_>>()
        });
        let exact: Vec<Vec<Vec<f64>>> = by_input.collect();
        let single = |column: &Vec<f64>| column.iter().map(|&w| w as f32).collect();
        let weights = exact.iter().map(|layer| layer.iter().map(single).collect()).collect();
        let starts = setup.hidden.iter().scan(0, |next, width| {
            let start = *next;
            *next += width;
            Some(start)
        });
        let n = setup.network.n_nodes();
        Self { setup, groups, heads, weights, exact, starts: starts.collect(), n }
    }

    /// Nodes of the last hidden layer that vary within a slab.
    pub fn slab_bits(setup: &Setup) -> usize {
        let least = setup.last().min(LO_TILE_BITS);
        let fits = |&bits: &usize| setup.network.n_nodes() << (setup.early() + bits) <= SLAB;
        let most = setup.last().min(LO_TILE_BITS + HI_BITS);
        (least..=most).rev().find(fits).unwrap_or(least)
    }

    /// Bytes held at once.
    pub fn bytes(setup: &Setup) -> f64 {
        let slab = setup.early() + Self::slab_bits(setup);
        let solved = (setup.hidden[0] + Self::slab_bits(setup)).max(AT_ONCE.ilog2() as usize);
        let numbers = (slab as f64).exp2() + (solved as f64).exp2();
        4.0 * setup.network.n_nodes() as f64 * numbers
    }

    /// Mean gradients of a slab, `[masks of its last nodes, masks of the earlier layers, N]`.
    pub fn slab(&self, index: usize, level: SimdLevel, go_on: &dyn Fn() -> bool) -> Vec<f32> {
        let (n, width) = (self.n, self.setup.hidden[0]);
        let masks = 1usize << Self::slab_bits(self.setup);
        let (firsts, rests) = (1usize << width, 1usize << (self.setup.early() - width));
        let mut out = vec![0.0f32; (masks * firsts * rests) * n];
        let chunk = 1 << (AT_ONCE / (firsts * n * masks)).clamp(1, rests).ilog2();
        for start in (0..rests).step_by(chunk) {
            if !go_on() {
                break;
            }
            let solved: Vec<Vec<f32>> = (start..start + chunk)
                .into_par_iter()
                .map(|rest| self.rest(rest, index, masks, level))
                .collect();
            out.par_chunks_mut(rests * firsts * n).enumerate().for_each(|(mask, out)| {
                let rows = out[start * firsts * n..].chunks_exact_mut(firsts * n);
                for (rows, solved) in rows.zip(&solved) {
                    let from = solved[mask..].iter().step_by(masks);
                    rows.iter_mut().zip(from).for_each(|(to, from)| *to = *from);
                }
            });
        }
        out
    }

    /// Gradients for one mask of the layers between: `[masks of the first layer, N, masks]`, for
    /// the `masks` of a slab.
    fn rest(&self, rest: usize, index: usize, masks: usize, level: SimdLevel) -> Vec<f32> {
        let width = self.setup.hidden[0];
        let len = self.n * masks;
        let his = masks.div_ceil(LANES);
        let lanes = masks.min(LANES);
        let mut sum = vec![0.0f32; len << width];
        for (&pattern, points) in &self.groups {
            let solved: Vec<Vec<f32>> = (0..1usize << pattern.count_ones())
                .into_par_iter()
                .map(|packed| {
                    let first = ones(pattern)
                        .enumerate()
                        .fold(0, |mask, (k, i)| mask | (packed >> k & 1) << i);
                    let mut out = vec![0.0f32; his * self.n * LANES];
                    let early = rest << width | first;
                    let first_hi = index * his;
                    level.run(Unit { all: self, points, early, first_hi, out: &mut out });
                    out
                })
                .collect();
            sum.par_chunks_mut(len).with_min_len(64).enumerate().for_each(|(first, sum)| {
                let packed = ones(pattern)
                    .enumerate()
                    .fold(0, |packed, (k, i)| packed | (first >> i & 1) << k);
                for (k, from) in solved[packed].chunks_exact(LANES).enumerate() {
                    let (hi, node) = (k / self.n, k % self.n);
                    let to = &mut sum[node * masks + hi * lanes..][..lanes];
                    to.iter_mut().zip(from).for_each(|(sum, more)| *sum += more);
                }
            });
        }
        sum
    }
}

/// Some points under one mask of the earlier layers and several of the last layer's high nodes.
pub(super) struct Unit<'a> {
    pub(super) all: &'a Backward<'a>,
    pub(super) points: &'a [u32],
    pub(super) early: usize,
    pub(super) first_hi: usize,
    /// `[hi masks, N, LANES]`.
    pub(super) out: &'a mut [f32],
}

impl WithSimd for Unit<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let all = self.all;
        let n = all.n;
        // What each mask value multiplies at each point, `[points, N]`, and the point's region.
        let mut x = vec![0.0f64; self.points.len() * n];
        let mut order: Vec<(u32, u32)> = Vec::with_capacity(self.points.len());
        for (k, (&m, x)) in self.points.iter().zip(x.chunks_exact_mut(n)).enumerate() {
            order.push((all.forward(m as usize, self.early, x), k as u32));
        }
        order.sort_unstable();
        let columns = n.next_multiple_of(COLUMNS);
        let heads = all.heads.len();
        let scale = (1.0 / all.setup.labels.len() as f64) as f32;
        let (mut weights, mut residuals) = (Vec::new(), vec![Vec::new(); heads]);
        let mut acc = vec![0.0f32; columns * LANES];
        for region in order.chunk_by(|a, b| a.0 == b.0) {
            weights.clear();
            for &(_, k) in region {
                let end = weights.len() + columns;
                weights.extend(x[k as usize * n..][..n].iter().map(|&x| x as f32 * scale));
                weights.resize(end, 0.0);
            }
            for (hi, out) in (self.first_hi..).zip(self.out.chunks_exact_mut(n * LANES)) {
                residuals.iter_mut().for_each(Vec::clear);
                for &(_, k) in region {
                    let label = all.setup.labels[self.points[k as usize] as usize];
                    let last = &x[(k as usize + 1) * n - all.setup.last()..][..all.setup.last()];
                    if heads == 1 {
                        residuals[0].extend(all.two_classes(last, label, hi));
                    } else {
                        all.many_classes(last, label, hi, &mut residuals);
                    }
                }
                for (head, residuals) in all.heads.iter().zip(&residuals) {
                    acc.fill(0.0);
                    multiply(simd, residuals, &weights, columns, &mut acc);
                    all.back(head, region[0].0, self.early, hi, &acc, out);
                }
            }
        }
    }
}

impl Backward<'_> {
    /// What each mask value multiplies at point `m`, `[N]`, and which nodes from the second layer
    /// on are active.
    #[inline(always)]
    pub(super) fn forward(&self, m: usize, early: usize, x: &mut [f64]) -> u32 {
        let setup = self.setup;
        let width = setup.hidden[0];
        let first = &setup.first[m * width..][..width];
        for ((x, h), mean) in x.iter_mut().zip(first).zip(&setup.means) {
            *x = h - mean;
        }
        let mut region = 0;
        for (k, layer) in setup.network.layers()[1..setup.hidden.len()].iter().enumerate() {
            let (below, start) = (self.starts[k], self.starts[k + 1]);
            let (given, to) = x.split_at_mut(start);
            let to = &mut to[..layer.outputs];
            to.copy_from_slice(&layer.biases);
            for (i, by_input) in self.exact[k].iter().enumerate() {
                let on = early >> (below + i) & 1 == 1;
                let h = setup.means[below + i] + if on { given[below + i] } else { 0.0 };
                if h != 0.0 {
                    to.iter_mut().zip(by_input).for_each(|(z, w)| *z += w * h);
                }
            }
            for (o, to) in to.iter_mut().enumerate() {
                region |= u32::from(*to > 0.0) << (start + o - width);
                *to = to.max(0.0) - setup.means[start + o];
            }
        }
        region
    }

    /// A head at last mask values 0, and then with the hi nodes that are on.
    #[inline(always)]
    fn hi_logit(&self, head: &Head, last: &[f64], hi: usize) -> f64 {
        let means = &self.setup.means[self.n - last.len()..];
        let mut z = head.constant;
        for (j, (w, mean)) in head.weights.iter().zip(means).enumerate() {
            let on = j >= LO_TILE_BITS && hi >> (j - LO_TILE_BITS) & 1 == 1;
            z += w * if on { last[j] + mean } else { *mean };
        }
        z
    }

    /// What the lo nodes add to a head.
    #[inline(always)]
    fn lo_terms(head: &Head, last: &[f64]) -> [f64; LO_TILE_BITS] {
        let mut terms = [0.0; LO_TILE_BITS];
        for (term, (w, x)) in terms.iter_mut().zip(head.weights.iter().zip(last)) {
            *term = w * x;
        }
        terms
    }

    /// Derivative of a point's loss by z₁ − z₀ at each lane: `r` for label 0 and `−r` for label 1,
    /// `r = 1 / (1 + exp(−s z))` the probability of the other class.
    #[inline(always)]
    fn two_classes(&self, last: &[f64], label: usize, hi: usize) -> [f32; LANES] {
        let sign = if label == 0 { 1.0 } else { -1.0 };
        let head = &self.heads[0];
        let base = sign * self.hi_logit(head, last, hi);
        let terms = Self::lo_terms(head, last).map(|t| sign * t);
        if terms.iter().map(|t| t.abs()).sum::<f64>() > LIMIT || base.abs() > LIMIT {
            let (top, x) = top_and_odds(&sums(0.0, terms), &[base], 1);
            let lo = sums(base, terms);
            return std::array::from_fn(|j| {
                (sign * exp_of_negative(lo[j] - top[j]) / (1.0 + x[j])) as f32
            });
        }
        let mut z = [0.0; 8];
        z[..LO_TILE_BITS].copy_from_slice(&terms);
        z[LO_TILE_BITS] = -base;
        let mut exps = [0.0; 8];
        for (exp, z) in exps.iter_mut().zip(z) {
            let of_negative = exp_of_negative(-z.abs());
            *exp = if z > 0.0 { 1.0 / of_negative } else { of_negative };
        }
        let alpha = exps[LO_TILE_BITS] as f32;
        let odds = products(1.0, std::array::from_fn(|k| exps[k])).map(|x| x as f32);
        let sign = sign as f32;
        odds.map(|x| sign * x / (alpha + x))
    }

    /// Derivatives of a point's loss by each logit at each lane, appended to `residuals`.
    #[inline(always)]
    fn many_classes(&self, last: &[f64], label: usize, hi: usize, residuals: &mut [Vec<f32>]) {
        let d = self.heads.len() - 1;
        let own = &self.heads[label];
        let (own_base, own_terms) = (self.hi_logit(own, last, hi), Self::lo_terms(own, last));
        let (mut lo, mut base) = (Vec::with_capacity(d * LANES), Vec::with_capacity(d));
        for head in self.heads.iter().enumerate().filter(|(c, _)| *c != label).map(|(_, h)| h) {
            let terms = Self::lo_terms(head, last);
            lo.extend(sums(0.0, std::array::from_fn(|k| terms[k] - own_terms[k])));
            base.push(self.hi_logit(head, last, hi) - own_base);
        }
        let (top, x) = top_and_odds(&lo, &base, d);
        let mut rest = [0.0f32; LANES];
        let others = (0..self.heads.len()).filter(|&c| c != label);
        for (c, (lo, base)) in others.zip(lo.as_chunks::<LANES>().0.iter().zip(&base)) {
            for j in 0..LANES {
                let r = (exp_of_negative(lo[j] + base - top[j]) / (1.0 + x[j])) as f32;
                residuals[c].push(r);
                rest[j] -= r;
            }
        }
        residuals[label].extend(rest);
    }

    /// Adds a region's share to the gradients, `[N, LANES]`: `acc` is `[N, LANES]`, the residuals'
    /// products with what the mask values multiply.
    #[inline(always)]
    fn back(
        &self,
        head: &Head,
        region: u32,
        early: usize,
        hi: usize,
        acc: &[f32],
        out: &mut [f32],
    ) {
        let width = self.setup.hidden[0];
        let (acc, out) = (acc.as_chunks::<LANES>().0, out.as_chunks_mut::<LANES>().0);
        let active = |node: usize| node < width || region >> (node - width) & 1 == 1;
        let mut start = self.starts[self.starts.len() - 1];
        // ∂z/∂(a layer's values before its ReLU), for the nodes where it is not 0.
        let mut upstream: Vec<(usize, [f32; LANES])> = Vec::with_capacity(32);
        for (j, w) in head.weights.iter().enumerate() {
            let w = *w as f32;
            for lane in 0..LANES {
                out[start + j][lane] += w * acc[start + j][lane];
            }
            let on = |lane: usize| {
                if j < LO_TILE_BITS {
                    lane >> j & 1 == 1
                } else {
                    hi >> (j - LO_TILE_BITS) & 1 == 1
                }
            };
            if active(start + j) && (j < LO_TILE_BITS || on(0)) {
                upstream.push((j, std::array::from_fn(|lane| if on(lane) { w } else { 0.0 })));
            }
        }
        for (k, by_input) in self.weights.iter().enumerate().rev() {
            start = self.starts[k];
            let mut next = Vec::with_capacity(32);
            for (i, weights) in by_input.iter().enumerate() {
                let mut down = [0.0f32; LANES];
                for (j, up) in &upstream {
                    let w = weights[*j];
                    for lane in 0..LANES {
                        down[lane] += w * up[lane];
                    }
                }
                for lane in 0..LANES {
                    out[start + i][lane] += down[lane] * acc[start + i][lane];
                }
                if k > 0 && early >> (start + i) & 1 == 1 && active(start + i) {
                    next.push((i, down));
                }
            }
            upstream = next;
        }
    }
}
