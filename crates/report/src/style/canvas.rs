//! Drawing areas, and the finished picture as SVG.

use std::cell::RefCell;
use std::fmt::Write as _;
use std::rc::Rc;

use plotters::coord::Shift;
use plotters::drawing::{DrawingArea, DrawingAreaErrorKind, IntoDrawingArea};
use plotters::element::{Circle, PathElement, Polygon};
use plotters::prelude::SVGBackend;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, RGBColor, ShapeStyle};

use super::colours::base64;
use super::{LIGHT, Raster, UNIT, text, units};
use crate::error::{Error, Result};

/// Em size of captions in pixels, and the distance between their lines.
const CAPTION: f64 = 10.5;
const CAPTION_LINE: f64 = 15.0;

/// Room above the caption.
const CAPTION_GAP: f64 = 8.0;

/// Room left of everything, in pixels.
pub(crate) const EDGE: f64 = 6.0;

impl<E: std::error::Error + Send + Sync> From<DrawingAreaErrorKind<E>> for Error {
    fn from(error: DrawingAreaErrorKind<E>) -> Self {
        Self::new("cannot draw", error)
    }
}

/// A picture to be: its size in pixels and the lines under it.
pub(crate) struct Picture {
    /// Width in pixels.
    pub width: f64,
    /// Height in pixels without the caption.
    pub height: f64,
    /// Lines of the caption; parts between ` · ` stay together when a line is broken.
    pub caption: Vec<String>,
}

impl Picture {
    /// Draws the picture as SVG.
    pub fn svg(&self, draw: impl FnOnce(&Canvas) -> Result<()>) -> Result<String> {
        let images = Rc::new(RefCell::new(String::new()));
        let lines: Vec<String> = self
            .caption
            .iter()
            .flat_map(|line| break_evenly(line, self.width - 24.0 - EDGE))
            .collect();
        let bottom = if lines.is_empty() {
            0.0
        } else {
            lines.len() as f64 * CAPTION_LINE + CAPTION_GAP + 8.0
        };
        let size = (self.width, self.height + bottom);
        let mut svg = String::new();
        {
            let pixels = (units(size.0) as u32, units(size.1) as u32);
            let area = SVGBackend::with_string(&mut svg, pixels).into_drawing_area();
            area.fill(&LIGHT.background)?;
            let root = Canvas { area, images: Rc::clone(&images) };
            let (body, caption) = root.split_top(self.height);
            draw(&body.inside([0.0, 0.0, 0.0, EDGE]))?;
            for (index, line) in lines.iter().enumerate() {
                let y = CAPTION_GAP + (index as f64 + 0.5) * CAPTION_LINE;
                caption.text(
                    line,
                    CAPTION,
                    LIGHT.faint,
                    (12.0 + EDGE, y),
                    (HPos::Left, VPos::Center),
                )?;
            }
            root.area.present()?;
        }
        assemble(&svg, size, &images.borrow())
    }
}

/// A part of a picture to draw in; positions are in pixels from its upper left corner.
#[derive(Clone)]
pub(crate) struct Canvas<'a> {
    pub(super) area: DrawingArea<SVGBackend<'a>, Shift>,
    images: Rc<RefCell<String>>,
}

impl<'a> Canvas<'a> {
    fn part(&self, area: DrawingArea<SVGBackend<'a>, Shift>) -> Self {
        Self { area, images: Rc::clone(&self.images) }
    }

    /// Width and height in pixels.
    pub fn size(&self) -> (f64, f64) {
        let (width, height) = self.area.dim_in_pixel();
        (f64::from(width) / UNIT, f64::from(height) / UNIT)
    }

    /// The first `height` pixels, or as many as there are, and the rest.
    pub fn split_top(&self, height: f64) -> (Self, Self) {
        let whole = self.area.dim_in_pixel().1 as i32;
        let (top, bottom) = self.area.split_vertically(units(height).clamp(0, whole.max(0)));
        (self.part(top), self.part(bottom))
    }

    /// The first `width` pixels, or as many as there are, and the rest.
    pub fn split_left(&self, width: f64) -> (Self, Self) {
        let whole = self.area.dim_in_pixel().0 as i32;
        let (left, right) = self.area.split_horizontally(units(width).clamp(0, whole.max(0)));
        (self.part(left), self.part(right))
    }

    /// Equal cells, row by row.
    pub fn grid(&self, rows: usize, columns: usize) -> Vec<Self> {
        self.area.split_evenly((rows, columns)).into_iter().map(|area| self.part(area)).collect()
    }

    /// This without a margin: top, right, bottom, left, in pixels.
    pub fn inside(&self, [top, right, bottom, left]: [f64; 4]) -> Self {
        self.part(self.area.margin(units(top), units(bottom), units(left), units(right)))
    }

    /// Writes a line of text anchored at a position; `size` in pixels per em.
    ///
    /// # Errors
    /// When it names a number that is none, which no figure may.
    pub fn text(
        &self,
        line: &str,
        size: f64,
        colour: RGBColor,
        (x, y): (f64, f64),
        (horizontal, vertical): (HPos, VPos),
    ) -> Result<()> {
        let mut words = line.split(|c: char| !c.is_alphanumeric());
        if words.any(|word| matches!(word, "NaN" | "inf")) {
            return Err(Error::new("cannot draw", format!("a number in “{line}” is none")));
        }
        let style = text::style(size, colour).pos(Pos::new(horizontal, vertical));
        Ok(self.area.draw_text(line, &style, (units(x), units(y)))?)
    }

    /// Draws a line through positions; `width` in pixels.
    pub fn line(&self, points: &[(f64, f64)], colour: impl Color, width: f64) -> Result<()> {
        let points: Vec<_> = points.iter().map(|&(x, y)| (units(x), units(y))).collect();
        Ok(self.area.draw(&PathElement::new(points, stroke(colour, width)))?)
    }

    /// Fills a polygon.
    pub fn fill(&self, points: &[(f64, f64)], colour: RGBColor, opacity: f64) -> Result<()> {
        let points: Vec<_> = points.iter().map(|&(x, y)| (units(x), units(y))).collect();
        Ok(self.area.draw(&Polygon::new(points, colour.mix(opacity).filled()))?)
    }

    /// Fills a circle; its radius in pixels.
    pub fn dot(&self, (x, y): (f64, f64), radius: f64, colour: RGBColor) -> Result<()> {
        let style = colour.filled();
        Ok(self.area.draw(&Circle::new((units(x), units(y)), units(radius), style))?)
    }

    /// Puts a heatmap between two corners, which are in canvas units of the whole picture. It comes
    /// to lie under everything but the background, whenever it is drawn.
    pub fn image(&self, raster: &Raster, from: (i32, i32), to: (i32, i32)) -> Result<()> {
        let data = base64(&raster.png()?);
        let (width, height) = (to.0 - from.0, to.1 - from.1);
        let _ = writeln!(
            self.images.borrow_mut(),
            "<image x=\"{}\" y=\"{}\" width=\"{width}\" height=\"{height}\" \
             preserveAspectRatio=\"none\" style=\"image-rendering:pixelated\" \
             href=\"data:image/png;base64,{data}\"/>",
            from.0,
            from.1
        );
        Ok(())
    }
}

/// A stroke of a width in pixels.
pub(super) fn stroke(colour: impl Color, width: f64) -> ShapeStyle {
    ShapeStyle::from(colour).stroke_width(units(width) as u32)
}

/// The width of a line of text in pixels, on the safe side by some per cent.
pub(crate) fn text_width(line: &str, size: f64) -> f64 {
    let font = text::style(size, LIGHT.ink).font;
    font.box_size(line).map_or(0.0, |(width, _)| f64::from(width) / UNIT)
}

/// Breaks a caption into as few lines as fit `width` pixels, and these about equally long.
fn break_evenly(line: &str, width: f64) -> Vec<String> {
    let fewest = break_line(line, width);
    let narrower = (1..10).rev().map(|tenth| break_line(line, width * f64::from(tenth) / 10.0));
    let mut even = fewest.clone();
    for lines in narrower.take_while(|lines| lines.len() == fewest.len()) {
        even = lines;
    }
    even
}

/// Breaks a caption between its parts where it would be wider than `width` pixels.
fn break_line(line: &str, width: f64) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for part in line.split(" · ") {
        match lines.last_mut() {
            Some(last) if text_width(&format!("{last} · {part}"), CAPTION) <= width => {
                last.push_str(" · ");
                last.push_str(part);
            }
            _ => lines.push(part.to_owned()),
        }
    }
    lines
}

/// The final SVG from what the backend wrote: the size in pixels, the heatmaps upon the background
/// and under everything else, and text centred by the height of its digits.
///
/// The backend has no pictures of pixels, and would need a rectangle for each pixel.
fn assemble(drawn: &str, (width, height): (f64, f64), images: &str) -> Result<String> {
    let mut parts = drawn.splitn(3, '\n');
    let (Some(_), Some(background), Some(rest)) = (parts.next(), parts.next(), parts.next()) else {
        return Err(Error::new("cannot draw", "the drawing is empty"));
    };
    let (wide, high) = (units(width), units(height));
    let rest = rest.replace("dy=\"0.5ex\"", "dy=\"0.36em\"");
    Ok(format!(
        "<svg width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {wide} {high}\" \
         xmlns=\"http://www.w3.org/2000/svg\">\n{background}\n{images}{rest}"
    ))
}
