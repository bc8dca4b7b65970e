//! Horizontal axes with names instead of numbers: the k-th stands below k.

use plotters::style::text_anchor::{HPos, VPos};

use super::text::text_width;
use super::{LIGHT, Panel, Plot};
use crate::error::Result;

/// Pixels between the axis and the names, and between names beside each other.
const GAP: f64 = 6.0;

impl Panel<'_> {
    /// Em size of the names.
    fn name_size(&self) -> f64 {
        self.size - 1.0
    }

    fn name_line(&self) -> f64 {
        self.name_size() * 1.2
    }

    /// Pixels of the longest line of a name.
    fn widest(&self) -> f64 {
        let lines = self.names.iter().flat_map(|name| name.lines());
        lines.map(|line| text_width(line, self.name_size())).fold(0.0, f64::max)
    }

    /// Whether there is too little room beside each other in so many pixels.
    fn are_upright(&self, width: f64) -> bool {
        self.widest() + GAP > width / self.names.len().max(1) as f64
    }

    /// The names as they are written if they are upright.
    fn upright(&self) -> impl Iterator<Item = String> {
        self.names.iter().map(|name| name.replace('\n', " "))
    }

    /// Pixels for the names under an axis of so many pixels.
    pub(super) fn name_room(&self, width: f64) -> f64 {
        if self.names.is_empty() {
            return 0.0;
        }
        let high = if self.are_upright(width) {
            self.upright().map(|name| text_width(&name, self.name_size())).fold(0.0, f64::max)
        } else {
            let lines = self.names.iter().map(|name| name.lines().count()).max();
            lines.unwrap_or_default() as f64 * self.name_line()
        };
        GAP + high + 4.0
    }

    /// Draws the axis and its names.
    pub(super) fn named(&self, plot: &Plot) -> Result<()> {
        let (left, y) = plot.pixels((self.x.start, self.y.start));
        let (right, _) = plot.pixels((self.x.end, self.y.start));
        plot.canvas.line(&[(left, y), (right, y)], LIGHT.ink, 1.0)?;
        let size = self.name_size();
        let x = |k: usize| plot.pixels((k as f64, self.y.start)).0;
        if self.are_upright(right - left) {
            let mut names = self.upright().enumerate();
            return names
                .try_for_each(|(k, name)| plot.canvas.upright(&name, size, (x(k), y + GAP)));
        }
        for (k, name) in self.names.iter().enumerate() {
            for (index, line) in name.lines().enumerate() {
                let place = (x(k), y + GAP + index as f64 * self.name_line());
                plot.canvas.text(line, size, LIGHT.ink, place, (HPos::Center, VPos::Top))?;
            }
        }
        Ok(())
    }
}
