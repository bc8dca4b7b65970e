//! Covariances along flip paths, from random paths with the exact averages as control variates.

use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use super::sampled::{Controlled, Drawn, Estimate, Exact, ROUNDING};
use super::waves::{LANES, Lanes, vector};
use super::{Averages, CertifiedNodes};
use crate::Mask;

/// So many numbers of flips, or all, are measured up to half of the nodes: one by one at first, then
/// further and further apart.
const DISTANCES: usize = 20;

/// The covariance of a mask's value with that after some flips, at p = ½.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PathCovariance {
    /// How many random nodes are flipped.
    pub flips: usize,
    /// What single nodes and pairs contribute to the loss's covariance, exactly.
    pub known: f64,
    /// That of the loss.
    pub loss: Estimate,
    /// That of ln(loss).
    pub log_loss: Estimate,
}

impl Averages {
    /// Covariances of loss and ln(loss) between a random mask and the one after d flips of different random
    /// nodes, from `paths` flip paths ([`Mask::flip_path`]), for some d in ascending order, 0 and n among
    /// them.
    ///
    /// With e and o, halves of sum and difference of f at a mask and at its reversal, the covariance at d is
    /// E e₀e_d + E o₀o_d, and at n − d E e₀e_d − E o₀o_d, as the reversal of d flips is n − d flips away. Of
    /// the loss's part of degree k alone the covariance is W^k K_k(d)/C(n, k) exactly, K the Krawtchouk
    /// polynomials: its products of degree 1 and 2 are control variates for those of o and e, of the loss and
    /// of ln(loss). That ln(loss) is centred at an estimated mean biases it by no more than that estimate's
    /// variance.
    ///
    /// `banzhaf` and `walsh` are those of [`Averages::banzhaf`] and [`Averages::pairs`]; `progress` is told,
    /// from any thread, how many more paths are done.
    pub fn flip_covariance(
        &self,
        paths: usize,
        seed: u64,
        (banzhaf, walsh): (&CertifiedNodes, &CertifiedNodes),
        progress: impl Fn(usize) + Sync,
    ) -> Vec<PathCovariance> {
        let n = self.n;
        let exact = self.exact(banzhaf, walsh);
        let distances = distances(n);
        let walk = |k: usize| {
            let path = Mask::flip_path(n, seed, k as u64);
            let masks: Vec<Mask> = distances.iter().map(|&d| path[d].clone()).collect();
            progress(1);
            masks.chunks(LANES).flat_map(|masks| self.draw(masks, &exact)).collect()
        };
        let walks: Vec<Vec<Drawn>> = (0..paths).into_par_iter().map(walk).collect();
        let starts = |of: fn(&Drawn) -> f64| walks.iter().map(|w| of(&w[0])).collect::<Vec<f64>>();
        let mean = Controlled::new(&starts(|d| d.log_loss.0), &starts(|d| d.loss.0), exact.mean);
        let variance: f64 =
            walks.iter().map(|w| w[0].loss.1.powi(2) + (w[0].loss.0 - exact.mean).powi(2)).sum();
        let walks = Walks {
            varies: variance > paths as f64 * (ROUNDING * exact.mean).powi(2),
            walks,
            mean_log_loss: mean.mean,
        };
        let after = |(at, &d): (usize, &usize)| walks.after(d, at, &exact);
        let mut all: Vec<_> = distances.iter().enumerate().flat_map(after).collect();
        all.sort_by_key(|covariance| covariance.flips);
        all
    }
}

/// What is measured along all paths, after each of some numbers of flips.
struct Walks {
    walks: Vec<Vec<Drawn>>,
    mean_log_loss: f64,
    /// Whether the loss varies.
    varies: bool,
}

impl Walks {
    /// The covariances at d flips, which have the number `at`, and at n − d.
    fn after(&self, d: usize, at: usize, exact: &Exact) -> Vec<PathCovariance> {
        let products = |of: &dyn Fn(&Drawn) -> f64| {
            self.walks.iter().map(|walk| of(&walk[0]) * of(&walk[at])).collect::<Vec<f64>>()
        };
        let known = exact.covariances(d);
        let controls = [products(&|d| d.degree_1), products(&|d| d.degree_2)];
        let parts = |of: fn(&Drawn) -> (f64, f64), centre: f64| {
            let odd = products(&|d| of(d).1);
            let even = products(&|d| of(d).0 - centre);
            [
                Controlled::new(&odd, &controls[0], known.0),
                Controlled::new(&even, &controls[1], known.1),
            ]
        };
        let loss = parts(|d| d.loss, exact.mean);
        let log_loss = parts(|d| d.log_loss, self.mean_log_loss);
        let estimate = |parts, sign| {
            if self.varies { covariance(parts, sign) } else { Estimate::NONE }
        };
        let n = exact.singles.len();
        // At half of the nodes both ways are as far, and degrees that are odd cancel.
        let signs: &[f64] = if 2 * d == n { &[0.0] } else { &[1.0, -1.0] };
        let of = |sign: f64| PathCovariance {
            flips: if sign < 0.0 { n - d } else { d },
            known: known.1 + sign * known.0,
            loss: estimate(&loss, sign),
            log_loss: estimate(&log_loss, sign),
        };
        signs.iter().copied().map(of).collect()
    }
}

/// E e₀e_d ± E o₀o_d.
fn covariance([odd, even]: &[Controlled; 2], sign: f64) -> Estimate {
    odd.combined(even, even.mean + sign * odd.mean, (sign, 1.0))
}

/// Numbers of flips from 0 to half of the nodes.
fn distances(n: usize) -> Vec<usize> {
    let half = n / 2;
    if half <= DISTANCES {
        return (0..=half).collect();
    }
    let first = DISTANCES / 2;
    let ratio = (half as f64 / first as f64).powf(1.0 / (DISTANCES - first) as f64);
    let far =
        (1..=DISTANCES - first).map(|k| (first as f64 * ratio.powi(k as i32)).round() as usize);
    let mut all: Vec<usize> = (0..=first).chain(far).collect();
    all.dedup();
    all
}

impl Exact<'_> {
    /// What degrees 1 and 2 contribute to the covariance at d flips: K₁(d)/n = 1 − 2d/n and K₂(d)/C(n, 2) =
    /// ((n − 2d)² − n)/(n(n − 1)).
    fn covariances(&self, d: usize) -> (f64, f64) {
        let [first, second] = self.weights();
        let n = self.singles.len() as f64;
        let left = n - 2.0 * d as f64;
        let share = if n > 1.0 { (left * left - n) / (n * (n - 1.0)) } else { 0.0 };
        (first * left / n.max(1.0), second * share)
    }

    /// The loss's parts of degree 1 and 2 at some masks, at most [`LANES`].
    pub fn degrees(&self, masks: &[Mask]) -> (Lanes, Lanes) {
        let mut signs = vec![[1.0; LANES]; self.singles.len()];
        for (lane, mask) in masks.iter().enumerate() {
            for (i, signs) in signs.iter_mut().enumerate() {
                signs[lane] = if mask.is_on(i) { -1.0 } else { 1.0 };
            }
        }
        Arch::new().dispatch(Degrees { exact: self, signs: &signs })
    }
}

struct Degrees<'a> {
    exact: &'a Exact<'a>,
    /// Of every node at every mask.
    signs: &'a [Lanes],
}

impl WithSimd for Degrees<'_> {
    type Output = (Lanes, Lanes);

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> (Lanes, Lanes) {
        let n = self.signs.len();
        let (mut first, mut second) = ([0.0; LANES], [0.0; LANES]);
        for (i, signs) in self.signs.iter().enumerate() {
            let mut line = [0.0; LANES];
            let sums = S::as_mut_simd_f64s(&mut line).0;
            let row = &self.exact.pairs[i * n..(i + 1) * n];
            for (f, others) in row[i + 1..].iter().zip(&self.signs[i + 1..]) {
                let f = simd.splat_f64s(*f);
                for (sum, other) in sums.iter_mut().zip(vector::<S>(others)) {
                    *sum = simd.add_f64s(*sum, simd.mul_f64s(f, *other));
                }
            }
            for k in 0..LANES {
                first[k] += self.exact.singles[i] * signs[k];
                second[k] += line[k] * signs[k];
            }
        }
        (first, second)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::walsh::krawtchouk_share;

    #[test]
    fn known_covariances_are_those_of_krawtchouk_polynomials() {
        for n in [1, 2, 3, 20, 51] {
            let mut pairs = vec![0.0; n * n];
            pairs[(n - 1).min(1)] = if n > 1 { 0.5 } else { 0.0 };
            let mut singles = vec![0.0; n];
            singles[0] = 2.0;
            let exact = Exact { mean: 0.0, singles, pairs: &pairs };
            for d in 0..=n {
                let (first, second) = exact.covariances(d);
                assert!((first - 4.0 * krawtchouk_share(n, 1, d)).abs() < 1e-14, "{n}, {d}");
                let expected = if n > 1 { 0.25 * krawtchouk_share(n, 2, d) } else { 0.0 };
                assert!((second - expected).abs() < 1e-14, "{n}, {d}");
            }
        }
    }

    #[test]
    fn distances_reach_from_0_to_half() {
        for n in [1, 2, 5, 20, 40, 41, 42, 43, 64, 300, 513, 1000] {
            let all = distances(n);
            assert!(all.windows(2).all(|pair| pair[0] < pair[1]), "{n}: {all:?}");
            assert_eq!((all[0], all[all.len() - 1]), (0, n / 2), "{n}");
            assert!(all.len() <= DISTANCES + 1, "{n}: {all:?}");
        }
    }
}
