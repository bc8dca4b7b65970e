//! `index.html`: what all sections have found, in one document.
//!
//! It is written from the records and the figures beside them, and from nothing else: the same
//! records give the same bytes. Nothing in it is fetched from elsewhere.

mod claims;
mod findings;
mod live;
mod made;
mod parts;
mod verdicts;

use std::path::{Path, PathBuf};

use askama::Template;

use crate::error::{Result, While};
use crate::explorer::EXPLORER;
use crate::record::{Saved, files, study};
use crate::sections;
use crate::sections::shared::drawing::{caption, value_in_words};
use crate::sections::shared::results::{Results, masks, nodes};
use crate::sections::shared::task::Task;
use crate::sections::shared::telling::{Shown, Told};
use crate::style::{base64, dark_rules};
use findings::Finding;
use made::{link, made};
use parts::{Figure, Link, Picture, Section};
use verdicts::Judged;

/// File name of the page in the results folder.
pub const PAGE: &str = "index.html";

#[derive(Template)]
#[template(path = "page.html")]
struct Page {
    style: &'static str,
    dark_rules: String,
    network: String,
    kinds: String,
    masks: Option<String>,
    explorer: Option<&'static str>,
    studies: Vec<Link>,
    findings: Vec<Finding>,
    sections: Vec<Section>,
    verdicts: Vec<Judged>,
}

/// Writes the page of a results folder from the sections that are there, and returns its path. The
/// page above, of which the folder is one of several studies, is brought up to date as well.
///
/// # Errors
/// When no section is there, they are of different studies, a record is missing or broken, or a
/// page cannot be written.
pub fn write(folder: &Path) -> Result<PathBuf> {
    let page = write_one(folder)?;
    let above = folder.parent().filter(|parent| parent.ends_with(study::STUDIES));
    if let Some(top) = above.and_then(Path::parent).filter(|top| top.join(PAGE).exists()) {
        write_one(top)?;
    }
    Ok(page)
}

fn write_one(folder: &Path) -> Result<PathBuf> {
    study::check_is_one(folder)?;
    let results = Results::open(folder, sections::names())?;
    let verdicts = verdicts::read(&results)?;
    let subject = results.section("hypercube").or(results.sections().first());
    let page = Page {
        style: include_str!("../../templates/page.css"),
        dark_rules: dark_rules(".drawing"),
        kinds: subject
            .map_or_else(|| "kinds of points".to_owned(), |saved| Task::read(saved).kinds()),
        network: subject.map(|saved| caption(saved, &[])).unwrap_or_default(),
        masks: subject.and_then(nodes).map(masks),
        explorer: folder.join(EXPLORER).is_file().then_some(EXPLORER),
        studies: study::studies(folder)?.into_iter().map(study_link).collect(),
        findings: findings::choose(&results, &verdicts)?,
        sections: results
            .sections()
            .iter()
            .map(|saved| section(saved, &results, &verdicts))
            .collect::<Result<_>>()?,
        verdicts,
    };
    let html = page.render().while_doing(|| format!("cannot write {PAGE}"))?;
    files::replace(folder, PAGE, html.as_bytes())
}

/// Where the page of a further study is.
fn study_link(study: study::InFolder) -> Link {
    let address = format!("{}/{}/{PAGE}", study::STUDIES, study.name);
    Link { name: format!("{}: {}", study.name, study.about), address: Some(address) }
}

fn section(saved: &Saved, results: &Results, verdicts: &[Judged]) -> Result<Section> {
    let name = saved.manifest().section.clone();
    let own = sections::section(&name);
    let mut told = own.map_or_else(|| Ok(Told::default()), |own| (own.tell)(saved, results))?;
    told.paragraphs.splice(0..0, value_in_words(saved));
    let shown = std::mem::take(&mut told.figures);
    let figures = shown.into_iter().map(|shown| figure(saved, shown)).collect::<Result<_>>()?;
    let about = own.map_or(&[][..], |own| own.observations);
    let verdicts = verdicts::select(about, verdicts);
    let unjudged = verdicts.is_empty() && !about.is_empty();
    Ok(Section { figures, told, verdicts, unjudged, made: made(saved), name })
}

/// Reads a figure's picture.
fn figure(saved: &Saved, shown: Shown) -> Result<Figure> {
    let file = |kind: &str| format!("{}.{}", shown.name, kind.to_lowercase());
    let drawing = file("SVG");
    let (picture, kinds) = if saved.manifest().outputs.contains_key(&drawing) {
        let svg = saved.text(&drawing)?;
        let rest = svg.strip_prefix("<svg ").ok_or_else(|| saved.complain(&drawing, "no SVG"))?;
        (Picture::Drawing(rest.to_owned()), &["SVG", "PNG"][..])
    } else {
        (Picture::Animation(base64(&saved.bytes(&file("GIF"))?)), &["GIF"][..])
    };
    let own = |kind: &&str| Link { name: (*kind).to_owned(), ..link(saved, &file(kind)) };
    let outputs = &saved.manifest().outputs;
    let recorded = shown.data.iter().filter(|name| outputs.contains_key(**name));
    Ok(Figure {
        alt: shown.alt,
        caption: shown.caption,
        picture,
        data: recorded.map(|name| link(saved, name)).collect(),
        files: kinds.iter().map(own).collect(),
    })
}
