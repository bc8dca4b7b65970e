//! Every statistic of every cell in three numbers.

use report::records::{CellId, CellSummary, NetworkRow};
use stats::Ecdf;

/// One row per cell and statistic, cells and statistics in the order of `networks.csv`.
pub fn summarize(networks: &[NetworkRow]) -> Vec<(CellId, CellSummary)> {
    let cells = networks.chunk_by(|a, b| a.cell == b.cell);
    let of = |rows: &[NetworkRow]| -> Vec<_> {
        let mut names: Vec<&str> = Vec::new();
        for name in rows.iter().flat_map(NetworkRow::names) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names.iter().map(|name| (rows[0].cell.clone(), summary(rows, name))).collect()
    };
    cells.flat_map(of).collect()
}

fn summary(rows: &[NetworkRow], statistic: &str) -> CellSummary {
    let values: Vec<f64> = rows.iter().filter_map(|row| row.get(statistic)).collect();
    let ecdf = Ecdf::new(&values);
    let quantile = |q: f64| (!values.is_empty()).then(|| ecdf.quantile(q));
    CellSummary {
        statistic: statistic.to_owned(),
        networks: values.len(),
        low: quantile(0.05),
        median: quantile(0.5),
        high: quantile(0.95),
    }
}

#[cfg(test)]
mod tests {
    use report::records::Value;

    use super::*;

    #[test]
    fn quantiles_are_those_of_each_cell_without_what_is_missing() {
        let row = |hidden: &str, k: usize| {
            let cell = CellId { hidden: hidden.to_owned(), ..CellId::default() };
            let asymmetry = (k > 0).then_some(1.5).into();
            let statistics = [("loss", Value::Real(k as f64)), ("asymmetry", asymmetry)];
            // One network was measured with a statistic more.
            let newer = [("newer", Value::Whole(3))];
            let newer = if k == 7 { &newer[..] } else { &[] };
            NetworkRow::new(k as u64, cell, &[&statistics[..], newer].concat())
        };
        let networks: Vec<NetworkRow> =
            ["8", "20"].iter().flat_map(|h| (0..21).map(move |k| row(h, k))).collect();
        let all = summarize(&networks);
        let find = |hidden: &str, statistic: &str| {
            let own = |(cell, s): &&(CellId, CellSummary)| {
                cell.hidden == hidden && s.statistic == statistic
            };
            &all.iter().find(own).unwrap().1
        };
        for hidden in ["8", "20"] {
            let loss = find(hidden, "loss");
            assert_eq!(
                (loss.networks, loss.low, loss.median, loss.high),
                (21, Some(1.0), Some(10.0), Some(19.0))
            );
            assert_eq!(find(hidden, "asymmetry").networks, 20);
            let newer = find(hidden, "newer");
            assert_eq!((newer.networks, newer.median), (1, Some(3.0)));
        }
        assert!(all.iter().all(|(_, s)| s.statistic != "seed"));
    }
}
