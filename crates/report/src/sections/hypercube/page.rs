//! `hypercube`.

use serde_json::Value;

use super::rows::{FrontierRow, HypercubeSummary, InteractionRow, SpectrumRow};
use super::shown::{
    ablations, best, covariance, interactions, mean_curve, nodes, pair_matrix, removal, sizes,
    spectrum, totals,
};
use crate::error::Result;
use crate::record::Saved;
use crate::sections::ensemble::rows::Verdict;
use crate::sections::shared::claims::reversal_title;
use crate::sections::shared::results::{Results, masks};
use crate::sections::shared::telling::{Part, Told};
use crate::words::{binomial, count, counted, fixed, optional, percent};

pub(crate) fn tell(saved: &Saved, results: &Results) -> Result<Told> {
    let summary: HypercubeSummary = saved.json("summary.json")?;
    let frontier: Vec<FrontierRow> = saved.table("frontier.csv")?;
    let mut more = vec![covariance(saved)?, nodes(saved)?, mean_curve(saved)?];
    more.extend(pair_matrix(saved));
    more.extend(ablations(saved));
    let parts =
        [Some(reversal(saved, &summary, results)?), trap(&frontier), Some(foretold(saved)?)];
    Ok(Told {
        title: "Every sub-network, exactly",
        parts: parts.into_iter().flatten().collect(),
        more,
        tables: vec![
            totals(&summary),
            sizes(&frontier),
            interactions(&saved.table::<InteractionRow>("interactions.csv")?),
        ],
    })
}

/// What a sub-network and its opposite have in common, and by which interactions.
fn reversal(saved: &Saved, summary: &HypercubeSummary, results: &Results) -> Result<Part> {
    let correlation = summary.reversal_correlation_log_loss;
    let rows: Vec<SpectrumRow> = saved.table("spectrum.csv")?;
    let mut words = vec![format!(
        "Switch every node of a sub-network, on to off and off to on. Over all {} sub-networks, the \
         logarithms of the two losses have the correlation {} (exact).",
        masks(summary.n_nodes),
        fixed(correlation, 3)
    )];
    words.extend(even_and_odd(&rows).map(|(even, odd)| {
        format!(
            "The reason lies in how nodes interact: {} of the variance of ln(loss) comes from \
             interactions of an even number of nodes, {} from pairs alone, and the switch leaves those \
             as they are; {} comes from odd ones, whose sign it turns. The first share less the last \
             is the correlation.",
            percent(even),
            percent(pairs(&rows)),
            percent(odd)
        )
    }));
    words.extend(over_networks(results)?);
    Ok(Part {
        question: "What do a sub-network and its exact opposite have in common?",
        finding: if correlation.is_nan() {
            "All sub-networks have the same loss".to_owned()
        } else {
            reversal_title(correlation).to_owned()
        },
        rests_on: format!(
            "a correlation of ln(loss) of {}, exact: over all {} sub-networks",
            fixed(correlation, 3),
            masks(summary.n_nodes)
        ),
        words,
        details: Vec::new(),
        figure: Some(spectrum(saved)?),
        live: Some("reversal"),
    })
}

/// The reversal correlation of many networks, with one hidden layer and with several; none unless both were
/// judged.
fn over_networks(results: &Results) -> Result<Option<String>> {
    let Some(saved) = results.section("ensemble") else { return Ok(None) };
    let verdicts: Vec<Verdict> = saved.optional_table("verdicts.csv")?;
    let judged = |number: usize| {
        let own = verdicts.iter().find(|v| v.observation == number && v.verdict != "undecided")?;
        let [median, low, high] = [own.median, own.low, own.high].map(optional);
        Some((count(own.networks), format!("{median} ({low} to {high})")))
    };
    Ok(judged(10).zip(judged(11)).map(|((one, shallow), (several, deep))| {
        format!(
            "Over {one} networks with one hidden layer the median is {shallow}; over {several} with as \
             many nodes in several layers it is {deep} (in brackets what nine networks in ten lie \
             between)."
        )
    }))
}

/// The size at which both searches miss most.
fn trap(frontier: &[FrontierRow]) -> Option<Part> {
    let missed = |row: &FrontierRow| row.greedy.min(row.taylor) / row.best;
    let row = frontier.iter().max_by(|a, b| missed(a).total_cmp(&missed(b)))?;
    let full = frontier.last()?;
    let finding = if missed(row) >= 1.05 {
        "Removing nodes one at a time misses the best sub-networks"
    } else {
        "Removing nodes one at a time finds nearly the best sub-networks"
    };
    let of = binomial(full.size, row.size).map(|ways| format!(" of all {}", count(ways)));
    let words = format!(
        "With {} of {} on, the best sub-network{} has the loss {} nats. Removing one node at a time, each \
         time the one that costs least, arrives at {}; following the gate gradient, at {}. The median \
         sub-network of that size has {}, the full network {}. All of these are exact.",
        counted(row.size, "node"),
        count(full.size),
        of.unwrap_or_default(),
        fixed(row.best, 3),
        fixed(row.greedy, 3),
        fixed(row.taylor, 3),
        fixed(row.median, 3),
        fixed(full.best, 3)
    );
    Some(Part {
        question: "Does removing the least useful node, again and again, lead to the best?",
        finding: finding.to_owned(),
        rests_on: format!(
            "exact losses with {} of {} on: the best has {}, greedy {}, by gradient {}",
            count(row.size),
            counted(full.size, "node"),
            fixed(row.best, 3),
            fixed(row.greedy, 3),
            fixed(row.taylor, 3)
        ),
        words: vec![words],
        details: Vec::new(),
        figure: Some(best(frontier)),
        live: Some("greedy"),
    })
}

/// What the full network's gate gradients say of single removals.
fn foretold(saved: &Saved) -> Result<Part> {
    let value = |name: &str| saved.parameter(name).and_then(Value::as_f64);
    let known =
        value("removal_rank_correlation_spearman").zip(value("removal_rank_correlation_kendall"));
    let finding = match known {
        Some((rank, _)) if rank >= 0.7 => {
            "The gate gradient tells in which order single nodes can go"
        }
        Some((rank, _)) if rank >= 0.3 => {
            "The gate gradient says something of which single nodes can go"
        }
        Some(_) => "The gate gradient does not tell which single nodes can go",
        None => "What the gate gradient says of removing a node",
    };
    let words = known.map(|(spearman, kendall)| {
        format!(
            "Remove one node from the full network: the first guess at the change of the loss is minus \
             its gate gradient. Over all nodes, guess and truth have the rank correlation {} \
             (Spearman) or {} (Kendall).",
            fixed(spearman, 3),
            fixed(kendall, 3)
        )
    });
    Ok(Part {
        question: "Does a gradient tell which single node can go?",
        finding: finding.to_owned(),
        rests_on: known.map_or_else(String::new, |(spearman, _)| {
            format!("a rank correlation of {}, exact", fixed(spearman, 3))
        }),
        words: words.into_iter().collect(),
        details: Vec::new(),
        figure: Some(removal(saved)?),
        live: None,
    })
}

/// Shares of the variance of ln(loss) on interactions of an even and of an odd number of nodes;
/// none if it does not vary.
pub(crate) fn even_and_odd(spectrum: &[SpectrumRow]) -> Option<(f64, f64)> {
    let sum = |parity: usize| -> f64 {
        let rows = spectrum.iter().filter(|row| row.degree > 0 && row.degree % 2 == parity);
        rows.map(|row| row.log_loss_weight).sum()
    };
    let (even, odd) = (sum(0), sum(1));
    let variance = even + odd;
    (variance > 0.0).then(|| (even / variance, odd / variance))
}

/// The share on pairs.
pub(crate) fn pairs(spectrum: &[SpectrumRow]) -> f64 {
    let variance: f64 = spectrum.iter().skip(1).map(|row| row.log_loss_weight).sum();
    spectrum.iter().find(|row| row.degree == 2).map_or(0.0, |row| row.log_loss_weight / variance)
}
