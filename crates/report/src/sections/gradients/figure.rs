//! `gradients`: densities of the gate gradients, and the write-up's sanity check.

use super::rows::SanityRow;
use crate::error::Result;
use crate::record::{Figure, Saved};
use crate::sections::shared::drawing::{
    caption, densities, density_range, exact_key, exact_line, groups, kernel, keys_of_p, padded,
    span,
};
use crate::sections::shared::results::{compares, nodes};
use crate::sections::shared::rows::{DensityPoint, ExactCheck, ExactDensityPoint, Summary};
use crate::style::{Form, Key, LIGHT, Mark, Panel, Picture};
use crate::words::{count, fixed, number};
use crate::write_up;

/// The two sides of the check as the write-up printed them, for its one network.
const PUBLISHED: [(&str, f64); 2] = [
    ("ten_mean_gradient", write_up::TEN_MEAN_GRADIENT),
    ("loss_difference", write_up::LOSS_DIFFERENCE),
];

pub(crate) fn draw(saved: &Saved, form: Form) -> Result<Vec<Figure>> {
    let summary: Vec<Summary> = saved.table("summary.csv")?;
    let mut figures = vec![Figure::drawing("gradients", gradients(saved, form, &summary)?)];
    // The check compares three particular p, and is not recorded for others.
    if saved.has("sanity.csv") || saved.manifest().outputs.contains_key("sanity.csv") {
        figures.push(Figure::drawing("gradients-sanity", sanity(saved, form, &summary)?));
    }
    Ok(figures)
}

fn sample(saved: &Saved, summary: &[Summary]) -> Vec<String> {
    let masks = summary.first().map_or(0, |row| row.masks);
    let masks = format!("all nodes of {} masks for each p", count(masks));
    [Some(masks), kernel(saved)].into_iter().flatten().collect()
}

fn gradients(saved: &Saved, form: Form, summary: &[Summary]) -> Result<String> {
    let rows: Vec<DensityPoint> = saved.table("density.csv")?;
    let exact: Vec<ExactDensityPoint> = saved.optional_table("density_exact.csv")?;
    let by_quantity = groups(rows, |row| row.quantity.clone());
    let mut p: Vec<f64> = Vec::new();
    for row in summary {
        if !p.contains(&row.p) {
            p.push(row.p);
        }
    }
    let mut keys = keys_of_p(p.into_iter());
    keys.push(Key::new(Mark::Dotted(LIGHT.faint), "normal fit"));
    if !exact.is_empty() {
        keys.push(exact_key());
    }
    keys.push(Key::new(Mark::None, "▼ mean"));
    keys.push(Key::new(Mark::None, "p: probability that a node is on"));
    let caption = vec![caption(saved, &sample(saved, summary))];
    let panels = vec![form.panels(2, 2, 310.0)];
    let picture = Picture { width: form.width(), keys, panels, caption };
    picture.svg(|panels| {
        for ((quantity, rows), canvas) in by_quantity.into_iter().zip(panels) {
            let (title, x_label, y_label) = match quantity.as_str() {
                "loss_gradient" => ("loss", "∂loss/∂bᵢ (nats)", "density (1/nat)"),
                _ => ("ln(loss)", "∂ln(loss)/∂bᵢ", "density"),
            };
            let x = span(rows.iter().map(|row| row.x));
            let exact: Vec<_> = exact.iter().filter(|row| row.quantity == quantity).collect();
            let heights = rows.iter().map(|row| row.density.max(row.normal));
            let y = density_range(heights.chain(exact.iter().map(|row| row.density)));
            let plot = Panel { title, x_label, y_label, x, y, ..Panel::default() }.open(canvas)?;
            let of = summary.iter().filter(|row| row.quantity == quantity);
            let means: Vec<_> = of.map(|row| (row.p, row.mean)).collect();
            densities(&plot, &groups(rows, |row| row.p), &means, true)?;
            for (_, rows) in groups(exact, |row| row.p) {
                exact_line(&plot, rows.iter().map(|row| (row.x, row.density)))?;
            }
        }
        Ok(())
    })
}

fn sanity(saved: &Saved, form: Form, summary: &[Summary]) -> Result<String> {
    let rows: Vec<SanityRow> = saved.table("sanity.csv")?;
    let exact: Vec<ExactCheck> = saved.optional_table("exact.csv")?;
    let exact = |row: &SanityRow| {
        exact.iter().find(|check| check.quantity == row.quantity).map(|check| check.exact)
    };
    let published = |row: &SanityRow| published(row).filter(|_| compares(saved));
    let others = rows.iter().filter_map(published).chain(rows.iter().filter_map(exact));
    let reach = rows.iter().flat_map(|row| [row.low, row.high]).chain(others).chain([0.0]);
    let masks = summary.first().map_or(0, |row| row.masks);
    let sample = [format!("{} masks for each p", count(masks))];
    let half = nodes(saved).unwrap_or(20) as f64 / 2.0;
    let mut keys =
        vec![Key::new(Mark::Interval(LIGHT.p[1]), "this network, with its 95 % interval")];
    if rows.iter().any(|row| exact(row).is_some()) {
        keys.push(Key::new(Mark::SolidDiamond(LIGHT.ink), "exact, all masks"));
    }
    if rows.iter().any(|row| published(row).is_some()) {
        keys.push(Key::new(Mark::Diamond(LIGHT.path), "the write-up's network"));
    }
    keys.push(Key::new(Mark::Dotted(LIGHT.faint), "zero"));
    let picture = Picture {
        width: form.width(),
        keys,
        panels: vec![form.panels(1, 1, form.choose(222.0, 330.0))],
        caption: vec![caption(saved, &sample)],
    };
    picture.svg(|panels| {
        let panel = Panel {
            title: "the mean gradient, times half the nodes, against the change of the mean loss",
            x_label: "nats",
            x: padded(&span(reach), 0.05, 0.05),
            y: 0.0..rows.len().max(1) as f64,
            ticks: (8, 0),
            ..Panel::default()
        };
        let plot = panel.open(&panels[0].inside([0.0, 8.0, 0.0, 16.0]))?;
        plot.dotted(vec![(0.0, 0.0), (0.0, panel.y.end)], LIGHT.faint, 1.25)?;
        for (index, row) in rows.iter().enumerate() {
            let y = (rows.len() - index) as f64 - 0.75;
            let line = words(row, half, exact(row), published(row));
            plot.words(&line, 11.0, (panel.x.start, y), (8.0, -10.0))?;
            plot.line([(row.low, y), (row.high, y)], LIGHT.p[1], 1.75)?;
            plot.dot((row.value, y), 3.5, LIGHT.p[1])?;
            // Below the interval, as it would otherwise hide the estimate.
            exact(row).map_or(Ok(()), |value| plot.solid_diamond((value, y - 0.14), LIGHT.ink))?;
            published(row).map_or(Ok(()), |value| plot.diamond((value, y), LIGHT.path))?;
        }
        Ok(())
    })
}

/// What the write-up has for one side of the check, or for the gap.
fn published(row: &SanityRow) -> Option<f64> {
    match row.quantity.as_str() {
        "gap" => Some(PUBLISHED[0].1 - PUBLISHED[1].1),
        quantity => PUBLISHED.iter().find(|(name, _)| *name == quantity).map(|(_, value)| *value),
    }
}

/// What a row is and its values, in words. The mean gradient is taken times half of the nodes, ten of the
/// write-up's twenty.
fn words(row: &SanityRow, half: f64, exact: Option<f64>, published: Option<f64>) -> String {
    let what = match row.quantity.as_str() {
        "ten_mean_gradient" => format!("{} × mean ∂loss/∂bᵢ at p = 0.5", number(half)),
        "loss_difference" => "mean loss at p = 0.75 less mean loss at p = 0.25".to_owned(),
        "gap" => "gap: the first less the second".to_owned(),
        other => other.to_owned(),
    };
    let beside = |name: &str, value: Option<f64>| {
        value.map_or_else(String::new, |value| format!(", {name} {}", fixed(value, 4)))
    };
    let [known, theirs] = [beside("exact", exact), beside("write-up", published)];
    format!("{what}: here {}{known}{theirs}", fixed(row.value, 4)).replace(" -", " −")
}
