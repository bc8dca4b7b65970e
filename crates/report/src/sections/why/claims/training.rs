//! Training, width, and sub-networks that are better or trained on.

use super::super::numbers::{Numbers, told, widths};
use super::super::rows::WhySummary;
use super::{Side, alike, side};
use crate::words::{count, listed, percent};

/// What training on the circle does to it, in a line.
pub(crate) fn training_headline(numbers: &Numbers) -> Option<String> {
    let cells = numbers.cells("training");
    let last = |deep: bool| {
        let cell = cells.iter().find(|c| c.starts_with("circle") && c.contains('-') == deep)?;
        numbers.along(("training", cell), "steps", "reversal_log_loss").last().copied()
    };
    let one = last(false)?;
    let two = last(true).map_or_else(String::new, |row| format!(", with two {}", alike(row)));
    Some(format!("Trained on the circle, they end {} with one layer{two}", alike(one)))
}

/// What training does to it.
pub(crate) fn training(numbers: &Numbers) -> Option<String> {
    let cells = numbers.cells("training");
    let circle = cells.iter().filter(|cell| cell.starts_with("circle"));
    let of = |cell: &&str| {
        let rows = numbers.along(("training", cell), "steps", "reversal_log_loss");
        let (first, last) = (rows.first()?, rows.last()?);
        let shape = cell.rsplit(", ").next().unwrap_or_default();
        Some(format!(
            "in networks of {} nodes it begins at {} ({} steps) and ends at {} ({} steps)",
            widths(shape),
            told(first),
            count(first.at as usize),
            told(last),
            count(last.at as usize)
        ))
    };
    let along: Vec<String> = circle.filter_map(of).collect();
    let ends = |deep: bool| {
        let own = cells.iter().filter(|cell| cell.contains('-') == deep);
        let last = |cell: &&str| {
            numbers.along(("training", cell), "steps", "reversal_log_loss").last().copied()
        };
        let rows: Vec<&WhySummary> = own.filter_map(last).collect();
        let on = |wanted: Side| rows.iter().filter(|row| side(row) == wanted).count();
        (rows.len(), on(Side::Above), on(Side::Below))
    };
    let ((one, one_above, one_below), (two, two_above, two_below)) = (ends(false), ends(true));
    // Those with one layer that are opposite although nothing about their depth makes them.
    let opposite = cells.iter().filter(|cell| !cell.contains('-')).filter_map(|cell| {
        let own = *numbers.along(("training", cell), "steps", "reversal_log_loss").last()?;
        let best = *numbers.along(("training", cell), "steps", "centred_log_loss").last()?;
        let kind = cell.rsplit_once(", ").map_or(*cell, |(kind, _)| kind);
        let words =
            || format!("{kind} ({} as trained, {} at the best bias)", told(own), told(best));
        (side(own) == Side::Below).then(words)
    });
    let opposite: Vec<String> = opposite.collect();
    let opposite = if opposite.is_empty() {
        String::new()
    } else {
        format!(
            " Opposite with one layer are {}: a single layer alone makes no network alike, and where the best \
             bias does not turn them, the place of the margin is not all there is.",
            listed(&opposite)
        )
    };
    (!along.is_empty()).then(|| {
        format!(
            "Along training on the circle, {}. Of all {one} recipes and data tried with one layer, \
             {one_above} end alike with their reversals and {one_below} opposite; of {two} with two \
             layers, {two_above} and {two_below}; the others are left open.{opposite}",
            listed(&along)
        )
    })
}

/// The narrowest and the widest networks with so many layers.
fn ends<'a>(numbers: &'a Numbers, layers: &str) -> Option<(&'a WhySummary, &'a WhySummary)> {
    let own: Vec<&str> =
        numbers.cells("width").into_iter().filter(|cell| cell.starts_with(layers)).collect();
    let at = |cell| numbers.along(("width", cell), "nodes", "reversal_log_loss").first().copied();
    Some((at(own.first()?)?, at(own.last()?)?))
}

/// What wide networks are against narrow ones.
fn trend((narrow, wide): (&WhySummary, &WhySummary)) -> &'static str {
    if wide.low > narrow.high {
        "more alike"
    } else if wide.high < narrow.low {
        "less alike"
    } else {
        "neither more nor less alike, as far as the intervals tell"
    }
}

/// What width does to it, in a line.
pub(crate) fn width_headline(numbers: &Numbers) -> Option<String> {
    let one = trend(ends(numbers, "one layer")?);
    let two = ends(numbers, "two layers");
    let two = two.map_or_else(String::new, |ends| format!(", in two layers {}", trend(ends)));
    Some(format!("Wide networks are {one} with their reversals in one layer{two}"))
}

/// What width does to it.
pub(crate) fn width(numbers: &Numbers) -> Option<String> {
    let of = |layers: &str| {
        let (first, last) = ends(numbers, layers)?;
        Some(format!(
            "In {layers} the correlation is {} at {} nodes and {} at {}: wide ones are {}.",
            told(first),
            count(first.at as usize),
            told(last),
            count(last.at as usize),
            trend((first, last))
        ))
    };
    let both: Vec<String> = ["one layer", "two layers"].into_iter().filter_map(of).collect();
    (!both.is_empty()).then(|| both.join(" "))
}

/// How often sub-networks beat the whole.
pub(crate) fn better(numbers: &Numbers) -> Option<String> {
    let cell = *numbers.cells("training").first()?;
    let share = numbers.along(("training", cell), "steps", "better_share");
    let ratio = numbers.along(("training", cell), "steps", "best_log_ratio");
    let of = |(share, ratio): (&&WhySummary, &&WhySummary)| {
        format!(
            "after {} steps {} of them do ({} to {}), the best with {} of its loss",
            count(share.at as usize),
            percent(share.value),
            percent(share.low),
            percent(share.high),
            percent(ratio.value.exp())
        )
    };
    let wanted = |at: f64| share.iter().zip(&ratio).find(|(row, _)| row.at == at);
    let ends = [0.0, 1000.0, share.last()?.at].into_iter().filter_map(wanted);
    let told: Vec<String> = ends.map(of).collect();
    (!told.is_empty()).then(|| {
        format!(
            "Some sub-networks have a smaller loss than the whole network (one layer, the circle): {} \
             (means over networks; of the best, the geometric mean).",
            listed(&told)
        )
    })
}

/// Whether the best sub-network stays the best, by the interval of how often it does.
fn stays(share: &WhySummary) -> &'static str {
    if share.low > 0.5 {
        "mostly stays the best"
    } else if share.high < 0.5 {
        "mostly does not stay the best"
    } else {
        "stays the best about half of the time"
    }
}

/// The same in a line, for each size.
pub(crate) fn removal_headline(numbers: &Numbers) -> Option<String> {
    let of = ("removal", *numbers.cells("removal").first()?);
    let sizes = [5, 10].into_iter().filter_map(|size| {
        let rows = numbers.along(of, &format!("{size} on, best"), "is_best");
        Some(format!("with {size} nodes {}", stays(rows.last()?)))
    });
    let sizes: Vec<String> = sizes.collect();
    (!sizes.is_empty()).then(|| format!("Trained on, the best sub-network {}", listed(&sizes)))
}

/// Whether the best sub-network stays the best.
pub(crate) fn removal(numbers: &Numbers) -> Option<String> {
    let of = ("removal", *numbers.cells("removal").first()?);
    let sizes = [5, 10].into_iter().filter_map(|size| {
        let last = numbers.along(of, &format!("{size} on, best"), "is_best");
        let last = *last.last()?;
        let find = |name: &str, quantity: &str| {
            numbers.mean(of, (&format!("{size} on, {name}"), last.at), quantity)
        };
        let share = |row: &WhySummary| {
            format!("{} ({} to {})", percent(row.value), percent(row.low), percent(row.high))
        };
        let (greedy, random) = (find("greedy", "is_better")?, find("random", "is_better")?);
        Some(format!(
            "With {size} of 20 nodes it {}: after {} steps it has the least loss of six in {} of \
             networks, greedy’s (where it is another) is better than it in {}, and a random one in {}.",
            stays(last),
            count(last.at as usize),
            share(last),
            share(greedy),
            share(random)
        ))
    });
    let sizes: Vec<String> = sizes.collect();
    (!sizes.is_empty()).then(|| {
        format!(
            "Is the best sub-network of a size, certain by enumeration, still the best after it has been \
             trained on as a network of its own, beside greedy’s and four random ones on the same \
             batches? {}",
            sizes.join(" ")
        )
    })
}
