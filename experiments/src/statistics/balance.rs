//! Observation 12: how evenly a mask's nodes cover directions, and what that explains.
//!
//! For one hidden layer, two inputs and two classes. With hᵢ the mean activation of node i over the points in
//! the full network and vᵢ = W₁ᵢ − W₀ᵢ what it adds to z₁ − z₀:
//! - D(b) = |Σ bᵢ sᵢ uᵢ| / Σ bᵢ sᵢ over *slicing* nodes, sᵢ = hᵢ |vᵢ| and uᵢ the unit vector of the
//!   node's input weights: the direction of the edge that it cuts off. Bias nodes cut off nothing,
//!   and their small input weights would only add noise. A mask without a slicing node counts as
//!   D = 1, as unbalanced as a single one.
//! - S(b) = Σ bᵢ hᵢ vᵢ over all nodes: under zero ablation the mean of z₁ − z₀ over the points, but
//!   for a constant and for a single layer; bias nodes and slicing nodes pull it in opposite
//!   directions.

mod bins;
mod cells;
mod reversal;

use hypercube::Network;

use super::nodes::Activity;
use bins::{Bins, Measures};
use cells::{COARSE, Counted};

/// Bins of D and S at most, each a power of two: alone, jointly, and jointly with the size.
const MOST_BITS: [u32; 3] = [6, 5, 4];

/// A cell has at least this many masks on average (and at 20 nodes, with the bins above, from 195 to
/// 16,384): values that have nothing to do with the cells then have an η² of at most 1/64.
const MASKS_PER_CELL: f64 = 64.0;

/// Fewer nodes make too few masks for cells.
const LEAST_NODES: usize = 12;

/// Bins of D, and of S, that are found.
const FINE: usize = 1 << MOST_BITS[0];

/// Tasks that sums are split into, whatever the number of threads.
const TASKS: usize = 16;

/// What balance explains.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Balance {
    /// η² of cells by the number of nodes on.
    pub size: f64,
    /// η² of bins of D.
    pub direction: f64,
    /// η² of bins of S.
    pub signed_sum: f64,
    /// η² of D and S jointly.
    pub both: f64,
    /// η² of size, D and S jointly.
    pub all: f64,
    /// Correlation of residuals given the size with those of the reversal.
    pub reversal_given_size: f64,
    /// The same given D and S.
    pub reversal_given_both: f64,
    /// The same given size, D and S.
    pub reversal_given_all: f64,
    /// What D and S jointly have to do with the covariance of ln(loss) with that of the reversal.
    pub covariance: Parts,
}

/// With m the mean of a mask's cell and r = f − m, the shares of Cov(f, f̄) = Cov(m, m̄) +
/// (Cov(m, r̄) + Cov(r, m̄)) + Cov(r, r̄), f̄ being f at the reversal. They add up to 1; each can lie
/// outside of 0…1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Parts {
    /// Of the means of the cells.
    pub explained: f64,
    /// Of the means of the one with the rest of the other.
    pub mixed: f64,
    /// Of what is left within the cells.
    pub left: f64,
}

impl Balance {
    /// `mean` is that of ln(loss) over all masks, and `room` memory for a bin of each. None unless there are one hidden layer, two inputs, two
    /// classes and enough nodes, and ln(loss) varies.
    pub fn measure(
        network: &Network,
        activities: &[Activity],
        log_losses: &[f64],
        mean: f64,
        room: &mut Vec<u16>,
    ) -> Option<Self> {
        let n = network.n_nodes();
        let plane = network.inputs() == 2 && network.classes() == 2;
        if network.hidden().len() != 1 || !plane || n < LEAST_NODES {
            return None;
        }
        let measures = Measures::new(network, activities);
        let bins = Bins::new(&measures, n, room);
        let Counted { jointly, sized, variance } = Counted::new(&bins, log_losses, mean, n);
        let [one, two, three] = bits(n);
        let d = jointly.grouped(|cell| top(cell / FINE, FINE, one));
        let s = jointly.grouped(|cell| top(cell % FINE, FINE, one));
        let both = jointly
            .grouped(|cell| top(cell / FINE, FINE, two) << two | top(cell % FINE, FINE, two));
        let size = sized.grouped(|cell| cell / (COARSE * COARSE));
        let all = sized.grouped(|cell| {
            let (size, d, s) = (cell / (COARSE * COARSE), cell / COARSE % COARSE, cell % COARSE);
            (size << three | top(d, COARSE, three)) << three | top(s, COARSE, three)
        });
        let [by_size, by_both, by_all] =
            reversal::products(&bins, log_losses, mean, [&size, &both, &all]);
        let balance = Self {
            size: size.between / variance,
            direction: d.between / variance,
            signed_sum: s.between / variance,
            both: both.between / variance,
            all: all.between / variance,
            reversal_given_size: by_size.correlation(),
            reversal_given_both: by_both.correlation(),
            reversal_given_all: by_all.correlation(),
            covariance: by_both.parts(),
        };
        (variance > 0.0).then_some(balance)
    }
}

/// Bits of D and S in each use.
fn bits(n: usize) -> [u32; 3] {
    let cells = (n as f64).exp2() / MASKS_PER_CELL;
    let of = |cells: f64| cells.log2().floor().max(1.0) as u32;
    let [one, two, three] = MOST_BITS;
    [one.min(of(cells)), two.min(of(cells.sqrt())), three.min(of((cells / (n + 1) as f64).sqrt()))]
}

/// The first bits of one of so many bins.
fn top(bin: usize, bins: usize, bits: u32) -> usize {
    bin >> (bins.ilog2() - bits)
}
