//! What `ensemble` records beside its networks.

use serde::{Deserialize, Serialize};

/// `ensemble/statistics.csv`: a column of `networks.csv`.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct StatisticRow {
    /// The column.
    pub statistic: String,
    /// The write-up's observation that it is about.
    pub observation: Option<usize>,
    /// Its formula in words.
    pub formula: String,
    /// The title of its histogram; empty if none is drawn.
    pub title: String,
    /// The write-up's value.
    pub write_up: Option<f64>,
}

/// `ensemble/runs.csv`, beside its [`CellId`](super::networks::CellId): one command, and the networks it made.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct EnsembleRun {
    /// How many networks.
    pub networks: usize,
    /// Seed of the first one.
    pub first_seed: u64,
    /// The command line.
    pub command: String,
    /// Commit it ran at; empty if unknown.
    pub git_revision: String,
    /// Wall-clock time in seconds, of the last piece if it was interrupted.
    pub seconds: f64,
    /// Threads used.
    pub threads: usize,
    /// Name of the processor.
    pub cpu: String,
}

/// `ensemble/verdicts.csv`: an observation of the write-up, judged over many networks.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Verdict {
    /// Its number.
    pub observation: usize,
    /// What is claimed.
    pub statement: String,
    /// What is measured of each network.
    pub statistic: String,
    /// How many networks.
    pub networks: usize,
    /// Median of the statistic over networks.
    pub median: Option<f64>,
    /// Its 5 % quantile.
    pub low: Option<f64>,
    /// Its 95 % quantile.
    pub high: Option<f64>,
    /// The write-up's own value, where it gives one.
    pub write_up: String,
    /// When the claim counts as true of a network.
    pub criterion: String,
    /// Share of the networks of which it is true.
    pub share: Option<f64>,
    /// Lower end of its 95 % interval.
    pub share_low: Option<f64>,
    /// Upper end.
    pub share_high: Option<f64>,
    /// `holds`, `fails`, `depends on the network`, `undecided` or `not decided by the text`.
    pub verdict: String,
    /// `whatever the recipe`, `depends on the recipe`, or empty.
    pub across: String,
    /// Why, in one line.
    pub reason: String,
    /// What would change it.
    pub would_change: String,
}

/// `ensemble/summary.csv`, beside its [`CellId`](super::networks::CellId): one statistic over the networks of one cell.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct CellSummary {
    /// The column of `networks.csv`.
    pub statistic: String,
    /// How many networks have a value.
    pub networks: usize,
    /// 5 % quantile over them.
    pub low: Option<f64>,
    /// Median.
    pub median: Option<f64>,
    /// 95 % quantile.
    pub high: Option<f64>,
}

/// `ensemble/recipes.csv`, beside its [`CellId`](super::networks::CellId): where the write-up's three
/// published numbers lie among the networks of one recipe.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct RecipeRow {
    /// How many networks.
    pub networks: usize,
    /// Mean over networks of E_¼ loss.
    pub mean_loss_25: f64,
    /// Its standard deviation (ddof 1).
    pub mean_loss_25_sd: f64,
    /// Mean over networks of E_¾ loss.
    pub mean_loss_75: f64,
    /// Its standard deviation.
    pub mean_loss_75_sd: f64,
    /// Mean over networks of 10 × the mean gate gradient.
    pub ten_mean_gradient: f64,
    /// Its standard deviation.
    pub ten_mean_gradient_sd: f64,
    /// Mahalanobis distance of the write-up's three numbers from the networks' mean.
    pub write_up_distance: f64,
    /// Share of the networks that are at least as far from it.
    pub share_farther: f64,
    /// Lower end of its 95 % interval.
    pub farther_low: f64,
    /// Upper end.
    pub farther_high: f64,
}

/// `ensemble/recipe_claims.csv`, beside its [`CellId`](super::networks::CellId): of how many networks
/// of one recipe a claim is true.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct RecipeClaim {
    /// The observation.
    pub observation: usize,
    /// What is claimed.
    pub statement: String,
    /// Networks of which it can be said.
    pub networks: usize,
    /// Those of which it is true.
    pub holding: usize,
    /// Their share; empty if there are none.
    pub share: Option<f64>,
    /// Lower end of its 95 % interval.
    pub share_low: Option<f64>,
    /// Upper end.
    pub share_high: Option<f64>,
}

/// `ensemble/likelihood.csv`, beside a [`CellId`](super::networks::CellId): how likely the write-up's
/// three numbers are under one recipe after so many steps.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
pub struct Likelihood {
    /// Natural logarithm of the density that the networks' numbers have there, taken as normal, with
    /// mean and covariance interpolated between the numbers of steps that were measured.
    pub log_likelihood: f64,
}

/// `ensemble/fits.csv`, beside a [`CellId`](super::networks::CellId) whose steps are those that fit
/// the write-up's three numbers best: how well they do, the number of steps being free.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Fit {
    /// How many networks.
    pub networks: usize,
    /// Least Mahalanobis distance of the write-up's numbers from the networks' mean, over steps.
    pub distance: f64,
    /// Natural logarithm of the normal density of its numbers there.
    pub log_likelihood: f64,
    /// Share of the networks that are at least as far off, at the steps nearest to it.
    pub share_farther: f64,
    /// Lower end of its 95 % interval.
    pub farther_low: f64,
    /// Upper end.
    pub farther_high: f64,
}
