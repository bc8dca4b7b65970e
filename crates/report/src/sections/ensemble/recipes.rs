//! How likely the write-up's three numbers are under each recipe, over training steps.

use super::networks::CellId;
use super::rows::Likelihood;
use crate::error::{Error, Result};
use crate::style::{Form, Key, LIGHT, Mark, Panel, Picture};
use crate::words::count;

/// Below the highest by this much and more, nothing is shown: odds of one in ten thousand.
const DEPTH: f64 = 9.2;

/// More data sets or initialisations than this are not shown.
const MOST: usize = 8;

/// The figure: a panel for each initialisation, a line for each data set.
pub(crate) fn svg(likelihood: &[(CellId, Likelihood)], form: Form) -> Result<String> {
    let Some((first, _)) = likelihood.first() else {
        return Err(Error::new("cannot draw", "no recipes"));
    };
    let shown = |(id, _): &&(CellId, Likelihood)| {
        let varied = CellId {
            data: id.data.clone(),
            init: id.init.clone(),
            steps: id.steps,
            ..first.clone()
        };
        *id == varied
    };
    let rows: Vec<&(CellId, Likelihood)> = likelihood.iter().filter(shown).collect();
    let data = distinct(rows.iter().map(|(id, _)| id.data.as_str()));
    let inits = distinct(rows.iter().map(|(id, _)| id.init.as_str()));
    let highest = rows.iter().map(|row| row.1.log_likelihood).fold(f64::NEG_INFINITY, f64::max);
    let steps = rows.iter().map(|row| row.0.steps as f64);
    let x = steps.clone().fold(f64::INFINITY, f64::min)..steps.fold(0.0, f64::max);
    let caption = format!(
        "normal density of the networks’ numbers, mean and covariance interpolated in ln(steps) · {} \
         nodes, batches of {}, step size {}, {} training points, {} ablation",
        first.widths(),
        first.batch,
        first.learning_rate,
        count(first.training_points),
        first.ablation
    );
    let lines = data.iter().enumerate();
    let picture = Picture {
        width: form.width(),
        keys: lines.map(|(k, name)| Key::new(Mark::Line(LIGHT.series(k)), *name)).collect(),
        panels: vec![form.panels(inits.len(), 3, 260.0)],
        caption: vec![caption],
    };
    picture.svg(|panels| {
        for (init, canvas) in inits.iter().zip(panels) {
            let panel = Panel {
                title: init,
                x_label: "training steps",
                y_label: "log-likelihood",
                x: x.clone(),
                y: highest - DEPTH..highest + 0.8,
                ticks: (4, 5),
                ..Panel::default()
            };
            let plot = panel.open(canvas)?;
            for (k, name) in data.iter().enumerate() {
                let own = rows.iter().filter(|(id, _)| id.init == *init && id.data == *name);
                let points: Vec<(f64, f64)> =
                    own.map(|(id, l)| (id.steps as f64, l.log_likelihood)).collect();
                for part in points.windows(2).filter_map(|ends| above(ends, panel.y.start)) {
                    plot.line(part, LIGHT.series(k), 2.0)?;
                }
            }
        }
        Ok(())
    })
}

/// The part of a straight line between two points that lies above a height.
fn above(ends: &[(f64, f64)], height: f64) -> Option<[(f64, f64); 2]> {
    let &[a, b] = ends else { return None };
    let crossing = (a.0 + (height - a.1) / (b.1 - a.1) * (b.0 - a.0), height);
    match (a.1 >= height, b.1 >= height) {
        (true, true) => Some([a, b]),
        (true, false) => Some([a, crossing]),
        (false, true) => Some([crossing, b]),
        (false, false) => None,
    }
}

/// Each name once, in the order in which they come.
fn distinct<'a>(names: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut found = Vec::new();
    for name in names {
        if !found.contains(&name) && found.len() < MOST {
            found.push(name);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::above;

    #[test]
    fn lines_end_at_the_edge() {
        assert_eq!(above(&[(0.0, 1.0), (2.0, 3.0)], 0.0), Some([(0.0, 1.0), (2.0, 3.0)]));
        assert_eq!(above(&[(0.0, 1.0), (2.0, 3.0)], 2.0), Some([(1.0, 2.0), (2.0, 3.0)]));
        assert_eq!(above(&[(0.0, 3.0), (2.0, 1.0)], 2.0), Some([(0.0, 3.0), (1.0, 2.0)]));
        assert_eq!(above(&[(0.0, 3.0), (2.0, 1.0)], 4.0), None);
    }
}
