//! The command line: which section, with which options.

use clap::{Parser, Subcommand};

use crate::options::Common;
use crate::sections::{
    ensemble, evaluate, explore, flip_paths, gradient_heatmap, gradients, hypercube,
    log_loss_density, loss_density, node_on, prediction_heatmap, train,
};

/// What happens to a small neural network when hidden nodes are removed?
#[derive(Debug, Parser)]
#[command(name = "experiments", version, max_term_width = 100, arg_required_else_help = true)]
pub struct Cli {
    #[command(flatten)]
    pub common: Common,
    #[command(subcommand)]
    pub section: Option<Section>,
}

/// The sections, in the write-up's order.
#[derive(Debug, Subcommand)]
pub enum Section {
    /// Train the network: accuracy and loss over steps, the learned map
    Train(train::Options),
    /// Probability of class 0 (for a circle: of "inside") over the plane, and how it changes as nodes are removed
    PredictionHeatmap(prediction_heatmap::Options),
    /// Distribution of the loss over random sub-networks
    LossDensity(loss_density::Options),
    /// Distribution of ln(loss) over random sub-networks, against normal fits
    LogLossDensity(log_loss_density::Options),
    /// Distribution of the gate gradients, and the write-up's sanity check
    Gradients(gradients::Options),
    /// The log-loss gradient's density split by whether the node is on
    NodeOn(node_on::Options),
    /// Covariance of log loss along paths that flip every node once
    FlipPaths(flip_paths::Options),
    /// Gate gradients and loss of the full network, point by point over the plane
    GradientHeatmap(gradient_heatmap::Options),
    /// Every one of the 2^N sub-networks, exactly: spectrum, node values, best subsets
    Hypercube(hypercube::Options),
    /// Many networks of one recipe, each exactly, and a verdict on every observation
    Ensemble(ensemble::Options),
    /// A page to take the network apart by hand, opened in the browser
    Explore(explore::Options),
    /// Chosen masks, one by one: loss, accuracy, gate gradients, rank among all
    Evaluate {
        #[command(flatten)]
        masks: evaluate::Options,
        #[command(flatten)]
        output: evaluate::Output,
    },
    /// Every section from train to hypercube and the explorer, in order
    All,
}
