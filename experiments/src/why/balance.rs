//! Balance as an intervention (observation 12): the gates of random sub-networks moved as little as
//! possible so that what they cut off, or what they pull, balances; against a move as long that leaves both
//! as they are. One hidden layer.
//!
//! With hᵢ a node's mean activation, vᵢ = W₁ᵢ − W₀ᵢ and uᵢ the unit vector of its input weights, directions
//! balance if Σ gᵢ hᵢ|vᵢ| uᵢ = 0 over slicing nodes: the author's claim. Pulls balance if Σ gᵢ hᵢ vᵢ over
//! all nodes, the mean of z₁ − z₀ but for the bias, is where the mean loss over random masks is least: bias
//! nodes against slicing ones, the claim extended.

use anyhow::Result;
use hypercube::table::log_loss;
use hypercube::{Mask, Network, Points, stream};
use rand::RngExt;

use super::masks::{Centre, mask_pairs, sign, softplus};
use super::{Cell, Measurement, Piece, Subject};
use crate::statistics::nodes::{Kind, activities};

pub const PIECE: Piece = Piece {
    name: "balance",
    quantities: &[
        "log_loss",
        "covariance",
        "correlation",
        "move",
        "log_loss_less_control",
        "covariance_less_control",
    ],
    cells,
    measure,
};

/// Enough for differences of a hundredth to be seen.
const NETWORKS: usize = 200;

/// Random masks, each with its reversal.
const PAIRS: usize = 512;

/// Three things to balance need more nodes than three for a move that leaves them alone; with one more,
/// there is a choice.
const FEWEST_ON: usize = 5;

/// The stream that control moves are drawn from.
const CONTROL: u64 = 13;

fn cells() -> Vec<Cell> {
    vec![
        Cell::circle("20", &[20], NETWORKS, 512),
        Cell::circle("20, 1,000 steps", &[20], NETWORKS / 2, 512).at(&[1000]),
    ]
}

/// What is balanced, of the two directions and the pull; and what must not change meanwhile.
struct Move {
    name: &'static str,
    balanced: &'static [usize],
    kept: &'static [usize],
}

/// Directions alone let the pull change as it will; with the pull kept, only directions do.
const MOVES: [Move; 4] = [
    Move { name: "directions", balanced: &[0, 1], kept: &[] },
    Move { name: "directions, pull kept", balanced: &[0, 1], kept: &[2] },
    Move { name: "pull, directions kept", balanced: &[2], kept: &[0, 1] },
    Move { name: "both", balanced: &[0, 1, 2], kept: &[] },
];

#[expect(clippy::unnecessary_wraps, reason = "other pieces' measurements can fail")]
fn measure(subject: &Subject) -> Result<Vec<Measurement>> {
    let terms = Terms::new(subject.network(), &subject.points, subject.seed);
    let Moved { as_they_are, moves } = Moved::new(&terms, subject.seed);
    let before = Told::new(&as_they_are);
    let nan = f64::NAN;
    let own = [before.mean, before.covariance, before.correlation, 0.0, nan, nan];
    let mut rows = vec![Measurement::new("as they are", 0.0, &own)];
    for (Move { name, .. }, [balanced, control], length) in &moves {
        let (own, control) = (Told::new(balanced), Told::new(control));
        let less = [own.mean - control.mean, own.covariance - control.covariance];
        let values = [own.mean, own.covariance, own.correlation, *length, less[0], less[1]];
        rows.push(Measurement::new(format!("{name} balanced"), 0.0, &values));
        let values = [control.mean, control.covariance, control.correlation, *length, nan, nan];
        rows.push(Measurement::new(format!("{name}, control"), 0.0, &values));
    }
    Ok(rows)
}

/// ln(loss) of random masks, each beside its reversal.
struct Moved {
    as_they_are: Vec<f64>,
    /// For each move: balanced and control, and the mean length of both.
    moves: Vec<(Move, [Vec<f64>; 2], f64)>,
}

impl Moved {
    fn new(terms: &Terms, seed: u64) -> Self {
        let n = terms.n;
        let masks = mask_pairs(n, PAIRS, seed);
        let enough = |(_, pair): &(usize, &[Mask])| pair.iter().all(|m| m.size() >= FEWEST_ON);
        let mut as_they_are = Vec::new();
        let mut moves: Vec<(Move, [Vec<f64>; 2], f64)> =
            MOVES.map(|own| (own, [Vec::new(), Vec::new()], 0.0)).into();
        for (index, pair) in masks.chunks(2).enumerate().filter(enough) {
            for (side, mask) in pair.iter().enumerate() {
                let gates: Vec<f64> = mask.values().map(f64::from).collect();
                as_they_are.push(terms.log_loss(&gates));
                let mut rng = stream(seed, CONTROL, 2 * index as u64 + side as u64);
                let random: Vec<f64> = (0..n).map(|_| rng.random::<f64>() - 0.5).collect();
                let aside = terms.leaving(mask, &random);
                for (own, logs, lengths) in &mut moves {
                    let balancing = terms.balancing(mask, own);
                    let length = norm(&balancing);
                    let scale = if norm(&aside) > 0.0 { length / norm(&aside) } else { 0.0 };
                    let control: Vec<f64> = aside.iter().map(|d| scale * d).collect();
                    for (logs, change) in logs.iter_mut().zip([balancing, control]) {
                        let changed = gates.iter().zip(&change).map(|(g, d)| g + d);
                        logs.push(terms.log_loss(&changed.collect::<Vec<f64>>()));
                    }
                    *lengths += length;
                }
            }
        }
        let count = as_they_are.len() as f64;
        moves.iter_mut().for_each(|(_, _, lengths)| *lengths /= count);
        Self { as_they_are, moves }
    }
}

/// What ln(loss) does over pairs of a mask and its reversal, one after the other.
struct Told {
    mean: f64,
    covariance: f64,
    correlation: f64,
}

impl Told {
    fn new(logs: &[f64]) -> Self {
        let count = logs.len() as f64;
        let mean = logs.iter().sum::<f64>() / count;
        let variance = logs.iter().map(|f| (f - mean).powi(2)).sum::<f64>() / count;
        let products = logs.chunks_exact(2).map(|pair| (pair[0] - mean) * (pair[1] - mean));
        let covariance = products.sum::<f64>() / (0.5 * count);
        Self { mean, covariance, correlation: covariance / variance }
    }
}

/// What each node adds to the margins, and to what balances.
struct Terms {
    /// How wrong the point is with no node, `[M]`.
    bases: Vec<f64>,
    /// What each node adds to it, `[M, N]`.
    adds: Vec<f64>,
    n: usize,
    /// What each node adds to the two directions and to the pull, `[3][N]`.
    rows: [Vec<f64>; 3],
    /// What the three sums have to be: 0, 0 and the best pull.
    targets: [f64; 3],
}

impl Terms {
    fn new(network: &Network, points: &Points, seed: u64) -> Self {
        let (first, last) = (&network.layers()[0], &network.layers()[1]);
        let n = network.n_nodes();
        let out = |i: usize| last.weight(1, i) - last.weight(0, i);
        let activations = network.activations(points);
        let signs = || points.labels().iter().map(|&label| sign(label));
        let rows = activations.chunks_exact(n).zip(signs());
        let adds = rows.flat_map(|(h, y)| h.iter().enumerate().map(move |(i, h)| y * out(i) * h));
        let of = |(i, activity): (usize, &crate::statistics::nodes::Activity)| {
            let (x, y) = (first.weight(i, 0), first.weight(i, 1));
            let slices = activity.kind == Kind::Slicing && x.hypot(y) > 0.0;
            let strength = if slices { activity.mean * out(i).abs() / x.hypot(y) } else { 0.0 };
            [strength * x, strength * y, activity.mean * out(i)]
        };
        let nodes: Vec<[f64; 3]> = activities(network, points).iter().enumerate().map(of).collect();
        let rows = [0, 1, 2].map(|k| nodes.iter().map(|node| node[k]).collect::<Vec<f64>>());
        // Under random masks half of the pull is there on average.
        let pull = 0.5 * rows[2].iter().sum::<f64>();
        let best = pull + Centre::find(network, points, seed).shift;
        let bias = last.biases[1] - last.biases[0];
        let bases = signs().map(|y| y * bias).collect();
        Self { bases, adds: adds.collect(), n, rows, targets: [0.0, 0.0, best] }
    }

    fn log_loss(&self, gates: &[f64]) -> f64 {
        let rows = self.adds.chunks_exact(self.n).zip(&self.bases);
        let margin = |(row, base): (&[f64], &f64)| {
            base + row.iter().zip(gates).map(|(a, g)| a * g).sum::<f64>()
        };
        let sum: f64 = rows.map(|row| softplus(margin(row))).sum();
        log_loss(sum / self.bases.len() as f64)
    }

    /// One of the three rows over the nodes that are on.
    fn on(&self, mask: &Mask, row: usize) -> Vec<f64> {
        let on = |(i, value): (usize, &f64)| if mask.is_on(i) { *value } else { 0.0 };
        self.rows[row].iter().enumerate().map(on).collect()
    }

    /// The shortest change of the gates that are on after which the sums of some rows are as they should
    /// be, and those of others as they were: a sum of these rows, made orthogonal one after the other.
    fn balancing(&self, mask: &Mask, own: &Move) -> Vec<f64> {
        let mut basis: Vec<(Vec<f64>, f64)> = Vec::new();
        for &row in own.kept.iter().chain(own.balanced) {
            let is_kept = own.kept.contains(&row);
            let own = self.on(mask, row);
            let missing = self.targets[row] - own.iter().sum::<f64>();
            let missing = if is_kept { 0.0 } else { missing };
            add_orthogonal(&mut basis, own, missing);
        }
        let mut change = vec![0.0; self.n];
        for (direction, missing) in &basis {
            change.iter_mut().zip(direction).for_each(|(c, d)| *c += missing * d);
        }
        change
    }

    /// What is left of a change of the gates that are on if it may change none of the three sums.
    fn leaving(&self, mask: &Mask, change: &[f64]) -> Vec<f64> {
        let mut basis = Vec::new();
        for row in 0..3 {
            add_orthogonal(&mut basis, self.on(mask, row), 0.0);
        }
        let on = |(i, d): (usize, &f64)| if mask.is_on(i) { *d } else { 0.0 };
        let mut left: Vec<f64> = change.iter().enumerate().map(on).collect();
        for (direction, _) in &basis {
            let along = dot(&left, direction);
            left.iter_mut().zip(direction).for_each(|(l, d)| *l -= along * d);
        }
        left
    }
}

/// Adds what a row has that the basis has not, as a unit vector, with how far to go along it for the sum
/// of the row to change by `missing`; nothing if the row says nothing new.
fn add_orthogonal(basis: &mut Vec<(Vec<f64>, f64)>, mut row: Vec<f64>, mut missing: f64) {
    let length = norm(&row);
    for (direction, way) in basis.iter() {
        let along = dot(&row, direction);
        row.iter_mut().zip(direction).for_each(|(r, d)| *r -= along * d);
        missing -= along * way;
    }
    let rest = norm(&row);
    if rest > 1e-9 * length {
        row.iter_mut().for_each(|r| *r /= rest);
        basis.push((row, missing / rest));
    }
}

fn dot(x: &[f64], y: &[f64]) -> f64 {
    x.iter().zip(y).map(|(x, y)| x * y).sum()
}

fn norm(x: &[f64]) -> f64 {
    dot(x, x).sqrt()
}

#[cfg(test)]
mod tests {
    use hypercube::Ablation;
    use hypercube::data::Data;
    use hypercube::reference::evaluate;
    use model::MlpConfig;

    use super::*;

    #[test]
    fn moves_balance_what_they_should_and_nothing_else() {
        let network = MlpConfig::new().with_sizes(vec![2, 12, 2]).network(4);
        let points = Data::default().evaluation_points(80, 4);
        let terms = Terms::new(&network, &points, 4);
        let sums = |mask: &Mask, moved: &[f64]| {
            [0, 1, 2].map(|k| {
                let gates = mask.values().zip(moved).map(|(g, d)| f64::from(g) + d);
                terms.rows[k].iter().zip(gates).map(|(row, g)| row * g).sum::<f64>()
            })
        };
        let near = |a: f64, b: f64| (a - b).abs() < 1e-9;
        let random: Vec<f64> = (0..12).map(|k| f64::from(k * k % 7) - 3.0).collect();
        for mask in mask_pairs(12, 10, 1).iter().filter(|mask| mask.size() >= FEWEST_ON) {
            let before = sums(mask, &[0.0; 12]);
            for own in MOVES {
                let moved = terms.balancing(mask, &own);
                let after = sums(mask, &moved);
                assert!(own.balanced.iter().all(|&k| near(after[k], terms.targets[k])));
                assert!(own.kept.iter().all(|&k| near(after[k], before[k])), "{}", own.name);
                // Anything else that balances them is longer.
                let mut longer = terms.leaving(mask, &random);
                longer.iter_mut().zip(&moved).for_each(|(l, d)| *l += d);
                assert!(sums(mask, &longer).iter().zip(after).all(|(a, b)| near(*a, b)));
                assert!(norm(&longer) > norm(&moved));
            }
            let aside = terms.leaving(mask, &random);
            assert!(sums(mask, &aside).iter().zip(before).all(|(a, b)| near(*a, b)));
            assert!(norm(&aside) > 0.1);
            let off = (0..12).filter(|&i| !mask.is_on(i));
            assert!(
                off.clone().all(|i| aside[i] == 0.0 && terms.balancing(mask, &MOVES[3])[i] == 0.0)
            );
            let gates: Vec<f64> =
                mask.values().zip(&aside).map(|(g, d)| f64::from(g) + d).collect();
            let expected = evaluate(&network, &points, Ablation::Zero, &gates).loss.ln();
            assert!(near(terms.log_loss(&gates), expected), "as the reference has it");
        }
    }
}
