//! Theory beside exact.

use super::super::numbers::{Numbers, nodes, told_to};
use super::super::rows::WhySummary;
use crate::words::{count, fixed, listed, number, percent};

/// Correlation and error of what is predicted, for loss and ln(loss).
fn predicted(numbers: &Numbers) -> Option<[[&WhySummary; 2]; 2]> {
    let of = ("theory", *numbers.cells("theory").first()?);
    let both = |setting| {
        let find = |statistic| numbers.statistic(of, (setting, 0.0), "predicted", statistic);
        Some([find("correlation")?, find("rmse")?])
    };
    Some([both("reversal of loss")?, both("reversal of ln(loss)")?])
}

/// Whether it can be foretold, in a line.
pub(crate) fn theory_headline(numbers: &Numbers) -> Option<String> {
    let [[loss, _], [logs, _]] = predicted(numbers)?;
    let words = match (loss.low, logs.low) {
        (loss, logs) if loss > 0.9 && logs > 0.9 => {
            "A theory with nothing to fit foretells how alike a network and its reversal are"
        }
        (loss, _) if loss > 0.9 => "A theory with nothing to fit foretells it for the loss",
        (loss, _) if loss > 0.0 => "A theory with nothing to fit foretells it in part",
        _ => "The theory that was tried does not foretell it",
    };
    Some(words.to_owned())
}

/// How near the theory comes.
pub(crate) fn theory(numbers: &Numbers) -> Option<String> {
    let cell = *numbers.cells("theory").first()?;
    let [[related, error], [related_log, error_log]] = predicted(numbers)?;
    let close = match (related.low, related_log.low) {
        (loss, logs) if loss > 0.9 && logs > 0.9 => "It tells networks apart",
        (loss, _) if loss > 0.9 => "It tells networks apart by their loss",
        (loss, _) if loss > 0.0 => "It tells networks apart in part",
        _ => "It does not tell networks apart",
    };
    Some(format!(
        "{close}: over {} networks of {} its reversal correlation of the loss and the exact \
         one have the correlation {}, and differ by {} (root mean square); those of ln(loss), taking \
         loss and reversal as jointly log-normal, {} and {}.",
        count(related.networks),
        nodes(cell),
        told_to(related, 3),
        told_to(error, 3),
        told_to(related_log, 3),
        told_to(error_log, 3),
    ))
}

/// Where the theory fails.
pub(crate) fn theory_errors(numbers: &Numbers) -> Option<String> {
    let cells = numbers.cells("theory");
    let of = ("theory", *cells.first()?);
    let rows = numbers.along(of, "weight", "log_ratio");
    let share = |row: &WhySummary| percent(row.value.exp());
    let told: Vec<String> = rows
        .iter()
        .take(4)
        .map(|row| format!("{} of degree {}", share(row), number(row.at)))
        .collect();
    let fails = rows.iter().find(|row| row.high < 0.5f64.ln());
    let fails = fails.map_or_else(
        || "no degree is off by a factor of two".to_owned(),
        |row| format!("from degree {} on it finds less than half", number(row.at)),
    );
    let by_width = |cell: &&str| {
        let own = ("theory", *cell);
        let error = numbers.statistic(own, ("reversal of loss", 0.0), "predicted", "rmse")?;
        let largest = numbers.mean(own, ("largest share", 0.0), "exact")?;
        Some(format!("{} with {} ({})", fixed(error.value, 3), nodes(cell), percent(largest.value)))
    };
    let widths: Vec<String> = cells.iter().filter_map(by_width).collect();
    Some(format!(
        "On average it finds {} of the exact weights (geometric means), and {fails}: of what many nodes \
         do at once it knows little, and there is little of it. It is worse where single nodes dominate \
         a margin: the error of the correlation of the loss is {} (in brackets the largest node’s share \
         of the variance of the margin).",
        listed(&told),
        listed(&widths)
    ))
}
