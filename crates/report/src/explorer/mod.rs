//! The explorer: one page in which a network is taken apart by hand, drawn from what `explore`
//! recorded. Nothing but the page itself is needed to use it.

mod bundle;
mod data;

use std::fs;
use std::path::{Path, PathBuf};

use crate::error::{Result, While};
use crate::files::{self, Staging};
use crate::saved::Saved;

/// The section whose records it is drawn from.
pub(crate) const SECTION: &str = "explore";

/// Name of the page in the results folder.
pub const EXPLORER: &str = "explorer.html";

/// Up to this many nodes the page carries the losses of all masks: 2^21 of them take 5.6 MB as
/// text, and the page is to stay below 8 MB.
pub const MOST_EXPLORER_NODES: usize = 21;

/// Up to this many points the page carries: as text they take 1.6 MB.
pub const MOST_EXPLORER_POINTS: usize = 1 << 16;

/// File of the losses of all masks.
const LOSSES: &str = "losses.npy";

/// The page, complete.
pub(crate) struct Explorer(String);

impl Explorer {
    /// Draws the page from its section's records. None for another section, and none where the
    /// losses of all masks were recorded but not passed on: the page is then as it was.
    ///
    /// # Errors
    /// When a record is missing, broken, or does not fit the others.
    pub fn draw(saved: &Saved) -> Result<Option<Self>> {
        let manifest = saved.manifest();
        let absent = manifest.outputs.contains_key(LOSSES) && !saved.has(LOSSES);
        if manifest.section != SECTION || absent {
            return Ok(None);
        }
        let data = data::json(saved)?;
        Ok(Some(Self(bundle::page(&data))))
    }

    /// Puts the page in its place at once, and returns where that is.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn publish(&self, staging: &Staging, out: &Path) -> Result<PathBuf> {
        let (made, target) = (staging.path().join(EXPLORER), out.join(EXPLORER));
        files::write(&made, self.0.as_bytes())?;
        files::sync(&made)?;
        fs::rename(made, &target).while_doing(|| format!("cannot write {}", target.display()))?;
        Ok(target)
    }
}
