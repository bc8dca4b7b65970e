//! Words that are explained where the page first uses them.

/// A word and what it means here.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Term {
    /// The word.
    pub name: &'static str,
    /// How a text uses it, the ways set apart by `|`; any of them counts as its first use.
    uses: &'static str,
    /// What it means.
    pub meaning: &'static str,
}

const fn term(name: &'static str, uses: &'static str, meaning: &'static str) -> Term {
    Term { name, uses, meaning }
}

/// Every word that is explained; node, sub-network and loss are in the page's first paragraph.
const TERMS: [Term; 14] = [
    term("mask", "mask|masks", "which nodes are on: one value for each, 1 or 0"),
    term("p", "p =", "the probability with which each node of a random mask is on"),
    term("ln(loss)", "ln(loss)", "the natural logarithm of the loss"),
    term(
        "exact, sampled",
        "exact|exactly",
        "exact numbers come from all masks; sampled ones from randomly drawn masks, and carry a \
         standard error or an interval",
    ),
    term(
        "gate gradient",
        "gate gradient|gate gradients",
        "∂loss/∂bᵢ, with bᵢ the gate of node i, by which its activation is multiplied: how the loss \
         would change if the node were dimmed or amplified a little",
    ),
    term("reversal", "reversal|reversals|opposite", "the mask with every node switched"),
    term(
        "mean ablation",
        "mean ablation",
        "a removed node hands on its mean activation; under zero ablation it hands on 0",
    ),
    term(
        "interaction, degree",
        "interactions|degree|degrees",
        "what a set of nodes does together beyond what its parts do (a Walsh coefficient); its degree \
         is the number of nodes in the set",
    ),
    term(
        "Shapley value",
        "Shapley value|Shapley values",
        "how switching a node on changes the loss, on average over all orders in which the others are \
         switched on",
    ),
    term(
        "Banzhaf value",
        "Banzhaf value|Banzhaf values",
        "how switching a node on changes the loss, on average over all masks of the others",
    ),
    term(
        "rank correlation",
        "rank correlation",
        "1 if two lists are in the same order, −1 if in opposite ones, 0 if neither tells of the other",
    ),
    term(
        "margin",
        "margin|margins",
        "the logit of the right class less that of the other: positive where the network is right",
    ),
    term(
        "Kolmogorov–Smirnov distance",
        "Kolmogorov–Smirnov|off a normal one",
        "the largest difference of two distribution functions",
    ),
    term(
        "spectrum, level weight",
        "spectrum|level weight|level weights",
        "the variance by degree: how much of it sets of each size carry",
    ),
];

/// The words that are used for the first time in some texts.
pub(super) struct Glossary {
    left: Vec<Term>,
}

impl Glossary {
    pub fn new() -> Self {
        Self { left: TERMS.to_vec() }
    }

    /// The words that these texts use and none before did.
    pub fn first_uses<'a>(&mut self, texts: impl Iterator<Item = &'a str> + Clone) -> Vec<Term> {
        let used = |term: &Term| {
            term.uses.split('|').any(|word| texts.clone().any(|text| has(text, word)))
        };
        let (found, left) = self.left.iter().partition(|term| used(term));
        self.left = left;
        found
    }
}

/// Whether a text has these words, not as a part of longer ones.
fn has(text: &str, words: &str) -> bool {
    text.match_indices(words).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = text[at + words.len()..].chars().next();
        [before, after].into_iter().flatten().all(|c| !c.is_alphanumeric())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_explained_once_where_they_are_first_used() {
        let mut glossary = Glossary::new();
        let names = |terms: Vec<Term>| terms.iter().map(|term| term.name).collect::<Vec<_>>();
        let first = glossary.first_uses(["All masks at p = ½.", "unmasked"].into_iter());
        assert_eq!(names(first), ["mask", "p"]);
        let next = glossary.first_uses(["A mask and its reversal (ln(loss))."].into_iter());
        assert_eq!(names(next), ["ln(loss)", "reversal"]);
        assert!(glossary.first_uses(["masks, reversals, lp = 3"].into_iter()).is_empty());
    }
}
