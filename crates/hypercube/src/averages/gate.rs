//! The logarithm of one factor, ln(1 − p + p eʷ), as a power series in w.
//!
//! Its derivative is the logistic function σ(θ + w) with θ = ln(p/(1 − p)), whose poles −θ + iπ(2m + 1)
//! have the residue 1. So its coefficients are γₖ = κₖ/k!, κₖ the cumulants of a gate, and for k ≥ 2
//!
//! |γₖ| ≤ 2/k · Σ_{m ≥ 0} ρₘ^{−k} ≤ 2M/k · ρ^{−k}, ρₘ² = θ² + π²(2m + 1)², ρ = ρ₀,
//!
//! M = ρ² Σ 1/ρₘ² = ρ² tanh(θ/2)/(4θ), which is π²/8 at θ = 0. What comes after degree K is at most
//! 2M/(K + 1) · (|w|/ρ)^{K+1}/(1 − |w|/ρ).

use std::f64::consts::PI;

/// The highest degree of a series.
pub(super) const DEGREE: usize = 64;

/// A coefficient for each degree from 0, and room to make their number a multiple of eight.
pub(super) type Series = [f64; DEGREE + 8];

/// A gate that is on with probability p.
pub(super) struct Gate {
    pub p: f64,
    /// γₖ.
    pub gamma: Series,
    /// A bound on what rounding takes from a sum Σ γₖ Sₖ zᵏ, as [`super::many::Many`] computes it, is
    /// Σ `lost`ₖ Σ |aᵢ|ᵏ |z|ᵏ.
    pub lost: Series,
    /// ρ.
    pub radius: f64,
    /// M.
    pub factor: f64,
}

impl Gate {
    /// For 0 < p < 1.
    ///
    /// With σ(θ + w) = Σ sⱼ wʲ, σ′ = σ(1 − σ) says (j + 1) sⱼ₊₁ = (1 − 2p) sⱼ − Σ_{0<i<j} sᵢ sⱼ₋ᵢ. What
    /// rounding takes from each follows from what it takes from those before.
    pub fn new(p: f64) -> Self {
        let unit = f64::EPSILON;
        let (mut s, mut off) = ([0.0f64; DEGREE + 8], [0.0f64; DEGREE + 8]);
        s[0] = p;
        s[1] = p * (1.0 - p);
        off[1] = 2.0 * unit * s[1];
        let skew = 1.0 - 2.0 * p;
        for j in 1..DEGREE {
            let mut sum = skew * s[j];
            let (mut size, mut inherited) = (sum.abs(), skew.abs() * off[j]);
            for i in 1..j {
                sum -= s[i] * s[j - i];
                size += (s[i] * s[j - i]).abs();
                inherited += 2.0 * s[i].abs() * off[j - i];
            }
            let count = (j + 1) as f64;
            s[j + 1] = sum / count;
            off[j + 1] = (inherited + (count + 2.0) * unit * size) / count;
        }
        let (mut gamma, mut lost) = ([0.0; DEGREE + 8], [0.0; DEGREE + 8]);
        for k in 1..=DEGREE {
            gamma[k] = s[k - 1] / k as f64;
            // Powers and their sum, the product, the shift to c and Horner's rule; see there.
            lost[k] = off[k - 1] / k as f64 + (5 * k + 60) as f64 * 0.5 * unit * gamma[k].abs();
        }
        let theta = (p / (1.0 - p)).ln();
        let square = theta * theta + PI * PI;
        // tanh(x)/x, which is 1 at 0.
        let ratio = if theta.abs() < 1e-4 { 1.0 } else { (0.5 * theta).tanh() / (0.5 * theta) };
        Self { p, gamma, lost, radius: square.sqrt(), factor: square * ratio / 8.0 }
    }

    /// ln of a bound on what is missing of Σᵢ ln(1 − p + p e^{z aᵢ}) after `degree`, for |z| ≤ `reach`,
    /// with the largest |aᵢ| and ln Σ |aᵢ|^{`degree` + 1}.
    pub fn ln_rest(&self, degree: usize, reach: f64, largest: f64, ln_power_sum: f64) -> f64 {
        let k = (degree + 1) as f64;
        let ratio = reach / self.radius;
        (2.0 * self.factor / k).ln() + k * ratio.ln() + ln_power_sum - (-ratio * largest).ln_1p()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Against Σ over the poles, (−1)ᵏ⁻¹ 2/k Re Σ_m (θ + iπ(2m + 1))^{−k}.
    #[test]
    fn coefficients_are_those_of_the_poles() {
        for p in [1e-4, 0.02, 0.3, 0.5, 0.77, 0.999] {
            let gate = Gate::new(p);
            let theta = (p / (1.0 - p)).ln();
            for k in 8..=DEGREE {
                let pole = |m: usize| {
                    let (length, angle) = (
                        theta.hypot(PI * (2 * m + 1) as f64),
                        (PI * (2 * m + 1) as f64).atan2(theta),
                    );
                    length.powi(-(k as i32)) * (-(k as f64) * angle).cos()
                };
                let sign = if k % 2 == 0 { -1.0 } else { 1.0 };
                let expected = sign * 2.0 / k as f64 * (0..4000).rev().map(pole).sum::<f64>();
                let bound = 2.0 * gate.factor / k as f64 * gate.radius.powi(-(k as i32));
                assert!(gate.gamma[k].abs() <= bound * (1.0 + 1e-12), "p = {p}, {k}");
                let apart = (gate.gamma[k] - expected).abs();
                assert!(apart <= gate.lost[k] + 1e-11 * bound, "p = {p}, {k}: {apart:e}");
            }
        }
    }

    #[test]
    fn the_series_is_the_logarithm() {
        for p in [1e-6, 0.1, 0.5, 0.93] {
            let gate = Gate::new(p);
            for w in [-1.5f64, -0.3, 0.01, 0.8, 1.6] {
                let found = gate.gamma.iter().rev().fold(0.0, |sum, g| sum * w + g);
                let exact = (p * w.exp_m1()).ln_1p();
                let rest = gate.ln_rest(DEGREE, w.abs(), 1.0, 0.0).exp();
                let lost = gate.lost.iter().rev().fold(0.0, |sum, l| sum * w.abs() + l);
                assert!((found - exact).abs() <= rest + lost, "{p}, {w}: {found} {exact}");
                assert!(rest + lost < 1e-13 * exact.abs(), "{p}, {w}: {rest:e} {lost:e}");
            }
        }
    }
}
