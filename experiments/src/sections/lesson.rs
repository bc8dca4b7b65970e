//! What a network is taught, and how it learns it.

use anyhow::{Result, anyhow, bail};
use hypercube::{Ablation, Mask, Network, Points};
use model::training::{Recipe, TrainingState, WATCH_EVERY, train};
use model::{Pointwise, SubNetworks};
use report::records::TrainingStep;

use super::plane::Window;
use crate::given::{Given, evaluated};
use crate::limits;
use crate::sampling;
use crate::session::Session;
use crate::subject::evaluation_points;

/// Pixels along a side of the learned map: about what the figure shows.
pub const MAP: usize = 240;

/// How far the map of given points in a plane reaches, of their bounding box.
const MARGIN: f64 = 1.25;

/// What a network is taught, and what it is judged by.
pub struct Lesson {
    pub recipe: Recipe,
    /// The points to train on, on the scale that the network is shown them.
    pub training: Points,
    /// The points to judge it by.
    pub evaluation: Points,
    /// The seed of the evaluation points, of a figure.
    pub points_seed: Option<u64>,
    /// Where they come from, if they are given.
    pub given: Option<Given>,
}

impl Lesson {
    /// All that the recipe needs for training, or why there is none of it.
    pub fn new(session: &Session, recipe: Recipe, given: Option<Given>) -> Result<Self> {
        let common = &session.common;
        let watches = 2 + recipe.steps / WATCH_EVERY;
        let watch = |points: usize| {
            let points = watches.saturating_mul(points).saturating_add(MAP * MAP);
            limits::training(&recipe, points)
        };
        if let Some(given) = given {
            let evaluation = evaluated(common, &given.held_out.points)?;
            watch(evaluation.len() + given.training.len())?;
            let training = given.scaled();
            return Ok(Self {
                recipe,
                training,
                evaluation,
                points_seed: None,
                given: Some(given),
            });
        }
        watch(common.evaluation_points())?;
        let figure = recipe.data.figure().unwrap_or_default();
        let points_seed = common.points_seed.unwrap_or(recipe.seed);
        let nodes = recipe.sizes[1..recipe.sizes.len() - 1].iter().sum();
        Ok(Self {
            training: figure.training_points(recipe.points, recipe.seed),
            evaluation: evaluation_points(common, nodes, figure, points_seed)?,
            recipe,
            points_seed: Some(points_seed),
            given: None,
        })
    }

    /// What is learned, in a sentence.
    pub fn title(&self) -> String {
        self.given.as_ref().map_or_else(|| self.recipe.data.title(), Given::title)
    }

    /// The trained network, and how it went.
    pub fn train(&self, session: &Session) -> Result<(Network, Vec<TrainingStep>)> {
        let Self { recipe, training, given, .. } = self;
        let progress = session.progress("training", recipe.steps);
        let mut history: Vec<TrainingStep> = Vec::new();
        let whole = |network| match given {
            Some(given) => given.unscaled(network).map_err(|_| self.diverged()),
            None => Ok(network),
        };
        let network = train(recipe, training, &session.compute.device, |state: TrainingState| {
            if state.step > 0 && !state.batch_loss.is_finite() {
                let since = history.last().map_or(0, |last| last.step);
                bail!(
                    "training diverged between steps {since} and {}: the loss is {}; give a smaller \
                     --learning-rate than {:?}",
                    state.step,
                    state.batch_loss,
                    recipe.learning_rate
                );
            }
            let row = self.step(session, &whole((state.network)())?, &state);
            let since = state.step - history.last().map_or(0, |last| last.step);
            let loss = (state.step > 0).then(|| format!("loss {:.4}", row.batch_loss));
            progress.add_saying(since, &loss.unwrap_or_default());
            history.push(row);
            anyhow::Ok(())
        })?;
        let network = whole(network)?;
        self.probabilities(session, &network, &self.evaluation)?;
        Ok((network, history))
    }

    /// What is wrong if the network's values are beyond f32.
    fn diverged(&self) -> anyhow::Error {
        let Recipe { steps, learning_rate, .. } = self.recipe;
        anyhow!(
            "training diverged within {steps} steps: the logits are beyond float32; give a smaller \
             --learning-rate than {learning_rate:?}"
        )
    }

    /// Loss and accuracy on the evaluation points, by burn; and on those that it is trained on, if
    /// they are given.
    fn step(&self, session: &Session, network: &Network, state: &TrainingState) -> TrainingStep {
        let full = [Mask::full(network.n_nodes())];
        let loss = |points: &Points| {
            let networks = SubNetworks::new(network, points, Ablation::Zero, &session.compute);
            networks.losses(&full, |_| ())[0]
        };
        let accuracy = |points: &Points| {
            Pointwise::new(network, Ablation::Zero, points, &session.compute).accuracy(points)
        };
        let training = self.given.as_ref().map(|given| &given.training);
        TrainingStep {
            step: state.step,
            batch_loss: state.batch_loss,
            loss: loss(&self.evaluation),
            accuracy: accuracy(&self.evaluation),
            training_loss: training.map(loss),
            training_accuracy: training.map(accuracy),
        }
    }

    /// The part of the plane that the map shows; none if the points lie in no plane.
    pub fn window(&self) -> Option<Window> {
        match self.given {
            None => Some(Window::square(1.0)),
            Some(_) if self.evaluation.inputs() == 2 => {
                Some(Window::around(&self.evaluation, MARGIN))
            }
            Some(_) => None,
        }
    }

    /// The probability of class 0 that the network gives to points, `[M]`.
    ///
    /// # Errors
    ///
    /// If logits are beyond f32.
    pub fn probabilities(
        &self,
        session: &Session,
        network: &Network,
        points: &Points,
    ) -> Result<Vec<f32>> {
        let full = [Mask::full(network.n_nodes())];
        let pointwise = Pointwise::new(network, Ablation::Zero, &self.evaluation, &session.compute);
        let probabilities = pointwise.probabilities(points, &full).swap_remove(0);
        sampling::check_map(&probabilities).map_err(|_| self.diverged())?;
        Ok(probabilities)
    }
}
