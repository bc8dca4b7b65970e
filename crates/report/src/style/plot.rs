//! The insides of panels, and what is drawn in them.

use std::ops::Range;

use plotters::coord::types::RangedCoordf64;
use plotters::drawing::DrawingArea;
use plotters::element::{DashedPathElement, PathElement, Polygon};
use plotters::prelude::Cartesian2d;
use plotters::style::text_anchor::{HPos, VPos};
use plotters::style::{Color, RGBColor};

use super::axes::{finite, is_finite, nearby};
use super::canvas::stroke;
use super::legend::FAINT;
use super::svg::Svg;
use super::text::wrapped;
use super::{Canvas, LIGHT, Raster, UNIT, units};
use crate::error::Result;

type Coordinates = Cartesian2d<RangedCoordf64, RangedCoordf64>;

/// The inside of a panel; positions are in its axes' units.
pub(crate) struct Plot {
    pub(super) area: DrawingArea<Svg, Coordinates>,
    pub(super) canvas: Canvas,
    pub(super) x: Range<f64>,
    pub(super) y: Range<f64>,
}

impl Plot {
    /// The points that have a place, none of them farther off than can be drawn.
    fn places(&self, points: impl IntoIterator<Item = (f64, f64)>) -> Vec<(f64, f64)> {
        finite(points).into_iter().map(|place| self.place(place)).collect()
    }

    fn place(&self, (x, y): (f64, f64)) -> (f64, f64) {
        (nearby(x, &self.x), nearby(y, &self.y))
    }

    /// Draws a line; `width` in pixels.
    pub fn line(
        &self,
        points: impl IntoIterator<Item = (f64, f64)>,
        colour: RGBColor,
        width: f64,
    ) -> Result<()> {
        let points = self.places(points);
        Ok(self.area.draw(&PathElement::new(points, stroke(colour, width)))?)
    }

    /// Draws a line that stands back.
    pub fn faint(
        &self,
        points: impl IntoIterator<Item = (f64, f64)>,
        colour: RGBColor,
    ) -> Result<()> {
        let points = self.places(points);
        Ok(self.area.draw(&PathElement::new(points, stroke(colour.mix(FAINT), 1.25)))?)
    }

    /// Draws a dotted line.
    pub fn dotted(&self, points: Vec<(f64, f64)>, colour: RGBColor, width: f64) -> Result<()> {
        let points = self.places(points);
        if points.len() < 2 {
            return Ok(());
        }
        let (dot, gap) = (units(2.5), units(2.5));
        let element = DashedPathElement::new(points, dot, gap, stroke(colour, width));
        Ok(self.area.draw(&element)?)
    }

    /// Fills between two curves over the same positions: `(x, low, high)`.
    pub fn band(&self, points: &[(f64, f64, f64)], colour: RGBColor) -> Result<()> {
        let points =
            points.iter().filter(|(x, low, high)| is_finite((*x, *low)) && high.is_finite());
        let there = points.clone().map(|&(x, low, _)| (x, low));
        let back = points.rev().map(|&(x, _, high)| (x, high));
        let outline = self.places(there.chain(back));
        Ok(self.area.draw(&Polygon::new(outline, colour.mix(0.2).filled()))?)
    }

    /// Draws a dot; its radius in pixels.
    pub fn dot(&self, place: (f64, f64), radius: f64, colour: RGBColor) -> Result<()> {
        if !is_finite(place) {
            return Ok(());
        }
        self.canvas.dot(self.pixels(place), radius, colour)
    }

    /// Fills the rectangle between two corners.
    pub fn bar(&self, from: (f64, f64), to: (f64, f64), colour: RGBColor) -> Result<()> {
        if !is_finite(from) || !is_finite(to) {
            return Ok(());
        }
        let corners = [from, (to.0, from.1), to, (from.0, to.1)];
        self.canvas.fill(&corners.map(|corner| self.pixels(corner)), colour, 1.0)
    }

    /// Draws a line, and a dot of a radius in pixels at each of its points.
    pub fn line_and_dots(
        &self,
        points: &[(f64, f64)],
        colour: RGBColor,
        (width, radius): (f64, f64),
    ) -> Result<()> {
        self.line(points.iter().copied(), colour, width)?;
        finite(points.iter().copied()).into_iter().try_for_each(|p| self.dot(p, radius, colour))
    }

    /// Draws a short mark on the horizontal axis, pointing down at a value.
    pub fn mark_below(&self, x: f64, colour: RGBColor) -> Result<()> {
        if !x.is_finite() {
            return Ok(());
        }
        let (px, py) = self.pixels((x, self.y.start));
        self.canvas.fill(&[(px, py), (px - 4.5, py - 8.0), (px + 4.5, py - 8.0)], colour, 1.0)
    }

    /// Writes a line of text; the offset is in pixels.
    pub fn text(
        &self,
        line: &str,
        size: f64,
        place: (f64, f64),
        offset: (f64, f64),
        anchor: (HPos, VPos),
    ) -> Result<()> {
        if !is_finite(place) {
            return Ok(());
        }
        let (x, y) = self.pixels(place);
        let place = (x + offset.0, y + offset.1);
        self.canvas.text(line, size, LIGHT.ink, place, anchor)
    }

    /// Writes words upon a position, above each other where the panel is narrow; the offset of the
    /// lowest line is in pixels.
    pub fn words(
        &self,
        words: &str,
        size: f64,
        place: (f64, f64),
        offset: (f64, f64),
    ) -> Result<()> {
        let room = self.canvas.size().0 - self.pixels(place).0 - offset.0;
        let lines = wrapped(words, size, room);
        lines.iter().rev().enumerate().try_for_each(|(index, line)| {
            let offset = (offset.0, offset.1 - index as f64 * 1.3 * size);
            self.text(line, size, place, offset, (HPos::Left, VPos::Bottom))
        })
    }

    /// Draws a thin line from a position most of the way to a text at an offset in pixels.
    pub fn leader(&self, place: (f64, f64), offset: (f64, f64)) -> Result<()> {
        if !is_finite(place) {
            return Ok(());
        }
        let (x, y) = self.pixels(place);
        let length = offset.0.hypot(offset.1);
        let at = |pixels: f64| {
            let share = pixels / length;
            (x + share * offset.0, y + share * offset.1)
        };
        self.canvas.line(&[at(0.0), at(length - 7.0)], LIGHT.faint, 0.75)
    }

    /// Draws a hollow diamond.
    pub fn diamond(&self, place: (f64, f64), colour: RGBColor) -> Result<()> {
        if is_finite(place) { self.canvas.diamond(self.pixels(place), colour) } else { Ok(()) }
    }

    /// Draws a solid diamond.
    pub fn solid_diamond(&self, place: (f64, f64), colour: RGBColor) -> Result<()> {
        if is_finite(place) {
            self.canvas.solid_diamond(self.pixels(place), colour)
        } else {
            Ok(())
        }
    }

    /// Fills the panel with a heatmap.
    pub fn image(&self, raster: &Raster) -> Result<()> {
        let from = self.area.map_coordinate(&(self.x.start, self.y.end));
        let to = self.area.map_coordinate(&(self.x.end, self.y.start));
        self.canvas.image(raster, from, to)
    }

    /// Draws a circle around the origin.
    pub fn circle(&self, radius: f64, colour: RGBColor, width: f64) -> Result<()> {
        let angles = (0..=180).map(|step| f64::from(step) * std::f64::consts::PI / 90.0);
        self.line(angles.map(|angle| (radius * angle.cos(), radius * angle.sin())), colour, width)
    }

    /// The position in pixels of the canvas that the panel was opened on.
    pub fn pixels(&self, place: (f64, f64)) -> (f64, f64) {
        let (x, y) = self.area.map_coordinate(&self.place(place));
        let (left, top) = self.canvas.area.get_base_pixel();
        (f64::from(x - left) / UNIT, f64::from(y - top) / UNIT)
    }
}
