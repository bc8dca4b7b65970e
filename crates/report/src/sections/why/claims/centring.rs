//! The output bias moved, and single layers reversed.

use super::super::numbers::{Numbers, told, widths};
use super::super::rows::WhySummary;
use super::{Side, alike, shapes, side};
use crate::words::{count, fixed, listed};

/// What the output bias does in networks with one layer.
pub(crate) fn centring_one(numbers: &Numbers) -> Option<String> {
    let (one, _) = shapes(numbers, "centring");
    let of = ("centring", one?);
    let find = |setting, at, quantity| numbers.mean(of, (setting, at), quantity);
    let own = find("own", 0.0, "reversal_log_loss")?;
    let offset = find("own", 0.0, "offset")?;
    let best = find("shifted", 0.0, "reversal_log_loss")?;
    let all = numbers.along(of, "shifted", "reversal_log_loss");
    let (first, last) = (all.first()?, all.last()?);
    let moves = if best.low > own.high {
        "rises to"
    } else if best.high < own.low {
        "falls to"
    } else {
        "is about the same,"
    };
    let ends = if alike(first) == alike(last) {
        format!("{} on both sides", alike(first))
    } else {
        format!("{} below and {} above", alike(first), alike(last))
    };
    Some(format!(
        "In {} networks with one hidden layer of {} nodes the correlation is {} on average, with the \
         bias {} standard deviations of the margin from the best place. Put there, the correlation \
         {moves} {}. {} standard deviations below and {} above it is {} and {}: a sub-network and its \
         reversal are {ends}.",
        count(own.networks),
        widths(one?),
        told(own),
        told(offset),
        told(best),
        fixed(first.at.abs(), 1),
        fixed(last.at, 1),
        told(first),
        told(last),
    ))
}

/// What the headline rests on: networks with one layer, at the best bias and at the ends.
pub(crate) fn centring_ends(numbers: &Numbers) -> Option<String> {
    let of = ("centring", shapes(numbers, "centring").0?);
    let best = numbers.mean(of, ("shifted", 0.0), "reversal_log_loss")?;
    let all = numbers.along(of, "shifted", "reversal_log_loss");
    let (first, last) = (all.first()?, all.last()?);
    Some(format!(
        "exact correlations in {} networks with one layer: {} on average at the best bias, {} and {} at {} \
         standard deviations below and {} above",
        count(best.networks),
        fixed(best.value, 2),
        fixed(first.value, 2),
        fixed(last.value, 2),
        fixed(first.at.abs(), 1),
        fixed(last.at, 1)
    ))
}

/// What is left of depth where random sub-networks do best, and under the recipe.
pub(crate) fn centring_depth(numbers: &Numbers) -> Option<String> {
    let (one, deep) = shapes(numbers, "centring");
    let of = |cell: &str, setting: &str| {
        numbers.mean(("centring", cell), (setting, 0.0), "reversal_log_loss")
    };
    let rows = |setting: &str| {
        deep.iter().map(|cell| Some((*cell, of(cell, setting)?))).collect::<Option<Vec<_>>>()
    };
    let (own, best) = (rows("own")?, rows("shifted")?);
    let words = |rows: &[(&str, &WhySummary)]| {
        let of = |(cell, row): &(&str, &WhySummary)| format!("{} in {}", told(row), widths(cell));
        listed(&rows.iter().map(of).collect::<Vec<_>>())
    };
    let centred = of(one?, "shifted")?;
    let one = of(one?, "own")?;
    let is_fact = side(one) == Side::Above && own.iter().all(|row| side(row.1) == Side::Below);
    let fact = if is_fact {
        "As a fact about networks trained like this observation 11 holds all the same"
    } else {
        "As a fact about networks trained like this observation 11 does not hold throughout"
    };
    let sides: Vec<Side> = best.iter().map(|row| side(row.1)).collect();
    let left = if sides.iter().all(|side| *side == Side::Above) {
        "at the bias at which random sub-networks do best, all of them are alike with their reversals"
    } else if sides.iter().all(|side| *side == Side::Below) {
        "even at the bias at which random sub-networks do best, all of them are opposite to their \
         reversals"
    } else {
        "at the bias at which random sub-networks do best, not all of them go the same way"
    };
    let weaker =
        if best.iter().all(|row| row.1.high < centred.low) { "less than" } else { "against" };
    Some(format!(
        "{fact}: with the bias that training gave, the correlation is {} with one layer, and {}. Yet \
         {left}: {}, {weaker} {} with one layer.",
        told(one),
        words(&own),
        words(&best),
        told(centred)
    ))
}

/// The same in a line, with the other nodes at random.
pub(crate) fn layers_headline(numbers: &Numbers) -> Option<String> {
    let (_, deep) = shapes(numbers, "centring");
    let rows: Vec<&WhySummary> = deep
        .iter()
        .flat_map(|cell| {
            numbers.along(("centring", cell), "layer, others at random", "reversal_log_loss")
        })
        .collect();
    let on = |wanted: Side| rows.iter().filter(|row| side(row) == wanted).count();
    let (alike, opposite) = (on(Side::Above), on(Side::Below));
    let words = match (alike, opposite) {
        _ if rows.is_empty() => return None,
        (alike, _) if alike == rows.len() => {
            "A layer reversed by itself is alike with its reversal"
        }
        (_, opposite) if opposite == rows.len() => {
            "A layer reversed by itself is opposite to its reversal"
        }
        (0, _) | (_, 0) => "Which layer it is these networks leave open",
        _ => {
            "No one layer: reversed by themselves, some are alike with their reversals, others opposite"
        }
    };
    Some(words.to_owned())
}

/// Which layer it is.
pub(crate) fn layers(numbers: &Numbers) -> Option<String> {
    let (_, deep) = shapes(numbers, "centring");
    let counted = |setting: &str| {
        let rows: Vec<&WhySummary> = deep
            .iter()
            .flat_map(|cell| numbers.along(("centring", cell), setting, "reversal_log_loss"))
            .collect();
        let on = |wanted: Side| rows.iter().filter(|row| side(row) == wanted).count();
        (!rows.is_empty()).then(|| {
            format!(
                "of {} layers {} are alike with their reversals and {} opposite",
                rows.len(),
                on(Side::Above),
                on(Side::Below)
            )
        })
    };
    let ends = |setting: &str| {
        let of = |cell: &&str| {
            let rows = numbers.along(("centring", cell), setting, "reversal_log_loss");
            let (first, last) = (rows.first()?, rows.last()?);
            Some(format!("{} and {} in {}", told(first), told(last), widths(cell)))
        };
        listed(&deep.iter().filter_map(of).collect::<Vec<_>>())
    };
    Some(format!(
        "Reversing a single layer of these networks while all other nodes are on, {}; with the other \
         nodes at random, {}. The first and the last layer, others at random: {}.",
        counted("layer, others on")?,
        counted("layer, others at random")?,
        ends("layer, others at random")
    ))
}
