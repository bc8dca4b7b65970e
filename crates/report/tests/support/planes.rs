//! Made-up records of the sections that draw the plane.

use std::path::Path;

use report::records::{NodeKind, PathFrame, RemovedNode, TrainingStep};

use super::network::Toy;
use super::{begin, finish};

/// Only a section's training is needed by a test of redrawing.
pub fn train(out: &Path, toy: &Toy) {
    let record = begin(out, "train");
    let row = |index: usize| {
        let step = index * 100;
        let loss = 0.06 + 0.6 * (-(step as f64) / 900.0).exp();
        let noise = 0.03 * (step as f64 * 1.7).sin();
        let accuracy = 0.99 - 0.35 * (-(step as f64) / 700.0).exp();
        TrainingStep {
            step,
            batch_loss: loss + noise,
            loss,
            accuracy,
            training_loss: None,
            training_accuracy: None,
        }
    };
    record.table("history.csv", &(0..=70).map(row).collect::<Vec<_>>()).unwrap();
    let map = toy.map(&toy.full(), 1.0, 120, Toy::inside);
    record.array_f32("map.npy", &[120, 120], &map).unwrap();
    finish(record, toy.n, "train");
}

pub fn prediction_heatmap(out: &Path, toy: &Toy) {
    let record = begin(out, "prediction-heatmap");
    let n = toy.n;
    let map = |mask: &[f64], side| toy.map(mask, 2.0, side, Toy::inside);
    record.array_f32("full.npy", &[160, 160], &map(&toy.full(), 160)).unwrap();
    let without = |node: usize| {
        let mut mask = toy.full();
        mask[node] = 0.0;
        mask
    };
    let removed: Vec<f32> = (0..n).flat_map(|node| map(&without(node), 48)).collect();
    record.array_f32("removed.npy", &[n, 48, 48], &removed).unwrap();
    let row = |node| RemovedNode { node, loss: toy.loss(&without(node)) };
    record.table("removed.csv", &(0..n).map(row).collect::<Vec<_>>()).unwrap();
    let mut mask = toy.full();
    let (mut maps, mut rows) = (Vec::new(), Vec::new());
    for frame in 0..=n {
        let removed = frame.checked_sub(1).map(|step| (step * 7) % n);
        let removed =
            removed.map(|first| (0..n).map(|k| (first + k) % n).find(|&k| mask[k] > 0.0).unwrap());
        if let Some(node) = removed {
            mask[node] = 0.0;
        }
        maps.extend(map(&mask, 80));
        rows.push(PathFrame { frame, removed, mask: frame.to_string(), loss: toy.loss(&mask) });
    }
    record.array_f32("path.npy", &[n + 1, 80, 80], &maps).unwrap();
    record.table("path.csv", &rows).unwrap();
    finish(record, n, "prediction-heatmap");
}

pub fn gradient_heatmap(out: &Path, toy: &Toy) {
    let record = begin(out, "gradient-heatmap");
    let full = toy.full();
    let loss = toy.map(&full, 2.0, 96, |toy, mask, x| toy.point(mask, x).0);
    record.array_f32("loss.npy", &[96, 96], &loss).unwrap();
    let gradient = |node| toy.map(&full, 2.0, 96, move |toy, mask, x| toy.point(mask, x).1[node]);
    let gradients: Vec<f32> = (0..toy.n).flat_map(gradient).collect();
    record.array_f32("gradients.npy", &[toy.n, 96, 96], &gradients).unwrap();
    let row = |node: usize| NodeKind {
        node,
        kind: ["slicing", "bias", "dead"][usize::from(node % 5 == 4) + usize::from(node == 7)]
            .into(),
        active_share: 0.5,
        mean_activation: 0.5,
        sd_activation: 0.3,
        gradient: -0.1,
    };
    record.table("nodes.csv", &(0..toy.n).map(row).collect::<Vec<_>>()).unwrap();
    finish(record, toy.n, "gradient-heatmap");
}
