//! What the page opens with: the answers that matter most, of those that the records give.

use super::parts::Section;

/// How many are shown.
const SHOWN: usize = 5;

/// Parts of sections by what matters most: a section's name, and the place of the part in it.
const ORDER: [(&str, usize); 10] = [
    ("hypercube", 0),
    ("why", 0),
    ("hypercube", 1),
    ("gradients", 1),
    ("ensemble", 0),
    ("best-subsets", 0),
    ("flip-paths", 0),
    ("averages", 1),
    ("loss-density", 0),
    ("train", 0),
];

/// An answer, with where it is given.
#[derive(Debug)]
pub(super) struct Finding {
    /// The answer.
    pub text: String,
    /// What it rests on; may be empty.
    pub rests_on: String,
    /// Where it is on the page.
    pub id: String,
}

/// What matters most first.
pub(super) fn choose(sections: &[Section]) -> Vec<Finding> {
    let find = |&(name, place): &(&str, usize)| {
        let section = sections.iter().find(|section| section.name == name)?;
        let part = section.parts.get(place)?;
        Some(Finding {
            text: part.finding.clone(),
            rests_on: part.rests_on.clone(),
            id: part.id.clone(),
        })
    };
    ORDER.iter().filter_map(find).take(SHOWN).collect()
}
