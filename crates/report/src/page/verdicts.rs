//! What the ensemble says of each observation. All that the page knows of the form of verdicts is
//! here.

use crate::error::Result;
use crate::sections::ensemble::rows::Verdict;
use crate::sections::shared::results::Results;
use crate::words::{count, listed, optional, percent};

/// The verdicts in the order in which they are counted up, as said of one and of several claims.
const KINDS: [(&str, &str, &str); 5] = [
    ("holds", "holds", "hold"),
    ("fails", "fails", "fail"),
    ("depends on the network", "depends on the network", "depend on the network"),
    ("undecided", "is undecided", "are undecided"),
    ("not decided by the text", "is not decided by the text", "are not decided by the text"),
];

/// A verdict in words.
#[derive(Clone, Debug)]
pub(super) struct Judged {
    /// Its number.
    pub observation: usize,
    /// What is claimed.
    pub statement: String,
    /// The verdict, such as `holds`.
    pub verdict: String,
    /// The same with what other recipes say of it, such as `holds whatever the recipe`.
    pub told: String,
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
    /// Share of the networks of which it is true, and its 95 % interval.
    pub share: String,
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
    let share = match (row.share, row.share_low, row.share_high) {
        (Some(share), Some(low), Some(high)) => {
            format!("{} ({} to {})", percent(share), percent(low), percent(high))
        }
        _ => "–".to_owned(),
    };
    let measured = match (row.median, row.low, row.high) {
        (Some(_), Some(_), Some(_)) => {
            let [median, low, high] = [row.median, row.low, row.high].map(optional);
            format!("{median} ({low} to {high})")
        }
        _ => "–".to_owned(),
    };
    let kind = match row.verdict.as_str() {
        "holds" => "holds",
        "depends on the network" => "partly",
        "fails" => "fails",
        _ => "undecided",
    };
    let or_dash = |text: String| if text.is_empty() { "–".to_owned() } else { text };
    let told = match (row.across.as_str(), row.verdict.as_str()) {
        ("", verdict) => verdict.to_owned(),
        ("whatever the recipe", verdict) => format!("{verdict} whatever the recipe"),
        (across, verdict) => format!("{verdict}, and {across}"),
    };
    Judged {
        told,
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
        share,
        networks: count(row.networks),
    }
}

/// The verdicts on some observations.
pub(super) fn select(observations: &[usize], all: &[Judged]) -> Vec<Judged> {
    all.iter().filter(|judged| observations.contains(&judged.observation)).cloned().collect()
}

/// How many claims hold, fail, and so on.
pub(super) fn tally(all: &[Judged]) -> String {
    let words = |(kind, one, many): (&str, &str, &str)| {
        let number = all.iter().filter(|judged| judged.verdict == kind).count();
        (number > 0).then(|| format!("{number} {}", if number == 1 { one } else { many }))
    };
    listed(&KINDS.into_iter().filter_map(words).collect::<Vec<_>>())
}
