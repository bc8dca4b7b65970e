//! Bounds on errors against exact distributions: where all aᵢ are whole multiples of one number, so is what
//! they add up to, and its distribution follows node by node from sums of positive numbers.

use rand::RngExt;

use super::gate::Gate;
use super::many::{MANY, Many};
use super::*;

/// A point's margin k + δ Σ bᵢ mᵢ with whole mᵢ.
struct Whole {
    k: f64,
    delta: f64,
    m: Vec<i32>,
}

impl Whole {
    /// Random, with Σ mᵢ² δ² = `logits`² and the mean `middle` over all masks.
    fn random(n: usize, logits: f64, middle: f64, seed: u64) -> Self {
        let mut rng = crate::stream(seed, 97, 0);
        let m: Vec<i32> = (0..n)
            .map(|_| (1 + rng.random_range(0..19)) * if rng.random() { 1 } else { -1 })
            .collect();
        let squares = m.iter().map(|m| f64::from(m * m)).sum::<f64>();
        let delta = logits / squares.sqrt();
        let k = middle - 0.5 * delta * f64::from(m.iter().sum::<i32>());
        Self { k, delta, m }
    }

    fn margin(&self) -> Margin {
        let a = self.m.iter().map(|&m| self.delta * f64::from(m)).collect();
        Margin { k: self.k, nodes: (0..self.m.len() as u32).collect(), a }
    }

    /// The least of Σ bᵢ mᵢ.
    fn least(&self) -> i32 {
        self.m.iter().map(|m| m.min(&0)).sum()
    }

    /// The probability of every value of Σ bᵢ mᵢ from the least one on, without some nodes.
    fn shares(&self, p: f64, without: &[usize]) -> Vec<f64> {
        let range: i32 = self.m.iter().map(|m| m.abs()).sum();
        let mut shares = vec![0.0; range as usize + 1];
        shares[-self.least() as usize] = 1.0;
        for (_, &m) in self.m.iter().enumerate().filter(|(i, _)| !without.contains(i)) {
            let on = |at: usize| shares.get((at as i32 - m) as usize).copied().unwrap_or(0.0);
            shares = (0..shares.len()).map(|at| (1.0 - p) * shares[at] + p * on(at)).collect();
        }
        shares
    }

    /// The mean loss, with `more` added to Σ bᵢ mᵢ.
    fn mean(&self, shares: &[f64], more: i32) -> f64 {
        let first = self.least() + more;
        let term = |(at, share): (usize, &f64)| {
            share * softplus(self.k + self.delta * f64::from(at as i32 + first))
        };
        margins::sum(&shares.iter().enumerate().map(term).collect::<Vec<f64>>())
    }
}

/// What the oracle itself is off by, as a share of a mean.
const ROUNDED: f64 = 1e-14;

#[test]
fn bounds_hold_however_large_the_logits() {
    for n in [12, 512] {
        for logits in [1.0, 30.0, 100.0, 1000.0] {
            for (seed, middle) in [(1, 0.0), (2, -2.0), (3, 0.4 * logits)] {
                let whole = Whole::random(n, logits, middle, seed);
                let margin = whole.margin();
                let averages =
                    Averages { n, margins: vec![margin.clone()], added: Added::nothing(n) };
                for p in [0.01, 0.3, 0.95] {
                    let exact = whole.mean(&whole.shares(p, &[]), 0);
                    let tolerance = averages.tolerance(p);
                    let series = (n >= MANY)
                        .then(|| Many::new(&margin).mean(&Gate::new(p), tolerance))
                        .flatten();
                    for found in [Some(averages.mean_loss(p)), series].into_iter().flatten() {
                        let apart = (found.value - exact).abs();
                        assert!(
                            apart <= found.error + ROUNDED * exact,
                            "{n}, {logits}, {middle}, {p}: {found:?} {exact}"
                        );
                    }
                }
                let (banzhaf, pairs) = (averages.banzhaf(), averages.pairs(|_| ()));
                let (i, j) = (1, n - 2);
                let (a, b) = (whole.m[i], whole.m[j]);
                let shares = whole.shares(0.5, &[i]);
                let effect = whole.mean(&shares, a) - whole.mean(&shares, 0);
                let shares = whole.shares(0.5, &[i, j]);
                let [both, first, second, none] =
                    [a + b, a, b, 0].map(|more| whole.mean(&shares, more));
                let pair = 0.25 * (both - first - second + none);
                let rounded = ROUNDED * (both.max(first).max(second) + none);
                for (found, exact, error) in [
                    (banzhaf.values[i], effect, banzhaf.error),
                    (pairs.values[i * n + j], pair, pairs.error),
                ] {
                    assert!(
                        (found - exact).abs() <= error + rounded,
                        "{n}, {logits}, {middle}: {found} {exact} ± {error:e}"
                    );
                }
            }
        }
    }
}
