//! `averages`.

use super::rows::{AverageSummary, AveragedNode, DegreeWeight, GateGradientRow, SampledMoment};
use crate::error::Result;
use crate::record::Saved;
use crate::sections::shared::results::{Results, nodes};
use crate::sections::shared::telling::{Table, Told, shown};
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
    Ok(Told {
        title: "Exact averages at any width",
        question: "What holds on average over all sub-networks, however many there are?",
        paragraphs: vec![format!(
            "Averages over all 2^{n} masks of the {n} nodes of the last hidden layer, without \
             enumerating them: the mean over independent gates is a product over nodes under an \
             integral.{others} Each value comes with a bound on its error; none of these is above \
             {bound:.0e} nats."
        )],
        figures: vec![
            shown(
                "averages",
                &["mean_curve.csv", "sampled_curve.csv", "nodes.csv"],
                "The mean loss when each node is on with probability p, and what each node is worth.",
                format!(
                    "Left, the mean loss over p. Right, Shapley and Banzhaf values of {n} nodes in \
                     ascending order, from {} to {}.",
                    fixed(values.iter().map(|v| v.loss_shapley).fold(f64::INFINITY, f64::min), 3),
                    fixed(
                        values.iter().map(|v| v.loss_shapley).fold(f64::NEG_INFINITY, f64::max),
                        3
                    )
                ),
            ),
            shown(
                "averages-pairs",
                &["interactions.csv", "interactions.npy", "order.csv"],
                "How every pair of nodes interacts.",
                format!(
                    "Heatmap of the Banzhaf interaction index of all pairs of {n} nodes; the loss \
                     has the weight {} in single nodes and {} in pairs.",
                    weight(&spectrum, 1),
                    weight(&spectrum, 2)
                ),
            ),
        ],
        tables: vec![
            gradients_table(&gradients),
            spectrum_table(&spectrum),
            sampled_table(&saved.table("sampled.csv")?),
        ],
        exact: vec![format!(
            "The write-up’s sanity check (observation 4) over all masks: N/2 × the mean gate \
             gradient at p = ½ is {}, the mean loss at p = ¾ less that at ¼ is {}.",
            fixed(summary.half_n_mean_gradient, 6),
            fixed(summary.loss_difference, 6)
        )],
    })
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
    for row in spectrum {
        table.row([count(row.degree), fixed(row.loss_weight, 6)]);
    }
    table
}

fn sampled_table(moments: &[SampledMoment]) -> Table {
    let mut table = Table::new(
        "What has no product form, from random masks and their reversals, with the exact averages as \
         control variates: without these the same intervals take so many times as many masks",
        &["of", "", "estimate", "95 % interval", "masks saved"],
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
