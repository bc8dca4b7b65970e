//! Random masks, their losses and gate gradients: what several sections start from.

use anyhow::{Result, bail};
use hypercube::{Mask, stream};
use model::Evaluations;
use rand::RngExt;
use report::Record;
use report::records::{DensityPoint, EcdfPoint, ExactCheck, Summary};
use stats::{ClusteredErrors, Ecdf, Moments, Normal};

use crate::session::Session;
use crate::{exact, limits};
pub use report::write_up::KERNEL_SD;

/// Points of a drawn curve: finer than the figure's pixels.
const CURVE: usize = 512;

/// The stream that resamples are drawn from.
const BOOTSTRAP: u64 = 7;

/// Bootstrap resamples behind a standard error: its own error is then 5 %.
const RESAMPLES: usize = 200;

/// Masks in which every node is on with probability p, with what was measured of them.
pub struct Sample {
    pub p: f64,
    pub losses: Vec<f64>,
    /// ∂loss/∂bᵢ, row-major `[masks, N]`; empty if not asked for.
    pub gradients: Vec<f32>,
}

impl Sample {
    /// ln(loss) of every mask.
    pub fn log_losses(&self) -> Vec<f64> {
        self.losses.iter().map(|loss| loss.ln()).collect()
    }
}

/// Losses of `masks` random sub-networks at each p.
///
/// # Errors
///
/// If network or points cannot be had.
pub fn losses(session: &Session, p: &[f64], masks: usize) -> Result<Vec<Sample>> {
    evaluate(session, p, masks, "losses", |sub_networks, masks, done| Evaluations {
        losses: sub_networks.losses(masks, done),
        gradients: Vec::new(),
    })
}

/// Losses and gate gradients of `masks` random sub-networks at each p.
///
/// # Errors
///
/// If network or points cannot be had.
pub fn gradients(session: &Session, p: &[f64], masks: usize) -> Result<Vec<Sample>> {
    evaluate(session, p, masks, "gate gradients", |sub_networks, masks, done| {
        sub_networks.losses_and_gradients(masks, done)
    })
}

fn evaluate(
    session: &Session,
    p: &[f64],
    masks: usize,
    what: &str,
    run: impl Fn(&model::SubNetworks, &[Mask], &(dyn Fn(usize) + Send + Sync)) -> Evaluations,
) -> Result<Vec<Sample>> {
    let sub_networks = session.sub_networks()?;
    let n = session.subject()?.network.n_nodes();
    // The mask, its loss and gate gradients, and copies on the way to the record.
    limits::memory("masks", masks, p.len() * (100 + 40 * n))?;
    limits::evaluations(p.len() * masks, session.subject()?.points.len(), n)?;
    let progress = session.progress(what, p.len() * masks);
    let sample = |&p: &f64| {
        let drawn = random_masks(session, n, p, masks);
        let Evaluations { losses, gradients } =
            run(&sub_networks, &drawn, &|done| progress.add(done));
        Sample { p, losses, gradients }
    };
    let samples: Vec<Sample> = p.iter().map(sample).collect();
    samples.iter().try_for_each(|s| check_finite(&s.losses, &s.gradients))?;
    Ok(samples)
}

/// Refuses losses and gradients that f64 cannot hold, and losses whose logarithm it cannot.
///
/// # Errors
///
/// If there is one.
pub fn check_finite(losses: &[f64], gradients: &[f32]) -> Result<()> {
    if let Some(loss) = losses.iter().find(|loss| !(loss.is_finite() && **loss > 0.0)) {
        bail!(
            "a sub-network has a loss of {loss} even in float64: its logits are too large or too \
             sure; scale the last layer's weights down"
        );
    }
    if gradients.iter().any(|gradient| !gradient.is_finite()) {
        bail!(
            "a sub-network has a gate gradient beyond float32: scale the last layer's weights down"
        );
    }
    Ok(())
}

/// Refuses maps that f32 cannot hold.
///
/// # Errors
///
/// If there is a value that is not finite.
pub fn check_map(values: &[f32]) -> Result<()> {
    if values.iter().any(|value| !value.is_finite()) {
        bail!("the network's logits are beyond float32: scale the last layer's weights down");
    }
    Ok(())
}

/// The masks of a sample.
pub fn random_masks(session: &Session, n_nodes: usize, p: f64, masks: usize) -> Vec<Mask> {
    (0..masks as u64).map(|k| Mask::random(n_nodes, p, session.common.seed(), k)).collect()
}

/// Moments of `values`, of which those of one mask stand together.
///
/// One value a mask has the usual standard errors. Several, such as a mask's gate gradients, depend
/// on each other, and the errors come from a bootstrap over masks.
pub fn summary(seed: u64, quantity: &str, p: f64, masks: usize, values: &[f64]) -> Summary {
    let moments = Moments::new(values);
    let per_mask = values.len() / masks;
    let errors = if per_mask == 1 {
        ClusteredErrors {
            mean: moments.mean_error,
            sd: moments.sd_error,
            skewness: moments.skewness_error,
            kurtosis: moments.kurtosis_error,
        }
    } else {
        let mut rng = stream(seed, BOOTSTRAP, p.to_bits());
        ClusteredErrors::new(values, per_mask, RESAMPLES, |n| rng.random_range(0..n))
    };
    Summary {
        quantity: quantity.to_owned(),
        p,
        masks,
        mean: moments.mean,
        mean_se: errors.mean,
        sd: moments.sd,
        sd_se: errors.sd,
        skewness: moments.skewness,
        skewness_se: errors.skewness,
        excess_kurtosis: moments.kurtosis,
        excess_kurtosis_se: errors.kurtosis,
        ks_distance: Normal::fit(values).ks_distance(values),
    }
}

/// A common grid for several samples: all of them but a share `tail` at either end, and three
/// kernels beyond.
pub fn common_grid<'a>(samples: impl Iterator<Item = &'a [f64]>, tail: f64) -> Vec<f64> {
    let (low, high) = samples
        .map(|sample| stats::limits(sample, tail, 3.0 * KERNEL_SD))
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), (a, b)| (l.min(a), h.max(b)));
    stats::grid(low, high, CURVE)
}

/// A grid for all that lies between two values, and three kernels beyond.
pub fn grid_about((low, high): (f64, f64)) -> Vec<f64> {
    stats::grid(low - 3.0 * KERNEL_SD, high + 3.0 * KERNEL_SD, CURVE)
}

/// Kernel density of a sample, and its normal fit.
pub fn density_rows(quantity: &str, p: f64, values: &[f64], grid: &[f64]) -> Vec<DensityPoint> {
    let normal = Normal::fit(values);
    let point = |(&x, density)| DensityPoint {
        quantity: quantity.to_owned(),
        p,
        x,
        density,
        // A sample of equal values has no normal fit.
        normal: if normal.sd > 0.0 { normal.pdf(x) } else { f64::NAN },
    };
    grid.iter().zip(stats::density(values, KERNEL_SD, grid)).map(point).collect()
}

/// Empirical distribution function of a sample, and its normal fit's.
pub fn ecdf_rows(p: f64, values: &[f64]) -> Vec<EcdfPoint> {
    let normal = Normal::fit(values);
    let points = Ecdf::new(values).points(CURVE);
    points
        .into_iter()
        .map(|(x, fraction)| EcdfPoint { p, x, fraction, normal: normal.cdf(x) })
        .collect()
}

/// Records the exact distribution beside the sampled one, and whether the exact moments lie in
/// their intervals; nothing where the network is too large.
///
/// # Errors
///
/// If network or points cannot be had, or the record not be written.
pub fn beside_exact(
    session: &Session,
    record: &Record,
    density: &[DensityPoint],
    summary: &[Summary],
) -> Result<Vec<ExactCheck>> {
    let Some(exact) = session.exact()? else { return beside_averages(session, record, summary) };
    let checks: Vec<ExactCheck> = summary.iter().flat_map(|s| exact.check_moments(s)).collect();
    record.table("exact.csv", &checks)?;
    record.table("density_exact.csv", &exact.densities(density))?;
    Ok(checks)
}

/// The same where only averages are exact: the mean losses.
fn beside_averages(
    session: &Session,
    record: &Record,
    summary: &[Summary],
) -> Result<Vec<ExactCheck>> {
    let losses: Vec<&Summary> = summary.iter().filter(|s| s.quantity == "loss").collect();
    if losses.is_empty() {
        return Ok(Vec::new());
    }
    let Some(averages) = session.averages()? else { return Ok(Vec::new()) };
    let checks: Vec<ExactCheck> =
        losses.iter().map(|s| exact::check_mean(s, averages.mean_loss(s.p).value)).collect();
    record.table("exact.csv", &checks)?;
    Ok(checks)
}
