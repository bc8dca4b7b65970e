//! Every quantity over the networks of a cell, with its interval.

use hypercube::stream;
use rand::RngExt;
use report::records::{WhyRow, WhySummary, WhyTable};
use stats::{bootstrap, correlation, wilson_interval};

/// Bootstrap resamples: the ends of an interval are then themselves known to a few per cent of its length.
const RESAMPLES: usize = 1000;

/// The stream that they are drawn from.
const BOOTSTRAP: u64 = 7;

/// One row a cell, setting, place and quantity, in the order of the table.
pub fn summarize(piece: &str, table: &WhyTable) -> Vec<WhySummary> {
    let mut groups: Vec<Vec<&WhyRow>> = Vec::new();
    let mut places = std::collections::HashMap::new();
    for row in &table.rows {
        let key = (&row.cell, &row.setting, row.at.to_bits());
        let place = *places.entry(key).or_insert(groups.len());
        if place == groups.len() {
            groups.push(Vec::new());
        }
        groups[place].push(row);
    }
    let of = |rows: &Vec<&WhyRow>| {
        let summary = |quantity: &str, statistic: &str, found: Found| WhySummary {
            piece: piece.to_owned(),
            cell: rows[0].cell.clone(),
            setting: rows[0].setting.clone(),
            at: rows[0].at,
            quantity: quantity.to_owned(),
            statistic: statistic.to_owned(),
            networks: found.networks,
            value: found.value,
            low: found.low,
            high: found.high,
        };
        let mut all = Vec::new();
        for (k, quantity) in table.quantities.iter().enumerate() {
            let values: Vec<f64> = rows.iter().filter_map(|row| row.values[k]).collect();
            let (statistic, found) = if quantity.starts_with("is_") {
                ("share", share(&values))
            } else {
                ("mean", resampled(values.len(), |indices| mean(&values, indices)))
            };
            all.extend(found.map(|found| summary(quantity, statistic, found)));
        }
        let column = |name: &str| table.quantities.iter().position(|own| own == name);
        if let Some((exact, predicted)) = column("exact").zip(column("predicted")) {
            let both = |row: &&WhyRow| Some((row.values[exact]?, row.values[predicted]?));
            let pairs: Vec<(f64, f64)> = rows.iter().filter_map(both).collect();
            let names = ["correlation", "rmse"];
            let found = names.into_iter().zip(agreement(&pairs));
            all.extend(found.filter_map(|(name, found)| Some(summary("predicted", name, found?))));
        }
        all
    };
    groups.iter().flat_map(of).collect()
}

/// A statistic with its interval.
struct Found {
    networks: usize,
    value: f64,
    low: f64,
    high: f64,
}

/// Share of ones: of a yes or no with Wilson's interval, of shares themselves with the bootstrap's.
fn share(values: &[f64]) -> Option<Found> {
    let networks = values.len();
    if values.iter().any(|&v| v != 0.0 && v != 1.0) {
        return resampled(networks, |indices| mean(values, indices));
    }
    let yes = values.iter().filter(|&&v| v == 1.0).count();
    let (low, high) = wilson_interval(yes, networks);
    let value = yes as f64 / networks as f64;
    (networks > 0).then_some(Found { networks, value, low, high })
}

fn mean(values: &[f64], indices: &[usize]) -> f64 {
    indices.iter().map(|&k| values[k]).sum::<f64>() / indices.len() as f64
}

/// Correlation of the first with the second, and root mean square difference.
fn agreement(pairs: &[(f64, f64)]) -> [Option<Found>; 2] {
    let related = |indices: &[usize]| {
        let (x, y): (Vec<f64>, Vec<f64>) = indices.iter().map(|&k| pairs[k]).unzip();
        correlation(&x, &y)
    };
    let error = |indices: &[usize]| {
        let squares = indices.iter().map(|&k| (pairs[k].0 - pairs[k].1).powi(2));
        (squares.sum::<f64>() / indices.len() as f64).sqrt()
    };
    [resampled(pairs.len(), related), resampled(pairs.len(), error)]
}

/// None where it is not defined.
fn resampled(networks: usize, statistic: impl Fn(&[usize]) -> f64) -> Option<Found> {
    let mut rng = stream(0, BOOTSTRAP, networks as u64);
    let value = statistic(&(0..networks).collect::<Vec<_>>());
    let (low, high) = bootstrap(networks, RESAMPLES, |n| rng.random_range(0..n), statistic);
    let found = Found { networks, value, low, high };
    [value, low, high].iter().all(|x| x.is_finite()).then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(setting: &str, seed: u64, values: [Option<f64>; 3]) -> WhyRow {
        let values = values.to_vec();
        WhyRow { cell: "c".into(), setting: setting.into(), at: 0.5, seed, values }
    }

    #[test]
    fn means_shares_and_agreement_have_intervals_around_them() {
        let quantities = ["exact", "predicted", "is_best"];
        let mut table = WhyTable::new(&quantities);
        for seed in 0..40u64 {
            let x = (seed as f64).sin();
            let values = [Some(x), Some(x + 0.5), Some(f64::from(u8::from(seed < 10)))];
            table.rows.push(row("first", seed, values));
            table.rows.push(row("second", seed, [None, Some(3.0), None]));
        }
        let all = summarize("theory", &table);
        let find = |setting: &str, quantity: &str, statistic: &str| {
            let own = |s: &&WhySummary| {
                (&*s.setting, &*s.quantity, &*s.statistic) == (setting, quantity, statistic)
            };
            all.iter().find(own)
        };
        let mean = find("first", "exact", "mean").unwrap();
        let expected = (0..40).map(|k| f64::from(k).sin()).sum::<f64>() / 40.0;
        assert!((mean.value - expected).abs() < 1e-12 && mean.networks == 40);
        // About two standard errors, 0.7/√40, to either side.
        assert!(mean.low < expected - 0.15 && mean.low > expected - 0.3, "{mean:?}");
        assert!(mean.high > expected + 0.15 && mean.high < expected + 0.3, "{mean:?}");
        let share = find("first", "is_best", "share").unwrap();
        assert_eq!((share.value, (share.low, share.high)), (0.25, wilson_interval(10, 40)));
        let rmse = find("first", "predicted", "rmse").unwrap();
        assert!((rmse.value - 0.5).abs() < 1e-12);
        assert!((find("first", "predicted", "correlation").unwrap().value - 1.0).abs() < 1e-12);
        assert!(find("second", "exact", "mean").is_none(), "no values");
        assert_eq!(find("second", "predicted", "mean").unwrap().low, 3.0);
    }
}
