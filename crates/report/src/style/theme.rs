//! Colours with a meaning.

use plotters::style::RGBColor;

/// Every colour that is not part of a colour map.
#[derive(Clone, Debug)]
pub(crate) struct Theme {
    /// Behind everything.
    pub background: RGBColor,
    /// Text and axes.
    pub ink: RGBColor,
    /// Captions, reference lines, and what stands back.
    pub faint: RGBColor,
    /// Nodes on at p = 0.25, 0.5, 0.75.
    pub p: [RGBColor; 3],
    /// Other values of p, in turn.
    pub other_p: [RGBColor; 3],
    /// The start of a flip path.
    pub start: RGBColor,
    /// The end of a flip path.
    pub end: RGBColor,
    /// A flip path itself.
    pub path: RGBColor,
    /// A node that is on.
    pub on: RGBColor,
    /// A node that is off.
    pub off: RGBColor,
    /// Interactions of an even number of nodes.
    pub even: RGBColor,
    /// Interactions of an odd number of nodes.
    pub odd: RGBColor,
    /// Lines over a sequential colour map.
    pub over_map: RGBColor,
}

/// Dark on white. The colours of p stay apart for colour-blind readers (Okabe and Ito's).
pub(crate) const LIGHT: Theme = Theme {
    background: RGBColor(255, 255, 255),
    ink: RGBColor(34, 34, 34),
    faint: RGBColor(128, 128, 128),
    p: [RGBColor(213, 94, 0), RGBColor(0, 114, 178), RGBColor(0, 158, 115)],
    other_p: [RGBColor(204, 121, 167), RGBColor(86, 180, 233), RGBColor(150, 120, 60)],
    start: RGBColor(0, 168, 168),
    end: RGBColor(231, 84, 148),
    path: RGBColor(214, 39, 40),
    on: RGBColor(224, 142, 11),
    off: RGBColor(70, 90, 160),
    even: RGBColor(0, 114, 178),
    odd: RGBColor(213, 94, 0),
    over_map: RGBColor(255, 255, 255),
};

impl Theme {
    /// The colour of the `index`th value of p: by value for the write-up's three.
    pub fn of_p(&self, p: f64, index: usize) -> RGBColor {
        let known = [0.25, 0.5, 0.75].iter().position(|&known| known == p);
        known.map_or(self.other_p[index % self.other_p.len()], |known| self.p[known])
    }
}
