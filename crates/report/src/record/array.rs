//! Arrays on disk, as npy files.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::files::{Hashes, hexadecimal};
use super::npy::Header;
use crate::error::{Error, Result, While};

/// Bytes that are put together before they are written.
const CHUNK: usize = 1 << 18;

/// A number that arrays are made of.
pub(crate) trait Cell: Copy {
    /// Its name in the header of the file: little-endian on every machine.
    const TYPE: &'static str;

    /// Puts its bytes in place of what is there.
    fn encode(cells: &[Self], bytes: &mut Vec<u8>);

    /// Whether it is neither NaN nor infinite.
    fn is_finite(self) -> bool;
}

macro_rules! cells {
    ($($cell:ty: $name:literal, $finite:expr);*) => {$(
        impl Cell for $cell {
            const TYPE: &'static str = $name;

            fn encode(cells: &[Self], bytes: &mut Vec<u8>) {
                bytes.resize(size_of_val(cells), 0);
                bytes.as_chunks_mut().0.iter_mut().zip(cells).for_each(|(to, cell)| {
                    *to = cell.to_le_bytes();
                });
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
    file: File,
    shape: Vec<usize>,
    written: usize,
    bytes: Vec<u8>,
    hash: Sha256,
    /// Where its hash is put in the end: a large file takes long to be read again.
    hashes: Hashes,
}

impl Writer {
    /// Begins an array of `T` in the file `path`.
    pub fn create<T: Cell>(
        path: &Path,
        target: PathBuf,
        shape: &[usize],
        hashes: Hashes,
    ) -> Result<Self> {
        let file = File::create(path).while_doing(|| cannot_write(&target))?;
        let mut writer = Self {
            target,
            file,
            shape: shape.to_vec(),
            written: 0,
            bytes: Header::bytes(T::TYPE, shape),
            hash: Sha256::new(),
            hashes,
        };
        writer.put()?;
        Ok(writer)
    }

    /// Writes the next values.
    pub fn write<T: Cell>(&mut self, values: &[T]) -> Result<()> {
        if self.written + values.len() > self.shape.iter().product() {
            self.written += values.len();
            return Err(self.misfit("more than fill"));
        }
        for part in values.chunks(CHUNK / size_of::<T>()) {
            if let Some(at) = part.iter().position(|value| !value.is_finite()) {
                let why = format!("value {} is not a finite number", self.written + at);
                return Err(Error::new(cannot_write(&self.target), why));
            }
            T::encode(part, &mut self.bytes);
            self.put()?;
            self.written += part.len();
        }
        Ok(())
    }

    fn put(&mut self) -> Result<()> {
        self.hash.update(&self.bytes);
        self.file.write_all(&self.bytes).while_doing(|| cannot_write(&self.target))
    }

    /// Completes the file, and waits until it is on the disk.
    pub fn finish(self) -> Result<()> {
        if self.written < self.shape.iter().product() {
            return Err(self.misfit("do not fill"));
        }
        self.file.sync_all().while_doing(|| cannot_write(&self.target))?;
        let name = self.target.file_name().unwrap_or_default().to_string_lossy().into_owned();
        self.hashes.insert(name, hexadecimal(&self.hash.finalize()));
        Ok(())
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

/// Numbers of the type that a header names, as f64.
pub(crate) fn decode(descr: &str, bytes: &[u8]) -> std::result::Result<Vec<f64>, String> {
    match descr {
        "<f8" => cells(bytes, f64::from_le_bytes),
        "<f4" => cells(bytes, |bytes| f64::from(f32::from_le_bytes(bytes))),
        "<u2" => cells(bytes, |bytes| f64::from(u16::from_le_bytes(bytes))),
        other => return Err(format!("type {other} is not read here")),
    }
    .ok_or_else(|| "its last value is cut off".to_owned())
}

/// Values of `N` bytes each; none if the bytes are not as many as that takes.
fn cells<const N: usize>(bytes: &[u8], value: impl Fn([u8; N]) -> f64) -> Option<Vec<f64>> {
    let (cells, rest) = bytes.as_chunks();
    rest.is_empty().then(|| cells.iter().map(|&cell| value(cell)).collect())
}

/// The values of an array that is read piece by piece.
pub(crate) struct Pieces {
    file: File,
    descr: String,
}

impl Pieces {
    pub fn open(path: &Path) -> std::result::Result<Self, String> {
        let mut file = File::open(path).map_err(|error| error.to_string())?;
        let start = piece(&mut file)?;
        let header = Header::parse(&start).ok_or("no npy header")?;
        let values = SeekFrom::Start(header.start as u64);
        file.seek(values).map_err(|error| error.to_string())?;
        Ok(Self { file, descr: header.descr })
    }

    /// The next values; none are left if it is empty.
    pub fn next(&mut self) -> std::result::Result<Vec<f64>, String> {
        decode(&self.descr, &piece(&mut self.file)?)
    }
}

/// The next bytes of a file, as many as a header or some values take, or all that are left.
fn piece(file: &mut File) -> std::result::Result<Vec<u8>, String> {
    let mut bytes = Vec::with_capacity(CHUNK);
    file.take(CHUNK as u64).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    Ok(bytes)
}
