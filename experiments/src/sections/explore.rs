//! `explore`: a page in which the network is taken apart by hand, with the exact consequences.

use std::io::IsTerminal as _;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Result, bail};
use clap::Args;
use hypercube::{Activation, Mask, reference, subsets};
use model::Pointwise;
use rayon::prelude::*;
use report::records::{
    BestMask, CheckedGate, CheckedMask, ExplorerChecks, ExplorerLayer, ExplorerNetwork,
    ExplorerPlane,
};
use report::{EXPLORER, MOST_EXPLORER_COORDINATES};
use serde_json::json;

use super::evaluate;
use super::gradient_heatmap::labelled;
use super::hypercube::flip_rows;
use super::plane::Window;
use super::prediction_heatmap::EXTENT;
use crate::exact::Exact;
use crate::output;
use crate::session::Session;
use crate::subject::Subject;
use crate::work::Work;

/// Pixels along a side of the heatmap: sharp on a screen, and redrawn within a frame.
const SIDE: usize = 400;

/// Pixels along a side of the maps that the page is checked against; their centres are those of some
/// of its own pixels, since 400 / 16 is odd.
const CHECKED_SIDE: usize = 16;

/// Random masks that the page is checked at, beside the full and the empty network.
const CHECKED_MASKS: u64 = 6;

/// Up to this many nodes the page is checked against what follows from all masks.
const MOST_CHECKED_NODES: usize = 21;

/// Values of one gate that the page is checked at.
const CHECKED_GATES: [f64; 3] = [0.25, 0.5, 0.9];

#[derive(Args, Debug, Default)]
pub struct Options {}

/// Makes the page and opens it, where there is somebody to look at it.
pub fn run(session: &Session, options: &Options) -> Result<()> {
    record(session, options)?;
    let page = session.common.out().join(EXPLORER);
    let watched = !session.common.quiet && std::io::stdout().is_terminal();
    if !(watched && has_display() && open(&page)) {
        output::print(&format!("{}\n", page.display()))?;
    }
    Ok(())
}

/// Makes the page.
pub fn record(session: &Session, _options: &Options) -> Result<()> {
    let work = Work::begin(session, "explore")?;
    let subject = session.subject()?;
    let Subject { network, points, .. } = subject;
    let most = most_points(points.inputs());
    if points.len() > most {
        bail!(
            "explore puts the points into its page, and {} are too many: give at most \
             {most}, with --n-points or fewer rows in --points",
            points.len()
        );
    }
    let n = network.n_nodes();
    let own;
    let exact = match session.exact()? {
        _ if n > MOST_CHECKED_NODES => None,
        Some(exact) => Some(exact),
        None => {
            own = Exact::new(session.subject()?, session.terminal)?;
            Some(&own)
        }
    };
    let record = &work.record;
    record.json("network.json", &plain(session)?)?;
    record.array_f64("points.npy", &[points.len(), points.inputs()], points.coordinates())?;
    let labels: Vec<u16> =
        points.labels().iter().map(|&label| u16::try_from(label)).collect::<Result<_, _>>()?;
    record.array_u16("labels.npy", &[points.len()], &labels)?;
    if let Some(extent) = extent(subject) {
        let labels = labelled(subject, &Window::square(extent), SIDE)?;
        let plane = ExplorerPlane { extent, side: SIDE, labels: runs(labels.labels()) };
        record.json("plane.json", &plane)?;
    }
    if let Some(exact) = exact {
        let best = subsets::by_size(&exact.losses).into_iter();
        let best: Vec<BestMask> = best
            .map(|s| BestMask { size: s.size, mask: u64::from(s.best), loss: s.best_value })
            .collect();
        record.table("best_masks.csv", &best)?;
        let covariance = flip_rows(&exact.loss.weights, &exact.log_loss.weights);
        record.table("flip_covariance.csv", &covariance)?;
    }
    record.json("checks.json", &checks(session, exact)?)?;
    work.finish(json!({ "extent": extent(subject) }))
}

/// The most points of so many inputs that a page holds.
pub fn most_points(inputs: usize) -> usize {
    MOST_EXPLORER_COORDINATES / inputs
}

/// How far the map reaches from the origin: twice as far as built-in data, and a quarter farther
/// than the farthest of points from a file. None without two inputs, for there is no map.
fn extent(subject: &Subject) -> Option<f64> {
    if subject.network.inputs() != 2 {
        return None;
    }
    if subject.parameters.get("points").is_none_or(serde_json::Value::is_null) {
        return Some(EXTENT);
    }
    let farthest = subject.points.coordinates().iter().fold(0.0, |most: f64, x| most.max(x.abs()));
    Some(1.25 * farthest.max(1e-3))
}

/// The network as plain numbers.
fn plain(session: &Session) -> Result<ExplorerNetwork> {
    let Subject { network, points, .. } = session.subject()?;
    let layers = network.layers().iter().cloned();
    let layers = layers
        .map(|l| ExplorerLayer {
            inputs: l.inputs,
            outputs: l.outputs,
            weights: l.weights,
            biases: l.biases,
        })
        .collect();
    let means = match session.ablation() {
        hypercube::Ablation::Zero => vec![0.0; network.n_nodes()],
        hypercube::Ablation::Mean => network.mean_activations(points),
    };
    let activation = Some(network.activation()).filter(|a| *a != Activation::Relu);
    let activation = activation.map(|activation| activation.to_string());
    Ok(ExplorerNetwork { layers, activation, means })
}

/// Equal values in a row, each with how many there are.
fn runs(values: &[usize]) -> Vec<(usize, usize)> {
    values.chunk_by(|a, b| a == b).map(|run| (run[0], run.len())).collect()
}

/// What the page is compared with: values that its own code has no part in.
fn checks(session: &Session, exact: Option<&Exact>) -> Result<ExplorerChecks> {
    let Subject { network, points, .. } = session.subject()?;
    let (n, seed, ablation) = (network.n_nodes(), session.common.seed(), session.ablation());
    let random = (0..CHECKED_MASKS).map(|k| Mask::random(n, 0.5, seed, k));
    let masks: Vec<Mask> =
        [Mask::full(n), Mask::from_bits(n, 0)].into_iter().chain(random).collect();
    let gates = |mask: &Mask| mask.values().map(f64::from).collect::<Vec<f64>>();

    let maps = maps(session, &masks)?;
    let ranks = match exact {
        Some(_) => evaluate::ranks(session, &masks)?,
        None => vec![None; masks.len()],
    };
    let flips = |mask: &Mask| match (exact, mask.bits()) {
        (Some(exact), Some(bits)) => {
            let loss = |bits: u64| exact.losses[bits as usize];
            (0..n).map(|i| loss(bits ^ 1 << i) - loss(bits)).collect()
        }
        _ => Vec::new(),
    };
    let evaluated = |mask: &Mask| reference::evaluate(network, points, ablation, &gates(mask));
    let evaluated: Vec<_> = masks.par_iter().map(evaluated).collect();
    let checked = masks.iter().zip(evaluated).zip(maps.probabilities).zip(ranks);
    let checked = checked.map(|(((mask, found), probabilities), rank)| CheckedMask {
        mask: mask.to_string(),
        loss: found.loss,
        accuracy: found.accuracy,
        gradient: found.gradient,
        flips: flips(mask),
        rank,
        probabilities,
    });
    let soft = CHECKED_GATES.iter().zip(&masks).enumerate().map(|(k, (&gate, mask))| {
        let node = 2 * k % n;
        let mut values = gates(mask);
        values[node] = gate;
        let found = reference::evaluate(network, points, ablation, &values);
        let (loss, gradient) = (found.loss, found.gradient);
        CheckedGate { mask: mask.to_string(), node, gate, loss, gradient }
    });
    Ok(ExplorerChecks {
        grid: maps.grid,
        masks: checked.collect(),
        soft: soft.collect(),
        pixel_losses: maps.losses,
        pixel_gradients: maps.gradients,
    })
}

/// What the maps are compared with, as in [`ExplorerChecks`].
struct Maps {
    grid: Option<(f64, usize)>,
    /// For each mask.
    probabilities: Vec<Vec<f32>>,
    losses: Vec<f32>,
    gradients: Vec<f32>,
}

/// Computes them by the network on its device; all are empty without a map.
fn maps(session: &Session, masks: &[Mask]) -> Result<Maps> {
    let subject = session.subject()?;
    let Some(extent) = extent(subject) else {
        let probabilities = vec![Vec::new(); masks.len()];
        return Ok(Maps { grid: None, probabilities, losses: Vec::new(), gradients: Vec::new() });
    };
    let Subject { network, points, .. } = subject;
    let pointwise = Pointwise::new(network, session.ablation(), points, &session.compute);
    let window = Window::square(extent);
    let full = pointwise.losses_and_gradients(&labelled(subject, &window, CHECKED_SIDE)?);
    let probabilities = pointwise.probabilities(&window.pixels(CHECKED_SIDE), masks);
    Ok(Maps {
        grid: Some((extent, CHECKED_SIDE)),
        probabilities,
        losses: full.losses,
        gradients: full.gradients,
    })
}

/// Whether a window can be opened: other systems than Unix ones under X11 or Wayland always can.
fn has_display() -> bool {
    let is_set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    cfg!(any(windows, target_os = "macos")) || is_set("DISPLAY") || is_set("WAYLAND_DISPLAY")
}

/// Opens a file with the desktop's own program for it; whether that worked.
fn open(page: &Path) -> bool {
    let mut command = if cfg!(windows) {
        let mut command = Command::new("cmd");
        command.args(["/C", "start", ""]);
        command
    } else {
        Command::new(if cfg!(target_os = "macos") { "open" } else { "xdg-open" })
    };
    let command =
        command.arg(page).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_counted() {
        assert_eq!(runs(&[1, 1, 0, 2, 2, 2]), [(1, 2), (0, 1), (2, 3)]);
    }
}
