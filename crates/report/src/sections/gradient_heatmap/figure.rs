//! `gradient-heatmap`: gate gradients and loss of the full network, point by point.

use super::rows::NodeKind;
use crate::error::Result;
use crate::record::{Figure, Saved};
use crate::sections::shared::drawing::{
    MOST_NODES, WIDTH, both, caption, quantile, round_up, shown,
};
use crate::sections::shared::plane::{MapSheet, Plane, Scale, map_and_bar, side};
use crate::style::{EDGE, Picture, legend_height};
use crate::words::number;

/// Share of the values that the colours reach to; the few beyond would leave the rest pale.
const SHOWN: f64 = 0.995;

/// Pixels for the colour bar beside the sheet.
const BAR: f64 = 78.0;

pub(crate) fn draw(saved: &Saved) -> Result<Vec<Figure>> {
    let mut figures = Vec::from(both("gradient-heatmap", gradients(saved)?)?);
    figures.extend(both("gradient-heatmap-loss", loss(saved)?)?);
    Ok(figures)
}

fn gradients(saved: &Saved) -> Result<String> {
    let array = saved.array("gradients.npy")?;
    let side = side(saved, "gradients.npy", &array, 3)?;
    let nodes: Vec<NodeKind> = saved.table("nodes.csv")?;
    if nodes.len() != array.shape[0] {
        return Err(saved.complain("nodes.csv", format!("it has {} rows", nodes.len())));
    }
    let plane = Plane::read(saved)?;
    let limit = round_up(quantile(array.data.iter().map(|value| value.abs()), SHOWN));
    let scale = Scale::Around0(limit);
    let sheet = MapSheet::new(nodes.len().min(MOST_NODES), WIDTH - EDGE - BAR);
    let keys = plane.keys(scale);
    let limit = number(limit);
    let notes = [
        format!("each map shows {}", plane.window.words()),
        format!("one scale for all; colours saturate beyond ±{limit} nats"),
    ];
    let caption = [Some(caption(saved, &notes)), shown(nodes.len())];
    let picture = Picture {
        width: WIDTH,
        height: legend_height(&keys, WIDTH - EDGE) + sheet.size(&plane).1,
        caption: caption.into_iter().flatten().collect(),
    };
    picture.svg(|canvas| {
        let (cells, right) = sheet.cells(&plane, &canvas.legend(&keys)?);
        for (index, (node, cell)) in nodes.iter().zip(&cells).enumerate() {
            let title = sheet.title(node.node, &node.kind);
            let plot = sheet.panel(&plane, &title).open(cell)?;
            plane.draw(&plot, (array.row(index), side), scale, 0.75)?;
        }
        let (bar, _) = right.split_left(BAR);
        let (bar, _) = bar.split_top(bar.size().1.min(360.0));
        scale.bar(&bar.inside([26.0, 0.0, 4.0, 8.0]), "∂loss/∂bᵢ at a point (nats)")
    })
}

fn loss(saved: &Saved) -> Result<String> {
    let array = saved.array("loss.npy")?;
    let side = side(saved, "loss.npy", &array, 2)?;
    let plane = Plane::read(saved)?;
    let limit = round_up(quantile(array.data.iter().copied(), SHOWN));
    let scale = Scale::From0(limit);
    let note = format!("colours saturate beyond {} nats", number(limit));
    let picture = Picture { width: WIDTH, height: 540.0, caption: vec![caption(saved, &[note])] };
    picture.svg(|canvas| {
        let panel = plane.panel("loss of the full network, point by point");
        let (map, bar) = map_and_bar(&canvas.legend(&plane.keys(scale))?, &panel);
        // Thin, for what matters lies right under the circle.
        plane.draw(&panel.open(&map)?, (&array.data, side), scale, 0.5)?;
        scale.bar(&bar, "loss at a point (nats)")
    })
}
