//! Peaks of a curve.

/// A local maximum of a curve.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Peak {
    /// Its index in the curve; the first one of a flat top.
    pub at: usize,
    /// The curve's height there.
    pub height: f64,
    /// How far the peak stands out: on either side take the lowest value between the peak and the
    /// next value that is higher, or 0 if none is higher up to the curve's end; the prominence is
    /// the height less the larger of the two.
    pub prominence: f64,
}

/// Local maxima of a curve of values 0 or more, in order of their index: values above 0 that are
/// higher than those on either side. A flat top counts once, and the curve's ends can be peaks. A
/// NaN is no peak, and a value next to it is none either.
pub fn peaks(curve: &[f64]) -> Vec<Peak> {
    let mut peaks = Vec::new();
    let mut at = 0;
    while at < curve.len() {
        let height = curve[at];
        let end = at + curve[at..].iter().take_while(|&&v| v == height).count().max(1);
        let rises = height > 0.0 && (at == 0 || curve[at - 1] < height);
        if rises && curve.get(end).is_none_or(|&next| next < height) {
            let left = lowest_on_the_way(curve[..at].iter().rev(), height);
            let right = lowest_on_the_way(curve[end..].iter(), height);
            peaks.push(Peak { at, height, prominence: height - left.max(right) });
        }
        at = end;
    }
    peaks
}

/// The lowest value before one above `height`; 0 if there is no such value.
fn lowest_on_the_way<'a>(values: impl Iterator<Item = &'a f64>, height: f64) -> f64 {
    let mut lowest = height;
    for &value in values {
        if value > height {
            return lowest;
        }
        lowest = lowest.min(value);
    }
    0.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(curve: &[f64]) -> Vec<(usize, f64, f64)> {
        peaks(curve).iter().map(|p| (p.at, p.height, p.prominence)).collect()
    }

    /// scipy.signal.find_peaks and peak_prominences of [0, 1, 3, 2, 5, 1, 4, 4, 2, 0]: peaks at 2,
    /// 4 and 6, prominences 1, 5 and 3.
    #[test]
    fn peaks_and_prominences_are_those_of_scipy() {
        let curve = [0.0, 1.0, 3.0, 2.0, 5.0, 1.0, 4.0, 4.0, 2.0, 0.0];
        assert_eq!(found(&curve), [(2, 3.0, 1.0), (4, 5.0, 5.0), (6, 4.0, 3.0)]);
    }

    #[test]
    fn ends_plateaus_and_nothing() {
        assert_eq!(found(&[2.0, 1.0, 3.0]), [(0, 2.0, 1.0), (2, 3.0, 3.0)]);
        assert_eq!(found(&[1.0, 1.0]), [(0, 1.0, 1.0)]);
        assert_eq!(found(&[0.0; 4]), []);
        assert_eq!(found(&[]), []);
        // Two equal summits: each is as prominent as the other.
        assert_eq!(found(&[0.0, 2.0, 1.0, 2.0, 0.0]), [(1, 2.0, 2.0), (3, 2.0, 2.0)]);
        // A step on the way up is no peak.
        assert_eq!(found(&[0.0, 1.0, 1.0, 2.0]), [(3, 2.0, 2.0)]);
        assert_eq!(found(&[f64::NAN, 1.0, 0.5]), []);
    }
}
