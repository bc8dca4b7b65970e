//! The explorer: one page in which a network is taken apart by hand, drawn from what `explore`
//! recorded. Nothing but the page itself is needed to use it.

pub(crate) mod bundle;
pub(crate) mod data;
pub(crate) mod rows;

use crate::error::Result;
use crate::record::{Figure, MANIFEST, Saved};
use crate::sections;

/// The section whose records it is drawn from.
pub(crate) const SECTION: &str = "explore";

/// Name of the page in the results folder.
pub const EXPLORER: &str = "explorer.html";

/// Up to this many coordinates of points the page carries: as text they take 1.4 MB.
pub const MOST_EXPLORER_COORDINATES: usize = 1 << 17;

/// Draws the page from its section's records; none for another section. It leads to the page of all
/// sections where another section is on record, as there is none otherwise.
///
/// # Errors
/// When a record is missing, broken, or does not fit the others.
pub(crate) fn draw(saved: &Saved) -> Result<Option<Figure>> {
    if saved.manifest().section != SECTION {
        return Ok(None);
    }
    let out = saved.path("..");
    let has_results = sections::names().any(|name| out.join(name).join(MANIFEST).is_file());
    let page = bundle::page(&data::json(saved)?, has_results);
    Ok(Some(Figure::new(EXPLORER, page.into_bytes())))
}
