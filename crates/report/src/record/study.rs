//! What a results folder is about: one network, one set of evaluation points, one ablation.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::files;
use super::manifest::{MANIFEST, Manifest, Study};
use crate::error::{Error, Result};

/// The sections whose networks differ, so that they belong to no study.
const OF_MANY: [&str; 2] = ["ensemble", "why"];

/// The section that makes a network.
pub(super) const TRAIN: &str = "train";

/// The folder inside a results folder in which further studies lie, each in a folder of its own.
pub(crate) const STUDIES: &str = "studies";

/// One study of several.
#[derive(Debug)]
pub(crate) struct InFolder {
    pub name: String,
    pub folder: PathBuf,
}

/// The further studies in a results folder, by name.
pub(crate) fn studies(results: &Path) -> Result<Vec<InFolder>> {
    let entries = fs::read_dir(results.join(STUDIES)).into_iter().flatten().flatten();
    let mut found = Vec::new();
    for entry in entries {
        let folder = entry.path();
        if !sections(&folder)?.is_empty() {
            let name = entry.file_name().to_string_lossy().into_owned();
            found.push(InFolder { name, folder });
        }
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(found)
}

/// Refuses a folder whose sections are about different things, such as one that was put together
/// by hand.
pub(crate) fn check_is_one(results: &Path) -> Result<()> {
    let sections = sections(results)?;
    let known: Vec<(&OnRecord, &Study)> =
        sections.iter().filter_map(|s| s.manifest.study.as_ref().map(|study| (s, study))).collect();
    for (k, (one, study)) in known.iter().enumerate() {
        if let Some((other, _)) = known[..k].iter().find(|(_, s)| !s.agrees_with(study)) {
            return Err(Error::new(
                format!("{} holds more than one study", results.display()),
                format!(
                    "{} is about {}, and {} about {}; keep them in folders of their own",
                    other.name,
                    described(&other.manifest),
                    one.name,
                    described(&one.manifest)
                ),
            ));
        }
    }
    Ok(())
}

/// A section on record.
#[derive(Debug)]
pub(crate) struct OnRecord {
    pub name: String,
    pub manifest: Manifest,
}

/// The sections of a folder that belong to a study, those of an earlier version included, by name. A
/// folder that has another name than its manifest's section, such as a copy, is none.
pub(crate) fn sections(out: &Path) -> Result<Vec<OnRecord>> {
    let folders = fs::read_dir(out).into_iter().flatten().flatten();
    let mut names: Vec<String> =
        folders.filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.sort();
    let mut found = Vec::new();
    for name in names {
        let path = out.join(&name).join(MANIFEST);
        if OF_MANY.contains(&&*name) || !path.exists() || !is_of_a_section(&files::read(&path)?) {
            continue;
        }
        let manifest = files::manifest(&path)?;
        if manifest.section == name {
            found.push(OnRecord { name, manifest });
        }
    }
    Ok(found)
}

/// Whether a file of that name is a manifest of ours, or was before it was damaged: other programs
/// have manifests too.
fn is_of_a_section(file: &[u8]) -> bool {
    let rest = file.trim_ascii_start().strip_prefix(b"{");
    rest.is_some_and(|rest| rest.trim_ascii_start().starts_with(b"\"section\""))
}

/// The sections of a folder that are about something else than `manifest`.
///
/// # Errors
/// When there is one and `replace` does not allow for it, or a quick run would take the place of a
/// full one.
pub(crate) fn conflicts(out: &Path, manifest: &Manifest, replace: bool) -> Result<Vec<OnRecord>> {
    let mut conflicts = sections(out)?;
    let refuse = |why: String| Error::new(format!("cannot write to {}", out.display()), why);
    let own = conflicts.iter().find(|other| other.name == manifest.section);
    if own.is_some_and(|own| manifest.run.quick && !own.manifest.run.quick) && !replace {
        return Err(refuse(format!(
            "a full record of {} is there, and a quick run does not take its place; give another \
             --out, or --replace",
            manifest.section
        )));
    }
    let Some(study) = &manifest.study else { return Ok(Vec::new()) };
    let stays = |own: &Study| own.agrees_with(study) && !study.outdates(own);
    conflicts.retain(|o| !o.manifest.study.as_ref().is_some_and(stays));
    match conflicts.first() {
        Some(other) if !replace => Err(refuse(format!(
            "{} there is about {}, and this run about {}; give another --out, or --replace to \
             remove what is there",
            other.name,
            described(&other.manifest),
            described(manifest)
        ))),
        _ => Ok(conflicts),
    }
}

/// The first section of a study that a folder holds, in a sentence without its full stop, and how it
/// was made; none if there is none.
///
/// # Errors
/// When a manifest cannot be read.
pub fn occupant(out: &Path) -> Result<Option<(String, Manifest)>> {
    let first = sections(out)?.into_iter().next();
    Ok(first.map(|s| (format!("{} there is about {}", s.name, described(&s.manifest)), s.manifest)))
}

/// A study in a few words, such as `network 3f2a9c1b (2-20-2) on 4096 points 9e107d9d under zero
/// ablation`.
pub(crate) fn described(manifest: &Manifest) -> String {
    let Some(study) = &manifest.study else {
        return "a network that an earlier version did not name".to_owned();
    };
    let short = |hash: &str| hash.chars().take(8).collect::<String>();
    let parameter = |name: &str| manifest.run.parameters.get(name);
    let mut text = format!("network {}", short(&study.network));
    if let Some(sizes) = parameter("sizes").and_then(Value::as_array) {
        let sizes: Vec<String> = sizes.iter().map(Value::to_string).collect();
        let activation = parameter("activation").and_then(Value::as_str);
        let activation = activation.map_or_else(String::new, |name| format!(" {name}"));
        text += &format!(" ({}{activation})", sizes.join("-"));
    }
    if let Some(points) = &study.points {
        let count = parameter("n_points").map(|n| format!("{n} ")).unwrap_or_default();
        text += &format!(" on {count}points {}", short(points));
    }
    if let Some(ablation) = &study.ablation {
        text += &format!(" under {ablation} ablation");
    }
    if study.value.is_some() {
        text += ", measured by divergence";
    }
    text
}
