//! Covariances.

use crate::centre::{centred, mean_of};

/// The covariance of two paired samples, with its standard error.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Covariance {
    /// Number of pairs.
    pub n: usize,
    /// Σ(xᵢ − x̄)(yᵢ − ȳ)/(n − 1), the unbiased estimator (ddof 1), in x's unit times y's. NaN if
    /// n < 2.
    pub covariance: f64,
    /// Standard error of the covariance: the standard deviation (ddof 1) of the products
    /// (xᵢ − x̄)(yᵢ − ȳ), divided by √n. NaN if n < 2.
    ///
    /// A large-sample formula that needs finite fourth moments and no normal distribution: the
    /// covariance is a mean of those products, up to terms of order 1/n. It takes pairs to be
    /// independent of each other.
    pub standard_error: f64,
}

impl Covariance {
    /// Measures two paired samples. A value that is not finite makes the result NaN.
    ///
    /// # Panics
    ///
    /// If the samples differ in length.
    pub fn new(x: &[f64], y: &[f64]) -> Self {
        assert_eq!(x.len(), y.len(), "paired samples");
        let n = x.len();
        let products: Vec<f64> =
            centred(x).1.iter().zip(centred(y).1).map(|(a, b)| a * b).collect();
        let (mean, residuals) = centred(&products);
        let spread = mean_of(residuals.iter().map(|r| r * r), n).sqrt();
        if n < 2 {
            return Self { n, covariance: f64::NAN, standard_error: f64::NAN };
        }
        let rest = (n - 1) as f64;
        // spread·√(n/(n − 1)) is the ddof 1 standard deviation.
        Self { n, covariance: mean * n as f64 / rest, standard_error: spread / rest.sqrt() }
    }
}

/// The covariance matrix (ddof 1) of the columns of a table, row-major `[columns, columns]`.
///
/// `table` is row-major, `[n, columns]`: one observation per row. Entry (i, j) is the
/// [`Covariance::covariance`] of columns i and j, so variances stand on the diagonal. The result is
/// symmetric to the bit. Every entry is NaN if there are fewer than two rows; a value that is not
/// finite makes the entries of its column NaN.
///
/// # Panics
///
/// If `columns` is 0 or the table does not consist of whole rows.
pub fn covariance_matrix(table: &[f64], columns: usize) -> Vec<f64> {
    assert!(columns > 0, "at least one column");
    assert!(table.len().is_multiple_of(columns), "whole rows");
    let n = table.len() / columns;
    if n < 2 {
        return vec![f64::NAN; columns * columns];
    }
    let deviations: Vec<Vec<f64>> = (0..columns)
        .map(|c| centred(&table.iter().skip(c).step_by(columns).copied().collect::<Vec<_>>()).1)
        .collect();
    let mut matrix = vec![0.0; columns * columns];
    for (i, a) in deviations.iter().enumerate() {
        for (j, b) in deviations.iter().enumerate().skip(i) {
            let sum: f64 = a.iter().zip(b).map(|(x, y)| x * y).sum();
            matrix[i * columns + j] = sum / (n - 1) as f64;
            matrix[j * columns + i] = matrix[i * columns + j];
        }
    }
    matrix
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::normal_interval;
    use crate::test_data::{X, Y, assert_close, normals, rng};

    #[test]
    fn covariance_is_that_of_numpy() {
        let c = Covariance::new(&X, &Y);
        // numpy.cov(X, Y)[0, 1]
        assert_close(c.covariance, 2.857_424_242_424_243, 1e-14);
        // a = (X - X.mean()) * (Y - Y.mean()); a.std(ddof=1) / numpy.sqrt(12)
        assert_close(c.standard_error, 0.991_983_987_795_493, 1e-13);
    }

    #[test]
    fn matrix_is_that_of_numpy() {
        let table: Vec<f64> = X.iter().zip(Y).flat_map(|(&x, y)| [x, y, x * y / 3.0]).collect();
        // numpy.cov(numpy.stack([X, Y, X * Y / 3]))
        #[rustfmt::skip]
        let expected = [
            6.653_560_606_060_608, 2.857_424_242_424_243, 4.530_093_434_343_434,
            2.857_424_242_424_243, 2.497_878_787_878_788, 1.905_782_828_282_828_2,
            4.530_093_434_343_434, 1.905_782_828_282_828_2, 3.687_419_107_744_108,
        ];
        for (got, expected) in covariance_matrix(&table, 3).into_iter().zip(expected) {
            assert_close(got, expected, 1e-14);
        }
    }

    /// x = z₁² and y = z₁² + z₂ have covariance 2 and are far from normal.
    #[test]
    fn intervals_cover_the_covariance_of_dependent_skewed_data() {
        let (repeats, n) = (2000, 1000);
        let covered = (0..repeats).filter(|&seed| {
            let mut rng = rng(seed);
            let x: Vec<f64> = normals(&mut rng, n).iter().map(|z| z * z).collect();
            let y: Vec<f64> = normals(&mut rng, n).iter().zip(&x).map(|(z, x)| x + z).collect();
            let c = Covariance::new(&x, &y);
            let (low, high) = normal_interval(c.covariance, c.standard_error);
            low <= 2.0 && 2.0 <= high
        });
        // A covariance of skewed data is itself skewed, so slightly fewer than 95 % are expected.
        let share = covered.count() as f64 / repeats as f64;
        assert!((0.91..=0.96).contains(&share), "{share}");
    }

    #[test]
    fn offsets_cost_no_precision_and_too_few_pairs_give_nan() {
        let far = Covariance::new(&[1e9 + 1.0, 1e9 + 2.0, 1e9 + 4.0], &[3.0, 1.0, 0.0]);
        assert_close(far.covariance, -13.0 / 6.0, 1e-14);
        let matrix = covariance_matrix(&[1e9 + 1.0, 3.0, 1e9 + 2.0, 1.0, 1e9 + 4.0, 0.0], 2);
        assert_close(matrix[2], -13.0 / 6.0, 1e-14);
        assert_eq!(Covariance::new(&[0.1; 4], &[1.0, 2.0, 3.0, 4.0]).covariance, 0.0);
        for n in 0..2 {
            let c = Covariance::new(&X[..n], &Y[..n]);
            assert!(c.n == n && c.covariance.is_nan() && c.standard_error.is_nan());
            assert!(covariance_matrix(&X[..2 * n], 2).iter().all(|c| c.is_nan()));
        }
        let matrix = covariance_matrix(&[1.0, f64::NAN, 2.0, 3.0], 2);
        assert!(matrix[0] == 0.5 && matrix[1].is_nan() && matrix[3].is_nan());
    }
}
