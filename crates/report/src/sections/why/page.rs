//! `why`.

use super::numbers::Numbers;
use super::rows::WhyRun;
use super::{claims, tables};
use crate::error::Result;
use crate::record::Saved;
use crate::sections::shared::results::Results;
use crate::sections::shared::telling::{Part, Shown, Told, shown};
use crate::words::listed;

pub(crate) fn tell(saved: &Saved, _: &Results) -> Result<Told> {
    let numbers = Numbers::read(saved)?;
    let runs: Vec<WhyRun> = saved.optional_table("runs.csv")?;
    let mut parts = parts(&numbers);
    // What was measured before a figure was thought of has none.
    for part in &mut parts {
        part.figure.take_if(|figure| !saved.has(&format!("{}.svg", figure.name)));
    }
    if let Some(last) = parts.last_mut() {
        last.words.extend(missing(&numbers));
        last.details.push(NOTES.to_owned());
    }
    Ok(Told {
        title: "Why a network and its opposite are alike",
        parts,
        more: Vec::new(),
        tables: tables::all(&numbers, &runs),
    })
}

const PICTURE: &str = "The picture: every node adds to the margin of each point, by which the network is right \
     or wrong there. Removing nodes at random leaves a margin somewhere around its mean, and the reversal \
     leaves the rest: where a sub-network is above the mean, its reversal is as far below. What nodes pull in \
     common is right for the points of one label and wrong for those of the other, so that the mean loss is \
     a valley in that pull. If its mean lies at the bottom, going to either side costs alike, and a \
     sub-network and its reversal are good or bad together; on a slope one gains what the other loses. In the \
     language of the spectrum: pairs of nodes (even degrees) against single ones (odd degrees).";

const TEST: &str = "If that is the reason, then moving nothing but the output bias, which moves all margins at \
     once, must turn a network from alike to opposite, whatever its depth. The place where random \
     sub-networks do best is the bottom.";

const THEORY: &str = "A theory makes the picture exact: take each point’s margin under random masks as normal, \
     with the mean and variance that it has. Then every level weight of the loss follows from the weights of \
     the network; nothing is fitted.";

const NOTES: &str = "Numbers in brackets are 95\u{a0}% intervals: of means by the bootstrap over networks, of \
     shares Wilson’s. Networks are made anew for each piece, with seeds from 0. Left out: mean ablation \
     (removed nodes are 0 throughout), a theory of several layers, output weights moved instead of gates, \
     sub-networks of several layers trained on, and two layers of more than 300 nodes.";

/// One question after the other; those about pieces that are not on record are missing.
fn parts(numbers: &Numbers) -> Vec<Part> {
    let test = (!numbers.is_empty("centring")).then(|| TEST.to_owned());
    // Of pieces that are not on record nothing is told.
    let sample = |piece: &str, quantity: &str| {
        let means = numbers.sample(piece, quantity);
        if numbers.is_empty(piece) { String::new() } else { format!("the {means} trained for it") }
    };
    let first = [Some(PICTURE.to_owned()), test, claims::centring_verdict(numbers)];
    let numbers_of_it = [claims::centring_one(numbers), claims::centring_depth(numbers)];
    let mut parts = vec![Part {
        question: "A network and its reversal do well or badly together with one hidden layer, and \
                   opposite with several. What makes them?",
        finding: claims::centring_headline(numbers).to_owned(),
        rests_on: claims::centring_ends(numbers)
            .unwrap_or_else(|| sample("centring", "reversal_log_loss")),
        words: first.into_iter().flatten().collect(),
        details: numbers_of_it.into_iter().flatten().collect(),
        figure: (!numbers.is_empty("centring")).then(|| centring(numbers)),
        live: Some("centring"),
    }];
    let theory = numbers.cells("theory").first().map(|_| THEORY.to_owned());
    let rest = [
        (
            "Which layer is it?",
            sample("centring", "reversal_log_loss"),
            claims::layers_headline(numbers),
            [vec![claims::layers(numbers)], Vec::new()],
            layers as fn(&Numbers) -> Shown,
        ),
        (
            "Can it be foretold from the weights?",
            sample("theory", "exact"),
            claims::theory_headline(numbers),
            [vec![theory, claims::theory(numbers)], vec![claims::theory_errors(numbers)]],
            predicted,
        ),
        (
            "Is it balance that makes a sub-network good, and its reversal with it?",
            sample("balance", "covariance"),
            claims::balance_headline(numbers),
            [claims::balance(numbers).into_iter().map(Some).collect(), Vec::new()],
            balanced,
        ),
        (
            "What does training do to it, and what other recipes and data?",
            sample("training", "reversal_log_loss"),
            claims::training_headline(numbers),
            [vec![claims::training(numbers)], Vec::new()],
            trained,
        ),
        (
            "And width?",
            sample("width", "reversal_log_loss"),
            claims::width_headline(numbers),
            [vec![claims::width(numbers)], Vec::new()],
            wide,
        ),
        (
            "After removal: are sub-networks better, and does the best stay best when trained on?",
            sample("removal", "loss"),
            claims::removal_headline(numbers),
            [vec![claims::removal(numbers)], vec![claims::better(numbers)]],
            removed,
        ),
    ];
    parts.extend(rest.into_iter().filter_map(|(question, rests_on, finding, texts, figure)| {
        let [words, details] = texts.map(|texts| texts.into_iter().flatten().collect::<Vec<_>>());
        let (finding, figure) = (finding?, Some(figure(numbers)));
        let part = Part { question, finding, rests_on, words, details, figure, live: None };
        (!part.words.is_empty()).then_some(part)
    }));
    parts
}

/// What each piece is about, for those that are not on record.
fn missing(numbers: &Numbers) -> Option<String> {
    const PIECES: [(&str, &str); 6] = [
        ("theory", "the theory beside the exact spectrum"),
        ("centring", "the output bias moved"),
        ("balance", "balance as an intervention"),
        ("training", "other recipes and data"),
        ("width", "networks of 10 to 1,000 nodes"),
        ("removal", "sub-networks trained on"),
    ];
    let names = PIECES.iter().filter(|piece| numbers.is_empty(piece.0));
    let names: Vec<String> = names.map(|piece| piece.1.to_owned()).collect();
    (!names.is_empty()).then(|| format!("Not measured here: {}.", listed(&names)))
}

fn or(sentence: Option<String>, else_: &str) -> String {
    sentence.unwrap_or_else(|| else_.to_owned())
}

fn centring(numbers: &Numbers) -> Shown {
    shown(
        "why",
        &["centring.csv", "summary.csv"],
        "The reversal correlation over the place of the output bias, by shape. Diamonds: where \
         training puts it.",
        or(
            claims::centring_verdict(numbers),
            "The reversal correlation over the place of the output bias, for each shape.",
        ),
    )
}

fn predicted(numbers: &Numbers) -> Shown {
    shown(
        "why-theory",
        &["theory.csv", "summary.csv"],
        "Predicted against exact: correlations, level weights, and the error by degree.",
        or(
            claims::theory(numbers),
            "The correlations and level weights that the theory predicts, against the exact ones.",
        ),
    )
}

fn layers(numbers: &Numbers) -> Shown {
    shown(
        "why-layers",
        &["centring.csv", "summary.csv"],
        "Single layers reversed.",
        or(
            claims::layers(numbers),
            "The correlation before and after reversing a single layer, for each shape.",
        ),
    )
}

fn balanced(numbers: &Numbers) -> Shown {
    shown(
        "why-balance",
        &["balance.csv", "summary.csv"],
        "Sub-networks moved until directions or pulls balance, and moved as far without.",
        or(
            claims::balance(numbers).into_iter().next(),
            "What balancing directions and pulls does to ln(loss) and its covariance.",
        ),
    )
}

fn trained(numbers: &Numbers) -> Shown {
    shown(
        "why-training",
        &["training.csv", "summary.csv"],
        "Along training, and by recipe and data.",
        or(
            claims::training(numbers),
            "The reversal correlation along training, and by recipe and data.",
        ),
    )
}

fn wide(numbers: &Numbers) -> Shown {
    shown(
        "why-width",
        &["width.csv", "summary.csv"],
        "By the number of nodes, with one and two layers.",
        or(
            claims::width(numbers),
            "The reversal correlation by the number of nodes, with one and two layers.",
        ),
    )
}

fn removed(numbers: &Numbers) -> Shown {
    shown(
        "why-removal",
        &["removal.csv", "summary.csv"],
        "The best sub-network of a size against greedy’s and random ones as all are trained on.",
        or(
            claims::removal(numbers),
            "The loss of sub-networks that are trained on, over that of the best.",
        ),
    )
}
