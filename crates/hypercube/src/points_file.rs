//! Points on disk: csv with the header `x0,x1[,…],label`.

use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};

use crate::Points;
use thiserror::Error;

use crate::input::{self, clip, shown};

/// Characters of a file that an error line shows.
const SHOWN: usize = 60;

/// Why a file holds no points.
#[derive(Debug, Error)]
pub enum PointsFileError {
    /// The file cannot be read.
    #[error("cannot read points {}: {source}", shown(.path))]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file is not what it should be.
    #[error("points {}: {why}", shown(.path))]
    Content {
        /// The file.
        path: PathBuf,
        /// What is wrong with it, and where.
        why: String,
    },
}

/// Reads points for a network with `inputs` inputs and `classes` classes. A byte order mark, either
/// kind of line ending, blank lines, quotes and spaces around values are taken, and so are labels
/// written as `1.0`.
///
/// # Errors
///
/// If the file cannot be read, is no UTF-8 text, has another header than `x0,x1,…,label`, no rows, a
/// row of another length, a value that is no finite number within f32 (in which burn computes), or
/// a label that is no whole number below `classes`.
pub fn load(path: &Path, inputs: usize, classes: usize) -> Result<Points, PointsFileError> {
    let bytes = input::read(path)
        .map_err(|source| PointsFileError::Read { path: path.to_owned(), source })?;
    parse(&bytes, inputs, classes)
        .map_err(|why| PointsFileError::Content { path: path.to_owned(), why })
}

/// The points that these bytes of a file are.
///
/// # Errors
///
/// What is wrong with them, in one line: see [`load`].
pub fn parse(bytes: &[u8], inputs: usize, classes: usize) -> Result<Points, String> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if let Err(error) = std::str::from_utf8(bytes) {
        let line = line_at(bytes, error.valid_up_to());
        return Err(format!("line {line} is not UTF-8 text; save it as csv in UTF-8"));
    }
    // Rows of other lengths are let through, to be refused with our own words.
    let mut reader =
        csv::ReaderBuilder::new().trim(csv::Trim::All).flexible(true).from_reader(bytes);
    let expected = header(inputs);
    let found = reader.headers().map_err(|error| clip(&error.to_string(), 2 * SHOWN))?;
    if found.iter().ne(expected.split(',')) {
        let columns = found.len();
        let found = found.iter().collect::<Vec<_>>().join(",");
        return Err(format!(
            "the header is '{}', not '{}' ({columns} columns; the network's {inputs} inputs and \
             the label make {})",
            clip(&found, SHOWN),
            clip(&expected, SHOWN),
            inputs + 1
        ));
    }
    let (mut coordinates, mut labels) = (Vec::new(), Vec::new());
    for record in reader.records() {
        let record = record.map_err(|error| clip(&error.to_string(), 2 * SHOWN))?;
        let (x, label) = row(&record, inputs, classes).map_err(|why| {
            let start = record.position().map_or(0, |at| at.byte() as usize);
            format!("line {}: {why}", line_at(bytes, start))
        })?;
        coordinates.extend(x);
        labels.push(label);
    }
    if labels.is_empty() {
        return Err("there are no rows below the header; give one for each point".to_owned());
    }
    Points::new(inputs, coordinates, labels).map_err(|error| error.to_string())
}

/// One row's coordinates and label.
fn row(
    record: &csv::StringRecord,
    inputs: usize,
    classes: usize,
) -> Result<(Vec<f64>, usize), String> {
    if record.len() != inputs + 1 {
        let (found, columns) = (record.len(), inputs + 1);
        return Err(format!(
            "the row has length {found}, and the header {columns}; fill every column"
        ));
    }
    let coordinate = |(k, field): (usize, &str)| -> Result<f64, String> {
        let shown = || clip(field, SHOWN);
        let x: f64 = field.parse().map_err(|_| {
            format!("x{k} is '{}', not a number; write it like 0.5 or -1e-3", shown())
        })?;
        if !(x as f32).is_finite() {
            return Err(format!(
                "x{k} is {}; points must be finite, and below 3.4e38, which is as far as float32 \
                 goes",
                shown()
            ));
        }
        Ok(x)
    };
    let x = record.iter().take(inputs).enumerate().map(coordinate).collect::<Result<_, _>>()?;
    let field = &record[inputs];
    let class = |label: &f64| label.fract() == 0.0 && *label >= 0.0 && *label < classes as f64;
    let label = field.parse::<f64>().ok().filter(class).ok_or_else(|| {
        let (field, last) = (clip(field, SHOWN), classes - 1);
        format!("label '{field}' is no class; the network has 0 to {last}")
    })?;
    Ok((x, label as usize))
}

/// The line, from 1, on which the row starts that the reader came to at this byte: it stands
/// before the line breaks that lead there.
fn line_at(bytes: &[u8], byte: usize) -> usize {
    let breaks = bytes[byte..].iter().take_while(|b| matches!(b, b'\r' | b'\n')).count();
    let before = &bytes[..byte + breaks];
    let feeds = before.iter().filter(|&&b| b == b'\n').count();
    // Each carriage return that no feed follows is a line break of its own.
    let returns = before.iter().filter(|&&b| b == b'\r').count();
    1 + feeds + returns - before.windows(2).filter(|pair| pair == b"\r\n").count()
}

/// `x0,x1,…,label` for a width.
fn header(inputs: usize) -> String {
    let mut header = String::new();
    for k in 0..inputs {
        let _ = write!(header, "x{k},");
    }
    header + "label"
}

#[cfg(test)]
#[path = "points_file_tests.rs"]
mod tests;
