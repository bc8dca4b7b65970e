//! Intervals at a level of 95 %.

use crate::Ecdf;

/// The 0.975-quantile of the standard normal distribution.
const Z_95: f64 = 1.959_963_984_540_054;

/// The 95 % interval (low, high) of an estimate whose error is normal: estimate ± 1.96 standard
/// errors. NaN if either is.
pub fn normal_interval(estimate: f64, standard_error: f64) -> (f64, f64) {
    (estimate - Z_95 * standard_error, estimate + Z_95 * standard_error)
}

/// The 95 % interval (low, high) of a share, of which `count` of `n` were counted: with p = count/n
/// and z = 1.96, (p + z²/2n ± z √(p (1 − p)/n + z²/4n²)) / (1 + z²/n). NaN if `n` is 0.
///
/// Source: E. B. Wilson, "Probable inference, the law of succession, and statistical inference",
/// J. Am. Stat. Assoc. 22 (1927) 209–212.
///
/// ```
/// let (low, high) = stats::wilson_interval(8, 10);
/// assert!((low - 0.4902).abs() < 1e-4 && (high - 0.9433).abs() < 1e-4);
/// ```
pub fn wilson_interval(count: usize, n: usize) -> (f64, f64) {
    let (share, n) = (count as f64 / n as f64, n as f64);
    let z2 = Z_95 * Z_95;
    let centre = share + z2 / (2.0 * n);
    let half = Z_95 * (share * (1.0 - share) / n + z2 / (4.0 * n * n)).sqrt();
    // Rounding must not carry an end beyond 0 or 1.
    let end = |x: f64| if x.is_nan() { x } else { (x / (1.0 + z2 / n)).clamp(0.0, 1.0) };
    (end(centre - half), end(centre + half))
}

/// The 95 % percentile bootstrap interval (low, high) of a statistic of `n` observations.
///
/// Draws `n` of the indices 0…n − 1 with replacement, `resamples` times, and returns the 0.025- and
/// the 0.975-quantile ([`Ecdf::quantile`]) of `statistic` over them; `statistic` is given the `[n]`
/// indices of a resample. A few thousand resamples are usual. `random_index(n)` must return a
/// uniform index below `n`; it is called in order, so the result is a function of it alone. For
/// paired data, look up both halves of a pair with the same index.
///
/// NaN if `n` or `resamples` is 0 or the statistic of any resample is NaN.
///
/// Source: B. Efron and R. J. Tibshirani, "An Introduction to the Bootstrap" (1993), ch. 13.
pub fn bootstrap(
    n: usize,
    resamples: usize,
    mut random_index: impl FnMut(usize) -> usize,
    statistic: impl Fn(&[usize]) -> f64,
) -> (f64, f64) {
    if n == 0 {
        return (f64::NAN, f64::NAN);
    }
    let mut indices = vec![0; n];
    let values: Vec<f64> = (0..resamples)
        .map(|_| {
            for index in &mut indices {
                *index = random_index(n);
            }
            statistic(&indices)
        })
        .collect();
    let ecdf = Ecdf::new(&values);
    (ecdf.quantile(0.025), ecdf.quantile(0.975))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_data::{assert_close, rng};
    use crate::{Moments, Normal};
    use rand::RngExt;

    /// The ends are the shares p at which the count is 1.96 standard deviations √(p (1 − p)/n) off.
    #[test]
    fn the_ends_of_wilsons_interval_solve_its_equation() {
        for (count, n) in [(0, 20), (3, 20), (19, 20), (20, 20), (874, 1000)] {
            let (low, high) = wilson_interval(count, n);
            let share = count as f64 / n as f64;
            assert!((0.0..=1.0).contains(&low) && low <= share && share <= high && high <= 1.0);
            for end in [low, high].into_iter().filter(|end| *end > 0.0 && *end < 1.0) {
                let sd = (end * (1.0 - end) / n as f64).sqrt();
                assert!(((share - end).abs() / sd - Z_95).abs() < 1e-9, "{count} of {n}: {end}");
            }
        }
        assert!(wilson_interval(0, 0).0.is_nan());
    }

    #[test]
    fn normal_intervals_hold_95_percent() {
        let (low, high) = normal_interval(3.0, 2.0);
        let normal = Normal { mean: 3.0, sd: 2.0 };
        assert_close(normal.cdf(low), 0.025, 1e-13);
        assert_close(normal.cdf(high), 0.975, 1e-13);
    }

    /// The sum of n draws from {0, 1} by the bootstrap of half ones is binomial(n, ½), whose
    /// quantiles are known: for n = 100, 40 and 60.
    #[test]
    fn bootstrap_of_a_proportion_is_binomial() {
        let mut rng = rng(1);
        let interval = bootstrap(
            100,
            20_000,
            |n| rng.random_range(0..n),
            |indices| indices.iter().filter(|&&i| i < 50).count() as f64,
        );
        // scipy.stats.binom(100, 0.5).ppf([0.025, 0.975])
        assert_eq!(interval, (40.0, 60.0));
    }

    #[test]
    fn bootstrap_of_a_mean_covers_it() {
        let (repeats, n) = (1000, 80);
        let covered = (0..repeats).filter(|&seed| {
            let mut rng = rng(seed);
            let sample: Vec<f64> = (0..n).map(|_| rng.random::<f64>()).collect();
            let mean = |indices: &[usize]| {
                indices.iter().map(|&i| sample[i]).sum::<f64>() / indices.len() as f64
            };
            let (low, high) = bootstrap(n, 500, |n| rng.random_range(0..n), mean);
            low <= 0.5 && 0.5 <= high
        });
        let share = covered.count() as f64 / repeats as f64;
        assert!((0.925..=0.97).contains(&share), "{share}");
    }

    #[test]
    fn nothing_to_resample_gives_nan() {
        assert!(bootstrap(0, 10, |_| 0, |_| 1.0).0.is_nan());
        assert!(bootstrap(5, 0, |_| 0, |_| 1.0).1.is_nan());
        assert!(bootstrap(5, 3, |_| 0, |_| Moments::new(&[]).mean).0.is_nan());
    }
}
