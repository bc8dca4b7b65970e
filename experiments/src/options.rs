//! Options that several sections share, and how their values are read.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, ValueEnum};
use hypercube::data::Data;
use hypercube::{Ablation, Activation, ValueFunction};
use model::Source;

/// Options that every section takes.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Common options")]
pub struct Common {
    /// Network to study, safetensors [default: the trained one in OUT/train, trained now if it is
    /// not there]
    #[arg(long, global = true, value_name = "FILE")]
    pub model: Option<PathBuf>,
    /// Evaluation points, csv with a header and a column `label` [default: a seeded sample of the
    /// network's own data, or what was held out of it]; for `train`, the data to train on
    #[arg(long, global = true, value_name = "FILE", conflicts_with = "n_points")]
    pub points: Option<PathBuf>,
    /// How many evaluation points to draw [default: 4096, with --quick 512], or to take of those held
    /// out [default: all]
    #[arg(long, global = true, value_name = "N", value_parser = at_least_one)]
    pub n_points: Option<usize>,
    /// What the points are, or what labels them [default: the network's own, else the circle]
    #[arg(long, global = true, value_name = "NAME")]
    pub data: Option<DataName>,
    /// Radius of the circle, if the data is one [default: the network's own, else 0.893]
    #[arg(long, global = true, value_name = "R", value_parser = circle)]
    pub radius: Option<Data>,
    /// What stands between the network's layers [default: what its file says, else relu]
    #[arg(long, global = true, value_name = "NAME", value_parser = activations())]
    pub activation: Option<Activation>,
    /// What stands in for a removed node's activation
    #[arg(long, global = true, value_name = "KIND", default_value = "zero")]
    pub ablation: AblationName,
    /// Seed of masks and paths [default: 0]; where a network is trained, of the network [default: 120,
    /// for the first of many 0]
    #[arg(long, global = true, value_name = "N")]
    pub seed: Option<u64>,
    /// Seed of the evaluation points [default: the network's own, else 0]
    #[arg(long, global = true, value_name = "N", conflicts_with = "points")]
    pub points_seed: Option<u64>,
    /// Folder for results [default: results, with --quick results/quick]
    #[arg(long, global = true, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Put the results in place of another study's or of a full record: what the folder's manifests
    /// list of them is removed once the run has succeeded
    #[arg(long, global = true)]
    pub replace: bool,
    /// burn backend, of those compiled in; `list` shows them [default: a GPU's if there is one]
    #[arg(long, global = true, value_name = "NAME")]
    pub backend: Option<String>,
    /// Threads to compute with [default: one per core]
    #[arg(long, global = true, value_name = "N", value_parser = threads)]
    pub threads: Option<usize>,
    /// Small samples: a look in seconds, not numbers to quote
    #[arg(long, global = true)]
    pub quick: bool,
    /// No progress and no messages, only results and errors
    #[arg(long, global = true)]
    pub quiet: bool,
}

/// Names of the data sets on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum DataName {
    /// Inside a circle or out, as in the write-up; --radius says how large
    Circle,
    /// On a ring or off it
    Annulus,
    /// Whether the coordinates differ in sign
    Xor,
    /// A board of 3 × 3 squares
    Checkerboard,
    /// Two spiral arms
    Spirals,
    /// Images of 8 × 8 pixels of handwritten digits (Alpaydin & Kaynak 1998, UCI, CC BY 4.0)
    Digits,
}

/// Results go here unless `--out` says otherwise.
const OUT: &str = "results";

impl Common {
    /// Folder for results. Quick ones have their own inside the usual one: they never take the
    /// place of numbers to quote.
    pub fn out(&self) -> PathBuf {
        match &self.out {
            Some(out) => out.clone(),
            None if self.quick => Path::new(OUT).join("quick"),
            None => OUT.into(),
        }
    }

    /// Folders in whose `train` a trained network is looked for: the one for results, and for a
    /// quick look the usual one after it.
    pub fn trained_in(&self) -> Vec<PathBuf> {
        let usual = (self.quick && self.out.is_none()).then(|| OUT.into());
        [self.out()].into_iter().chain(usual).collect()
    }

    /// A sample's size: as asked, or one of the two defaults.
    pub fn size(&self, asked: Option<usize>, default: usize, quick: usize) -> usize {
        asked.unwrap_or(if self.quick { quick } else { default })
    }

    /// The seed of masks and paths.
    pub fn seed(&self) -> u64 {
        self.seed.unwrap_or(0)
    }

    /// How many evaluation points to draw: 4,096 make the mean loss of most networks certain to
    /// about 1 %.
    pub fn evaluation_points(&self) -> usize {
        self.size(self.n_points, 4096, 512)
    }

    /// The data that `--data` and `--radius` ask for, if they do.
    ///
    /// # Errors
    ///
    /// If both are given and the data is no circle.
    pub fn asked_data(&self) -> Result<Option<Source>> {
        let figure = match (self.data, self.radius) {
            (None, None) => return Ok(None),
            (None | Some(DataName::Circle), Some(circle)) => circle,
            (Some(_), Some(_)) => bail!(
                "--radius is a circle's, and --data asks for another set: leave one of them out"
            ),
            (Some(DataName::Digits), None) => return Ok(Some(Source::Digits)),
            (Some(DataName::Circle), None) => Data::default(),
            (Some(DataName::Annulus), None) => Data::Annulus,
            (Some(DataName::Xor), None) => Data::Xor,
            (Some(DataName::Checkerboard), None) => Data::Checkerboard,
            (Some(DataName::Spirals), None) => Data::Spirals,
        };
        Ok(Some(Source::Figure(figure)))
    }
}

/// The names of activation functions.
fn activations() -> impl TypedValueParser<Value = Activation> {
    PossibleValuesParser::new(Activation::ALL.map(Activation::name))
        .try_map(|name| name.parse::<Activation>())
}

/// Names of the ablations on the command line.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum AblationName {
    /// The activation becomes 0
    Zero,
    /// The activation becomes its mean over the evaluation points in the full network
    Mean,
}

impl AblationName {
    /// The name as typed.
    pub fn name(self) -> &'static str {
        match self {
            Self::Zero => "zero",
            Self::Mean => "mean",
        }
    }
}

impl From<AblationName> for Ablation {
    fn from(name: AblationName) -> Self {
        match name {
            AblationName::Zero => Self::Zero,
            AblationName::Mean => Self::Mean,
        }
    }
}

/// What is measured of masks, for sections that are exact.
#[derive(Args, Clone, Copy, Debug, Default)]
pub struct Valued {
    /// What is measured of a mask
    #[arg(long, value_name = "NAME", default_value = "loss")]
    pub value: ValueName,
}

/// Names of the value functions on the command line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ValueName {
    /// The mean cross-entropy for the labels
    #[default]
    Loss,
    /// The mean Kullback–Leibler divergence from the full network's output, which needs no labels
    Kl,
}

impl From<Valued> for ValueFunction {
    fn from(valued: Valued) -> Self {
        match valued.value {
            ValueName::Loss => Self::Loss,
            ValueName::Kl => Self::Divergence,
        }
    }
}

/// Which masks a section samples.
#[derive(Args, Clone, Debug, Default)]
pub struct SampleSize {
    /// Masks sampled at each probability [default: 8192, with --quick 512]
    #[arg(long, value_name = "N", value_parser = at_least_two)]
    pub masks: Option<usize>,
}

impl SampleSize {
    /// How many masks: the default makes the standard error of a mean about 1 % of a standard
    /// deviation, in some seconds.
    pub fn size(&self, common: &Common) -> usize {
        common.size(self.masks, 8192, 512)
    }
}

/// The probabilities at which nodes are on.
#[derive(Args, Clone, Debug)]
pub struct Probabilities {
    /// Probabilities with which each node is on; the defaults are the write-up's
    #[arg(
        long,
        value_name = "P,…",
        value_delimiter = ',',
        value_parser = probability,
        default_values_t = WRITE_UP_P
    )]
    pub p: Vec<f64>,
}

/// The write-up's probabilities.
const WRITE_UP_P: [f64; 3] = [0.25, 0.5, 0.75];

impl Default for Probabilities {
    fn default() -> Self {
        Self { p: WRITE_UP_P.to_vec() }
    }
}

/// A whole number from 1.
pub fn at_least_one(text: &str) -> Result<usize, String> {
    at_least(text, 1)
}

/// A number of threads: each takes some memory, whether there is a core for it or not.
fn threads(text: &str) -> Result<usize, String> {
    match at_least(text, 1)? {
        n @ ..=1024 => Ok(n),
        _ => Err("at most 1024 are started".to_owned()),
    }
}

/// A whole number from 2, for what needs a variance.
pub fn at_least_two(text: &str) -> Result<usize, String> {
    at_least(text, 2)
}

fn at_least(text: &str, least: usize) -> Result<usize, String> {
    let n = text.parse().map_err(|_| "give a whole number below 2^64".to_owned())?;
    if n < least { Err(format!("at least {least} needed")) } else { Ok(n) }
}

/// Seconds, up to a day.
pub fn seconds(text: &str) -> Result<f64, String> {
    let value: f64 = text.parse().map_err(|_| "give a number of seconds".to_owned())?;
    if (0.0..=86_400.0).contains(&value) {
        Ok(value)
    } else {
        Err("0 to 86400 seconds, which is a day".to_owned())
    }
}

/// A number above 0.
pub fn positive(text: &str) -> Result<f64, String> {
    let value: f64 = text.parse().map_err(|_| "give a number above 0".to_owned())?;
    if value > 0.0 && value.is_finite() {
        Ok(value)
    } else {
        Err("give a number above 0".to_owned())
    }
}

/// The circle of a radius.
fn circle(text: &str) -> Result<Data, String> {
    let radius = text.parse().map_err(|_| "give a number, such as 0.893".to_owned())?;
    Data::circle(radius).map_err(|error| error.to_string())
}

fn probability(text: &str) -> Result<f64, String> {
    let p: f64 = text.parse().map_err(|_| "give a number from 0 to 1".to_owned())?;
    if (0.0..=1.0).contains(&p) { Ok(p) } else { Err("a probability lies from 0 to 1".to_owned()) }
}
