//! Colour bars: the scales of heatmaps.

use std::ops::Range;

use plotters::chart::ChartBuilder;

use super::axes::axis;
use super::canvas::stroke;
use super::{Canvas, LIGHT, Raster, text, units};
use crate::error::Result;
use crate::words::number;

/// A colour bar's scale.
pub(crate) struct Bar<'a> {
    /// Beside the bar.
    pub label: &'a str,
    /// The values at its ends.
    pub range: Range<f64>,
}

impl Canvas {
    /// Draws a vertical colour bar that fills the height, its scale on its right.
    pub fn colour_bar(&self, bar: &Bar, map: &'static super::colours::ColourMap) -> Result<()> {
        let ink = LIGHT.ink;
        let Range { start, end } = axis(&bar.range);
        let mut chart = ChartBuilder::on(&self.area)
            .right_y_label_area_size(units(58.0))
            .build_cartesian_2d(0.0..1.0, start..end)?;
        let label = |value: &f64| number(*value);
        chart
            .configure_mesh()
            .disable_mesh()
            .axis_style(stroke(ink, 1.0))
            .label_style(text::style(11.0, ink))
            .axis_desc_style(text::style(11.5, ink))
            .set_all_tick_mark_size(units(4.0))
            .x_labels(0)
            .y_labels(6)
            .y_label_formatter(&label)
            .y_desc(bar.label)
            .draw()?;
        let area = chart.plotting_area();
        let ramp: Vec<f64> =
            (0..255).map(|step| start + (end - start) * f64::from(step) / 254.0).collect();
        let from = area.map_coordinate(&(0.0, end));
        let to = area.map_coordinate(&(1.0, start));
        self.image(&Raster::new(&ramp, 1, map, (start, end)), from, to)
    }
}
