//! The findings that the page opens with: the first three of a list that the records support.

use super::claims::{reversal_title, sampled_title, sanity_title};
use super::verdicts::{Judged, tally};
use crate::error::Result;
use crate::sections::ensemble::networks::CellId;
use crate::sections::ensemble::rows::RecipeRow;
use crate::sections::flip_paths::rows::FlipPathsSummary;
use crate::sections::gradients::rows::SanityRow;
use crate::sections::hypercube::page::{even_and_odd, pairs};
use crate::sections::hypercube::rows::{FrontierRow, HypercubeSummary, SpectrumRow};
use crate::sections::shared::results::{Results, masks, nodes};
use crate::sections::shared::rows::{ExactCheck, Summary};
use crate::sections::shared::task::Task;
use crate::sections::why::claims;
use crate::sections::why::numbers::Numbers;
use crate::words::{binomial, count, counted, estimate, fixed, listed, number, percent};

/// How many are shown.
const SHOWN: usize = 3;

/// A finding in plain words.
#[derive(Debug)]
pub(super) struct Finding {
    /// What was found.
    pub title: String,
    /// With which numbers.
    pub text: String,
    /// The section that says more.
    pub section: &'static str,
}

/// What matters most first.
pub(super) fn choose(results: &Results, verdicts: &[Judged]) -> Result<Vec<Finding>> {
    let candidates = [
        reversal(results, verdicts)?,
        best_subsets(results)?,
        networks(results, verdicts)?,
        sanity(results)?,
        random_loss(results)?,
    ];
    Ok(candidates.into_iter().flatten().take(SHOWN).collect())
}

fn reversal(results: &Results, verdicts: &[Judged]) -> Result<Option<Finding>> {
    let Some(saved) = results.section("hypercube") else { return sampled_reversal(results) };
    let summary: HypercubeSummary = saved.json("summary.json")?;
    let spectrum: Vec<SpectrumRow> = saved.table("spectrum.csv")?;
    let Some((even, odd)) = even_and_odd(&spectrum) else { return Ok(None) };
    let correlation = summary.reversal_correlation_log_loss;
    Ok(Some(Finding {
        title: reversal_title(correlation).to_owned(),
        text: format!(
            "Switch every node of a sub-network, on to off and off to on. Over all {} \
             sub-networks, the logarithms of the two losses have the correlation {} (exact). The \
             reason lies in how nodes interact: {} of the variance of ln(loss) comes from \
             interactions of an even number of nodes, {} from pairs alone, and the switch leaves \
             those as they are; {} comes from odd ones, whose sign it turns. The first share less \
             the last is the correlation.{}{}",
            masks(summary.n_nodes),
            fixed(correlation, 3),
            percent(even),
            percent(pairs(&spectrum)),
            percent(odd),
            over_networks(verdicts),
            why(results)?
        ),
        section: "hypercube",
    }))
}

/// The reversal correlation of many networks, with one hidden layer and with several; empty unless
/// both were judged.
fn over_networks(verdicts: &[Judged]) -> String {
    let judged = |number: usize| {
        verdicts.iter().find(|v| v.observation == number && v.verdict != "undecided")
    };
    judged(10).zip(judged(11)).map_or_else(String::new, |(one, several)| {
        format!(
            " Over {} networks with one hidden layer the median is {}; over {} with as many nodes \
             in several layers it is {} (in brackets 90\u{a0}% of networks).",
            one.networks, one.measured, several.networks, several.measured
        )
    })
}

/// What decides it; empty where that is not on record, or open.
fn why(results: &Results) -> Result<String> {
    let Some(saved) = results.section("why") else { return Ok(String::new()) };
    let finding = claims::finding(&Numbers::read(saved)?).map(|told| format!(" {told}"));
    Ok(finding.unwrap_or_default())
}

fn sampled_reversal(results: &Results) -> Result<Option<Finding>> {
    let Some(saved) = results.section("flip-paths") else { return Ok(None) };
    let summary: FlipPathsSummary = saved.json("summary.json")?;
    Ok(Some(Finding {
        title: sampled_title(
            summary.reversal_correlation,
            (summary.reversal_low, summary.reversal_high),
        )
        .to_owned(),
        text: format!(
            "Switch every node of a sub-network, on to off and off to on. Over {} random \
             sub-networks, the logarithms of the two losses have the correlation {} (95\u{a0}% \
             interval {} to {}).",
            count(summary.paths),
            fixed(summary.reversal_correlation, 3),
            fixed(summary.reversal_low, 3),
            fixed(summary.reversal_high, 3)
        ),
        section: "flip-paths",
    }))
}

/// The size at which both searches miss most.
fn best_subsets(results: &Results) -> Result<Option<Finding>> {
    let Some(saved) = results.section("hypercube") else { return Ok(None) };
    let frontier: Vec<FrontierRow> = saved.table("frontier.csv")?;
    let missed = |row: &FrontierRow| row.greedy.min(row.taylor) / row.best;
    let row = frontier.iter().max_by(|a, b| missed(a).total_cmp(&missed(b)));
    let Some((row, full)) = row.zip(frontier.last()) else { return Ok(None) };
    let title = if missed(row) >= 1.05 {
        "Removing nodes one at a time misses the best sub-networks"
    } else {
        "Removing nodes one at a time finds nearly the best sub-networks"
    };
    let of = binomial(full.size, row.size).map(|ways| format!(" of all {}", count(ways)));
    Ok(Some(Finding {
        title: title.to_owned(),
        text: format!(
            "With {} of {} on, the best sub-network{} has the loss {} nats. Removing one node at \
             a time, each time the one that costs least, arrives at {}; following the gate \
             gradient, at {}. The median sub-network of that size has {}, the full network {}. \
             All of these are exact.",
            counted(row.size, "node"),
            count(full.size),
            of.unwrap_or_default(),
            fixed(row.best, 3),
            fixed(row.greedy, 3),
            fixed(row.taylor, 3),
            fixed(row.median, 3),
            fixed(full.best, 3)
        ),
        section: "hypercube",
    }))
}

/// How ordinary the write-up's numbers are, and what is true of most networks.
fn networks(results: &Results, verdicts: &[Judged]) -> Result<Option<Finding>> {
    let Some(saved) = results.section("ensemble") else { return Ok(None) };
    let recipes: Vec<(CellId, RecipeRow)> = saved.pairs("recipes.csv")?;
    if recipes.is_empty() && verdicts.iter().all(|judged| judged.verdict == "undecided") {
        return Ok(None);
    }
    let default = recipes.first().map(|(cell, row)| {
        format!(
            "Of {} made by the default recipe ({}), {} lie at least as far from their mean as the              write-up’s three published numbers do (95\u{a0}% interval {} to {}). ",
            counted(row.networks, "network"),
            cell.words(),
            percent(row.share_farther),
            percent(row.farther_low),
            percent(row.farther_high)
        )
    });
    let claims = tally(verdicts);
    let claims = (!claims.is_empty()).then(|| {
        format!(
            "Of {} about nodes and their removal, judged over many networks, {claims}.",
            counted(verdicts.len(), "claim")
        )
    });
    Ok(Some(Finding {
        title: "What is true of one network need not be true of most".to_owned(),
        text: format!("{}{}", default.unwrap_or_default(), claims.unwrap_or_default()),
        section: "ensemble",
    }))
}

fn sanity(results: &Results) -> Result<Option<Finding>> {
    let Some(saved) = results.section("gradients") else { return Ok(None) };
    let sanity: Vec<SanityRow> = saved.optional_table("sanity.csv")?;
    let checks: Vec<ExactCheck> = saved.optional_table("exact.csv")?;
    let side = |name: &str| {
        let row = sanity.iter().find(|row| row.quantity == name)?;
        let exact = checks.iter().find(|check| check.quantity == name);
        let exact = exact.map(|check| format!(", exactly {}", fixed(check.exact, 4)));
        Some(format!("{}{}", estimate(row.value, row.se), exact.unwrap_or_default()))
    };
    let sides = [side("ten_mean_gradient"), side("loss_difference")];
    let ([Some(gradient), Some(difference)], Some(n)) = (sides, nodes(saved)) else {
        return Ok(None);
    };
    let half = number(n as f64 / 2.0);
    let known = |name: &str| {
        let exact = checks.iter().find(|check| check.quantity == name);
        let sampled = sanity.iter().find(|row| row.quantity == name);
        let sampled = sampled.map_or((f64::NAN, f64::NAN), |row| (row.value, row.se));
        exact.map_or(sampled, |check| (check.exact, 0.0))
    };
    Ok(Some(Finding {
        title: sanity_title(known("ten_mean_gradient"), known("loss_difference")).to_owned(),
        text: format!(
            "The mean gate gradient at p = 0.5, times {half}, is {gradient}. The mean loss at \
             p = 0.75 less that at p = 0.25, between which {half} of {n} nodes are switched on, is \
             {difference} (nats; ± is one standard error)."
        ),
        section: "gradients",
    }))
}

fn random_loss(results: &Results) -> Result<Option<Finding>> {
    let Some(saved) = results.section("loss-density") else { return Ok(None) };
    let summary: Vec<Summary> = saved.table("summary.csv")?;
    let of =
        |row: &Summary| format!("{} at p = {}", estimate(row.mean, row.mean_se), number(row.p));
    let means = listed(&summary.iter().map(of).collect::<Vec<_>>());
    let chance = Task::read(saved)
        .chance()
        .map(|(answer, loss)| format!(" Always answering {answer} would cost {loss}."));
    Ok((!means.is_empty()).then(|| Finding {
        title: "Random sub-networks, and how bad they are".to_owned(),
        text: format!(
            "If each node is kept with probability p, the mean loss is {means} (nats; ± is one \
             standard error).{}",
            chance.unwrap_or_default()
        ),
        section: "loss-density",
    }))
}
