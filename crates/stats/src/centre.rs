//! Centring and scaling, shared by everything that is made of deviations from a mean.

/// The mean of a sample and the deviations from it.
///
/// Two passes: the deviations from a first mean are centred once more. So a large common offset
/// costs no precision, and the deviations of a constant sample are exactly 0. A value that is not
/// finite makes everything NaN; the mean of an empty sample is NaN.
pub(crate) fn centred(sample: &[f64]) -> (f64, Vec<f64>) {
    let Some(&first) = sample.first() else { return (f64::NAN, Vec::new()) };
    let n = sample.len() as f64;
    let rough = first + sample.iter().map(|x| x - first).sum::<f64>() / n;
    let correction = sample.iter().map(|x| x - rough).sum::<f64>() / n;
    (rough + correction, sample.iter().map(|x| (x - rough) - correction).collect())
}

/// The mean, the standard deviation with ddof 0, and the values as multiples of it from the mean.
///
/// The multiples are NaN for constant samples. Dividing by the largest deviation first keeps the
/// squares of very large and very small values in range.
pub(crate) fn standardised(sample: &[f64]) -> (f64, f64, Vec<f64>) {
    let (mean, mut values) = centred(sample);
    let n = sample.len() as f64;
    let scale = values.iter().fold(0.0, |largest: f64, d| largest.max(d.abs()));
    if scale == 0.0 && !mean.is_nan() {
        return (mean, 0.0, vec![f64::NAN; sample.len()]);
    }
    for value in &mut values {
        *value /= scale;
    }
    let sd = (values.iter().map(|t| t * t).sum::<f64>() / n).sqrt();
    for value in &mut values {
        *value /= sd;
    }
    (mean, scale * sd, values)
}

/// Arithmetic mean of an iterator of `n` terms, added up in the order given.
pub(crate) fn mean_of(terms: impl Iterator<Item = f64>, n: usize) -> f64 {
    terms.sum::<f64>() / n as f64
}

/// The sample in ascending order; empty if it holds a NaN, which has no place in an order.
pub(crate) fn sorted(sample: &[f64]) -> Vec<f64> {
    if sample.iter().any(|x| x.is_nan()) {
        return Vec::new();
    }
    let mut values = sample.to_vec();
    values.sort_unstable_by(f64::total_cmp);
    values
}
