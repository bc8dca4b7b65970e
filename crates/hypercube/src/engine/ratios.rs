//! Residuals of a cell's points at 32 masks of the lo nodes, without a division: the probability
//! `x / (α + x)` of class 1, less 1 for points of that class, whose residual is `−α / (α + x)`.
//!
//! x does not depend on the mask of the hi nodes, nor α on that of the lo ones, so each is computed
//! once for all of the other's masks. Two masks share an inverse where odds allow it: with d = α + x,
//! `x₁/d₁ = x₁ d₂ · 1/(d₁ d₂)`. Where f32 odds would leave their range, x and 1/α are multiplied in
//! f64; their product `t` then fits f32 but for values at which `t / (1 + t)` is 1.

use std::ops::Range;

use pulp::Simd;

use super::dense::{Block, Dense};
use super::tiles::{LANES, LO_TILE_BITS, ON, products};

/// Odds of f32 up to this, and from its inverse on, leave room for their sums.
const LIMIT: f64 = 5e34;
/// The same for the product of two sums of odds.
const PAIRED: f64 = 2e17;
/// Odds beyond this give a residual of 1 in f32.
const MOST: f64 = 1e37;

/// What the points of a cell multiply the odds by.
pub(super) struct Factors<'a> {
    pub dense: &'a Dense<'a>,
    pub block: &'a Block,
    pub points: Range<usize>,
    /// Of each row of the block, `[rows, len]`.
    pub numbers: &'a [f64],
    /// Which class each of the block's points is of, 0 or 1.
    pub labels: &'a [f32],
    /// The largest logit difference that each of the block's points can have.
    pub reach: &'a [f64],
    /// Whether all of the cell's points are [`calm`].
    pub calm: bool,
}

/// Whether neither odds of a point are far enough from 1, whatever the masks, to need a closer look: two of its
/// residuals can share an inverse.
pub(super) fn calm(reach: f64) -> bool {
    reach <= PAIRED.ln()
}

/// Room for the odds of a cell's points.
#[derive(Default)]
pub(super) struct Ratios {
    /// x in f32, `[points, LANES]`.
    odds: Vec<f32>,
    kinds: Kinds,
    /// α, `[hi masks, points]`.
    alphas: Vec<f64>,
}

/// How the residuals of a cell's points are computed.
#[derive(Default)]
struct Kinds {
    /// Of each point, unless all are calm.
    of: Vec<Kind>,
    /// x of the wild points alone, one after the other.
    wild: Vec<f64>,
}

/// How a point's residuals are computed.
#[derive(Clone, Copy)]
enum Kind {
    /// Two by one inverse.
    Paired,
    /// Each by an inverse of its own.
    Alone,
    /// With f64; so many wild points come before it.
    Wild(u32),
}

impl Kinds {
    /// Takes on a point with these factors of its lo and hi nodes.
    #[inline(always)]
    fn push(
        &mut self,
        lo: [f64; LO_TILE_BITS],
        start: f64,
        hi: impl Iterator<Item = f64>,
        reach: f64,
    ) {
        let most =
            if calm(reach) { PAIRED } else { extent(1.0, lo.into_iter()).max(extent(start, hi)) };
        self.of.push(if most <= PAIRED {
            Kind::Paired
        } else if most <= LIMIT {
            Kind::Alone
        } else {
            self.wild.extend_from_slice(&products(1.0, lo));
            Kind::Wild((self.wild.len() / LANES) as u32 - 1)
        });
    }
}

impl Ratios {
    /// Takes on a cell's points.
    #[inline(always)]
    pub fn fill<S: Simd>(&mut self, simd: S, of: &Factors) {
        let (len, count, hi) = (of.block.len, of.points.len(), of.dense.hi);
        grow(&mut self.odds, count * LANES);
        self.kinds.wild.clear();
        self.kinds.of.clear();
        let start = (-of.block.constant).exp();
        for (p, to) in of.points.clone().zip(self.odds.as_chunks_mut::<LANES>().0) {
            let mut lo = [0.0; LO_TILE_BITS];
            for (i, lo) in lo.iter_mut().enumerate() {
                *lo = of.numbers[i * len + p];
            }
            odds(simd, lo, to);
            if !of.calm {
                let hi = (0..hi).map(|i| of.numbers[(LO_TILE_BITS + i) * len + p]);
                self.kinds.push(lo, start, hi, of.reach[p]);
            }
        }
        grow(&mut self.alphas, count << hi);
        self.alphas[..count].fill(start);
        for i in 0..hi {
            let by = &of.numbers[(LO_TILE_BITS + i) * len + of.points.start..][..count];
            let (off, on) = self.alphas[..count << (i + 1)].split_at_mut(count << i);
            for (off, on) in off.chunks_exact(count).zip(on.chunks_exact_mut(count)) {
                for ((on, off), by) in on.iter_mut().zip(off).zip(by) {
                    *on = off * by;
                }
            }
        }
    }

    /// A point's residuals under a mask of the hi nodes, at the lanes of vector `v` and of the one half
    /// of the lanes further on.
    #[inline(always)]
    pub fn at<S: Simd>(
        &self,
        simd: S,
        of: &Factors,
        (hi, p): (usize, usize),
        v: usize,
    ) -> [S::f32s; 2] {
        let half = LANES / S::F32_LANES / 2;
        let alpha = self.alphas[hi * of.points.len() + p];
        let odds = S::as_simd_f32s(&self.odds[p * LANES..][..LANES]).0;
        let x = [odds[v], odds[v + half]];
        let label = of.labels[of.points.start + p];
        match if of.calm { Kind::Paired } else { self.kinds.of[p] } {
            Kind::Paired => pair(simd, x, alpha as f32, label),
            Kind::Alone => x.map(|x| single(simd, x, alpha as f32, label)),
            Kind::Wild(at) => {
                let mut t = [0.0; LANES];
                let odds = &self.kinds.wild.as_chunks::<LANES>().0[at as usize];
                bounded(odds, 1.0 / alpha, &mut t);
                let t = S::as_simd_f32s(&t).0;
                [v, v + half].map(|v| single(simd, t[v], 1.0, label))
            }
        }
    }
}

/// Makes room for so many numbers, which are written before they are read.
#[inline(always)]
fn grow<T: Clone + Default>(room: &mut Vec<T>, len: usize) {
    if room.len() < len {
        room.resize(len, T::default());
    }
}

/// How far from 1 a start times any of the products of some factors can be: the largest such product, or
/// one over the smallest.
#[inline(always)]
fn extent(start: f64, factors: impl Iterator<Item = f64>) -> f64 {
    let (mut most, mut least) = (start, start);
    for factor in factors {
        most *= factor.max(1.0);
        least *= factor.min(1.0);
    }
    most.max(1.0 / least)
}

/// `x` for class 0, `−α` for class 1: exact, as one of the two terms is 0.
#[inline(always)]
fn above<S: Simd>(simd: S, x: S::f32s, alpha: f32, label: f32) -> S::f32s {
    simd.mul_add_e_f32s(x, simd.splat_f32s(1.0 - label), simd.splat_f32s(-label * alpha))
}

/// The residual at odds x and α.
#[inline(always)]
fn single<S: Simd>(simd: S, x: S::f32s, alpha: f32, label: f32) -> S::f32s {
    let d = simd.add_f32s(simd.splat_f32s(alpha), x);
    simd.mul_f32s(above(simd, x, alpha, label), inverse(simd, d))
}

/// The same of two x, by one inverse.
#[inline(always)]
fn pair<S: Simd>(simd: S, x: [S::f32s; 2], alpha: f32, label: f32) -> [S::f32s; 2] {
    let d = x.map(|x| simd.add_f32s(simd.splat_f32s(alpha), x));
    let both = inverse(simd, simd.mul_f32s(d[0], d[1]));
    let above = x.map(|x| above(simd, x, alpha, label));
    [
        simd.mul_f32s(simd.mul_f32s(above[0], d[1]), both),
        simd.mul_f32s(simd.mul_f32s(above[1], d[0]), both),
    ]
}

/// `by` x, or the most that f32 is used for.
#[inline(always)]
fn bounded(odds: &[f64; LANES], by: f64, to: &mut [f32; LANES]) {
    for lane in 0..LANES {
        let t = odds[lane] * by;
        to[lane] = if t < MOST { t as f32 } else { MOST as f32 };
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

    /// Residuals of a class's pairs, alone, and with f64, at odds `x` against an α.
    struct All<'a>(&'a [f64; LANES], f64, f32);

    impl WithSimd for All<'_> {
        type Output = [[f32; LANES]; 3];

        #[inline(always)]
        fn with_simd<S: Simd>(self, simd: S) -> [[f32; LANES]; 3] {
            let mut found = [[0.0; LANES]; 3];
            let (mut odds, mut t) = ([0.0; LANES], [0.0; LANES]);
            odds.iter_mut().zip(self.0).for_each(|(to, x)| *to = *x as f32);
            bounded(self.0, 1.0 / self.1, &mut t);
            let (odds, t) = (S::as_simd_f32s(&odds).0, S::as_simd_f32s(&t).0);
            let (alpha, label) = (self.1 as f32, self.2);
            let [paired, alone, far] = found.each_mut().map(|row| S::as_mut_simd_f32s(row).0);
            let half = paired.len() / 2;
            for v in 0..half {
                [paired[v], paired[v + half]] = pair(simd, [odds[v], odds[v + half]], alpha, label);
            }
            for v in 0..alone.len() {
                alone[v] = single(simd, odds[v], alpha, label);
                far[v] = single(simd, t[v], 1.0, label);
            }
            found
        }
    }

    #[test]
    fn residuals_are_right_to_the_last_places_of_f32() {
        let mut paired = 0;
        for level in [SimdLevel::Plain, SimdLevel::Avx2, SimdLevel::Avx512] {
            for k in -600i32..=600 {
                let alpha = (f64::from(k) * 0.51).exp();
                let step = [4.9, 19.0, 2.5][k.rem_euclid(3) as usize];
                let mut x = [0.0f64; LANES];
                for (lane, x) in x.iter_mut().enumerate() {
                    *x = ((lane as f64 - 15.7) * step).exp();
                }
                let label = k.rem_euclid(2);
                let [pair, alone, far] = level.run(All(&x, alpha, label as f32));
                for lane in 0..LANES {
                    let above = if label == 0 { x[lane] } else { -alpha };
                    let exact = above / (alpha + x[lane]);
                    let close = |found: f32, what| {
                        // Where odds are cut off, residuals are below one over the limit.
                        let error = (f64::from(found) - exact).abs();
                        assert!(
                            error <= 4e-7 * exact.abs() + 1.0 / f64::from(MOST as f32),
                            "{what} {k} {lane}: {found}"
                        );
                    };
                    close(far[lane], "far");
                    let far = |x: f64| f64::max(x, 1.0 / x);
                    if far(alpha).max(far(x[lane])) <= LIMIT {
                        close(alone[lane], "alone");
                    }
                    if x.iter().fold(far(alpha), |most, &x| most.max(far(x))) <= PAIRED {
                        close(pair[lane], "pair");
                        paired += 1;
                    }
                }
            }
        }
        assert!(paired > 1000);
    }
}
