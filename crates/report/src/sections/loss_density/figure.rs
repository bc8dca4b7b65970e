//! `loss-density`: how the loss of random sub-networks is distributed.

use crate::error::Result;
use crate::record::{Figure, Saved};
use crate::sections::shared::drawing::{
    caption, densities, density_range, exact_key, exact_line, groups, kernel, keys_of_p, span,
};
use crate::sections::shared::rows::{DensityPoint, EcdfPoint, ExactDensityPoint, Summary};
use crate::style::{Form, Key, LIGHT, Mark, Panel, Picture};
use crate::words::count;

pub(crate) fn draw(saved: &Saved, form: Form) -> Result<Vec<Figure>> {
    let loss = Quantity { x_label: "loss (nats)", density: "density (1/nat)", normal: false };
    Ok(vec![Figure::drawing("loss-density", figure(saved, form, &loss)?)])
}

/// What tells the figures of loss and of log loss apart.
pub(crate) struct Quantity {
    pub x_label: &'static str,
    pub density: &'static str,
    /// Whether normal fits are drawn.
    pub normal: bool,
}

/// Densities on the left, distribution functions on the right.
pub(crate) fn figure(saved: &Saved, form: Form, of: &Quantity) -> Result<String> {
    let density: Vec<DensityPoint> = saved.table("density.csv")?;
    let ecdf: Vec<EcdfPoint> = saved.table("ecdf.csv")?;
    let summary: Vec<Summary> = saved.table("summary.csv")?;
    let exact: Vec<ExactDensityPoint> = saved.optional_table("density_exact.csv")?;
    let masks = summary.first().map_or(0, |row| row.masks);
    let means: Vec<_> = summary.iter().map(|row| (row.p, row.mean)).collect();
    let x = span(density.iter().map(|row| row.x));
    let heights =
        density.iter().map(|row| if of.normal { row.density.max(row.normal) } else { row.density });
    let y = density_range(heights.chain(exact.iter().map(|row| row.density)));
    let (density, ecdf) = (groups(density, |row| row.p), groups(ecdf, |row| row.p));
    let exact = groups(exact, |row| row.p);

    let mut keys = keys_of_p(density.iter().map(|(p, _)| *p));
    if of.normal {
        keys.push(Key::new(Mark::Dotted(LIGHT.faint), "normal fit"));
    }
    if !exact.is_empty() {
        keys.push(exact_key());
    }
    keys.push(Key::new(Mark::None, "▼ mean"));
    keys.push(Key::new(Mark::None, "p: probability that a node is on"));
    let sample = [Some(format!("{} masks for each p", count(masks))), kernel(saved)];
    let sample: Vec<_> = sample.into_iter().flatten().collect();
    let picture = Picture {
        width: form.width(),
        keys,
        panels: vec![form.panels(2, 2, 310.0)],
        caption: vec![caption(saved, &sample)],
    };
    picture.svg(|panels| {
        let panel = Panel { x_label: of.x_label, x: x.clone(), ..Panel::default() };
        let left = Panel { title: "density", y_label: of.density, y, ..panel.clone() };
        let plot = left.open(&panels[0])?;
        densities(&plot, &density, &means, of.normal)?;
        for (_, rows) in &exact {
            exact_line(&plot, rows.iter().map(|row| (row.x, row.density)))?;
        }
        let title = "distribution function";
        let right = Panel { title, y_label: "share of masks at or below", y: 0.0..1.0, ..panel };
        let plot = right.open(&panels[1])?;
        for (index, (p, rows)) in ecdf.iter().enumerate() {
            let colour = LIGHT.of_p(*p, index);
            let shown = || rows.iter().filter(|row| x.contains(&row.x));
            if of.normal {
                plot.dotted(shown().map(|row| (row.x, row.normal)).collect(), colour, 1.5)?;
            }
            // The function is 0 before the sample and 1 after it.
            let steps = shown().map(|row| (row.x, row.fraction));
            let ends = rows.last().filter(|row| x.contains(&row.x)).map(|_| (x.end, 1.0));
            plot.line([(x.start, 0.0)].into_iter().chain(steps).chain(ends), colour, 1.75)?;
            if let Some((_, mean)) = means.iter().find(|(of, _)| of == p) {
                plot.mark_below(*mean, colour)?;
            }
        }
        for (_, rows) in &exact {
            let shown = rows.iter().filter(|row| x.contains(&row.x));
            exact_line(&plot, shown.map(|row| (row.x, row.fraction)))?;
        }
        Ok(())
    })
}
