//! What the page says of each piece: no more than the intervals support.

use super::numbers::{Numbers, nodes, told, told_to, widths};
use super::rows::WhySummary;
use crate::words::{count, fixed, listed, percent};

/// Where an interval lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Above,
    Below,
    Open,
}

pub(crate) fn side(row: &WhySummary) -> Side {
    match row {
        row if row.low > 0.0 => Side::Above,
        row if row.high < 0.0 => Side::Below,
        _ => Side::Open,
    }
}

/// A correlation of a sub-network with its reversal in a word.
fn alike(row: &WhySummary) -> &'static str {
    match side(row) {
        Side::Above => "alike",
        Side::Below => "opposite",
        Side::Open => "neither alike nor opposite as far as the interval tells",
    }
}

/// The cells with one hidden layer, and those with several, by their shapes.
fn shapes<'a>(numbers: &'a Numbers, piece: &str) -> (Option<&'a str>, Vec<&'a str>) {
    let cells = numbers.cells(piece);
    let one = cells.iter().copied().find(|cell| !cell.contains('-'));
    (one, cells.into_iter().filter(|cell| cell.contains('-')).collect())
}

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

/// The same in a sentence of its own, where there is something to say.
pub(crate) fn finding(numbers: &Numbers) -> Option<String> {
    let (cause, peaks) = cause(numbers)?;
    let (able, unable) = turned(&peaks);
    match cause {
        Cause::Place => Some(
            "Moving nothing but the output bias turns networks of every depth that was tried from \
             alike to opposite: what decides is where the margins of random sub-networks lie."
                .to_owned(),
        ),
        Cause::Both => Some(format!(
            "Moving nothing but the output bias turns networks with one hidden layer, and those with \
             {able} nodes too, from alike to opposite: what decides is where the margins of random \
             sub-networks lie, though no bias makes those with {unable} clearly alike."
        )),
        Cause::Depth => Some(
            "No output bias that was tried makes those with several layers alike on average."
                .to_owned(),
        ),
        Cause::Open => None,
    }
}

/// Whether the number of layers decides the sign, or the place of the margin.
pub(crate) fn centring_verdict(numbers: &Numbers) -> Option<String> {
    let (cause, peaks) = cause(numbers)?;
    let one = peak(numbers, shapes(numbers, "centring").0?)?;
    let (able, unable) = turned(&peaks);
    let verdict = match cause {
        Cause::Place => {
            "With a bias in the right place networks of every depth are alike with their reversals, \
             and far from it those of every depth are opposite: as a cause, observation 11 fails, for \
             at every depth the place of the mean margin decides the sign"
                .to_owned()
        }
        Cause::Both => format!(
            "Far from the right place networks of every depth are opposite to their reversals. In it \
             not only those with one layer are alike, but those with {able} nodes as well; those with \
             {unable} are not, as far as the intervals tell. As a cause, observation 11 holds only in \
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
         {weaker} {} with one layer.)",
        listed(&peaks.iter().map(of).collect::<Vec<_>>()),
        told(one)
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

/// How near the theory comes.
pub(crate) fn theory(numbers: &Numbers) -> Option<String> {
    let cell = *numbers.cells("theory").first()?;
    let of = ("theory", cell);
    let find = |setting, statistic| numbers.statistic(of, (setting, 0.0), "predicted", statistic);
    let (loss, logs) = ("reversal of loss", "reversal of ln(loss)");
    let (related, error) = (find(loss, "correlation")?, find(loss, "rmse")?);
    let (related_log, error_log) = (find(logs, "correlation")?, find(logs, "rmse")?);
    let close = match (related.low, related_log.low) {
        (loss, logs) if loss > 0.9 && logs > 0.9 => "It tells networks apart",
        (loss, _) if loss > 0.9 => "It tells networks apart by their loss",
        (loss, _) if loss > 0.0 => "It tells networks apart in part",
        _ => "It does not tell networks apart",
    };
    Some(format!(
        "{close}: over {} networks of {} its reversal correlation of the loss and the exact \
         one have the correlation {}, and differ by {} (root mean square); those of ln(loss), taking \
         loss and reversal as jointly log-normal, {} and {}.",
        count(related.networks),
        nodes(cell),
        told_to(related, 3),
        told_to(error, 3),
        told_to(related_log, 3),
        told_to(error_log, 3),
    ))
}

/// Where the theory fails.
pub(crate) fn theory_errors(numbers: &Numbers) -> Option<String> {
    let cells = numbers.cells("theory");
    let of = ("theory", *cells.first()?);
    let rows = numbers.along(of, "weight", "log_ratio");
    let share = |row: &WhySummary| percent(row.value.exp());
    let told: Vec<String> =
        rows.iter().take(4).map(|row| format!("{} of degree {}", share(row), row.at)).collect();
    let fails = rows.iter().find(|row| row.high < 0.5f64.ln());
    let fails = fails.map_or_else(
        || "no degree is off by a factor of two".to_owned(),
        |row| format!("from degree {} on it finds less than half", row.at),
    );
    let by_width = |cell: &&str| {
        let own = ("theory", *cell);
        let error = numbers.statistic(own, ("reversal of loss", 0.0), "predicted", "rmse")?;
        let largest = numbers.mean(own, ("largest share", 0.0), "exact")?;
        Some(format!("{} with {} ({})", fixed(error.value, 3), nodes(cell), percent(largest.value)))
    };
    let widths: Vec<String> = cells.iter().filter_map(by_width).collect();
    Some(format!(
        "On average it finds {} of the exact weights (geometric means), and {fails}: of what many nodes \
         do at once it knows little, and there is little of it. It is worse where single nodes dominate \
         a margin: the error of the correlation of the loss is {} (in brackets the largest node’s share \
         of the variance of the margin).",
        listed(&told),
        listed(&widths)
    ))
}

/// What moving the gates so that something balances does, against a move as long that does not.
fn moved(numbers: &Numbers, setting: &str) -> Option<(Side, Side, String)> {
    let of = ("balance", *numbers.cells("balance").first()?);
    let find = |quantity| numbers.mean(of, (setting, 0.0), quantity);
    let (loss, covariance) = (find("log_loss_less_control")?, find("covariance_less_control")?);
    let change = |row: &WhySummary| match side(row) {
        Side::Above => "raises",
        Side::Below => "lowers",
        Side::Open => "does not measurably change",
    };
    let words = format!(
        "{} ln(loss), by {} against the control, and {} the covariance with the reversal, by {}",
        change(loss),
        told_to(loss, 3),
        change(covariance),
        told_to(covariance, 3)
    );
    Some((side(loss), side(covariance), words))
}

/// Whether what balances makes a sub-network good, and reversals alike.
fn judged(loss: Side, covariance: Side) -> &'static str {
    match (loss, covariance) {
        (Side::Below, Side::Below) => {
            "both parts of the claim hold: balance is good, and where all are balanced less is left \
             that reversals share"
        }
        (Side::Below, _) => {
            "the claim holds in part: balance is good, but not why reversals are alike"
        }
        (_, Side::Below) => {
            "the claim holds in part: balance is not what makes sub-networks good, but what reversals \
             share is lost with it"
        }
        (Side::Open, Side::Open) => "neither part of the claim shows",
        _ => "the claim fails",
    }
}

/// Observation 12 as its author has it, and extended.
pub(crate) fn balance(numbers: &Numbers) -> Vec<String> {
    let cell = numbers.cells("balance").first().copied().unwrap_or_default();
    let before = numbers.mean(("balance", cell), ("as they are", 0.0), "covariance");
    let (Some(before), Some(own), Some(pull), Some(alone)) = (
        before,
        moved(numbers, "directions, pull kept balanced"),
        moved(numbers, "pull, directions kept balanced"),
        moved(numbers, "directions balanced"),
    ) else {
        return Vec::new();
    };
    vec![
        format!(
            "Over {} networks with one hidden layer the covariance of ln(loss) with that of the \
             reversal is {} (on sampled pairs of masks with five nodes on or more). The author’s claim \
             is about directions. Balancing them while the pull stays as it is {}: {}. Left to change \
             the pull as well, the same balancing {}.",
            count(before.networks),
            told_to(before, 3),
            own.2,
            judged(own.0, own.1),
            alone.2
        ),
        format!(
            "Extended to bias nodes against slicing ones, the claim is about the pull. Balancing that \
             while directions stay as they are {}: {}.",
            pull.2,
            judged(pull.0, pull.1)
        ),
    ]
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
            "in {} it begins at {} ({} steps) and ends at {} ({} steps)",
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
    (!along.is_empty()).then(|| {
        format!(
            "Along training on the circle, {}. Of all {one} recipes and data tried with one layer, \
             {one_above} end alike with their reversals and {one_below} opposite; of {two} with two \
             layers, {two_above} and {two_below}.",
            listed(&along)
        )
    })
}

/// What width does to it.
pub(crate) fn width(numbers: &Numbers) -> Option<String> {
    let cells = numbers.cells("width");
    let of = |layers: &str| {
        let own: Vec<&str> =
            cells.iter().copied().filter(|cell| cell.starts_with(layers)).collect();
        let at = |cell: &str| {
            numbers.along(("width", cell), "nodes", "reversal_log_loss").first().copied().cloned()
        };
        let (first, last) = (at(own.first()?)?, at(own.last()?)?);
        let trend = if last.low > first.high {
            "more alike"
        } else if last.high < first.low {
            "less alike"
        } else {
            "neither more nor less alike, as far as the intervals tell"
        };
        Some(format!(
            "in {layers}, {} at {} nodes and {} at {}: wide ones are {trend}",
            told(&first),
            count(first.at as usize),
            told(&last),
            count(last.at as usize)
        ))
    };
    let both: Vec<String> = ["one layer", "two layers"].into_iter().filter_map(of).collect();
    (!both.is_empty()).then(|| format!("The correlation is {}.", listed(&both)))
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
        let stays = if last.low > 0.5 {
            "mostly stays the best"
        } else if last.high < 0.5 {
            "mostly does not stay the best"
        } else {
            "stays the best about half of the time"
        };
        Some(format!(
            "With {size} of 20 nodes it {stays}: after {} steps it has the least loss of six in {} of \
             networks, greedy’s (where it is another) is better than it in {}, and a random one in {}.",
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

#[cfg(test)]
mod tests {
    use super::*;

    fn row(value: f64, half: f64) -> WhySummary {
        WhySummary {
            piece: String::new(),
            cell: String::new(),
            setting: String::new(),
            at: 0.0,
            quantity: String::new(),
            statistic: "mean".into(),
            networks: 40,
            value,
            low: value - half,
            high: value + half,
        }
    }

    #[test]
    fn words_follow_the_interval_and_not_the_value() {
        assert_eq!([0.2, -0.2].map(|x| side(&row(x, 0.1))), [Side::Above, Side::Below]);
        assert_eq!([0.2, -0.2, 0.0].map(|x| side(&row(x, 0.3))), [Side::Open; 3]);
        assert!(judged(Side::Below, Side::Below).starts_with("both parts"));
        assert_eq!(judged(Side::Above, Side::Above), "the claim fails");
        assert_eq!(judged(Side::Above, Side::Open), "the claim fails");
    }
}
