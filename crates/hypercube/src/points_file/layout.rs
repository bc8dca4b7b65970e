//! What the top of a csv says: where its header is, what separates columns, and which is which.

use std::fmt::Write as _;

use super::SHOWN;
use crate::input::{MAX_WIDTH, clip};

/// What can separate columns, beside single spaces.
const SEPARATORS: [char; 3] = [',', ';', '\t'];

/// Names that a label has where no column is called `label`.
const LABELS: [&str; 3] = ["y", "target", "class"];

/// Where the header begins, in bytes: behind blank lines and comments, or in the last comment if the
/// first line below has numbers alone.
pub(super) fn header_at(text: &str) -> usize {
    let (mut start, mut comment) = (0, None);
    for line in text.split_inclusive(['\n', '\r']) {
        let (at, words) = (start, line.trim_start());
        start += line.len();
        if words.is_empty() {
            continue;
        }
        match words.strip_prefix('#') {
            Some(rest) => comment = Some(start - rest.trim_start_matches(' ').len()),
            None if has_numbers_alone(line) => return comment.unwrap_or(at),
            None => return at,
        }
    }
    comment.unwrap_or(text.len())
}

/// Whether a line is one of numbers, whatever separates them.
fn has_numbers_alone(line: &str) -> bool {
    let words = line.split([',', ';', '\t', ' ', '"', '\n', '\r']).filter(|word| !word.is_empty());
    let mut numbers = words.map(|word| word.parse::<f64>().is_ok()).peekable();
    numbers.peek().is_some() && numbers.all(|is_number| is_number)
}

/// What separates the columns of the header that a text begins with.
pub(super) fn separator(text: &str) -> Result<u8, String> {
    let mut quoted = false;
    let plain = |c: &char| {
        quoted ^= *c == '"';
        !quoted
    };
    let line: String = text.chars().filter(plain).take_while(|c| !"\r\n".contains(*c)).collect();
    let first = text.lines().next().unwrap_or_default();
    if has_numbers_alone(first) {
        return Err(format!(
            "there is no header, for '{}' are numbers; put a line of names above them, such as \
             x0,x1,label",
            clip(first, SHOWN)
        ));
    }
    match SEPARATORS.iter().filter(|&&c| line.contains(c)).collect::<Vec<_>>()[..] {
        [] if line.trim().contains(' ') => Ok(b' '),
        [] => Ok(b','),
        [one] => Ok(*one as u8),
        [one, other, ..] => Err(format!(
            "the header has both '{}' and '{}'; separate columns by one of them, and put names in \
             quotes",
            one.escape_default(),
            other.escape_default()
        )),
    }
}

/// Which column is what.
pub(super) struct Layout {
    /// How many there are, without empty ones at the end.
    pub columns: usize,
    /// How many at the front have to be an index.
    pub index: usize,
    /// Name and column of each input.
    pub features: Vec<(String, usize)>,
    /// The label's column.
    pub label: usize,
}

impl Layout {
    /// The layout that a header describes, for so many inputs, or for any number of them.
    pub fn of(header: &csv::StringRecord, inputs: Option<usize>) -> Result<Self, String> {
        let is_nameless = |name: &str| name.is_empty() || name.starts_with("Unnamed: ");
        let columns = filled(header);
        let names: Vec<&str> = header.iter().take(columns).collect();
        let index = names.iter().take_while(|name| is_nameless(name)).count();
        let refuse = |why: String| refused(&names, inputs, &why);
        if let Some(column) = names.iter().skip(index).position(|name| is_nameless(name)) {
            return Err(refuse(format!("column {} has no name", index + column + 1)));
        }
        let named = names.iter().enumerate().skip(index);
        // Of a name twice it is not known which is meant.
        let mut sorted = names[index..].to_vec();
        sorted.sort_unstable();
        if let Some(pair) = sorted.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(refuse(format!("two columns are named '{}'", clip(pair[0], SHOWN))));
        }
        let label = match inputs {
            Some(inputs) if names.len() != index + inputs + 1 => Err(format!(
                "{} columns; the network's {inputs} inputs and the label make {}",
                header.len(),
                inputs + 1
            )),
            _ => label(&names[index..]).map(|label| index + label),
        };
        let label = label.map_err(refuse)?;
        let others = named.filter(|(column, _)| *column != label);
        let mut features: Vec<_> = others.map(|(k, name)| ((*name).to_owned(), k)).collect();
        if features.is_empty() {
            return Err(refuse("there is no input beside the label".to_owned()));
        }
        if features.len() > MAX_WIDTH {
            let found = features.len();
            return Err(refuse(format!("{found} inputs are more than the {MAX_WIDTH} read here")));
        }
        if features.iter().all(|(name, _)| number_of(name).is_some()) {
            features.sort_by_key(|(name, _)| number_of(name));
        }
        Ok(Self { columns, index, features, label })
    }
}

/// How many fields a record has, without empty ones at the end.
pub(super) fn filled(record: &csv::StringRecord) -> usize {
    (0..record.len()).rev().find(|&k| !record[k].is_empty()).map_or(0, |last| last + 1)
}

/// The k of a name `xk`.
fn number_of(name: &str) -> Option<u64> {
    let digits = name.strip_prefix('x')?;
    digits.bytes().all(|digit| digit.is_ascii_digit()).then(|| digits.parse().ok())?
}

/// Which of the names is the label's.
fn label(names: &[&str]) -> Result<usize, String> {
    let found = |wanted: &[&str]| -> Vec<usize> {
        let is_wanted = |name: &str| wanted.iter().any(|wanted| name.eq_ignore_ascii_case(wanted));
        (0..names.len()).filter(|&k| is_wanted(names[k])).collect()
    };
    let candidates = match found(&["label"]) {
        none if none.is_empty() => found(&LABELS),
        some => some,
    };
    match candidates[..] {
        [one] => Ok(one),
        [] => Err("no column is named label, y, target or class".to_owned()),
        [one, other, ..] => Err(format!(
            "both '{}' and '{}' could be the label; name that one label",
            names[one], names[other]
        )),
    }
}

/// What is wrong with a header, beside one that is right.
fn refused(names: &[&str], inputs: Option<usize>, why: &str) -> String {
    let mut expected = String::new();
    match inputs {
        Some(inputs) => (0..inputs).for_each(|k| {
            let _ = write!(expected, "x{k},");
        }),
        None => expected += "x0,x1,…,",
    }
    format!(
        "the header is '{}', not '{}' ({why})",
        clip(&names.join(","), SHOWN),
        clip(&(expected + "label"), SHOWN)
    )
}
