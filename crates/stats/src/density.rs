//! Kernel densities.

use std::f64::consts::TAU;

use crate::Ecdf;

/// Gaussian kernel density of a sample at the points of a grid: `[grid points]`, per unit of the
/// sample.
///
/// f(x) = Σᵢ exp(−½((x − xᵢ)/s)²) / (n s √(2π)) with s = `kernel_sd`, the kernel's standard
/// deviation in the units of the sample and not a multiple of the sample's own. See
/// [`weighted_density`] for speed and precision.
///
/// NaN at every point if the sample is empty or holds a NaN.
///
/// Source: B. W. Silverman, "Density Estimation for Statistics and Data Analysis" (1986), §2.4.
///
/// # Panics
///
/// If `kernel_sd` is not positive and finite.
pub fn density(sample: &[f64], kernel_sd: f64, grid: &[f64]) -> Vec<f64> {
    weighted_density(sample, &vec![1.0; sample.len()], kernel_sd, grid)
}

/// Gaussian kernel density of weighted values at the points of a grid: `[grid points]`, per unit of
/// the sample.
///
/// f(x) = Σᵢ wᵢ exp(−½((x − xᵢ)/s)²) / (W s √(2π)) with W = Σᵢ wᵢ: only ratios of weights matter.
/// The grid may be any points in any order.
///
/// The values are sorted once; each grid point then adds up those within a radius outside which
/// all the rest together is less than 10⁻¹⁷ of the result, however far out in a tail the point is.
/// The order of the sample does not change a bit of the result.
///
/// NaN at every point if the weights add up to 0 or a value is NaN.
///
/// # Panics
///
/// If `kernel_sd` is not positive and finite, the two slices differ in length, or a weight is
/// negative or not finite.
pub fn weighted_density(sample: &[f64], weights: &[f64], kernel_sd: f64, grid: &[f64]) -> Vec<f64> {
    assert!(kernel_sd > 0.0 && kernel_sd.is_finite(), "the kernel needs a positive sd");
    assert_eq!(sample.len(), weights.len(), "one weight per value");
    assert!(weights.iter().all(|w| *w >= 0.0 && w.is_finite()), "weights must be 0 or more");
    let mut terms: Vec<(f64, f64)> =
        sample.iter().copied().zip(weights.iter().copied()).filter(|term| term.1 > 0.0).collect();
    if terms.is_empty() || sample.iter().any(|x| x.is_nan()) {
        return vec![f64::NAN; grid.len()];
    }
    terms.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let total: f64 = terms.iter().map(|term| term.1).sum();
    let norm = total * kernel_sd * TAU.sqrt();
    grid.iter().map(|&x| kernel_sum(&terms, total, kernel_sd, x) / norm).collect()
}

/// Σ w exp(−½((x − v)/s)²) over the terms (v, w), which are in order of v.
fn kernel_sum(terms: &[(f64, f64)], total: f64, kernel_sd: f64, x: f64) -> f64 {
    if x.is_nan() {
        return f64::NAN;
    }
    let squared_distance = |v: f64| ((x - v) / kernel_sd).powi(2);
    // A neighbour at d kernel sds contributes w exp(−d²/2), and everything beyond r no more than
    // total · exp(−r²/2). The latter is below 10⁻¹⁷ of the former if
    // r² ≥ d² + 2 ln(total/w) + 2 ln 10¹⁷.
    let above = terms.partition_point(|term| term.0 < x);
    let nearest = terms[above.saturating_sub(1)..(above + 1).min(terms.len())]
        .iter()
        .map(|&(v, w)| squared_distance(v) + 2.0 * (total / w).ln())
        .fold(f64::INFINITY, f64::min);
    let radius = kernel_sd * (nearest + 2.0 * 1e17_f64.ln()).sqrt();
    let start = terms.partition_point(|term| term.0 < x - radius);
    let end = terms.partition_point(|term| term.0 <= x + radius);
    terms[start..end].iter().map(|&(v, w)| w * (-0.5 * squared_distance(v)).exp()).sum()
}

/// `n` evenly spaced points from `low` to `high`, both included: `[n]`. For n = 1 `low` alone, for
/// n = 0 none.
pub fn grid(low: f64, high: f64, n: usize) -> Vec<f64> {
    let step = |i: usize| (high - low) * (i as f64 / (n - 1) as f64);
    (0..n)
        .map(|i| {
            if i == 0 {
                low
            } else if i == n - 1 {
                high
            } else {
                low + step(i)
            }
        })
        .collect()
}

/// The range (low, high) to plot a sample over: from its `tail`-quantile less `padding` to its
/// (1 − `tail`)-quantile plus `padding`, which is in the sample's unit.
///
/// A `tail` of 0 shows everything, from the smallest value to the largest. For heavy tails, where
/// a few values would flatten the rest of the plot, 0.001 or so leaves them out. For a density, a
/// padding of three or four kernel standard deviations lets the curve come down to 0. Quantiles
/// are those of [`Ecdf::quantile`]. NaN if the sample is empty or holds a NaN, or if `tail` is not
/// within 0…1.
pub fn limits(sample: &[f64], tail: f64, padding: f64) -> (f64, f64) {
    let ecdf = Ecdf::new(sample);
    (ecdf.quantile(tail) - padding, ecdf.quantile(1.0 - tail) + padding)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_data::{X, assert_close, normals, rng};

    /// Every term, in the order of the sample.
    fn full_sum(sample: &[f64], weights: &[f64], kernel_sd: f64, x: f64) -> f64 {
        let kernel = |v: f64| (-0.5 * ((x - v) / kernel_sd).powi(2)).exp();
        let sum: f64 = sample.iter().zip(weights).map(|(&v, w)| w * kernel(v)).sum();
        sum / (weights.iter().sum::<f64>() * kernel_sd * TAU.sqrt())
    }

    #[test]
    fn densities_are_those_of_scipy() {
        let points = [-3.0, 0.5, 2.0, 11.0];
        // k = scipy.stats.gaussian_kde(X, bw_method=0.5 / X.std(ddof=1)); k([-3, 0.5, 2, 11])
        let plain = [
            2.264_006_929_916_193_4e-3,
            2.653_067_104_452_887_5e-1,
            9.853_995_705_411_864e-2,
            1.522_453_401_394_098_6e-12,
        ];
        for (got, expected) in density(&X, 0.5, &points).into_iter().zip(plain) {
            assert_close(got, expected, 1e-12);
        }
        // w = numpy.arange(1, 13.); scipy.stats.gaussian_kde(X, weights=w, bw_method=b) with b such
        // that its covariance is 0.25
        let weighted = [
            2.089_852_557_804_382_2e-3,
            2.932_718_589_903_514_5e-1,
            4.773_692_758_489_334e-2,
            2.810_683_202_573_721_3e-12,
        ];
        let weights: Vec<f64> = (1..13).map(f64::from).collect();
        for (got, expected) in
            weighted_density(&X, &weights, 0.5, &points).into_iter().zip(weighted)
        {
            assert_close(got, expected, 1e-12);
        }
    }

    #[test]
    fn truncation_loses_nothing_even_far_out_and_with_uneven_weights() {
        let mut rng = rng(3);
        let sample = normals(&mut rng, 5000);
        let even = vec![1.0; sample.len()];
        let uneven: Vec<f64> = normals(&mut rng, 5000).iter().map(|z| (8.0 * z).exp()).collect();
        for x in grid(-5.0, 5.0, 101) {
            let expected = full_sum(&sample, &even, 0.05, x);
            assert_close(density(&sample, 0.05, &[x])[0], expected, 1e-12);
            let expected = full_sum(&sample, &uneven, 0.05, x);
            assert_close(weighted_density(&sample, &uneven, 0.05, &[x])[0], expected, 1e-12);
        }
    }

    #[test]
    fn weights_are_counts_and_order_is_nothing() {
        let points = grid(-3.0, 9.0, 50);
        let whole = density(&X, 0.4, &points);
        let mut reversed = X;
        reversed.reverse();
        assert_eq!(whole, density(&reversed, 0.4, &points));
        // Tied values once each, weighted by their number, beside two of no weight.
        let distinct = [-1.7, -0.4, 0.3, 0.9, 1.1, 2.1, 3.3, 5.2, 7.5, 4.0, 8.0];
        let counts = [1.0, 2.0, 1.0, 3.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.0, 0.0];
        for (a, b) in weighted_density(&distinct, &counts, 0.4, &points).into_iter().zip(whole) {
            assert_close(a, b, 1e-13);
        }
    }

    #[test]
    fn grids_and_limits() {
        assert_eq!(grid(-1.0, 3.0, 5), [-1.0, 0.0, 1.0, 2.0, 3.0]);
        assert_eq!((grid(2.0, 3.0, 1), grid(2.0, 3.0, 0)), (vec![2.0], vec![]));
        assert_eq!(grid(0.1, 0.7, 512)[511], 0.7);
        assert_eq!(limits(&X, 0.0, 0.5), (-2.2, 8.0));
        let (low, high) = limits(&X, 0.1, 0.0);
        assert_close(low, -0.4, 1e-14);
        assert_close(high, 5.01, 1e-14);
        assert!(limits(&[], 0.0, 0.5).0.is_nan());
    }

    #[test]
    fn no_data_or_nan_gives_nan() {
        assert!(density(&[], 0.1, &[0.0, 1.0]).iter().all(|f| f.is_nan()));
        assert!(density(&[f64::NAN, 1.0], 0.1, &[0.0])[0].is_nan());
        assert!(weighted_density(&[1.0], &[0.0], 0.1, &[1.0])[0].is_nan());
        assert_eq!(density(&[1.0, f64::INFINITY], 0.1, &[99.0]), [0.0]);
    }
}
