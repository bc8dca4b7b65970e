//! Panels with axes, and what is drawn in them.

use std::ops::Range;

use plotters::chart::ChartBuilder;
use plotters::coord::ranged1d::{BoldPoints, Ranged};
use plotters::coord::types::RangedCoordf64;
use plotters::drawing::DrawingArea;
use plotters::element::{DashedPathElement, PathElement, Polygon};
use plotters::prelude::Cartesian2d;
use plotters::style::text_anchor::{HPos, VPos};
use plotters::style::{Color, RGBColor};

use super::axes::{axis, finite, is_finite, nearby};
use super::canvas::stroke;
use super::legend::FAINT;
use super::svg::Svg;
use super::text::{text_width, wrapped};
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
    /// What stands under 0, 1, … of the horizontal axis in place of ticks, if anything.
    pub names: &'a [String],
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
            names: &[],
            log_y: false,
        }
    }
}

impl Panel<'_> {
    /// Pixels that title and axes take on a canvas so wide: above, right, below, left.
    pub fn margins(&self, width: f64) -> [f64; 4] {
        let titles = self.titles(width).len() as f64;
        let top =
            if titles > 0.0 { self.size * 1.1 + 14.0 + (titles - 1.0) * self.line() } else { 8.0 };
        let beside = if self.y_label.is_empty() { 0.0 } else { self.size * 1.5 + 2.0 };
        let left = (self.tick_room(self.ticks.1, 3.3) + beside).max(4.0);
        let right = if self.ticks == (0, 0) { 10.0 } else { 14.0 };
        let ticks = self.tick_room(self.ticks.0, 1.1) + self.name_room(width - left - right);
        let labels = self.x_labels(width).len() as f64;
        let below = ticks + labels * self.line() + labels.min(1.0) * 4.0;
        [top, right, below.max(4.0), left]
    }

    /// Pixels for the ticks of an axis and their labels of `ems`.
    fn tick_room(&self, ticks: usize, ems: f64) -> f64 {
        if ticks > 0 { self.size * ems + 8.0 } else { 0.0 }
    }

    /// Between the lines of a title or of an axis' name.
    fn line(&self) -> f64 {
        self.size * 1.32
    }

    /// The lines of the title.
    fn titles(&self, width: f64) -> Vec<String> {
        let all =
            (!self.title.is_empty()).then(|| wrapped(self.title, self.size * 1.1, width - 4.0));
        all.unwrap_or_default()
    }

    /// The lines under the horizontal axis.
    fn x_labels(&self, width: f64) -> Vec<String> {
        let all = (!self.x_label.is_empty())
            .then(|| wrapped(self.x_label, self.size * 1.05, width - 4.0));
        all.unwrap_or_default()
    }

    /// Draws title and axes.
    pub fn open(&self, canvas: &Canvas) -> Result<Plot> {
        let (width, height) = canvas.size();
        let [top, right, below, left] = self.margins(width);
        let ink = LIGHT.ink;
        let middle = left + (width - left - right) / 2.0;
        let above = |index: usize| (middle, top - 7.0 - index as f64 * self.line());
        canvas.centred(&self.titles(width), self.size * 1.1, above)?;
        let under = |index: usize| (middle, height - 5.0 - index as f64 * self.line());
        canvas.centred(&self.x_labels(width), self.size * 1.05, under)?;
        let inner = canvas.inside([top, right, 2.0, 2.0]);
        let (x, y) = (axis(&self.x), axis(&self.y));
        let mut chart = ChartBuilder::on(&inner.area)
            .x_label_area_size(units(below - 2.0))
            .y_label_area_size(units(left - 2.0))
            .build_cartesian_2d(x.clone(), y.clone())?;
        let label = |value: &f64| number(*value);
        let x_ticks = self.fitting(&x, width - left - right);
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
            .x_labels(x_ticks)
            .y_labels(if self.log_y { 0 } else { self.ticks.1 })
            .x_label_formatter(&label)
            .y_label_formatter(&label)
            .y_desc(self.y_label)
            .draw()?;
        let area = chart.plotting_area().clone();
        let plot = Plot { area, canvas: canvas.clone(), x, y };
        if self.log_y {
            self.logarithmic(&plot)?;
        }
        if !self.names.is_empty() {
            self.named(&plot)?;
        }
        Ok(plot)
    }

    /// As many ticks of the horizontal axis as wanted and have room for their labels.
    fn fitting(&self, range: &Range<f64>, width: f64) -> usize {
        const BETWEEN: f64 = 3.0;
        let scale = width / (range.end - range.start);
        let fit = |&ticks: &usize| {
            let ticks = RangedCoordf64::from(range.clone()).key_points(BoldPoints(ticks));
            let ends = ticks.iter().map(|tick| {
                let half = text_width(&number(*tick), self.size) / 2.0;
                (tick * scale - half, tick * scale + half)
            });
            ends.collect::<Vec<_>>().windows(2).all(|ends| ends[0].1 + BETWEEN <= ends[1].0)
        };
        (1..=self.ticks.0).rev().find(fit).unwrap_or(self.ticks.0.min(1))
    }
}

type Coordinates = Cartesian2d<RangedCoordf64, RangedCoordf64>;

/// The inside of a panel; positions are in its axes' units.
pub(crate) struct Plot {
    area: DrawingArea<Svg, Coordinates>,
    pub(super) canvas: Canvas,
    x: Range<f64>,
    y: Range<f64>,
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
