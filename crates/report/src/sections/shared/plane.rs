//! Heatmaps of the plane that the inputs lie in.

use plotters::style::RGBColor;

use super::drawing::{MOST_NODES, node_title, sheet};
use super::task::{Task, Window, region};
use crate::error::Result;
use crate::record::{Array, MANIFEST, Saved};
use crate::style::{
    Bar, Canvas, ColourMap, DIVERGING, Form, Key, LIGHT, Mark, Panel, Panels, Picture, Plot,
    Raster, VIRIDIS,
};
use crate::words::{fixed, number};

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

    /// The keys of this scale for maps too small to have a bar each.
    fn keys(self, label: &str) -> Vec<Key> {
        let (low, high) = self.range();
        let places = [0.0, 0.5, 1.0].map(|place| (place, low + place * (high - low)));
        let key = |(place, value)| Key::new(Mark::Patch(self.map().at(place)), number(value));
        let label = Key::new(Mark::None, format!("{label}:"));
        [label].into_iter().chain(places.map(key)).collect()
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

/// A figure of one map.
pub(crate) struct Map<'a> {
    /// What the map shows.
    pub plane: Plane,
    /// Its colours, and what they mean.
    pub scale: (Scale, String),
    /// Its values, and the length of its sides.
    pub values: (&'a [f64], usize),
    /// Above it.
    pub title: &'static str,
    /// Width of the lines over it in pixels.
    pub line: f64,
    /// Lines of the caption.
    pub caption: Vec<String>,
}

impl Map<'_> {
    /// Draws the map.
    pub fn svg(&self, form: Form) -> Result<String> {
        let (scale, label) = &self.scale;
        let picture = Picture {
            width: form.width(),
            keys: self.plane.keys(*scale),
            panels: vec![square(form, 510.0)],
            caption: self.caption.clone(),
        };
        picture.svg(|panels| {
            let panel = self.plane.panel(self.title);
            let (map, bar) = map_and_bar(&panels[0], &panel);
            self.plane.draw(&panel.open(&map)?, self.values, *scale, self.line)?;
            scale.bar(&bar, label)
        })
    }
}

/// A sheet of small square maps, one for each node.
pub(crate) struct MapSheet<'a> {
    /// What the maps show.
    pub plane: Plane,
    /// The maps' colours, and what they mean.
    pub scale: (Scale, String),
    /// The maps one by one, and the length of their sides.
    pub maps: (&'a Array, usize),
    /// Each node, and what there is to say of it.
    pub nodes: Vec<(usize, String)>,
    /// What that is.
    pub titles: &'static str,
    /// Lines of the caption.
    pub caption: Vec<String>,
}

impl MapSheet<'_> {
    /// A panel without axes, on a sheet of so many columns in the wide form.
    fn panel<'a>(&self, title: &'a str, columns: usize) -> Panel<'a> {
        let size = if columns > 5 { 8.5 } else { 10.5 };
        Panel { ticks: (0, 0), size, x_label: "", y_label: "", ..self.plane.panel(title) }
    }

    /// Draws the sheet.
    pub fn svg(&self, form: Form) -> Result<String> {
        let (scale, label) = &self.scale;
        let keys = scale.keys(label).into_iter().chain(self.plane.keys(*scale));
        let n = self.nodes.len().min(MOST_NODES);
        // Few nodes do not make maps larger than their neighbours elsewhere.
        let columns = sheet(n).max(4);
        let width = form.column_width(columns);
        let [top, right, below, left] = self.panel("title", columns).margins(width);
        let height = width - left - right + top + below;
        let picture = Picture {
            width: form.width(),
            keys: keys.chain([Key::new(Mark::None, self.titles)]).collect(),
            panels: vec![form.panels(n, columns, height)],
            caption: self.caption.clone(),
        };
        picture.svg(|cells| {
            let (maps, side) = self.maps;
            for (index, ((node, what), cell)) in self.nodes.iter().zip(cells).enumerate() {
                let title = node_title(*node, what, columns);
                let plot = self.panel(&title, columns).open(cell)?;
                self.plane.draw(&plot, (maps.row(index), side), *scale, 0.75)?;
            }
            Ok(())
        })
    }
}

/// Room for a colour bar beside a map, in pixels.
const BAR: f64 = 86.0;

/// Room for a square panel with a colour bar, so high in the wide form; in the narrow one it is as
/// wide as it can be.
pub(crate) fn square(form: Form, wide: f64) -> Panels {
    form.panels(1, 1, form.choose(wide, 270.0))
}

/// Splits off a square panel with room for its axes, beside it a colour bar as high as the panel.
pub(crate) fn map_and_bar(canvas: &Canvas, panel: &Panel) -> (Canvas, Canvas) {
    let (width, height) = canvas.size();
    let [top, right, below, left] = panel.margins(width);
    let side = (height - top - below).min(width - left - right - BAR);
    let margin = ((width - side - left - right - BAR) / 2.0).max(0.0);
    let (row, _) = canvas.split_top(side + top + below);
    let (map, rest) = row.inside([0.0, 0.0, 0.0, margin]).split_left(side + left + right);
    let (bar, _) = rest.split_left(BAR);
    (map, bar.inside([top, 6.0, below, 4.0]))
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
