//! Balance as an intervention.

use super::super::numbers::{Numbers, told_to};
use super::super::rows::WhySummary;
use super::{Side, side};
use crate::words::count;

/// What moving the gates so that something balances does, against a move as long that does not.
fn moved(numbers: &Numbers, setting: &str) -> Option<(Side, Side, String)> {
    let of = ("balance", *numbers.cells("balance").first()?);
    let find = |quantity| numbers.mean(of, (setting, 0.0), quantity);
    let (loss, covariance) = (find("log_loss_less_control")?, find("covariance_less_control")?);
    let change = |row: &WhySummary| match side(row) {
        Side::Above => "raises",
        Side::Below => "lowers",
        Side::Open => "does not measurably change",
    };
    let words = format!(
        "{} ln(loss) ({} against the control) and {} the covariance with the reversal ({})",
        change(loss),
        told_to(loss, 3),
        change(covariance),
        told_to(covariance, 3)
    );
    Some((side(loss), side(covariance), words))
}

/// Whether what balances makes a sub-network good, and reversals alike.
pub(super) fn judged(loss: Side, covariance: Side) -> &'static str {
    match (loss, covariance) {
        (Side::Below, Side::Below) => {
            "both parts of the claim hold: balance is good, and a balanced sub-network has less in \
             common with its reversal"
        }
        (Side::Below, _) => {
            "the claim holds in part: balance is good, but not why reversals are alike"
        }
        (_, Side::Below) => {
            "the claim holds in part: balance is not what makes sub-networks good, but what reversals \
             share is lost with it"
        }
        (Side::Open, Side::Open) => "neither part of the claim shows",
        _ => "the claim fails",
    }
}

/// The second part of observation 12 as a cause: whether balance is why reversals are alike.
pub(crate) fn balance_as_a_cause(numbers: &Numbers) -> Option<&'static str> {
    let (_, covariance, _) = moved(numbers, "directions, pull kept balanced")?;
    Some(match covariance {
        Side::Below => "as a cause it holds in part: see why",
        Side::Above => "as a cause it fails: see why",
        Side::Open => "as a cause it is left open: see why",
    })
}

/// What balancing directions does, in a line.
pub(crate) fn balance_headline(numbers: &Numbers) -> Option<String> {
    let (loss, covariance, _) = moved(numbers, "directions, pull kept balanced")?;
    let words = match (loss, covariance) {
        (Side::Below, Side::Below) => {
            "Balanced directions make a sub-network better, and are part of why its reversal is alike"
        }
        (Side::Below, _) => {
            "Balanced directions make a sub-network better, and are not why its reversal is alike"
        }
        (_, Side::Below) => {
            "Balanced directions are part of why reversals are alike, and make no sub-network better"
        }
        (Side::Open, Side::Open) => "Balancing directions changes nothing that shows",
        _ => "Balanced directions do not make sub-networks better",
    };
    Some(words.to_owned())
}

/// Observation 12 as its author has it, and extended.
pub(crate) fn balance(numbers: &Numbers) -> Vec<String> {
    let cell = numbers.cells("balance").first().copied().unwrap_or_default();
    let before = numbers.mean(("balance", cell), ("as they are", 0.0), "covariance");
    let (Some(before), Some(own), Some(pull), Some(alone)) = (
        before,
        moved(numbers, "directions, pull kept balanced"),
        moved(numbers, "pull, directions kept balanced"),
        moved(numbers, "directions balanced"),
    ) else {
        return Vec::new();
    };
    vec![
        format!(
            "Over {} networks with one hidden layer the covariance of ln(loss) with that of the \
             reversal is {} (on sampled pairs of masks with five nodes on or more). The author’s claim \
             is about directions. Balancing them while the pull stays as it is {}: {}. Left to change \
             the pull as well, the same balancing {}.",
            count(before.networks),
            told_to(before, 3),
            own.2,
            judged(own.0, own.1),
            alone.2
        ),
        format!(
            "Extended to bias nodes against slicing ones, the claim is about the pull. Balancing that \
             while directions stay as they are {}: {}.",
            pull.2,
            judged(pull.0, pull.1)
        ),
    ]
}
