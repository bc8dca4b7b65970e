//! The tables of the page.

use super::numbers::{Numbers, nodes, told, told_to, widths};
use super::rows::{WhyRun, WhySummary};
use crate::sections::shared::telling::Table;
use crate::words::{count, number, percent, short};

pub(super) fn all(numbers: &Numbers, runs: &[WhyRun]) -> Vec<Table> {
    let tables = [
        centring(numbers),
        layers(numbers),
        balance(numbers),
        training(numbers),
        width(numbers),
        removal(numbers),
        made(runs),
    ];
    tables.into_iter().flatten().collect()
}

/// A cell, or a dash where nothing is known.
fn cell(row: Option<&WhySummary>) -> String {
    row.map_or_else(|| "–".to_owned(), told)
}

fn filled(table: Table) -> Option<Table> {
    (!table.rows.is_empty()).then_some(table)
}

fn centring(numbers: &Numbers) -> Option<Table> {
    let mut table = Table::new(
        "The bias moved: reversal correlation of ln(loss) with the bias that training gave, how far that \
         is from where random sub-networks do best (in standard deviations of the margin), the \
         correlation there, the highest of each network at any bias tried, and where that is. Means over networks with \
         95 % intervals",
        &["hidden nodes", "networks", "as trained", "off by", "at the best", "highest", "where"],
    );
    for shape in numbers.cells("centring") {
        let of = |setting, quantity| numbers.mean(("centring", shape), (setting, 0.0), quantity);
        let own = of("own", "reversal_log_loss");
        table.row([
            widths(shape),
            own.map_or_else(|| "–".to_owned(), |row| count(row.networks)),
            cell(own),
            cell(of("own", "offset")),
            cell(of("shifted", "reversal_log_loss")),
            cell(of("highest", "reversal_log_loss")),
            cell(of("highest", "offset")),
        ]);
    }
    filled(table)
}

fn layers(numbers: &Numbers) -> Option<Table> {
    let settings = ["layer, others on", "layer, others at random", "all but the layer"];
    let head = ["layer", "others on", "others at random", "all but it"];
    let mut table = Table::new(
        "A single layer reversed: correlation of ln(loss) before and after, with the other nodes on, \
         with them at random, and with all nodes but the layer’s reversed; bias as trained",
        &head,
    );
    for shape in numbers.cells("centring") {
        for first in numbers.along(("centring", shape), settings[0], "reversal_log_loss") {
            let of = |setting: &str| {
                numbers.mean(("centring", shape), (setting, first.at), "reversal_log_loss")
            };
            let name = format!("{} of {}", number(first.at), widths(shape));
            table.row([&[name], &settings.map(of).map(cell)[..]].concat());
        }
    }
    filled(table)
}

fn balance(numbers: &Numbers) -> Option<Table> {
    let mut table = Table::new(
        "Gates moved: mean ln(loss) of random sub-networks, its covariance with that of the reversal, \
         the correlation of both, and the mean length of the move (a node switched off is 1)",
        &["networks of", "gates", "mean ln(loss)", "covariance", "correlation", "move"],
    );
    for name in numbers.cells("balance") {
        let ways = ["directions", "directions, pull kept", "pull, directions kept", "both"];
        let both = |way: &&str| [format!("{way} balanced"), format!("{way}, control")];
        let settings = ["as they are".to_owned()].into_iter().chain(ways.iter().flat_map(both));
        for setting in settings {
            let of = |quantity| numbers.mean(("balance", name), (&setting, 0.0), quantity);
            let Some(loss) = of("log_loss") else { continue };
            table.row([
                nodes(name),
                setting.clone(),
                told_to(loss, 3),
                of("covariance").map_or_else(String::new, |row| told_to(row, 3)),
                cell(of("correlation")),
                of("move").map_or_else(String::new, |row| short(row.value)),
            ]);
        }
    }
    filled(table)
}

fn training(numbers: &Numbers) -> Option<Table> {
    let mut table = Table::new(
        "Training: reversal correlation of ln(loss), with the bias as trained and at its best; how far \
         that is; the whole network’s accuracy; share of the sub-networks that have a smaller loss than \
         it",
        &["networks of", "steps", "as trained", "at the best bias", "off by", "accuracy", "better"],
    );
    for name in numbers.cells("training") {
        for own in numbers.along(("training", name), "steps", "reversal_log_loss") {
            let of = |quantity| numbers.mean(("training", name), ("steps", own.at), quantity);
            let share =
                |quantity| of(quantity).map_or_else(|| "–".to_owned(), |row| percent(row.value));
            table.row([
                widths(name),
                count(own.at as usize),
                told(own),
                cell(of("centred_log_loss")),
                cell(of("offset")),
                share("accuracy"),
                share("better_share"),
            ]);
        }
    }
    filled(table)
}

fn width(numbers: &Numbers) -> Option<Table> {
    let mut table = Table::new(
        "Width: reversal correlation of ln(loss) and of the loss, from sampled pairs (with one layer, \
         the exact degrees 1 and 2 as control variates); what the theory predicts for the loss",
        &["networks of", "networks", "ln(loss)", "loss", "predicted, loss", "off by"],
    );
    for name in numbers.cells("width") {
        for own in numbers.along(("width", name), "nodes", "reversal_log_loss") {
            let of = |quantity| numbers.mean(("width", name), ("nodes", own.at), quantity);
            table.row([
                name.to_owned(),
                count(own.networks),
                told(own),
                cell(of("reversal_loss")),
                cell(of("predicted")),
                cell(of("offset")),
            ]);
        }
    }
    filled(table)
}

fn removal(numbers: &Numbers) -> Option<Table> {
    let mut table = Table::new(
        "After removal: sub-networks trained on. Mean loss; ln of the loss over that of the best; share \
         of networks in which it has the least loss of the six (of the random ones, any), and is better \
         than the best was before",
        &["sub-network", "steps", "loss", "ln(loss/best’s)", "the least", "better"],
    );
    for name in numbers.cells("removal") {
        for size in [5, 10] {
            for kind in ["best", "greedy", "random"] {
                let setting = format!("{size} on, {kind}");
                for loss in numbers.along(("removal", name), &setting, "loss") {
                    let of =
                        |quantity| numbers.mean(("removal", name), (&setting, loss.at), quantity);
                    table.row([
                        setting.clone(),
                        count(loss.at as usize),
                        told_to(loss, 3),
                        of("log_ratio_to_best").map_or_else(String::new, |row| told_to(row, 3)),
                        cell(of("is_best")),
                        cell(of("is_better")),
                    ]);
                }
            }
        }
    }
    filled(table)
}

fn made(runs: &[WhyRun]) -> Option<Table> {
    let mut table = Table::new(
        "What was run; minutes of its last run, which takes up what earlier ones have measured",
        &["piece", "command", "revision", "minutes"],
    );
    for run in runs {
        let revision = run.git_revision.get(..7).unwrap_or(&run.git_revision);
        let minutes = short(run.seconds / 60.0);
        table.row([run.piece.clone(), run.command.clone(), revision.to_owned(), minutes]);
    }
    filled(table)
}
