//! Where the variance of the loss lies in the spectrum, and how it is lost along flip paths.

use plotters::style::text_anchor::{HPos, VPos};

use super::rows::{DegreeWeight, SampledCovariance, SampledMoment};
use crate::error::Result;
use crate::record::Saved;
use crate::sections::shared::drawing::{WIDTH, caption, padded, span};
use crate::style::{Canvas, Key, LIGHT, Mark, Panel, Picture};
use crate::words::{count, fixed};

/// Shares of the variance of the loss by degree.
pub(super) struct Shares {
    /// Of single nodes and of pairs, exact but for the variance itself.
    pub known: Vec<f64>,
    /// Of all higher degrees, and its 95 % interval.
    pub rest: [f64; 3],
}

impl Shares {
    /// None where the loss does not vary.
    pub fn new(saved: &Saved) -> Result<Option<Self>> {
        let spectrum: Vec<DegreeWeight> = saved.table("spectrum.csv")?;
        let sampled: Vec<SampledMoment> = saved.table("sampled.csv")?;
        let of_loss = |row: &&SampledMoment| row.quantity == "loss" && row.statistic == "variance";
        let Some(variance) = sampled.iter().find(of_loss).filter(|row| row.estimate > 0.0) else {
            return Ok(None);
        };
        let weights = spectrum.iter().filter(|row| row.degree > 0).map(|row| row.loss_weight);
        let known: Vec<f64> = weights.map(|weight| weight / variance.estimate).collect();
        let all: f64 = known.iter().sum();
        let rest = [variance.estimate, variance.low, variance.high];
        // A weight is not negative, though its interval may reach there.
        let rest = rest.map(|value| (value / variance.estimate - all).max(0.0));
        Ok(Some(Self { known, rest }))
    }
}

pub(super) fn svg(saved: &Saved) -> Result<String> {
    let covariances: Vec<SampledCovariance> = saved.table("flip_covariance.csv")?;
    let sample = "p = ½, all masks of the last hidden layer".to_owned();
    let caption = vec![caption(saved, &[sample])];
    let picture = Picture { width: WIDTH, height: 400.0, caption };
    picture.svg(|canvas| {
        let body = canvas.legend(&[
            Key::new(Mark::Patch(LIGHT.p[1]), "exact"),
            Key::new(Mark::Patch(LIGHT.other_p[1]), "sampled"),
            Key::new(Mark::Dot(LIGHT.p[1]), "loss"),
            Key::new(Mark::Dotted(LIGHT.p[1]), "its degrees 1 and 2, exact"),
            Key::new(Mark::Dot(LIGHT.path), "ln(loss)"),
            Key::new(Mark::None, "with 95 % intervals"),
        ])?;
        let panels = body.grid(1, 2);
        by_degree(&panels[0], Shares::new(saved)?.as_ref())?;
        along_paths(&panels[1], &covariances)
    })
}

fn by_degree(canvas: &Canvas, shares: Option<&Shares>) -> Result<()> {
    let panel = Panel {
        title: "variance of the loss by degree",
        x_label: "degree: number of nodes that interact",
        y_label: "share of the variance (%)",
        x: 0.4..3.6,
        y: 0.0..112.0,
        ticks: (0, 6),
        ..Panel::default()
    };
    let plot = panel.open(canvas)?;
    let Some(shares) = shares else { return Ok(()) };
    let bar = |degree: usize, name: &str, share: f64, colour| {
        let (x, y) = (degree as f64, 100.0 * share);
        plot.bar((x - 0.38, 0.0), (x + 0.38, y), colour)?;
        let words = format!("{name}: {} %", fixed(y, 2));
        plot.text(&words, 11.0, (x, y), (0.0, -9.0), (HPos::Center, VPos::Center))
    };
    for (k, &share) in shares.known.iter().enumerate() {
        bar(k + 1, &count(k + 1), share, LIGHT.p[1])?;
    }
    let [rest, low, high] = shares.rest;
    bar(3, "3 and more", rest, LIGHT.other_p[1])?;
    plot.line([(3.0, 100.0 * low), (3.0, 100.0 * high)], LIGHT.ink, 1.25)
}

fn along_paths(canvas: &Canvas, rows: &[SampledCovariance]) -> Result<()> {
    let all = rows.iter().flat_map(|r| [r.loss_low, r.loss_high, r.log_loss_low, r.log_loss_high]);
    let most = rows.last().map_or(1, |row| row.flips.max(1)) as f64;
    let panel = Panel {
        title: "covariance along flip paths",
        x_label: "flips from a random mask",
        y_label: "covariance (nats²; ln(loss): no unit)",
        x: -0.02 * most..1.02 * most,
        y: padded(&span(all.chain([0.0])), 0.06, 0.06),
        ..Panel::default()
    };
    let plot = panel.open(canvas)?;
    plot.line([(panel.x.start, 0.0), (panel.x.end, 0.0)], LIGHT.ink, 0.75)?;
    let x = |row: &SampledCovariance| row.flips as f64;
    plot.dotted(rows.iter().map(|r| (x(r), r.loss_known)).collect(), LIGHT.p[1], 1.5)?;
    for row in rows {
        let at = x(row);
        plot.line([(at, row.log_loss_low), (at, row.log_loss_high)], LIGHT.path, 1.25)?;
        plot.dot((at, row.log_loss_covariance), 2.5, LIGHT.path)?;
        plot.line([(at, row.loss_low), (at, row.loss_high)], LIGHT.p[1], 1.25)?;
        plot.dot((at, row.loss_covariance), 2.5, LIGHT.p[1])?;
    }
    Ok(())
}
