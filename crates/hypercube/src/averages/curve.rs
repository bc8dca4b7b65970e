//! The mean loss over all p, and integrals over p.

use std::f64::consts::PI;

use rayon::prelude::*;

use super::gate::Gate;
use super::many::{MANY, Many};
use super::margins::Margin;
use super::product::Room;
use super::{Averages, mean_at};

/// E_p loss at one p, and its derivative by p.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CurvePoint {
    /// Probability that a node is on.
    pub p: f64,
    /// E_p loss.
    pub loss: f64,
    /// d E_p loss/dp.
    pub derivative: f64,
}

/// The mean loss from p = 0 to 1.
#[derive(Clone, Debug, PartialEq)]
pub struct MeanCurve {
    /// At p = 0, 1/steps, …, 1.
    pub points: Vec<CurvePoint>,
    /// At how many values of p a point's mean was computed, on average over points; the rest is
    /// interpolated.
    pub computed: f64,
    /// Bound on the error of the means that were computed.
    pub error: f64,
    /// Σ of the moduli of the last quarter of the coefficients, on average over points. It is no bound,
    /// but the error of interpolation is far smaller as a rule, for they fall geometrically.
    pub interpolation: f64,
}

/// Intervals between the places of a point's first attempt.
const FIRST: usize = 12;

/// Intervals beyond which nothing is gained, a power of two times as many.
const LAST: usize = 192;

/// A point's polynomial is good enough when its last quarter is below this share of the largest mean,
/// or of its own largest value: less is lost in their rounding.
const ENOUGH: f64 = 1e-12;

impl Averages {
    /// E_p loss and its derivative for p = 0, 1/steps, …, 1.
    ///
    /// E_p loss is a polynomial in p, of a degree of up to n. For each point it is computed at
    /// Chebyshev's points, twice as many each time until the last quarter of the coefficients of the
    /// polynomial through them is negligible, or there are as many as its degree asks for. `progress` is
    /// told, from any thread, how many more points are done.
    pub fn mean_curve(&self, steps: usize, progress: impl Fn(usize) + Sync) -> MeanCurve {
        let ends = [0.0, 1.0].map(|p| self.mean_loss(p).value);
        let largest = ends.into_iter().fold(self.mean_loss(0.5).value, f64::max);
        let cosines: Vec<f64> =
            (0..2 * LAST).map(|k| (PI * k as f64 / LAST as f64).cos()).collect();
        let gates: Vec<Gate> =
            cosines[1..LAST].iter().map(|cos| Gate::new(0.5 * (1.0 - cos))).collect();
        let each = |room: &mut Room, margin: &Margin| {
            let polynomial = Polynomial::new(margin, largest, (&cosines, &gates), room);
            progress(1);
            polynomial
        };
        let polynomials: Vec<Polynomial> =
            self.margins.par_iter().map_init(Room::default, each).collect();
        let count = polynomials.len() as f64;
        let mean = |of: fn(&Polynomial) -> f64| polynomials.iter().map(of).sum::<f64>() / count;
        let mut coefficients = vec![0.0; LAST + 1];
        for polynomial in &polynomials {
            let pairs = coefficients.iter_mut().zip(&polynomial.coefficients);
            pairs.for_each(|(sum, c)| *sum += c / count);
        }
        let (constant, slope) = self.added.coefficients();
        coefficients[0] += constant;
        coefficients[1] += slope;
        let at = |step: usize| point(&coefficients, step as f64 / steps as f64);
        let mut points: Vec<CurvePoint> = (0..=steps).map(at).collect();
        // At the ends, where a derivative is worst interpolated, it is known directly.
        for (k, p) in [(0, 0.0), (steps, 1.0)] {
            points[k].loss = ends[p as usize];
            points[k].derivative = self.flip_effects(p).values.iter().sum();
        }
        MeanCurve {
            points,
            computed: mean(|polynomial| polynomial.coefficients.len() as f64),
            error: mean(|polynomial| polynomial.error) + self.added.error,
            interpolation: mean(|polynomial| polynomial.last),
        }
    }
}

/// One point's mean loss as a polynomial in x = 2p − 1.
struct Polynomial {
    /// Those of the Chebyshev polynomials, Σ cₖ Tₖ(x).
    coefficients: Vec<f64>,
    /// Bound on the errors of the values that it goes through.
    error: f64,
    /// Σ |cₖ| of its last quarter; 0 if it is exact.
    last: f64,
}

impl Polynomial {
    /// With the cosines of πk/[`LAST`].
    fn new(
        margin: &Margin,
        largest: f64,
        (cosines, gates): (&[f64], &[Gate]),
        room: &mut Room,
    ) -> Self {
        let many = (margin.a.len() >= MANY).then(|| Many::new(margin));
        let tolerance = 0.1 * ENOUGH * largest;
        let mut error = 0.0f64;
        let mut value = |k: usize, intervals: usize| {
            let place = k * (LAST / intervals);
            // There is none for p = 0 and 1.
            let gate = place.checked_sub(1).and_then(|at| gates.get(at));
            let series =
                many.as_ref().zip(gate).and_then(|(many, gate)| many.mean(gate, tolerance));
            let p = 0.5 * (1.0 - cosines[place]);
            let found = series.unwrap_or_else(|| mean_at(margin, p, tolerance, room));
            error = error.max(found.error);
            found.value
        };
        let mut intervals = FIRST;
        let mut known: Vec<f64> = (0..=intervals).map(|k| value(k, intervals)).collect();
        loop {
            let coefficients = coefficients(&known, cosines);
            let tail = &coefficients[intervals - intervals / 4..];
            let last = tail.iter().map(|c| c.abs()).sum();
            let is_exact = intervals >= margin.a.len();
            let enough = ENOUGH * known.iter().copied().fold(largest, f64::max);
            if is_exact || last <= enough || intervals == LAST {
                return Self { coefficients, error, last: if is_exact { 0.0 } else { last } };
            }
            intervals *= 2;
            // Those computed already are every other one of the finer places.
            known = (0..=intervals)
                .map(|k| if k % 2 == 0 { known[k / 2] } else { value(k, intervals) })
                .collect();
        }
    }
}

/// Coefficients of the Chebyshev polynomials through values at Chebyshev's points in the order of p, so
/// at x = −cos(πj/n).
fn coefficients(known: &[f64], cosines: &[f64]) -> Vec<f64> {
    let n = known.len() - 1;
    let half = |k: usize| if k == 0 || k == n { 0.5 } else { 1.0 };
    let coefficient = |k: usize| {
        let term = |(j, value): (usize, &f64)| {
            half(j) * value * cosines[k * (n - j) % (2 * n) * (LAST / n)]
        };
        2.0 * half(k) * known.iter().enumerate().map(term).sum::<f64>() / n as f64
    };
    (0..=n).map(coefficient).collect()
}

/// Σ cₖ Tₖ(2p − 1) and its derivative by p.
fn point(coefficients: &[f64], p: f64) -> CurvePoint {
    let x = 2.0 * p - 1.0;
    // Tₖ and its derivative by their recurrences.
    let (mut before, mut t) = ((1.0, 0.0), (x, 1.0));
    let (mut loss, mut slope) = (coefficients[0] + coefficients[1] * x, coefficients[1]);
    for c in &coefficients[2..] {
        let next = (2.0 * x * t.0 - before.0, 2.0 * t.0 + 2.0 * x * t.1 - before.1);
        (before, t) = (t, next);
        loss += c * t.0;
        slope += c * t.1;
    }
    CurvePoint { p, loss, derivative: 2.0 * slope }
}

/// Places in 0…1 and weights of the Gauss–Legendre rule, by Newton's method on the Legendre
/// polynomial from about where its zeros are.
pub(super) fn gauss_legendre(n: usize) -> Vec<(f64, f64)> {
    /// Newton steps at most: convergence is quadratic.
    const STEPS: usize = 100;
    let node = |k: usize| {
        let mut x = ((k as f64 + 0.75) / (n as f64 + 0.5) * PI).cos();
        let mut slope = 1.0;
        for _ in 0..STEPS {
            // (j + 1) P_{j+1} = (2j + 1) x P_j − j P_{j−1}.
            let (mut before, mut value) = (0.0, 1.0);
            for j in 0..n {
                let j = j as f64;
                let next = ((2.0 * j + 1.0) * x * value - j * before) / (j + 1.0);
                (before, value) = (value, next);
            }
            slope = n as f64 * (x * value - before) / (x * x - 1.0);
            let step = value / slope;
            x -= step;
            if step.abs() < 1e-16 {
                break;
            }
        }
        (0.5 * (1.0 - x), 1.0 / ((1.0 - x * x) * slope * slope))
    };
    (0..n).map(node).collect()
}

/// How many values of p a Gauss–Legendre integral of a flip effect needs: the fewest m for which its
/// error is below e^`ln_tolerance` times the largest value of the loss, or ⌈n/2⌉, with which it is
/// exact.
///
/// On the ellipse with the foci 0 and 1 on which |p| + |1 − p| = cosh δ, a flip effect is at most
/// 2 (cosh δ)ⁿ⁻¹ times the largest loss, for Σ_b |p|^{|b|} |1 − p|^{n−|b|} f(b) is (cosh δ)ⁿ times a mean
/// of f. Then the error is at most 32/15 of that e^{−2mδ}/(1 − e^{−2δ}) (L. N. Trefethen,
/// "Approximation Theory and Approximation Practice", 2013, theorem 19.3, for an interval of length 1).
pub(super) fn values_of_p(n: usize, ln_tolerance: f64) -> usize {
    let most = n.div_ceil(2).max(1);
    let is_enough = |m: usize| {
        let bound = |k: usize| {
            let delta = 0.02 * k as f64;
            (n as f64 - 1.0) * delta.cosh().ln()
                - 2.0 * m as f64 * delta
                - (-(-2.0 * delta).exp_m1()).ln()
        };
        let least = (1..=200).map(bound).fold(f64::INFINITY, f64::min);
        least + (64.0_f64 / 15.0).ln() <= ln_tolerance
    };
    (1..most).find(|&m| is_enough(m)).unwrap_or(most)
}
