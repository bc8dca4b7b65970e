//! Ranks and rank correlations.

use std::cmp::Ordering;

use crate::correlation;

/// By value, with −0 equal to 0; callers have turned NaN away.
fn by_value(a: f64, b: f64) -> Ordering {
    a.partial_cmp(&b).unwrap_or(Ordering::Equal)
}

/// The ranks of a sample's values, `[n]`, from 1 for the smallest; tied values share the mean of
/// theirs.
///
/// All NaN if the sample holds a NaN.
pub fn ranks(sample: &[f64]) -> Vec<f64> {
    let mut ranks = vec![f64::NAN; sample.len()];
    if sample.iter().any(|x| x.is_nan()) {
        return ranks;
    }
    let mut order: Vec<usize> = (0..sample.len()).collect();
    order.sort_unstable_by(|&i, &j| by_value(sample[i], sample[j]));
    let mut below = 0;
    for tied in order.chunk_by(|&i, &j| sample[i] == sample[j]) {
        let rank = below as f64 + (tied.len() as f64 + 1.0) / 2.0;
        for &i in tied {
            ranks[i] = rank;
        }
        below += tied.len();
    }
    ranks
}

/// Spearman's rank correlation, within −1…1: Pearson's [`correlation()`] of the [`ranks()`], which
/// takes ties into account.
///
/// NaN if a sample is constant, has fewer than two values or holds a NaN.
///
/// # Panics
///
/// If the samples differ in length.
pub fn spearman(x: &[f64], y: &[f64]) -> f64 {
    correlation(&ranks(x), &ranks(y))
}

/// Kendall's rank correlation τ_b = (C − D)/√((n₀ − n₁)(n₀ − n₂)), within −1…1.
///
/// C and D count the pairs of observations on whose order x and y agree and disagree, n₀ =
/// n(n − 1)/2 all pairs, n₁ and n₂ those tied in x and in y. Without ties it is τ_a. Takes
/// O(n log n) time by counting the exchanges of a merge sort.
///
/// NaN if a sample is constant, has fewer than two values or holds a NaN.
///
/// Sources: M. G. Kendall, "The treatment of ties in ranking problems", Biometrika 33 (1945)
/// 239–251; W. R. Knight, "A computer method for calculating Kendall's tau with ungrouped data",
/// Journal of the American Statistical Association 61 (1966) 436–439.
///
/// # Panics
///
/// If the samples differ in length.
pub fn kendall_tau_b(x: &[f64], y: &[f64]) -> f64 {
    assert_eq!(x.len(), y.len(), "paired samples");
    if x.iter().chain(y).any(|value| value.is_nan()) {
        return f64::NAN;
    }
    let mut pairs: Vec<(f64, f64)> = x.iter().copied().zip(y.iter().copied()).collect();
    pairs.sort_unstable_by(|a, b| by_value(a.0, b.0).then(by_value(a.1, b.1)));
    let tied_in_x = tied_pairs(&pairs, |a, b| a.0 == b.0);
    let tied_in_both = tied_pairs(&pairs, |a, b| a == b);
    // With ties in x in order of y, an exchange is a pair in which x and y disagree.
    let mut by_y: Vec<f64> = pairs.iter().map(|pair| pair.1).collect();
    let disagreeing = sort_counting(&mut by_y, &mut vec![0.0; pairs.len()]);
    let tied_in_y = tied_pairs(&by_y, |a, b| a == b);

    let all = all_pairs(x.len());
    let untied = (all + tied_in_both - tied_in_x - tied_in_y) as f64;
    // One root of the product: it makes τ of a sample with itself exactly 1.
    let norm = ((all - tied_in_x) as f64 * (all - tied_in_y) as f64).sqrt();
    (untied - 2.0 * disagreeing as f64) / norm
}

fn all_pairs(n: usize) -> u64 {
    n as u64 * (n as u64).saturating_sub(1) / 2
}

/// Number of pairs that are the same, in a list where the same are next to each other.
fn tied_pairs<T>(sorted: &[T], same: impl Fn(&T, &T) -> bool) -> u64 {
    sorted.chunk_by(same).map(|tied| all_pairs(tied.len())).sum()
}

/// Sorts `values`, and counts the pairs that were in strictly descending order.
fn sort_counting(values: &mut [f64], scratch: &mut [f64]) -> u64 {
    let n = values.len();
    if n < 2 {
        return 0;
    }
    let middle = n / 2;
    let mut count = sort_counting(&mut values[..middle], &mut scratch[..middle])
        + sort_counting(&mut values[middle..], &mut scratch[middle..]);
    let (mut left, mut right) = (0, middle);
    for slot in scratch.iter_mut() {
        if right == n || (left < middle && values[left] <= values[right]) {
            *slot = values[left];
            left += 1;
        } else {
            *slot = values[right];
            right += 1;
            // It passes everything left of the middle that is still waiting.
            count += (middle - left) as u64;
        }
    }
    values.copy_from_slice(scratch);
    count
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_data::{X, Y, assert_close, rng};
    use rand::RngExt;

    #[test]
    fn rank_correlations_are_those_of_scipy() {
        // scipy.stats.rankdata(X)
        assert_eq!(ranks(&X), [9.0, 2.5, 10.0, 6.0, 6.0, 1.0, 11.0, 4.0, 8.0, 2.5, 6.0, 12.0]);
        // scipy.stats.spearmanr(X, Y).statistic; scipy.stats.kendalltau(X, Y).statistic
        assert_close(spearman(&X, &Y), 0.830_660_856_221_091_1, 1e-14);
        assert_close(kendall_tau_b(&X, &Y), 0.666_688_700_499_623_3, 1e-14);
    }

    /// Kendall's τ_b pair by pair.
    fn slow_tau(x: &[f64], y: &[f64]) -> f64 {
        let sign = |d: f64| f64::from(i8::from(d > 0.0) - i8::from(d < 0.0));
        let (mut both, mut in_x, mut in_y) = (0.0, 0.0, 0.0);
        for i in 0..x.len() {
            for j in 0..i {
                let (a, b) = (sign(x[i] - x[j]), sign(y[i] - y[j]));
                both += a * b;
                in_x += a * a;
                in_y += b * b;
            }
        }
        both / (in_x * in_y).sqrt()
    }

    #[test]
    fn tau_is_the_sum_over_pairs() {
        let mut rng = rng(5);
        for n in 2..80 {
            // From heavily tied to hardly tied.
            for levels in [3, 10, 1_000_000] {
                let x: Vec<f64> = (0..n).map(|_| f64::from(rng.random_range(0..levels))).collect();
                let y: Vec<f64> =
                    x.iter().map(|x| x + f64::from(rng.random_range(-levels..=levels))).collect();
                let (fast, slow) = (kendall_tau_b(&x, &y), slow_tau(&x, &y));
                assert!((fast - slow).abs() < 1e-14 || slow.is_nan() && fast.is_nan());
            }
        }
    }

    #[test]
    fn order_is_all_that_counts() {
        let cubes = X.map(|x| -x * x * x);
        assert_eq!((kendall_tau_b(&X, &cubes), kendall_tau_b(&X, &X)), (-1.0, 1.0));
        assert_close(spearman(&X, &cubes), -1.0, 1e-15);
        assert_eq!(ranks(&[0.0, -0.0, 1.0]), [1.5, 1.5, 3.0]);
    }

    #[test]
    fn degenerate_samples_give_nan() {
        for measure in [spearman, kendall_tau_b] {
            assert!(measure(&[], &[]).is_nan() && measure(&[1.0], &[1.0]).is_nan());
            assert!(measure(&X, &[2.0; 12]).is_nan());
            assert!(measure(&[1.0, f64::NAN, 3.0], &[1.0, 2.0, 3.0]).is_nan());
        }
    }
}
