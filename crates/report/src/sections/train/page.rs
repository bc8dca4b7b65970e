//! `train`.

use super::rows::TrainingStep;
use crate::error::Result;
use crate::record::Saved;
use crate::sections::shared::results::Results;
use crate::sections::shared::task::{Task, Window};
use crate::sections::shared::telling::{Table, Told, in_and_out, shown};
use crate::words::{count, fixed, number, percent};

pub(crate) fn tell(saved: &Saved, _: &Results) -> Result<Told> {
    let history: Vec<TrainingStep> = saved.table("history.csv")?;
    let kinds = Task::read(saved);
    let radius = kinds.radius;
    let task = if radius.is_some() {
        "whether they lie inside the circle or outside"
    } else {
        "which of two classes they belong to"
    };
    let mut paragraphs = vec![format!(
        "The network sees random points of the square [−1, 1]² and learns {task}. Everything \
         below takes the finished network apart; nothing is trained again."
    )];
    if let Some(radius) = radius {
        paragraphs.push(format!(
            "The write-up’s text does not give the circle’s radius, nor how its network was trained \
             beyond the widths and the loss. The radius used here, {radius}, is our choice, as is the \
             rest of the recipe."
        ));
    }
    Ok(Told {
        title: "Training",
        question: "What does the network learn, and how well?",
        paragraphs,
        figures: vec![
            shown(
                "train",
                &["history.csv"],
                "Loss and accuracy while the network is trained.",
                curves(&history),
            ),
            shown(
                "train-map",
                &["map.npy"],
                "What the trained network predicts over the square.",
                format!(
                    "Heatmap of the predicted probability of {} over [−1, 1]²: {}.",
                    kinds.shown_class(),
                    in_and_out(&saved.array("map.npy")?, Window::around(1.0), radius)
                ),
            ),
        ],
        tables: vec![table(saved, &history)],
        exact: Vec::new(),
    })
}

fn curves(history: &[TrainingStep]) -> String {
    let Some((first, last)) = history.first().zip(history.last()) else { return String::new() };
    format!(
        "Two line charts over {} training steps: the loss on the evaluation points goes from {} \
         to {} nats, the share of points classified right from {} to {}.",
        count(last.step),
        fixed(first.loss, 3),
        fixed(last.loss, 3),
        percent(first.accuracy),
        percent(last.accuracy)
    )
}

fn table(saved: &Saved, history: &[TrainingStep]) -> Table {
    let mut table = Table::new("The recipe, and what it reached", &["quantity", "here"]);
    let recipe = [
        ("training points", "points"),
        ("optimiser steps", "steps"),
        ("points in a batch", "batch"),
        ("step size of Adam", "learning_rate"),
    ];
    for (words, name) in recipe {
        if let Some(value) = saved.parameter(name) {
            let whole = value.as_u64().map(|value| count(value as usize));
            let value = whole.or(value.as_f64().map(number)).unwrap_or_else(|| "–".to_owned());
            table.row([words.to_owned(), value]);
        }
    }
    if let Some(last) = history.last() {
        table.row(["loss on the evaluation points (nats)".to_owned(), fixed(last.loss, 4)]);
        table.row(["evaluation points classified right".to_owned(), percent(last.accuracy)]);
    }
    table
}
