//! The exact distribution of a function over p-biased masks.

use report::records::ExactDensityPoint;

use super::Function;
use crate::sampling::KERNEL_SD;

/// Values are gathered on nodes this share of the kernel apart, each split between its two
/// neighbours, before the kernel smooths them: the density is then off by less than one part in
/// 10⁴ of its peak (linear binning; Jones & Lotwick 1983).
const NODES_PER_KERNEL: f64 = 50.0;

/// Beyond this many standard deviations a Gaussian kernel adds nothing that could be drawn.
const REACH: f64 = 6.0;

/// The masks of each size, gathered by their value. A mask's probability depends on its size alone,
/// so this serves every p.
pub struct Gathered {
    n_nodes: usize,
    /// Masks between two points of the grid, `[N + 1, grid + 1]`.
    between: Vec<f64>,
    /// Masks near each node of a finer grid, `[N + 1, nodes]`.
    near: Vec<f64>,
    nodes: usize,
    /// Left end and spacing of the finer grid; how many of its nodes make one step of the grid, and
    /// lie before its first point.
    low: f64,
    spacing: f64,
    per_step: usize,
    before: usize,
}

impl Gathered {
    /// The function's values, gathered for densities on an even grid.
    pub fn of(function: &Function, grid: &[f64]) -> Self {
        let step = grid[1] - grid[0];
        let per_step = (step * NODES_PER_KERNEL / KERNEL_SD).ceil().max(1.0) as usize;
        let spacing = step / per_step as f64;
        let before = (REACH * KERNEL_SD / spacing).ceil() as usize;
        let nodes = (grid.len() - 1) * per_step + 2 * before + 1;
        let low = grid[0] - before as f64 * spacing;
        let n_nodes = function.sums.n_nodes();
        let mut between = vec![0.0; (n_nodes + 1) * (grid.len() + 1)];
        let mut near = vec![0.0; (n_nodes + 1) * nodes];
        for (mask, &value) in function.values.iter().enumerate() {
            let size = mask.count_ones() as usize;
            between[size * (grid.len() + 1) + grid.partition_point(|&x| x < value)] += 1.0;
            // What lies beyond reach of the grid adds nothing to any of its densities.
            let at = (value - low) / spacing;
            if at >= 0.0 && at < (nodes - 1) as f64 {
                let (node, share) = (at as usize, at.fract());
                near[size * nodes + node] += 1.0 - share;
                near[size * nodes + node + 1] += share;
            }
        }
        Self { n_nodes, between, near, nodes, low, spacing, per_step, before }
    }

    /// Adds up rows of sizes, each with the probability of one mask of the size.
    fn weigh(&self, of_size: &[f64], p: f64) -> Vec<f64> {
        let n = self.n_nodes as i32;
        let columns = of_size.len() / (self.n_nodes + 1);
        let mut mass = vec![0.0; columns];
        for (size, row) in of_size.chunks_exact(columns).enumerate() {
            let weight = p.powi(size as i32) * (1.0 - p).powi(n - size as i32);
            mass.iter_mut().zip(row).for_each(|(m, count)| *m += weight * count);
        }
        mass
    }

    /// The distribution at p on the grid it was gathered for: smoothed, and as it is.
    pub fn density(&self, quantity: &str, p: f64, grid: &[f64]) -> Vec<ExactDensityPoint> {
        let (between, near) = (self.weigh(&self.between, p), self.weigh(&self.near, p));
        let mut fraction = 0.0;
        let point = |(k, &x): (usize, &f64)| {
            fraction += between[k];
            let first = k * self.per_step;
            let last = (first + 2 * self.before).min(self.nodes - 1);
            let kernels = (first..=last).map(|node| {
                let z = (x - self.low - node as f64 * self.spacing) / KERNEL_SD;
                near[node] * (-0.5 * z * z).exp()
            });
            let density = kernels.sum::<f64>() / (KERNEL_SD * std::f64::consts::TAU.sqrt());
            ExactDensityPoint { quantity: quantity.to_owned(), p, x, density, fraction }
        };
        grid.iter().enumerate().map(point).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Against the definition: every mask with its own weight and its own kernel.
    #[test]
    fn the_binned_density_is_the_weighted_one() {
        let values: Vec<f64> =
            (0..256u32).map(|m| (f64::from(m) * 0.7).sin() + f64::from(m) / 99.0).collect();
        let function = Function::of("loss", values.clone());
        let grid = stats::grid(-1.2, 4.0, 200);
        for p in [0.25, 0.5, 0.9] {
            let weights: Vec<f64> = (0..256u32)
                .map(|m| {
                    let on = m.count_ones() as i32;
                    f64::powi(p, on) * f64::powi(1.0 - p, 8 - on)
                })
                .collect();
            let slow = stats::weighted_density(&values, &weights, KERNEL_SD, &grid);
            let found = function.densities(&[p], &grid);
            let peak = slow.iter().fold(0.0f64, |a, b| a.max(*b));
            for (row, slow) in found.iter().zip(slow) {
                assert!((row.density - slow).abs() < 1e-4 * peak, "{} is not {slow}", row.density);
                let below = values.iter().zip(&weights).filter(|(v, _)| **v <= row.x);
                let fraction: f64 = below.map(|(_, w)| w).sum();
                assert!((row.fraction - fraction).abs() < 1e-12);
            }
        }
    }
}
