//! Made-up records of the section on why reversals are alike.

use std::path::Path;

use report::Run;
use report::records::{WhyRow, WhyRun, WhySummary, WhyTable};

use super::begin;

const PIECES: [&str; 6] = ["theory", "centring", "balance", "training", "width", "removal"];

/// Every summary that the section would have, of plausible values.
pub fn summaries() -> Vec<WhySummary> {
    let mut rows = Vec::new();
    for (cell, shift) in [("20", 0.0), ("8", 0.1)] {
        for degree in 1..=8 {
            let exact = 0.1 * 0.2f64.powi(degree);
            let at = f64::from(degree);
            let logs = -0.2 * at - shift;
            rows.push(row(("theory", cell, "weight", at), "exact", exact));
            rows.push(row(("theory", cell, "weight", at), "predicted", exact * logs.exp()));
            rows.push(row(("theory", cell, "weight", at), "log_ratio", logs));
        }
        rows.push(row(("theory", cell, "largest share", 0.0), "exact", 0.3 + shift));
        for setting in ["reversal of loss", "reversal of ln(loss)"] {
            for (statistic, value) in [("correlation", 0.97), ("rmse", 0.05 + shift)] {
                let own = row(("theory", cell, setting, 0.0), "predicted", value);
                rows.push(WhySummary { statistic: statistic.into(), ..own });
            }
        }
    }
    for (k, cell) in ["20", "10-10", "7-7-6", "5-5-5-5"].into_iter().enumerate() {
        let depth = k as f64;
        let correlation = |offset: f64| 0.8 - 0.15 * depth - 0.5 * offset * offset;
        let own = if k == 0 { 0.1 } else { -1.5 };
        rows.push(row(("centring", cell, "own", 0.0), "offset", own));
        let place = ("centring", cell, "own", 0.0);
        rows.push(row(place, "reversal_log_loss", correlation(own)));
        for offset in [-2.0, -1.0, 0.0, 1.0, 2.0] {
            let place = ("centring", cell, "shifted", offset);
            rows.push(row(place, "reversal_log_loss", correlation(offset)));
        }
        let place = ("centring", cell, "highest", 0.0);
        rows.push(row(place, "reversal_log_loss", correlation(0.0)));
        rows.push(row(place, "offset", 0.0));
        let layers = if k == 0 { 0 } else { k + 1 };
        for layer in (1..=layers).map(|layer| layer as f64) {
            for setting in ["layer, others on", "layer, others at random", "all but the layer"] {
                for centred in ["", ", centred"] {
                    let setting = format!("{setting}{centred}");
                    let place = ("centring", cell, &*setting, layer);
                    rows.push(row(place, "reversal_log_loss", 0.2 * layer - 0.5));
                }
            }
        }
    }
    rows.extend(balance());
    rows.extend(training());
    rows.extend(removal());
    rows
}

fn balance() -> Vec<WhySummary> {
    let mut rows = Vec::new();
    let mut add = |setting: &str, values: &[(&str, f64)]| {
        let of = |&(quantity, value): &(&str, f64)| {
            row(("balance", "20", setting, 0.0), quantity, value)
        };
        rows.extend(values.iter().map(of));
    };
    let plain = |loss, covariance| {
        [("log_loss", loss), ("covariance", covariance), ("correlation", 0.3), ("move", 1.0)]
    };
    add("as they are", &plain(-0.2, 0.11));
    for kind in ["directions", "directions, pull kept", "pull, directions kept", "both"] {
        let balanced = format!("{kind} balanced");
        add(&balanced, &plain(-0.4, 0.02));
        add(&balanced, &[("log_loss_less_control", -0.2), ("covariance_less_control", -0.1)]);
        add(&format!("{kind}, control"), &plain(-0.2, 0.12));
    }
    rows
}

fn training() -> Vec<WhySummary> {
    let mut rows = Vec::new();
    for (k, shape) in ["20", "10-10"].into_iter().enumerate() {
        for kind in ["circle", "dropout 0.5", "xor"] {
            let cell = format!("{kind}, {shape}");
            for steps in [0.0, 1000.0, 6000.0] {
                let place = ("training", &*cell, "steps", steps);
                let sign = 1.0 - 2.0 * k as f64;
                for (quantity, value) in [
                    ("reversal_log_loss", sign * (0.1 + steps / 12_000.0)),
                    ("centred_log_loss", 0.5),
                    ("offset", 0.2),
                    ("accuracy", 0.95),
                    ("better_share", 0.3 / (1.0 + steps)),
                    ("best_log_ratio", -0.4),
                ] {
                    rows.push(row(place, quantity, value));
                }
            }
        }
    }
    for (layers, sign) in [("one layer", 1.0), ("two layers", -1.0)] {
        for nodes in [10.0, 100.0, 1000.0] {
            let cell = format!("{layers}, {nodes}");
            let place = ("width", &*cell, "nodes", nodes);
            rows.push(row(place, "reversal_log_loss", sign * (0.2 + nodes / 2000.0)));
            rows.push(row(place, "reversal_loss", sign * (0.2 + nodes / 2000.0)));
            if sign > 0.0 {
                rows.push(row(place, "predicted", 0.2 + nodes / 2000.0));
            }
        }
    }
    rows
}

fn removal() -> Vec<WhySummary> {
    let mut rows = Vec::new();
    for size in [5, 10] {
        for steps in [0.0, 1000.0] {
            for (kind, logs) in [("best", 0.0), ("greedy", 0.05), ("random", 0.4)] {
                let setting = format!("{size} on, {kind}");
                let place = ("removal", "20", &*setting, steps);
                rows.push(row(place, "loss", 0.3 + logs));
                rows.push(row(place, "log_ratio_to_best", logs));
                rows.push(row(place, "is_best", if kind == "best" { 0.8 } else { 0.1 }));
                rows.push(row(place, "is_better", 0.15));
            }
        }
    }
    rows
}

/// A mean, or share, with an interval of 0.02 to either side.
fn row(
    (piece, cell, setting, at): (&str, &str, &str, f64),
    quantity: &str,
    value: f64,
) -> WhySummary {
    let is_share = quantity.starts_with("is_");
    WhySummary {
        piece: piece.into(),
        cell: cell.into(),
        setting: setting.into(),
        at,
        quantity: quantity.into(),
        statistic: if is_share { "share" } else { "mean" }.into(),
        networks: 100,
        value,
        low: value - 0.02,
        high: value + 0.02,
    }
}

/// Writes the section's results.
pub fn why(out: &Path) {
    of(out, &summaries());
}

/// Writes them with these summaries.
pub fn of(out: &Path, summaries: &[WhySummary]) {
    let record = begin(out, "why");
    for piece in PIECES {
        let mut table = WhyTable::new(&["exact", "predicted"]);
        for seed in 0..12u64 {
            let exact = (seed as f64).sin();
            for setting in ["reversal of loss", "reversal of ln(loss)"] {
                let values = vec![Some(exact), (seed != 3).then_some(0.9 * exact)];
                let (cell, setting) = ("20".to_owned(), setting.to_owned());
                table.rows.push(WhyRow { cell, setting, at: 0.0, seed, values });
            }
        }
        record.file(&format!("{piece}.csv"), &table.csv().unwrap()).unwrap();
    }
    let run = |piece: &str| WhyRun {
        piece: piece.into(),
        command: format!("cargo run -p experiments -- why {piece}"),
        git_revision: "0123456789abcdef".into(),
        git_dirty: Some(false),
        seconds: 90.0,
        threads: 1,
        cpu: "a processor".into(),
    };
    record.table("runs.csv", &PIECES.map(run)).unwrap();
    record.table("summary.csv", summaries).unwrap();
    record
        .finish(Run { command: "cargo run -p experiments -- why".into(), ..Run::default() })
        .unwrap();
}
