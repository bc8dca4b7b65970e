//! How loss and ln(loss) are distributed over all masks.

use super::Hypercube;
use crate::error::Result;
use crate::sections::hypercube::rows::MeanCurveRow;
use crate::sections::shared::drawing::{WIDTH, density_range, groups, kernel, keys_of_p, span};
use crate::sections::shared::rows::ExactDensityPoint;
use crate::style::{Canvas, Key, LIGHT, Mark, Panel, Picture};

pub(crate) fn draw(hypercube: &Hypercube) -> Result<String> {
    let rows: Vec<ExactDensityPoint> = hypercube.saved.table("density.csv")?;
    let means: Vec<MeanCurveRow> = hypercube.saved.table("mean_curve.csv")?;
    let by_quantity = groups(rows, |row| row.quantity.clone());
    let p = by_quantity.first().map(|(_, rows)| groups(rows.iter().collect(), |row| row.p));
    let mut keys = keys_of_p(p.into_iter().flatten().map(|(p, _)| p));
    keys.push(Key::new(Mark::None, "▼ mean"));
    keys.push(Key::new(Mark::None, "p: probability that a node is on"));
    let kernel = kernel(hypercube.saved).map(|kernel| format!("densities: {kernel}"));
    let picture = Picture { width: WIDTH, height: 600.0, caption: hypercube.caption(kernel) };
    picture.svg(|canvas| {
        let lines = canvas.legend(&keys)?.grid(by_quantity.len().max(1), 1);
        for ((quantity, rows), canvas) in by_quantity.into_iter().zip(lines) {
            let [left, right] = [0, 1].map(|index| canvas.grid(1, 2)[index].clone());
            let log = quantity == "log_loss";
            let x_label = if log { "ln(loss / nat)" } else { "loss (nats)" };
            let name = if log { "ln(loss)" } else { "loss" };
            let x = span(rows.iter().map(|row| row.x));
            let heights = rows.iter().map(|row| row.density);
            let density = Panel {
                title: &format!("density of {name}, smoothed"),
                x_label,
                y_label: if log { "density" } else { "density (1/nat)" },
                x: x.clone(),
                y: density_range(heights),
                ..Panel::default()
            };
            let function = Panel {
                title: &format!("distribution function of {name}, no kernel"),
                y_label: "share of masks at or below",
                y: 0.0..1.0,
                ..density.clone()
            };
            let rows = groups(rows, |row| row.p);
            let mean = |row: &MeanCurveRow| if log { row.log_loss } else { row.loss };
            let means: Vec<_> = means.iter().map(|row| (row.p, mean(row))).collect();
            curves(&left, &density, &rows, &means, |row| row.density)?;
            curves(&right, &function, &rows, &means, |row| row.fraction)?;
        }
        Ok(())
    })
}

/// A curve for each p, and its mean marked.
fn curves(
    canvas: &Canvas,
    panel: &Panel,
    rows: &[(f64, Vec<ExactDensityPoint>)],
    means: &[(f64, f64)],
    value: impl Fn(&ExactDensityPoint) -> f64,
) -> Result<()> {
    let plot = panel.open(canvas)?;
    for (index, (p, rows)) in rows.iter().enumerate() {
        let colour = LIGHT.of_p(*p, index);
        plot.line(rows.iter().map(|row| (row.x, value(row))), colour, 1.75)?;
        let mean = means.iter().find(|(at, mean)| (at - p).abs() < 1e-9 && panel.x.contains(mean));
        if let Some((_, mean)) = mean {
            plot.mark_below(*mean, colour)?;
        }
    }
    Ok(())
}
