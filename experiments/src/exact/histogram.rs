//! Exact distributions: of a function over p-biased masks, of gate gradients over masks and nodes.

use rayon::prelude::*;
use report::records::ExactDensityPoint;
use report::write_up::KERNEL_SD;

/// Values are gathered in at most so many parts, none shorter than so many: sums then depend on nothing
/// but the number of values.
const PARTS: usize = 16;
const SHORTEST: usize = 1 << 22;

/// Values are gathered on nodes this share of the kernel apart, each split between its two
/// neighbours, before the kernel smooths them (linear binning; Jones & Lotwick 1983).
///
/// A value's kernel is then interpolated linearly: off by at most spacing²/8 of its second derivative,
/// (spacing / sd)²/8 = 5·10⁻⁵ of the height of a kernel, and the density by less than one part in 10⁴
/// of its peak. In a panel 250 pixels high that is a fortieth of a pixel.
const NODES_PER_KERNEL: f64 = 50.0;

/// On a grid coarser than the kernel each value reaches few of its points, and is smoothed at once.
const COARSE: f64 = 1.0;

/// Beyond this many standard deviations a Gaussian kernel adds nothing that could be drawn.
const REACH: f64 = 6.0;

/// Values of several kinds, such as the sizes of their masks, gathered for densities on an even grid: a
/// value's probability depends on its kind alone. Its size does not grow with the range of the values.
#[derive(Clone)]
pub struct Histogram {
    kinds: usize,
    grid: Vec<f64>,
    step: f64,
    /// Values between two points of the grid, `[kinds, grid + 1]`.
    between: Vec<f64>,
    /// Values near each node of a finer grid, `[kinds, nodes]`; where there is none, kernels at each
    /// point of the grid, `[kinds, grid]`.
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
    /// Nothing gathered yet. On any grid of 512 points at most 210 kB for each kind.
    pub fn new(kinds: usize, grid: Vec<f64>) -> Self {
        let step = grid[1] - grid[0];
        let nodes = (step < COARSE * KERNEL_SD).then(|| Nodes::over(&grid));
        let columns = nodes.map_or(grid.len(), |nodes| nodes.count);
        Self {
            kinds,
            step,
            between: vec![0.0; kinds * (grid.len() + 1)],
            near: vec![0.0; kinds * columns],
            nodes,
            grid,
        }
    }

    /// What `of` makes of each of `values`, `[2^N]`, by the size of its mask.
    pub fn by_size(values: &[f64], of: impl Fn(f64) -> f64 + Sync, grid: &[f64]) -> Self {
        let length = values.len().div_ceil(PARTS).max(SHORTEST);
        let mut all = Self::new(values.len().ilog2() as usize + 1, grid.to_vec());
        let parts = values.par_chunks(length).enumerate().map(|(k, values)| {
            let mut part = Self::new(all.kinds, grid.to_vec());
            for (mask, &value) in (k * length..).zip(values) {
                part.add(mask.count_ones() as usize, of(value));
            }
            part
        });
        let parts: Vec<_> = parts.collect();
        parts.iter().for_each(|part| all.join(part));
        all
    }

    /// Takes in a value.
    pub fn add(&mut self, kind: usize, value: f64) {
        let points = self.grid.len();
        self.between[kind * (points + 1) + points_below(value, &self.grid, self.step)] += 1.0;
        match self.nodes {
            Some(nodes) => nodes.add(value, &mut self.near[kind * nodes.count..][..nodes.count]),
            None => add_kernels(value, &self.grid, &mut self.near[kind * points..][..points]),
        }
    }

    /// Takes in what another one of the same kinds and grid has gathered.
    pub fn join(&mut self, other: &Self) {
        self.between.iter_mut().zip(&other.between).for_each(|(to, count)| *to += count);
        self.near.iter_mut().zip(&other.near).for_each(|(to, mass)| *to += mass);
    }

    /// The grid that densities are on.
    pub fn grid(&self) -> &[f64] {
        &self.grid
    }

    /// The density on the grid, `weights` being the probability of one value of each kind.
    pub fn density(&self, weights: &[f64]) -> Vec<f64> {
        let near = weigh(&self.near, weights);
        let kernels = match &self.nodes {
            Some(nodes) => nodes.smooth(&near, &self.grid),
            None => near,
        };
        let of_kernels = |kernels| kernels / (KERNEL_SD * std::f64::consts::TAU.sqrt());
        kernels.into_iter().map(of_kernels).collect()
    }

    /// Where kinds are the sizes of masks, the distribution over masks in which each node is on with
    /// probability p, and over the `per_mask` values of each: smoothed, and as it is.
    pub fn at(&self, quantity: &str, p: f64, per_mask: usize) -> Vec<ExactDensityPoint> {
        let n = self.kinds as i32 - 1;
        let weight = |size: i32| p.powi(size) * (1.0 - p).powi(n - size) / per_mask as f64;
        let weights: Vec<f64> = (0..=n).map(weight).collect();
        let mut fraction = 0.0;
        let point = |((&x, density), between): ((&f64, f64), f64)| {
            fraction += between;
            ExactDensityPoint { quantity: quantity.to_owned(), p, x, density, fraction }
        };
        let between = weigh(&self.between, &weights);
        self.grid.iter().zip(self.density(&weights)).zip(between).map(point).collect()
    }
}

/// Adds up rows of kinds, each with the probability of one value of the kind.
fn weigh(of_kind: &[f64], weights: &[f64]) -> Vec<f64> {
    let columns = of_kind.len() / weights.len();
    let mut mass = vec![0.0; columns];
    for (row, weight) in of_kind.chunks_exact(columns).zip(weights) {
        mass.iter_mut().zip(row).for_each(|(m, count)| *m += weight * count);
    }
    mass
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

    /// Splits one value between the nodes on either side of it.
    fn add(&self, value: f64, near: &mut [f64]) {
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
        let found = Histogram::by_size(&values, |v| v, &grid).at("loss", 0.5, 1);
        assert!(found.iter().all(|row| row.density.is_finite()));
        assert!((found[511].fraction - 1.0).abs() < 1e-12);
    }

    /// In several parts as in one, but for the order of the sums; with any number of threads the same.
    #[test]
    fn parts_add_up() {
        let values: Vec<f64> = (0..1u32 << 23).map(|m| (f64::from(m) * 0.7).sin()).collect();
        let grid = stats::grid(-1.2, 1.2, 100);
        let density = || {
            let rows = Histogram::by_size(&values, |v| 2.0 * v, &grid).at("loss", 0.3, 1);
            rows.into_iter().map(|row| (row.density, row.fraction)).collect::<Vec<_>>()
        };
        let found = density();
        let mut one = Histogram::new(24, grid.clone());
        for (mask, v) in values.iter().enumerate() {
            one.add(mask.count_ones() as usize, 2.0 * v);
        }
        for ((density, fraction), other) in found.iter().zip(one.at("loss", 0.3, 1)) {
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

    /// A grid that holds all of them, kernels and all: the weights add up to 1.
    #[test]
    fn several_values_of_a_mask_share_its_probability() {
        let grid = stats::grid(-1.5, 1.5, 600);
        let mut found = Histogram::new(6, grid.clone());
        for (k, size) in (0..32u32).flat_map(|mask| [mask.count_ones() as usize; 3]).enumerate() {
            found.add(size, (k as f64 * 0.7).sin());
        }
        for p in [0.0, 0.3, 1.0] {
            let rows = found.at("loss_gradient", p, 3);
            assert!((rows[599].fraction - 1.0).abs() < 1e-12);
            let integral = rows.iter().map(|row| row.density).sum::<f64>() * (grid[1] - grid[0]);
            assert!((integral - 1.0).abs() < 1e-6, "{integral}");
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
            let found = Histogram::by_size(&values, |v| v, &grid).at("loss", p, 1);
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
