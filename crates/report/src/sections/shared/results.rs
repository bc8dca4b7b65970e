//! The records of all sections in a results folder.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::error::{Error, Result};
use crate::record::{MANIFEST, Saved};
use crate::sections::hypercube::rows::FrontierRow;
use crate::words::count;

/// The sections that have left records, in the write-up's order.
pub(crate) struct Results {
    folder: PathBuf,
    sections: Vec<Saved>,
}

impl Results {
    /// Opens these sections of a results folder, as far as they are there.
    pub fn open(folder: &Path, sections: impl Iterator<Item = &'static str>) -> Result<Self> {
        let folders = sections.map(|section| folder.join(section));
        let sections: Vec<Saved> = folders
            .filter(|section| section.join(MANIFEST).exists())
            .map(|section| Saved::open(&section))
            .collect::<Result<_>>()?;
        if sections.is_empty() {
            let why = "no section has left a manifest.json there; run a section first";
            return Err(Error::new(format!("nothing to show in {}", folder.display()), why));
        }
        Ok(Self { folder: folder.to_owned(), sections })
    }

    /// The results folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// All sections.
    pub fn sections(&self) -> &[Saved] {
        &self.sections
    }

    /// A section, if it has left records.
    pub fn section(&self, name: &str) -> Option<&Saved> {
        self.sections.iter().find(|saved| saved.manifest().section == name)
    }

    /// The hypercube section, if it is about the network and the points of another section; all
    /// sections of one folder are, but for records of earlier versions, which do not say.
    pub fn hypercube_of(&self, other: &Saved) -> Option<&Saved> {
        self.section_of("hypercube", other)
    }

    /// The same for any section that belongs to a study.
    pub fn section_of(&self, name: &str, other: &Saved) -> Option<&Saved> {
        let own = &other.manifest().study;
        self.section(name).filter(|section| {
            let same = |name: &str| section.parameter(name) == other.parameter(name);
            match (own, &section.manifest().study) {
                (Some(a), Some(b)) => a.agrees_with(b),
                _ => ["model", "data", "points", "n_points", "ablation"].into_iter().all(same),
            }
        })
    }

    /// The best-subset frontier of the network of another section, if it is known.
    pub fn frontier_of(&self, other: &Saved) -> Result<Option<Vec<FrontierRow>>> {
        self.hypercube_of(other).map(|saved| saved.table("frontier.csv")).transpose()
    }
}

/// Number of nodes of a section's network, if it is recorded.
pub(crate) fn nodes(saved: &Saved) -> Option<usize> {
    let sizes = saved.parameter("sizes")?.as_array()?;
    let hidden = sizes.get(1..sizes.len().checked_sub(1)?)?;
    hidden
        .iter()
        .try_fold(0_usize, |sum, size| sum.checked_add(usize::try_from(size.as_u64()?).ok()?))
}

/// How many masks there are of `n` nodes, in words.
pub(crate) fn masks(n: usize) -> String {
    let masks = u32::try_from(n).ok().and_then(|n| 1_usize.checked_shl(n));
    masks.map_or_else(|| format!("2^{n}"), count)
}

/// Whether a section is about a network such as the write-up's, so that its numbers compare.
pub(crate) fn compares(saved: &Saved) -> bool {
    let circle = saved.parameter("circle_radius").is_some_and(Value::is_number);
    let relu = saved.parameter("activation").is_none();
    circle && relu && saved.parameter("sizes") == Some(&serde_json::json!([2, 20, 2]))
}

/// The write-up's value of something, if it compares with a section's network.
pub(crate) fn write_up(saved: &Saved, value: &str) -> String {
    if compares(saved) { value.to_owned() } else { "–".to_owned() }
}
