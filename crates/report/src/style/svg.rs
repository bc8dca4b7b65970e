//! Pictures as SVG: what is drawn, in few bytes, since a page holds some dozens of them.

use std::cell::RefCell;
use std::convert::Infallible;
use std::fmt::Write as _;
use std::rc::Rc;

use plotters::style::Color as _;
use plotters_backend::text_anchor::{HPos, VPos};
use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind,
    FontTransform,
};

use super::LIGHT;
use super::path::{simplified, write_path};
use super::text::{BACKEND_FACTOR, FAMILY};

/// What has been drawn so far.
#[derive(Default)]
pub(super) struct Drawn {
    /// Elements that lie under everything else.
    pub images: String,
    shapes: String,
    /// Lines or areas of one look that are not among the shapes yet: attributes, and data.
    open: Option<(String, String)>,
}

impl Drawn {
    /// Everything, under each other, of a size in canvas units on a background.
    pub fn finish(&mut self, (width, height): (f64, f64), (wide, high): (i32, i32)) -> String {
        self.close();
        let background = look("fill", LIGHT.background.to_backend_color());
        format!(
            "<svg width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {wide} {high}\" fill=\"none\" \
             font-family=\"{FAMILY}\" xmlns=\"http://www.w3.org/2000/svg\">\n\
             <rect width=\"{wide}\" height=\"{high}\"{background}/>\n{}{}</svg>\n",
            self.images, self.shapes
        )
    }

    fn close(&mut self) {
        if let Some((look, data)) = self.open.take() {
            let _ = writeln!(self.shapes, "<path{look} d=\"{data}\"/>");
        }
    }

    /// Adds a line or an outline. Opaque ones of one look after each other share an element.
    fn path(&mut self, look: String, opaque: bool, points: &[BackendCoord]) {
        if !opaque || self.open.as_ref().is_some_and(|(open, _)| *open != look) {
            self.close();
        }
        let (_, data) = self.open.get_or_insert_with(|| (look, String::new()));
        write_path(points, data);
        if !opaque {
            self.close();
        }
    }
}

/// Paint of an element.
fn look(what: &str, colour: BackendColor) -> String {
    let (r, g, b) = colour.rgb;
    let paint = format!(" {what}=\"#{r:02X}{g:02X}{b:02X}\"");
    if colour.alpha < 1.0 { format!("{paint} opacity=\"{}\"", colour.alpha) } else { paint }
}

/// Draws for plotters.
pub(super) struct Svg {
    /// In canvas units.
    pub size: (u32, u32),
    pub drawn: Rc<RefCell<Drawn>>,
}

type Done = Result<(), DrawingErrorKind<Infallible>>;

impl Svg {
    fn line(&self, points: &[BackendCoord], style: &impl BackendStyle, ends: &str) {
        let colour = style.color();
        let width = style.stroke_width();
        let look = format!("{} stroke-width=\"{width}\"{ends}", look("stroke", colour));
        self.drawn.borrow_mut().path(look, colour.alpha >= 1.0, points);
    }
}

impl DrawingBackend for Svg {
    type ErrorType = Infallible;

    fn get_size(&self) -> (u32, u32) {
        self.size
    }

    fn ensure_prepared(&mut self) -> Done {
        Ok(())
    }

    fn present(&mut self) -> Done {
        Ok(())
    }

    fn draw_pixel(&mut self, (x, y): BackendCoord, colour: BackendColor) -> Done {
        self.draw_rect((x, y), (x + 1, y + 1), &colour, true)
    }

    fn draw_line<S: BackendStyle>(
        &mut self,
        from: BackendCoord,
        to: BackendCoord,
        style: &S,
    ) -> Done {
        self.line(&[from, to], style, "");
        Ok(())
    }

    fn draw_rect<S: BackendStyle>(
        &mut self,
        (left, top): BackendCoord,
        (right, bottom): BackendCoord,
        style: &S,
        fill: bool,
    ) -> Done {
        let corners = [(left, top), (right, top), (right, bottom), (left, bottom), (left, top)];
        if fill { self.fill_polygon(corners, style) } else { self.draw_path(corners, style) }
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        path: I,
        style: &S,
    ) -> Done {
        let points: Vec<_> = path.into_iter().collect();
        self.line(&simplified(&points), style, "");
        Ok(())
    }

    /// A line without length whose ends are round is a dot.
    fn draw_circle<S: BackendStyle>(
        &mut self,
        centre: BackendCoord,
        radius: u32,
        style: &S,
        _fill: bool,
    ) -> Done {
        let pen = Pen { colour: style.color(), width: 2 * radius };
        self.line(&[centre, centre], &pen, " stroke-linecap=\"round\"");
        Ok(())
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        corners: I,
        style: &S,
    ) -> Done {
        let corners: Vec<_> = corners.into_iter().collect();
        let colour = style.color();
        let opaque = colour.alpha >= 1.0;
        self.drawn.borrow_mut().path(look("fill", colour), opaque, &simplified(&corners));
        Ok(())
    }

    fn draw_text<S: BackendTextStyle>(
        &mut self,
        text: &str,
        style: &S,
        (x, y): BackendCoord,
    ) -> Done {
        let size = style.size() / BACKEND_FACTOR;
        let anchor = style.anchor();
        let side = match anchor.h_pos {
            HPos::Left => "",
            HPos::Center => " text-anchor=\"middle\"",
            HPos::Right => " text-anchor=\"end\"",
        };
        // From the height of digits, as most texts are numbers.
        let drop = match anchor.v_pos {
            VPos::Top => 0.76,
            VPos::Center => 0.36,
            VPos::Bottom => -0.27,
        };
        let turn = match style.transform() {
            FontTransform::None => String::new(),
            FontTransform::Rotate90 => format!(" transform=\"rotate(90 {x} {y})\""),
            FontTransform::Rotate180 => format!(" transform=\"rotate(180 {x} {y})\""),
            FontTransform::Rotate270 => format!(" transform=\"rotate(-90 {x} {y})\""),
        };
        let (base, em) = ((f64::from(y) + drop * size).round(), (10.0 * size).round() / 10.0);
        let paint = look("fill", style.color());
        let mut drawn = self.drawn.borrow_mut();
        drawn.close();
        let _ = writeln!(
            drawn.shapes,
            "<text x=\"{x}\" y=\"{base}\"{side} font-size=\"{em}\"{paint}{turn}>{}</text>",
            letters(text, size)
        );
        Ok(())
    }
}

/// A colour and a width.
struct Pen {
    colour: BackendColor,
    width: u32,
}

impl BackendStyle for Pen {
    fn color(&self) -> BackendColor {
        self.colour
    }

    fn stroke_width(&self) -> u32 {
        self.width
    }
}

/// Text as it is written in SVG; indices as small letters that are lowered, for the typeface's own
/// are too small to read.
fn letters(text: &str, size: f64) -> String {
    const SMALL: f64 = 0.8;
    let (small, lower) = ((SMALL * size).round(), (0.2 * size).round());
    let mut written = String::new();
    let mut lowered = false;
    for letter in text.trim().chars() {
        let index = ["ᵢ", "₀", "₁"].iter().position(|index| index.starts_with(letter));
        match (letter, index.map(|index| ["i", "0", "1"][index])) {
            (_, Some(index)) => {
                let dy = if lowered { 0.0 } else { lower };
                let _ = write!(written, "<tspan dy=\"{dy}\" font-size=\"{small}\">{index}</tspan>");
            }
            // The first letter behind an index takes the line up again.
            (_, None) if lowered => {
                let _ = write!(written, "<tspan dy=\"-{lower}\">{}</tspan>", escaped(letter));
            }
            _ => written.push_str(&escaped(letter)),
        }
        lowered = index.is_some();
    }
    written
}

fn escaped(letter: char) -> String {
    match letter {
        '<' => "&lt;".to_owned(),
        '>' => "&gt;".to_owned(),
        '&' => "&amp;".to_owned(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::letters;

    #[test]
    fn indices_are_lowered_and_signs_escaped() {
        let lowered = "<tspan dy=\"2\" font-size=\"8\">i</tspan>";
        assert_eq!(letters("a<bᵢ", 10.0), format!("a&lt;b{lowered}"));
        assert_eq!(
            letters("bᵢ (nats)", 10.0),
            format!("b{lowered}<tspan dy=\"-2\"> </tspan>(nats)")
        );
    }
}
