//! `ensemble`: the statistics of every observation over many networks.

use serde_json::Value;

use super::rows::NetworkRow;
use crate::error::Result;
use crate::record::{Figure, Saved};
use crate::sections::shared::drawing::{WIDTH, both, padded, quantile, span};
use crate::style::{Canvas, Key, LIGHT, Mark, Panel, Picture, count};

/// Bars of a histogram.
const BARS: usize = 25;

/// A statistic, and the write-up's value of it.
type Statistic = (&'static str, fn(&NetworkRow) -> Option<f64>, Option<f64>);

const STATISTICS: [Statistic; 15] = [
    ("mean loss, p = ¼", |r| Some(r.mean_loss_25), Some(1.027_715_8)),
    ("mean loss, p = ¾", |r| Some(r.mean_loss_75), Some(0.584_365)),
    ("3, 4: N/2 × mean gate gradient", |r| Some(r.sanity_gradient), Some(-0.475_145_3)),
    ("1: skewness of ln(loss), p = ½", |r| Some(r.log_loss_skewness_50), None),
    ("1: KS distance to normal, p = ½", |r| Some(r.log_loss_ks_50), None),
    ("2: excess kurtosis of gradients", |r| Some(r.gradient_kurtosis_50), None),
    ("5: density at 0 over lower peak", |r| r.trough_lower_ratio_030, None),
    ("6: overlap of on and off halves", |r| Some(r.overlap), None),
    ("7: scale ratio, largest to smallest", |r| r.scale_ratio, None),
    ("8: flips until indistinguishable", |r| r.flips_below_two_errors.map(|d| d as f64), None),
    ("9: sampled asymmetry (errors)", |r| r.asymmetry, None),
    ("10: reversal correlation of ln(loss)", |r| Some(r.reversal_correlation_log_loss), None),
    ("12: explained by directions", |r| r.explained_by_direction, None),
    ("13: share of bias nodes", |r| Some(r.bias_share), Some(0.2)),
    ("14: loss within 0.1 of the circle", |r| r.near_circle_loss, None),
];

pub(crate) fn draw(saved: &Saved) -> Result<Vec<Figure>> {
    let rows: Vec<NetworkRow> = saved.table("networks.csv")?;
    let base: Vec<&NetworkRow> = rows.iter().filter(|row| is_base(saved, row)).collect();
    let mut figures = both("ensemble", histograms(&base)?)?.to_vec();
    if let Some(first) = base.first() {
        figures.extend(both("ensemble-reversal", super::reversal::svg(&rows, first)?)?);
    }
    Ok(figures)
}

/// Whether a network belongs to the cell that the verdicts are about.
fn is_base(saved: &Saved, row: &NetworkRow) -> bool {
    let text = |name: &str| saved.parameter("base")?.get(name)?.as_str();
    let number = |name: &str| saved.parameter("base")?.get(name).and_then(Value::as_u64);
    text("data") == Some(&row.data)
        && text("hidden") == Some(&row.hidden)
        && text("ablation") == Some(&row.ablation)
        && number("steps") == Some(row.steps as u64)
        && number("n_points") == Some(row.n_points as u64)
}

/// What tells a cell from others.
fn cell(row: &NetworkRow) -> String {
    let hidden = row.hidden.replace('-', "–");
    format!("{}, {hidden} nodes, {} steps, {}", row.data, count(row.steps), row.ablation)
}

fn histograms(rows: &[&NetworkRow]) -> Result<String> {
    let default = rows.iter().min_by_key(|row| row.seed);
    let caption = match rows.first() {
        Some(row) => format!(
            "{} networks · {} ablation · {} evaluation points · exact: all masks of each",
            count(rows.len()),
            cell(row),
            count(row.n_points)
        ),
        None => "no networks".to_owned(),
    };
    let picture = Picture { width: WIDTH, height: 1120.0, caption: vec![caption] };
    picture.svg(|canvas| {
        let body = canvas.legend(&[
            Key::new(Mark::Patch(LIGHT.p[1]), "networks"),
            Key::new(Mark::Line(LIGHT.path), "the write-up's network"),
            Key::new(Mark::Line(LIGHT.ink), "our default network"),
            Key::new(Mark::None, "numbers before titles: observations"),
        ])?;
        for ((title, value, write_up), canvas) in STATISTICS.iter().zip(body.grid(5, 3)) {
            let values: Vec<f64> = rows.iter().filter_map(|row| value(row)).collect();
            let own = default.and_then(|row| value(row));
            histogram(&canvas, title, &values, *write_up, own)?;
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
