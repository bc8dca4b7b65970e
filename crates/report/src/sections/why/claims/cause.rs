//! Depth, or the place of the margin?

use super::super::numbers::{Numbers, told, widths};
use super::super::rows::WhySummary;
use super::{Side, shapes, side};
use crate::words::listed;

/// What decides whether a network and its reversal are alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cause {
    /// Where the mean margin lies: any depth can be turned either way.
    Place,
    /// The same, but there are depths that no place makes alike.
    Both,
    /// Depth: no place makes several layers alike.
    Depth,
    Open,
}

/// The mean correlation of a shape at the bias, of those tried, at which it is highest.
fn peak<'a>(numbers: &'a Numbers, cell: &'a str) -> Option<&'a WhySummary> {
    let rows = numbers.along(("centring", cell), "shifted", "reversal_log_loss");
    rows.into_iter().max_by(|a, b| a.value.total_cmp(&b.value))
}

/// The cause, with the highest correlation of each shape with several layers.
fn cause(numbers: &Numbers) -> Option<(Cause, Vec<&WhySummary>)> {
    let (one, deep) = shapes(numbers, "centring");
    let peaks: Vec<&WhySummary> =
        deep.iter().map(|cell| peak(numbers, cell)).collect::<Option<_>>()?;
    let ends = |cell: &str| {
        let rows = numbers.along(("centring", cell), "shifted", "reversal_log_loss");
        [rows.first().copied(), rows.last().copied()]
    };
    let mut far = one.iter().chain(&deep).flat_map(|cell| ends(cell)).flatten();
    let turns = far.all(|row| side(row) == Side::Below);
    let on = |wanted: Side| peaks.iter().filter(|row| side(row) == wanted).count();
    let cause = match (on(Side::Above), on(Side::Below)) {
        (above, _) if above == peaks.len() && turns => Cause::Place,
        (above, _) if above > 0 && turns => Cause::Both,
        (_, below) if below == peaks.len() => Cause::Depth,
        _ => Cause::Open,
    };
    (!peaks.is_empty()).then_some((cause, peaks))
}

/// The shapes that a bias makes alike, and the others.
fn turned(peaks: &[&WhySummary]) -> (String, String) {
    let names = |wanted: bool| {
        let own = peaks.iter().filter(|row| (side(row) == Side::Above) == wanted);
        listed(&own.map(|row| widths(&row.cell)).collect::<Vec<_>>())
    };
    (names(true), names(false))
}

/// Observation 11 as a cause: whether depth decides the sign.
pub(crate) fn depth_as_a_cause(numbers: &Numbers) -> Option<&'static str> {
    cause(numbers).map(|(cause, _)| match cause {
        Cause::Place => "as a cause it fails: see why",
        Cause::Both => "as a cause it holds in part: see why",
        Cause::Depth => "as a cause it holds: see why",
        Cause::Open => "as a cause it is left open: see why",
    })
}

/// The same in a line.
pub(crate) fn centring_headline(numbers: &Numbers) -> &'static str {
    match cause(numbers).map(|(cause, _)| cause) {
        Some(Cause::Place) => {
            "Moving nothing but the output bias turns networks from alike to opposite, at every depth"
        }
        Some(Cause::Both) => {
            "Moving nothing but the output bias turns networks from alike to opposite; depth says how \
             alike they can be"
        }
        Some(Cause::Depth) => "It is depth: no output bias makes networks of several layers alike",
        Some(Cause::Open) | None => "What makes them alike is left open by these networks",
    }
}

/// Whether the number of layers decides the sign, or the place of the margin.
pub(crate) fn centring_verdict(numbers: &Numbers) -> Option<String> {
    let (cause, peaks) = cause(numbers)?;
    let shallow = shapes(numbers, "centring").0?;
    let one = peak(numbers, shallow)?;
    let (able, unable) = turned(&peaks);
    let verdict = match cause {
        Cause::Place => {
            "Of networks by the default recipe: with a bias in the right place those of every depth are \
             alike with their reversals, and far from it those of every depth are opposite: as a cause, observation 11 fails, for \
             at every depth the place of the mean margin decides the sign"
                .to_owned()
        }
        Cause::Both => format!(
            "Of networks by the default recipe: far from there those of every depth are opposite to their \
             reversals. At the bias, of those tried, that makes them most alike, not only those with \
             one layer are alike, but those with {able} nodes as well; those with {unable} are not, \
             as far as the intervals tell. As a cause, observation 11 holds only in \
             part: the place of the mean margin decides the sign, and depth how much room there is \
             for being alike"
        ),
        Cause::Depth => {
            "No bias makes networks with several layers alike with their reversals: as a cause, \
             observation 11 holds, for depth itself decides the sign"
                .to_owned()
        }
        Cause::Open => {
            "As a cause, observation 11 is left open: not every depth can be turned either way"
                .to_owned()
        }
    };
    let weaker = if peaks.iter().all(|row| row.high < one.low) { "less than" } else { "against" };
    let of = |row: &&WhySummary| format!("{} in {}", told(row), widths(&row.cell));
    Some(format!(
        "{verdict}. (At the bias, of those tried, at which it is highest, the mean correlation is {}; \
         {weaker} {} with one layer of {}.)",
        listed(&peaks.iter().map(of).collect::<Vec<_>>()),
        told(one),
        widths(shallow)
    ))
}
