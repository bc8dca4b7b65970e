//! e^{ita} of eight nodes at a time.

use pulp::Simd;

use crate::engine::exp::exp_of_negative;

/// Nodes that are handled together.
pub(super) const LANES: usize = 8;

/// A number for each of them.
pub(super) type Lanes = [f64; LANES];

/// Steps of t whose waves are products with that of the first one; see [`waves`].
pub(super) const BLOCK: usize = 8;

/// What e^{ita} is off by at most, but for its phase, in units of 2^−53.
pub(super) const WAVE_ERROR: f64 = 13.0;

/// Real and imaginary parts.
pub(super) type Complex = (Lanes, Lanes);

pub(super) const ONE: Complex = ([1.0; LANES], [0.0; LANES]);

/// Fills `out` with e^{ita} for t = 0, h, 2h, …; its length is a multiple of [`BLOCK`].
///
/// Within a block e^{i(t + kh)a} is the product of e^{ita} and one to three of e^{iha}, e^{2iha} and
/// e^{4iha}. With u = 2^−53, each of the four is off by at most 1.5 u and what rounding does to its phase,
/// a product by √5 u more: 13 u + 2u |ta| in all ([`WAVE_ERROR`]).
#[inline(always)]
pub(super) fn waves<S: Simd>(simd: S, a: &Lanes, h: f64, out: &mut [Complex]) {
    let offsets = offsets(simd, a, h);
    for (block, out) in out.as_chunks_mut::<BLOCK>().0.iter_mut().enumerate() {
        let base = wave(a, h * (block * BLOCK) as f64);
        for k in 0..BLOCK {
            out[k] = times(simd, &base, &offsets[k]);
        }
    }
}

/// e^{ita} for t = 0, h, … within a block.
#[inline(always)]
pub(super) fn offsets<S: Simd>(simd: S, a: &Lanes, h: f64) -> [Complex; BLOCK] {
    let (one, two, four) = (wave(a, h), wave(a, 2.0 * h), wave(a, 4.0 * h));
    let three = times(simd, &two, &one);
    [
        ONE,
        one,
        two,
        three,
        four,
        times(simd, &four, &one),
        times(simd, &four, &two),
        times(simd, &four, &three),
    ]
}

/// e^{ita}.
#[inline(always)]
pub(super) fn wave(a: &Lanes, t: f64) -> Complex {
    let mut phase = [0.0; LANES];
    let mut is_far = false;
    for k in 0..LANES {
        phase[k] = t * a[k];
        is_far |= phase[k].abs() > FAR;
    }
    let (mut cos, mut sin) = ([0.0; LANES], [0.0; LANES]);
    for k in 0..LANES {
        (cos[k], sin[k]) = cos_sin(phase[k]);
    }
    if is_far {
        for k in 0..LANES {
            (sin[k], cos[k]) = phase[k].sin_cos();
        }
    }
    (cos, sin)
}

/// Products of complex numbers. Like all that runs for every node and t it is written with vectors:
/// left to itself the compiler makes vectors of t, whose parts lie far apart.
#[inline(always)]
pub(super) fn times<S: Simd>(simd: S, x: &Complex, y: &Complex) -> Complex {
    let mut product = ONE;
    let (re, im) = vectors_mut::<S>(&mut product);
    let ((a, b), (c, d)) = (vectors::<S>(x), vectors::<S>(y));
    for k in 0..re.len() {
        (re[k], im[k]) = times_vector(simd, (a[k], b[k]), (c[k], d[k]));
    }
    product
}

#[inline(always)]
pub(super) fn times_vector<S: Simd>(
    simd: S,
    (a, b): (S::f64s, S::f64s),
    (c, d): (S::f64s, S::f64s),
) -> (S::f64s, S::f64s) {
    let re = simd.mul_add_e_f64s(a, c, simd.neg_f64s(simd.mul_f64s(b, d)));
    let im = simd.mul_add_e_f64s(a, d, simd.mul_f64s(b, c));
    (re, im)
}

/// Lanes as the machine's vectors.
#[inline(always)]
pub(super) fn vector<S: Simd>(lanes: &Lanes) -> &[S::f64s] {
    S::as_simd_f64s(lanes).0
}

#[inline(always)]
pub(super) fn vectors<S: Simd>((re, im): &Complex) -> (&[S::f64s], &[S::f64s]) {
    (vector::<S>(re), vector::<S>(im))
}

#[inline(always)]
pub(super) fn vectors_mut<S: Simd>((re, im): &mut Complex) -> (&mut [S::f64s], &mut [S::f64s]) {
    (S::as_mut_simd_f64s(re).0, S::as_mut_simd_f64s(im).0)
}

/// Above this, [`cos_sin`] would lose digits.
const FAR: f64 = 1e6;

/// cos x and sin x for |x| up to 10⁶ to about one unit in the last place of 1; no branches and no calls,
/// so that the compiler can run it in vector lanes.
#[inline(always)]
fn cos_sin(x: f64) -> (f64, f64) {
    // Adding and taking away 1.5 · 2^52 rounds to a whole number, left in the low bits.
    const ROUND: f64 = 6_755_399_441_055_744.0;
    // π/2 in parts of 33 bits, so that their products with the number of quarter turns are exact.
    const QUARTER: [f64; 3] =
        [1.570_796_326_734_125_6, 6.077_100_506_303_966e-11, 2.022_266_248_795_950_6e-21];
    let rounded = x * std::f64::consts::FRAC_2_PI + ROUND;
    let turns = rounded - ROUND;
    let r = x - turns * QUARTER[0] - turns * QUARTER[1] - turns * QUARTER[2];
    // Taylor's series: |r| ≤ π/4, so the first terms left out are below 1e-16 of the sum.
    let square = r * r;
    let mut sin = -1.0 / 1_307_674_368_000.0;
    for term in [6_227_020_800.0, -39_916_800.0, 362_880.0, -5_040.0, 120.0, -6.0] {
        sin = sin * square + 1.0 / term;
    }
    let sin = r + r * square * sin;
    let mut cos = 1.0 / 20_922_789_888_000.0;
    for term in [-87_178_291_200.0, 479_001_600.0, -3_628_800.0, 40_320.0, -720.0, 24.0] {
        cos = cos * square + 1.0 / term;
    }
    let cos = (1.0 - 0.5 * square) + square * square * cos;
    let quarter = rounded.to_bits();
    let is_odd = quarter & 1 == 1;
    let (c, s) = if is_odd { (sin, cos) } else { (cos, sin) };
    let signed = |x: f64, quarter: u64| f64::from_bits(x.to_bits() ^ (quarter & 2) << 62);
    (signed(c, quarter.wrapping_add(1)), signed(s, quarter))
}

/// βᵢ = p e^{ca}/(1 − p + p e^{ca}) and αᵢ = 1 − βᵢ; e^{−|ca|} cannot overflow.
#[inline(always)]
pub(super) fn tilt(p: f64, c: f64, a: f64) -> (f64, f64) {
    let e = c * a;
    let small = exp_of_negative(-e.abs());
    let (on, off) = if e > 0.0 { (p, (1.0 - p) * small) } else { (p * small, 1.0 - p) };
    let per_whole = 1.0 / (on + off);
    (off * per_whole, on * per_whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cos_and_sin_are_exact_to_the_last_places() {
        for k in 0..400_000i32 {
            let x = (f64::from(k) - 200_000.0) * if k % 3 == 0 { 4.9 } else { 0.000_123 };
            let (cos, sin) = cos_sin(x);
            assert!((cos - x.cos()).abs() < 2.3e-16, "cos {x}: {cos}");
            assert!((sin - x.sin()).abs() < 2.3e-16, "sin {x}: {sin}");
        }
    }

    #[test]
    fn waves_are_as_exact_as_they_say() {
        let a: Lanes = std::array::from_fn(|k| (k as f64 - 3.5) * 0.37);
        let h = 0.093;
        let mut found = [ONE; 64];
        waves(pulp::Scalar, &a, h, &mut found);
        for (t, (cos, sin)) in found.iter().enumerate() {
            for k in 0..LANES {
                let (s, c) = (h * t as f64 * a[k]).sin_cos();
                let apart = (cos[k] - c).hypot(sin[k] - s);
                let bound = WAVE_ERROR + 2.0 * (h * t as f64 * a[k]).abs();
                assert!(apart < bound * 0.5 * f64::EPSILON, "{t}, {k}: {apart:e}");
            }
        }
        // Far beyond what the fast functions are for.
        waves(pulp::Scalar, &[1e12; LANES], 1.0, &mut found);
        for (t, (cos, sin)) in found.iter().enumerate() {
            assert!((cos[3].hypot(sin[3]) - 1.0).abs() < 1e-14, "{t}");
        }
    }

    #[test]
    fn tilted_probabilities() {
        for (p, c, a) in [(0.25, 0.4, 3.0f64), (0.9, 0.7, -2.0), (0.5, 0.5, 0.0)] {
            let odds = (c * a).exp() * p / (1.0 - p);
            let (alpha, beta) = tilt(p, c, a);
            assert!((beta - odds / (1.0 + odds)).abs() < 1e-15);
            assert!((alpha + beta - 1.0).abs() < 1e-15);
        }
        assert_eq!(tilt(0.5, 0.5, 1e9), (0.0, 1.0));
        assert_eq!(tilt(0.5, 0.5, -1e9), (1.0, 0.0));
    }
}
