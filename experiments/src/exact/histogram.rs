//! The exact distribution of a function over p-biased masks.

use rayon::prelude::*;
use report::records::ExactDensityPoint;
use report::write_up::KERNEL_SD;

/// Values are gathered in at most so many parts, none shorter than so many: sums then depend on nothing
/// but the number of values.
const PARTS: usize = 16;
const SHORTEST: usize = 1 << 22;

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
    /// Masks near each node of a finer grid, `[N + 1, nodes]`; where there is none, kernels at each
    /// point of the grid, `[N + 1, grid]`.
    near: Vec<f64>,
    nodes: Option<Nodes>,
}

/// A grid finer than the one that is drawn.
#[derive(Clone, Copy)]
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
    /// What `of` makes of each of `values`, `[2^N]`, gathered for densities on an even grid.
    pub fn new(values: &[f64], of: impl Fn(f64) -> f64 + Sync, grid: &[f64]) -> Self {
        let length = values.len().div_ceil(PARTS).max(SHORTEST);
        let n_nodes = values.len().ilog2() as usize;
        let parts = values.par_chunks(length).enumerate().map(|(k, values)| {
            let mut part = Self::empty(n_nodes, grid);
            part.gather(values.iter().map(|&value| of(value)), k * length, grid);
            part
        });
        let mut all = Self::empty(n_nodes, grid);
        for part in parts.collect::<Vec<_>>() {
            all.between.iter_mut().zip(part.between).for_each(|(to, masks)| *to += masks);
            all.near.iter_mut().zip(part.near).for_each(|(to, masks)| *to += masks);
        }
        all
    }

    fn empty(n_nodes: usize, grid: &[f64]) -> Self {
        let nodes = (grid[1] - grid[0] < COARSE * KERNEL_SD).then(|| Nodes::over(grid));
        let columns = nodes.map_or(grid.len(), |nodes| nodes.count);
        Self {
            n_nodes,
            between: vec![0.0; (n_nodes + 1) * (grid.len() + 1)],
            near: vec![0.0; (n_nodes + 1) * columns],
            nodes,
        }
    }

    /// Takes in the values of the masks from `first` on.
    fn gather(&mut self, values: impl Iterator<Item = f64>, first: usize, grid: &[f64]) {
        let step = grid[1] - grid[0];
        for (k, value) in values.enumerate() {
            let size = (first + k).count_ones() as usize;
            self.between[size * (grid.len() + 1) + points_below(value, grid, step)] += 1.0;
            match self.nodes {
                Some(nodes) => {
                    let near = &mut self.near[size * nodes.count..][..nodes.count];
                    nodes.gather(value, near);
                }
                None => add_kernels(value, grid, &mut self.near[size * grid.len()..][..grid.len()]),
            }
        }
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
        let near = self.weigh(&self.near, p);
        let kernels = match &self.nodes {
            Some(nodes) => nodes.smooth(&near, grid),
            None => near,
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

/// How many points of an even grid lie below `value`.
fn points_below(value: f64, grid: &[f64], step: f64) -> usize {
    // A guess that lies one or two off.
    let mut below = (((value - grid[0]) / step) as usize).min(grid.len());
    while below > 0 && grid[below - 1] >= value {
        below -= 1;
    }
    while below < grid.len() && grid[below] < value {
        below += 1;
    }
    below
}

/// The kernel of one value at every point of the grid that it reaches.
fn add_kernels(value: f64, grid: &[f64], kernels: &mut [f64]) {
    let first = grid.partition_point(|&x| x < value - REACH * KERNEL_SD);
    let within = |x: &&f64| **x <= value + REACH * KERNEL_SD;
    let reached = kernels[first..].iter_mut().zip(grid[first..].iter().take_while(within));
    reached.for_each(|(to, x)| *to += kernel(x - value));
}

impl Nodes {
    fn over(grid: &[f64]) -> Self {
        let step = grid[1] - grid[0];
        let per_step = (step * NODES_PER_KERNEL / KERNEL_SD).ceil().max(1.0) as usize;
        let spacing = step / per_step as f64;
        let before = (REACH * KERNEL_SD / spacing).ceil() as usize;
        let count = (grid.len() - 1) * per_step + 2 * before + 1;
        let low = grid[0] - before as f64 * spacing;
        Self { count, low, spacing, per_step, before }
    }

    /// Splits one mask between the nodes on either side of its value.
    fn gather(&self, value: f64, near: &mut [f64]) {
        // What lies beyond reach of the grid adds nothing to any of its densities.
        let at = (value - self.low) / self.spacing;
        if at >= 0.0 && at < (self.count - 1) as f64 {
            let node = at as usize;
            let share = at - node as f64;
            near[node] += 1.0 - share;
            near[node + 1] += share;
        }
    }

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
        let grid = stats::grid(-1.0, 2.6e302, 512);
        let found = Histogram::new(&values, |v| v, &grid).density("loss", 0.5, &grid);
        assert!(found.iter().all(|row| row.density.is_finite()));
        assert!((found[511].fraction - 1.0).abs() < 1e-12);
    }

    /// In several parts as in one, but for the order of the sums; with any number of threads the same.
    #[test]
    fn parts_add_up() {
        let values: Vec<f64> = (0..1u32 << 23).map(|m| (f64::from(m) * 0.7).sin()).collect();
        let grid = stats::grid(-1.2, 1.2, 100);
        let density = || {
            let rows = Histogram::new(&values, |v| 2.0 * v, &grid).density("loss", 0.3, &grid);
            rows.into_iter().map(|row| (row.density, row.fraction)).collect::<Vec<_>>()
        };
        let found = density();
        let mut one = Histogram::empty(23, &grid);
        one.gather(values.iter().map(|v| 2.0 * v), 0, &grid);
        for ((density, fraction), other) in found.iter().zip(one.density("loss", 0.3, &grid)) {
            assert!((density - other.density).abs() < 1e-12 * (1.0 + other.density));
            assert!((fraction - other.fraction).abs() < 1e-12);
        }
        let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
        assert!(found == pool.install(density));
    }

    #[test]
    fn points_below_a_value_are_counted() {
        let grid = stats::grid(-1.3, 2.9, 97);
        let near = grid.iter().flat_map(|&x| [x, x.next_down(), x.next_up()]);
        for value in near.chain([-1e300, 1e300, f64::NEG_INFINITY, f64::INFINITY, 0.3]) {
            let expected = grid.partition_point(|&x| x < value);
            assert_eq!(points_below(value, &grid, grid[1] - grid[0]), expected, "{value}");
        }
    }

    /// Against the definition: every mask with its own weight and its own kernel.
    #[test]
    fn the_binned_density_is_the_weighted_one() {
        let values: Vec<f64> =
            (0..256u32).map(|m| (f64::from(m) * 0.7).sin() + f64::from(m) / 99.0).collect();
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
            let found = Histogram::new(&values, |v| v, &grid).density("loss", p, &grid);
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
