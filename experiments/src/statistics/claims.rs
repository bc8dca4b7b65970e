//! What the write-up, a reader and its author claim of networks, and when a claim is true of one.

use report::records::NetworkRow;

/// A correlation that 1,000 paths could tell from none: two standard errors of one that is 0. The
/// write-up does not say how many it drew.
pub const SIGNIFICANT: f64 = 0.063_245_553_203_367_58;

/// A claim, numbered as the write-up's observation that it is about.
pub struct Claim {
    pub observation: usize,
    pub statement: &'static str,
    /// What is measured of each network, in words.
    pub statistic: &'static str,
    /// It, where it is not the very statistic that the claim stands with.
    pub value: Option<fn(&NetworkRow) -> Option<f64>>,
    pub criterion: &'static str,
    pub rule: Rule,
    /// The write-up's own value, where it gives one.
    pub write_up: &'static str,
    /// What the write-up's text leaves open without which the claim cannot be decided.
    pub open: &'static str,
    /// What would have to lie between two statistics for the claim to be true: its name, and the
    /// columns.
    pub true_for: Option<(&'static str, [&'static str; 2])>,
    /// Of networks with several hidden layers rather than of the default ones.
    pub deep: bool,
}

/// A claim with nothing but what every one has to give.
pub const CLAIM: Claim = Claim {
    observation: 0,
    statement: "",
    statistic: "",
    value: None,
    criterion: "",
    rule: Rule::Identity,
    write_up: "",
    open: "",
    true_for: None,
    deep: false,
};

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
