//! `flip-paths`: covariance of log loss along paths that flip every node once.

use plotters::style::text_anchor::{HPos, VPos};

use super::rows::{DistanceRow, FlipPathsSummary, PathCovariance};
use crate::error::Result;
use crate::record::{Figure, Saved};
use crate::sections::shared::drawing::{caption, padded, quantile, span};
use crate::sections::shared::plane::{Scale, map_and_bar, square};
use crate::sections::shared::rows::ExactCheck;
use crate::style::{Canvas, Form, Key, LIGHT, Mark, Panel, Picture, legend_height};
use crate::words::{count, fixed};

pub(crate) fn draw(saved: &Saved, form: Form) -> Result<Vec<Figure>> {
    Ok(vec![
        Figure::drawing("flip-paths-cube", cube(form)?),
        Figure::drawing("flip-paths", covariance(saved, form)?),
    ])
}

/// The masks of three nodes as corners of a cube, and one path along its edges.
fn cube(form: Form) -> Result<String> {
    let caption = [
        "The eight masks of three nodes; an edge flips one node.",
        "A flip path starts anywhere, flips every node once in random order, and ends at the reversal.",
    ];
    let caption = caption.map(str::to_owned).to_vec();
    let width = form.width().min(600.0);
    let keys = vec![Key::new(Mark::Line(LIGHT.path), "a flip path from 000 to 111")];
    let picture = Picture { width, keys, panels: vec![form.panels(1, 1, 280.0)], caption };
    picture.svg(|panels| {
        let body = &panels[0];
        let left = (width - 222.0) / 2.0;
        // Node 0 moves right, node 1 up, node 2 into the page.
        let corner = |mask: usize| {
            let [right, up, back] =
                [0, 1, 2].map(|node| f64::from(u8::from(mask >> node & 1 == 1)));
            (left + 150.0 * right + 72.0 * back, 245.0 - 150.0 * up - 52.0 * back)
        };
        for mask in 0..8_usize {
            for node in (0..3).filter(|node| mask >> node & 1 == 0) {
                body.line(&[corner(mask), corner(mask | 1 << node)], LIGHT.faint, 1.25)?;
            }
        }
        for step in [0b000, 0b010, 0b011, 0b111].windows(2) {
            arrow(body, corner(step[0]), corner(step[1]))?;
        }
        for mask in 0..8_usize {
            let (x, y) = corner(mask);
            body.dot((x, y), 4.0, LIGHT.ink)?;
            // To the side on which no edge leaves the corner.
            let (x, y, anchor) = match (mask & 1 == 1, mask >> 2 == 1) {
                (true, true) => (x + 10.0, y - 9.0, HPos::Left),
                (true, false) => (x + 10.0, y + 13.0, HPos::Left),
                (false, _) => (x - 10.0, y - 9.0, HPos::Right),
            };
            let name: String =
                (0..3).map(|node| if mask >> node & 1 == 1 { '1' } else { '0' }).collect();
            body.text(&name, 13.0, LIGHT.ink, (x, y), (anchor, VPos::Center))?;
        }
        Ok(())
    })
}

/// A line with a head in its middle, where no corner hides it.
fn arrow(canvas: &Canvas, from: (f64, f64), to: (f64, f64)) -> Result<()> {
    canvas.line(&[from, to], LIGHT.path, 3.0)?;
    let (dx, dy) = (to.0 - from.0, to.1 - from.1);
    let length = dx.hypot(dy);
    let (ux, uy) = (dx / length, dy / length);
    let tip = (from.0 + 0.56 * dx, from.1 + 0.56 * dy);
    let wing =
        |side: f64| (tip.0 - 13.0 * ux - side * 7.0 * uy, tip.1 - 13.0 * uy + side * 7.0 * ux);
    canvas.fill(&[tip, wing(1.0), wing(-1.0)], LIGHT.path, 1.0)
}

fn covariance(saved: &Saved, form: Form) -> Result<String> {
    let cells: Vec<PathCovariance> = saved.table("covariance.csv")?;
    let rows: Vec<DistanceRow> = saved.table("distance.csv")?;
    let exact: Vec<ExactCheck> = saved.optional_table("exact.csv")?;
    let summary: FlipPathsSummary = saved.json("summary.json")?;
    // From the number of rows: the numbers in an edited file may be anything.
    let side = cells.len().isqrt();
    let outside = cells.iter().any(|cell| cell.from.max(cell.to) >= side);
    if cells.len() != side * side || side == 0 || outside {
        return Err(saved.complain("covariance.csv", format!("it has {} rows", cells.len())));
    }
    let mut matrix = vec![0.0; side * side];
    for cell in &cells {
        matrix[cell.to * side + cell.from] = cell.covariance;
    }
    let sample = [format!("{} flip paths", count(summary.paths))];
    let distances = Distances { rows: &rows, exact: &exact, summary: &summary };
    let keys = distances.keys();
    let room = 310.0 + legend_height(&keys, form.column_width(1));
    let picture = Picture {
        width: form.width(),
        keys: Vec::new(),
        panels: vec![square(form, 430.0), form.panels(1, 1, room)],
        caption: vec![caption(saved, &sample)],
    };
    picture.svg(|panels| {
        heatmap(&panels[0], &matrix, side)?;
        distances.draw(&panels[1].legend(&keys)?)
    })
}

fn heatmap(canvas: &Canvas, matrix: &[f64], side: usize) -> Result<()> {
    let limit = quantile(matrix.iter().map(|value| value.abs()), 1.0);
    // A cell is centred on its number of flips.
    let range = -0.5..side as f64 - 0.5;
    let panel = Panel {
        title: "covariance of ln(loss) between masks of a path",
        x_label: "flips from the start, one mask",
        y_label: "flips from the start, other mask",
        x: range.clone(),
        y: range,
        ..Panel::default()
    };
    let (map, bar) = map_and_bar(canvas, &panel);
    let scale = Scale::Around0(limit);
    panel.open(&map)?.image(&scale.raster(matrix, side))?;
    scale.bar(&bar, "covariance of ln(loss)")
}

/// Covariances by the number of flips between two masks, sampled and exact.
struct Distances<'a> {
    rows: &'a [DistanceRow],
    exact: &'a [ExactCheck],
    summary: &'a FlipPathsSummary,
}

impl Distances<'_> {
    /// Exact values of a statistic, each at its number of flips.
    fn known(&self, statistic: &str) -> Vec<(f64, f64)> {
        let of = self.exact.iter().filter(|row| row.statistic == statistic);
        of.filter_map(|row| Some((row.flips? as f64, row.exact))).collect()
    }

    fn keys(&self) -> Vec<Key> {
        let summary = self.summary;
        let mut keys = vec![
            Key::new(Mark::LineAndBand(LIGHT.start), "with the start of the path"),
            Key::new(Mark::LineAndBand(LIGHT.end), "with the end of the path"),
            Key::new(Mark::None, "bands: 95 % intervals"),
            Key::new(Mark::Line(LIGHT.faint), "zero"),
        ];
        if !self.known("covariance").is_empty() {
            keys.push(Key::new(Mark::LineAndDot(LIGHT.ink), "exact, all masks"));
        }
        if let Some(flips) = summary.flips_until_insignificant {
            let text = format!("correlation not distinguishable from 0 after {flips} flips");
            keys.push(Key::new(Mark::Dotted(LIGHT.ink), text));
        }
        let known = self.exact.iter().find(|row| row.statistic == "correlation");
        let known = known.map(|row| format!(", exact {}", fixed(row.exact, 3)));
        let reversal = format!(
            "reversal correlation {}, 95 % interval {} to {}{}",
            fixed(summary.reversal_correlation, 3),
            fixed(summary.reversal_low, 3),
            fixed(summary.reversal_high, 3),
            known.unwrap_or_default()
        );
        keys.push(Key::new(Mark::None, reversal));
        keys
    }

    fn draw(&self, canvas: &Canvas) -> Result<()> {
        let rows = self.rows;
        let curve = self.known("covariance");
        let reach =
            rows.iter().flat_map(|row| [row.start_low, row.start_high, row.end_low, row.end_high]);
        let reach = reach.chain(curve.iter().map(|(_, covariance)| *covariance));
        let last = rows.last().map_or(1, |row| row.flips.max(1)) as f64;
        let panel = Panel {
            x_label: "flips between the two masks",
            y_label: "covariance of ln(loss)",
            x: 0.0..last,
            y: padded(&span(reach.chain([0.0])), 0.06, 0.06),
            ticks: (11, 6),
            ..Panel::default()
        };
        let plot = panel.open(canvas)?;
        plot.line([(0.0, 0.0), (last, 0.0)], LIGHT.faint, 1.0)?;
        if let Some(flips) = self.summary.flips_until_insignificant {
            let x = flips as f64;
            plot.dotted(vec![(x, panel.y.start), (x, panel.y.end)], LIGHT.ink, 1.25)?;
        }
        let x = |row: &DistanceRow| row.flips as f64;
        let ends: Vec<_> = rows.iter().map(|row| (x(row), row.end_low, row.end_high)).collect();
        let starts: Vec<_> =
            rows.iter().map(|row| (x(row), row.start_low, row.start_high)).collect();
        plot.band(&ends, LIGHT.end)?;
        plot.band(&starts, LIGHT.start)?;
        plot.line(rows.iter().map(|row| (x(row), row.end)), LIGHT.end, 1.75)?;
        plot.line(rows.iter().map(|row| (x(row), row.start)), LIGHT.start, 1.75)?;
        plot.line_and_dots(&curve, LIGHT.ink, (1.0, 2.0))
    }
}
