//! The weight of every degree of the spectrum, and with it the variance of the loss and its covariance
//! with the reversal, from pairs of points.
//!
//! At p = ½ a margin is s = μ + ½ Σ χᵢ aᵢ with signs χᵢ = ±1. On the edge of its strip, c = 0, the integral of the
//! module above becomes
//!
//! softplus(s) = s/2 + ln 2 + ∫₀^∞ (1 − cos ts)/(t sinh πt) dt,
//!
//! and the trapezoid rule at t = (j + ½)h a sum of cosines, softplus(s) ≈ s/2 + const − Σ ω cos ts with ω =
//! h/(t sinh πt), of which no mean over masks is large. Degree 1 is known from the Banzhaf values and degree 2
//! from the pairs of nodes; s/2 has no higher one. Of the cosines, with C = cos(taᵢ/2) and S = sin(taᵢ/2), two
//! points have
//!
//! Σ over sets T of k nodes of f̂(T) f̂′(T) = Σ over t and t′ of ωω′ g(tμ) g(t′μ′) eₖ(t, t′),
//! Σₖ eₖ ρᵏ = Π (CC′ + ρSS′),
//!
//! g the cosine for even k and the sine for odd k. The mean over pairs of points is W^k. All is real, nothing
//! grows, and higher degrees are not what is left of lower ones.
//!
//! **Some pairs only.** Of many points a random sample of pairs is taken; the sums of degree 1 and 2 over the
//! same pairs, whose values over all of them are known, are control variates for the higher odd and even
//! ones. At 64 nodes and 1,024 points, 16 % of the pairs gave the variance 0.130 with a standard error of 3.9e-5
//! in 1.5 s of one core; masks with the controls of `sampled` would have given 1.5e-4 in that time (2.9e-4
//! in 0.4 s). All pairs took 8.7 s to an error of 5e-11, and 26 s to 2e-12.
//!
//! # Error bound
//!
//! A function that differs from f by ε in root mean square over masks has, on any set of degrees, a
//! weight that differs from W by at most ε (2√W + ε), and so has its covariance with the reversal.
//! So it is enough to bound this difference point by point, and take its mean.
//!
//! **Aliasing.** With l = 2π/h, the second derivative of −Σ ω cos(ts) is, by Poisson's summation formula,
//! Σ_m (−1)^m φ(s + ml), φ = ¼ sech²(s/2) that of the loss. Integrating what m ≠ 0 adds twice from s = 0 shows
//! that it is at most Σ_{m ≥ 1} softplus(|s| − ml) ≤ e^{c|s|}/c · q/(1 − q), q = e^{−cl}, for every 0 < c ≤ 1; and
//! E e^{2c|s|} ≤ 2 cosh(2cμ) Π cosh(c aᵢ).
//!
//! **Truncation.** The terms beyond T add at most ∫_T^∞ dt/(t sinh πt) (the function is convex), bounded
//! in the module above.
//!
//! **Angles.** With u = 2^−53, tμ and taᵢ/2 are off by 4u of themselves, which changes the function by at most
//! Σ ωt · 4u (|μ| + ½ Σ |aᵢ|); and t by 1 u, with which ω is off by (8 + 13t) u of itself, whose part with t
//! counts here.
//!
//! **Rounding and what is left out** are of the sum alone. By Cauchy's inequality Σ |terms of eₖ| ≤
//! √Qₖ(t) √Q′ₖ(t′), where Qₖ is the probability that k of independent events with the probabilities S² happen,
//! so that Σ |ωω′ g g′ eₖ| ≤ Xₖ X′ₖ, Xₖ = Σ |ω g| √Qₖ. Each node multiplies a term and rounds it by 9 u at most,
//! the weights and sums are in `lost`. Of pairs t, t′ with a small ωω′, which are left out, the sum of these
//! bounds all degrees together, for Σ Qₖ ≤ 1.

mod cosines;
mod pair;
mod plan;
mod sums;

use pulp::Simd;
use rayon::prelude::*;

use super::{Averages, Certified, CertifiedNodes};
use crate::Mask;
use crate::walsh::Spectrum;
use cosines::{Cosines, UNIT};
use pair::{Room, pair};
use plan::Plan;
use sums::{Sample, Sums};

/// The weights of so many degrees are told one by one, those of higher ones together.
pub const DEGREES: usize = 8;

/// Degrees 0 to [`DEGREES`], and all higher ones that are odd or even.
const PARTS: usize = DEGREES + 3;
const HIGHER_ODD: usize = DEGREES + 1;
const HIGHER_EVEN: usize = DEGREES + 2;

/// With no more nodes than this all masks are gone through, however large the margins are.
const ENUMERATED: usize = 12;

/// Points that are added up one after the other, whatever the number of threads.
const CHUNK: usize = 64;

/// A value, from all pairs of points or a random sample of them.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Paired {
    /// The value.
    pub value: f64,
    /// Bound on its error, but for the sampling of pairs.
    pub error: f64,
    /// Its standard error where pairs are sampled; 0 if all are taken.
    pub deviation: f64,
}

/// Weights of the spectrum of the loss over masks with p = ½, in the square of its unit.
#[derive(Clone, Debug, PartialEq)]
pub struct LevelWeights {
    /// W¹, W², …, up to degree 8 or the number of nodes.
    pub weights: Vec<Paired>,
    /// Of all higher degrees together.
    pub higher: Paired,
    /// The variance of the loss, the sum of them all.
    pub variance: Paired,
    /// Its covariance with the loss of the reversal, even degrees less odd ones.
    pub reversal_covariance: Paired,
    /// That over the variance; None where the variance cannot be told from 0.
    pub reversal_correlation: Option<Paired>,
    /// What share of all pairs of points was taken: 1 if the values are exact.
    pub share: f64,
}

impl Averages {
    /// The weights, with all pairs of points if that takes no more than `limit` steps, else from a random
    /// sample of them that is unbiased: every point with every one that comes so many places after it, for
    /// some of these distances, in a random order of the points. None where this takes too much, too.
    ///
    /// A step is one node of one pair of points at one pair of t; a core takes some 10⁹ in a second. With
    /// up to 12 nodes all masks are gone through instead. `banzhaf` and `walsh` are those of
    /// [`Averages::banzhaf`] and [`Averages::pairs`]; `progress` is told, from any thread, how many more points are
    /// done.
    pub fn level_weights(
        &self,
        (banzhaf, walsh): (&CertifiedNodes, &CertifiedNodes),
        limit: f64,
        seed: u64,
        progress: impl Fn(usize) + Sync,
    ) -> Option<LevelWeights> {
        if self.n <= ENUMERATED {
            return Some(self.enumerated());
        }
        let singles = CertifiedNodes {
            values: banzhaf.values.iter().map(|b| 0.5 * b).collect(),
            error: 0.5 * banzhaf.error,
        };
        let known = [weight(&singles), weight(walsh)];
        let scale = known[0].value + known[1].value;
        let plan = Plan::new(&self.margins, scale, limit, seed)?;
        let mut sums = self.pair_sums(&plan, progress);
        if let Some(sample) = &mut sums.sampled {
            sample.known = [self.first_of_cosines(banzhaf), known[1].value];
        }
        Some(sums.weights(known, self.n))
    }

    /// All masks one by one.
    fn enumerated(&self) -> LevelWeights {
        let masks: Vec<Mask> =
            (0..1u64 << self.n).map(|bits| Mask::from_bits(self.n, bits)).collect();
        let losses = self.losses(&masks);
        // Of the margins, of the sum over points, and of the transform.
        let count = self.margins.len() as f64;
        let margins = self.margins.iter().map(|margin| {
            let sizes = margin.a.iter().map(|a| a.abs()).sum::<f64>();
            (self.n + 1) as f64 * (margin.k.abs() + 2.0 * sizes)
        });
        let square = losses.iter().map(|loss| loss * loss).sum::<f64>() / losses.len() as f64;
        let sums = (count + 4.0 + 2.0 * self.n as f64) * square.sqrt();
        let epsilon = UNIT * (margins.sum::<f64>() / count + sums);
        let all = Spectrum::new(losses).level_weights();
        let mut parts = [0.0; PARTS];
        for (degree, weight) in all.into_iter().enumerate() {
            let part = if degree <= DEGREES {
                degree
            } else if degree % 2 == 1 {
                HIGHER_ODD
            } else {
                HIGHER_EVEN
            };
            parts[part] += weight;
        }
        let sums = Sums { parts: vec![parts], epsilon, lost: [0.0; PARTS], ..Sums::default() };
        let known = [1, 2].map(|k| Certified { value: parts[k], error: sums.error(parts[k], 0.0) });
        sums.weights(known, self.n)
    }

    /// W¹ of the cosines alone, without the part s/2.
    fn first_of_cosines(&self, banzhaf: &CertifiedNodes) -> f64 {
        let mut effects = banzhaf.values.clone();
        self.added.take_from_effects(&mut effects);
        for margin in &self.margins {
            for (&i, a) in margin.nodes.iter().zip(&margin.a) {
                effects[i as usize] -= 0.5 * a / self.margins.len() as f64;
            }
        }
        effects.iter().map(|effect| 0.25 * effect * effect).sum()
    }

    /// Sums over pairs of points.
    fn pair_sums(&self, plan: &Plan, progress: impl Fn(usize) + Sync) -> Sums {
        let of = |&point: &usize| Cosines::new(&self.margins[point], &plan.rules[point]);
        let cosines: Vec<Cosines> = plan.order.par_iter().map(of).collect();
        let count = cosines.len();
        let distances = &plan.distances;
        let part = |chunk: usize| {
            let (mut sums, mut room) = (vec![[0.0; PARTS]; distances.len()], Room::default());
            let mut left_out = 0.0;
            for x in chunk * CHUNK..count.min((chunk + 1) * CHUNK) {
                for (sums, &distance) in sums.iter_mut().zip(distances) {
                    // Half of the way round every pair is met twice.
                    if 2 * distance == count && x >= distance {
                        continue;
                    }
                    let other = &cosines[(x + distance) % count];
                    let (found, left) = pair(&cosines[x], other, plan.share, &mut room);
                    sums.iter_mut().zip(found).for_each(|(sum, more)| *sum += more);
                    left_out += left;
                }
                progress(1);
            }
            (sums, left_out)
        };
        let chunks: Vec<_> = (0..count.div_ceil(CHUNK)).into_par_iter().map(part).collect();
        let mut parts = vec![[0.0; PARTS]; distances.len()];
        let mut left_out = 0.0;
        for (own, left) in &chunks {
            for (sum, more) in parts.iter_mut().flatten().zip(own.iter().flatten()) {
                *sum += more;
            }
            left_out += left;
        }
        plan.sums(parts, left_out, &cosines, self.n)
    }
}

/// The products of a product's parts with those of one more node's factor c + ρs, by degree of ρ.
#[inline(always)]
fn one_node<S: Simd>(simd: S, parts: &mut [S::f64s; PARTS], c: S::f64s, s: S::f64s) {
    let (odd, even) = (parts[HIGHER_ODD], parts[HIGHER_EVEN]);
    let below = simd.add_f64s(parts[DEGREES], even);
    parts[HIGHER_ODD] = simd.mul_add_e_f64s(c, odd, simd.mul_f64s(s, below));
    parts[HIGHER_EVEN] = simd.mul_add_e_f64s(c, even, simd.mul_f64s(s, odd));
    for k in (1..=DEGREES).rev() {
        parts[k] = simd.mul_add_e_f64s(c, parts[k], simd.mul_f64s(s, parts[k - 1]));
    }
    parts[0] = simd.mul_f64s(c, parts[0]);
}

/// Σ f̂², and a bound on its error.
fn weight(coefficients: &CertifiedNodes) -> Certified {
    let CertifiedNodes { values, error } = coefficients;
    let value = values.iter().map(|f| f * f).sum::<f64>();
    let sizes = values.iter().map(|f| 2.0 * f.abs() + error).sum::<f64>();
    Certified { value, error: error * sizes + values.len() as f64 * UNIT * value }
}

#[cfg(test)]
mod tests;
