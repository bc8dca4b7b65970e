//! The integrals of all pairs of nodes.

use pulp::{Arch, Simd, WithSimd};

use super::contour::{Contour, Group};
use super::product::{Room, times_one};
use super::waves::{
    Complex, LANES, Lanes, ONE, times, times_vector, vector, vectors, vectors_mut, waves,
};

/// A factor whose modulus is smaller is replaced by this one, 2^−60.
const SMALL: f64 = 1.0 / (1u64 << 60) as f64;

/// Adds the Walsh coefficient E f (−1)^{bᵢ + bⱼ} of every pair i < j of the margin's `nodes` to `sums`,
/// `[n, n]` for all n nodes; only for p = ½, and for the loss.
///
/// A pair's integrand is that of the mean with gᵢ = α − β e^{ita} in place of two factors fᵢ: the whole
/// product times the ratios g/f of the two, so that all pairs are one product of matrices. A division by a
/// small factor loses nothing, as it takes away the very number that was multiplied by.
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
    let Room { lanes, before: ratios, waves: turned } = room;
    for group in &contour.groups {
        waves(simd, &group.a, contour.h, turned);
        for (product, wave) in lanes.iter_mut().zip(turned.iter_mut()) {
            let (factor, ratio) = factor_and_ratio(simd, group, wave);
            *product = times(simd, product, &factor);
            *wave = ratio;
        }
        ratios.extend_from_slice(turned);
    }
    // From here on the whole product, in each lane.
    for ((re, im), &kernel) in lanes.iter_mut().zip(&contour.kernel) {
        let whole = (0..LANES).fold(kernel, |product, k| times_one(product, (re[k], im[k])));
        (*re, *im) = ([whole.0; LANES], [whole.1; LANES]);
    }
    let rows = || ratios.chunks_exact(steps).zip(nodes.chunks(LANES)).enumerate();
    for (g, (left, first)) in rows() {
        for ((weighted, whole), ratio) in turned.iter_mut().zip(lanes.iter()).zip(left) {
            *weighted = times(simd, whole, ratio);
        }
        for (_, (right, second)) in rows().skip(g) {
            let tile = products(simd, turned, right);
            for (&i, line) in first.iter().zip(&tile) {
                for (&j, value) in second.iter().zip(line) {
                    // A group with itself has each pair twice.
                    if i < j {
                        sums[i as usize * n + j as usize] += value;
                    }
                }
            }
        }
    }
}

/// f = α + β e^{ita}, and g/f with g = α − β e^{ita}.
#[inline(always)]
fn factor_and_ratio<S: Simd>(simd: S, group: &Group, wave: &Complex) -> (Complex, Complex) {
    let (mut factor, mut ratio) = (ONE, ONE);
    let (f_re, f_im) = vectors_mut::<S>(&mut factor);
    let (re, im) = vectors_mut::<S>(&mut ratio);
    let (cos, sin) = vectors::<S>(wave);
    let (alpha, beta) = (vector::<S>(&group.alpha), vector::<S>(&group.beta));
    for k in 0..cos.len() {
        let x = simd.mul_add_e_f64s(beta[k], cos[k], alpha[k]);
        let y = simd.mul_f64s(beta[k], sin[k]);
        let square = simd.mul_add_e_f64s(x, x, simd.mul_f64s(y, y));
        let is_small = simd.less_than_f64s(square, simd.splat_f64s(SMALL * SMALL));
        let x = simd.select_f64s(is_small, simd.splat_f64s(SMALL), x);
        let y = simd.select_f64s(is_small, simd.splat_f64s(0.0), y);
        let square = simd.max_f64s(square, simd.splat_f64s(SMALL * SMALL));
        let g = (simd.sub_f64s(alpha[k], simd.mul_f64s(beta[k], cos[k])), simd.neg_f64s(y));
        let both = times_vector(simd, g, (x, simd.neg_f64s(y)));
        (f_re[k], f_im[k]) = (x, y);
        (re[k], im[k]) = (simd.div_f64s(both.0, square), simd.div_f64s(both.1, square));
    }
    (factor, ratio)
}

/// The real parts of Σ_t xᵢₜ yⱼₜ for a group's nodes i and another's j.
#[inline(always)]
fn products<S: Simd>(simd: S, x: &[Complex], y: &[Complex]) -> [Lanes; LANES] {
    let mut tile = [[0.0; LANES]; LANES];
    for v in 0..LANES / S::F64_LANES {
        let mut sums = [simd.splat_f64s(0.0); LANES];
        for (x, y) in x.iter().zip(y) {
            let (re, im) = vectors::<S>(y);
            for (i, sum) in sums.iter_mut().enumerate() {
                *sum = simd.mul_add_e_f64s(simd.splat_f64s(x.0[i]), re[v], *sum);
                *sum = simd.mul_add_e_f64s(simd.splat_f64s(-x.1[i]), im[v], *sum);
            }
        }
        for (line, sum) in tile.iter_mut().zip(sums) {
            S::as_mut_simd_f64s(line).0[v] = sum;
        }
    }
    tile
}
