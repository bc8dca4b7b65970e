//! The exact table of all sub-networks, where the network is small enough, and what the sampled
//! sections compare themselves with.

pub mod ablations;
pub mod gradients;
mod histogram;

use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use anyhow::Result;
use hypercube::biased::SizeSums;
use hypercube::table::{self, Options, Progress};
use hypercube::walsh::{Interaction, Spectrum};
use hypercube::{Ablation, ValueFunction};
use rayon::prelude::*;
use report::records::{DensityPoint, ExactCheck, ExactDensityPoint, Summary};
use report::words;
use stats::normal_interval;

use crate::output;
use crate::subject::Subject;
use crate::terminal::Terminal;
pub use histogram::Histogram;

/// Sampled sections make a table by themselves up to this many masks times points, and nodes: a second
/// or two.
const OVERLAY_WORK: u64 = 1 << 33;
const OVERLAY_NODES: usize = 26;

/// Loss and ln(loss) of every sub-network.
pub struct Exact {
    /// The losses, `[2^N]`.
    pub losses: Vec<f64>,
    pub loss: Function,
    pub log_loss: Function,
}

/// What is known of a function of the mask: all that does not take a number for every mask.
#[derive(Clone)]
pub struct Function {
    /// The function's name in tables: `loss` or `log_loss`.
    pub name: &'static str,
    /// What is added to a loss before its logarithm is taken; none for the loss itself.
    offset: Option<f64>,
    /// Its smallest and its largest value.
    pub range: (f64, f64),
    /// Its sums by size.
    pub sums: SizeSums,
    /// Its mean over all masks.
    pub mean: f64,
    /// The weight of each degree, `[N + 1]`.
    pub weights: Vec<f64>,
    /// Its interactions of all pairs of nodes, the strongest first.
    pub pairs: Vec<Interaction>,
}

impl Function {
    /// Takes in the function's values, `[2^N]`, and overwrites them: there may be no room for more.
    fn new(name: &'static str, offset: Option<f64>, values: &mut Vec<f64>) -> Self {
        let range = range(values);
        let sums = SizeSums::new(values);
        let spectrum = Spectrum::new(std::mem::take(values));
        let function = Self {
            name,
            offset,
            range,
            sums,
            mean: spectrum.mean(),
            weights: spectrum.level_weights(),
            pairs: spectrum.interactions(usize::MAX),
        };
        *values = spectrum.into_coefficients();
        function
    }

    /// Its distribution over masks in which each node is on with probability p, for several p: on an
    /// even grid, smoothed by the write-up's kernel and as it is. `losses` is the table that it is of.
    pub fn distribution(&self, losses: &[f64], p: &[f64], grid: &[f64]) -> Vec<ExactDensityPoint> {
        let histogram = match self.offset {
            None => Histogram::by_size(losses, |loss| loss, grid),
            Some(offset) => Histogram::by_size(losses, |loss| table::log_loss(loss + offset), grid),
        };
        p.iter().flat_map(|&p| histogram.at(self.name, p, 1)).collect()
    }

    /// Standard deviation over all masks.
    pub fn sd(&self) -> f64 {
        self.weights[1..].iter().sum::<f64>().sqrt()
    }
}

impl Exact {
    /// Every sub-network of the subject.
    ///
    /// # Errors
    ///
    /// If enumeration would take too much time or memory.
    pub fn new(subject: &Subject, terminal: Terminal) -> Result<Self> {
        Self::of(subject, ValueFunction::Loss, subject.ablation, terminal)
    }

    /// The same of any value function, removing nodes as `ablation` says.
    ///
    /// # Errors
    ///
    /// As [`Exact::new`].
    pub fn of(
        subject: &Subject,
        value: ValueFunction,
        ablation: Ablation,
        terminal: Terminal,
    ) -> Result<Self> {
        let offset = value.offset(&subject.network, &subject.points);
        Ok(Self::from_losses(losses(subject, value, ablation, terminal)?, offset, terminal))
    }

    /// Loss and ln(loss) of a table, `[2^N]`; [`ValueFunction::offset`] is added before the logarithm.
    pub fn from_losses(losses: Vec<f64>, offset: f64, terminal: Terminal) -> Self {
        let [loss, log_loss] = functions(&losses, offset, terminal);
        Self { losses, loss, log_loss }
    }

    /// The same for a sampled section: none if it would take more than a moment.
    ///
    /// # Errors
    ///
    /// As [`Exact::new`].
    pub fn if_small(subject: &Subject, terminal: Terminal) -> Result<Option<Self>> {
        let nodes = subject.network.n_nodes();
        let points = subject.points.len() as u64;
        let work = 1u64.checked_shl(nodes as u32).and_then(|masks| masks.checked_mul(points));
        if nodes > OVERLAY_NODES || work.is_none_or(|work| work > OVERLAY_WORK) {
            terminal.say(&format!(
                "{nodes} nodes on {points} points: too many masks to evaluate all in a moment, so no \
                 exact values beside the sampled ones; `averages` has what is exact at any width"
            ));
            return Ok(None);
        }
        Self::new(subject, terminal).map(Some)
    }

    fn function(&self, name: &str) -> &Function {
        if name == self.loss.name { &self.loss } else { &self.log_loss }
    }

    /// Mean and standard deviation at p beside the sampled ones.
    pub fn check_moments(&self, summary: &Summary) -> [ExactCheck; 2] {
        let sums = &self.function(&summary.quantity).sums;
        let compare = |statistic: &str, sampled, error, exact| {
            // Undefined where all values are equal: their mean is then known without error.
            let error = if f64::is_nan(error) { 0.0 } else { error };
            let (low, high) = normal_interval(sampled, error);
            let estimate = (sampled, low, high);
            check(&summary.quantity, Some(summary.p), None, statistic, estimate, exact)
        };
        [
            compare("mean", summary.mean, summary.mean_se, sums.mean(summary.p)),
            compare("sd", summary.sd, summary.sd_se, sums.variance(summary.p).sqrt()),
        ]
    }

    /// The exact distributions where sampled densities of one quantity were drawn.
    pub fn densities(&self, sampled: &[DensityPoint]) -> Vec<ExactDensityPoint> {
        let curves: Vec<&[DensityPoint]> = sampled.chunk_by(|a, b| a.p == b.p).collect();
        let p: Vec<f64> = curves.iter().map(|curve| curve[0].p).collect();
        let grid: Vec<f64> = curves[0].iter().map(|point| point.x).collect();
        self.function(&sampled[0].quantity).distribution(&self.losses, &p, &grid)
    }
}

/// The loss of every sub-network, `[2^N]`, if there is room for what follows from it too.
///
/// # Errors
///
/// If enumeration would take too much time or memory.
pub fn losses(
    subject: &Subject,
    value: ValueFunction,
    ablation: Ablation,
    terminal: Terminal,
) -> Result<Vec<f64>> {
    let Subject { network, points, .. } = subject;
    // As many numbers again, for what [`functions`] makes of them.
    let n = network.n_nodes();
    if n <= table::MAX_NODES {
        table::check_memory(n, 1 << n)?;
    }
    let table = watched(terminal, "losses of all masks", |progress| {
        let options = Options { progress: Some(progress), ..Options::default() };
        value.table(network, points, ablation, &options)
    })?;
    Ok(table.into_losses())
}

/// Loss and ln(loss + offset) of a table, `[2^N]`; takes as much memory again.
pub fn functions(losses: &[f64], offset: f64, terminal: Terminal) -> [Function; 2] {
    let progress = terminal.progress("spectra and sums of all masks", 2);
    let mut values: Vec<f64> = losses.par_iter().copied().collect();
    let loss = Function::new("loss", None, &mut values);
    progress.add(1);
    values.par_iter_mut().zip(losses).for_each(|(to, &loss)| *to = loss + offset);
    table::log_losses(&mut values);
    let log_loss = Function::new("log_loss", Some(offset), &mut values);
    progress.add(1);
    [loss, log_loss]
}

/// The smallest and the largest of some values.
fn range(values: &[f64]) -> (f64, f64) {
    let none = (f64::INFINITY, f64::NEG_INFINITY);
    let of = |values: &[f64]| values.iter().fold(none, |(a, b), &v| (a.min(v), b.max(v)));
    values.par_chunks(1 << 16).map(of).reduce(|| none, |(a, b), (c, d)| (a.min(c), b.max(d)))
}

/// Runs a computation over all masks on a thread of its own, with a progress bar on this one.
///
/// # Errors
///
/// Those of the computation.
pub fn watched<T: Send>(
    terminal: Terminal,
    what: &str,
    compute: impl FnOnce(&Progress) -> Result<T, table::Error> + Send,
) -> Result<T> {
    let progress = Progress::default();
    let (finished, wait) = channel();
    std::thread::scope(|scope| {
        let progress = &progress;
        let worker = scope.spawn(move || {
            let result = compute(progress);
            // The receiver is gone once the result is there; the message is then not needed.
            let _ = finished.send(());
            result
        });
        let mut shown = None;
        let mut before = 0;
        while wait.recv_timeout(Duration::from_millis(50)) == Err(RecvTimeoutError::Timeout) {
            if progress.total() > 0 {
                let total = progress.total() as usize;
                let bar = shown.get_or_insert_with(|| terminal.progress(what, total));
                let done = progress.done();
                bar.add((done - before) as usize);
                before = done;
            }
        }
        match worker.join() {
            Ok(result) => Ok(result?),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    })
}

/// A sampled mean at p beside its exact value.
pub fn check_mean(summary: &Summary, exact: f64) -> ExactCheck {
    let (low, high) = normal_interval(summary.mean, summary.mean_se);
    let estimate = (summary.mean, low, high);
    check(&summary.quantity, Some(summary.p), None, "mean", estimate, exact)
}

/// An estimate `(value, low, high)` beside the exact value.
pub fn check(
    quantity: &str,
    p: Option<f64>,
    flips: Option<usize>,
    statistic: &str,
    (sampled, low, high): (f64, f64, f64),
    exact: f64,
) -> ExactCheck {
    ExactCheck {
        quantity: quantity.to_owned(),
        p,
        flips,
        statistic: statistic.to_owned(),
        sampled,
        low,
        high,
        exact,
        inside: is_inside(low, high, exact),
    }
}

/// Sampled losses come from f32 and carry this much rounding, relative, which no interval knows of:
/// at p = 0 and 1 all masks are the same and the interval has no width.
const ROUNDING: f64 = 1e-5;

/// Whether an exact value lies in an interval, to rounding.
fn is_inside(low: f64, high: f64, exact: f64) -> bool {
    let rounding = ROUNDING * exact.abs() + 1e-12;
    (low - rounding..=high + rounding).contains(&exact)
}

/// Prints the checks, and how many exact values lie in their intervals.
///
/// # Errors
///
/// If stdout cannot be written.
pub fn print(checks: &[ExactCheck]) -> Result<()> {
    if checks.is_empty() {
        return Ok(());
    }
    let row = |c: &ExactCheck| {
        let at = match (c.p, c.flips) {
            (Some(p), _) => format!(" at p = {p}"),
            (_, Some(flips)) => format!(" after {flips} flips"),
            _ => String::new(),
        };
        vec![
            format!("{} {}{at}", c.quantity, c.statistic),
            words::fixed(c.sampled, 5),
            words::interval(c.low, c.high, 5),
            words::fixed(c.exact, 5),
            if c.inside { "inside" } else { "outside" }.to_owned(),
        ]
    };
    let rows: Vec<_> = checks.iter().map(row).collect();
    let header = ["sampled against exact", "sampled", "95 % interval", "exact", ""];
    output::print(&format!("\n{}", output::table(&header, &rows)))?;
    let inside = checks.iter().filter(|c| c.inside).count();
    output::print(&format!("{inside} of {} exact values inside their intervals\n", checks.len()))?;
    Ok(())
}
