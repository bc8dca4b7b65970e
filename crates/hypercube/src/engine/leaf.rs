//! Summed losses at every mask of a narrow last hidden layer, with points along the lanes.
//!
//! As in [`super::kernel`], a point's loss is `ln(α + x) − ln α` with two classes, α depending on
//! the "hi" and x on the "lo" nodes of the layer. Eight points are eight lanes, and a running
//! product over the points is kept for each of 2 × 8 masks at a time; the lanes are multiplied
//! together at the end. So a layer of five nodes, whose masks would not fill a tile of
//! [`super::tiles`], costs one addition and one multiplication per mask and point too.

use pulp::Simd;

use super::lanes::{COLUMNS, ROWS, WIDTH, lanes_together, multiply};
use super::multiply::pull_exponents;
use super::tiles::TILE;

/// Fewest nodes: the masks of a tile.
pub(super) const LEAST_BITS: usize = 4;

/// What one node of the last hidden layer multiplies the odds by, from a number P of each point:
/// `max(P, rest)` or `min(P, rest)`.
#[derive(Clone, Copy)]
pub(super) struct Clamp {
    pub rest: f64,
    pub grows: bool,
}

/// A block of points under one mask of the earlier layers.
pub(super) struct Leaf<'a> {
    /// Lo and hi nodes, whose places in `numbers` follow each other; then come those that are on in
    /// every mask.
    pub lo: usize,
    pub hi: usize,
    /// `[nodes]`; of hi nodes and those that are always on what divides the odds.
    pub clamps: &'a [Clamp],
    /// Points, and the same with those that fill the last vector.
    pub points: usize,
    pub len: usize,
    /// `exp(−k)`, k the logit difference with every node off.
    pub alpha: f64,
    /// Vectors after which exponents are pulled out of the products.
    pub segment: usize,
}

/// Room for the tables of α and x.
#[derive(Default)]
pub(super) struct Tables {
    /// `[vectors, lo masks, WIDTH]`.
    x: Vec<f64>,
    /// `[vectors, hi masks, WIDTH]`.
    alpha: Vec<f64>,
}

impl Leaf<'_> {
    /// Adds the points' losses to `out`, `[masks]`, and to `terms`, `[hi masks]`, the size of what
    /// they are the difference of; `numbers` is P, `[nodes, len]`.
    #[inline(always)]
    pub fn add<S: Simd>(
        &self,
        simd: S,
        numbers: &[f64],
        tables: &mut Tables,
        out: &mut [f64],
        terms: &mut [f64],
    ) {
        self.fill(simd, numbers, tables);
        let left_out = self.left_out(simd, tables);
        for (terms, left_out) in terms.iter_mut().zip(left_out) {
            *terms += (self.points as f64).sqrt() + left_out.abs();
        }
        let (xs, alphas) = (WIDTH << self.lo, WIDTH << self.hi);
        for hi in (0..1 << self.hi).step_by(ROWS) {
            for lo in (0..1 << self.lo).step_by(COLUMNS) {
                let (x, alpha) = (&tables.x[lo * WIDTH..], &tables.alpha[hi * WIDTH..]);
                let (mut product, mut exponents) = ([1.0; TILE], [0; TILE]);
                let segments = x.chunks(xs * self.segment).zip(alpha.chunks(alphas * self.segment));
                let mut pulls = 0;
                for (x, alpha) in segments {
                    // Accumulators, a row of x and α must fit the registers.
                    if S::F64_LANES >= 8 {
                        multiply::<S, COLUMNS>(simd, x, xs, alpha, alphas, &mut product);
                    } else {
                        multiply::<S, 4>(simd, x, xs, alpha, alphas, &mut product);
                    }
                    pull_exponents(&mut product, &mut exponents);
                    pulls += 1;
                }
                let logs = lanes_together(&product, &exponents, pulls);
                for (r, logs) in logs.as_chunks::<COLUMNS>().0.iter().enumerate() {
                    let to = out.iter_mut().skip((hi + r) << self.lo | lo);
                    to.zip(logs).for_each(|(to, log)| *to += log - left_out[hi + r]);
                }
            }
        }
    }

    /// Adds the points' losses to `out` at the masks that are `wanted`, without a difference of large
    /// terms.
    #[inline(always)]
    pub fn add_tiny<S: Simd>(
        &self,
        simd: S,
        numbers: &[f64],
        tables: &mut Tables,
        out: &mut [f64],
        wanted: &[bool],
    ) {
        self.fill(simd, numbers, tables);
        let rows = out.chunks_mut(COLUMNS).zip(wanted.chunks(COLUMNS)).enumerate();
        for (k, (out, wanted)) in rows {
            if wanted.contains(&true) {
                let first = k * COLUMNS;
                let (hi, lo) = (first >> self.lo, first & ((1 << self.lo) - 1));
                let losses = self.tiny_losses(hi, lo, tables);
                out.iter_mut().zip(losses).for_each(|(to, loss)| *to += loss);
            }
        }
    }

    /// α of the hi and x of the lo masks. Lanes that only fill the last vector have x = 0, so that
    /// what they add to the products is what is left out.
    #[inline(always)]
    fn fill<S: Simd>(&self, simd: S, numbers: &[f64], tables: &mut Tables) {
        let vectors = self.len / WIDTH;
        tables.x.resize((vectors * WIDTH) << self.lo, 0.0);
        tables.alpha.resize((vectors * WIDTH) << self.hi, 0.0);
        let per = WIDTH / S::F64_LANES;
        let (one, alpha) = (simd.splat_f64s(1.0), simd.splat_f64s(self.alpha));
        let xs = tables.x.chunks_exact_mut(WIDTH << self.lo);
        let alphas = tables.alpha.chunks_exact_mut(WIDTH << self.hi);
        for (v, (x, alphas)) in xs.zip(alphas).enumerate() {
            let (x, alphas) = (S::as_mut_simd_f64s(x).0, S::as_mut_simd_f64s(alphas).0);
            for sub in 0..per {
                let at = v * WIDTH + sub * S::F64_LANES;
                x[sub] = one;
                for i in 0..self.lo {
                    let by = self.factor(simd, numbers, i, at);
                    x[(per << i) + sub] = by;
                    for mask in 1..1 << i {
                        x[((1 << i) + mask) * per + sub] = simd.mul_f64s(x[mask * per + sub], by);
                    }
                }
                let mut base = alpha;
                for i in self.lo + self.hi..self.clamps.len() {
                    base = simd.mul_f64s(base, self.factor(simd, numbers, i, at));
                }
                alphas[sub] = base;
                for i in 0..self.hi {
                    let by = self.factor(simd, numbers, self.lo + i, at);
                    for mask in 0..1 << i {
                        let with = simd.mul_f64s(alphas[mask * per + sub], by);
                        alphas[((1 << i) + mask) * per + sub] = with;
                    }
                }
            }
        }
        let real = WIDTH - (self.len - self.points);
        if real < WIDTH {
            let last = tables.x.chunks_exact_mut(WIDTH << self.lo).last();
            let rows = last.into_iter().flat_map(|x| x.chunks_exact_mut(WIDTH));
            rows.for_each(|x| x[real..].fill(0.0));
        }
    }

    #[inline(always)]
    fn factor<S: Simd>(&self, simd: S, numbers: &[f64], node: usize, at: usize) -> S::f64s {
        let numbers = &numbers[node * self.len + at..][..S::F64_LANES];
        let p = S::as_simd_f64s(numbers).0[0];
        let Clamp { rest, grows } = self.clamps[node];
        let rest = simd.splat_f64s(rest);
        if grows { simd.max_f64s(p, rest) } else { simd.min_f64s(p, rest) }
    }

    /// `Σ ln α` over the lanes at each hi mask: linear in the mask's nodes.
    #[inline(always)]
    fn left_out<S: Simd>(&self, simd: S, tables: &Tables) -> [f64; 1 << 5] {
        let none = if self.clamps.len() > self.lo + self.hi {
            self.ln_products::<S, 1>(simd, tables, [0])[0]
        } else {
            self.len as f64 * self.alpha.ln()
        };
        let mut sums = [0.0; 1 << 5];
        sums[0] = none;
        let mut first = 0;
        while first < self.hi {
            // Two at a time: each waits for its own product before.
            let pair = [1 << first, 1 << (first + 1).min(self.hi - 1)];
            let logs = self.ln_products::<S, 2>(simd, tables, pair);
            for i in 0..2.min(self.hi - first) {
                let step = logs[i] - none;
                for mask in 0..1 << (first + i) {
                    sums[mask | 1 << (first + i)] = sums[mask] + step;
                }
            }
            first += 2;
        }
        sums
    }

    /// `Σ ln α` over the lanes at some hi masks.
    #[inline(always)]
    fn ln_products<S: Simd, const N: usize>(
        &self,
        simd: S,
        tables: &Tables,
        masks: [usize; N],
    ) -> [f64; N] {
        let per = WIDTH / S::F64_LANES;
        // By lane, so that the order of the sum is the same for vectors of any length.
        let mut logs = [[0.0; WIDTH]; N];
        for segment in tables.alpha.chunks((WIDTH << self.hi) * self.segment) {
            for sub in 0..per {
                let mut products = [simd.splat_f64s(1.0); N];
                for alphas in segment.chunks_exact(WIDTH << self.hi) {
                    let alphas = S::as_simd_f64s(alphas).0;
                    for i in 0..N {
                        products[i] = simd.mul_f64s(products[i], alphas[masks[i] * per + sub]);
                    }
                }
                for i in 0..N {
                    let mut lanes = [1.0f64; WIDTH];
                    S::as_mut_simd_f64s(&mut lanes).0[0] = products[i];
                    let logs = &mut logs[i][sub * S::F64_LANES..][..S::F64_LANES];
                    logs.iter_mut().zip(lanes).for_each(|(log, lane)| *log += lane.ln());
                }
            }
        }
        let mut sums = [0.0; N];
        for i in 0..N {
            sums[i] = logs[i].iter().sum();
        }
        sums
    }

    /// Summed losses of a row of a tile by `q = Π(1 + E) − 1`, as [`super::kernel`] has it.
    #[inline(always)]
    fn tiny_losses(&self, hi: usize, lo: usize, tables: &Tables) -> [f64; COLUMNS] {
        let mut q = [[0.0f64; WIDTH]; COLUMNS];
        let xs = tables.x.chunks_exact(WIDTH << self.lo);
        for (x, alpha) in xs.zip(tables.alpha.chunks_exact(WIDTH << self.hi)) {
            let mut scale = [0.0; WIDTH];
            for (scale, alpha) in scale.iter_mut().zip(&alpha[hi * WIDTH..]) {
                *scale = 1.0 / alpha;
            }
            for (q, x) in q.iter_mut().zip(x[lo * WIDTH..].as_chunks::<WIDTH>().0) {
                for j in 0..WIDTH {
                    let e = x[j] * scale[j];
                    q[j] += e * (1.0 + q[j]);
                }
            }
        }
        q.map(|lanes| lanes.iter().fold(0.0, |q, more| q + more * (1.0 + q)).ln_1p())
    }
}
