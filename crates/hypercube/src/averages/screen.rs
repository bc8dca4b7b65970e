//! Which steps of an integral are needed, from the moduli of some factors.

use pulp::Simd;

use super::contour::{Group, Integrand};
use super::waves::{BLOCK, LANES, Lanes, ONE, waves};

/// Groups of factors that are taken at a time, the first ones those that are small soonest.
const ROUND: usize = 3;

/// Above what rounding makes of the square of a modulus.
const ROUNDED: f64 = 1e-9;

/// The factors whose moduli bound |Φ|: |α + β e^{ita}|² = 1 − 2αβ (1 − cos ta).
pub(super) struct Screen {
    /// a and 2αβ.
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
        if factors.len() > ROUND * LANES {
            let weight = |f: &(f64, f64)| f.0 * f.0 * f.1;
            factors.select_nth_unstable_by(ROUND * LANES, |f, g| weight(g).total_cmp(&weight(f)));
        }
        let lanes = |chunk: &[(f64, f64)]| {
            (std::array::from_fn(|k| chunk[k].0), std::array::from_fn(|k| chunk[k].1))
        };
        Self { factors: factors.chunks_exact(LANES).map(lanes).collect(), of }
    }

    /// Which of the steps at which the kernel is given are needed; they are a multiple of [`BLOCK`].
    ///
    /// Factors are taken until they leave out few steps more.
    #[inline(always)]
    pub fn steps<S: Simd>(&self, simd: S, h: f64, kernel: &[(f64, f64)], share: f64) -> Kept {
        let mut steps = kernel.len();
        let mut moduli = vec![Modulus::new(); steps];
        let mut bounds = vec![0.0; steps];
        let mut turned = vec![ONE; steps];
        let mut left_out = 0.0;
        for factors in self.factors.chunks(ROUND) {
            for (a, twice) in factors {
                waves(simd, a, h, &mut turned[..steps]);
                for (modulus, (cos, _)) in moduli.iter_mut().zip(&turned[..steps]) {
                    modulus.multiply(twice, cos, self.of.replaced);
                }
            }
            for j in 0..steps {
                let (re, im) = kernel[j];
                let square = moduli[j].square(self.of.replaced);
                bounds[j] = ((re * re + im * im) * square).sqrt();
            }
            let before = steps;
            while steps > BLOCK {
                let more = left_out + bounds[steps - BLOCK..steps].iter().sum::<f64>();
                if more > share {
                    break;
                }
                (left_out, steps) = (more, steps - BLOCK);
            }
            if steps > before - before / 8 {
                break;
            }
        }
        let kept = bounds[..steps].iter().enumerate();
        Kept {
            steps,
            left_out,
            size: bounds[..steps].iter().sum(),
            size_by_t: kept.map(|(j, bound)| h * j as f64 * bound).sum(),
        }
    }
}

/// A bound on |Φ|² at one step, lane by lane.
#[derive(Clone)]
struct Modulus {
    product: Lanes,
    /// The smallest factors of each lane, which are not in the product as they may be replaced.
    smallest: [Lanes; 2],
}

impl Modulus {
    fn new() -> Self {
        Self { product: [1.0; LANES], smallest: [[1.0; LANES]; 2] }
    }

    /// Multiplies by a factor's.
    #[inline(always)]
    fn multiply(&mut self, twice: &Lanes, cos: &Lanes, replaced: usize) {
        for k in 0..LANES {
            let mut square = (1.0 + ROUNDED - twice[k] * (1.0 - cos[k])).clamp(0.0, 1.0);
            for kept in &mut self.smallest[..replaced] {
                let other = kept[k];
                kept[k] = other.min(square);
                square = other.max(square);
            }
            self.product[k] *= square;
        }
    }

    /// Of all lanes, without the smallest factors.
    #[inline(always)]
    fn square(&self, replaced: usize) -> f64 {
        let (mut square, mut smallest) = (self.product, self.smallest);
        for _ in 0..replaced {
            let kept = smallest[..replaced].iter_mut().flatten();
            let least = kept.min_by(|x, y| x.total_cmp(y));
            least.into_iter().for_each(|least| *least = 1.0);
        }
        for lanes in &smallest[..replaced] {
            for k in 0..LANES {
                square[k] *= lanes[k];
            }
        }
        let [a, b, c, d, e, f, g, h] = square;
        ((a * b) * (c * d)) * ((e * f) * (g * h))
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
