//! What `why` records: one table for each piece, all of one form, and what follows from them.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result, While};
use crate::record::Saved;

/// A measurement of one network, a row of `why/PIECE.csv`: what it is of in the first four columns,
/// then the quantities of the piece.
#[derive(Clone, Debug, PartialEq)]
pub struct WhyRow {
    /// What networks have in common that differ in nothing but their seeds.
    pub cell: String,
    /// What was done to the network, or what is measured.
    pub setting: String,
    /// How much of it: a shift, a degree, a layer, a number of steps; 0 where there is no such thing.
    pub at: f64,
    /// Seed the network was trained from.
    pub seed: u64,
    /// The quantities; none where one is undefined, or not of this setting.
    pub values: Vec<Option<f64>>,
}

/// All measurements of a piece.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WhyTable {
    /// Names of the quantities, in the order of the columns.
    pub quantities: Vec<String>,
    /// The measurements.
    pub rows: Vec<WhyRow>,
}

/// The columns before the quantities.
const NAMED: [&str; 4] = ["cell", "setting", "at", "seed"];

impl WhyTable {
    /// A table without rows.
    #[must_use]
    pub fn new(quantities: &[&str]) -> Self {
        let quantities = quantities.iter().map(|&name| name.to_owned()).collect();
        Self { quantities, rows: Vec::new() }
    }

    /// The table as csv.
    ///
    /// # Errors
    /// When a quantity is not finite.
    pub fn csv(&self) -> Result<Vec<u8>> {
        let what = || "cannot write measurements".to_owned();
        let mut writer = csv::WriterBuilder::new().has_headers(false).from_writer(Vec::new());
        let names = self.quantities.iter().map(String::as_str);
        writer.write_record(NAMED.into_iter().chain(names)).while_doing(what)?;
        for row in &self.rows {
            let bad = |value: &Option<f64>| value.is_some_and(|x| !x.is_finite());
            if let Some(place) = row.values.iter().position(bad) {
                let why = format!("{} of seed {} is not finite", self.quantities[place], row.seed);
                return Err(Error::new(what(), why));
            }
            writer
                .serialize((&row.cell, &row.setting, row.at, row.seed, &row.values))
                .while_doing(what)?;
        }
        writer.into_inner().while_doing(what)
    }

    /// Reads what [`WhyTable::csv`] has written.
    ///
    /// # Errors
    /// When it is no such table.
    pub fn parse(csv: &[u8]) -> Result<Self> {
        let what = || "not a table of measurements".to_owned();
        let mut reader = csv::Reader::from_reader(csv);
        let header = reader.headers().while_doing(what)?.clone();
        if header.len() < NAMED.len() || header.iter().zip(NAMED).any(|(own, name)| own != name) {
            return Err(Error::new(what(), format!("it does not begin with {NAMED:?}")));
        }
        let quantities = header.iter().skip(NAMED.len()).map(str::to_owned).collect();
        let mut rows = Vec::new();
        for record in reader.deserialize() {
            let (cell, setting, at, seed, values) = record.while_doing(what)?;
            rows.push(WhyRow { cell, setting, at, seed, values });
        }
        Ok(Self { quantities, rows })
    }

    /// That of a piece; empty if it is not on record.
    ///
    /// # Errors
    /// When it is no such table.
    pub fn read(saved: &Saved, piece: &str) -> Result<Self> {
        let name = format!("{piece}.csv");
        if saved.has(&name) { Self::parse(&saved.bytes(&name)?) } else { Ok(Self::default()) }
    }

    /// The values of a quantity that a setting of a cell has, with where, in the order of the rows.
    pub fn of<'a>(
        &'a self,
        cell: &'a str,
        setting: &'a str,
        quantity: &str,
    ) -> impl Iterator<Item = (f64, f64)> + 'a {
        let place = self.quantities.iter().position(|own| own == quantity);
        let own = self.rows.iter().filter(move |row| row.cell == cell && row.setting == setting);
        own.filter_map(move |row| Some((row.at, row.values[place?]?)))
    }
}

/// A row of `why/summary.csv`: a quantity over the networks of one cell.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct WhySummary {
    /// The piece.
    pub piece: String,
    /// As in its table.
    pub cell: String,
    /// As in its table.
    pub setting: String,
    /// As in its table.
    pub at: f64,
    /// The column.
    pub quantity: String,
    /// `mean` over networks, `share` of those for which it is 1; of a prediction its `correlation` with
    /// the exact value over networks and its `rmse`, root mean square error.
    pub statistic: String,
    /// How many networks have a value.
    pub networks: usize,
    /// The statistic.
    pub value: f64,
    /// Lower end of its 95 % interval: Wilson's of a share, else the bootstrap's over networks.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// A row of `why/runs.csv`: the command that made a piece.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct WhyRun {
    /// The piece.
    pub piece: String,
    /// The command line.
    pub command: String,
    /// Commit it ran at; empty if unknown.
    pub git_revision: String,
    /// Whether tracked files other than results differed from that commit.
    pub git_dirty: Option<bool>,
    /// Wall-clock time in seconds, of the last run if it was interrupted.
    pub seconds: f64,
    /// Threads used.
    pub threads: usize,
    /// Name of the processor.
    pub cpu: String,
}
