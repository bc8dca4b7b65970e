//! How much of the variance comes from interactions of how many nodes.

use plotters::style::text_anchor::{HPos, VPos};

use super::{Hypercube, decimal};
use crate::error::Result;
use crate::sections::hypercube::rows::SpectrumRow;
use crate::sections::shared::drawing::WIDTH;
use crate::style::{Canvas, Key, LIGHT, Mark, Panel, Picture};
use crate::words::fixed;

pub(crate) fn draw(hypercube: &Hypercube) -> Result<String> {
    let rows: Vec<SpectrumRow> = hypercube.saved.table("spectrum.csv")?;
    let log_loss = shares(rows.iter().map(|row| row.log_loss_weight));
    let loss = shares(rows.iter().map(|row| row.loss_weight));
    let most = log_loss.iter().chain(&loss).fold(0.01_f64, |most, &share| most.max(share));
    let picture = Picture { width: WIDTH, height: 400.0, caption: hypercube.caption([]) };
    picture.svg(|canvas| {
        let body = canvas.legend(&[
            Key::new(Mark::Patch(LIGHT.even), "even degree: the same in the reversal"),
            Key::new(Mark::Patch(LIGHT.odd), "odd degree: of opposite sign in the reversal"),
        ])?;
        let panels = body.grid(1, 2);
        let top = 105.0 * most;
        panel(hypercube, &panels[0], "ln(loss)", &log_loss, top)?;
        panel(hypercube, &panels[1], "loss", &loss, top)
    })
}

/// Shares of the variance of degrees 1 and up; degree 0 is the mean.
fn shares(weights: impl Iterator<Item = f64>) -> Vec<f64> {
    let weights: Vec<f64> = weights.skip(1).collect();
    let variance: f64 = weights.iter().sum();
    weights.iter().map(|weight| if variance > 0.0 { weight / variance } else { 0.0 }).collect()
}

fn panel(
    hypercube: &Hypercube,
    canvas: &Canvas,
    title: &str,
    shares: &[f64],
    top: f64,
) -> Result<()> {
    let odd: f64 = shares.iter().step_by(2).sum();
    let even: f64 = shares.iter().skip(1).step_by(2).sum();
    let percent = |share: f64| fixed(100.0 * share, 1);
    let lines = [
        format!("even degrees {} %, odd degrees {} %", percent(even), percent(odd)),
        format!("difference {} = reversal correlation", decimal(even - odd)),
    ];
    let (words, body) = canvas.split_top(58.0);
    let middle = words.size().0 / 2.0 + 20.0;
    let anchor = (HPos::Center, VPos::Center);
    words.text(title, 12.5, LIGHT.ink, (middle, 16.0), anchor)?;
    for (line, y) in lines.iter().zip([35.0, 51.0]) {
        words.text(line, 11.0, LIGHT.ink, (middle, y), anchor)?;
    }
    let plot = Panel {
        x_label: "degree: number of nodes that interact",
        y_label: "share of the variance (%)",
        x: 0.4..shares.len().max(1) as f64 + 0.6,
        y: 0.0..top,
        ticks: (hypercube.ticks(), 6),
        ..Panel::default()
    }
    .open(&body)?;
    for (index, share) in shares.iter().enumerate() {
        let degree = (index + 1) as f64;
        let colour = if index % 2 == 1 { LIGHT.even } else { LIGHT.odd };
        plot.bar((degree - 0.38, 0.0), (degree + 0.38, 100.0 * share), colour)?;
    }
    Ok(())
}
