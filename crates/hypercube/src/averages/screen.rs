//! Which steps of an integral are needed, from the moduli of some factors.

use pulp::Simd;

use super::contour::{Group, Integrand};
use super::waves::{BLOCK, LANES, Lanes, ONE, waves};

/// Factors whose moduli bound |Φ|.
const SCREENED: usize = 24;

/// Some factors, whose moduli bound |Φ|: |α + β e^{ita}|² = 1 − 2αβ (1 − cos ta).
pub(super) struct Screen {
    /// a and 2αβ of those that are small soonest.
    factors: Vec<(Lanes, Lanes)>,
    of: Integrand,
}

impl Screen {
    #[inline(always)]
    pub fn new(groups: &[Group], of: Integrand) -> Self {
        let mut factors: Vec<(f64, f64)> = Vec::with_capacity(groups.len() * LANES);
        for group in groups {
            for k in 0..LANES {
                factors.push((group.a[k], 2.0 * group.alpha[k] * group.beta[k]));
            }
        }
        if factors.len() > SCREENED {
            let weight = |f: &(f64, f64)| f.0 * f.0 * f.1;
            factors.select_nth_unstable_by(SCREENED, |f, g| weight(g).total_cmp(&weight(f)));
            factors.truncate(SCREENED);
        }
        let lanes = |chunk: &[(f64, f64)]| {
            (std::array::from_fn(|k| chunk[k].0), std::array::from_fn(|k| chunk[k].1))
        };
        Self { factors: factors.chunks_exact(LANES).map(lanes).collect(), of }
    }

    /// Which of the steps at which the kernel is given are needed.
    #[inline(always)]
    pub fn steps<S: Simd>(&self, simd: S, h: f64, kernel: &[(f64, f64)], share: f64) -> Kept {
        let most = kernel.len();
        // Bounds on |Φ|², and the smallest factors of each lane, kept aside where they may be replaced.
        let mut squares = vec![[1.0f64; LANES]; most];
        let mut smallest = [vec![[1.0f64; LANES]; most], vec![[1.0f64; LANES]; most]];
        let smallest = &mut smallest[..self.of.replaced];
        let mut turned = vec![ONE; most];
        for (a, twice) in &self.factors {
            waves(simd, a, h, &mut turned);
            for (t, (cos, _)) in turned.iter().enumerate() {
                for k in 0..LANES {
                    let mut square = (1.0 - twice[k] * (1.0 - cos[k])).clamp(0.0, 1.0);
                    for kept in smallest.iter_mut() {
                        let other = kept[t][k];
                        kept[t][k] = other.min(square);
                        square = other.max(square);
                    }
                    squares[t][k] *= square;
                }
            }
        }
        let mut bounds = vec![0.0; most];
        for (j, bound) in bounds.iter_mut().enumerate() {
            let mut square = squares[j];
            if self.of.replaced > 0 {
                // Of those kept aside in the lanes only the smallest of all may be replaced.
                for _ in 0..self.of.replaced {
                    let kept = smallest.iter_mut().flat_map(|lanes| &mut lanes[j]);
                    let least = kept.min_by(|x, y| x.total_cmp(y));
                    least.into_iter().for_each(|least| *least = 1.0);
                }
                for lanes in smallest.iter() {
                    for k in 0..LANES {
                        square[k] *= lanes[j][k];
                    }
                }
            }
            let [a, b, c, d, e, f, g, h] = square;
            let (re, im) = kernel[j];
            *bound = ((re * re + im * im) * (((a * b) * (c * d)) * ((e * f) * (g * h)))).sqrt();
        }
        let (mut left_out, mut needed) = (0.0, most);
        while needed > 0 && left_out + bounds[needed - 1] <= share {
            needed -= 1;
            left_out += bounds[needed];
        }
        let steps = needed.next_multiple_of(BLOCK).max(BLOCK);
        let kept = bounds[..steps].iter().enumerate();
        Kept {
            steps,
            left_out,
            size: bounds[..steps].iter().sum(),
            size_by_t: kept.map(|(j, bound)| h * j as f64 * bound).sum(),
        }
    }
}

/// The steps that are summed, and bounds.
pub(super) struct Kept {
    pub steps: usize,
    /// On what the others would add.
    pub left_out: f64,
    /// On the sum of the terms' moduli.
    pub size: f64,
    /// On that of the moduli times t.
    pub size_by_t: f64,
}
