//! The mean loss over all p, and integrals over p.

use std::f64::consts::PI;

use super::{Averages, Certified};

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
    /// Values of p at which the mean was computed; the rest is interpolated.
    pub computed: usize,
    /// Bound on the error of the means that were computed.
    pub error: f64,
    /// The most that the losses changed when they were interpolated from every other of these. It is
    /// no bound, but the error of interpolation is far smaller as a rule, for it falls geometrically.
    pub interpolation: f64,
}

/// Intervals between the places of the first attempt.
const FIRST: usize = 16;

/// Intervals beyond which nothing is gained.
const LAST: usize = 256;

/// Interpolation is good enough at this share of the largest mean.
const ENOUGH: f64 = 1e-12;

impl Averages {
    /// E_p loss and its derivative for p = 0, 1/steps, …, 1.
    ///
    /// E_p loss is a polynomial in p, of a degree of up to n. It is computed at Chebyshev's points,
    /// twice as many each time until the polynomial through them no longer changes, or as many as
    /// its degree asks for.
    pub fn mean_curve(&self, steps: usize) -> MeanCurve {
        let place =
            |k: usize, intervals: usize| 0.5 * (1.0 - (PI * k as f64 / intervals as f64).cos());
        let mut intervals = FIRST;
        let mut known: Vec<Certified> =
            (0..=intervals).map(|k| self.mean_loss(place(k, intervals))).collect();
        let mut curve = interpolated(&known, steps);
        loop {
            let finer = 2 * intervals;
            // Those computed already are every other one of the finer places.
            known = (0..=finer)
                .map(|k| if k % 2 == 0 { known[k / 2] } else { self.mean_loss(place(k, finer)) })
                .collect();
            let next = interpolated(&known, steps);
            let change = curve.iter().zip(&next).map(|(a, b)| (a.loss - b.loss).abs());
            let interpolation = change.fold(0.0, f64::max);
            let largest = known.iter().map(|c| c.value).fold(0.0, f64::max);
            (curve, intervals) = (next, finer);
            if interpolation <= ENOUGH * largest
                || intervals >= LAST.min(2 * self.n_nodes().max(FIRST))
            {
                let error = known.iter().map(|c| c.error).fold(0.0, f64::max);
                // At the ends, where a derivative is worst interpolated, it is known directly.
                for (k, p) in [(0, 0.0), (steps, 1.0)] {
                    curve[k].loss = self.mean_loss(p).value;
                    curve[k].derivative = self.flip_effects(p).values.iter().sum();
                }
                return MeanCurve { points: curve, computed: known.len(), error, interpolation };
            }
        }
    }
}

/// The polynomial through values at Chebyshev's points.
fn interpolated(known: &[Certified], steps: usize) -> Vec<CurvePoint> {
    let n = known.len() - 1;
    // Σ' cₖ Tₖ(x) with x = 2p − 1; the values come in the order of p, so at x = −cos(πj/n).
    let coefficient = |k: usize| {
        let term = |(j, value): (usize, &Certified)| {
            let half = if j == 0 || j == n { 0.5 } else { 1.0 };
            half * value.value * (PI * (k * (n - j) % (2 * n)) as f64 / n as f64).cos()
        };
        let sum: f64 = known.iter().enumerate().map(term).sum();
        let half = if k == 0 || k == n { 0.5 } else { 1.0 };
        2.0 * half * sum / n as f64
    };
    let coefficients: Vec<f64> = (0..=n).map(coefficient).collect();
    let at = |step: usize| {
        let p = step as f64 / steps as f64;
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
    };
    (0..=steps).map(at).collect()
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
