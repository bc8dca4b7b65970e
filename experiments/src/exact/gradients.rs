//! Gate gradients of all masks in one pass that stores none of them, and their exact densities.

use std::ops::ControlFlow;

use anyhow::Result;
use hypercube::Activation;
use hypercube::gradients::visit;
use hypercube::table::Options;
use rayon::prelude::*;

use super::histogram::Histogram;
use super::watched;
use crate::subject::Subject;
use crate::terminal::Terminal;

/// Masks of a block are gathered in so many parts, each with histograms of its own: sums then do not
/// depend on the number of threads. With 24 nodes the parts of all curves of a section take at most 86 MB.
const PARTS: usize = 8;

/// Densities are gathered of at most so many gate gradients of all masks: of 24 nodes, which took 9 s of
/// two cores, losses and gradients included.
const MOST_GRADIENTS: u64 = 1 << 29;

/// Masks times points beyond which networks of several layers that are not of ReLUs, or of more than two
/// classes, take longer than that: 10 + 10 nodes and 10 classes took 6 s on 360 points.
const MOST_DEEP_WORK: u64 = 1 << 29;

/// Calls `block` with the gate gradients of all masks, block by block in the order of the masks, as
/// [`visit`] does.
///
/// # Errors
///
/// As [`visit`].
pub fn visit_all(
    subject: &Subject,
    terminal: Terminal,
    mut block: impl FnMut(usize, &[f32]) + Send,
) -> Result<()> {
    let Subject { network, points, ablation, .. } = subject;
    watched(terminal, "gate gradients of all masks", |progress| {
        let options = Options { progress: Some(progress), ..Options::default() };
        visit(network, points, *ablation, &options, |first, rows| {
            block(first, rows);
            ControlFlow::Continue(())
        })
    })
}

/// ∂ln(loss)/∂bᵢ = (∂loss/∂bᵢ) / loss. A loss that has underflowed to 0 counts as in
/// [`hypercube::table::log_loss`].
pub fn of_log(gradient: f32, loss: f64) -> f64 {
    f64::from(gradient) / loss.max(f64::MIN_POSITIVE)
}

/// Histograms that gate gradients are gathered in, several masks at once.
pub struct Gathering {
    parts: Vec<Vec<Histogram>>,
}

impl Gathering {
    /// Of a network in histograms of which nothing is gathered yet; none if it would take long.
    pub fn if_few(subject: &Subject, curves: Vec<Histogram>, terminal: Terminal) -> Option<Self> {
        let Subject { network, points, .. } = subject;
        let (n, points) = (network.n_nodes(), points.len());
        let relu = network.activation() == Activation::Relu;
        let slow = network.hidden().len() > 1 && !(relu && network.classes() == 2);
        if (n as u64) << n > MOST_GRADIENTS || slow && (points as u64) << n > MOST_DEEP_WORK {
            terminal.say(&format!(
                "{n} nodes on {points} points: too many gate gradients for those of all masks to be \
                 gathered in a moment, so no exact densities beside the sampled ones"
            ));
            return None;
        }
        Some(Self { parts: vec![curves; PARTS] })
    }

    /// Takes in a block of [`visit_all`]; `add` takes the histograms, a mask, its gradients, `[N]`, and
    /// its loss. `losses` are those of all masks, `[2^N]`.
    pub fn add(
        &mut self,
        (first, rows): (usize, &[f32]),
        losses: &[f64],
        add: impl Fn(&mut [Histogram], usize, &[f32], f64) + Sync,
    ) {
        let n = losses.len().ilog2() as usize;
        let masks = (rows.len() / n).div_ceil(PARTS);
        let parts = self.parts.par_iter_mut().zip(rows.par_chunks(masks * n)).enumerate();
        parts.for_each(|(k, (curves, rows))| {
            for (mask, row) in (first + k * masks..).zip(rows.chunks_exact(n)) {
                add(curves, mask, row, losses[mask]);
            }
        });
    }

    /// The histograms, with all that was taken in.
    pub fn finish(self) -> Vec<Histogram> {
        let mut parts = self.parts.into_iter();
        let mut all = parts.next().unwrap_or_default();
        for part in parts {
            all.iter_mut().zip(&part).for_each(|(to, from)| to.join(from));
        }
        all
    }
}
