//! `train`.

use serde_json::Value;

use super::figure::MAP;
use super::rows::TrainingStep;
use crate::error::Result;
use crate::record::Saved;
use crate::sections::shared::results::Results;
use crate::sections::shared::task::{Task, Window};
use crate::sections::shared::telling::{Part, Shown, Table, Told, in_and_out, shown};
use crate::words::{count, fixed, number, percent};

pub(crate) fn tell(saved: &Saved, _: &Results) -> Result<Told> {
    let history: Vec<TrainingStep> = saved.table("history.csv")?;
    let curves = shown(
        "train",
        &["history.csv"],
        "Loss and accuracy while the network is trained.",
        curves(&history),
    );
    let (figure, more) = if saved.manifest().outputs.contains_key(MAP) {
        (map(saved)?, vec![curves])
    } else {
        (curves, Vec::new())
    };
    let right = history.last().map_or(f64::NAN, |last| last.accuracy);
    let part = Part {
        question: "What does the network learn, and how well?",
        finding: format!(
            "Trained, it classifies {} of the evaluation points right",
            percent(right)
        ),
        rests_on: history.last().map_or_else(String::new, |last| {
            format!("a loss of {} nats after {} steps", fixed(last.loss, 3), count(last.step))
        }),
        words: learned(saved),
        details: Vec::new(),
        figure: Some(figure),
        live: None,
    };
    let tables = vec![table(saved, &history)];
    Ok(Told { title: "Training", parts: vec![part], more, tables })
}

/// What the network learns.
fn learned(saved: &Saved) -> Vec<String> {
    let task = Task::read(saved);
    let count_of = |name: &str| {
        let value = saved.parameter(name).and_then(Value::as_u64);
        value.map_or_else(|| "some".to_owned(), |value| count(value as usize))
    };
    let rest = "Everything below takes the finished network apart.";
    let (trained, held_out) = (count_of("points"), count_of("n_points"));
    if task.digits {
        return vec![format!(
            "The network sees {trained} images of handwritten digits, 8 × 8 pixels each, and learns \
             which of the ten digits each of them shows. The {held_out} images that all numbers are \
             about are others, held out. All are of the test set of “Optical Recognition of Handwritten \
             Digits” by E. Alpaydin and C. Kaynak (1998, UCI Machine Learning Repository, \
             doi:10.24432/C50P49, CC BY 4.0). {rest}"
        )];
    }
    if saved.parameter("csv").is_some() {
        return vec![format!(
            "The network sees {trained} points that were given to it and learns to tell {} apart. The \
             {held_out} points that all numbers are about are others, held out. For training, every \
             input was brought to mean 0 and standard deviation 1 over the points trained on; the \
             first layer of the saved network does that itself, and takes inputs as they come. {rest}",
            task.kinds()
        )];
    }
    let radius = task.radius;
    let task = if radius.is_some() {
        "whether they lie inside the circle or outside"
    } else {
        "which of two classes they belong to"
    };
    let mut paragraphs = vec![format!(
        "The network sees random points of the square [−1, 1]² and learns {task}. {rest}"
    )];
    if let Some(radius) = radius {
        paragraphs.push(format!(
            "The write-up’s text does not give the circle’s radius, nor how its network was trained \
             beyond the widths and the loss. The radius used here, {radius}, is our choice, as is the \
             rest of the recipe."
        ));
    }
    paragraphs
}

fn map(saved: &Saved) -> Result<Shown> {
    let task = Task::read(saved);
    let is_square = saved.parameter("map_window").is_none();
    let window = if is_square { Window::around(1.0) } else { Window::read(saved) };
    Ok(shown(
        "train-map",
        &[MAP],
        match is_square {
            true => "What the trained network predicts over the square.",
            false => "What the trained network predicts over the plane.",
        },
        format!(
            "Heatmap of the predicted probability of {} over {}: {}.",
            task.shown_class(),
            window.words(),
            in_and_out(&saved.array(MAP)?, window, task.radius)
        ),
    ))
}

fn curves(history: &[TrainingStep]) -> String {
    let Some((first, last)) = history.first().zip(history.last()) else { return String::new() };
    let training = last.training_loss.zip(last.training_accuracy).map(|(loss, accuracy)| {
        format!(
            " On the points trained on they end at {} nats and {}.",
            fixed(loss, 3),
            percent(accuracy)
        )
    });
    format!(
        "Two line charts over {} training steps: the loss on the evaluation points goes from {} \
         to {} nats, the share of points classified right from {} to {}.{}",
        count(last.step),
        fixed(first.loss, 3),
        fixed(last.loss, 3),
        percent(first.accuracy),
        percent(last.accuracy),
        training.unwrap_or_default()
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
        if let Some(loss) = last.training_loss {
            table.row(["loss on the points trained on (nats)".to_owned(), fixed(loss, 4)]);
        }
        if let Some(accuracy) = last.training_accuracy {
            table.row(["points trained on classified right".to_owned(), percent(accuracy)]);
        }
    }
    table
}
