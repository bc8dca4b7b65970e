//! `evaluate`: chosen masks, one by one: loss, accuracy, gate gradients and rank among all
//! sub-networks. It prints, and records nothing.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;
use hypercube::{Mask, reference};
use rayon::prelude::*;
use serde::Serialize;
use serde_json::Value;

use crate::output;
use crate::session::Session;
use crate::subject::Subject;

/// Losses nearer than this to each other, relative, share a rank: what rounding leaves between
/// masks of equal loss, such as those whose last layer is off.
const TIE: f64 = 1e-11;

#[derive(Args, Debug, Default)]
#[group(multiple = false)]
pub struct Options {
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

#[derive(Args, Debug, Default)]
pub struct Output {
    /// Print JSON: [{"mask": …, "loss": …, "gradient": […], …}]
    #[arg(long)]
    json: bool,
}

/// What is said of one mask.
#[derive(Serialize)]
struct Evaluated {
    /// The mask as an integer, or as a hexadecimal text beyond 64 nodes.
    mask: Value,
    /// Mean cross-entropy in nats, by burn in f32.
    loss: f64,
    /// ∂loss/∂bᵢ, by burn's autodiff in f32.
    gradient: Vec<f32>,
    /// Share of the points whose largest logit is their label's, in f64.
    accuracy: f64,
    /// 1 + the number of masks of smaller loss, where all can be enumerated; equal losses share one.
    rank: Option<usize>,
    /// Nodes that are off.
    off: Vec<usize>,
}

pub fn run(session: &Session, options: &Options, output: &Output) -> Result<()> {
    let subject = session.subject()?;
    let n = subject.network.n_nodes();
    let masks = options.masks(n)?;
    session.introduce()?;
    let progress = session.progress("evaluating masks", 2 * masks.len());
    let found = session.sub_networks()?.losses_and_gradients(&masks, |done| progress.add(done));
    let (Subject { network, points, .. }, ablation) = (subject, session.ablation());
    let accuracy = |mask: &Mask| {
        let values: Vec<f64> = mask.values().map(f64::from).collect();
        progress.add(1);
        reference::evaluate(network, points, ablation, &values).accuracy
    };
    let accuracies: Vec<f64> = masks.par_iter().map(accuracy).collect();
    drop(progress);
    let ranks = ranks(session, &masks)?;
    let rows = masks.iter().zip(&found.losses).zip(found.gradients.chunks_exact(n));
    let rows =
        rows.zip(accuracies).zip(&ranks).map(|((((mask, &loss), gradient), accuracy), rank)| {
            Evaluated {
                mask: mask.bits().map_or_else(|| mask.to_string().into(), Value::from),
                loss,
                gradient: gradient.to_vec(),
                accuracy,
                rank: *rank,
                off: (0..n).filter(|&i| !mask.is_on(i)).collect(),
            }
        });
    let rows: Vec<Evaluated> = rows.collect();
    if output.json {
        output::print(&format!("{}\n", serde_json::to_string(&rows)?))?;
    } else {
        print(&rows, n)?;
    }
    Ok(())
}

impl Options {
    /// The masks asked for; the full network if none are.
    fn masks(&self, n: usize) -> Result<Vec<Mask>> {
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
    let values = &exact.loss.values;
    // One sort pays from a few dozen masks on.
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

fn print(rows: &[Evaluated], n: usize) -> Result<()> {
    let row = |r: &Evaluated| {
        let mask = r.mask.as_str().map_or_else(|| r.mask.to_string(), str::to_owned);
        let rank = r.rank.map_or_else(|| "–".to_owned(), |rank| rank.to_string());
        vec![
            mask,
            (n - r.off.len()).to_string(),
            format!("{:.6}", r.loss),
            format!("{:.2} %", 100.0 * r.accuracy),
            rank,
        ]
    };
    let lines: Vec<_> = rows.iter().map(row).collect();
    output::print(&output::table(&["mask", "nodes on", "loss", "accuracy", "rank"], &lines))?;
    if rows.iter().any(|r| r.rank.is_some()) {
        output::print(&format!("rank by loss among all 2^{n} = {} masks, 1 is best\n", 1u64 << n))?;
    }
    // The gradients of many masks are for a program to read.
    for r in rows.iter().take(4) {
        let line = |(i, g): (usize, &f32)| {
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
