//! How far two runs of one section are from each other.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use super::figure::Figure;
use super::saved::Saved;
use crate::error::Result;

/// How the files of a new run differ from those on record.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Difference {
    /// Every number is the same; only the figures are drawn otherwise.
    Figures,
    /// The largest difference of a number, relative to the largest size in its column or array.
    Numbers(f64),
    /// Something else than numbers, such as how many rows there are.
    Content,
}

impl Difference {
    /// The larger of both.
    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Content, _) | (_, Self::Content) => Self::Content,
            (Self::Numbers(a), Self::Numbers(b)) => Self::Numbers(a.max(b)),
            (Self::Numbers(a), Self::Figures) | (Self::Figures, Self::Numbers(a)) => {
                Self::Numbers(a)
            }
            (Self::Figures, Self::Figures) => Self::Figures,
        }
    }
}

/// How two records of the same files differ; none if every byte is the same. Files of the earlier
/// one that are listed but not there, as they are not passed on, cannot be looked into.
pub(crate) fn difference(before: &Saved, after: &Saved) -> Result<Option<Difference>> {
    let mut found: Option<Difference> = None;
    for (name, hash) in &after.manifest().outputs {
        if before.manifest().outputs.get(name) == Some(hash) {
            continue;
        }
        let one = if Figure::is_named(name) {
            Difference::Figures
        } else if before.has(name) {
            of_file(before, after, name)?
        } else {
            Difference::Content
        };
        found = Some(found.map_or(one, |found| found.and(one)));
    }
    Ok(found)
}

fn of_file(before: &Saved, after: &Saved, name: &str) -> Result<Difference> {
    let extension = Path::new(name).extension().and_then(|e| e.to_str()).unwrap_or_default();
    if extension == "npy" {
        return of_arrays(before, after, name);
    }
    let columns = |saved: &Saved| match extension {
        "csv" => saved.columns(name),
        "json" => saved.json(name).map(|value: Value| {
            let mut columns = BTreeMap::new();
            numbers(&value, "", &mut columns);
            columns
        }),
        "safetensors" => saved.bytes(name).map(|bytes| tensors(&bytes)),
        _ => Ok(BTreeMap::new()),
    };
    let (a, b) = (columns(before)?, columns(after)?);
    let alike =
        a.len() == b.len() && a.iter().all(|(k, v)| b.get(k).is_some_and(|w| w.len() == v.len()));
    if !alike {
        return Ok(Difference::Content);
    }
    let apart = a.iter().map(|(key, v)| Apart::of(v, &b[key]).relative()).fold(0.0, f64::max);
    Ok(numbers_apart(apart))
}

/// The same of arrays.
fn of_arrays(before: &Saved, after: &Saved, name: &str) -> Result<Difference> {
    let (mut a, mut b) = (before.pieces(name)?, after.pieces(name)?);
    let mut apart = Apart::default();
    loop {
        let a = a.next().map_err(|why| before.complain(name, why))?;
        let b = b.next().map_err(|why| after.complain(name, why))?;
        if a.len() != b.len() {
            return Ok(Difference::Content);
        }
        if a.is_empty() {
            return Ok(numbers_apart(apart.relative()));
        }
        apart = apart.and(&Apart::of(&a, &b));
    }
}

/// Of files whose bytes differ: if no number does, something else does.
fn numbers_apart(relative: f64) -> Difference {
    if relative > 0.0 { Difference::Numbers(relative) } else { Difference::Content }
}

/// The values of a network that was trained here: f32, behind a header whose length comes first.
fn tensors(bytes: &[u8]) -> BTreeMap<String, Vec<f64>> {
    let data = bytes
        .split_first_chunk()
        .and_then(|(length, rest)| rest.get(usize::try_from(u64::from_le_bytes(*length)).ok()?..));
    let values = data.unwrap_or_default().as_chunks().0.iter();
    let values = values.map(|&value| f64::from(f32::from_le_bytes(value)));
    BTreeMap::from([(String::new(), values.collect())])
}

/// How far the numbers of two columns or arrays are from each other.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Apart {
    /// The largest |a| or |b|.
    largest: f64,
    /// The largest |a − b|.
    apart: f64,
}

impl Apart {
    fn of(a: &[f64], b: &[f64]) -> Self {
        let largest = a.iter().chain(b).fold(0.0, |largest: f64, x| largest.max(x.abs()));
        let apart = a.iter().zip(b).fold(0.0, |apart: f64, (x, y)| apart.max((x - y).abs()));
        Self { largest, apart }
    }

    /// Of what both are about.
    fn and(self, other: &Self) -> Self {
        Self { largest: self.largest.max(other.largest), apart: self.apart.max(other.apart) }
    }

    /// The one over the other; 0 where all are the same.
    fn relative(self) -> f64 {
        if self.apart > 0.0 { self.apart / self.largest } else { 0.0 }
    }
}

/// The numbers of a JSON value, those of one key together.
fn numbers(value: &Value, key: &str, columns: &mut BTreeMap<String, Vec<f64>>) {
    match value {
        Value::Number(number) => {
            columns.entry(key.to_owned()).or_default().extend(number.as_f64());
        }
        Value::Array(values) => values.iter().for_each(|value| numbers(value, key, columns)),
        Value::Object(fields) => {
            fields.iter().for_each(|(name, value)| numbers(value, name, columns));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_are_relative_to_their_column_and_the_worst_counts() {
        assert_eq!(Apart::of(&[1.0, -4.0], &[1.0, -4.0]).relative(), 0.0);
        assert_eq!(Apart::of(&[0.0, -4.0], &[1e-3, -4.0]).relative(), 2.5e-4);
        assert_eq!(Apart::of(&[0.0], &[0.0]).relative(), 0.0);
        let pieces = Apart::of(&[0.0], &[1e-3]).and(&Apart::of(&[-4.0], &[-4.0]));
        assert_eq!(pieces, Apart::of(&[0.0, -4.0], &[1e-3, -4.0]));
        let all = [Difference::Figures, Difference::Numbers(1e-9), Difference::Numbers(1e-7)];
        assert_eq!(all.into_iter().reduce(Difference::and), Some(Difference::Numbers(1e-7)));
        assert_eq!(Difference::Content.and(Difference::Numbers(1.0)), Difference::Content);
    }
}
