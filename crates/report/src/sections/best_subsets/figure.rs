//! `best-subsets`: the frontier with its bound, and how far pruning criteria are from it.

use plotters::style::RGBColor;

use super::rows::{BestSubsetRow, BestSubsetSummary, CriterionRow};
use crate::error::Result;
use crate::record::{Figure, Saved};
use crate::sections::shared::drawing::{caption, padded, span};
use crate::style::{Form, Key, LIGHT, Mark, Panel, Picture};
use crate::words::{count, fixed};

/// An excess below this is drawn as none: half a thousandth of the loss.
const LEAST: f64 = 5e-4;

/// From this ratio of the largest to the smallest loss on, the axis is logarithmic.
const LOGARITHMIC: f64 = 8.0;

pub(crate) fn draw(saved: &Saved, form: Form) -> Result<Vec<Figure>> {
    let best: Vec<BestSubsetRow> = saved.table("best_masks.csv")?;
    let criteria: Vec<CriterionRow> = saved.table("criteria.csv")?;
    if best.is_empty() || criteria.iter().any(|row| row.size >= best.len()) {
        return Err(saved.complain("best_masks.csv", format!("it has {} sizes", best.len())));
    }
    let drawn = Drawn { saved, form, best, criteria };
    Ok(vec![
        Figure::drawing("best-subsets", drawn.frontier()?),
        Figure::drawing("best-subsets-criteria", drawn.excess()?),
    ])
}

/// The records.
struct Drawn<'a> {
    saved: &'a Saved,
    form: Form,
    best: Vec<BestSubsetRow>,
    criteria: Vec<CriterionRow>,
}

impl Drawn<'_> {
    /// A picture of one panel.
    fn picture(&self, keys: Vec<Key>, height: f64) -> Result<Picture> {
        let summary: BestSubsetSummary = self.saved.json("summary.json")?;
        let proven = format!(
            "{} of {} sizes proven, largest gap {} %",
            count(summary.proven),
            count(self.best.len()),
            fixed(100.0 * summary.largest_gap, 2)
        );
        let caption = vec![caption(self.saved, &[proven])];
        let panels = vec![self.form.panels(1, 1, height)];
        Ok(Picture { width: self.form.width(), keys, panels, caption })
    }

    /// The criteria in the order in which they are recorded, each with its losses by size.
    fn by_criterion(&self) -> Vec<(&str, Vec<&CriterionRow>)> {
        let mut found: Vec<(&str, Vec<&CriterionRow>)> = Vec::new();
        for row in &self.criteria {
            match found.iter_mut().find(|(name, _)| *name == row.criterion) {
                Some((_, rows)) => rows.push(row),
                None => found.push((&row.criterion, vec![row])),
            }
        }
        found
    }

    fn keys(&self) -> Vec<(String, RGBColor)> {
        let found = self.by_criterion();
        // The first colour is that of the best masks.
        let named = found.iter().zip((1..).map(|k| LIGHT.series(k)));
        named.map(|((name, _), colour)| (super::page::in_words(name).to_owned(), colour)).collect()
    }

    fn frontier(&self) -> Result<String> {
        let all = self.best.iter().flat_map(|row| [row.loss, row.lower_bound]);
        let losses = self.best.iter().map(|row| row.loss);
        let reach = span(all.chain(self.criteria.iter().map(|row| row.loss)));
        let least = losses.fold(f64::INFINITY, f64::min);
        let log = least > 0.0 && reach.end / least >= LOGARITHMIC;
        // A bound far below is not what the axis is for.
        let floor = if log { 0.8 * least } else { reach.start };
        let place = |loss: f64| if log { loss.max(floor).log10() } else { loss };
        let panel = Panel {
            title: "loss by number of nodes on",
            x_label: "nodes of the last hidden layer that are on",
            y_label: if log { "loss (nats), logarithmic" } else { "loss (nats)" },
            y: padded(&(place(floor)..place(reach.end)), 0.05, 0.05),
            log_y: log,
            ..self.panel()
        };
        let named = self.keys();
        let mut keys = vec![
            Key::new(Mark::ThickLine(LIGHT.p[1]), "best mask found"),
            Key::new(Mark::Band(LIGHT.faint), "not ruled out"),
        ];
        keys.extend(named.iter().map(|(name, colour)| Key::new(Mark::Line(*colour), name)));
        self.picture(keys, 390.0)?.svg(|panels| {
            let plot = panel.open(&panels[0])?;
            let band = self.best.iter().map(|row| {
                (row.size as f64, place(row.lower_bound), place(row.loss.max(row.lower_bound)))
            });
            plot.band(&band.collect::<Vec<_>>(), LIGHT.faint)?;
            let best = self.best.iter().map(|row| (row.size as f64, place(row.loss)));
            plot.line(best, LIGHT.p[1], 5.0)?;
            for ((_, rows), (_, colour)) in self.by_criterion().iter().zip(&named) {
                plot.line(rows.iter().map(|r| (r.size as f64, place(r.loss))), *colour, 1.5)?;
            }
            Ok(())
        })
    }

    /// How much larger than the best the criteria's losses are, and how much smaller any can be.
    fn excess(&self) -> Result<String> {
        let excess = |row: &CriterionRow| {
            let best = self.best[row.size].loss;
            if best > 0.0 { row.loss / best - 1.0 } else { 0.0 }
        };
        let place = |share: f64| share.max(LEAST).log10();
        let reach = span(self.criteria.iter().map(|row| place(excess(row))).chain([0.0]));
        let panel = Panel {
            title: "loss above that of the best mask found",
            x_label: "nodes of the last hidden layer that are on",
            y_label: "share of the best loss, logarithmic",
            y: padded(&(LEAST.log10()..reach.end), 0.0, 0.05),
            log_y: true,
            ..self.panel()
        };
        let named = self.keys();
        let mut keys: Vec<Key> =
            named.iter().map(|(name, colour)| Key::new(Mark::Line(*colour), name)).collect();
        keys.push(Key::new(Mark::Dotted(LIGHT.ink), "what the bound leaves open"));
        self.picture(keys, 350.0)?.svg(|panels| {
            let plot = panel.open(&panels[0])?;
            for ((_, rows), (_, colour)) in self.by_criterion().iter().zip(&named) {
                plot.line(rows.iter().map(|r| (r.size as f64, place(excess(r)))), *colour, 1.75)?;
            }
            let open = self.best.iter().map(|row| (row.size as f64, place(row.gap())));
            plot.dotted(open.collect(), LIGHT.ink, 1.5)
        })
    }

    fn panel(&self) -> Panel<'static> {
        let n = self.best.len() - 1;
        Panel { x: 0.0..n.max(1) as f64, ticks: (n.clamp(1, 10), 6), ..Panel::default() }
    }
}
