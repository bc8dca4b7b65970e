//! `flip-paths`: how long does a network remember where it came from, when its nodes are flipped
//! one by one, each once, in random order?

use anyhow::Result;
use clap::Args;
use hypercube::Mask;
use hypercube::walsh::{flip_covariance, reversal_correlation};
use report::records::{DistanceRow, ExactCheck, PathCovariance};
use report::words;
use serde_json::json;
use stats::{Covariance, correlation, correlation_interval, covariance_matrix, normal_interval};

use crate::exact::{self, Exact};
use crate::limits;
use crate::options::at_least_two;
use crate::output;
use crate::sampling;
use crate::session::Session;
use crate::work::Work;

/// Paths by default: 21 masks each, some seconds' work, and a standard error of a correlation of
/// 0.016. With few paths more flips look "insignificant", so this number belongs to the answer.
const PATHS: usize = 4096;
const QUICK_PATHS: usize = 256;

#[derive(Args, Debug, Default)]
pub struct Options {
    /// Paths to sample [default: 4096, with --quick 256]
    #[arg(long, value_name = "N", value_parser = at_least_two)]
    paths: Option<usize>,
}

pub fn run(session: &Session, options: &Options) -> Result<()> {
    let work = Work::begin(session, "flip-paths")?;
    let paths = session.common.size(options.paths, PATHS, QUICK_PATHS);
    let n = session.subject()?.network.n_nodes();
    // Each mask with its node values, its loss, and copies of it.
    limits::memory("paths", paths, (n + 1) * (100 + 2 * n))?;
    limits::evaluations(paths * (n + 1), session.subject()?.points.len(), n)?;
    let masks: Vec<Mask> =
        (0..paths as u64).flat_map(|k| Mask::flip_path(n, session.common.seed(), k)).collect();
    let progress = session.progress("losses along paths", masks.len());
    let losses = session.sub_networks()?.losses(&masks, |done| progress.add(done));
    drop(progress);
    sampling::check_finite(&losses, &[])?;
    let log_losses: Vec<f64> = losses.iter().map(|loss| loss.ln()).collect();

    work.record.array_f64("log_losses.npy", &[paths, n + 1], &log_losses)?;
    let matrix = covariance_matrix(&log_losses, n + 1);
    let cell = |(k, &covariance)| PathCovariance { from: k / (n + 1), to: k % (n + 1), covariance };
    let cells: Vec<PathCovariance> = matrix.iter().enumerate().map(cell).collect();
    work.record.table("covariance.csv", &cells)?;
    let distances = distances(&log_losses, n);
    work.record.table("distance.csv", &distances)?;
    let insignificant =
        distances.iter().find(|row| row.correlation_low <= 0.0).map(|row| row.flips);
    let reversed = &distances[n];
    let summary = json!({
        "paths": paths,
        "flips_until_insignificant": insignificant,
        "reversal_correlation": reversed.correlation,
        "reversal_low": reversed.correlation_low,
        "reversal_high": reversed.correlation_high,
    });
    work.record.json("summary.json", &summary)?;
    let checks = session.exact()?.map(|exact| check(&distances, exact)).unwrap_or_default();
    if !checks.is_empty() {
        work.record.table("exact.csv", &checks)?;
    }

    print(paths, &distances, insignificant)?;
    exact::print(&checks)?;
    work.finish(json!({ "paths": paths }))
}

/// Covariance and correlation of ln(loss) with either end of the path, by the flips between. One
/// pair a path, so that the pairs are independent.
fn distances(log_losses: &[f64], n: usize) -> Vec<DistanceRow> {
    let at = |flips: usize| -> Vec<f64> {
        log_losses.chunks_exact(n + 1).map(|path| path[flips]).collect()
    };
    let (first, last) = (at(0), at(n));
    let row = |flips: usize| {
        let (from_start, from_end) = (at(flips), at(n - flips));
        let start = Covariance::new(&first, &from_start);
        let end = Covariance::new(&last, &from_end);
        let (start_low, start_high) = normal_interval(start.covariance, start.standard_error);
        let (end_low, end_high) = normal_interval(end.covariance, end.standard_error);
        let (correlation_low, correlation_high) =
            if flips == 0 { (1.0, 1.0) } else { correlation_interval(&first, &from_start) };
        DistanceRow {
            flips,
            start: start.covariance,
            start_low,
            start_high,
            end: end.covariance,
            end_low,
            end_high,
            correlation: correlation(&first, &from_start),
            correlation_low,
            correlation_high,
        }
    };
    (0..=n).map(row).collect()
}

/// Every covariance with the start, and the reversal correlation, beside their exact values.
fn check(distances: &[DistanceRow], exact: &Exact) -> Vec<ExactCheck> {
    let weights = &exact.log_loss.weights;
    let covariances = distances.iter().zip(flip_covariance(weights)).map(|(row, covariance)| {
        let estimate = (row.start, row.start_low, row.start_high);
        exact::check("log_loss", None, Some(row.flips), "covariance", estimate, covariance)
    });
    let r = &distances[distances.len() - 1];
    let estimate = (r.correlation, r.correlation_low, r.correlation_high);
    let reversal = reversal_correlation(weights);
    // Where all losses are equal there is no correlation.
    let defined = !r.correlation.is_nan() && !reversal.is_nan();
    let reversal = defined
        .then(|| exact::check("log_loss", None, Some(r.flips), "correlation", estimate, reversal));
    covariances.chain(reversal).collect()
}

fn print(paths: usize, rows: &[DistanceRow], insignificant: Option<usize>) -> Result<()> {
    let line = |r: &DistanceRow| {
        vec![
            r.flips.to_string(),
            format!("{:.4}", r.start),
            format!("{:.4}", r.end),
            words::fixed(r.correlation, 3),
            words::interval(r.correlation_low, r.correlation_high, 3),
        ]
    };
    let lines: Vec<_> = rows.iter().map(line).collect();
    let header = ["flips", "cov. with start", "cov. with end", "correlation", "95 % interval"];
    output::print(&output::table(&header, &lines))?;
    let gone = insignificant
        .map_or_else(|| "never within the path".to_owned(), |flips| format!("after {flips} flips"));
    let r = &rows[rows.len() - 1];
    if r.correlation.is_nan() {
        output::print(&format!(
            "{paths} paths: all their losses are equal, so that there is no correlation\n"
        ))?;
        return Ok(());
    }
    output::print(&format!(
        "{paths} paths: correlation of ln(loss) not distinguishable from zero {gone}\n\
         reversal correlation {:.3} (95 % interval {:.3} to {:.3})\n",
        r.correlation, r.correlation_low, r.correlation_high
    ))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use hypercube::table::{Options, losses};
    use hypercube::{Mask, checkpoint, points_file};

    use super::*;
    use crate::terminal::Terminal;

    /// Over many seeds, 95 % intervals cover the exact values about 95 times in 100: of means and
    /// standard deviations of random masks, and of covariances and correlations along flip paths.
    #[test]
    fn intervals_cover_the_exact_values() {
        const SEEDS: u64 = 400;
        const SAMPLE: u64 = 400;
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../crates/hypercube/tests/reference/tiny");
        let network = checkpoint::load(&folder.join("model.safetensors")).unwrap();
        let points = points_file::load(&folder.join("points.csv"), 2, 2).unwrap();
        let table = losses(&network, &points, Default::default(), &Options::default()).unwrap();
        let log_losses = table.log_losses();
        let exact = Exact::from_losses(table.into_losses(), 0.0, Terminal::new(true));
        let log_of = |mask: &Mask| log_losses[mask.bits().unwrap() as usize];

        let (mut moments, mut paths) = (Vec::new(), Vec::new());
        for seed in 0..SEEDS {
            let values: Vec<f64> =
                (0..SAMPLE).map(|k| log_of(&Mask::random(8, 0.5, seed, k))).collect();
            let summary = sampling::summary(seed, "log_loss", 0.5, values.len(), &values);
            moments.extend(exact.check_moments(&summary));
            let log_losses: Vec<f64> = (0..SAMPLE)
                .flat_map(|k| Mask::flip_path(8, seed, k))
                .map(|mask| log_of(&mask))
                .collect();
            let rows = distances(&log_losses, 8);
            paths.extend(check(&rows, &exact));
        }
        for (what, checks) in [("moments", moments), ("paths", paths)] {
            let inside = checks.iter().filter(|check| check.inside).count() as f64;
            let share = inside / checks.len() as f64;
            assert!((0.93..0.97).contains(&share), "{what}: {share}");
        }
    }
}
