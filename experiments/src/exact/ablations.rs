//! The two ways of removing a node, side by side.

use anyhow::Result;
use hypercube::subsets::{self, OfSize};
use hypercube::walsh::reversal_correlation;
use hypercube::{Ablation, ValueFunction, values};
use report::Record;
use report::records::{AblationDegree, AblationNode, AblationSize};
use report::words;
use serde_json::{Map, Value};
use stats::spearman;

use super::{Exact, Function};
use crate::output;
use crate::subject::Subject;
use crate::terminal::Terminal;

/// The other ablation's table is made for its own sake up to this many masks times points: about a
/// second on two cores. Deep networks of more classes take the longest, and are compared up to the
/// second number.
const MOST_WORK: u64 = 1 << 33;
const MOST_DEEP_WORK: u64 = 1 << 30;

/// What is compared of one ablation: the table itself may be gone.
pub struct Side {
    pub sizes: Vec<OfSize>,
    pub loss: Function,
    pub log_loss: Function,
}

impl Side {
    fn of(exact: Exact) -> Self {
        let sizes = subsets::by_size(&exact.losses);
        Self { sizes, loss: exact.loss, log_loss: exact.log_loss }
    }
}

/// Records and prints what the choice of ablation changes; parameters for the manifest. Nothing if
/// a second table would take long.
///
/// # Errors
///
/// If the table cannot be made or files not be written.
pub fn compare(
    subject: &Subject,
    value: ValueFunction,
    terminal: Terminal,
    record: &Record,
    own: Side,
) -> Result<Map<String, Value>> {
    let Subject { network, points, ablation, .. } = subject;
    let slow = network.hidden().len() > 1 && network.classes() > 2;
    let most = if slow { MOST_DEEP_WORK } else { MOST_WORK };
    if (points.len() as u64) << network.n_nodes() > most {
        terminal.say("a second table would take long: zero and mean ablation are not compared");
        return Ok(Map::new());
    }
    let other = |ablation| Exact::of(subject, value, ablation, terminal).map(Side::of);
    let sides = match ablation {
        Ablation::Zero => [own, other(Ablation::Mean)?],
        Ablation::Mean => [other(Ablation::Zero)?, own],
    };
    let [zero, mean] = &sides;
    let sizes = zero.sizes.iter().zip(&mean.sizes).map(|(zero, mean)| AblationSize {
        size: zero.size,
        zero_best: zero.best_value,
        mean_best: mean.best_value,
        zero_median: zero.median,
        mean_median: mean.median,
    });
    record.table("ablation_sizes.csv", &sizes.collect::<Vec<_>>())?;
    let shapley = [zero, mean].map(|side| values::shapley(&side.loss.sums));
    let nodes = shapley[0].iter().zip(&shapley[1]).enumerate();
    let nodes = nodes.map(|(node, (&zero_shapley, &mean_shapley))| AblationNode {
        node,
        zero_shapley,
        mean_shapley,
    });
    record.table("ablation_nodes.csv", &nodes.collect::<Vec<_>>())?;
    let shares = shares(&zero.log_loss).zip(shares(&mean.log_loss)).enumerate();
    let degrees = shares.map(|(k, (zero_share, mean_share))| AblationDegree {
        degree: k + 1,
        zero_share,
        mean_share,
    });
    record.table("ablation_spectrum.csv", &degrees.collect::<Vec<_>>())?;

    let reversal = [zero, mean].map(|side| reversal_correlation(&side.log_loss.weights));
    let ranks = spearman(&shapley[0], &shapley[1]);
    output::print(&format!(
        "zero against mean ablation: reversal correlation of ln(loss) {} against {}; rank \
         correlation of the nodes' Shapley values {}\n",
        words::fixed(reversal[0], 3),
        words::fixed(reversal[1], 3),
        words::fixed(ranks, 3)
    ))?;
    let parameters = [
        ("zero_ablation_reversal_correlation", reversal[0]),
        ("mean_ablation_reversal_correlation", reversal[1]),
        ("ablation_shapley_spearman", ranks),
    ];
    Ok(parameters.into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect())
}

/// Shares of the variance on degrees 1 and up.
fn shares(function: &Function) -> impl Iterator<Item = f64> {
    let variance: f64 = function.weights[1..].iter().sum();
    let share = move |&weight: &f64| if variance > 0.0 { weight / variance } else { 0.0 };
    function.weights[1..].iter().map(share)
}
