//! The command line: which section, with which options.

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::options::Common;
use crate::sections;
use crate::session::Session;

/// What happens to a small neural network when hidden nodes are removed?
#[derive(Debug, Parser)]
#[command(name = "experiments", version, max_term_width = 100, arg_required_else_help = true)]
pub struct Cli {
    #[command(flatten)]
    pub common: Common,
    #[command(subcommand)]
    pub section: Option<Section>,
}

/// The subcommands, each run by the module of its name with that module's options.
macro_rules! sections {
    ($($(#[$help:meta])* $name:ident: $module:ident,)*) => {
        /// The sections, in the write-up's order.
        #[derive(Debug, Subcommand)]
        pub enum Section {
            $($(#[$help])* $name(sections::$module::Options),)*
        }

        impl Section {
            /// Runs the section.
            ///
            /// # Errors
            ///
            /// Those of the section.
            pub fn run(&self, session: &Session) -> Result<()> {
                match self {
                    $(Self::$name(options) => sections::$module::run(session, options),)*
                }
            }
        }
    };
}

sections! {
    /// Train the network: accuracy and loss over steps, the learned map
    Train: train,
    /// Probability of class 0 (for a circle: of "inside") over the plane, and how it changes as nodes are removed
    PredictionHeatmap: prediction_heatmap,
    /// Distribution of the loss over random sub-networks
    LossDensity: loss_density,
    /// Distribution of ln(loss) over random sub-networks, against normal fits
    LogLossDensity: log_loss_density,
    /// Distribution of the gate gradients, and the write-up's sanity check
    Gradients: gradients,
    /// The log-loss gradient's density split by whether the node is on
    NodeOn: node_on,
    /// Covariance of log loss along paths that flip every node once
    FlipPaths: flip_paths,
    /// Gate gradients and loss of the full network, point by point over the plane
    GradientHeatmap: gradient_heatmap,
    /// Every one of the 2^N sub-networks, exactly: spectrum, node values, best subsets
    Hypercube: hypercube,
    /// Exact averages over all masks of the last hidden layer, at any width
    Averages: averages,
    /// The best sub-network of each size of the last hidden layer, with a proof or a gap
    BestSubsets: best_subsets,
    /// Many networks of one recipe, each exactly, and a verdict on every observation
    Ensemble: ensemble,
    /// What makes a network and its reversal alike: a theory and interventions, on many networks
    Why: why,
    /// A page to take the network apart by hand, opened in the browser
    Explore: explore,
    /// Chosen masks, one by one: loss, accuracy, gate gradients, rank among all
    Evaluate: evaluate,
    /// Every section from train to hypercube and the explorer, in order
    All: all,
}
