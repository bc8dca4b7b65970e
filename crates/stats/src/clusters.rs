//! Standard errors of moments when values come in clusters.

use crate::Moments;

/// Bootstrap standard errors of the [`Moments`] of values that come in clusters: groups of values
/// that may depend on each other, while the groups are independent. The moments' own errors take
/// every value to be independent, and are too small where values of a cluster resemble each other.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ClusteredErrors {
    /// Of the mean, in the values' unit.
    pub mean: f64,
    /// Of the standard deviation (ddof 1), in the values' unit.
    pub sd: f64,
    /// Of the skewness, as [`Moments`] defines it.
    pub skewness: f64,
    /// Of the excess kurtosis, as [`Moments`] defines it.
    pub kurtosis: f64,
}

impl ClusteredErrors {
    /// Errors of the moments of `values`, `[clusters, cluster]`: each `cluster` values in
    /// succession are one cluster, such as several measurements of one thing.
    ///
    /// Whole clusters are resampled with replacement, `resamples` times; the error
    /// of a moment is its standard deviation (ddof 1) over the resamples. `random_index(n)` gives a
    /// uniform index below n; it is called in order, so the result is a function of it alone.
    ///
    /// NaN where fewer than two clusters or resamples, or constant values, leave it undefined.
    ///
    /// Source: C. A. Field and A. H. Welsh, "Bootstrapping clustered data", Journal of the Royal
    /// Statistical Society B 69 (2007) 369–390.
    ///
    /// # Panics
    ///
    /// If `cluster` is 0 or does not divide the number of values, or if `random_index` gives an
    /// index that is too large.
    pub fn new(
        values: &[f64],
        cluster: usize,
        resamples: usize,
        mut random_index: impl FnMut(usize) -> usize,
    ) -> Self {
        assert!(cluster > 0 && values.len().is_multiple_of(cluster), "whole clusters");
        let clusters = values.len() / cluster;
        if clusters < 2 || resamples < 2 {
            return Self { mean: f64::NAN, sd: f64::NAN, skewness: f64::NAN, kurtosis: f64::NAN };
        }
        // Power sums about the overall mean, so that nothing cancels when they are recombined.
        let centre = values.iter().sum::<f64>() / values.len() as f64;
        let sums: Vec<[f64; 4]> = values
            .chunks_exact(cluster)
            .map(|chunk| {
                chunk.iter().fold([0.0; 4], |[a, b, c, d], value| {
                    let x = value - centre;
                    let square = x * x;
                    [a + x, b + square, c + square * x, d + square * square]
                })
            })
            .collect();
        let n = values.len() as f64;
        let mut drawn: [Vec<f64>; 4] = Default::default();
        for _ in 0..resamples {
            let mut total = [0.0; 4];
            for _ in 0..clusters {
                let sum = &sums[random_index(clusters)];
                total.iter_mut().zip(sum).for_each(|(t, s)| *t += s);
            }
            let [a, b, c, d] = total.map(|t| t / n);
            let m2 = b - a * a;
            let m3 = c - 3.0 * a * b + 2.0 * a.powi(3);
            let m4 = d - 4.0 * a * c + 6.0 * a * a * b - 3.0 * a.powi(4);
            let sd = (m2 * n / (n - 1.0)).sqrt();
            let moments = [centre + a, sd, m3 / m2.powf(1.5), m4 / (m2 * m2) - 3.0];
            drawn.iter_mut().zip(moments).for_each(|(all, moment)| all.push(moment));
        }
        let [mean, sd, skewness, kurtosis] = drawn.map(|all| Moments::new(&all).sd);
        Self { mean, sd, skewness, kurtosis }
    }
}

#[cfg(test)]
mod tests {
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;

    /// Independent values are clusters of one: the closed forms of [`Moments`] hold.
    #[test]
    fn clusters_of_one_have_the_usual_errors() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        // A sum of twelve uniforms is as good as normal here (excess kurtosis −0.1).
        let values: Vec<f64> =
            (0..4000).map(|_| (0..12).map(|_| rng.random::<f64>()).sum()).collect();
        let moments = Moments::new(&values);
        let errors = ClusteredErrors::new(&values, 1, 1000, |n| rng.random_range(0..n));
        for (found, expected) in [
            (errors.mean, moments.mean_error),
            (errors.sd, moments.sd_error),
            (errors.skewness, moments.skewness_error),
            (errors.kurtosis, moments.kurtosis_error),
        ] {
            assert!((found / expected - 1.0).abs() < 0.12, "{found} is not {expected}");
        }
    }

    /// Copying every value c times adds nothing that is known: the errors stay as they were, while
    /// the usual formula would shrink them by √c.
    #[test]
    fn copies_do_not_count() {
        let mut rng = ChaCha8Rng::seed_from_u64(2);
        let values: Vec<f64> = (0..2000).map(|_| rng.random()).collect();
        let copied: Vec<f64> = values.iter().flat_map(|&v| [v; 9]).collect();
        let errors = ClusteredErrors::new(&copied, 9, 1000, |n| rng.random_range(0..n));
        let once = Moments::new(&values);
        assert!((errors.mean / once.mean_error - 1.0).abs() < 0.12);
        assert!((errors.sd / once.sd_error - 1.0).abs() < 0.12);
    }

    #[test]
    fn too_few_clusters_leave_it_undefined() {
        assert!(ClusteredErrors::new(&[1.0, 2.0], 2, 10, |_| 0).mean.is_nan());
        assert!(ClusteredErrors::new(&[1.0; 4], 2, 10, |_| 0).skewness.is_nan());
    }
}
