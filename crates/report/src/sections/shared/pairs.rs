//! The matrix of all pairs of nodes.

use super::drawing::{caption, quantile};
use super::plane::{Scale, map_and_bar, square};
use super::rows::PairOrder;
use crate::error::Result;
use crate::record::Saved;
use crate::style::{Form, Panel, Picture};

/// Draws a section's `interactions.npy` with the nodes in the order of its `order.csv`.
pub(crate) fn svg(saved: &Saved, form: Form, exact: &[String]) -> Result<String> {
    let order: Vec<PairOrder> = saved.table("order.csv")?;
    let array = saved.array("interactions.npy")?;
    let n = order.len();
    if array.data.len() != n * n || order.iter().any(|row| row.row >= n) || n == 0 {
        return Err(saved.complain("order.csv", format!("it has {n} rows")));
    }
    let at = |i: usize, j: usize| array.data[order[i].row * n + order[j].row];
    // The raster's rows go from the top, where the last node of the order stands.
    let matrix: Vec<f64> =
        (0..n).rev().flat_map(|i| (0..n).map(move |j| (i, j))).map(|(i, j)| at(i, j)).collect();
    // A few strong pairs would leave the others white.
    let limit = quantile(matrix.iter().map(|value| value.abs()), 0.995).max(f64::MIN_POSITIVE);
    let by = order.first().map_or("", |row| row.by.as_str());
    let caption = vec![
        caption(saved, exact),
        format!("nodes in the order of {by}; colours saturate beyond the strongest 0.5 %"),
    ];
    let panels = vec![square(form, 560.0)];
    let picture = Picture { width: form.width(), keys: Vec::new(), panels, caption };
    picture.svg(|panels| {
        let range = -0.5..n as f64 - 0.5;
        let panel = Panel {
            title: "Banzhaf interaction index of every pair of nodes",
            x_label: "first node, in that order",
            y_label: "second node, in that order",
            x: range.clone(),
            y: range,
            ..Panel::default()
        };
        let (map, bar) = map_and_bar(&panels[0], &panel);
        let scale = Scale::Around0(limit);
        panel.open(&map)?.image(&scale.raster(&matrix, n))?;
        scale.bar(&bar, "interaction of the loss (nats)")
    })
}
