//! The loss of one point as a sum of cosines of its margin, and how far off that is.

use std::f64::consts::{LN_2, PI, TAU};

use pulp::{Arch, Simd, WithSimd};

use super::{HIGHER_EVEN, HIGHER_ODD, PARTS, one_node};
use crate::averages::contour::Kernel;
use crate::averages::margins::Margin;
use crate::averages::waves::{LANES, Lanes};

/// More steps than this are not taken: what asks for them is refused for its cost.
const MOST_STEPS: f64 = 1e6;

/// Half of the spacing of the floating-point numbers at 1.
pub(super) const UNIT: f64 = 0.5 * f64::EPSILON;

/// Where the cosines of a point lie.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rule {
    /// Step of t.
    h: f64,
    /// How many there are, a multiple of [`LANES`]; none where fewer than two nodes matter, for then the
    /// loss has no degree above 1.
    pub steps: usize,
    /// Bound on the root mean square over masks of what aliasing and the missing cosines are off.
    error: f64,
}

impl Rule {
    /// With an error of about `share`, in nats.
    pub fn new(margin: &Margin, share: f64) -> Self {
        if margin.a.len() < 2 {
            return Self { h: 1.0, steps: 0, error: 0.0 };
        }
        let aliasing = |k: i32| Aliasing::new(margin, 0.5f64.powi(k), share);
        let fewest = |best: Aliasing, other: Aliasing| {
            if other.period < best.period { other } else { best }
        };
        let aliasing = (1..20).map(aliasing).fold(aliasing(0), fewest);
        let h = TAU / aliasing.period;
        let steps = (-share.ln() / PI).max(1.0) / h;
        let steps = (steps.min(MOST_STEPS) as usize + 1).next_multiple_of(LANES);
        let error = aliasing.error + Kernel::Loss.tail(h * steps as f64);
        Self { h, steps, error }
    }
}

/// The period l of the cosines' sum, up to its sign, and a bound on its aliasing.
struct Aliasing {
    period: f64,
    error: f64,
}

impl Aliasing {
    /// From E e^{2c|s|} ≤ E e^{2cs} + E e^{−2cs} = 2 cosh(2cμ) Π cosh(c aᵢ), for one 0 < c ≤ 1.
    fn new(margin: &Margin, c: f64, share: f64) -> Self {
        let ln_cosh = |x: f64| x.abs() + (-2.0 * x.abs()).exp().ln_1p() - LN_2;
        let nodes = margin.a.iter().map(|a| ln_cosh(c * a)).sum::<f64>();
        let ln_size = 0.5 * (LN_2 + ln_cosh(2.0 * c * margin.mean(0.5)) + nodes);
        let period = ((ln_size - (c * share).ln()) / c).max(1.0 / c);
        let decay = c * period;
        Self { period, error: (ln_size - decay).exp() / (c * (1.0 - (-decay).exp())) }
    }
}

/// A point's cosines: its loss is −Σ ω cos(ts), but for a function that is affine in the mask.
pub(super) struct Cosines {
    /// The nodes with aᵢ ≠ 0.
    pub nodes: Vec<u32>,
    /// cos(t aᵢ/2) and sin(t aᵢ/2) of every node, for [`LANES`] values of t after the other,
    /// `[steps / LANES, nodes]`.
    pub waves: Vec<(Lanes, Lanes)>,
    /// ω cos(tμ), `[steps / LANES]`.
    pub even: Vec<Lanes>,
    /// ω sin(tμ).
    pub odd: Vec<Lanes>,
    /// ω.
    pub omega: Vec<Lanes>,
    /// Σ ω from each group of lanes on, and 0 after the last, `[steps / LANES + 1]`.
    pub beyond: Vec<f64>,
    /// Bound on the root mean square over masks of the error of the whole.
    pub error: f64,
    /// Xₖ, for every part.
    pub sizes: [f64; PARTS],
}

impl Cosines {
    pub fn new(margin: &Margin, rule: &Rule) -> Self {
        let (mean, rounded) = margin.certified_mean(0.5);
        let blocks = rule.steps / LANES;
        let (mut even, mut odd) = (vec![[0.0; LANES]; blocks], vec![[0.0; LANES]; blocks]);
        let mut omega = even.clone();
        let mut waves = Vec::with_capacity(blocks * margin.a.len());
        let mut by_t = 0.0;
        for block in 0..blocks {
            let t: Lanes =
                std::array::from_fn(|lane| (0.5 + (block * LANES + lane) as f64) * rule.h);
            for lane in 0..LANES {
                let weight = rule.h / (t[lane] * (PI * t[lane]).sinh());
                let (sin, cos) = (t[lane] * mean).sin_cos();
                omega[block][lane] = weight;
                even[block][lane] = weight * cos;
                odd[block][lane] = weight * sin;
                by_t += weight * t[lane];
            }
            for a in &margin.a {
                let (mut cos, mut sin) = ([0.0; LANES], [0.0; LANES]);
                for lane in 0..LANES {
                    (sin[lane], cos[lane]) = (t[lane] * (0.5 * a)).sin_cos();
                }
                waves.push((cos, sin));
            }
        }
        let mut beyond = vec![0.0; blocks + 1];
        for block in (0..blocks).rev() {
            beyond[block] = beyond[block + 1] + omega[block].iter().sum::<f64>();
        }
        // What rounding of t and of the angles changes; that of cosines and sums comes later.
        let reach = mean.abs() + 0.5 * margin.a.iter().map(|a| a.abs()).sum::<f64>();
        let error = rule.error + by_t * (UNIT * (4.0 * reach + 13.0) + rounded);
        let mut of = Self {
            nodes: margin.nodes.clone(),
            waves,
            even,
            odd,
            omega,
            beyond,
            error: if error.is_finite() { error } else { f64::INFINITY },
            sizes: [0.0; PARTS],
        };
        of.sizes = Arch::new().dispatch(Sizes(&of));
        of
    }

    /// The waves of all nodes at the same [`LANES`] values of t.
    pub fn block(&self, block: usize) -> &[(Lanes, Lanes)] {
        &self.waves[block * self.nodes.len()..][..self.nodes.len()]
    }
}

/// Xₖ = Σ |ω cos(tμ)| √Qₖ(t), or with the sine where k is odd.
struct Sizes<'a>(&'a Cosines);

impl WithSimd for Sizes<'_> {
    type Output = [f64; PARTS];

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> Self::Output {
        let mut sizes = [0.0; PARTS];
        for (block, (even, odd)) in self.0.even.iter().zip(&self.0.odd).enumerate() {
            for v in 0..LANES / S::F64_LANES {
                let mut parts = [simd.splat_f64s(0.0); PARTS];
                parts[0] = simd.splat_f64s(1.0);
                for (cos, sin) in self.0.block(block) {
                    let (c, s) = (S::as_simd_f64s(cos).0[v], S::as_simd_f64s(sin).0[v]);
                    one_node(simd, &mut parts, simd.mul_f64s(c, c), simd.mul_f64s(s, s));
                }
                for (k, part) in parts.iter().enumerate() {
                    let mut squares = [0.0; LANES];
                    S::as_mut_simd_f64s(&mut squares).0[0] = *part;
                    let weights = if is_odd(k) { odd } else { even };
                    let weights = weights[v * S::F64_LANES..][..S::F64_LANES].iter();
                    sizes[k] += weights.zip(squares).map(|(w, q)| w.abs() * q.sqrt()).sum::<f64>();
                }
            }
        }
        sizes
    }
}

/// Whether a part's degrees are odd.
pub(super) fn is_odd(part: usize) -> bool {
    match part {
        HIGHER_ODD => true,
        HIGHER_EVEN => false,
        degree => degree % 2 == 1,
    }
}
