//! The products over nodes, for every t.

use pulp::{Arch, Simd, WithSimd};

use super::contour::{Contour, Group};
use super::waves::{
    Complex, LANES, Lanes, ONE, times, times_vector, vector, vectors, vectors_mut, waves,
};

/// Room for one point's products, kept from point to point.
#[derive(Default)]
pub(super) struct Room {
    /// Products over each lane's nodes, at every t.
    lanes: Vec<Complex>,
    /// Products of the factors before each group, at every t.
    before: Vec<Complex>,
    /// One group's e^{ita}.
    waves: Vec<Complex>,
}

impl Room {
    fn clear(&mut self, steps: usize) {
        self.before.clear();
        for products in [&mut self.lanes, &mut self.waves] {
            products.clear();
            products.resize(steps, ONE);
        }
    }
}

/// The integral.
pub(super) fn mean(contour: &Contour, room: &mut Room) -> f64 {
    Arch::new().dispatch(Mean { contour, room })
}

struct Mean<'a> {
    contour: &'a Contour,
    room: &'a mut Room,
}

// Closures would be called, and compiled without vector instructions.
impl WithSimd for Mean<'_> {
    type Output = f64;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> f64 {
        mean_here(simd, self.contour, self.room)
    }
}

#[inline(always)]
fn mean_here<S: Simd>(simd: S, contour: &Contour, room: &mut Room) -> f64 {
    room.clear(contour.kernel.len());
    let Room { lanes, waves: turned, .. } = room;
    for group in &contour.groups {
        waves(simd, &group.a, contour.h, turned);
        for (product, wave) in lanes.iter_mut().zip(turned.iter()) {
            multiply(simd, product, group, wave);
        }
    }
    let term = |((re, im), &kernel): (&Complex, &(f64, f64))| {
        (0..LANES).fold(kernel, |product, k| times_one(product, (re[k], im[k]))).0
    };
    lanes.iter().zip(&contour.kernel).map(term).sum()
}

/// The integral with each node on, and with it off, in turn.
pub(super) fn effects(contour: &Contour, room: &mut Room) -> Vec<(f64, f64)> {
    Arch::new().dispatch(Effects { contour, room })
}

struct Effects<'a> {
    contour: &'a Contour,
    room: &'a mut Room,
}

impl WithSimd for Effects<'_> {
    type Output = Vec<(f64, f64)>;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> Self::Output {
        effects_here(simd, self.contour, self.room)
    }
}

#[inline(always)]
fn effects_here<S: Simd>(simd: S, contour: &Contour, room: &mut Room) -> Vec<(f64, f64)> {
    let steps = contour.kernel.len();
    room.clear(steps);
    let Room { lanes, before, waves: turned } = room;
    for group in &contour.groups {
        before.extend_from_slice(lanes);
        waves(simd, &group.a, contour.h, turned);
        for (product, wave) in lanes.iter_mut().zip(turned.iter()) {
            multiply(simd, product, group, wave);
        }
    }
    // From here on the products of those after it, with the kernel and all other lanes.
    for (lanes, &kernel) in lanes.iter_mut().zip(&contour.kernel) {
        *lanes = others(lanes, kernel);
    }
    let mut all = vec![(0.0, 0.0); contour.groups.len() * LANES];
    for (g, group) in contour.groups.iter().enumerate().rev() {
        let before = &before[g * steps..(g + 1) * steps];
        let (mut on, mut off) = ([0.0; LANES], [0.0; LANES]);
        waves(simd, &group.a, contour.h, turned);
        for ((after, before), wave) in lanes.iter_mut().zip(before).zip(turned.iter()) {
            let both = times(simd, before, after);
            add_halves(simd, &both, wave, &mut on, &mut off);
            multiply(simd, after, group, wave);
        }
        // With its factor m f = 1 − p + p e^{za}: β/p = e^{ca}/m and α/(1 − p) = 1/m.
        for k in 0..LANES {
            all[g * LANES + k] =
                (group.beta[k] / contour.p * on[k], group.alpha[k] / (1.0 - contour.p) * off[k]);
        }
    }
    all
}

/// The product of a number with the other lanes, for every lane.
#[inline(always)]
fn others(lanes: &Complex, first: (f64, f64)) -> Complex {
    let (mut re, mut im) = ([0.0; LANES], [0.0; LANES]);
    let lane = |k: usize| (lanes.0[k], lanes.1[k]);
    let mut before = first;
    for k in 0..LANES {
        (re[k], im[k]) = before;
        before = times_one(before, lane(k));
    }
    let mut after = (1.0, 0.0);
    for k in (0..LANES).rev() {
        (re[k], im[k]) = times_one((re[k], im[k]), after);
        after = times_one(after, lane(k));
    }
    (re, im)
}

#[inline(always)]
pub(super) fn times_one(x: (f64, f64), y: (f64, f64)) -> (f64, f64) {
    (x.0 * y.0 - x.1 * y.1, x.0 * y.1 + x.1 * y.0)
}

/// Adds the real parts of products with a node's wave, and without.
#[inline(always)]
fn add_halves<S: Simd>(simd: S, both: &Complex, wave: &Complex, on: &mut Lanes, off: &mut Lanes) {
    let ((re, im), (cos, sin)) = (vectors::<S>(both), vectors::<S>(wave));
    let (on, off) = (S::as_mut_simd_f64s(on).0, S::as_mut_simd_f64s(off).0);
    for k in 0..on.len() {
        let with = simd.sub_f64s(simd.mul_f64s(re[k], cos[k]), simd.mul_f64s(im[k], sin[k]));
        on[k] = simd.add_f64s(on[k], with);
        off[k] = simd.add_f64s(off[k], re[k]);
    }
}

/// Multiplies by α + β e^{ita}.
#[inline(always)]
pub(super) fn multiply<S: Simd>(simd: S, product: &mut Complex, group: &Group, wave: &Complex) {
    let (re, im) = vectors_mut::<S>(product);
    let (cos, sin) = vectors::<S>(wave);
    let (alpha, beta) = (vector::<S>(&group.alpha), vector::<S>(&group.beta));
    for k in 0..re.len() {
        let x = simd.mul_add_e_f64s(beta[k], cos[k], alpha[k]);
        let y = simd.mul_f64s(beta[k], sin[k]);
        (re[k], im[k]) = times_vector(simd, (re[k], im[k]), (x, y));
    }
}

/// A factor this small in modulus is not divided by.
const SMALL: f64 = 0.05;

/// Adds the Walsh coefficient E f (−1)^{bᵢ + bⱼ} of every pair i < j of the margin's `nodes` to `sums`,
/// `[n, n]` for all n nodes; only for p = ½, and for the loss.
///
/// A pair's integrand is that of the mean with gᵢ = α − β e^{ita} in place of two factors fᵢ. Where all
/// factors are well away from 0 that is the whole product times the ratios g/f of the two, so that
/// all pairs are one product of matrices; at the other t it is made of the products before, between
/// and after the two.
pub(super) fn add_pairs(
    contour: &Contour,
    nodes: &[u32],
    n: usize,
    room: &mut Room,
    sums: &mut [f64],
) {
    Arch::new().dispatch(Pairs { contour, nodes, n, room, sums });
}

struct Pairs<'a> {
    contour: &'a Contour,
    nodes: &'a [u32],
    n: usize,
    room: &'a mut Room,
    sums: &'a mut [f64],
}

impl WithSimd for Pairs<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        add_pairs_here(simd, self);
    }
}

#[inline(always)]
fn add_pairs_here<S: Simd>(simd: S, Pairs { contour, nodes, n, room, sums }: Pairs) {
    let steps = contour.kernel.len();
    room.clear(steps);
    let Room { lanes, before: all_waves, waves: turned } = room;
    for group in &contour.groups {
        waves(simd, &group.a, contour.h, turned);
        for (product, wave) in lanes.iter_mut().zip(turned.iter()) {
            multiply(simd, product, group, wave);
        }
        all_waves.extend_from_slice(turned);
    }
    let wave = |i: usize, t: usize| {
        let (cos, sin) = &all_waves[i / LANES * steps + t];
        (cos[i % LANES], sin[i % LANES])
    };
    let whole = |(t, (re, im)): (usize, &Complex)| {
        (0..LANES).fold(contour.kernel[t], |product, k| times_one(product, (re[k], im[k])))
    };
    let whole: Vec<(f64, f64)> = lanes.iter().enumerate().map(whole).collect();
    // Rows over t: real and imaginary parts of the ratios, and of these times the whole product.
    let width = 2 * steps;
    let rows = nodes.len() * width;
    let (mut ratios, mut weighted) = (vec![0.0; rows], vec![0.0; rows]);
    // Nodes by which nothing is divided at a t; their ratio counts as 0.
    let mut small: Vec<Vec<usize>> = vec![Vec::new(); steps];
    for i in 0..nodes.len() {
        let group = &contour.groups[i / LANES];
        let (alpha, beta) = (group.alpha[i % LANES], group.beta[i % LANES]);
        for (t, &(p, q)) in whole.iter().enumerate() {
            let (cos, sin) = wave(i, t);
            // (α − β w)/(α + β w).
            let (x, y) = (alpha + beta * cos, beta * sin);
            let square = x * x + y * y;
            if square < SMALL * SMALL {
                small[t].push(i);
                continue;
            }
            let a = (alpha - beta) * (alpha + beta) / square;
            let b = -2.0 * alpha * beta * sin / square;
            let at = i * width + 2 * t;
            (ratios[at], ratios[at + 1]) = (a, b);
            // Re(d τᵢ τⱼ) = Re(d τᵢ) Re τⱼ − Im(d τᵢ) Im τⱼ.
            (weighted[at], weighted[at + 1]) = (p * a - q * b, -(p * b + q * a));
        }
    }
    for (t, small) in small.iter().enumerate().filter(|(_, small)| !small.is_empty()) {
        let ratio = |j: usize| (ratios[j * width + 2 * t], ratios[j * width + 2 * t + 1]);
        let of = At { contour, nodes, small, n };
        add_pairs_at(&of, contour.kernel[t], &|i| wave(i, t), &ratio, sums);
    }
    add_products(simd, (&weighted, &ratios), width, nodes, n, sums);
}

/// Nodes whose factors are small at one t.
struct At<'a> {
    contour: &'a Contour,
    nodes: &'a [u32],
    small: &'a [usize],
    n: usize,
}

/// Adds the integrands of the pairs with a small node at one t, without a division by a small factor: with
/// the product of all that are not small, with those of the others that are, and for a second node that is
/// not small, with its `ratio`, which is 0 for a small one.
fn add_pairs_at(
    At { contour, nodes, small, n }: &At,
    first: (f64, f64),
    wave: &impl Fn(usize) -> (f64, f64),
    ratio: &impl Fn(usize) -> (f64, f64),
    sums: &mut [f64],
) {
    let factor = |i: usize, sign: f64| {
        let (group, (cos, sin)) = (&contour.groups[i / LANES], wave(i));
        let (alpha, beta) = (group.alpha[i % LANES], sign * group.beta[i % LANES]);
        (alpha + beta * cos, beta * sin)
    };
    let mut large = first;
    let mut left = small.iter().peekable();
    for i in 0..nodes.len() {
        if left.next_if(|&&s| s == i).is_none() {
            large = times_one(large, factor(i, 1.0));
        }
    }
    // The product with the others that are small, but for those two.
    let without = |i: usize, j: usize| {
        let others = small.iter().filter(|&&s| s != i && s != j);
        others.fold(large, |product, &s| times_one(product, factor(s, 1.0)))
    };
    let mut add = |i: usize, j: usize, value: f64| {
        sums[nodes[i.min(j)] as usize * n + nodes[i.max(j)] as usize] += value;
    };
    for (k, &i) in small.iter().enumerate() {
        let other = factor(i, -1.0);
        let own = times_one(without(i, i), other);
        for j in 0..nodes.len() {
            add(i, j, times_one(own, ratio(j)).0);
        }
        for &j in &small[k + 1..] {
            let both = times_one(other, factor(j, -1.0));
            add(i, j, times_one(without(i, j), both).0);
        }
    }
}

/// Rows of the one and of the other matrix that are multiplied together, so that each value is read
/// once for several products.
const TILE: usize = 4;

/// Adds Σ_t xᵢₜ yⱼₜ for i < j, rows of `width` values, a multiple of [`LANES`].
#[inline(always)]
fn add_products<S: Simd>(
    simd: S,
    (x, y): (&[f64], &[f64]),
    width: usize,
    nodes: &[u32],
    n: usize,
    sums: &mut [f64],
) {
    let count = nodes.len();
    // Beyond the last row the last one is taken again, and not used.
    let row = |first: usize, k: usize| (first + k).min(count - 1) * width;
    // Lanes are added up in the same order whatever the width of the vectors.
    let vectors = LANES / S::F64_LANES;
    for i0 in (0..count).step_by(TILE) {
        for j0 in (i0..count).step_by(TILE) {
            let left: [&[S::f64s]; TILE] =
                std::array::from_fn(|k| S::as_simd_f64s(&x[row(i0, k)..][..width]).0);
            let right: [&[S::f64s]; TILE] =
                std::array::from_fn(|k| S::as_simd_f64s(&y[row(j0, k)..][..width]).0);
            let mut lanes = [[[0.0; LANES]; TILE]; TILE];
            for v in 0..vectors {
                let mut tile = [[simd.splat_f64s(0.0); TILE]; TILE];
                for m in (v..left[0].len()).step_by(vectors) {
                    let right: [S::f64s; TILE] = std::array::from_fn(|k| right[k][m]);
                    for (line, left) in tile.iter_mut().zip(&left) {
                        for (cell, right) in line.iter_mut().zip(right) {
                            *cell = simd.add_f64s(*cell, simd.mul_f64s(left[m], right));
                        }
                    }
                }
                for (lanes, tile) in lanes.iter_mut().flatten().zip(tile.iter().flatten()) {
                    S::as_mut_simd_f64s(lanes).0[v] = *tile;
                }
            }
            for (i, line) in (i0..count.min(i0 + TILE)).zip(&lanes) {
                for (j, lanes) in (j0..count.min(j0 + TILE)).zip(line) {
                    if i < j {
                        let at = nodes[i] as usize * n + nodes[j] as usize;
                        sums[at] += lanes.iter().sum::<f64>();
                    }
                }
            }
        }
    }
}
