//! Observations 8, 9 and 10: the covariance of ln(loss) along flip paths.

use hypercube::Mask;
use hypercube::walsh::{Spectrum, flip_covariance, reversal_correlation};
use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use super::moments::{CHUNK, LANES, Population};

/// Flip paths that the sampled asymmetry (9) is measured on, and whose size sets the second
/// threshold of 8. The write-up does not say how many it drew; a thousand puts two standard errors
/// of a correlation of 0 at 0.063.
pub const PATHS: usize = 1000;

/// Correlations below this count as gone.
const GONE: f64 = 0.05;

/// What follows from the Walsh spectrum of ln(loss).
pub struct Flips {
    /// Flips until the correlation is below 5 %.
    pub below_5_percent: Option<usize>,
    /// Flips until it is below two standard errors of a sample of [`PATHS`].
    pub below_two_errors: Option<usize>,
    pub reversal_correlation: f64,
    /// Numbers of paths by which a sample shows 5 or 6 flips: more than the first, and at most the
    /// second.
    pub paths: (Option<f64>, Option<f64>),
}

impl Flips {
    /// Of ln(loss) of all masks, `[2^N]`, with the memory that it was in.
    pub fn measure(log_losses: Vec<f64>) -> (Self, Vec<f64>) {
        let spectrum = Spectrum::new(log_losses);
        let weights = spectrum.level_weights();
        let covariance = flip_covariance(&weights);
        let below = |limit: f64| covariance.iter().position(|c| c / covariance[0] < limit);
        // Two standard errors, 2/√n, reach the correlation after d flips with n = (2/c)² paths.
        let paths = |flips: usize| {
            let correlation = covariance.get(flips)? / covariance[0];
            (correlation > 0.0).then(|| (2.0 / correlation).powi(2))
        };
        let flips = Self {
            paths: (paths(4), paths(6)),
            below_5_percent: below(GONE),
            below_two_errors: below(2.0 / (PATHS as f64).sqrt()),
            reversal_correlation: reversal_correlation(&weights),
        };
        (flips, spectrum.into_coefficients())
    }
}

/// Correlation over all masks of a function, whose mean and standard deviation are given, with itself at the
/// reversal.
pub fn correlation_with_reversal(values: &[f64], of: &Population) -> f64 {
    // A mask and its reversal lie as far from either end: the halves are all pairs.
    let (lower, upper) = values.split_at(values.len() / 2);
    let pairs = lower.par_chunks(CHUNK).zip(upper.par_rchunks(CHUNK));
    let products: Vec<f64> = pairs
        .map(|(lower, upper)| Arch::new().dispatch(Multiply { lower, upper, mean: of.mean }))
        .collect();
    2.0 * products.iter().sum::<f64>() / (values.len() as f64 * of.sd * of.sd)
}

/// Σ (a − mean)(b − mean), a from the first value of `lower` on and b from the last one of `upper` back, in
/// whatever vectors the machine has: every number is rounded alike in all of them.
struct Multiply<'a> {
    lower: &'a [f64],
    upper: &'a [f64],
    mean: f64,
}

impl WithSimd for Multiply<'_> {
    type Output = f64;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _simd: S) -> f64 {
        let Self { lower, upper, mean } = self;
        let (of_lower, few) = lower.as_chunks::<LANES>();
        let (others, of_upper) = upper.as_rchunks::<LANES>();
        let mut sums = [0.0; LANES];
        for (lower, upper) in of_lower.iter().zip(of_upper.iter().rev()) {
            for lane in 0..LANES {
                sums[lane] += (lower[lane] - mean) * (upper[LANES - 1 - lane] - mean);
            }
        }
        let mut sum = sums.iter().sum::<f64>();
        for (lower, upper) in few.iter().zip(others.iter().rev()) {
            sum += (lower - mean) * (upper - mean);
        }
        sum
    }
}

/// Observation 9: root mean square over d = 1…N − 1 of the difference between Cov(f₀, f_d) and
/// Cov(f_N, f_{N−d}) along sampled flip paths, over its standard error. The two are of the same
/// paths, so the error is that of the mean of the paths' own differences. None if f does not vary
/// or there is a single node.
pub fn asymmetry(log_losses: &[f64], n_nodes: usize, seed: u64) -> Option<f64> {
    let paths: Vec<Vec<f64>> = (0..PATHS as u64)
        .map(|k| {
            let path = Mask::flip_path(n_nodes, seed, k);
            let mask = |m: &Mask| m.bits().expect("a table has at most 64 nodes") as usize;
            path.iter().map(|m| log_losses[mask(m)]).collect()
        })
        .collect();
    let count = PATHS as f64;
    let mean_at = |d: usize| paths.iter().map(|path| path[d]).sum::<f64>() / count;
    let means: Vec<f64> = (0..=n_nodes).map(mean_at).collect();
    let square = |d: usize| {
        let differences = paths.iter().map(|path| {
            let at = |k: usize| path[k] - means[k];
            at(0) * at(d) - at(n_nodes) * at(n_nodes - d)
        });
        let (sum, squares) = differences.fold((0.0, 0.0), |(s, q), x| (s + x, q + x * x));
        let mean = sum / count;
        mean * mean / ((squares / count - mean * mean) / (count - 1.0))
    };
    let mean = (1..n_nodes).map(square).sum::<f64>() / (n_nodes as f64 - 1.0);
    mean.is_finite().then(|| mean.sqrt())
}

#[cfg(test)]
mod tests {
    use super::super::moments::PowerSums;
    use super::*;

    fn wavy(n: usize) -> Vec<f64> {
        (0..1u32 << n).map(|m| (f64::from(m) * 0.37).sin() - f64::from(m.count_ones())).collect()
    }

    #[test]
    fn reversal_correlation_is_that_of_the_spectrum() {
        for n in [2, 9, 14] {
            let values = wavy(n);
            let population = PowerSums::from_values(&values, 0.0).at(0.5);
            let correlation = correlation_with_reversal(&values, &population);
            let (flips, _) = Flips::measure(values);
            assert!((correlation - flips.reversal_correlation).abs() < 1e-12);
        }
    }

    /// A sum over nodes decays linearly: its correlation after d flips is 1 − 2d/N.
    #[test]
    fn flips_of_a_sum_over_nodes() {
        let values: Vec<f64> = (0..1u32 << 10).map(|m| f64::from(m.count_ones())).collect();
        let (flips, _) = Flips::measure(values.clone());
        assert_eq!((flips.below_5_percent, flips.below_two_errors), (Some(5), Some(5)));
        assert!((flips.reversal_correlation + 1.0).abs() < 1e-12);
        // A product over pairs never has a correlation below 0 at the reversal.
        let parity: Vec<f64> = (0..16u32).map(|m| f64::from(m.count_ones() % 2)).collect();
        assert_eq!(Flips::measure(parity).0.below_5_percent, Some(1));
        assert_eq!(Flips::measure(vec![1.0; 16]).0.below_5_percent, None);
    }

    #[test]
    fn sampled_asymmetry_is_of_the_order_of_its_error() {
        let values = wavy(10);
        let mean = (0..40).map(|seed| asymmetry(&values, 10, seed).unwrap().powi(2)).sum::<f64>();
        let mean = mean / 40.0;
        // The squares of nine correlated terms with mean 1, over 40 seeds.
        assert!((0.6..1.6).contains(&mean), "{mean}");
        assert_eq!(asymmetry(&[1.0; 16], 4, 1), None);
    }
}
