//! The typeface, and numbers as text.

use std::sync::{Arc, OnceLock};

use plotters::style::{FontDesc, FontFamily, FontStyle, RGBColor, TextStyle, register_font};
use resvg::usvg::fontdb::Database;

use super::{LIGHT, UNIT};

/// The family as figures name it: a browser without DejaVu takes the next.
pub(super) const FAMILY: &str = "DejaVu Sans, Verdana, sans-serif";

/// Plotters' font sizes are em sizes times this.
pub(super) const BACKEND_FACTOR: f64 = 1.24;

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

/// The width of a line of text in pixels, on the safe side by some per cent.
pub(crate) fn text_width(line: &str, size: f64) -> f64 {
    let font = style(size, LIGHT.ink).font;
    font.box_size(line).map_or(0.0, |(width, _)| f64::from(width) / UNIT)
}

/// Text in lines that fit a width in pixels, broken between words; a word may be wider by itself.
pub(super) fn wrapped(text: &str, size: f64, width: f64) -> Vec<String> {
    evenly(width, |width| {
        let mut lines: Vec<String> = Vec::new();
        for word in text.split(' ') {
            match lines.last_mut() {
                Some(last) if text_width(&format!("{last} {word}"), size) <= width => {
                    last.push(' ');
                    last.push_str(word);
                }
                _ => lines.push(word.to_owned()),
            }
        }
        lines
    })
}

/// As few lines as a width allows, and these about equally long.
pub(super) fn evenly(width: f64, lines: impl Fn(f64) -> Vec<String>) -> Vec<String> {
    let fewest = lines(width);
    let narrower = (1..10).rev().map(|tenth| lines(width * f64::from(tenth) / 10.0));
    narrower.take_while(|lines| lines.len() == fewest.len()).last().unwrap_or(fewest)
}
