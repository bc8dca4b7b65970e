//! `why`: the experiments on what makes a network and its reversal alike.

mod panels;
mod theory;

use std::ops::Range;

use plotters::style::RGBColor;
use plotters::style::text_anchor::{HPos, VPos};

use super::numbers::{Numbers, widths};
use super::rows::{WhySummary, WhyTable};
use crate::error::Result;
use crate::record::{Figure, Saved};
use crate::sections::shared::drawing::{WIDTH, both, padded, span};
use crate::style::{Canvas, Key, LIGHT, Mark, Panel, Picture, Plot};

/// A figure's name, the piece it is of, and how it is drawn.
type Drawn = (&'static str, &'static str, fn(&Numbers) -> Result<String>);

const FIGURES: [Drawn; 6] = [
    ("why", "centring", centring),
    ("why-layers", "centring", panels::layers),
    ("why-balance", "balance", panels::balance),
    ("why-training", "training", panels::training),
    ("why-width", "width", panels::width),
    ("why-removal", "removal", panels::removal),
];

pub(crate) fn draw(saved: &Saved) -> Result<Vec<Figure>> {
    let numbers = Numbers::read(saved)?;
    let mut figures = Vec::new();
    for (name, _, svg) in FIGURES.into_iter().filter(|drawn| !numbers.is_empty(drawn.1)) {
        figures.extend(both(name, svg(&numbers)?)?);
    }
    let theory = WhyTable::read(saved, "theory")?;
    if !theory.rows.is_empty() {
        figures.extend(both("why-theory", theory::svg(&theory, &numbers)?)?);
    }
    Ok(figures)
}

/// The colour of the k-th of several things.
fn colour(k: usize) -> RGBColor {
    let [a, b, c] = LIGHT.p;
    let [d, e, f] = LIGHT.other_p;
    [b, a, c, d, f, e][k % 6]
}

/// Numbers over one axis, in a colour, with their intervals.
struct Series {
    colour: RGBColor,
    /// Position, value, and interval.
    points: Vec<(f64, f64, f64, f64)>,
}

impl Series {
    /// Of some rows, at positions that `at` gives.
    fn new(k: usize, rows: &[&WhySummary], at: impl Fn(&WhySummary) -> f64) -> Self {
        let point = |row: &&WhySummary| (at(row), row.value, row.low, row.high);
        Self { colour: colour(k), points: rows.iter().map(point).collect() }
    }

    /// The band of the intervals, and a line through the values.
    fn line(&self, plot: &Plot) -> Result<()> {
        let bands: Vec<(f64, f64, f64)> =
            self.points.iter().map(|&(x, _, low, high)| (x, low, high)).collect();
        plot.band(&bands, self.colour)?;
        let values: Vec<(f64, f64)> = self.points.iter().map(|p| (p.0, p.1)).collect();
        plot.line_and_dots(&values, self.colour, (1.75, 2.5))
    }

    /// A dot in its interval at each position.
    fn dots(&self, plot: &Plot) -> Result<()> {
        for &(x, value, low, high) in &self.points {
            plot.line([(x, low), (x, high)], self.colour, 2.5)?;
            plot.dot((x, value), 4.0, self.colour)?;
        }
        Ok(())
    }

    fn ends(&self) -> impl Iterator<Item = f64> + '_ {
        self.points.iter().flat_map(|p| [p.1, p.2, p.3])
    }
}

/// Pixels between the lines of a name.
const LINE: f64 = 12.0;

/// A panel whose horizontal axis has names instead of numbers.
struct Named<'a> {
    title: &'a str,
    y_label: &'a str,
    labels: &'a [String],
    /// Whether the values of a series are joined.
    joined: bool,
}

impl Named<'_> {
    fn draw(&self, canvas: &Canvas, series: &[Series]) -> Result<()> {
        let y = padded(&span(series.iter().flat_map(Series::ends).chain([0.0])), 0.06, 0.06);
        let lines = self.labels.iter().map(|label| label.lines().count()).max().unwrap_or(1);
        let canvas = &canvas.inside([0.0, 0.0, LINE * lines.saturating_sub(1) as f64, 0.0]);
        let panel = Panel {
            title: self.title,
            x_label: " ",
            y_label: self.y_label,
            x: -0.5..self.labels.len().max(1) as f64 - 0.5,
            y: y.clone(),
            ticks: (0, 5),
            ..Panel::default()
        };
        let plot = panel.open(canvas)?;
        let across = |at: f64| [(panel.x.start, at), (panel.x.end, at)];
        plot.line(across(y.start), LIGHT.ink, 1.0)?;
        plot.dotted(across(0.0).to_vec(), LIGHT.faint, 1.25)?;
        for (k, label) in self.labels.iter().enumerate() {
            // A long name takes several lines.
            for (line, words) in label.lines().enumerate() {
                let offset = (0.0, 6.0 + LINE * line as f64);
                let anchor = (HPos::Center, VPos::Top);
                plot.text(words, 10.0, (k as f64, y.start), offset, anchor)?;
            }
        }
        for one in series {
            if self.joined {
                one.line(&plot)?;
            } else {
                one.dots(&plot)?;
            }
        }
        Ok(())
    }
}

/// A picture with one line below it.
fn picture(height: f64, caption: &str, draw: impl FnOnce(&Canvas) -> Result<()>) -> Result<String> {
    Picture { width: WIDTH, height, caption: vec![caption.to_owned()] }.svg(draw)
}

/// The keys of lines, or dots, of several things.
fn keys(marks: fn(RGBColor) -> Mark, names: impl IntoIterator<Item = String>) -> Vec<Key> {
    names.into_iter().enumerate().map(|(k, name)| Key::new(marks(colour(k)), name)).collect()
}

/// The correlation over the place of the output bias, by the number of layers.
fn centring(numbers: &Numbers) -> Result<String> {
    let cells = numbers.cells("centring");
    let rows = |cell: &str| numbers.along(("centring", cell), "shifted", "reversal_log_loss");
    let x = span(cells.iter().flat_map(|cell| rows(cell)).map(|row| row.at));
    let caption = format!(
        "lines by the hidden layers' nodes · {} of each shape, and its 95 % interval · exact: all masks of \
         each",
        numbers.sample("centring", "reversal_log_loss")
    );
    picture(400.0, &caption, |canvas| {
        let mut all = keys(Mark::LineAndBand, cells.iter().map(|cell| widths(cell)));
        all.push(Key::new(Mark::SolidDiamond(LIGHT.ink), "with the bias that training gave"));
        let body = canvas.legend(&all)?;
        let panel = Panel {
            x_label: "output bias from where random sub-networks do best, in sd of the margin",
            y_label: "reversal correlation of ln(loss)",
            x: padded(&x, 0.03, 0.03),
            y: -1.05..1.05,
            ticks: (9, 5),
            ..Panel::default()
        };
        let plot = panel.open(&body)?;
        let Range { start, end } = panel.x.clone();
        plot.dotted(vec![(start, 0.0), (end, 0.0)], LIGHT.faint, 1.25)?;
        plot.dotted(vec![(0.0, -1.05), (0.0, 1.05)], LIGHT.faint, 1.25)?;
        for (k, cell) in cells.iter().enumerate() {
            Series::new(k, &rows(cell), |row| row.at).line(&plot)?;
        }
        for (k, cell) in cells.iter().enumerate() {
            let own = |quantity| numbers.mean(("centring", cell), ("own", 0.0), quantity);
            if let Some((offset, correlation)) = own("offset").zip(own("reversal_log_loss")) {
                plot.solid_diamond((offset.value, correlation.value), colour(k))?;
            }
        }
        Ok(())
    })
}
