//! Trains an ensemble by the default recipe and prints the time it took and its mean accuracy:
//! `training NETWORKS STEPS POINTS`. Used by `benches/peers/train.py`.

use std::convert::Infallible;
use std::time::Instant;

use hypercube::data::Data;
use hypercube::{Network, Points};
use model::training::{Recipe, train_ensemble};

fn main() {
    let arguments: Vec<usize> = std::env::args().skip(1).filter_map(|a| a.parse().ok()).collect();
    let &[networks, steps, points] = &arguments[..] else {
        eprintln!("error: three whole numbers are needed: NETWORKS STEPS POINTS");
        std::process::exit(2);
    };
    let compute = match model::device::select(None) {
        Ok(compute) => compute,
        Err(error) => {
            eprintln!("error: {error}");
            std::process::exit(1);
        }
    };
    let recipe = Recipe { steps, ..Recipe::default() };
    let data = Data::default();
    let points = data.evaluation_points(points, 0);
    let draw = |seed| data.training_points(recipe.points, seed);
    let seeds: Vec<u64> = (0..networks as u64).collect();
    let start = Instant::now();
    let quietly = |_| Ok::<_, Infallible>(());
    let Ok(mut trained) = train_ensemble(&recipe, draw, &seeds, &[steps], &compute, quietly);
    let seconds = start.elapsed().as_secs_f64();
    let accuracy =
        trained.swap_remove(0).iter().map(|network| accuracy(network, &points)).sum::<f64>();
    let mean_accuracy = accuracy / networks as f64;
    let record = serde_json::json!({ "seconds": seconds, "mean_accuracy": mean_accuracy });
    println!("{record}");
}

/// The share of points whose label has the largest logit.
fn accuracy(network: &Network, points: &Points) -> f64 {
    let (last, hidden) = network.layers().split_last().expect("a network has layers");
    let right = points.iter().filter(|&(x, label)| {
        let activate = |x: Vec<f64>, layer: &hypercube::Layer| {
            layer.apply(&x).into_iter().map(|z| z.max(0.0)).collect()
        };
        let logits = last.apply(&hidden.iter().fold(x.to_vec(), activate));
        logits.iter().all(|&z| z <= logits[label])
    });
    right.count() as f64 / points.len() as f64
}
