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
    /// How far the last means that were computed lay from what the ones before foretold, at most, on
    /// average over points; 0 for a polynomial that is determined by them. It is no bound, but the error
    /// of interpolation is smaller as a rule, for those means are then known too.
    pub interpolation: f64,
}

/// At this many values of p at most a point's mean is computed: nothing is gained by more.
const MOST: usize = 192;

/// The values of p are chosen among so many.
const CHOICE: usize = 4 * MOST;

/// A point's polynomial is good enough when it foretold so many means in a row to this share of the
/// largest mean, or of its own largest value: less is lost in their rounding.
const IN_A_ROW: usize = 3;
const ENOUGH: f64 = 1e-12;

impl Averages {
    /// E_p loss and its derivative for p = 0, 1/steps, …, 1.
    ///
    /// E_p loss is a polynomial in p, of a degree of up to n. For each point it is computed at one value
    /// of p after the other, in the order of Leja, each where the ones before say least about it, until
    /// several in a row are as foretold, or there are as many as its degree asks for (F. Leja, "Sur
    /// certaines suites liées aux ensembles plans et leur application à la représentation conforme",
    /// Annales Polonici Mathematici 4, 1957). `progress` is told, from any thread, how many more points
    /// are done.
    pub fn mean_curve(&self, steps: usize, progress: impl Fn(usize) + Sync) -> MeanCurve {
        let ends = [0.0, 1.0].map(|p| self.mean_loss(p).value);
        let largest = ends.into_iter().fold(self.mean_loss(0.5).value, f64::max);
        let places: Vec<Place> = leja().into_iter().map(Place::new).collect();
        let each = |room: &mut Room, margin: &Margin| {
            let polynomial = Polynomial::new(margin, largest, &places, room);
            progress(1);
            polynomial
        };
        let polynomials: Vec<Polynomial> =
            self.margins.par_iter().map_init(Room::default, each).collect();
        let count = polynomials.len() as f64;
        let mean = |of: fn(&Polynomial) -> f64| polynomials.iter().map(of).sum::<f64>() / count;
        let mut coefficients = vec![0.0; MOST];
        for polynomial in &polynomials {
            let pairs = coefficients.iter_mut().zip(&polynomial.coefficients);
            pairs.for_each(|(sum, c)| *sum += c / count);
        }
        let (at_zero, slope) = self.added.line();
        let at = |step: usize| {
            let p = step as f64 / steps as f64;
            let (loss, by_x) = newton(&coefficients, &places, to_x(p));
            CurvePoint { p, loss: loss + at_zero + slope * p, derivative: 4.0 * by_x + slope }
        };
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

/// Where a mean is computed.
struct Place {
    p: f64,
    x: f64,
    /// None at 0 and 1.
    gate: Option<Gate>,
}

impl Place {
    fn new(p: f64) -> Self {
        Self { p, x: to_x(p), gate: (p > 0.0 && p < 1.0).then(|| Gate::new(p)) }
    }
}

/// p on an interval of length 4, over which products of distances neither grow nor fall exponentially.
fn to_x(p: f64) -> f64 {
    4.0 * p - 2.0
}

/// Values of p, each where the product of its distances from those before is greatest.
fn leja() -> Vec<f64> {
    let choice: Vec<f64> =
        (0..=CHOICE).map(|k| 0.5 - 0.5 * (PI * k as f64 / CHOICE as f64).cos()).collect();
    let mut ln_products = vec![0.0; choice.len()];
    let mut places = vec![0.0];
    while places.len() < MOST {
        let before = places[places.len() - 1];
        for (sum, p) in ln_products.iter_mut().zip(&choice) {
            *sum += (p - before).abs().ln();
        }
        let furthest = (0..choice.len()).max_by(|&j, &k| ln_products[j].total_cmp(&ln_products[k]));
        places.extend(furthest.map(|k| choice[k]));
    }
    places
}

/// One point's mean loss as a polynomial in x.
struct Polynomial {
    /// Those of Newton's form, Σ cₖ Π_{j<k} (x − xⱼ).
    coefficients: Vec<f64>,
    /// Bound on the errors of the values that it goes through.
    error: f64,
    /// How far the last of them were from what was foretold, at most; 0 if it is exact.
    last: f64,
}

impl Polynomial {
    fn new(margin: &Margin, largest: f64, places: &[Place], room: &mut Room) -> Self {
        let n = margin.a.len();
        let many = (n >= MANY).then(|| Many::new(margin));
        let tolerance = 0.1 * ENOUGH * largest;
        let mut enough = ENOUGH * largest;
        let mut lately = [f64::INFINITY; IN_A_ROW];
        let mut found = Self { coefficients: Vec::with_capacity(MOST), error: 0.0, last: 0.0 };
        for (k, place) in places.iter().enumerate() {
            let series = many.as_ref().zip(place.gate.as_ref());
            let value = series
                .and_then(|(many, gate)| many.mean(gate, tolerance))
                .unwrap_or_else(|| mean_at(margin, place.p, tolerance, room));
            found.error = found.error.max(value.error);
            enough = enough.max(ENOUGH * value.value);
            let apart = value.value - newton(&found.coefficients, places, place.x).0;
            let product: f64 = places[..k].iter().map(|before| place.x - before.x).product();
            found.coefficients.push(apart / product);
            if k == n {
                return Self { last: 0.0, ..found };
            }
            lately[k % IN_A_ROW] = apart.abs();
            found.last = lately.into_iter().fold(0.0, f64::max);
            if found.last <= enough {
                return found;
            }
        }
        found
    }
}

/// A polynomial in Newton's form and its derivative.
fn newton(coefficients: &[f64], places: &[Place], x: f64) -> (f64, f64) {
    let (mut value, mut slope) = (0.0, 0.0);
    for (c, place) in coefficients.iter().zip(places).rev() {
        slope = slope * (x - place.x) + value;
        value = value * (x - place.x) + c;
    }
    (value, slope)
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
