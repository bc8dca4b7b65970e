//! `evaluate`: chosen masks, one by one: loss, accuracy, gate gradients and rank among all
//! sub-networks. It prints, and records nothing.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;
use hypercube::reference::Evaluation;
use hypercube::{Mask, reference};
use rayon::prelude::*;
use report::words;
use serde::Serialize;
use serde_json::Value;
use stats::wilson_interval;

use crate::output;
use crate::sampling;
use crate::session::Session;
use crate::subject::Subject;

/// Losses nearer than this to each other, relative, share a rank: what rounding leaves between
/// masks of equal loss, such as those whose last layer is off.
const TIE: f64 = 1e-11;

/// Random sub-networks that stand for all of them where these are too many: an interval of two percent
/// at most.
const RANDOM: usize = 4096;
const QUICK_RANDOM: usize = 256;

#[derive(Args, Debug, Default)]
pub struct Options {
    #[command(flatten)]
    masks: Masks,
    /// Print JSON: [{"mask": …, "loss": …, "gradient": […], …}]
    #[arg(long)]
    json: bool,
}

/// Which masks; the full network without any.
#[derive(Args, Debug, Default)]
#[group(multiple = false)]
struct Masks {
    /// Nodes to remove from the full network
    #[arg(long, value_name = "NODE,…", value_delimiter = ',')]
    off: Option<Vec<usize>>,
    /// Masks as integers, bit i set for node i on; 0x… for hexadecimal
    #[arg(long, value_name = "MASK,…", value_delimiter = ',')]
    masks: Option<Vec<String>>,
    /// File of masks, separated by commas or white space; # begins a comment
    #[arg(long, value_name = "FILE")]
    masks_file: Option<PathBuf>,
}

/// What is said of one mask.
#[derive(Serialize)]
struct Evaluated {
    /// The mask as an integer, as a decimal text from 2^53 on, which JavaScript and many readers of
    /// JSON would round, or as a hexadecimal text beyond 64 nodes.
    mask: Value,
    /// Mean cross-entropy in nats, in f64.
    loss: f64,
    /// ∂loss/∂bᵢ, in f64.
    gradient: Vec<f64>,
    /// The same by burn's autodiff in f32; null where f32 cannot hold it.
    autodiff_loss: Option<f64>,
    autodiff_gradient: Vec<Option<f32>>,
    /// Share of the points whose largest logit is their label's, in f64.
    accuracy: f64,
    /// 1 + the number of masks of smaller loss, where all can be enumerated; equal losses share one.
    rank: Option<usize>,
    /// Where they cannot: of how many random sub-networks, each node on with probability ½, the loss
    /// is smaller.
    quantile: Option<Quantile>,
    /// Nodes that are off.
    off: Vec<usize>,
}

/// A share of random masks, with its 95 % interval (Wilson).
#[derive(Clone, Copy, Serialize)]
struct Quantile {
    share: f64,
    low: f64,
    high: f64,
}

pub fn run(session: &Session, options: &Options) -> Result<()> {
    let subject = session.subject()?;
    let n = subject.network.n_nodes();
    let masks = options.masks.read(n)?;
    session.introduce()?;
    let progress = session.progress("evaluating masks", 2 * masks.len());
    let found = session.sub_networks()?.in_f32(&masks, |done| progress.add(done));
    let (Subject { network, points, .. }, ablation) = (subject, session.ablation());
    let in_f64 = |mask: &Mask| {
        let values: Vec<f64> = mask.values().map(f64::from).collect();
        progress.add(1);
        reference::evaluate(network, points, ablation, &values)
    };
    let exact: Vec<Evaluation> = masks.par_iter().map(in_f64).collect();
    drop(progress);
    if let Some(k) = exact.iter().position(|e| !e.loss.is_finite()) {
        bail!(
            "mask {} has a loss of {} even in float64: scale the last layer's weights down",
            masks[k],
            exact[k].loss
        );
    }
    let ranks = ranks(session, &masks)?;
    let random = if ranks.contains(&None) { random_losses(session)? } else { Vec::new() };
    let autodiff = found.losses.iter().zip(found.gradients.chunks_exact(n));
    let rows = masks.iter().zip(exact).zip(autodiff).zip(ranks);
    let row =
        |(((mask, exact), (&loss, gradient)), rank): (((&Mask, Evaluation), _), _)| Evaluated {
            quantile: quantile(&random, exact.loss),
            mask: name(mask),
            loss: exact.loss,
            gradient: exact.gradient,
            autodiff_loss: Some(loss).filter(|loss: &f64| loss.is_finite()),
            autodiff_gradient: finite(gradient),
            accuracy: exact.accuracy,
            rank,
            off: (0..n).filter(|&i| !mask.is_on(i)).collect(),
        };
    let rows: Vec<Evaluated> = rows.map(row).collect();
    session.say(&agreement(&rows, session.compute.backend.name()));
    if options.json {
        output::print(&format!("{}\n", serde_json::to_string(&rows)?))?;
    } else {
        print(&rows, n)?;
    }
    Ok(())
}

/// A mask as JSON shows it.
fn name(mask: &Mask) -> Value {
    match mask.bits() {
        Some(bits) if bits < 1 << 53 => bits.into(),
        Some(bits) => bits.to_string().into(),
        None => mask.to_string().into(),
    }
}

fn finite(gradient: &[f32]) -> Vec<Option<f32>> {
    gradient.iter().map(|&g| Some(g).filter(|g| g.is_finite())).collect()
}

/// How far burn's autodiff is from f64, in one line: losses relative to each, gate gradients
/// relative to the largest of their mask.
fn agreement(rows: &[Evaluated], backend: &str) -> String {
    let (mut losses, mut gradients, mut beyond) = (0.0f64, 0.0f64, 0);
    for row in rows {
        let largest = row.gradient.iter().fold(0.0f64, |largest, g| largest.max(g.abs()));
        let off = |(exact, found): (&f64, &Option<f32>)| {
            found.map(|found| (f64::from(found) - exact).abs())
        };
        let apart: Option<Vec<f64>> =
            row.gradient.iter().zip(&row.autodiff_gradient).map(off).collect();
        let (Some(loss), Some(apart)) = (row.autodiff_loss, apart) else {
            beyond += 1;
            continue;
        };
        losses = losses.max(relative((loss - row.loss).abs(), row.loss));
        gradients = apart.into_iter().fold(gradients, |most, a| most.max(relative(a, largest)));
    }
    let beyond = match beyond {
        0 => String::new(),
        masks => format!("; {masks} of {} masks are beyond float32", rows.len()),
    };
    format!(
        "float64; autodiff on {backend} (float32) is within {losses:.1e} of the losses and \
         {gradients:.1e} of the largest gate gradients{beyond}"
    )
}

fn relative(apart: f64, size: f64) -> f64 {
    if apart > 0.0 { apart / size } else { 0.0 }
}

impl Masks {
    /// The masks asked for; the full network if none are.
    fn read(&self, n: usize) -> Result<Vec<Mask>> {
        if let Some(off) = &self.off {
            let mut mask = Mask::full(n);
            for &node in off {
                if node >= n {
                    bail!("--off {node}: the network has {n} nodes, from 0 to {}", n - 1);
                }
                if !mask.is_on(node) {
                    bail!("--off {node}: node {node} is named twice");
                }
                mask.flip(node);
            }
            return Ok(vec![mask]);
        }
        if let Some(masks) = &self.masks {
            return masks.iter().map(|text| Mask::parse(text, n).context("--masks")).collect();
        }
        match &self.masks_file {
            Some(path) => masks_in(path, n),
            None => Ok(vec![Mask::full(n)]),
        }
    }
}

fn masks_in(path: &Path, n: usize) -> Result<Vec<Mask>> {
    let text = fs::read_to_string(path)
        .with_context(|| format!("cannot read masks {}", path.display()))?;
    let mut masks = Vec::new();
    for (k, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        let line = line.split('#').next().unwrap_or_default();
        for word in line.split(|c: char| c == ',' || c.is_whitespace()).filter(|w| !w.is_empty()) {
            let mask = Mask::parse(word, n);
            masks.push(mask.with_context(|| format!("masks {}: line {}", path.display(), k + 1))?);
        }
    }
    if masks.is_empty() {
        bail!("masks {}: there are none in it; write one a line", path.display());
    }
    Ok(masks)
}

/// Ranks of masks by loss, from 1 for the smallest, where the table can be had in a moment.
pub fn ranks(session: &Session, masks: &[Mask]) -> Result<Vec<Option<usize>>> {
    let Some(exact) = session.exact()? else { return Ok(vec![None; masks.len()]) };
    let values = &exact.losses;
    // From a few dozen masks on, sorting once is faster than counting for each of them.
    let sorted = (masks.len() > 32).then(|| {
        let mut sorted = values.clone();
        sorted.par_sort_unstable_by(f64::total_cmp);
        sorted
    });
    let rank = |mask: &Mask| {
        let loss = values[mask.bits()? as usize] * (1.0 - TIE);
        let smaller = match &sorted {
            Some(sorted) => sorted.partition_point(|&v| v < loss),
            None => values.par_iter().filter(|&&v| v < loss).count(),
        };
        Some(1 + smaller)
    };
    Ok(masks.iter().map(rank).collect())
}

/// Losses of random sub-networks, in ascending order.
fn random_losses(session: &Session) -> Result<Vec<f64>> {
    let masks = session.common.size(None, RANDOM, QUICK_RANDOM);
    let mut losses = sampling::losses(session, &[0.5], masks)?.swap_remove(0).losses;
    losses.sort_by(f64::total_cmp);
    Ok(losses)
}

/// The share of sorted losses below one; none if there are no losses.
fn quantile(sorted: &[f64], loss: f64) -> Option<Quantile> {
    let smaller = sorted.partition_point(|&other| other < loss);
    let (low, high) = (!sorted.is_empty()).then(|| wilson_interval(smaller, sorted.len()))?;
    Some(Quantile { share: smaller as f64 / sorted.len() as f64, low, high })
}

fn print(rows: &[Evaluated], n: usize) -> Result<()> {
    let row = |r: &Evaluated| {
        let mask = r.mask.as_str().map_or_else(|| r.mask.to_string(), str::to_owned);
        let percent = |share: f64| words::fixed(100.0 * share, 1);
        let quantile = |q: Quantile| {
            format!("{} % ({} to {})", percent(q.share), percent(q.low), percent(q.high))
        };
        let rank = r.rank.map(|rank| rank.to_string()).or_else(|| r.quantile.map(quantile));
        vec![
            mask,
            (n - r.off.len()).to_string(),
            format!("{:.6}", r.loss),
            format!("{:.2} %", 100.0 * r.accuracy),
            rank.unwrap_or_else(|| "–".to_owned()),
        ]
    };
    let lines: Vec<_> = rows.iter().map(row).collect();
    output::print(&output::table(&["mask", "nodes on", "loss", "accuracy", "rank"], &lines))?;
    if rows.iter().any(|r| r.rank.is_some()) {
        output::print(&format!("rank by loss among all 2^{n} = {} masks, 1 is best\n", 1u64 << n))?;
    } else if rows.iter().any(|r| r.quantile.is_some()) {
        output::print(
            "rank: share of random sub-networks of smaller loss, with its 95 % interval\n",
        )?;
    }
    // The gradients of many masks would fill the terminal.
    for r in rows.iter().take(4) {
        let line = |(i, g): (usize, &f64)| {
            let state = if r.off.contains(&i) { "off" } else { "on" };
            vec![i.to_string(), state.to_owned(), format!("{g:+.6}")]
        };
        let lines: Vec<_> = r.gradient.iter().enumerate().map(line).collect();
        let title = format!(
            "\nmask {}\n",
            r.mask.as_str().map_or_else(|| r.mask.to_string(), str::to_owned)
        );
        output::print(&(title + &output::table(&["node", "", "∂loss/∂bᵢ"], &lines)))?;
    }
    if rows.len() > 4 {
        output::print("\ngate gradients of the first 4 masks; --json gives all\n")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_that_a_reader_of_json_would_round_are_texts() {
        let shown = |n, text: &str| name(&Mask::parse(text, n).unwrap());
        assert_eq!(shown(20, "1048575"), Value::from(1_048_575));
        assert_eq!(shown(60, "9007199254740991"), Value::from(9_007_199_254_740_991_u64));
        assert_eq!(shown(60, "9007199254740993"), Value::from("9007199254740993"));
        assert_eq!(shown(70, "5"), Value::from("0x000000000000000005"));
    }
}
