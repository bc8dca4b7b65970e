//! Numbers as the page writes them.

use crate::style::{LONG, NOTHING, count, decimals as with_decimals, number};

/// A number with so many decimals and a proper minus sign; a dash if it is none.
pub(crate) fn fixed(value: f64, decimals: usize) -> String {
    if !value.is_finite() || value.abs() >= LONG {
        return number(value);
    }
    let text = with_decimals(value, decimals);
    let is_zero = text.bytes().all(|byte| matches!(byte, b'-' | b'0' | b'.'));
    if is_zero { text.trim_start_matches('-').to_owned() } else { text.replace('-', "−") }
}

/// A number with three significant digits, fewer where the last ones are 0.
pub(crate) fn short(value: f64) -> String {
    let size = value.abs();
    if size >= LONG {
        return number(value);
    }
    if size > 0.0 && size < 1e-6 {
        return format!("{value:.1e}").replace('-', "−");
    }
    let decimals = (2.0 - size.max(1e-9).log10().floor()).clamp(0.0, 8.0) as usize;
    let text = fixed(value, decimals);
    let trimmed = text.trim_end_matches('0').trim_end_matches('.');
    if text.contains('.') { trimmed.to_owned() } else { text }
}

/// [`short`], or a dash where there is no number.
pub(crate) fn optional(value: Option<f64>) -> String {
    value.map_or_else(|| NOTHING.to_owned(), short)
}

/// An estimate with its standard error, to as many digits as that error leaves.
pub(crate) fn estimate(value: f64, error: f64) -> String {
    if !error.is_finite() || error <= 0.0 {
        return fixed(value, 4);
    }
    let decimals = (1.0 - error.log10().floor()).clamp(0.0, 9.0) as usize;
    format!("{} ± {}", fixed(value, decimals), fixed(error, decimals))
}

/// A share as per cent.
pub(crate) fn percent(share: f64) -> String {
    format!("{}\u{a0}%", fixed(100.0 * share, 1))
}

/// A count and what is counted, such as `1 node` or `1,000 nodes`.
pub(crate) fn counted(number: usize, one: &str) -> String {
    format!("{} {one}{}", count(number), if number == 1 { "" } else { "s" })
}

/// Several things in one sentence: `a, b and c`.
pub(crate) fn listed(things: &[String]) -> String {
    match things {
        [] => String::new(),
        [one] => one.clone(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}

/// How many ways there are to choose `k` of `n`; none if they are too many to count in 64 bits, or
/// there are fewer than `k`.
pub(crate) fn binomial(n: usize, k: usize) -> Option<usize> {
    (0..k.min(n.checked_sub(k)?))
        .try_fold(1_usize, |ways, i| Some(ways.checked_mul(n - i)? / (i + 1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_as_precise_as_they_are_known() {
        assert_eq!([-0.0001, -1.25, f64::NAN].map(|value| fixed(value, 2)), ["0.00", "−1.25", "–"]);
        assert_eq!(
            [8.0, 0.05321, 1234.5, -0.5, 0.0, 2e-7].map(short),
            ["8", "0.0532", "1234", "−0.5", "0", "2.0e−7"]
        );
        assert_eq!(estimate(1.07129, 0.00514), "1.0713 ± 0.0051");
        assert_eq!(estimate(-0.5, 0.0), "−0.5000");
        assert_eq!(estimate(1e308, 1e-320), "1e308 ± 0.000000000");
        assert_eq!([1e300, f64::NAN, -1e308].map(short), ["1e300", "–", "−1e308"]);
        assert_eq!(percent(0.7971), "79.7\u{a0}%");
    }

    #[test]
    fn things_are_counted() {
        assert_eq!([counted(1, "node"), counted(2000, "mask")], ["1 node", "2,000 masks"]);
        assert_eq!(listed(&["a", "b", "c"].map(str::to_owned)), "a, b and c");
        assert_eq!([binomial(20, 12), binomial(4, 0)], [Some(125_970), Some(1)]);
        assert_eq!([binomial(200, 100), binomial(4, 5), binomial(usize::MAX, 1 << 62)], [None; 3]);
    }
}
