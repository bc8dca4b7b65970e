//! What the names of a file's tensors say: which are one layer's weight and bias, and which stands
//! first.

use std::cmp::Ordering;

/// What a tensor is to its layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Weight,
    Bias,
}

/// Segments that wrappers put into names, anywhere: `DataParallel` and `torch.compile`.
const WRAPPERS: [&str; 2] = ["module", "_orig_mod"];

/// Words for a weight matrix that PyTorch or its users take.
const WEIGHTS: [&str; 3] = ["weight", "weights", "w"];
const BIASES: [&str; 3] = ["bias", "biases", "b"];

/// Words for layers at the input, and for those at the output.
const FIRST: [&str; 14] = [
    "in",
    "inp",
    "input",
    "first",
    "enc",
    "encoder",
    "embed",
    "embedding",
    "stem",
    "backbone",
    "body",
    "trunk",
    "feature",
    "features",
];
const LAST: [&str; 19] = [
    "out",
    "output",
    "last",
    "final",
    "dec",
    "decoder",
    "unembed",
    "head",
    "top",
    "cls",
    "clf",
    "classifier",
    "logit",
    "logits",
    "readout",
    "score",
    "pred",
    "predictor",
    "prediction",
];

/// The name of a layer, from which the word for the part is taken: `["fc1"]` of `fc1.weight`,
/// `["", "0"]` of `weights.0`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct LayerName(Vec<String>);

/// Which part of which layer a tensor is; no part if its name has no word for one.
pub(super) fn split(tensor: &str) -> (LayerName, Option<Part>) {
    let mut segments: Vec<String> =
        tensor.split('.').filter(|s| !WRAPPERS.contains(s)).map(str::to_owned).collect();
    for k in (0..segments.len()).rev() {
        let Some((part, rest)) = without_part(&segments[k]) else { continue };
        // `fc1.weight` is of `fc1`; `weights.0` is of the list's 0.
        if rest.is_empty() && k + 1 == segments.len() {
            segments.pop();
        } else {
            segments[k] = rest;
        }
        return (LayerName(segments), Some(part));
    }
    (LayerName(segments), None)
}

/// The part that a word of a segment names, and the segment without it: `W1` is the weight of `1`.
fn without_part(segment: &str) -> Option<(Part, String)> {
    for word in words(segment).into_iter().rev() {
        let lower = word.to_lowercase();
        let part = if WEIGHTS.contains(&&*lower) {
            Part::Weight
        } else if BIASES.contains(&&*lower) {
            Part::Bias
        } else {
            continue;
        };
        let start = word.as_ptr() as usize - segment.as_ptr() as usize;
        let rest = format!("{}{}", &segment[..start], &segment[start + word.len()..]);
        return Some((part, rest.trim_matches('_').to_owned()));
    }
    None
}

/// The runs of letters of a segment, camel case taken apart.
fn words(segment: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let mut start: Option<usize> = None;
    let mut before = ' ';
    for (at, c) in segment.char_indices() {
        let breaks = !c.is_alphabetic() || (c.is_uppercase() && before.is_lowercase());
        if let Some(from) = start.filter(|_| breaks) {
            words.push(&segment[from..at]);
            start = None;
        }
        if c.is_alphabetic() && start.is_none() {
            start = Some(at);
        }
        before = c;
    }
    words.extend(start.map(|from| &segment[from..]));
    words
}

/// Why one name stands before another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reason {
    /// Numbers, single letters, or words such as `input` and `head`.
    Clear,
    /// Nothing but the alphabet.
    Alphabet,
}

impl LayerName {
    /// The order in which layers of these names are passed, and what speaks for it: segment by
    /// segment, words for input and output first, then numbers by their value and all else by the
    /// alphabet.
    pub fn compare(&self, other: &Self) -> (Ordering, Reason) {
        for (a, b) in self.0.iter().zip(&other.0) {
            if a == b {
                continue;
            }
            let by_place = place(a).cmp(&place(b));
            return if by_place.is_eq() { natural(a, b) } else { (by_place, Reason::Clear) };
        }
        (self.0.len().cmp(&other.0.len()), Reason::Alphabet)
    }

    /// Of a layer that a `Sequential` or a list has numbered: the names before the number, and it.
    pub fn numbered(&self) -> Option<(&[String], usize)> {
        let (last, before) = self.0.split_last()?;
        Some((before, last.parse().ok()?))
    }
}

impl std::fmt::Display for LayerName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&crate::input::clip(&self.0.join("."), 60))
    }
}

/// Before (−1), after (1) or among all others (0).
fn place(segment: &str) -> i8 {
    let is = |words: &[&str], word: &str| words.contains(&&*word.to_lowercase());
    let found = words(segment).into_iter().find_map(|word| match word {
        _ if is(&FIRST, word) => Some(-1),
        _ if is(&LAST, word) => Some(1),
        _ => None,
    });
    found.unwrap_or(0)
}

/// Two different segments in natural order: runs of digits by their value.
fn natural(a: &str, b: &str) -> (Ordering, Reason) {
    let (mut left, mut right) = (runs(a), runs(b));
    loop {
        match (left.next(), right.next()) {
            (None, None) => return (a.cmp(b), Reason::Alphabet),
            (x, y) if x == y => {}
            (Some(x), Some(y)) => match (x.parse::<u64>(), y.parse::<u64>()) {
                (Ok(m), Ok(n)) if m == n => {}
                (Ok(m), Ok(n)) => return (m.cmp(&n), Reason::Clear),
                _ => {
                    let letters = x.chars().count() == 1 && y.chars().count() == 1;
                    let reason = if letters { Reason::Clear } else { Reason::Alphabet };
                    return (x.cmp(y), reason);
                }
            },
            // `fc` stands before `fc2`.
            (x, y) => return (x.is_some().cmp(&y.is_some()), Reason::Clear),
        }
    }
}

/// A segment's runs of digits, of letters and of what is neither.
fn runs(segment: &str) -> impl Iterator<Item = &str> {
    let kind = |c: char| (c.is_ascii_digit(), c.is_alphabetic());
    let mut rest = segment;
    std::iter::from_fn(move || {
        let first = kind(rest.chars().next()?);
        let end = rest.find(|c| kind(c) != first).unwrap_or(rest.len());
        let (run, after) = rest.split_at(end);
        rest = after;
        Some(run)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_and_biases_of_one_layer_share_its_name() {
        for (weight, bias, name) in [
            ("0.weight", "0.bias", "0"),
            ("fc1.weight", "fc1.bias", "fc1"),
            ("module.fc1._orig_mod.weight", "fc1.bias", "fc1"),
            ("W1", "b1", "1"),
            ("w_in", "b_in", "in"),
            ("weights.0", "biases.0", ".0"),
            ("linear1_w", "linear1_b", "linear1"),
            ("hiddenWeight", "hiddenBias", "hidden"),
            ("block_b.weight", "block_b.bias", "block_b"),
        ] {
            let ((one, a), (other, b)) = (split(weight), split(bias));
            assert_eq!((a, b), (Some(Part::Weight), Some(Part::Bias)), "{weight}, {bias}");
            assert_eq!((one.to_string(), &one), (name.to_owned(), &other), "{weight}, {bias}");
        }
        assert_eq!(split("fc1").1, None);
        assert_eq!(split("").1, None);
    }

    #[test]
    fn names_are_in_the_order_of_a_reader() {
        let name = |text: &str| split(&format!("{text}.weight")).0;
        for (first, second, reason) in [
            ("fc2", "fc10", Reason::Clear),
            ("fc", "fc2", Reason::Clear),
            ("layers.9.linear", "layers.10.linear", Reason::Clear),
            ("layers.3", "out", Reason::Clear),
            ("out1", "out2", Reason::Clear),
            ("layers.0.out", "layers.1.in", Reason::Clear),
            ("encoder.4", "decoder.0", Reason::Clear),
            ("input", "hidden", Reason::Clear),
            ("features.0", "classifier.0", Reason::Clear),
            ("lin_a", "lin_b", Reason::Clear),
            ("fc_in", "fc_hidden", Reason::Clear),
            ("alpha", "beta", Reason::Alphabet),
        ] {
            let (one, other) = (name(first), name(second));
            assert_eq!(one.compare(&other), (Ordering::Less, reason), "{first}, {second}");
            assert_eq!(other.compare(&one), (Ordering::Greater, reason), "{second}, {first}");
        }
    }
}
