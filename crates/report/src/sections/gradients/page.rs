//! `gradients`.

use super::rows::SanityRow;
use crate::error::Result;
use crate::record::Saved;
use crate::sections::hypercube::rows::MeanCurveRow;
use crate::sections::shared::claims::sanity_title;
use crate::sections::shared::results::{Results, nodes, write_up};
use crate::sections::shared::rows::{ExactCheck, Summary};
use crate::sections::shared::telling::{
    Part, Shown, Table, Told, contained, exact_gradients, shown,
};
use crate::words::{count, estimate, fixed, listed, number};
use crate::write_up::{LOSS_DIFFERENCE, TEN_MEAN_GRADIENT};

pub(crate) fn tell(saved: &Saved, results: &Results) -> Result<Told> {
    let summary: Vec<Summary> = saved.table("summary.csv")?;
    let sanity: Vec<SanityRow> = saved.optional_table("sanity.csv")?;
    let checks: Vec<ExactCheck> = saved.optional_table("exact.csv")?;
    let n = nodes(saved).unwrap_or(20);
    let half = half(n);
    let masks = summary.first().map_or(0, |row| row.masks);
    let mut words = vec![format!(
        "A node’s gate is the number that its activation is multiplied by: 1 when it is on, 0 when it is \
         off. The gate gradient ∂loss/∂bᵢ says how the loss would change if the gate moved a \
         little; it is known for the price of one backward pass. Here it is taken at {} random \
         masks for each p, for every node. {}",
        count(masks),
        means_in_words(&summary)
    )];
    let (curves, of_curves) = exact_gradients(saved).unzip();
    words.extend(curves.into_iter().chain(contained(&checks)));
    let mut parts = vec![Part {
        question: "What do the gradients of nodes’ gates look like?",
        finding: shape(&summary).to_owned(),
        rests_on: format!("{} random masks for each p, every node", count(masks)),
        words,
        details: Vec::new(),
        figure: Some(densities(&summary, of_curves.unwrap_or_default())),
        live: None,
    }];
    let mut tables = Vec::new();
    if !sanity.is_empty() {
        tables.push(sanity_table(saved, &half, &sanity, &checks));
        let slope = match results.hypercube_of(saved) {
            Some(hypercube) => slope(&hypercube.table("mean_curve.csv")?),
            None => None,
        };
        let mut words = vec![format!(
            "The write-up’s sanity check: from p = ¼ to p = ¾ half of the nodes are switched on, {half} \
             of {n}, so {half} times the mean gradient at p = ½ should be about the difference of \
             the mean losses."
        )];
        words.extend(slope);
        parts.push(Part {
            question: "Does the gradient foretell what removing nodes does?",
            finding: sanity_title(
                known("ten_mean_gradient", &sanity, &checks),
                known("loss_difference", &sanity, &checks),
            )
            .to_owned(),
            rests_on: both_sides(&half, &sanity, &checks),
            words,
            details: Vec::new(),
            figure: Some(sanity_figure(&half, &sanity)),
            live: None,
        });
    }
    tables.push(moments(&summary));
    Ok(Told { title: "Gate gradients", parts, more: Vec::new(), tables })
}

/// Whether the gradients of the loss are more peaked and heavier-tailed than a normal distribution, at
/// every p.
fn shape(summary: &[Summary]) -> &'static str {
    let rows = summary.iter().filter(|row| row.quantity == "loss_gradient");
    let ends = |row: &Summary| {
        let reach = 1.96 * row.excess_kurtosis_se;
        (row.excess_kurtosis - reach, row.excess_kurtosis + reach)
    };
    let ends: Vec<(f64, f64)> = rows.map(ends).collect();
    if !ends.is_empty() && ends.iter().all(|(low, _)| *low > 0.0) {
        "In this network, gate gradients are heavier-tailed than a normal distribution"
    } else if ends.iter().any(|(_, high)| *high < 0.0) {
        "In this network, gate gradients are not heavier-tailed than normal at every p"
    } else {
        "Whether gate gradients are heavier-tailed than a normal distribution is left open"
    }
}

/// The mean gradients of the loss.
fn means_in_words(summary: &[Summary]) -> String {
    let rows = summary.iter().filter(|row| row.quantity == "loss_gradient");
    let of =
        |row: &Summary| format!("{} at p = {}", estimate(row.mean, row.mean_se), number(row.p));
    let means: Vec<String> = rows.map(of).collect();
    format!("Their mean is {} (nats; ± is one standard error).", listed(&means))
}

/// A side of the check with its standard error: exactly, or as sampled.
fn known(quantity: &str, sanity: &[SanityRow], checks: &[ExactCheck]) -> (f64, f64) {
    let exact = checks.iter().find(|check| check.quantity == quantity);
    let sampled = sanity.iter().find(|row| row.quantity == quantity);
    let sampled = sampled.map_or((f64::NAN, f64::NAN), |row| (row.value, row.se));
    exact.map_or(sampled, |check| (check.exact, 0.0))
}

fn both_sides(half: &str, sanity: &[SanityRow], checks: &[ExactCheck]) -> String {
    let of = |quantity: &str| {
        let row = sanity.iter().find(|row| row.quantity == quantity)?;
        let exact = checks.iter().find(|check| check.quantity == quantity);
        let exact = exact.map(|check| format!(", exactly {}", fixed(check.exact, 4)));
        Some(format!("{}{}", estimate(row.value, row.se), exact.unwrap_or_default()))
    };
    of("ten_mean_gradient").zip(of("loss_difference")).map_or_else(String::new, |(one, other)| {
        format!("{half} times the mean gradient, {one}, against the difference, {other} (nats)")
    })
}

fn densities(summary: &[Summary], curves: &str) -> Shown {
    let of = |quantity: &str, name: &str| {
        let rows = summary.iter().filter(|row| row.quantity == quantity);
        let means = rows.map(|row| format!("{} at p = {}", fixed(row.mean, 3), number(row.p)));
        format!("Mean {name}: {}.", listed(&means.collect::<Vec<_>>()))
    };
    shown(
        "gradients",
        &["density.csv", "density_exact.csv", "gradients.npy"],
        format!(
            "Densities of the gate gradients of the loss and of ln(loss), all nodes pooled. \
             Coloured: sampled. Dotted: normal fits.{curves}"
        ),
        format!(
            "Densities of gate gradients with normal fits.{curves} {} {}",
            of("loss_gradient", "∂loss/∂bᵢ"),
            of("log_loss_gradient", "∂ln(loss)/∂bᵢ")
        ),
    )
}

fn sanity_figure(half: &str, sanity: &[SanityRow]) -> Shown {
    let words = |row: &SanityRow| {
        format!(
            "{} {} (95\u{a0}% interval {} to {})",
            side(half, &row.quantity),
            fixed(row.value, 4),
            fixed(row.low, 4),
            fixed(row.high, 4)
        )
    };
    shown(
        "gradients-sanity",
        &["sanity.csv", "exact.csv"],
        "The sanity check: both sides and the gap between them.",
        format!("Intervals: {}.", listed(&sanity.iter().map(words).collect::<Vec<_>>())),
    )
}

/// One side of the check in words.
fn side(half: &str, quantity: &str) -> String {
    match quantity {
        // Ten of the write-up's twenty nodes.
        "ten_mean_gradient" => format!("{half} × mean gate gradient, p = 0.5"),
        "loss_difference" => "mean loss at p = 0.75 less that at p = 0.25".to_owned(),
        "gap" => "gap, the first less the second".to_owned(),
        other => other.to_owned(),
    }
}

/// Half of a number of nodes.
fn half(n: usize) -> String {
    number(n as f64 / 2.0)
}

fn sanity_table(saved: &Saved, half: &str, sanity: &[SanityRow], checks: &[ExactCheck]) -> Table {
    let mut table = Table::new(
        "The sanity check (nats); ± is one standard error",
        &["quantity", "write-up", "here, sampled", "here, exact"],
    );
    for row in sanity {
        let theirs = match row.quantity.as_str() {
            "ten_mean_gradient" => fixed(TEN_MEAN_GRADIENT, 7),
            "loss_difference" => fixed(LOSS_DIFFERENCE, 7),
            _ => fixed(TEN_MEAN_GRADIENT - LOSS_DIFFERENCE, 7),
        };
        let known = checks.iter().find(|check| check.quantity == row.quantity);
        table.row([
            side(half, &row.quantity),
            write_up(saved, &theirs),
            estimate(row.value, row.se),
            known.map_or_else(|| "–".to_owned(), |check| fixed(check.exact, 4)),
        ]);
    }
    table
}

fn moments(summary: &[Summary]) -> Table {
    let mut table = Table::new(
        "Gate gradients, sampled; ± is one standard error, by bootstrap over masks",
        &["gradient of", "p", "mean", "standard deviation", "skewness", "excess kurtosis"],
    );
    for row in summary {
        let log = row.quantity.starts_with("log");
        table.row([
            (if log { "ln(loss)" } else { "loss" }).to_owned(),
            number(row.p),
            estimate(row.mean, row.mean_se),
            estimate(row.sd, row.sd_se),
            estimate(row.skewness, row.skewness_se),
            estimate(row.excess_kurtosis, row.excess_kurtosis_se),
        ]);
    }
    table
}

/// What the check approximates, and how its gap divides.
fn slope(curve: &[MeanCurveRow]) -> Option<String> {
    let at = |p: f64| curve.iter().find(|row| (row.p - p).abs() < 1e-9);
    let (low, half, high) = (at(0.25)?, at(0.5)?, at(0.75)?);
    Some(format!(
        "There is an exact form of the check (Russo–Margulis): the slope of the mean loss in p is \
         the sum of all nodes’ mean flip effects, the true changes when a node is switched. Half \
         of that slope at p = ½ is {}; from p = ¼ to ¾ the mean loss changes by {}. What is left \
         between the two is the bend of the mean loss in p.",
        fixed(half.loss_derivative / 2.0, 4),
        fixed(high.loss - low.loss, 4)
    ))
}
