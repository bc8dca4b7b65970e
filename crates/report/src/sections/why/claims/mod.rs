//! What the page says of each piece: no more than the intervals support.

mod balance;
mod cause;
mod centring;
mod theory;
mod training;

pub(crate) use balance::{balance, balance_as_a_cause, balance_headline};
pub(crate) use cause::{centring_headline, centring_verdict, depth_as_a_cause};
pub(crate) use centring::{centring_depth, centring_ends, centring_one, layers, layers_headline};
pub(crate) use theory::{theory, theory_errors, theory_headline};
pub(crate) use training::{
    better, removal, removal_headline, training, training_headline, width, width_headline,
};

use super::numbers::Numbers;
use super::rows::WhySummary;

/// Where an interval lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Above,
    Below,
    Open,
}

fn side(row: &WhySummary) -> Side {
    match row {
        row if row.low > 0.0 => Side::Above,
        row if row.high < 0.0 => Side::Below,
        _ => Side::Open,
    }
}

/// A correlation of a sub-network with its reversal in a word.
fn alike(row: &WhySummary) -> &'static str {
    match side(row) {
        Side::Above => "alike",
        Side::Below => "opposite",
        Side::Open => "neither alike nor opposite as far as the interval tells",
    }
}

/// The cells with one hidden layer, and those with several, by their shapes.
fn shapes<'a>(numbers: &'a Numbers, piece: &str) -> (Option<&'a str>, Vec<&'a str>) {
    let cells = numbers.cells(piece);
    let one = cells.iter().copied().find(|cell| !cell.contains('-'));
    (one, cells.into_iter().filter(|cell| cell.contains('-')).collect())
}

#[cfg(test)]
mod tests {
    use super::balance::judged;
    use super::*;

    fn row(value: f64, half: f64) -> WhySummary {
        WhySummary {
            piece: String::new(),
            cell: String::new(),
            setting: String::new(),
            at: 0.0,
            quantity: String::new(),
            statistic: "mean".into(),
            networks: 40,
            value,
            low: value - half,
            high: value + half,
        }
    }

    #[test]
    fn words_follow_the_interval_and_not_the_value() {
        assert_eq!([0.2, -0.2].map(|x| side(&row(x, 0.1))), [Side::Above, Side::Below]);
        assert_eq!([0.2, -0.2, 0.0].map(|x| side(&row(x, 0.3))), [Side::Open; 3]);
        assert!(judged(Side::Below, Side::Below).starts_with("both parts"));
        assert_eq!(judged(Side::Above, Side::Above), "the claim fails");
        assert_eq!(judged(Side::Above, Side::Open), "the claim fails");
    }
}
