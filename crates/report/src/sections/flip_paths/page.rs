//! `flip-paths`.

use super::rows::{DistanceRow, FlipPathsSummary};
use crate::error::Result;
use crate::record::Saved;
use crate::sections::hypercube::rows::SpectrumRow;
use crate::sections::shared::claims::paths_title;
use crate::sections::shared::results::{Results, write_up};
use crate::sections::shared::rows::ExactCheck;
use crate::sections::shared::telling::{Part, Table, Told, contained, shown};
use crate::words::{count, counted, fixed, percent};
use crate::write_up::{FLIPS, REVERSAL};

pub(crate) fn tell(saved: &Saved, results: &Results) -> Result<Told> {
    let summary: FlipPathsSummary = saved.json("summary.json")?;
    let rows: Vec<DistanceRow> = saved.table("distance.csv")?;
    let checks: Vec<ExactCheck> = saved.optional_table("exact.csv")?;
    let exact = checks.iter().find(|check| check.statistic == "correlation");
    let exact = exact.map(|check| check.exact);
    let gone = summary.flips_until_insignificant.map_or_else(
        || "the correlation with the start never vanishes".to_owned(),
        |flips| {
            format!(
                "after {} the correlation with the start can no longer be told from 0",
                counted(flips, "flip")
            )
        },
    );
    let spectrum = match results.hypercube_of(saved) {
        Some(hypercube) => reason(&hypercube.table("spectrum.csv")?),
        None => None,
    };
    let mut words = vec![format!(
        "A path starts at a random sub-network and switches every node once, in random order. It ends at \
         the reversal: what was on is off, and the other way round. Along {} such paths {}.",
        count(summary.paths),
        if summary.reversal_correlation.is_nan() {
            "all losses are equal, so that no correlation is defined".to_owned()
        } else {
            format!(
                "{gone}; at the end, the correlation of ln(loss) between a sub-network and its \
                 reversal is {}",
                fixed(summary.reversal_correlation, 3)
            )
        }
    )];
    words.extend(contained(&checks).into_iter().chain(spectrum));
    let part = Part {
        question: "How far do nodes have to be switched until a sub-network’s loss is forgotten?",
        finding: paths_title(&summary),
        rests_on: format!(
            "{} random paths; reversal correlation {} (95\u{a0}% interval {} to {})",
            count(summary.paths),
            fixed(summary.reversal_correlation, 3),
            fixed(summary.reversal_low, 3),
            fixed(summary.reversal_high, 3)
        ),
        words,
        details: Vec::new(),
        figure: Some(shown(
            "flip-paths",
            &["covariance.csv", "distance.csv", "exact.csv"],
            "Above: covariance of ln(loss) at any two masks of a path. Below: with either end of the \
             path, against the number of flips between; bands are 95\u{a0}% intervals, dots are \
             exact.",
            alt(&rows, &summary),
        )),
        live: Some("flip-path"),
    };
    Ok(Told {
        title: "Flip paths",
        parts: vec![part],
        more: vec![shown(
            "flip-paths-cube",
            &[],
            "What a flip path is, for three nodes.",
            "The eight masks of three nodes as corners of a cube, 000 to 111; a path along three edges \
             goes from 000 to the opposite corner 111.",
        )],
        tables: vec![table(saved, &summary, exact)],
    })
}

fn alt(rows: &[DistanceRow], summary: &FlipPathsSummary) -> String {
    let least = rows.iter().min_by(|a, b| a.start.total_cmp(&b.start));
    let ends = rows.first().zip(rows.last()).zip(least);
    let curve = ends.map(|((first, last), least)| {
        format!(
            "from {} at 0 flips down to {} at {} and up again to {} at {}",
            fixed(first.start, 3),
            fixed(least.start, 3),
            least.flips,
            fixed(last.start, 3),
            last.flips
        )
    });
    format!(
        "Heatmap and curve of the covariance of ln(loss) along flip paths: with the start of the \
         path it goes {}. Reversal correlation {}, 95\u{a0}% interval {} to {}.",
        curve.unwrap_or_default(),
        fixed(summary.reversal_correlation, 3),
        fixed(summary.reversal_low, 3),
        fixed(summary.reversal_high, 3)
    )
}

fn table(saved: &Saved, summary: &FlipPathsSummary, exact: Option<f64>) -> Table {
    let mut table = Table::new(
        "Correlation of ln(loss) along flip paths; in parentheses the 95\u{a0}% interval",
        &["quantity", "write-up", "here, sampled", "here, exact"],
    );
    let flips = summary.flips_until_insignificant;
    let flips = flips.map_or_else(|| "never".to_owned(), |flips| flips.to_string());
    table.row([
        "flips until correlation is insignificant".to_owned(),
        write_up(saved, FLIPS),
        format!("{flips} ({} paths)", count(summary.paths)),
        "–".to_owned(),
    ]);
    table.row([
        "correlation with the reversal".to_owned(),
        write_up(saved, REVERSAL),
        format!(
            "{} ({} to {})",
            fixed(summary.reversal_correlation, 3),
            fixed(summary.reversal_low, 3),
            fixed(summary.reversal_high, 3)
        ),
        exact.map_or_else(|| "–".to_owned(), |value| fixed(value, 3)),
    ]);
    table
}

/// Why a sub-network and its reversal are alike.
fn reason(spectrum: &[SpectrumRow]) -> Option<String> {
    let (even, odd) = crate::sections::hypercube::page::even_and_odd(spectrum)?;
    Some(format!(
        "How many flips it takes depends on how many paths are drawn as much as on the network. \
         The reversal correlation does not: it is the share of the variance of ln(loss) on \
         interactions of an even number of nodes, {}, less that on odd ones, {}.",
        percent(even),
        percent(odd)
    ))
}
