//! Which recipes fit the write-up: where its three published numbers lie among the networks of each.

use report::records::{CellId, NetworkRow, RecipeRow};
use report::write_up::{MEAN_LOSS_25, MEAN_LOSS_75, TEN_MEAN_GRADIENT};
use stats::{Moments, covariance_matrix, wilson_interval};

use super::verdicts::{Base, FEWEST};

/// The write-up's numbers, and the statistics that they are values of.
const NAMES: [&str; 3] = ["mean_loss_25", "mean_loss_75", "sanity_gradient"];
const WRITE_UP: [f64; 3] = [MEAN_LOSS_25, MEAN_LOSS_75, TEN_MEAN_GRADIENT];

/// A row for each recipe that there are enough networks of, the default one first.
pub fn compare(networks: &[NetworkRow]) -> Vec<(CellId, RecipeRow)> {
    let Some(base) = Base::find(networks) else { return Vec::new() };
    [base.own]
        .into_iter()
        .chain(base.recipes)
        .filter(|rows| rows.len() >= FEWEST)
        .map(|rows| (rows[0].cell.clone(), recipe(rows)))
        .collect()
}

fn recipe(rows: &[NetworkRow]) -> RecipeRow {
    let numbers = |r: &NetworkRow| NAMES.map(|name| r.get(name).unwrap_or(f64::NAN));
    let table: Vec<f64> = rows.iter().flat_map(numbers).collect();
    let of = |k: usize| {
        let column: Vec<f64> = table.iter().skip(k).step_by(3).copied().collect();
        Moments::new(&column)
    };
    let moments: [Moments; 3] = std::array::from_fn(of);
    let covariance = covariance_matrix(&table, 3);
    let squared = |at: [f64; 3]| {
        let from_mean: [f64; 3] = std::array::from_fn(|k| at[k] - moments[k].mean);
        let solved = solve(&covariance, from_mean);
        from_mean.iter().zip(solved).map(|(a, b)| a * b).sum::<f64>()
    };
    let write_up = squared(WRITE_UP);
    let farther = rows.iter().filter(|r| squared(numbers(r)) >= write_up).count();
    let (farther_low, farther_high) = wilson_interval(farther, rows.len());
    RecipeRow {
        networks: rows.len(),
        mean_loss_25: moments[0].mean,
        mean_loss_25_sd: moments[0].sd,
        mean_loss_75: moments[1].mean,
        mean_loss_75_sd: moments[1].sd,
        ten_mean_gradient: moments[2].mean,
        ten_mean_gradient_sd: moments[2].sd,
        write_up_distance: write_up.sqrt(),
        share_farther: farther as f64 / rows.len() as f64,
        farther_low,
        farther_high,
    }
}

/// x with A x = b, for a symmetric positive definite A `[3, 3]`: Cramer's rule.
fn solve(a: &[f64], b: [f64; 3]) -> [f64; 3] {
    let det = |m: &[f64]| {
        m[0] * (m[4] * m[8] - m[5] * m[7]) - m[1] * (m[3] * m[8] - m[5] * m[6])
            + m[2] * (m[3] * m[7] - m[4] * m[6])
    };
    let whole = det(a);
    std::array::from_fn(|column| {
        let mut replaced = a.to_vec();
        for row in 0..3 {
            replaced[3 * row + column] = b[row];
        }
        det(&replaced) / whole
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_equations_are_solved() {
        let a = [4.0, 1.0, 0.5, 1.0, 3.0, -0.2, 0.5, -0.2, 2.0];
        let x = solve(&a, [1.0, 2.0, 3.0]);
        for (row, b) in a.chunks(3).zip([1.0, 2.0, 3.0]) {
            let left: f64 = row.iter().zip(x).map(|(a, x)| a * x).sum();
            assert!((left - b).abs() < 1e-12);
        }
    }
}
