//! Whether the gate gradient foretells what removing a node does.

use plotters::style::text_anchor::{HPos, VPos};
use serde_json::Value;

use super::{Hypercube, decimal};
use crate::error::Result;
use crate::figures::common::{WIDTH, padded, span};
use crate::records::RemovalRow;
use crate::style::{Key, LIGHT, Mark, Panel, Picture};

/// Em size of the nodes' numbers in pixels.
const LABEL: f64 = 10.5;

pub(super) fn draw(hypercube: &Hypercube) -> Result<String> {
    let rows: Vec<RemovalRow> = hypercube.saved.table("removals.csv")?;
    let of = |name: &str| {
        let parameter = format!("removal_rank_correlation_{}", name.to_lowercase());
        let value = hypercube.saved.parameter(&parameter).and_then(Value::as_f64)?;
        Some(format!("{} ({name})", decimal(value)))
    };
    let ranks: Vec<_> = ["Spearman", "Kendall"].into_iter().filter_map(of).collect();
    let ranks = (!ranks.is_empty()).then(|| format!("rank correlation {}", ranks.join(", ")));
    let caption = hypercube.caption(ranks);
    let panel = Panel {
        title: "removing one node from the full network",
        x_label: "change of loss that the gate gradient predicts, −∂loss/∂bᵢ (nats)",
        y_label: "true change of loss (nats)",
        x: padded(&span(rows.iter().map(|row| row.predicted).chain([0.0])), 0.07, 0.07),
        y: padded(&span(rows.iter().map(|row| row.effect).chain([0.0])), 0.07, 0.07),
        ticks: (7, 7),
        ..Panel::default()
    };
    let picture = Picture { width: WIDTH, height: 460.0, caption };
    picture.svg(|canvas| {
        let plot = panel.open(&canvas.legend(&[
            Key::new(Mark::Dot(LIGHT.p[1]), "a node, with its number"),
            Key::new(Mark::Dotted(LIGHT.path), "where the prediction would be exact"),
            Key::new(Mark::Line(LIGHT.faint), "zero"),
        ])?)?;
        let (x, y) = (&panel.x, &panel.y);
        plot.line([(x.start, 0.0), (x.end, 0.0)], LIGHT.faint, 1.0)?;
        plot.line([(0.0, y.start), (0.0, y.end)], LIGHT.faint, 1.0)?;
        let (low, high) = (x.start.max(y.start), x.end.min(y.end));
        plot.dotted(vec![(low, low), (high, high)], LIGHT.path, 1.5)?;
        let places: Vec<_> = rows.iter().map(|row| (row.predicted, row.effect)).collect();
        for place in &places {
            plot.dot(*place, 3.5, LIGHT.p[1])?;
        }
        let pixels: Vec<_> = places.iter().map(|place| plot.pixels(*place)).collect();
        for ((row, place), offset) in rows.iter().zip(&places).zip(beside(&pixels)) {
            let anchor = (HPos::Center, VPos::Center);
            plot.text(&row.node.to_string(), LABEL, *place, offset, anchor)?;
        }
        Ok(())
    })
}

/// Where a label may be from its dot, the best first.
const SIDES: [(f64, f64); 8] = [
    (11.0, 0.0),
    (-11.0, 0.0),
    (0.0, -10.0),
    (0.0, 10.0),
    (10.0, -8.0),
    (10.0, 8.0),
    (-10.0, -8.0),
    (-10.0, 8.0),
];

/// Offsets of labels from their dots that keep clear of other dots and labels where they can.
fn beside(dots: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let mut labels: Vec<(f64, f64)> = Vec::new();
    let mut offsets = Vec::new();
    for (index, dot) in dots.iter().enumerate() {
        let others = dots.iter().enumerate().filter(|(other, _)| *other != index);
        let others: Vec<_> = others.map(|(_, dot)| *dot).collect();
        let clashes = |offset: &(f64, f64)| {
            let near = |at: &&(f64, f64), wide: f64, high: f64| {
                (at.0 - dot.0 - offset.0).abs() < wide && (at.1 - dot.1 - offset.1).abs() < high
            };
            let dots = others.iter().filter(|at| near(at, 11.0, 9.0)).count();
            dots + labels.iter().filter(|at| near(at, 15.0, 11.0)).count()
        };
        let offset = SIDES.into_iter().min_by_key(clashes).unwrap_or_default();
        labels.push((dot.0 + offset.0, dot.1 + offset.1));
        offsets.push(offset);
    }
    offsets
}
