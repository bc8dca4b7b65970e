//! The two forms of a figure, and how its panels are laid out in each.

use super::picture::EDGE;

/// How wide a figure is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// As a README or a wide page shows it.
    Wide,
    /// For the screen of a phone: letters as large as in the wide form, panels below each other.
    Narrow,
}

/// Panels of equal size, row by row.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Panels {
    /// How many.
    pub n: usize,
    /// How many beside each other.
    pub columns: usize,
    /// Of each, in pixels.
    pub height: f64,
}

impl Form {
    /// Width of figures in pixels.
    pub fn width(self) -> f64 {
        match self {
            Self::Wide => 800.0,
            Self::Narrow => 360.0,
        }
    }

    /// What fits beside each other where `wide` panels do in the wide form: one with axes, or more
    /// of the small panels of a sheet.
    pub fn columns(self, wide: usize) -> usize {
        match (self, wide) {
            (Self::Wide, _) => wide,
            (Self::Narrow, 0..=3) => 1,
            (Self::Narrow, 4..=5) => 3,
            (Self::Narrow, _) => 4,
        }
    }

    /// Pixels that each of some columns of the wide form has.
    pub fn column_width(self, wide: usize) -> f64 {
        (self.width() - EDGE) / self.columns(wide).max(1) as f64
    }

    /// As many panels, so many beside each other in the wide form, each of a height in pixels.
    pub fn panels(self, n: usize, wide: usize, height: f64) -> Panels {
        Panels { n, columns: self.columns(wide), height }
    }

    /// One of two values.
    pub fn choose<T>(self, wide: T, narrow: T) -> T {
        match self {
            Self::Wide => wide,
            Self::Narrow => narrow,
        }
    }
}

impl Panels {
    pub(super) fn rows(&self) -> usize {
        self.n.div_ceil(self.columns.max(1))
    }
}
