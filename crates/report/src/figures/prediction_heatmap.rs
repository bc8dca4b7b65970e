//! `prediction-heatmap`: the prediction over the plane, with all nodes and without one.

use crate::error::Result;
use crate::figures::common::{
    MOST_NODES, Plane, WIDTH, caption, map_and_bar, over, sequential, sheet, shown, side,
};
use crate::figures::{Figure, prediction_path};
use crate::records::RemovedNode;
use crate::saved::Saved;
use crate::style::{Bar, EDGE, Key, LIGHT, Mark, Panel, Picture, VIRIDIS, number};

pub(super) fn draw(saved: &Saved) -> Result<Vec<Figure>> {
    let mut figures = Vec::from(Figure::both("prediction-heatmap", full(saved)?)?);
    figures.extend(Figure::both("prediction-heatmap-removed", removed(saved)?)?);
    figures.push(Figure::new("prediction-heatmap-path.gif", prediction_path::gif(saved)?));
    Ok(figures)
}

fn full(saved: &Saved) -> Result<String> {
    let array = saved.array("full.npy")?;
    let side = side(saved, "full.npy", &array, 2)?;
    let plane = Plane::of(saved);
    let picture = Picture { width: WIDTH, height: 540.0, caption: vec![caption(saved, &[])] };
    picture.svg(|canvas| {
        let body = canvas.legend(&plane.keys(over(&LIGHT), VIRIDIS.at(0.3)))?;
        let panel = Panel { title: "prediction of the full network", ..plane.panel() };
        let (map, bar) = map_and_bar(&body, &panel);
        let plot = panel.open(&map)?;
        plot.image(&sequential(&array.data, side, (0.0, 1.0)))?;
        plane.outlines(&plot, over(&LIGHT), 1.5)?;
        bar.colour_bar(&Bar { label: "probability of “inside”", range: 0.0..1.0 }, &VIRIDIS)
    })
}

fn removed(saved: &Saved) -> Result<String> {
    let array = saved.array("removed.npy")?;
    let side = side(saved, "removed.npy", &array, 3)?;
    let rows: Vec<RemovedNode> = saved.table("removed.csv")?;
    if rows.len() != array.shape[0] {
        return Err(saved.complain("removed.csv", format!("it has {} rows", rows.len())));
    }
    let plane = Plane::of(saved);
    let (down, across) = sheet(rows.len().min(MOST_NODES));
    let cell = (WIDTH - EDGE) / across.max(4) as f64;
    let extent = number(plane.extent);
    let sample = [format!("each map shows [−{extent}, {extent}]²")];
    let caption = [Some(caption(saved, &sample)), shown(rows.len())];
    let picture = Picture {
        width: WIDTH,
        height: 66.0 + down as f64 * (cell + 16.0),
        caption: caption.into_iter().flatten().collect(),
    };
    picture.svg(|canvas| {
        let mut keys = vec![
            Key::new(Mark::None, "probability of “inside” without one node:"),
            Key::new(Mark::Patch(VIRIDIS.at(0.0)), "0"),
            Key::new(Mark::Patch(VIRIDIS.at(0.5)), "½"),
            Key::new(Mark::Patch(VIRIDIS.at(1.0)), "1"),
        ];
        keys.extend(plane.keys(over(&LIGHT), VIRIDIS.at(0.3)));
        keys.push(Key::new(Mark::None, "titles: node removed, and the loss without it (nats)"));
        let body = canvas.legend(&keys)?;
        let (body, _) = body.split_left(cell * across as f64);
        for (index, (row, canvas)) in rows.iter().zip(body.grid(down, across)).enumerate() {
            let title = format!("{} · {:.3}", row.node, row.loss);
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
            plot.image(&sequential(array.row(index), side, (0.0, 1.0)))?;
            plane.outlines(&plot, over(&LIGHT), 0.75)?;
        }
        Ok(())
    })
}
