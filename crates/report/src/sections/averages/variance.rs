//! Where the variance of the loss lies in the spectrum, and how it is lost along flip paths.

use plotters::style::text_anchor::{HPos, VPos};

use super::rows::{DegreeWeight, PairedMoment, SampledCovariance, SampledMoment};
use crate::error::Result;
use crate::record::Saved;
use crate::sections::shared::drawing::{caption, padded, span};
use crate::style::{Canvas, Form, Key, LIGHT, Mark, Panel, Picture};
use crate::words::{count, fixed};

/// As many degrees are drawn one by one.
const DEGREES: usize = 4;

/// Shares of the variance of the loss by degree.
pub(super) struct Shares {
    /// Of the first degrees, exact but for the variance itself.
    pub known: Vec<f64>,
    /// Of all higher degrees, and its 95 % interval.
    pub rest: [f64; 3],
    /// Whether the rest is exact, too.
    pub is_exact: bool,
}

impl Shares {
    /// None where the loss does not vary.
    pub fn new(saved: &Saved) -> Result<Option<Self>> {
        let spectrum: Vec<DegreeWeight> = saved.table("spectrum.csv")?;
        let (variance, is_exact) = variance(saved)?;
        if variance[0].is_nan() || variance[0] <= 0.0 {
            return Ok(None);
        }
        let weights = spectrum.iter().filter(|row| (1..=DEGREES).contains(&row.degree));
        let known: Vec<f64> = weights.map(|row| row.loss_weight / variance[0]).collect();
        let all: f64 = known.iter().sum();
        // A weight is not negative, though its interval may reach there.
        let rest = variance.map(|value| (value / variance[0] - all).max(0.0));
        Ok(Some(Self { known, rest, is_exact }))
    }
}

/// The variance of the loss with its 95 % interval, from pairs of points if they were taken, and whether it is
/// exact.
fn variance(saved: &Saved) -> Result<([f64; 3], bool)> {
    let pairs: Vec<PairedMoment> = saved.optional_table("point_pairs.csv")?;
    if let Some(row) = pairs.iter().find(|row| row.statistic == "variance") {
        return Ok(([row.value, row.low, row.high], row.share == 1.0));
    }
    let sampled: Vec<SampledMoment> = saved.table("sampled.csv")?;
    let of_loss = |row: &&SampledMoment| row.quantity == "loss" && row.statistic == "variance";
    let row = sampled.iter().find(of_loss);
    Ok((row.map_or([f64::NAN; 3], |row| [row.estimate, row.low, row.high]), false))
}

pub(super) fn svg(saved: &Saved, form: Form) -> Result<String> {
    let covariances: Vec<SampledCovariance> = saved.table("flip_covariance.csv")?;
    let sample = "p = ½, all masks of the last hidden layer".to_owned();
    let caption = vec![caption(saved, &[sample])];
    let keys = vec![
        Key::new(Mark::Patch(LIGHT.p[1]), "exact"),
        Key::new(Mark::Patch(LIGHT.other_p[1]), "sampled"),
        Key::new(Mark::Dot(LIGHT.p[1]), "loss"),
        Key::new(Mark::Dotted(LIGHT.p[1]), "its degrees 1 and 2, exact"),
        Key::new(Mark::Dot(LIGHT.path), "ln(loss)"),
        Key::new(Mark::None, "with 95 % intervals"),
        Key::new(Mark::ThinLine(LIGHT.ink), "zero"),
    ];
    let panels = vec![form.panels(2, 2, 370.0)];
    Picture { width: form.width(), keys, panels, caption }.svg(|panels| {
        by_degree(&panels[0], Shares::new(saved)?.as_ref())?;
        along_paths(&panels[1], &covariances)
    })
}

fn by_degree(canvas: &Canvas, shares: Option<&Shares>) -> Result<()> {
    let known = shares.map_or(2, |shares| shares.known.len().max(2));
    let names: Vec<String> =
        (1..=known).map(count).chain([format!("≥ {}", count(known + 1))]).collect();
    let panel = Panel {
        title: "variance of the loss by degree",
        x_label: "degree: number of nodes that interact",
        y_label: "share of the variance (%)",
        x: -0.6..known as f64 + 0.6,
        y: 0.0..112.0,
        ticks: (0, 6),
        names: &names,
        ..Panel::default()
    };
    let plot = panel.open(canvas)?;
    let Some(shares) = shares else { return Ok(()) };
    let bar = |place: usize, share: f64, colour| {
        let (x, y) = (place as f64, 100.0 * share);
        plot.bar((x - 0.38, 0.0), (x + 0.38, y), colour)?;
        let words = format!("{} %", fixed(y, 2));
        plot.text(&words, 11.0, (x, y), (0.0, -9.0), (HPos::Center, VPos::Center))
    };
    for (k, &share) in shares.known.iter().enumerate() {
        bar(k, share, LIGHT.p[1])?;
    }
    let [rest, low, high] = shares.rest;
    bar(known, rest, if shares.is_exact { LIGHT.p[1] } else { LIGHT.other_p[1] })?;
    let at = known as f64;
    plot.line([(at, 100.0 * low), (at, 100.0 * high)], LIGHT.ink, 1.25)
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
