//! Normal distributions.

use std::f64::consts::{SQRT_2, TAU};

use crate::Moments;
use crate::centre::sorted;

/// A normal distribution. With `sd` 0 it is the point mass at `mean`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Normal {
    /// Its mean, in the unit of the values.
    pub mean: f64,
    /// Its standard deviation, 0 or more, in the unit of the values.
    pub sd: f64,
}

impl Normal {
    /// The normal distribution with the sample's mean and standard deviation (ddof 1; maximum
    /// likelihood would use ddof 0). NaN for fewer than two values.
    pub fn fit(sample: &[f64]) -> Self {
        let moments = Moments::new(sample);
        Self { mean: moments.mean, sd: moments.sd }
    }

    /// Probability density at `x`, exp(−z²/2)/(sd √(2π)) with z = (x − mean)/sd, per unit of the
    /// values.
    ///
    /// That of a point mass is infinite at the mean and 0 elsewhere.
    pub fn pdf(&self, x: f64) -> f64 {
        if self.sd == 0.0 {
            return if x == self.mean { f64::INFINITY } else { 0.0 };
        }
        let z = (x - self.mean) / self.sd;
        (-0.5 * z * z).exp() / (self.sd * TAU.sqrt())
    }

    /// Probability of a value ≤ `x`, ½ erfc(−z/√2) with z = (x − mean)/sd. Its relative precision
    /// holds far into the lower tail.
    pub fn cdf(&self, x: f64) -> f64 {
        if self.sd == 0.0 {
            return if x >= self.mean { 1.0 } else { 0.0 };
        }
        0.5 * libm::erfc(-(x - self.mean) / (self.sd * SQRT_2))
    }

    /// Kolmogorov–Smirnov distance of a sample from this distribution: the supremum over x of
    /// |F_n(x) − F(x)|, where F_n(x) is the share of values ≤ x and F(x) is [`Self::cdf`]; 0…1.
    ///
    /// The supremum is at a step of F_n, on one side or the other of it; both are looked at. It is
    /// the distance alone, without a p-value, since the usual one does not hold for a distribution
    /// fitted to the same sample. NaN if the sample is empty or holds a NaN.
    pub fn ks_distance(&self, sample: &[f64]) -> f64 {
        let values = sorted(sample);
        if values.is_empty() || self.mean.is_nan() || self.sd.is_nan() {
            return f64::NAN;
        }
        let n = values.len() as f64;
        let (mut below, mut distance) = (0, 0.0_f64);
        for tied in values.chunk_by(|a, b| a == b) {
            let up_to = below + tied.len();
            let at = self.cdf(tied[0]);
            // Only a point mass has a step of its own, whose lower side must meet that of F_n.
            let before = if self.sd == 0.0 && tied[0] == self.mean { 0.0 } else { at };
            let gaps = [before - below as f64 / n, at - up_to as f64 / n];
            distance = gaps.iter().fold(distance, |largest, gap| largest.max(gap.abs()));
            below = up_to;
        }
        distance
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_data::{X, assert_close, normals, rng};

    #[test]
    fn density_and_distribution_are_those_of_scipy() {
        let normal = Normal { mean: 0.7, sd: 1.3 };
        // scipy.stats.norm(0.7, 1.3).pdf([-1, 0.7, 4, 12])
        assert_close(normal.pdf(-1.0), 1.305_064_819_326_407_2e-1, 1e-14);
        assert_close(normal.pdf(0.7), 3.068_786_772_318_713e-1, 1e-14);
        assert_close(normal.pdf(4.0), 1.223_816_062_658_309_2e-2, 1e-14);
        assert_close(normal.pdf(12.0), 1.202_661_808_887_639_5e-17, 1e-13);
        // scipy.stats.norm(0.7, 1.3).cdf([-20, -1, 0.7, 4])
        assert_close(normal.cdf(-20.0), 2.191_414_121_932_288e-57, 1e-12);
        assert_close(normal.cdf(-1.0), 9.548_884_673_392_877e-2, 1e-14);
        assert_close(normal.cdf(0.7), 0.5, 1e-15);
        assert_close(normal.cdf(4.0), 9.944_329_479_771_351e-1, 1e-14);
    }

    #[test]
    fn distance_is_that_of_scipy() {
        // scipy.stats.kstest(X, scipy.stats.norm(X.mean(), X.std(ddof=1)).cdf), norm(0, 1), (5, 1)
        assert_close(Normal::fit(&X).ks_distance(&X), 0.249_830_142_610_722_84, 1e-12);
        let standard = Normal { mean: 0.0, sd: 1.0 };
        assert_close(standard.ks_distance(&X), 0.482_606_541_319_907_16, 1e-12);
        let far = Normal { mean: 5.0, sd: 1.0 };
        assert_close(far.ks_distance(&X), 0.788_767_870_574_790_4, 1e-12);
    }

    /// The definition, on a fine grid: never above the distance, and close to it.
    #[test]
    fn distance_is_the_largest_gap_anywhere() {
        for seed in 0..20 {
            let sample = normals(&mut rng(seed), 50);
            let normal = Normal { mean: 0.2, sd: 0.8 };
            let gap = |x: f64| {
                let share = sample.iter().filter(|&&v| v <= x).count() as f64 / 50.0;
                (share - normal.cdf(x)).abs()
            };
            let largest = (0..=200_000).map(|i| gap(f64::from(i) * 4e-5 - 4.0)).fold(0.0, f64::max);
            let distance = normal.ks_distance(&sample);
            assert!(largest <= distance + 1e-15 && distance < largest + 1e-4);
        }
    }

    #[test]
    fn degenerate_samples_and_distributions() {
        assert_eq!(Normal::fit(&[2.0; 5]), Normal { mean: 2.0, sd: 0.0 });
        let point = Normal { mean: 2.0, sd: 0.0 };
        assert_eq!((point.cdf(1.9), point.cdf(2.0), point.pdf(1.0)), (0.0, 1.0, 0.0));
        assert_eq!(point.ks_distance(&[2.0; 5]), 0.0);
        assert_eq!(point.ks_distance(&[1.0, 2.0, 2.0, 3.0]), 0.25);
        assert!(point.ks_distance(&[]).is_nan());
        assert!(point.ks_distance(&[1.0, f64::NAN]).is_nan());
        assert!(Normal::fit(&[1.0]).ks_distance(&[1.0]).is_nan());
    }
}
