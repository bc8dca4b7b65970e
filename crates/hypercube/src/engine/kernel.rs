//! The odds kernel: a group's summed loss at every mask of its nodes, in f64.
//!
//! With `z_c = zlo_c + zhi_c` a point's logit differences, `1 + Σ_c exp(z_c)` is
//! `exp(zhi_1) · (α + x_1 + Σ_{c≥2} ρ_c x_c)`, where `α = exp(−zhi_1)` and `ρ_c = exp(zhi_c − zhi_1)`
//! depend on the hi mask and `x_c = exp(zlo_c)` on the lo mask. So with two classes a mask and
//! point cost **one addition and one multiplication**, into a running product over points; the
//! factors `exp(zhi_1)` go into one sum per hi mask. (`1 + E_lo E_hi` would need a multiply-add in
//! place of the addition, and on machines with separate adders those would stand idle.)
//!
//! Each point's α and x are scaled to centre its factors around 1; a bound on how far they can
//! stray says how many may be multiplied before exponents are pulled out of the product.

use std::f64::consts::LN_2;

use pulp::{Simd, WithSimd};
use rayon::prelude::*;

use super::extreme;
use super::multiply::{ln_of_mantissa, multiply_any, pull_exponents};
use super::simd::SimdLevel;
use super::tiles::{LANES, Part, ROWS, TILE, doubled, products};

/// Points whose logit differences reach further than this take the log-sum-exp path: α and x
/// would leave the range of f64. Two numbers are multiplied with two classes, three beyond.
fn limit(d: usize) -> f64 {
    if d == 1 { 300.0 } else { 150.0 }
}

/// A product of factors within `exp(±this)` stays within the range of normal f64s.
const SAFE_EXPONENT: f64 = 650.0;

/// A loss below this many times the terms that it is the difference of has lost more than about
/// 1e-12 of its relative precision (2⁻⁵³ / 1e-4), and is computed again without a difference.
const TINY: f64 = 1e-4;

/// Rows of tiles that one lo tile's table is used for, one after the other, once it is in the cache:
/// all lo tiles together are too large to stay there from one row to the next.
const PANEL: usize = 8;

/// Points of a block: a lo tile's table and the rows' of a panel stay in the cache.
fn block_points(d: usize) -> usize {
    (512 / d).max(64)
}

/// Summed loss of the part's points at each of its 2^bits masks.
pub(crate) fn summed_losses(part: &Part, level: SimdLevel) -> Vec<f64> {
    let mut out = vec![0.0; 1 << part.bits];
    let (calm, wild): (Vec<usize>, Vec<usize>) =
        (0..part.len()).partition(|&p| part.reach(p) <= limit(part.d));
    for points in calm.chunks(block_points(part.d)) {
        let block = Block::new(part, points);
        out.par_chunks_mut(PANEL * ROWS * part.lo_masks())
            .enumerate()
            .for_each(|(panel, out)| block.add_panel(panel, out, level));
    }
    for points in wild.chunks(block_points(part.d)) {
        let block = extreme::Block::new(part, points);
        out.par_chunks_mut(ROWS * part.lo_masks())
            .enumerate()
            .for_each(|(tile, out)| block.add_rows(tile, out, level));
    }
    out
}

/// A block of points with its lo tables.
struct Block<'a> {
    part: &'a Part,
    points: &'a [usize],
    /// What each point's factors are divided by, as a logarithm.
    shifts: Vec<f64>,
    /// `x`, `[lo tiles, points, d, LANES]`.
    lo: Vec<f64>,
    /// After how many points exponents are pulled out.
    segments: Vec<usize>,
    /// What switching on each of the two nodes of a tile's rows multiplies α by.
    hi_steps: Vec<[f64; 2]>,
}

impl<'a> Block<'a> {
    fn new(part: &'a Part, points: &'a [usize]) -> Self {
        let ranges: Vec<(f64, f64)> = points.iter().map(|&p| factor_range(part, p)).collect();
        let shifts: Vec<f64> = ranges.iter().map(|(low, high)| (low + high) / 2.0).collect();
        let (mut segments, mut start, mut reach) = (Vec::new(), 0, 0.0);
        for (p, (low, high)) in ranges.iter().enumerate() {
            let half = (high - low) / 2.0;
            if reach + half > SAFE_EXPONENT {
                segments.push(p - start);
                (start, reach) = (p, 0.0);
            }
            reach += half;
        }
        segments.push(points.len() - start);
        let stride = points.len() * part.d * LANES;
        let mut lo = vec![0.0; part.lo_masks() / LANES * stride];
        lo.par_chunks_mut(stride).enumerate().for_each(|(tile, lo)| {
            let mut to = lo.chunks_exact_mut(LANES);
            for (&p, shift) in points.iter().zip(&shifts) {
                for c in 0..part.d {
                    let base = (part.lo_base(p, c, tile) - shift).exp();
                    let x = products(base, part.lo_nodes(p, c).map(f64::exp));
                    if let Some(to) = to.next() {
                        to.copy_from_slice(&x);
                    }
                }
            }
        });
        let hi_steps = points
            .iter()
            .map(|&p| {
                let z = part.hi_logits(p, 0, 0);
                [(z[0] - z[1]).exp(), (z[0] - z[2]).exp()]
            })
            .collect();
        Self { part, points, shifts, lo, segments, hi_steps }
    }

    /// α and ρ of a row of tiles, `[points, d, ROWS]`, and the sum of what they leave out, `[ROWS]`.
    fn hi(&self, tile: usize) -> (Vec<f64>, [f64; ROWS]) {
        let mut hi = Vec::with_capacity(self.points.len() * self.part.d * ROWS);
        let mut left_out = [0.0; ROWS];
        for ((&p, shift), steps) in self.points.iter().zip(&self.shifts).zip(&self.hi_steps) {
            let first = self.part.hi_logits(p, 0, tile);
            for (sum, z) in left_out.iter_mut().zip(first) {
                *sum += z + shift;
            }
            if self.part.d == 1 {
                let off = (-first[0] - shift).exp();
                hi.extend(doubled::<2, ROWS>(off, *steps, |a, b| a * b));
                continue;
            }
            hi.extend(first.map(|z| (-z - shift).exp()));
            for c in 1..self.part.d {
                let z = self.part.hi_logits(p, c, tile);
                hi.extend((0..ROWS).map(|r| (z[r] - first[r]).exp()));
            }
        }
        (hi, left_out)
    }

    fn add_panel(&self, panel: usize, out: &mut [f64], level: SimdLevel) {
        let m = self.points.len() as f64;
        let row = |(k, out)| {
            let (hi, left_out) = self.hi(panel * PANEL + k);
            let tiny = left_out.map(|sum: f64| TINY * (m.sqrt() + sum.abs()));
            Row { hi, left_out, tiny, out }
        };
        let rows = out.chunks_mut(ROWS * self.part.lo_masks()).enumerate().map(row).collect();
        level.run(Panel { block: self, rows });
    }
}

/// Bounds on `ln(α + x_1 + Σ ρ_c x_c)` over all masks.
fn factor_range(part: &Part, p: usize) -> (f64, f64) {
    let range = |c, from, to| {
        part.class(p, c, from, to)
            .fold((0.0, 0.0), |(low, high): (f64, f64), s| (low + s.min(0.0), high + s.max(0.0)))
    };
    let hi = |c: usize| {
        let (low, high) = range(c, part.lo_bits, part.bits);
        (part.consts(p)[c] + low, part.consts(p)[c] + high)
    };
    let first = hi(0);
    let (mut low, mut high) = (-first.1, -first.0);
    for c in 0..part.d {
        let lo = range(c, 0, part.lo_bits);
        let (from, to) =
            if c == 0 { lo } else { (lo.0 + hi(c).0 - first.1, lo.1 + hi(c).1 - first.0) };
        low = low.max(from);
        high = high.max(to);
    }
    (low, high + ((part.d + 1) as f64).ln())
}

/// Some rows of tiles, every lo mask.
struct Panel<'a> {
    block: &'a Block<'a>,
    rows: Vec<Row<'a>>,
}

/// One row of tiles: four hi masks, every lo mask.
struct Row<'a> {
    /// α and ρ, `[points, d, ROWS]`.
    hi: Vec<f64>,
    /// The logarithm of what α and ρ leave out, summed over the points.
    left_out: [f64; ROWS],
    /// Losses below this are computed again.
    tiny: [f64; ROWS],
    out: &'a mut [f64],
}

impl WithSimd for Panel<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { block, mut rows } = self;
        let d = block.part.d;
        let width = block.part.lo_masks();
        let stride = block.points.len() * d * LANES;
        for (tile, lo) in block.lo.chunks_exact(stride).enumerate() {
            for row in &mut rows {
                let mut losses = row.tile(simd, lo, d, &block.segments);
                row.refine(&mut losses, lo, d);
                for (r, losses) in losses.as_chunks::<LANES>().0.iter().enumerate() {
                    let out = &mut row.out[r * width + tile * LANES..][..LANES];
                    out.iter_mut().zip(losses).for_each(|(out, loss)| *out += loss);
                }
            }
        }
    }
}

impl Row<'_> {
    /// Summed losses of one tile.
    #[inline(always)]
    fn tile<S: Simd>(&self, simd: S, lo: &[f64], d: usize, segments: &[usize]) -> [f64; TILE] {
        let (mut product, mut exponents) = ([1.0; TILE], [0u64; TILE]);
        let mut start = 0;
        for &points in segments {
            let lo = &lo[start * d * LANES..][..points * d * LANES];
            let hi = &self.hi[start * d * ROWS..][..points * d * ROWS];
            multiply_any(simd, lo, hi, d, &mut product);
            pull_exponents(&mut product, &mut exponents);
            start += points;
        }
        let bias = 1023 * segments.len() as u64;
        let mut losses = [0.0; TILE];
        for k in 0..TILE {
            let exponent = exponents[k].wrapping_sub(bias) as i64 as f64;
            losses[k] = ln_of_mantissa(product[k]) + (exponent * LN_2 + self.left_out[k / LANES]);
        }
        losses
    }

    /// Computes small losses again, without a difference.
    #[inline(always)]
    fn refine(&self, losses: &mut [f64; TILE], lo: &[f64], d: usize) {
        let mut any = false;
        for (losses, tiny) in losses.as_chunks::<LANES>().0.iter().zip(self.tiny) {
            any |= losses.iter().fold(false, |any, &loss| any | (loss < tiny));
        }
        if any {
            let exact = tiny_losses(lo, &self.hi, d);
            for (k, loss) in losses.iter_mut().enumerate() {
                if *loss < self.tiny[k / LANES] {
                    *loss = exact[k];
                }
            }
        }
    }
}

/// Summed losses of a tile without the difference of large terms, for those that are small.
///
/// `q = Π(1 + E) − 1` grows by `q ← q + E (1 + q)`, a sum of positive terms, so it keeps its
/// relative precision; the loss is `ln(1 + q)`. Masks with a large loss may overflow: not theirs.
#[inline(always)]
fn tiny_losses(lo: &[f64], hi: &[f64], d: usize) -> [f64; TILE] {
    let mut q = [0.0f64; TILE];
    for (lo, hi) in lo.chunks_exact(d * LANES).zip(hi.chunks_exact(d * ROWS)) {
        for (r, q) in q.chunks_exact_mut(LANES).enumerate() {
            let scale = 1.0 / hi[r];
            for (j, q) in q.iter_mut().enumerate() {
                let mut e = lo[j];
                for c in 1..d {
                    e += hi[c * ROWS + r] * lo[c * LANES + j];
                }
                e *= scale;
                *q += e * (1.0 + *q);
            }
        }
    }
    q.map(f64::ln_1p)
}
