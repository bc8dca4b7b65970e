//! Logarithmic axes.

use std::ops::Range;

use plotters::style::text_anchor::{HPos, VPos};

use super::{LIGHT, Panel, Plot};
use crate::error::Result;
use crate::words::number;

impl Panel<'_> {
    /// Puts ticks at round numbers on a logarithmic vertical axis.
    pub(super) fn logarithmic(&self, plot: &Plot) -> Result<()> {
        for value in round_numbers(&self.y) {
            let (x, y) = plot.pixels((self.x.start, value.log10()));
            plot.canvas.line(&[(x - 4.0, y), (x, y)], LIGHT.ink, 1.0)?;
            let anchor = (HPos::Right, VPos::Center);
            plot.canvas.text(&number(value), self.size, LIGHT.ink, (x - 7.0, y), anchor)?;
        }
        Ok(())
    }
}

/// Round numbers, a handful, whose decimal logarithms lie in a range.
fn round_numbers(range: &Range<f64>) -> Vec<f64> {
    const FEW: usize = 9;
    // Those of f64; a range that was never computed from losses may be anything.
    let decade = |end: f64| end.floor().clamp(-324.0, 309.0) as i32;
    let decades = decade(range.start)..=decade(range.end);
    let at = |digits: &[f64], every: usize| -> Vec<f64> {
        let numbers = decades.clone().step_by(every).flat_map(|decade| {
            digits.iter().map(move |digit| format!("{digit}e{decade}").parse().unwrap_or(f64::NAN))
        });
        numbers.filter(|value: &f64| range.contains(&value.log10())).collect()
    };
    let steps = [&[1.0, 2.0, 3.0, 4.0, 5.0, 7.0][..], &[1.0, 2.0, 5.0], &[1.0, 3.0]];
    let dense = steps.iter().map(|digits| at(digits, 1)).find(|numbers| numbers.len() <= FEW);
    dense.unwrap_or_else(|| at(&[1.0], decades.clone().count().div_ceil(FEW).max(1)))
}

#[cfg(test)]
mod tests {
    use super::round_numbers;

    #[test]
    fn logarithmic_axes_have_a_handful_of_round_ticks() {
        assert_eq!(round_numbers(&(-1.2..0.4)), [0.07, 0.1, 0.2, 0.3, 0.4, 0.5, 0.7, 1.0, 2.0]);
        assert_eq!(round_numbers(&(-2.1..0.4)), [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0]);
        assert!((3..=9).contains(&round_numbers(&(-300.0..3.0)).len()));
        for odd in [-400.0..400.0, 5.0..2.0, -1e308..1e308, f64::NAN..f64::INFINITY] {
            assert!(round_numbers(&odd).len() <= 9, "{odd:?}");
        }
    }
}
