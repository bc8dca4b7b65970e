//! The reversal correlation by depth, width, training length and ablation, with each circle.

use super::networks::{CellId, NetworkRow};
use crate::error::Result;
use crate::sections::shared::drawing::{padded, quantile, span};
use crate::style::{Canvas, Form, Key, LIGHT, Mark, Panel, Picture};
use crate::words::count;

/// Networks that differ in nothing but seeds.
struct Group<'a> {
    label: String,
    data: &'a str,
    values: Vec<f64>,
}

/// One panel: what is varied, which networks belong to it, and what tells them apart.
struct Varied {
    title: &'static str,
    belongs: fn(&CellId, &CellId) -> bool,
    /// What is written under the networks, and what they are ordered by.
    label: fn(&CellId) -> (usize, String),
}

const VARIED: [Varied; 4] = [
    Varied {
        title: "by depth, as many nodes in all",
        belongs: |cell, base| {
            cell.nodes() == base.nodes()
                && cell.steps == base.steps
                && cell.ablation == base.ablation
        },
        label: |cell| (cell.layers(), cell.widths()),
    },
    Varied {
        title: "by the number of nodes in one layer",
        belongs: |cell, base| {
            cell.layers() == 1 && cell.steps == base.steps && cell.ablation == base.ablation
        },
        label: |cell| (cell.nodes(), cell.hidden.clone()),
    },
    Varied {
        title: "by training steps",
        belongs: |cell, base| cell.hidden == base.hidden && cell.ablation == base.ablation,
        label: |cell| (cell.steps, count(cell.steps)),
    },
    Varied {
        title: "by ablation",
        belongs: |cell, base| cell.hidden == base.hidden && cell.steps == base.steps,
        label: |cell| (usize::from(cell.ablation != "zero"), cell.ablation.clone()),
    },
];

/// Half of the width that one group's mark takes, between two labels at distance 1.
const HALF: f64 = 0.09;

/// More data sets than this are not named one by one.
const MOST_KEYS: usize = 12;

/// The figure; `base` is the cell that is varied.
pub(crate) fn svg(rows: &[NetworkRow], form: Form, base: &CellId) -> Result<String> {
    let same = |row: &&NetworkRow| {
        let fixed =
            |cell: &CellId| (cell.init.clone(), cell.batch, cell.training_points, cell.n_points);
        fixed(&row.cell) == fixed(base) && row.cell.learning_rate == base.learning_rate
    };
    let own = rows.iter().filter(same).collect::<Vec<_>>();
    let mut data: Vec<&str> = Vec::new();
    for row in &own {
        if !data.contains(&row.cell.data.as_str()) {
            data.push(&row.cell.data);
        }
    }
    let values = own.iter().filter_map(|row| reversal(row));
    let y = padded(&span(values.chain([0.0])), 0.04, 0.04);
    let caption = format!(
        "unless varied: {} nodes, {} steps, {} ablation · {} evaluation points · exact: all masks \
         of each network",
        base.widths(),
        count(base.steps),
        base.ablation,
        count(base.n_points)
    );
    let mut keys: Vec<Key> = (data.iter().enumerate())
        .take(MOST_KEYS)
        .map(|(k, name)| Key::new(Mark::Line(LIGHT.series(k)), *name))
        .collect();
    keys.push(Key::new(Mark::None, "dot: median network; line: 90 % of networks"));
    keys.push(Key::new(Mark::Dotted(LIGHT.faint), "no correlation"));
    let panels = vec![form.panels(VARIED.len(), 2, 300.0)];
    let picture = Picture { width: form.width(), keys, panels, caption: vec![caption] };
    picture.svg(|panels| {
        for (varied, canvas) in VARIED.iter().zip(panels) {
            let belongs = |row: &&&NetworkRow| (varied.belongs)(&row.cell, base);
            let rows: Vec<&NetworkRow> = own.iter().filter(belongs).copied().collect();
            panel(canvas, varied, &rows, &data, &y)?;
        }
        Ok(())
    })
}

fn reversal(row: &NetworkRow) -> Option<f64> {
    row.get("reversal_correlation_log_loss")
}

fn panel(
    canvas: &Canvas,
    varied: &Varied,
    rows: &[&NetworkRow],
    data: &[&str],
    y: &std::ops::Range<f64>,
) -> Result<()> {
    let mut labels: Vec<(usize, String)> =
        rows.iter().map(|row| (varied.label)(&row.cell)).collect();
    labels.sort();
    labels.dedup();
    let mut groups: Vec<Group> = Vec::new();
    for row in rows {
        let Some(value) = reversal(row) else { continue };
        let label = (varied.label)(&row.cell).1;
        match groups.iter_mut().find(|g| g.label == label && g.data == row.cell.data) {
            Some(group) => group.values.push(value),
            None => groups.push(Group { label, data: &row.cell.data, values: vec![value] }),
        }
    }
    let names: Vec<String> = labels.iter().map(|(_, label)| label.clone()).collect();
    let panel = Panel {
        title: varied.title,
        y_label: "reversal correlation of ln(loss)",
        x: -0.5..labels.len() as f64 - 0.5,
        y: y.clone(),
        ticks: (0, 5),
        names: &names,
        ..Panel::default()
    };
    let plot = panel.open(canvas)?;
    plot.dotted(vec![(panel.x.start, 0.0), (panel.x.end, 0.0)], LIGHT.faint, 1.25)?;
    for group in &groups {
        let place = labels.iter().position(|(_, label)| *label == group.label).unwrap_or(0);
        let k = data.iter().position(|name| *name == group.data).unwrap_or(0);
        let side = k as f64 - (data.len() as f64 - 1.0) / 2.0;
        let x = place as f64 + 2.0 * HALF * side;
        let at = |q| quantile(group.values.iter().copied(), q);
        plot.line([(x, at(0.05)), (x, at(0.95))], LIGHT.series(k), 3.0)?;
        plot.dot((x, at(0.5)), 4.5, LIGHT.series(k))?;
    }
    Ok(())
}
