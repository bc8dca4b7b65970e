//! Colour maps, and pixel pictures coloured by them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use plotters::style::RGBColor;

use crate::error::{Result, While};

/// Colours at equal steps, straight lines between.
#[derive(Debug)]
pub(crate) struct ColourMap {
    steps: [u32; 11],
}

/// Sequential: matplotlib's viridis, dark violet to yellow.
pub(crate) static VIRIDIS: ColourMap = ColourMap {
    steps: [
        0x44_01_54, 0x48_24_75, 0x41_44_87, 0x35_5f_8d, 0x2a_78_8e, 0x21_91_8c, 0x22_a8_84,
        0x44_bf_70, 0x7a_d1_51, 0xbd_df_26, 0xfd_e7_25,
    ],
};

/// Diverging: `ColorBrewer`'s RdBu turned round, blue for negative, red for positive.
pub(crate) static DIVERGING: ColourMap = ColourMap {
    steps: [
        0x05_30_61, 0x21_66_ac, 0x43_93_c3, 0x92_c5_de, 0xd1_e5_f0, 0xf7_f7_f7, 0xfd_db_c7,
        0xf4_a5_82, 0xd6_60_4d, 0xb2_18_2b, 0x67_00_1f,
    ],
};

impl ColourMap {
    /// The colour at a place from 0 to 1.
    pub fn at(&self, place: f64) -> RGBColor {
        let scaled = place.clamp(0.0, 1.0) * 10.0;
        let below = (scaled.floor() as usize).min(9);
        let part = scaled - below as f64;
        let mix = |shift: u32| {
            let [low, high] = [below, below + 1].map(|step| (self.steps[step] >> shift) & 0xff);
            (f64::from(low) + part * (f64::from(high) - f64::from(low))).round() as u8
        };
        RGBColor(mix(16), mix(8), mix(0))
    }

    /// 255 colours in a row, so that one of them is exactly the middle.
    fn palette(&self) -> Vec<u8> {
        let colours = (0..255).map(|index| self.at(f64::from(index) / 254.0));
        colours.flat_map(|RGBColor(r, g, b)| [r, g, b]).collect()
    }
}

/// Pixels of a colour map, the top row first.
pub(crate) struct Raster {
    width: usize,
    indices: Vec<u8>,
    map: &'static ColourMap,
}

impl Raster {
    /// Colours `values`, rows of `width` of which the first is the *lowest*, so that `low` and
    /// below is one end of the map and `high` and above is the other.
    pub fn new(
        values: &[f64],
        width: usize,
        map: &'static ColourMap,
        (low, high): (f64, f64),
    ) -> Self {
        let index = |value: &f64| ((value - low) / (high - low) * 254.0).round() as u8;
        let rows = values.chunks_exact(width.max(1)).rev();
        let indices = rows.flatten().map(|value| index(value).min(254)).collect();
        Self { width, indices, map }
    }

    /// As a PNG file with a palette.
    pub fn png(&self) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let height = self.indices.len() / self.width.max(1);
        let mut encoder = png::Encoder::new(&mut bytes, self.width as u32, height as u32);
        encoder.set_color(png::ColorType::Indexed);
        encoder.set_palette(self.map.palette());
        encoder.set_compression(png::Compression::High);
        encoder.set_filter(png::Filter::NoFilter);
        let what = || "cannot encode a heatmap".to_owned();
        let mut writer = encoder.write_header().while_doing(what)?;
        writer.write_image_data(&self.indices).while_doing(what)?;
        writer.finish().while_doing(what)?;
        Ok(bytes)
    }
}

/// Bytes in base64, for a data URI.
pub(crate) fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn maps_keep_ends_and_middle() {
        assert_eq!(VIRIDIS.at(-1.0), RGBColor(0x44, 0x01, 0x54));
        assert_eq!(VIRIDIS.at(2.0), RGBColor(0xfd, 0xe7, 0x25));
        assert_eq!(DIVERGING.at(0.5), RGBColor(0xf7, 0xf7, 0xf7));
        let raster = Raster::new(&[-1.0, 0.0, 1.0, 9.0], 2, &DIVERGING, (-1.0, 1.0));
        assert_eq!(raster.indices, [254, 254, 0, 127], "rows upside down, ends saturated");
    }
}
