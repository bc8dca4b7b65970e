//! Arrays on disk, as npy files.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use super::npy::Header;
use crate::error::{Error, Result, While};

/// Bytes that are put together before they are written.
const CHUNK: usize = 1 << 18;

/// A number that arrays are made of.
pub(crate) trait Cell: Copy {
    /// Its name in the header of the file: little-endian on every machine.
    const TYPE: &'static str;

    /// Appends its bytes.
    fn append(cells: &[Self], bytes: &mut Vec<u8>);

    /// Whether it is neither NaN nor infinite.
    fn is_finite(self) -> bool;
}

macro_rules! cells {
    ($($cell:ty: $name:literal, $finite:expr);*) => {$(
        impl Cell for $cell {
            const TYPE: &'static str = $name;

            fn append(cells: &[Self], bytes: &mut Vec<u8>) {
                bytes.extend(cells.iter().flat_map(|cell| cell.to_le_bytes()));
            }

            fn is_finite(self) -> bool {
                $finite(self)
            }
        }
    )*};
}

cells!(
    f64: "<f8", f64::is_finite;
    f32: "<f4", f32::is_finite;
    u16: "<u2", |_| true
);

/// An array that is being written, in row-major order.
#[derive(Debug)]
pub(crate) struct Writer {
    /// Where it will be in the end, for errors.
    target: PathBuf,
    file: BufWriter<File>,
    shape: Vec<usize>,
    written: usize,
    bytes: Vec<u8>,
}

impl Writer {
    /// Begins an array of `T` in the file `path`.
    pub fn create<T: Cell>(path: &Path, target: PathBuf, shape: &[usize]) -> Result<Self> {
        let what = || cannot_write(&target);
        let mut file = BufWriter::with_capacity(CHUNK, File::create(path).while_doing(what)?);
        file.write_all(&Header::bytes(T::TYPE, shape)).while_doing(what)?;
        Ok(Self { target, file, shape: shape.to_vec(), written: 0, bytes: Vec::new() })
    }

    /// Writes the next values.
    pub fn write<T: Cell>(&mut self, values: &[T]) -> Result<()> {
        self.written += values.len();
        if self.written > self.shape.iter().product() {
            return Err(self.misfit("more than fill"));
        }
        if let Some(at) = values.iter().position(|value| !value.is_finite()) {
            let why = format!("value {} is not a finite number", self.written - values.len() + at);
            return Err(Error::new(cannot_write(&self.target), why));
        }
        for part in values.chunks(CHUNK / size_of::<T>()) {
            self.bytes.clear();
            T::append(part, &mut self.bytes);
            self.file.write_all(&self.bytes).while_doing(|| cannot_write(&self.target))?;
        }
        Ok(())
    }

    /// Completes the file.
    pub fn finish(mut self) -> Result<()> {
        if self.written < self.shape.iter().product() {
            return Err(self.misfit("do not fill"));
        }
        self.file.flush().while_doing(|| cannot_write(&self.target))
    }

    fn misfit(&self, how: &str) -> Error {
        let why = format!("{} values {how} the shape {:?}", self.written, self.shape);
        Error::new(cannot_write(&self.target), why)
    }
}

fn cannot_write(target: &Path) -> String {
    format!("cannot write {}", target.display())
}

/// An array of f32 that is written piece by piece, as it may be larger than memory.
///
/// Made by [`crate::Record::stream_f32`].
#[derive(Debug)]
#[must_use = "an array is complete only when it is finished"]
pub struct F32Stream(pub(crate) Writer);

impl F32Stream {
    /// Writes the next values in row-major order.
    ///
    /// # Errors
    /// When they cannot be written, or are more than fill the shape.
    pub fn write(&mut self, values: &[f32]) -> Result<()> {
        self.0.write(values)
    }

    /// Completes the array.
    ///
    /// # Errors
    /// When it cannot be written, or the values do not fill the shape.
    pub fn finish(self) -> Result<()> {
        self.0.finish()
    }
}
