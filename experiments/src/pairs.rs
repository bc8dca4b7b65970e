//! The interactions of all pairs of nodes, and an order of the nodes in which like ones stand together.

use anyhow::Result;
use hypercube::Network;
use report::Record;
use report::records::PairOrder;

/// Multiplications by the matrix: what they leave of other eigenvectors moves no node far.
const STEPS: usize = 200;

/// Records the matrix `[n, n]` of interactions, symmetric, of the network's nodes from `first` on, and an
/// order of these.
///
/// # Errors
///
/// If the record cannot be written.
pub fn record(record: &Record, network: &Network, first: usize, effects: &[f64]) -> Result<()> {
    let n = network.n_nodes() - first;
    record.array_f64("interactions.npy", &[n, n], effects)?;
    // Of nodes that see the plane, the direction of the edge that they cut off.
    let is_plane = network.inputs() == 2 && network.hidden().len() == 1;
    let layer = &network.layers()[0];
    let key: Vec<f64> = if is_plane {
        (0..n).map(|i| layer.weight(i, 1).atan2(layer.weight(i, 0))).collect()
    } else {
        leading_eigenvector(effects, n)
    };
    let by = if is_plane {
        "the direction of their input weights"
    } else {
        "their place in the matrix’s leading eigenvector"
    };
    let mut rows: Vec<usize> = (0..n).collect();
    rows.sort_by(|&i, &j| key[i].total_cmp(&key[j]));
    let rows = rows.into_iter().map(|row| PairOrder { row, by: by.to_owned() });
    record.table("order.csv", &rows.collect::<Vec<_>>())?;
    Ok(())
}

/// The eigenvector of a symmetric matrix `[n, n]` with the largest eigenvalue in modulus, by power
/// iteration on its square; nodes that interact alike with the others have like places in it.
fn leading_eigenvector(matrix: &[f64], n: usize) -> Vec<f64> {
    let mut x: Vec<f64> = (0..n).map(|i| 1.0 + (i as f64).sin()).collect();
    for _ in 0..2 * STEPS {
        let row = |row: &[f64]| row.iter().zip(&x).map(|(a, x)| a * x).sum::<f64>();
        let next: Vec<f64> = matrix.chunks_exact(n.max(1)).map(row).collect();
        let norm = next.iter().map(|x| x * x).sum::<f64>().sqrt();
        if norm == 0.0 {
            // Nothing interacts: any order will do.
            return x;
        }
        x = next.into_iter().map(|x| x / norm).collect();
    }
    x
}

#[cfg(test)]
mod tests {
    use super::leading_eigenvector;

    #[test]
    fn the_leading_eigenvector_separates_groups() {
        // Two groups that attract within and repel between, of eigenvalue ±3, and a bystander.
        let side = |i: usize| [1.0, -1.0, 1.0, -1.0, 0.0][i];
        let matrix: Vec<f64> = (0..25).map(|at| side(at / 5) * side(at % 5)).collect();
        let x = leading_eigenvector(&matrix, 5);
        assert!((x[0] - x[2]).abs() < 1e-12 && (x[1] + x[0]).abs() < 1e-12 && x[4].abs() < 1e-12);
        assert_eq!(leading_eigenvector(&[0.0; 4], 2).len(), 2);
    }
}
