//! `best-subsets`: the best sub-network of each size of the last hidden layer, with a proof or a gap,
//! and how far pruning criteria are from it.

use std::time::{Duration, Instant};

use anyhow::Result;
use clap::Args;
use hypercube::best_subsets::criteria::{self, Criterion};
use hypercube::best_subsets::{BestSubset, best_subsets};
use hypercube::{Mask, ValueFunction};
use rand::RngExt;
use rayon::prelude::*;
use report::records::{BestSubsetRow, BestSubsetSummary, CriterionRow};
use report::words::fixed;
use serde_json::json;

use crate::options::{Valued, seconds};
use crate::session::Session;
use crate::subject::Subject;
use crate::work::Work;
use crate::{limits, output};

/// Seconds that the search takes by default, if it does not end before.
const SECONDS: f64 = 60.0;
const QUICK_SECONDS: f64 = 2.0;

/// Random masks of each size: as many as the mean of all sizes may have, and no more than the first.
const RANDOM: usize = 32;
const RANDOM_IN_ALL: usize = 4096;

/// The stream that random masks are drawn from.
const RANDOM_STREAM: u64 = 11;

#[derive(Args, Debug, Default)]
pub struct Options {
    /// Seconds to search for; Ctrl-C ends it before, and keeps what is there [default: 60, with
    /// --quick 2]
    #[arg(long, value_name = "S", value_parser = seconds)]
    seconds: Option<f64>,
    #[command(flatten)]
    valued: Valued,
}

pub fn run(session: &Session, options: &Options) -> Result<()> {
    let work = Work::begin_of(session, "best-subsets", options.valued.into())?;
    let value = ValueFunction::from(options.valued);
    let Subject { network, points, .. } = session.subject()?;
    let n = network.hidden().last().copied().unwrap_or(0);
    limits::memory("points", points.len(), 16 * n * network.classes())?;
    let standard = if session.common.quick { QUICK_SECONDS } else { SECONDS };
    let budget = options.seconds.unwrap_or(standard);

    let best = search(session, value, budget)?;
    work.record.table("best_masks.csv", &best.iter().map(row).collect::<Vec<_>>())?;
    let criteria = criteria(session, value, n)?;
    work.record.table("criteria.csv", &criteria)?;
    let summary = BestSubsetSummary {
        n_nodes: n,
        proven: best.iter().filter(|best| best.proven).count(),
        largest_gap: best.iter().map(BestSubset::gap).fold(0.0, f64::max),
        seconds: budget,
        interrupted: session.interrupt.is_asked(),
    };
    work.record.json("summary.json", &summary)?;
    print(&best, &criteria, &summary)?;
    work.finish(json!({ "search_seconds": budget, "nodes_before": network.n_nodes() - n }))
}

/// The best masks, with a line on how far the search is.
fn search(session: &Session, value: ValueFunction, budget: f64) -> Result<Vec<BestSubset>> {
    let Subject { network, points, .. } = session.subject()?;
    // In tenths of a second.
    let progress = session.progress("best sub-networks", (10.0 * budget).ceil() as usize);
    let (start, mut told) = (Instant::now(), 0);
    let watch = |state: hypercube::best_subsets::Progress| {
        let now = (10.0 * start.elapsed().as_secs_f64()) as usize;
        let gap = fixed(100.0 * state.largest_gap, 2);
        let message = format!("({} of {} proven, gap {gap} %)", state.proven, state.sizes);
        progress.add_saying(now.saturating_sub(told), &message);
        told = now;
    };
    let found = session.interrupt.caught(|is_over| {
        let budget = Duration::from_secs_f64(budget);
        best_subsets(network, points, session.ablation(), value, budget, is_over, watch)
    });
    Ok(found?)
}

fn row(best: &BestSubset) -> BestSubsetRow {
    BestSubsetRow {
        size: best.size,
        mask: best.mask.to_string(),
        loss: best.loss,
        accuracy: best.accuracy,
        lower_bound: best.lower_bound,
        proven: best.proven,
    }
}

/// The losses of the masks that each criterion keeps.
fn criteria(session: &Session, value: ValueFunction, n: usize) -> Result<Vec<CriterionRow>> {
    let Subject { network, points, .. } = session.subject()?;
    let ablation = session.ablation();
    let mut rows = Vec::new();
    let by = |criterion| criteria::masks(network, points, ablation, value, criterion);
    let mut add = |name: &str, masks: Vec<Mask>| -> Result<()> {
        let losses = losses(session, value, name, &masks)?.into_iter().enumerate();
        rows.extend(losses.map(|(size, loss)| CriterionRow {
            size,
            criterion: name.to_owned(),
            loss,
        }));
        Ok(())
    };
    add("greedy", by(Criterion::GreedyRemoval)?)?;
    add("taylor", by(Criterion::Taylor)?)?;
    if network.classes() == 2 {
        let averages = value.averages(network, points, ablation)?;
        let progress = session.progress("Shapley values", 1000);
        let mut told = 0;
        let shapley = averages.shapley(|done, all| {
            let now = 1000 * done / all;
            progress.add(now - told);
            told = now;
        });
        // A useful node lowers the loss.
        let worth: Vec<f64> = shapley.values.iter().map(|value| -value).collect();
        add("shapley", criteria::by_values(network, &worth))?;
    }
    add("activation-norm", by(Criterion::ActivationNorm)?)?;
    add("weight-norm", by(Criterion::WeightNorm)?)?;
    rows.extend(random(session, value, n)?);
    Ok(rows)
}

/// The losses of some masks.
fn losses(session: &Session, value: ValueFunction, what: &str, masks: &[Mask]) -> Result<Vec<f64>> {
    let Subject { network, points, .. } = session.subject()?;
    let (ablation, progress) =
        (session.ablation(), session.progress(&format!("masks by {what}"), masks.len()));
    let loss = |mask: &Mask| {
        let values: Vec<f64> = mask.values().map(f64::from).collect();
        progress.add(1);
        value.evaluate(network, points, ablation, &values).loss
    };
    Ok(masks.par_iter().map(loss).collect())
}

/// The median loss of random masks of each size.
fn random(session: &Session, value: ValueFunction, n: usize) -> Result<Vec<CriterionRow>> {
    let network = &session.subject()?.network;
    let each = (RANDOM_IN_ALL / (n + 1)).clamp(1, RANDOM);
    let mask = |(size, draw): (usize, usize)| {
        // The nodes with the largest random values.
        let mut rng = hypercube::stream(session.common.seed(), RANDOM_STREAM, draw as u64);
        let values: Vec<f64> = (0..n).map(|_| rng.random()).collect();
        criteria::by_values(network, &values).swap_remove(size)
    };
    let masks: Vec<Mask> =
        (0..=n).flat_map(|size| (0..each).map(move |draw| (size, draw))).map(mask).collect();
    let mut losses = losses(session, value, "chance", &masks)?;
    let row = |(size, losses): (usize, &mut [f64])| {
        losses.sort_by(f64::total_cmp);
        CriterionRow { size, criterion: "random".to_owned(), loss: losses[losses.len() / 2] }
    };
    Ok(losses.chunks_mut(each).enumerate().map(row).collect())
}

fn print(
    best: &[BestSubset],
    criteria: &[CriterionRow],
    summary: &BestSubsetSummary,
) -> Result<()> {
    let line = |best: &BestSubset| {
        let greedy = criteria.iter().find(|row| row.size == best.size && row.criterion == "greedy");
        vec![
            best.size.to_string(),
            fixed(best.loss, 6),
            fixed(best.lower_bound, 6),
            if best.proven { "proven".to_owned() } else { fixed(100.0 * best.gap(), 2) + " %" },
            greedy.map_or_else(String::new, |row| fixed(row.loss, 6)),
            fixed(100.0 * best.accuracy, 2) + " %",
        ]
    };
    let lines: Vec<_> = best.iter().map(line).collect();
    let header = ["nodes on", "loss", "lower bound", "gap", "greedy", "accuracy"];
    output::print(&output::table(&header, &lines))?;
    output::print(&format!(
        "{} of {} sizes proven, largest gap {} %\n",
        summary.proven,
        best.len(),
        fixed(100.0 * summary.largest_gap, 2)
    ))?;
    Ok(())
}
