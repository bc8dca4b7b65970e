//! What the ensemble says of each observation. All that the page knows of the form of verdicts is
//! here.

use crate::error::Result;
use crate::sections::ensemble::rows::Verdict;
use crate::sections::shared::results::Results;
use crate::words::{count, listed, optional, percent};

/// The verdicts in the order in which they are counted up.
const KINDS: [&str; 4] = ["holds", "holds for this circle only", "fails", "undecided"];

/// A verdict in words.
#[derive(Clone, Debug)]
pub(super) struct Judged {
    /// Its number.
    pub observation: usize,
    /// What is claimed.
    pub statement: String,
    /// The verdict, such as `holds`.
    pub verdict: String,
    /// A name for its kind, for colours.
    pub kind: &'static str,
    /// Why.
    pub reason: String,
    /// What would change it; may be empty.
    pub would_change: String,
    /// What is measured.
    pub statistic: String,
    /// Median over networks, and what 90 % of them span.
    pub measured: String,
    /// The write-up's value.
    pub write_up: String,
    /// When it counts as true of a network.
    pub criterion: String,
    /// Share of the networks of which it is true.
    pub share: String,
    /// The same with the other circle.
    pub other_share: String,
    /// How many networks.
    pub networks: String,
}

/// Every verdict on record.
pub(super) fn read(results: &Results) -> Result<Vec<Judged>> {
    let Some(saved) = results.section("ensemble") else { return Ok(Vec::new()) };
    let rows: Vec<Verdict> = saved.optional_table("verdicts.csv")?;
    Ok(rows.into_iter().map(judged).collect())
}

fn judged(row: Verdict) -> Judged {
    let share = |share: Option<f64>| share.map_or_else(|| "–".to_owned(), percent);
    let measured = match (row.median, row.low, row.high) {
        (Some(_), Some(_), Some(_)) => {
            let [median, low, high] = [row.median, row.low, row.high].map(optional);
            format!("{median} ({low} to {high})")
        }
        _ => "–".to_owned(),
    };
    let kind = match row.verdict.as_str() {
        "holds" => "holds",
        "holds for this circle only" => "partly",
        "fails" => "fails",
        _ => "undecided",
    };
    let or_dash = |text: String| if text.is_empty() { "–".to_owned() } else { text };
    Judged {
        observation: row.observation,
        statement: row.statement,
        verdict: row.verdict,
        kind,
        reason: row.reason,
        would_change: row.would_change,
        statistic: row.statistic,
        measured,
        write_up: or_dash(row.write_up),
        criterion: row.criterion,
        share: share(row.share),
        other_share: share(row.other_circle_share),
        networks: count(row.networks),
    }
}

/// The verdicts on some observations.
pub(super) fn select(observations: &[usize], all: &[Judged]) -> Vec<Judged> {
    all.iter().filter(|judged| observations.contains(&judged.observation)).cloned().collect()
}

/// How many claims hold, fail, and so on.
pub(super) fn tally(all: &[Judged]) -> String {
    let number = |kind: &str| all.iter().filter(|judged| judged.verdict == kind).count();
    let words = |kind: &str| {
        let number = number(kind);
        let (one, many) = match kind {
            "holds" => ("holds", "hold"),
            "holds for this circle only" => {
                ("holds for this circle only", "hold for this circle only")
            }
            "fails" => ("fails", "fail"),
            _ => ("is undecided", "are undecided"),
        };
        (number > 0).then(|| format!("{number} {}", if number == 1 { one } else { many }))
    };
    listed(&KINDS.into_iter().filter_map(words).collect::<Vec<_>>())
}
