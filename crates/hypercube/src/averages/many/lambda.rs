//! Λ(z) = ln E_p e^{zs} as a series, and the factors of the nodes apart.

use super::{Many, Sums};
use crate::averages::aliasing::Exponent;
use crate::averages::contour::{Terms, padded};
use crate::averages::gate::{DEGREE, Gate, Series};

/// Λ of one point at one p, in a frame in which its mean margin is not positive.
pub(super) struct Lambda<'a> {
    gate: &'a Gate,
    pub sums: &'a Sums,
    /// The coefficients of the series' part, with k.
    series: Series,
    /// The nodes with factors of their own.
    pub apart: Terms,
}

impl<'a> Lambda<'a> {
    #[inline(always)]
    pub fn new(many: &Many, gate: &'a Gate, sums: &'a Sums, is_turned: bool) -> Self {
        let sign = if is_turned { -1.0 } else { 1.0 };
        let mut series = [0.0; DEGREE + 8];
        for (k, term) in series.iter_mut().enumerate() {
            let power = if k % 2 == 1 { sign } else { 1.0 };
            *term = power * gate.gamma[k] * sums.signed[k];
        }
        series[1] += sign * many.k;
        let apart = Terms { k: 0.0, a: padded(&many.a[..sums.first], sign), p: gate.p };
        Self { gate, sums, series, apart }
    }

    /// At some places up to 1.
    #[inline(always)]
    pub fn at<const PLACES: usize>(&self, places: [f64; PLACES]) -> [f64; PLACES] {
        let mut sums = [0.0; PLACES];
        for k in (0..DEGREE + 1).rev() {
            for at in 0..PLACES {
                sums[at] = sums[at] * places[at] + self.series[k];
            }
        }
        if !self.apart.a.is_empty() {
            for at in 0..PLACES {
                sums[at] += self.apart.log_mean_exp(places[at]);
            }
        }
        sums
    }

    /// ln of what the series lack after `degree` up to |z| = `reach`.
    #[inline(always)]
    pub fn ln_rest(&self, degree: usize, reach: f64) -> f64 {
        let sums = self.sums;
        self.gate.ln_rest(degree, reach, sums.largest, sums.ln_beyond[degree / 8 - 1])
    }

    /// The coefficients of the polynomial in z − c up to a degree: j! cʲ Gⱼ = Σ_m (j + m)! c^{j + m}
    /// d_{j + m}/m!, so that all j are added at once.
    #[inline(always)]
    pub fn shifted(&self, degree: usize, c: f64) -> Series {
        let (mut scaled, mut scale, mut sums) =
            ([0.0; DEGREE + 8], [0.0; DEGREE + 8], [0.0; DEGREE + 8]);
        let (mut power, mut inverse) = (1.0, [1.0; DEGREE + 1]);
        for k in 0..degree + 1 {
            scale[k] = power;
            scaled[k] = self.series[k] * power;
            power *= c * (k + 1) as f64;
            inverse[k] = if k == 0 { 1.0 } else { inverse[k - 1] / k as f64 };
        }
        for m in (0..degree + 1).rev() {
            let (sums, scaled) = (&mut sums[..degree + 1 - m], &scaled[m..degree + 1]);
            for j in 0..sums.len() {
                sums[j] += inverse[m] * scaled[j];
            }
        }
        for k in 0..degree + 1 {
            sums[k] /= scale[k];
        }
        sums
    }

    /// What rounding takes from the series' part at two |z|, k's size given.
    #[inline(always)]
    pub fn lost(&self, k: f64, reach: [f64; 2]) -> [f64; 2] {
        let mut sums = [0.0; 2];
        for j in (0..DEGREE + 1).rev() {
            let mut term = self.gate.lost[j] * self.sums.sizes[j];
            if j == 1 {
                term += 65.0 * 0.5 * f64::EPSILON * k;
            }
            for lane in 0..2 {
                sums[lane] = sums[lane] * reach[lane] + term;
            }
        }
        sums
    }
}

impl Exponent for Lambda<'_> {
    #[inline(always)]
    fn derivatives(&self, c: f64) -> (f64, f64) {
        /// c need not be exact.
        const ENOUGH: usize = 24;
        let (mut value, mut first, mut second) = (0.0, 0.0, 0.0);
        for k in (0..ENOUGH + 1).rev() {
            second = second * c + first;
            first = first * c + value;
            value = value * c + self.series[k];
        }
        let apart = self.apart.derivatives(c);
        (first + apart.0, 2.0 * second + apart.1)
    }
}
