//! Points that a network is given to learn from: a csv, or the handwritten digits.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use clap::Args;
use hypercube::points_file::{self, PointsFileError, Shape, Table};
use hypercube::standard::Standard;
use hypercube::{Network, NetworkError, Points, digits, split};
use model::Source;
use model::training::Recipe;
use serde_json::{Map, Value, json};

use crate::options::Common;
use crate::subject::{file_name, points_hash, sha256};

/// The csv of held-out points that `train` leaves beside a network that learned given ones.
pub const HELD_OUT: &str = "points.csv";

/// Which of the given points a network is judged by.
#[derive(Args, Debug, Default)]
#[command(next_help_heading = "With --points: the data to train on")]
pub struct Parts {
    /// Judge the network by the points of another csv, and train on all of --points
    #[arg(long, value_name = "FILE", conflicts_with = "held_out")]
    test: Option<PathBuf>,
    /// Share of the rows that is held out to judge the network by: the same ones for every seed
    /// [default: 0.2]
    #[arg(long, value_name = "SHARE", value_parser = share)]
    held_out: Option<f64>,
}

/// A fifth is usual, and leaves most rows to train on.
const SHARE: f64 = 0.2;

/// Given points, in two parts.
pub struct Given {
    /// The recipe for them, but for what is asked for.
    pub recipe: Recipe,
    /// Those to train on, their inputs as they come.
    pub training: Points,
    /// Those to judge by, with the names of their inputs.
    pub held_out: Table,
    /// How the inputs are scaled for training, if they are.
    standard: Option<Standard>,
    /// What a record says beside the recipe.
    pub parameters: Map<String, Value>,
}

impl Given {
    /// The points that the options give; none if the data is a figure.
    ///
    /// # Errors
    ///
    /// If options contradict each other, a file cannot be read, or there is nothing to learn in it.
    pub fn read(common: &Common, parts: &Parts) -> Result<Option<Self>> {
        match (&common.points, common.asked_data()?) {
            (Some(_), Some(asked)) => bail!(
                "--points is data of your own, and {} asks for another set: leave one of them out",
                asked.option()
            ),
            (Some(file), None) => Self::own(file, parts).map(Some),
            (None, _) if parts.test.is_some() || parts.held_out.is_some() => {
                bail!(
                    "--test and --held-out are about data of your own: give it with --points FILE"
                )
            }
            (None, Some(Source::Digits)) => Ok(Some(Self::digits())),
            (None, _) => Ok(None),
        }
    }

    fn digits() -> Self {
        let (training, points) = digits::parts();
        let names = (0..points.inputs()).map(|k| format!("x{k}")).collect();
        Self {
            recipe: Recipe::for_digits(),
            training,
            held_out: Table { names, points },
            standard: None,
            parameters: Map::new(),
        }
    }

    fn own(file: &Path, parts: &Parts) -> Result<Self> {
        let refuse = |why| PointsFileError::Content { path: file.to_owned(), why };
        let Table { names, points } = points_file::load_table(file, None)?;
        let (inputs, classes) = (points.inputs(), split::classes(&points).map_err(refuse)?);
        let share = parts.held_out.unwrap_or(SHARE);
        let (training, held_out) = match &parts.test {
            Some(test) => {
                let own = points_file::load_table(test, Some(Shape { inputs, classes }))?;
                same_names(test, &own.names, &names)?;
                (points, own.points)
            }
            None => {
                let rows = points.len();
                if rows < 2 {
                    let why = "it has one row, of which none can be held out; give the points to \
                               judge by with --test FILE";
                    return Err(refuse(why.to_owned()).into());
                }
                split::hold_out(
                    &points,
                    ((share * rows as f64).round() as usize).clamp(1, rows - 1),
                )
            }
        };
        let seen: HashSet<usize> = training.labels().iter().copied().collect();
        if let Some(missing) = (0..classes).find(|class| !seen.contains(class)) {
            let why = format!(
                "{} of {} rows are held out, and none with label {missing} is left to train on; give \
                 a smaller --held-out, or the points to judge by with --test FILE",
                held_out.len(),
                held_out.len() + training.len()
            );
            return Err(refuse(why).into());
        }
        let standard = Standard::of(&training, &names).map_err(refuse)?;
        let hash = sha256((points_hash(&training) + &points_hash(&held_out)).as_bytes());
        let parameters = json!({
            "csv": file_name(file),
            "test": parts.test.as_deref().map(file_name),
            "held_out": parts.test.is_none().then_some(share),
            "constant_inputs": standard.constant(),
        });
        let Value::Object(parameters) = parameters else { unreachable!("written as an object") };
        Ok(Self {
            recipe: Recipe::for_own(hash, inputs, classes, training.len()),
            training,
            held_out: Table { names, points: held_out },
            standard: Some(standard),
            parameters,
        })
    }

    /// What to call them in a sentence.
    pub fn title(&self) -> String {
        let csv = self.parameters.get("csv").and_then(Value::as_str);
        csv.map_or_else(|| self.recipe.data.title(), |csv| csv.escape_debug().to_string())
    }

    /// Whether they are somebody's own.
    pub fn is_own(&self) -> bool {
        self.standard.is_some()
    }

    /// The points to train on, as the network is shown them.
    pub fn scaled(&self) -> Points {
        match &self.standard {
            Some(standard) => standard.apply(&self.training),
            None => self.training.clone(),
        }
    }

    /// A network that has learned those, as one for inputs as they come.
    ///
    /// # Errors
    ///
    /// If a weight is beyond f32.
    pub fn unscaled(&self, network: Network) -> Result<Network, NetworkError> {
        match &self.standard {
            Some(standard) => standard.fold(&network),
            None => Ok(network),
        }
    }

    /// What there is to learn from, in a line.
    pub fn words(&self) -> String {
        let Self { training, held_out, standard, .. } = self;
        let (train, held_out) = (training.len(), held_out.points.len());
        let test = self.parameters.get("test").is_some_and(|test| !test.is_null());
        let part = if test { "of the test file" } else { "held out, the same for every seed" };
        let constant = standard.as_ref().map_or(0, Standard::constant);
        let constant = match constant {
            0 => String::new(),
            n => format!("; {n} of {} inputs do not vary, and are left out", training.inputs()),
        };
        format!("{train} points to train on, {held_out} {part}{constant}")
    }
}

/// Refuses points whose inputs have other names, or stand in another order.
fn same_names(test: &Path, own: &[String], names: &[String]) -> Result<()> {
    let Some(k) = (0..names.len()).find(|&k| own[k] != names[k]) else { return Ok(()) };
    let why = format!(
        "its input {k} is named '{}' and that of --points '{}'; give both the same columns in the \
         same order",
        own[k].escape_debug(),
        names[k].escape_debug()
    );
    Err(PointsFileError::Content { path: test.to_owned(), why }.into())
}

/// The points that a network is evaluated on, of those that were held out: all, or the first as many
/// as are asked for; in a quick run the first few.
///
/// # Errors
///
/// If more are asked for than there are, or other ones by a seed.
pub fn evaluated(common: &Common, held_out: &Points) -> Result<Points> {
    let all = held_out.len();
    if common.points_seed.is_some() {
        bail!("--points-seed: which points are held out is the same for every seed; leave it out");
    }
    if let Some(asked) = common.n_points.filter(|&asked| asked > all) {
        bail!("--n-points {asked}: {all} points are held out; give at most so many");
    }
    Ok(split::first(held_out, common.size(common.n_points, all, common.evaluation_points())))
}

fn share(text: &str) -> Result<f64, String> {
    let share: f64 = text.parse().map_err(|_| "give a share, such as 0.2".to_owned())?;
    if 0.0 < share && share < 1.0 {
        Ok(share)
    } else {
        Err("give a share above 0 and below 1, such as 0.2".to_owned())
    }
}
