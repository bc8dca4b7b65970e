//! What each section has to say.

mod density;
mod ensemble;
mod flip_paths;
mod gradient_heatmap;
mod gradients;
mod hypercube;
mod node_on;
mod prediction_heatmap;
mod train;

use super::parts::{Shown, Told};
use super::results::Results;
use super::words::{counted, fixed};
use crate::error::Result;
use crate::records::ExactCheck;
use crate::saved::{Array, Saved};
use crate::task::Window;

/// What a section has to say; nothing but its name for one that is not known here.
pub(super) fn tell(saved: &Saved, results: &Results) -> Result<Told> {
    match saved.manifest().section.as_str() {
        "train" => train::tell(saved),
        "prediction-heatmap" => prediction_heatmap::tell(saved, results),
        "loss-density" => density::loss(saved),
        "log-loss-density" => density::log_loss(saved),
        "gradients" => gradients::tell(saved, results),
        "node-on" => node_on::tell(saved, results),
        "flip-paths" => flip_paths::tell(saved, results),
        "gradient-heatmap" => gradient_heatmap::tell(saved, results),
        "hypercube" => hypercube::tell(saved),
        "ensemble" => ensemble::tell(saved),
        _ => Ok(Told::default()),
    }
}

/// How many exact values the sampled intervals contain; nothing where none are known.
fn contained(checks: &[ExactCheck]) -> Option<String> {
    let inside = checks.iter().filter(|check| check.inside).count();
    (!checks.is_empty()).then(|| {
        format!(
            "The sampled numbers can be checked: of {} at 95\u{a0}% confidence, {inside} contain \
             the exact value.",
            counted(checks.len(), "interval")
        )
    })
}

/// The exact value beside a sampled one.
fn exact(checks: &[ExactCheck], quantity: &str, p: Option<f64>, statistic: &str) -> Option<f64> {
    let found = checks
        .iter()
        .find(|check| check.quantity == quantity && check.p == p && check.statistic == statistic);
    found.map(|check| check.exact)
}

/// A map's mean inside and outside of a circle in words, or its range if there is no circle. The
/// map shows the `window`.
fn in_and_out(map: &Array, window: Window, radius: Option<f64>) -> String {
    let side = map.shape.last().copied().unwrap_or(0);
    let Some(radius) = radius else {
        let (low, high) =
            map.data.iter().fold((f64::INFINITY, 0.0_f64), |(l, h), &v| (l.min(v), h.max(v)));
        return format!("it ranges from {} to {}", fixed(low, 2), fixed(high, 2));
    };
    let mut sums = [(0.0, 0.0); 2];
    for (pixel, value) in map.data.iter().enumerate() {
        let (x, y) = window.centre(pixel, side);
        let distance = x.hypot(y);
        let sum = &mut sums[usize::from(distance > radius)];
        *sum = (sum.0 + value, sum.1 + 1.0);
    }
    let [inside, outside] = sums.map(|(sum, number)| sum / number);
    format!(
        "its mean is {} inside the circle of radius {} and {} outside",
        fixed(inside, 2),
        fixed(radius, 3),
        fixed(outside, 2)
    )
}

/// A figure to show.
fn shown(
    name: &'static str,
    data: &'static [&'static str],
    caption: impl Into<String>,
    alt: impl Into<String>,
) -> Shown {
    Shown { name, alt: alt.into(), caption: caption.into(), data }
}
