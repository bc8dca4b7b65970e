//! Sums over all points of products of nodes' values: gradients and Hessians.

use pulp::{Arch, Simd, WithSimd};

use super::points::lanes;
use super::problem::{LANES, Problem};

/// Sets each of `nodes`' gradient to the mean over the points of `(r − q) · a`.
pub(super) fn gradient(problem: &Problem, r: &[f64], nodes: &[usize], g: &mut [f64]) {
    Arch::new().dispatch(Gradient { problem, r, nodes, g });
}

/// Hessian of the mean loss by `nodes`, `[nodes, nodes]`, at margins with derivatives `r`. `room`
/// is overwritten.
pub(super) fn hessian(
    problem: &Problem,
    r: &[f64],
    nodes: &[usize],
    room: &mut Vec<f64>,
    h: &mut Vec<f64>,
) {
    Arch::new().dispatch(Hessian { problem, r, nodes, room, h });
}

/// The diagonal of [`hessian`].
pub(super) fn curvatures(
    problem: &Problem,
    r: &[f64],
    nodes: &[usize],
    room: &mut Vec<f64>,
) -> Vec<f64> {
    Arch::new().dispatch(Curvatures { problem, r, nodes, room })
}

/// Adds `by` times a node's values to margins.
pub(super) fn add(s: &mut [f64], by: f64, a: &[f64]) {
    Arch::new().dispatch(Add { s, by, a });
}

struct Gradient<'a> {
    problem: &'a Problem,
    r: &'a [f64],
    nodes: &'a [usize],
    g: &'a mut [f64],
}

impl WithSimd for Gradient<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let scale = 1.0 / self.problem.points as f64;
        for &i in self.nodes {
            let a = self.problem.node(i);
            self.g[i] = scale * (dot(simd, self.r, a) - dot(simd, &self.problem.q, a));
        }
    }
}

/// Σ x y; the lengths are a multiple of [`LANES`].
#[inline(always)]
fn dot<S: Simd>(simd: S, x: &[f64], y: &[f64]) -> f64 {
    let (x, y) = (S::as_simd_f64s(x).0, S::as_simd_f64s(y).0);
    let len = x.len().min(y.len());
    let (x, y) = (&x[..len], &y[..len]);
    let mut sums = [simd.splat_f64s(0.0); 4];
    let mut k = 0;
    while k + 4 <= len {
        for (j, sum) in sums.iter_mut().enumerate() {
            *sum = simd.mul_add_e_f64s(x[k + j], y[k + j], *sum);
        }
        k += 4;
    }
    while k < len {
        sums[0] = simd.mul_add_e_f64s(x[k], y[k], sums[0]);
        k += 1;
    }
    let [a, b, c, d] = sums;
    simd.reduce_sum_f64s(simd.add_f64s(simd.add_f64s(a, b), simd.add_f64s(c, d)))
}

struct Hessian<'a> {
    problem: &'a Problem,
    r: &'a [f64],
    nodes: &'a [usize],
    room: &'a mut Vec<f64>,
    h: &'a mut Vec<f64>,
}

/// Rows and columns of the Hessian that are summed together, so that each value is read once for
/// several products.
const TILE: usize = 4;

impl WithSimd for Hessian<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { problem, r, nodes, room, h } = self;
        let (len, count) = (problem.d * problem.width, nodes.len());
        room.resize(count * len, 0.0);
        for (row, &i) in room.chunks_exact_mut(len).zip(nodes) {
            weigh(problem, r, problem.node(i), row);
        }
        h.clear();
        h.resize(count * count, 0.0);
        let scale = 1.0 / problem.points as f64;
        for row in (0..count).step_by(TILE) {
            // Beyond the last row the last one is taken again, and not used.
            let at = [0, 1, 2, 3].map(|k| (row + k).min(count - 1) * len);
            let x = at.map(|at| &room[at..at + len]);
            for column in (0..=row).step_by(TILE) {
                let y = [0, 1, 2, 3].map(|k| problem.node(nodes[(column + k).min(count - 1)]));
                let tile = dots(simd, x, y);
                for (i, tile) in (row..count).zip(&tile) {
                    for (j, sum) in (column..count).zip(tile) {
                        h[i * count + j] = scale * sum;
                        h[j * count + i] = scale * sum;
                    }
                }
            }
        }
    }
}

/// `r_c (a_c − Σ_c r_c a_c)`, `[d, width]`: a point's Hessian by its margins is diag(r) − r rᵀ.
#[inline(always)]
fn weigh(problem: &Problem, r: &[f64], a: &[f64], out: &mut [f64]) {
    let Problem { d, width, .. } = *problem;
    for v in (0..width).step_by(LANES) {
        let mut mean = [0.0; LANES];
        for c in 0..d {
            let (r, a) = (lanes(r, c * width + v), lanes(a, c * width + v));
            for j in 0..LANES {
                mean[j] += r[j] * a[j];
            }
        }
        for c in 0..d {
            let at = c * width + v;
            let (r, a) = (lanes(r, at), lanes(a, at));
            let mut product = [0.0; LANES];
            for j in 0..LANES {
                product[j] = r[j] * (a[j] - mean[j]);
            }
            out[at..at + LANES].copy_from_slice(&product);
        }
    }
}

/// Sums of the products of all rows with all columns.
#[inline(always)]
fn dots<S: Simd>(simd: S, x: [&[f64]; TILE], y: [&[f64]; TILE]) -> [[f64; TILE]; TILE] {
    let (x, y) = (x.map(|x| S::as_simd_f64s(x).0), y.map(|y| S::as_simd_f64s(y).0));
    let mut sums = [[simd.splat_f64s(0.0); TILE]; TILE];
    for v in 0..x[0].len() {
        let y = [y[0][v], y[1][v], y[2][v], y[3][v]];
        for (sums, x) in sums.iter_mut().zip(&x) {
            for (sum, y) in sums.iter_mut().zip(y) {
                *sum = simd.mul_add_e_f64s(x[v], y, *sum);
            }
        }
    }
    let mut all = [[0.0; TILE]; TILE];
    for (all, sums) in all.iter_mut().zip(sums) {
        for (one, sum) in all.iter_mut().zip(sums) {
            *one = simd.reduce_sum_f64s(sum);
        }
    }
    all
}

struct Curvatures<'a> {
    problem: &'a Problem,
    r: &'a [f64],
    nodes: &'a [usize],
    room: &'a mut Vec<f64>,
}

impl WithSimd for Curvatures<'_> {
    type Output = Vec<f64>;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> Vec<f64> {
        let Self { problem, r, nodes, room } = self;
        room.resize(room.len().max(problem.d * problem.width), 0.0);
        let room = &mut room[..problem.d * problem.width];
        let mut all = Vec::with_capacity(nodes.len());
        for &i in nodes {
            weigh(problem, r, problem.node(i), room);
            all.push(dot(simd, room, problem.node(i)) / problem.points as f64);
        }
        all
    }
}

struct Add<'a> {
    s: &'a mut [f64],
    by: f64,
    a: &'a [f64],
}

impl WithSimd for Add<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let by = simd.splat_f64s(self.by);
        let (s, a) = (S::as_mut_simd_f64s(self.s).0, S::as_simd_f64s(self.a).0);
        for (s, &a) in s.iter_mut().zip(a) {
            *s = simd.mul_add_e_f64s(by, a, *s);
        }
    }
}
