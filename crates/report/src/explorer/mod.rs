//! The explorer: one page in which a network is taken apart by hand, drawn from what `explore`
//! recorded. Nothing but the page itself is needed to use it.

mod bundle;
mod data;
pub(crate) mod rows;

use crate::error::Result;
use crate::record::{Figure, Saved};

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

/// Draws the page from its section's records. None for another section, and none where the losses
/// of all masks were recorded but not passed on: the page is then as it was.
///
/// # Errors
/// When a record is missing, broken, or does not fit the others.
pub(crate) fn draw(saved: &Saved) -> Result<Option<Figure>> {
    let manifest = saved.manifest();
    let absent = manifest.outputs.contains_key(LOSSES) && !saved.has(LOSSES);
    if manifest.section != SECTION || absent {
        return Ok(None);
    }
    let page = bundle::page(&data::json(saved)?);
    Ok(Some(Figure::new(EXPLORER, page.into_bytes())))
}
