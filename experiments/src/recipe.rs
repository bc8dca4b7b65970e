//! The options that say how networks are trained.

use anyhow::{Result, bail};
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
    /// Training points of a figure, drawn once [default: 10000]
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
    /// A recipe with what is asked for in place of its own.
    ///
    /// # Errors
    ///
    /// If training points are asked for and given points are all taken, or they do not fit into memory.
    pub fn recipe(&self, session: &Session, own: Recipe, steps: Option<usize>) -> Result<Recipe> {
        if self.training_points.is_some() && own.data.figure().is_none() {
            bail!(
                "--training-points is how many points of a figure are drawn; of {} all that are not \
                 held out are taken",
                own.data.title()
            );
        }
        let (inputs, classes) = (own.sizes[0], own.sizes[own.sizes.len() - 1]);
        let recipe = Recipe {
            sizes: match &self.hidden[..] {
                [] => own.sizes,
                hidden => [&[inputs], hidden, &[classes]].concat(),
            },
            init: self.init.map_or(own.init, Init::from),
            activation: session.common.activation.unwrap_or_default(),
            seed: session.common.seed.unwrap_or(own.seed),
            steps: steps.unwrap_or(own.steps),
            batch: self.batch.unwrap_or(own.batch),
            points: self.training_points.unwrap_or(own.points),
            learning_rate: self.learning_rate.unwrap_or(own.learning_rate),
            ..own
        };
        // Their coordinates and labels, and copies of them in the order of the epoch.
        limits::memory("training points", recipe.points, 40 + 25 * inputs + 5 * classes)?;
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
