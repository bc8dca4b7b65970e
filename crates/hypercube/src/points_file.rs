//! Points on disk: csv with a header, a column for each input and one for the label.
//!
//! Written: `x0,x1,…,label`. Read as people write it:
//!
//! - The label's column is named `label`, or else it is the only one named `y`, `target` or `class`,
//!   in letters of either case; it may stand anywhere. Every other column is an input, in the order of
//!   the file; if all are named x and a number, in the order of these numbers.
//! - Columns before them that have no name, or pandas's `Unnamed: 0`, and that hold different whole
//!   numbers are an index, and left out. So are columns at the end that are empty altogether.
//! - Commas, semicolons, tabs or single spaces separate columns, whichever the header has outside of
//!   quotes; where it is not the comma, numbers may have a decimal comma.
//! - Lines at the top that begin with `#` are comments; if the first line below them has numbers
//!   alone, the last of them is the header, as `numpy.savetxt` writes it.
//! - Labels are whole numbers from 0, also written as `1.0`. A byte order mark, any kind of line
//!   ending, blank lines, quotes and spaces around values are taken.

mod layout;
mod numbers;

use std::collections::HashSet;
use std::io;
use std::path::{Path, PathBuf};

use crate::Points;
use thiserror::Error;

use crate::input::{self, MAX_WIDTH, clip, shown};
use layout::Layout;
use numbers::Numbers;

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

/// Points with the names of their inputs.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// A name for each input, `[inputs]`; no two are the same, and none is empty.
    pub names: Vec<String>,
    /// The points.
    pub points: Points,
}

/// What a network asks of points.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// How many inputs it takes.
    pub inputs: usize,
    /// How many classes it has; labels are below that.
    pub classes: usize,
}

/// Reads points for a network with `inputs` inputs and `classes` classes.
///
/// # Errors
///
/// As [`load_table`].
pub fn load(path: &Path, inputs: usize, classes: usize) -> Result<Points, PointsFileError> {
    Ok(load_table(path, Some(Shape { inputs, classes }))?.points)
}

/// Reads points with the names of their inputs: for a network of a shape, or of any shape.
///
/// # Errors
///
/// If the file cannot be read, is no UTF-8 text, has no header or one in which the label is not found
/// or another number of inputs than is asked for (more than 16,384 are never read), no rows, a row of
/// another length, a value that is no finite number within f32 (in which burn computes), numbers of
/// which it is not certain what their commas mean, or a label that is no whole number below the number
/// of classes.
pub fn load_table(path: &Path, shape: Option<Shape>) -> Result<Table, PointsFileError> {
    let bytes = input::read(path)
        .map_err(|source| PointsFileError::Read { path: path.to_owned(), source })?;
    parse_table(&bytes, shape)
        .map_err(|why| PointsFileError::Content { path: path.to_owned(), why })
}

/// The points that these bytes of a file are.
///
/// # Errors
///
/// What is wrong with them, in one line: see [`load_table`].
pub fn parse(bytes: &[u8], inputs: usize, classes: usize) -> Result<Points, String> {
    Ok(parse_table(bytes, Some(Shape { inputs, classes }))?.points)
}

/// The table that these bytes of a file are.
///
/// # Errors
///
/// What is wrong with them, in one line: see [`load_table`].
pub fn parse_table(bytes: &[u8], shape: Option<Shape>) -> Result<Table, String> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    // The end of a file as DOS marks it.
    let bytes = bytes.strip_suffix(b"\x1a").unwrap_or(bytes);
    // UTF-16 without a mark is UTF-8 with a 0 in every letter.
    let zero = bytes.iter().position(|&byte| byte == 0);
    let text = match (std::str::from_utf8(bytes), zero) {
        (Ok(text), None) => text,
        (Ok(_), Some(at)) => return Err(no_text(line_at(bytes, at))),
        (Err(error), _) => return Err(no_text(line_at(bytes, error.valid_up_to()))),
    };
    let start = layout::header_at(text);
    let separator = layout::separator(&text[start..])?;
    // Rows of other lengths are let through, to be refused with our own words.
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(separator)
        .trim(csv::Trim::All)
        .flexible(true)
        .from_reader(&bytes[start..]);
    let header = reader.headers().map_err(|error| clip(&error.to_string(), 2 * SHOWN))?;
    let layout = Layout::of(header, shape.map(|shape| shape.inputs))?;
    let mut rows = Rows::new(&layout, shape.map(|shape| shape.classes), separator);
    for record in reader.records() {
        let record = record.map_err(|error| clip(&error.to_string(), 2 * SHOWN))?;
        rows.add(&record).map_err(|why| {
            let at = record.position().map_or(0, |at| at.byte() as usize);
            format!("line {}: {why}", line_at(bytes, start + at))
        })?;
    }
    let points = rows.points()?;
    Ok(Table { names: layout.features.into_iter().map(|(name, _)| name).collect(), points })
}

/// A table as a file that is read as it: columns in their order, and `label` last.
///
/// # Panics
///
/// If there are not as many names as inputs.
pub fn to_csv(table: &Table) -> Vec<u8> {
    let Table { names, points } = table;
    assert_eq!(names.len(), points.inputs(), "a name for each input");
    let is_plain = |name: &String| name.chars().all(|c| c.is_alphanumeric() || "_-.".contains(c));
    let quotes = match names.iter().all(is_plain) {
        true => csv::QuoteStyle::Necessary,
        // What separates columns elsewhere, and a #, mean nothing inside of quotes.
        false => csv::QuoteStyle::Always,
    };
    let mut header = csv::WriterBuilder::new().quote_style(quotes).from_writer(Vec::new());
    let written = header.write_record(names.iter().map(String::as_str).chain(["label"]));
    let header = written.ok().and_then(|()| header.into_inner().ok());
    let mut csv = header.expect("memory takes what is written to it");
    for (x, label) in points.iter() {
        for value in x {
            csv.extend(format!("{value:?},").bytes());
        }
        csv.extend(format!("{label}\n").bytes());
    }
    csv
}

/// Rows as they are read.
struct Rows<'a> {
    layout: &'a Layout,
    classes: Option<usize>,
    numbers: Numbers,
    /// What the index columns have held.
    index: Vec<HashSet<u64>>,
    coordinates: Vec<f64>,
    labels: Vec<usize>,
}

impl<'a> Rows<'a> {
    fn new(layout: &'a Layout, classes: Option<usize>, separator: u8) -> Self {
        Self {
            layout,
            classes,
            numbers: Numbers::new(separator != b','),
            index: vec![HashSet::new(); layout.index],
            coordinates: Vec::new(),
            labels: Vec::new(),
        }
    }

    /// Takes one row; one without any value is none.
    fn add(&mut self, record: &csv::StringRecord) -> Result<(), String> {
        let Layout { features, label, columns, .. } = self.layout;
        let filled = layout::filled(record);
        // A line of spaces is a row of one field, and blank as it looks.
        if filled == 0 {
            return Ok(());
        }
        let found = if filled > *columns { filled } else { record.len() };
        if found < *columns || filled > *columns {
            return Err(format!(
                "the row has length {found}, and the header {columns}; fill every column"
            ));
        }
        for (column, seen) in self.index.iter_mut().enumerate() {
            let field = &record[column];
            if !field.parse().is_ok_and(|number: u64| seen.insert(number)) {
                return Err(format!(
                    "a column without a name holds '{}', so it is no index either; give it a name, \
                     or leave it out (pandas: index=False)",
                    clip(field, SHOWN)
                ));
            }
        }
        for (name, column) in features {
            self.coordinates.push(self.numbers.coordinate(name, &record[*column])?);
        }
        let label = self.label(&record[*label])?;
        self.labels.push(label);
        Ok(())
    }

    fn label(&mut self, field: &str) -> Result<usize, String> {
        let most = self.classes.unwrap_or(MAX_WIDTH) as f64;
        let class = |label: &f64| label.fract() == 0.0 && *label >= 0.0 && *label < most;
        let label = self.numbers.parse(field).filter(class).ok_or_else(|| {
            let field = clip(field, SHOWN);
            match self.classes {
                Some(classes) => {
                    format!("label '{field}' is no class; the network has 0 to {}", classes - 1)
                }
                None => format!(
                    "label '{field}' is no whole number from 0 to {}; number the classes 0, 1, 2, … \
                     (pandas: astype('category').cat.codes)",
                    MAX_WIDTH - 1
                ),
            }
        })?;
        Ok(label as usize)
    }

    fn points(self) -> Result<Points, String> {
        self.numbers.check()?;
        if self.labels.is_empty() {
            return Err("there are no rows below the header; give one for each point".to_owned());
        }
        let inputs = self.layout.features.len();
        Points::new(inputs, self.coordinates, self.labels).map_err(|error| error.to_string())
    }
}

fn no_text(line: usize) -> String {
    format!("line {line} is not UTF-8 text; save it as csv in UTF-8")
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

#[cfg(test)]
#[path = "points_file_tests.rs"]
mod tests;
