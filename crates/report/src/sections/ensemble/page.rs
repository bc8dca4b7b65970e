//! `ensemble`.

use super::rows::{CellSummary, CircleRow, EnsembleRun, NetworkRow};
use crate::error::Result;
use crate::record::Saved;
use crate::sections::shared::results::Results;
use crate::sections::shared::telling::{Table, Told, shown};
use crate::sections::shared::words::{counted, fixed, optional, percent, short};
use crate::style::count;
use crate::write_up::{MEAN_LOSS_25, MEAN_LOSS_75, TEN_MEAN_GRADIENT};

pub(crate) fn tell(saved: &Saved, _: &Results) -> Result<Told> {
    let networks: Vec<NetworkRow> = saved.table("networks.csv")?;
    let runs: Vec<EnsembleRun> = saved.optional_table("runs.csv")?;
    let circles: Vec<CircleRow> = saved.optional_table("circles.csv")?;
    let summary: Vec<CellSummary> = saved.optional_table("summary.csv")?;
    let cells: Vec<&CellSummary> =
        summary.iter().filter(|row| row.statistic == "reversal_correlation_log_loss").collect();
    let by = |a: &&&CellSummary, b: &&&CellSummary| {
        a.median.unwrap_or_default().total_cmp(&b.median.unwrap_or_default())
    };
    let ends = cells.iter().min_by(by).zip(cells.iter().max_by(by)).map(|(low, high)| {
        let words = |row: &CellSummary| {
            let hidden = row.hidden.replace('-', "–");
            let steps = count(row.steps);
            let recipe = format!("{}, {hidden} nodes, {steps} steps, {}", row.data, row.ablation);
            format!("{} ({recipe})", optional(row.median))
        };
        format!(" The medians range from {} to {}.", words(low), words(high))
    });
    let ends = ends.unwrap_or_default();
    let tables = [circles_table(&circles), cells_table(&cells), runs_table(&runs)]
        .into_iter()
        .flatten()
        .collect();
    Ok(Told {
        title: "Many networks",
        question: "Which observations are true of most networks, and which of one network or one \
                   circle?",
        paragraphs: vec![format!(
            "{}, each trained from a seed of its own and measured at every one of its \
             sub-networks. An observation holds if its criterion is true of nearly all networks, \
             fails if of nearly none, and is undecided between: then it depends on the network.",
            counted(networks.len(), "network")
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

fn cells_table(cells: &[&CellSummary]) -> Option<Table> {
    let mut table = Table::new(
        "Reversal correlation of ln(loss) over the networks of each recipe: median, and what nine \
         networks in ten lie between",
        &["data", "hidden nodes", "steps", "removal", "networks", "median", "range"],
    );
    for cell in cells {
        table.row([
            cell.data.clone(),
            cell.hidden.replace('-', "–"),
            count(cell.steps),
            cell.ablation.clone(),
            count(cell.networks),
            optional(cell.median),
            format!("{} to {}", optional(cell.low), optional(cell.high)),
        ]);
    }
    (!cells.is_empty()).then_some(table)
}

fn runs_table(runs: &[EnsembleRun]) -> Option<Table> {
    let mut table = Table::new(
        "What was run",
        &["data", "hidden nodes", "steps", "removal", "networks", "minutes"],
    );
    for run in runs {
        table.row([
            run.data.clone(),
            run.hidden.replace('-', "–"),
            count(run.steps),
            run.ablation.clone(),
            count(run.networks),
            short(run.seconds / 60.0),
        ]);
    }
    (!runs.is_empty()).then_some(table)
}
