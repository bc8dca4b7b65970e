//! Made-up records of the ensemble section.

use std::path::Path;

use report::Run;
use report::records::{CellId, CellSummary, NetworkRow, RecipeRow, StatisticRow, Value, Verdict};
use serde_json::json;

use super::begin;

/// Writes the section's results: 40 networks of one layer, 10 of two.
pub fn ensemble(out: &Path) {
    let record = begin(out, "ensemble");
    let row = |seed: u64, hidden: &str| {
        let wave = (1.9 * seed as f64).sin();
        let statistics = [
            ("mean_loss_25", Value::Real(1.0 + 0.1 * wave)),
            ("reversal_correlation_log_loss", Value::Real(0.3 + 0.2 * wave)),
            ("scale_ratio", (seed != 3).then_some(4.0 + wave).into()),
        ];
        NetworkRow::new(seed, id(hidden), &statistics)
    };
    let rows = (0..40).map(|seed| row(seed, "20")).chain((0..10).map(|seed| row(seed, "10-10")));
    let table = NetworkRow::table(&rows.collect::<Vec<_>>()).unwrap();
    record.file("networks.csv", &table).unwrap();
    let statistic = |statistic: &str, title: &str| StatisticRow {
        statistic: statistic.into(),
        observation: None,
        formula: "a formula".into(),
        title: title.into(),
        write_up: Some(1.0277),
    };
    let statistics = [
        statistic("mean_loss_25", "mean loss, p = ¼"),
        statistic("scale_ratio", "7: scale ratio"),
        statistic("reversal_correlation_log_loss", "10: reversal correlation of ln(loss)"),
    ];
    record.table("statistics.csv", &statistics).unwrap();
    record.table("verdicts.csv", &verdicts()).unwrap();
    record.table("summary.csv", &[cell("20"), cell("10-10")]).unwrap();
    let recipe = |data: &str, share_farther: f64| {
        let row = RecipeRow {
            networks: 40,
            mean_loss_25: 1.04,
            mean_loss_25_sd: 0.07,
            mean_loss_75: 0.6,
            mean_loss_75_sd: 0.05,
            ten_mean_gradient: -0.47,
            ten_mean_gradient_sd: 0.02,
            write_up_distance: 1.2,
            share_farther,
            farther_low: 0.8 * share_farther,
            farther_high: 0.5 + 0.5 * share_farther,
        };
        (CellId { data: data.into(), ..id("20") }, row)
    };
    record
        .table("recipes.csv", &[recipe("circle 0.8", 0.61), recipe("circle 0.893", 0.0)])
        .unwrap();
    let parameters = json!({ "base": id("20") });
    let run = Run { parameters: parameters.as_object().unwrap().clone(), ..Run::default() };
    record.finish(run).unwrap();
}

/// The reversal correlation over the networks of a cell.
fn cell(hidden: &str) -> (CellId, CellSummary) {
    let summary = CellSummary {
        statistic: "reversal_correlation_log_loss".into(),
        networks: 40,
        low: Some(0.1),
        median: Some(0.3125),
        high: Some(0.5),
    };
    (id(hidden), summary)
}

fn id(hidden: &str) -> CellId {
    CellId {
        data: "circle 0.8".into(),
        init: "glorot-uniform".into(),
        hidden: hidden.into(),
        steps: 7000,
        batch: 32,
        learning_rate: 1e-3,
        training_points: 10_000,
        ablation: "zero".into(),
        n_points: 1024,
    }
}

/// One of each kind.
fn verdicts() -> Vec<Verdict> {
    let verdict = |observation, statement: &str, verdict: &str, across: &str, share| Verdict {
        observation,
        statement: statement.into(),
        statistic: "a statistic".into(),
        networks: 40,
        median: Some(0.5312),
        low: Some(-0.25),
        high: Some(8.0),
        write_up: String::new(),
        criterion: "above 0".into(),
        share: Some(share),
        share_low: Some(0.9 * share),
        share_high: Some(share),
        verdict: verdict.into(),
        across: across.into(),
        reason: "above 0: true of some".into(),
        would_change: "other networks".into(),
    };
    vec![
        verdict(7, "nodes differ greatly", "fails", "", 0.05),
        verdict(10, "a network and its reversal are alike", "holds", "depends on the recipe", 0.95),
        verdict(13, "some nodes act as a bias", "holds", "whatever the recipe", 1.0),
    ]
}
