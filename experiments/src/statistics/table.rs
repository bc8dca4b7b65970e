//! Every statistic of a network: its name, formula, how it is computed, and what the write-up claims
//! of it.
//!
//! `networks.csv` has a column for each, in this order; summaries, verdicts, the histograms and the
//! table of formulas on the page follow from here. In the formulas E is over all masks with every
//! mask at its probability, E_p for nodes on with probability p; gᵢ = ∂loss/∂bᵢ and λᵢ =
//! ∂ln(loss)/∂bᵢ are pooled over nodes and masks, at p = ½ unless another p is given.

use report::records::{StatisticRow, Value};
use report::write_up::{BIAS_NODES, FLIPS, MEAN_LOSS_25, MEAN_LOSS_75, TEN_MEAN_GRADIENT};

use super::Measured;
use super::claims::{CLAIM, Claim, Rule, SIGNIFICANT};
use super::nodes::{BIAS_VARIATION, Kind};

/// A statistic of one network.
pub struct Statistic {
    /// Its column in `networks.csv`.
    pub name: &'static str,
    /// The write-up's observation that it is about.
    pub observation: Option<usize>,
    /// Its formula in words.
    pub formula: &'static str,
    /// How it is computed; missing where it is undefined.
    pub of: fn(&Measured) -> Value,
    /// The title of its histogram; none is drawn without one.
    pub title: &'static str,
    /// The write-up's value.
    pub write_up: Option<f64>,
    /// What is claimed of it, for which a verdict is given.
    pub claims: &'static [Claim],
}

type Formula = fn(&Measured) -> Value;

/// A statistic that is about none of the observations.
const fn general(name: &'static str, formula: &'static str, of: Formula) -> Statistic {
    Statistic { name, observation: None, formula, of, title: "", write_up: None, claims: &[] }
}

/// A statistic that is about an observation.
const fn about(
    observation: usize,
    name: &'static str,
    formula: &'static str,
    of: Formula,
) -> Statistic {
    Statistic { observation: Some(observation), ..general(name, formula, of) }
}

impl Statistic {
    /// With a histogram under this title.
    const fn titled(self, title: &'static str) -> Self {
        Self { title, ..self }
    }

    const fn write_up(self, value: f64) -> Self {
        Self { write_up: Some(value), ..self }
    }

    const fn claims(self, claims: &'static [Claim]) -> Self {
        Self { claims, ..self }
    }
}

/// The write-up's share of bias nodes.
const BIAS_SHARE: f64 = BIAS_NODES.0 as f64 / BIAS_NODES.1 as f64;

/// The columns of a network that was measured.
pub fn row(measured: &Measured) -> Vec<(&'static str, Value)> {
    STATISTICS.iter().map(|s| (s.name, (s.of)(measured))).collect()
}

/// The claims in the order of the observations, each with the name of its statistic.
pub fn claims() -> Vec<(&'static str, &'static Claim)> {
    let of = |s: &'static Statistic| s.claims.iter().map(|claim| (s.name, claim));
    let mut claims: Vec<_> = STATISTICS.iter().flat_map(of).chain([("", &IDENTITY)]).collect();
    claims.sort_by_key(|(_, claim)| claim.observation);
    claims
}

/// The table as it is recorded.
pub fn rows() -> Vec<StatisticRow> {
    let row = |s: &Statistic| StatisticRow {
        statistic: s.name.to_owned(),
        observation: s.observation,
        formula: s.formula.to_owned(),
        title: s.title.to_owned(),
        write_up: s.write_up,
    };
    STATISTICS.iter().map(row).collect()
}

/// Every statistic.
pub const STATISTICS: &[Statistic] = &[
    general("loss", "Loss of the full network.", |m| m.loss.into()),
    general("accuracy", "Share of the points that the full network classifies right.", |m| {
        m.accuracy.into()
    }),
    general("mean_loss_25", "E_p loss at p = ¼.", |m| m.mean_losses[0].into())
        .titled("mean loss, p = ¼")
        .write_up(MEAN_LOSS_25),
    general("mean_loss_50", "E_p loss at p = ½.", |m| m.mean_losses[1].into()),
    general("mean_loss_75", "E_p loss at p = ¾.", |m| m.mean_losses[2].into())
        .titled("mean loss, p = ¾")
        .write_up(MEAN_LOSS_75),
    general("sd_log_loss", "Standard deviation of ln(loss).", |m| m.log_losses[1].sd.into()),
    about(
        1,
        "log_loss_skewness_25",
        "Skewness m₃/m₂^{3/2} of ln(loss) at p = ¼, m_k = E_p(ln(loss) − mean)^k.",
        |m| m.log_losses[0].skewness.into(),
    ),
    about(1, "log_loss_skewness_50", "The same at p = ½.", |m| m.log_losses[1].skewness.into())
        .titled("1: skewness of ln(loss), p = ½"),
    about(1, "log_loss_skewness_75", "The same at p = ¾.", |m| m.log_losses[2].skewness.into()),
    about(
        1,
        "log_loss_kurtosis_25",
        "Excess kurtosis m₄/m₂² − 3 of ln(loss) at p = ¼; 0 for a normal distribution.",
        |m| m.log_losses[0].kurtosis.into(),
    ),
    about(1, "log_loss_kurtosis_50", "The same at p = ½.", |m| m.log_losses[1].kurtosis.into()),
    about(1, "log_loss_kurtosis_75", "The same at p = ¾.", |m| m.log_losses[2].kurtosis.into()),
    about(
        1,
        "log_loss_ks_25",
        "Kolmogorov–Smirnov distance at p = ¼, sup |F − Φ|: F the distribution function of \
         ln(loss) with every mask at its probability, Φ the normal one of the same mean and \
         standard deviation.",
        |m| m.ks_distances[0].into(),
    ),
    about(1, "log_loss_ks_50", "The same at p = ½.", |m| m.ks_distances[1].into())
        .titled("1: KS distance to normal, p = ½")
        .claims(&[Claim {
            observation: 1,
            statement: "log loss is close to normal at each p",
            statistic: "largest Kolmogorov–Smirnov distance to the normal fit over p = ¼, ½, ¾",
            value: Some(|r| {
                Some(
                    r.get("log_loss_ks_25")?
                        .max(r.get("log_loss_ks_50")?)
                        .max(r.get("log_loss_ks_75")?),
                )
            }),
            criterion: "at most 0.05",
            rule: Rule::AtMost(0.05),
            ..CLAIM
        }]),
    about(1, "log_loss_ks_75", "The same at p = ¾.", |m| m.ks_distances[2].into()),
    about(
        2,
        "gradient_kurtosis_25",
        "Excess kurtosis of the pooled gate gradients at p = ¼.",
        |m| m.gradients[0].kurtosis.into(),
    ),
    about(2, "gradient_kurtosis_50", "The same at p = ½.", |m| m.gradients[1].kurtosis.into())
        .titled("2: excess kurtosis of gradients")
        .claims(&[Claim {
            observation: 2,
            statement: "gate gradients are more peaked and heavier-tailed than normal",
            statistic: "excess kurtosis of ∂loss/∂bᵢ at p = ½",
            criterion: "above 0, and the density's peak above the normal fit's, at p = ¼, ½ and ¾",
            rule: Rule::Also(|r| {
                let kurtosis = |p: &str| r.get(&format!("gradient_kurtosis_{p}"));
                let peak = |p: &str| r.get(&format!("gradient_peak_ratio_{p}"));
                let at = |p: &str| Some(kurtosis(p)? > 0.0 && peak(p)? > 1.0);
                Some(at("25")? && at("50")? && at("75")?)
            }),
            ..CLAIM
        }]),
    about(2, "gradient_kurtosis_75", "The same at p = ¾.", |m| m.gradients[2].kurtosis.into()),
    about(
        2,
        "gradient_peak_ratio_25",
        "Highest value of the pooled gate gradients' density at p = ¼, smoothed by a Gaussian kernel \
         of standard deviation s = 0.03, over the peak of their normal fit smoothed alike, \
         1/√(2π (sd² + s²)). Above 1: more peaked than normal.",
        |m| m.peak_ratios[0].into(),
    ),
    about(2, "gradient_peak_ratio_50", "The same at p = ½.", |m| m.peak_ratios[1].into()),
    about(2, "gradient_peak_ratio_75", "The same at p = ¾.", |m| m.peak_ratios[2].into()),
    about(3, "mean_gradient_25", "Mean pooled gate gradient at p = ¼.", |m| {
        m.gradients[0].mean.into()
    }),
    about(3, "mean_gradient_50", "The same at p = ½.", |m| m.gradients[1].mean.into()).claims(&[
        Claim {
            observation: 3,
            statement: "the mean gate gradient is slightly negative",
            statistic: "mean of ∂loss/∂bᵢ at p = ½",
            criterion: "below 0",
            rule: Rule::Below(0.0),
            write_up: "−0.0475",
            ..CLAIM
        },
    ]),
    about(3, "mean_gradient_75", "The same at p = ¾.", |m| m.gradients[2].mean.into()),
    about(
        4,
        "sanity_gradient",
        "N/2 × the mean pooled gate gradient at p = ½, = ½ Σᵢ E gᵢ (\"10 ×\" with 20 nodes).",
        |m| m.sanity_gradient().into(),
    )
    .titled("3, 4: N/2 × mean gate gradient")
    .write_up(TEN_MEAN_GRADIENT)
    .claims(&[Claim {
        observation: 4,
        statement: "10 × the mean gradient at ½ is about the mean loss at ¾ less that at ¼",
        statistic: "first side over second",
        value: Some(|r| Some(r.get("sanity_gradient")? / r.get("sanity_difference")?)),
        criterion: "within 10 % of 1",
        rule: Rule::Within(1.0, 0.1),
        write_up: "1.072",
        ..CLAIM
    }]),
    about(4, "sanity_difference", "E_¾ loss − E_¼ loss.", |m| m.sanity_difference().into()),
    about(
        4,
        "sanity_slope",
        "½ d E_p loss/dp at p = ½, = ½ Σᵢ E(flip effect of i) (Russo–Margulis): what \
         sanity_gradient is with flip effects in place of gate gradients.",
        |m| m.sanity_slope().into(),
    ),
    about(4, "sanity_gap", "sanity_gradient − sanity_difference.", |m| m.sanity_gap().into()),
    about(
        4,
        "sanity_gap_share_gradient",
        "Share of the gap due to gate gradients not being flip effects, (sanity_gradient − \
         sanity_slope)/sanity_gap. It can lie outside 0…1 where the two parts of the gap have \
         opposite signs. Missing if there is no gap.",
        |m| m.share_of_gap(m.sanity_gradient() - m.sanity_slope()).into(),
    ),
    about(
        4,
        "sanity_gap_share_curvature",
        "The rest, due to E_p loss not being straight between ¼ and ¾, (sanity_slope − \
         sanity_difference)/sanity_gap.",
        |m| m.share_of_gap(m.sanity_slope() - m.sanity_difference()).into(),
    ),
    about(
        5,
        "trough_ratio_030",
        "With f the density of the pooled λᵢ = ∂ln(loss)/∂bᵢ, smoothed by a kernel of 0.03: \
         f(0) over the higher of the two flanking peaks, the highest peaks of f (as in peaks) on \
         either side further from 0 than one kernel standard deviation. Missing if there is \
         none, f having its only peak at 0.",
        |m| m.trough.all.ratio.into(),
    ),
    about(
        5,
        "trough_lower_ratio_030",
        "f(0) over the lower of the two flanking peaks; there is a trough at 0 if this is \
         below 1. Missing if a side has none.",
        |m| m.trough.all.lower_ratio.into(),
    )
    .titled("5: density at 0 over lower peak")
    .claims(&[Claim {
        observation: 5,
        statement: "the density of ∂ln(loss)/∂bᵢ has a trough at 0",
        statistic: "density at 0 over the lower of the peaks beside it, kernel 0.03",
        criterion: "below 1, with a peak on either side, at p = ¼, ½ and ¾",
        rule: Rule::Also(|r| {
            let names = ["trough_lower_ratio_25", "trough_lower_ratio_030", "trough_lower_ratio_75"];
            Some(names.iter().all(|name| r.get(name).is_some_and(|ratio| ratio < 1.0)))
        }),
        ..CLAIM
    }]),
    about(5, "trough_lower_ratio_25", "trough_lower_ratio_030 at p = ¼.", |m| {
        m.troughs[0].lower_ratio.into()
    }),
    about(5, "trough_lower_ratio_75", "trough_lower_ratio_030 at p = ¾.", |m| {
        m.troughs[2].lower_ratio.into()
    }),
    about(5, "trough_ratio_015", "trough_ratio_030 with a kernel of 0.015.", |m| {
        m.half_trough.all.ratio.into()
    }),
    about(5, "trough_lower_ratio_015", "trough_lower_ratio_030 with a kernel of 0.015.", |m| {
        m.half_trough.all.lower_ratio.into()
    }),
    about(
        5,
        "small_nodes",
        "Nodes with a gradient scale (root mean square of λᵢ) below 0.03, dead ones included.",
        |m| m.small_nodes.into(),
    ),
    about(
        5,
        "small_nodes_share_030",
        "Share of f(0) that those nodes contribute, kernel 0.03.",
        |m| m.trough.small_share.into(),
    ),
    about(5, "small_nodes_share_015", "The same with a kernel of 0.015.", |m| {
        m.half_trough.small_share.into()
    }),
    about(
        5,
        "trough_ratio_without_small_030",
        "trough_ratio_030 with those nodes left out.",
        |m| m.trough.without_small.ratio.into(),
    ),
    about(
        5,
        "trough_lower_ratio_without_small_030",
        "trough_lower_ratio_030 with those nodes left out.",
        |m| m.trough.without_small.lower_ratio.into(),
    ),
    about(
        5,
        "trough_ratio_without_small_015",
        "trough_ratio_015 with those nodes left out.",
        |m| m.half_trough.without_small.ratio.into(),
    ),
    about(
        5,
        "trough_lower_ratio_without_small_015",
        "trough_lower_ratio_015 with those nodes left out.",
        |m| m.half_trough.without_small.lower_ratio.into(),
    ),
    general(
        "log_gradient_beyond",
        "Share of the λᵢ beyond ±8, which count as ±8 in densities (5 and 6).",
        |m| m.beyond.into(),
    ),
    about(
        6,
        "peaks",
        "Peaks of f (kernel 0.03): local maxima that stand out from their surroundings (their \
         prominence) by at least 5 % of the highest density.",
        |m| m.split.peaks.into(),
    ),
    about(
        6,
        "peaks_on",
        "The same for the density f₁ of λᵢ over the masks with node i on.",
        |m| m.split.peaks_on.into(),
    ),
    about(
        6,
        "peaks_off",
        "The same for the density f₀ of λᵢ over the masks with node i off.",
        |m| m.split.peaks_off.into(),
    ),
    about(
        6,
        "overlap",
        "∫ min(f₁, f₀), both of integral 1: 1 if the halves are the same, 0 if they are \
         apart.",
        |m| m.split.overlap.into(),
    )
    .titled("6: overlap of on and off halves")
    .claims(&[Claim {
        observation: 6,
        statement: "splitting by \"is node i on\" does not leave two single-peaked densities",
        statistic: "peaks of the two halves together",
        value: Some(|r| Some(r.get("peaks_on")? + r.get("peaks_off")?)),
        criterion: "more than 2",
        rule: Rule::Above(2.0),
        ..CLAIM
    }]),
    about(
        7,
        "scale_ratio",
        "Largest gradient scale over the smallest, a node's scale being the root mean square of λᵢ \
         over all masks; nodes of a scale below 0.03, which are dead or nearly so, are left out. \
         Missing if all are.",
        |m| m.spread.ratio.into(),
    )
    .titled("7: scale ratio, largest to smallest")
    .claims(&[Claim {
        observation: 7,
        statement: "nodes differ greatly in gradient scale",
        statistic: "largest over smallest root mean square of ∂ln(loss)/∂bᵢ, nodes below 0.03 left out",
        criterion: "at least 5",
        open: "the text does not say how much is \"greatly\"",
        rule: Rule::AtLeast(5.0),
        ..CLAIM
    }]),
    about(7, "scale_quantile_ratio", "90 % over 10 % quantile of the same scales.", |m| {
        m.spread.quantile_ratio.into()
    }),
    about(
        8,
        "flips_below_5_percent",
        "Smallest number of flips d with Cov(d)/Cov(0) of ln(loss) below 0.05; missing if \
         none.",
        |m| m.flips.below_5_percent.into(),
    ),
    about(
        8,
        "flips_below_two_errors",
        "The same below 2/√1000, two standard errors of a correlation of 0 over 1,000 paths. \
         The write-up does not say how many paths it drew.",
        |m| m.flips.below_two_errors.into(),
    )
    .titled("8: flips until indistinguishable")
    .claims(&[Claim {
        observation: 8,
        statement: "the correlation along flip paths is gone after 5 or 6 flips",
        statistic: "flips until it is below two standard errors of 1,000 paths",
        criterion: "5 or 6",
        open: "the text does not say how many paths it drew; with fewer, the errors are larger and \
               the flips fewer",
        true_for: Some(("numbers of paths", ["paths_more_than", "paths_at_most"])),
        rule: Rule::Between(5.0, 6.0),
        write_up: FLIPS,
        ..CLAIM
    }]),
    about(
        8,
        "paths_more_than",
        "With the standard error of a correlation of 0 over n paths, 1/√n, two of them are undercut \
         after 5 or 6 flips if n is above this, (2/c)² with c the correlation after 4 flips, and at \
         most paths_at_most. Missing if that correlation is not above 0.",
        |m| m.flips.paths.0.into(),
    ),
    about(8, "paths_at_most", "The same with the correlation after 6 flips.", |m| {
        m.flips.paths.1.into()
    }),
    about(
        9,
        "asymmetry",
        "Root mean square over d = 1…N − 1 of the difference between Cov(f₀, f_d) and \
         Cov(f_N, f_{N−d}) of ln(loss) along 1,000 sampled flip paths, in units of its \
         (paired) standard error: about 1, since exactly they are equal (a path read \
         backwards is a flip path of the same probability). Missing if ln(loss) does not \
         vary.",
        |m| m.asymmetry.into(),
    )
    .titled("9: sampled asymmetry (errors)")
    .claims(&[Claim {
        observation: 9,
        statement: "the covariance is symmetric under reversal of the path",
        statistic: "asymmetry of 1,000 sampled paths, in standard errors; exactly it is 0",
        criterion: "a path read backwards is a flip path of the same probability",
        rule: Rule::Identity,
        ..CLAIM
    }]),
    about(
        10,
        "reversal_correlation_log_loss",
        "Correlation of ln(loss) with that of the reversal.",
        |m| m.flips.reversal_correlation.into(),
    )
    .titled("10: reversal correlation of ln(loss)")
    .claims(&[
        Claim {
            observation: 10,
            statement: "a network and its reversal have positively correlated log loss",
            statistic: "reversal correlation of ln(loss)",
            criterion: "above 0.063, which 1,000 paths can tell from 0",
            rule: Rule::Above(SIGNIFICANT),
            write_up: "\"significant, positive\"",
            ..CLAIM
        },
        Claim {
            observation: 11,
            statement: "(a reader's) that is so only because there is a single hidden layer",
            statistic: "reversal correlation of ln(loss), as many nodes in 2 to 4 layers",
            criterion: "at most 0.063 with several layers",
            rule: Rule::AtMost(SIGNIFICANT),
            deep: true,
            ..CLAIM
        },
    ]),
    about(10, "reversal_correlation_loss", "Correlation of loss with that of the reversal.", |m| {
        m.reversal_correlation_loss.into()
    }),
    about(
        12,
        "explained_by_size",
        "Share of the variance of ln(loss) explained by the number of nodes on, η² = variance \
         of the means within cells over the variance. All of 12 is missing unless there are \
         one hidden layer, two classes and at least 12 nodes.",
        |m| m.balance.map(|b| b.size).into(),
    ),
    about(
        12,
        "explained_by_direction",
        "The same by D(b) = |Σ bᵢ sᵢ uᵢ| / Σ bᵢ sᵢ over slicing nodes, in bins of equal \
         numbers of masks: uᵢ the direction of node i's input weights, sᵢ its mean activation \
         times |W₁ᵢ − W₀ᵢ|. 0: the directions balance out; 1: they agree.",
        |m| m.balance.map(|b| b.direction).into(),
    )
    .titled("12: explained by directions")
    .claims(&[Claim {
        observation: 12,
        statement: "(the author's) a sub-network does well when its directions balance out",
        statistic: "share of the variance of ln(loss) explained, in whatever direction, by the \
                    balance of directions",
        criterion: "more than by the number of nodes on",
        rule: Rule::Also(|r| Some(r.get("explained_by_direction")? > r.get("explained_by_size")?)),
        ..CLAIM
    }]),
    about(
        12,
        "explained_by_signed_sum",
        "The same by S(b) = Σ bᵢ cᵢ over all nodes, cᵢ = (W₁ᵢ − W₀ᵢ) × mean activation: bias \
         nodes against slicing nodes.",
        |m| m.balance.map(|b| b.signed_sum).into(),
    ),
    about(12, "explained_by_balance", "The same by D and S jointly.", |m| {
        m.balance.map(|b| b.both).into()
    })
    .claims(&[Claim {
        observation: 12,
        statement: "(the author's) and that is why a network and its reversal do well together",
        statistic: "share of the covariance with the reversal that balance (of directions, and of \
                    bias against slicing nodes) leaves unexplained",
        value: Some(|r| r.get("reversal_left_by_balance")),
        criterion: "at most 0.5",
        rule: Rule::AtMost(0.5),
        ..CLAIM
    }]),
    about(
        12,
        "explained_by_size_and_balance",
        "The same by the number of nodes on, D and S jointly.",
        |m| m.balance.map(|b| b.all).into(),
    ),
    about(
        12,
        "reversal_given_size",
        "Correlation of r(b) with r(reversal of b), r being ln(loss) less the mean of its \
         cell, cells by the number of nodes on.",
        |m| m.balance.map(|b| b.reversal_given_size).into(),
    ),
    about(12, "reversal_given_balance", "The same, cells by D and S jointly.", |m| {
        m.balance.map(|b| b.reversal_given_both).into()
    }),
    about(
        12,
        "reversal_by_balance",
        "Share of the covariance of ln(loss) with that of the reversal that is of the means of the \
         cells by D and S jointly; with the next two it adds up to 1, and each can lie outside of \
         0…1.",
        |m| m.balance.map(|b| b.covariance.explained).into(),
    ),
    about(
        12,
        "reversal_mixed_by_balance",
        "The same of the means of one with the residuals of the other.",
        |m| m.balance.map(|b| b.covariance.mixed).into(),
    ),
    about(12, "reversal_left_by_balance", "The same of the residuals.", |m| {
        m.balance.map(|b| b.covariance.left).into()
    }),
    about(
        12,
        "reversal_given_size_and_balance",
        "The same, cells by the number of nodes on, D and S jointly.",
        |m| m.balance.map(|b| b.reversal_given_all).into(),
    ),
    about(
        13,
        "bias_share",
        "Share of the nodes that act as a bias: their activation varies over the points by \
         less than half of its mean.",
        |m| m.share(Kind::Bias).into(),
    )
    .titled("13: share of bias nodes")
    .write_up(BIAS_SHARE)
    .claims(&[Claim {
        observation: 13,
        statement: "some nodes act as a bias, the others slice off an edge",
        statistic: "share of bias nodes: activation varies by less than half of its mean (the \
                    write-up counted by eye, and fewer)",
        criterion: "some nodes of either kind",
        rule: Rule::Also(|r| Some(r.get("bias_share")? > 0.0 && r.get("slicing_share")? > 0.0)),
        ..CLAIM
    }]),
    about(
        13,
        "bias_nodes",
        "Number of nodes whose activation varies over the points by less than half of its mean.",
        |m| m.constant(BIAS_VARIATION).into(),
    )
    .claims(&[Claim {
        observation: 13,
        statement: "four of twenty nodes act as a bias",
        statistic: "nodes whose activation varies by less than half of its mean, for each 20 nodes",
        value: Some(|r| Some(20.0 * r.get("bias_share")?)),
        criterion: "3 to 5",
        rule: Rule::Between(3.0, 5.0),
        write_up: "4",
        ..CLAIM
    }]),
    about(13, "nearly_constant_nodes", "The same by less than a quarter of its mean.", |m| {
        m.constant(0.5 * BIAS_VARIATION).into()
    }),
    about(
        13,
        "ring_nodes",
        "Number of nodes that are active all round the circle, at 360 points of it: those whose \
         gradient map shows a full ring. Missing for data without a circle.",
        |m| m.rings.into(),
    ),
    about(
        13,
        "slicing_share",
        "Share of the nodes that slice: active on some points, and no bias.",
        |m| m.share(Kind::Slicing).into(),
    ),
    about(13, "dead_share", "Share of the nodes that are active on no point.", |m| {
        m.share(Kind::Dead).into()
    }),
    about(
        14,
        "near_circle_points",
        "Share of the points within 0.1 of the circle, ||x| − r| < 0.1. All of 14 is missing \
         for data without a circle.",
        |m| m.near.map(|n| n.points).into(),
    ),
    about(
        14,
        "near_circle_loss",
        "Share of the full network's loss that those points contribute.",
        |m| m.near.map(|n| n.loss).into(),
    )
    .titled("14: loss within 0.1 of the circle")
    .claims(&[Claim {
        observation: 14,
        statement: "most of the loss sits near the circle",
        statistic: "share of the loss within 0.1 of it",
        criterion: "above 0.5",
        rule: Rule::Above(0.5),
        ..CLAIM
    }]),
    about(
        14,
        "near_circle_gradient",
        "Share of Σ_points Σᵢ |∂(loss at the point)/∂bᵢ| of the full network that they \
         contribute.",
        |m| m.near.map(|n| n.gradient).into(),
    )
    .claims(&[Claim {
        observation: 14,
        statement: "all of the gradient sits near the circle",
        statistic: "share of Σ|∂loss/∂bᵢ| over points within 0.1 of it",
        criterion: "at least 0.95",
        rule: Rule::AtLeast(0.95),
        ..CLAIM
    }]),
];

/// What is true of every network, and therefore not measured.
const IDENTITY: Claim = Claim {
    observation: 15,
    statement: "masking before or after the ReLU is the same for b ≥ 0",
    statistic: "an identity, tested in crates/model/tests/identities.rs",
    value: Some(|_| None),
    criterion: "ReLU(b z) = b ReLU(z)",
    rule: Rule::Identity,
    ..CLAIM
};
