//! Panels with axes, and what is drawn in them.

use std::ops::Range;

use plotters::chart::ChartBuilder;
use plotters::coord::types::RangedCoordf64;
use plotters::drawing::DrawingArea;
use plotters::element::{DashedPathElement, PathElement, Polygon};
use plotters::prelude::Cartesian2d;
use plotters::prelude::SVGBackend;
use plotters::style::text_anchor::{HPos, VPos};
use plotters::style::{Color, RGBColor};

use super::axes::{axis, finite, is_finite, nearby};
use super::canvas::stroke;
use super::legend::FAINT;
use super::{Canvas, LIGHT, Raster, UNIT, text, units};
use crate::error::Result;
use crate::words::number;

/// A panel to be: its title, its axes and how much room they need.
#[derive(Clone, Debug)]
pub(crate) struct Panel<'a> {
    /// Above the panel; may be empty.
    pub title: &'a str,
    /// Under the horizontal axis; may be empty.
    pub x_label: &'a str,
    /// Beside the vertical axis; may be empty.
    pub y_label: &'a str,
    /// Range of the horizontal axis.
    pub x: Range<f64>,
    /// Range of the vertical axis.
    pub y: Range<f64>,
    /// About how many ticks on each axis; none for no axis.
    pub ticks: (usize, usize),
    /// Em size of tick labels in pixels; the rest follows.
    pub size: f64,
    /// Whether the vertical axis is logarithmic: range and positions are then decimal logarithms.
    pub log_y: bool,
}

impl Default for Panel<'_> {
    fn default() -> Self {
        Self {
            title: "",
            x_label: "",
            y_label: "",
            x: 0.0..1.0,
            y: 0.0..1.0,
            ticks: (6, 6),
            size: 11.0,
            log_y: false,
        }
    }
}

impl Panel<'_> {
    /// Pixels that title and axes take: above, right, below, left.
    pub fn margins(&self) -> [f64; 4] {
        let top = if self.title.is_empty() { 8.0 } else { self.size * 1.1 + 14.0 };
        let below = self.axis_room(self.ticks.0, self.x_label, 1.1);
        let left = self.axis_room(self.ticks.1, self.y_label, 3.3);
        [top, if self.ticks == (0, 0) { 10.0 } else { 14.0 }, below.max(4.0), left.max(4.0)]
    }

    /// Pixels for an axis: its ticks, labels of `ems` and a description.
    fn axis_room(&self, ticks: usize, label: &str, ems: f64) -> f64 {
        let labels = if ticks > 0 { self.size * ems + 8.0 } else { 0.0 };
        labels + if label.is_empty() { 0.0 } else { self.size * 1.5 + 2.0 }
    }

    /// Draws title and axes.
    pub fn open<'a>(&self, canvas: &Canvas<'a>) -> Result<Plot<'a>> {
        let [top, right, below, left] = self.margins();
        let ink = LIGHT.ink;
        if !self.title.is_empty() {
            let (width, _) = canvas.size();
            let place = (left + (width - left - right) / 2.0, top - 7.0);
            canvas.text(self.title, self.size * 1.1, ink, place, (HPos::Center, VPos::Bottom))?;
        }
        let inner = canvas.inside([top, right, 2.0, 2.0]);
        let (x, y) = (axis(&self.x), axis(&self.y));
        let mut chart = ChartBuilder::on(&inner.area)
            .x_label_area_size(units(below - 2.0))
            .y_label_area_size(units(left - 2.0))
            .build_cartesian_2d(x.clone(), y.clone())?;
        let label = |value: &f64| number(*value);
        let mut mesh = chart.configure_mesh();
        if self.ticks.0 == 0 {
            mesh.disable_x_axis();
        }
        if self.ticks.1 == 0 {
            mesh.disable_y_axis();
        }
        mesh.disable_mesh()
            .axis_style(stroke(ink, 1.0))
            .label_style(text::style(self.size, ink))
            .axis_desc_style(text::style(self.size * 1.05, ink))
            .set_all_tick_mark_size(units(if self.size < 10.0 { 3.0 } else { 4.0 }))
            .x_labels(self.ticks.0)
            .y_labels(if self.log_y { 0 } else { self.ticks.1 })
            .x_label_formatter(&label)
            .y_label_formatter(&label)
            .x_desc(self.x_label)
            .y_desc(self.y_label)
            .draw()?;
        let area = chart.plotting_area().clone();
        let plot = Plot { area, canvas: canvas.clone(), x, y };
        if self.log_y {
            self.logarithmic(&plot)?;
        }
        Ok(plot)
    }
}

type Coordinates = Cartesian2d<RangedCoordf64, RangedCoordf64>;

/// The inside of a panel; positions are in its axes' units.
pub(crate) struct Plot<'a> {
    area: DrawingArea<SVGBackend<'a>, Coordinates>,
    pub(super) canvas: Canvas<'a>,
    x: Range<f64>,
    y: Range<f64>,
}

impl<'a> Plot<'a> {
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
