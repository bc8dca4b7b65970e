//! Every statistic of every cell in three numbers.

use std::collections::BTreeMap;

use anyhow::Result;
use report::records::{CellSummary, NetworkRow};
use serde_json::{Map, Value};
use stats::Ecdf;

/// Columns of a row that say which network it is of, and which cell that belongs to.
const NAMES: [&str; 8] =
    ["seed", "data", "hidden", "steps", "ablation", "n_nodes", "n_layers", "n_points"];

/// One row per cell and statistic, cells and statistics in the order of `networks.csv`.
///
/// # Errors
///
/// If a row has no JSON form, such as a statistic that is infinite.
pub fn of(networks: &[NetworkRow]) -> Result<Vec<CellSummary>> {
    let same_cell = |a: &NetworkRow, b: &NetworkRow| cell(a) == cell(b);
    let mut summaries = Vec::new();
    for rows in networks.chunk_by(same_cell) {
        let mut names: Vec<String> = Vec::new();
        let mut values: BTreeMap<String, Vec<f64>> = BTreeMap::new();
        for row in rows {
            let fields: Map<String, Value> = serde_json::from_value(serde_json::to_value(row)?)?;
            for (name, value) in fields.into_iter().filter(|(n, _)| !NAMES.contains(&n.as_str())) {
                if !values.contains_key(&name) {
                    names.push(name.clone());
                }
                values.entry(name).or_default().extend(value.as_f64());
            }
        }
        summaries.extend(names.into_iter().map(|name| summary(&rows[0], &values[&name], name)));
    }
    Ok(summaries)
}

fn cell(row: &NetworkRow) -> (&str, &str, &str, usize, usize) {
    (&row.ablation, &row.data, &row.hidden, row.steps, row.n_points)
}

fn summary(row: &NetworkRow, values: &[f64], statistic: String) -> CellSummary {
    let ecdf = Ecdf::of(values);
    let quantile = |q: f64| (!values.is_empty()).then(|| ecdf.quantile(q));
    CellSummary {
        data: row.data.clone(),
        hidden: row.hidden.clone(),
        steps: row.steps,
        ablation: row.ablation.clone(),
        n_points: row.n_points,
        statistic,
        networks: values.len(),
        low: quantile(0.05),
        median: quantile(0.5),
        high: quantile(0.95),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_those_of_each_cell_without_what_is_missing() {
        let row = |hidden: &str, k: usize| NetworkRow {
            hidden: hidden.to_owned(),
            loss: k as f64,
            asymmetry: (k > 0).then_some(1.5),
            ..NetworkRow::default()
        };
        let networks: Vec<NetworkRow> =
            ["8", "20"].iter().flat_map(|h| (0..21).map(move |k| row(h, k))).collect();
        let all = of(&networks).unwrap();
        let find = |hidden: &str, statistic: &str| {
            all.iter().find(|s| s.hidden == hidden && s.statistic == statistic).unwrap()
        };
        for hidden in ["8", "20"] {
            let loss = find(hidden, "loss");
            assert_eq!(
                (loss.networks, loss.low, loss.median, loss.high),
                (21, Some(1.0), Some(10.0), Some(19.0))
            );
            assert_eq!(find(hidden, "asymmetry").networks, 20);
            let none = find(hidden, "scale_ratio");
            assert_eq!((none.networks, none.median), (0, None));
        }
        assert!(all.iter().all(|s| s.statistic != "seed"));
    }
}
