//! `index.html`: what all sections have found, in one document.
//!
//! It is written from the records and the figures beside them, and from nothing else: the same
//! records give the same bytes. Nothing in it is fetched from elsewhere.

mod findings;
mod live;
mod made;
mod parts;
mod studies;
mod terms;
mod verdicts;

use std::path::{Path, PathBuf};

use askama::Template;

use crate::error::{Result, While};
use crate::explorer::EXPLORER;
use crate::record::{self, Saved, files, study};
use crate::sections;
use crate::sections::ensemble::page::{formulas_table, rule};
use crate::sections::shared::drawing::{caption, value_in_words};
use crate::sections::shared::results::{Results, compares, masks, nodes};
use crate::sections::shared::task::Task;
use crate::sections::shared::telling::{self, Shown, Table, Told};
use crate::style::dark_rules;
use findings::Finding;
use live::Live;
use made::{link, made};
use parts::{Figure, Link, Part, Picture, Section};
use studies::{Neighbour, neighbours, title, top_of};
use terms::Glossary;
use verdicts::Judged;

/// File name of the page in the results folder.
pub const PAGE: &str = "index.html";

#[derive(Template)]
#[template(path = "page.html")]
struct Page {
    style: &'static str,
    dark_rules: String,
    title: String,
    network: String,
    kinds: String,
    masks: Option<String>,
    compares: bool,
    explorer: Option<&'static str>,
    studies: Vec<Neighbour>,
    findings: Vec<Finding>,
    sections: Vec<Section>,
    verdicts: Vec<Judged>,
    live: Option<Live>,
    rule: String,
    formulas: Option<Table>,
}

/// Writes the page of a results folder, and brings the one above up to date, as `write_page` says.
pub(crate) fn write(folder: &Path) -> Result<PathBuf> {
    let page = write_one(folder)?;
    if let Some(top) = top_of(folder) {
        write_one(top)?;
    }
    Ok(page)
}

fn write_one(folder: &Path) -> Result<PathBuf> {
    study::check_is_one(folder)?;
    let results = Results::open(folder, sections::names())?;
    let verdicts = verdicts::read(&results)?;
    let live = live::read(&results)?;
    let pieces = live.as_ref().map_or_else(Vec::new, |live| live.pieces.clone());
    let mut writer = Writer { glossary: Glossary::new(), pieces };
    let sections: Vec<Section> = results
        .sections()
        .iter()
        .map(|saved| writer.section(saved, &results, &verdicts))
        .collect::<Result<_>>()?;
    // What no section has a place for is not carried along.
    let live = live.filter(|_| {
        sections.iter().flat_map(|section| &section.parts).any(|part| part.live.is_some())
    });
    let subject = results.section("hypercube").or(results.sections().first());
    let ensemble = results.section("ensemble");
    let kinds =
        subject.map_or_else(|| "kinds of points".to_owned(), |saved| Task::read(saved).kinds());
    let page = Page {
        style: include_str!("../../templates/page.css"),
        dark_rules: dark_rules(".drawing"),
        title: title(folder, subject, &kinds),
        kinds,
        network: subject.map(|saved| caption(saved, &[])).unwrap_or_default(),
        masks: results.section("hypercube").and_then(nodes).map(masks),
        compares: subject.is_some_and(compares),
        explorer: folder.join(EXPLORER).is_file().then_some(EXPLORER),
        studies: neighbours(folder)?,
        findings: findings::choose(&sections),
        sections,
        verdicts,
        live,
        rule: ensemble.map(rule).unwrap_or_default(),
        formulas: ensemble.map(formulas_table).transpose()?.flatten(),
    };
    let html = page.render().while_doing(|| format!("cannot write {PAGE}"))?;
    files::replace(folder, PAGE, html.as_bytes())
}

/// What is said or shown once on a page.
struct Writer {
    glossary: Glossary,
    /// The live pieces that have no place yet.
    pieces: Vec<&'static str>,
}

impl Writer {
    fn section(
        &mut self,
        saved: &Saved,
        results: &Results,
        verdicts: &[Judged],
    ) -> Result<Section> {
        let name = saved.manifest().section.clone();
        let own = sections::section(&name);
        let mut told = own.map_or_else(|| Ok(Told::default()), |own| (own.tell)(saved, results))?;
        if let Some(first) = told.parts.first_mut() {
            first.words.splice(0..0, value_in_words(saved));
        }
        let about = own.map_or(&[][..], |own| own.observations);
        let verdicts = verdicts::select(about, verdicts);
        let unjudged = verdicts.is_empty() && !about.is_empty();
        let drawn = Drawn { saved, narrow: sections::draw_narrow(saved)? };
        let parts = told.parts.into_iter().enumerate();
        let parts = parts.map(|(place, told)| self.part(&drawn, place, told));
        Ok(Section {
            title: told.title,
            parts: parts.collect::<Result<_>>()?,
            more: told.more.into_iter().map(|shown| drawn.figure(shown)).collect::<Result<_>>()?,
            tables: told.tables,
            verdicts,
            unjudged,
            made: made(saved),
            name,
        })
    }

    fn part(&mut self, drawn: &Drawn, place: usize, told: telling::Part) -> Result<Part> {
        let caption = told.figure.iter().map(|shown| shown.caption.as_str());
        let texts = [told.question, told.finding.as_str()].into_iter();
        let texts = texts.chain(told.words.iter().map(String::as_str)).chain(caption);
        let terms = self.glossary.first_uses(texts);
        let place_of = |name| self.pieces.iter().position(|piece| *piece == name);
        let live = told.live.and_then(place_of).map(|place| self.pieces.remove(place));
        Ok(Part {
            id: format!("{}-{}", drawn.saved.manifest().section, place + 1),
            question: told.question,
            finding: told.finding,
            rests_on: told.rests_on,
            words: told.words,
            details: told.details,
            terms,
            figure: told.figure.map(|shown| drawn.figure(shown)).transpose()?,
            live,
        })
    }
}

/// A section's record, with its drawings for a page as wide as a hand.
struct Drawn<'a> {
    saved: &'a Saved,
    narrow: Vec<record::Figure>,
}

impl Drawn<'_> {
    /// Reads a figure's picture.
    fn figure(&self, shown: Shown) -> Result<Figure> {
        let saved = self.saved;
        let file = |kind: &str| format!("{}.{}", shown.name, kind.to_lowercase());
        let drawing = file("SVG");
        let inside = |svg: &str| {
            let rest = svg.strip_prefix("<svg ").map(str::to_owned);
            rest.ok_or_else(|| saved.complain(&drawing, "no SVG"))
        };
        let (picture, kinds) = if saved.manifest().outputs.contains_key(&drawing) {
            let narrow = self.narrow.iter().find(|figure| figure.file_name() == drawing);
            let narrow = narrow.map(|figure| inside(&String::from_utf8_lossy(figure.bytes())));
            let wide = inside(&saved.text(&drawing)?)?;
            (Picture::Drawing { wide, narrow: narrow.transpose()? }, &["SVG", "PNG"][..])
        } else {
            (Picture::Animation, &["GIF"][..])
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
}
