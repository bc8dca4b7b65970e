//! The best-subset frontier: how low the loss gets with so many nodes on.

use plotters::style::RGBColor;

use super::Hypercube;
use crate::error::Result;
use crate::sections::hypercube::rows::FrontierRow;
use crate::sections::shared::drawing::{padded, span};
use crate::style::{Key, LIGHT, Mark, Panel};

/// From this ratio of the largest to the smallest loss on, the axis is logarithmic.
const LOGARITHMIC: f64 = 8.0;

/// Width of the best masks' line in pixels: a search that finds them shows on top of it.
const BEST: f64 = 5.0;

pub(crate) fn draw(hypercube: &Hypercube) -> Result<String> {
    let rows: Vec<FrontierRow> = hypercube.saved.table("frontier.csv")?;
    let losses = rows.iter().flat_map(|r| [r.best, r.greedy, r.taylor, r.median, r.worst]);
    let reach = span(losses);
    let log = reach.start > 0.0 && reach.end / reach.start >= LOGARITHMIC;
    let place = |loss: f64| if log { loss.log10() } else { loss };
    let panel = Panel {
        title: "loss by number of nodes on",
        x_label: "nodes on",
        y_label: if log { "loss (nats), logarithmic" } else { "loss (nats)" },
        x: 0.0..hypercube.n().max(1) as f64,
        y: padded(&(place(reach.start)..place(reach.end)), 0.05, 0.05),
        ticks: (hypercube.ticks(), 7),
        log_y: log,
        ..Panel::default()
    };
    let [best, gradient, greedy] = [LIGHT.p[1], LIGHT.p[0], LIGHT.ink];
    let keys = vec![
        Key::new(Mark::ThickLine(best), "best of all masks"),
        Key::new(Mark::LineAndDot(greedy), "greedy: one by one, remove what costs least"),
        Key::new(Mark::LineAndDot(gradient), "by gradient: one by one, as the gate gradient says"),
        Key::new(Mark::Line(LIGHT.faint), "median"),
        Key::new(Mark::Dotted(LIGHT.faint), "worst"),
        Key::new(Mark::Band(LIGHT.faint), "best to worst"),
    ];
    hypercube.picture(keys, hypercube.form.panels(1, 1, 390.0), []).svg(|panels| {
        let plot = panel.open(&panels[0])?;
        let along = |value: fn(&FrontierRow) -> f64| -> Vec<(f64, f64)> {
            rows.iter().map(|row| (row.size as f64, place(value(row)))).collect()
        };
        let searched =
            |value, colour: RGBColor| plot.line_and_dots(&along(value), colour, (1.5, 3.0));
        let (low, high) = (along(|row| row.best), along(|row| row.worst));
        let band: Vec<_> = low.iter().zip(&high).map(|(l, h)| (l.0, l.1, h.1)).collect();
        plot.band(&band, LIGHT.faint)?;
        plot.dotted(high, LIGHT.faint, 1.75)?;
        plot.line(along(|row| row.median), LIGHT.faint, 1.75)?;
        plot.line(low, best, BEST)?;
        searched(|row| row.taylor, gradient)?;
        searched(|row| row.greedy, greedy)
    })
}
