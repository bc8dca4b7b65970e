//! What a section of the page is made of.

use super::verdicts::Judged;
use crate::sections::shared::telling::Told;

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
    Drawing(String),
    /// An animation: a GIF in base64.
    Animation(String),
}

/// A section of the page.
#[derive(Debug)]
pub(super) struct Section {
    /// Its name on the command line, and its folder.
    pub name: String,
    /// What it says.
    pub told: Told,
    /// Its figures.
    pub figures: Vec<Figure>,
    /// What the ensemble says of the observations that the section is about.
    pub verdicts: Vec<Judged>,
    /// Whether the section is about observations that nothing is known of.
    pub unjudged: bool,
    /// How it came about.
    pub made: Made,
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
