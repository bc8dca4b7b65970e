//! The figures of every section, drawn from its records alone.

use crate::error::Result;
use crate::saved::Saved;

/// One picture in one file.
#[derive(Clone, Debug)]
pub struct Figure {
    file_name: String,
    bytes: Vec<u8>,
}

impl Figure {
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
}

/// The sections that have figures, in the write-up's order.
pub const SECTIONS: [&str; 0] = [];

/// Draws the figures of a section; none for a section that has no figures.
#[expect(clippy::unnecessary_wraps, reason = "every section's drawing can fail")]
pub(crate) fn draw(_saved: &Saved) -> Result<Vec<Figure>> {
    Ok(Vec::new())
}
