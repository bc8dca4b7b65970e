//! How much of the variance comes from interactions of how many nodes.

use plotters::style::text_anchor::{HPos, VPos};

use super::{Hypercube, decimal};
use crate::error::Result;
use crate::sections::hypercube::rows::SpectrumRow;
use crate::style::{Canvas, Key, LIGHT, Mark, Panel};
use crate::words::fixed;

pub(crate) fn draw(hypercube: &Hypercube) -> Result<String> {
    let rows: Vec<SpectrumRow> = hypercube.saved.table("spectrum.csv")?;
    let log_loss = shares(rows.iter().map(|row| row.log_loss_weight));
    let loss = shares(rows.iter().map(|row| row.loss_weight));
    let last = last_shown(log_loss.iter().zip(&loss).map(|(a, b)| a.max(*b)));
    let most = log_loss.iter().chain(&loss).fold(0.01_f64, |most, &share| most.max(share));
    let keys = vec![
        Key::new(Mark::Patch(LIGHT.even), "even degree: the same in the reversal"),
        Key::new(Mark::Patch(LIGHT.odd), "odd degree: of opposite sign in the reversal"),
    ];
    let beyond = |shares: &[f64]| fixed(100.0 * shares.iter().skip(last).sum::<f64>(), 2);
    let beyond = (last < loss.len()).then(|| {
        let [log_loss, loss] = [&log_loss, &loss].map(|shares| beyond(shares));
        format!("not shown: degrees above {last}, {log_loss}\u{a0}% of the variance of ln(loss), {loss}\u{a0}% of that of loss")
    });
    hypercube.picture(keys, hypercube.form.panels(2, 2, 370.0), beyond).svg(|panels| {
        let top = 105.0 * most;
        panel(&panels[0], "ln(loss)", &log_loss, (last, top))?;
        panel(&panels[1], "loss", &loss, (last, top))
    })
}

/// Shares of the variance of degrees 1 and up; degree 0 is the mean.
fn shares(weights: impl Iterator<Item = f64>) -> Vec<f64> {
    let weights: Vec<f64> = weights.skip(1).collect();
    let variance: f64 = weights.iter().sum();
    weights.iter().map(|weight| if variance > 0.0 { weight / variance } else { 0.0 }).collect()
}

/// The last degree with a share that a bar can show, of the shares of degrees 1 and up.
pub(super) fn last_shown(shares: impl Iterator<Item = f64>) -> usize {
    const LEAST: f64 = 5e-4;
    let shown = shares.enumerate().filter(|(_, share)| *share >= LEAST);
    shown.last().map_or(1, |(index, _)| index + 1)
}

fn percent(share: f64) -> String {
    fixed(100.0 * share, 1)
}

/// Shares of a variance by degree, up to a last one, in per cent up to `top`.
fn panel(canvas: &Canvas, title: &str, shares: &[f64], (last, top): (usize, f64)) -> Result<()> {
    let odd: f64 = shares.iter().step_by(2).sum();
    let even: f64 = shares.iter().skip(1).step_by(2).sum();
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
        x: 0.4..last as f64 + 0.6,
        y: 0.0..top,
        ticks: (last, 6),
        ..Panel::default()
    }
    .open(&body)?;
    for (index, share) in shares.iter().take(last).enumerate() {
        let degree = (index + 1) as f64;
        let colour = if index % 2 == 1 { LIGHT.even } else { LIGHT.odd };
        plot.bar((degree - 0.38, 0.0), (degree + 0.38, 100.0 * share), colour)?;
    }
    Ok(())
}
