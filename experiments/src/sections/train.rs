//! `train`: a network learns a circle, as the write-up's did, another data set, or one's own.

use anyhow::{Result, bail};
use clap::Args;
use hypercube::data::Data;
use hypercube::{Activation, Network, Points, checkpoint, points_file};
use model::Source;
use model::training::{Recipe, WATCH_EVERY};
use report::Saved;
use report::records::TrainingStep;
use serde_json::{Map, Value, json};

use super::lesson::{Lesson, MAP};
use crate::given::{Given, HELD_OUT, Parts};
use crate::options::at_least_one;
use crate::output;
use crate::recipe;
use crate::session::Session;
use crate::subject::{MODEL, network_hash, points_hash};
use crate::work::Work;

/// Every recipe of [`Recipe::for_data`] separates its classes at least this well.
const GOOD_ACCURACY: f64 = 0.95;

#[derive(Args, Debug, Default)]
pub struct Options {
    #[command(flatten)]
    recipe: recipe::Options,
    /// Optimiser steps [default: 6000; 20000 for annulus, checkerboard and spirals]
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    steps: Option<usize>,
    #[command(flatten)]
    parts: Parts,
}

pub fn run(session: &Session, options: &Options) -> Result<()> {
    if session.common.model.is_some() {
        bail!("train makes its own network: --model is for other sections");
    }
    let given = Given::read(&session.common, &options.parts)?;
    let work = Work::begin_apart(session, "train")?;
    let own = match (&given, session.common.asked_data()?) {
        (Some(given), _) => given.recipe.clone(),
        (None, Some(Source::Figure(figure))) => Recipe::for_data(figure),
        (None, _) => Recipe::default(),
    };
    let recipe = options.recipe.recipe(session, own, options.steps)?;
    refuse_another(session, &recipe)?;
    let lesson = Lesson::new(session, recipe, given)?;
    let Lesson { recipe, given, .. } = &lesson;
    let (sizes, data) = (sizes(recipe), lesson.title());
    session.say(&format!("training a {sizes} network on {data}, {} steps", recipe.steps));
    if let Some(given) = given {
        session.say(&given.words());
    }
    let (network, history) = lesson.train(session)?;
    let last = &history[history.len() - 1];
    let parameters = record(session, &work, &lesson, &network, &history)?;
    print(&lesson, last)?;
    let own = given.as_ref().filter(|given| given.is_own());
    if last.accuracy < GOOD_ACCURACY && own.is_none() {
        let found = 100.0 * last.accuracy;
        session.say(&format!(
            "note: {found:.1} % is less than this task allows; more --steps may help"
        ));
    }
    work.finish_network(&network, own.map(|given| &given.held_out.points), parameters)
}

/// Writes the record, and returns what the manifest says of it.
fn record(
    session: &Session,
    work: &Work,
    lesson: &Lesson,
    network: &Network,
    history: &[TrainingStep],
) -> Result<Map<String, Value>> {
    let record = &work.record;
    checkpoint::save(network, &record.path(MODEL))?;
    record.json("model.json", &sidecar(lesson, network, &history[history.len() - 1]))?;
    record.table("history.csv", history)?;
    if let Some(given) = lesson.given.as_ref().filter(|given| given.is_own()) {
        record.file(HELD_OUT, &points_file::to_csv(&given.held_out))?;
    }
    let mut parameters = parameters(lesson)?;
    if let Some(window) = lesson.window() {
        let map = lesson.probabilities(session, network, &window.pixels(MAP))?;
        record.array_f32("map.npy", &[MAP, MAP], &map)?;
        // That of a figure is always the same.
        if let (Some(_), Value::Object(window)) = (&lesson.given, window.parameters()) {
            parameters.extend(window);
        }
    }
    Ok(parameters)
}

/// What lies beside the network's file: how it was made, and what it reached.
fn sidecar(lesson: &Lesson, network: &Network, last: &TrainingStep) -> Value {
    let reached = |loss: f64, accuracy: f64, points: &Points| json!({ "loss": loss, "accuracy": accuracy, "points": points.len() });
    let mut sidecar = json!({
        "recipe": lesson.recipe,
        "network": network_hash(network),
        "reached": reached(last.loss, last.accuracy, &lesson.evaluation),
    });
    if let (Some(loss), Some(accuracy)) = (last.training_loss, last.training_accuracy) {
        sidecar["reached_in_training"] = reached(loss, accuracy, &lesson.training);
    }
    if let Some(given) = lesson.given.as_ref().filter(|given| given.is_own()) {
        sidecar["points"] = points_hash(&given.held_out.points).into();
    }
    sidecar
}

/// What the manifest says of it: its recipe, and the points.
fn parameters(lesson: &Lesson) -> Result<Map<String, Value>> {
    let Value::Object(mut parameters) = serde_json::to_value(&lesson.recipe)? else {
        unreachable!("a recipe is an object")
    };
    let radius = lesson.recipe.data.figure().and_then(Data::radius);
    parameters.insert("circle_radius".to_owned(), radius.into());
    parameters.insert("n_points".to_owned(), lesson.evaluation.len().into());
    parameters.insert("points_seed".to_owned(), lesson.points_seed.into());
    parameters.insert("watch_every".to_owned(), WATCH_EVERY.into());
    if let Some(given) = &lesson.given {
        parameters.extend(given.parameters.clone());
    }
    Ok(parameters)
}

fn print(lesson: &Lesson, last: &TrainingStep) -> Result<()> {
    let Lesson { recipe, training, evaluation, given, .. } = lesson;
    let percent = |share: f64| format!("{:.2} %", 100.0 * share);
    let mut rows = vec![
        ("network", sizes(recipe)),
        ("data", lesson.title()),
        ("steps", recipe.steps.to_string()),
        ("loss", format!("{:.4}", last.loss)),
        ("accuracy", percent(last.accuracy)),
    ];
    if let (Some(_), Some(loss), Some(accuracy)) =
        (given, last.training_loss, last.training_accuracy)
    {
        rows.insert(3, ("points held out", evaluation.len().to_string()));
        rows.push(("points trained on", training.len().to_string()));
        rows.push(("loss on them", format!("{loss:.4}")));
        rows.push(("accuracy on them", percent(accuracy)));
    }
    let rows: Vec<_> = rows.into_iter().map(|(name, value)| vec![name.to_owned(), value]).collect();
    output::print(&output::table(&["train", ""], &rows))?;
    Ok(())
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
            "{what}: {occupant}, which this recipe does not make; name that network with --model and its \
             points with --points, give another --out, or --replace to remove what is there"
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
            let old = old.get(name.as_str()).map_or_else(|| "unknown".to_owned(), shown);
            format!("{name} {old} there and {} here", shown(value))
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

/// A value in a message, without most of a hash.
fn shown(value: &Value) -> String {
    match value.as_str() {
        Some(text) if text.len() > 64 => {
            format!("\"{}…\"", text.chars().take(12).collect::<String>())
        }
        _ => value.to_string(),
    }
}

/// Widths of all layers, such as `2-20-2`.
fn sizes(recipe: &Recipe) -> String {
    recipe.sizes.iter().map(usize::to_string).collect::<Vec<_>>().join("-")
}
