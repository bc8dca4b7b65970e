//! The typeface, and numbers as text.

use std::sync::{Arc, OnceLock};

use plotters::style::{FontDesc, FontFamily, FontStyle, RGBColor, TextStyle, register_font};
use resvg::usvg::fontdb::Database;

use super::UNIT;

/// The family as figures name it: a browser without DejaVu takes the next.
const FAMILY: &str = "DejaVu Sans, Verdana, sans-serif";

/// The drawing backend divides font sizes by this.
const BACKEND_FACTOR: f64 = 1.24;

/// A text style of the house typeface; `size` in pixels per em.
pub(super) fn style(size: f64, colour: RGBColor) -> TextStyle<'static> {
    static REGISTERED: OnceLock<bool> = OnceLock::new();
    // Should the font be refused, drawing fails with an error that says so.
    REGISTERED
        .get_or_init(|| register_font(FAMILY, FontStyle::Normal, dejavu::sans::regular()).is_ok());
    let size = size * UNIT * BACKEND_FACTOR;
    FontDesc::new(FontFamily::Name(FAMILY), size, FontStyle::Normal).color(&colour)
}

/// The same typeface for rasterising.
pub(super) fn font_database() -> Arc<Database> {
    static DATABASE: OnceLock<Arc<Database>> = OnceLock::new();
    let load = || {
        let mut database = Database::new();
        database.load_font_data(dejavu::sans::regular().to_vec());
        Arc::new(database)
    };
    DATABASE.get_or_init(load).clone()
}
