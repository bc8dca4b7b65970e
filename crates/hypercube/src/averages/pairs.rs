//! The integrals of all pairs of nodes.

use pulp::{Arch, Simd, WithSimd};

use super::contour::Contour;
use super::product::{Room, multiply, times_one};
use super::waves::{Complex, LANES, waves};

/// A factor this small in modulus is not divided by.
const SMALL: f64 = 0.05;

/// Adds the Walsh coefficient E f (−1)^{bᵢ + bⱼ} of every pair i < j of the margin's `nodes` to `sums`,
/// `[n, n]` for all n nodes; only for p = ½, and for the loss.
///
/// A pair's integrand is that of the mean with gᵢ = α − β e^{ita} in place of two factors fᵢ. Where both
/// are well away from 0 that is the whole product times the ratios g/f of the two, so that these pairs
/// are one product of matrices; the others are multiplied out.
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
    let width = 2 * steps;
    let Rows { ratios, weighted, small } = Rows::new(contour, nodes.len(), &whole, &wave);
    for (t, small) in small.iter().enumerate().filter(|(_, small)| !small.is_empty()) {
        let ratio = |j: usize| (ratios[j * width + 2 * t], ratios[j * width + 2 * t + 1]);
        let of = At { contour, nodes, small, n };
        add_pairs_at(&of, contour.kernel[t], &|i| wave(i, t), &ratio, sums);
    }
    add_products(simd, (&weighted, &ratios), width, nodes, n, sums);
}

/// For every node and t, `[nodes, t, 2]`, real and imaginary parts.
struct Rows {
    /// Of the ratios g/f.
    ratios: Vec<f64>,
    /// Of these times the whole product, the imaginary part with the other sign.
    weighted: Vec<f64>,
    /// For every t, the nodes by whose factor nothing is divided; their ratio counts as 0.
    small: Vec<Vec<usize>>,
}

impl Rows {
    #[inline(always)]
    fn new(
        contour: &Contour,
        nodes: usize,
        whole: &[(f64, f64)],
        wave: &impl Fn(usize, usize) -> (f64, f64),
    ) -> Self {
        let width = 2 * whole.len();
        let rows = nodes * width;
        let (mut ratios, mut weighted) = (vec![0.0; rows], vec![0.0; rows]);
        let mut small: Vec<Vec<usize>> = vec![Vec::new(); whole.len()];
        for i in 0..nodes {
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
        Self { ratios, weighted, small }
    }
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
