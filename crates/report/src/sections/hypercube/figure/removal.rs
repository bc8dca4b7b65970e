//! Whether the gate gradient foretells what removing a node does.

use std::f64::consts::TAU;

use plotters::style::RGBColor;
use plotters::style::text_anchor::{HPos, VPos};
use serde_json::Value;

use super::{Hypercube, decimal};
use crate::error::Result;
use crate::sections::hypercube::rows::RemovalRow;
use crate::sections::shared::drawing::{WIDTH, padded, span};
use crate::style::{Key, LIGHT, Mark, Panel, Picture, Plot};

/// Em size of the nodes' numbers in pixels.
const LABEL: f64 = 10.5;

pub(crate) fn draw(hypercube: &Hypercube) -> Result<String> {
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
        let dots: Vec<_> = rows.iter().map(|r| (r.node, (r.predicted, r.effect))).collect();
        compare_nodes(&plot, &panel, &dots, (LIGHT.path, LIGHT.p[1]))
    })
}

/// A dot for each node where two numbers meet, with its number beside it; under them the axes, and
/// the line on which both numbers are equal. Colours of that line and of the dots.
pub(crate) fn compare_nodes(
    plot: &Plot,
    panel: &Panel,
    dots: &[(usize, (f64, f64))],
    (equal, dot): (RGBColor, RGBColor),
) -> Result<()> {
    let (x, y) = (&panel.x, &panel.y);
    plot.line([(x.start, 0.0), (x.end, 0.0)], LIGHT.faint, 1.0)?;
    plot.line([(0.0, y.start), (0.0, y.end)], LIGHT.faint, 1.0)?;
    let (low, high) = (x.start.max(y.start), x.end.min(y.end));
    plot.dotted(vec![(low, low), (high, high)], equal, 1.5)?;
    for (_, place) in dots {
        plot.dot(*place, 3.5, dot)?;
    }
    let pixels: Vec<_> = dots.iter().map(|(_, place)| plot.pixels(*place)).collect();
    let offsets = beside(&pixels, plot.pixels((0.0, 0.0)));
    for ((node, place), offset) in dots.iter().zip(offsets) {
        if offset.0.hypot(offset.1) > RINGS[0] + 1.0 {
            plot.leader(*place, offset)?;
        }
        let anchor = (HPos::Center, VPos::Center);
        plot.text(&node.to_string(), LABEL, *place, offset, anchor)?;
    }
    Ok(())
}

/// How far labels may be from their dots in pixels, and in how many directions.
const RINGS: [f64; 4] = [11.0, 20.0, 32.0, 44.0];
const DIRECTIONS: u32 = 16;

/// Offsets of labels from their dots that keep clear of other dots and labels and, less strictly,
/// of the lines through `zero`; as near to the dots as that allows.
fn beside(dots: &[(f64, f64)], zero: (f64, f64)) -> Vec<(f64, f64)> {
    let around = |ring: f64| {
        let angles = (0..DIRECTIONS).map(|step| TAU * f64::from(step) / f64::from(DIRECTIONS));
        angles.map(move |angle| (ring * angle.cos(), -ring * angle.sin()))
    };
    let offsets: Vec<_> = RINGS.into_iter().flat_map(around).collect();
    let mut labels: Vec<(f64, f64)> = Vec::new();
    for (index, dot) in dots.iter().enumerate() {
        let cost = |offset: &(f64, f64)| {
            let (x, y) = (dot.0 + offset.0, dot.1 + offset.1);
            let near = |at: &(f64, f64), wide: f64, high: f64| {
                (at.0 - x).abs() < wide && (at.1 - y).abs() < high
            };
            let others = dots.iter().enumerate().filter(|(other, _)| *other != index);
            let hit = others.filter(|(_, at)| near(at, 11.0, 9.0)).count()
                + labels.iter().filter(|at| near(at, 15.0, 12.0)).count();
            let crossed = u8::from((x - zero.0).abs() < 9.0) + u8::from((y - zero.1).abs() < 7.0);
            100.0 * hit as f64 + 15.0 * f64::from(crossed) + offset.0.hypot(offset.1).round()
        };
        let best = offsets.iter().min_by(|a, b| cost(a).total_cmp(&cost(b)));
        let best = best.copied().unwrap_or_default();
        labels.push((dot.0 + best.0, dot.1 + best.1));
    }
    labels.iter().zip(dots).map(|(label, dot)| (label.0 - dot.0, label.1 - dot.1)).collect()
}

#[cfg(test)]
mod tests {
    use super::{RINGS, beside};

    #[test]
    fn labels_of_close_dots_do_not_overlap() {
        let dots: Vec<_> = (0..6).map(|k| (100.0 + f64::from(k), 100.0)).collect();
        let offsets = beside(&dots, (0.0, 0.0));
        let labels: Vec<_> =
            dots.iter().zip(&offsets).map(|(dot, by)| (dot.0 + by.0, dot.1 + by.1)).collect();
        for (index, a) in labels.iter().enumerate() {
            let apart = |b: &(f64, f64)| (a.0 - b.0).abs() >= 15.0 || (a.1 - b.1).abs() >= 12.0;
            assert!(labels[..index].iter().all(apart), "{labels:?}");
        }
        let alone = beside(&[(50.0, 50.0)], (0.0, 0.0));
        assert_eq!(alone, [(RINGS[0], 0.0)], "to the right, close by");
    }
}
