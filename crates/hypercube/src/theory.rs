//! A theory of the spectrum of the loss that has nothing to fit.
//!
//! Two classes, one masked layer, every node on with probability ½. The loss of a point is
//! softplus(s), s = k + Σ bᵢ aᵢ the margin by which it is wrong. If no node dominates, s is nearly
//! normal, with mean μ = k + ½ Σ aᵢ and variance σ² = ¼ Σ aᵢ². With χᵢ = (−1)^{bᵢ}, a node adds −½ aᵢ χᵢ to
//! μ, and to first order in each node of a set S
//!
//! E softplus(s) χ_S ≈ g_k Π_{i∈S} (−½ aᵢ), g_k = E softplus⁽ᵏ⁾(μ + σZ), k = |S|,
//!
//! Z standard normal. The mean over points x, squared and added up over all S of k nodes, is
//!
//! W^k ≈ ⟨g_k(x) g_k(x′) e_k(a(x) a(x′)/4)⟩ over all pairs of points,
//!
//! e_k the elementary symmetric polynomial of the products aᵢ(x) aᵢ(x′)/4. Of a loss that is quadratic in
//! s it is exact; otherwise it is off by a share of about the square of the largest aᵢ/σ.

use std::f64::consts::{PI, TAU};

use rayon::prelude::*;

use crate::averages::{Averages, Margin, logistic, softplus};

/// What the theory predicts of the loss at p = ½.
#[derive(Clone, Debug, PartialEq)]
pub struct Predicted {
    /// E loss: the mean of g_0 over points, in nats.
    pub mean: f64,
    /// W^1, W^2, … up to the degree asked for, in nats².
    pub weights: Vec<f64>,
}

impl Predicted {
    /// Variance of the loss over random masks: the sum of the weights.
    pub fn variance(&self) -> f64 {
        self.weights.iter().sum()
    }

    /// Covariance of the loss with that of the reversal, Σ (−1)^k W^k.
    pub fn reversal_covariance(&self) -> f64 {
        self.weights.iter().zip([-1.0, 1.0].iter().cycle()).map(|(w, sign)| sign * w).sum()
    }

    /// Correlation of the loss with that of the reversal; NaN if nothing varies.
    pub fn reversal_correlation(&self) -> f64 {
        self.reversal_covariance() / self.variance()
    }

    /// The same of ln(loss), if loss and reversal are jointly log-normal: with C and V covariance and
    /// variance of the loss and m its mean, ln(1 + C/m²)/ln(1 + V/m²). NaN if nothing varies, or C is
    /// −m² or less, which no two log-normal losses have.
    pub fn log_reversal_correlation(&self) -> f64 {
        let square = self.mean * self.mean;
        (self.reversal_covariance() / square).ln_1p() / (self.variance() / square).ln_1p()
    }
}

/// Predicts the weights of the degrees from 1 to `degrees`, at most the number of nodes: time grows with
/// the square of the points times nodes times degrees.
pub fn predicted_weights(averages: &Averages, degrees: usize) -> Predicted {
    let (n, margins) = (averages.n_nodes(), averages.margins());
    let degrees = degrees.min(n);
    let moments: Vec<Normal> = margins.iter().map(Normal::of).collect();
    let mean = moments.iter().map(|m| m.mean_of(softplus)).sum::<f64>() / margins.len() as f64;
    let derivatives: Vec<Vec<f64>> = moments.par_iter().map(|m| m.derivatives(degrees)).collect();
    let dense = |margin: &Margin| {
        let mut row = vec![0.0; n];
        margin.nodes.iter().zip(&margin.a).for_each(|(&i, a)| row[i as usize] = 0.5 * a);
        row
    };
    let halves: Vec<Vec<f64>> = margins.iter().map(dense).collect();
    Predicted { mean, weights: level_weights(&halves, &derivatives, degrees) }
}

/// ⟨g_k g_k′ e_k(½a ½a′)⟩ over all pairs of points, k = 1…`degrees`, for the rows ½a `[points][n]` and
/// g_1… `[points][degrees]`.
fn level_weights(halves: &[Vec<f64>], g: &[Vec<f64>], degrees: usize) -> Vec<f64> {
    // A point with itself counts once, with any other twice.
    let row = |x: usize| {
        let (mut sums, mut e) = (vec![0.0; degrees], vec![0.0; degrees + 1]);
        for y in x..halves.len() {
            e.fill(0.0);
            e[0] = 1.0;
            for (most, (a, b)) in halves[x].iter().zip(&halves[y]).enumerate() {
                let product = a * b;
                for k in (1..=degrees.min(most + 1)).rev() {
                    e[k] += product * e[k - 1];
                }
            }
            let times = if x == y { 1.0 } else { 2.0 };
            for (k, sum) in sums.iter_mut().enumerate() {
                *sum += times * g[x][k] * g[y][k] * e[k + 1];
            }
        }
        sums
    };
    let rows: Vec<Vec<f64>> = (0..halves.len()).into_par_iter().map(row).collect();
    let count = (halves.len() as f64).powi(2);
    (0..degrees).map(|k| rows.iter().map(|row| row[k]).sum::<f64>() / count).collect()
}

/// Beyond so many standard deviations, or so many powers of e, nothing is left of a double.
const TAIL: f64 = 9.0;
const NOTHING: f64 = 40.0;

/// Terms of one mean at most. With as many as this σ is above some thousand, and softplus on that scale
/// nearly a ramp, whose mean is then off by less than a millionth of itself.
const MOST_TERMS: f64 = 2e4;

/// A normal margin: its mean and standard deviation.
#[derive(Clone, Copy, Debug)]
struct Normal {
    mean: f64,
    sd: f64,
}

impl Normal {
    fn of(margin: &Margin) -> Self {
        let sd = 0.5 * margin.a.iter().map(|a| a * a).sum::<f64>().sqrt();
        Self { mean: margin.mean(0.5), sd }
    }

    /// E f(s) for softplus or the logistic function, by the trapezoid rule over ±9 standard deviations.
    /// Both are analytic within π of the real axis, so that steps of 0.45/σ miss e^{−2π²/0.45}.
    fn mean_of(self, f: impl Fn(f64) -> f64) -> f64 {
        let most = (2.0 * TAIL / MOST_TERMS).max(0.45 / self.sd.max(1.0)).min(0.4);
        let steps = (TAIL / most).ceil();
        let h = TAIL / steps;
        let (mut sum, mut weights) = (0.0, 0.0);
        for j in 0..=2 * steps as usize {
            let z = (j as f64 - steps) * h;
            let weight = (-0.5 * z * z).exp();
            sum += weight * f(self.mean + self.sd * z);
            weights += weight;
        }
        sum / weights
    }

    /// g_k = E softplus⁽ᵏ⁾(s), k = 1…`degrees`.
    ///
    /// From the second on by the Fourier transform of softplus″, πt/sinh πt:
    /// g_k = 1/π ∫₀^∞ t^{k−2} cos(tμ + (k−2) π/2) e^{−σ²t²/2} πt/sinh(πt) dt, a trapezoid sum with steps
    /// so small that what it adds, g_k at other whole multiples of 2π/h, is nothing.
    fn derivatives(self, degrees: usize) -> Vec<f64> {
        let Self { mean, sd } = self;
        let mut g = vec![0.0; degrees];
        if degrees == 0 {
            return g;
        }
        g[0] = self.mean_of(logistic);
        let k = degrees as f64;
        // t^{k−1} e^{−πt − σ²t²/2} is below 1e-14 of its largest value beyond this.
        let end = (14.0 + k).min((TAIL + (2.0 * k).sqrt()) / sd.max(1e-9));
        let h = TAU / (mean.abs() + NOTHING + 12.0 * sd);
        let terms = (end / h).ceil().min(MOST_TERMS) as usize;
        for j in 0..=terms {
            let t = j as f64 * h;
            let kernel = if j == 0 { 0.5 } else { PI * t / (PI * t).sinh() };
            let mut size = kernel * (-0.5 * (sd * t).powi(2)).exp() * h / PI;
            let (sin, cos) = (t * mean).sin_cos();
            for (turn, g) in g[1..].iter_mut().enumerate() {
                *g += size * [cos, -sin, -cos, sin][turn % 4];
                size *= t;
            }
        }
        g
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::{Options, losses};
    use crate::walsh::{Spectrum, reversal_correlation};
    use crate::{Ablation, Layer, Network, Points, stream};
    use rand::RngExt;

    /// The derivatives 1…4 of softplus, of p the logistic function.
    fn softplus_derivatives(s: f64) -> [f64; 4] {
        let p = logistic(s);
        let v = p * (1.0 - p);
        [p, v, v * (1.0 - 2.0 * p), v * (1.0 - 6.0 * v)]
    }

    #[test]
    fn means_of_derivatives_are_those_of_a_fine_sum() {
        for (mean, sd) in [
            (0.0, 0.0),
            (1.3, 0.0),
            (-2.0, 0.3),
            (0.7, 1.0),
            (5.0, 4.0),
            (-30.0, 12.0),
            (3.0, 90.0),
        ] {
            let found = Normal { mean, sd }.derivatives(6);
            let steps = 400_000;
            let mut expected = [0.0; 4];
            for j in 0..=steps {
                let z = -12.0 + 24.0 * f64::from(j) / f64::from(steps);
                let weight = (-0.5 * z * z).exp() / TAU.sqrt() * 24.0 / f64::from(steps);
                let own = softplus_derivatives(mean + sd * z);
                expected.iter_mut().zip(own).for_each(|(sum, f)| *sum += weight * f);
            }
            for (k, (found, expected)) in found.iter().zip(expected).enumerate() {
                let off = (found - expected).abs();
                assert!(off < 1e-12, "g_{} at {mean} ± {sd}: {found}, {expected}", k + 1);
            }
            // The fifth and sixth are the derivatives of those before by the mean.
            let near = [-1e-4, 1e-4].map(|step| Normal { mean: mean + step, sd }.derivatives(5));
            for (k, g) in found.iter().enumerate().skip(4) {
                let by_mean = (near[1][k - 1] - near[0][k - 1]) / 2e-4;
                assert!((g - by_mean).abs() < 1e-7, "g_{} at {mean} ± {sd}", k + 1);
            }
        }
    }

    #[test]
    fn it_is_exact_for_a_quadratic_loss() {
        let (n, points) = (6, 5);
        let mut rng = stream(3, 0, 0);
        let mut draw = || 2.0 * rng.random::<f64>() - 1.0;
        let k: Vec<f64> = (0..points).map(|_| draw()).collect();
        let halves: Vec<Vec<f64>> = (0..points).map(|_| (0..n).map(|_| draw()).collect()).collect();
        let margin = |x: usize, mask: usize| {
            let on = (0..n).filter(|i| mask >> i & 1 == 1);
            k[x] + on.map(|i| 2.0 * halves[x][i]).sum::<f64>()
        };
        let loss = |mask| (0..points).map(|x| margin(x, mask).powi(2)).sum::<f64>() / points as f64;
        let exact = Spectrum::new((0..1 << n).map(loss).collect()).level_weights();
        // The derivatives of s² are 2s and 2; the mean of s is k + Σ ½a.
        let g: Vec<Vec<f64>> = (0..points)
            .map(|x| vec![2.0 * (k[x] + halves[x].iter().sum::<f64>()), 2.0, 0.0, 0.0])
            .collect();
        let found = level_weights(&halves, &g, 4);
        for (degree, found) in found.iter().enumerate() {
            let expected = exact[degree + 1];
            assert!((found - expected).abs() < 1e-12 * exact[1], "{degree}: {found}, {expected}");
        }
    }

    /// A 2-12-2 network whose output weights are within `scale`, on points of both classes.
    fn network(scale: f64) -> (Network, Points) {
        let mut rng = stream(8, 0, 0);
        let mut draw = |most: f64| most * (2.0 * rng.random::<f64>() - 1.0);
        let mut layer = |inputs, outputs, most| Layer {
            inputs,
            outputs,
            weights: (0..inputs * outputs).map(|_| draw(most)).collect(),
            biases: vec![0.1; outputs],
        };
        let network = Network::new(vec![layer(2, 12, 1.0), layer(12, 2, scale)]).unwrap();
        let coordinates: Vec<f64> = (0..80).map(|k| (1.7 * f64::from(k)).sin()).collect();
        let points = Points::new(2, coordinates, (0..40).map(|k| k % 2).collect()).unwrap();
        (network, points)
    }

    #[test]
    fn the_smaller_the_weights_the_nearer_it_is() {
        let errors = [0.4, 0.1].map(|scale| {
            let (network, points) = network(scale);
            let table = losses(&network, &points, Ablation::Zero, &Options::default()).unwrap();
            let exact = Spectrum::new(table.into_losses());
            let averages = Averages::new(&network, &points, Ablation::Zero).unwrap();
            let found = predicted_weights(&averages, 12);
            let weights = exact.level_weights();
            let mean = (found.mean / exact.mean() - 1.0).abs();
            let correlation = reversal_correlation(&weights) - found.reversal_correlation();
            let degrees = (0..3).map(|k| (found.weights[k] / weights[k + 1] - 1.0).abs());
            [mean, correlation.abs()].into_iter().chain(degrees).collect::<Vec<f64>>()
        });
        // A quarter of the weights, a sixteenth of the relative error; of the mean, whose variance is
        // exact, still less.
        for (k, (large, small)) in errors[0].iter().zip(&errors[1]).enumerate() {
            assert!(*large < 0.15 && *small < large / 8.0, "{k}: {large}, {small}");
        }
    }

    #[test]
    fn degrees_are_the_same_however_many_are_asked_for() {
        let (network, points) = network(3.0);
        let averages = Averages::new(&network, &points, Ablation::Mean).unwrap();
        let all = predicted_weights(&averages, 100);
        assert_eq!(all.weights.len(), 12, "at most as many as nodes");
        let few = predicted_weights(&averages, 2);
        for (all, few) in all.weights.iter().zip(&few.weights) {
            assert!((all - few).abs() < 1e-12 * all, "{all}, {few}");
        }
        assert!(predicted_weights(&averages, 0).weights.is_empty());
    }

    #[test]
    fn jointly_log_normal_losses_have_the_correlation_of_their_logarithms() {
        // Of two normal logarithms with variance v and covariance c, and mean −v/2, the losses have
        // mean 1, variance e^v − 1 and covariance e^c − 1.
        let (v, c) = (0.4f64, -0.1f64);
        let (variance, covariance) = (v.exp_m1(), c.exp_m1());
        let weights = vec![0.5 * (variance - covariance), 0.5 * (variance + covariance)];
        let predicted = Predicted { mean: 1.0, weights };
        assert!((predicted.log_reversal_correlation() - c / v).abs() < 1e-14);
        let still = Predicted { mean: 1.0, weights: vec![0.0; 3] };
        assert!(still.log_reversal_correlation().is_nan() && still.reversal_correlation().is_nan());
    }
}
