//! The integral, eight steps of t at a time.

use std::f64::consts::PI;

use pulp::{Simd, WithSimd};

use super::rule::Rule;
use crate::averages::product::{products as lane_products, times_one};
use crate::averages::waves::{Complex, LANES, Lanes, ONE, times, vectors_mut, wave};
use crate::engine::exp::exp_of_negative;

/// The integral, and a bound on its error.
pub(super) struct Sum<'a> {
    pub rule: &'a Rule,
}

impl WithSimd for Sum<'_> {
    type Output = (f64, f64);

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> (f64, f64) {
        let rule = self.rule;
        let products = apart(simd, rule);
        let (sin_c, cos_c) = (PI * rule.c).sin_cos();
        let (mut sums, mut rest) = ([0.0; LANES], [0.0; LANES]);
        let (mut size, mut size_by_t) = ([0.0; LANES], [0.0; LANES]);
        for (block, product) in products.iter().enumerate() {
            let t = places(rule.h, block * LANES);
            let (real, phase) = exponent(simd, rule, &t);
            let turned = wave(&phase, 1.0);
            let (cos, sin) = times(simd, &turned, product);
            let (mut falls, mut scales) = ([0.0; LANES], [0.0; LANES]);
            for k in 0..LANES {
                falls[k] = exp_of_negative(-PI * t[k]);
            }
            for k in 0..LANES {
                scales[k] = exp_of_negative(real[k].min(0.0));
            }
            if block == 0 {
                // Both signs of t share t = 0.
                scales[0] *= 0.5;
            }
            let mut sizes = [0.0; LANES];
            for k in 0..LANES {
                let e = falls[k];
                let (x, y) = (0.5 * sin_c * (1.0 + e * e), 0.5 * cos_c * (1.0 - e * e));
                let (x, y) = (rule.c * x - t[k] * y, rule.c * y + t[k] * x);
                let square = x * x + y * y;
                let modulus = scales[k] * e / square;
                sums[k] += modulus * (cos[k] * x + sin[k] * y);
                sizes[k] = modulus * ((cos[k] * cos[k] + sin[k] * sin[k]) * square).sqrt();
                size[k] += sizes[k];
                size_by_t[k] += sizes[k] * t[k];
            }
            let lacking = lacking(rule, &t);
            for k in 0..LANES {
                rest[k] += sizes[k] * lacking[k];
            }
        }
        let total = |lanes: &Lanes| lanes.iter().sum::<f64>();
        let error =
            total(&rest) + rule.lost.at_once * total(&size) + rule.lost.by_t * total(&size_by_t);
        let scale = rule.scale * rule.h;
        (scale * total(&sums), rule.known + scale * error)
    }
}

/// Steps of t from one on.
#[inline(always)]
fn places(h: f64, first: usize) -> Lanes {
    let mut places = [0.0; LANES];
    for (k, place) in places.iter_mut().enumerate() {
        *place = h * (first + k) as f64;
    }
    places
}

/// Real and imaginary part of ln Φ(t), as far as the series go: real polynomials in t².
#[inline(always)]
fn exponent<S: Simd>(simd: S, rule: &Rule, t: &Lanes) -> Complex {
    let mut squares = [0.0; LANES];
    for k in 0..LANES {
        squares[k] = t[k] * t[k];
    }
    let mut sums = ([0.0; LANES], [0.0; LANES]);
    let (real, imaginary) = vectors_mut::<S>(&mut sums);
    let squares = S::as_simd_f64s(&squares).0;
    let t = S::as_simd_f64s(t).0;
    for v in 0..squares.len() {
        let minus = simd.neg_f64s(squares[v]);
        let (mut even, mut odd) = (simd.splat_f64s(0.0), simd.splat_f64s(0.0));
        // i^{2j} = (−1)ʲ; Re has no term of degree 0, which is Λ(c).
        for j in (1..rule.degree / 2 + 1).rev() {
            even = simd.mul_add_e_f64s(even, minus, simd.splat_f64s(rule.shifted[2 * j]));
            odd = simd.mul_add_e_f64s(odd, minus, simd.splat_f64s(rule.shifted[2 * j + 1]));
        }
        odd = simd.mul_add_e_f64s(odd, minus, simd.splat_f64s(rule.shifted[1]));
        real[v] = simd.mul_f64s(even, minus);
        imaginary[v] = simd.mul_f64s(odd, t[v]);
    }
    sums
}

/// Bounds on what the series lack, as shares: e^{rest} − 1 ≤ rest e^{rest}, where the rest grows like
/// (c + t)^{K + 1}.
#[inline(always)]
fn lacking(rule: &Rule, t: &Lanes) -> Lanes {
    let last = rule.c + rule.h * (rule.steps - 1) as f64;
    let (mut rests, mut shares) = ([0.0; LANES], [0.0; LANES]);
    for k in 0..LANES {
        // K is a multiple of 8.
        let share = (rule.c + t[k]) / last;
        let mut eighth = share * share;
        eighth *= eighth;
        eighth *= eighth;
        rests[k] = rule.rest * share;
        for _ in 0..rule.degree / 8 {
            rests[k] *= eighth;
        }
    }
    for k in 0..LANES {
        shares[k] = rests[k] / exp_of_negative(-rests[k]);
    }
    shares
}

/// The product of the factors of nodes apart, for every block of t.
#[inline(always)]
fn apart<S: Simd>(simd: S, rule: &Rule) -> Vec<Complex> {
    let mut products = vec![ONE; rule.steps / LANES];
    if rule.apart.is_empty() {
        return products;
    }
    // Lane by lane of eight nodes first.
    let mut lanes = vec![ONE; rule.steps];
    lane_products(simd, &rule.apart, rule.h, &mut lanes);
    for (t, (re, im)) in lanes.iter().enumerate() {
        let one = |k: usize| (re[k], im[k]);
        let pair = |k: usize| times_one(one(k), one(k + 4));
        let whole = times_one(times_one(pair(0), pair(1)), times_one(pair(2), pair(3)));
        let block = &mut products[t / LANES];
        (block.0[t % LANES], block.1[t % LANES]) = whole;
    }
    products
}
