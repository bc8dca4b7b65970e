//! Moments.

use crate::centre::{mean_of, standardised};

/// Mean, standard deviation, skewness and excess kurtosis of a sample, with standard errors.
///
/// Below, n is the number of values and m_k = Σ(x − mean)^k / n. Mean, standard deviation and their
/// errors are in the values' unit; skewness and kurtosis have none. Standard errors take the values
/// to be independent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moments {
    /// Number of values.
    pub n: usize,
    /// Arithmetic mean. NaN if n = 0.
    pub mean: f64,
    /// Standard error of the mean, sd/√n. NaN if n < 2.
    pub mean_error: f64,
    /// Standard deviation with ddof 1, √(n m₂/(n − 1)). NaN if n < 2.
    pub sd: f64,
    /// Standard error of the standard deviation, √((m₄ − m₂²)/(4 n m₂)).
    ///
    /// A large-sample formula (delta method) that does not assume a normal distribution, for which
    /// it becomes sd/√(2n). 0 for constant samples, NaN if n < 2.
    pub sd_error: f64,
    /// Skewness g₁ = m₃/m₂^{3/2}, the population form without bias correction. NaN for constant
    /// samples and if n = 0 or 1.
    pub skewness: f64,
    /// Standard error of the skewness of a **normal** sample, √(6n(n − 1)/((n − 2)(n + 1)(n + 3))).
    ///
    /// For judging whether the skewness differs from that of a normal distribution; it is not the
    /// error of the skewness of anything else. Strictly it belongs to the bias-corrected G₁; that
    /// of g₁ is smaller by a factor (n − 2)/√(n(n − 1)). NaN if n < 3.
    pub skewness_error: f64,
    /// Excess kurtosis g₂ = m₄/m₂² − 3, the population form, 0 for a normal distribution. NaN for
    /// constant samples and if n = 0 or 1.
    pub kurtosis: f64,
    /// Standard error of the excess kurtosis of a **normal** sample,
    /// 2 · `skewness_error` · √((n² − 1)/((n − 3)(n + 5))).
    ///
    /// To be read like [`Self::skewness_error`]; strictly it belongs to the bias-corrected G₂. NaN
    /// if n < 4.
    pub kurtosis_error: f64,
}

impl Moments {
    /// Measures a sample. Powers are of deviations from the mean, so a large common offset costs no
    /// precision.
    ///
    /// A value that is not finite makes everything but `n` and the two normal-theory errors NaN.
    ///
    /// Sources: D. N. Joanes and C. A. Gill, "Comparing measures of sample skewness and kurtosis",
    /// The Statistician 47 (1998) 183–189; for the error of the standard deviation, M. G. Kendall
    /// and A. Stuart, "The Advanced Theory of Statistics", vol. 1, ch. 10.
    pub fn new(sample: &[f64]) -> Self {
        let (count, n) = (sample.len(), sample.len() as f64);
        let (mean, sd, values) = standardised(sample);
        // In units of the ddof 0 standard deviation m₂ is 1, so m₃ and m₄ are the two ratios.
        let third = mean_of(values.iter().map(|u| u * u * u), count);
        let fourth = mean_of(values.iter().map(|u| u * u * u * u), count);
        let (sd, sd_error) = if count < 2 {
            (f64::NAN, f64::NAN)
        } else if sd == 0.0 {
            (0.0, 0.0)
        } else {
            // m₄ ≥ m₂², but rounding may say otherwise for samples of two values. `clamp` keeps a
            // NaN where `max` would turn it into 0.
            let excess = (fourth - 1.0).clamp(0.0, f64::INFINITY);
            (sd * (n / (n - 1.0)).sqrt(), sd * (excess / (4.0 * n)).sqrt())
        };
        let skewness_error = if count < 3 {
            f64::NAN
        } else {
            (6.0 * n * (n - 1.0) / ((n - 2.0) * (n + 1.0) * (n + 3.0))).sqrt()
        };
        let kurtosis_error = if count < 4 {
            f64::NAN
        } else {
            2.0 * skewness_error * ((n * n - 1.0) / ((n - 3.0) * (n + 5.0))).sqrt()
        };
        Self {
            n: count,
            mean,
            mean_error: sd / n.sqrt(),
            sd,
            sd_error,
            skewness: third,
            skewness_error,
            kurtosis: fourth - 3.0,
            kurtosis_error,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_data::{X, assert_close, normals, rng};
    use rand::RngExt;

    #[test]
    fn moments_are_those_of_scipy() {
        let m = Moments::new(&X);
        // X.mean(); scipy.stats.sem(X); X.std(ddof=1)
        assert_close(m.mean, 1.641_666_666_666_666_8, 1e-14);
        assert_close(m.mean_error, 0.744_622_981_003_396, 1e-14);
        assert_close(m.sd, 2.579_449_671_162_553_4, 1e-14);
        // m2, m4 = scipy.stats.moment(X, 2), moment(X, 4); sqrt((m4 - m2**2)/(4*12*m2))
        assert_close(m.sd_error, 0.550_098_433_483_956_8, 1e-13);
        // scipy.stats.skew(X); scipy.stats.kurtosis(X)
        assert_close(m.skewness, 1.065_753_365_492_466_2, 1e-13);
        assert_close(m.kurtosis, 0.381_532_417_635_386_26, 1e-13);
        // ses = sqrt(6*12*11/(10*13*15)); 2*ses*sqrt(143/(9*17))
        assert_close(m.skewness_error, 0.637_302_005_452_553_2, 1e-14);
        assert_close(m.kurtosis_error, 1.232_246_473_944_648_8, 1e-14);
    }

    #[test]
    fn offset_and_scale_change_nothing_but_mean_and_sd() {
        let plain = Moments::new(&[1.0, 2.0, 4.0, 8.0]);
        for (offset, scale) in [(1e9, 1.0), (0.0, 1e-120), (0.0, 1e150), (-3.0, 2.0)] {
            let moved = Moments::new(&[1.0, 2.0, 4.0, 8.0].map(|x| x * scale + offset));
            assert_close(moved.mean, plain.mean * scale + offset, 1e-14);
            assert_close(moved.sd, plain.sd * scale, 1e-13);
            assert_close(moved.sd_error, plain.sd_error * scale, 1e-13);
            assert_close(moved.skewness, plain.skewness, 1e-13);
            assert_close(moved.kurtosis, plain.kurtosis, 1e-13);
        }
    }

    #[test]
    fn too_little_data_gives_nan_or_zero() {
        let none = Moments::new(&[]);
        assert!(none.n == 0 && none.mean.is_nan() && none.sd.is_nan() && none.skewness.is_nan());
        let one = Moments::new(&[0.1]);
        assert!(one.mean == 0.1 && one.sd.is_nan() && one.mean_error.is_nan());
        assert!(one.sd_error.is_nan() && one.kurtosis.is_nan() && one.skewness_error.is_nan());
        let constant = Moments::new(&[0.1; 7]);
        assert_eq!((constant.mean, constant.mean_error), (0.1, 0.0));
        assert_eq!((constant.sd, constant.sd_error), (0.0, 0.0));
        assert!(constant.skewness.is_nan() && constant.kurtosis.is_nan());
        let two = Moments::new(&[0.1, 0.3]);
        assert!(two.skewness_error.is_nan() && two.sd_error < 1e-8);
        for bad in [f64::NAN, f64::INFINITY] {
            let m = Moments::new(&[1.0, bad, 2.0]);
            assert!(m.mean_error.is_nan() && m.sd.is_nan() && m.sd_error.is_nan());
            assert!(m.mean.is_nan() && m.skewness.is_nan() && m.kurtosis.is_nan());
        }
    }

    /// Standard errors against the spread of the estimates over many samples: exponential ones for
    /// the two that claim to hold for any distribution, normal ones for the other two.
    #[test]
    fn standard_errors_are_the_spread_over_samples() {
        let (repeats, n) = (3000, 400);
        let (mut means, mut sds, mut skews, mut kurts) = (vec![], vec![], vec![], vec![]);
        let (mut mean_error, mut sd_error) = (0.0, 0.0);
        let mut normal = Moments::new(&[]);
        for seed in 0..repeats {
            let mut rng = rng(seed);
            let sample: Vec<f64> = (0..n).map(|_| -(1.0 - rng.random::<f64>()).ln()).collect();
            let m = Moments::new(&sample);
            means.push(m.mean);
            sds.push(m.sd);
            mean_error += m.mean_error / repeats as f64;
            sd_error += m.sd_error / repeats as f64;
            normal = Moments::new(&normals(&mut rng, n));
            skews.push(normal.skewness);
            kurts.push(normal.kurtosis);
        }
        let spread = |estimates: &[f64]| Moments::new(estimates).sd;
        assert_close(mean_error, spread(&means), 0.04);
        // The formula is a large-sample one and a little small for so long a tail; the normal
        // theory's sd/√(2n) would be half of what it should be.
        assert_close(sd_error, spread(&sds), 0.08);
        assert_close(normal.skewness_error, spread(&skews), 0.05);
        assert_close(normal.kurtosis_error, spread(&kurts), 0.08);
    }
}
