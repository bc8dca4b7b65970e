//! `gradient-heatmap`: gate gradients and loss of the full network, point by point.

use crate::error::Result;
use crate::figures::Figure;
use crate::figures::common::{
    MOST_NODES, Plane, WIDTH, caption, map_and_bar, over, quantile, round_up, sequential, sheet,
    shown, side,
};
use crate::records::NodeKind;
use crate::saved::Saved;
use crate::style::{Bar, DIVERGING, EDGE, LIGHT, Panel, Picture, Raster, VIRIDIS, number};

/// Share of the values that the colours reach to; the few beyond would leave the rest pale.
const SHOWN: f64 = 0.995;

pub(super) fn draw(saved: &Saved) -> Result<Vec<Figure>> {
    let mut figures = Vec::from(Figure::both("gradient-heatmap", gradients(saved)?)?);
    figures.extend(Figure::both("gradient-heatmap-loss", loss(saved)?)?);
    Ok(figures)
}

fn gradients(saved: &Saved) -> Result<String> {
    let array = saved.array("gradients.npy")?;
    let side = side(saved, "gradients.npy", &array, 3)?;
    let nodes: Vec<NodeKind> = saved.table("nodes.csv")?;
    if nodes.len() != array.shape[0] {
        return Err(saved.complain("nodes.csv", format!("it has {} rows", nodes.len())));
    }
    let plane = Plane::of(saved);
    let limit = round_up(quantile(array.data.iter().map(|value| value.abs()), SHOWN));
    let (down, across) = sheet(nodes.len().min(MOST_NODES));
    let bar = 78.0;
    let cell = (WIDTH - EDGE - bar) / across.max(4) as f64;
    let (extent, limits) = (number(plane.extent), number(limit));
    let notes = vec![
        format!("each map shows [−{extent}, {extent}]²"),
        format!("one scale for all; colours saturate beyond ±{limits} nats"),
    ];
    let caption = [Some(caption(saved, &notes)), shown(nodes.len())];
    let picture = Picture {
        width: WIDTH,
        height: 34.0 + down as f64 * (cell + 16.0),
        caption: caption.into_iter().flatten().collect(),
    };
    picture.svg(|canvas| {
        let body = canvas.legend(&plane.keys(LIGHT.ink, DIVERGING.at(0.5)))?;
        let (sheet, rest) = body.split_left(cell * across as f64);
        for (index, (node, canvas)) in nodes.iter().zip(sheet.grid(down, across)).enumerate() {
            let title = format!("{} · {}", node.node, node.kind);
            let size = if across > 5 { 8.5 } else { 10.5 };
            let panel = Panel {
                title: &title,
                ticks: (0, 0),
                size,
                x_label: "",
                y_label: "",
                ..plane.panel()
            };
            let plot = panel.open(&canvas)?;
            plot.image(&Raster::new(array.row(index), side, &DIVERGING, (-limit, limit)))?;
            plane.outlines(&plot, LIGHT.ink, 0.75)?;
        }
        let height = rest.size().1.min(360.0);
        let (bar, _) = rest.split_left(bar);
        let (bar, _) = bar.split_top(height);
        let label = "∂loss/∂bᵢ at a point (nats)";
        bar.inside([24.0, 0.0, 12.0, 8.0])
            .colour_bar(&Bar { label, range: -limit..limit }, &DIVERGING)
    })
}

fn loss(saved: &Saved) -> Result<String> {
    let array = saved.array("loss.npy")?;
    let side = side(saved, "loss.npy", &array, 2)?;
    let plane = Plane::of(saved);
    let limit = round_up(quantile(array.data.iter().copied(), SHOWN));
    let note = format!("colours saturate beyond {} nats", number(limit));
    let picture = Picture { width: WIDTH, height: 540.0, caption: vec![caption(saved, &[note])] };
    picture.svg(|canvas| {
        let body = canvas.legend(&plane.keys(over(&LIGHT), VIRIDIS.at(0.3)))?;
        let panel = Panel { title: "loss of the full network, point by point", ..plane.panel() };
        let (map, bar) = map_and_bar(&body, &panel);
        let plot = panel.open(&map)?;
        plot.image(&sequential(&array.data, side, (0.0, limit)))?;
        plane.outlines(&plot, over(&LIGHT), 1.5)?;
        bar.colour_bar(&Bar { label: "loss at a point (nats)", range: 0.0..limit }, &VIRIDIS)
    })
}
