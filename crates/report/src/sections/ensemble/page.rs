//! `ensemble`.

use super::networks::{CellId, NetworkRow};
use super::rows::{CellSummary, CircleRow, EnsembleRun, StatisticRow};
use crate::error::Result;
use crate::record::Saved;
use crate::sections::shared::results::Results;
use crate::sections::shared::telling::{Table, Told, shown};
use crate::words::{count, counted, fixed, optional, percent, short};
use crate::write_up::{MEAN_LOSS_25, MEAN_LOSS_75, TEN_MEAN_GRADIENT};

pub(crate) fn tell(saved: &Saved, _: &Results) -> Result<Told> {
    let networks = NetworkRow::read(saved)?;
    let runs: Vec<(CellId, EnsembleRun)> = saved.pairs("runs.csv")?;
    let circles: Vec<CircleRow> = saved.optional_table("circles.csv")?;
    let statistics: Vec<StatisticRow> = saved.optional_table("statistics.csv")?;
    let mut cells: Vec<(CellId, CellSummary)> = saved.pairs("summary.csv")?;
    cells.retain(|(_, row)| row.statistic == "reversal_correlation_log_loss");
    let median = |(_, row): &(CellId, CellSummary)| row.median.unwrap_or_default();
    let by =
        |a: &&(CellId, CellSummary), b: &&(CellId, CellSummary)| median(a).total_cmp(&median(b));
    let ends = cells.iter().min_by(by).zip(cells.iter().max_by(by)).map(|(low, high)| {
        let words = |(cell, row): &(CellId, CellSummary)| {
            format!("{} ({})", optional(row.median), cell.words())
        };
        format!(" The medians range from {} to {}.", words(low), words(high))
    });
    let ends = ends.unwrap_or_default();
    let tables = [
        circles_table(&circles),
        cells_table(&cells),
        runs_table(&runs),
        formulas_table(&statistics),
    ];
    let tables = tables.into_iter().flatten().collect();
    Ok(Told {
        title: "Many networks",
        question: "Which observations are true of most networks, and which of one network or one \
                   circle?",
        paragraphs: vec![format!(
            "{}, each trained from a seed of its own and measured at every one of its \
             sub-networks. {}",
            counted(networks.len(), "network"),
            rule(saved)
        )],
        figures: vec![
            shown(
                "ensemble",
                &["networks.csv", "verdicts.csv"],
                "How the statistic behind each observation varies over networks.",
                format!(
                    "Histograms over networks of the statistics behind the observations, with the \
                     write-up’s network and ours marked; the table of verdicts has their medians \
                     and ranges. {} in all.",
                    counted(networks.len(), "network")
                ),
            ),
            shown(
                "ensemble-reversal",
                &["networks.csv", "summary.csv"],
                "The reversal correlation of ln(loss) by depth, width, training and removal.",
                format!(
                    "Median and 90\u{a0}% range of the reversal correlation over the networks of \
                     each recipe.{ends}"
                ),
            ),
        ],
        tables,
        exact: Vec::new(),
    })
}

/// The rule of the verdicts, with its thresholds where they are on record.
fn rule(saved: &Saved) -> String {
    let of = |name: &str| saved.parameter("rule")?.get(name)?.as_f64();
    let (Some(holds), Some(other), Some(fewest)) = (of("holds"), of("other_circle"), of("fewest"))
    else {
        return "An observation holds if its criterion is true of nearly all networks, fails if of \
                nearly none, and is undecided between: then it depends on the network."
            .to_owned();
    };
    format!(
        "An observation holds if its criterion is true of {} of the networks or more, fails if of \
         {} or less, and is undecided between: then it depends on the network, or there are fewer \
         than {} networks. It holds for this circle only if it is true of less than {} of those \
         with the other one.",
        percent(holds),
        percent(1.0 - holds),
        short(fewest),
        percent(other)
    )
}

fn circles_table(circles: &[CircleRow]) -> Option<Table> {
    let mut table = Table::new(
        "Which circle fits? The write-up’s three numbers among networks of either circle, mean ± \
         standard deviation over networks. Last column: share of the networks that lie at least as \
         far from their mean as the write-up does (Mahalanobis distance)",
        &[
            "circle",
            "networks",
            "mean loss, p = ¼",
            "mean loss, p = ¾",
            "10 × mean gradient",
            "as far",
        ],
    );
    let theirs = [MEAN_LOSS_25, MEAN_LOSS_75, TEN_MEAN_GRADIENT].map(|value| fixed(value, 4));
    let [low, high, gradient] = theirs;
    table.row(["the write-up".to_owned(), "1".to_owned(), low, high, gradient, "–".to_owned()]);
    for row in circles {
        let spread = |mean: f64, sd: f64| format!("{} ± {}", fixed(mean, 3), fixed(sd, 3));
        table.row([
            row.data.clone(),
            count(row.networks),
            spread(row.mean_loss_25, row.mean_loss_25_sd),
            spread(row.mean_loss_75, row.mean_loss_75_sd),
            spread(row.ten_mean_gradient, row.ten_mean_gradient_sd),
            percent(row.share_farther),
        ]);
    }
    (!circles.is_empty()).then_some(table)
}

fn cells_table(cells: &[(CellId, CellSummary)]) -> Option<Table> {
    let mut table = Table::new(
        "Reversal correlation of ln(loss) over the networks of each recipe: median, and what nine \
         networks in ten lie between",
        &["data", "hidden nodes", "steps", "removal", "networks", "median", "range"],
    );
    for (cell, row) in cells {
        table.row([
            cell.data.clone(),
            cell.widths(),
            count(cell.steps),
            cell.ablation.clone(),
            count(row.networks),
            optional(row.median),
            format!("{} to {}", optional(row.low), optional(row.high)),
        ]);
    }
    (!cells.is_empty()).then_some(table)
}

fn runs_table(runs: &[(CellId, EnsembleRun)]) -> Option<Table> {
    let mut table = Table::new(
        "What was run",
        &["data", "hidden nodes", "steps", "removal", "networks", "minutes"],
    );
    for (cell, run) in runs {
        table.row([
            cell.data.clone(),
            cell.widths(),
            count(cell.steps),
            cell.ablation.clone(),
            count(run.networks),
            short(run.seconds / 60.0),
        ]);
    }
    (!runs.is_empty()).then_some(table)
}

fn formulas_table(statistics: &[StatisticRow]) -> Option<Table> {
    let mut table = Table::new(
        "What is measured of each network, the columns of networks.csv. E is over all masks, E_p \
         with nodes on with probability p; gᵢ = ∂loss/∂bᵢ and λᵢ = ∂ln(loss)/∂bᵢ are pooled over \
         nodes and masks",
        &["statistic", "observation", "formula"],
    );
    table.prose = true;
    for row in statistics {
        let observation = row.observation.map_or_else(|| "–".to_owned(), |n| n.to_string());
        table.row([row.statistic.clone(), observation, row.formula.clone()]);
    }
    (!statistics.is_empty()).then_some(table)
}
