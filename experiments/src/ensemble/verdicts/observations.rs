//! The observations of the write-up, numbered in its order: what is measured of each network,
//! and when the claim counts as true of it.

use report::records::NetworkRow;

/// A correlation that 1,000 paths could tell from none: two standard errors of one that is 0. The
/// write-up does not say how many it drew.
const SIGNIFICANT: f64 = 0.063_245_553_203_367_58;

/// One observation.
pub struct Observation {
    pub number: usize,
    pub statement: &'static str,
    pub statistic: &'static str,
    pub value: fn(&NetworkRow) -> Option<f64>,
    pub criterion: &'static str,
    pub rule: Rule,
    /// The write-up's own value, where it gives one.
    pub write_up: &'static str,
    /// Of networks with several hidden layers rather than of the default ones.
    pub deep: bool,
}

/// When a claim is true of a network.
pub enum Rule {
    /// The statistic is this or less.
    AtMost(f64),
    /// The statistic is below this.
    Below(f64),
    /// The statistic is above this.
    Above(f64),
    /// The statistic is this or more.
    AtLeast(f64),
    /// The statistic is within these two, both included.
    Between(f64, f64),
    /// The statistic differs from the first by the second at most.
    Within(f64, f64),
    /// Something that takes more than the statistic; none if it cannot be said of the network.
    Also(fn(&NetworkRow) -> Option<bool>),
    /// An identity, whatever the network.
    Identity,
}

impl Rule {
    /// Whether the claim is true of a network with this statistic; none if that cannot be said.
    pub fn holds(&self, row: &NetworkRow, value: Option<f64>) -> Option<bool> {
        match *self {
            Self::AtMost(limit) => value.map(|v| v <= limit),
            Self::Below(limit) => value.map(|v| v < limit),
            Self::Above(limit) => value.map(|v| v > limit),
            Self::AtLeast(limit) => value.map(|v| v >= limit),
            Self::Between(low, high) => value.map(|v| (low..=high).contains(&v)),
            Self::Within(centre, by) => value.map(|v| (v - centre).abs() <= by),
            Self::Also(holds) => holds(row),
            Self::Identity => Some(true),
        }
    }
}

pub const OBSERVATIONS: [Observation; 17] = [
    Observation {
        number: 1,
        statement: "log loss is close to normal at each p",
        statistic: "largest Kolmogorov–Smirnov distance to the normal fit over p = ¼, ½, ¾",
        value: |r| Some(r.log_loss_ks_25.max(r.log_loss_ks_50).max(r.log_loss_ks_75)),
        criterion: "at most 0.05",
        rule: Rule::AtMost(0.05),
        write_up: "",
        deep: false,
    },
    Observation {
        number: 2,
        statement: "gate gradients are more peaked and heavier-tailed than normal",
        statistic: "excess kurtosis of ∂loss/∂bᵢ at p = ½",
        value: |r| Some(r.gradient_kurtosis_50),
        criterion: "above 0, and the density's peak above the normal fit's",
        rule: Rule::Also(|r| Some(r.gradient_kurtosis_50 > 0.0 && r.gradient_peak_ratio > 1.0)),
        write_up: "",
        deep: false,
    },
    Observation {
        number: 3,
        statement: "the mean gate gradient is slightly negative",
        statistic: "mean of ∂loss/∂bᵢ at p = ½",
        value: |r| Some(r.mean_gradient_50),
        criterion: "below 0",
        rule: Rule::Below(0.0),
        write_up: "−0.0475",
        deep: false,
    },
    Observation {
        number: 4,
        statement: "10 × the mean gradient at ½ is about the mean loss at ¾ less that at ¼",
        statistic: "first side over second",
        value: |r| Some(r.sanity_gradient / r.sanity_difference),
        criterion: "within 10 % of 1",
        rule: Rule::Within(1.0, 0.1),
        write_up: "1.072",
        deep: false,
    },
    Observation {
        number: 5,
        statement: "the density of ∂ln(loss)/∂bᵢ has a trough at 0",
        statistic: "density at 0 over the lower of the peaks beside it, kernel 0.03",
        value: |r| r.trough_lower_ratio_030,
        criterion: "below 1, with a peak on either side",
        rule: Rule::Also(|r| Some(r.trough_lower_ratio_030.is_some_and(|ratio| ratio < 1.0))),
        write_up: "",
        deep: false,
    },
    Observation {
        number: 6,
        statement: "splitting by \"is node i on\" does not leave two single-peaked densities",
        statistic: "peaks of the two halves together",
        value: |r| Some((r.peaks_on + r.peaks_off) as f64),
        criterion: "more than 2",
        rule: Rule::Above(2.0),
        write_up: "",
        deep: false,
    },
    Observation {
        number: 7,
        statement: "nodes differ greatly in gradient scale",
        statistic: "largest over smallest root mean square of ∂ln(loss)/∂bᵢ",
        value: |r| r.scale_ratio,
        criterion: "at least 5",
        rule: Rule::AtLeast(5.0),
        write_up: "",
        deep: false,
    },
    Observation {
        number: 8,
        statement: "the correlation along flip paths is gone after 5 or 6 flips",
        statistic: "flips until it is below two standard errors of 1,000 paths",
        value: |r| r.flips_below_two_errors.map(|d| d as f64),
        criterion: "5 or 6 (the write-up does not say how many paths it drew: with fewer, the \
                    errors are larger and the flips fewer)",
        rule: Rule::Between(5.0, 6.0),
        write_up: "5 or 6",
        deep: false,
    },
    Observation {
        number: 9,
        statement: "the covariance is symmetric under reversal of the path",
        statistic: "asymmetry of 1,000 sampled paths, in standard errors; exactly it is 0",
        value: |r| r.asymmetry,
        criterion: "a path read backwards is a flip path of the same probability",
        rule: Rule::Identity,
        write_up: "",
        deep: false,
    },
    Observation {
        number: 10,
        statement: "a network and its reversal have positively correlated log loss",
        statistic: "reversal correlation of ln(loss)",
        value: |r| Some(r.reversal_correlation_log_loss),
        criterion: "above 0.063, which 1,000 paths can tell from 0",
        rule: Rule::Above(SIGNIFICANT),
        write_up: "\"significant, positive\"",
        deep: false,
    },
    Observation {
        number: 11,
        statement: "(a reader's) that is so only because there is a single hidden layer",
        statistic: "reversal correlation of ln(loss), as many nodes in 2 to 4 layers",
        value: |r| Some(r.reversal_correlation_log_loss),
        criterion: "at most 0.063 with several layers",
        rule: Rule::AtMost(SIGNIFICANT),
        write_up: "",
        deep: true,
    },
    Observation {
        number: 12,
        statement: "(the author's) a sub-network does well when its directions balance out",
        statistic: "share of the variance of ln(loss) explained, in whatever direction, by the \
                    balance of directions",
        value: |r| r.explained_by_direction,
        criterion: "more than by the number of nodes on",
        rule: Rule::Also(|r| Some(r.explained_by_direction? > r.explained_by_size?)),
        write_up: "",
        deep: false,
    },
    Observation {
        number: 12,
        statement: "(the author's) and that is why a network and its reversal do well together",
        statistic: "share of the covariance with the reversal that balance (of directions, and of \
                    bias against slicing nodes) leaves unexplained",
        value: |r| {
            let left = (1.0 - r.explained_by_balance?) * r.reversal_given_balance?;
            Some(left / r.reversal_correlation_log_loss)
        },
        criterion: "at most 0.5",
        rule: Rule::AtMost(0.5),
        write_up: "",
        deep: false,
    },
    Observation {
        number: 13,
        statement: "some nodes act as a bias, the others slice off an edge",
        statistic: "share of bias nodes: activation varies by less than half of its mean (the \
                    write-up counted by eye, and fewer)",
        value: |r| Some(r.bias_share),
        criterion: "some nodes of either kind",
        rule: Rule::Also(|r| Some(r.bias_share > 0.0 && r.slicing_share > 0.0)),
        write_up: "0.2",
        deep: false,
    },
    Observation {
        number: 14,
        statement: "most of the loss sits near the circle",
        statistic: "share of the loss within 0.1 of it",
        value: |r| r.near_circle_loss,
        criterion: "above 0.5",
        rule: Rule::Above(0.5),
        write_up: "",
        deep: false,
    },
    Observation {
        number: 14,
        statement: "all of the gradient sits near the circle",
        statistic: "share of Σ|∂loss/∂bᵢ| over points within 0.1 of it",
        value: |r| r.near_circle_gradient,
        criterion: "at least 0.95",
        rule: Rule::AtLeast(0.95),
        write_up: "",
        deep: false,
    },
    Observation {
        number: 15,
        statement: "masking before or after the ReLU is the same for b ≥ 0",
        statistic: "an identity, tested in crates/model/tests/identities.rs",
        value: |_| None,
        criterion: "ReLU(b z) = b ReLU(z)",
        rule: Rule::Identity,
        write_up: "",
        deep: false,
    },
];
