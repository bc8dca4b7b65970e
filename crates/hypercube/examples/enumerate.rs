//! Every sub-network of a small network written down in code: losses, spectrum, node values.
//!
//! `cargo run -p hypercube --example enumerate`

use std::error::Error;
use std::f64::consts::FRAC_PI_4;

use hypercube::biased::SizeSums;
use hypercube::table::{Options, losses};
use hypercube::walsh::{Spectrum, reversal_correlation};
use hypercube::{Ablation, Layer, Mask, Network, Points, subsets, values};

fn main() -> Result<(), Box<dyn Error>> {
    // Nodes 0–7 measure how far a point lies in each of eight directions; node 8 is always 1 and
    // node 9 always 0. Logit 1 is 7 · (1.8 − the sum over the directions), logit 0 is 0: class 1
    // within about 0.7 of the origin.
    let directions = (0..8).map(|k| (f64::from(k) * FRAC_PI_4).sin_cos());
    let mut weights: Vec<f64> = directions.flat_map(|(sin, cos)| [cos, sin]).collect();
    weights.extend([0.0; 4]);
    let biases = [[0.0; 8].as_slice(), &[1.0, -1.0]].concat();
    let hidden = Layer { inputs: 2, outputs: 10, weights, biases };
    let weights = [[0.0; 10].as_slice(), &[-7.0; 8], &[7.0 * 1.8, 3.0]].concat();
    let output = Layer { inputs: 10, outputs: 2, weights, biases: vec![0.0; 2] };
    let network = Network::new(vec![hidden, output])?;

    // A grid over the square [−1, 1]², labelled by whether a point lies within 0.7 of the origin.
    let at = |k: usize| (k as f64 - 15.5) / 16.0;
    let grid: Vec<[f64; 2]> = (0..32 * 32).map(|k| [at(k / 32), at(k % 32)]).collect();
    let labels = grid.iter().map(|[x, y]| usize::from(x.hypot(*y) < 0.7)).collect();
    let points = Points::new(2, grid.concat(), labels)?;

    // The loss of every mask, indexed by the mask as an integer: bit i is set if node i is on.
    let table = losses(&network, &points, Ablation::Zero, &Options::default())?;
    println!("nodes on   best loss  with nodes        median    worst   (nats)");
    for of in subsets::by_size(table.losses()) {
        let mask = Mask::from_bits(10, of.best.into());
        let on: String = (0..10).map(|i| if mask.is_on(i) { '1' } else { '.' }).collect();
        print!("{:8} {:11.4}  {on}", of.size, of.best_value);
        println!(" {:12.4} {:8.4}", of.median, of.worst_value);
    }

    let weights = Spectrum::new(table.log_losses()).level_weights();
    let variance: f64 = weights[1..].iter().sum();
    println!("\n  degree   share of the variance of ln(loss) over all masks");
    for (degree, weight) in weights.iter().enumerate().skip(1) {
        println!("{degree:8} {:9.2} %", 100.0 * weight / variance);
    }
    println!("correlation of a mask with its reversal: {:.3}", reversal_correlation(&weights));

    println!("\n    node   Shapley value (negative: the node lowers the loss)");
    for (node, value) in values::shapley(&SizeSums::new(table.losses())).iter().enumerate() {
        println!("{node:8} {value:12.4}");
    }
    Ok(())
}
