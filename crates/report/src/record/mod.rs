//! What a section has measured, on disk: written, read, compared with what was there, and bound to a
//! study. Nothing here knows how anything is drawn; who begins a [`Record`] hands that down.

mod array;
mod compare;
mod figure;
pub(crate) mod files;
mod manifest;
mod npy;
mod saved;
pub(crate) mod study;
pub(crate) mod undefined;

use std::fs;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::error::{Error, Result, While};
use array::{Cell, Writer};
use files::{Hashes, Staging};
use study::OnRecord;

pub use array::F32Stream;
pub use compare::Difference;
pub use figure::Figure;
pub use manifest::{MANIFEST, Manifest, Run, Study, cpu_name, git_state};
pub use saved::{Array, Saved};

/// How what is drawn comes from what is recorded.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Drawing {
    /// The figures of a section, which lie beside its records.
    pub figures: fn(&Saved) -> Result<Vec<Figure>>,
    /// The page of its own that a section has in the results folder, if it has one and its records
    /// are complete.
    pub page: fn(&Saved) -> Result<Option<Figure>>,
    /// The file name of that page, by the section's name.
    pub page_name: fn(&str) -> Option<&'static str>,
}

/// The files of one run of a section, collected in a hidden folder until the run is complete.
///
/// Dropped before [`Record::finish`], it leaves nothing behind.
#[derive(Debug)]
pub struct Record {
    drawing: Drawing,
    section: String,
    staging: Staging,
    out: PathBuf,
    target: PathBuf,
    /// Of the arrays that are complete.
    hashes: Hashes,
}

/// A record that is complete.
#[derive(Debug)]
pub struct Finished {
    /// The section's folder.
    pub folder: PathBuf,
    /// What became of the run.
    pub outcome: Outcome,
}

/// What became of a run.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// It is on record. These sections of another study were removed for it.
    Recorded(Vec<String>),
    /// The same run was on record already, and every byte is the same: its record stays.
    Reproduced {
        /// The revision that made the record.
        revision: Option<String>,
    },
    /// The same run was on record already, with other bytes: its record stays.
    Kept {
        /// The revision that made the record.
        revision: Option<String>,
        /// How this run differs from it.
        difference: Difference,
    },
}

impl Record {
    /// Begins a record that will become the folder `section` inside `out`.
    ///
    /// # Errors
    /// When `out` cannot be made or written to.
    pub(crate) fn create(out: &Path, section: &str, drawing: Drawing) -> Result<Self> {
        let target = out.join(section);
        if target.exists() && !target.is_dir() {
            return Err(Error::new(
                format!("cannot write to {}", target.display()),
                "it is not a folder",
            ));
        }
        let (section, out) = (section.to_owned(), out.to_owned());
        let staging = files::staging(&out)?;
        Ok(Self { drawing, section, staging, out, target, hashes: Hashes::default() })
    }

    /// Where to write a file that this crate does not write itself. The file belongs to the
    /// record as soon as it exists.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.staging.path().join(name)
    }

    /// Writes a table with a header line. Floats have the shortest form that reads back exactly.
    ///
    /// # Errors
    /// When it cannot be written, a row is not a flat structure, or a number is NaN or infinite.
    pub fn table<T: Serialize>(&self, name: &str, rows: &[T]) -> Result<()> {
        let what = || format!("cannot write {}", self.target.join(name).display());
        let mut writer = csv::Writer::from_writer(Vec::new());
        for row in rows {
            writer.serialize(row).while_doing(what)?;
        }
        let bytes = writer.into_inner().while_doing(what)?;
        let text = String::from_utf8_lossy(&bytes);
        for (number, line) in text.lines().enumerate() {
            if let Some(column) = line.split(',').position(|c| ["NaN", "inf", "-inf"].contains(&c))
            {
                let header = text.lines().next().and_then(|header| header.split(',').nth(column));
                let header = header.unwrap_or_default();
                let why = format!("{header} in row {number} is not a finite number");
                return Err(Error::new(what(), why));
            }
        }
        fs::write(self.path(name), &bytes).while_doing(what)
    }

    /// Writes a file of another form.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn file(&self, name: &str, bytes: &[u8]) -> Result<()> {
        files::write(&self.path(name), bytes)
    }

    /// Writes an array of f64 in row-major order.
    ///
    /// # Errors
    /// When it cannot be written, or `data` does not fill `shape`.
    pub fn array_f64(&self, name: &str, shape: &[usize], data: &[f64]) -> Result<()> {
        self.array(name, shape, data)
    }

    /// Writes an array of f32 in row-major order.
    ///
    /// # Errors
    /// When it cannot be written, or `data` does not fill `shape`.
    pub fn array_f32(&self, name: &str, shape: &[usize], data: &[f32]) -> Result<()> {
        self.array(name, shape, data)
    }

    /// Writes an array of u16 in row-major order.
    ///
    /// # Errors
    /// When it cannot be written, or `data` does not fill `shape`.
    pub fn array_u16(&self, name: &str, shape: &[usize], data: &[u16]) -> Result<()> {
        self.array(name, shape, data)
    }

    /// Begins an array of f32 that is written piece by piece; it need not fit into memory.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn stream_f32(&self, name: &str, shape: &[usize]) -> Result<F32Stream> {
        Ok(F32Stream(self.writer::<f32>(name, shape)?))
    }

    fn writer<T: Cell>(&self, name: &str, shape: &[usize]) -> Result<Writer> {
        let hashes = self.hashes.clone();
        Writer::create::<T>(&self.path(name), self.target.join(name), shape, hashes)
    }

    fn array<T: Cell>(&self, name: &str, shape: &[usize], data: &[T]) -> Result<()> {
        let mut writer = self.writer::<T>(name, shape)?;
        writer.write(data)?;
        writer.finish()
    }

    /// Writes a value as indented JSON.
    ///
    /// # Errors
    /// When it cannot be written or has no JSON form.
    pub fn json(&self, name: &str, value: &impl Serialize) -> Result<()> {
        files::write(&self.path(name), &files::json(name, value)?)
    }

    /// Refuses, before any work, a run that may not be recorded here: see [`Record::finish_about`].
    /// The study is none where it is yet to be made.
    ///
    /// # Errors
    /// When it is about something else than the folder's other sections, or quick where a full
    /// record is.
    pub fn admit(&self, study: Option<&Study>, run: &Run, replace: bool) -> Result<()> {
        let manifest = self.manifest(run.clone(), study.cloned())?;
        study::conflicts(&self.out, &manifest, replace)?;
        Ok(())
    }

    /// Draws the section's figures, writes the manifest and moves everything into place; returns
    /// the section's folder. For results that belong to no study, such as an ensemble's.
    ///
    /// Files that the folder's previous manifest listed and that this run has not made are
    /// removed; files that no manifest listed are left alone. If anything fails before the moves,
    /// earlier results are as they were.
    ///
    /// # Errors
    /// When a record that a figure needs is missing or broken, or files cannot be written.
    pub fn finish(self, run: Run) -> Result<PathBuf> {
        Ok(self.complete(run, None, false)?.folder)
    }

    /// [`Record::finish`] for results about a study. They do not take the place of another study's
    /// unless `replace` says so; then these are removed, as far as their manifests list them. If
    /// the same run is on record, its record stays, and what it lists is put in place where it is
    /// missing.
    ///
    /// # Errors
    /// As for [`Record::finish`], and when the folder belongs to another study.
    pub fn finish_about(self, study: Study, run: Run, replace: bool) -> Result<Finished> {
        self.complete(run, Some(study), replace)
    }

    fn complete(self, run: Run, study: Option<Study>, replace: bool) -> Result<Finished> {
        let staging = self.staging.path();
        let mut manifest = self.manifest(run, study)?;
        files::write_manifest(staging, &manifest)?;
        for figure in (self.drawing.figures)(&Saved::open(staging)?)? {
            manifest.outputs.insert(figure.file_name().to_owned(), files::sha256(figure.bytes()));
            files::write(&staging.join(figure.file_name()), figure.bytes())?;
        }
        files::write_manifest(staging, &manifest)?;
        // Another process may have recorded something since this one was admitted.
        let _lock = files::lock(&self.out);
        if let Some(outcome) = self.on_record(&manifest, replace)? {
            return Ok(Finished { folder: self.target, outcome });
        }
        let conflicts = study::conflicts(&self.out, &manifest, replace)?;
        let before = files::manifest(&self.target.join(MANIFEST)).ok();
        let before = before.map(|manifest| manifest.outputs).unwrap_or_default();
        let stale = before.keys().filter(|name| !manifest.outputs.contains_key(*name));
        let page = (self.drawing.page)(&Saved::open(staging)?)?;
        files::publish(staging, &self.target, manifest.outputs.keys(), stale)?;
        if let Some(page) = page {
            files::publish_page(&self.staging, &self.out, &page)?;
        }
        let others = conflicts.iter().filter(|other| other.name != self.section);
        let removed = others.map(|other| self.remove(other)).collect::<Result<_>>()?;
        Ok(Finished { folder: self.target, outcome: Outcome::Recorded(removed) })
    }

    fn manifest(&self, run: Run, study: Option<Study>) -> Result<Manifest> {
        let outputs = files::hashes(self.staging.path(), &self.hashes)?;
        Ok(Manifest { section: self.section.clone(), study, run, outputs })
    }

    /// What becomes of the run if the same one is on record; none if it is not, or may be replaced
    /// and is another.
    fn on_record(&self, manifest: &Manifest, replace: bool) -> Result<Option<Outcome>> {
        let (Some(study), Ok(before)) = (&manifest.study, Saved::open(&self.target)) else {
            return Ok(None);
        };
        let old = before.manifest();
        // A network that is made here follows from its parameters; other vector units may round
        // it otherwise, and it is the same request nevertheless.
        let makes_network = study.points.is_none() || manifest.section == study::TRAIN;
        let same_study = old.study.as_ref() == Some(study) || makes_network && old.study.is_some();
        let same = same_study
            && old.section == manifest.section
            && old.run.parameters == manifest.run.parameters
            && (old.run.seed, old.run.quick) == (manifest.run.seed, manifest.run.quick)
            && old.outputs.keys().eq(manifest.outputs.keys());
        if !same {
            return Ok(None);
        }
        let revision = old.run.git_revision.clone();
        let staging = self.staging.path();
        match compare::difference(&before, &Saved::open(staging)?)? {
            Some(_) if replace => Ok(None),
            Some(difference) => Ok(Some(Outcome::Kept { revision, difference })),
            None => {
                let absent = |name: &&String| {
                    files::sha256_of_file(&self.target.join(name)).ok().as_ref()
                        != old.outputs.get(*name)
                };
                let absent: Vec<&String> = old.outputs.keys().filter(absent).collect();
                files::write_manifest(staging, old)?;
                let page = (self.drawing.page)(&Saved::open(staging)?)?;
                files::publish(staging, &self.target, absent.into_iter(), std::iter::empty())?;
                if let Some(page) = page {
                    files::publish_page(&self.staging, &self.out, &page)?;
                }
                Ok(Some(Outcome::Reproduced { revision }))
            }
        }
    }

    /// Removes a section of another study: the files that its manifest lists, the folder if
    /// nothing else is in it, and the page that was drawn from it.
    fn remove(&self, other: &OnRecord) -> Result<String> {
        let folder = self.out.join(&other.name);
        let listed = other.manifest.outputs.keys().map(String::as_str).chain([MANIFEST]);
        let mut files: Vec<PathBuf> = listed.map(|name| folder.join(name)).collect();
        files.extend((self.drawing.page_name)(&other.name).map(|page| self.out.join(page)));
        for file in files {
            files::remove(&file)?;
        }
        // It stays if it holds something that no manifest lists.
        let _ = fs::remove_dir(&folder);
        Ok(other.name.clone())
    }
}
