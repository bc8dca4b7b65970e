//! `ensemble`: the statistics of every observation over many networks.

use std::ops::Range;

use serde_json::Value;

use super::judged::{JUDGED, values, wanted};
use super::networks::{CellId, NetworkRow};
use super::rows::{Likelihood, StatisticRow, Verdict};
use crate::error::Result;
use crate::record::{Figure, Saved};
use crate::sections::shared::drawing::{padded, span};
use crate::style::{Canvas, Form, Key, LIGHT, Mark, Panel, Panels, Picture};
use crate::words::count;

/// Bars of a histogram of real numbers.
const BARS: usize = 25;

pub(crate) fn draw(saved: &Saved, form: Form) -> Result<Vec<Figure>> {
    let rows = NetworkRow::read(saved)?;
    let statistics: Vec<StatisticRow> = saved.optional_table("statistics.csv")?;
    let of: Option<CellId> =
        saved.parameter("base").and_then(|base| serde_json::from_value(base.clone()).ok());
    let base: Vec<&NetworkRow> = rows.iter().filter(|row| Some(&row.cell) == of.as_ref()).collect();
    let verdicts: Vec<Verdict> = saved.optional_table("verdicts.csv")?;
    let default_seed = saved.parameter("default_seed").and_then(Value::as_u64);
    let default = base.iter().find(|row| Some(row.seed) == default_seed).copied();
    let deep: Vec<&NetworkRow> =
        rows.iter().filter(|row| of.as_ref().is_some_and(|of| is_deeper(&row.cell, of))).collect();
    let shown = shown(&base, &deep, default, (&statistics, &verdicts));
    let mut figures = vec![Figure::drawing("ensemble", histograms(form, &base, &shown)?)];
    if let Some(first) = base.first() {
        let svg = super::reversal::svg(&rows, form, &first.cell)?;
        figures.push(Figure::drawing("ensemble-reversal", svg));
    }
    let likelihood: Vec<(CellId, Likelihood)> = saved.pairs("likelihood.csv")?;
    if !likelihood.is_empty() {
        let svg = super::recipes::svg(&likelihood, form)?;
        figures.push(Figure::drawing("ensemble-recipes", svg));
    }
    Ok(figures)
}

/// Whether a cell differs from another in nothing but having several hidden layers.
pub(super) fn is_deeper(cell: &CellId, of: &CellId) -> bool {
    let same = CellId { hidden: of.hidden.clone(), ..cell.clone() } == *of;
    same && cell.layers() > 1 && cell.nodes() == of.nodes()
}

/// What a histogram is of.
struct Shown {
    title: String,
    values: Vec<f64>,
    /// Of our default network.
    own: Option<f64>,
    /// The write-up's.
    write_up: Vec<f64>,
    /// From where to where the criterion of its verdict wants it.
    wanted: Option<(f64, f64)>,
    is_whole: bool,
}

/// The statistics that are about no observation but have a title, then those of the verdicts.
fn shown(
    base: &[&NetworkRow],
    deep: &[&NetworkRow],
    default: Option<&NetworkRow>,
    (statistics, verdicts): (&[StatisticRow], &[Verdict]),
) -> Vec<Shown> {
    let general = statistics.iter().filter(|s| !s.title.is_empty() && s.observation.is_none());
    let general = general.map(|s| Shown {
        title: s.title.clone(),
        values: base.iter().filter_map(|row| row.get(&s.statistic)).collect(),
        own: default.and_then(|row| row.get(&s.statistic)),
        write_up: s.write_up.into_iter().collect(),
        wanted: None,
        is_whole: false,
    });
    let judged = JUDGED.iter().filter_map(|judged| {
        let verdict = judged.verdict(verdicts)?;
        let rows = if judged.is_deep { deep } else { base };
        Some(Shown {
            title: format!("{} ({})", judged.title, verdict.observation),
            values: rows.iter().filter_map(|row| (judged.value)(row)).collect(),
            own: default.filter(|_| !judged.is_deep).and_then(judged.value),
            write_up: values(&verdict.write_up),
            wanted: wanted(&verdict.criterion),
            is_whole: judged.is_whole,
        })
    });
    general.chain(judged).filter(|shown| !shown.values.is_empty()).collect()
}

fn histograms(form: Form, rows: &[&NetworkRow], shown: &[Shown]) -> Result<String> {
    let caption = match rows.first() {
        Some(row) => format!(
            "{} networks · {} ablation · {} evaluation points · exact: all masks of each · some \
             criteria ask for more than the number shown",
            count(rows.len()),
            row.cell.words(),
            count(row.cell.n_points)
        ),
        None => "no networks".to_owned(),
    };
    let keys = vec![
        Key::new(Mark::Patch(LIGHT.p[1]), "networks (%)"),
        Key::new(Mark::Line(LIGHT.path), "the write-up's network"),
        Key::new(Mark::Line(LIGHT.ink), "our default network"),
        Key::new(Mark::Band(LIGHT.p[2]), "where it counts as true"),
        Key::new(Mark::None, "in parentheses: observations"),
    ];
    let (n, columns) = (shown.len(), form.choose(3, 2));
    let panels = vec![Panels { n, columns, height: 180.0 }];
    let picture = Picture { width: form.width(), keys, panels, caption: vec![caption] };
    picture
        .svg(|panels| shown.iter().zip(panels).try_for_each(|(shown, canvas)| shown.draw(canvas)))
}

impl Shown {
    /// The value that a share of the networks lies at or below.
    fn quantile(&self, share: f64) -> Option<f64> {
        let mut values = self.values.clone();
        values.sort_by(f64::total_cmp);
        values.get((share * values.len().saturating_sub(1) as f64).round() as usize).copied()
    }

    /// The axis, and the bars' edges on it.
    fn bars(&self) -> (Range<f64>, Vec<f64>) {
        // Few far-off networks would squeeze all others into one bar.
        let ends = [0.005, 0.995].into_iter().filter_map(|share| self.quantile(share));
        let near = span(ends.chain(self.own).chain(self.write_up.iter().copied()));
        let (low, high) = self.wanted.unwrap_or((f64::NEG_INFINITY, f64::INFINITY));
        // Where no network is as wanted, the nearest end is shown.
        let nearest = if low > near.end { low } else { near.start.min(high) };
        let reach = span([near.start, near.end, nearest]);
        if self.is_whole {
            let (first, last) = (reach.start.floor(), reach.end.ceil());
            let edges = 0..=(last - first).clamp(0.0, 1e3) as usize + 1;
            return (first - 0.75..last + 0.75, edges.map(|k| first - 0.5 + k as f64).collect());
        }
        let x = padded(&reach, 0.04, 0.04);
        let step = (x.end - x.start) / BARS as f64;
        let edges = (0..=BARS).map(|k| x.start + k as f64 * step).collect();
        (x, edges)
    }

    fn draw(&self, canvas: &Canvas) -> Result<()> {
        let (x, edges) = self.bars();
        let share = |ends: &[f64]| {
            let inside = self.values.iter().filter(|value| (ends[0]..ends[1]).contains(*value));
            100.0 * inside.count() as f64 / self.values.len().max(1) as f64
        };
        let shares: Vec<f64> = edges.windows(2).map(share).collect();
        let most = shares.iter().copied().fold(1.0, f64::max);
        let panel = Panel {
            title: &self.title,
            y: 0.0..1.08 * most,
            ticks: (if self.is_whole { edges.len().min(8) } else { 4 }, 4),
            x,
            ..Panel::default()
        };
        let plot = panel.open(canvas)?;
        if let Some((low, high)) = self.wanted {
            // Between two whole numbers there is nothing that could be wanted or not.
            let aside = if self.is_whole { 0.5 } else { 0.0 };
            let ends = [low - aside, high + aside].map(|end| end.clamp(panel.x.start, panel.x.end));
            plot.band(&ends.map(|x| (x, 0.0, panel.y.end)), LIGHT.p[2])?;
        }
        let gap = if self.is_whole { 0.1 } else { 0.0 };
        for (ends, share) in edges.windows(2).zip(shares) {
            plot.bar((ends[0] + gap, 0.0), (ends[1] - gap, share), LIGHT.p[1])?;
        }
        let marks = self.own.iter().map(|value| (value, LIGHT.ink));
        for (value, colour) in marks.chain(self.write_up.iter().map(|value| (value, LIGHT.path))) {
            plot.line([(*value, 0.0), (*value, panel.y.end)], colour, 2.0)?;
        }
        Ok(())
    }
}
