//! Numbers of a csv, and what a comma in them means.

use super::SHOWN;
use crate::input::clip;

/// Reads numbers, and remembers how they were written.
pub(super) struct Numbers {
    /// Whether a comma can be part of a number: not where it separates columns.
    commas: bool,
    /// Whether one of them has had a point.
    point: bool,
    /// The first with a comma.
    comma: Option<String>,
    /// Whether one with a comma cannot be thousands, as 0,5 and 1,25 cannot.
    certain: bool,
}

impl Numbers {
    pub fn new(commas: bool) -> Self {
        Self { commas, point: false, comma: None, certain: false }
    }

    /// The number that a field is, if it is one.
    pub fn parse(&mut self, field: &str) -> Option<f64> {
        let comma = self.commas.then(|| field.split_once(',')).flatten();
        let Some((whole, rest)) = comma else {
            self.point |= field.contains('.');
            return field.parse().ok();
        };
        // A point, or another comma, is no part of the rest of a number with a decimal comma.
        let number = (!field.contains('.')).then(|| format!("{whole}.{rest}").parse().ok())??;
        let whole = whole.trim_start_matches(['+', '-']);
        let thousands = rest.len() == 3
            && rest.bytes().all(|digit| digit.is_ascii_digit())
            && (1..=3).contains(&whole.len())
            && !whole.starts_with('0');
        self.certain |= !thousands;
        self.comma.get_or_insert_with(|| clip(field, SHOWN));
        Some(number)
    }

    /// The coordinate that a field is.
    pub fn coordinate(&mut self, name: &str, field: &str) -> Result<f64, String> {
        let (name, shown) = (clip(name, SHOWN), clip(field, SHOWN));
        let x = self.parse(field).ok_or_else(|| {
            format!("{name} is '{shown}', not a number; write it like 0.5 or -1e-3")
        })?;
        if !(x as f32).is_finite() {
            return Err(format!(
                "{name} is {shown}; points must be finite, and below 3.4e38, which is as far as \
                 float32 goes"
            ));
        }
        Ok(x)
    }

    /// Refuses numbers that could mean two things.
    pub fn check(&self) -> Result<(), String> {
        let Some(comma) = &self.comma else { return Ok(()) };
        if self.point {
            return Err(format!(
                "some numbers have a decimal point and some a comma, such as '{comma}'; write all \
                 with a point, and none with separators of thousands"
            ));
        }
        if !self.certain {
            return Err(format!(
                "'{comma}' could mean thousands or a decimal comma; write it with a point or \
                 without the comma"
            ));
        }
        Ok(())
    }
}
