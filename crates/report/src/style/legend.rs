//! Legends: a row of keys, broken where it would be too wide.

use plotters::style::text_anchor::{HPos, VPos};
use plotters::style::{Color as _, RGBColor};

use super::text::{text_width, wrapped};
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

    /// Pixels that the mark takes.
    fn mark_width(&self) -> f64 {
        if matches!(self.mark, Mark::None) { 0.0 } else { MARK + GAP }
    }
}

/// A key with its place in a legend: a position in pixels, and the lines of its text.
struct Placed<'a> {
    key: &'a Key,
    place: (f64, f64),
    lines: Vec<String>,
}

/// Keys beside each other as far as a width in pixels allows, and the height of all. A key that is
/// wider by itself takes several lines.
fn placed(keys: &[Key], width: f64) -> (Vec<Placed<'_>>, f64) {
    let room = width - 2.0 * MARGIN;
    let (mut x, mut y, mut high) = (0.0, 0.0, 0.0);
    let mut placed = Vec::new();
    for key in keys {
        let lines = wrapped(&key.text, SIZE, room - key.mark_width());
        let widest = lines.iter().map(|line| text_width(line, SIZE)).fold(0.0, f64::max);
        let wide = key.mark_width() + widest;
        if x > 0.0 && x + wide > room {
            (x, y) = (0.0, y + high);
            high = 0.0;
        }
        high = f64::max(high, LINE * lines.len() as f64);
        placed.push(Placed { key, place: (MARGIN + x, y), lines });
        x += wide + BETWEEN;
    }
    (placed, y + high)
}

/// Pixels that a legend takes from a canvas of some width.
pub(crate) fn legend_height(keys: &[Key], width: f64) -> f64 {
    if keys.is_empty() { 0.0 } else { placed(keys, width).1 + 12.0 }
}

impl Canvas {
    /// Draws a legend along the top, and returns what is left below it.
    pub fn legend(&self, keys: &[Key]) -> Result<Canvas> {
        let width = self.size().0;
        let (top, rest) = self.split_top(legend_height(keys, width));
        for Placed { key, place: (x, y), lines } in placed(keys, width).0 {
            let middle = |line: usize| 8.0 + y + (line as f64 + 0.5) * LINE;
            top.mark(key.mark, (x, middle(0)))?;
            for (index, line) in lines.iter().enumerate() {
                let place = (x + key.mark_width(), middle(index));
                top.text(line, SIZE, LIGHT.ink, place, (HPos::Left, VPos::Center))?;
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
