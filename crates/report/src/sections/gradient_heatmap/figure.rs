//! `gradient-heatmap`: gate gradients and loss of the full network, point by point.

use super::rows::NodeKind;
use crate::error::Result;
use crate::record::{Figure, Saved};
use crate::sections::shared::drawing::{caption, quantile, round_up, shown};
use crate::sections::shared::plane::{Map, MapSheet, Plane, Scale, side};
use crate::style::Form;
use crate::words::number;

/// Share of the values that the colours reach to; the few beyond would leave the rest pale.
const SHOWN: f64 = 0.995;

pub(crate) fn draw(saved: &Saved, form: Form) -> Result<Vec<Figure>> {
    Ok(vec![
        Figure::drawing("gradient-heatmap", gradients(saved, form)?),
        Figure::drawing("gradient-heatmap-loss", loss(saved, form)?),
    ])
}

fn gradients(saved: &Saved, form: Form) -> Result<String> {
    let array = saved.array("gradients.npy")?;
    let side = side(saved, "gradients.npy", &array, 3)?;
    let nodes: Vec<NodeKind> = saved.table("nodes.csv")?;
    if nodes.len() != array.shape[0] {
        return Err(saved.complain("nodes.csv", format!("it has {} rows", nodes.len())));
    }
    let plane = Plane::read(saved)?;
    let limit = round_up(quantile(array.data.iter().map(|value| value.abs()), SHOWN));
    let notes = [
        format!("each map shows {}", plane.window.words()),
        format!("one scale for all; colours saturate beyond ±{} nats", number(limit)),
    ];
    let sheet = MapSheet {
        plane,
        scale: (Scale::Around0(limit), "∂loss/∂bᵢ at a point (nats)".to_owned()),
        maps: (&array, side),
        nodes: nodes.iter().map(|node| (node.node, node.kind.clone())).collect(),
        titles: "titles: node, and how it acts",
        caption: [Some(caption(saved, &notes)), shown(nodes.len())].into_iter().flatten().collect(),
    };
    sheet.svg(form)
}

fn loss(saved: &Saved, form: Form) -> Result<String> {
    let array = saved.array("loss.npy")?;
    let side = side(saved, "loss.npy", &array, 2)?;
    let limit = round_up(quantile(array.data.iter().copied(), SHOWN));
    let note = format!("colours saturate beyond {} nats", number(limit));
    let map = Map {
        plane: Plane::read(saved)?,
        scale: (Scale::From0(limit), "loss at a point (nats)".to_owned()),
        values: (&array.data, side),
        title: "loss of the full network, point by point",
        // Thin, for what matters lies right under the circle.
        line: 0.5,
        caption: vec![caption(saved, &[note])],
    };
    map.svg(form)
}
