//! `ensemble`: the statistics of every observation over many networks.

use serde_json::Value;

use super::networks::{CellId, NetworkRow};
use super::rows::{Likelihood, StatisticRow};
use crate::error::Result;
use crate::record::{Figure, Saved};
use crate::sections::shared::drawing::{WIDTH, both, padded, quantile, span};
use crate::style::{Canvas, Key, LIGHT, Mark, Panel, Picture};
use crate::words::count;

/// Bars of a histogram.
const BARS: usize = 25;

pub(crate) fn draw(saved: &Saved) -> Result<Vec<Figure>> {
    let rows = NetworkRow::read(saved)?;
    let statistics: Vec<StatisticRow> = saved.optional_table("statistics.csv")?;
    let of: Option<CellId> =
        saved.parameter("base").and_then(|base| serde_json::from_value(base.clone()).ok());
    let base: Vec<&NetworkRow> = rows.iter().filter(|row| Some(&row.cell) == of.as_ref()).collect();
    let mut figures =
        both("ensemble", histograms(&base, &statistics, saved.parameter("default_seed"))?)?
            .to_vec();
    if let Some(first) = base.first() {
        figures.extend(both("ensemble-reversal", super::reversal::svg(&rows, &first.cell)?)?);
    }
    let likelihood: Vec<(CellId, Likelihood)> = saved.pairs("likelihood.csv")?;
    if !likelihood.is_empty() {
        figures.extend(both("ensemble-recipes", super::recipes::svg(&likelihood)?)?);
    }
    Ok(figures)
}

/// Histograms of the statistics that have a title.
fn histograms(
    rows: &[&NetworkRow],
    statistics: &[StatisticRow],
    default_seed: Option<&Value>,
) -> Result<String> {
    let shown: Vec<&StatisticRow> = statistics.iter().filter(|s| !s.title.is_empty()).collect();
    let default_seed = default_seed.and_then(Value::as_u64);
    let default = rows.iter().find(|row| Some(row.seed) == default_seed);
    let caption = match rows.first() {
        Some(row) => format!(
            "{} networks · {} ablation · {} evaluation points · exact: all masks of each",
            count(rows.len()),
            row.cell.words(),
            count(row.cell.n_points)
        ),
        None => "no networks".to_owned(),
    };
    let picture = Picture {
        width: WIDTH,
        height: 95.0 + 205.0 * shown.len().div_ceil(3) as f64,
        caption: vec![caption],
    };
    picture.svg(|canvas| {
        let body = canvas.legend(&[
            Key::new(Mark::Patch(LIGHT.p[1]), "networks"),
            Key::new(Mark::Line(LIGHT.path), "the write-up's network"),
            Key::new(Mark::Line(LIGHT.ink), "our default network"),
            Key::new(Mark::None, "numbers before titles: observations"),
        ])?;
        for (statistic, canvas) in shown.iter().zip(body.grid(shown.len().div_ceil(3).max(1), 3)) {
            let value = |row: &NetworkRow| row.get(&statistic.statistic);
            let values: Vec<f64> = rows.iter().filter_map(|row| value(row)).collect();
            let own = default.and_then(|row| value(row));
            histogram(&canvas, &statistic.title, &values, statistic.write_up, own)?;
        }
        Ok(())
    })
}

fn histogram(
    canvas: &Canvas,
    title: &str,
    values: &[f64],
    write_up: Option<f64>,
    own: Option<f64>,
) -> Result<()> {
    // Few far-off networks would squeeze all others into one bar.
    let (low, high) =
        (quantile(values.iter().copied(), 0.005), quantile(values.iter().copied(), 0.995));
    let marks = [write_up, own].into_iter().flatten();
    let x = padded(&span([low, high].into_iter().chain(marks)), 0.04, 0.04);
    let width = (x.end - x.start) / BARS as f64;
    let mut counts = [0; BARS];
    for value in values.iter().filter(|value| x.contains(value)) {
        counts[(((value - x.start) / width) as usize).min(BARS - 1)] += 1;
    }
    let share = |count: usize| 100.0 * count as f64 / values.len().max(1) as f64;
    let most = counts.iter().copied().max().map_or(1.0, share).max(1.0);
    let panel = Panel {
        title,
        y_label: "networks (%)",
        y: 0.0..1.08 * most,
        x,
        ticks: (4, 4),
        ..Panel::default()
    };
    let plot = panel.open(canvas)?;
    for (k, &count) in counts.iter().enumerate() {
        let left = panel.x.start + k as f64 * width;
        plot.bar((left, 0.0), (left + width, share(count)), LIGHT.p[1])?;
    }
    for (value, colour) in [(own, LIGHT.ink), (write_up, LIGHT.path)] {
        if let Some(value) = value {
            plot.line([(value, 0.0), (value, panel.y.end)], colour, 2.0)?;
        }
    }
    Ok(())
}
