//! Numbers as text: on the page, in figures and on the terminal.

/// What stands where there is no number: a statistic that is not defined, or one too large.
pub const NOTHING: &str = "–";

/// From this on a number is written with an exponent: its decimals are noise, and its digits many.
pub const LONG: f64 = 1e15;

/// A number without needless digits, six significant ones at most; a dash if it is none.
pub fn number(value: f64) -> String {
    if !value.is_finite() {
        return NOTHING.to_owned();
    }
    let size = value.abs();
    let text = if value == 0.0 || size < 1e-12 {
        "0".to_owned()
    } else if (1e-4..1e6).contains(&size) {
        let decimals = (5 - size.log10().floor() as i32).max(0) as usize;
        let text = format!("{value:.decimals$}");
        if text.contains('.') {
            text.trim_end_matches('0').trim_end_matches('.').to_owned()
        } else {
            text
        }
    } else {
        let text = format!("{value:.2e}");
        let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let mantissa = mantissa.trim_end_matches('0').trim_end_matches('.');
        format!("{mantissa}e{exponent}")
    };
    text.replace('-', "\u{2212}")
}

/// A whole number with its thousands set apart.
pub fn count(value: usize) -> String {
    let digits = value.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A number with so many decimals; a dash if it is none.
pub fn fixed(value: f64, decimals: usize) -> String {
    if !value.is_finite() || value.abs() >= LONG {
        return number(value);
    }
    let text = format!("{value:.decimals$}");
    let is_zero = text.bytes().all(|byte| matches!(byte, b'-' | b'0' | b'.'));
    if is_zero { text.trim_start_matches('-').to_owned() } else { text.replace('-', "−") }
}

/// A number with three significant digits, fewer where the last ones are 0.
pub fn short(value: f64) -> String {
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
pub fn optional(value: Option<f64>) -> String {
    value.map_or_else(|| NOTHING.to_owned(), short)
}

/// An estimate with its standard error, to as many digits as that error leaves.
pub fn estimate(value: f64, error: f64) -> String {
    if !error.is_finite() || error <= 0.0 {
        return fixed(value, 4);
    }
    let decimals = (1.0 - error.log10().floor()).clamp(0.0, 9.0) as usize;
    format!("{} ± {}", fixed(value, decimals), fixed(error, decimals))
}

/// An interval with so many decimals; a dash if it is none.
pub fn interval(low: f64, high: f64, decimals: usize) -> String {
    if low.is_nan() || high.is_nan() {
        return NOTHING.to_owned();
    }
    format!("{} to {}", fixed(low, decimals), fixed(high, decimals))
}

/// A share as per cent.
pub fn percent(share: f64) -> String {
    format!("{}\u{a0}%", fixed(100.0 * share, 1))
}

/// A count and what is counted, such as `1 node` or `1,000 nodes`.
pub fn counted(number: usize, one: &str) -> String {
    format!("{} {one}{}", count(number), if number == 1 { "" } else { "s" })
}

/// Several things in one sentence: `a, b and c`.
pub fn listed(things: &[String]) -> String {
    match things {
        [] => String::new(),
        [one] => one.clone(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}

/// How many ways there are to choose `k` of `n`; none if they are too many to count in 64 bits, or
/// there are fewer than `k`.
pub fn binomial(n: usize, k: usize) -> Option<usize> {
    (0..k.min(n.checked_sub(k)?))
        .try_fold(1_usize, |ways, i| Some(ways.checked_mul(n - i)? / (i + 1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        let shown = [0.0, 0.1 + 0.2, -2.0, 1234.5678, 2e-7, 0.05, 100.0, -1e-17].map(number);
        assert_eq!(shown, ["0", "0.3", "−2", "1234.57", "2e−7", "0.05", "100", "0"]);
        assert_eq!([7, 4096, 1_048_576].map(count), ["7", "4,096", "1,048,576"]);
        let odd = [f64::NAN, f64::INFINITY, f64::MIN, 1e-320];
        assert_eq!(odd.map(number), ["–", "–", "−1.8e308", "0"]);
        assert_eq!(odd.map(|value| fixed(value, 2)), ["–", "–", "−1.8e308", "0.00"]);
    }

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
