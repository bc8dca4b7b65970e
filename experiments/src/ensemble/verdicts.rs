//! Which of the write-up's observations are true: a verdict on each, from the share of networks of
//! which it is.

use anyhow::Result;
use report::records::{CellId, CircleRow, NetworkRow, Verdict};
use serde_json::{Value, json};
use stats::Ecdf;

use crate::output;
use crate::statistics::claims::{Claim, Rule};
use crate::statistics::table::claims;

/// An observation holds if its criterion is true of this share of the networks or more, and fails
/// if of no more than the rest of it; between the two it is undecided, for it depends on the
/// network.
const HOLDS: f64 = 0.9;

/// It holds for one circle only if the other's share is below this.
const OTHER_CIRCLE: f64 = 0.5;

/// Fewer networks decide nothing.
pub const FEWEST: usize = 20;

/// The networks that verdicts are about: the default cell's, or if it is not there, those of the
/// largest cell.
pub fn base(networks: &[NetworkRow]) -> Option<Base<'_>> {
    let default = CellId {
        data: "as-published".to_owned(),
        hidden: "20".to_owned(),
        steps: 7000,
        ablation: "zero".to_owned(),
        n_points: 1024,
    };
    let cells: Vec<&[NetworkRow]> = networks.chunk_by(|a, b| a.cell == b.cell).collect();
    let rank = |rows: &&&[NetworkRow]| (rows[0].cell == default, rows.len());
    let first = &cells.iter().max_by_key(rank)?[0].cell;
    let of = |data: &str| -> Vec<&NetworkRow> {
        let cell = CellId { data: data.to_owned(), ..first.clone() };
        networks.iter().filter(|row| row.cell == cell).collect()
    };
    let other = if first.data == "half-area" { "as-published" } else { "half-area" };
    let deep = |data: &str| -> Vec<&NetworkRow> {
        let deep = |row: &&NetworkRow| {
            let cell =
                CellId { data: data.to_owned(), hidden: row.cell.hidden.clone(), ..first.clone() };
            row.cell == cell && cell.layers() > 1 && cell.nodes() == first.nodes()
        };
        networks.iter().filter(deep).collect()
    };
    Some(Base {
        own: of(&first.data),
        other: of(other),
        deep: deep(&first.data),
        other_deep: deep(other),
    })
}

/// What tells the cell that verdicts are about from others.
pub fn base_cell(networks: &[NetworkRow]) -> Value {
    base(networks).map_or(Value::Null, |base| json!(base.own[0].cell))
}

/// The rule by which a share of networks becomes a verdict.
pub fn rule() -> Value {
    json!({ "holds": HOLDS, "other_circle": OTHER_CIRCLE, "fewest": FEWEST })
}

/// The networks that verdicts are about.
pub struct Base<'a> {
    pub own: Vec<&'a NetworkRow>,
    /// The same with the other circle.
    pub other: Vec<&'a NetworkRow>,
    /// The same with as many nodes in several layers.
    pub deep: Vec<&'a NetworkRow>,
    /// The same with the other circle.
    pub other_deep: Vec<&'a NetworkRow>,
}

/// A verdict on every observation.
pub fn judge(networks: &[NetworkRow]) -> Vec<Verdict> {
    let Some(base) = base(networks) else { return Vec::new() };
    claims().into_iter().map(|(statistic, claim)| Judge { statistic, claim }.judge(&base)).collect()
}

/// A claim, and the column of the statistic that it stands with.
struct Judge {
    statistic: &'static str,
    claim: &'static Claim,
}

impl Judge {
    /// What the claim is about, measured of one network.
    fn value(&self, row: &NetworkRow) -> Option<f64> {
        self.claim.value.map_or_else(|| row.get(self.statistic), |value| value(row))
    }

    fn judge(&self, base: &Base) -> Verdict {
        let claim = self.claim;
        let own = if claim.deep { &base.deep } else { &base.own };
        let values: Vec<f64> = own.iter().filter_map(|r| self.value(r)).collect();
        let (share, judged) = self.share(own);
        let other = if claim.deep { &base.other_deep } else { &base.other };
        let (other_share, other_judged) = self.share(other);
        let quantile = |q: f64| (!values.is_empty()).then(|| Ecdf::new(&values).quantile(q));
        let (verdict, reason) =
            self.verdict(share, judged, other_share.filter(|_| other_judged >= FEWEST));
        Verdict {
            observation: claim.observation,
            statement: claim.statement.to_owned(),
            statistic: claim.statistic.to_owned(),
            networks: own.len(),
            median: quantile(0.5),
            low: quantile(0.05),
            high: quantile(0.95),
            write_up: claim.write_up.to_owned(),
            criterion: claim.criterion.to_owned(),
            share,
            other_circle_share: other_share,
            would_change: self.would_change(verdict, &values, other),
            verdict: verdict.to_owned(),
            reason,
        }
    }

    /// The share of networks of which the criterion is true, and how many have an answer.
    fn share(&self, networks: &[&NetworkRow]) -> (Option<f64>, usize) {
        let holds = |r: &&NetworkRow| self.claim.rule.holds(r, self.value(r));
        let known: Vec<bool> = networks.iter().filter_map(holds).collect();
        let share = known.iter().filter(|&&holds| holds).count() as f64 / known.len() as f64;
        ((!known.is_empty()).then_some(share), known.len())
    }

    fn verdict(
        &self,
        share: Option<f64>,
        judged: usize,
        other: Option<f64>,
    ) -> (&'static str, String) {
        if matches!(self.claim.rule, Rule::Identity) {
            return ("holds", self.claim.criterion.to_owned());
        }
        let Some(share) = share.filter(|_| judged >= FEWEST) else {
            return (
                "undecided",
                format!("{judged} networks are too few: at least {FEWEST} decide"),
            );
        };
        let of_other = other.map(|other| format!(", of {} with the other circle", percent(other)));
        let of_other = of_other.unwrap_or_default();
        let true_of = format!("{}: true of {}{of_other}", self.claim.criterion, percent(share));
        if share >= HOLDS && other.is_some_and(|other| other < OTHER_CIRCLE) {
            ("holds for this circle only", true_of)
        } else if share >= HOLDS {
            ("holds", true_of)
        } else if share <= 1.0 - HOLDS {
            ("fails", true_of)
        } else {
            ("undecided", format!("{true_of}: it depends on the network"))
        }
    }

    /// What criterion would give another verdict, read off the networks: the limit that 90 % of
    /// them keep, or that half of those with the other circle do.
    fn would_change(&self, verdict: &str, values: &[f64], other: &[&NetworkRow]) -> String {
        if matches!(self.claim.rule, Rule::Identity) {
            return "nothing".to_owned();
        }
        if values.len() < FEWEST {
            return "more networks".to_owned();
        }
        // Distances count where the rule is one of distance.
        let measured =
            |v: f64| if let Rule::Within(at, _) = self.claim.rule { (v - at).abs() } else { v };
        let of = |values: &[f64], q: f64| {
            number(Ecdf::new(&values.iter().map(|&v| measured(v)).collect::<Vec<_>>()).quantile(q))
        };
        let most = match self.claim.rule {
            Rule::Above(_) | Rule::AtLeast(_) => of(values, 1.0 - HOLDS),
            _ => of(values, HOLDS),
        };
        // A strict rule is broken at the limit itself.
        let beyond = match self.claim.rule {
            Rule::AtMost(_) | Rule::Within(..) => format!("a limit below {most}"),
            Rule::AtLeast(_) => format!("a limit above {most}"),
            Rule::Below(_) => format!("a limit of {most} or below"),
            Rule::Above(_) => format!("a limit of {most} or above"),
            Rule::Between(..) => {
                let rest = 0.5 * (1.0 - HOLDS);
                return format!("90 % lie from {} to {}", of(values, rest), of(values, 1.0 - rest));
            }
            Rule::Also(_) | Rule::Identity => {
                let needed = match verdict {
                    "fails" => "more than 10 %",
                    "undecided" => "at least 90 %",
                    _ => "fewer than 90 %",
                };
                return format!("{needed} of networks of which it is true");
            }
        };
        let other: Vec<f64> = other.iter().filter_map(|r| self.value(r)).collect();
        match verdict {
            "holds for this circle only" => format!(
                "{beyond}, or one of {}, which half of the networks with the other circle keep",
                of(&other, 0.5)
            ),
            "holds" => beyond,
            _ => format!("it would hold with a limit of {most}"),
        }
    }
}

/// Whole percents, but not 0 or 100 of what is only nearly so.
fn percent(share: f64) -> String {
    let percents = 100.0 * share;
    let nearly = percents != percents.round() && !(0.5..=99.5).contains(&percents);
    if nearly { format!("{percents:.1} %") } else { format!("{percents:.0} %") }
}

/// Three digits after the point; none of a whole or a large number.
fn number(value: f64) -> String {
    let text = if value.abs() >= 1000.0 || value == value.round() {
        format!("{value:.0}")
    } else {
        format!("{value:.3}")
    };
    text.replace('-', "−")
}

/// Prints the verdicts, and which circle fits the write-up's numbers.
///
/// # Errors
///
/// If stdout cannot be written.
pub fn print(verdicts: &[Verdict], circles: &[CircleRow]) -> Result<()> {
    let number = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), number);
    let row = |v: &Verdict| {
        vec![
            format!("{:>2} {}", v.observation, v.statement),
            number(v.median),
            format!("{} to {}", number(v.low), number(v.high)),
            v.verdict.clone(),
        ]
    };
    let rows: Vec<_> = verdicts.iter().map(row).collect();
    output::print(&output::table(
        &["observation", "median", "90 % of networks", "verdict"],
        &rows,
    ))?;
    for c in circles {
        output::print(&format!(
            "{}: {:.1} % of {} networks lie at least as far from their mean as the write-up's three \
             numbers do\n",
            c.data,
            100.0 * c.share_farther,
            c.networks
        ))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use report::records::Value;

    use super::*;

    /// Networks whose reversal correlation is as given, with each circle.
    fn networks(own: &[f64], other: &[f64]) -> Vec<NetworkRow> {
        let row = |data: &str, (seed, &correlation): (usize, &f64)| {
            let cell =
                CellId { data: data.to_owned(), hidden: "20".to_owned(), ..CellId::default() };
            let statistics = [("reversal_correlation_log_loss", Value::Real(correlation))];
            NetworkRow::new(seed as u64, cell, &statistics)
        };
        let own = own.iter().enumerate().map(|r| row("as-published", r));
        own.chain(other.iter().enumerate().map(|r| row("half-area", r))).collect()
    }

    #[test]
    fn a_verdict_follows_the_share_of_networks() {
        let verdict = |own: &[f64], other: &[f64]| {
            let all = judge(&networks(own, other));
            let tenth = all.into_iter().find(|v| v.observation == 10).unwrap();
            (tenth.verdict, tenth.share)
        };
        let (yes, no) = (vec![0.5; 40], vec![0.0; 30]);
        assert_eq!(verdict(&yes, &yes), ("holds".to_owned(), Some(1.0)));
        assert_eq!(verdict(&yes, &no), ("holds for this circle only".to_owned(), Some(1.0)));
        assert_eq!(verdict(&yes, &[]), ("holds".to_owned(), Some(1.0)));
        assert_eq!(verdict(&[vec![0.0; 40], vec![0.5]].concat(), &yes[..30]).0, "fails");
        assert_eq!(verdict(&[&yes[..], &no].concat(), &yes).0, "undecided");
        assert_eq!(verdict(&yes[..19], &[]).0, "undecided");
        assert!(judge(&[]).is_empty());
    }
}
