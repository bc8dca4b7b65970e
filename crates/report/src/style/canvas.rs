//! Parts of a picture, and what is drawn in them.

use std::cell::RefCell;
use std::fmt::Write as _;
use std::rc::Rc;

use plotters::coord::Shift;
use plotters::drawing::{DrawingArea, DrawingAreaErrorKind};
use plotters::element::{Circle, PathElement, Polygon};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, FontTransform, RGBColor, ShapeStyle};

use super::colours::base64;
use super::svg::{Drawn, Svg};
use super::{LIGHT, Raster, UNIT, text, units};
use crate::error::{Error, Result};

impl<E: std::error::Error + Send + Sync> From<DrawingAreaErrorKind<E>> for Error {
    fn from(error: DrawingAreaErrorKind<E>) -> Self {
        Self::new("cannot draw", error)
    }
}

/// A part of a picture to draw in; positions are in pixels from its upper left corner.
#[derive(Clone)]
pub(crate) struct Canvas {
    pub(super) area: DrawingArea<Svg, Shift>,
    pub(super) drawn: Rc<RefCell<Drawn>>,
}

impl Canvas {
    fn part(&self, area: DrawingArea<Svg, Shift>) -> Self {
        Self { area, drawn: Rc::clone(&self.drawn) }
    }

    /// Width and height in pixels.
    pub fn size(&self) -> (f64, f64) {
        let (width, height) = self.area.dim_in_pixel();
        (f64::from(width) / UNIT, f64::from(height) / UNIT)
    }

    /// The first `height` pixels, or as many as there are, and the rest.
    pub fn split_top(&self, height: f64) -> (Self, Self) {
        let whole = self.area.dim_in_pixel().1 as i32;
        let (top, bottom) = self.area.split_vertically(units(height).clamp(0, whole.max(0)));
        (self.part(top), self.part(bottom))
    }

    /// The first `width` pixels, or as many as there are, and the rest.
    pub fn split_left(&self, width: f64) -> (Self, Self) {
        let whole = self.area.dim_in_pixel().0 as i32;
        let (left, right) = self.area.split_horizontally(units(width).clamp(0, whole.max(0)));
        (self.part(left), self.part(right))
    }

    /// Equal cells, row by row.
    pub fn grid(&self, rows: usize, columns: usize) -> Vec<Self> {
        self.area.split_evenly((rows, columns)).into_iter().map(|area| self.part(area)).collect()
    }

    /// This without a margin: top, right, bottom, left, in pixels.
    pub fn inside(&self, [top, right, bottom, left]: [f64; 4]) -> Self {
        self.part(self.area.margin(units(top), units(bottom), units(left), units(right)))
    }

    /// Writes a line of text anchored at a position; `size` in pixels per em.
    ///
    /// # Errors
    /// When it names a number that is none, which no figure may.
    pub fn text(
        &self,
        line: &str,
        size: f64,
        colour: RGBColor,
        (x, y): (f64, f64),
        (horizontal, vertical): (HPos, VPos),
    ) -> Result<()> {
        let mut words = line.split(|c: char| !c.is_alphanumeric());
        if words.any(|word| matches!(word, "NaN" | "inf")) {
            return Err(Error::new("cannot draw", format!("a number in “{line}” is none")));
        }
        let style = text::style(size, colour).pos(Pos::new(horizontal, vertical));
        Ok(self.area.draw_text(line, &style, (units(x), units(y)))?)
    }

    /// Writes a line of text upwards that ends below a position.
    pub fn upright(&self, line: &str, size: f64, (x, y): (f64, f64)) -> Result<()> {
        let anchor = Pos::new(HPos::Right, VPos::Center);
        let style = text::style(size, LIGHT.ink).pos(anchor).transform(FontTransform::Rotate270);
        Ok(self.area.draw_text(line, &style, (units(x), units(y)))?)
    }

    /// Writes lines of text centred at positions counted from the last line, or as near to them as
    /// the canvas has room for the longest.
    pub fn centred(
        &self,
        lines: &[String],
        size: f64,
        place: impl Fn(usize) -> (f64, f64),
    ) -> Result<()> {
        let widths = lines.iter().map(|line| text::text_width(line, size));
        let half = widths.fold(0.0, f64::max) / 2.0;
        lines.iter().rev().enumerate().try_for_each(|(index, line)| {
            let (x, y) = place(index);
            let x = x.min(self.size().0 - half).max(half);
            self.text(line, size, LIGHT.ink, (x, y), (HPos::Center, VPos::Bottom))
        })
    }

    /// Draws a line through positions; `width` in pixels.
    pub fn line(&self, points: &[(f64, f64)], colour: impl Color, width: f64) -> Result<()> {
        let points: Vec<_> = points.iter().map(|&(x, y)| (units(x), units(y))).collect();
        Ok(self.area.draw(&PathElement::new(points, stroke(colour, width)))?)
    }

    /// Fills a polygon.
    pub fn fill(&self, points: &[(f64, f64)], colour: RGBColor, opacity: f64) -> Result<()> {
        let points: Vec<_> = points.iter().map(|&(x, y)| (units(x), units(y))).collect();
        Ok(self.area.draw(&Polygon::new(points, colour.mix(opacity).filled()))?)
    }

    /// Fills a circle; its radius in pixels.
    pub fn dot(&self, (x, y): (f64, f64), radius: f64, colour: RGBColor) -> Result<()> {
        let style = colour.filled();
        Ok(self.area.draw(&Circle::new((units(x), units(y)), units(radius), style))?)
    }

    /// Puts a heatmap between two corners, which are in canvas units of the whole picture. It comes
    /// to lie under everything but the background, whenever it is drawn.
    pub fn image(&self, raster: &Raster, from: (i32, i32), to: (i32, i32)) -> Result<()> {
        let data = base64(&raster.png()?);
        let (width, height) = (to.0 - from.0, to.1 - from.1);
        let _ = writeln!(
            self.drawn.borrow_mut().images,
            "<image x=\"{}\" y=\"{}\" width=\"{width}\" height=\"{height}\" \
             preserveAspectRatio=\"none\" style=\"image-rendering:pixelated\" \
             href=\"data:image/png;base64,{data}\"/>",
            from.0,
            from.1
        );
        Ok(())
    }
}

/// A stroke of a width in pixels.
pub(super) fn stroke(colour: impl Color, width: f64) -> ShapeStyle {
    ShapeStyle::from(colour).stroke_width(units(width) as u32)
}
