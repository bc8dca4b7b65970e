//! Finding a number among the summaries.

use super::rows::WhySummary;
use crate::error::Result;
use crate::record::Saved;
use crate::words::{count, counted, fixed};

/// Every summary of the section.
pub(crate) struct Numbers {
    rows: Vec<WhySummary>,
}

impl Numbers {
    pub fn read(saved: &Saved) -> Result<Self> {
        Ok(Self { rows: saved.optional_table("summary.csv")? })
    }

    /// A statistic of a quantity.
    pub fn statistic(
        &self,
        (piece, cell): (&str, &str),
        (setting, at): (&str, f64),
        quantity: &str,
        statistic: &str,
    ) -> Option<&WhySummary> {
        self.rows.iter().find(|row| {
            (&*row.piece, &*row.cell, &*row.setting) == (piece, cell, setting)
                && row.at == at
                && (&*row.quantity, &*row.statistic) == (quantity, statistic)
        })
    }

    /// Its mean, or share, over networks.
    pub fn mean(
        &self,
        of: (&str, &str),
        setting: (&str, f64),
        quantity: &str,
    ) -> Option<&WhySummary> {
        let statistic = if quantity.starts_with("is_") { "share" } else { "mean" };
        self.statistic(of, setting, quantity, statistic)
    }

    /// Its means at all places, ascending.
    pub fn along(&self, of: (&str, &str), setting: &str, quantity: &str) -> Vec<&WhySummary> {
        let own = |row: &&WhySummary| {
            (&*row.piece, &*row.cell, &*row.setting) == (of.0, of.1, setting)
                && row.quantity == quantity
                && ["mean", "share"].contains(&&*row.statistic)
        };
        let mut rows: Vec<&WhySummary> = self.rows.iter().filter(own).collect();
        rows.sort_by(|a, b| a.at.total_cmp(&b.at));
        rows
    }

    /// The cells of a piece, in the order of its table.
    pub fn cells(&self, piece: &str) -> Vec<&str> {
        let mut cells: Vec<&str> = Vec::new();
        for row in self.rows.iter().filter(|row| row.piece == piece) {
            if !cells.contains(&&*row.cell) {
                cells.push(&row.cell);
            }
        }
        cells
    }

    /// Of how many networks a quantity of a piece is the mean, in words: `mean over 100 networks`, or over
    /// `4 to 20` of them.
    pub fn sample(&self, piece: &str, quantity: &str) -> String {
        let own = self.rows.iter().filter(|row| row.piece == piece && row.quantity == quantity);
        let counts = own.filter(|row| row.statistic == "mean").map(|row| row.networks);
        let (least, most) = counts.fold((usize::MAX, 0), |(l, m), n| (l.min(n), m.max(n)));
        if least < most {
            format!("mean over {} to {}", count(least), counted(most, "network"))
        } else {
            format!("mean over {}", counted(most, "network"))
        }
    }

    pub fn is_empty(&self, piece: &str) -> bool {
        self.rows.iter().all(|row| row.piece != piece)
    }
}

/// A value with its interval, such as `0.41 (0.38 to 0.44)`.
pub(super) fn told(row: &WhySummary) -> String {
    told_to(row, 2)
}

/// The same with another number of decimals.
pub(super) fn told_to(row: &WhySummary, decimals: usize) -> String {
    let [value, low, high] = [row.value, row.low, row.high].map(|x| fixed(x, decimals));
    format!("{value} ({low} to {high})")
}

/// The widths of a cell as they are shown, such as `10–10`.
pub(super) fn widths(cell: &str) -> String {
    cell.replace('-', "–")
}

/// A cell of one hidden layer in words, such as `20 nodes, untrained`.
pub(super) fn nodes(cell: &str) -> String {
    match cell.split_once(", ") {
        Some((nodes, rest)) => format!("{nodes} nodes, {rest}"),
        None => format!("{cell} nodes"),
    }
}
