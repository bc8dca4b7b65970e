//! The products over nodes, for many t at once.

use std::f64::consts::PI;

use pulp::Arch;

use super::contour::{Contour, Kernel, LANES, Lanes, turning};
use super::margins::Margin;

/// E softplus(s) by the trapezoid rule.
pub(super) fn mean(margin: &Margin, contour: &Contour) -> f64 {
    Arch::new().dispatch(|| mean_here(margin, contour))
}

#[inline(always)]
fn mean_here(margin: &Margin, contour: &Contour) -> f64 {
    let (mut re, mut im) = start(margin, contour, Kernel::Loss);
    for (&a, &(alpha, beta)) in margin.a.iter().zip(&contour.tilted) {
        turning(a, contour.h, contour.steps / LANES, |block, cos, sin| {
            multiply(&mut re[block], &mut im[block], alpha, beta, cos, sin);
        });
    }
    total(&re)
}

/// The integral with each node on, and with it off, in turn.
pub(super) fn effects(margin: &Margin, contour: &Contour, kernel: Kernel) -> Vec<(f64, f64)> {
    Arch::new().dispatch(|| effects_here(margin, contour, kernel))
}

#[inline(always)]
fn effects_here(margin: &Margin, contour: &Contour, kernel: Kernel) -> Vec<(f64, f64)> {
    let n = margin.a.len();
    let blocks = contour.steps / LANES;
    // Products of the factors before each node, with the kernel.
    let mut before: Vec<(Lanes, Lanes)> = Vec::with_capacity(n * blocks);
    let (mut re, mut im) = start(margin, contour, kernel);
    for (&a, &(alpha, beta)) in margin.a.iter().zip(&contour.tilted) {
        before.extend(re.iter().copied().zip(im.iter().copied()));
        turning(a, contour.h, contour.steps / LANES, |block, cos, sin| {
            multiply(&mut re[block], &mut im[block], alpha, beta, cos, sin);
        });
    }
    // Products of those after it, from the last node on.
    let (mut re, mut im) = (vec![[1.0; LANES]; blocks], vec![[0.0; LANES]; blocks]);
    let mut all = vec![(0.0, 0.0); n];
    for i in (0..n).rev() {
        let (a, (alpha, beta)) = (margin.a[i], contour.tilted[i]);
        let (mut on, mut off) = ([0.0; LANES], [0.0; LANES]);
        turning(a, contour.h, contour.steps / LANES, |block, cos, sin| {
            let (x, y) = &before[i * blocks + block];
            let (u, v) = (&re[block], &im[block]);
            for k in 0..LANES {
                let (product_re, product_im) =
                    (x[k] * u[k] - y[k] * v[k], x[k] * v[k] + y[k] * u[k]);
                off[k] += product_re;
                on[k] += product_re * cos[k] - product_im * sin[k];
            }
            multiply(&mut re[block], &mut im[block], alpha, beta, cos, sin);
        });
        // With its factor m f = 1 − p + p e^{za}: β/p = e^{ca}/m and α/(1 − p) = 1/m.
        let sum = |lanes: Lanes| lanes.iter().sum::<f64>();
        all[i] = (beta / contour.p * sum(on), alpha / (1.0 - contour.p) * sum(off));
    }
    all
}

/// The kernel times e^{itk} at every t, and the scale of the sum; half of it at t = 0, which both
/// signs of t share.
fn start(margin: &Margin, contour: &Contour, kernel: Kernel) -> (Vec<Lanes>, Vec<Lanes>) {
    let blocks = contour.steps / LANES;
    let (mut re, mut im) = (vec![[0.0; LANES]; blocks], vec![[0.0; LANES]; blocks]);
    let scale = contour.log_scale.exp() * contour.h / PI;
    for j in 0..contour.steps {
        let t = contour.h * j as f64;
        let (x, y) = reciprocal_kernel(contour.c, t, kernel);
        let (sin, cos) = (t * margin.k).sin_cos();
        // π scale e^{itk}/(x + iy).
        let size = PI * scale / (x * x + y * y) * if j == 0 { 0.5 } else { 1.0 };
        re[j / LANES][j % LANES] = size * (cos * x + sin * y);
        im[j / LANES][j % LANES] = size * (sin * x - cos * y);
    }
    (re, im)
}

/// z sin πz, or sin πz, at z = c + it.
fn reciprocal_kernel(c: f64, t: f64, kernel: Kernel) -> (f64, f64) {
    let (sin, cos) = (PI * c).sin_cos();
    let (x, y) = (sin * (PI * t).cosh(), cos * (PI * t).sinh());
    match kernel {
        Kernel::Loss => (c * x - t * y, c * y + t * x),
        Kernel::Logistic => (x, y),
    }
}

/// Multiplies by α + β e^{ita}.
#[inline(always)]
fn multiply(re: &mut Lanes, im: &mut Lanes, alpha: f64, beta: f64, cos: &Lanes, sin: &Lanes) {
    for k in 0..LANES {
        let (x, y) = (alpha + beta * cos[k], beta * sin[k]);
        let (u, v) = (re[k], im[k]);
        re[k] = u * x - v * y;
        im[k] = u * y + v * x;
    }
}

fn total(lanes: &[Lanes]) -> f64 {
    lanes.iter().flatten().sum()
}

/// A factor this small in modulus is not divided by.
const SMALL: f64 = 0.05;

/// Adds the Walsh coefficient E f (−1)^{bᵢ + bⱼ} of every pair i < j of the margin's nodes to
/// `sums`, `[n, n]` for all n nodes; only for p = ½, and for the loss.
///
/// A pair's integrand is that of the mean with gᵢ = α − β e^{ita} in place of two factors fᵢ. Where all
/// factors are well away from 0 that is the whole product times the ratios g/f of the two, so that
/// all pairs are one product of matrices; at the other t it is made of the products before, between
/// and after the two.
pub(super) fn add_pairs(margin: &Margin, contour: &Contour, n: usize, sums: &mut [f64]) {
    Arch::new().dispatch(|| add_pairs_here(margin, contour, n, sums));
}

#[inline(always)]
fn add_pairs_here(margin: &Margin, contour: &Contour, n: usize, sums: &mut [f64]) {
    let (count, steps) = (margin.a.len(), contour.steps);
    let blocks = steps / LANES;
    let (mut re, mut im) = start(margin, contour, Kernel::Loss);
    let kernel: Vec<(Lanes, Lanes)> = re.iter().copied().zip(im.iter().copied()).collect();
    // e^{ita} of every node, and where a factor is small.
    let mut waves: Vec<(Lanes, Lanes)> = Vec::with_capacity(count * blocks);
    let mut is_small = vec![[false; LANES]; blocks];
    for (&a, &(alpha, beta)) in margin.a.iter().zip(&contour.tilted) {
        turning(a, contour.h, contour.steps / LANES, |block, cos, sin| {
            multiply(&mut re[block], &mut im[block], alpha, beta, cos, sin);
            waves.push((*cos, *sin));
            for k in 0..LANES {
                let square = 1.0 - 2.0 * alpha * beta * (1.0 - cos[k]);
                is_small[block][k] |= square < SMALL * SMALL;
            }
        });
    }
    for (block, small) in is_small.iter().enumerate() {
        for k in (0..LANES).filter(|&k| small[k]) {
            // These t are taken one by one; in the product of matrices they count as 0.
            (re[block][k], im[block][k]) = (0.0, 0.0);
            let wave = |i: usize| (waves[i * blocks + block].0[k], waves[i * blocks + block].1[k]);
            let first = (kernel[block].0[k], kernel[block].1[k]);
            add_pairs_at(margin, contour, first, &wave, n, sums);
        }
    }
    // Rows over t: real and imaginary parts of the ratios, and of these times the whole product.
    let width = 2 * steps;
    let (mut ratios, mut weighted) = (vec![0.0; count * width], vec![0.0; count * width]);
    for (i, &(alpha, beta)) in contour.tilted.iter().enumerate() {
        for block in 0..blocks {
            let (cos, sin) = &waves[i * blocks + block];
            for k in 0..LANES {
                // (α − β w)/(α + β w).
                let (x, y) = (alpha + beta * cos[k], beta * sin[k]);
                let (u, v) = (alpha - beta * cos[k], -beta * sin[k]);
                let square = (x * x + y * y).max(SMALL * SMALL);
                let (a, b) = ((u * x + v * y) / square, (v * x - u * y) / square);
                let (p, q) = (re[block][k], im[block][k]);
                let at = i * width + 2 * block * LANES + k;
                (ratios[at], ratios[at + LANES]) = (a, b);
                // Re(d τᵢ τⱼ) = Re(d τᵢ) Re τⱼ − Im(d τᵢ) Im τⱼ.
                (weighted[at], weighted[at + LANES]) = (p * a - q * b, -(p * b + q * a));
            }
        }
    }
    add_products(&weighted, &ratios, width, &margin.nodes, n, sums);
}

/// Adds the pairs' integrands at one t, without a division.
fn add_pairs_at(
    margin: &Margin,
    contour: &Contour,
    first: (f64, f64),
    wave: &impl Fn(usize) -> (f64, f64),
    n: usize,
    sums: &mut [f64],
) {
    let times = |(a, b): (f64, f64), (c, d): (f64, f64)| (a * c - b * d, a * d + b * c);
    let count = margin.a.len();
    let factor = |i: usize, sign: f64| {
        let ((alpha, beta), (cos, sin)) = (contour.tilted[i], wave(i));
        (alpha + sign * beta * cos, sign * beta * sin)
    };
    let factors: Vec<_> = (0..count).map(|i| factor(i, 1.0)).collect();
    let others: Vec<_> = (0..count).map(|i| factor(i, -1.0)).collect();
    let mut after = vec![(1.0, 0.0); count + 1];
    for i in (0..count).rev() {
        after[i] = times(after[i + 1], factors[i]);
    }
    let mut before = first;
    for i in 0..count {
        let mut between = times(before, others[i]);
        for j in i + 1..count {
            let pair = times(times(between, others[j]), after[j + 1]).0;
            sums[margin.nodes[i] as usize * n + margin.nodes[j] as usize] += pair;
            between = times(between, factors[j]);
        }
        before = times(before, factors[i]);
    }
}

/// Rows of the one and of the other matrix that are multiplied together, so that each value is read
/// once for several products.
const TILE: usize = 4;

/// Adds Σ_t xᵢₜ yⱼₜ for i < j, rows of `width` values.
#[inline(always)]
fn add_products(x: &[f64], y: &[f64], width: usize, nodes: &[u32], n: usize, sums: &mut [f64]) {
    let count = nodes.len();
    for i0 in (0..count).step_by(TILE) {
        for j0 in (i0..count).step_by(TILE) {
            let mut tile = [[[0.0; LANES]; TILE]; TILE];
            // Beyond the last row the last one is taken again, and not used.
            let row = |m: usize, first: usize, k: usize| {
                let at = (first + k).min(count - 1) * width + m;
                at..at + LANES
            };
            for m in (0..width).step_by(LANES) {
                let left: [&[f64]; TILE] = std::array::from_fn(|k| &x[row(m, i0, k)]);
                let right: [&[f64]; TILE] = std::array::from_fn(|k| &y[row(m, j0, k)]);
                for (a, line) in left.iter().zip(&mut tile) {
                    for (b, cell) in right.iter().zip(line) {
                        for k in 0..LANES {
                            cell[k] += a[k] * b[k];
                        }
                    }
                }
            }
            for (i, line) in (i0..count.min(i0 + TILE)).zip(&tile) {
                for (j, cell) in (j0..count.min(j0 + TILE)).zip(line) {
                    if i < j {
                        let at = nodes[i] as usize * n + nodes[j] as usize;
                        sums[at] += cell.iter().sum::<f64>();
                    }
                }
            }
        }
    }
}
