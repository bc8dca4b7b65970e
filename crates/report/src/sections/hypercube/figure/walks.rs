//! Curves over the hypercube: covariance along flip paths, and the mean as more nodes are on.

use plotters::style::text_anchor::{HPos, VPos};

use super::{Hypercube, decimal};
use crate::error::Result;
use crate::sections::hypercube::rows::{FlipCovarianceRow, MeanCurveRow};
use crate::sections::shared::drawing::{padded, span};
use crate::style::{Canvas, Key, LIGHT, Mark, Panel};

/// Covariance of loss, and of ln(loss), at two masks so many flips apart.
pub(crate) fn flip_covariance(hypercube: &Hypercube) -> Result<String> {
    let rows: Vec<FlipCovarianceRow> = hypercube.saved.table("flip_covariance.csv")?;
    let curve = |value: fn(&FlipCovarianceRow) -> f64| -> Vec<(f64, f64)> {
        rows.iter().map(|row| (row.flips as f64, value(row))).collect()
    };
    let curves = [
        ("ln(loss)", "covariance", curve(|row| row.log_loss_covariance)),
        ("loss", "covariance (nats²)", curve(|row| row.loss_covariance)),
    ];
    let keys = vec![
        Key::new(Mark::LineAndDot(LIGHT.ink), "exact, all masks"),
        Key::new(Mark::Line(LIGHT.faint), "zero"),
        Key::new(Mark::None, "0 flips: the variance"),
        Key::new(Mark::None, format!("{} flips: the reversal", hypercube.n())),
    ];
    hypercube.picture(keys, hypercube.form.panels(2, 2, 320.0), []).svg(|panels| {
        for ((name, y_label, points), canvas) in curves.into_iter().zip(panels) {
            let ends = points.first().zip(points.last()).map(|(first, last)| last.1 / first.1);
            let ends = ends.filter(|ratio| ratio.is_finite()).map(decimal);
            let ends = ends.map(|ratio| format!(", reversal correlation {ratio}"));
            let panel = Panel {
                title: &format!("{name}{}", ends.unwrap_or_default()),
                x_label: "flips between the two masks",
                y_label,
                x: 0.0..hypercube.n().max(1) as f64,
                y: padded(&span(points.iter().map(|point| point.1).chain([0.0])), 0.06, 0.06),
                ticks: (hypercube.ticks(), 6),
                ..Panel::default()
            };
            let plot = panel.open(canvas)?;
            plot.line([(0.0, 0.0), (panel.x.end, 0.0)], LIGHT.faint, 1.0)?;
            plot.line_and_dots(&points, LIGHT.ink, (1.0, 2.75))?;
        }
        Ok(())
    })
}

/// The probabilities that the write-up's sanity check compares.
const CHECKED: [f64; 3] = [0.25, 0.5, 0.75];

/// Mean loss, and mean ln(loss), when each node is on with probability p: the exact form of the
/// write-up's sanity check.
pub(crate) fn mean_curve(hypercube: &Hypercube) -> Result<String> {
    let rows: Vec<MeanCurveRow> = hypercube.saved.table("mean_curve.csv")?;
    let curve = |value: fn(&MeanCurveRow) -> (f64, f64)| -> Vec<(f64, f64, f64)> {
        rows.iter().map(|row| (row.p, value(row).0, value(row).1)).collect()
    };
    let dots = ["p = ¼", "p = ½", "p = ¾"].into_iter().zip(LIGHT.p);
    let dots = dots.map(|(name, colour)| Key::new(Mark::Dot(colour), name));
    let lines = [
        Key::new(Mark::Line(LIGHT.ink), "mean over all masks"),
        Key::new(Mark::Dotted(LIGHT.ink), "from p = ¼ to p = ¾"),
        Key::new(
            Mark::Line(LIGHT.path),
            "tangent at p = ½, its slope the sum of all nodes' mean flip effects",
        ),
    ];
    let keys = dots.chain(lines).collect();
    hypercube.picture(keys, hypercube.form.panels(2, 2, 350.0), []).svg(|panels| {
        let loss = curve(|row| (row.loss, row.loss_derivative));
        mean(&panels[0], "loss", "mean loss (nats)", &loss)?;
        let log_loss = curve(|row| (row.log_loss, row.log_loss_derivative));
        mean(&panels[1], "ln(loss)", "mean ln(loss)", &log_loss)
    })
}

/// One curve of (p, mean, derivative).
fn mean(canvas: &Canvas, title: &str, y_label: &str, curve: &[(f64, f64, f64)]) -> Result<()> {
    let at = |p: f64| curve.iter().find(|(at, ..)| (at - p).abs() < 1e-9).copied();
    let (words, body) = canvas.split_top(58.0);
    let middle = words.size().0 / 2.0 + 24.0;
    let anchor = (HPos::Center, VPos::Center);
    words.text(title, 12.5, LIGHT.ink, (middle, 16.0), anchor)?;
    let known = CHECKED.map(at);
    let tangent = |p: f64| known[1].map(|(half, mean, slope)| (p, mean + slope * (p - half)));
    let tangent: Vec<_> = [0.15, 0.85].into_iter().filter_map(tangent).collect();
    let reach = curve.iter().map(|point| point.1).chain(tangent.iter().map(|point| point.1));
    let panel = Panel {
        x_label: "p: probability that a node is on",
        y_label,
        y: padded(&span(reach), 0.05, 0.05),
        ..Panel::default()
    };
    let plot = panel.open(&body)?;
    plot.line(curve.iter().map(|&(p, mean, _)| (p, mean)), LIGHT.ink, 1.75)?;
    plot.line(tangent, LIGHT.path, 1.25)?;
    if let [Some(low), Some(half), Some(high)] = known {
        let lines = [
            format!("change from p = ¼ to ¾: {}", decimal(high.1 - low.1)),
            format!("half of the slope at ½: {}", decimal(half.2 / 2.0)),
        ];
        for (line, y) in lines.iter().zip([35.0, 51.0]) {
            words.text(line, 11.0, LIGHT.ink, (middle, y), anchor)?;
        }
        plot.dotted(vec![(low.0, low.1), (high.0, high.1)], LIGHT.ink, 1.25)?;
    }
    for (index, (p, mean, _)) in known.into_iter().flatten().enumerate() {
        plot.dot((p, mean), 4.0, LIGHT.of_p(p, index))?;
    }
    Ok(())
}
