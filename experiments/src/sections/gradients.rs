//! `gradients`: gate gradients of loss and of ln(loss), and the write-up's sanity check.

use anyhow::Result;
use hypercube::averages::GateGradients;
use hypercube::gradients::GradientSums;
use rayon::prelude::*;
use report::Record;
use report::records::{ExactCheck, SanityRow, Summary};
use report::words;
use serde_json::json;
use stats::{Moments, normal_interval};

use crate::exact::gradients::{Gathering, of_log, visit_all};
use crate::exact::{self, Exact, Histogram};
use crate::sampling::Sample;
use crate::session::Session;
use crate::work::Work;
use crate::{output, sampling};

use super::log_loss_density;
pub use super::loss_density::Options;

/// Share of the gradients beyond either end of the figure: their tails are long.
const TAIL: f64 = 0.002;

/// The probabilities that the sanity check compares.
const QUARTERS: [f64; 3] = [0.25, 0.5, 0.75];

/// The gradients of the loss and of ln(loss) in tables.
const QUANTITIES: [&str; 2] = ["loss_gradient", "log_loss_gradient"];

pub fn run(session: &Session, options: &Options) -> Result<()> {
    let work = Work::begin(session, "gradients")?;
    let masks = options.sample.size(&session.common);
    let p = &options.probabilities.p;
    let samples = sampling::gradients(session, p, masks)?;
    let n = session.subject()?.network.n_nodes();

    let all: Vec<f32> = samples.iter().flat_map(|s| s.gradients.iter().copied()).collect();
    work.record.array_f32("gradients.npy", &[samples.len(), masks, n], &all)?;
    let losses: Vec<f64> = samples.iter().flat_map(|s| s.losses.iter().copied()).collect();
    work.record.array_f64("losses.npy", &[samples.len(), masks], &losses)?;
    let seed = session.common.seed();
    let progress = session.progress("densities and errors", 4 * samples.len());
    let (mut density, mut summary, mut grids) = (Vec::new(), Vec::new(), Vec::new());
    let of: [fn(&Sample) -> Vec<f64>; 2] = [loss_gradients, log_loss_gradients];
    for (quantity, of) in QUANTITIES.into_iter().zip(of) {
        let values: Vec<(f64, Vec<f64>)> = samples.iter().map(|s| (s.p, of(s))).collect();
        let grid = sampling::common_grid(values.iter().map(|(_, v)| &v[..]), TAIL);
        let described = values.par_iter().map(|(p, values)| {
            let density = sampling::density_rows(quantity, *p, values, &grid);
            progress.add(1);
            let summary = sampling::summary(seed, quantity, *p, masks, values);
            progress.add(1);
            (density, summary)
        });
        for (rows, moments) in described.collect::<Vec<_>>() {
            density.extend(rows);
            summary.push(moments);
        }
        grids.push(grid);
    }
    drop(progress);
    work.record.table("density.csv", &density)?;
    work.record.table("summary.csv", &summary)?;
    let sanity = sanity(&samples, n);
    if let Some(rows) = &sanity {
        work.record.table("sanity.csv", rows)?;
    }

    let checks = match session.exact()? {
        Some(exact) => {
            let sums = over_all_masks(session, exact, &work.record, p, grids)?;
            let gradient = |p: f64| sums.means(p).iter().sum::<f64>();
            let loss = |p: f64| exact.loss.sums.mean(p);
            check(n, gradient, loss, &summary, sanity.as_deref())
        }
        None => beside_averages(session, &summary, sanity.as_deref())?,
    };
    if !checks.is_empty() {
        work.record.table("exact.csv", &checks)?;
    }

    print(&summary, sanity.as_deref())?;
    exact::print(&checks)?;
    work.finish(json!({ "p": p, "masks": masks, "kernel_sd": sampling::KERNEL_SD }))
}

fn loss_gradients(sample: &Sample) -> Vec<f64> {
    sample.gradients.iter().map(|&g| f64::from(g)).collect()
}

/// ∂ln(loss)/∂bᵢ = (∂loss/∂bᵢ) / loss.
pub fn log_loss_gradients(sample: &Sample) -> Vec<f64> {
    let n = sample.gradients.len() / sample.losses.len();
    let rows = sample.gradients.chunks_exact(n).zip(&sample.losses);
    rows.flat_map(|(row, loss)| row.iter().map(move |&g| f64::from(g) / loss)).collect()
}

/// The write-up's check: from p = ¼ to p = ¾ half of the nodes are switched on, so the mean loss
/// should change by about N/2 (its 10, for 20 nodes) times the mean gate gradient at ½.
///
/// Mask k at ¼, ½ and ¾ is drawn from the same uniform numbers, so each side and the gap between
/// them is a mean over k, with that mean's standard error.
fn sanity(samples: &[Sample], n: usize) -> Option<Vec<SanityRow>> {
    let at = |p: f64| samples.iter().find(|s| s.p == p);
    let [low, middle, high] = QUARTERS.map(at);
    let (low, middle, high) = (low?, middle?, high?);
    let slope = |row: &[f32]| row.iter().map(|&g| f64::from(g)).sum::<f64>() / 2.0;
    let slopes: Vec<f64> = middle.gradients.chunks_exact(n).map(slope).collect();
    let differences: Vec<f64> = high.losses.iter().zip(&low.losses).map(|(h, l)| h - l).collect();
    let gaps: Vec<f64> = slopes.iter().zip(&differences).map(|(s, d)| s - d).collect();
    let row = |(quantity, values): (&str, &[f64])| {
        let moments = Moments::new(values);
        let (low, high) = normal_interval(moments.mean, moments.mean_error);
        let (value, se) = (moments.mean, moments.mean_error);
        SanityRow { quantity: quantity.to_owned(), value, se, low, high }
    };
    let quantities: [(&str, &[f64]); 3] =
        [("ten_mean_gradient", &slopes), ("loss_difference", &differences), ("gap", &gaps)];
    Some(quantities.map(row).into())
}

/// Goes through the gate gradients of all masks: records their densities on the sampled ones' grids, and
/// returns their sums.
fn over_all_masks(
    session: &Session,
    exact: &Exact,
    record: &Record,
    p: &[f64],
    grids: Vec<Vec<f64>>,
) -> Result<GradientSums> {
    let subject = session.subject()?;
    let n = subject.network.n_nodes();
    let mut sums = GradientSums::new(n);
    let curves = grids.into_iter().map(|grid| Histogram::new(n + 1, grid)).collect();
    let mut gathering = Gathering::if_few(subject, curves, session.terminal);
    visit_all(subject, session.terminal, |first, rows| {
        sums.add(first, rows);
        if let Some(gathering) = &mut gathering {
            gathering.add((first, rows), &exact.losses, |curves, mask, row, loss| {
                let size = mask.count_ones() as usize;
                for &gradient in row {
                    curves[0].add(size, f64::from(gradient));
                    curves[1].add(size, of_log(gradient, loss));
                }
            });
        }
    })?;
    if let Some(gathering) = gathering {
        let curves = gathering.finish();
        let curves = curves.iter().zip(QUANTITIES);
        let rows = curves
            .flat_map(|(curve, quantity)| p.iter().flat_map(move |&p| curve.at(quantity, p, n)));
        record.table("density_exact.csv", &rows.collect::<Vec<_>>())?;
    }
    Ok(sums)
}

/// Means of the loss gradient at each p, and the sanity check, beside exact values from the averages
/// that need no table of all masks.
fn beside_averages(
    session: &Session,
    summary: &[Summary],
    sanity: Option<&[SanityRow]>,
) -> Result<Vec<ExactCheck>> {
    let Some(averages) = session.averages()? else { return Ok(Vec::new()) };
    let gradient = |p: f64| {
        let GateGradients { on, off, .. } = averages.gate_gradients(p);
        p * on.iter().sum::<f64>() + (1.0 - p) * off.iter().sum::<f64>()
    };
    let loss = |p: f64| averages.mean_loss(p).value;
    Ok(check(averages.n_nodes(), gradient, loss, summary, sanity))
}

/// The same from the sum of the nodes' mean gradients and the mean loss at p.
fn check(
    n_nodes: usize,
    gradient: impl Fn(f64) -> f64,
    loss: impl Fn(f64) -> f64,
    summary: &[Summary],
    sanity: Option<&[SanityRow]>,
) -> Vec<ExactCheck> {
    let of_loss = summary.iter().filter(|s| s.quantity == "loss_gradient");
    let mut checks: Vec<ExactCheck> =
        of_loss.map(|s| exact::check_mean(s, gradient(s.p) / n_nodes as f64)).collect();
    let Some(sanity) = sanity else { return checks };
    let [low, middle, high] = QUARTERS;
    let slope = gradient(middle) / 2.0;
    let difference = loss(high) - loss(low);
    for row in sanity {
        let value = match row.quantity.as_str() {
            "ten_mean_gradient" => slope,
            "loss_difference" => difference,
            _ => slope - difference,
        };
        let estimate = (row.value, row.low, row.high);
        checks.push(exact::check(&row.quantity, None, None, "value", estimate, value));
    }
    checks
}

fn print(summary: &[Summary], sanity: Option<&[SanityRow]>) -> Result<()> {
    for (quantity, title) in
        [("loss_gradient", "∂loss/∂bᵢ"), ("log_loss_gradient", "∂ln(loss)/∂bᵢ")]
    {
        let own: Vec<Summary> =
            summary.iter().filter(|s| s.quantity == quantity).cloned().collect();
        log_loss_density::print(title, &own)?;
        output::print("\n")?;
    }
    let Some(sanity) = sanity else {
        let line = "sanity check: left out, it needs p = 0.25, 0.5 and 0.75\n";
        return Ok(output::print(line)?);
    };
    let name = |row: &SanityRow| match row.quantity.as_str() {
        "ten_mean_gradient" => "N/2 × mean ∂loss/∂bᵢ at ½".to_owned(),
        "loss_difference" => "mean loss at ¾ − at ¼".to_owned(),
        _ => "gap".to_owned(),
    };
    let row = |r: &SanityRow| {
        vec![name(r), words::estimate(r.value, r.se), format!("{:.4} to {:.4}", r.low, r.high)]
    };
    let rows: Vec<_> = sanity.iter().map(row).collect();
    output::print(&output::table(&["sanity check", "value", "95 % interval"], &rows))?;
    Ok(())
}
