//! The figures of every section, drawn from its records alone.
//!
//! One module per section, each with a `draw` that takes the section's records.

mod common;
mod ensemble;
mod flip_paths;
mod gradient_heatmap;
mod gradients;
mod hypercube;
mod log_loss_density;
mod loss_density;
mod node_on;
mod plane;
mod prediction_heatmap;
mod prediction_path;
mod train;

pub(crate) use common::caption;

use crate::error::Result;
use crate::saved::Saved;
use crate::style;

/// One picture in one file.
#[derive(Clone, Debug)]
pub struct Figure {
    file_name: String,
    bytes: Vec<u8>,
}

impl Figure {
    /// A figure of a kind that has only one form.
    fn new(file_name: impl Into<String>, bytes: Vec<u8>) -> Self {
        Self { file_name: file_name.into(), bytes }
    }

    /// A drawing as SVG, and the same as PNG.
    fn both(name: &str, svg: String) -> Result<[Self; 2]> {
        let png = style::png(&svg)?;
        Ok([
            Self::new(format!("{name}.svg"), svg.into_bytes()),
            Self::new(format!("{name}.png"), png),
        ])
    }

    /// Name of the file, which begins with its section's name.
    #[must_use]
    pub fn file_name(&self) -> &str {
        &self.file_name
    }

    /// What the file holds.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Whether a file name is that of a figure rather than of a record.
    pub(crate) fn is_named(file_name: &str) -> bool {
        [".svg", ".png", ".gif"].iter().any(|extension| file_name.ends_with(extension))
    }
}

type Draw = fn(&Saved) -> Result<Vec<Figure>>;

/// What draws which section, in the write-up's order, then beyond it.
const DRAWN: [(&str, Draw); 10] = [
    ("train", train::draw),
    ("prediction-heatmap", prediction_heatmap::draw),
    ("loss-density", loss_density::draw),
    ("log-loss-density", log_loss_density::draw),
    ("gradients", gradients::draw),
    ("node-on", node_on::draw),
    ("flip-paths", flip_paths::draw),
    ("gradient-heatmap", gradient_heatmap::draw),
    ("hypercube", hypercube::draw),
    ("ensemble", ensemble::draw),
];

/// The sections that have figures, in the write-up's order.
pub fn sections() -> impl Iterator<Item = &'static str> {
    DRAWN.iter().map(|(section, _)| *section)
}

/// Draws the figures of a section; none for a section that has no figures.
pub(crate) fn draw(saved: &Saved) -> Result<Vec<Figure>> {
    let section = &saved.manifest().section;
    let drawn = DRAWN.iter().find(|(name, _)| name == section);
    drawn.map_or_else(|| Ok(Vec::new()), |(_, draw)| draw(saved))
}
