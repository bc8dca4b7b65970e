//! The weights of the spectrum, the variance of the loss and its reversal, from pairs of points.

use anyhow::Result;
use hypercube::averages::{Averages, CertifiedNodes, LevelWeights, Paired};
use report::Record;
use report::records::PairedMoment;
use report::words::{fixed, interval};
use stats::normal_interval;

use crate::output;
use crate::session::Session;

/// Steps at most: some 30 s on one core, with which all pairs of 4,096 points are taken at 20 nodes.
const LIMIT: f64 = 8e10;

/// A variance that is known less closely, as a share of itself, is not told.
const KNOWN: f64 = 1e-6;

/// Records the weights, if they are known, and returns what it recorded.
///
/// # Errors
///
/// If the record cannot be written.
pub fn record(
    session: &Session,
    record: &Record,
    averages: &Averages,
    points: usize,
    known: (&CertifiedNodes, &CertifiedNodes),
) -> Result<Vec<PairedMoment>> {
    let progress = session.progress("pairs of points", points);
    let seed = session.common.seed();
    let found = averages.level_weights(known, LIMIT, seed, |more| progress.add(more));
    drop(progress);
    let is_known = |found: &LevelWeights| found.variance.error <= KNOWN * found.variance.value;
    let Some(found) = found.filter(is_known) else { return Ok(Vec::new()) };
    let rows = rows(&found);
    record.table("point_pairs.csv", &rows)?;
    Ok(rows)
}

/// The weights of degrees from 3 on, if they are exact.
pub fn beyond_pairs(rows: &[PairedMoment]) -> impl Iterator<Item = f64> + '_ {
    let degree = |row: &PairedMoment| row.statistic.strip_prefix("weight_")?.parse::<usize>().ok();
    let is_exact =
        move |row: &&PairedMoment| row.share == 1.0 && degree(row).is_some_and(|k| k > 2);
    rows.iter().filter(is_exact).map(|row| row.value)
}

/// As they are recorded.
fn rows(found: &LevelWeights) -> Vec<PairedMoment> {
    let row = |statistic: String, paired: Paired| {
        let (low, high) = normal_interval(paired.value, paired.deviation);
        PairedMoment {
            statistic,
            value: paired.value,
            error: paired.error,
            low,
            high,
            share: found.share,
        }
    };
    let weight = |(k, weight): (usize, &Paired)| row(format!("weight_{}", k + 1), *weight);
    let mut rows: Vec<PairedMoment> = found.weights.iter().enumerate().map(weight).collect();
    rows.push(row("weight_higher".to_owned(), found.higher));
    rows.push(row("variance".to_owned(), found.variance));
    rows.push(row("reversal_covariance".to_owned(), found.reversal_covariance));
    let correlation = found.reversal_correlation;
    rows.extend(correlation.map(|paired| row("reversal_correlation".to_owned(), paired)));
    rows
}

/// Prints them.
///
/// # Errors
///
/// If nothing can be written.
pub fn print(rows: &[PairedMoment]) -> Result<()> {
    let Some(first) = rows.first() else { return Ok(()) };
    let line = |row: &PairedMoment| {
        let range = if row.share < 1.0 {
            interval(row.low, row.high, 7)
        } else {
            format!("exact to {:.0e}", row.error)
        };
        vec![row.statistic.replace('_', " "), fixed(row.value, 9), range]
    };
    let pairs = format!("{} % of pairs", fixed(100.0 * first.share, 1));
    let header = ["loss", "from pairs of points", if first.share < 1.0 { &pairs } else { "" }];
    let table = output::table(&header, &rows.iter().map(line).collect::<Vec<_>>());
    output::print(&format!("\n{table}"))?;
    Ok(())
}
