//! The statistics that verdicts are about, as histograms show them.

use super::networks::NetworkRow;
use super::rows::Verdict;

/// A verdict's statistic.
pub(super) struct Judged {
    /// What it is called in `verdicts.csv`.
    statistic: &'static str,
    /// Its title in the figure.
    pub title: &'static str,
    /// Its value for a network.
    pub value: fn(&NetworkRow) -> Option<f64>,
    /// Whether it is a whole number.
    pub is_whole: bool,
    /// Whether it is of networks with several hidden layers.
    pub is_deep: bool,
}

const fn real(
    statistic: &'static str,
    title: &'static str,
    value: fn(&NetworkRow) -> Option<f64>,
) -> Judged {
    Judged { statistic, title, value, is_whole: false, is_deep: false }
}

const fn whole(
    statistic: &'static str,
    title: &'static str,
    value: fn(&NetworkRow) -> Option<f64>,
) -> Judged {
    Judged { is_whole: true, ..real(statistic, title, value) }
}

const REVERSAL: fn(&NetworkRow) -> Option<f64> = |row| row.get("reversal_correlation_log_loss");

/// In the order of the observations. The share of bias nodes is not among them, as their number is.
pub(super) const JUDGED: [Judged; 16] = [
    real(
        "largest Kolmogorov–Smirnov distance to the normal fit over p = ¼, ½, ¾",
        "ln(loss): distance from normal",
        |row| {
            let distances = ["25", "50", "75"].map(|p| row.get(&format!("log_loss_ks_{p}")));
            distances.into_iter().try_fold(0.0, |most, distance| Some(f64::max(most, distance?)))
        },
    ),
    real("excess kurtosis of ∂loss/∂bᵢ at p = ½", "excess kurtosis of gradients", |row| {
        row.get("gradient_kurtosis_50")
    }),
    real("mean of ∂loss/∂bᵢ at p = ½", "mean gate gradient", |row| {
        row.get("mean_gradient_50")
    }),
    real("first side over second", "sanity check: ratio of its sides", |row| {
        Some(row.get("sanity_gradient")? / row.get("sanity_difference")?)
    }),
    real(
        "density at 0 over the lower of the peaks beside it, kernel 0.03",
        "density at 0 over lower peak",
        |row| row.get("trough_lower_ratio_030"),
    ),
    whole("peaks of the two halves together", "peaks, node on and node off", |row| {
        Some(row.get("peaks_on")? + row.get("peaks_off")?)
    }),
    real(
        "largest over smallest root mean square of ∂ln(loss)/∂bᵢ, nodes below 0.03 left out",
        "largest over smallest scale",
        |row| row.get("scale_ratio"),
    ),
    whole(
        "flips until it is below two standard errors of 1,000 paths",
        "flips until correlation is gone",
        |row| row.get("flips_below_two_errors"),
    ),
    real(
        "asymmetry of 1,000 sampled paths, in standard errors; exactly it is 0",
        "asymmetry, standard errors",
        |row| row.get("asymmetry"),
    ),
    real("reversal correlation of ln(loss)", "reversal correlation", REVERSAL),
    Judged {
        is_deep: true,
        ..real(
            "reversal correlation of ln(loss), as many nodes in 2 to 4 layers",
            "the same, 2 to 4 layers",
            REVERSAL,
        )
    },
    real(
        "share of the variance of ln(loss) explained, in whatever direction, by the balance of directions",
        "explained by directions",
        |row| row.get("explained_by_direction"),
    ),
    real(
        "share of the covariance with the reversal that balance (of directions, and of bias against slicing nodes) leaves unexplained",
        "left unexplained by balance",
        |row| row.get("reversal_left_by_balance"),
    ),
    whole(
        "nodes whose activation varies by less than half of its mean, for each 20 nodes",
        "bias nodes, for each 20",
        |row| Some(20.0 * row.get("bias_share")?),
    ),
    real("share of the loss within 0.1 of it", "loss within 0.1 of the circle", |row| {
        row.get("near_circle_loss")
    }),
    real(
        "share of Σ|∂loss/∂bᵢ| over points within 0.1 of it",
        "gradient within 0.1 of it",
        |row| row.get("near_circle_gradient"),
    ),
];

impl Judged {
    /// The verdict on it, if there is one.
    pub fn verdict<'a>(&self, verdicts: &'a [Verdict]) -> Option<&'a Verdict> {
        verdicts.iter().find(|verdict| verdict.statistic == self.statistic)
    }
}

/// From where to where a criterion wants a statistic, if it says so in numbers.
pub(super) fn wanted(criterion: &str) -> Option<(f64, f64)> {
    let words: Vec<&str> = criterion.split([' ', ',']).collect();
    let number = |word: &str| word.parse::<f64>().ok();
    match words[..] {
        ["at", "most", x, ..] | ["below", x, ..] => Some((f64::NEG_INFINITY, number(x)?)),
        ["at", "least", x, ..] | ["above", x, ..] => Some((number(x)?, f64::INFINITY)),
        // Said of whole numbers.
        ["more", "than", x, ..] => Some((number(x)? + 1.0, f64::INFINITY)),
        ["within", by, "%", "of", x, ..] => {
            let by = number(by)? / 100.0;
            Some(((1.0 - by) * number(x)?, (1.0 + by) * number(x)?))
        }
        [low, "or" | "to", high, ..] => Some((number(low)?, number(high)?)),
        _ => None,
    }
}

/// The write-up's values, if it gives any.
pub(super) fn values(write_up: &str) -> Vec<f64> {
    let words = write_up.split(' ').map(|word| word.replace('−', "-"));
    words.filter_map(|word| word.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::figure::is_deeper;
    use super::*;
    use crate::record::Saved;

    #[test]
    fn criteria_are_understood() {
        let infinity = f64::INFINITY;
        let criteria =
            ["at most 0.05", "above 0, and more", "5 or 6", "within 10 % of 2", "more than 2"];
        let ends = [(-infinity, 0.05), (0.0, infinity), (5.0, 6.0), (1.8, 2.2), (3.0, infinity)];
        assert_eq!(criteria.map(wanted), ends.map(Some));
        assert_eq!(
            ["more than by the number of nodes on", "ReLU(b z) = b ReLU(z)", ""].map(wanted),
            [None; 3]
        );
        assert_eq!(values("5 or 6"), [5.0, 6.0]);
        assert_eq!(values("−0.0475"), [-0.0475]);
        assert!(values("\"significant, positive\"").is_empty());
    }

    /// Every verdict of the results on record has its statistic in the figure, but those that are
    /// identities, and the share of bias nodes; the medians of both are the same.
    #[test]
    fn the_figure_shows_what_the_verdicts_judge() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../results/ensemble");
        let saved = Saved::open(&folder).unwrap();
        let rows = NetworkRow::read(&saved).unwrap();
        let base = serde_json::from_value(saved.parameter("base").unwrap().clone()).unwrap();
        let verdicts: Vec<Verdict> = saved.table("verdicts.csv").unwrap();
        assert_eq!(verdicts.len(), JUDGED.len() + 2);
        for judged in &JUDGED {
            let verdict = judged.verdict(&verdicts).unwrap();
            let belongs = |row: &&NetworkRow| {
                if judged.is_deep { is_deeper(&row.cell, &base) } else { row.cell == base }
            };
            let values = rows.iter().filter(belongs).filter_map(|row| (judged.value)(row));
            let mut values: Vec<f64> = values.collect();
            values.sort_by(f64::total_cmp);
            let [low, high] = [(values.len() - 1) / 2, values.len() / 2].map(|k| values[k]);
            let median = verdict.median.unwrap();
            assert!((low..=high).contains(&median), "{}: {median}, {low}, {high}", judged.title);
        }
    }
}
