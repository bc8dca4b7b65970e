//! The exponential function, for loops that run in vector lanes.

/// `exp(y)` for y ≤ 0 to about one unit in the last place, and 0 below −708; no branches and no
/// calls, so that the compiler can run it in vector lanes.
#[inline(always)]
pub(crate) fn exp_of_negative(y: f64) -> f64 {
    let exp = exp_within(y.max(-708.0));
    if y < -708.0 { 0.0 } else { exp }
}

/// `exp(y)` for |y| ≤ 708, to an error below 5e-16 of itself; no branches and no calls.
#[inline(always)]
pub(crate) fn exp_within(y: f64) -> f64 {
    // Adding and taking away 1.5 · 2^52 rounds to a whole number, left in the low bits.
    const ROUND: f64 = 6_755_399_441_055_744.0;
    const LN2_HIGH: f64 = 6.931_471_803_691_238e-1;
    const LN2_LOW: f64 = 1.908_214_929_270_587_7e-10;
    let rounded = y * std::f64::consts::LOG2_E + ROUND;
    let k = rounded - ROUND;
    let r = y - k * LN2_HIGH - k * LN2_LOW;
    // Taylor's series: |r| ≤ ln 2 / 2, so the first term left out is below 1e-17.
    let mut sum = 1.0 / 6_227_020_800.0;
    for divisor in [
        479_001_600.0,
        39_916_800.0,
        3_628_800.0,
        362_880.0,
        40_320.0,
        5_040.0,
        720.0,
        120.0,
        24.0,
        6.0,
        2.0,
        1.0,
        1.0,
    ] {
        sum = sum * r + 1.0 / divisor;
    }
    let scale = f64::from_bits((rounded.to_bits().wrapping_add(1023)) << 52);
    sum * scale
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exp_is_exact_to_the_last_places() {
        for k in -70_000..=70_000 {
            let y = f64::from(k) * 0.010_1;
            let error = (exp_within(y) / y.exp() - 1.0).abs();
            assert!(error < 5e-16, "{y}: {error:e}");
            if k <= 0 {
                assert_eq!(exp_of_negative(y), exp_within(y));
            }
        }
        assert_eq!(exp_of_negative(-0.0), 1.0);
        assert_eq!(exp_of_negative(-1e9), 0.0);
    }
}
