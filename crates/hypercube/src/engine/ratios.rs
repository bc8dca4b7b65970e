//! Residuals `x / (α + x)` of a cell's points at 32 masks of the lo nodes, without a division.
//!
//! x does not depend on the mask of the hi nodes, nor α on that of the lo ones, so each is computed
//! once for all of the other's masks. Where f32 odds would leave their range, x and 1/α are
//! multiplied in f64; their product `t` then fits f32 but for values at which `t / (1 + t)` is 1.

use std::ops::Range;

use pulp::Simd;

use super::dense::{Block, Dense};
use super::tiles::{LANES, LO_TILE_BITS, ON, products};

/// Logit differences up to this leave f32 odds within their range.
const LIMIT: f64 = 80.0;
/// Odds beyond this give a residual of 1 in f32.
const MOST: f64 = 1e37;

/// What the points of a cell multiply the odds by.
pub(super) struct Factors<'a> {
    pub dense: &'a Dense<'a>,
    pub block: &'a Block,
    pub points: Range<usize>,
    /// Of each row of the block, `[rows, len]`.
    pub numbers: &'a [f64],
    /// The largest logit difference that each of the block's points can have.
    pub reach: &'a [f64],
}

/// Room for the odds of a cell's points.
#[derive(Default)]
pub(super) struct Ratios {
    /// x in f32, `[points, LANES]`.
    odds: Vec<f32>,
    /// x of the points beyond [`LIMIT`] alone, one after the other.
    wild: Vec<f64>,
    /// α, `[hi masks, points]`.
    alphas: Vec<f64>,
}

impl Ratios {
    /// Takes on a cell's points.
    #[inline(always)]
    pub fn fill<S: Simd>(&mut self, simd: S, of: &Factors) {
        let (len, count, hi) = (of.block.len, of.points.len(), of.dense.hi);
        self.odds.resize(count * LANES, 0.0);
        self.wild.clear();
        for (p, to) in of.points.clone().zip(self.odds.as_chunks_mut::<LANES>().0) {
            let mut lo = [0.0; LO_TILE_BITS];
            for (i, lo) in lo.iter_mut().enumerate() {
                *lo = of.numbers[i * len + p];
            }
            odds(simd, lo, to);
            if of.reach[p] > LIMIT {
                self.wild.extend_from_slice(&products(1.0, lo));
            }
        }
        self.alphas.resize(count << hi, 0.0);
        self.alphas[..count].fill((-of.block.constant).exp());
        for i in 0..hi {
            let by = &of.numbers[(LO_TILE_BITS + i) * len + of.points.start..][..count];
            let (off, on) = self.alphas.split_at_mut(count << i);
            for (off, on) in off.chunks_exact(count).zip(on.chunks_exact_mut(count)) {
                for ((on, off), by) in on.iter_mut().zip(off).zip(by) {
                    *on = off * by;
                }
            }
        }
    }

    /// The residuals under a mask of the hi nodes, `[points, LANES]`.
    #[inline(always)]
    pub fn at<S: Simd>(&self, simd: S, of: &Factors, hi: usize, residuals: &mut Vec<f32>) {
        let count = of.points.len();
        residuals.resize(count * LANES, 0.0);
        let reach = &of.reach[of.points.clone()];
        let mut wild = self.wild.as_chunks::<LANES>().0.iter();
        let rows = residuals.as_chunks_mut::<LANES>().0.iter_mut();
        let given = self.odds.as_chunks::<LANES>().0.iter().zip(&self.alphas[hi * count..]);
        for ((row, reach), (odds, alpha)) in rows.zip(reach).zip(given) {
            if *reach > LIMIT {
                if let Some(odds) = wild.next() {
                    beyond(simd, odds, 1.0 / alpha, row);
                }
            } else {
                within(simd, odds, *alpha as f32, row);
            }
        }
    }
}

/// `x / (α + x)`.
#[inline(always)]
fn within<S: Simd>(simd: S, odds: &[f32; LANES], alpha: f32, to: &mut [f32; LANES]) {
    let alpha = simd.splat_f32s(alpha);
    let (to, odds) = (S::as_mut_simd_f32s(to).0, S::as_simd_f32s(odds).0);
    for (to, &x) in to.iter_mut().zip(odds) {
        *to = simd.mul_f32s(x, inverse(simd, simd.add_f32s(alpha, x)));
    }
}

/// `t / (1 + t)` with t = `by` x.
#[inline(always)]
fn beyond<S: Simd>(simd: S, odds: &[f64; LANES], by: f64, to: &mut [f32; LANES]) {
    for lane in 0..LANES {
        let t = odds[lane] * by;
        to[lane] = if t < MOST { t as f32 } else { MOST as f32 };
    }
    let one = simd.splat_f32s(1.0);
    for t in S::as_mut_simd_f32s(to).0 {
        *t = simd.mul_f32s(*t, inverse(simd, simd.add_f32s(one, *t)));
    }
}

/// `1 / d` of a positive d, to about the last place. The exponent's sign changed, by a subtraction of
/// the bits, an eighth is left as error at most; each step leaves its third power.
#[inline(always)]
fn inverse<S: Simd>(simd: S, d: S::f32s) -> S::f32s {
    let one = simd.splat_f32s(1.0);
    let minus = simd.sub_f32s(simd.splat_f32s(0.0), d);
    let bits = simd.sub_u32s(simd.splat_u32s(0x7ef3_11c7), simd.transmute_u32s_f32s(d));
    let mut y = simd.transmute_f32s_u32s(bits);
    for _ in 0..2 {
        let e = simd.mul_add_e_f32s(minus, y, one);
        y = simd.mul_add_e_f32s(y, simd.mul_add_e_f32s(e, e, e), y);
    }
    y
}

/// The products of the factors of those nodes that are on at a lane.
#[inline(always)]
fn odds<S: Simd>(simd: S, factors: [f64; LO_TILE_BITS], to: &mut [f32; LANES]) {
    let one = simd.splat_f32s(1.0);
    let to = S::as_mut_simd_f32s(to).0;
    // Nodes that are on at some lanes of a vector; of the others each doubles the vectors.
    let within = S::F32_LANES.ilog2() as usize;
    to[0] = one;
    for (node, factor) in factors.iter().enumerate() {
        let factor = simd.splat_f32s(*factor as f32);
        if node < within {
            let on = S::as_simd_f32s(&ON[node]).0[0];
            // Exact, as one of the two terms is 0.
            let by = simd.mul_add_e_f32s(factor, on, simd.sub_f32s(one, on));
            to[0] = simd.mul_f32s(to[0], by);
        } else {
            let (done, rest) = to.split_at_mut(1 << (node - within));
            for (to, from) in rest.iter_mut().zip(done) {
                *to = simd.mul_f32s(*from, factor);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use pulp::WithSimd;

    use super::super::simd::SimdLevel;
    use super::*;

    /// Residuals with and without f64 at odds `x` against an α.
    struct Both<'a>(&'a [f64; LANES], f64);

    impl WithSimd for Both<'_> {
        type Output = [[f32; LANES]; 2];

        #[inline(always)]
        fn with_simd<S: Simd>(self, simd: S) -> [[f32; LANES]; 2] {
            let mut found = [[0.0; LANES]; 2];
            let mut odds = [0.0; LANES];
            odds.iter_mut().zip(self.0).for_each(|(to, x)| *to = *x as f32);
            within(simd, &odds, self.1 as f32, &mut found[0]);
            beyond(simd, self.0, 1.0 / self.1, &mut found[1]);
            found
        }
    }

    #[test]
    fn residuals_are_right_to_the_last_places_of_f32() {
        for level in [SimdLevel::Plain, SimdLevel::Avx2, SimdLevel::Avx512] {
            for k in -600..=600 {
                let alpha = (f64::from(k) * 0.51).exp();
                let mut x = [0.0; LANES];
                for (lane, x) in x.iter_mut().enumerate() {
                    *x = ((lane as f64 - 15.7) * if k % 2 == 0 { 4.9 } else { 19.0 }).exp();
                }
                let [near, far] = level.run(Both(&x, alpha));
                for lane in 0..LANES {
                    let exact = x[lane] / (alpha + x[lane]);
                    let close = |found: f32, what| {
                        // Below f32's normal numbers nothing is left.
                        let error = (f64::from(found) - exact).abs();
                        assert!(error <= 3e-7 * exact + 2e-38, "{what} {k} {lane}: {found}");
                    };
                    close(far[lane], "far");
                    if alpha.ln().abs() <= LIMIT && x[lane].ln().abs() <= LIMIT {
                        close(near[lane], "near");
                    }
                }
            }
        }
    }
}
