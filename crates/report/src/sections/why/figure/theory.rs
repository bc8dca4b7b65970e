//! Predicted against exact.

use super::super::numbers::{Numbers, nodes};
use super::super::rows::WhyTable;
use super::{Series, keys, picture};
use crate::error::Result;
use crate::sections::shared::drawing::{padded, span};
use crate::style::{Canvas, Form, Key, LIGHT, Mark, Panel};

/// Higher degrees carry next to nothing.
const MOST_DEGREES: f64 = 8.0;

pub(super) fn svg(table: &WhyTable, numbers: &Numbers, form: Form) -> Result<String> {
    let cells = numbers.cells("theory");
    let caption = "each dot a network; lines: means over networks with 95 % intervals · exact: all \
                   masks of each";
    let mut keys = keys(Mark::Dot, cells.iter().map(|cell| nodes(cell)));
    keys.push(Key::new(Mark::ThinLine(LIGHT.faint), "where both are equal"));
    picture(form, keys, form.panels(4, 2, 305.0), caption.to_owned()).svg(|parts| {
        let settings = ["reversal of loss", "reversal of ln(loss)"];
        for (setting, part) in settings.into_iter().zip(parts) {
            scatter(part, table, &cells, setting)?;
        }
        weights(&parts[2], numbers, &cells)?;
        errors(&parts[3], numbers, &cells)
    })
}

/// The predicted correlation of each network over the exact one.
fn scatter(canvas: &Canvas, table: &WhyTable, cells: &[&str], setting: &str) -> Result<()> {
    let title = setting.replace("reversal of", "reversal correlation of");
    let panel = Panel {
        title: &title,
        x_label: "exact",
        y_label: "predicted",
        x: -1.05..1.05,
        y: -1.05..1.05,
        ticks: (5, 5),
        ..Panel::default()
    };
    let plot = panel.open(canvas)?;
    plot.line([(-1.0, -1.0), (1.0, 1.0)], LIGHT.faint, 1.0)?;
    for (k, cell) in cells.iter().enumerate() {
        let exact = table.of(cell, setting, "exact");
        for ((_, x), (_, y)) in exact.zip(table.of(cell, setting, "predicted")) {
            plot.dot((x, y), 2.0, LIGHT.series(k))?;
        }
    }
    Ok(())
}

/// The mean weight of each degree of the first cell, exact and predicted.
fn weights(canvas: &Canvas, numbers: &Numbers, cells: &[&str]) -> Result<()> {
    let cell = cells.first().copied().unwrap_or_default();
    let title = format!("level weights, {cell} nodes: dots exact, line predicted");
    let rows = |quantity: &str| {
        let rows = numbers.along(("theory", cell), "weight", quantity);
        let known = rows.into_iter().filter(|row| row.at <= MOST_DEGREES && row.value > 0.0);
        known.map(|row| (row.at, row.value.log10())).collect::<Vec<_>>()
    };
    let (exact, predicted) = (rows("exact"), rows("predicted"));
    let y = padded(&span(exact.iter().chain(&predicted).map(|p| p.1)), 0.05, 0.05);
    let panel = Panel {
        title: &title,
        x_label: "degree",
        y_label: "weight (nats²)",
        x: 0.5..MOST_DEGREES + 0.5,
        y,
        ticks: (8, 5),
        log_y: true,
        ..Panel::default()
    };
    let plot = panel.open(canvas)?;
    plot.line(predicted, LIGHT.ink, 1.5)?;
    exact.into_iter().try_for_each(|place| plot.dot(place, 3.5, LIGHT.series(0)))
}

/// By which factor the weights are predicted too small, by degree.
fn errors(canvas: &Canvas, numbers: &Numbers, cells: &[&str]) -> Result<()> {
    let of = |(k, cell): (usize, &&str)| {
        let mut rows = numbers.along(("theory", cell), "weight", "log_ratio");
        rows.retain(|row| row.at <= MOST_DEGREES);
        Series::new(k, &rows, |row| row.at)
    };
    let series: Vec<Series> = cells.iter().enumerate().map(of).collect();
    let panel = Panel {
        title: "error by degree",
        x_label: "degree",
        y_label: "ln(predicted/exact)",
        x: 0.5..MOST_DEGREES + 0.5,
        y: padded(&span(series.iter().flat_map(Series::ends).chain([0.0])), 0.05, 0.05),
        ticks: (8, 5),
        ..Panel::default()
    };
    let plot = panel.open(canvas)?;
    plot.dotted(vec![(panel.x.start, 0.0), (panel.x.end, 0.0)], LIGHT.faint, 1.25)?;
    series.iter().try_for_each(|series| series.line(&plot))
}
