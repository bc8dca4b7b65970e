//! The networks of an ensemble: which cell they belong to, and their statistics.

use std::cmp::Ordering;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result, While};
use crate::record::Saved;
use crate::words::{count, listed, number};

/// What networks have in common that differ in nothing but their seeds.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct CellId {
    /// What labels the data, such as `circle 0.893`.
    pub data: String,
    /// Distribution of the initial weights, such as `he-uniform`.
    pub init: String,
    /// Hidden widths, joined by `-`.
    pub hidden: String,
    /// Optimiser steps.
    pub steps: usize,
    /// Points per step.
    pub batch: usize,
    /// Adam's step size.
    pub learning_rate: f64,
    /// Points that it was trained on.
    pub training_points: usize,
    /// `zero` or `mean`: how a node is removed.
    pub ablation: String,
    /// Evaluation points of each network.
    pub n_points: usize,
}

/// Batch, step size and training points of the default recipe, which are not spelled out.
pub(crate) const USUAL: (usize, f64, usize) = (32, 0.001, 10_000);

impl CellId {
    /// The order of cells in every table.
    #[must_use]
    pub fn order(&self, other: &Self) -> Ordering {
        let words = |id: &Self| [&id.ablation, &id.data, &id.init, &id.hidden].map(String::clone);
        let sizes = |id: &Self| [id.steps, id.batch, id.training_points, id.n_points];
        words(self)
            .cmp(&words(other))
            .then(sizes(self).cmp(&sizes(other)))
            .then(self.learning_rate.total_cmp(&other.learning_rate))
    }

    /// Number of hidden layers.
    #[must_use]
    pub fn layers(&self) -> usize {
        self.hidden.split('-').count()
    }

    /// Number of nodes.
    #[must_use]
    pub fn nodes(&self) -> usize {
        self.hidden.split('-').filter_map(|width| width.parse::<usize>().ok()).sum()
    }

    /// The widths as they are shown, such as `10–10`.
    pub(crate) fn widths(&self) -> String {
        self.hidden.replace('-', "–")
    }

    /// It in words, such as `circle 0.893, 10–10 nodes, he-uniform, 6,000 steps, zero`, and what else is
    /// not as usual, such as `batches of 128`.
    #[must_use]
    pub fn words(&self) -> String {
        let Self { data, init, ablation, .. } = self;
        let steps = count(self.steps);
        let usual = format!("{data}, {} nodes, {init}, {steps} steps, {ablation}", self.widths());
        let (batch, learning_rate, training_points) = USUAL;
        let like = Self { batch, learning_rate, training_points, ..self.clone() };
        [usual].into_iter().chain(self.differences(&like)).collect::<Vec<_>>().join(", ")
    }

    /// What its recipe has that another's has not, in words, such as `circle 0.8 and 1,000 steps`.
    #[must_use]
    pub fn difference(&self, other: &Self) -> String {
        listed(&self.differences(other))
    }

    fn differences(&self, other: &Self) -> Vec<String> {
        let parts = [
            (self.data != other.data, self.data.clone()),
            (self.init != other.init, self.init.clone()),
            (self.steps != other.steps, format!("{} steps", count(self.steps))),
            (self.batch != other.batch, format!("batches of {}", self.batch)),
            (
                self.learning_rate != other.learning_rate,
                format!("a step size of {}", number(self.learning_rate)),
            ),
            (
                self.training_points != other.training_points,
                format!("{} training points", count(self.training_points)),
            ),
        ];
        parts.into_iter().filter(|part| part.0).map(|part| part.1).collect()
    }
}

/// A statistic of one network.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Value {
    /// A count.
    Whole(u64),
    /// A number.
    Real(f64),
    /// None, where it is undefined.
    Missing,
}

impl Value {
    fn parse(cell: &str) -> Option<Self> {
        if let Ok(whole) = cell.parse() {
            return Some(Self::Whole(whole));
        }
        // Earlier versions wrote NaN where a statistic is undefined.
        if cell.is_empty() { Some(Self::Missing) } else { cell.parse().ok().map(f64::into) }
    }
}

impl From<f64> for Value {
    fn from(value: f64) -> Self {
        if value.is_nan() { Self::Missing } else { Self::Real(value) }
    }
}

impl From<usize> for Value {
    fn from(value: usize) -> Self {
        Self::Whole(value as u64)
    }
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Missing, Into::into)
    }
}

/// A row of `ensemble/networks.csv`: the statistics of one network over all of its sub-networks.
/// `ensemble/statistics.csv` says what each is.
#[derive(Clone, Debug, PartialEq)]
pub struct NetworkRow {
    /// Seed the network was trained from.
    pub seed: u64,
    /// What it has in common with the others of its cell.
    pub cell: CellId,
    /// Names of the statistics, shared by the rows of one table.
    names: Arc<[String]>,
    values: Vec<Value>,
}

/// The columns that say which network a row is of.
const NAMED: [&str; 12] = [
    "seed",
    "data",
    "init",
    "hidden",
    "steps",
    "batch",
    "learning_rate",
    "training_points",
    "ablation",
    "n_points",
    "n_nodes",
    "n_layers",
];

impl NetworkRow {
    /// A network's statistics by name.
    #[must_use]
    pub fn new(seed: u64, cell: CellId, statistics: &[(&str, Value)]) -> Self {
        let (names, values) = statistics.iter().map(|(name, v)| ((*name).to_owned(), *v)).unzip();
        let names: Vec<String> = names;
        Self { seed, cell, names: names.into(), values }
    }

    /// A statistic; none if it is undefined, or was not measured when the network was.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<f64> {
        match self.value(name) {
            Value::Whole(value) => Some(value as f64),
            Value::Real(value) => Some(value),
            Value::Missing => None,
        }
    }

    fn value(&self, name: &str) -> Value {
        let place = self.names.iter().position(|own| own == name);
        place.and_then(|place| self.values.get(place)).copied().unwrap_or(Value::Missing)
    }

    /// The names of its statistics, in the order of the columns.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(String::as_str)
    }

    /// The rows as a table. Rows may have been measured with different statistics: each has its
    /// column, which is empty where a row has none.
    ///
    /// # Errors
    /// When a statistic is infinite.
    pub fn table(rows: &[Self]) -> Result<Vec<u8>> {
        let what = || "cannot write networks".to_owned();
        let names = union(rows);
        let mut writer = csv::WriterBuilder::new().has_headers(false).from_writer(Vec::new());
        writer.write_record(NAMED.iter().chain(&names)).while_doing(what)?;
        for row in rows {
            let values: Vec<Value> = if row.names().eq(names.iter().copied()) {
                row.values.clone()
            } else {
                names.iter().map(|name| row.value(name)).collect()
            };
            let infinite = |value: &Value| matches!(value, Value::Real(x) if x.is_infinite());
            if let Some(place) = values.iter().position(infinite) {
                let why = format!("{} of seed {} is not a finite number", names[place], row.seed);
                return Err(Error::new(what(), why));
            }
            let shape = (row.cell.nodes(), row.cell.layers());
            writer.serialize((row.seed, &row.cell, shape, values)).while_doing(what)?;
        }
        writer.into_inner().while_doing(what)
    }

    /// Reads what [`NetworkRow::table`] has written.
    ///
    /// # Errors
    /// When it is no such table.
    pub fn parse(table: &[u8]) -> Result<Vec<Self>> {
        let what = || "not a table of networks".to_owned();
        let mut reader = csv::Reader::from_reader(table);
        let header = reader.headers().while_doing(what)?.clone();
        let is_named = |name: &str| NAMED.contains(&name);
        let names: Arc<[String]> =
            header.iter().filter(|name| !is_named(name)).map(str::to_owned).collect();
        #[derive(Deserialize)]
        struct Seed {
            seed: u64,
        }
        let mut rows = Vec::new();
        for record in reader.records() {
            let record = record.while_doing(what)?;
            let Seed { seed } = record.deserialize(Some(&header)).while_doing(what)?;
            let cell = record.deserialize(Some(&header)).while_doing(what)?;
            let cells = header.iter().zip(&record).filter(|(name, _)| !is_named(name));
            let value = |(name, cell): (&str, &str)| {
                let why = || format!("{name} of seed {seed} is '{cell}', not a number");
                Value::parse(cell).ok_or_else(|| Error::new(what(), why()))
            };
            let values = cells.map(value).collect::<Result<_>>()?;
            rows.push(Self { seed, cell, names: names.clone(), values });
        }
        Ok(rows)
    }

    /// The networks of an ensemble's record.
    ///
    /// # Errors
    /// When they are missing, changed since they were recorded, or no such table.
    pub fn read(saved: &Saved) -> Result<Vec<Self>> {
        Self::parse(&saved.bytes(NETWORKS)?).map_err(|error| saved.complain(NETWORKS, error))
    }
}

/// File of the networks' statistics.
const NETWORKS: &str = "networks.csv";

/// The names of all statistics that some rows have.
fn union(rows: &[NetworkRow]) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::new();
    let mut seen: Option<&Arc<[String]>> = None;
    for row in rows {
        if !seen.is_some_and(|seen| Arc::ptr_eq(seen, &row.names)) {
            for name in row.names() {
                if !names.contains(&name) {
                    names.push(name);
                }
            }
            seen = Some(&row.names);
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(seed: u64, statistics: &[(&str, Value)]) -> NetworkRow {
        let cell = CellId { hidden: "10-10".to_owned(), ..CellId::default() };
        NetworkRow::new(seed, cell, statistics)
    }

    #[test]
    fn rows_of_different_statistics_make_one_table_and_come_back() {
        let older = row(3, &[("peaks", 2_usize.into()), ("overlap", 0.25.into())]);
        let newer = row(4, &[("overlap", 1e-7.into()), ("depth", None::<f64>.into())]);
        let bytes = NetworkRow::table(&[older, newer]).unwrap();
        let lines: Vec<&str> = std::str::from_utf8(&bytes).unwrap().lines().collect();
        assert!(lines[0].ends_with("n_points,n_nodes,n_layers,peaks,overlap,depth"), "{lines:?}");
        assert!(lines[1].ends_with(",0,20,2,2,0.25,"), "{lines:?}");
        let read = NetworkRow::parse(&bytes).unwrap();
        assert_eq!((read[0].get("peaks"), read[1].get("peaks")), (Some(2.0), None));
        assert_eq!((read[0].get("depth"), read[1].get("overlap")), (None, Some(1e-7)));
        assert_eq!(read[0].get("not yet measured"), None);
        assert_eq!(read[1].cell.layers(), 2);
        assert_eq!(NetworkRow::table(&read).unwrap(), bytes);
    }

    #[test]
    fn what_is_undefined_is_missing_and_what_is_no_number_is_an_error() {
        let table = |cell: &str| {
            format!(
                "seed,data,init,hidden,steps,batch,learning_rate,training_points,ablation,n_points,a\n\
                     7,xor,pytorch,20,10,32,0.001,100,zero,64,{cell}\n"
            )
        };
        for cell in ["", "NaN"] {
            assert_eq!(NetworkRow::parse(table(cell).as_bytes()).unwrap()[0].get("a"), None);
        }
        let error = NetworkRow::parse(table("x").as_bytes()).unwrap_err().to_string();
        assert!(error.contains("a of seed 7 is 'x', not a number"), "{error}");
        assert!(NetworkRow::parse(b"seed,data\n1,xor\n").is_err());
        let error = NetworkRow::table(&[row(5, &[("a", f64::INFINITY.into())])]).unwrap_err();
        assert!(error.to_string().contains("a of seed 5 is not a finite number"), "{error}");
        assert_eq!(Value::from(f64::NAN), Value::Missing);
    }
}
