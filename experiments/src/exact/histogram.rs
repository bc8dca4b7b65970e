//! The exact distribution of a function over p-biased masks.

use report::records::ExactDensityPoint;
use report::write_up::KERNEL_SD;

use super::Function;

/// Values are gathered on nodes this share of the kernel apart, each split between its two
/// neighbours, before the kernel smooths them: the density is then off by less than one part in
/// 10⁴ of its peak (linear binning; Jones & Lotwick 1983).
const NODES_PER_KERNEL: f64 = 50.0;

/// On a grid coarser than the kernel each value reaches few of its points, and is smoothed at once.
const COARSE: f64 = 1.0;

/// Beyond this many standard deviations a Gaussian kernel adds nothing that could be drawn.
const REACH: f64 = 6.0;

/// The masks of each size, gathered by their value. A mask's probability depends on its size alone,
/// so this serves every p. Its size does not grow with the range of the values.
pub struct Histogram {
    n_nodes: usize,
    /// Masks between two points of the grid, `[N + 1, grid + 1]`.
    between: Vec<f64>,
    near: Near,
}

/// What the density is made of.
enum Near {
    /// Masks near each node of a finer grid, `[N + 1, nodes]`.
    Nodes(Vec<f64>, Nodes),
    /// Kernels at each point of the grid, `[N + 1, grid]`.
    Kernels(Vec<f64>),
}

/// A grid finer than the one that is drawn.
struct Nodes {
    count: usize,
    /// Left end and spacing; how many nodes make one step of the drawn grid, and lie before its
    /// first point.
    low: f64,
    spacing: f64,
    per_step: usize,
    before: usize,
}

impl Histogram {
    /// The function's values, gathered for densities on an even grid.
    pub fn new(function: &Function, grid: &[f64]) -> Self {
        let n_nodes = function.sums.n_nodes();
        let mut between = vec![0.0; (n_nodes + 1) * (grid.len() + 1)];
        for (mask, &value) in function.values.iter().enumerate() {
            let size = mask.count_ones() as usize;
            between[size * (grid.len() + 1) + grid.partition_point(|&x| x < value)] += 1.0;
        }
        let near = if grid[1] - grid[0] < COARSE * KERNEL_SD {
            near_nodes(function, grid)
        } else {
            near_points(function, grid)
        };
        Self { n_nodes, between, near }
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
        let between = self.weigh(&self.between, p);
        let kernels = match &self.near {
            Near::Nodes(near, nodes) => nodes.smooth(&self.weigh(near, p), grid),
            Near::Kernels(kernels) => self.weigh(kernels, p),
        };
        let mut fraction = 0.0;
        let point = |((&x, kernels), between): ((&f64, f64), f64)| {
            fraction += between;
            let density = kernels / (KERNEL_SD * std::f64::consts::TAU.sqrt());
            ExactDensityPoint { quantity: quantity.to_owned(), p, x, density, fraction }
        };
        grid.iter().zip(kernels).zip(between).map(point).collect()
    }
}

/// exp(−z²/2) at a distance in units of the kernel's standard deviation.
fn kernel(distance: f64) -> f64 {
    let z = distance / KERNEL_SD;
    (-0.5 * z * z).exp()
}

fn near_points(function: &Function, grid: &[f64]) -> Near {
    let mut kernels = vec![0.0; (function.sums.n_nodes() + 1) * grid.len()];
    for (mask, &value) in function.values.iter().enumerate() {
        let row = mask.count_ones() as usize * grid.len();
        let first = grid.partition_point(|&x| x < value - REACH * KERNEL_SD);
        let within = |x: &&f64| **x <= value + REACH * KERNEL_SD;
        for (k, x) in grid[first..].iter().take_while(within).enumerate() {
            kernels[row + first + k] += kernel(x - value);
        }
    }
    Near::Kernels(kernels)
}

fn near_nodes(function: &Function, grid: &[f64]) -> Near {
    let step = grid[1] - grid[0];
    let per_step = (step * NODES_PER_KERNEL / KERNEL_SD).ceil().max(1.0) as usize;
    let spacing = step / per_step as f64;
    let before = (REACH * KERNEL_SD / spacing).ceil() as usize;
    let count = (grid.len() - 1) * per_step + 2 * before + 1;
    let low = grid[0] - before as f64 * spacing;
    let mut near = vec![0.0; (function.sums.n_nodes() + 1) * count];
    for (mask, &value) in function.values.iter().enumerate() {
        let size = mask.count_ones() as usize;
        // What lies beyond reach of the grid adds nothing to any of its densities.
        let at = (value - low) / spacing;
        if at >= 0.0 && at < (count - 1) as f64 {
            let (node, share) = (at as usize, at.fract());
            near[size * count + node] += 1.0 - share;
            near[size * count + node + 1] += share;
        }
    }
    Near::Nodes(near, Nodes { count, low, spacing, per_step, before })
}

impl Nodes {
    /// Kernels at each point of the drawn grid, from the mass on the nodes.
    fn smooth(&self, near: &[f64], grid: &[f64]) -> Vec<f64> {
        let point = |(k, &x): (usize, &f64)| {
            let first = k * self.per_step;
            let last = (first + 2 * self.before).min(self.count - 1);
            let of_node =
                |node: usize| near[node] * kernel(x - self.low - node as f64 * self.spacing);
            (first..=last).map(of_node).sum()
        };
        grid.iter().enumerate().map(point).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Losses of half a million once asked for 62 GB.
    #[test]
    fn what_it_holds_does_not_grow_with_the_range() {
        let values: Vec<f64> = (0..256u32).map(|m| f64::from(m) * 1e300).collect();
        let function = Function::new("loss", values);
        let grid = stats::grid(-1.0, 2.6e302, 512);
        let found = function.densities(&[0.5], &grid);
        assert!(found.iter().all(|row| row.density.is_finite()));
        assert!((found[511].fraction - 1.0).abs() < 1e-12);
    }

    /// Against the definition: every mask with its own weight and its own kernel.
    #[test]
    fn the_binned_density_is_the_weighted_one() {
        let values: Vec<f64> =
            (0..256u32).map(|m| (f64::from(m) * 0.7).sin() + f64::from(m) / 99.0).collect();
        let function = Function::new("loss", values.clone());
        // Finer than the kernel, and coarser.
        for (grid, p) in [200, 60]
            .into_iter()
            .flat_map(|length| [0.25, 0.5, 0.9].map(|p| (stats::grid(-1.2, 4.0, length), p)))
        {
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
