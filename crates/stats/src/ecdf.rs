//! Empirical distribution functions.

use crate::centre::sorted;

/// The empirical distribution function of a sample: its values, in order.
///
/// A sample that holds a NaN has no order and counts as empty; everything asked of an empty one is
/// NaN.
#[derive(Clone, Debug, PartialEq)]
pub struct Ecdf {
    sorted: Vec<f64>,
}

impl Ecdf {
    /// Sorts a copy of a sample.
    pub fn new(sample: &[f64]) -> Self {
        Self { sorted: sorted(sample) }
    }

    /// Share of the values that are ≤ `x`, 0…1. NaN if there are no values or `x` is NaN.
    pub fn fraction_at(&self, x: f64) -> f64 {
        if self.sorted.is_empty() || x.is_nan() {
            return f64::NAN;
        }
        self.sorted.partition_point(|&v| v <= x) as f64 / self.sorted.len() as f64
    }

    /// The `q`-quantile, 0 ≤ q ≤ 1: linear interpolation between the order statistics on either
    /// side of position (n − 1)q, counted from 0. NaN for any other `q`, and if there are no
    /// values.
    ///
    /// Definition 7 of R. J. Hyndman and Y. Fan, "Sample quantiles in statistical packages", The
    /// American Statistician 50 (1996) 361–365; the default of NumPy and R.
    pub fn quantile(&self, q: f64) -> f64 {
        if self.sorted.is_empty() || !(0.0..=1.0).contains(&q) {
            return f64::NAN;
        }
        let last = self.sorted.len() - 1;
        let position = last as f64 * q;
        let below = position.floor() as usize;
        let (low, high) = (self.sorted[below], self.sorted[(below + 1).min(last)]);
        let part = position - below as f64;
        // The difference of two equal infinities would be NaN.
        if part == 0.0 || low == high { low } else { low + part * (high - low) }
    }

    /// At most `n` points (x, share of the values ≤ x) of the function for plotting, x ascending
    /// and distinct.
    ///
    /// Evenly spaced in rank, with the smallest and the largest value among them (for n = 1, the
    /// largest alone). With `n` at least the size of the sample, every distinct value is there.
    pub fn points(&self, n: usize) -> Vec<(f64, f64)> {
        let n = n.min(self.sorted.len());
        let last = self.sorted.len().saturating_sub(1);
        let mut points: Vec<(f64, f64)> = (0..n)
            .map(|i| self.sorted[if n == 1 { last } else { i * last / (n - 1) }])
            .map(|x| (x, self.fraction_at(x)))
            .collect();
        points.dedup_by(|a, b| a.0 == b.0);
        points
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_data::{X, assert_close};

    #[test]
    fn quantiles_are_those_of_numpy() {
        let ecdf = Ecdf::new(&X);
        // numpy.quantile(X, [0, .1, .25, .5, .9, 1])
        let expected =
            [(0.0, -1.7), (0.1, -0.4), (0.25, 0.125), (0.5, 0.9), (0.9, 5.01), (1.0, 7.5)];
        for (q, value) in expected {
            assert_close(ecdf.quantile(q), value, 1e-14);
        }
        assert!(ecdf.quantile(-0.1).is_nan() && ecdf.quantile(1.1).is_nan());
    }

    #[test]
    fn fractions_are_those_of_scipy() {
        let ecdf = Ecdf::new(&X);
        // scipy.stats.ecdf(X).cdf.evaluate([-2, -1.7, 0.9, 1.0, 7.5, 8])
        let expected = [(-2.0, 0), (-1.7, 1), (0.9, 7), (1.0, 7), (7.5, 12), (8.0, 12)];
        for (x, twelfths) in expected {
            assert_eq!(ecdf.fraction_at(x), f64::from(twelfths) / 12.0);
        }
    }

    #[test]
    fn points_span_the_sample_and_lie_on_the_function() {
        let ecdf = Ecdf::new(&X);
        let all = ecdf.points(100);
        let xs: Vec<f64> = all.iter().map(|p| p.0).collect();
        assert_eq!(xs, [-1.7, -0.4, 0.3, 0.9, 1.1, 2.1, 3.3, 5.2, 7.5]);
        for n in 1..=12 {
            let thinned = ecdf.points(n);
            assert!(thinned.len() <= n && thinned.iter().all(|p| all.contains(p)), "{n}");
            assert_eq!(thinned.last(), all.last());
            assert!(n == 1 || thinned.first() == all.first());
        }
        assert!(ecdf.points(0).is_empty());
        let many: Vec<f64> = (0..10_001).map(f64::from).collect();
        let thinned = Ecdf::new(&many).points(5);
        assert_eq!(
            thinned.iter().map(|p| p.0).collect::<Vec<_>>(),
            [0.0, 2500.0, 5000.0, 7500.0, 10_000.0]
        );
        assert_eq!(thinned[2].1, 5001.0 / 10_001.0);
    }

    #[test]
    fn empty_samples_and_nan_give_nan() {
        for sample in [&[][..], &[1.0, f64::NAN]] {
            let ecdf = Ecdf::new(sample);
            assert!(ecdf.fraction_at(1.0).is_nan() && ecdf.quantile(0.5).is_nan());
            assert!(ecdf.points(4).is_empty());
        }
        assert_eq!(Ecdf::new(&[3.0]).quantile(0.3), 3.0);
        assert_eq!(Ecdf::new(&[f64::INFINITY; 2]).quantile(0.3), f64::INFINITY);
    }
}
