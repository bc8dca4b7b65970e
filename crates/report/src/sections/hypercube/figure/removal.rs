//! Whether the gate gradient foretells what removing a node does.

use plotters::style::RGBColor;
use plotters::style::text_anchor::{HPos, VPos};
use serde_json::Value;

use super::labels::{NEAREST, beside};
use super::{Hypercube, decimal};
use crate::error::Result;
use crate::sections::hypercube::rows::RemovalRow;
use crate::sections::shared::drawing::{padded, span};
use crate::style::{Key, LIGHT, Mark, Panel, Plot};

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
    let panel = Panel {
        title: "removing one node from the full network",
        x_label: "change of loss that the gate gradient predicts, −∂loss/∂bᵢ (nats)",
        y_label: "true change of loss (nats)",
        x: padded(&span(rows.iter().map(|row| row.predicted).chain([0.0])), 0.07, 0.07),
        y: padded(&span(rows.iter().map(|row| row.effect).chain([0.0])), 0.07, 0.07),
        ticks: (7, 7),
        ..Panel::default()
    };
    let keys = vec![
        Key::new(Mark::Dot(LIGHT.p[1]), "a node, with its number"),
        Key::new(Mark::Dotted(LIGHT.path), "where the prediction would be exact"),
        Key::new(Mark::Line(LIGHT.faint), "zero"),
    ];
    hypercube.picture(keys, hypercube.form.panels(1, 1, 430.0), ranks).svg(|panels| {
        let plot = panel.open(&panels[0])?;
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
    let (low, high) = (x.start.max(y.start), x.end.min(y.end));
    let across = [(x.start, 0.0), (x.end, 0.0)];
    let up = [(0.0, y.start), (0.0, y.end)];
    let both = [(low, low), (high, high)];
    plot.line(across, LIGHT.faint, 1.0)?;
    plot.line(up, LIGHT.faint, 1.0)?;
    plot.dotted(both.to_vec(), equal, 1.5)?;
    for (_, place) in dots {
        plot.dot(*place, 3.5, dot)?;
    }
    let pixels: Vec<_> = dots.iter().map(|(_, place)| plot.pixels(*place)).collect();
    let lines = [across, up, both].map(|[from, to]| (plot.pixels(from), plot.pixels(to)));
    let corners = (plot.pixels((x.start, y.end)), plot.pixels((x.end, y.start)));
    let offsets = beside(&pixels, &lines, corners);
    for ((node, place), offset) in dots.iter().zip(offsets) {
        if offset.0.hypot(offset.1) > NEAREST + 1.0 {
            plot.leader(*place, offset)?;
        }
        let anchor = (HPos::Center, VPos::Center);
        plot.text(&node.to_string(), LABEL, *place, offset, anchor)?;
    }
    Ok(())
}
