//! Pictures of pixels from SVG.

use plotters::style::RGBColor;
use resvg::tiny_skia::{Color, Pixmap, Transform};
use resvg::usvg::{Options, Tree};

use super::LIGHT;
use super::text::font_database;
use crate::error::{Error, Result, While};

/// Rasterises an SVG at a number of pixels per pixel of the figure.
pub(crate) fn pixels(svg: &str, scale: f32) -> Result<Pixmap> {
    let options = Options { fontdb: font_database(), ..Options::default() };
    let tree = Tree::from_str(svg, &options).while_doing(|| "cannot rasterise".to_owned())?;
    let [width, height] =
        [tree.size().width(), tree.size().height()].map(|side| (side * scale).round() as u32);
    let mut pixmap = Pixmap::new(width, height)
        .ok_or_else(|| Error::new("cannot rasterise", "the figure is empty"))?;
    // A last row that the figure covers only in part would show through.
    let RGBColor(r, g, b) = LIGHT.background;
    pixmap.fill(Color::from_rgba8(r, g, b, 255));
    resvg::render(&tree, Transform::from_scale(scale, scale), &mut pixmap.as_mut());
    Ok(pixmap)
}

/// An SVG as a PNG file, with pixels enough for a dense screen.
pub(crate) fn png(svg: &str) -> Result<Vec<u8>> {
    let pixmap = pixels(svg, 1.75)?;
    // The background is opaque, so nothing is lost without the fourth channel.
    let colours: Vec<u8> =
        pixmap.data().chunks_exact(4).flat_map(|pixel| &pixel[..3]).copied().collect();
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, pixmap.width(), pixmap.height());
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_compression(png::Compression::High);
    let what = || "cannot encode a figure".to_owned();
    let mut writer = encoder.write_header().while_doing(what)?;
    writer.write_image_data(&colours).while_doing(what)?;
    writer.finish().while_doing(what)?;
    Ok(bytes)
}
