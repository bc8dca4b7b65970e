//! What the page is called, and the pages of other studies beside it.

use std::path::Path;

use serde_json::Value;

use super::PAGE;
use crate::error::Result;
use crate::record::{Saved, study};

/// A study with a page, as seen from one of them.
#[derive(Debug)]
pub(super) struct Neighbour {
    /// Its name.
    pub name: String,
    /// Where its page is.
    pub address: String,
    /// Whether it is this one.
    pub is_this: bool,
}

/// The question of all pages.
const QUESTION: &str = "What happens to a small neural network when hidden nodes are removed?";

/// The title of a folder's page: the question, and of a study beside others which network it is.
pub(super) fn title(folder: &Path, subject: Option<&Saved>, kinds: &str) -> String {
    let sizes = subject.and_then(|saved| saved.parameter("sizes")).map(widths);
    match (top_of(folder), sizes) {
        (Some(_), Some(sizes)) => format!(
            "What happens to a {sizes} network that tells {kinds} apart when hidden nodes are removed?"
        ),
        _ => QUESTION.to_owned(),
    }
}

/// Layer sizes as they are shown, such as `2–20–2`.
fn widths(sizes: &Value) -> String {
    let sizes = sizes.as_array().into_iter().flatten().map(Value::to_string);
    sizes.collect::<Vec<_>>().join("–")
}

/// The results folder above, if this is the folder of one of several studies.
pub(super) fn top_of(folder: &Path) -> Option<&Path> {
    let above = folder.parent().filter(|parent| parent.ends_with(study::STUDIES))?;
    above.parent().filter(|top| top.join(PAGE).exists())
}

/// The pages of a results folder and of the studies in it, seen from one of them; the first is that of the
/// results folder itself.
pub(super) fn neighbours(folder: &Path) -> Result<Vec<Neighbour>> {
    let (top, to_top) = match top_of(folder) {
        Some(top) => (top, "../../"),
        None => (folder, ""),
    };
    let first = Neighbour {
        name: first_name(top)?,
        address: format!("{to_top}{PAGE}"),
        is_this: to_top.is_empty(),
    };
    let mut all = vec![first];
    for study in study::studies(top)? {
        // A page that is being written for the first time is this one.
        let is_this = folder.ends_with(Path::new(study::STUDIES).join(&study.name));
        if is_this || study.folder.join(PAGE).exists() {
            let address = format!("{to_top}{}/{}/{PAGE}", study::STUDIES, study.name);
            let name = named(&study.name, &study.folder)?;
            all.push(Neighbour { name, address, is_this });
        }
    }
    Ok(all)
}

/// What the results folder's own study is called: by its data.
fn first_name(top: &Path) -> Result<String> {
    let sections = study::sections(top)?;
    let data = sections.iter().find_map(|s| s.manifest.run.parameters.get("data")?.as_str());
    named(data.unwrap_or("this study"), top)
}

/// A study's name with the sizes of its network's layers, if they are known.
fn named(name: &str, folder: &Path) -> Result<String> {
    let sections = study::sections(folder)?;
    let sizes = sections.iter().find_map(|s| s.manifest.run.parameters.get("sizes"));
    Ok(sizes.map_or_else(|| name.to_owned(), |sizes| format!("{name} ({})", widths(sizes))))
}
