//! The exact table of all sub-networks, where the network is small enough, and what the sampled
//! sections compare themselves with.

use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use anyhow::Result;
use hypercube::biased::SizeSums;
use hypercube::gradients::{self, GradientSums};
use hypercube::table::{self, Options, Progress};
use hypercube::walsh::Spectrum;
use report::records::{DensityPoint, ExactCheck, ExactDensityPoint, Summary};
use stats::normal_interval;

use crate::output;
use crate::sampling::KERNEL_SD;
use crate::session::{Session, Subject};

/// Sampled sections make a table by themselves up to this many masks times points: a second or two.
const OVERLAY_WORK: u64 = 1 << 33;

/// Values are gathered on nodes this share of the kernel apart, each split between its two
/// neighbours, before the kernel smooths them: the density is then off by less than one part in
/// 10⁴ of its peak (linear binning; Jones & Lotwick 1983).
const NODES_PER_KERNEL: f64 = 50.0;

/// Beyond this many standard deviations a Gaussian kernel adds nothing that could be drawn.
const REACH: f64 = 6.0;

/// Loss and ln(loss) of every sub-network.
pub struct Exact {
    pub loss: Function,
    pub log_loss: Function,
}

/// A function of the mask, known at every mask.
pub struct Function {
    /// The function's name in tables: `loss` or `log_loss`.
    pub name: &'static str,
    /// Its values, `[2^N]`.
    pub values: Vec<f64>,
    /// Their sums by size.
    pub sums: SizeSums,
    /// Their Walsh coefficients.
    pub spectrum: Spectrum,
    /// The weight of each degree, `[N + 1]`.
    pub weights: Vec<f64>,
}

impl Function {
    fn of(name: &'static str, values: Vec<f64>) -> Self {
        let spectrum = Spectrum::of(values.clone());
        let weights = spectrum.level_weights();
        Self { name, sums: SizeSums::of(&values), values, spectrum, weights }
    }

    /// Standard deviation over all masks.
    pub fn sd(&self) -> f64 {
        self.weights[1..].iter().sum::<f64>().sqrt()
    }

    /// Its distribution over masks in which each node is on with probability p, for several p: on an
    /// even grid, smoothed by the write-up's kernel and as it is.
    pub fn densities(&self, p: &[f64], grid: &[f64]) -> Vec<ExactDensityPoint> {
        let gathered = Gathered::of(self, grid);
        p.iter().flat_map(|&p| gathered.density(self.name, p, grid)).collect()
    }
}

/// The masks of each size, gathered by their value. A mask's probability depends on its size alone,
/// so this serves every p.
struct Gathered {
    n_nodes: usize,
    /// Masks between two points of the grid, `[N + 1, grid + 1]`.
    between: Vec<f64>,
    /// Masks near each node of a finer grid, `[N + 1, nodes]`.
    near: Vec<f64>,
    nodes: usize,
    /// Left end and spacing of the finer grid; how many of its nodes make one step of the grid, and
    /// lie before its first point.
    low: f64,
    spacing: f64,
    per_step: usize,
    before: usize,
}

impl Gathered {
    fn of(function: &Function, grid: &[f64]) -> Self {
        let step = grid[1] - grid[0];
        let per_step = (step * NODES_PER_KERNEL / KERNEL_SD).ceil().max(1.0) as usize;
        let spacing = step / per_step as f64;
        let before = (REACH * KERNEL_SD / spacing).ceil() as usize;
        let nodes = (grid.len() - 1) * per_step + 2 * before + 1;
        let low = grid[0] - before as f64 * spacing;
        let n_nodes = function.sums.n_nodes();
        let mut between = vec![0.0; (n_nodes + 1) * (grid.len() + 1)];
        let mut near = vec![0.0; (n_nodes + 1) * nodes];
        for (mask, &value) in function.values.iter().enumerate() {
            let size = mask.count_ones() as usize;
            between[size * (grid.len() + 1) + grid.partition_point(|&x| x < value)] += 1.0;
            // What lies beyond reach of the grid adds nothing to any of its densities.
            let at = (value - low) / spacing;
            if at >= 0.0 && at < (nodes - 1) as f64 {
                let (node, share) = (at as usize, at.fract());
                near[size * nodes + node] += 1.0 - share;
                near[size * nodes + node + 1] += share;
            }
        }
        Self { n_nodes, between, near, nodes, low, spacing, per_step, before }
    }

    /// Adds up rows of sizes, each with the probability of one mask of the size.
    fn weigh(&self, of_size: &[f64], p: f64) -> Vec<f64> {
        let n = self.n_nodes as i32;
        let columns = of_size.len() / (self.n_nodes + 1);
        let mut mass = vec![0.0; columns];
        for (size, row) in of_size.chunks_exact(columns).enumerate() {
            let weight = p.powi(size as i32) * (1.0 - p).powi(n - size as i32);
            mass.iter_mut().zip(row).for_each(|(m, count)| *m += weight * count);
        }
        mass
    }

    fn density(&self, quantity: &str, p: f64, grid: &[f64]) -> Vec<ExactDensityPoint> {
        let (between, near) = (self.weigh(&self.between, p), self.weigh(&self.near, p));
        let mut fraction = 0.0;
        let point = |(k, &x): (usize, &f64)| {
            fraction += between[k];
            let first = k * self.per_step;
            let last = (first + 2 * self.before).min(self.nodes - 1);
            let kernels = (first..=last).map(|node| {
                let z = (x - self.low - node as f64 * self.spacing) / KERNEL_SD;
                near[node] * (-0.5 * z * z).exp()
            });
            let density = kernels.sum::<f64>() / (KERNEL_SD * std::f64::consts::TAU.sqrt());
            ExactDensityPoint { quantity: quantity.to_owned(), p, x, density, fraction }
        };
        grid.iter().enumerate().map(point).collect()
    }
}

impl Exact {
    /// The session's network, enumerated.
    ///
    /// # Errors
    ///
    /// If network or points cannot be had, or enumeration would take too much time or memory.
    pub fn new(session: &Session) -> Result<Self> {
        let Subject { network, points, .. } = session.subject()?;
        let ablation = session.ablation();
        let table = watched(session, "losses of all masks", |progress| {
            let options = Options { progress: Some(progress), ..Options::default() };
            table::losses(network, points, ablation, &options)
        })?;
        let log_loss = Function::of("log_loss", table.log_losses());
        Ok(Self { loss: Function::of("loss", table.into_losses()), log_loss })
    }

    /// The same for a sampled section: none if it would take more than a moment.
    ///
    /// # Errors
    ///
    /// If network or points cannot be had.
    pub fn if_small(session: &Session) -> Result<Option<Self>> {
        let subject = session.subject()?;
        let nodes = subject.network.n_nodes();
        let points = subject.points.len() as u64;
        let work = 1u64.checked_shl(nodes as u32).and_then(|masks| masks.checked_mul(points));
        if work.is_none_or(|work| work > OVERLAY_WORK) {
            session.say(&format!("{nodes} nodes: no exact values beside the sampled ones"));
            return Ok(None);
        }
        Self::new(session).map(Some)
    }

    /// Gate gradients of all masks, summed so that their means at any p follow.
    ///
    /// # Errors
    ///
    /// As [`Exact::new`].
    pub fn gradient_sums(session: &Session) -> Result<GradientSums> {
        let Subject { network, points, .. } = session.subject()?;
        let ablation = session.ablation();
        watched(session, "gate gradients of all masks", |progress| {
            let options = Options { progress: Some(progress), ..Options::default() };
            gradients::sums(network, points, ablation, &options)
        })
    }

    fn function(&self, name: &str) -> &Function {
        if name == self.loss.name { &self.loss } else { &self.log_loss }
    }

    /// Mean and standard deviation at p beside the sampled ones.
    pub fn check_moments(&self, summary: &Summary) -> [ExactCheck; 2] {
        let sums = &self.function(&summary.quantity).sums;
        let compare = |statistic: &str, sampled, error, exact| {
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
        self.function(&sampled[0].quantity).densities(&p, &grid)
    }
}

/// Runs a computation over all masks on a thread of its own, with a progress bar on this one.
///
/// # Errors
///
/// Those of the computation.
pub fn watched<T: Send>(
    session: &Session,
    what: &str,
    compute: impl FnOnce(&Progress) -> Result<T, table::Error> + Send,
) -> Result<T> {
    let progress = Progress::default();
    let (finished, wait) = channel();
    std::thread::scope(|scope| {
        let progress = &progress;
        let worker = scope.spawn(move || {
            let result = compute(progress);
            // Nobody listening is as good as somebody told.
            let _ = finished.send(());
            result
        });
        let mut shown = None;
        let mut before = 0;
        while wait.recv_timeout(Duration::from_millis(50)) == Err(RecvTimeoutError::Timeout) {
            if progress.total() > 0 {
                let total = progress.total() as usize;
                let bar = shown.get_or_insert_with(|| session.progress(what, total));
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
        inside: (low..=high).contains(&exact),
    }
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
            format!("{:.5}", c.sampled),
            format!("{:.5} to {:.5}", c.low, c.high),
            format!("{:.5}", c.exact),
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

#[cfg(test)]
mod tests {
    use hypercube::Mask;

    use super::*;

    /// Against the definition: every mask with its own weight and its own kernel.
    #[test]
    fn the_binned_density_is_the_weighted_one() {
        let values: Vec<f64> =
            (0..256u32).map(|m| (f64::from(m) * 0.7).sin() + f64::from(m) / 99.0).collect();
        let function = Function::of("loss", values.clone());
        let grid = stats::grid(-1.2, 4.0, 200);
        for p in [0.25, 0.5, 0.9] {
            let weights: Vec<f64> = (0..256u32)
                .map(|m| {
                    let on = m.count_ones() as i32;
                    f64::powi(p, on) * f64::powi(1.0 - p, 8 - on)
                })
                .collect();
            let slow = stats::weighted_density(&values, &weights, KERNEL_SD, &grid);
            let found = function.densities(&[p], &grid);
            let peak = slow.iter().fold(0.0f64, |a, b| a.max(*b));
            for (row, slow) in found.iter().zip(slow) {
                assert!((row.density - slow).abs() < 1e-4 * peak, "{} is not {slow}", row.density);
                let below = values.iter().zip(&weights).filter(|(v, _)| **v <= row.x);
                let fraction: f64 = below.map(|(_, w)| w).sum();
                assert!((row.fraction - fraction).abs() < 1e-12);
            }
        }
    }

    /// Over many seeds, 95 % intervals cover the exact values about 95 times in 100: of means and
    /// standard deviations of random masks, and of covariances and correlations along flip paths.
    #[test]
    fn intervals_cover_the_exact_values() {
        const SEEDS: u64 = 400;
        const SAMPLE: u64 = 400;
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../crates/hypercube/tests/reference/tiny");
        let network = model::checkpoint::load(&folder.join("model.safetensors")).unwrap();
        let points = model::points_file::load(&folder.join("points.csv"), 2, 2).unwrap();
        let table =
            table::losses(&network, &points, Default::default(), &Options::default()).unwrap();
        let log_loss = Function::of("log_loss", table.log_losses());
        let exact = Exact { loss: Function::of("loss", table.into_losses()), log_loss };
        let log_of = |mask: &Mask| exact.log_loss.values[mask.bits().unwrap() as usize];

        let (mut moments, mut paths) = (Vec::new(), Vec::new());
        for seed in 0..SEEDS {
            let values: Vec<f64> =
                (0..SAMPLE).map(|k| log_of(&Mask::random(8, 0.5, seed, k))).collect();
            let summary = crate::sampling::summary(seed, "log_loss", 0.5, values.len(), &values);
            moments.extend(exact.check_moments(&summary));
            let log_losses: Vec<f64> = (0..SAMPLE)
                .flat_map(|k| Mask::flip_path(8, seed, k))
                .map(|mask| log_of(&mask))
                .collect();
            let distances = crate::sections::flip_paths::distances(&log_losses, 8);
            paths.extend(crate::sections::flip_paths::check(&distances, &exact));
        }
        for (what, checks) in [("moments", moments), ("paths", paths)] {
            let inside = checks.iter().filter(|check| check.inside).count() as f64;
            let share = inside / checks.len() as f64;
            assert!((0.93..0.97).contains(&share), "{what}: {share}");
        }
    }
}
