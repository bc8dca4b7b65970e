//! The house style: one typeface, one palette, one way to draw axes, legends and captions.

mod axes;
mod bar;
mod canvas;
mod colours;
mod form;
mod legend;
mod logarithmic;
mod names;
mod panel;
mod path;
mod picture;
mod plot;
mod raster;
mod svg;
mod text;
mod theme;

pub(crate) use bar::Bar;
pub(crate) use canvas::Canvas;
pub(crate) use colours::{ColourMap, DIVERGING, Raster, VIRIDIS, base64};
pub(crate) use form::{Form, Panels};
pub(crate) use legend::{Key, Mark, legend_height};
pub(crate) use panel::Panel;
pub(crate) use picture::Picture;
pub(crate) use plot::Plot;
pub(crate) use raster::{pixels, png};
pub(crate) use theme::{LIGHT, dark_rules};

/// Canvas units in a pixel of the figure. The drawing backend rounds coordinates to whole units,
/// and curves rounded to whole pixels would look like stairs.
const UNIT: f64 = 4.0;

/// Canvas units of a length in pixels.
fn units(pixels: f64) -> i32 {
    (pixels * UNIT).round() as i32
}
