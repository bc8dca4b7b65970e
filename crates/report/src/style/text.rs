//! The typeface, and numbers as text.

use std::sync::{Arc, OnceLock};

use plotters::style::{FontDesc, FontFamily, FontStyle, RGBColor, TextStyle, register_font};
use resvg::usvg::fontdb::Database;

use super::UNIT;

/// The family as figures name it: a browser without DejaVu takes the next.
const FAMILY: &str = "DejaVu Sans, Verdana, sans-serif";

/// The drawing backend divides font sizes by this.
const BACKEND_FACTOR: f64 = 1.24;

/// A text style of the house typeface; `size` in pixels per em.
pub(super) fn style(size: f64, colour: RGBColor) -> TextStyle<'static> {
    static REGISTERED: OnceLock<bool> = OnceLock::new();
    // Should the font be refused, drawing fails with an error that says so.
    REGISTERED
        .get_or_init(|| register_font(FAMILY, FontStyle::Normal, dejavu::sans::regular()).is_ok());
    let size = size * UNIT * BACKEND_FACTOR;
    FontDesc::new(FontFamily::Name(FAMILY), size, FontStyle::Normal).color(&colour)
}

/// The same typeface for rasterising.
pub(super) fn font_database() -> Arc<Database> {
    static DATABASE: OnceLock<Arc<Database>> = OnceLock::new();
    let load = || {
        let mut database = Database::new();
        database.load_font_data(dejavu::sans::regular().to_vec());
        Arc::new(database)
    };
    DATABASE.get_or_init(load).clone()
}

/// What stands where there is no number: a statistic that is not defined, or one too large.
pub(crate) const NOTHING: &str = "–";

/// From this on a number is written with an exponent: its decimals are noise, and its digits many.
pub(crate) const LONG: f64 = 1e15;

/// A number with so many decimals; a dash if it is none.
pub(crate) fn decimals(value: f64, decimals: usize) -> String {
    if !value.is_finite() {
        NOTHING.to_owned()
    } else if value.abs() < LONG {
        format!("{value:.decimals$}")
    } else {
        format!("{value:.2e}")
    }
}

/// A number without needless digits, six significant ones at most; a dash if it is none.
pub(crate) fn number(value: f64) -> String {
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
pub(crate) fn count(value: usize) -> String {
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

#[cfg(test)]
mod tests {
    use super::{count, decimals, number};

    #[test]
    fn numbers_are_short() {
        let shown = [0.0, 0.1 + 0.2, -2.0, 1234.5678, 2e-7, 0.05, 100.0, -1e-17].map(number);
        assert_eq!(shown, ["0", "0.3", "−2", "1234.57", "2e−7", "0.05", "100", "0"]);
        assert_eq!([7, 4096, 1_048_576].map(count), ["7", "4,096", "1,048,576"]);
        let odd = [f64::NAN, f64::INFINITY, f64::MIN, 1e-320];
        assert_eq!(odd.map(number), ["–", "–", "−1.8e308", "0"]);
        assert_eq!(odd.map(|value| decimals(value, 2)), ["–", "–", "-1.80e308", "0.00"]);
    }
}
