//! Writing a section's results.

use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::array::{Cell, F32Stream, Writer};
use crate::error::{Error, Result, While};
use crate::explorer::Explorer;
use crate::figures;
use crate::files::{self, Staging};
use crate::manifest::{MANIFEST, Manifest, Run};
use crate::saved::Saved;

/// The files of one run of a section, collected in a hidden folder until the run is complete.
///
/// Dropped before [`Record::finish`], it leaves nothing behind.
#[derive(Debug)]
pub struct Record {
    section: String,
    staging: Staging,
    target: PathBuf,
}

impl Record {
    /// Begins a record that will become the folder `section` inside `out`.
    ///
    /// # Errors
    /// When `out` cannot be made or written to.
    pub fn create(out: &Path, section: &str) -> Result<Self> {
        let target = out.join(section);
        if target.exists() && !target.is_dir() {
            return Err(Error::new(
                format!("cannot write to {}", target.display()),
                "it is not a folder",
            ));
        }
        Ok(Self { section: section.to_owned(), staging: files::staging(out)?, target })
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
    /// When it cannot be written, or a row is not a flat structure.
    pub fn table<T: Serialize>(&self, name: &str, rows: &[T]) -> Result<()> {
        let what = || format!("cannot write {}", self.target.join(name).display());
        let mut writer = csv::Writer::from_path(self.path(name)).while_doing(what)?;
        for row in rows {
            writer.serialize(row).while_doing(what)?;
        }
        writer.flush().while_doing(what)
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

    /// Writes an array of u64, such as masks, in row-major order.
    ///
    /// # Errors
    /// When it cannot be written, or `data` does not fill `shape`.
    pub fn array_u64(&self, name: &str, shape: &[usize], data: &[u64]) -> Result<()> {
        self.array(name, shape, data)
    }

    /// Writes an array of u16 in row-major order.
    ///
    /// # Errors
    /// When it cannot be written, or `data` does not fill `shape`.
    pub fn array_u16(&self, name: &str, shape: &[usize], data: &[u16]) -> Result<()> {
        self.array(name, shape, data)
    }

    /// Writes an array of u8 in row-major order.
    ///
    /// # Errors
    /// When it cannot be written, or `data` does not fill `shape`.
    pub fn array_u8(&self, name: &str, shape: &[usize], data: &[u8]) -> Result<()> {
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
        Writer::create::<T>(&self.path(name), self.target.join(name), shape)
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

    /// Draws the section's figures, writes the manifest and moves everything into place; returns
    /// the section's folder.
    ///
    /// Files that the folder's previous manifest listed and that this run has not made are
    /// removed; files that no manifest listed are left alone. If anything fails before the moves,
    /// earlier results are as they were.
    ///
    /// # Errors
    /// When a record that a figure needs is missing or broken, or files cannot be written.
    pub fn finish(self, run: Run) -> Result<PathBuf> {
        let staging = self.staging.path();
        let mut manifest =
            Manifest { section: self.section, run, outputs: files::hashes(staging)? };
        write_manifest(staging, &manifest)?;
        for figure in figures::draw(&Saved::open(staging)?)? {
            manifest.outputs.insert(figure.file_name().to_owned(), files::sha256(figure.bytes()));
            files::write(&staging.join(figure.file_name()), figure.bytes())?;
        }
        write_manifest(staging, &manifest)?;
        let explorer = Explorer::draw(&Saved::open(staging)?)?;

        let before = files::manifest(&self.target.join(MANIFEST)).ok();
        let before = before.map(|manifest| manifest.outputs).unwrap_or_default();
        let stale = before.keys().filter(|name| !manifest.outputs.contains_key(*name));
        files::publish(staging, &self.target, manifest.outputs.keys(), stale)?;
        if let (Some(explorer), Some(out)) = (explorer, self.target.parent()) {
            explorer.publish(&self.staging, out)?;
        }
        Ok(self.target)
    }
}

pub(crate) fn write_manifest(folder: &Path, manifest: &Manifest) -> Result<()> {
    files::write(&folder.join(MANIFEST), &files::json(MANIFEST, manifest)?)
}
