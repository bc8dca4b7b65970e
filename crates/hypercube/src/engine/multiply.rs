//! The inner loops of the odds kernel.

use std::f64::consts::LN_2;

use pulp::Simd;

use super::tiles::{LANES, ROWS, TILE};

/// Moves the exponents of `product` into the biased sums, leaving mantissas in [1, 2).
#[inline(always)]
pub(super) fn pull_exponents(product: &mut [f64; TILE], exponents: &mut [u64; TILE]) {
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
pub(super) fn ln_of_mantissa(x: f64) -> f64 {
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
pub(super) fn multiply_any<S: Simd>(
    simd: S,
    lo: &[f64],
    hi: &[f64],
    d: usize,
    product: &mut [f64; TILE],
) {
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
