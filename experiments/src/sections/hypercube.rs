//! `hypercube`: every one of the 2^N sub-networks, exactly, and what follows from them.

use std::ops::ControlFlow;

use anyhow::Result;
use clap::Args;
use hypercube::biased::SizeSums;
use hypercube::subsets::{self, OfSize, Step};
use hypercube::walsh::{flip_covariance, reversal_correlation};
use hypercube::{ValueFunction, table, values};
use rayon::prelude::*;
use report::Record;
use report::records::{
    BestMask, FlipCovarianceRow, FrontierRow, HypercubeSummary, InteractionRow, MeanCurveRow,
    NodeValue, RemovalRow, SpectrumRow,
};
use report::words;
use serde_json::{Value, json};
use stats::{kendall_tau_b, spearman};

use crate::exact::ablations::{self, Side};
use crate::exact::{self, Function, watched};
use crate::options::Valued;
use crate::session::Session;
use crate::subject::Subject;
use crate::work::Work;
use crate::{output, pairs, sampling};

/// Pairs of nodes that are listed for each quantity.
const PAIRS: usize = 20;

/// Steps of p along the mean curve.
const CURVE: usize = 100;

/// The write-up's probabilities.
const P: [f64; 3] = [0.25, 0.5, 0.75];

#[derive(Args, Debug, Default)]
pub struct Options {
    /// Write the gate gradients of all masks too: gradients.npy, float32 [2^N, N]
    #[arg(long)]
    gradients: bool,
    #[command(flatten)]
    valued: Valued,
}

pub fn run(session: &Session, options: &Options) -> Result<()> {
    let value = ValueFunction::from(options.valued);
    let work = Work::begin_of(session, "hypercube", value)?;
    let subject = session.subject()?;
    let shared = if value == ValueFunction::Loss { session.exact()? } else { None };
    let (side, ranks) = match shared {
        Some(exact) => {
            let functions = || [exact.loss.clone(), exact.log_loss.clone()];
            measure(session, value, &work.record, &exact.losses, functions)?
        }
        None => {
            let losses = exact::losses(subject, value, subject.ablation, session.terminal)?;
            let offset = value.offset(&subject.network, &subject.points);
            let functions = || exact::functions(&losses, offset, session.terminal);
            measure(session, value, &work.record, &losses, functions)?
        }
    };
    let mut parameters = ablations::compare(subject, value, session.terminal, &work.record, side)?;
    if options.gradients {
        write_gradients(session, value, &work)?;
    }
    let own = json!({
        "p": P,
        "kernel_sd": sampling::KERNEL_SD,
        "gradients": options.gradients,
        "removal_rank_correlation_spearman": ranks.0,
        "removal_rank_correlation_kendall": ranks.1,
    });
    if let Value::Object(own) = own {
        parameters.extend(own);
    }
    work.finish(parameters.into())
}

/// Records and prints all that is about one table; what is compared with the other ablation's, and how
/// gate gradients rank nodes.
fn measure(
    session: &Session,
    value: ValueFunction,
    record: &Record,
    losses: &[f64],
    functions: impl FnOnce() -> [Function; 2],
) -> Result<(Side, (f64, f64))> {
    std::thread::scope(|scope| {
        // The disk can take as long as all the rest.
        let file = scope.spawn(|| record.array_f64("losses.npy", &[losses.len()], losses));
        let [loss, log_loss] = functions();
        record_functions(session, record, &loss, &log_loss)?;
        let densities = || {
            let of_both = [&loss, &log_loss].into_par_iter().flat_map_iter(|function| {
                function.distribution(losses, &P, &sampling::grid_about(function.range))
            });
            record.table("density.csv", &of_both.collect::<Vec<_>>())
        };
        let subject = session.subject()?;
        let masks = || {
            let sizes = subsets::by_size(losses);
            let ranks = record_masks(subject, value, record, losses, &sizes)?;
            Ok::<_, anyhow::Error>((sizes, ranks))
        };
        let (written, measured) = rayon::join(densities, masks);
        written?;
        let (sizes, ranks) = measured?;
        if !file.is_finished() {
            session.say("losses.npy is on its way to the disk");
        }
        file.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
        Ok((Side { sizes, loss, log_loss }, ranks))
    })
}

/// Records and prints what follows from the loss and its logarithm as functions of the mask.
fn record_functions(
    session: &Session,
    record: &Record,
    loss: &Function,
    log_loss: &Function,
) -> Result<()> {
    let network = &session.subject()?.network;
    let n = network.n_nodes();
    let summary = HypercubeSummary {
        n_nodes: n,
        mean_loss: loss.mean,
        sd_loss: loss.sd(),
        mean_log_loss: log_loss.mean,
        sd_log_loss: log_loss.sd(),
        reversal_correlation_loss: reversal_correlation(&loss.weights),
        reversal_correlation_log_loss: reversal_correlation(&log_loss.weights),
    };
    record.json("summary.json", &summary)?;
    let spectrum = loss.weights.iter().zip(&log_loss.weights).enumerate();
    let spectrum: Vec<SpectrumRow> = spectrum
        .map(|(degree, (&loss_weight, &log_loss_weight))| SpectrumRow {
            degree,
            loss_weight,
            log_loss_weight,
        })
        .collect();
    record.table("spectrum.csv", &spectrum)?;
    record.table("flip_covariance.csv", &flip_rows(&loss.weights, &log_loss.weights))?;
    record.table("nodes.csv", &node_rows(&network.node_layers(), &loss.sums, &log_loss.sums))?;
    let strongest: Vec<_> = interactions(loss).chain(interactions(log_loss)).collect();
    record.table("interactions.csv", &strongest)?;
    let mut effects = vec![0.0; n * n];
    for pair in &loss.pairs {
        let (i, j) = pair.nodes;
        (effects[i * n + j], effects[j * n + i]) = (pair.effect, pair.effect);
    }
    pairs::record(record, network, 0, &effects)?;
    record.table("mean_curve.csv", &mean_curve(&loss.sums, &log_loss.sums))?;
    print(&summary, &log_loss.weights)?;
    print_russo_margulis(&loss.sums)
}

/// Records and prints the best masks, shorter searches for them, and removals; how gate gradients rank
/// nodes.
fn record_masks(
    subject: &Subject,
    value: ValueFunction,
    record: &Record,
    losses: &[f64],
    sizes: &[OfSize],
) -> Result<(f64, f64)> {
    let Subject { network, points, ablation, .. } = subject;
    let n = network.n_nodes();
    let gradient = |mask: u32| {
        let values: Vec<f64> = (0..n).map(|i| f64::from(mask >> i & 1)).collect();
        value.evaluate(network, points, *ablation, &values).gradient
    };
    let best = sizes.iter().map(|s| BestMask {
        size: s.size,
        mask: u64::from(s.best),
        loss: s.best_value,
    });
    record.table("best_masks.csv", &best.collect::<Vec<_>>())?;
    let frontier = frontier(losses, sizes, gradient);
    record.table("frontier.csv", &frontier)?;
    let effects = subsets::removal_effects(losses);
    let predicted: Vec<f64> = gradient(((1u64 << n) - 1) as u32).iter().map(|g| -g).collect();
    let removals = effects.iter().zip(&predicted).enumerate();
    let removals: Vec<RemovalRow> = removals
        .map(|(node, (&effect, &predicted))| RemovalRow { node, effect, predicted })
        .collect();
    record.table("removals.csv", &removals)?;
    let ranks = (spearman(&effects, &predicted), kendall_tau_b(&effects, &predicted));
    print_frontier(&frontier, ranks)?;
    Ok(ranks)
}

/// Exact covariances along flip paths, from the weights of the degrees.
pub fn flip_rows(loss: &[f64], log_loss: &[f64]) -> Vec<FlipCovarianceRow> {
    let rows = flip_covariance(loss).into_iter().zip(flip_covariance(log_loss)).enumerate();
    rows.map(|(flips, (loss_covariance, log_loss_covariance))| FlipCovarianceRow {
        flips,
        loss_covariance,
        log_loss_covariance,
    })
    .collect()
}

fn node_rows(layers: &[usize], loss: &SizeSums, log_loss: &SizeSums) -> Vec<NodeValue> {
    let (loss_shapley, loss_banzhaf) = (values::shapley(loss), values::banzhaf(loss));
    let (log_shapley, log_banzhaf) = (values::shapley(log_loss), values::banzhaf(log_loss));
    let row = |(node, &layer)| NodeValue {
        node,
        layer,
        loss_shapley: loss_shapley[node],
        loss_banzhaf: loss_banzhaf[node],
        log_loss_shapley: log_shapley[node],
        log_loss_banzhaf: log_banzhaf[node],
    };
    layers.iter().enumerate().map(row).collect()
}

fn mean_curve(loss: &SizeSums, log_loss: &SizeSums) -> Vec<MeanCurveRow> {
    let row = |k| {
        let p = k as f64 / CURVE as f64;
        MeanCurveRow {
            p,
            loss: loss.mean(p),
            loss_derivative: loss.derivative(p),
            log_loss: log_loss.mean(p),
            log_loss_derivative: log_loss.derivative(p),
        }
    };
    (0..=CURVE).map(row).collect()
}

/// The best mask of each size, and beside it where shorter searches arrive.
fn frontier(
    losses: &[f64],
    sizes: &[OfSize],
    gradient: impl FnMut(u32) -> Vec<f64>,
) -> Vec<FrontierRow> {
    let greedy = subsets::greedy_path(losses);
    let taylor = subsets::gradient_path(losses, gradient);
    let at = |path: &[Step], size: usize| path[path.len() - 1 - size].value;
    let row = |s: &OfSize| FrontierRow {
        size: s.size,
        best: s.best_value,
        greedy: at(&greedy, s.size),
        taylor: at(&taylor, s.size),
        median: s.median,
        worst: s.worst_value,
    };
    sizes.iter().map(row).collect()
}

fn interactions(function: &Function) -> impl Iterator<Item = InteractionRow> + '_ {
    function.pairs.iter().take(PAIRS).map(|pair| InteractionRow {
        quantity: function.name.to_owned(),
        first: pair.nodes.0,
        second: pair.nodes.1,
        effect: pair.effect,
    })
}

/// Streams the gate gradients of all masks into the record: they may not fit in memory.
fn write_gradients(session: &Session, value: ValueFunction, work: &Work) -> Result<()> {
    let Subject { network, points, .. } = session.subject()?;
    let n = network.n_nodes();
    let ablation = session.ablation();
    let mut stream = work.record.stream_f32("gradients.npy", &[1 << n, n])?;
    let mut failure = None;
    let visited = watched(session.terminal, "gate gradients of all masks", |progress| {
        let options = table::Options { progress: Some(progress), ..Default::default() };
        let write = |_, rows: &[f32]| match stream.write(rows) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                failure = Some(error);
                ControlFlow::Break(())
            }
        };
        value.visit_gradients(network, points, ablation, &options, write)
    });
    if let Some(error) = failure {
        return Err(error.into());
    }
    visited?;
    stream.finish()?;
    Ok(())
}

/// The mean, the spread, and the write-up's puzzle in one sentence.
fn print(summary: &HypercubeSummary, weights: &[f64]) -> Result<()> {
    let row = |name: &str, loss: f64, log_loss: f64| {
        vec![name.to_owned(), words::fixed(loss, 6), words::fixed(log_loss, 6)]
    };
    let s = summary;
    let rows = [
        row("mean", s.mean_loss, s.mean_log_loss),
        row("sd", s.sd_loss, s.sd_log_loss),
        row("reversal correlation", s.reversal_correlation_loss, s.reversal_correlation_log_loss),
    ];
    let n = s.n_nodes;
    output::print(&output::table(
        &[&format!("all 2^{n} masks, exact"), "loss", "ln(loss)"],
        &rows,
    ))?;
    let total: f64 = weights[1..].iter().sum();
    if s.reversal_correlation_log_loss.is_nan() {
        output::print(
            "\nThe loss is the same for all masks, so that there is no correlation.\n\n",
        )?;
        return Ok(());
    }
    let even: f64 = weights.iter().skip(2).step_by(2).sum::<f64>() / total;
    let odd: f64 = weights.iter().skip(1).step_by(2).sum::<f64>() / total;
    output::print(&format!(
        "\nOf the variance of ln(loss), {:.1} % lies on even and {:.1} % on odd degrees of \
         interaction; their difference, {:.3}, is the reversal correlation.\n\n",
        100.0 * even,
        100.0 * odd,
        even - odd
    ))?;
    Ok(())
}

/// What the write-up's sanity check approximates.
fn print_russo_margulis(loss: &SizeSums) -> Result<()> {
    let [low, middle, high] = P;
    output::print(&format!(
        "From p = ¼ to ¾ the mean loss changes by {:.4}; half of its slope at ½, the summed mean \
         flip effects (Russo–Margulis), is {:.4}.\n\n",
        loss.mean(high) - loss.mean(low),
        loss.derivative(middle) / 2.0
    ))?;
    Ok(())
}

/// The best of each size, and how well gate gradients rank nodes.
fn print_frontier(frontier: &[FrontierRow], (spearman, kendall): (f64, f64)) -> Result<()> {
    let row = |f: &FrontierRow| {
        let numbers = [f.best, f.greedy, f.taylor, f.median, f.worst];
        let cells = numbers.iter().map(|loss| format!("{loss:.4}"));
        std::iter::once(f.size.to_string()).chain(cells).collect()
    };
    let rows: Vec<_> = frontier.iter().map(row).collect();
    let header = ["nodes on", "best", "greedy", "by gradient", "median", "worst"];
    output::print(&output::table(&header, &rows))?;
    output::print(&format!(
        "\ngate gradient at the full network against true removal: Spearman {}, Kendall {}\n",
        words::fixed(spearman, 3),
        words::fixed(kendall, 3)
    ))?;
    Ok(())
}
