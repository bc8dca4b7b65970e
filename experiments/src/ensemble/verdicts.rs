//! Which of the write-up's observations are true: a verdict on each, from the share of networks of
//! which it is, and from how that share changes with the recipe.

use anyhow::Result;
use report::records::{CellId, NetworkRow, RecipeClaim, Verdict};
use report::words::{interval, percent, short};
use serde_json::{Value, json};
use stats::{Ecdf, wilson_interval};

use super::base::{Base, FEWEST};
use super::recipes::{FITS, Searched};
use crate::output;
use crate::statistics::claims::{Claim, Rule};
use crate::statistics::table;

/// A claim holds if its criterion is true of this share of the networks or more, and fails if of no
/// more than the rest of it; between the two it depends on the network.
const HOLDS: f64 = 0.9;

/// Of how many networks of a cell's recipe each claim is true.
pub fn claims_of<'a>(base: &Base<'a>, cell: &'a [NetworkRow]) -> impl Iterator<Item = RecipeClaim> {
    Judge::all().map(move |judge| judge.row(&base.about(judge.claim, cell)))
}

/// Of how many networks each claim is true that is not about others with several layers.
pub fn claims(rows: &[&NetworkRow]) -> impl Iterator<Item = RecipeClaim> {
    Judge::all().filter(|judge| !judge.claim.deep).map(|judge| judge.row(rows))
}

/// What tells the cell that verdicts are about from others.
pub fn base_cell(networks: &[NetworkRow]) -> Value {
    Base::find(networks).map_or(Value::Null, |base| json!(base.own[0].cell))
}

/// The rule by which a share of networks becomes a verdict.
pub fn rule() -> Value {
    json!({ "holds": HOLDS, "fewest": FEWEST, "fits": FITS })
}

/// A verdict on every observation, also in the light of other recipes.
pub fn judge(networks: &[NetworkRow], recipes: &Searched) -> Vec<Verdict> {
    let Some(base) = Base::find(networks) else { return Vec::new() };
    Judge::all().map(|judge| judge.judge(&base, recipes)).collect()
}

/// Of how many networks a claim is true.
#[derive(Clone, Copy, Debug)]
struct Share {
    holding: usize,
    /// Those of which it can be said.
    judged: usize,
}

impl Share {
    fn value(self) -> Option<f64> {
        (self.judged > 0).then(|| self.holding as f64 / self.judged as f64)
    }

    /// Its 95 % interval.
    fn interval(self) -> Option<(f64, f64)> {
        (self.judged > 0).then(|| wilson_interval(self.holding, self.judged))
    }

    /// What follows from the 95 % interval of the share: nothing if it crosses a line.
    fn verdict(self) -> &'static str {
        let (low, high) = wilson_interval(self.holding, self.judged);
        if self.judged < FEWEST {
            "undecided"
        } else if low >= HOLDS {
            "holds"
        } else if high <= 1.0 - HOLDS {
            "fails"
        } else if low > 1.0 - HOLDS && high < HOLDS {
            "depends on the network"
        } else {
            "undecided"
        }
    }
}

/// A claim, and the column of the statistic that it stands with.
struct Judge {
    statistic: &'static str,
    claim: &'static Claim,
}

impl Judge {
    /// Every claim.
    fn all() -> impl Iterator<Item = Self> {
        table::claims().into_iter().map(|(statistic, claim)| Self { statistic, claim })
    }

    /// What the claim is about, measured of one network; none if it is undefined, as a ratio of nothing to
    /// nothing is.
    fn value(&self, row: &NetworkRow) -> Option<f64> {
        let value = self.claim.value.map_or_else(|| row.get(self.statistic), |value| value(row));
        value.filter(|value| value.is_finite())
    }

    fn judge(&self, base: &Base, recipes: &Searched) -> Verdict {
        let claim = self.claim;
        let own = base.about(claim, base.own);
        let values: Vec<f64> = own.iter().filter_map(|r| self.value(r)).collect();
        let quantile = |q: f64| (!values.is_empty()).then(|| Ecdf::new(&values).quantile(q));
        let share = self.share(&own);
        let verdict = self.verdict(share);
        let (low, high) =
            share.value().map(|_| wilson_interval(share.holding, share.judged)).unzip();
        let others = self.others(&base.own[0].cell, recipes);
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
            share: share.value(),
            share_low: low,
            share_high: high,
            verdict: verdict.to_owned(),
            across: across(share.verdict(), &others).to_owned(),
            reason: self.reason(verdict, share, &others) + &self.true_for(&own),
            would_change: self.would_change(verdict, &values),
        }
    }

    /// Of how many networks the criterion is true.
    fn share(&self, networks: &[&NetworkRow]) -> Share {
        let holds = |r: &&NetworkRow| self.claim.rule.holds(r, self.value(r));
        let known: Vec<bool> = networks.iter().filter_map(holds).collect();
        Share { holding: known.iter().filter(|&&holds| holds).count(), judged: known.len() }
    }

    /// The same as it is recorded.
    fn row(&self, networks: &[&NetworkRow]) -> RecipeClaim {
        let share = self.share(networks);
        let (share_low, share_high) = share.interval().unzip();
        RecipeClaim {
            observation: self.claim.observation,
            statement: self.claim.statement.to_owned(),
            networks: share.judged,
            holding: share.holding,
            share: share.value(),
            share_low,
            share_high,
        }
    }

    /// The same with other recipes that fit the write-up's numbers, in words.
    fn others(&self, base: &CellId, recipes: &Searched) -> Vec<(String, Share)> {
        if matches!(self.claim.rule, Rule::Identity) {
            return Vec::new();
        }
        let fitting = recipes.fitting(base);
        let own = |(id, row): &&(CellId, RecipeClaim)| {
            row.observation == self.claim.observation
                && row.statement == self.claim.statement
                && row.networks >= FEWEST
                && fitting.contains(&id)
        };
        let share = |(id, row): &(CellId, RecipeClaim)| {
            (id.difference(base), Share { holding: row.holding, judged: row.networks })
        };
        recipes.claims.iter().filter(own).map(share).collect()
    }

    fn verdict(&self, share: Share) -> &'static str {
        if matches!(self.claim.rule, Rule::Identity) {
            "holds"
        } else if !self.claim.open.is_empty() {
            "not decided by the text"
        } else {
            share.verdict()
        }
    }

    fn reason(&self, verdict: &str, share: Share, others: &[(String, Share)]) -> String {
        let Claim { criterion, open, rule, .. } = self.claim;
        if matches!(rule, Rule::Identity) {
            return (*criterion).to_owned();
        }
        let Some(value) = share.value().filter(|_| share.judged >= FEWEST) else {
            return format!("{} networks are too few: at least {FEWEST} decide", share.judged);
        };
        let (low, high) = share.interval().unwrap_or_default();
        let mut reason = format!(
            "{criterion}: true of {} of networks (95 % interval {} to {})",
            percent(value),
            percent(low),
            percent(high)
        );
        if verdict == "undecided" {
            reason += ", and more networks would decide";
        }
        if !open.is_empty() {
            reason += &format!("; {open}");
        }
        let by = |a: &&(String, Share), b: &&(String, Share)| {
            a.1.value().unwrap_or(0.0).total_cmp(&b.1.value().unwrap_or(0.0))
        };
        let words = |(recipe, share): &(String, Share)| {
            format!("{} with {recipe}", percent(share.value().unwrap_or(0.0)))
        };
        match (others.iter().min_by(by), others.iter().max_by(by)) {
            (Some(least), Some(most)) if least.1.value() != most.1.value() => {
                reason + &format!("; of {} to {}", words(least), words(most))
            }
            (Some(least), _) => reason + &format!("; of {}", words(least)),
            _ => reason,
        }
    }

    /// For what the claim would be true, by the medians over networks; empty if nothing is said.
    fn true_for(&self, networks: &[&NetworkRow]) -> String {
        let Some((what, ends)) = self.claim.true_for else { return String::new() };
        let median = |name: &str| {
            let values: Vec<f64> = networks.iter().filter_map(|row| row.get(name)).collect();
            (!values.is_empty()).then(|| short(Ecdf::new(&values).quantile(0.5)))
        };
        let [low, high] = ends.map(median);
        low.zip(high).map_or_else(String::new, |(low, high)| {
            format!("; it is true for {what} from {low} to {high} (medians over networks)")
        })
    }

    /// What criterion would give another verdict, read off the networks: the limit that 90 % of
    /// them keep.
    fn would_change(&self, verdict: &str, values: &[f64]) -> String {
        if matches!(self.claim.rule, Rule::Identity) {
            return "nothing".to_owned();
        }
        if values.len() < FEWEST {
            return "more networks".to_owned();
        }
        // Distances count where the rule is one of distance.
        let measured =
            |v: f64| if let Rule::Within(at, _) = self.claim.rule { (v - at).abs() } else { v };
        let values: Vec<f64> = values.iter().map(|&v| measured(v)).collect();
        let of = |q: f64| short(Ecdf::new(&values).quantile(q));
        // A strict rule is broken at the limit itself.
        let (most, beyond) = match self.claim.rule {
            Rule::AtMost(_) | Rule::Within(..) => (of(HOLDS), "a limit below"),
            Rule::Below(_) => (of(HOLDS), "a limit not above"),
            Rule::AtLeast(_) => (of(1.0 - HOLDS), "a limit above"),
            Rule::Above(_) => (of(1.0 - HOLDS), "a limit not below"),
            Rule::Between(..) => {
                let rest = 0.5 * (1.0 - HOLDS);
                return format!("90 % lie from {} to {}", of(rest), of(1.0 - rest));
            }
            Rule::Also(_) | Rule::Identity => {
                return if verdict == "holds" {
                    "fewer than 90 % of networks of which it is true".to_owned()
                } else {
                    "at least 90 % of networks of which it is true".to_owned()
                };
            }
        };
        if verdict == "holds" {
            format!("{beyond} {most}")
        } else {
            format!("it would hold with a limit of {most}")
        }
    }
}

/// Whether other recipes give the same answer; empty if there are none, or some give no answer.
fn across(own: &str, others: &[(String, Share)]) -> &'static str {
    let decided = |verdict: &str| verdict != "undecided";
    if others.is_empty() || !decided(own) {
        ""
    } else if others.iter().any(|(_, s)| decided(s.verdict()) && s.verdict() != own) {
        "depends on the recipe"
    } else if others.iter().all(|(_, s)| s.verdict() == own) {
        "whatever the recipe"
    } else {
        ""
    }
}

/// Prints the verdicts, and how well recipes fit the write-up's numbers.
///
/// # Errors
///
/// If stdout cannot be written.
pub fn print(verdicts: &[Verdict], recipes: &Searched) -> Result<()> {
    let number = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), short);
    let row = |v: &Verdict| {
        let across = if v.across.is_empty() { "" } else { ", " };
        vec![
            format!("{:>2} {}", v.observation, v.statement),
            number(v.median),
            format!("{} to {}", number(v.low), number(v.high)),
            format!("{}{across}{}", v.verdict, v.across),
        ]
    };
    let rows: Vec<_> = verdicts.iter().map(row).collect();
    let header = ["observation", "median", "90 % of networks", "verdict"];
    output::print(&output::table(&header, &rows))?;
    let row = |(cell, networks, share, low, high): (&CellId, usize, f64, f64, f64)| {
        let within = interval(100.0 * low, 100.0 * high, 1);
        vec![cell.words(), networks.to_string(), percent(share), within]
    };
    let header = ["recipe", "networks", "as far from the write-up's numbers", "95 % interval"];
    let numbers = recipes.numbers.iter();
    let numbers =
        numbers.map(|(cell, r)| (cell, r.networks, r.share_farther, r.farther_low, r.farther_high));
    let rows: Vec<_> = numbers.map(row).collect();
    output::print(&format!("\n{}", output::table(&header, &rows)))?;
    let header = ["recipe at its best steps", header[1], header[2], header[3]];
    let fits = recipes.fits.iter();
    let fits =
        fits.map(|(cell, r)| (cell, r.networks, r.share_farther, r.farther_low, r.farther_high));
    let rows: Vec<_> = fits.map(row).collect();
    output::print(&format!("\n{}", output::table(&header, &rows)))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use report::records::Value;
    use report::write_up::{MEAN_LOSS_25, MEAN_LOSS_75, TEN_MEAN_GRADIENT};

    use super::*;

    /// Networks whose reversal correlation is as given, of two recipes.
    fn networks(own: &[f64], other: &[f64]) -> Vec<NetworkRow> {
        let row = |data: &str, (seed, &correlation): (usize, &f64)| {
            let cell =
                CellId { data: data.to_owned(), hidden: "20".to_owned(), ..CellId::default() };
            let scattered = |k: u64, at: f64| {
                let share = ((seed as u64 * (2 * k + 3) + k) % 17) as f64 / 17.0;
                Value::Real(at + 0.1 * (share - 0.5))
            };
            let statistics = [
                ("reversal_correlation_log_loss", Value::Real(correlation)),
                ("mean_loss_25", scattered(0, MEAN_LOSS_25)),
                ("mean_loss_75", scattered(1, MEAN_LOSS_75)),
                ("sanity_gradient", scattered(4, TEN_MEAN_GRADIENT)),
            ];
            NetworkRow::new(seed as u64, cell, &statistics)
        };
        let own = own.iter().enumerate().map(|r| row("circle 0.9", r));
        own.chain(other.iter().enumerate().map(|r| row("circle 0.8", r))).collect()
    }

    #[test]
    fn a_verdict_follows_the_interval_of_the_share_and_other_recipes() {
        let verdict = |own: &[f64], other: &[f64]| {
            // Both fit the write-up's numbers, which their networks are spread around.
            let networks = networks(own, other);
            let all = judge(&networks, &Searched::default().with(&networks));
            let tenth = all.into_iter().find(|v| v.observation == 10).unwrap();
            (tenth.verdict, tenth.across)
        };
        let (yes, no) = (vec![0.5; 60], vec![0.0; 50]);
        let answer = |verdict: &str, across: &str| (verdict.to_owned(), across.to_owned());
        assert_eq!(verdict(&yes, &yes[..40]), answer("holds", "whatever the recipe"));
        assert_eq!(verdict(&yes, &no), answer("holds", "depends on the recipe"));
        assert_eq!(verdict(&yes, &[]), answer("holds", ""));
        // Twenty of which it is true leave open whether it is of 90 %.
        assert_eq!(verdict(&yes, &yes[..20]), answer("holds", ""));
        assert_eq!(verdict(&yes[..20], &[]), answer("undecided", ""));
        assert_eq!(verdict(&[&yes[..], &[0.0; 4]].concat(), &[]), answer("undecided", ""));
        assert_eq!(
            verdict(&[&no[..], &[0.0; 30], &[0.5]].concat(), &no),
            answer("fails", "whatever the recipe")
        );
        assert_eq!(
            verdict(&[&yes[..], &no].concat(), &yes),
            answer("depends on the network", "depends on the recipe")
        );
        assert_eq!(verdict(&yes[..19], &[]), answer("undecided", ""));
        assert!(judge(&[], &Searched::default()).is_empty());
    }

    /// Of networks all of whose nodes are dead.
    #[test]
    fn a_ratio_of_nothing_to_nothing_is_undefined() {
        let sides = [("sanity_gradient", 0.0), ("sanity_difference", 0.0)];
        let sides = sides.map(|(name, side)| (name, Value::Real(side)));
        let cell = CellId { hidden: "20".to_owned(), ..CellId::default() };
        let dead: Vec<NetworkRow> =
            (0..30).map(|seed| NetworkRow::new(seed, cell.clone(), &sides)).collect();
        let all = judge(&dead, &Searched::default());
        let fourth = all.into_iter().find(|v| v.observation == 4).unwrap();
        assert_eq!((fourth.median, fourth.share), (None, None));
        assert_eq!(fourth.verdict, "undecided");
    }
}
