//! Reading a section's results.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::array::{Pieces, decode};
use super::files;
use super::manifest::{MANIFEST, Manifest};
use super::npy::Header;
use crate::error::{Error, Result, While};

/// A section's folder, opened for reading.
#[derive(Debug)]
pub struct Saved {
    folder: PathBuf,
    manifest: Manifest,
}

/// An array as read from an npy file, in row-major order.
#[derive(Clone, Debug, PartialEq)]
pub struct Array {
    /// Length along each axis.
    pub shape: Vec<usize>,
    /// The values.
    pub data: Vec<f64>,
}

impl Array {
    /// The part at `index` of the first axis.
    ///
    /// # Panics
    /// When the array has no axes or `index` is beyond the first.
    #[must_use]
    pub fn row(&self, index: usize) -> &[f64] {
        let length: usize = self.shape[1..].iter().product();
        &self.data[index * length..(index + 1) * length]
    }
}

impl Saved {
    /// Opens a section's folder by its manifest.
    ///
    /// # Errors
    /// When the manifest is missing or broken, or lists a file that is not in the folder itself.
    pub fn open(folder: &Path) -> Result<Self> {
        let manifest = files::manifest(&folder.join(MANIFEST))?;
        Ok(Self { folder: folder.to_owned(), manifest })
    }

    /// Everything known about the run.
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Whether a file is there.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.path(name).is_file()
    }

    /// Where a file is.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// A parameter of the run; none if it was not recorded or is null.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&Value> {
        self.manifest.run.parameters.get(name).filter(|value| !value.is_null())
    }

    /// The rows of a table.
    ///
    /// # Errors
    /// When it is missing, was changed since it was recorded, or does not have the columns of `T`.
    pub fn table<T: DeserializeOwned>(&self, name: &str) -> Result<Vec<T>> {
        let bytes = self.bytes(name)?;
        let rows = csv::Reader::from_reader(&bytes[..]).into_deserialize().collect();
        let rows: std::result::Result<_, csv::Error> = rows;
        rows.while_doing(|| self.broken(name))
    }

    /// The rows of a table that not every run records; none where it was not recorded.
    ///
    /// # Errors
    /// As for [`Saved::table`], if the manifest lists it.
    pub fn optional_table<T: DeserializeOwned>(&self, name: &str) -> Result<Vec<T>> {
        let recorded = self.has(name) || self.manifest.outputs.contains_key(name);
        if recorded { self.table(name) } else { Ok(Vec::new()) }
    }

    /// The rows of a table of two halves, such as a cell and what is known of it; none where it was
    /// not recorded.
    ///
    /// # Errors
    /// As for [`Saved::table`], if the manifest lists it.
    pub fn pairs<A: DeserializeOwned, B: DeserializeOwned>(
        &self,
        name: &str,
    ) -> Result<Vec<(A, B)>> {
        if !self.has(name) && !self.manifest.outputs.contains_key(name) {
            return Ok(Vec::new());
        }
        let bytes = self.bytes(name)?;
        let broken = || self.broken(name);
        let mut reader = csv::Reader::from_reader(&bytes[..]);
        let header = reader.headers().while_doing(broken)?.clone();
        let mut rows = Vec::new();
        for record in reader.records() {
            let record = record.while_doing(broken)?;
            let first = record.deserialize(Some(&header)).while_doing(broken)?;
            rows.push((first, record.deserialize(Some(&header)).while_doing(broken)?));
        }
        Ok(rows)
    }

    /// An array of f64, f32 or u16, as f64.
    ///
    /// # Errors
    /// When it is missing, truncated or changed since it was recorded, or of another type.
    pub fn array(&self, name: &str) -> Result<Array> {
        let bytes = self.bytes(name)?;
        let broken = || self.broken(name);
        let Header { descr, fortran_order, shape, start } =
            Header::parse(&bytes).ok_or_else(|| Error::new(broken(), "no npy header"))?;
        let data = decode(&descr, &bytes[start..]).while_doing(broken)?;
        if fortran_order {
            return Err(Error::new(broken(), "it is not in row-major order"));
        }
        let length = shape.iter().try_fold(1_usize, |cells, &length| cells.checked_mul(length));
        if length != Some(data.len()) {
            let why = format!("its shape {shape:?} is not that of its values");
            return Err(Error::new(broken(), why));
        }
        Ok(Array { shape, data })
    }

    /// An array's values piece by piece, as it may be larger than memory.
    ///
    /// # Errors
    /// As for [`Saved::array`].
    pub(crate) fn pieces(&self, name: &str) -> Result<Pieces> {
        if self.manifest.outputs.get(name).is_some_and(|hash| {
            // What cannot be read is found out below.
            files::sha256_of_file(&self.path(name)).is_ok_and(|found| found != *hash)
        }) {
            return Err(self.changed(name));
        }
        Pieces::open(&self.path(name)).while_doing(|| self.broken(name))
    }

    /// A JSON file.
    ///
    /// # Errors
    /// When it is missing, was changed since it was recorded, or does not have the form of `T`.
    pub fn json<T: DeserializeOwned>(&self, name: &str) -> Result<T> {
        serde_json::from_slice(&self.bytes(name)?).while_doing(|| self.broken(name))
    }

    /// The numbers of a table by column; what is no number is left out.
    pub(crate) fn columns(&self, name: &str) -> Result<BTreeMap<String, Vec<f64>>> {
        let bytes = self.bytes(name)?;
        let mut reader = csv::Reader::from_reader(&bytes[..]);
        let header = reader.headers().while_doing(|| self.broken(name))?.clone();
        let mut columns: BTreeMap<String, Vec<f64>> = BTreeMap::new();
        for row in reader.records() {
            for (column, cell) in header.iter().zip(&row.while_doing(|| self.broken(name))?) {
                columns.entry(column.to_owned()).or_default().extend(cell.parse::<f64>());
            }
        }
        Ok(columns)
    }

    /// A text as it was recorded.
    pub(crate) fn text(&self, name: &str) -> Result<String> {
        String::from_utf8(self.bytes(name)?).while_doing(|| self.broken(name))
    }

    /// An error about a file of this section.
    pub(crate) fn complain(&self, name: &str, why: impl std::fmt::Display) -> Error {
        Error::new(self.broken(name), why)
    }

    fn broken(&self, name: &str) -> String {
        format!("{} is broken", self.path(name).display())
    }

    /// A file as it was recorded.
    pub(crate) fn bytes(&self, name: &str) -> Result<Vec<u8>> {
        let bytes = files::read(&self.path(name))?;
        match self.manifest.outputs.get(name) {
            // A truncated table may still parse, and its figure would then claim a sample that it
            // does not show.
            Some(hash) if *hash != files::sha256(&bytes) => Err(self.changed(name)),
            _ => Ok(bytes),
        }
    }

    fn changed(&self, name: &str) -> Error {
        self.complain(name, "it differs from the manifest's SHA-256; run its section again")
    }
}
