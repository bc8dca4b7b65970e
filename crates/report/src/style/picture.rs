//! A figure as a whole: its legend, its panels, and the lines under them.

use std::cell::RefCell;
use std::rc::Rc;

use plotters::drawing::IntoDrawingArea as _;
use plotters::style::text_anchor::{HPos, VPos};

use super::svg::Svg;
use super::text::{evenly, text_width, wrapped};
use super::{Canvas, Key, LIGHT, Panels, legend_height, units};
use crate::error::Result;

/// Em size of captions in pixels, and the distance between their lines.
const CAPTION: f64 = 10.5;
const CAPTION_LINE: f64 = 15.0;

/// Room above and below the caption, and left of it.
const CAPTION_GAP: f64 = 8.0;
const CAPTION_LEFT: f64 = 12.0;

/// Room left of everything, in pixels.
pub(super) const EDGE: f64 = 6.0;

/// A picture to be.
pub(crate) struct Picture {
    /// Width in pixels.
    pub width: f64,
    /// The legend along the top.
    pub keys: Vec<Key>,
    /// What comes below each other; the height follows from it.
    pub panels: Vec<Panels>,
    /// Lines of the caption; parts between ` · ` stay together when a line is broken.
    pub caption: Vec<String>,
}

impl Picture {
    /// Draws the picture as SVG: `draw` is given the panels in order.
    pub fn svg(&self, draw: impl FnOnce(&[Canvas]) -> Result<()>) -> Result<String> {
        let width = self.width - EDGE;
        let lines: Vec<String> = self
            .caption
            .iter()
            .flat_map(|line| evenly(width - 2.0 * CAPTION_LEFT, |w| break_line(line, w)))
            .collect();
        let bottom = match lines.len() {
            0 => 0.0,
            n => n as f64 * CAPTION_LINE + 2.0 * CAPTION_GAP,
        };
        let panels: f64 = self.panels.iter().map(|part| part.rows() as f64 * part.height).sum();
        let body = legend_height(&self.keys, width) + panels;
        let size = (self.width, (body + bottom).round());
        let pixels = (units(size.0), units(size.1));
        let drawn = Rc::new(RefCell::default());
        let svg = Svg { size: (pixels.0 as u32, pixels.1 as u32), drawn: Rc::clone(&drawn) };
        let root = Canvas { area: svg.into_drawing_area(), drawn: Rc::clone(&drawn) };
        let (upper, caption) = root.inside([0.0, 0.0, 0.0, EDGE]).split_top(body);
        let mut rest = upper.legend(&self.keys)?;
        let mut cells = Vec::new();
        for part in &self.panels {
            let (own, below) = rest.split_top(part.rows() as f64 * part.height);
            cells
                .extend(own.grid(part.rows().max(1), part.columns.max(1)).into_iter().take(part.n));
            rest = below;
        }
        draw(&cells)?;
        for (index, line) in lines.iter().enumerate() {
            let y = CAPTION_GAP + (index as f64 + 0.5) * CAPTION_LINE;
            let anchor = (HPos::Left, VPos::Center);
            caption.text(line, CAPTION, LIGHT.faint, (CAPTION_LEFT, y), anchor)?;
        }
        let svg = drawn.borrow_mut().finish(size, pixels);
        Ok(svg)
    }
}

/// Breaks a caption between its parts where it would be wider than `width` pixels, and a part that
/// is wider by itself between words.
fn break_line(line: &str, width: f64) -> Vec<String> {
    let parts = line.split(" · ").map(|part| wrapped(part, CAPTION, width));
    let mut lines: Vec<String> = Vec::new();
    for part in parts {
        let joined = lines.last().map(|last| format!("{last} · {}", part.concat()));
        match (lines.last_mut(), joined) {
            (Some(last), Some(joined))
                if part.len() == 1 && text_width(&joined, CAPTION) <= width =>
            {
                *last = joined;
            }
            _ => lines.extend(part),
        }
    }
    lines
}
