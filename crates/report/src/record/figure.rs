//! Figures as files.

use crate::error::Result;
use crate::style;

/// One picture in one file.
#[derive(Clone, Debug)]
pub struct Figure {
    file_name: String,
    bytes: Vec<u8>,
}

impl Figure {
    /// A picture, and the name of its file, which begins with its section's name.
    pub(crate) fn new(file_name: impl Into<String>, bytes: Vec<u8>) -> Self {
        Self { file_name: file_name.into(), bytes }
    }

    /// A drawing, its name without the extension.
    pub(crate) fn drawing(name: &str, svg: String) -> Self {
        Self::new(format!("{name}.svg"), svg.into_bytes())
    }

    /// A drawing as PNG; none of an animation.
    pub(crate) fn rasterised(&self) -> Result<Option<Self>> {
        let drawing = self.file_name.strip_suffix(".svg").zip(str::from_utf8(&self.bytes).ok());
        let png = |(name, svg)| Ok(Self::new(format!("{name}.png"), style::png(svg)?));
        drawing.map(png).transpose()
    }

    /// Name of the file.
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
