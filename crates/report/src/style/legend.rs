//! Legends: a row of keys, broken where it would be too wide.

use plotters::style::text_anchor::{HPos, VPos};
use plotters::style::{Color as _, RGBColor};

use super::canvas::text_width;
use super::{Canvas, LIGHT};
use crate::error::Result;

/// Em size in pixels, line distance, width of a mark, and gaps.
const SIZE: f64 = 11.5;
const LINE: f64 = 18.0;
const MARK: f64 = 22.0;
const GAP: f64 = 6.0;
const BETWEEN: f64 = 18.0;

/// Opacity of lines that stand back.
pub(super) const FAINT: f64 = 0.4;

/// Room on either side.
const MARGIN: f64 = 12.0;

/// What a key shows.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Mark {
    /// A line.
    Line(RGBColor),
    /// A thin line.
    ThinLine(RGBColor),
    /// A faint line.
    Faint(RGBColor),
    /// A dotted line.
    Dotted(RGBColor),
    /// A line over a heatmap, with a colour of the map behind it.
    Over(RGBColor, RGBColor),
    /// A dotted line over a heatmap, with a colour of the map behind it.
    DottedOver(RGBColor, RGBColor),
    /// A thick line.
    ThickLine(RGBColor),
    /// A band.
    Band(RGBColor),
    /// A line within its band.
    LineAndBand(RGBColor),
    /// A solid patch.
    Patch(RGBColor),
    /// A dot with a bar through it.
    Interval(RGBColor),
    /// A line with a dot on it.
    LineAndDot(RGBColor),
    /// A dot.
    Dot(RGBColor),
    /// A hollow diamond.
    Diamond(RGBColor),
    /// A solid diamond.
    SolidDiamond(RGBColor),
    /// Nothing: the words are all.
    None,
}

/// A mark and what it means.
#[derive(Clone, Debug)]
pub(crate) struct Key {
    /// The mark.
    pub mark: Mark,
    /// Its meaning.
    pub text: String,
}

impl Key {
    /// A key.
    pub fn new(mark: Mark, text: impl Into<String>) -> Self {
        Self { mark, text: text.into() }
    }

    fn mark_width(&self) -> f64 {
        if matches!(self.mark, Mark::None) { 0.0 } else { MARK + GAP }
    }

    fn width(&self) -> f64 {
        self.mark_width() + text_width(&self.text, SIZE)
    }
}

/// The keys that fit beside each other in a width in pixels.
fn rows(keys: &[Key], width: f64) -> Vec<Vec<&Key>> {
    let mut rows: Vec<Vec<&Key>> = Vec::new();
    let mut used = 0.0;
    for key in keys {
        let wanted = key.width();
        match rows.last_mut() {
            Some(row) if used + BETWEEN + wanted <= width - 2.0 * MARGIN => {
                row.push(key);
                used += BETWEEN + wanted;
            }
            _ => {
                rows.push(vec![key]);
                used = wanted;
            }
        }
    }
    rows
}

/// Pixels that a legend takes from a canvas of some width.
pub(crate) fn legend_height(keys: &[Key], width: f64) -> f64 {
    if keys.is_empty() { 0.0 } else { rows(keys, width).len() as f64 * LINE + 12.0 }
}

impl<'a> Canvas<'a> {
    /// Draws a legend along the top, and returns what is left below it.
    pub fn legend(&self, keys: &[Key]) -> Result<Canvas<'a>> {
        let width = self.size().0;
        let (top, rest) = self.split_top(legend_height(keys, width));
        for (index, row) in rows(keys, width).iter().enumerate() {
            let y = 8.0 + (index as f64 + 0.5) * LINE;
            let mut x = MARGIN;
            for key in row {
                top.mark(key.mark, (x, y))?;
                let place = (x + key.mark_width(), y);
                top.text(&key.text, SIZE, LIGHT.ink, place, (HPos::Left, VPos::Center))?;
                x += key.width() + BETWEEN;
            }
        }
        Ok(rest)
    }

    /// Draws a mark whose left end is at a position.
    fn mark(&self, mark: Mark, (x, y): (f64, f64)) -> Result<()> {
        let whole = [(x, y), (x + MARK, y)];
        match mark {
            Mark::Line(colour) => self.line(&whole, colour, 2.0),
            Mark::ThinLine(colour) => self.line(&whole, colour, 1.0),
            Mark::ThickLine(colour) => self.line(&whole, colour, 5.0),
            Mark::Band(colour) => self.patch(x, y, colour, 0.2),
            Mark::Faint(colour) => self.line(&whole, colour.mix(FAINT), 1.5),
            Mark::Dotted(colour) => self.dots(x, y, colour),
            Mark::Over(colour, behind) => {
                self.patch(x, y, behind, 1.0)?;
                self.line(&whole, colour, 1.5)
            }
            Mark::DottedOver(colour, behind) => {
                self.patch(x, y, behind, 1.0)?;
                self.dots(x, y, colour)
            }
            Mark::LineAndBand(colour) => {
                self.patch(x, y, colour, 0.2)?;
                self.line(&whole, colour, 2.0)
            }
            Mark::Patch(colour) => self.patch(x, y, colour, 1.0),
            Mark::Interval(colour) => {
                self.line(&whole, colour, 1.5)?;
                self.dot((x + MARK / 2.0, y), 3.5, colour)
            }
            Mark::LineAndDot(colour) => {
                self.line(&whole, colour, 2.0)?;
                self.dot((x + MARK / 2.0, y), 3.0, colour)
            }
            Mark::Dot(colour) => self.dot((x + MARK / 2.0, y), 3.5, colour),
            Mark::SolidDiamond(colour) => self.solid_diamond((x + MARK / 2.0, y), colour),
            Mark::Diamond(colour) => self.diamond((x + MARK / 2.0, y), colour),
            Mark::None => Ok(()),
        }
    }

    /// A hollow diamond.
    pub fn diamond(&self, (x, y): (f64, f64), colour: RGBColor) -> Result<()> {
        let r = 5.0;
        self.line(&[(x - r, y), (x, y - r), (x + r, y), (x, y + r), (x - r, y)], colour, 1.75)
    }

    /// A solid diamond.
    pub fn solid_diamond(&self, (x, y): (f64, f64), colour: RGBColor) -> Result<()> {
        let r = 4.5;
        self.fill(&[(x - r, y), (x, y - r), (x + r, y), (x, y + r)], colour, 1.0)
    }

    fn patch(&self, x: f64, y: f64, colour: RGBColor, opacity: f64) -> Result<()> {
        let corners = [(x, y - 6.0), (x + MARK, y - 6.0), (x + MARK, y + 6.0), (x, y + 6.0)];
        self.fill(&corners, colour, opacity)
    }

    fn dots(&self, x: f64, y: f64, colour: RGBColor) -> Result<()> {
        for left in [1.0, 6.0, 11.0, 16.0] {
            self.line(&[(x + left, y), (x + left + 2.5, y)], colour, 1.75)?;
        }
        Ok(())
    }
}
