//! The best sub-network of each size of the last hidden layer, with how far it is proven:
//! `cargo run -p hypercube --example best_subsets -- MODEL POINTS_CSV SECONDS`.

use std::time::{Duration, Instant};

use hypercube::best_subsets::best_subsets;
use hypercube::{Ablation, ValueFunction, checkpoint, points_file};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let model = arguments.next().ok_or("give a model file")?;
    let points = arguments.next().ok_or("give a file of points")?;
    let seconds: f64 = arguments.next().ok_or("give seconds")?.parse()?;
    let network = checkpoint::load(model.as_ref())?;
    let points = points_file::load(points.as_ref(), network.inputs(), network.classes())?;
    let start = Instant::now();
    let mut told = start;
    let progress = |p: hypercube::best_subsets::Progress| {
        if told.elapsed() > Duration::from_secs(5) {
            told = Instant::now();
            let (gap, proven, sizes) = (100.0 * p.largest_gap, p.proven, p.sizes);
            eprintln!("largest gap {gap:.3} %, {proven} of {sizes} proven, {} parts", p.parts);
        }
    };
    let budget = Duration::try_from_secs_f64(seconds)?;
    let best = best_subsets(
        &network,
        &points,
        Ablation::Zero,
        ValueFunction::Loss,
        budget,
        &|| false,
        progress,
    )?;
    println!("size  loss          bound         gap/%    proven  mask");
    for b in &best {
        let (size, loss, bound, gap) = (b.size, b.loss, b.lower_bound, 100.0 * b.gap());
        println!("{size:4}  {loss:.10}  {bound:.10}  {gap:7.4}  {:6}  {}", b.proven, b.mask);
    }
    let proven = best.iter().filter(|b| b.proven).count();
    let gap = best.iter().map(|b| 100.0 * b.gap()).fold(0.0, f64::max);
    let took = start.elapsed();
    println!("{proven} of {} proven, largest gap {gap:.4} %, {took:.1?}", best.len());
    Ok(())
}
