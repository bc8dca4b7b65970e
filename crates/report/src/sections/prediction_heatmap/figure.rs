//! `prediction-heatmap`: the prediction over the plane, with all nodes and without one.

use super::path;
use super::rows::RemovedNode;
use crate::error::Result;
use crate::record::{Figure, Saved};
use crate::sections::shared::drawing::{caption, shown};
use crate::sections::shared::plane::{Map, MapSheet, Plane, Scale, side};
use crate::sections::shared::task::Task;
use crate::style::Form;
use crate::words::fixed;

pub(crate) fn draw(saved: &Saved, form: Form) -> Result<Vec<Figure>> {
    let mut figures = vec![
        Figure::drawing("prediction-heatmap", full(saved, form)?),
        Figure::drawing("prediction-heatmap-removed", removed(saved, form)?),
    ];
    if form == Form::Wide {
        figures.push(Figure::new("prediction-heatmap-path.gif", path::gif(saved)?));
    }
    Ok(figures)
}

/// Probabilities.
const SCALE: Scale = Scale::From0(1.0);

fn full(saved: &Saved, form: Form) -> Result<String> {
    let array = saved.array("full.npy")?;
    let side = side(saved, "full.npy", &array, 2)?;
    let map = Map {
        plane: Plane::read(saved)?,
        scale: (SCALE, format!("probability of {}", Task::read(saved).shown_class())),
        values: (&array.data, side),
        title: "prediction of the full network",
        line: 1.5,
        caption: vec![caption(saved, &[])],
    };
    map.svg(form)
}

fn removed(saved: &Saved, form: Form) -> Result<String> {
    let array = saved.array("removed.npy")?;
    let side = side(saved, "removed.npy", &array, 3)?;
    let rows: Vec<RemovedNode> = saved.table("removed.csv")?;
    if rows.len() != array.shape[0] {
        return Err(saved.complain("removed.csv", format!("it has {} rows", rows.len())));
    }
    let plane = Plane::read(saved)?;
    let sample = [format!("each map shows {}", plane.window.words())];
    let class = Task::read(saved).shown_class();
    let sheet = MapSheet {
        plane,
        scale: (SCALE, format!("probability of {class} without one node")),
        maps: (&array, side),
        nodes: rows.iter().map(|row| (row.node, fixed(row.loss, 3))).collect(),
        titles: "titles: node removed, and the loss without it (nats)",
        caption: [Some(caption(saved, &sample)), shown(rows.len())].into_iter().flatten().collect(),
    };
    sheet.svg(form)
}
