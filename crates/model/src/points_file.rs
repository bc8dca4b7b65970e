//! Points on disk: csv with the header `x0,x1[,…],label`.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{fs, io};

use hypercube::{Points, PointsError};
use thiserror::Error;

/// Why a file holds no points.
#[derive(Debug, Error)]
pub enum PointsFileError {
    /// The file cannot be read.
    #[error("cannot read points {path}: {source}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file is not what it should be.
    #[error("points {path}: {why}")]
    Content {
        /// The file.
        path: PathBuf,
        /// What is wrong with it, and where.
        why: String,
    },
    /// The numbers make no points.
    #[error("points {path}: {source}")]
    Points {
        /// The file.
        path: PathBuf,
        /// Why.
        source: PointsError,
    },
}

/// Reads points for a network with `inputs` inputs and `classes` classes. A byte order mark and
/// either kind of line ending are taken.
///
/// # Errors
///
/// If the file cannot be read, has another header than `x0,x1,…,label`, no rows, a value that is
/// no finite number, or a label that is no whole number below `classes`.
pub fn load(path: &Path, inputs: usize, classes: usize) -> Result<Points, PointsFileError> {
    let bytes =
        fs::read(path).map_err(|source| PointsFileError::Read { path: path.to_owned(), source })?;
    let (coordinates, labels) = parse(&bytes, inputs, classes)
        .map_err(|why| PointsFileError::Content { path: path.to_owned(), why })?;
    Points::new(inputs, coordinates, labels)
        .map_err(|source| PointsFileError::Points { path: path.to_owned(), source })
}

fn parse(bytes: &[u8], inputs: usize, classes: usize) -> Result<(Vec<f64>, Vec<usize>), String> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(bytes);
    let expected = header(inputs);
    let found = reader.headers().map_err(|error| one_line(&error))?;
    if found.iter().ne(expected.split(',')) {
        let found = found.iter().collect::<Vec<_>>().join(",");
        return Err(format!("the header is '{}', not '{}'", clip(&found), clip(&expected)));
    }
    let (mut coordinates, mut labels) = (Vec::new(), Vec::new());
    for record in reader.records() {
        let record = record.map_err(|error| one_line(&error))?;
        let line = record.position().map_or(0, csv::Position::line);
        for (k, field) in record.iter().enumerate().take(inputs) {
            let value: f64 = field
                .parse()
                .map_err(|_| format!("line {line}: x{k} is '{}', not a number", clip(field)))?;
            if !value.is_finite() {
                return Err(format!("line {line}: x{k} is {value}; points must be finite"));
            }
            coordinates.push(value);
        }
        let field = &record[inputs];
        let label = field
            .parse::<f64>()
            .ok()
            .filter(|l| l.fract() == 0.0 && *l >= 0.0 && *l < classes as f64)
            .ok_or_else(|| {
                let field = clip(field);
                format!(
                    "line {line}: label '{field}' is no class; the network has 0 to {}",
                    classes - 1
                )
            })?;
        labels.push(label as usize);
    }
    if labels.is_empty() {
        return Err("there are no rows below the header".to_owned());
    }
    Ok((coordinates, labels))
}

/// `x0,x1,…,label` for a width.
fn header(inputs: usize) -> String {
    let mut header = String::new();
    for k in 0..inputs {
        let _ = write!(header, "x{k},");
    }
    header + "label"
}

fn one_line(error: &csv::Error) -> String {
    error.to_string().replace('\n', " ")
}

/// A text cut short enough for an error line.
fn clip(text: &str) -> String {
    let clean: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    if clean.chars().count() <= 60 {
        clean
    } else {
        clean.chars().take(60).chain(['…']).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<(Vec<f64>, Vec<usize>), String> {
        parse(text.as_bytes(), 2, 2)
    }

    #[test]
    fn reads_plain_files_and_those_of_other_systems() {
        let expected = Ok((vec![0.5, -1.0, 2.0, 3e-1], vec![1, 0]));
        assert_eq!(read("x0,x1,label\n0.5,-1,1\n2,3e-1,0\n"), expected);
        assert_eq!(read("\u{feff}x0,x1,label\r\n0.5,-1,1\r\n2,3e-1,0\r\n"), expected);
        assert_eq!(read("x0, x1, label\n0.5, -1, 1.0\n2, 3e-1, 0"), expected);
    }

    #[test]
    fn refuses_the_rest_in_one_line() {
        for (text, why) in [
            ("", "the header is ''"),
            ("a,b,label\n1,2,0", "not 'x0,x1,label'"),
            ("x0,label\n1,0", "the header is 'x0,label'"),
            ("x0,x1,label\n", "no rows"),
            ("x0,x1,label\n1,a,0", "line 2: x1 is 'a'"),
            ("x0,x1,label\n1,NaN,0", "line 2: x1 is NaN"),
            ("x0,x1,label\n1,inf,0", "points must be finite"),
            ("x0,x1,label\n1,2,0\n1,2,2", "line 3: label '2' is no class"),
            ("x0,x1,label\n1,2,0.5", "label '0.5' is no class"),
            ("x0,x1,label\n1,2,-1", "label '-1' is no class"),
            ("x0,x1,label\n1,2,x", "label 'x' is no class"),
            ("x0,x1,label\n1,2", "found record with 2 fields"),
        ] {
            let error = read(text).unwrap_err();
            assert!(error.contains(why) && !error.contains('\n'), "{text:?}: {error}");
        }
    }
}
