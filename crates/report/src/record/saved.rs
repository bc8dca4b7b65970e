//! Reading a section's results.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::files;
use super::manifest::{MANIFEST, Manifest};
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

    /// An array of floats or of integers, as f64.
    ///
    /// # Errors
    /// When it is missing, truncated or changed since it was recorded, or of another type.
    pub fn array(&self, name: &str) -> Result<Array> {
        let bytes = self.bytes(name)?;
        let broken = || self.broken(name);
        let values = values_of(&bytes).ok_or_else(|| Error::new(broken(), "no npy header"))?;
        let file = npyz::NpyFile::new(&bytes[..]).while_doing(broken)?;
        let shape: Vec<usize> = file.shape().iter().map(|&length| length as usize).collect();
        // Before anything is allocated for what may be more than there is.
        let cells = shape.iter().try_fold(1_usize, |cells, &length| cells.checked_mul(length));
        let size = cells.zip(file.dtype().num_bytes()).and_then(|(n, each)| n.checked_mul(each));
        if size != Some(values) {
            return Err(Error::new(
                broken(),
                format!("its shape {shape:?} is not that of its values"),
            ));
        }
        if file.order() != npyz::Order::C {
            return Err(Error::new(broken(), "it is not in row-major order"));
        }
        let data: Vec<f64> = match file.dtype().descr().trim_matches('\'') {
            "<f8" => file.into_vec::<f64>().while_doing(broken)?,
            "<f4" => widen(file.into_vec::<f32>().while_doing(broken)?),
            "|u1" => widen(file.into_vec::<u8>().while_doing(broken)?),
            "<u2" => widen(file.into_vec::<u16>().while_doing(broken)?),
            "<u8" => {
                let values = file.into_vec::<u64>().while_doing(broken)?;
                values.into_iter().map(|value| value as f64).collect()
            }
            other => return Err(Error::new(broken(), format!("type {other} is not read here"))),
        };
        Ok(Array { shape, data })
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
            Some(hash) if *hash != files::sha256(&bytes) => Err(self
                .complain(name, "it differs from the manifest's SHA-256; run its section again")),
            _ => Ok(bytes),
        }
    }
}

/// How many bytes of an npy file are values; none where the header cannot be one of a plain array.
fn values_of(bytes: &[u8]) -> Option<usize> {
    let [low, high, more @ ..] = bytes.get(8..12)? else { return None };
    let (start, length) = match (bytes[6], more) {
        (1, _) => (10, u32::from(u16::from_le_bytes([*low, *high]))),
        (_, [third, fourth]) => (12, u32::from_le_bytes([*low, *high, *third, *fourth])),
        _ => return None,
    };
    let end = usize::try_from(length).ok()?.checked_add(start)?;
    let header = bytes.get(start..end)?;
    // It is read by recursion, which many brackets would take too deep.
    let brackets = header.iter().filter(|byte| b"([{".contains(byte)).count();
    (brackets <= 16).then(|| bytes.len() - end)
}

fn widen<T: Into<f64>>(values: Vec<T>) -> Vec<f64> {
    values.into_iter().map(Into::into).collect()
}
