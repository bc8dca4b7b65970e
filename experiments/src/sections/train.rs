//! `train`: a network learns a circle, as the write-up's did, or another data set.

use anyhow::{Result, bail};
use clap::Args;
use hypercube::checkpoint;
use hypercube::{Ablation, Activation, Mask, Network, Points};
use model::training::{Recipe, TrainingState, WATCH_EVERY, train};
use model::{Pointwise, SubNetworks};
use report::Saved;
use report::records::TrainingStep;
use serde_json::{Map, Value, json};

use crate::limits;
use crate::options::at_least_one;
use crate::output;
use crate::recipe;
use crate::sampling;
use crate::sections::plane::Window;
use crate::session::Session;
use crate::subject::{MODEL, evaluation_points, network_hash};
use crate::work::Work;

/// Pixels along a side of the learned map: about what the figure shows.
const MAP: usize = 240;

/// Every recipe of [`Recipe::for_data`] separates its classes at least this well.
const GOOD_ACCURACY: f64 = 0.95;

#[derive(Args, Debug, Default)]
pub struct Options {
    #[command(flatten)]
    recipe: recipe::Options,
    /// Optimiser steps [default: 6000; 20000 for annulus, checkerboard and spirals]
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    steps: Option<usize>,
}

pub fn run(session: &Session, options: &Options) -> Result<()> {
    if session.common.model.is_some() || session.common.points.is_some() {
        bail!("train makes its own network and data: --model and --points are for other sections");
    }
    let work = Work::begin_apart(session, "train")?;
    let recipe = options.recipe.recipe(session, options.steps)?;
    let watched =
        (2 + recipe.steps / WATCH_EVERY).saturating_mul(session.common.evaluation_points());
    limits::training(&recipe, watched.saturating_add(MAP * MAP))?;
    refuse_another(session, &recipe)?;
    let (sizes, data) = (sizes(&recipe), recipe.data.title());
    session.say(&format!("training a {sizes} network on {data}, {} steps", recipe.steps));
    let points_seed = session.common.points_seed.unwrap_or(recipe.seed);
    let nodes = recipe.sizes[1..recipe.sizes.len() - 1].iter().sum();
    let points = evaluation_points(&session.common, nodes, recipe.data, points_seed)?;
    let progress = session.progress("training", recipe.steps);
    let mut history: Vec<TrainingStep> = Vec::new();
    let network = train(&recipe, &session.compute.device, |state: TrainingState| {
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
        let row = step(session, &points, &state);
        let since = state.step - history.last().map_or(0, |last| last.step);
        let loss = (state.step > 0).then(|| format!("loss {:.4}", row.batch_loss));
        progress.add_saying(since, &loss.unwrap_or_default());
        history.push(row);
        anyhow::Ok(())
    })?;
    drop(progress);

    checkpoint::save(&network, &work.record.path(MODEL))?;
    let last = &history[history.len() - 1];
    let reached = json!({ "loss": last.loss, "accuracy": last.accuracy, "points": points.len() });
    let hash = network_hash(&network);
    let sidecar = json!({ "recipe": recipe, "network": hash, "reached": reached });
    work.record.json("model.json", &sidecar)?;
    work.record.table("history.csv", &history)?;
    let map = map(session, &network, &points);
    if sampling::check_map(&map).is_err() {
        bail!(
            "training diverged within {} steps: the logits are beyond float32; give a smaller \
             --learning-rate than {:?}",
            recipe.steps,
            recipe.learning_rate
        );
    }
    work.record.array_f32("map.npy", &[MAP, MAP], &map)?;

    print(&recipe, last)?;
    if last.accuracy < GOOD_ACCURACY {
        let found = 100.0 * last.accuracy;
        session.say(&format!(
            "note: {found:.1} % is less than this task allows; more --steps may help"
        ));
    }
    let Value::Object(mut parameters) = serde_json::to_value(&recipe)? else {
        unreachable!("a recipe is an object")
    };
    parameters.insert("circle_radius".to_owned(), recipe.data.radius().into());
    parameters.insert("n_points".to_owned(), points.len().into());
    parameters.insert("points_seed".to_owned(), points_seed.into());
    parameters.insert("watch_every".to_owned(), WATCH_EVERY.into());
    work.finish_network(&network, parameters)
}

/// Refuses, before it is trained, a network that would take the place of another one.
fn refuse_another(session: &Session, recipe: &Recipe) -> Result<()> {
    let out = session.common.out();
    let folder = out.join("train");
    let what = format!("cannot train into {}", out.display());
    if !folder.join(report::MANIFEST).exists() {
        if folder.join(MODEL).exists() {
            bail!(
                "{what}: {MODEL} in {} is of no record; move it away, or give another --out",
                folder.display()
            );
        }
        let Some((occupant, manifest)) = report::occupant(&out)? else { return Ok(()) };
        // Somebody has removed the network alone: the same recipe makes it again.
        let own = manifest.run.parameters.get("trained") == Some(&serde_json::to_value(recipe)?);
        if own || session.common.replace {
            return Ok(());
        }
        bail!(
            "{what}: {occupant}, which this recipe does not make; give another --out, or --replace \
             to remove what is there"
        );
    }
    let saved = Saved::open(&folder)?;
    // Records name the activation function only where it is not the ReLU.
    let with_name = |parameters: &mut Map<String, Value>, of: Activation| {
        parameters.entry("activation").or_insert_with(|| of.name().into());
    };
    let mut old = saved.manifest().run.parameters.clone();
    with_name(&mut old, Activation::Relu);
    let Value::Object(mut fields) = serde_json::to_value(recipe)? else {
        unreachable!("a recipe is an object")
    };
    with_name(&mut fields, recipe.activation);
    let fields = fields.iter();
    let other: Vec<String> = fields
        .filter(|(name, value)| old.get(name.as_str()) != Some(value))
        .map(|(name, value)| {
            let old = old.get(name.as_str()).map_or_else(|| "unknown".to_owned(), Value::to_string);
            format!("{name} {old} there and {value} here")
        })
        .collect();
    if !other.is_empty() && !session.common.replace {
        bail!(
            "{what}: its network is of another recipe, with {}; give another --out, or --replace to \
             remove it and all that is about it",
            other.join(", ")
        );
    }
    Ok(())
}

/// Loss and accuracy on the evaluation points, by burn.
fn step(session: &Session, points: &Points, state: &TrainingState) -> TrainingStep {
    let network = (state.network)();
    let full = [Mask::full(network.n_nodes())];
    let sub_networks = SubNetworks::new(&network, points, Ablation::Zero, &session.compute);
    let loss = sub_networks.losses(&full, |_| ())[0];
    let pointwise = Pointwise::new(&network, Ablation::Zero, points, &session.compute);
    let first = &pointwise.probabilities(points, &full)[0];
    let right = points.labels().iter().zip(first).filter(|(l, p)| (**l == 0) == (**p > 0.5));
    let accuracy = right.count() as f64 / points.len() as f64;
    TrainingStep { step: state.step, batch_loss: state.batch_loss, loss, accuracy }
}

fn map(session: &Session, network: &Network, points: &Points) -> Vec<f32> {
    let full = [Mask::full(network.n_nodes())];
    let pointwise = Pointwise::new(network, Ablation::Zero, points, &session.compute);
    pointwise.probabilities(&Window::square(1.0).pixels(MAP), &full).swap_remove(0)
}

/// Widths of all layers, such as `2-20-2`.
fn sizes(recipe: &Recipe) -> String {
    recipe.sizes.iter().map(usize::to_string).collect::<Vec<_>>().join("-")
}

fn print(recipe: &Recipe, last: &TrainingStep) -> Result<()> {
    let rows = [
        ("network", sizes(recipe)),
        ("data", recipe.data.title()),
        ("steps", recipe.steps.to_string()),
        ("loss", format!("{:.4}", last.loss)),
        ("accuracy", format!("{:.2} %", 100.0 * last.accuracy)),
    ];
    let rows = rows.map(|(name, value)| vec![name.to_owned(), value]);
    output::print(&output::table(&["train", ""], &rows))?;
    Ok(())
}
