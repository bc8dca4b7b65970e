//! `averages`.

use super::figure::has_pairs;
use super::rows::{
    AverageSummary, AveragedNode, DegreeWeight, GateGradientRow, PairedMoment, SampledCovariance,
    SampledMoment,
};
use super::variance::Shares;
use crate::error::Result;
use crate::record::Saved;
use crate::sections::shared::results::{Results, nodes};
use crate::sections::shared::telling::{Part, Shown, Table, Told, shown};
use crate::words::{count, fixed, interval, number};

pub(crate) fn tell(saved: &Saved, _: &Results) -> Result<Told> {
    let summary: AverageSummary = saved.json("summary.json")?;
    let gradients: Vec<GateGradientRow> = saved.table("gate_gradients.csv")?;
    let spectrum: Vec<DegreeWeight> = saved.table("spectrum.csv")?;
    let values: Vec<AveragedNode> = saved.table("nodes.csv")?;
    let deep = nodes(saved).is_some_and(|all| all > summary.n_nodes);
    let others = if deep {
        " The nodes of the layers before it stay on, so that these are other averages than those \
          over all masks of the network."
    } else {
        ""
    };
    let n = count(summary.n_nodes);
    let bound = [
        summary.mean_loss_error,
        summary.gradient_error,
        summary.banzhaf_error,
        summary.shapley_error,
        summary.interaction_error,
    ];
    let bound = bound.into_iter().fold(0.0, f64::max);
    let helpful = values.iter().filter(|value| value.loss_shapley < 0.0).count();
    let worth = Part {
        question: "What holds on average over all sub-networks, however many there are?",
        finding: format!(
            "On average over all sub-networks, {} of {} nodes lower the loss",
            count(helpful),
            count(values.len())
        ),
        rests_on: format!("exact Shapley values over all 2^{n} masks"),
        words: vec![
            format!(
                "Averages over all 2^{n} masks of the {n} nodes of the last hidden layer, without \
                 enumerating them: the mean over independent gates is a product over nodes under an \
                 integral.{others} A node lowers the loss if its Shapley value is negative. Each value \
                 comes with a bound on its error; none of these is above {bound:.0e} nats."
            ),
            format!(
                "The write-up’s sanity check (observation 4) over all masks: N/2 × the mean gate gradient \
                 at p = ½ is {}, the mean loss at p = ¾ less that at ¼ is {}.",
                fixed(summary.half_n_mean_gradient, 6),
                fixed(summary.loss_difference, 6)
            ),
        ],
        details: Vec::new(),
        figure: Some(shown(
            "averages",
            &["mean_curve.csv", "sampled_curve.csv", "nodes.csv"],
            "The mean loss when each node is on with probability p, and what each node is worth.",
            format!(
                "Left, the mean loss over p. Right, Shapley and Banzhaf values of {n} nodes in ascending \
                 order, from {} to {}.",
                fixed(values.iter().map(|v| v.loss_shapley).fold(f64::INFINITY, f64::min), 3),
                fixed(values.iter().map(|v| v.loss_shapley).fold(f64::NEG_INFINITY, f64::max), 3)
            ),
        )),
        live: None,
    };
    Ok(Told {
        title: "Exact averages at any width",
        parts: vec![worth, interplay(saved)?],
        more: has_pairs(saved).then(|| pairs(&n, &spectrum)).into_iter().collect(),
        tables: tables(saved, &gradients, &spectrum)?,
    })
}

/// Where the variance lies.
fn interplay(saved: &Saved) -> Result<Part> {
    let finding = Shares::new(saved)?.map_or_else(
        || "The loss does not vary over sub-networks".to_owned(),
        |shares| {
            let [rest, low, high] = shares.rest;
            let groups = format!("groups of more than {} nodes", shares.known.len());
            match () {
                () if high < 0.1 => format!(
                    "Single nodes and small groups say nearly all: {groups} carry {} of the variance",
                    share(rest)
                ),
                () if low > 0.1 => {
                    format!("Of the variance of the loss, {groups} carry {}", share(rest))
                }
                () => format!("Of the variance of the loss, {groups} carry at most {}", share(high)),
            }
        },
    );
    Ok(Part {
        question: "How many nodes have to be seen together to know the loss?",
        finding,
        rests_on: "the variance of the loss over all masks of the last hidden layer".to_owned(),
        words: vec![variance_words(saved)?],
        details: Vec::new(),
        figure: Some(shown(
            "averages-variance",
            &["spectrum.csv", "sampled.csv", "flip_covariance.csv"],
            "Where the variance of the loss lies in the spectrum, and how soon it is lost along paths that \
             flip one random node after the other.",
            variance_words(saved)?,
        )),
        live: None,
    })
}

fn pairs(n: &str, spectrum: &[DegreeWeight]) -> Shown {
    shown(
        "averages-pairs",
        &["interactions.csv", "interactions.npy", "order.csv"],
        "How every pair of nodes interacts.",
        format!(
            "Heatmap of the Banzhaf interaction index of all pairs of {n} nodes; the loss has the weight \
             {} in single nodes and {} in pairs.",
            weight(spectrum, 1),
            weight(spectrum, 2)
        ),
    )
}

fn tables(
    saved: &Saved,
    gradients: &[GateGradientRow],
    spectrum: &[DegreeWeight],
) -> Result<Vec<Table>> {
    let pairs: Vec<PairedMoment> = saved.optional_table("point_pairs.csv")?;
    let mut sampled: Vec<SampledMoment> = saved.table("sampled.csv")?;
    let mut tables = vec![gradients_table(gradients), spectrum_table(spectrum)];
    if let Some(first) = pairs.first() {
        // Of the loss, these tell more than masks.
        sampled.retain(|row| row.quantity != "loss");
        tables.push(pairs_table(&pairs, first.share));
    }
    tables.push(sampled_table(&sampled));
    tables.push(covariance_table(&saved.table("flip_covariance.csv")?));
    Ok(tables)
}

/// A share of the variance.
fn share(part: f64) -> String {
    format!("{}\u{a0}%", fixed(100.0 * part, 2))
}

/// What the figure of the variance shows, for those who do not see it.
fn variance_words(saved: &Saved) -> Result<String> {
    let rows: Vec<SampledCovariance> = saved.table("flip_covariance.csv")?;
    let by_degree = Shares::new(saved)?.map_or_else(
        || "the loss does not vary".to_owned(),
        |shares| {
            let known: Vec<String> = shares.known.iter().copied().map(share).collect();
            format!(
                "shares of the variance of the loss: degrees from 1 {}, all higher ones {}",
                known.join(if known.len() > 2 { ", " } else { " and " }),
                share(shares.rest[0])
            )
        },
    );
    let gone = rows.iter().find(|row| row.log_loss_low <= 0.0);
    let gone = gone.map_or_else(
        || "stays above 0".to_owned(),
        |row| format!("cannot be told from 0 after {} flips", count(row.flips)),
    );
    Ok(format!(
        "Left, {by_degree}. Right, covariances of loss and ln(loss) with those of a random mask against \
         the number of flips; that of ln(loss) {gone}."
    ))
}

fn weight(spectrum: &[DegreeWeight], degree: usize) -> String {
    let row = spectrum.iter().find(|row| row.degree == degree);
    row.map_or_else(|| "–".to_owned(), |row| fixed(row.loss_weight, 4))
}

fn gradients_table(gradients: &[GateGradientRow]) -> Table {
    let mut table = Table::new(
        "Mean gate gradient ∂loss/∂bᵢ over nodes and masks, exactly",
        &["p", "mean", "where node i is on", "where it is off"],
    );
    for row in gradients {
        let [mean, on, off] = [row.mean, row.on, row.off].map(|value| fixed(value, 6));
        table.row([number(row.p), mean, on, off]);
    }
    table
}

fn spectrum_table(spectrum: &[DegreeWeight]) -> Table {
    let mut table = Table::new(
        "Low end of the spectrum of the loss: weight of the mean, of single nodes and of pairs",
        &["degree", "weight"],
    );
    for row in spectrum.iter().filter(|row| row.degree <= 2) {
        table.row([count(row.degree), fixed(row.loss_weight, 6)]);
    }
    table
}

fn pairs_table(rows: &[PairedMoment], share: f64) -> Table {
    let (title, last) = if share < 1.0 {
        let taken = fixed(100.0 * share, 1);
        (format!("Variance of the loss, from {taken} % of all pairs of points"), "95 % interval")
    } else {
        ("Variance of the loss, exactly, from all pairs of points".to_owned(), "bound on the error")
    };
    let mut table = Table::new(&title, &["of the loss", "value", last]);
    for row in rows {
        let statistic = match row.statistic.strip_prefix("weight_") {
            Some("higher") => "weight of all higher degrees".to_owned(),
            Some(degree) => format!("weight of degree {degree}"),
            None => row.statistic.replace('_', " "),
        };
        let bound =
            if share < 1.0 { interval(row.low, row.high, 7) } else { format!("{:.0e}", row.error) };
        table.row([statistic, fixed(row.value, 8), bound]);
    }
    table
}

fn sampled_table(moments: &[SampledMoment]) -> Table {
    let mut table = Table::new(
        "What has no product form, from random masks and their reversals, with the exact averages as \
         control variates: without these the same intervals take so many times as many masks",
        &["of", "statistic", "estimate", "95 % interval", "masks saved"],
    );
    for row in moments {
        let statistic = row.statistic.replace('_', " ");
        let quantity = if row.quantity == "loss" { "loss" } else { "ln(loss)" };
        let saved = format!("× {}", fixed(row.saved, 1));
        table.row([
            quantity.to_owned(),
            statistic,
            fixed(row.estimate, 4),
            interval(row.low, row.high, 4),
            saved,
        ]);
    }
    table
}

fn covariance_table(rows: &[SampledCovariance]) -> Table {
    let mut table = Table::new(
        "Covariance along flip paths, from random paths and their reversals, with the exact averages as \
         control variates: what single nodes and pairs contribute to the loss’s is exact",
        &[
            "flips",
            "of the loss",
            "95 % interval",
            "degrees 1 and 2",
            "paths saved",
            "of ln(loss)",
            "95 % interval",
            "paths saved",
        ],
    );
    for row in rows {
        table.row([
            count(row.flips),
            fixed(row.loss_covariance, 4),
            interval(row.loss_low, row.loss_high, 4),
            fixed(row.loss_known, 4),
            format!("× {}", fixed(row.loss_saved, 1)),
            fixed(row.log_loss_covariance, 4),
            interval(row.log_loss_low, row.log_loss_high, 4),
            format!("× {}", fixed(row.log_loss_saved, 1)),
        ]);
    }
    table
}
