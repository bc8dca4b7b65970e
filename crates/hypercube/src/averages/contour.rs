//! Where the integral is summed, and how far the sum can be off; the module above has the derivation.

use std::f64::consts::{PI, TAU};

use pulp::{Arch, Simd, WithSimd};

use super::aliasing::{Aliasing, Exponent, beside};
use super::margins::Margin;
use super::screen::Screen;
use super::waves::{LANES, Lanes, WAVE_ERROR, tilt, wave};
use crate::engine::exp::exp_of_negative;

/// More steps than this are not taken, whatever that leaves of the error.
const MOST_STEPS: usize = 1 << 16;

/// What is averaged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Integrand {
    pub kernel: Kernel,
    /// How many nodes' factors may be replaced by others of modulus 1 or less.
    pub replaced: usize,
}

/// Which kernel the integral has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kernel {
    /// π/(z sin πz): the loss.
    Loss,
    /// π/sin πz: its derivative by the margin.
    Logistic,
}

impl Kernel {
    /// 1/π ∫_T^∞ of a bound on |K|.
    pub fn tail(self, end: f64) -> f64 {
        let logistic = 2.0 * (-PI * end).exp() / (PI * (1.0 - (-TAU * end).exp()));
        match self {
            Self::Loss => logistic / end,
            Self::Logistic => logistic,
        }
    }

    /// K(c + it) e^{itk}/π at t = 0, h, 2h, …, `[steps]`, of which a multiple of [`LANES`] is made.
    ///
    /// With e = e^{−πt}, sin πz = (sin πc (1 + e²) + i cos πc (1 − e²))/2e.
    #[inline(always)]
    fn at(self, (c, k): (f64, f64), h: f64, steps: usize) -> Vec<(f64, f64)> {
        let mut all = vec![(0.0, 0.0); steps.next_multiple_of(LANES)];
        let (sin_c, cos_c) = (PI * c).sin_cos();
        for (block, all) in all.as_chunks_mut::<LANES>().0.iter_mut().enumerate() {
            let places: Lanes = std::array::from_fn(|lane| h * (block * LANES + lane) as f64);
            let (cos, sin) = wave(&places, k);
            for (lane, t) in places.into_iter().enumerate() {
                let e = exp_of_negative(-PI * t);
                let (x, y) = (0.5 * sin_c * (1.0 + e * e), 0.5 * cos_c * (1.0 - e * e));
                let (x, y) = match self {
                    Self::Loss => (c * x - t * y, c * y + t * x),
                    Self::Logistic => (x, y),
                };
                let size = e / (x * x + y * y);
                all[lane] = (
                    size * (cos[lane] * x + sin[lane] * y),
                    size * (sin[lane] * x - cos[lane] * y),
                );
            }
        }
        all
    }
}

/// Eight nodes of the last hidden layer, padded with some that do nothing.
#[derive(Clone, Copy, Debug)]
pub(super) struct Group {
    /// What each adds to the margin.
    pub a: Lanes,
    /// α, its tilted probability of being off.
    pub alpha: Lanes,
    /// β, that of being on.
    pub beta: Lanes,
}

/// The trapezoid rule for one point.
#[derive(Clone, Debug)]
pub(super) struct Contour {
    pub p: f64,
    /// Step of t.
    pub h: f64,
    /// e^{Λ(c)} h K(c + it) e^{itk}/π at every step from t = 0 on, a multiple of [`super::waves::BLOCK`]; half of it at
    /// t = 0, which both signs of t share.
    pub kernel: Vec<(f64, f64)>,
    /// Whether this is about −s. The integrand of a mean far above 0 would be a small difference of
    /// large numbers; softplus(s) = s + softplus(−s).
    pub is_turned: bool,
    /// The nodes, in the margin's order.
    pub groups: Vec<Group>,
    /// Bound on the error of the mean.
    pub error: f64,
}

impl Contour {
    /// The rule for a margin, with an error below `tolerance` if it can be.
    pub fn new(margin: &Margin, p: f64, tolerance: f64, of: Integrand) -> Self {
        Arch::new().dispatch(Choice { margin, p, tolerance, of })
    }

    #[inline(always)]
    fn choose<S: Simd>(simd: S, Choice { margin, p, tolerance, of }: Choice) -> Self {
        let is_turned = margin.mean(p) > 0.0;
        let sign = if is_turned { -1.0 } else { 1.0 };
        let terms = Terms { k: sign * margin.k, a: padded(&margin.a, sign), p };
        let c = terms.lowest();
        let log_scale = terms.log_mean_exp(c);
        // Rounding takes more than the second one.
        let share = (tolerance / 4.0).max(1e-17 * log_scale.exp());
        let beside = beside(c).map(|other| (other, terms.log_mean_exp(other)));
        let aliasing = Aliasing::new(c, &beside, share.ln());
        // T from e^{Λ − πT} ≤ share, one step further.
        let end = ((log_scale - share.ln()) / PI).max(1.0);
        // Capped as a float: of margins beyond all measure it is no whole number.
        let steps = (end * aliasing.period / TAU).ceil().min(MOST_STEPS as f64 - 1.0) as usize + 1;
        let h = TAU / aliasing.period;
        let groups = terms.tilted(c);
        // What comes after these steps is, step by step, less than the integral from one step before.
        let beyond = log_scale.exp() * of.kernel.tail(h * (steps - 1) as f64);
        let mut kernel = of.kernel.at((c, terms.k), h, steps);
        let scale = log_scale.exp() * h;
        kernel.iter_mut().for_each(|(re, im)| (*re, *im) = (scale * *re, scale * *im));
        let kept = Screen::new(&groups, of).steps(simd, h, &kernel, share);
        kernel.truncate(kept.steps);
        kernel[0] = (0.5 * kernel[0].0, 0.5 * kernel[0].1);
        let lost = terms.lost(&groups, margin.a.len(), c);
        // The terms are added up, of pairs real and imaginary parts apart, with two ratios and their product.
        let at_once = lost.at_once + (2 * kept.steps + 30) as f64;
        let rounding = 0.5 * f64::EPSILON * (at_once * kept.size + lost.by_t * kept.size_by_t);
        let error = aliasing.error + beyond + kept.left_out + rounding;
        // Of margins that spread too widely nothing is known.
        let error = if error.is_finite() { error } else { f64::INFINITY };
        Self { p, h, kernel, is_turned, groups, error }
    }
}

/// What a rule is for.
struct Choice<'a> {
    margin: &'a Margin,
    p: f64,
    tolerance: f64,
    of: Integrand,
}

// A closure would be called, and compiled without vector instructions.
impl WithSimd for Choice<'_> {
    type Output = Contour;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> Contour {
        Contour::choose(simd, self)
    }
}

/// Numbers in groups of lanes, times a sign, and zeros at the end.
pub(super) fn padded(a: &[f64], sign: f64) -> Vec<Lanes> {
    let group = |chunk: &[f64]| {
        let mut lanes = [0.0; LANES];
        lanes.iter_mut().zip(chunk).for_each(|(lane, a)| *lane = sign * a);
        lanes
    };
    a.chunks(LANES).map(group).collect()
}

/// What rounding takes from a term of modulus 1, in units of 2^−53: a part that is the same at every t, and
/// one that grows with t.
pub(super) struct Lost {
    pub at_once: f64,
    pub by_t: f64,
}

/// A margin's terms in groups of lanes, and the probability of a node to be on.
pub(super) struct Terms {
    pub k: f64,
    pub a: Vec<Lanes>,
    pub p: f64,
}

impl Terms {
    /// Λ(c) = ln E e^{cs}.
    #[inline(always)]
    pub fn log_mean_exp(&self, c: f64) -> f64 {
        /// Products below this are replaced by their logarithms; that of eight others is no less than 1e-280.
        const LOW: f64 = 1e-35;
        // Logarithms of products of many factors, none above 1; the exponents of larger ones are added
        // by themselves.
        let (mut sum, mut product) = ([0.0; LANES], [1.0f64; LANES]);
        let mut logarithms = c * self.k;
        for a in &self.a {
            for k in 0..LANES {
                let e = c * a[k];
                let small = exp_of_negative(-e.abs());
                let (on, off) = if e > 0.0 {
                    (self.p, (1.0 - self.p) * small)
                } else {
                    (self.p * small, 1.0 - self.p)
                };
                sum[k] += e.max(0.0);
                product[k] *= on + off;
            }
            if product.iter().any(|&x| x < LOW) {
                logarithms += product.iter().map(|x| x.ln()).sum::<f64>();
                product = [1.0; LANES];
            }
        }
        logarithms + sum.iter().sum::<f64>() + product.iter().product::<f64>().ln()
    }

    /// What rounding takes.
    #[inline(always)]
    pub fn lost(&self, groups: &[Group], nodes: usize, c: f64) -> Lost {
        let (mut at_once, mut by_t) = ([0.0; LANES], [0.0; LANES]);
        for group in groups {
            for k in 0..LANES {
                let a = group.a[k].abs();
                at_once[k] += group.beta[k] * WAVE_ERROR + c * a;
                by_t[k] += group.beta[k] * 2.0 * a;
            }
        }
        Lost {
            at_once: at_once.iter().sum::<f64>()
                + 8.0 * (nodes + 1) as f64
                + 2.0 * c * self.k.abs(),
            by_t: by_t.iter().sum::<f64>() + 2.0 * self.k.abs(),
        }
    }

    /// All nodes with their tilted probabilities.
    #[inline(always)]
    pub fn tilted(&self, c: f64) -> Vec<Group> {
        let mut groups = Vec::with_capacity(self.a.len());
        for a in &self.a {
            let (mut alpha, mut beta) = ([0.0; LANES], [0.0; LANES]);
            for k in 0..LANES {
                (alpha[k], beta[k]) = tilt(self.p, c, a[k]);
            }
            groups.push(Group { a: *a, alpha, beta });
        }
        groups
    }
}

impl Exponent for Terms {
    #[inline(always)]
    fn derivatives(&self, c: f64) -> (f64, f64) {
        let (mut mean, mut variance) = ([0.0; LANES], [0.0; LANES]);
        for a in &self.a {
            for k in 0..LANES {
                let (alpha, beta) = tilt(self.p, c, a[k]);
                mean[k] += beta * a[k];
                variance[k] += alpha * beta * a[k] * a[k];
            }
        }
        (self.k + mean.iter().sum::<f64>(), variance.iter().sum::<f64>())
    }
}
