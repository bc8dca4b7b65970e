//! `why`.

use super::numbers::Numbers;
use super::rows::WhyRun;
use super::{claims, tables};
use crate::error::Result;
use crate::record::Saved;
use crate::sections::shared::results::Results;
use crate::sections::shared::telling::{Shown, Told, shown};
use crate::words::listed;

pub(crate) fn tell(saved: &Saved, _: &Results) -> Result<Told> {
    let numbers = Numbers::read(saved)?;
    let runs: Vec<WhyRun> = saved.optional_table("runs.csv")?;
    let mut figures = figures(&numbers);
    figures.retain(|figure| saved.has(&format!("{}.svg", figure.name)));
    Ok(Told {
        title: "Why a network and its opposite are alike",
        question: "A network and its reversal do well or badly together with one hidden layer, and \
                   opposite with several. What makes them?",
        paragraphs: paragraphs(&numbers),
        figures,
        tables: tables::all(&numbers, &runs),
        exact: Vec::new(),
    })
}

/// One thought after the other; those about pieces that are not on record are missing.
fn paragraphs(numbers: &Numbers) -> Vec<String> {
    let words = |text: &str| Some(text.to_owned());
    let mut all = vec![
        words(
            "The picture: every node adds to the margin of each point, by which the network is right or \
             wrong there. Removing nodes at random leaves a margin somewhere around its mean, and the \
             reversal leaves the rest: where a sub-network is above the mean, its reversal is as far \
             below. What nodes pull in common is right for the points of one label and wrong for those \
             of the other, so that the mean loss is a valley in that pull. If its mean lies at the \
             bottom, going to either side costs alike, and a sub-network and its reversal are good or \
             bad together; on a slope one gains what the other loses. In the language of the spectrum: \
             pairs of nodes (even degrees) against single ones (odd degrees).",
        ),
        words(
            "If that is the reason, then moving nothing but the output bias, which moves all margins at \
             once, must turn a network from alike to opposite, whatever its depth. The place where \
             random sub-networks do best is the bottom.",
        )
        .filter(|_| !numbers.is_empty("centring")),
        claims::centring_one(numbers),
        claims::centring_verdict(numbers),
        claims::centring_depth(numbers),
        claims::layers(numbers),
        words(
            "A theory makes the picture exact: take each point’s margin under random masks as normal, \
             with the mean and variance that it has. Then every level weight of the loss follows from \
             the weights of the network; nothing is fitted.",
        )
        .filter(|_| !numbers.is_empty("theory")),
        claims::theory(numbers),
        claims::theory_errors(numbers),
    ];
    all.extend(claims::balance(numbers).into_iter().map(Some));
    all.extend([
        claims::training(numbers),
        claims::width(numbers),
        claims::better(numbers),
        claims::removal(numbers),
        missing(numbers),
        words(
            "Numbers in brackets are 95\u{a0}% intervals: of means by the bootstrap over networks, of \
             shares Wilson’s. Networks are made anew for each piece, with seeds from 0. Left out: mean \
             ablation (removed nodes are 0 throughout), a theory of several layers, output weights \
             moved instead of gates, sub-networks of several layers trained on, and two layers of more than \
             300 nodes.",
        ),
    ]);
    all.into_iter().flatten().collect()
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

fn figures(numbers: &Numbers) -> Vec<Shown> {
    let alt = |sentence: Option<String>, else_: &str| sentence.unwrap_or_else(|| else_.to_owned());
    vec![
        shown(
            "why",
            &["centring.csv", "summary.csv"],
            "The reversal correlation over the place of the output bias, by shape. Diamonds: where \
             training puts it.",
            alt(
                claims::centring_verdict(numbers),
                "The reversal correlation over the place of the output bias, for each shape.",
            ),
        ),
        shown(
            "why-theory",
            &["theory.csv", "summary.csv"],
            "Predicted against exact: correlations, level weights, and the error by degree.",
            alt(
                claims::theory(numbers),
                "The correlations and level weights that the theory predicts, against the exact ones.",
            ),
        ),
        shown(
            "why-layers",
            &["centring.csv", "summary.csv"],
            "Single layers reversed.",
            alt(
                claims::layers(numbers),
                "The correlation before and after reversing a single layer, for each shape.",
            ),
        ),
        shown(
            "why-balance",
            &["balance.csv", "summary.csv"],
            "Sub-networks moved until directions or pulls balance, and moved as far without.",
            alt(
                claims::balance(numbers).into_iter().next(),
                "What balancing directions and pulls does to ln(loss) and its covariance.",
            ),
        ),
        shown(
            "why-training",
            &["training.csv", "summary.csv"],
            "Along training, and by recipe and data.",
            alt(
                claims::training(numbers),
                "The reversal correlation along training, and by recipe and data.",
            ),
        ),
        shown(
            "why-width",
            &["width.csv", "summary.csv"],
            "By the number of nodes, with one and two layers.",
            alt(
                claims::width(numbers),
                "The reversal correlation by the number of nodes, with one and two layers.",
            ),
        ),
        shown(
            "why-removal",
            &["removal.csv", "summary.csv"],
            "The best sub-network of a size against greedy’s and random ones as all are trained on.",
            alt(
                claims::removal(numbers),
                "The loss of sub-networks that are trained on, over that of the best.",
            ),
        ),
    ]
}
