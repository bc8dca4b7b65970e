//! `prediction-heatmap-path.gif`: nodes removed one by one.

use std::collections::HashMap;

use gif::{Encoder, Frame, Repeat};
use plotters::style::RGBColor;
use plotters::style::text_anchor::{HPos, VPos};

use super::rows::PathFrame;
use crate::error::{Result, While};
use crate::record::{Array, Saved};
use crate::sections::shared::drawing::{caption, padded, span};
use crate::sections::shared::plane::{Plane, Scale, side};
use crate::sections::shared::task::Task;
use crate::style::{Canvas, LIGHT, Panel, Panels, Picture, VIRIDIS, pixels};
use crate::words::fixed;

/// Width in pixels, and height without legend and caption.
const SIZE: (f64, f64) = (720.0, 390.0);

/// More frames than this are thinned out: a path through many nodes would make a file too large.
const MOST_FRAMES: usize = 48;

/// How long frames stand, in hundredths of a second.
const FIRST: u16 = 150;
const EACH: u16 = 70;
const LAST: u16 = 300;

/// The animation as a GIF file.
pub(crate) fn gif(saved: &Saved) -> Result<Vec<u8>> {
    let maps = saved.array("path.npy")?;
    side(saved, "path.npy", &maps, 3)?;
    let rows: Vec<PathFrame> = saved.table("path.csv")?;
    if rows.is_empty() || rows.len() != maps.shape[0] {
        return Err(saved.complain("path.csv", format!("it has {} rows", rows.len())));
    }
    let what = || "cannot encode the animation".to_owned();
    let palette = palette();
    let flat: Vec<u8> = palette.iter().flat_map(|&RGBColor(r, g, b)| [r, g, b]).collect();
    let mut nearest = HashMap::new();
    let mut bytes = Vec::new();
    let mut encoder: Option<Encoder<&mut Vec<u8>>> = None;
    let last = rows.len() - 1;
    let stride = stride(rows.len());
    let mut output = Some(&mut bytes);
    for index in (0..=last).filter(|index| index % stride == 0 || *index == last) {
        let pixmap = pixels(&frame(saved, &maps, &rows, index)?, 1.0)?;
        let (width, height) = (pixmap.width() as u16, pixmap.height() as u16);
        let colours = pixmap.data().chunks_exact(4).map(|pixel| [pixel[0], pixel[1], pixel[2]]);
        let indices: Vec<u8> = colours
            .map(|colour| *nearest.entry(colour).or_insert_with(|| closest(&palette, colour)))
            .collect();
        let mut frame = Frame::from_indexed_pixels(width, height, indices, None);
        frame.delay = if index == 0 {
            FIRST
        } else if index == last {
            LAST
        } else {
            EACH
        };
        if let Some(output) = output.take() {
            let mut opened = Encoder::new(output, width, height, &flat).while_doing(what)?;
            opened.set_repeat(Repeat::Infinite).while_doing(what)?;
            encoder = Some(opened);
        }
        if let Some(encoder) = &mut encoder {
            encoder.write_frame(&frame).while_doing(what)?;
        }
    }
    drop(encoder);
    Ok(bytes)
}

/// How many masks of the path there are to a frame.
fn stride(masks: usize) -> usize {
    masks.div_ceil(MOST_FRAMES)
}

/// Colours for everything that a frame shows: the map, greys, and the trace. Fewer shades than 256
/// of the map make long runs of equal pixels, which is what the format compresses.
fn palette() -> Vec<RGBColor> {
    let map = (0..160).map(|step| VIRIDIS.at(f64::from(step) / 159.0));
    let greys = (0..32).map(|step| RGBColor(step * 8, step * 8, step * 8));
    let fades = [LIGHT.path, LIGHT.on].into_iter().flat_map(|colour| {
        (0..16).map(move |step| {
            let mix = |channel: u8| 255 - (f64::from(255 - channel) * f64::from(step) / 15.0) as u8;
            RGBColor(mix(colour.0), mix(colour.1), mix(colour.2))
        })
    });
    map.chain(greys).chain(fades).chain([RGBColor(255, 255, 255)]).collect()
}

fn closest(palette: &[RGBColor], [r, g, b]: [u8; 3]) -> u8 {
    let distance = |colour: &RGBColor| {
        [(colour.0, r), (colour.1, g), (colour.2, b)]
            .iter()
            .map(|&(one, other)| u32::from(one.abs_diff(other)).pow(2))
            .sum::<u32>()
    };
    let best = palette.iter().enumerate().min_by_key(|(_, colour)| distance(colour));
    best.map_or(0, |(index, _)| index as u8)
}

fn frame(saved: &Saved, maps: &Array, rows: &[PathFrame], index: usize) -> Result<String> {
    let plane = Plane::read(saved)?;
    let scale = Scale::From0(1.0);
    let map_side = maps.shape[2];
    let stride = stride(rows.len());
    let thinned = (stride > 1).then(|| format!("every {stride}th mask is shown"));
    let note: Vec<_> = thinned.into_iter().collect();
    let picture = Picture {
        width: SIZE.0,
        keys: plane.keys(scale),
        panels: vec![Panels { n: 1, columns: 1, height: SIZE.1 }],
        caption: vec![caption(saved, &note)],
    };
    picture.svg(|panels| {
        let body = &panels[0];
        let class = Task::read(saved).shown_class();
        let title = format!("probability of {class}, 0 (dark) to 1 (yellow)");
        let panel = plane.panel(&title);
        let [top, right, below, left] = panel.margins(body.size().0);
        let side = body.size().1 - top - below;
        let (map, rest) = body.split_left(side + left + right);
        plane.draw(&panel.open(&map)?, (maps.row(index), map_side), scale, 1.5)?;
        let (upper, lower) = rest.inside([0.0, 8.0, 0.0, 12.0]).split_top(150.0);
        mask(&upper, rows, index)?;
        trace(&lower, rows, index)
    })
}

/// The nodes as squares, filled while they are on.
fn mask(canvas: &Canvas, rows: &[PathFrame], index: usize) -> Result<()> {
    let n = rows.len() - 1;
    let removed: Vec<usize> = rows[..=index].iter().filter_map(|row| row.removed).collect();
    let ink = LIGHT.ink;
    let text =
        |line: &str, y: f64| canvas.text(line, 12.0, ink, (0.0, y), (HPos::Left, VPos::Center));
    let last = removed.last().map_or_else(
        || "all nodes on".to_owned(),
        |node| format!("node {node} removed, {} of {n} left", n.saturating_sub(removed.len())),
    );
    text(&last, 22.0)?;
    text(&format!("loss {} nats", fixed(rows[index].loss, 4)), 44.0)?;
    let across = if n <= 20 { 10 } else { n.div_ceil(4).max(16) };
    let step = (canvas.size().0 / across as f64).min(26.0);
    let edge = step * 0.82;
    for node in 0..n {
        let (x, y) = ((node % across) as f64 * step, 62.0 + (node / across) as f64 * step);
        let corners = [(x, y), (x + edge, y), (x + edge, y + edge), (x, y + edge)];
        let on = !removed.contains(&node);
        if on {
            canvas.fill(&corners, LIGHT.on, 1.0)?;
        }
        let outline: Vec<_> = corners.iter().copied().chain([corners[0]]).collect();
        canvas.line(&outline, if on { LIGHT.on } else { LIGHT.faint }, 1.0)?;
        if step > 18.0 {
            let place = (x + edge / 2.0, y + edge / 2.0);
            let colour = if on { ink } else { LIGHT.faint };
            canvas.text(&node.to_string(), 9.0, colour, place, (HPos::Center, VPos::Center))?;
        }
    }
    let below = 62.0 + n.div_ceil(across) as f64 * step + 10.0;
    text("filled: node on, empty: removed", below)
}

/// The loss so far.
fn trace(canvas: &Canvas, rows: &[PathFrame], index: usize) -> Result<()> {
    let n = rows.len() - 1;
    let losses = span(rows.iter().map(|row| row.loss).chain([0.0]));
    let panel = Panel {
        x_label: "nodes removed",
        y_label: "loss (nats)",
        x: 0.0..n.max(1) as f64,
        y: padded(&losses, 0.0, 0.08),
        ticks: (5, 5),
        ..Panel::default()
    };
    let plot = panel.open(canvas)?;
    let colour = LIGHT.path;
    let so_far = || rows[..=index].iter().map(|row| (row.frame as f64, row.loss));
    plot.line(so_far(), colour, 1.75)?;
    so_far().next_back().map_or(Ok(()), |place| plot.dot(place, 3.5, colour))
}
