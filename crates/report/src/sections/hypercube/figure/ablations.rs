//! The two ways of removing a node, side by side.

use super::removal::compare_nodes;
use super::spectrum::last_shown;
use super::{Hypercube, decimal};
use crate::error::Result;
use crate::sections::hypercube::rows::{AblationDegree, AblationNode, AblationSize};
use crate::sections::shared::drawing::{self, padded, span};
use crate::style::{Canvas, Key, LIGHT, Mark, Panel, Picture};
use crate::words::fixed;

/// The figure, if the section has recorded both ablations.
pub(crate) fn draw(hypercube: &Hypercube) -> Result<Option<String>> {
    let sizes: Vec<AblationSize> = hypercube.saved.optional_table("ablation_sizes.csv")?;
    if sizes.is_empty() {
        return Ok(None);
    }
    let nodes: Vec<AblationNode> = hypercube.saved.table("ablation_nodes.csv")?;
    let degrees: Vec<AblationDegree> = hypercube.saved.table("ablation_spectrum.csv")?;
    let of = |name: &str| {
        let number = |kind: &str| hypercube.saved.parameter(&format!("{kind}_{name}"))?.as_f64();
        Some([number("zero")?, number("mean")?].map(decimal))
    };
    let reversal = of("ablation_reversal_correlation")
        .map(|[zero, mean]| format!("reversal correlation of ln(loss): zero {zero}, mean {mean}"));
    let last = last_shown(degrees.iter().map(|row| row.zero_share.max(row.mean_share)));
    let beyond = |share: fn(&AblationDegree) -> f64| {
        fixed(100.0 * degrees.iter().skip(last).map(share).sum::<f64>(), 2)
    };
    let beyond = (last < degrees.len()).then(|| {
        let [zero, mean] = [beyond(|row| row.zero_share), beyond(|row| row.mean_share)];
        format!("not shown: degrees above {last}, zero {zero}\u{a0}%, mean {mean}\u{a0}% of the variance")
    });
    let parts = hypercube.exact(reversal.into_iter().chain(beyond));
    let caption = vec![drawing::caption_under(hypercube.saved, Some("zero and mean"), &parts)];
    let keys = vec![
        Key::new(Mark::Patch(LIGHT.p[1]), "zero: a removed node's activation becomes 0"),
        Key::new(Mark::Patch(LIGHT.p[0]), "mean: it becomes its mean over the points"),
        Key::new(Mark::Line(LIGHT.ink), "best mask of a size"),
        Key::new(Mark::Dotted(LIGHT.ink), "median mask of a size"),
        Key::new(Mark::Dot(LIGHT.ink), "a node, with its number"),
        Key::new(Mark::Dotted(LIGHT.faint), "equal under both"),
    ];
    let form = hypercube.form;
    let panels = vec![form.panels(1, 1, 300.0), form.panels(2, 2, 310.0)];
    let svg = Picture { width: form.width(), keys, panels, caption }.svg(|panels| {
        by_size(hypercube, &panels[0], &sizes)?;
        by_degree(&panels[1], &degrees[..last.min(degrees.len())])?;
        by_node(&panels[2], &nodes)
    })?;
    Ok(Some(svg))
}

fn by_size(hypercube: &Hypercube, canvas: &Canvas, rows: &[AblationSize]) -> Result<()> {
    let values = rows.iter().flat_map(|r| [r.zero_best, r.mean_best, r.zero_median, r.mean_median]);
    let panel = Panel {
        title: "loss by number of nodes on",
        x_label: "nodes on",
        y_label: "loss (nats)",
        x: 0.0..hypercube.n().max(1) as f64,
        y: padded(&span(values.chain([0.0])), 0.0, 0.05),
        ticks: (hypercube.ticks(), 6),
        ..Panel::default()
    };
    let plot = panel.open(canvas)?;
    let along = |value: fn(&AblationSize) -> f64| -> Vec<(f64, f64)> {
        rows.iter().map(|row| (row.size as f64, value(row))).collect()
    };
    plot.line(along(|r| r.zero_best), LIGHT.p[1], 2.0)?;
    plot.line(along(|r| r.mean_best), LIGHT.p[0], 2.0)?;
    plot.dotted(along(|r| r.zero_median), LIGHT.p[1], 1.75)?;
    plot.dotted(along(|r| r.mean_median), LIGHT.p[0], 1.75)
}

fn by_degree(canvas: &Canvas, rows: &[AblationDegree]) -> Result<()> {
    let most = rows.iter().fold(0.01_f64, |most, r| most.max(r.zero_share).max(r.mean_share));
    let panel = Panel {
        title: "variance of ln(loss) by degree of interaction",
        x_label: "degree: number of nodes that interact",
        y_label: "share of the variance (%)",
        x: 0.4..rows.len().max(1) as f64 + 0.6,
        y: 0.0..105.0 * most,
        ticks: (rows.len(), 6),
        ..Panel::default()
    };
    let plot = panel.open(canvas)?;
    for row in rows {
        let left = row.degree as f64 - 0.4;
        plot.bar((left, 0.0), (left + 0.4, 100.0 * row.zero_share), LIGHT.p[1])?;
        plot.bar((left + 0.4, 0.0), (left + 0.8, 100.0 * row.mean_share), LIGHT.p[0])?;
    }
    Ok(())
}

fn by_node(canvas: &Canvas, rows: &[AblationNode]) -> Result<()> {
    let zero = span(rows.iter().map(|row| row.zero_shapley).chain([0.0]));
    let mean = span(rows.iter().map(|row| row.mean_shapley).chain([0.0]));
    let panel = Panel {
        title: "what each node is worth: Shapley value of loss",
        x_label: "zero ablation (nats)",
        y_label: "mean ablation (nats)",
        x: padded(&zero, 0.08, 0.08),
        y: padded(&mean, 0.08, 0.3),
        ticks: (5, 6),
        ..Panel::default()
    };
    let plot = panel.open(canvas)?;
    let dots: Vec<_> = rows.iter().map(|r| (r.node, (r.zero_shapley, r.mean_shapley))).collect();
    compare_nodes(&plot, &panel, &dots, (LIGHT.faint, LIGHT.ink))
}
