//! Heatmaps of the plane that the inputs lie in.

use plotters::style::RGBColor;

use super::drawing::{node_title, sheet};
use super::task::{Task, Window, region};
use crate::error::Result;
use crate::record::{Array, MANIFEST, Saved};
use crate::style::{
    Bar, Canvas, ColourMap, DIVERGING, Key, LIGHT, Mark, Panel, Plot, Raster, VIRIDIS,
};
use crate::words::fixed;

/// The part of the plane that heatmaps show.
pub(crate) struct Plane {
    /// What is shown.
    pub window: Window,
    /// Where the points lie, and what that is called; none if it fills the window.
    pub region: Option<(Window, &'static str)>,
    /// Radius of the circle that labels the data, if there is one.
    pub radius: Option<f64>,
}

/// How values become colours.
#[derive(Clone, Copy)]
pub(crate) enum Scale {
    /// From 0 to this, in viridis.
    From0(f64),
    /// From minus this to this, blue to red.
    Around0(f64),
}

impl Scale {
    pub fn raster(self, values: &[f64], side: usize) -> Raster {
        let (low, high) = self.range();
        Raster::new(values, side, self.map(), (low, high))
    }

    fn range(self) -> (f64, f64) {
        match self {
            Self::From0(high) => (0.0, high),
            Self::Around0(high) => (-high, high),
        }
    }

    fn map(self) -> &'static ColourMap {
        match self {
            Self::From0(_) => &VIRIDIS,
            Self::Around0(_) => &DIVERGING,
        }
    }

    /// Draws the colour bar of this scale.
    pub fn bar(self, canvas: &Canvas, label: &str) -> Result<()> {
        let (low, high) = self.range();
        canvas.colour_bar(&Bar { label, range: low..high }, self.map())
    }

    /// The colour of lines over the map, and the map's colour that sets them off in a legend.
    fn line(self) -> (RGBColor, RGBColor) {
        match self {
            Self::From0(_) => (LIGHT.over_map, VIRIDIS.at(0.3)),
            Self::Around0(_) => (LIGHT.over_pale_map, DIVERGING.at(0.5)),
        }
    }
}

impl Plane {
    /// As the section's manifest has it.
    ///
    /// # Errors
    /// When an extent or a radius is none.
    pub fn read(saved: &Saved) -> Result<Self> {
        for name in ["extent", "circle_radius"] {
            let value = saved.parameter(name).map(|value| value.as_f64().unwrap_or(f64::NAN));
            if value.is_some_and(|value| !(1e-9..=1e9).contains(&value)) {
                return Err(saved.complain(MANIFEST, format!("its {name} is no length")));
            }
        }
        let window = Window::read(saved);
        let region = Some(region(saved)).filter(|(bounds, _)| window.x[1] > bounds.x[1]);
        Ok(Self { window, region, radius: Task::read(saved).radius })
    }

    /// A panel that shows the plane.
    pub fn panel<'a>(&self, title: &'a str) -> Panel<'a> {
        let Window { x, y } = self.window;
        let (x, y) = (x[0]..x[1], y[0]..y[1]);
        Panel { title, x_label: "x₀", y_label: "x₁", x, y, ..Panel::default() }
    }

    /// Draws a heatmap, the circle and the points' region; lines of `width` pixels.
    pub fn draw(
        &self,
        plot: &Plot,
        (values, side): (&[f64], usize),
        scale: Scale,
        width: f64,
    ) -> Result<()> {
        plot.image(&scale.raster(values, side))?;
        let (line, _) = scale.line();
        // A white line is hard to see on yellow, so it gets a dark edge.
        let edge = matches!(scale, Scale::From0(_));
        if let Some(radius) = self.radius {
            if edge {
                plot.circle(radius, LIGHT.over_pale_map, width + 1.25)?;
            }
            plot.circle(radius, line, width)?;
        }
        if let Some((Window { x: [x0, x1], y: [y0, y1] }, _)) = self.region {
            let corners = [(x0, y0), (x1, y0), (x1, y1), (x0, y1), (x0, y0)];
            if edge {
                plot.line(corners, LIGHT.over_pale_map, width)?;
            }
            // Each side by itself, so that its dots begin in a corner.
            for side in corners.windows(2) {
                plot.dotted(side.to_vec(), line, width)?;
            }
        }
        Ok(())
    }

    /// The keys of circle and region.
    pub fn keys(&self, scale: Scale) -> Vec<Key> {
        let (line, behind) = scale.line();
        let circle = self.radius.map(|radius| {
            Key::new(
                Mark::Over(line, behind),
                format!("circle of the data, radius {}", fixed(radius, 3)),
            )
        });
        let region =
            self.region.map(|(_, name)| Key::new(Mark::DottedOver(line, behind), name.to_owned()));
        circle.into_iter().chain(region).collect()
    }
}

/// A sheet of small square maps, one for each node.
pub(crate) struct MapSheet {
    rows: usize,
    columns: usize,
    cell: f64,
}

impl MapSheet {
    /// A sheet of `n` maps in a width in pixels.
    pub fn new(n: usize, width: f64) -> Self {
        let (rows, columns) = sheet(n);
        // Few nodes do not make maps larger than their neighbours elsewhere.
        Self { rows, columns, cell: width / columns.max(4) as f64 }
    }

    /// A panel's title: the node, and what there is to say of it.
    pub fn title(&self, node: usize, what: &str) -> String {
        node_title(node, what, self.columns)
    }

    /// A panel without axes.
    pub fn panel<'a>(&self, plane: &Plane, title: &'a str) -> Panel<'a> {
        let size = if self.columns > 5 { 8.5 } else { 10.5 };
        Panel { ticks: (0, 0), size, x_label: "", y_label: "", ..plane.panel(title) }
    }

    /// Width and height in pixels.
    pub fn size(&self, plane: &Plane) -> (f64, f64) {
        let [top, right, below, left] = self.panel(plane, "title").margins();
        let height = self.cell - left - right + top + below;
        (self.columns as f64 * self.cell, self.rows as f64 * height)
    }

    /// The cells in the upper left of a canvas, and what is right of them.
    pub fn cells<'a>(&self, plane: &Plane, canvas: &Canvas<'a>) -> (Vec<Canvas<'a>>, Canvas<'a>) {
        let (width, height) = self.size(plane);
        let (left, right) = canvas.split_left(width);
        let (sheet, _) = left.split_top(height);
        (sheet.grid(self.rows, self.columns), right)
    }
}

/// Splits off a square panel with room for its axes, beside it a colour bar as high as the panel.
pub(crate) fn map_and_bar<'a>(canvas: &Canvas<'a>, panel: &Panel) -> (Canvas<'a>, Canvas<'a>) {
    let [top, right, below, left] = panel.margins();
    let (width, height) = canvas.size();
    let side = height - top - below;
    let bar = 74.0;
    let margin = ((width - side - left - right - bar) / 2.0).max(0.0);
    let (map, rest) = canvas.inside([0.0, 0.0, 0.0, margin]).split_left(side + left + right);
    let (bar, _) = rest.split_left(bar);
    (map, bar.inside([top, 0.0, below, 4.0]))
}

/// Checks that an array has as many axes as expected, the last two alike, and returns the length
/// of these.
pub(crate) fn side(saved: &Saved, name: &str, array: &Array, axes: usize) -> Result<usize> {
    match array.shape.last() {
        Some(&side) if array.shape.len() == axes && side > 0 && array.shape[axes - 2] == side => {
            Ok(side)
        }
        _ => Err(saved.complain(name, format!("its shape is {:?}", array.shape))),
    }
}
