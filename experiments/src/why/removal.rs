//! After removal: whether the best sub-network of a size stays the best once it is trained on.

use anyhow::Result;
use hypercube::reference::evaluate;
use hypercube::subsets::{by_size, greedy_path};
use hypercube::{Ablation, Layer, Mask, Network};
use model::training::{Recipe, train_from};

use super::masks::table;
use super::{Cell, Measurement, Piece, Subject};

pub const PIECE: Piece = Piece {
    name: "removal",
    quantities: &["loss", "log_ratio_to_best", "is_best", "is_better"],
    cells,
    measure,
};

const NETWORKS: usize = 80;

/// A quarter and half of the nodes.
const SIZES: [usize; 2] = [5, 10];

/// Random sub-networks beside the best and greedy's.
const RANDOM: usize = 4;

/// Steps that a sub-network is trained on for.
const STEPS: [usize; 4] = [0, 100, 300, 1000];

fn cells() -> Vec<Cell> {
    vec![Cell::circle("20", &[20], NETWORKS, 256)]
}

/// At each number of steps `K on, best`, `K on, greedy` and `K on, random`: loss; ln of it less that of
/// the best; whether it is the least of all; whether it is less than the best's.
fn measure(subject: &Subject) -> Result<Vec<Measurement>> {
    let (network, points) = (subject.network(), &subject.points);
    let n = network.n_nodes();
    let losses = table(network, points)?;
    let (best, greedy) = (by_size(&losses), greedy_path(&losses));
    let data = subject.cell.figure();
    let mut rows = Vec::new();
    for size in SIZES {
        let greedily = greedy.iter().find(|step| step.mask.count_ones() as usize == size);
        let greedily = greedily.map_or(best[size].best, |step| step.mask);
        let found = [best[size].best, greedily].map(|mask| Mask::from_bits(n, mask.into()));
        let masks: Vec<Mask> = found.into_iter().chain(random(n, size, subject.seed)).collect();
        let networks: Vec<Network> = masks.iter().map(|mask| pruned(network, mask)).collect();
        let recipe = Recipe { sizes: networks[0].sizes(), ..subject.cell.recipe.clone() };
        let draw = |seed| data.training_points(recipe.points, seed);
        // The same batches for all.
        let seeds = vec![subject.seed; masks.len()];
        let quietly = |_| -> Result<()> { Ok(()) };
        let trained =
            train_from(&recipe, &networks, draw, &seeds, &STEPS, subject.compute, quietly)?;
        for (networks, steps) in trained.iter().zip(STEPS) {
            let loss = |network: &Network| {
                evaluate(network, points, Ablation::Zero, &vec![1.0; size]).loss
            };
            let losses: Vec<f64> = networks.iter().map(loss).collect();
            rows.extend(told(size, steps, &losses, masks[0] == masks[1]));
        }
    }
    Ok(rows)
}

/// The rows of one size at one number of steps; the last losses are those of the random ones.
fn told(size: usize, steps: usize, losses: &[f64], same: bool) -> Vec<Measurement> {
    let least = losses.iter().copied().fold(f64::INFINITY, f64::min);
    let share = |holds: bool| f64::from(u8::from(holds));
    let row = |name: &str, values: [f64; 4]| {
        Measurement::new(format!("{size} on, {name}"), steps as f64, &values)
    };
    let (best, greedy, random) = (losses[0], losses[1], &losses[2..]);
    let mean = random.iter().sum::<f64>() / random.len() as f64;
    let better = random.iter().filter(|&&loss| loss < best).count() as f64 / random.len() as f64;
    let logs = random.iter().map(|loss| (loss / best).ln()).sum::<f64>() / random.len() as f64;
    let any = random.contains(&least);
    // Where greedy finds the best there is nothing to compare.
    let other = |value: f64| if same { f64::NAN } else { value };
    vec![
        row("best", [best, 0.0, share(best == least), f64::NAN]),
        row(
            "greedy",
            [
                greedy,
                other((greedy / best).ln()),
                other(share(greedy == least)),
                other(share(greedy < best)),
            ],
        ),
        row("random", [mean, logs, share(any), better]),
    ]
}

/// Random masks of a size.
fn random(n: usize, size: usize, seed: u64) -> impl Iterator<Item = Mask> {
    // The size of a mask is drawn too; those of another are passed over.
    let drawn = (0..).map(move |k| Mask::random(n, size as f64 / n as f64, seed, k));
    drawn.filter(move |mask| mask.size() == size).take(RANDOM)
}

/// The sub-network as a network of its own: one hidden layer without the nodes that are off.
fn pruned(network: &Network, mask: &Mask) -> Network {
    let (first, last) = (&network.layers()[0], &network.layers()[1]);
    let on: Vec<usize> = (0..network.n_nodes()).filter(|&i| mask.is_on(i)).collect();
    let row = |&i: &usize| first.weights[i * first.inputs..][..first.inputs].to_vec();
    let hidden = Layer {
        inputs: first.inputs,
        outputs: on.len(),
        weights: on.iter().flat_map(row).collect(),
        biases: on.iter().map(|&i| first.biases[i]).collect(),
    };
    let columns = |o: usize| on.iter().map(move |&i| (o, i));
    let out = Layer {
        inputs: on.len(),
        outputs: last.outputs,
        weights: (0..last.outputs).flat_map(columns).map(|(o, i)| last.weight(o, i)).collect(),
        biases: last.biases.clone(),
    };
    let pruned = Network::new(vec![hidden, out]).expect("fewer nodes of a network are one");
    pruned.with_activation(network.activation())
}

#[cfg(test)]
mod tests {
    use hypercube::data::Data;
    use model::MlpConfig;

    use super::*;

    #[test]
    fn a_pruned_network_is_the_sub_network() {
        let network = MlpConfig::new().with_sizes(vec![2, 8, 2]).network(2);
        let points = Data::default().evaluation_points(50, 2);
        for mask in random(8, 3, 5) {
            assert_eq!(mask.size(), 3);
            let values: Vec<f64> = mask.values().map(f64::from).collect();
            let expected = evaluate(&network, &points, Ablation::Zero, &values).loss;
            let own = evaluate(&pruned(&network, &mask), &points, Ablation::Zero, &[1.0; 3]).loss;
            assert!((own - expected).abs() < 1e-14);
        }
    }
}
