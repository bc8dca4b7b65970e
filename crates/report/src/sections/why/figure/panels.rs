//! The figures of the pieces other than centring and theory.

use super::super::numbers::{Numbers, widths};
use super::super::rows::WhySummary;
use super::{Named, Series, keys, picture};
use crate::error::Result;
use crate::style::{Form, Key, LIGHT, Mark};
use crate::words::{count, number};

/// How far apart the marks of several series stand at one position.
const SIDE: f64 = 0.16;

/// Dots beside each other at each position: one series a name, one row a position.
fn beside(rows: Vec<Vec<Option<&WhySummary>>>) -> Vec<Series> {
    let middle = (rows.len() as f64 - 1.0) / 2.0;
    let of = |(k, rows): (usize, Vec<Option<&WhySummary>>)| {
        let at = |place: usize| place as f64 + SIDE * (k as f64 - middle);
        let known = rows.iter().enumerate().filter_map(|(place, row)| Some((at(place), (*row)?)));
        let points = known.map(|(x, row)| (x, row.value, row.low, row.high)).collect();
        Series { colour: LIGHT.series(k), points }
    };
    rows.into_iter().enumerate().map(of).collect()
}

/// Reversals of single layers.
pub(super) fn layers(numbers: &Numbers, form: Form) -> Result<String> {
    let settings = ["layer, others on", "layer, others at random", "all but the layer"];
    let names = ["the layer, others on", "the layer, others at random", "all but the layer"];
    let cells = numbers.cells("centring");
    let places: Vec<(&str, f64)> = cells
        .iter()
        .flat_map(|cell| {
            let rows = numbers.along(("centring", cell), settings[0], "reversal_log_loss");
            rows.into_iter().map(|row| (&*row.cell, row.at))
        })
        .collect();
    let labels: Vec<String> = places
        .iter()
        .map(|(cell, layer)| format!("{}\n{}", number(*layer), widths(cell)))
        .collect();
    let caption = format!(
        "below, which layer is reversed, counted from the input, and the shape · {}, and its 95 % interval",
        numbers.sample("centring", "reversal_log_loss")
    );
    let keys = keys(Mark::Interval, names.map(str::to_owned));
    picture(form, keys, form.panels(2, 1, form.choose(225.0, 270.0)), caption).svg(|panels| {
        let kinds = [("", "with its own bias"), (", centred", "with the bias at its best")];
        for ((centred, title), part) in kinds.into_iter().zip(panels) {
            let find = |setting: &str| {
                let setting = format!("{setting}{centred}");
                let of = |&(cell, layer): &(&str, f64)| {
                    numbers.mean(("centring", cell), (&setting, layer), "reversal_log_loss")
                };
                places.iter().map(of).collect::<Vec<_>>()
            };
            let series = beside(settings.map(find).to_vec());
            let y_label = "correlation of ln(loss)";
            Named { title, y_label, labels: &labels, joined: false }.draw(part, &series)?;
        }
        Ok(())
    })
}

/// The interventions with their controls.
pub(super) fn balance(numbers: &Numbers, form: Form) -> Result<String> {
    const MOVES: [(&str, &str); 4] = [
        ("directions", "directions"),
        ("directions, pull kept", "directions,\npull kept"),
        ("pull, directions kept", "pull,\ndirections kept"),
        ("both", "both"),
    ];
    let labels: Vec<String> =
        ["as they are"].into_iter().chain(MOVES.map(|m| m.1)).map(str::to_owned).collect();
    let cell = numbers.cells("balance").first().copied().unwrap_or_default();
    let caption = format!(
        "below, what is balanced by moving the gates of random sub-networks with one hidden layer · {}, \
         and its 95 % interval",
        numbers.sample("balance", "covariance")
    );
    let names = ["balanced", "moved as far without balancing (control)"];
    let keys = keys(Mark::Interval, names.map(str::to_owned));
    picture(form, keys, form.panels(2, 2, form.choose(290.0, 330.0)), caption).svg(|panels| {
        let quantities = [
            ("covariance", "covariance of ln(loss) with the reversal’s"),
            ("log_loss", "mean ln(loss)"),
        ];
        for ((quantity, title), part) in quantities.into_iter().zip(panels) {
            let find = |setting: &str| numbers.mean(("balance", cell), (setting, 0.0), quantity);
            // What is not moved has no control.
            let moved = |first, way: &str| {
                let own = MOVES.map(|(name, _)| find(&format!("{name}{way}")));
                [first].into_iter().chain(own).collect::<Vec<_>>()
            };
            let balanced = moved(find("as they are"), " balanced");
            let series = beside(vec![balanced, moved(None, ", control")]);
            Named { title, y_label: "", labels: &labels, joined: false }.draw(part, &series)?;
        }
        Ok(())
    })
}

/// Along training; then other data and recipes.
pub(super) fn training(numbers: &Numbers, form: Form) -> Result<String> {
    let cells = numbers.cells("training");
    let kind = |cell: &str| cell.rsplit_once(", ").map_or("", |(kind, _)| kind).to_owned();
    let mut kinds: Vec<String> = Vec::new();
    for kind in cells.iter().map(|cell| kind(cell)) {
        if !kinds.contains(&kind) {
            kinds.push(kind);
        }
    }
    let last = |cell: &str, quantity: &str| {
        let rows = numbers.along(("training", cell), "steps", quantity);
        // The circle's networks were also trained for longer than others.
        rows.iter().rev().find(|row| !cell.starts_with("circle") || row.at <= 6000.0).copied()
    };
    let circle = cells.iter().filter(|cell| kind(cell) == kinds[0]).copied().collect::<Vec<_>>();
    let along = |cell: &str| numbers.along(("training", cell), "steps", "reversal_log_loss");
    let steps: Vec<f64> =
        circle.first().map_or(Vec::new(), |cell| along(cell).iter().map(|row| row.at).collect());
    let place = |row: &WhySummary| {
        steps.iter().position(|at| *at == row.at).map_or(f64::NAN, |place| place as f64)
    };
    let caption = format!(
        "{}, and its 95 % interval · exact: all masks of each",
        numbers.sample("training", "reversal_log_loss")
    );
    let names = ["one layer, 20 nodes", "two layers, 10–10"];
    let keys = keys(Mark::Interval, names.map(str::to_owned));
    picture(form, keys, form.panels(2, 1, form.choose(265.0, 310.0)), caption).svg(|parts| {
        let labels: Vec<String> = steps.iter().map(|at| count(*at as usize)).collect();
        let title = "by training steps";
        let y_label = "reversal correlation of ln(loss)";
        let circles = circle.iter().enumerate();
        let series: Vec<Series> =
            circles.map(|(k, cell)| Series::new(k, &along(cell), place)).collect();
        Named { title, y_label, labels: &labels, joined: true }.draw(&parts[0], &series)?;
        let of = |shape: &str| {
            let find = |kind: &String| last(&format!("{kind}, {shape}"), "reversal_log_loss");
            kinds.iter().map(find).collect::<Vec<_>>()
        };
        let labels: Vec<String> = kinds.iter().map(|kind| kind.replacen(' ', "\n", 2)).collect();
        let title = "by recipe and data";
        let series = beside(vec![of("20"), of("10-10")]);
        Named { title, y_label, labels: &labels, joined: false }.draw(&parts[1], &series)
    })
}

/// By the number of nodes.
pub(super) fn width(numbers: &Numbers, form: Form) -> Result<String> {
    let cells = numbers.cells("width");
    let of = |layers: &str, quantity: &str| {
        let own = cells.iter().filter(|cell| cell.starts_with(layers));
        let rows = own.flat_map(|cell| numbers.along(("width", cell), "nodes", quantity));
        rows.collect::<Vec<_>>()
    };
    let one = of("one layer", "reversal_log_loss");
    let labels: Vec<String> = one.iter().map(|row| count(row.at as usize)).collect();
    let place = |row: &WhySummary| {
        one.iter().position(|own| own.at == row.at).map_or(f64::NAN, |place| place as f64)
    };
    let caption = format!(
        "below, hidden nodes in all · {}, fewer of wide ones, and its 95 % interval · sampled: pairs of \
         random masks and reversals",
        numbers.sample("width", "reversal_log_loss")
    );
    let names = ["ln(loss), one layer", "ln(loss), two layers", "loss, one layer: predicted"];
    let keys = keys(Mark::LineAndBand, names.map(str::to_owned));
    picture(form, keys, form.panels(1, 1, 330.0), caption).svg(|panels| {
        let rows =
            [one.clone(), of("two layers", "reversal_log_loss"), of("one layer", "predicted")];
        let series: Vec<Series> =
            rows.iter().enumerate().map(|(k, rows)| Series::new(k, rows, place)).collect();
        let y_label = "reversal correlation";
        Named { title: "", y_label, labels: &labels, joined: true }.draw(&panels[0], &series)
    })
}

/// What becomes of the best sub-network when sub-networks are trained on.
pub(super) fn removal(numbers: &Numbers, form: Form) -> Result<String> {
    let cell = numbers.cells("removal").first().copied().unwrap_or_default();
    let of = |size: usize, name: &str| {
        numbers.along(("removal", cell), &format!("{size} on, {name}"), "log_ratio_to_best")
    };
    let first = of(5, "random");
    let labels: Vec<String> = first.iter().map(|row| count(row.at as usize)).collect();
    let place = |row: &WhySummary| {
        first.iter().position(|own| own.at == row.at).map_or(f64::NAN, |place| place as f64)
    };
    let caption = format!(
        "below, steps of further training · ln of the loss over that of the best sub-network of the size · \
         {}, and its 95 % interval",
        numbers.sample("removal", "log_ratio_to_best")
    );
    let mut keys = keys(Mark::LineAndBand, ["greedy's", "random"].map(str::to_owned));
    keys.push(Key::new(Mark::None, "above 0: the best stays better"));
    picture(form, keys, form.panels(2, 2, 290.0), caption).svg(|panels| {
        for (size, part) in [5, 10].into_iter().zip(panels) {
            let title = format!("{size} of 20 nodes on");
            let rows = [of(size, "greedy"), of(size, "random")];
            let series: Vec<Series> =
                rows.iter().enumerate().map(|(k, rows)| Series::new(k, rows, place)).collect();
            let y_label = "ln(loss / best's)";
            Named { title: &title, y_label, labels: &labels, joined: true }.draw(part, &series)?;
        }
        Ok(())
    })
}
