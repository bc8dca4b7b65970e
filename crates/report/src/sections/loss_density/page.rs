//! What the page says of `loss-density` and, with other words, of `log-loss-density`.

use crate::error::Result;
use crate::record::Saved;
use crate::sections::shared::results::{Results, write_up};
use crate::sections::shared::rows::{ExactCheck, Summary};
use crate::sections::shared::task::Task;
use crate::sections::shared::telling::{Part, Table, Told, contained, exact, shown};
use crate::words::{count, estimate, fixed, listed, number, optional};
use crate::write_up::{MEAN_LOSS_25, MEAN_LOSS_75};

pub(crate) fn tell(saved: &Saved, _: &Results) -> Result<Told> {
    let summary: Vec<Summary> = saved.table("summary.csv")?;
    let checks: Vec<ExactCheck> = saved.optional_table("exact.csv")?;
    let mut table = Table::new(
        "Loss of random sub-networks (nats); ± is one standard error",
        &["quantity", "write-up", "here, sampled", "here, exact"],
    );
    for row in &summary {
        let theirs = [(0.25, MEAN_LOSS_25), (0.75, MEAN_LOSS_75)];
        let theirs = theirs.iter().find(|(p, _)| *p == row.p);
        let theirs = theirs.map(|(_, value)| write_up(saved, &value.to_string()));
        push(&mut table, row, "mean", (row.mean, row.mean_se), theirs, &checks);
        push(&mut table, row, "sd", (row.sd, row.sd_se), None, &checks);
    }
    let chance = Task::read(saved).chance().map(|(answer, loss)| {
        format!(" A network that always answered {answer} would have the loss {loss}.")
    });
    let mut words = vec![format!(
        "Each node is kept with probability p, independently of the others; {} masks are drawn for \
         each p.{} The further left a curve lies, the less harm removal does.",
        masks(&summary),
        chance.unwrap_or_default()
    )];
    words.extend(contained(&checks));
    let part = Part {
        question: "How bad is a sub-network whose nodes are left to chance?",
        finding: against_guessing(&summary, Task::read(saved).classes),
        rests_on: format!("{} random masks for each p", masks(&summary)),
        words,
        details: Vec::new(),
        figure: Some(shown(
            "loss-density",
            &["density.csv", "density_exact.csv", "ecdf.csv"],
            "Densities, smoothed as in the write-up, and distribution functions. Coloured: \
             sampled; thin black (white on dark): exact.",
            format!(
                "Densities and distribution functions of the loss of random sub-networks. {}",
                means(&summary, "Mean losses")
            ),
        )),
        live: None,
    };
    Ok(Told {
        title: "Loss of random sub-networks",
        parts: vec![part],
        tables: vec![table],
        ..Told::default()
    })
}

/// At which p the mean loss is above that of a network that knows nothing, and at which below, as far
/// as two standard errors tell.
fn against_guessing(summary: &[Summary], classes: Option<usize>) -> String {
    let Some(chance) = classes.map(|classes| (classes as f64).ln()) else {
        return means(summary, "Mean losses").trim_end_matches('.').to_owned();
    };
    let at = |side: f64| {
        let off = |row: &&Summary| side * (row.mean - chance) > 1.96 * row.mean_se;
        let values: Vec<String> = summary.iter().filter(off).map(|row| number(row.p)).collect();
        (!values.is_empty()).then(|| format!("p = {}", listed(&values)))
    };
    match (at(1.0), at(-1.0)) {
        (Some(worse), Some(better)) => format!(
            "Left to chance, sub-networks are worse than guessing at {worse}, and better at {better}"
        ),
        (Some(_), None) => "Sub-networks left to chance are worse than guessing".to_owned(),
        (None, Some(_)) => "Sub-networks left to chance are better than guessing".to_owned(),
        (None, None) => "Sub-networks left to chance are about as good as guessing".to_owned(),
    }
}

/// Whether the largest distance to a normal distribution, from so many masks, is within the 0.05 of
/// the verdict on observation 1. A sample of a normal distribution is off by up to 1.36/√n itself
/// (Kolmogorov, at 95 %).
fn normality(furthest: f64, masks: usize) -> &'static str {
    const LIMIT: f64 = 0.05;
    let error = 1.36 / (masks.max(1) as f64).sqrt();
    match () {
        () if furthest + error <= LIMIT => {
            "In this network, ln(loss) of random sub-networks is close to normal"
        }
        () if furthest - error > LIMIT => {
            "In this network, ln(loss) of random sub-networks is not normal"
        }
        () => "Whether ln(loss) of random sub-networks is close to normal is a matter of the limit",
    }
}

pub(crate) fn log_loss(saved: &Saved) -> Result<Told> {
    let summary: Vec<Summary> = saved.table("summary.csv")?;
    let checks: Vec<ExactCheck> = saved.optional_table("exact.csv")?;
    let mut table = Table::new(
        "ln(loss) of random sub-networks; ± is one standard error. A normal distribution has \
         skewness 0, excess kurtosis 0 and distance 0",
        &["quantity", "write-up", "here, sampled", "here, exact"],
    );
    for row in &summary {
        push(&mut table, row, "mean", (row.mean, row.mean_se), None, &checks);
        push(&mut table, row, "sd", (row.sd, row.sd_se), None, &checks);
        push(&mut table, row, "skewness", (row.skewness, row.skewness_se), None, &checks);
        let kurtosis = (row.excess_kurtosis, row.excess_kurtosis_se);
        push(&mut table, row, "excess kurtosis", kurtosis, None, &checks);
        let name = format!("Kolmogorov–Smirnov distance to normal, p = {}", number(row.p));
        table.row([name, "–".to_owned(), fixed(row.ks_distance, 3), "–".to_owned()]);
    }
    let furthest = summary.iter().map(|row| row.ks_distance).fold(0.0_f64, f64::max);
    let mut words = vec![format!(
        "“Log loss” is ln(loss) here, not the classifier metric of that name. Dotted curves are normal \
         distributions of the same mean and standard deviation. Over the sampled p the distribution \
         function is off a normal one by at most {} (close: at most 0.05).",
        fixed(furthest, 3)
    )];
    words.extend(contained(&checks));
    let drawn = summary.iter().map(|row| row.masks).min().unwrap_or(0);
    let part = Part {
        question: "Is the logarithm of the loss normally distributed?",
        finding: normality(furthest, drawn).to_owned(),
        rests_on: format!(
            "a distance of at most {} from a normal distribution, over {} random masks for each p",
            fixed(furthest, 3),
            masks(&summary)
        ),
        words,
        details: Vec::new(),
        figure: Some(shown(
            "log-loss-density",
            &["density.csv", "density_exact.csv", "ecdf.csv"],
            "Densities and distribution functions of ln(loss). Coloured: sampled; dotted: normal \
             fit; thin black (white on dark): exact.",
            format!(
                "Densities and distribution functions of ln(loss) of random sub-networks, with \
                 normal fits. {} The largest distance to a normal fit is {}.",
                means(&summary, "Means"),
                fixed(furthest, 3)
            ),
        )),
        live: None,
    };
    Ok(Told {
        title: "Log loss of random sub-networks",
        parts: vec![part],
        tables: vec![table],
        ..Told::default()
    })
}

fn push(
    table: &mut Table,
    row: &Summary,
    statistic: &str,
    (value, error): (f64, f64),
    theirs: Option<String>,
    checks: &[ExactCheck],
) {
    let name = if statistic == "sd" { "standard deviation" } else { statistic };
    let known = exact(checks, &row.quantity, Some(row.p), statistic);
    table.row([
        format!("{name}, p = {}", number(row.p)),
        theirs.unwrap_or_else(|| "–".to_owned()),
        estimate(value, error),
        known.map_or_else(|| optional(None), |value| fixed(value, 4)),
    ]);
}

fn masks(summary: &[Summary]) -> String {
    count(summary.first().map_or(0, |row| row.masks))
}

fn means(summary: &[Summary], what: &str) -> String {
    let of = |row: &Summary| format!("{} at p = {}", fixed(row.mean, 3), number(row.p));
    format!("{what}: {}.", listed(&summary.iter().map(of).collect::<Vec<_>>()))
}
