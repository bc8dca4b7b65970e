//! `prediction-heatmap`: the prediction over the plane, with all nodes and without one.

use super::path;
use super::rows::RemovedNode;
use crate::error::Result;
use crate::record::{Figure, Saved};
use crate::sections::shared::drawing::{MOST_NODES, WIDTH, both, caption, shown};
use crate::sections::shared::plane::{MapSheet, Plane, Scale, map_and_bar, side};
use crate::sections::shared::task::Task;
use crate::style::{EDGE, Key, Mark, Picture, VIRIDIS, legend_height};
use crate::words::fixed;

pub(crate) fn draw(saved: &Saved) -> Result<Vec<Figure>> {
    let mut figures = Vec::from(both("prediction-heatmap", full(saved)?)?);
    figures.extend(both("prediction-heatmap-removed", removed(saved)?)?);
    figures.push(Figure::new("prediction-heatmap-path.gif", path::gif(saved)?));
    Ok(figures)
}

/// Probabilities.
const SCALE: Scale = Scale::From0(1.0);

fn full(saved: &Saved) -> Result<String> {
    let array = saved.array("full.npy")?;
    let side = side(saved, "full.npy", &array, 2)?;
    let plane = Plane::read(saved)?;
    let picture = Picture { width: WIDTH, height: 540.0, caption: vec![caption(saved, &[])] };
    picture.svg(|canvas| {
        let panel = plane.panel("prediction of the full network");
        let (map, bar) = map_and_bar(&canvas.legend(&plane.keys(SCALE))?, &panel);
        plane.draw(&panel.open(&map)?, (&array.data, side), SCALE, 1.5)?;
        SCALE.bar(&bar, &format!("probability of {}", Task::read(saved).shown_class()))
    })
}

fn removed(saved: &Saved) -> Result<String> {
    let array = saved.array("removed.npy")?;
    let side = side(saved, "removed.npy", &array, 3)?;
    let rows: Vec<RemovedNode> = saved.table("removed.csv")?;
    if rows.len() != array.shape[0] {
        return Err(saved.complain("removed.csv", format!("it has {} rows", rows.len())));
    }
    let plane = Plane::read(saved)?;
    let sheet = MapSheet::new(rows.len().min(MOST_NODES), WIDTH - EDGE);
    let class = Task::read(saved).shown_class();
    let mut keys = vec![
        Key::new(Mark::None, format!("probability of {class} without one node:")),
        Key::new(Mark::Patch(VIRIDIS.at(0.0)), "0"),
        Key::new(Mark::Patch(VIRIDIS.at(0.5)), "½"),
        Key::new(Mark::Patch(VIRIDIS.at(1.0)), "1"),
    ];
    keys.extend(plane.keys(SCALE));
    keys.push(Key::new(Mark::None, "titles: node removed, and the loss without it (nats)"));
    let sample = [format!("each map shows {}", plane.window.words())];
    let caption = [Some(caption(saved, &sample)), shown(rows.len())];
    let picture = Picture {
        width: WIDTH,
        height: legend_height(&keys, WIDTH - EDGE) + sheet.size(&plane).1,
        caption: caption.into_iter().flatten().collect(),
    };
    picture.svg(|canvas| {
        let (cells, _) = sheet.cells(&plane, &canvas.legend(&keys)?);
        for (index, (row, cell)) in rows.iter().zip(&cells).enumerate() {
            let title = sheet.title(row.node, &fixed(row.loss, 3));
            let plot = sheet.panel(&plane, &title).open(cell)?;
            plane.draw(&plot, (array.row(index), side), SCALE, 0.75)?;
        }
        Ok(())
    })
}
