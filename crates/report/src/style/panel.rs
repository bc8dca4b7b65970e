//! Panels to be, with their titles and axes.

use std::ops::Range;

use plotters::chart::ChartBuilder;
use plotters::coord::ranged1d::{BoldPoints, Ranged};
use plotters::coord::types::RangedCoordf64;

use super::axes::axis;
use super::canvas::stroke;
use super::text::{text_width, wrapped};
use super::{Canvas, LIGHT, Plot, text, units};
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
