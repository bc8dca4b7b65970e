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
use super::simd::SimdLevel;
use super::tiles::{LANES, Part, ROWS, TILE, products};

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

/// Points of a block: their lo tables stay in the cache between rows of tiles.
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
        rows(part, &mut out, |tile, rows| block.add_rows(tile, rows, level));
    }
    for points in wild.chunks(block_points(part.d)) {
        let block = extreme::Block::new(part, points);
        rows(part, &mut out, |tile, rows| block.add_rows(tile, rows, level));
    }
    out
}

/// Every row of tiles, in parallel.
fn rows(part: &Part, out: &mut [f64], add: impl Fn(usize, &mut [f64]) + Sync) {
    out.par_chunks_mut(ROWS * part.lo_masks()).enumerate().for_each(|(tile, rows)| add(tile, rows));
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
                hi.extend([off, off * steps[0], off * steps[1], off * steps[0] * steps[1]]);
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

    fn add_rows(&self, tile: usize, out: &mut [f64], level: SimdLevel) {
        let (hi, left_out) = self.hi(tile);
        level.run(Rows { block: self, hi: &hi, left_out, out });
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

/// One row of tiles: four hi masks, every lo mask.
struct Rows<'a> {
    block: &'a Block<'a>,
    hi: &'a [f64],
    left_out: [f64; ROWS],
    out: &'a mut [f64],
}

impl WithSimd for Rows<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let d = self.block.part.d;
        let width = self.block.part.lo_masks();
        let stride = self.block.points.len() * d * LANES;
        let m = self.block.points.len() as f64;
        let tiny = self.left_out.map(|sum| TINY * (m.sqrt() + sum.abs()));
        for (tile, lo) in self.block.lo.chunks_exact(stride).enumerate() {
            let mut losses = self.tile(simd, lo);
            let mut any_tiny = false;
            for (losses, tiny) in losses.as_chunks::<LANES>().0.iter().zip(tiny) {
                any_tiny |= losses.iter().fold(false, |any, &loss| any | (loss < tiny));
            }
            if any_tiny {
                let exact = tiny_losses(lo, self.hi, d);
                for (k, loss) in losses.iter_mut().enumerate() {
                    if *loss < tiny[k / LANES] {
                        *loss = exact[k];
                    }
                }
            }
            for (r, losses) in losses.as_chunks::<LANES>().0.iter().enumerate() {
                let out = &mut self.out[r * width + tile * LANES..][..LANES];
                out.iter_mut().zip(losses).for_each(|(out, loss)| *out += loss);
            }
        }
    }
}

impl Rows<'_> {
    #[inline(always)]
    fn tile<S: Simd>(&self, simd: S, lo: &[f64]) -> [f64; TILE] {
        let d = self.block.part.d;
        let (mut product, mut exponents) = ([1.0; TILE], [0u64; TILE]);
        let mut start = 0;
        for &points in &self.block.segments {
            let lo = &lo[start * d * LANES..][..points * d * LANES];
            let hi = &self.hi[start * d * ROWS..][..points * d * ROWS];
            multiply_any(simd, lo, hi, d, &mut product);
            pull_exponents(&mut product, &mut exponents);
            start += points;
        }
        let bias = 1023 * self.block.segments.len() as u64;
        let mut losses = [0.0; TILE];
        for k in 0..TILE {
            let exponent = exponents[k].wrapping_sub(bias) as i64 as f64;
            losses[k] = ln_of_mantissa(product[k]) + (exponent * LN_2 + self.left_out[k / LANES]);
        }
        losses
    }
}

/// Moves the exponents of `product` into the biased sums, leaving mantissas in [1, 2).
#[inline(always)]
fn pull_exponents(product: &mut [f64; TILE], exponents: &mut [u64; TILE]) {
    const MANTISSA: u64 = (1 << 52) - 1;
    for (product, exponent) in product.iter_mut().zip(exponents) {
        let bits = product.to_bits();
        // Wrapping: a check for overflow would keep the loop from vector lanes.
        *exponent = exponent.wrapping_add(bits >> 52);
        *product = f64::from_bits(bits & MANTISSA | 1.0f64.to_bits());
    }
}

/// `ln(x)` for x in [1, 2), to an error of about 1e-16; no branches and no calls.
///
/// With x or x/2 written as 1 + f = (1 + s)/(1 − s), `ln = 2s + (2/3)s³ + (2/5)s⁵ + …`; the
/// coefficients are FreeBSD's (e_log.c), fitted for |s| ≤ 0.1716.
#[inline(always)]
fn ln_of_mantissa(x: f64) -> f64 {
    const COEFFICIENTS: [f64; 7] = [
        1.479_819_860_511_658_6e-1,
        1.531_383_769_920_937_3e-1,
        1.818_357_216_161_805e-1,
        2.222_219_843_214_978_4e-1,
        2.857_142_874_366_239e-1,
        3.999_999_999_940_942e-1,
        6.666_666_666_666_735e-1,
    ];
    let large = x > std::f64::consts::SQRT_2;
    let (x, whole) = if large { (0.5 * x, LN_2) } else { (x, 0.0) };
    let f = x - 1.0;
    let s = f / (2.0 + f);
    let z = s * s;
    let mut sum = 0.0;
    for c in COEFFICIENTS {
        sum = (sum + c) * z;
    }
    let half = 0.5 * f * f;
    whole + (f - (half - s * (half + sum)))
}

/// Multiplies the factors of some points into the running products of a tile.
#[inline(always)]
fn multiply_any<S: Simd>(simd: S, lo: &[f64], hi: &[f64], d: usize, product: &mut [f64; TILE]) {
    // Accumulators, lo vectors and one broadcast must fit the registers: 32 with AVX-512, else 16.
    match (S::F64_LANES >= 8, d) {
        (true, 1) => multiply_two_classes::<S, 4>(simd, lo, hi, product),
        (false, 1) => multiply_two_classes::<S, 2>(simd, lo, hi, product),
        (true, _) => multiply::<S, 4>(simd, lo, hi, d, product),
        (false, _) => multiply::<S, 2>(simd, lo, hi, d, product),
    }
}

/// The vectors of a tile that one pass takes, from its vector `sub` on.
#[inline(always)]
fn load<S: Simd, const V: usize>(product: &[f64; TILE], sub: usize) -> [[S::f64s; V]; ROWS] {
    let vectors = LANES / S::F64_LANES;
    let all = S::as_simd_f64s(product).0;
    std::array::from_fn(|r| std::array::from_fn(|v| all[r * vectors + sub + v]))
}

#[inline(always)]
fn store<S: Simd, const V: usize>(
    acc: [[S::f64s; V]; ROWS],
    product: &mut [f64; TILE],
    sub: usize,
) {
    let vectors = LANES / S::F64_LANES;
    let all = S::as_mut_simd_f64s(product).0;
    for (r, acc) in acc.into_iter().enumerate() {
        for (v, acc) in acc.into_iter().enumerate() {
            all[r * vectors + sub + v] = acc;
        }
    }
}

/// The loop that nearly all the time is spent in. Chunks of fixed length leave nothing to check,
/// and without a branch to a panic the accumulators stay in registers.
#[inline(always)]
fn multiply_two_classes<S: Simd, const V: usize>(
    simd: S,
    lo: &[f64],
    hi: &[f64],
    product: &mut [f64; TILE],
) {
    let (lo, hi) = (lo.as_chunks::<LANES>().0, hi.as_chunks::<ROWS>().0);
    for sub in (0..LANES / S::F64_LANES).step_by(V) {
        let mut acc = load::<S, V>(product, sub);
        for (lo, hi) in lo.iter().zip(hi) {
            let all = S::as_simd_f64s(lo).0;
            let x: [S::f64s; V] = std::array::from_fn(|v| all[sub + v]);
            for r in 0..ROWS {
                let alpha = simd.splat_f64s(hi[r]);
                for v in 0..V {
                    acc[r][v] = simd.mul_f64s(acc[r][v], simd.add_f64s(alpha, x[v]));
                }
            }
        }
        store::<S, V>(acc, product, sub);
    }
}

#[inline(always)]
fn multiply<S: Simd, const V: usize>(
    simd: S,
    lo: &[f64],
    hi: &[f64],
    d: usize,
    product: &mut [f64; TILE],
) {
    let vectors = LANES / S::F64_LANES;
    for sub in (0..vectors).step_by(V) {
        let mut acc = load::<S, V>(product, sub);
        for (lo, hi) in lo.chunks_exact(d * LANES).zip(hi.chunks_exact(d * ROWS)) {
            let (lo, hi) = (lo.as_chunks::<LANES>().0, hi.as_chunks::<ROWS>().0);
            let first = S::as_simd_f64s(&lo[0]).0;
            let mut factor: [[S::f64s; V]; ROWS] = std::array::from_fn(|r| {
                std::array::from_fn(|v| simd.add_f64s(simd.splat_f64s(hi[0][r]), first[sub + v]))
            });
            for (lo, hi) in lo.iter().zip(hi).skip(1) {
                let x = S::as_simd_f64s(lo).0;
                for r in 0..ROWS {
                    let rho = simd.splat_f64s(hi[r]);
                    for v in 0..V {
                        factor[r][v] = simd.mul_add_e_f64s(rho, x[sub + v], factor[r][v]);
                    }
                }
            }
            for r in 0..ROWS {
                for v in 0..V {
                    acc[r][v] = simd.mul_f64s(acc[r][v], factor[r][v]);
                }
            }
        }
        store::<S, V>(acc, product, sub);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logarithms_of_mantissas() {
        for k in 0..10_000 {
            let x = 1.0 + f64::from(k) / 10_000.0;
            assert!((ln_of_mantissa(x) - x.ln()).abs() < 2.3e-16, "{x}");
        }
    }
}
