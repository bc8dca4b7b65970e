//! `node-on`: the log-loss gradient's density, split by whether the node is on.

use super::rows::{SplitDensityPoint, SplitNode};
use crate::error::Result;
use crate::record::{Figure, Saved};
use crate::sections::shared::drawing::{
    MOST_NODES, caption, density_range, exact_key, exact_line, groups, kernel, node_title, sheet,
    shown, span,
};
use crate::style::{Form, Key, LIGHT, Mark, Panel, Picture, Plot};
use crate::words::{count, fixed};

pub(crate) fn draw(saved: &Saved, form: Form) -> Result<Vec<Figure>> {
    let rows: Vec<SplitDensityPoint> = saved.table("density.csv")?;
    let nodes: Vec<SplitNode> = saved.table("nodes.csv")?;
    let exact: Vec<SplitDensityPoint> = saved.optional_table("density_exact.csv")?;
    let by_node = |rows: Vec<SplitDensityPoint>| {
        rows.into_iter().partition::<Vec<_>, _>(|row| row.node.is_none())
    };
    let ((pooled, single), (exact_pooled, exact_single)) = (by_node(rows), by_node(exact));
    Ok(vec![
        Figure::drawing("node-on", all(saved, form, [&pooled, &exact_pooled], &nodes)?),
        Figure::drawing("node-on-nodes", each(saved, form, [single, exact_single], &nodes)?),
    ])
}

fn keys(sum: bool, exact: bool) -> Vec<Key> {
    let mut keys = vec![
        Key::new(Mark::Line(LIGHT.on), "node i is on"),
        Key::new(Mark::Line(LIGHT.off), "node i is off"),
    ];
    if sum {
        keys.push(Key::new(Mark::Line(LIGHT.faint), "both together"));
    }
    if exact {
        keys.push(exact_key());
    }
    keys
}

fn sample(saved: &Saved, nodes: &[SplitNode]) -> Vec<String> {
    let masks = nodes.first().map_or(0, |node| node.masks_on.saturating_add(node.masks_off));
    let masks = format!("{} masks at p = 0.5", count(masks));
    [Some(masks), kernel(saved)].into_iter().flatten().collect()
}

/// Both parts of a density; they add up to it.
fn split(plot: &Plot, rows: &[SplitDensityPoint]) -> Result<()> {
    plot.line(rows.iter().map(|row| (row.x, row.off)), LIGHT.off, 1.75)?;
    plot.line(rows.iter().map(|row| (row.x, row.on)), LIGHT.on, 1.75)
}

/// The same over all masks.
fn exact_split(plot: &Plot, rows: &[SplitDensityPoint]) -> Result<()> {
    exact_line(plot, rows.iter().map(|row| (row.x, row.off)))?;
    exact_line(plot, rows.iter().map(|row| (row.x, row.on)))
}

fn all(
    saved: &Saved,
    form: Form,
    [rows, exact]: [&[SplitDensityPoint]; 2],
    nodes: &[SplitNode],
) -> Result<String> {
    let caption = vec![caption(saved, &sample(saved, nodes))];
    let panels = vec![form.panels(1, 1, 350.0)];
    let keys = keys(true, !exact.is_empty());
    let picture = Picture { width: form.width(), keys, panels, caption };
    picture.svg(|panels| {
        let panel = Panel {
            title: "all nodes pooled",
            x_label: "∂ln(loss)/∂bᵢ",
            y_label: "density × share of masks",
            x: span(rows.iter().map(|row| row.x)),
            y: density_range(rows.iter().chain(exact).map(|row| row.on + row.off)),
            ticks: (10, 6),
            ..Panel::default()
        };
        let plot = panel.open(&panels[0])?;
        plot.line(rows.iter().map(|row| (row.x, row.on + row.off)), LIGHT.faint, 1.75)?;
        split(&plot, rows)?;
        exact_line(&plot, exact.iter().map(|row| (row.x, row.on + row.off)))?;
        exact_split(&plot, exact)
    })
}

fn each(
    saved: &Saved,
    form: Form,
    tables: [Vec<SplitDensityPoint>; 2],
    nodes: &[SplitNode],
) -> Result<String> {
    let [by_node, exact] = tables.map(|rows| groups(rows, |row| row.node));
    let n = by_node.len().min(MOST_NODES);
    let across = sheet(n);
    let x = span(by_node.iter().flat_map(|(_, rows)| rows).map(|row| row.x));
    let own = "one horizontal axis for all, own vertical ones".to_owned();
    let sample: Vec<_> = sample(saved, nodes).into_iter().chain([own]).collect();
    let caption = [Some(caption(saved, &sample)), shown(by_node.len())];
    let mut keys = keys(false, !exact.is_empty());
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
            let exact = exact.iter().find(|(of, _)| of == node);
            let exact = exact.map_or(&[][..], |(_, rows)| rows);
            let node = node.unwrap_or_default();
            let scale = nodes.iter().find(|row| row.node == node).map_or(f64::NAN, |row| row.scale);
            let title = node_title(node, &fixed(scale, 3), across);
            let panel = Panel {
                title: &title,
                x: x.clone(),
                y: density_range(rows.iter().chain(exact).map(|row| row.on.max(row.off))),
                ticks: (if across > 5 { 3 } else { 4 }, 0),
                size: if across > 5 { 8.0 } else { 9.5 },
                ..Panel::default()
            };
            let plot = panel.open(&canvas.inside([0.0, 4.0, 0.0, 6.0]))?;
            split(&plot, rows)?;
            exact_split(&plot, exact)?;
        }
        Ok(())
    })
}
