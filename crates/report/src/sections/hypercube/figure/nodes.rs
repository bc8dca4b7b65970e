//! What each node is worth.

use plotters::style::text_anchor::{HPos, VPos};

use super::Hypercube;
use crate::error::Result;
use crate::sections::hypercube::rows::NodeValue;
use crate::sections::shared::drawing::{padded, span};
use crate::style::{Canvas, Key, LIGHT, Mark, Panel};

pub(crate) fn draw(hypercube: &Hypercube) -> Result<String> {
    let rows: Vec<NodeValue> = hypercube.saved.table("nodes.csv")?;
    let keys = vec![
        Key::new(Mark::Patch(LIGHT.p[1]), "Shapley value: mean flip effect over p from 0 to 1"),
        Key::new(Mark::Patch(LIGHT.other_p[1]), "Banzhaf value: mean flip effect at p = ½"),
        Key::new(Mark::None, "negative: the node lowers the loss"),
    ];
    hypercube.picture(keys, hypercube.form.panels(2, 1, 255.0), []).svg(|panels| {
        let bars = |shapley: fn(&NodeValue) -> f64, banzhaf: fn(&NodeValue) -> f64| {
            rows.iter().map(|row| (row.layer, [shapley(row), banzhaf(row)])).collect::<Vec<_>>()
        };
        let loss = bars(|row| row.loss_shapley, |row| row.loss_banzhaf);
        panel(&panels[0], "loss", "value (nats)", &loss)?;
        let log_loss = bars(|row| row.log_loss_shapley, |row| row.log_loss_banzhaf);
        panel(&panels[1], "ln(loss)", "value", &log_loss)
    })
}

/// Two bars for each node, in order; each node comes with its layer.
fn panel(canvas: &Canvas, title: &str, y_label: &str, bars: &[(usize, [f64; 2])]) -> Result<()> {
    let n = bars.len();
    let starts: Vec<usize> =
        (0..n).filter(|&node| node == 0 || bars[node].0 != bars[node - 1].0).collect();
    // The names of layers stand above the bars.
    let above = if starts.len() > 1 { 0.16 } else { 0.06 };
    let values = bars.iter().flat_map(|(_, values)| *values);
    let panel = Panel {
        title,
        x_label: "node",
        y_label,
        x: -0.6..n.max(1) as f64 - 0.4,
        y: padded(&span(values.chain([0.0])), 0.06, above),
        ticks: (n.clamp(2, 30), 6),
        ..Panel::default()
    };
    let plot = panel.open(canvas)?;
    for (node, (_, values)) in bars.iter().enumerate() {
        let colours = [LIGHT.p[1], LIGHT.other_p[1]];
        for ((value, colour), left) in values.iter().zip(colours).zip([-0.38, 0.0]) {
            let left = node as f64 + left;
            plot.bar((left, 0.0), (left + 0.38, *value), colour)?;
        }
    }
    plot.line([(panel.x.start, 0.0), (panel.x.end, 0.0)], LIGHT.ink, 0.75)?;
    if starts.len() > 1 {
        for &start in &starts {
            let x = if start == 0 { panel.x.start } else { start as f64 - 0.5 };
            if start > 0 {
                plot.dotted(vec![(x, panel.y.start), (x, panel.y.end)], LIGHT.faint, 1.25)?;
            }
            let name = format!("layer {}", bars[start].0);
            plot.text(&name, 10.5, (x, panel.y.end), (5.0, 9.0), (HPos::Left, VPos::Center))?;
        }
    }
    Ok(())
}
