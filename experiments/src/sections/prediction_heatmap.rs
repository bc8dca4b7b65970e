//! `prediction-heatmap`: probability of class 0 over the plane, and how it changes as nodes go.

use anyhow::Result;
use clap::Args;
use hypercube::{Mask, stream};
use model::Pointwise;
use rand::seq::SliceRandom;
use report::records::{PathFrame, RemovedNode};

use super::plane::Window;
use crate::output;
use crate::sampling;
use crate::session::Session;
use crate::work::Work;

/// The stream that the order of removal is drawn from: that of flip paths, at a number that no path
/// has.
const REMOVAL: u64 = 6;

/// Half the side of the plane that is drawn, in units of the points' own half: twice their square, so
/// that it can be seen how the network goes on outside.
pub const EXTENT: f64 = 2.0;

/// Pixels along a side: the large map, the small ones of the sheet, the frames of the animation.
const SIDE: usize = 320;
const SMALL_SIDE: usize = 96;
const FRAME_SIDE: usize = 160;

/// Up to this many nodes, maps have their full size.
const MANY: usize = 64;

#[derive(Args, Debug, Default)]
pub struct Options {}

pub fn run(session: &Session, _options: &Options) -> Result<()> {
    let work = Work::begin(session, "prediction-heatmap")?;
    let subject = session.plane("prediction-heatmap")?;
    let n = subject.network.n_nodes();
    let (single, path, order) = masks(n, session.common.seed());
    let sub_networks = session.sub_networks()?;
    let losses = |masks: &[Mask]| sub_networks.losses(masks, |_| ());
    let pointwise =
        Pointwise::new(&subject.network, session.ablation(), &subject.points, &session.compute);

    let progress = session.progress("prediction-heatmap", 2 * n + 2);
    let window = Window::for_subject(subject, EXTENT);
    let maps = |side: usize, masks: &[Mask]| -> Result<Vec<f32>> {
        let plane = window.pixels(side);
        let map = |mask: &Mask| {
            progress.add(1);
            pointwise.probabilities(&plane, std::slice::from_ref(mask)).swap_remove(0)
        };
        let map: Vec<f32> = masks.iter().flat_map(map).collect();
        sampling::check_map(&map)?;
        Ok(map)
    };
    let record = &work.record;
    record.array_f32("full.npy", &[SIDE, SIDE], &maps(SIDE, &path[..1])?)?;
    let (small, frame) = (coarser(SMALL_SIDE, n), coarser(FRAME_SIDE, n));
    record.array_f32("removed.npy", &[n, small, small], &maps(small, &single)?)?;
    record.array_f32("path.npy", &[n + 1, frame, frame], &maps(frame, &path)?)?;
    drop(progress);

    let removed: Vec<RemovedNode> = losses(&single)
        .into_iter()
        .enumerate()
        .map(|(node, loss)| RemovedNode { node, loss })
        .collect();
    record.table("removed.csv", &removed)?;
    let frames: Vec<PathFrame> = losses(&path)
        .into_iter()
        .enumerate()
        .map(|(frame, loss)| {
            let removed = frame.checked_sub(1).map(|k| order[k]);
            PathFrame { frame, removed, mask: path[frame].to_string(), loss }
        })
        .collect();
    record.table("path.csv", &frames)?;

    print(frames[0].loss, &removed)?;
    work.finish(window.parameters())
}

/// The side of maps of which there is one a node: with many nodes coarser, so that all of them
/// together have no more pixels than those of [`MANY`].
fn coarser(side: usize, n: usize) -> usize {
    if n <= MANY { side } else { (side as f64 * (MANY as f64 / n as f64).sqrt()) as usize }.max(16)
}

/// The full network less each single node; the full network and what is left as nodes go one by
/// one; and the random order in which they go.
fn masks(n: usize, seed: u64) -> (Vec<Mask>, Vec<Mask>, Vec<usize>) {
    let full = Mask::full(n);
    let without = |mask: &Mask, node| {
        let mut mask = mask.clone();
        mask.flip(node);
        mask
    };
    let single = (0..n).map(|node| without(&full, node)).collect();
    let mut order: Vec<usize> = (0..n).collect();
    order.shuffle(&mut stream(seed, REMOVAL, u64::MAX));
    let mut path = vec![full];
    for &node in &order {
        path.push(without(&path[path.len() - 1], node));
    }
    (single, path, order)
}

fn print(full: f64, removed: &[RemovedNode]) -> Result<()> {
    let rows: Vec<Vec<String>> = removed
        .iter()
        .map(|r| {
            vec![r.node.to_string(), format!("{:.5}", r.loss), format!("{:+.5}", r.loss - full)]
        })
        .collect();
    output::print(&format!("full network: loss {full:.5}\n"))?;
    output::print(&output::table(&["without node", "loss", "change"], &rows))?;
    Ok(())
}
