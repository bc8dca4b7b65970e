//! What a section of the page says, and sentences that several sections say alike.

use super::results::{masks, nodes};
use super::rows::ExactCheck;
use super::task::Window;
use crate::record::{Array, Saved};
use crate::words::{counted, fixed};

/// What a section has to say, before the page adds what it adds to every section.
#[derive(Debug, Default)]
pub(crate) struct Told {
    /// The section's title in the contents.
    pub title: &'static str,
    /// Its questions with their answers; the first one is the section's.
    pub parts: Vec<Part>,
    /// Figures that say more.
    pub more: Vec<Shown>,
    /// Tables of numbers.
    pub tables: Vec<Table>,
}

/// A question, and what was found.
#[derive(Debug, Default)]
pub(crate) struct Part {
    /// The question.
    pub question: &'static str,
    /// The answer in a sentence without its full stop, as strong as its numbers are.
    pub finding: String,
    /// What it rests on in a line: the number that says it, and what that was measured over; may be empty.
    pub rests_on: String,
    /// What was done, and with which numbers it was found.
    pub words: Vec<String>,
    /// What only some will want to read.
    pub details: Vec<String>,
    /// The figure beside the words.
    pub figure: Option<Shown>,
    /// The live piece under them, by the name that its script goes by.
    pub live: Option<&'static str>,
}

/// A figure to show.
#[derive(Debug)]
pub(crate) struct Shown {
    /// Its file name without the extension.
    pub name: &'static str,
    /// What it shows, with its numbers, for those who do not see it.
    pub alt: String,
    /// What to look at.
    pub caption: String,
    /// The files that it is drawn from.
    pub data: &'static [&'static str],
}

/// A table whose first column names the rows.
#[derive(Debug, Default)]
pub(crate) struct Table {
    /// What it shows.
    pub caption: String,
    /// Names of the columns.
    pub head: Vec<String>,
    /// Cells, as many in each row as there are columns.
    pub rows: Vec<Vec<String>>,
    /// Whether the last column is of sentences, which are broken into lines.
    pub prose: bool,
}

impl Table {
    /// A table without rows.
    pub fn new(caption: impl Into<String>, head: &[&str]) -> Self {
        let head = head.iter().map(|&name| name.to_owned()).collect();
        Self { caption: caption.into(), head, rows: Vec::new(), prose: false }
    }

    /// Adds a row.
    pub fn row(&mut self, cells: impl Into<Vec<String>>) {
        self.rows.push(cells.into());
    }
}

/// How many exact values the sampled intervals contain; nothing where none are known.
pub(crate) fn contained(checks: &[ExactCheck]) -> Option<String> {
    let inside = checks.iter().filter(|check| check.inside).count();
    (!checks.is_empty()).then(|| {
        format!(
            "The sampled numbers can be checked: of {} at 95\u{a0}% confidence, {inside} contain \
             the exact value.",
            counted(checks.len(), "interval")
        )
    })
}

/// What is said of the exact densities of gate gradients in a section's text, and what in captions;
/// nothing where none are recorded.
pub(crate) fn exact_gradients(saved: &Saved) -> Option<(String, &'static str)> {
    let n = nodes(saved).filter(|_| saved.has("density_exact.csv"))?;
    let text = format!(
        "The thin curves are exact: they are made from the gate gradients of every node at all {} \
         masks, each mask with its probability, and smoothed by the same kernel.",
        masks(n)
    );
    Some((text, " Thin black (white on dark): exact, over all masks."))
}

/// The exact value beside a sampled one.
pub(crate) fn exact(
    checks: &[ExactCheck],
    quantity: &str,
    p: Option<f64>,
    statistic: &str,
) -> Option<f64> {
    let found = checks
        .iter()
        .find(|check| check.quantity == quantity && check.p == p && check.statistic == statistic);
    found.map(|check| check.exact)
}

/// A map's mean inside and outside of a circle in words, or its range if there is no circle. The
/// map shows the `window`.
pub(crate) fn in_and_out(map: &Array, window: Window, radius: Option<f64>) -> String {
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
pub(crate) fn shown(
    name: &'static str,
    data: &'static [&'static str],
    caption: impl Into<String>,
    alt: impl Into<String>,
) -> Shown {
    Shown { name, alt: alt.into(), caption: caption.into(), data }
}
