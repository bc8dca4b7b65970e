//! Losses and their derivatives by the margins, summed over all points in vector instructions.

use pulp::{Arch, Simd, WithSimd};

use super::problem::{LANES, Problem, UNIT};
use crate::engine::exp::exp_of_negative;

type Lanes = [f64; LANES];

/// Mean loss at margins `s + plus − minus`, each `[d, width]`.
pub(super) fn loss(problem: &Problem, s: &[f64], plus: &[f64], minus: &[f64]) -> f64 {
    Arch::new().dispatch(Loss { problem, s, plus, minus })
}

/// The tangent of the mean loss at some margins.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tangent {
    /// The mean loss itself.
    pub loss: f64,
    /// The tangent with all nodes off.
    pub constant: f64,
    /// What the rounding of the tangent may come to, at any mask.
    pub error: f64,
}

/// Sets `r` to the derivatives of each point's loss by its margins `s`, `[d, width]`, without the q that
/// are taken off: those of the second derivatives.
pub(super) fn tangent(problem: &Problem, s: &[f64], r: &mut [f64]) -> Tangent {
    let sums = Arch::new().dispatch(Derivatives { problem, s, r });
    let m = problem.points as f64;
    let terms = (problem.width / LANES + problem.n + 4 * problem.d + 64) as f64;
    Tangent {
        loss: sums.loss / m,
        constant: sums.constant / m,
        error: 2.0 * terms * UNIT * (sums.loss + sums.size) / m,
    }
}

struct Loss<'a> {
    problem: &'a Problem,
    s: &'a [f64],
    plus: &'a [f64],
    minus: &'a [f64],
}

// Closures would be called, and compiled without vector instructions.
impl WithSimd for Loss<'_> {
    type Output = f64;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> f64 {
        let Problem { d, width, points, .. } = *self.problem;
        let mut sum = Sum::new(d);
        let mut taken = [0.0; LANES];
        for v in (0..width).step_by(LANES) {
            let (mut top, mut x) = ([0.0; LANES], [0.0; LANES]);
            for c in 0..d {
                let at = c * width + v;
                let (s, plus) = (lanes(self.s, at), lanes(self.plus, at));
                let (minus, q) = (lanes(self.minus, at), lanes(&self.problem.q, at));
                let mut z = [0.0; LANES];
                for j in 0..LANES {
                    z[j] = s[j] + (plus[j] - minus[j]);
                    taken[j] += q[j] * z[j];
                }
                join(&z, &mut top, &mut x);
            }
            sum.add(&top, &x);
        }
        (sum.total() - taken.iter().sum::<f64>()) / points as f64
    }
}

/// Eight numbers from `at` on.
#[inline(always)]
pub(super) fn lanes(of: &[f64], at: usize) -> &Lanes {
    const NONE: &Lanes = &[0.0; LANES];
    of[at..].first_chunk().unwrap_or(NONE)
}

/// With `exp(top)(1 + x)` the sum of 1 and some exponentials, adds exp(z).
#[inline(always)]
fn join(z: &Lanes, top: &mut Lanes, x: &mut Lanes) {
    for j in 0..LANES {
        let ratio = exp_of_negative(-(z[j] - top[j]).abs());
        let larger = z[j] > top[j];
        x[j] = if larger { (x[j] + 1.0) * ratio } else { x[j] + ratio };
        top[j] = if larger { z[j] } else { top[j] };
    }
}

/// Σ top + ln(1 + x) over points: ln Π(1 + x) = ln(1 + q), where `q ← q + x (1 + q)` loses nothing
/// of a small sum.
struct Sum {
    top: Lanes,
    q: Lanes,
    logs: f64,
    count: usize,
    flush: usize,
}

impl Sum {
    #[inline(always)]
    fn new(d: usize) -> Self {
        // Each point multiplies 1 + q by at most the number of classes.
        let flush = (600.0 / ((d + 1) as f64).ln()) as usize;
        Self { top: [0.0; LANES], q: [0.0; LANES], logs: 0.0, count: 0, flush: flush.max(1) }
    }

    #[inline(always)]
    fn add(&mut self, top: &Lanes, x: &Lanes) {
        for j in 0..LANES {
            self.top[j] += top[j];
            self.q[j] += x[j] * (1.0 + self.q[j]);
        }
        self.count += 1;
        if self.count == self.flush {
            self.flush_logs();
        }
    }

    #[inline(always)]
    fn flush_logs(&mut self) {
        self.count = 0;
        for q in &mut self.q {
            self.logs += q.ln_1p();
            *q = 0.0;
        }
    }

    #[inline(always)]
    fn total(mut self) -> f64 {
        self.flush_logs();
        self.logs + self.top.iter().sum::<f64>()
    }
}

struct Derivatives<'a> {
    problem: &'a Problem,
    s: &'a [f64],
    r: &'a mut [f64],
}

/// Sums over points.
struct Sums {
    loss: f64,
    /// Of the loss plus `r (k − s)`.
    constant: f64,
    /// Of `r + q` times the reach of the margin.
    size: f64,
}

impl WithSimd for Derivatives<'_> {
    type Output = Sums;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> Sums {
        let Problem { d, width, .. } = *self.problem;
        let mut sum = Sum::new(d);
        let (mut shift, mut size, mut taken) = ([0.0; LANES], [0.0; LANES], [0.0; LANES]);
        for v in (0..width).step_by(LANES) {
            let (mut top, mut x) = ([0.0; LANES], [0.0; LANES]);
            for c in 0..d {
                join(lanes(self.s, c * width + v), &mut top, &mut x);
            }
            sum.add(&top, &x);
            for c in 0..d {
                let at = c * width + v;
                let (s, k) = (lanes(self.s, at), lanes(&self.problem.k, at));
                let (reach, q) = (lanes(&self.problem.reach, at), lanes(&self.problem.q, at));
                let mut r = [0.0; LANES];
                for j in 0..LANES {
                    r[j] = if d > 1 {
                        exp_of_negative(s[j] - top[j])
                    } else if s[j] > 0.0 {
                        1.0
                    } else {
                        x[j]
                    };
                    r[j] /= 1.0 + x[j];
                    shift[j] += (r[j] - q[j]) * (k[j] - s[j]);
                    size[j] += (r[j] + q[j]) * (2.0 * reach[j] + 1.0);
                    taken[j] += q[j] * s[j];
                }
                self.r[at..at + LANES].copy_from_slice(&r);
            }
        }
        let loss = sum.total() - taken.iter().sum::<f64>();
        Sums { loss, constant: loss + shift.iter().sum::<f64>(), size: size.iter().sum() }
    }
}
