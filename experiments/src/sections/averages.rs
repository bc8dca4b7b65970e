//! `averages`: what holds exactly at any width, over all masks of the last hidden layer.

use anyhow::{Result, bail};
use clap::Args;
use hypercube::averages::{
    Averages, CertifiedNodes, CurvePoint, Estimate, PathCovariance, Sampled,
};
use hypercube::{Mask, ValueFunction};
use report::records::{
    AverageSummary, AveragedNode, DegreeWeight, GateGradientRow, InteractionRow, LossCurveRow,
    SampledCovariance, SampledMean, SampledMoment,
};
use report::words::{fixed, interval};
use serde_json::json;
use stats::{Moments, normal_interval};

use crate::options::{SampleSize, Valued};
use crate::session::Session;
use crate::subject::Subject;
use crate::work::Work;
use crate::{limits, output, pairs, point_pairs};

/// Steps of p along the mean curve.
const CURVE: usize = 100;

/// The write-up's probabilities.
const P: [f64; 3] = [0.25, 0.5, 0.75];

/// Pairs of nodes that are listed; the array has all.
const PAIRS: usize = 200;

/// Values of p at which masks are sampled beside the curve, in tenths.
const TENTHS: std::ops::RangeInclusive<usize> = 1..=9;

/// Masks at each of these at most: their intervals are to be seen on the figure.
const BESIDE: usize = 1024;

/// Flip paths at most, of up to 21 masks each: as many as `flip-paths` takes.
const PATHS: usize = 4096;

/// Covariances that are printed, so many flips from either end of the path; the table has all.
const PRINTED: usize = 4;

#[derive(Args, Debug, Default)]
pub struct Options {
    #[command(flatten)]
    sample: SampleSize,
    #[command(flatten)]
    valued: Valued,
}

pub fn run(session: &Session, options: &Options) -> Result<()> {
    let work = Work::begin_of(session, "averages", options.valued.into())?;
    let Subject { network, points, .. } = session.subject()?;
    let n = network.hidden().last().copied().unwrap_or(0);
    limits::averages(points.len(), n)?;
    let masks = options.sample.size(&session.common);
    // What is measured of a mask, several times over.
    limits::memory("masks", masks, 200)?;
    limits::evaluations(masks, points.len(), n)?;
    let value = ValueFunction::from(options.valued);
    let averages = value.averages(network, points, session.ablation())?;
    if !averages.are_known() {
        bail!(
            "the logits spread so widely over masks that the averages would not be known: scale the last \
             layer's weights down, or sample masks instead (`loss-density`)"
        );
    }
    let first = network.n_nodes() - n;

    let progress = session.progress("mean loss over p", points.len());
    let curve = averages.mean_curve(CURVE, |more| progress.add(more));
    drop(progress);
    let row = |c: &CurvePoint| LossCurveRow { p: c.p, loss: c.loss, loss_derivative: c.derivative };
    work.record.table("mean_curve.csv", &curve.points.iter().map(row).collect::<Vec<_>>())?;
    let gradients = P.map(|p| gate_gradients(&averages, p));
    work.record.table("gate_gradients.csv", &gradients)?;

    let banzhaf = averages.banzhaf();
    let progress = session.progress("Shapley values", 1000);
    let mut told = 0;
    let shapley = averages.shapley(|done, all| {
        let now = 1000 * done / all;
        progress.add(now - told);
        told = now;
    });
    drop(progress);
    let node = |(i, (&loss_shapley, &loss_banzhaf)): (usize, (&f64, &f64))| AveragedNode {
        node: first + i,
        layer: network.hidden().len() - 1,
        loss_shapley,
        loss_banzhaf,
    };
    let nodes: Vec<AveragedNode> =
        shapley.values.iter().zip(&banzhaf.values).enumerate().map(node).collect();
    work.record.table("nodes.csv", &nodes)?;

    let progress = session.progress("pairs of nodes", points.len());
    let walsh = averages.pairs(|more| progress.add(more));
    drop(progress);
    let mean = averages.mean_loss(0.5);
    let mut spectrum = vec![
        mean.value * mean.value,
        banzhaf.values.iter().map(|b| b * b / 4.0).sum(),
        walsh.values.iter().map(|f| f * f).sum(),
    ];
    let known = (&banzhaf, &walsh);
    let levels = point_pairs::record(session, &work.record, &averages, points.len(), known)?;
    spectrum.extend(point_pairs::beyond_pairs(&levels));
    let weight = |(degree, loss_weight)| DegreeWeight { degree, loss_weight };
    let spectrum: Vec<_> = spectrum.into_iter().take(n + 1).enumerate().map(weight).collect();
    work.record.table("spectrum.csv", &spectrum)?;
    work.record.table("interactions.csv", &strongest(&walsh, n, first))?;
    let effects: Vec<f64> =
        (0..n * n).map(|at| 4.0 * (walsh.values[at] + walsh.values[at % n * n + at / n])).collect();
    pairs::record(&work.record, network, first, &effects)?;

    let curve_beside = sampled_curve(session, &averages, masks.min(BESIDE));
    work.record.table("sampled_curve.csv", &curve_beside)?;
    let progress = session.progress("masks and their reversals", masks);
    let seed = session.common.seed();
    let sampled = averages.sampled(masks, seed, known, |more| progress.add(more));
    drop(progress);
    let moments = moments(&sampled);
    work.record.table("sampled.csv", &moments)?;
    let paths = masks.min(PATHS);
    let progress = session.progress("flip paths", paths);
    let covariances = averages.flip_covariance(paths, seed, known, |more| progress.add(more));
    drop(progress);
    let covariances: Vec<SampledCovariance> = covariances.iter().map(covariance).collect();
    work.record.table("flip_covariance.csv", &covariances)?;

    let summary = AverageSummary {
        n_nodes: n,
        mean_loss: mean.value,
        half_n_mean_gradient: n as f64 / 2.0 * gradients[1].mean,
        loss_difference: averages.mean_loss(P[2]).value - averages.mean_loss(P[0]).value,
        mean_loss_error: curve.error.max(mean.error),
        curve_change: curve.interpolation,
        gradient_error: gradients.iter().map(|row| row.error).fold(0.0, f64::max),
        banzhaf_error: banzhaf.error,
        shapley_error: shapley.error,
        interaction_error: 4.0 * walsh.error,
    };
    work.record.json("summary.json", &summary)?;
    // Of the loss, whose two moments come first, pairs of points tell more.
    let told = if levels.is_empty() { &moments[..] } else { &moments[2..] };
    print(&summary, &gradients, &spectrum, told)?;
    point_pairs::print(&levels)?;
    print_covariances(&covariances)?;
    work.finish(json!({ "p": P, "masks": masks, "paths": paths, "averaged_nodes": n, "hidden_before": first }))
}

/// Mean gate gradients at one p, over nodes.
fn gate_gradients(averages: &Averages, p: f64) -> GateGradientRow {
    let found = averages.gate_gradients(p);
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let (on, off) = (mean(&found.on), mean(&found.off));
    GateGradientRow { p, mean: p * on + (1.0 - p) * off, on, off, error: found.error }
}

/// Mean losses of random masks beside the exact ones.
fn sampled_curve(session: &Session, averages: &Averages, masks: usize) -> Vec<SampledMean> {
    let progress = session.progress("random masks", TENTHS.count());
    let row = |tenths: usize| {
        let p = tenths as f64 / 10.0;
        let seed = session.common.seed();
        let drawn: Vec<Mask> =
            (0..masks as u64).map(|k| Mask::random(averages.n_nodes(), p, seed, k)).collect();
        let moments = Moments::new(&averages.losses(&drawn));
        let (low, high) = normal_interval(moments.mean, moments.mean_error);
        progress.add(1);
        SampledMean {
            p,
            masks,
            sampled: moments.mean,
            low,
            high,
            exact: averages.mean_loss(p).value,
        }
    };
    TENTHS.map(row).collect()
}

/// What is sampled at p = ½, as it is recorded.
fn moments(sampled: &Sampled) -> Vec<SampledMoment> {
    let row = |quantity: &str, statistic: &str, estimate: Estimate| {
        let (low, high) = normal_interval(estimate.value, estimate.error);
        SampledMoment {
            quantity: quantity.to_owned(),
            statistic: statistic.to_owned(),
            estimate: estimate.value,
            low,
            high,
            saved: estimate.saved,
        }
    };
    vec![
        row("loss", "variance", sampled.loss_variance),
        row("loss", "reversal_correlation", sampled.loss_reversal),
        row("log_loss", "mean", sampled.log_loss_mean),
        row("log_loss", "variance", sampled.log_loss_variance),
        row("log_loss", "reversal_correlation", sampled.log_loss_reversal),
    ]
}

/// A covariance along flip paths, as it is recorded.
fn covariance(found: &PathCovariance) -> SampledCovariance {
    let [loss, log_loss] = [found.loss, found.log_loss].map(|e| normal_interval(e.value, e.error));
    SampledCovariance {
        flips: found.flips,
        loss_covariance: found.loss.value,
        loss_low: loss.0,
        loss_high: loss.1,
        loss_known: found.known,
        loss_saved: found.loss.saved,
        log_loss_covariance: found.log_loss.value,
        log_loss_low: log_loss.0,
        log_loss_high: log_loss.1,
        log_loss_saved: found.log_loss.saved,
    }
}

/// The pairs with the largest effects.
fn strongest(pairs: &CertifiedNodes, n: usize, first: usize) -> Vec<InteractionRow> {
    let mut order: Vec<usize> = (0..n * n).filter(|at| at / n < at % n).collect();
    order.sort_by(|&a, &b| pairs.values[b].abs().total_cmp(&pairs.values[a].abs()));
    let row = |at: usize| InteractionRow {
        quantity: "loss".to_owned(),
        first: first + at / n,
        second: first + at % n,
        effect: 4.0 * pairs.values[at],
    };
    order.into_iter().take(PAIRS).map(row).collect()
}

fn print(
    summary: &AverageSummary,
    gradients: &[GateGradientRow],
    spectrum: &[DegreeWeight],
    moments: &[SampledMoment],
) -> std::io::Result<()> {
    let row = |g: &GateGradientRow| {
        let values = [g.mean, g.on, g.off].map(|value| fixed(value, 6));
        [vec![g.p.to_string()], values.to_vec()].concat()
    };
    let rows: Vec<_> = gradients.iter().map(row).collect();
    let header = ["p", "mean ∂loss/∂bᵢ", "where on", "where off"];
    output::print(&output::table(&header, &rows))?;
    let rows = spectrum.iter().take(3).map(|w| vec![w.degree.to_string(), fixed(w.loss_weight, 9)]);
    let table = output::table(&["degree", "weight"], &rows.collect::<Vec<_>>());
    output::print(&format!("\n{table}"))?;
    let row = |m: &SampledMoment| {
        vec![
            format!("{} {}", m.quantity, m.statistic.replace('_', " ")),
            fixed(m.estimate, 4),
            interval(m.low, m.high, 4),
            format!("× {}", fixed(m.saved, 1)),
        ]
    };
    let rows: Vec<_> = moments.iter().map(row).collect();
    let table = output::table(&["sampled", "", "95 % interval", "masks saved"], &rows);
    output::print(&format!("\n{table}"))?;
    output::print(&format!(
        "\nmean loss at ½ {}; N/2 × mean gradient {}, mean loss at ¾ − at ¼ {}\n\
         bounds on the errors: mean loss {:.0e}, Banzhaf {:.0e}, Shapley {:.0e}, pairs {:.0e}\n",
        fixed(summary.mean_loss, 9),
        fixed(summary.half_n_mean_gradient, 6),
        fixed(summary.loss_difference, 6),
        summary.mean_loss_error,
        summary.banzhaf_error,
        summary.shapley_error,
        summary.interaction_error
    ))
}

fn print_covariances(covariances: &[SampledCovariance]) -> std::io::Result<()> {
    let is_near = |k: usize| k <= PRINTED || k + PRINTED >= covariances.len();
    let ends = covariances.iter().enumerate().filter(|(k, _)| is_near(*k));
    let row = |(_, c): (usize, &SampledCovariance)| {
        vec![
            c.flips.to_string(),
            fixed(c.loss_covariance, 4),
            interval(c.loss_low, c.loss_high, 4),
            format!("× {}", fixed(c.loss_saved, 1)),
            fixed(c.log_loss_covariance, 4),
            interval(c.log_loss_low, c.log_loss_high, 4),
            format!("× {}", fixed(c.log_loss_saved, 1)),
        ]
    };
    let rows: Vec<_> = ends.map(row).collect();
    let header = [
        "flips",
        "cov. of loss",
        "95 % interval",
        "paths saved",
        "of ln(loss)",
        "95 % interval",
        "paths saved",
    ];
    output::print(&format!("\n{}", output::table(&header, &rows)))
}
