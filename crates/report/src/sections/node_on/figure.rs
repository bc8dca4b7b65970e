//! `node-on`: the log-loss gradient's density, split by whether the node is on.

use super::rows::{SplitDensityPoint, SplitNode};
use crate::error::Result;
use crate::record::{Figure, Saved};
use crate::sections::shared::drawing::{
    MOST_NODES, caption, density_range, groups, kernel, node_title, sheet, shown, span,
};
use crate::style::{Form, Key, LIGHT, Mark, Panel, Picture, Plot};
use crate::words::{count, fixed};

pub(crate) fn draw(saved: &Saved, form: Form) -> Result<Vec<Figure>> {
    let rows: Vec<SplitDensityPoint> = saved.table("density.csv")?;
    let nodes: Vec<SplitNode> = saved.table("nodes.csv")?;
    let (pooled, single): (Vec<_>, Vec<_>) = rows.into_iter().partition(|row| row.node.is_none());
    Ok(vec![
        Figure::drawing("node-on", all(saved, form, &pooled, &nodes)?),
        Figure::drawing("node-on-nodes", each(saved, form, single, &nodes)?),
    ])
}

fn keys(sum: bool) -> Vec<Key> {
    let mut keys = vec![
        Key::new(Mark::Line(LIGHT.on), "node i is on"),
        Key::new(Mark::Line(LIGHT.off), "node i is off"),
    ];
    if sum {
        keys.push(Key::new(Mark::Line(LIGHT.ink), "both together"));
    }
    keys
}

fn sample(saved: &Saved, nodes: &[SplitNode]) -> Vec<String> {
    let masks = nodes.first().map_or(0, |node| node.masks_on.saturating_add(node.masks_off));
    let masks = format!("{} masks at p = 0.5", count(masks));
    [Some(masks), kernel(saved)].into_iter().flatten().collect()
}

/// Both parts of a density; they add up to it.
fn split(plot: &Plot, rows: &[SplitDensityPoint], width: f64) -> Result<()> {
    plot.line(rows.iter().map(|row| (row.x, row.off)), LIGHT.off, width)?;
    plot.line(rows.iter().map(|row| (row.x, row.on)), LIGHT.on, width)
}

fn all(
    saved: &Saved,
    form: Form,
    rows: &[SplitDensityPoint],
    nodes: &[SplitNode],
) -> Result<String> {
    let caption = vec![caption(saved, &sample(saved, nodes))];
    let panels = vec![form.panels(1, 1, 350.0)];
    let picture = Picture { width: form.width(), keys: keys(true), panels, caption };
    picture.svg(|panels| {
        let panel = Panel {
            title: "all nodes pooled",
            x_label: "∂ln(loss)/∂bᵢ",
            y_label: "density × share of masks",
            x: span(rows.iter().map(|row| row.x)),
            y: density_range(rows.iter().map(|row| row.on + row.off)),
            ticks: (10, 6),
            ..Panel::default()
        };
        let plot = panel.open(&panels[0])?;
        plot.line(rows.iter().map(|row| (row.x, row.on + row.off)), LIGHT.ink, 1.25)?;
        split(&plot, rows, 1.75)
    })
}

fn each(
    saved: &Saved,
    form: Form,
    rows: Vec<SplitDensityPoint>,
    nodes: &[SplitNode],
) -> Result<String> {
    let by_node = groups(rows, |row| row.node);
    let n = by_node.len().min(MOST_NODES);
    let across = sheet(n);
    let x = span(by_node.iter().flat_map(|(_, rows)| rows).map(|row| row.x));
    let own = "one horizontal axis for all, own vertical ones".to_owned();
    let sample: Vec<_> = sample(saved, nodes).into_iter().chain([own]).collect();
    let caption = [Some(caption(saved, &sample)), shown(by_node.len())];
    let mut keys = keys(false);
    keys.extend([
        Key::new(Mark::None, "horizontal: ∂ln(loss)/∂bᵢ, vertical: density × share of masks"),
        Key::new(Mark::None, "titles: node i, and its scale, the root mean square of its gradient"),
    ]);
    let picture = Picture {
        width: form.width(),
        keys,
        panels: vec![form.panels(n, across, if across > 5 { 104.0 } else { 128.0 })],
        caption: caption.into_iter().flatten().collect(),
    };
    picture.svg(|panels| {
        for ((node, rows), canvas) in by_node.iter().zip(panels) {
            let node = node.unwrap_or_default();
            let scale = nodes.iter().find(|row| row.node == node).map_or(f64::NAN, |row| row.scale);
            let title = node_title(node, &fixed(scale, 3), across);
            let panel = Panel {
                title: &title,
                x: x.clone(),
                y: density_range(rows.iter().map(|row| row.on.max(row.off))),
                ticks: (if across > 5 { 3 } else { 4 }, 0),
                size: if across > 5 { 8.0 } else { 9.5 },
                ..Panel::default()
            };
            split(&panel.open(&canvas.inside([0.0, 4.0, 0.0, 6.0]))?, rows, 1.25)?;
        }
        Ok(())
    })
}
