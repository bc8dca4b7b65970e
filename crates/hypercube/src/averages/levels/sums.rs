//! From sums over pairs of points to weights.

use super::cosines::is_odd;
use super::{DEGREES, LevelWeights, PARTS, Paired};
use crate::averages::Certified;
use crate::averages::sampled::Controlled;

/// Estimates of every part, and what bounds their errors.
#[derive(Default)]
pub(super) struct Sums {
    /// One, or one for each distance, of which the estimate is the mean.
    pub parts: Vec<[f64; PARTS]>,
    /// By how much the function is off in root mean square over masks.
    pub epsilon: f64,
    /// What rounding takes from each part.
    pub lost: [f64; PARTS],
    /// What is left out of all parts together.
    pub left_out: f64,
    /// Where pairs are sampled.
    pub sampled: Option<Sample>,
}

/// A sample of distances.
pub(super) struct Sample {
    /// The share of all pairs that is taken.
    pub share: f64,
    /// The share of the variance of a mean over distances that is left as there are finitely many.
    pub left: f64,
    /// What the parts of degree 1 and 2 are exactly: control variates for higher odd and even ones.
    pub known: [f64; 2],
}

impl Sums {
    /// Bound on the error of a weight, or of a difference of weights that have this sum.
    pub fn error(&self, weight: f64, rounding: f64) -> f64 {
        let rounding = rounding + self.left_out;
        self.epsilon * (2.0 * (weight.max(0.0) + rounding).sqrt() + self.epsilon) + rounding
    }

    /// Σ of the parts from degree 3 on with some factors.
    fn combined(&self, factors: impl Fn(usize) -> f64) -> Paired {
        let used = || (3..PARTS).filter(|&k| factors(k) != 0.0);
        let each = |odd: bool| -> Vec<f64> {
            let of = |parts: &[f64; PARTS]| {
                used().filter(|&k| is_odd(k) == odd).map(|k| factors(k) * parts[k]).sum()
            };
            self.parts.iter().map(of).collect()
        };
        let parts = [each(true), each(false)];
        let mean = |x: &[f64]| x.iter().sum::<f64>() / x.len() as f64;
        let of = |k: usize| self.parts.iter().map(|parts| parts[k]).collect::<Vec<f64>>();
        let (value, deviation) = match &self.sampled {
            None => (mean(&parts[0]) + mean(&parts[1]), 0.0),
            Some(Sample { left, known, .. }) => {
                let [odd, even] = [0, 1].map(|i| Controlled::new(&parts[i], &of(i + 1), known[i]));
                let value = odd.mean + even.mean;
                (value, left.sqrt() * odd.combined(&even, value, (1.0, 1.0)).error)
            }
        };
        let weight = used().map(|k| mean(&of(k))).sum();
        let largest = used().map(|k| factors(k).abs()).fold(0.0, f64::max);
        let error = largest * self.error(weight, used().map(|k| self.lost[k]).sum());
        Paired { value, error, deviation }
    }

    /// With W¹ and W², which are known.
    pub fn weights(&self, known: [Certified; 2], n: usize) -> LevelWeights {
        let exact = |c: Certified| Paired { value: c.value, error: c.error, deviation: 0.0 };
        let of = |degree: usize| match known.get(degree - 1) {
            Some(known) => exact(*known),
            None => self.combined(|k| if k == degree { 1.0 } else { 0.0 }),
        };
        let [first, second] = known;
        let sign = |k: usize| if is_odd(k) { -1.0 } else { 1.0 };
        let rest = self.combined(|_| 1.0);
        let difference = self.combined(sign);
        let error = first.error + second.error;
        let variance = Paired {
            value: first.value + second.value + rest.value,
            error: error + rest.error,
            ..rest
        };
        let reversal_covariance = Paired {
            value: second.value - first.value + difference.value,
            error: error + difference.error,
            ..difference
        };
        let least = variance.value - variance.error;
        let correlation = || {
            let value = reversal_covariance.value / variance.value;
            let deviation = self.combined(|k| (sign(k) - value) / variance.value).deviation;
            let error = (reversal_covariance.error + value.abs() * variance.error) / least;
            Paired { value, error, deviation }
        };
        LevelWeights {
            weights: (1..=n.min(DEGREES)).map(of).collect(),
            higher: self.combined(|k| if k > DEGREES { 1.0 } else { 0.0 }),
            variance,
            reversal_covariance,
            reversal_correlation: (least > 0.0).then(correlation),
            share: self.sampled.as_ref().map_or(1.0, |sample| sample.share),
        }
    }
}
