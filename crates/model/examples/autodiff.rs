//! Times losses and gate gradients by autodiff, on every CPU backend compiled in, and prints one JSON
//! object; `benches/peers/autodiff.py` calls it.
//!
//! `autodiff MODEL.safetensors POINTS.csv MASKS.txt THREADS RUNS`: MASKS.txt has a mask a line, as a
//! whole number; seconds are those of the best run.

#![allow(clippy::unwrap_used)] // a tool for developers: a panic is a fine way to say no

use std::time::Instant;

use hypercube::{Ablation, Mask, checkpoint, points_file};
use model::SubNetworks;
use model::device::{Backend, Compute};
use serde_json::{Value, json};

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [model, points, masks, threads, runs] = &args[..] else {
        eprintln!("usage: autodiff MODEL.safetensors POINTS.csv MASKS.txt THREADS RUNS");
        std::process::exit(2);
    };
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads.parse().unwrap());
    pool.build_global().unwrap();
    let runs: usize = runs.parse().unwrap();
    let network = checkpoint::load(model.as_ref()).unwrap();
    let points = points_file::load(points.as_ref(), network.inputs(), network.classes()).unwrap();
    let n = network.n_nodes();
    let text = std::fs::read_to_string(masks).unwrap();
    let masks: Vec<Mask> =
        text.lines().map(|line| Mask::from_bits(n, line.parse().unwrap())).collect();
    let cpus = Backend::compiled().into_iter().filter(|backend| backend.is_cpu());
    let of = |backend: Backend| -> Value {
        let compute = Compute { backend, device: backend.device().unwrap() };
        let networks = SubNetworks::new(&network, &points, Ablation::Zero, &compute);
        let (losses_seconds, losses) = best(runs, || networks.losses(&masks, |_| ()));
        let (seconds, all) = best(runs, || networks.losses_and_gradients(&masks, |_| ()));
        json!({
            "backend": backend.name(),
            "losses_s": losses_seconds,
            "losses_and_gradients_s": seconds,
            "losses": losses,
            "last_gradient": all.gradients[all.gradients.len() - n..],
        })
    };
    println!("{}", Value::from(cpus.map(of).collect::<Vec<Value>>()));
}

/// Seconds of the best of `runs` runs, and what the last one made.
fn best<T>(runs: usize, mut run: impl FnMut() -> T) -> (f64, T) {
    let mut least = f64::INFINITY;
    let mut last = run();
    for _ in 0..runs {
        let start = Instant::now();
        last = run();
        least = least.min(start.elapsed().as_secs_f64());
    }
    (least, last)
}
