//! Gate gradients of every sub-network, and how well they say which node to remove.
//!
//! `cargo run -p hypercube --example gate_gradients`

use std::error::Error;
use std::ops::ControlFlow;

use hypercube::gradients::{GradientSums, visit};
use hypercube::table::{Options, losses};
use hypercube::{Ablation, Layer, Network, Points, reference, stream, subsets};
use rand::RngExt;

fn main() -> Result<(), Box<dyn Error>> {
    // Two hidden layers of 6 and 5 nodes with random weights: nodes 0–5 and 6–10.
    let mut rng = stream(1, 1, 0);
    let mut random = |n| (0..n).map(|_| rng.random_range(-2.0..2.0)).collect::<Vec<f64>>();
    let coordinates = random(2 * 500);
    let mut layer = |inputs, outputs| {
        let (weights, biases) = (random(inputs * outputs), random(outputs));
        Layer { inputs, outputs, weights, biases }
    };
    let network = Network::new(vec![layer(2, 6), layer(6, 5), layer(5, 2)])?;
    let n = network.n_nodes();

    // Points labelled as the full network classifies them: it agrees with class 0 or it does not.
    let zeros = Points::new(2, coordinates.clone(), vec![0; 500])?;
    let answers = reference::pointwise(&network, &zeros, Ablation::Zero, &vec![1.0; n]);
    let labels = answers.iter().map(|answer| usize::from(!answer.correct)).collect();
    let points = Points::new(2, coordinates, labels)?;

    // Blocks of gradients come in the order of the masks; here all of them are kept: [2^N, N].
    let (mut all, mut sums) = (Vec::new(), GradientSums::new(n));
    visit(&network, &points, Ablation::Zero, &Options::default(), |first, rows| {
        sums.add(first, rows);
        all.extend_from_slice(rows);
        ControlFlow::Continue(())
    })?;
    let gradient = |mask: u32| all[mask as usize * n..][..n].iter().map(|&g| g.into()).collect();
    let table = losses(&network, &points, Ablation::Zero, &Options::default())?;
    let values = table.losses();

    let at_full: Vec<f64> = gradient((1 << n) - 1);
    let (means, effects) = (sums.means(0.5), subsets::removal_effects(values));
    println!("removing node    predicted by its gate gradient    really    mean gradient, p = 1/2");
    for i in 0..n {
        println!("{i:13} {:30.4} {:12.4} {:24.4}", -at_full[i], effects[i], means[i]);
    }

    println!("\nnodes on    best loss    greedy removal    removal by gate gradient");
    let greedy = subsets::greedy_path(values);
    let steepest = subsets::gradient_path(values, gradient);
    for (size, best) in subsets::by_size(values).iter().enumerate().rev() {
        let (greedy, steepest) = (greedy[n - size].value, steepest[n - size].value);
        println!("{size:8} {:12.4} {greedy:17.4} {steepest:27.4}", best.best_value);
    }
    Ok(())
}
