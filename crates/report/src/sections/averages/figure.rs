//! `averages`: the mean loss over p, what nodes are worth, and how pairs of them interact.

use serde_json::Value;

use super::rows::{AverageSummary, AveragedNode, LossCurveRow, SampledMean};
use super::variance;
use crate::error::Result;
use crate::record::{Figure, Saved};
use crate::sections::shared::drawing::{caption, padded, span};
use crate::sections::shared::pairs;
use crate::sections::shared::results::compares;
use crate::style::{Canvas, Form, Key, LIGHT, Mark, Panel, Picture};
use crate::words::count;
use crate::write_up::{MEAN_LOSS_25, MEAN_LOSS_75};

/// With more nodes than this, dots would hide each other.
const DOTS: usize = 64;

pub(crate) fn draw(saved: &Saved, form: Form) -> Result<Vec<Figure>> {
    let mut figures = vec![
        Figure::drawing("averages", curve_and_values(saved, form)?),
        Figure::drawing("averages-variance", variance::svg(saved, form)?),
    ];
    if has_pairs(saved) {
        let svg = pairs::svg(saved, form, &exact(saved)?)?;
        figures.push(Figure::drawing("averages-pairs", svg));
    }
    Ok(figures)
}

/// Whether the matrix of all pairs is drawn: `hypercube` has the same of a network with one hidden
/// layer and so few nodes that it can enumerate their masks.
pub(super) fn has_pairs(saved: &Saved) -> bool {
    const ENUMERATED: u64 = 30;
    let sizes = saved.parameter("sizes").and_then(Value::as_array);
    let hidden = sizes.and_then(|sizes| sizes.get(1..sizes.len().checked_sub(1)?));
    !matches!(hidden, Some([n]) if n.as_u64().is_some_and(|n| n <= ENUMERATED))
}

/// What every caption says: that it is exact, and of which masks.
fn exact(saved: &Saved) -> Result<[String; 1]> {
    let summary: AverageSummary = saved.json("summary.json")?;
    Ok([format!(
        "exact: all masks of the {} nodes of the last hidden layer",
        count(summary.n_nodes)
    )])
}

fn curve_and_values(saved: &Saved, form: Form) -> Result<String> {
    let curve: Vec<LossCurveRow> = saved.table("mean_curve.csv")?;
    let nodes: Vec<AveragedNode> = saved.table("nodes.csv")?;
    let caption = vec![caption(saved, &exact(saved)?)];
    let mut keys = vec![
        Key::new(Mark::Line(LIGHT.p[1]), "mean loss; Shapley values"),
        Key::new(Mark::Dot(LIGHT.other_p[1]), "Banzhaf values"),
        Key::new(Mark::Interval(LIGHT.ink), "mean of random masks, 95 % interval"),
    ];
    if compares(saved) {
        keys.push(Key::new(Mark::Diamond(LIGHT.path), "the write-up"));
    }
    let panels = vec![form.panels(2, 2, 370.0)];
    Picture { width: form.width(), keys, panels, caption }.svg(|panels| {
        mean_curve(saved, &panels[0], &curve)?;
        values(&panels[1], &nodes)
    })
}

fn mean_curve(saved: &Saved, canvas: &Canvas, curve: &[LossCurveRow]) -> Result<()> {
    let panel = Panel {
        title: "mean loss",
        x_label: "p: probability that a node is on",
        y_label: "mean loss (nats)",
        y: padded(&span(curve.iter().map(|row| row.loss).chain([0.0])), 0.0, 0.06),
        ..Panel::default()
    };
    let plot = panel.open(canvas)?;
    plot.line(curve.iter().map(|row| (row.p, row.loss)), LIGHT.p[1], 2.0)?;
    for row in saved.table::<SampledMean>("sampled_curve.csv")? {
        plot.line([(row.p, row.low), (row.p, row.high)], LIGHT.ink, 1.0)?;
        plot.dot((row.p, row.sampled), 2.0, LIGHT.ink)?;
    }
    if compares(saved) {
        for place in [(0.25, MEAN_LOSS_25), (0.75, MEAN_LOSS_75)] {
            plot.diamond(place, LIGHT.path)?;
        }
    }
    Ok(())
}

/// The nodes' values in ascending order of the Shapley value.
fn values(canvas: &Canvas, nodes: &[AveragedNode]) -> Result<()> {
    let mut sorted: Vec<&AveragedNode> = nodes.iter().collect();
    sorted.sort_by(|a, b| a.loss_shapley.total_cmp(&b.loss_shapley));
    let all = nodes.iter().flat_map(|node| [node.loss_shapley, node.loss_banzhaf]);
    let panel = Panel {
        title: "what each node is worth",
        x_label: "nodes by their Shapley value",
        y_label: "mean flip effect (nats)",
        x: -0.6..nodes.len().max(1) as f64 - 0.4,
        y: padded(&span(all.chain([0.0])), 0.06, 0.06),
        ..Panel::default()
    };
    let plot = panel.open(canvas)?;
    plot.line([(panel.x.start, 0.0), (panel.x.end, 0.0)], LIGHT.ink, 0.75)?;
    let of = |value: fn(&AveragedNode) -> f64| -> Vec<(f64, f64)> {
        sorted.iter().enumerate().map(|(k, node)| (k as f64, value(node))).collect()
    };
    let radius = if nodes.len() <= DOTS { 3.0 } else { 1.0 };
    for place in of(|node| node.loss_banzhaf) {
        plot.dot(place, radius, LIGHT.other_p[1])?;
    }
    let shapley = of(|node| node.loss_shapley);
    if nodes.len() <= DOTS {
        plot.line_and_dots(&shapley, LIGHT.p[1], (1.5, radius))
    } else {
        plot.line(shapley, LIGHT.p[1], 2.0)
    }
}
