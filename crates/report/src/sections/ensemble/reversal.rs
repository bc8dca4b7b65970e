//! The reversal correlation by depth, width, training length and ablation, with either circle.

use plotters::style::RGBColor;
use plotters::style::text_anchor::{HPos, VPos};

use super::rows::NetworkRow;
use crate::error::Result;
use crate::sections::shared::drawing::{WIDTH, padded, quantile, span};
use crate::style::{Canvas, Key, LIGHT, Mark, Panel, Picture, count};

/// Networks that differ in nothing but seeds.
struct Group<'a> {
    label: String,
    data: &'a str,
    values: Vec<f64>,
}

/// One panel: what is varied, which networks belong to it, and what tells them apart.
struct Varied {
    title: &'static str,
    belongs: fn(&NetworkRow, &NetworkRow) -> bool,
    /// What is written under the networks, and what they are ordered by.
    label: fn(&NetworkRow) -> (usize, String),
}

const VARIED: [Varied; 4] = [
    Varied {
        title: "by depth, as many nodes in all",
        belongs: |row, base| {
            row.n_nodes == base.n_nodes && row.steps == base.steps && row.ablation == base.ablation
        },
        label: |row| (row.n_layers, row.hidden.replace('-', "–")),
    },
    Varied {
        title: "by the number of nodes in one layer",
        belongs: |row, base| {
            row.n_layers == 1 && row.steps == base.steps && row.ablation == base.ablation
        },
        label: |row| (row.n_nodes, row.hidden.clone()),
    },
    Varied {
        title: "by training steps",
        belongs: |row, base| row.hidden == base.hidden && row.ablation == base.ablation,
        label: |row| (row.steps, count(row.steps)),
    },
    Varied {
        title: "by ablation",
        belongs: |row, base| row.hidden == base.hidden && row.steps == base.steps,
        label: |row| (usize::from(row.ablation != "zero"), row.ablation.clone()),
    },
];

/// Half of the width that one group's mark takes, between two labels at distance 1.
const HALF: f64 = 0.09;

/// More data sets than this are not named one by one.
const MOST_KEYS: usize = 12;

/// The figure; `base` is a network of the cell that is varied.
pub(crate) fn svg(rows: &[NetworkRow], base: &NetworkRow) -> Result<String> {
    let own = rows.iter().filter(|row| row.n_points == base.n_points).collect::<Vec<_>>();
    let mut data: Vec<&str> = Vec::new();
    for row in &own {
        if !data.contains(&row.data.as_str()) {
            data.push(&row.data);
        }
    }
    let values = own.iter().map(|row| row.reversal_correlation_log_loss);
    let y = padded(&span(values.chain([0.0])), 0.04, 0.04);
    let caption = format!(
        "unless varied: {} nodes, {} steps, {} ablation · {} evaluation points · exact: all masks \
         of each network",
        base.hidden.replace('-', "–"),
        count(base.steps),
        base.ablation,
        count(base.n_points)
    );
    let picture = Picture { width: WIDTH, height: 640.0, caption: vec![caption] };
    picture.svg(|canvas| {
        let mut keys: Vec<Key> = (data.iter().enumerate())
            .take(MOST_KEYS)
            .map(|(k, name)| Key::new(Mark::Line(colour(k)), *name))
            .collect();
        keys.push(Key::new(Mark::None, "dot: median network; line: 90 % of networks"));
        keys.push(Key::new(Mark::Dotted(LIGHT.faint), "no correlation"));
        let body = canvas.legend(&keys)?;
        for (varied, canvas) in VARIED.iter().zip(body.grid(2, 2)) {
            let belongs = |row: &&&NetworkRow| (varied.belongs)(row, base);
            let rows: Vec<&NetworkRow> = own.iter().filter(belongs).copied().collect();
            panel(&canvas, varied, &rows, &data, &y)?;
        }
        Ok(())
    })
}

/// The colour of the k-th data set.
fn colour(k: usize) -> RGBColor {
    LIGHT.p[(k + 1) % LIGHT.p.len()]
}

fn panel(
    canvas: &Canvas,
    varied: &Varied,
    rows: &[&NetworkRow],
    data: &[&str],
    y: &std::ops::Range<f64>,
) -> Result<()> {
    let mut labels: Vec<(usize, String)> = rows.iter().map(|row| (varied.label)(row)).collect();
    labels.sort();
    labels.dedup();
    let mut groups: Vec<Group> = Vec::new();
    for row in rows {
        let label = (varied.label)(row).1;
        let value = row.reversal_correlation_log_loss;
        match groups.iter_mut().find(|g| g.label == label && g.data == row.data) {
            Some(group) => group.values.push(value),
            None => groups.push(Group { label, data: &row.data, values: vec![value] }),
        }
    }
    let panel = Panel {
        title: varied.title,
        x_label: " ",
        y_label: "reversal correlation of ln(loss)",
        x: -0.5..labels.len() as f64 - 0.5,
        y: y.clone(),
        ticks: (0, 5),
        ..Panel::default()
    };
    let plot = panel.open(canvas)?;
    plot.line([(panel.x.start, y.start), (panel.x.end, y.start)], LIGHT.ink, 1.0)?;
    plot.dotted(vec![(panel.x.start, 0.0), (panel.x.end, 0.0)], LIGHT.faint, 1.25)?;
    for (k, (_, label)) in labels.iter().enumerate() {
        let anchor = (HPos::Center, VPos::Top);
        plot.text(label, panel.size, (k as f64, y.start), (0.0, 6.0), anchor)?;
    }
    for group in &groups {
        let place = labels.iter().position(|(_, label)| *label == group.label).unwrap_or(0);
        let k = data.iter().position(|name| *name == group.data).unwrap_or(0);
        let side = k as f64 - (data.len() as f64 - 1.0) / 2.0;
        let x = place as f64 + 2.0 * HALF * side;
        let at = |q| quantile(group.values.iter().copied(), q);
        plot.line([(x, at(0.05)), (x, at(0.95))], colour(k), 3.0)?;
        plot.dot((x, at(0.5)), 4.5, colour(k))?;
    }
    Ok(())
}
