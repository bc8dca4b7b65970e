//! The options that say how networks are trained.

use anyhow::Result;
use clap::{Args, ValueEnum};
use model::Init;
use model::training::Recipe;

use crate::limits;
use crate::options::{at_least_one, positive};
use crate::session::Session;

/// A recipe but for its data, its seed and its number of steps.
#[derive(Args, Debug, Default)]
#[command(next_help_heading = "Recipe")]
pub struct Options {
    /// Widths of the hidden layers [default: 20; 14,6 for checkerboard and spirals]
    #[arg(long, value_name = "N,…", value_delimiter = ',', value_parser = at_least_one)]
    hidden: Vec<usize>,
    /// Distribution of the initial weights [default: he-uniform]
    #[arg(long, value_name = "NAME")]
    init: Option<InitName>,
    /// Points per step [default: 32]
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    batch: Option<usize>,
    /// Adam's step size [default: 0.001; 0.005 for annulus, checkerboard and spirals]
    #[arg(long, value_name = "RATE", value_parser = positive)]
    learning_rate: Option<f64>,
    /// Training points, drawn once [default: 10000]
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    training_points: Option<usize>,
}

/// Names of initialisations on the command line.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum InitName {
    /// Keras's default: uniform of variance 2/(in + out), biases 0
    GlorotUniform,
    /// Normal of variance 2/(in + out), biases 0
    GlorotNormal,
    /// Uniform of variance 2/in, biases 0
    HeUniform,
    /// Normal of variance 2/in, biases 0
    HeNormal,
    /// PyTorch's default: uniform within 1/√in, biases too
    Pytorch,
}

impl Options {
    /// The recipe for the session's data and seed, with what is asked for.
    ///
    /// # Errors
    ///
    /// If `--data` and `--radius` contradict each other, or the training points do not fit into
    /// memory.
    pub fn recipe(&self, session: &Session, steps: Option<usize>) -> Result<Recipe> {
        let default = Recipe::for_data(session.common.asked_data()?.unwrap_or_default());
        let recipe = Recipe {
            sizes: match &self.hidden[..] {
                [] => default.sizes,
                hidden => [&[2], hidden, &[2]].concat(),
            },
            init: self.init.map_or(default.init, Init::from),
            activation: session.common.activation.unwrap_or_default(),
            seed: session.common.seed.unwrap_or(default.seed),
            steps: steps.unwrap_or(default.steps),
            batch: self.batch.unwrap_or(default.batch),
            points: self.training_points.unwrap_or(default.points),
            learning_rate: self.learning_rate.unwrap_or(default.learning_rate),
            ..default
        };
        // Its coordinates and labels, and a copy of them in the order of the epoch.
        limits::memory("training points", recipe.points, 100)?;
        Ok(recipe)
    }
}

impl From<InitName> for Init {
    fn from(name: InitName) -> Self {
        match name {
            InitName::GlorotUniform => Self::GlorotUniform,
            InitName::GlorotNormal => Self::GlorotNormal,
            InitName::HeUniform => Self::HeUniform,
            InitName::HeNormal => Self::HeNormal,
            InitName::Pytorch => Self::Pytorch,
        }
    }
}
