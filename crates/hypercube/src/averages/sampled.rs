//! What has no product form, from pairs of a mask and its reversal, with the exact averages as control
//! variates.

use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use super::margins::{Margin, softplus};
use super::waves::{LANES, Lanes, vector};
use super::{Averages, CertifiedNodes};
use crate::Mask;
use crate::table::log_loss;

/// A function that varies by less than this share of its size does not vary.
pub(super) const ROUNDING: f64 = 1e-13;

/// An estimate from a sample of masks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// The estimate.
    pub value: f64,
    /// Its standard error.
    pub error: f64,
    /// How many times as many masks the same error takes without control variates; NaN where nothing
    /// varies.
    pub saved: f64,
}

impl Estimate {
    /// Of what does not vary.
    pub(super) const NONE: Self = Self { value: 0.0, error: 0.0, saved: f64::NAN };
}

/// Moments of loss and ln(loss) over all masks at p = ½.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sampled {
    /// Variance of the loss.
    pub loss_variance: Estimate,
    /// Correlation of the loss with that of the reversal.
    pub loss_reversal: Estimate,
    /// Mean of ln(loss).
    pub log_loss_mean: Estimate,
    /// Variance of ln(loss).
    pub log_loss_variance: Estimate,
    /// Correlation of ln(loss) with that of the reversal.
    pub log_loss_reversal: Estimate,
}

impl Averages {
    /// Estimates from `pairs` random masks, each with its reversal.
    ///
    /// With e = (f(b) + f(b̄))/2 and o = (f(b) − f(b̄))/2 the variance of f is Var e + E o², and its
    /// covariance with the reversal Var e − E o². The loss is nearly the sum of its first two degrees,
    /// g = Σ f̂(i) χᵢ + Σ f̂(i, j) χᵢ χⱼ, whose odd and even part have the exact mean squares W¹ and W²: with
    /// these two as control variates (regression estimators), only what is beyond degree 2 is left to
    /// sampling. The mean of ln(loss) takes e of the loss, whose mean is exact.
    ///
    /// `banzhaf` and `walsh` are those of [`Averages::banzhaf`] and [`Averages::pairs`]; `progress` is
    /// told, from any thread, how many more masks are done.
    pub fn sampled(
        &self,
        pairs: usize,
        seed: u64,
        (banzhaf, walsh): (&CertifiedNodes, &CertifiedNodes),
        progress: impl Fn(usize) + Sync,
    ) -> Sampled {
        let exact = self.exact(banzhaf, walsh);
        let firsts: Vec<usize> = (0..pairs).step_by(LANES).collect();
        let draw = |&first: &usize| {
            let masks: Vec<Mask> = (first..pairs.min(first + LANES))
                .map(|k| Mask::random(self.n, 0.5, seed, k as u64))
                .collect();
            let drawn = self.draw(&masks, &exact);
            progress(masks.len());
            drawn
        };
        let drawn: Vec<Drawn> = firsts.par_iter().flat_map_iter(draw).collect();
        let of = |value: fn(&Drawn) -> f64| drawn.iter().map(value).collect::<Vec<f64>>();
        let (odd, even) = (of(|d| d.degree_1 * d.degree_1), of(|d| d.degree_2 * d.degree_2));
        let weights = exact.weights();
        let parts = |own_odd: &[f64], own_even: &[f64], size: f64| {
            let odd = Controlled::new(own_odd, &odd, weights[0]);
            let even = Controlled::new(own_even, &even, weights[1]);
            if odd.mean + even.mean <= (ROUNDING * size).powi(2) {
                return [0.0, f64::NAN].map(|value| Estimate {
                    value,
                    error: value,
                    saved: f64::NAN,
                });
            }
            [variance(&odd, &even), reversal(&odd, &even)]
        };
        let square = |values: &[f64], centre: f64| -> Vec<f64> {
            values.iter().map(|x| (x - centre).powi(2)).collect()
        };
        let loss = [of(|d| d.loss.0), of(|d| d.loss.1)];
        let log_loss = [of(|d| d.log_loss.0), of(|d| d.log_loss.1)];
        let mean = Controlled::new(&log_loss[0], &loss[0], exact.mean);
        let [loss_variance, loss_reversal] =
            parts(&square(&loss[1], 0.0), &square(&loss[0], exact.mean), exact.mean);
        let [log_loss_variance, log_loss_reversal] = parts(
            &square(&log_loss[1], 0.0),
            &square(&log_loss[0], mean.mean),
            1.0 + mean.mean.abs(),
        );
        let log_loss_mean = mean.combined(&mean, mean.mean, (1.0, 0.0));
        Sampled {
            loss_variance,
            loss_reversal,
            log_loss_mean,
            log_loss_variance,
            log_loss_reversal,
        }
    }

    /// The loss of each of some masks of the last hidden layer's nodes.
    ///
    /// # Panics
    ///
    /// If a mask is of another number of nodes.
    pub fn losses(&self, masks: &[Mask]) -> Vec<f64> {
        masks
            .par_chunks(LANES)
            .flat_map_iter(|masks| self.both_losses(masks))
            .map(|l| l.0)
            .collect()
    }

    /// The losses of some masks, at most [`LANES`], and of their reversals.
    fn both_losses(&self, masks: &[Mask]) -> Vec<(f64, f64)> {
        let mut gates = vec![[0.0; LANES]; self.n];
        for (lane, mask) in masks.iter().enumerate() {
            assert_eq!(mask.n_nodes(), self.n, "a mask of another network");
            for (i, gates) in gates.iter_mut().enumerate() {
                gates[lane] = if mask.is_on(i) { 1.0 } else { 0.0 };
            }
        }
        let (own, others) = Arch::new().dispatch(Losses { margins: &self.margins, gates: &gates });
        let count = self.margins.len() as f64;
        let both = |((f, g), mask): ((f64, f64), &Mask)| {
            let added = self.added.at(mask);
            ((f / count + added.0).max(0.0), (g / count + added.1).max(0.0))
        };
        own.into_iter().zip(others).zip(masks).map(both).collect()
    }

    /// What is known exactly of the loss at p = ½.
    pub(super) fn exact<'a>(
        &self,
        banzhaf: &CertifiedNodes,
        walsh: &'a CertifiedNodes,
    ) -> Exact<'a> {
        Exact {
            mean: self.mean_loss(0.5).value,
            singles: banzhaf.values.iter().map(|b| -0.5 * b).collect(),
            pairs: &walsh.values,
        }
    }

    /// What is measured of some masks, at most [`LANES`].
    pub(super) fn draw(&self, masks: &[Mask], exact: &Exact) -> Vec<Drawn> {
        let halves = |own: f64, other: f64| (0.5 * (own + other), 0.5 * (own - other));
        let (degree_1, degree_2) = exact.degrees(masks);
        let logarithm = |value: f64| log_loss(value + self.added.entropy);
        let drawn = |(k, (own, other)): (usize, (f64, f64))| Drawn {
            loss: halves(own, other),
            log_loss: halves(logarithm(own), logarithm(other)),
            degree_1: degree_1[k],
            degree_2: degree_2[k],
        };
        self.both_losses(masks).into_iter().enumerate().map(drawn).collect()
    }
}

/// What is known exactly of the loss.
pub(super) struct Exact<'a> {
    pub mean: f64,
    /// f̂(i), `[n]`.
    pub singles: Vec<f64>,
    /// f̂(i, j), `[n, n]`, i < j.
    pub pairs: &'a Vec<f64>,
}

impl Exact<'_> {
    /// W¹ and W².
    pub fn weights(&self) -> [f64; 2] {
        [&self.singles, self.pairs].map(|f| f.iter().map(|f| f * f).sum())
    }
}

/// What is measured of one mask: half of sum and difference of f there and at the reversal, and the
/// loss's parts of degree 1 and 2.
pub(super) struct Drawn {
    pub loss: (f64, f64),
    pub log_loss: (f64, f64),
    pub degree_1: f64,
    pub degree_2: f64,
}

/// Losses of some masks and of their reversals, summed over points.
struct Losses<'a> {
    margins: &'a [Margin],
    /// Of every node at every mask.
    gates: &'a [Lanes],
}

impl WithSimd for Losses<'_> {
    type Output = (Lanes, Lanes);

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> (Lanes, Lanes) {
        let (mut own, mut others) = ([0.0; LANES], [0.0; LANES]);
        for margin in self.margins {
            let mut sums = [0.0; LANES];
            let vectors = S::as_mut_simd_f64s(&mut sums).0;
            for (&i, &a) in margin.nodes.iter().zip(&margin.a) {
                let a = simd.splat_f64s(a);
                for (sum, gate) in vectors.iter_mut().zip(vector::<S>(&self.gates[i as usize])) {
                    *sum = simd.add_f64s(*sum, simd.mul_f64s(a, *gate));
                }
            }
            let all: f64 = margin.a.iter().sum();
            for lane in 0..LANES {
                own[lane] += softplus(margin.k + sums[lane]);
                others[lane] += softplus(margin.k + (all - sums[lane]));
            }
        }
        (own, others)
    }
}

/// A regression estimator of a mean: mean(y) − β (mean(c) − E c), β the slope of y on c.
pub(super) struct Controlled {
    pub mean: f64,
    /// y less its mean.
    plain: Vec<f64>,
    /// What the slope leaves of it.
    rest: Vec<f64>,
}

impl Controlled {
    pub fn new(y: &[f64], c: &[f64], expected: f64) -> Self {
        let count = y.len() as f64;
        let mean = |x: &[f64]| x.iter().sum::<f64>() / count;
        let (mean_y, mean_c) = (mean(y), mean(c));
        let pairs = || y.iter().zip(c).map(|(y, c)| (y - mean_y, c - mean_c));
        let square: f64 = pairs().map(|(_, c)| c * c).sum();
        let product: f64 = pairs().map(|(y, c)| y * c).sum();
        // Where the control does not vary it says nothing.
        let slope = if square > 0.0 { product / square } else { 0.0 };
        Self {
            mean: mean_y - slope * (mean_c - expected),
            plain: pairs().map(|(y, _)| y).collect(),
            rest: pairs().map(|(y, c)| y - slope * c).collect(),
        }
    }

    /// The estimate `value` of a function of this mean and another, of which `by_own` and `by_other`
    /// are the derivatives (the delta method).
    pub fn combined(&self, other: &Self, value: f64, (by_own, by_other): (f64, f64)) -> Estimate {
        let square = |own: &[f64], other: &[f64]| {
            own.iter().zip(other).map(|(x, y)| (by_own * x + by_other * y).powi(2)).sum::<f64>()
        };
        let (plain, rest) = (square(&self.plain, &other.plain), square(&self.rest, &other.rest));
        let count = self.rest.len() as f64;
        // Where nothing varies nothing is saved.
        let saved = if rest > 0.0 { plain / rest } else { f64::NAN };
        Estimate { value, error: (rest / (count * (count - 1.0))).sqrt(), saved }
    }
}

fn variance(odd: &Controlled, even: &Controlled) -> Estimate {
    odd.combined(even, odd.mean + even.mean, (1.0, 1.0))
}

/// (even − odd)/(even + odd).
fn reversal(odd: &Controlled, even: &Controlled) -> Estimate {
    let (o, e) = (odd.mean, even.mean);
    let whole = (e + o).powi(2);
    odd.combined(even, (e - o) / (e + o), (-2.0 * e / whole, 2.0 * o / whole))
}
