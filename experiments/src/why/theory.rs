//! Theory beside exact: what normal margins predict of the spectrum, of networks with one hidden layer.

use anyhow::Result;
use hypercube::averages::Averages;
use hypercube::theory::predicted_weights;
use hypercube::walsh::Spectrum;
use hypercube::{Ablation, Points};

use super::masks::{logarithms, reversal, table};
use super::{Cell, Measurement, Piece, Subject};

pub const PIECE: Piece =
    Piece { name: "theory", quantities: &["exact", "predicted", "log_ratio"], cells, measure };

/// Enough for the correlation over networks to be known to some hundredths.
const NETWORKS: usize = 100;

fn cells() -> Vec<Cell> {
    let circle = |name: &str, n: usize| Cell::circle(name, &[n], NETWORKS, 512);
    vec![
        circle("20", 20),
        circle("20, 1,000 steps", 20).at(&[1000]),
        circle("20, untrained", 20).at(&[0]),
        circle("12", 12),
        circle("8", 8),
    ]
}

/// `weight` at each degree; then what follows, and how far the largest node dominates.
fn measure(subject: &Subject) -> Result<Vec<Measurement>> {
    let (network, points) = (subject.network(), &subject.points);
    let losses = table(network, points)?;
    let logs = logarithms(&losses);
    let correlations = [reversal(&losses), reversal(&logs)];
    let exact = Spectrum::new(losses);
    let weights = exact.level_weights();
    let averages = Averages::new(network, points, Ablation::Zero)?;
    let predicted = predicted_weights(&averages, network.n_nodes());
    let row = |setting: &str, at: f64, exact: f64, predicted: f64| {
        Measurement::new(setting, at, &[exact, predicted, (predicted / exact).ln()])
    };
    let degrees = weights[1..].iter().zip(&predicted.weights).enumerate();
    let mut rows: Vec<Measurement> =
        degrees.map(|(k, (&w, &p))| row("weight", k as f64 + 1.0, w, p)).collect();
    rows.push(row("mean loss", 0.0, exact.mean(), predicted.mean));
    rows.push(row("variance", 0.0, weights[1..].iter().sum(), predicted.variance()));
    let plain = |setting: &str, exact: f64, predicted: f64| {
        Measurement::new(setting, 0.0, &[exact, predicted, f64::NAN])
    };
    rows.push(plain("reversal of loss", correlations[0], predicted.reversal_correlation()));
    let logarithm = predicted.log_reversal_correlation();
    rows.push(plain("reversal of ln(loss)", correlations[1], logarithm));
    rows.push(plain("largest share", dominance(subject, points), f64::NAN));
    Ok(rows)
}

/// Mean over points of the largest share that one node has in the variance of the margin.
fn dominance(subject: &Subject, points: &Points) -> f64 {
    let network = subject.network();
    let (n, last) = (network.n_nodes(), &network.layers()[1]);
    let share = |h: &[f64]| {
        let squares = || (0..n).map(|i| ((last.weight(1, i) - last.weight(0, i)) * h[i]).powi(2));
        let (most, sum) = (squares().fold(0.0, f64::max), squares().sum::<f64>());
        if sum > 0.0 { most / sum } else { 1.0 }
    };
    let activations = network.activations(points);
    activations.chunks_exact(n).map(share).sum::<f64>() / points.len() as f64
}
