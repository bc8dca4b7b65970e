//! `train`: loss and accuracy over steps, and what was learned.

use super::rows::TrainingStep;
use crate::error::Result;
use crate::record::{Figure, Saved};
use crate::sections::shared::drawing::{caption, padded, span};
use crate::sections::shared::plane::{Map, Plane, Scale, side};
use crate::sections::shared::task::{Task, Window};
use crate::style::{Form, Key, LIGHT, Mark, Panel, Picture};
use crate::words::count;

/// What the network makes of the plane.
pub(super) const MAP: &str = "map.npy";

pub(crate) fn draw(saved: &Saved, form: Form) -> Result<Vec<Figure>> {
    let mut figures = vec![Figure::drawing("train", history(saved, form)?)];
    // None of points that lie in no plane.
    if saved.manifest().outputs.contains_key(MAP) {
        figures.push(Figure::drawing("train-map", map(saved, form)?));
    }
    Ok(figures)
}

fn history(saved: &Saved, form: Form) -> Result<String> {
    let rows: Vec<TrainingStep> = saved.table("history.csv")?;
    let steps = rows.last().map_or(0, |row| row.step);
    let (colour, training) = (LIGHT.p[1], LIGHT.p[0]);
    let sample = [format!("{} steps of training", count(steps))];
    let mut keys = vec![
        Key::new(Mark::Faint(colour), "training batches, mean since the point before"),
        Key::new(Mark::Line(colour), "evaluation points"),
    ];
    let has_training = rows.iter().any(|row| row.training_loss.is_some());
    if has_training {
        keys[1] = Key::new(Mark::Line(colour), "points held out");
        keys.push(Key::new(Mark::Line(training), "points trained on"));
    }
    let picture = Picture {
        width: form.width(),
        keys,
        panels: vec![form.panels(2, 2, 290.0)],
        caption: vec![caption(saved, &sample)],
    };
    picture.svg(|panels| {
        let x = 0.0..(steps as f64).max(1.0);
        let losses = rows
            .iter()
            .flat_map(|row| [row.batch_loss, row.loss].into_iter().chain(row.training_loss));
        let panel = Panel { x_label: "step", x, ticks: (4, 6), ..Panel::default() };
        let y = 0.0..span(losses).end * 1.05;
        let loss = Panel { title: "loss", y_label: "cross-entropy (nats)", y, ..panel.clone() }
            .open(&panels[0])?;
        loss.faint(rows.iter().map(|row| (row.step as f64, row.batch_loss)), colour)?;
        let of_training = |value: fn(&TrainingStep) -> Option<f64>| {
            rows.iter().filter_map(move |row| Some((row.step as f64, value(row)?)))
        };
        if has_training {
            loss.line(of_training(|row| row.training_loss), training, 1.75)?;
        }
        loss.line(rows.iter().map(|row| (row.step as f64, row.loss)), colour, 1.75)?;
        let percent = |row: &TrainingStep| row.accuracy * 100.0;
        let percent_training =
            |row: &TrainingStep| row.training_accuracy.map(|share| share * 100.0);
        let shares = rows.iter().map(percent).chain(rows.iter().filter_map(percent_training));
        let y = padded(&span(shares.chain([100.0])), 0.05, 0.03);
        let accuracy =
            Panel { title: "accuracy", y_label: "points classified right (%)", y, ..panel }
                .open(&panels[1])?;
        if has_training {
            accuracy.line(of_training(percent_training), training, 1.75)?;
        }
        accuracy.line(rows.iter().map(|row| (row.step as f64, percent(row))), colour, 1.75)
    })
}

fn map(saved: &Saved, form: Form) -> Result<String> {
    let array = saved.array(MAP)?;
    let side = side(saved, MAP, &array, 2)?;
    let plane = Plane::read(saved)?;
    let plane = match saved.parameter("map_window") {
        Some(_) => plane,
        None => Plane { window: Window::around(1.0), region: None, ..plane },
    };
    let map = Map {
        plane,
        scale: (Scale::From0(1.0), format!("probability of {}", Task::read(saved).shown_class())),
        values: (&array.data, side),
        title: "prediction of the trained network",
        line: 1.5,
        caption: vec![caption(saved, &[])],
    };
    map.svg(form)
}
