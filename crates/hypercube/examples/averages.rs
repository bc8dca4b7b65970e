//! Exact averages of a wide network: `cargo run -p hypercube --example averages -- MODEL [POINTS]`.

use std::time::Instant;

use hypercube::averages::Averages;
use hypercube::data::Data;
use hypercube::{Ablation, checkpoint};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let model = arguments.next().ok_or("give a model file")?;
    let points: usize = arguments.next().map_or(Ok(4096), |n| n.parse())?;
    let network = checkpoint::load(model.as_ref())?;
    let points = Data::default().evaluation_points(points, 0);
    let start = Instant::now();
    let averages = Averages::new(&network, &points, Ablation::Zero)?;
    for p in [0.25, 0.5, 0.75] {
        let mean = averages.mean_loss(p);
        println!("E loss at p = {p}: {} ± {:.0e}", mean.value, mean.error);
    }
    println!("{:.2?}", start.elapsed());
    let start = Instant::now();
    let curve = averages.mean_curve(100, |_| ());
    let (computed, error, change) = (curve.computed, curve.error, curve.interpolation);
    println!("curve from {computed} ± {error:.0e}, change {change:.0e}: {:.2?}", start.elapsed());
    let start = Instant::now();
    let banzhaf = averages.banzhaf();
    println!("Banzhaf values ± {:.0e}: {:.2?}", banzhaf.error, start.elapsed());
    let start = Instant::now();
    let pairs = averages.pairs(|_| ());
    println!("all pairs ± {:.0e}: {:.2?}", pairs.error, start.elapsed());
    let start = Instant::now();
    let sampled = averages.sampled(2048, 0, (&banzhaf, &pairs), |_| ());
    println!("{sampled:#?}: {:.2?}", start.elapsed());
    let start = Instant::now();
    let shapley = averages.shapley(|_, _| ());
    println!("Shapley values ± {:.0e}: {:.2?}", shapley.error, start.elapsed());
    Ok(())
}
