//! Gate gradients counted by bin and summed by size: the one pass over all of them.

use pulp::{Arch, Simd, WithSimd};

use super::counts::{Counts, Packed, STRETCH_BITS, packed};
use super::curve::{BINS, RANGE, bin};
use super::moments::{LANES, LaneSums, PowerSums, whole_weights};

/// Room for the nodes of one mask: a table has at most 30.
const WIDEST: usize = 32;

/// Masks whose bins are found together, before they are counted: they stay in the nearest cache.
const TILE: usize = 1024;

/// Masks whose powers are summed together.
const SUMMED: usize = 256;

/// Powers of nodes so far apart are added up in f32, and what comes of it in f64.
const APART_IN_F32: usize = 8;

/// From one node's bins to the next one's. A few more than there are, so that those of the same value do
/// not lie a power of two apart: they would compete for the same few places in a cache.
const SPACING: usize = BINS + 7;

/// A bin's number is always a place in so many: nothing is left to check.
const WINDOW: usize = 1 << u16::BITS;

/// Kinds of weights of [`LANES`] masks: of the nodes that differ among them, and of one that is off or on
/// at all of them.
const KINDS: usize = LOW + 2;
const LOW: usize = LANES.ilog2() as usize;

/// Counts pieces of gradients, one worker's.
pub struct Counter {
    /// Of the stretches before the present one.
    counts: Counts,
    stretch: usize,
    /// Of g in the present stretch, at least [`WINDOW`].
    gradients: Vec<Packed>,
    /// Of λᵢ in the present stretch, a node's [`SPACING`] behind another's.
    ratios: Vec<Packed>,
    /// Of masks side by side, by kind and by the number of the stretch's other nodes that are on.
    weights: Vec<[[Packed; LANES]; STRETCH_BITS - LOW + 1]>,
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
    /// Nothing counted yet.
    pub fn new(n: usize) -> Self {
        let by_size: Vec<[u64; 3]> = whole_weights(n.min(STRETCH_BITS)).collect();
        let mut weights = vec![[[[0; 2]; LANES]; STRETCH_BITS - LOW + 1]; KINDS];
        for (kind, weights) in weights.iter_mut().enumerate() {
            for (above, weights) in weights.iter_mut().enumerate() {
                // Of lanes without a mask they stay 0.
                for (lane, weights) in weights.iter_mut().enumerate().take(1 << n.min(LOW)) {
                    let Some([a, b, c]) = by_size.get(above + lane.count_ones() as usize) else {
                        continue;
                    };
                    let on = if kind < LOW { lane >> kind & 1 } else { kind - LOW };
                    *weights = packed([*a, *b, *c, on as u64 * b]);
                }
            }
        }
        Self {
            counts: Counts::new(n),
            stretch: 0,
            gradients: vec![[0; 2]; WINDOW],
            ratios: vec![[0; 2]; n * SPACING + WINDOW],
            weights,
            tile: Tile::default(),
            lanes: LaneSums::default(),
        }
    }

    /// Counts a piece's gradients, `[N, masks]`, of the masks from `first` on, and returns their sums;
    /// `losses` are those of its masks, a power of two of them, 4,096 at most.
    pub fn add(&mut self, first: usize, piece: &[f32], losses: &[f64]) -> Sums {
        if first >> STRETCH_BITS != self.stretch {
            self.end_stretch();
            self.stretch = first >> STRETCH_BITS;
        }
        Arch::new().dispatch(Pass { counter: self, first, piece, losses })
    }

    /// What was counted.
    pub fn counts(mut self) -> Counts {
        self.end_stretch();
        self.counts
    }

    fn end_stretch(&mut self) {
        let others = self.counts.n_nodes().saturating_sub(STRETCH_BITS);
        let on = self.stretch.count_ones() as usize;
        let others =
            whole_weights(others).nth(on).expect("a stretch has a mask of the other nodes");
        self.counts.add_pooled(&mut self.gradients, others);
        for (node, ratios) in
            self.ratios.chunks_mut(SPACING).take(self.counts.n_nodes()).enumerate()
        {
            self.counts.add_ratios(node, ratios, others);
        }
    }
}

#[inline(always)]
fn add(to: &mut Packed, from: &Packed) {
    // No sum gets beyond its room, and a check takes longer than the addition.
    *to = [to[0].wrapping_add(from[0]), to[1].wrapping_add(from[1])];
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
        let Counter { counts, gradients, ratios, weights, tile, lanes, .. } = counter;
        let (n, masks) = (counts.n_nodes(), losses.len());
        *lanes = LaneSums::default();
        let mut of_masks = [[0.0; SUMMED]; 4];
        for start in (0..masks).step_by(SUMMED) {
            let mut rows: [&[f32]; WIDEST] = [&[]; WIDEST];
            let own = piece.chunks_exact(masks).map(|g| &g[start..]);
            rows.iter_mut().zip(own).for_each(|(to, g)| *to = g);
            powers(&rows[..n], &mut of_masks);
            lanes.add(start, &of_masks);
        }
        let mut sums =
            Sums { powers: PowerSums::new(n, 0.0, n), squares: [0.0; WIDEST], beyond: 0 };
        lanes.put(first, &mut sums.powers);
        for (k, losses) in losses.chunks(TILE).enumerate() {
            tile.start(first + k * TILE, losses);
            for node in 0..n {
                let g = &piece[node * masks + k * TILE..][..losses.len()];
                let to = (&mut gradients[..], &mut ratios[node * SPACING..]);
                tile.add(g, node, weights, to, &mut sums);
            }
        }
        sums
    }
}

/// Sums over nodes of g, g², g³ and g⁴ at some masks, from those of the rows that begin with `g`.
#[inline(always)]
fn powers(g: &[&[f32]], sums: &mut [[f64; SUMMED]; 4]) {
    *sums = [[0.0; SUMMED]; 4];
    for apart in 0..APART_IN_F32 {
        let row = |k: usize| g.get(apart + k * APART_IN_F32).copied();
        match [row(0), row(1), row(2), row(3)] {
            [None, ..] => {}
            [Some(a), None, ..] => add_powers([a], sums),
            [Some(a), Some(b), None, _] => add_powers([a, b], sums),
            [Some(a), Some(b), Some(c), None] => add_powers([a, b, c], sums),
            [Some(a), Some(b), Some(c), Some(d)] => add_powers([a, b, c, d], sums),
        }
    }
}

/// Adds the powers of some nodes' gradients, summed over them in f32.
#[inline(always)]
fn add_powers<const ROWS: usize>(rows: [&[f32]; ROWS], sums: &mut [[f64; SUMMED]; 4]) {
    let masks = rows[0].len().min(SUMMED);
    let rows = rows.map(|row| &row[..masks]);
    let [first, second, third, fourth] = sums.each_mut().map(|sums| &mut sums[..masks]);
    for m in 0..masks {
        let mut powers = [0.0f32; 4];
        for row in rows {
            let square = row[m] * row[m];
            powers[0] += row[m];
            powers[1] += square;
            powers[2] += square * row[m];
            powers[3] += square * square;
        }
        first[m] += f64::from(powers[0]);
        second[m] += f64::from(powers[1]);
        third[m] += f64::from(powers[2]);
        fourth[m] += f64::from(powers[3]);
    }
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

/// Some masks, and where one node's gradients and their ratios are counted.
struct Tile {
    /// The first mask.
    first: usize,
    /// 1/loss of each mask.
    per_loss: [f32; TILE],
    bins: [[u16; TILE]; 2],
}

impl Default for Tile {
    fn default() -> Self {
        Self { first: 0, per_loss: [0.0; TILE], bins: [[0; TILE]; 2] }
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

    /// Counts a node's gradients and their ratios, and adds them to its sums.
    #[inline(always)]
    fn add(
        &mut self,
        g: &[f32],
        node: usize,
        weights: &[[[Packed; LANES]; STRETCH_BITS - LOW + 1]],
        (gradients, ratios): (&mut [Packed], &mut [Packed]),
        sums: &mut Sums,
    ) {
        let window = "the room behind the last node";
        let ratios = ratios.first_chunk_mut::<WINDOW>().expect(window);
        let gradients = gradients.first_chunk_mut::<WINDOW>().expect(window);
        let own = (self.first..self.first + g.len()).step_by(LANES).map(|mask| {
            let kind = if node < LOW { node } else { LOW + (mask >> node & 1) };
            let above = (mask % (1 << STRETCH_BITS) / LANES).count_ones() as usize;
            &weights[kind][above]
        });
        if g.iter().fold(0, |bits, g| bits | g.to_bits() << 1) == 0 {
            // Each would wait for the one before.
            let mut all = [0; 2];
            own.flatten().for_each(|weights| add(&mut all, weights));
            let zero = bin(0.0) as usize;
            add(&mut gradients[zero], &all);
            add(&mut ratios[zero], &all);
            return;
        }
        self.find_bins(g, node, sums);
        let [of_g, of_ratios] = self.bins.each_ref().map(|bins| bins.as_chunks::<LANES>().0);
        for ((weights, of_g), of_ratios) in own.zip(of_g).zip(of_ratios) {
            for k in 0..LANES {
                add(&mut gradients[usize::from(of_g[k])], &weights[k]);
                add(&mut ratios[usize::from(of_ratios[k])], &weights[k]);
            }
        }
    }

    #[inline(always)]
    fn find_bins(&mut self, g: &[f32], node: usize, sums: &mut Sums) {
        let mut squares = [0.0; LANES];
        let mut beyond = [0u32; LANES];
        let [of_g, of_ratios] = &mut self.bins;
        for start in (0..g.len()).step_by(LANES) {
            let (g, per_loss) = (lanes(&g[start..]), lanes(&self.per_loss[start..]));
            let mut ratios = [0.0f32; LANES];
            for k in 0..LANES {
                ratios[k] = g[k] * per_loss[k];
                squares[k] += f64::from(ratios[k] * ratios[k]);
                beyond[k] = beyond[k].wrapping_add(u32::from(ratios[k].abs() > RANGE as f32));
            }
            put_bins(&g, &mut of_g[start..]);
            put_bins(&ratios, &mut of_ratios[start..]);
        }
        sums.beyond += beyond.iter().map(|&count| u64::from(count)).sum::<u64>();
        sums.squares[node] += squares.iter().sum::<f64>();
    }
}

#[inline(always)]
fn put_bins(x: &[f32; LANES], to: &mut [u16]) {
    for (to, &x) in to[..LANES].iter_mut().zip(x) {
        *to = bin(x) as u16;
    }
}

#[cfg(test)]
mod tests {
    use super::super::counts::Weights;
    use super::*;

    /// Gradients and losses of any kind, those of node 1 being 0 throughout.
    fn gradient(mask: usize, node: usize) -> f32 {
        let x = ((mask * 7 + node * 13) as f32 * 0.37).sin();
        if node == 1 { 0.0 } else { x * x * x / (1.0 + node as f32) }
    }

    fn loss(mask: usize) -> f64 {
        0.02 + (mask as f64 * 0.11).cos().powi(2)
    }

    /// Counts of all masks in pieces, and their sums.
    fn counted(n: usize, masks: usize) -> (Counts, Vec<Sums>) {
        let mut counter = Counter::new(n);
        let piece = |first: usize| {
            let nodes = (0..n).flat_map(|i| (first..first + masks).map(move |m| gradient(m, i)));
            let losses: Vec<f64> = (first..first + masks).map(loss).collect();
            counter.add(first, &nodes.collect::<Vec<f32>>(), &losses)
        };
        let sums = (0..1 << n).step_by(masks).map(piece).collect();
        (counter.counts(), sums)
    }

    #[test]
    fn every_gradient_counts_with_the_weights_of_its_mask() {
        for (n, masks) in [(1, 2), (3, 8), (5, 32), (11, 1 << 11), (13, 1 << 12), (20, 1 << 12)] {
            let (counts, sums) = counted(n, masks);
            let mut of_gradients = vec![[0; 4]; BINS];
            let mut of_ratios = vec![vec![[0; 4]; BINS]; n];
            let (mut squares, mut beyond) = (vec![0.0; n], 0);
            for mask in 0..1usize << n {
                let on = mask.count_ones();
                let [a, c] = [3u64.pow(n as u32 - on), 3u64.pow(on)];
                for i in 0..n {
                    let (g, weights) = (gradient(mask, i), [a, 1, c, mask as u64 >> i & 1]);
                    let ratio = g * (1.0 / loss(mask)) as f32;
                    let add = |to: &mut Weights| (0..4).for_each(|k| to[k] += weights[k]);
                    add(&mut of_gradients[bin(g) as usize]);
                    add(&mut of_ratios[i][bin(ratio) as usize]);
                    squares[i] += f64::from(ratio).powi(2);
                    beyond += u64::from(ratio.abs() > 8.0);
                }
            }
            // Pooled over the nodes nothing is asked of a node being on.
            let pooled = |counts: &[Weights]| -> Vec<[u64; 3]> {
                counts.iter().map(|&[a, b, c, _]| [a, b, c]).collect()
            };
            assert_eq!(pooled(counts.of_gradients()), pooled(&of_gradients), "{n} nodes");
            assert!(counts.of_ratios().eq(of_ratios.iter().map(Vec::as_slice)), "{n} nodes");
            assert_eq!(sums.iter().map(|sums| sums.beyond).sum::<u64>(), beyond);
            for (i, expected) in squares.into_iter().enumerate() {
                let found: f64 = sums.iter().map(|sums| sums.squares[i]).sum();
                assert!((found - expected).abs() <= 1e-6 * expected, "{n} nodes, {i}");
            }
            let doubled = of_ratios.iter().flatten().map(|weights| weights.map(|w| 2 * w));
            let twice = counts.joined(counted(n, masks).0);
            assert!(twice.of_ratios().flatten().copied().eq(doubled));
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
