//! The chapter on why reversals are alike: every sentence follows the records.
#![expect(clippy::unwrap_used, reason = "helpers outside test functions unwrap too")]

mod support;

use std::fs;

use report::records::{WhySummary, WhyTable};
use report::{Saved, write_page};
use support::html::elements;
use support::why;

/// The words of the chapter with these summaries.
fn chapter(summaries: &[WhySummary]) -> String {
    let out = tempfile::tempdir().unwrap();
    why::of(out.path(), summaries);
    let html = fs::read_to_string(write_page(out.path()).unwrap()).unwrap();
    let elements = elements(&html);
    elements.iter().find(|e| e.attribute("id") == "why").unwrap().words()
}

/// The summaries with some of them changed.
fn with(which: impl Fn(&WhySummary) -> bool, value: f64) -> Vec<WhySummary> {
    let mut summaries = why::summaries();
    let changed = summaries.iter_mut().filter(|row| which(row));
    for row in changed {
        (row.value, row.low, row.high) = (value, value - 0.02, value + 0.02);
    }
    summaries
}

#[test]
fn every_number_that_is_told_is_on_record_with_its_interval() {
    let words = chapter(&why::summaries());
    for told in [
        "the correlation is 0.80 (0.78 to 0.82) on average",
        "2.0 standard deviations below and 2.0 above it is −1.20 (−1.22 to −1.18)",
        "as a cause, observation 11 fails",
        "0.35 (0.33 to 0.37) in 5–5–5–5; less than 0.80 (0.78 to 0.82) with one layer",
        "As a fact about networks trained like this observation 11 holds all the same",
        "have the correlation 0.970 (0.950 to 0.990), and differ by 0.050 (0.030 to 0.070)",
        "81.9 % of degree 1",
        "from degree 4 on it finds less than half",
        "lowers ln(loss) (−0.200 (−0.220 to −0.180) against the control)",
        "it begins at 0.10 (0.08 to 0.12) (0 steps) and ends at 0.60 (0.58 to 0.62) (6,000 steps)",
        "wide ones are more alike",
        "after 0 steps 30.0 % of them do",
        "With 5 of 20 nodes it mostly stays the best",
    ] {
        assert!(words.contains(told), "'{told}' is not in: {words}");
    }
}

#[test]
fn sentences_turn_with_the_records() {
    let is = |row: &WhySummary, setting: &str, quantity: &str| {
        row.setting == setting && row.quantity == quantity
    };
    let deep = |row: &WhySummary| row.cell.contains('-');
    let words = chapter(&with(|r| deep(r) && is(r, "shifted", "reversal_log_loss"), -0.3));
    assert!(words.contains("as a cause, observation 11 holds"), "{words}");
    let four = |row: &WhySummary| row.cell == "5-5-5-5";
    let words = chapter(&with(|r| four(r) && is(r, "shifted", "reversal_log_loss"), -0.3));
    assert!(words.contains("those with 10–10 and 7–7–6 nodes as well; those with 5–5–5–5 are not"));
    assert!(words.contains("observation 11 holds only in part"), "{words}");
    let words = chapter(&with(|r| deep(r) && is(r, "shifted", "reversal_log_loss"), 0.01));
    assert!(words.contains("As a cause, observation 11 is left open"), "{words}");
    let words = chapter(&with(|r| deep(r) && is(r, "own", "reversal_log_loss"), 0.3));
    assert!(words.contains("observation 11 does not hold throughout"), "{words}");
    let claims = |quantity: &str, value: f64| {
        chapter(&with(|r| is(r, "directions, pull kept balanced", quantity), value))
    };
    let words = claims("log_loss_less_control", 0.0);
    assert!(words.contains("does not measurably change ln(loss)"), "{words}");
    assert!(words.contains("balance is not what makes sub-networks good"), "{words}");
    let words = claims("covariance_less_control", 0.1);
    assert!(words.contains("but not why reversals are alike"), "{words}");
    let words = chapter(&with(|r| is(r, "10 on, best", "is_best") && r.at > 0.0, 0.1));
    assert!(words.contains("With 10 of 20 nodes it mostly does not stay the best"), "{words}");
    let words = chapter(&with(|r| r.cell == "xor, 20" && r.quantity == "reversal_log_loss", -0.4));
    assert!(words.contains("Opposite with one layer are xor (−0.40 (−0.42 to −0.38) as trained"));
    let words = chapter(&with(|r| r.statistic == "correlation", 0.5));
    assert!(words.contains("It tells networks apart in part"), "{words}");
}

#[test]
fn the_chapter_s_heading_says_why_if_it_is_known() {
    let deep = |row: &WhySummary| row.cell.contains('-') && row.setting == "shifted";
    for (value, told) in [
        (f64::NAN, "Moving nothing but the output bias turns networks from alike to opposite, at"),
        (-0.5, "It is depth: no output bias makes networks of several layers alike"),
        (0.0, "What makes them alike is left open by these networks"),
    ] {
        let out = tempfile::tempdir().unwrap();
        support::hypercube(out.path(), 4, 1);
        support::ensemble(out.path());
        // As it is without a value.
        let changed =
            |r: &WhySummary| value.is_finite() && deep(r) && r.quantity == "reversal_log_loss";
        why::of(out.path(), &with(changed, value));
        let html = fs::read_to_string(write_page(out.path()).unwrap()).unwrap();
        let elements = elements(&html);
        let heading = elements.iter().find(|e| e.attribute("id") == "why-title").unwrap().words();
        assert!(heading.contains(told), "{value}: {heading}");
        let opening = elements.iter().find(|e| e.attribute("class") == "findings").unwrap();
        assert!(opening.words().contains(told), "it is among what the page opens with");
    }
}

#[test]
fn a_piece_that_is_missing_is_not_told() {
    let mut summaries = why::summaries();
    summaries.retain(|row| row.piece == "removal");
    let words = chapter(&summaries);
    assert!(words.contains("mostly stays the best") && !words.contains("observation 11"));
    assert!(
        words.contains("Not measured here: the theory") && words.contains("10 to 1,000 nodes.")
    );
    assert!(!chapter(&why::summaries()).contains("Not measured here"));
    let words = chapter(&[]);
    assert!(words.contains("The picture") && !words.contains("The correlation is"), "{words}");
}

#[test]
fn measurements_come_back_and_others_are_refused() {
    let out = tempfile::tempdir().unwrap();
    why::why(out.path());
    let saved = Saved::open(&out.path().join("why")).unwrap();
    let table = WhyTable::read(&saved, "theory").unwrap();
    assert_eq!(WhyTable::parse(&table.csv().unwrap()).unwrap(), table);
    let values: Vec<_> = table.of("20", "reversal of loss", "predicted").collect();
    assert_eq!(values.len(), 11, "one is undefined");
    assert_eq!(WhyTable::read(&saved, "no-such").unwrap(), WhyTable::default());
    assert!(WhyTable::parse(b"cell,at\n").is_err() && WhyTable::parse(b"").is_err());
    let mut infinite = table;
    infinite.rows[0].values[0] = Some(f64::INFINITY);
    assert!(infinite.csv().unwrap_err().to_string().contains("exact of seed 0"));
}
