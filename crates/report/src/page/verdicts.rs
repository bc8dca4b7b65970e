//! What the ensemble says of each observation. All that the page knows of the form of verdicts is
//! here.

use crate::error::Result;
use crate::sections::SECTIONS;
use crate::sections::ensemble::rows::Verdict;
use crate::sections::shared::results::Results;
use crate::sections::why::claims;
use crate::sections::why::numbers::Numbers;
use crate::words::{count, optional, percent};

/// A verdict in words.
#[derive(Clone, Debug)]
pub(super) struct Judged {
    /// Where its rule is on the page.
    pub id: String,
    /// Where its evidence is on the page: the section that is about it, or else its rule.
    pub evidence: String,
    /// Its number.
    pub observation: usize,
    /// What is claimed.
    pub statement: String,
    /// What experiments say of it as a cause; empty where it is no cause, or there were none.
    pub cause: String,
    /// The verdict, such as `holds`.
    pub verdict: String,
    /// The share of the networks of which it is true.
    pub percent: String,
    /// The verdict with what other recipes say of it, such as `holds whatever the recipe`.
    pub told: String,
    /// A name for its kind, for colours.
    pub kind: &'static str,
    /// The same as a sign, for those who do not see colours.
    pub mark: &'static str,
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
    let section = |observation: usize| {
        let about = SECTIONS.iter().find(|section| section.observations.contains(&observation));
        about.map(|section| section.name).filter(|name| results.section(name).is_some())
    };
    let judged = |(place, row): (usize, Verdict)| {
        let id = format!("rule-{}", place + 1);
        let evidence = section(row.observation).map_or_else(|| id.clone(), str::to_owned);
        judged(row, id, evidence)
    };
    let mut all: Vec<Judged> = rows.into_iter().enumerate().map(judged).collect();
    if let Some(why) = results.section("why") {
        let numbers = Numbers::read(why)?;
        let causes =
            [(11, claims::depth_as_a_cause(&numbers)), (12, claims::balance_as_a_cause(&numbers))];
        for (observation, cause) in causes {
            // The last claim of an observation is the one about its reason.
            let last = all.iter_mut().rev().find(|judged| judged.observation == observation);
            if let Some((judged, cause)) = last.zip(cause) {
                cause.clone_into(&mut judged.cause);
            }
        }
    }
    Ok(all)
}

fn judged(row: Verdict, id: String, evidence: String) -> Judged {
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
    let (kind, mark) = match row.verdict.as_str() {
        "holds" => ("holds", "✓"),
        "depends on the network" => ("partly", "◐"),
        "fails" => ("fails", "✗"),
        _ => ("undecided", "?"),
    };
    let or_dash = |text: String| if text.is_empty() { "–".to_owned() } else { text };
    let told = match (row.across.as_str(), row.verdict.as_str()) {
        ("", verdict) => verdict.to_owned(),
        ("depends on the recipe", "depends on the network") => {
            "depends on the network and on the recipe".to_owned()
        }
        ("whatever the recipe", verdict) => format!("{verdict} whatever the recipe"),
        (across, verdict) => format!("{verdict}, and {across}"),
    };
    Judged {
        id,
        evidence,
        told,
        observation: row.observation,
        cause: String::new(),
        statement: row.statement,
        verdict: row.verdict,
        percent: row.share.map_or_else(|| "–".to_owned(), percent),
        kind,
        mark,
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
