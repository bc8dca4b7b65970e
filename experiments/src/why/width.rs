//! Width: networks of 10 to 1,000 nodes in one layer, and to 300 in two.

use anyhow::Result;
use hypercube::Ablation;
use hypercube::averages::Averages;
use hypercube::theory::predicted_weights;

use super::masks::{Centre, differences, logarithms, mask_pairs, sign, softplus};
use super::{Cell, Measurement, Piece, Subject};

pub const PIECE: Piece = Piece {
    name: "width",
    quantities: &["reversal_log_loss", "reversal_loss", "odd_share", "predicted", "offset"],
    cells,
    measure,
};

/// Masks, each with its reversal, and points: a network's correlation is then known to a few hundredths.
const PAIRS: usize = 1024;
const POINTS: usize = 128;

/// Degrees of the prediction; what is beyond is less than rounding in wide networks.
const DEGREES: usize = 6;

/// Widths, and how many networks of each: the widest take minutes to train.
const WIDTHS: [(usize, usize); 6] = [(10, 40), (20, 40), (40, 24), (100, 16), (300, 8), (1000, 4)];

fn cells() -> Vec<Cell> {
    let one = WIDTHS
        .map(|(n, networks)| Cell::circle(&format!("one layer, {n}"), &[n], networks, POINTS));
    // The work of two layers grows with the square of their width: the widest would take longer than
    // all others together.
    let narrower = WIDTHS.into_iter().filter(|(n, _)| *n < 1000);
    let two = narrower.map(|(n, networks)| {
        Cell::circle(&format!("two layers, {n}"), &[n / 2, n / 2], networks, POINTS)
    });
    one.into_iter().chain(two).collect()
}

fn measure(subject: &Subject) -> Result<Vec<Measurement>> {
    let (network, points) = (subject.network(), &subject.points);
    let n = network.n_nodes();
    let offset = Centre::find(network, points, subject.seed).offset();
    let values = if network.hidden().len() == 1 {
        let averages = Averages::new(network, points, Ablation::Zero)?;
        let (banzhaf, pairs) = (averages.banzhaf(), averages.pairs(|_| {}));
        let exact = (&banzhaf, &pairs);
        let sampled = averages.sampled(PAIRS, subject.seed, exact, |_| {});
        let predicted = predicted_weights(&averages, DEGREES).reversal_correlation();
        // W¹ of the variance of the loss.
        let singles = banzhaf.values.iter().map(|b| 0.25 * b * b).sum::<f64>();
        let share = singles / sampled.loss_variance.value;
        [sampled.log_loss_reversal.value, sampled.loss_reversal.value, share, predicted, offset]
    } else {
        // The work grows with the square of the width.
        let count = (PAIRS * 100 / n.max(100)).max(256);
        let z = differences(network, points, &mask_pairs(n, count, subject.seed));
        let loss = |row: &[f64]| {
            let pairs = row.iter().zip(points.labels());
            pairs.map(|(z, &y)| softplus(sign(y) * z)).sum::<f64>() / points.len() as f64
        };
        let losses: Vec<f64> = z.chunks_exact(points.len()).map(loss).collect();
        let logs: Vec<f64> = logarithms(&losses);
        [pair_correlation(&logs), pair_correlation(&losses), f64::NAN, f64::NAN, offset]
    };
    Ok(vec![Measurement::new("nodes", n as f64, &values)])
}

/// Correlation of the two of each pair, in either order.
fn pair_correlation(values: &[f64]) -> f64 {
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let square = values.iter().map(|f| (f - mean).powi(2)).sum::<f64>();
    let pairs = values.chunks_exact(2).map(|pair| (pair[0] - mean) * (pair[1] - mean));
    2.0 * pairs.sum::<f64>() / square
}
