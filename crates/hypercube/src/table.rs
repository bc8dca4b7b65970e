//! The loss of every sub-network, exactly.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use rayon::prelude::*;
use thiserror::Error;

use crate::engine::deep::Deep;
use crate::engine::ln::Logarithms;
use crate::engine::odds::Setup;
use crate::engine::solve::Problem;
use crate::{Ablation, Network, Points};

pub use crate::engine::simd::SimdLevel;

/// The largest N for which a table is made: 2^30 losses are 8 GiB. (A mask in 32 bits would do up to
/// N = 32.)
pub const MAX_NODES: usize = 30;

/// Work beyond about an hour is refused.
const MOST_SECONDS: f64 = 3600.0;

/// Masks times points per second and thread that the estimate of time counts on: a few times less
/// than is measured, so that the refusal errs on the side of refusing.
const PESSIMISTIC_RATE: f64 = 1e9;

/// Losses whose logarithms are taken in one go.
const LOGARITHMS: usize = 1 << 14;

/// Why there is no table, or there are no gradients.
#[derive(Debug, Error, PartialEq)]
pub enum Error {
    /// The points have another width than the network's input.
    #[error("the points have {points} coordinates, but the network takes {network} inputs")]
    Width {
        /// Coordinates of a point.
        points: usize,
        /// Inputs of the network.
        network: usize,
    },
    /// A label that is not a class of the network.
    #[error("point {point} has label {label}, but the network has {classes} classes, from 0")]
    Label {
        /// The point, from 0.
        point: usize,
        /// Its label.
        label: usize,
        /// Number of classes.
        classes: usize,
    },
    /// More than [`MAX_NODES`] nodes.
    #[error(
        "{n_nodes} nodes make 2^{n_nodes} sub-networks, too many to hold; at most {MAX_NODES} nodes \
         are enumerated: sample masks, or take `averages`, which are exact at any width"
    )]
    TooManyNodes {
        /// Number of nodes.
        n_nodes: usize,
    },
    /// More memory than the machine has free, as far as the system says (`MemAvailable` in Linux's
    /// /proc/meminfo; elsewhere this is not checked).
    #[error(
        "the table of 2^{n_nodes} losses and the work on it take {needed_gib:.1} GiB, but \
         {free_gib:.1} GiB are free: free some, or sample masks instead"
    )]
    Memory {
        /// Number of nodes.
        n_nodes: usize,
        /// What the table and the work on it take, in GiB (2^30 bytes).
        needed_gib: f64,
        /// What is free, in GiB.
        free_gib: f64,
    },
    /// More memory than the machine has free, for gate gradients; checked as for [`Self::Memory`].
    #[error(
        "the gate gradients of 2^{n_nodes} masks, with {early} nodes before the last hidden layer, \
         take {needed_gib:.1} GiB at once, but {free_gib:.1} GiB are free: free some, or sample \
         masks instead"
    )]
    GradientMemory {
        /// Number of nodes.
        n_nodes: usize,
        /// Number of nodes before the last hidden layer.
        early: usize,
        /// What they take at once, in GiB (2^30 bytes).
        needed_gib: f64,
        /// What is free, in GiB.
        free_gib: f64,
    },
    /// More than an hour of work by estimate: at 10^9 masks times points per second and thread,
    /// which is a few times slower than measured.
    #[error(
        "2^{n_nodes} masks on {points} points would take about {hours:.0} hours: use fewer points, \
         or sample masks instead"
    )]
    Time {
        /// Number of nodes.
        n_nodes: usize,
        /// Number of points.
        points: usize,
        /// Estimated time, in hours.
        hours: f64,
    },
    /// Stopped by [`Progress::cancel`], or by the callback of [`crate::gradients::visit`].
    #[error("cancelled")]
    Cancelled,
}

/// How far a long computation is, to be read, or stopped, from another thread: lend it to
/// [`Options::progress`].
#[derive(Debug, Default)]
pub struct Progress {
    done: AtomicU64,
    total: AtomicU64,
    cancelled: AtomicBool,
}

impl Progress {
    /// Masks finished, of [`Self::total`].
    pub fn done(&self) -> u64 {
        self.done.load(Ordering::Relaxed)
    }

    /// Masks in all, 2^N; 0 before the start.
    pub fn total(&self) -> u64 {
        self.total.load(Ordering::Relaxed)
    }

    /// Asks the computation to stop; it ends with [`Error::Cancelled`] at its next chunk. This
    /// cannot be taken back: a computation that is begun with this progress later ends likewise.
    pub fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }

    pub(crate) fn start(&self, total: u64) {
        self.done.store(0, Ordering::Relaxed);
        self.total.store(total, Ordering::Relaxed);
    }

    /// Counts masks as finished; whether to go on.
    pub(crate) fn advance(&self, masks: u64) -> bool {
        self.done.fetch_add(masks, Ordering::Relaxed);
        !self.is_cancelled()
    }

    pub(crate) fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }
}

/// How to compute. None of it changes a loss by more than about 1e-12 of itself, or a gate gradient
/// by more than f32's rounding.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options<'a> {
    /// Vector instructions; the default is the widest that the machine has.
    pub simd: SimdLevel,
    /// Where to count finished masks, and from where to be stopped.
    pub progress: Option<&'a Progress>,
}

/// Mean losses of all 2^N masks, in nats, indexed by the mask as an integer: bit i of the index is
/// set if node i is on, so that index 0 is the empty network and 2^N − 1 the full one.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    n_nodes: usize,
    losses: Vec<f64>,
}

impl Table {
    /// A table of losses computed elsewhere, `[2^N]`, index = mask; `None` if the length is no
    /// power of two. The values are taken as they are.
    pub fn from_losses(losses: Vec<f64>) -> Option<Self> {
        let n_nodes = losses.len().checked_ilog2()? as usize;
        losses.len().is_power_of_two().then_some(Self { n_nodes, losses })
    }

    /// Number of nodes, N.
    pub fn n_nodes(&self) -> usize {
        self.n_nodes
    }

    /// Losses in nats, `[2^N]`, index = mask.
    pub fn losses(&self) -> &[f64] {
        &self.losses
    }

    /// Losses in nats, `[2^N]`, index = mask, without a copy.
    pub fn into_losses(self) -> Vec<f64> {
        self.losses
    }

    /// The natural logarithm of every mask's loss, `[2^N]`, index = mask. (Not the classifier
    /// metric called log loss, which is the loss itself.)
    ///
    /// A loss that has underflowed to 0 counts as the smallest normal number, 2.2e-308, so that
    /// every value is finite.
    pub fn log_losses(&self) -> Vec<f64> {
        let mut values = self.losses.clone();
        log_losses(&mut values);
        values
    }
}

/// ln(loss), of a loss that has underflowed to 0 that of the smallest normal number: as
/// [`Table::log_losses`] have it. Of another value function, [`crate::ValueFunction::offset`] is added
/// before.
pub fn log_loss(loss: f64) -> f64 {
    loss.max(f64::MIN_POSITIVE).ln()
}

/// Puts in the place of each loss what [`log_loss`] makes of it, but for the last place or two: many at a
/// time, in vectors. Runs on the current rayon pool.
pub fn log_losses(losses: &mut [f64]) {
    losses.par_chunks_mut(LOGARITHMS).for_each(|losses| SimdLevel::Auto.run(Logarithms(losses)));
}

/// Mean losses of all 2^N masks, in nats.
///
/// For each mask b the mean over the points, of label y, of `ln(1 + Σ_{c≠y} exp(z_c − z_y))`, where
/// z are the logits with every node's activation multiplied by its mask value after the ReLU (and
/// under [`Ablation::Mean`] replaced by the node's mean activation where it is off).
///
/// In f64 and exact to about 1e-12 of each loss, however small or large, apart from the rounding of
/// the logits themselves (about 1e-16 of the largest, which matters where they are in the
/// hundreds). The result does not depend on the number of threads. Runs on the current rayon pool.
/// Needs 8 · 2^N bytes and a few megabytes more, from N = 26 about a sixteenth more; with several
/// hidden layers of which the last has few nodes up to half as much again.
///
/// # Errors
///
/// [`Error::Width`] or [`Error::Label`] if points and network do not fit each other,
/// [`Error::TooManyNodes`] if N is above [`MAX_NODES`], [`Error::Time`] or [`Error::Memory`] if an
/// hour or the free memory would not suffice by estimate, [`Error::Cancelled`] if cancelled.
pub fn losses(
    network: &Network,
    points: &Points,
    ablation: Ablation,
    options: &Options,
) -> Result<Table, Error> {
    losses_in(Vec::new(), network, points, ablation, options)
}

/// The same in the place of an earlier table's values, if there are as many: memory that is given back and asked
/// for again takes the system nearly as long as the losses take. What `room` holds does not matter, and is lost.
///
/// # Errors
///
/// As [`losses`].
pub fn losses_in(
    room: Vec<f64>,
    network: &Network,
    points: &Points,
    ablation: Ablation,
    options: &Options,
) -> Result<Table, Error> {
    check(network, points)?;
    let n_nodes = network.n_nodes();
    let room = Some(room).filter(|room| room.len() == 1 << n_nodes);
    let fresh = Progress::default();
    let progress = options.progress.unwrap_or(&fresh);
    progress.start(1 << n_nodes);
    let done = |masks| progress.advance(masks);
    let table = |more: u64| {
        let fresh = if room.is_some() { 0.0 } else { (n_nodes as f64).exp2() };
        check_numbers(n_nodes, fresh + more as f64)?;
        Ok(room.unwrap_or_else(|| vec![0.0; 1 << n_nodes]))
    };
    let setup = Setup::new(network, points, ablation);
    let table = if setup.early() == 0 {
        let problem = Problem::new(setup.odds(0));
        check_time(n_nodes, points.len(), problem.work())?;
        let mut table = table((1u64 << n_nodes) / 16)?;
        problem.losses(&mut table, options.simd, &done);
        table
    } else {
        let deep = Deep::new(&setup);
        check_time(n_nodes, points.len(), deep.work())?;
        let mut table = table(deep.source_len())?;
        deep.losses(&mut table, options.simd, &done);
        table
    };
    if progress.is_cancelled() {
        return Err(Error::Cancelled);
    }
    Ok(Table { n_nodes, losses: table })
}

/// Whether points and network fit each other.
pub(crate) fn check(network: &Network, points: &Points) -> Result<(), Error> {
    if points.inputs() != network.inputs() {
        return Err(Error::Width { points: points.inputs(), network: network.inputs() });
    }
    let classes = network.classes();
    if let Some(point) = points.labels().iter().position(|&label| label >= classes) {
        return Err(Error::Label { point, label: points.labels()[point], classes });
    }
    let n_nodes = network.n_nodes();
    if n_nodes > MAX_NODES {
        return Err(Error::TooManyNodes { n_nodes });
    }
    Ok(())
}

/// Whether a table of 2^n_nodes losses and `more` f64 numbers beside it fit into the memory that is
/// free, as far as the system says; to be asked before the table is made.
///
/// # Errors
///
/// [`Error::Memory`] if they do not.
pub fn check_memory(n_nodes: usize, more: u64) -> Result<(), Error> {
    check_numbers(n_nodes, (n_nodes as f64).exp2() + more as f64)
}

/// Whether so many f64 numbers fit.
fn check_numbers(n_nodes: usize, numbers: f64) -> Result<(), Error> {
    const GIB: f64 = (1u64 << 30) as f64;
    const REST: f64 = 6.4e7;
    let needed = 8.0 * numbers + REST;
    match free_memory() {
        Some(free) if needed > free => {
            Err(Error::Memory { n_nodes, needed_gib: needed / GIB, free_gib: free / GIB })
        }
        _ => Ok(()),
    }
}

pub(crate) fn check_time(n_nodes: usize, points: usize, work: f64) -> Result<(), Error> {
    let seconds = work / (PESSIMISTIC_RATE * rayon::current_num_threads() as f64);
    if seconds > MOST_SECONDS {
        return Err(Error::Time { n_nodes, points, hours: seconds / 3600.0 });
    }
    Ok(())
}

/// Bytes that can be had without swapping, where the system says so (Linux).
pub(crate) fn free_memory() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find(|line| line.starts_with("MemAvailable:"))?;
    let kib: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib * 1024.0)
}
