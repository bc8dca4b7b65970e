//! `ensemble`.

use super::shown;
use crate::error::Result;
use crate::page::parts::{Table, Told};
use crate::page::words::{counted, fixed, percent, short};
use crate::records::{CircleRow, EnsembleRun, NetworkRow};
use crate::saved::Saved;
use crate::style::count;
use crate::write_up::{MEAN_LOSS_25, MEAN_LOSS_75, TEN_MEAN_GRADIENT};

pub(super) fn tell(saved: &Saved) -> Result<Told> {
    let networks: Vec<NetworkRow> = saved.table("networks.csv")?;
    let runs: Vec<EnsembleRun> = saved.optional_table("runs.csv")?;
    let circles: Vec<CircleRow> = saved.optional_table("circles.csv")?;
    let mut correlations: Vec<f64> =
        networks.iter().map(|row| row.reversal_correlation_log_loss).collect();
    correlations.sort_by(f64::total_cmp);
    let span = correlations.first().zip(correlations.last()).map(|(low, high)| {
        format!(
            " Over all networks the reversal correlation of ln(loss) lies between {} and {}.",
            fixed(*low, 3),
            fixed(*high, 3)
        )
    });
    let span = span.unwrap_or_default();
    let tables = [circles_table(&circles), runs_table(&runs)].into_iter().flatten().collect();
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
                format!("Histograms over networks of 15 statistics.{span}"),
            ),
            shown(
                "ensemble-reversal",
                &["networks.csv"],
                "The reversal correlation for each recipe: data, hidden nodes, training, removal.",
                format!("Median and 90\u{a0}% range of the reversal correlation by recipe.{span}"),
            ),
        ],
        tables,
        exact: Vec::new(),
    })
}

fn circles_table(circles: &[CircleRow]) -> Option<Table> {
    let mut table = Table::new(
        "Which circle? The write-up’s three numbers among networks of either circle, mean ± \
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
