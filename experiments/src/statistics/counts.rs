//! Gate gradients counted by bin and summed by size: the one pass over all of them.

use pulp::{Arch, Simd, WithSimd};

use super::curve::{BINS, RANGE, bin};
use super::moments::PowerSums;

/// Room for the nodes of one mask: a table has at most 30.
const WIDEST: usize = 32;

/// Nodes handled together.
const LANES: usize = 8;

/// Masks whose bins are found together, before they are counted.
const TILE: usize = 64;

/// A power of two, so that the last bits of a number are always a place there.
const ROOM: usize = BINS.next_power_of_two();

/// Counts that no bin has, so that those of the same bin do not lie a power of two apart: they would
/// compete for the same few places in a cache, which takes ten times as long.
const APART: usize = 112;

/// Counts by bin, of which the first [`BINS`] are in use. At most 2^30 masks make a count, and 30
/// times as many a pooled one: both fit.
pub type Bins = [u32; ROOM + APART];

/// Counts of gate gradients g and of λ = g/loss; whole numbers, so no order of adding them up
/// matters.
pub struct Counts {
    /// Of g, pooled over the nodes, by the size of the mask: `[N + 1]`.
    pub gradients: Vec<Bins>,
    /// Of λᵢ, pooled alike, node i off and on: `[N + 1]`.
    pub ratios: Vec<[Bins; 2]>,
    /// Of λᵢ by node: `[N]`.
    pub by_node: Vec<Bins>,
}

/// Sums over a chunk of masks.
pub struct Sums {
    /// Of the powers of g, pooled over the nodes.
    pub powers: PowerSums,
    /// Σ λᵢ².
    pub squares: [f64; WIDEST],
    /// λᵢ beyond the range of the bins.
    pub beyond: u64,
}

impl Counts {
    /// Nothing counted yet.
    pub fn new(n: usize) -> Self {
        Self {
            gradients: vec![[0; ROOM + APART]; n + 1],
            ratios: vec![[[0; ROOM + APART]; 2]; n + 1],
            by_node: vec![[0; ROOM + APART]; n],
        }
    }

    /// Adds another worker's counts.
    pub fn join(&mut self, other: &Self) {
        let add = |(sums, more): (&mut Bins, &Bins)| {
            sums.iter_mut().zip(more).for_each(|(sum, more)| *sum += more);
        };
        self.gradients.iter_mut().zip(&other.gradients).for_each(add);
        self.ratios.iter_mut().flatten().zip(other.ratios.iter().flatten()).for_each(add);
        self.by_node.iter_mut().zip(&other.by_node).for_each(add);
    }

    /// Counts the gradients `[masks, n]` of the masks from `first` on, and returns their sums.
    pub fn add(&mut self, n: usize, first: usize, rows: &[f32], losses: &[f64]) -> Sums {
        let mut lanes = Lanes {
            powers: [[[0.0; LANES]; 4]; WIDEST + 1],
            squares: [[0.0; LANES]; WIDEST / LANES],
            far: [0; LANES],
        };
        let mut tile = Tile {
            n,
            masks: 0,
            first,
            rows: [0.0; TILE * WIDEST],
            per_loss: [0.0; TILE],
            gradients: [[0; WIDEST]; TILE],
            ratios: [[0; WIDEST]; TILE],
        };
        for rows in rows.chunks(TILE * n) {
            tile.masks = rows.len() / n;
            tile.rows[..rows.len()].copy_from_slice(rows);
            let losses = &losses[tile.first..][..tile.masks];
            Arch::new().dispatch(Pass { tile: &mut tile, losses, lanes: &mut lanes });
            self.count(&tile);
            tile.first += tile.masks;
        }
        lanes.sums(n)
    }

    fn count(&mut self, tile: &Tile) {
        let bins = tile.gradients.iter().zip(&tile.ratios).take(tile.masks);
        for (mask, (gradients, ratios)) in (tile.first..).zip(bins) {
            let (gradients, ratios) = (&gradients[..tile.n], &ratios[..tile.n]);
            let size = mask.count_ones() as usize;
            let (of_gradients, of_ratios) = (&mut self.gradients[size], &mut self.ratios[size]);
            let mut nodes = mask;
            for (&gradient, &ratio) in gradients.iter().zip(ratios) {
                increment(of_gradients, gradient);
                increment(&mut of_ratios[nodes & 1], ratio);
                nodes >>= 1;
            }
            // A loop of its own: the nodes' counts do not fit the nearest cache beside the others.
            for (counts, &ratio) in self.by_node.iter_mut().zip(ratios) {
                increment(counts, ratio);
            }
        }
    }
}

/// Counts wrap, since a check for overflow takes longer than the count; none gets so far.
#[inline(always)]
fn increment(counts: &mut Bins, bin: u16) {
    let count = &mut counts[usize::from(bin) & (ROOM - 1)];
    *count = count.wrapping_add(1);
}

/// Some masks' gradients and what bins they and their ratios are in.
struct Tile {
    n: usize,
    masks: usize,
    /// The first mask.
    first: usize,
    /// `[masks, n]`, and something behind them.
    rows: [f32; TILE * WIDEST],
    /// 1/loss of each mask.
    per_loss: [f32; TILE],
    gradients: [[u16; WIDEST]; TILE],
    ratios: [[u16; WIDEST]; TILE],
}

/// Sums over masks, one for each lane.
struct Lanes {
    /// Of g, g², g³ and g⁴ by the size of the mask.
    powers: [[[f64; LANES]; 4]; WIDEST + 1],
    squares: [[f64; LANES]; WIDEST / LANES],
    far: [u32; LANES],
}

impl Lanes {
    fn sums(&self, n: usize) -> Sums {
        let mut powers = PowerSums::new(n, 0.0, n);
        for (size, lanes) in self.powers.iter().enumerate().take(n + 1) {
            powers.add(size, lanes.map(|lanes| lanes.iter().sum()));
        }
        let mut squares = [0.0; WIDEST];
        squares.copy_from_slice(self.squares.as_flattened());
        let beyond = self.far.iter().map(|&count| u64::from(count)).sum();
        Sums { powers, squares, beyond }
    }
}

/// Finds a tile's bins and adds up its sums, in whatever vectors the machine has: every number is
/// rounded alike in all of them.
struct Pass<'a> {
    tile: &'a mut Tile,
    losses: &'a [f64],
    lanes: &'a mut Lanes,
}

impl WithSimd for Pass<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _simd: S) {
        let Self { tile, losses, lanes } = self;
        for (per_loss, &loss) in tile.per_loss.iter_mut().zip(losses) {
            // Losses that are no normal f32 have gradients of 0 in f32: the ratio stays finite.
            *per_loss = (1.0 / loss).min(f64::from(f32::MAX)) as f32;
        }
        for m in 0..tile.masks {
            let mut powers = [[0.0f32; LANES]; 4];
            for group in 0..tile.n.div_ceil(LANES) {
                let start = group * LANES;
                let g = kept(&tile.rows[m * tile.n + start..], tile.n - start);
                add_powers(&g, &mut powers);
                let mut ratios = [0.0f32; LANES];
                for (ratio, g) in ratios.iter_mut().zip(&g) {
                    *ratio = g * tile.per_loss[m];
                }
                count_far(&ratios, &mut lanes.far);
                for (sum, ratio) in lanes.squares[group].iter_mut().zip(&ratios) {
                    *sum += f64::from(ratio * ratio);
                }
                put_bins(&g, &mut tile.gradients[m][start..]);
                put_bins(&ratios, &mut tile.ratios[m][start..]);
            }
            let sums = &mut lanes.powers[(tile.first + m).count_ones() as usize];
            for (sums, powers) in sums.iter_mut().zip(&powers) {
                for k in 0..LANES {
                    sums[k] += f64::from(powers[k]);
                }
            }
        }
    }
}

/// The first lanes of a row, those beyond its `width` set to 0, which adds nothing to a sum.
#[inline(always)]
fn kept(row: &[f32], width: usize) -> [f32; LANES] {
    let mut lanes = [0.0; LANES];
    let row = &row[..LANES];
    for k in 0..LANES {
        lanes[k] = if k < width { row[k] } else { 0.0 };
    }
    lanes
}

/// Adds x, x², x³ and x⁴.
#[inline(always)]
fn add_powers(x: &[f32; LANES], powers: &mut [[f32; LANES]; 4]) {
    for (k, &x) in x.iter().enumerate() {
        let square = x * x;
        powers[0][k] += x;
        powers[1][k] += square;
        powers[2][k] += square * x;
        powers[3][k] += square * square;
    }
}

/// Counts values beyond the range of the bins.
#[inline(always)]
fn count_far(x: &[f32; LANES], far: &mut [u32; LANES]) {
    for (far, x) in far.iter_mut().zip(x) {
        *far = far.wrapping_add(u32::from(x.abs() > RANGE as f32));
    }
}

#[inline(always)]
fn put_bins(x: &[f32; LANES], to: &mut [u16]) {
    for (to, &x) in to[..LANES].iter_mut().zip(x) {
        *to = bin(x) as u16;
    }
}
