//! `hypercube`: what every sub-network says, exactly.

mod ablations;
mod frontier;
mod labels;
mod nodes;
mod removal;
mod spectrum;
mod walks;

use crate::error::Result;
use crate::record::{Figure, Saved};
use crate::sections::hypercube::rows::HypercubeSummary;
use crate::sections::shared::drawing;
use crate::sections::shared::pairs;
use crate::style::{Form, Key, Panels, Picture};
use crate::words::{count, fixed};

type Svg = fn(&Hypercube) -> Result<String>;

/// What draws which figure.
const DRAWN: [(&str, Svg); 6] = [
    ("hypercube", frontier::draw),
    ("hypercube-spectrum", spectrum::draw),
    ("hypercube-flip-covariance", walks::flip_covariance),
    ("hypercube-nodes", nodes::draw),
    ("hypercube-removal", removal::draw),
    ("hypercube-mean-curve", walks::mean_curve),
];

pub(crate) fn draw(saved: &Saved, form: Form) -> Result<Vec<Figure>> {
    let hypercube = Hypercube { saved, form, summary: saved.json("summary.json")? };
    // Masks are integers of 64 bits.
    if hypercube.n() > 64 {
        return Err(saved.complain("summary.json", format!("it has {} nodes", hypercube.n())));
    }
    let mut figures = Vec::new();
    for (name, svg) in DRAWN {
        figures.push(Figure::drawing(name, svg(&hypercube)?));
    }
    // Records of earlier versions have no matrix.
    if saved.has("interactions.npy") {
        let svg = pairs::svg(saved, form, &hypercube.exact([]))?;
        figures.push(Figure::drawing("hypercube-pairs", svg));
    }
    if let Some(svg) = ablations::draw(&hypercube)? {
        figures.push(Figure::drawing("hypercube-ablations", svg));
    }
    Ok(figures)
}

/// The records of the section, and its numbers that every figure needs.
struct Hypercube<'a> {
    saved: &'a Saved,
    form: Form,
    summary: HypercubeSummary,
}

impl Hypercube<'_> {
    /// The number of nodes.
    fn n(&self) -> usize {
        self.summary.n_nodes
    }

    /// About how many ticks suit an axis that counts nodes.
    fn ticks(&self) -> usize {
        (self.n() + 1).clamp(2, 11)
    }

    /// A picture of these panels, with the usual caption and more if there is more to say.
    fn picture(
        &self,
        keys: Vec<Key>,
        panels: Panels,
        more: impl IntoIterator<Item = String>,
    ) -> Picture {
        let caption = self.caption(more);
        Picture { width: self.form.width(), keys, panels: vec![panels], caption }
    }

    /// The caption line of every figure: it is exact, and more if there is more to say.
    fn caption(&self, more: impl IntoIterator<Item = String>) -> Vec<String> {
        vec![drawing::caption(self.saved, &self.exact(more))]
    }

    fn exact(&self, more: impl IntoIterator<Item = String>) -> Vec<String> {
        let digits: String = self.n().to_string().chars().map(raised).collect();
        let masks = 1_usize.checked_shl(self.n() as u32).map(count);
        let masks = masks.map(|masks| format!(" = {masks}")).unwrap_or_default();
        let exact = format!("exact: all 2{digits}{masks} masks");
        [exact].into_iter().chain(more).collect()
    }
}

/// A digit as an exponent.
fn raised(digit: char) -> char {
    const RAISED: [char; 10] = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];
    digit.to_digit(10).map_or(digit, |digit| RAISED[digit as usize])
}

/// A number with a proper minus sign and three decimals.
fn decimal(value: f64) -> String {
    fixed(value, 3).replace('-', "−")
}
