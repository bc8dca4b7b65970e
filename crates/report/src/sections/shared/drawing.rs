//! What several sections draw alike.

use std::ops::Range;

use serde_json::Value;

use super::rows::DensityPoint;
use super::task::{DIGITS, OWN};
use crate::error::Result;
use crate::record::Saved;
use crate::style::{Key, LIGHT, Mark, Plot};
use crate::words::{count, fixed, number};

/// More nodes than this are not drawn one by one.
pub(crate) const MOST_NODES: usize = 64;

/// The caption line that every figure has: the network, the ablation, the sample, and the seed.
pub(crate) fn caption(saved: &Saved, sample: &[String]) -> String {
    let ablation = saved.parameter("ablation").and_then(Value::as_str);
    caption_under(saved, ablation, sample)
}

/// [`caption`] for a figure whose ablation is not the run's.
pub(crate) fn caption_under(saved: &Saved, ablation: Option<&str>, sample: &[String]) -> String {
    let run = &saved.manifest().run;
    let text = |name: &str| saved.parameter(name).and_then(Value::as_str);
    let sizes = saved.parameter("sizes").and_then(Value::as_array);
    // Records name the activation function only where it is not the ReLU.
    let network = sizes.and_then(|sizes| {
        let sizes: Option<Vec<_>> =
            sizes.iter().map(|size| Some(size.as_u64()?.to_string())).collect();
        let activation = text("activation").map_or_else(String::new, |name| format!("{name} "));
        sizes.map(|sizes| format!("{} {activation}network", sizes.join("\u{2013}")))
    });
    // Points from a file carry labels of their own.
    let data = text("data").filter(|_| text("points").is_none());
    let is_circle = saved.parameter("circle_radius").is_some_and(Value::is_number);
    let data = data.map(|data| match data {
        data if is_circle => data.to_owned(),
        DIGITS => "handwritten digits".to_owned(),
        data if data.starts_with(OWN) => "given points".to_owned(),
        data => format!("{data} data"),
    });
    let ablation = ablation.map(|kind| format!("{kind} ablation"));
    let points = saved.parameter("n_points").and_then(Value::as_u64);
    let points = points.map(|points| format!("{} evaluation points", count(points as usize)));
    let seed = format!("seed {}", run.seed);
    let value = is_divergence(saved).then(|| "loss: divergence from the full network".to_owned());
    let before = network.into_iter().chain(data).chain(ablation).chain(value);
    let parts: Vec<_> = before.chain(sample.iter().cloned()).chain(points).chain([seed]).collect();
    parts.join(" · ")
}

/// Whether a section measures masks by their divergence from the full network's output, which its record
/// then means by loss.
pub(crate) fn is_divergence(saved: &Saved) -> bool {
    saved.parameter("value").and_then(Value::as_str) == Some("kl")
}

/// What loss and ln(loss) are in a section, where they are not what their names say.
pub(crate) fn value_in_words(saved: &Saved) -> Option<String> {
    let entropy = saved.parameter("output_entropy").and_then(Value::as_f64)?;
    is_divergence(saved).then(|| {
        format!(
            "Loss here is the mean Kullback–Leibler divergence from the full network’s output, in nats, \
             which needs no labels and is 0 at the full network. ln(loss) is the logarithm of that and \
             {}, the entropy of the full network’s output: together they are a cross-entropy with the \
             full network’s class probabilities for labels.",
            fixed(entropy, 4)
        )
    })
}

/// The words for the kernel that smoothed a density.
pub(crate) fn kernel(saved: &Saved) -> Option<String> {
    let sd = saved.parameter("kernel_sd").and_then(Value::as_f64)?;
    Some(format!("Gaussian kernel of sd {}", number(sd)))
}

/// Rows that belong together, in order of their first appearance.
pub(crate) fn groups<T, K: PartialEq>(rows: Vec<T>, key: impl Fn(&T) -> K) -> Vec<(K, Vec<T>)> {
    let mut groups: Vec<(K, Vec<T>)> = Vec::new();
    for row in rows {
        let of = key(&row);
        match groups.iter_mut().find(|(key, _)| *key == of) {
            Some((_, members)) => members.push(row),
            None => groups.push((of, vec![row])),
        }
    }
    groups
}

/// The least and the greatest of some values; 0 to 1 where there are none.
pub(crate) fn span(values: impl IntoIterator<Item = f64>) -> Range<f64> {
    let finite = values.into_iter().filter(|value| value.is_finite());
    let (low, high) =
        finite.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(v), h.max(v)));
    if low < high {
        low..high
    } else if low.is_finite() {
        // If all values are equal, the axis still needs a length.
        low - 0.5..low + 0.5
    } else {
        0.0..1.0
    }
}

/// A range with some of its length added below and above.
pub(crate) fn padded(range: &Range<f64>, below: f64, above: f64) -> Range<f64> {
    let length = range.end - range.start;
    range.start - below * length..range.end + above * length
}

/// The value that a share of the values lies at or below; 1 if there are none.
pub(crate) fn quantile(values: impl IntoIterator<Item = f64>, share: f64) -> f64 {
    let mut values: Vec<f64> = values.into_iter().filter(|value| value.is_finite()).collect();
    values.sort_by(f64::total_cmp);
    let last = values.len().saturating_sub(1);
    let value = values.get((share * last as f64).round() as usize).copied().unwrap_or(1.0);
    if value == 0.0 { 1.0 } else { value }
}

/// Rounds up to two significant digits, so that a scale can be named exactly. A scale is positive,
/// and far enough from the ends of f64 to be computed with.
pub(crate) fn round_up(value: f64) -> f64 {
    let value = value.clamp(1e-290, 1e290);
    let unit = 10_f64.powi(value.abs().log10().floor() as i32 - 1);
    let rounded = (value / unit).ceil() * unit;
    // Powers of ten are inexact; what is printed should be what is used.
    format!("{rounded:.1e}").parse().unwrap_or(rounded)
}

/// Densities at each p, their normal fits if asked for, and the means marked.
pub(crate) fn densities(
    plot: &Plot,
    groups: &[(f64, Vec<DensityPoint>)],
    means: &[(f64, f64)],
    normal: bool,
) -> Result<()> {
    for (index, (p, rows)) in groups.iter().enumerate() {
        let colour = LIGHT.of_p(*p, index);
        if normal {
            plot.dotted(rows.iter().map(|row| (row.x, row.normal)).collect(), colour, 1.5)?;
        }
        plot.line(rows.iter().map(|row| (row.x, row.density)), colour, 1.75)?;
        if let Some((_, mean)) = means.iter().find(|(of, _)| of == p) {
            plot.mark_below(*mean, colour)?;
        }
    }
    Ok(())
}

/// The keys of curves at each p; of the first ones, if they would take up the figure.
pub(crate) fn keys_of_p(values: impl Iterator<Item = f64>) -> Vec<Key> {
    const MOST: usize = 24;
    let key = |(index, p): (usize, f64)| {
        Key::new(Mark::Line(LIGHT.of_p(p, index)), format!("p = {}", number(p)))
    };
    values.take(MOST).enumerate().map(key).collect()
}

/// The key of exact curves that are laid over sampled ones.
pub(crate) fn exact_key() -> Key {
    Key::new(Mark::ThinLine(LIGHT.ink), "exact, all masks")
}

/// An exact curve over a sampled one: so thin that the sampled one shows on both sides of it.
pub(crate) fn exact_line(plot: &Plot, points: impl Iterator<Item = (f64, f64)>) -> Result<()> {
    plot.line(points, LIGHT.ink, 0.75)
}

/// Room for a density curve: from 0 to a little above the highest.
pub(crate) fn density_range(heights: impl IntoIterator<Item = f64>) -> Range<f64> {
    0.0..span(heights).end * 1.06
}

/// The columns of a sheet with a panel for each of `n` nodes, in the wide form.
pub(crate) fn sheet(n: usize) -> usize {
    if n <= 25 { n.clamp(1, 5) } else { 8 }
}

/// The title of a node's panel on a sheet with so many columns in the wide form.
pub(crate) fn node_title(node: usize, what: &str, columns: usize) -> String {
    if columns > 5 { format!("{node} · {what}") } else { format!("node {node} · {what}") }
}

/// A caption line for a sheet that does not show every node.
pub(crate) fn shown(nodes: usize) -> Option<String> {
    (nodes > MOST_NODES).then(|| format!("The first {MOST_NODES} of {nodes} nodes are shown."))
}
