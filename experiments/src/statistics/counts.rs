//! How many gate gradients fall into each bin, by the size of their mask.

use super::curve::BINS;

/// Rows of bins: from one node's gradients to the next one's nothing but the size of their mask is told
/// apart, and whether the node is on.
#[derive(Clone, Copy)]
pub enum Row {
    /// Of g, at masks with so many nodes on.
    Gradients(usize),
    /// Of λ = g/loss, at masks with so many nodes on, the node being off or on.
    Ratios(usize, bool),
    /// Of λ of one of the watched nodes, off or on.
    Watched(usize, bool),
}

/// Rows of one size.
const OF_SIZE: usize = 3;

impl Row {
    /// Its number among all rows of so many nodes.
    pub const fn number(self, n: usize) -> usize {
        match self {
            Self::Gradients(size) => size * OF_SIZE,
            Self::Ratios(size, on) => size * OF_SIZE + 1 + on as usize,
            Self::Watched(k, on) => (n + 1) * OF_SIZE + 2 * k + on as usize,
        }
    }
}

/// Numbers of gate gradients.
pub struct Counts {
    n_nodes: usize,
    /// `[rows, BINS]`.
    rows: Vec<u64>,
}

impl Counts {
    /// Nothing counted yet of so many nodes, some of which are watched.
    pub fn new(n: usize, watched: usize) -> Self {
        Self { n_nodes: n, rows: vec![0; Row::Watched(watched, false).number(n) * BINS] }
    }

    /// Number of nodes.
    pub fn n_nodes(&self) -> usize {
        self.n_nodes
    }

    /// Adds the rows' numbers, `BINS` of each every `spacing`, and sets them to 0.
    pub fn take(&mut self, spacing: usize, numbers: &mut [u32]) {
        for (to, from) in self.rows.chunks_exact_mut(BINS).zip(numbers.chunks_mut(spacing)) {
            to.iter_mut().zip(&*from).for_each(|(to, from)| *to += u64::from(*from));
            from.fill(0);
        }
    }

    /// With another worker's numbers.
    pub fn joined(mut self, other: Self) -> Self {
        self.rows.iter_mut().zip(other.rows).for_each(|(to, from)| *to += from);
        self
    }

    /// Of a row, `[BINS]`.
    pub fn of(&self, row: Row) -> &[u64] {
        &self.rows[row.number(self.n_nodes) * BINS..][..BINS]
    }

    /// Of g over all masks, one of each size weighing so much: `[BINS]`.
    pub fn of_gradients(&self, weights: &[f64]) -> Vec<f64> {
        self.weighed(weights, Row::Gradients)
    }

    /// The same of λ of the nodes that are off, or of those that are on.
    pub fn of_ratios(&self, weights: &[f64], on: bool) -> Vec<f64> {
        self.weighed(weights, |size| Row::Ratios(size, on))
    }

    fn weighed(&self, weights: &[f64], row: impl Fn(usize) -> Row) -> Vec<f64> {
        let mut sum = vec![0.0; BINS];
        for (size, weight) in weights.iter().enumerate() {
            let own = self.of(row(size)).iter();
            sum.iter_mut().zip(own).for_each(|(sum, &count)| *sum += count as f64 * weight);
        }
        sum
    }
}
