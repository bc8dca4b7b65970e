//! Which of the write-up's observations are true: a statistic, a criterion and a verdict for each.

use anyhow::Result;
use report::records::{CircleRow, NetworkRow, Verdict};
use serde_json::{Value, json};
use stats::{Ecdf, Moments, covariance_matrix};

use crate::output;

/// An observation holds if its criterion is true of this share of the networks or more, and fails
/// if of no more than the rest of it; between the two it is undecided, for it depends on the
/// network.
const HOLDS: f64 = 0.9;

/// It holds for one circle only if the other's share is below this.
const OTHER_CIRCLE: f64 = 0.5;

/// Fewer networks decide nothing.
const FEWEST: usize = 20;

/// A correlation that 1,000 paths could tell from none: two standard errors of one that is 0. The
/// write-up does not say how many it drew.
const SIGNIFICANT: f64 = 0.063_245_553_203_367_58;

/// The write-up's mean losses at p = ¼ and ¾ and 10 × its mean gate gradient.
const WRITE_UP: [f64; 3] = [1.027_715_8, 0.584_365, -0.475_145_3];

/// One observation.
struct Observation {
    number: usize,
    statement: &'static str,
    statistic: &'static str,
    value: fn(&NetworkRow) -> Option<f64>,
    criterion: &'static str,
    holds: fn(&NetworkRow) -> Option<bool>,
    write_up: &'static str,
    /// Of networks with several hidden layers rather than of the default ones.
    deep: bool,
}

const OBSERVATIONS: [Observation; 16] = [
    Observation {
        number: 1,
        statement: "log loss is close to normal at each p",
        statistic: "largest Kolmogorov–Smirnov distance to the normal fit over p = ¼, ½, ¾",
        value: |r| Some(largest_ks(r)),
        criterion: "at most 0.05",
        holds: |r| Some(largest_ks(r) <= 0.05),
        write_up: "",
        deep: false,
    },
    Observation {
        number: 2,
        statement: "gate gradients are more peaked and heavier-tailed than normal",
        statistic: "excess kurtosis of ∂loss/∂bᵢ at p = ½",
        value: |r| Some(r.gradient_kurtosis_50),
        criterion: "above 0, and the density's peak above the normal fit's",
        holds: |r| Some(r.gradient_kurtosis_50 > 0.0 && r.gradient_peak_ratio > 1.0),
        write_up: "",
        deep: false,
    },
    Observation {
        number: 3,
        statement: "the mean gate gradient is slightly negative",
        statistic: "mean of ∂loss/∂bᵢ at p = ½",
        value: |r| Some(r.mean_gradient_50),
        criterion: "below 0",
        holds: |r| Some(r.mean_gradient_50 < 0.0),
        write_up: "−0.0475",
        deep: false,
    },
    Observation {
        number: 4,
        statement: "10 × the mean gradient at ½ is about the mean loss at ¾ less that at ¼",
        statistic: "first side over second",
        value: |r| Some(r.sanity_gradient / r.sanity_difference),
        criterion: "within 10 % of 1",
        holds: |r| Some((r.sanity_gradient / r.sanity_difference - 1.0).abs() <= 0.1),
        write_up: "1.072",
        deep: false,
    },
    Observation {
        number: 5,
        statement: "the density of ∂ln(loss)/∂bᵢ has a trough at 0",
        statistic: "density at 0 over the lower of the peaks beside it, kernel 0.03",
        value: |r| r.trough_lower_ratio_030,
        criterion: "below 1",
        holds: |r| Some(r.trough_lower_ratio_030.is_some_and(|ratio| ratio < 1.0)),
        write_up: "",
        deep: false,
    },
    Observation {
        number: 6,
        statement: "splitting by \"is node i on\" does not leave two single-peaked densities",
        statistic: "peaks of the two halves together",
        value: |r| Some((r.peaks_on + r.peaks_off) as f64),
        criterion: "more than 2",
        holds: |r| Some(r.peaks_on + r.peaks_off > 2),
        write_up: "",
        deep: false,
    },
    Observation {
        number: 7,
        statement: "nodes differ greatly in gradient scale",
        statistic: "largest over smallest root mean square of ∂ln(loss)/∂bᵢ",
        value: |r| r.scale_ratio,
        criterion: "at least 5",
        holds: |r| r.scale_ratio.map(|ratio| ratio >= 5.0),
        write_up: "",
        deep: false,
    },
    Observation {
        number: 8,
        statement: "the correlation along flip paths is gone after 5 or 6 flips",
        statistic: "flips until it is below two standard errors of 1,000 paths",
        value: |r| r.flips_below_two_errors.map(|d| d as f64),
        criterion: "5 or 6",
        holds: |r| Some(matches!(r.flips_below_two_errors, Some(5 | 6))),
        write_up: "5 or 6",
        deep: false,
    },
    Observation {
        number: 9,
        statement: "the covariance is symmetric under reversal of the path",
        statistic: "sampled asymmetry in standard errors (exactly it is 0)",
        value: |r| r.asymmetry,
        criterion: "below 2",
        holds: |r| r.asymmetry.map(|asymmetry| asymmetry < 2.0),
        write_up: "",
        deep: false,
    },
    Observation {
        number: 10,
        statement: "a network and its reversal have positively correlated log loss",
        statistic: "reversal correlation of ln(loss)",
        value: |r| Some(r.reversal_correlation_log_loss),
        criterion: "above 0.063, which 1,000 paths can tell from 0",
        holds: |r| Some(r.reversal_correlation_log_loss > SIGNIFICANT),
        write_up: "\"significant, positive\"",
        deep: false,
    },
    Observation {
        number: 11,
        statement: "(a reader's) that is so only because there is a single hidden layer",
        statistic: "reversal correlation of ln(loss), 20 nodes in 2 to 4 layers",
        value: |r| Some(r.reversal_correlation_log_loss),
        criterion: "at most 0.063 with several layers",
        holds: |r| Some(r.reversal_correlation_log_loss <= SIGNIFICANT),
        write_up: "",
        deep: true,
    },
    Observation {
        number: 12,
        statement: "(the author's) a sub-network does well when its directions balance out",
        statistic: "share of the variance of ln(loss) explained by the balance of directions",
        value: |r| r.explained_by_direction,
        criterion: "more than by the number of nodes on",
        holds: |r| Some(r.explained_by_direction? > r.explained_by_size?),
        write_up: "",
        deep: false,
    },
    Observation {
        number: 13,
        statement: "some nodes act as a bias, the others slice off an edge",
        statistic: "share of bias nodes",
        value: |r| Some(r.bias_share),
        criterion: "some nodes of either kind",
        holds: |r| Some(r.bias_share > 0.0 && r.slicing_share > 0.0),
        write_up: "0.2",
        deep: false,
    },
    Observation {
        number: 14,
        statement: "most of the loss sits near the circle",
        statistic: "share of the loss within 0.1 of it",
        value: |r| r.near_circle_loss,
        criterion: "above 0.5",
        holds: |r| r.near_circle_loss.map(|share| share > 0.5),
        write_up: "",
        deep: false,
    },
    Observation {
        number: 14,
        statement: "all of the gradient sits near the circle",
        statistic: "share of Σ|∂loss/∂bᵢ| over points within 0.1 of it",
        value: |r| r.near_circle_gradient,
        criterion: "at least 0.95",
        holds: |r| r.near_circle_gradient.map(|share| share >= 0.95),
        write_up: "",
        deep: false,
    },
    Observation {
        number: 15,
        statement: "masking before or after the ReLU is the same for b ≥ 0",
        statistic: "an identity, tested in crates/model/tests/identities.rs",
        value: |_| None,
        criterion: "ReLU(b z) = b ReLU(z)",
        holds: |_| Some(true),
        write_up: "",
        deep: false,
    },
];

fn largest_ks(r: &NetworkRow) -> f64 {
    r.log_loss_ks_25.max(r.log_loss_ks_50).max(r.log_loss_ks_75)
}

/// The networks that verdicts are about: the default cell's, or if it is not there, those of the
/// largest cell.
pub fn base(networks: &[NetworkRow]) -> Option<Base<'_>> {
    let key = |r: &NetworkRow| {
        (r.ablation.clone(), r.data.clone(), r.hidden.clone(), r.steps, r.n_points)
    };
    let default = ("zero".to_owned(), "as-published".to_owned(), "20".to_owned(), 7000, 1024);
    let cells: Vec<&[NetworkRow]> = networks.chunk_by(|a, b| key(a) == key(b)).collect();
    let rank = |rows: &&&[NetworkRow]| (key(&rows[0]) == default, rows.len());
    let first = &cells.iter().max_by_key(rank)?[0];
    let alike = |r: &&NetworkRow| {
        r.ablation == first.ablation && r.steps == first.steps && r.n_points == first.n_points
    };
    let alike: Vec<&NetworkRow> = networks.iter().filter(alike).collect();
    let of = |data: &str| -> Vec<&NetworkRow> {
        alike.iter().copied().filter(|r| r.data == data && r.hidden == first.hidden).collect()
    };
    let other = if first.data == "half-area" { "as-published" } else { "half-area" };
    let deep =
        |r: &&NetworkRow| r.data == first.data && r.n_layers > 1 && r.n_nodes == first.n_nodes;
    Some(Base {
        own: of(&first.data),
        other: of(other),
        deep: alike.iter().copied().filter(deep).collect(),
    })
}

/// What tells the cell that verdicts are about from others.
pub fn base_cell(networks: &[NetworkRow]) -> Value {
    base(networks).map_or(Value::Null, |base| {
        let r = base.own[0];
        json!({
            "data": r.data,
            "hidden": r.hidden,
            "steps": r.steps,
            "ablation": r.ablation,
            "n_points": r.n_points,
        })
    })
}

/// The networks that verdicts are about.
pub struct Base<'a> {
    pub own: Vec<&'a NetworkRow>,
    /// The same with the other circle.
    pub other: Vec<&'a NetworkRow>,
    /// The same with as many nodes in several layers.
    pub deep: Vec<&'a NetworkRow>,
}

/// A verdict on every observation.
pub fn of(networks: &[NetworkRow]) -> Vec<Verdict> {
    let Some(base) = base(networks) else { return Vec::new() };
    OBSERVATIONS.iter().map(|observation| observation.judge(&base)).collect()
}

impl Observation {
    fn judge(&self, base: &Base) -> Verdict {
        let own = if self.deep { &base.deep } else { &base.own };
        let values: Vec<f64> = own.iter().filter_map(|r| (self.value)(r)).collect();
        let (share, judged) = self.share(own);
        let (other_share, other_judged) =
            if self.deep { (None, 0) } else { self.share(&base.other) };
        let quantile = |q: f64| (!values.is_empty()).then(|| Ecdf::of(&values).quantile(q));
        let (verdict, reason) =
            self.verdict(share, judged, other_share.filter(|_| other_judged >= FEWEST));
        Verdict {
            observation: self.number,
            statement: self.statement.to_owned(),
            statistic: self.statistic.to_owned(),
            networks: own.len(),
            median: quantile(0.5),
            low: quantile(0.05),
            high: quantile(0.95),
            write_up: self.write_up.to_owned(),
            criterion: self.criterion.to_owned(),
            share,
            other_circle_share: other_share,
            verdict: verdict.to_owned(),
            reason,
        }
    }

    /// The share of networks of which the criterion is true, and how many have an answer.
    fn share(&self, networks: &[&NetworkRow]) -> (Option<f64>, usize) {
        let known: Vec<bool> = networks.iter().filter_map(|r| (self.holds)(r)).collect();
        let share = known.iter().filter(|&&holds| holds).count() as f64 / known.len() as f64;
        ((!known.is_empty()).then_some(share), known.len())
    }

    fn verdict(
        &self,
        share: Option<f64>,
        judged: usize,
        other: Option<f64>,
    ) -> (&'static str, String) {
        let percent = |share: f64| format!("{:.0} %", 100.0 * share);
        let Some(share) = share.filter(|_| judged >= FEWEST) else {
            return (
                "undecided",
                format!("{judged} networks are too few: at least {FEWEST} decide"),
            );
        };
        if self.number == 15 {
            return ("holds", self.criterion.to_owned());
        }
        let of_other = other.map(|other| format!(", of {} with the other circle", percent(other)));
        let of_other = of_other.unwrap_or_default();
        let true_of = format!("{}: true of {}{of_other}", self.criterion, percent(share));
        if share >= HOLDS && other.is_some_and(|other| other < OTHER_CIRCLE) {
            ("holds for this circle only", true_of)
        } else if share >= HOLDS {
            ("holds", true_of)
        } else if share <= 1.0 - HOLDS {
            ("fails", true_of)
        } else {
            ("undecided", format!("{true_of}: it depends on the network"))
        }
    }
}

/// Where the write-up's three published numbers lie among the networks of each circle.
pub fn circles(networks: &[NetworkRow]) -> Vec<CircleRow> {
    let Some(base) = base(networks) else { return Vec::new() };
    [base.own, base.other]
        .iter()
        .filter(|rows| rows.len() >= FEWEST)
        .map(|rows| circle(rows))
        .collect()
}

fn circle(rows: &[&NetworkRow]) -> CircleRow {
    let numbers = |r: &NetworkRow| [r.mean_loss_25, r.mean_loss_75, r.sanity_gradient];
    let table: Vec<f64> = rows.iter().flat_map(|r| numbers(r)).collect();
    let of = |k: usize| {
        let column: Vec<f64> = table.iter().skip(k).step_by(3).copied().collect();
        Moments::of(&column)
    };
    let moments: [Moments; 3] = std::array::from_fn(of);
    let covariance = covariance_matrix(&table, 3);
    let squared = |at: [f64; 3]| {
        let from_mean: [f64; 3] = std::array::from_fn(|k| at[k] - moments[k].mean);
        let solved = solve(&covariance, from_mean);
        from_mean.iter().zip(solved).map(|(a, b)| a * b).sum::<f64>()
    };
    let write_up = squared(WRITE_UP);
    let farther = rows.iter().filter(|r| squared(numbers(r)) >= write_up).count();
    CircleRow {
        data: rows[0].data.clone(),
        networks: rows.len(),
        mean_loss_25: moments[0].mean,
        mean_loss_25_sd: moments[0].sd,
        mean_loss_75: moments[1].mean,
        mean_loss_75_sd: moments[1].sd,
        ten_mean_gradient: moments[2].mean,
        ten_mean_gradient_sd: moments[2].sd,
        write_up_distance: write_up.sqrt(),
        share_farther: farther as f64 / rows.len() as f64,
    }
}

/// x with A x = b, for a symmetric positive definite A `[3, 3]`: Cramer's rule.
fn solve(a: &[f64], b: [f64; 3]) -> [f64; 3] {
    let det = |m: &[f64]| {
        m[0] * (m[4] * m[8] - m[5] * m[7]) - m[1] * (m[3] * m[8] - m[5] * m[6])
            + m[2] * (m[3] * m[7] - m[4] * m[6])
    };
    let whole = det(a);
    std::array::from_fn(|column| {
        let mut replaced = a.to_vec();
        for row in 0..3 {
            replaced[3 * row + column] = b[row];
        }
        det(&replaced) / whole
    })
}

/// Prints the verdicts, and which circle the write-up used.
///
/// # Errors
///
/// If stdout cannot be written.
pub fn print(verdicts: &[Verdict], circles: &[CircleRow]) -> Result<()> {
    let number = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), |v| format!("{v:.3}"));
    let row = |v: &Verdict| {
        vec![
            format!("{:>2} {}", v.observation, v.statement),
            number(v.median),
            format!("{} to {}", number(v.low), number(v.high)),
            v.verdict.clone(),
        ]
    };
    let rows: Vec<_> = verdicts.iter().map(row).collect();
    output::print(&output::table(
        &["observation", "median", "90 % of networks", "verdict"],
        &rows,
    ))?;
    for c in circles {
        output::print(&format!(
            "{}: {:.1} % of {} networks lie at least as far from their mean as the write-up's three \
             numbers do\n",
            c.data,
            100.0 * c.share_farther,
            c.networks
        ))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_equations_are_solved() {
        let a = [4.0, 1.0, 0.5, 1.0, 3.0, -0.2, 0.5, -0.2, 2.0];
        let x = solve(&a, [1.0, 2.0, 3.0]);
        for (row, b) in a.chunks(3).zip([1.0, 2.0, 3.0]) {
            let left: f64 = row.iter().zip(x).map(|(a, x)| a * x).sum();
            assert!((left - b).abs() < 1e-12);
        }
    }

    /// Networks whose reversal correlation is as given, with each circle.
    fn networks(own: &[f64], other: &[f64]) -> Vec<NetworkRow> {
        let row = |data: &str, (seed, &correlation): (usize, &f64)| NetworkRow {
            seed: seed as u64,
            data: data.to_owned(),
            hidden: "20".to_owned(),
            n_layers: 1,
            n_nodes: 20,
            reversal_correlation_log_loss: correlation,
            ..NetworkRow::default()
        };
        let own = own.iter().enumerate().map(|r| row("as-published", r));
        own.chain(other.iter().enumerate().map(|r| row("half-area", r))).collect()
    }

    #[test]
    fn a_verdict_follows_the_share_of_networks() {
        let verdict = |own: &[f64], other: &[f64]| {
            let all = of(&networks(own, other));
            let tenth = all.into_iter().find(|v| v.observation == 10).unwrap();
            (tenth.verdict, tenth.share)
        };
        let (yes, no) = (vec![0.5; 40], vec![0.0; 30]);
        assert_eq!(verdict(&yes, &yes), ("holds".to_owned(), Some(1.0)));
        assert_eq!(verdict(&yes, &no), ("holds for this circle only".to_owned(), Some(1.0)));
        assert_eq!(verdict(&yes, &[]), ("holds".to_owned(), Some(1.0)));
        assert_eq!(verdict(&[vec![0.0; 40], vec![0.5]].concat(), &yes[..30]).0, "fails");
        assert_eq!(verdict(&[&yes[..], &no].concat(), &yes).0, "undecided");
        assert_eq!(verdict(&yes[..19], &[]).0, "undecided");
        assert!(of(&[]).is_empty());
    }
}
