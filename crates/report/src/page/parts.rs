//! What a section of the page is made of.

/// What a section has to say, before the page adds what it adds to every section.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// The section's title in words.
    pub title: &'static str,
    /// The question that it answers.
    pub question: &'static str,
    /// What was done, and what was found.
    pub paragraphs: Vec<String>,
    /// The figures to show, in order.
    pub figures: Vec<Shown>,
    /// Tables of numbers.
    pub tables: Vec<Table>,
    /// What exact enumeration adds.
    pub exact: Vec<String>,
}

/// A figure to show.
#[derive(Debug)]
pub(super) struct Shown {
    /// Its file name without the extension.
    pub name: &'static str,
    /// What it shows, with its numbers, for those who do not see it.
    pub alt: String,
    /// What to look at.
    pub caption: String,
    /// The files that it is drawn from.
    pub data: &'static [&'static str],
}

/// A table whose first column names the rows.
#[derive(Debug, Default)]
pub(super) struct Table {
    /// What it shows.
    pub caption: String,
    /// Names of the columns.
    pub head: Vec<String>,
    /// Cells, as many in each row as there are columns.
    pub rows: Vec<Vec<String>>,
}

impl Table {
    /// A table without rows.
    pub fn new(caption: impl Into<String>, head: &[&str]) -> Self {
        let head = head.iter().map(|&name| name.to_owned()).collect();
        Self { caption: caption.into(), head, rows: Vec::new() }
    }

    /// Adds a row.
    pub fn row<const N: usize>(&mut self, cells: [String; N]) {
        self.rows.push(cells.into());
    }
}

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
    pub verdicts: Vec<super::verdicts::Judged>,
    /// Whether the section is about observations that nothing is known of.
    pub unjudged: bool,
    /// How it came about.
    pub made: super::made::Made,
}
