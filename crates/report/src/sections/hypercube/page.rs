//! `hypercube`.

use serde_json::Value;

use super::rows::{
    FlipCovarianceRow, FrontierRow, HypercubeSummary, InteractionRow, MeanCurveRow, NodeValue,
    RemovalRow, SpectrumRow,
};
use crate::error::Result;
use crate::record::Saved;
use crate::sections::ensemble::rows::Verdict;
use crate::sections::shared::claims::reversal_title;
use crate::sections::shared::results::{Results, masks};
use crate::sections::shared::telling::{Part, Shown, Table, Told, shown};
use crate::words::{binomial, count, counted, fixed, listed, optional, percent};

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
            "For single nodes the gate gradient foretells what removing them does"
        }
        Some((rank, _)) if rank >= 0.3 => {
            "The gate gradient says something of what removing a node does"
        }
        Some(_) => "For single nodes the gate gradient does not foretell what removing them does",
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

fn spectrum(saved: &Saved) -> Result<Shown> {
    let rows: Vec<SpectrumRow> = saved.table("spectrum.csv")?;
    let shares = even_and_odd(&rows).map(|(even, odd)| {
        format!(
            " Of the variance of ln(loss), {} lies on even degrees ({} on pairs) and {} on odd ones.",
            percent(even),
            percent(pairs(&rows)),
            percent(odd)
        )
    });
    Ok(shown(
        "hypercube-spectrum",
        &["spectrum.csv"],
        "A loss is a sum over sets of nodes that interact (its Walsh expansion). How much of its \
         variance lies on sets of each size, the degree. In the reversal, even degrees stay and \
         odd ones change sign.",
        format!(
            "Bar charts of the variance by degree of interaction.{}",
            shares.unwrap_or_default()
        ),
    ))
}

/// None in records of earlier versions.
fn pair_matrix(saved: &Saved) -> Option<Shown> {
    let matrix = shown(
        "hypercube-pairs",
        &["interactions.npy", "order.csv"],
        "How every pair of nodes interacts: by how much the effect of switching one on changes when the \
         other is on, on average over all masks of the rest.",
        "Heatmap of the Banzhaf interaction index of all pairs of nodes; the table has the strongest."
            .to_owned(),
    );
    saved.has("interactions.npy").then_some(matrix)
}

fn best(frontier: &[FrontierRow]) -> Shown {
    let of = |row: &FrontierRow| {
        format!(
            "{}: best {}, greedy {}, by gradient {}, median {}, worst {}",
            counted(row.size, "node"),
            fixed(row.best, 3),
            fixed(row.greedy, 3),
            fixed(row.taylor, 3),
            fixed(row.median, 3),
            fixed(row.worst, 3)
        )
    };
    let half: Vec<_> = frontier.get(frontier.len() / 2).map(of).into_iter().collect();
    shown(
        "hypercube",
        &["frontier.csv", "best_masks.csv"],
        "The best sub-network of each size, and what two searches that remove one node at a time \
         arrive at: greedy (try all, remove the one that costs least) and by the gate gradient.",
        format!("Curves of the loss against the number of nodes on. With {}.", listed(&half)),
    )
}

fn covariance(saved: &Saved) -> Result<Shown> {
    let rows: Vec<FlipCovarianceRow> = saved.table("flip_covariance.csv")?;
    let least = rows.iter().min_by(|a, b| a.log_loss_covariance.total_cmp(&b.log_loss_covariance));
    let words = rows.first().zip(rows.last()).zip(least).map(|((first, last), least)| {
        format!(
            " That of ln(loss) goes from {} at 0 flips to {} at {} and to {} at {}.",
            fixed(first.log_loss_covariance, 3),
            fixed(least.log_loss_covariance, 3),
            least.flips,
            fixed(last.log_loss_covariance, 3),
            last.flips
        )
    });
    Ok(shown(
        "hypercube-flip-covariance",
        &["flip_covariance.csv"],
        "Covariance at two masks of a flip path, by the number of flips between them.",
        format!("Curves of covariance against flips.{}", words.unwrap_or_default()),
    ))
}

fn nodes(saved: &Saved) -> Result<Shown> {
    let rows: Vec<NodeValue> = saved.table("nodes.csv")?;
    let by = |a: &&NodeValue, b: &&NodeValue| a.loss_shapley.total_cmp(&b.loss_shapley);
    let words = rows.iter().min_by(by).zip(rows.iter().max_by(by)).map(|(low, high)| {
        format!(
            " By Shapley value of the loss, node {} helps most ({} nats) and node {} least ({}).",
            low.node,
            fixed(low.loss_shapley, 3),
            high.node,
            fixed(high.loss_shapley, 3)
        )
    });
    Ok(shown(
        "hypercube-nodes",
        &["nodes.csv", "interactions.csv"],
        "What each node is worth: how switching it on changes the loss on average.",
        format!("Bar charts of Shapley and Banzhaf values.{}", words.unwrap_or_default()),
    ))
}

fn removal(saved: &Saved) -> Result<Shown> {
    let rows: Vec<RemovalRow> = saved.table("removals.csv")?;
    let wrong = rows.iter().filter(|row| row.predicted.signum() != row.effect.signum()).count();
    Ok(shown(
        "hypercube-removal",
        &["removals.csv"],
        "What removing one node from the full network does, against what its gate gradient says.",
        format!(
            "Scatter plot of {}: predicted change of the loss against the true one. The sign is \
             predicted wrong for {wrong}.",
            counted(rows.len(), "node")
        ),
    ))
}

fn mean_curve(saved: &Saved) -> Result<Shown> {
    let rows: Vec<MeanCurveRow> = saved.table("mean_curve.csv")?;
    let most = rows.iter().max_by(|a, b| a.loss.total_cmp(&b.loss));
    let words = rows.first().zip(rows.last()).zip(most).map(|((none, all), most)| {
        format!(
            " The mean loss is {} with no node on, at most {} (p = {}), and {} with all on.",
            fixed(none.loss, 3),
            fixed(most.loss, 3),
            fixed(most.p, 2),
            fixed(all.loss, 3)
        )
    });
    Ok(shown(
        "hypercube-mean-curve",
        &["mean_curve.csv"],
        "Mean loss and mean ln(loss) against the probability that a node is on.",
        format!("Curves against p.{}", words.unwrap_or_default()),
    ))
}

fn ablations(saved: &Saved) -> Option<Shown> {
    let number = |kind: &str| {
        saved.parameter(&format!("{kind}_ablation_reversal_correlation")).and_then(Value::as_f64)
    };
    let recorded = saved.manifest().outputs.contains_key("ablation_sizes.csv");
    let words = number("zero").zip(number("mean")).map(|(zero, mean)| {
        format!(
            " The reversal correlation of ln(loss) is {} under zero and {} under mean ablation.",
            fixed(zero, 3),
            fixed(mean, 3)
        )
    });
    recorded.then(|| {
        shown(
            "hypercube-ablations",
            &["ablation_sizes.csv", "ablation_spectrum.csv", "ablation_nodes.csv"],
            "Two ways of removing a node: its activation becomes 0, or its mean over the points.",
            format!(
                "Loss by size, variance by degree and Shapley values under both ablations.{}",
                words.unwrap_or_default()
            ),
        )
    })
}

fn totals(summary: &HypercubeSummary) -> Table {
    let head = ["over all masks, exact", "loss (nats)", "ln(loss)"];
    let mut table = Table::new("All sub-networks", &head);
    let mut row = |name: &str, loss: f64, log_loss: f64| {
        table.row([name.to_owned(), fixed(loss, 4), fixed(log_loss, 4)]);
    };
    row("mean", summary.mean_loss, summary.mean_log_loss);
    row("standard deviation", summary.sd_loss, summary.sd_log_loss);
    row(
        "correlation with the reversal",
        summary.reversal_correlation_loss,
        summary.reversal_correlation_log_loss,
    );
    table
}

fn sizes(frontier: &[FrontierRow]) -> Table {
    let head = ["nodes on", "best", "greedy", "by gradient", "median", "worst"];
    let mut table = Table::new("Loss by number of nodes on (nats), exact", &head);
    for row in frontier {
        let losses = [row.best, row.greedy, row.taylor, row.median, row.worst];
        let cells = losses.map(|loss| fixed(loss, 4));
        table.rows.push([row.size.to_string()].into_iter().chain(cells).collect());
    }
    table
}

/// The strongest pairs.
fn interactions(rows: &[InteractionRow]) -> Table {
    const SHOWN: usize = 5;
    let mut table = Table::new(
        "The strongest pairs: change of the loss when both are on, beyond the sum of each alone \
         (mean over the other nodes’ masks, nats), exact",
        &["nodes", "interaction"],
    );
    for row in rows.iter().filter(|row| row.quantity == "loss").take(SHOWN) {
        table.row([format!("{} and {}", row.first, row.second), fixed(row.effect, 3)]);
    }
    table
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
