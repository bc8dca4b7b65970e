//! Points at which many nodes add a little each: for these the product over nodes is the exponential of
//! a power series, whatever their number.
//!
//! With the coefficients γₖ of [`Gate`] and the power sums Sₖ = Σ aᵢᵏ, which depend neither on p nor on t,
//!
//! ln E_p e^{zs} = zk + Σₖ γₖ Sₖ zᵏ,
//!
//! as far as |z| max |aᵢ| stays below the radius of convergence. The largest nodes, if it does not, are
//! left to factors of their own. About z = c, Λ(c + it) is a polynomial in it with real coefficients, so
//! that its real and imaginary part are real polynomials in t², and their powers sums of few terms.
//!
//! **Truncation of t.** αᵢβᵢ = p(1 − p) e^{c aᵢ}/mᵢ² ≥ p(1 − p) wᵢ with wᵢ = e^{−c|aᵢ|}, as mᵢ ≤ max(1, e^{c aᵢ}).
//! For p ≤ ½ and aᵢ > 0, and for p ≥ ½ and aᵢ < 0, mᵢ is at most its value at p = ½, so that wᵢ =
//! 1/cosh²(c aᵢ/2). With xᵢ = wᵢ (1 − cos taᵢ) and −½ ln(1 − 2x) ≥ x + x², |Φ(t)| ≤ exp(−vC₁(t) − v²C₂(t)), v = p(1 −
//! p), C₁ = Σ xᵢ, C₂ = Σ xᵢ². Both are tabulated once a point for some c and both sides of p = ½; of a smaller c
//! they are larger. Between two places, δ apart, they are above the smaller of both less δ²/8 Σ wᵢ aᵢ² and δ²/8 Σ
//! 9/4 wᵢ² aᵢ², which bound their curvature.
//!
//! **Truncation of the series.** What is missing after degree K, with |z| ≤ c + t, changes a term by a
//! share of e^{rest} − 1; it is added up term by term.
//!
//! **Rounding.** Of γₖ Sₖ zᵏ, k + 1 multiplications and a sum by halves (at most 43 additions) are
//! rounded, 2k + 8 operations of the shift to c, and 3k/2 + 4 of Horner's rule: 5k + 60 of them at most.
//! Their weighted sum is a polynomial in c + t with positive coefficients, so convex, and lies below its chord.
//! The rest is as in the module above.

mod integral;
mod lambda;
mod rule;

use pulp::{Arch, Simd, WithSimd};

use super::Certified;
use super::aliasing::LARGEST_C;
use super::contour::padded;
use super::gate::{DEGREE, Gate, Series};
use super::margins::{self, Margin, sum};
use super::waves::{BLOCK, LANES, Lanes, ONE, vector, waves};
use crate::engine::exp::exp_of_negative;

use integral::Sum;
use rule::Choice;

/// With fewer nodes than this nothing is gained.
pub(super) const MANY: usize = 32;

/// How many 32nds of the nodes, the largest ones, have factors of their own.
const APART: [usize; 12] = [0, 1, 2, 4, 6, 8, 12, 16, 20, 24, 28, 32];

/// How far C₁(t) and C₂(t) are tabulated, where the kernel alone is below 1e-20, and how close its places are: so
/// that |Φ| falls far between several of them, but no further apart than the one and not more than the
/// other.
const REACH: f64 = 16.0;
const FURTHEST: f64 = 0.5;
const MOST_PLACES: f64 = 512.0;

/// They are tabulated for c up to [`LARGEST_C`], up to half of it, and so on.
const LEVELS: usize = 4;

/// Power sums of all nodes but the `first` largest.
struct Sums {
    first: usize,
    /// The largest |aᵢ| among them.
    largest: f64,
    /// Σ aᵢᵏ.
    signed: Series,
    /// Σ |aᵢ|ᵏ.
    sizes: Series,
    /// ln Σ |aᵢ|^{K+1} for K = 8, 16, …, [`DEGREE`].
    ln_beyond: [f64; DEGREE / 8],
}

/// A point, prepared for any p.
pub(super) struct Many {
    k: f64,
    /// The largest first.
    a: Vec<f64>,
    /// With more and more nodes left out, as [`APART`] has it.
    sums: Vec<Sums>,
    decay: Decay,
}

/// Lower bounds on C₁(t) and C₂(t).
struct Decay {
    /// δ.
    apart: f64,
    /// From t = 0, δ, 2δ, … to the last place, for each level, for p ≤ ½ and for p ≥ ½.
    bounds: [[Vec<[f64; 2]>; LEVELS]; 2],
}

impl Decay {
    /// The bounds for a c, and for p ≥ ½ or less. Nodes with the opposite sign change the sides of ½.
    #[inline(always)]
    fn at(&self, c: f64, is_above: bool) -> &[[f64; 2]] {
        let mut level = 0;
        while level + 1 < LEVELS && c <= LARGEST_C / f64::from(2u32 << level) {
            level += 1;
        }
        &self.bounds[usize::from(is_above)][level]
    }
}

impl Many {
    /// Of a point at which any node matters.
    pub fn new(margin: &Margin) -> Self {
        let mut a = margin.a.clone();
        a.sort_by(|x, y| y.abs().total_cmp(&x.abs()));
        let sums = Arch::new().dispatch(PowerSums { a: &a });
        let decay = Arch::new().dispatch(Tabulated { a: &a });
        Self { k: margin.k, a, sums, decay }
    }

    /// E_p of the point's loss; None if the series do not reach far enough.
    pub fn mean(&self, gate: &Gate, tolerance: f64) -> Option<Certified> {
        let [all, sizes] = [self.sums[0].signed[1], self.sums[0].sizes[1]];
        let (mean, rounded) = margins::mean(self.k, (all, sizes), self.a.len(), gate.p);
        let is_turned = mean > 0.0;
        let rule = Arch::new().dispatch(Choice { many: self, gate, is_turned, tolerance })?;
        let (sum, error) = Arch::new().dispatch(Sum { rule: &rule });
        let (shift, rounded) = if is_turned { (mean, rounded) } else { (0.0, 0.0) };
        let found = Certified { value: shift + sum, error: error + rounded };
        found.error.is_finite().then_some(found)
    }
}

struct PowerSums<'a> {
    /// The largest first.
    a: &'a [f64],
}

impl WithSimd for PowerSums<'_> {
    type Output = Vec<Sums>;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> Vec<Sums> {
        let a = self.a;
        let firsts = APART.map(|parts| a.len() * parts / 32);
        let new = |first: usize| Sums {
            first,
            largest: a.get(first).map_or(0.0, |a| a.abs()),
            signed: [0.0; DEGREE + 8],
            sizes: [0.0; DEGREE + 8],
            ln_beyond: [0.0; DEGREE / 8],
        };
        let mut all: Vec<Sums> = firsts.into_iter().map(new).collect();
        let mut powers = vec![1.0; a.len()];
        let mut sizes = vec![1.0; a.len()];
        for k in 1..DEGREE + 2 {
            for i in 0..a.len() {
                powers[i] *= a[i];
                sizes[i] = powers[i].abs();
            }
            let (mut signed, mut size, mut end) = (0.0, 0.0, a.len());
            for sums in all.iter_mut().rev() {
                signed += sum(&powers[sums.first..end]);
                size += sum(&sizes[sums.first..end]);
                end = sums.first;
                sums.signed[k] = signed;
                sums.sizes[k] = size;
                if k > 8 && k % 8 == 1 {
                    sums.ln_beyond[k / 8 - 1] = size.max(f64::MIN_POSITIVE).ln();
                }
            }
        }
        all
    }
}

struct Tabulated<'a> {
    a: &'a [f64],
}

impl WithSimd for Tabulated<'_> {
    type Output = Decay;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> Decay {
        /// What is lost in rounding is far below this.
        const ROUNDED: f64 = 1e-6;
        let groups = padded(self.a, 1.0);
        let mut all = [0.0; LANES];
        for a in &groups {
            for k in 0..LANES {
                all[k] += a[k] * a[k];
            }
        }
        let step = (4.0 / all.iter().sum::<f64>().sqrt()).clamp(REACH / MOST_PLACES, FURTHEST);
        let places = ((REACH / step) as usize + 1).next_multiple_of(BLOCK);
        let mut sums = vec![[[[[0.0; LANES]; 2]; LEVELS]; 2]; places];
        let mut curvature = [[[0.0; 2]; LEVELS]; 2];
        let mut turned = vec![ONE; places];
        for a in &groups {
            let mut weights = [[[0.0; LANES]; LEVELS]; 2];
            for level in 0..LEVELS {
                let c = LARGEST_C / f64::from(1u32 << level);
                for k in 0..LANES {
                    let small = exp_of_negative(-c * a[k].abs());
                    let large = 4.0 * small / ((1.0 + small) * (1.0 + small));
                    let of = if a[k] > 0.0 { [large, small] } else { [small, large] };
                    for side in 0..2 {
                        weights[side][level][k] = of[side];
                        let curved = of[side] * a[k] * a[k];
                        curvature[side][level][0] += curved;
                        curvature[side][level][1] += 2.25 * of[side] * curved;
                    }
                }
            }
            waves(simd, a, step, &mut turned);
            for (sums, (cos, _)) in sums.iter_mut().zip(&turned) {
                for (sums, weights) in sums.iter_mut().flatten().zip(weights.iter().flatten()) {
                    add(simd, weights, cos, sums);
                }
            }
        }
        let bound = |side: usize, level: usize| {
            let curved = curvature[side][level].map(|most| step * step / 8.0 * most + ROUNDED);
            let mut least = [f64::INFINITY; 2];
            let mut bounds = vec![[0.0; 2]; places];
            for (bound, sums) in bounds.iter_mut().zip(&sums).rev() {
                for (power, lanes) in sums[side][level].iter().enumerate() {
                    least[power] = least[power].min(sum(lanes));
                    bound[power] = (least[power] - curved[power]).max(0.0);
                }
            }
            bounds
        };
        let bounds = [0, 1].map(|side| std::array::from_fn(|level| bound(side, level)));
        Decay { apart: step, bounds }
    }
}

/// Adds xᵢ and xᵢ² of weights and cosines.
#[inline(always)]
fn add<S: Simd>(simd: S, weights: &Lanes, cos: &Lanes, sums: &mut [Lanes; 2]) {
    let [first, second] = sums.each_mut().map(|lanes| S::as_mut_simd_f64s(lanes).0);
    let (weights, cos) = (vector::<S>(weights), vector::<S>(cos));
    for k in 0..weights.len() {
        let x = simd.mul_f64s(weights[k], simd.sub_f64s(simd.splat_f64s(1.0), cos[k]));
        first[k] = simd.add_f64s(first[k], x);
        second[k] = simd.mul_add_e_f64s(x, x, second[k]);
    }
}

#[cfg(test)]
mod tests;
