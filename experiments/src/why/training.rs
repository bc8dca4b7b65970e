//! Training: the reversal correlation from the initial weights on, by data and recipe; and how often a
//! sub-network beats the whole.

use anyhow::Result;
use hypercube::data::Data;
use hypercube::reference::evaluate;
use hypercube::{Ablation, Network};
use model::training::Recipe;

use super::masks::{Centre, first_degree, logarithms, reversal, table};
use super::{Cell, Measurement, Piece, Subject};

pub const PIECE: Piece = Piece {
    name: "training",
    quantities: &[
        "reversal_log_loss",
        "reversal_loss",
        "centred_log_loss",
        "offset",
        "first_degree_share",
        "full_loss",
        "accuracy",
        "better_share",
        "best_log_ratio",
    ],
    cells,
    measure,
};

/// The circle's, and those of other data and recipes.
const NETWORKS: usize = 50;
const OTHERS: usize = 32;

/// As in `centring`.
const POINTS: usize = 128;

/// Hidden layers of 20 nodes in all.
const SHAPES: [(&str, &[usize]); 2] = [("20", &[20]), ("10-10", &[10, 10])];

fn cells() -> Vec<Cell> {
    let mut cells = Vec::new();
    for (name, hidden) in SHAPES {
        let circle = Cell::circle(&format!("circle, {name}"), hidden, NETWORKS, POINTS);
        cells.push(circle.at(&[0, 100, 300, 1000, 3000, 6000, 20_000]));
    }
    let with = |what: &str, change: fn(&mut Recipe)| {
        SHAPES.map(|(name, hidden)| {
            let mut cell = Cell::circle(&format!("{what}, {name}"), hidden, OTHERS, POINTS);
            change(&mut cell.recipe);
            cell
        })
    };
    cells.extend(with("dropout 0.2", |recipe| recipe.dropout = 0.2));
    cells.extend(with("dropout 0.5", |recipe| recipe.dropout = 0.5));
    cells.extend(with("weight decay 0.0001", |recipe| recipe.weight_decay = 1e-4));
    cells.extend(with("weight decay 0.001", |recipe| recipe.weight_decay = 1e-3));
    for data in [Data::Xor, Data::Annulus, Data::Spirals] {
        cells.extend(SHAPES.map(|(name, hidden)| {
            Cell::of(data, &format!("{data}, {name}"), hidden, OTHERS, POINTS)
        }));
    }
    cells
}

fn measure(subject: &Subject) -> Result<Vec<Measurement>> {
    let of = |(&network, &steps): (&&Network, &usize)| {
        let values = at(subject, network)?;
        Ok(Measurement::new("steps", steps as f64, &values))
    };
    subject.networks.iter().zip(&subject.cell.snapshots).map(of).collect()
}

fn at(subject: &Subject, network: &Network) -> Result<[f64; 9]> {
    let points = &subject.points;
    let losses = table(network, points)?;
    let logs = logarithms(&losses);
    let centre = Centre::find(network, points, subject.seed);
    let centred = logarithms(&table(&centre.shifted(network, 0.0), points)?);
    let full = losses[losses.len() - 1];
    let better = losses.iter().filter(|&&loss| loss < full).count();
    let best = losses.iter().copied().fold(f64::INFINITY, f64::min);
    let whole = evaluate(network, points, Ablation::Zero, &vec![1.0; network.n_nodes()]);
    Ok([
        reversal(&logs),
        reversal(&losses),
        reversal(&centred),
        centre.offset(),
        first_degree(&logs),
        full,
        whole.accuracy,
        better as f64 / losses.len() as f64,
        (best / full).ln(),
    ])
}
