//! Gate gradients counted by bin and summed by size: the one pass over all of them.

use pulp::{Arch, Simd, WithSimd};

use super::counts::{Counts, Row};
use super::curve::{BINS, RANGE, bin};
use super::moments::{LANES, LaneSums, PowerSums};

/// Room for the nodes of one mask: a table has at most 30.
const WIDEST: usize = 32;

/// Masks whose bins are found together, before they are counted: they stay in the nearest cache.
const TILE: usize = 1024;

/// Powers of nodes so far apart are added up in f32, and what comes of it in f64.
const APART_IN_F32: usize = 8;

/// From one row of bins to the next one's. A few more than there are, so that those of the same value do
/// not lie a power of two apart: they would compete for the same few places in a cache.
const SPACING: usize = BINS + 7;

/// From a size's rows to those of the next.
const OF_SIZE: usize = (Row::Gradients(1).number(0) - Row::Gradients(0).number(0)) * SPACING;

/// Nodes that masks side by side differ in.
const LOW: usize = LANES.ilog2() as usize;

/// Places that a bin of [`LANES`] masks can be at, counted from the rows of the least of their sizes:
/// with room for all that there are nothing is left to check.
const WINDOW: usize = (1 << u16::BITS) + LOW * OF_SIZE;

/// From a size's first row to those of ratios of nodes that are off, and of those that are on.
const OFF: usize = Row::Ratios(0, false).number(0) * SPACING;
const ON: usize = Row::Ratios(0, true).number(0) * SPACING;

/// The same for masks side by side and each of the nodes that they differ in.
const BY_LANE: [[u16; LANES]; LOW] = {
    let mut rows = [[OFF as u16; LANES]; LOW];
    let mut at = 0;
    while at < LOW * LANES {
        let (node, lane) = (at / LANES, at % LANES);
        if lane >> node & 1 == 1 {
            rows[node][lane] = ON as u16;
        }
        at += 1;
    }
    rows
};

/// No number passes 2^32 until so many pieces are counted: of 4,096 masks 924 at most have a size, and each
/// has 30 nodes at most.
const PIECES: usize = 1 << 16;

/// Counts pieces of gradients, one worker's.
pub struct Counter {
    /// Of earlier pieces.
    counts: Counts,
    pieces: usize,
    /// `[rows, SPACING]`, and room for a window from any row on.
    rows: Vec<u32>,
    /// For each node, if it is watched, where rows begin that have its own in place of all nodes' ratios.
    watched: Vec<Option<usize>>,
    tile: Tile,
    lanes: LaneSums,
}

/// Sums over a piece's masks.
pub struct Sums {
    /// Of the powers of g, pooled over the nodes.
    pub powers: PowerSums,
    /// Σ λᵢ².
    pub squares: [f64; WIDEST],
    /// λᵢ beyond the range of the bins.
    pub beyond: u64,
}

impl Counter {
    /// Nothing counted yet; the ratios of watched nodes are counted apart as well.
    pub fn new(n: usize, watched: &[usize]) -> Self {
        let place = |k: usize| Row::Watched(k, false).number(n) * SPACING;
        let of_node = |node| watched.iter().position(|&own| own == node);
        Self {
            counts: Counts::new(n, watched.len()),
            pieces: 0,
            rows: vec![0; place(watched.len()) + WINDOW],
            watched: (0..n).map(|i| of_node(i).map(|k| place(k) - OFF)).collect(),
            tile: Tile::default(),
            lanes: LaneSums::default(),
        }
    }

    /// Counts a piece's gradients, `[N, masks]`, of the masks from `first` on, and returns their sums;
    /// `losses` are those of its masks, a power of two of them, 4,096 at most.
    pub fn add(&mut self, first: usize, piece: &[f32], losses: &[f64]) -> Sums {
        if self.pieces == PIECES {
            self.take();
        }
        self.pieces += 1;
        Arch::new().dispatch(Pass { counter: self, first, piece, losses })
    }

    /// What was counted.
    pub fn counts(mut self) -> Counts {
        self.take();
        self.counts
    }

    fn take(&mut self) {
        self.counts.take(SPACING, &mut self.rows);
        self.pieces = 0;
    }
}

/// A piece, in whatever vectors the machine has: every number is rounded alike in all of them.
struct Pass<'a> {
    counter: &'a mut Counter,
    first: usize,
    piece: &'a [f32],
    losses: &'a [f64],
}

impl WithSimd for Pass<'_> {
    type Output = Sums;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _simd: S) -> Sums {
        let Self { counter, first, piece, losses } = self;
        let Counter { counts, rows: to, watched, tile, lanes, .. } = counter;
        let (n, masks) = (counts.n_nodes(), losses.len());
        *lanes = LaneSums::default();
        for start in (0..masks).step_by(LANES) {
            lanes.add(start / LANES, &powers(&piece[start..], masks, n));
        }
        let mut sums =
            Sums { powers: PowerSums::new(n, 0.0, n), squares: [0.0; WIDEST], beyond: 0 };
        lanes.put(first, masks, &mut sums.powers);
        for (k, losses) in losses.chunks(TILE).enumerate() {
            tile.start(first + k * TILE, losses);
            for (node, watched) in watched.iter().enumerate() {
                let g = &piece[node * masks + k * TILE..][..losses.len()];
                tile.find_bins(g, node, &mut sums);
                tile.count(losses.len(), to);
                if let Some(place) = watched {
                    tile.count_ratios(losses.len(), &mut to[*place..]);
                }
            }
        }
        sums
    }
}

/// Sums over nodes of g, g², g³ and g⁴ at masks side by side, whose gradients of the first node `g` begins with;
/// those of the next one are so many masks further.
#[inline(always)]
fn powers(g: &[f32], masks: usize, n: usize) -> [[f64; LANES]; 4] {
    let (mut first, mut second) = ([0.0; LANES], [0.0; LANES]);
    let (mut third, mut fourth) = ([0.0; LANES], [0.0; LANES]);
    for apart in 0..APART_IN_F32.min(n) {
        let (mut one, mut two) = ([0.0f32; LANES], [0.0f32; LANES]);
        let (mut three, mut four) = ([0.0f32; LANES], [0.0f32; LANES]);
        let mut node = apart;
        while node < n {
            let g = lanes(&g[node * masks..]);
            for lane in 0..LANES {
                let square = g[lane] * g[lane];
                one[lane] += g[lane];
                two[lane] += square;
                three[lane] += square * g[lane];
                four[lane] += square * square;
            }
            node += APART_IN_F32;
        }
        for lane in 0..LANES {
            first[lane] += f64::from(one[lane]);
            second[lane] += f64::from(two[lane]);
            third[lane] += f64::from(three[lane]);
            fourth[lane] += f64::from(four[lane]);
        }
    }
    [first, second, third, fourth]
}

/// The first numbers of a row; 0 beyond its end, which adds nothing to a sum.
#[inline(always)]
fn lanes(row: &[f32]) -> [f32; LANES] {
    if let Some(lanes) = row.first_chunk() {
        return *lanes;
    }
    let mut lanes = [0.0; LANES];
    lanes[..row.len()].copy_from_slice(row);
    lanes
}

/// Some masks.
struct Tile {
    /// The first mask.
    first: usize,
    /// 1/loss of each mask.
    per_loss: [f32; TILE],
    /// Where one node's gradients and their ratios are counted, from the rows of their size on.
    places: [[u16; TILE]; 2],
}

impl Default for Tile {
    fn default() -> Self {
        Self { first: 0, per_loss: [0.0; TILE], places: [[0; TILE]; 2] }
    }
}

impl Tile {
    #[inline(always)]
    fn start(&mut self, first: usize, losses: &[f64]) {
        self.first = first;
        for (per_loss, loss) in self.per_loss.iter_mut().zip(losses) {
            // Losses that are no normal f32 have gradients of 0 in f32: the ratio stays finite.
            *per_loss = (1.0 / loss).min(f64::from(f32::MAX)) as f32;
        }
    }

    /// Finds where a node's gradients and their ratios are counted, and adds the latter to its sums.
    #[inline(always)]
    fn find_bins(&mut self, g: &[f32], node: usize, sums: &mut Sums) {
        let mut squares = [0.0; LANES];
        let mut beyond = [0u32; LANES];
        let [of_g, of_ratios] = &mut self.places;
        for start in (0..g.len()).step_by(LANES) {
            let (g, per_loss) = (lanes(&g[start..]), lanes(&self.per_loss[start..]));
            let mut ratios = [0.0f32; LANES];
            for k in 0..LANES {
                ratios[k] = g[k] * per_loss[k];
                squares[k] += f64::from(ratios[k] * ratios[k]);
                beyond[k] = beyond[k].wrapping_add(u32::from(ratios[k].abs() > RANGE as f32));
            }
            let rows = if node < LOW {
                BY_LANE[node]
            } else {
                [if (self.first + start) >> node & 1 == 1 { ON } else { OFF } as u16; LANES]
            };
            put_bins(&g, &[0; LANES], &mut of_g[start..]);
            put_bins(&ratios, &rows, &mut of_ratios[start..]);
        }
        sums.beyond += beyond.iter().map(|&count| u64::from(count)).sum::<u64>();
        sums.squares[node] += squares.iter().sum::<f64>();
    }

    /// Counts gradients and ratios where they were found to be.
    #[inline(always)]
    fn count(&self, masks: usize, rows: &mut [u32]) {
        let [of_g, of_ratios] = self.places.each_ref().map(|places| places.as_chunks::<LANES>().0);
        let groups = (self.first / LANES..).zip(of_g.iter().zip(of_ratios));
        for (group, (of_g, of_ratios)) in groups.take(masks.div_ceil(LANES)) {
            let size = group.count_ones() as usize;
            let rows = rows[size * OF_SIZE..].first_chunk_mut::<WINDOW>().expect(ROOM);
            let mut count = |k: usize| {
                let above = k.count_ones() as usize * OF_SIZE;
                add_one(&mut rows[usize::from(of_g[k]) + above]);
                add_one(&mut rows[usize::from(of_ratios[k]) + above]);
            };
            if masks < LANES {
                (0..masks).for_each(count);
                continue;
            }
            for k in 0..LANES {
                count(k);
            }
        }
    }

    /// Counts ratios once more, whatever the size of their masks.
    #[inline(always)]
    fn count_ratios(&self, masks: usize, rows: &mut [u32]) {
        for place in &self.places[1][..masks] {
            add_one(&mut rows[usize::from(*place)]);
        }
    }
}

const ROOM: &str = "there is room for a window behind the last row";

#[inline(always)]
fn add_one(number: &mut u32) {
    // None gets beyond its room, and a check takes longer than the addition.
    *number = number.wrapping_add(1);
}

#[inline(always)]
fn put_bins(x: &[f32; LANES], rows: &[u16; LANES], to: &mut [u16]) {
    for ((to, &x), row) in to[..LANES].iter_mut().zip(x).zip(rows) {
        // Far from the end of what it holds, and a check would leave no vectors.
        *to = (bin(x) as u16).wrapping_add(*row);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gradients and losses of any kind, those of node 1 being 0 throughout.
    fn gradient(mask: usize, node: usize) -> f32 {
        let x = ((mask * 7 + node * 13) as f32 * 0.37).sin();
        if node == 1 { 0.0 } else { x * x * x / (1.0 + node as f32) }
    }

    fn loss(mask: usize) -> f64 {
        0.02 + (mask as f64 * 0.11).cos().powi(2)
    }

    /// Numbers of all masks in pieces, and their sums; every third node is watched.
    fn counted(n: usize, masks: usize) -> (Counts, Vec<Sums>) {
        let watched: Vec<usize> = (0..n).step_by(3).collect();
        let mut counter = Counter::new(n, &watched);
        let piece = |first: usize| {
            let nodes = (0..n).flat_map(|i| (first..first + masks).map(move |m| gradient(m, i)));
            let losses: Vec<f64> = (first..first + masks).map(loss).collect();
            counter.add(first, &nodes.collect::<Vec<f32>>(), &losses)
        };
        let sums = (0..1 << n).step_by(masks).map(piece).collect();
        (counter.counts(), sums)
    }

    #[test]
    fn every_gradient_counts_in_the_rows_of_its_mask() {
        for (n, masks) in [(1, 2), (3, 8), (5, 32), (11, 1 << 11), (13, 1 << 12), (17, 1 << 12)] {
            let (counts, sums) = counted(n, masks);
            let rows = Row::Watched(n.div_ceil(3), false).number(n);
            let mut expected = vec![vec![0; BINS]; rows];
            let (mut squares, mut more) = (vec![0.0; n], 0);
            for mask in 0..1usize << n {
                let size = mask.count_ones() as usize;
                for (i, square) in squares.iter_mut().enumerate() {
                    let (g, on) = (gradient(mask, i), mask >> i & 1 == 1);
                    let ratio = g * (1.0 / loss(mask)) as f32;
                    let mut add = |row: Row, x| expected[row.number(n)][bin(x) as usize] += 1;
                    add(Row::Gradients(size), g);
                    add(Row::Ratios(size, on), ratio);
                    if i % 3 == 0 {
                        add(Row::Watched(i / 3, on), ratio);
                    }
                    *square += f64::from(ratio).powi(2);
                    more += u64::from(ratio.abs() > 8.0);
                }
            }
            let mut all = (0..=n).flat_map(|size| {
                let of_size = [Row::Ratios(size, false), Row::Ratios(size, true)];
                [Row::Gradients(size)].into_iter().chain(of_size)
            });
            let watched =
                (0..n.div_ceil(3)).flat_map(|k| [false, true].map(|on| Row::Watched(k, on)));
            let twice = counted(n, masks).0.joined(counted(n, masks).0);
            for row in all.by_ref().chain(watched) {
                assert_eq!(counts.of(row), expected[row.number(n)], "{n} nodes");
                assert!(twice.of(row).iter().zip(counts.of(row)).all(|(two, one)| *two == 2 * one));
            }
            assert_eq!(sums.iter().map(|sums| sums.beyond).sum::<u64>(), more);
            for (i, expected) in squares.into_iter().enumerate() {
                let found: f64 = sums.iter().map(|sums| sums.squares[i]).sum();
                assert!((found - expected).abs() <= 1e-6 * expected, "{n} nodes, {i}");
            }
            let weights: Vec<f64> = (0..=n).map(|size| size as f64 + 0.5).collect();
            let weighed = counts.of_ratios(&weights, true);
            for (bin, weighed) in weighed.into_iter().enumerate() {
                let rows = (0..=n).map(|size| expected[Row::Ratios(size, true).number(n)][bin]);
                let sum: f64 = rows.zip(&weights).map(|(count, w)| count as f64 * w).sum();
                assert_eq!(weighed, sum);
            }
        }
    }

    #[test]
    fn powers_are_those_of_all_gradients() {
        for (n, masks) in [(1, 2), (4, 16), (9, 1 << 9), (13, 1 << 12)] {
            let mut powers = PowerSums::new(n, 0.0, n);
            counted(n, masks).1.iter().for_each(|sums| powers.join(&sums.powers));
            for p in [0.25, 0.5, 0.8] {
                let weight = |m: usize| {
                    let on = m.count_ones() as i32;
                    f64::powi(p, on) * f64::powi(1.0 - p, n as i32 - on) / n as f64
                };
                let moment = |of: &dyn Fn(f64) -> f64| -> f64 {
                    let all = (0..1usize << n).flat_map(|m| (0..n).map(move |i| (m, i)));
                    all.map(|(m, i)| weight(m) * of(f64::from(gradient(m, i)))).sum()
                };
                let mean = moment(&|g| g);
                let centred = |k| moment(&|g| (g - mean).powi(k));
                let found = powers.at(p);
                assert!((found.mean - mean).abs() < 1e-6, "{n} nodes: {}, not {mean}", found.mean);
                let sd = centred(2).sqrt();
                assert!((found.sd - sd).abs() < 1e-6 * sd, "{n} nodes: {}, not {sd}", found.sd);
                let [skewness, kurtosis] = [centred(3) / sd.powi(3), centred(4) / sd.powi(4) - 3.0];
                assert!((found.skewness - skewness).abs() < 1e-5, "{n} nodes");
                assert!((found.kurtosis - kurtosis).abs() < 1e-5, "{n} nodes");
            }
        }
    }
}
