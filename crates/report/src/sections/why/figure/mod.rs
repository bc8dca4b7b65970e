//! `why`: the experiments on what makes a network and its reversal alike.

mod panels;
mod theory;

use std::ops::Range;

use plotters::style::RGBColor;

use super::numbers::{Numbers, widths};
use super::rows::{WhySummary, WhyTable};
use crate::error::Result;
use crate::record::{Figure, Saved};
use crate::sections::shared::drawing::{padded, span};
use crate::style::{Canvas, Form, Key, LIGHT, Mark, Panel, Panels, Picture, Plot};

/// A figure's name, the piece it is of, and how it is drawn.
type Drawn = (&'static str, &'static str, fn(&Numbers, Form) -> Result<String>);

const FIGURES: [Drawn; 6] = [
    ("why", "centring", centring),
    ("why-layers", "centring", panels::layers),
    ("why-balance", "balance", panels::balance),
    ("why-training", "training", panels::training),
    ("why-width", "width", panels::width),
    ("why-removal", "removal", panels::removal),
];

pub(crate) fn draw(saved: &Saved, form: Form) -> Result<Vec<Figure>> {
    let numbers = Numbers::read(saved)?;
    let mut figures = Vec::new();
    for (name, _, svg) in FIGURES.into_iter().filter(|drawn| !numbers.is_empty(drawn.1)) {
        figures.push(Figure::drawing(name, svg(&numbers, form)?));
    }
    let theory = WhyTable::read(saved, "theory")?;
    if !theory.rows.is_empty() {
        figures.push(Figure::drawing("why-theory", theory::svg(&theory, &numbers, form)?));
    }
    Ok(figures)
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
        Self { colour: LIGHT.series(k), points: rows.iter().map(point).collect() }
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
        let panel = Panel {
            title: self.title,
            y_label: self.y_label,
            x: -0.5..self.labels.len().max(1) as f64 - 0.5,
            y,
            ticks: (0, 5),
            names: self.labels,
            ..Panel::default()
        };
        let plot = panel.open(canvas)?;
        plot.dotted(vec![(panel.x.start, 0.0), (panel.x.end, 0.0)], LIGHT.faint, 1.25)?;
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
fn picture(form: Form, keys: Vec<Key>, panels: Panels, caption: String) -> Picture {
    Picture { width: form.width(), keys, panels: vec![panels], caption: vec![caption] }
}

/// The keys of lines, or dots, of several things, and of the line at zero.
fn keys(marks: fn(RGBColor) -> Mark, names: impl IntoIterator<Item = String>) -> Vec<Key> {
    let key = |(k, name)| Key::new(marks(LIGHT.series(k)), name);
    let zero = Key::new(Mark::Dotted(LIGHT.faint), "zero");
    names.into_iter().enumerate().map(key).chain([zero]).collect()
}

/// The correlation over the place of the output bias, by the number of layers.
fn centring(numbers: &Numbers, form: Form) -> Result<String> {
    let cells = numbers.cells("centring");
    let rows = |cell: &str| numbers.along(("centring", cell), "shifted", "reversal_log_loss");
    let x = span(cells.iter().flat_map(|cell| rows(cell)).map(|row| row.at));
    let caption = format!(
        "lines by the hidden layers' nodes · {} of each shape, and its 95 % interval · exact: all masks of \
         each",
        numbers.sample("centring", "reversal_log_loss")
    );
    let mut all = keys(Mark::LineAndBand, cells.iter().map(|cell| widths(cell)));
    all.push(Key::new(Mark::SolidDiamond(LIGHT.ink), "with the bias that training gave"));
    picture(form, all, form.panels(1, 1, 370.0), caption).svg(|panels| {
        let panel = Panel {
            x_label: "output bias from where random sub-networks do best, in sd of the margin",
            y_label: "reversal correlation of ln(loss)",
            x: padded(&x, 0.03, 0.03),
            y: -1.05..1.05,
            ticks: (9, 5),
            ..Panel::default()
        };
        let plot = panel.open(&panels[0])?;
        let Range { start, end } = panel.x.clone();
        plot.dotted(vec![(start, 0.0), (end, 0.0)], LIGHT.faint, 1.25)?;
        plot.dotted(vec![(0.0, -1.05), (0.0, 1.05)], LIGHT.faint, 1.25)?;
        for (k, cell) in cells.iter().enumerate() {
            Series::new(k, &rows(cell), |row| row.at).line(&plot)?;
        }
        for (k, cell) in cells.iter().enumerate() {
            let own = |quantity| numbers.mean(("centring", cell), ("own", 0.0), quantity);
            if let Some((offset, correlation)) = own("offset").zip(own("reversal_log_loss")) {
                plot.solid_diamond((offset.value, correlation.value), LIGHT.series(k))?;
            }
        }
        Ok(())
    })
}
