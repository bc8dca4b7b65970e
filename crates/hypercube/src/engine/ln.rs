//! Natural logarithms of many numbers.

use std::f64::consts::LN_2;

use pulp::{Simd, WithSimd};

use super::multiply::ln_of_mantissa;

/// Numbers whose logarithms are taken together.
const LANES: usize = 8;

/// Puts ln(x) in the place of each number, of one below the smallest normal number that one's: to an error
/// of 2e-16 of the result or 2e-16, whichever is more. Rounded alike at every level of vectors.
pub(crate) struct Logarithms<'a>(pub &'a mut [f64]);

impl WithSimd for Logarithms<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let (lanes, rest) = self.0.as_chunks_mut::<LANES>();
        for values in lanes {
            for x in values {
                *x = ln(*x);
            }
        }
        for x in rest {
            *x = ln(*x);
        }
    }
}

/// `ln(m · 2^e) = ln(m) + e ln 2` with m in [1, 2).
#[inline(always)]
fn ln(x: f64) -> f64 {
    const MANTISSA: u64 = (1 << 52) - 1;
    let bits = x.max(f64::MIN_POSITIVE).to_bits();
    // The exponent as a number: 2^52 and it, less 2^52 and its bias.
    let biased = f64::from_bits(bits >> 52 | (1023 + 52) << 52);
    let exponent = biased - ((1u64 << 52) + 1023) as f64;
    ln_of_mantissa(f64::from_bits(bits & MANTISSA | 1.0f64.to_bits())) + exponent * LN_2
}

#[cfg(test)]
mod tests {
    use super::super::simd::SimdLevel;
    use super::*;

    #[test]
    fn logarithms_are_those_of_the_standard_library() {
        let numbers = (-300..300).flat_map(|e| (0..7).map(move |k| (e, k)));
        let mut x: Vec<f64> =
            numbers.map(|(e, k)| f64::from(1000 + 13 * k) * f64::powi(10.0, e) / 999.0).collect();
        x.extend([1.0, 1.0 - 1e-9, 1.0 + 1e-9, f64::MIN_POSITIVE, f64::MAX, 0.99, 2.0]);
        x.extend([0.0, 5e-324, -1.0]);
        let expected: Vec<f64> = x.iter().map(|x| x.max(f64::MIN_POSITIVE).ln()).collect();
        let found = [SimdLevel::Plain, SimdLevel::Avx2, SimdLevel::Avx512].map(|level| {
            let mut found = x.clone();
            level.run(Logarithms(&mut found));
            found
        });
        assert!(found[0] == found[1] && found[0] == found[2]);
        for ((x, found), expected) in x.iter().zip(&found[0]).zip(expected) {
            let error = (found - expected).abs();
            assert!(error <= 2.3e-16 * expected.abs().max(1.0), "{x}: {found}, not {expected}");
        }
    }
}
