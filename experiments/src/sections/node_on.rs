//! `node-on`: does "is node i on?" explain the peaks of its log-loss gradient?

use anyhow::Result;
use clap::Args;
use rayon::prelude::*;
use report::records::{SplitDensityPoint, SplitNode};
use report::words;
use serde_json::json;
use stats::Moments;

use super::gradients::log_loss_gradients;
use crate::exact::gradients::{Gathering, of_log, visit_all};
use crate::exact::{Exact, Histogram};
use crate::options::SampleSize;
use crate::output;
use crate::sampling::{self, KERNEL_SD};
use crate::session::Session;
use crate::work::Work;

/// The write-up splits at p = ½ alone.
const P: f64 = 0.5;

/// Share of the gradients beyond either end of a figure.
const TAIL: f64 = 0.002;

#[derive(Args, Debug, Default)]
pub struct Options {
    #[command(flatten)]
    pub sample: SampleSize,
}

/// Log-loss gradients where the node is on, and where it is off.
struct Split {
    node: Option<usize>,
    on: Vec<f64>,
    off: Vec<f64>,
}

pub fn run(session: &Session, options: &Options) -> Result<()> {
    let work = Work::begin(session, "node-on")?;
    let masks = options.sample.size(&session.common);
    let sample = sampling::gradients(session, &[P], masks)?.swap_remove(0);
    let n = session.subject()?.network.n_nodes();
    let gradients = log_loss_gradients(&sample);
    let drawn = sampling::random_masks(session, n, P, masks);
    let is_on = |k: usize| drawn[k / n].is_on(k % n);

    let split = |node: Option<usize>| {
        let own = (0..gradients.len()).filter(|k| node.is_none_or(|node| k % n == node));
        let (on, off): (Vec<usize>, Vec<usize>) = own.partition(|&k| is_on(k));
        let values = |which: Vec<usize>| which.into_iter().map(|k| gradients[k]).collect();
        Split { node, on: values(on), off: values(off) }
    };
    let pooled = split(None);
    let nodes: Vec<Split> = (0..n).map(|node| split(Some(node))).collect();

    let progress = session.progress("densities", n + 1);
    let curves = nodes.par_iter().chain(rayon::iter::once(&pooled)).map(|split| {
        let rows = density_rows(split);
        progress.add(1);
        rows
    });
    let mut curves: Vec<_> = curves.collect();
    drop(progress);
    // The pooled one comes first in the table; here it was last, as the longest.
    curves.rotate_right(1);
    work.record.table("density.csv", &curves.concat())?;
    if let Some(exact) = session.exact()?
        && let Some(curves) = over_all_masks(session, exact, &curves)?
    {
        work.record.table("density_exact.csv", &curves)?;
    }
    let nodes: Vec<SplitNode> = nodes.iter().map(describe).collect();
    work.record.table("nodes.csv", &nodes)?;

    print(&nodes)?;
    work.finish(json!({ "p": P, "masks": masks, "kernel_sd": KERNEL_SD }))
}

/// The two halves' densities, each times its share, so that they add up to the whole's.
fn density_rows(split: &Split) -> Vec<SplitDensityPoint> {
    let whole: Vec<f64> = split.on.iter().chain(&split.off).copied().collect();
    let grid = sampling::common_grid(std::iter::once(&whole[..]), TAIL);
    let weighed = |half: &[f64]| -> Vec<f64> {
        let share = half.len() as f64 / whole.len() as f64;
        if half.is_empty() {
            return vec![0.0; grid.len()];
        }
        stats::density(half, KERNEL_SD, &grid).into_iter().map(|d| share * d).collect()
    };
    let (on, off) = (weighed(&split.on), weighed(&split.off));
    let halves = on.into_iter().zip(off);
    let point = |(&x, (on, off))| SplitDensityPoint { node: split.node, x, on, off };
    grid.iter().zip(halves).map(point).collect()
}

/// The same over all masks, on the grids of the sampled curves; none if it would take long.
fn over_all_masks(
    session: &Session,
    exact: &Exact,
    sampled: &[Vec<SplitDensityPoint>],
) -> Result<Option<Vec<SplitDensityPoint>>> {
    let subject = session.subject()?;
    let n = subject.network.n_nodes();
    let grid = |curve: &Vec<SplitDensityPoint>| curve.iter().map(|point| point.x).collect();
    // Of two kinds: the node is off, or on.
    let empty = sampled.iter().map(|curve| Histogram::new(2, grid(curve))).collect();
    let Some(mut gathering) = Gathering::if_few(subject, empty, session.terminal) else {
        return Ok(None);
    };
    visit_all(subject, session.terminal, |first, rows| {
        gathering.add((first, rows), &exact.losses, |curves, mask, row, loss| {
            for (i, &gradient) in row.iter().enumerate() {
                let (is_on, gradient) = (mask >> i & 1, of_log(gradient, loss));
                curves[0].add(is_on, gradient);
                curves[1 + i].add(is_on, gradient);
            }
        });
    })?;
    let mut rows = Vec::new();
    for (curve, sampled) in gathering.finish().iter().zip(sampled) {
        let node = sampled[0].node;
        // At p = ½ all masks weigh the same.
        let values = (n as f64).exp2() * if node.is_none() { n as f64 } else { 1.0 };
        let on = curve.density(&[0.0, 1.0 / values]);
        let off = curve.density(&[1.0 / values, 0.0]);
        let halves = on.into_iter().zip(off);
        let point = |(&x, (on, off))| SplitDensityPoint { node, x, on, off };
        rows.extend(curve.grid().iter().zip(halves).map(point));
    }
    Ok(Some(rows))
}

fn describe(split: &Split) -> SplitNode {
    let (on, off) = (Moments::new(&split.on), Moments::new(&split.off));
    let squares: f64 = split.on.iter().chain(&split.off).map(|g| g * g).sum();
    SplitNode {
        node: split.node.unwrap_or_default(),
        scale: (squares / (on.n + off.n) as f64).sqrt(),
        masks_on: on.n,
        mean_on: on.mean,
        sd_on: on.sd,
        masks_off: off.n,
        mean_off: off.mean,
        sd_off: off.sd,
    }
}

fn print(nodes: &[SplitNode]) -> Result<()> {
    let row = |s: &SplitNode| {
        let half = |mean: f64, sd: f64| match mean.is_nan() {
            true => "–".to_owned(),
            false => format!("{mean:+.4} (sd {})", words::fixed(sd, 4)),
        };
        vec![
            s.node.to_string(),
            format!("{:.4}", s.scale),
            half(s.mean_on, s.sd_on),
            half(s.mean_off, s.sd_off),
        ]
    };
    let rows: Vec<_> = nodes.iter().map(row).collect();
    let header = ["node", "scale of ∂ln(loss)/∂bᵢ", "mean where on", "mean where off"];
    output::print(&output::table(&header, &rows))?;
    let scales = nodes.iter().map(|s| s.scale).filter(|s| *s > 0.0);
    let (least, most) = scales.fold((f64::INFINITY, 0.0f64), |(l, m), s| (l.min(s), m.max(s)));
    if most > 0.0 {
        output::print(&format!("largest scale / smallest: {:.1}\n", most / least))?;
    } else {
        output::print("no gate changes the loss: all scales are 0\n")?;
    }
    Ok(())
}
