//! What is drawn from which records, when they are recorded and again later.

use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::record::{Drawing, Figure, MANIFEST, Record, Saved, files, study};
use crate::{explorer, page, sections};

/// What is drawn from the records of a section.
const DRAWING: Drawing = Drawing {
    figures: sections::draw,
    page: explorer::draw,
    page_name: |section| (section == explorer::SECTION).then_some(explorer::EXPLORER),
};

/// Begins a record that will become the folder `section` inside `out`, with the section's figures.
///
/// # Errors
/// When `out` cannot be made or written to.
pub fn begin(out: &Path, section: &str) -> Result<Record> {
    Record::create(out, section, DRAWING)
}

/// Draws the figures of every section in a results folder again, and the explorer, from the records
/// alone, and brings the manifests' hashes up to date; then writes the page of all sections. Sections
/// come in the write-up's order.
///
/// Studies in folders of their own below `studies` come first, so that the top page lists them.
///
/// Returns the paths of all that was drawn, the page's last. A section's figures change together or
/// not at all; without a change to records or drawing, every byte stays the same.
///
/// # Errors
/// When there is nothing to draw, a record is missing or broken, or files cannot be written.
pub fn redraw(results: &Path) -> Result<Vec<PathBuf>> {
    let studies = study::studies(results)?;
    let mut drawn = Vec::new();
    for study in &studies {
        drawn.extend(redraw_study(&study.folder)?);
    }
    let folders: Vec<PathBuf> = sections_in(results);
    if folders.is_empty() && studies.is_empty() {
        let why = "no section has left a manifest.json there; run a section first";
        return Err(Error::new(format!("nothing to draw in {}", results.display()), why));
    }
    drawn.extend(redraw_study(results)?);
    Ok(drawn)
}

/// Writes the page of a results folder from the sections that are there, and returns its path. The
/// page above, of which the folder is one of several studies, is brought up to date as well, and so is
/// the explorer, which leads to the page once there is one.
///
/// # Errors
/// When no section is there, they are of different studies, a record is missing or broken, or a
/// page cannot be written.
pub fn write_page(results: &Path) -> Result<PathBuf> {
    let page = page::write(results)?;
    let folder = results.join(explorer::SECTION);
    if folder.join(MANIFEST).exists()
        && let Some(explorer) = explorer::draw(&Saved::open(&folder)?)?
    {
        files::replace(results, explorer.file_name(), explorer.bytes())?;
    }
    Ok(page)
}

/// The folders of the sections that have left records.
fn sections_in(results: &Path) -> Vec<PathBuf> {
    sections::names()
        .chain([explorer::SECTION])
        .map(|section| results.join(section))
        .filter(|folder| folder.join(MANIFEST).exists())
        .collect()
}

fn redraw_study(results: &Path) -> Result<Vec<PathBuf>> {
    let folders = sections_in(results);
    let mut drawn = Vec::new();
    for folder in &folders {
        drawn.extend(redraw_section(results, folder)?);
    }
    // An explorer alone makes no page of sections.
    if folders.iter().any(|folder| !folder.ends_with(explorer::SECTION)) {
        drawn.push(page::write(results)?);
    }
    Ok(drawn)
}

fn redraw_section(results: &Path, folder: &Path) -> Result<Vec<PathBuf>> {
    let saved = Saved::open(folder)?;
    if folder.file_name() != Some(saved.manifest().section.as_ref()) {
        return Err(saved.complain(MANIFEST, format!("it is of {}", saved.manifest().section)));
    }
    let figures = sections::draw(&saved)?;
    let own_page = explorer::draw(&saved)?;
    let mut manifest = saved.manifest().clone();
    manifest.outputs.retain(|name, _| !Figure::is_named(name));
    let staging = files::staging(results)?;
    for figure in &figures {
        files::write(&staging.path().join(figure.file_name()), figure.bytes())?;
        manifest.outputs.insert(figure.file_name().to_owned(), files::sha256(figure.bytes()));
    }
    files::write_manifest(staging.path(), &manifest)?;
    let names: Vec<String> = figures.iter().map(|figure| figure.file_name().to_owned()).collect();
    let before = saved.manifest().outputs.keys();
    let stale = before.filter(|name| Figure::is_named(name) && !names.contains(name));
    files::publish(staging.path(), folder, names.iter(), stale)?;
    let mut drawn: Vec<PathBuf> = names.iter().map(|name| folder.join(name)).collect();
    if let Some(page) = own_page {
        drawn.push(files::publish_page(&staging, results, &page)?);
    }
    Ok(drawn)
}
