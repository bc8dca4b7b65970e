//! What a section of the page is made of.

use super::terms::Term;
use super::verdicts::Judged;
use crate::sections::shared::telling::Table;

/// A file beside the page.
#[derive(Debug)]
pub(super) struct Link {
    /// Its name.
    pub name: String,
    /// Its address relative to the page; none for one that is not passed on with the others.
    pub address: Option<String>,
}

/// A drawing, ready to be put into the page.
#[derive(Debug)]
pub(super) struct Figure {
    /// What it shows.
    pub alt: String,
    /// What to look at.
    pub caption: String,
    /// What is in the page.
    pub picture: Picture,
    /// The files that it is drawn from.
    pub data: Vec<Link>,
    /// The picture's own files.
    pub files: Vec<Link>,
}

/// A picture inside the page.
#[derive(Debug)]
pub(super) enum Picture {
    /// A drawing: everything of the SVG behind `<svg `.
    Drawing {
        /// For a page as wide as a sheet.
        wide: String,
        /// For a page as wide as a hand, if there is another for it.
        narrow: Option<String>,
    },
    /// An animation, which is a file beside the page.
    Animation,
}

/// A section of the page.
#[derive(Debug)]
pub(super) struct Section {
    /// Its name on the command line, and its folder.
    pub name: String,
    /// Its title in the contents.
    pub title: &'static str,
    /// Its questions with their answers.
    pub parts: Vec<Part>,
    /// Figures that say more.
    pub more: Vec<Figure>,
    /// Tables of numbers.
    pub tables: Vec<Table>,
    /// What the ensemble says of the observations that the section is about.
    pub verdicts: Vec<Judged>,
    /// Whether the section is about observations that nothing is known of.
    pub unjudged: bool,
    /// How it came about.
    pub made: Made,
}

/// A question, and what was found.
#[derive(Debug)]
pub(super) struct Part {
    /// Where it is on the page.
    pub id: String,
    /// The question.
    pub question: &'static str,
    /// The answer.
    pub finding: String,
    /// What it rests on; may be empty.
    pub rests_on: String,
    /// More of it.
    pub words: Vec<String>,
    /// What only some will want to read.
    pub details: Vec<String>,
    /// Words that are used here for the first time.
    pub terms: Vec<Term>,
    /// The figure beside.
    pub figure: Option<Figure>,
    /// The live piece, if the page has it.
    pub live: Option<&'static str>,
}

/// Where a section comes from.
#[derive(Debug)]
pub(super) struct Made {
    /// The command that repeats it.
    pub command: String,
    /// Network, data, removal, points, seed.
    pub subject: String,
    /// Revision, versions, machine, time.
    pub surroundings: String,
    /// Everything that it has recorded.
    pub files: Vec<Link>,
}
