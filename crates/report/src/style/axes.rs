//! What numbers have a place on an axis.

use std::ops::Range;

/// The points that have a place: a sample without spread has no normal fit.
pub(super) fn finite(points: impl IntoIterator<Item = (f64, f64)>) -> Vec<(f64, f64)> {
    points.into_iter().filter(|point| is_finite(*point)).collect()
}

pub(super) fn is_finite((x, y): (f64, f64)) -> bool {
    x.is_finite() && y.is_finite()
}

/// A range that ticks can be put on. Records may hold any numbers: ends are finite and far enough
/// from those of f64 to be computed with, and the range is longer than what its numbers resolve,
/// for the search for round ticks would never end in it.
pub(super) fn axis(range: &Range<f64>) -> Range<f64> {
    const MOST: f64 = 1e290;
    const RESOLVED: f64 = 1e-9;
    if range.start.is_nan() || range.end.is_nan() {
        return 0.0..1.0;
    }
    let [start, end] = [range.start, range.end].map(|end| end.clamp(-MOST, MOST));
    let size = start.abs().max(end.abs());
    if size < 1.0 / MOST {
        0.0..1.0
    } else if (end - start).abs() < RESOLVED * size {
        start - RESOLVED * size..end + RESOLVED * size
    } else {
        start..end
    }
}

/// A value on an axis, or far outside of it if it is farther still: canvas positions are whole
/// numbers of 32 bits, and dots along a line are drawn one by one.
pub(super) fn nearby(value: f64, axis: &Range<f64>) -> f64 {
    const FAR: f64 = 20.0;
    let (low, high) = (axis.start.min(axis.end), axis.start.max(axis.end));
    let reach = FAR * (high - low);
    value.clamp(low - reach, high + reach)
}

#[cfg(test)]
mod tests {
    use super::{axis, nearby};

    #[test]
    fn axes_are_finite_and_no_shorter_than_their_numbers_resolve() {
        let (nan, inf) = (f64::NAN, f64::INFINITY);
        let odd = [nan..1.0, -inf..inf, -1e308..1e308, 1e300..1e300, 1e16..1e16 + 2.0, 0.0..1e-320];
        for range in odd {
            let axis = axis(&range);
            let size = axis.start.abs().max(axis.end.abs());
            assert!(size < 1e300 && axis.end - axis.start >= 1e-9 * size, "{range:?}: {axis:?}");
            for value in [f64::MIN, -1.0, 0.0, 1e-320, f64::MAX] {
                let share = (nearby(value, &axis) - axis.start) / (axis.end - axis.start);
                assert!(share.abs() < 30.0, "{value} on {axis:?}");
            }
        }
        assert_eq!([axis(&(0.0..1.5)), axis(&(-0.5..3e-9))], [0.0..1.5, -0.5..3e-9]);
        assert_eq!(nearby(2.0, &(0.0..1.0)), 2.0, "a little outside stays where it is");
    }
}
