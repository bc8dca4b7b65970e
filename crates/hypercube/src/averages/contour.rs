//! Where the integral is summed, and how far the sum can be off.
//!
//! With the tilted probabilities βᵢ = p e^{c aᵢ}/mᵢ, αᵢ = 1 − βᵢ, mᵢ = 1 − p + p e^{c aᵢ}, the mean
//! is
//!
//! E softplus(s) = e^{Λ(c)}/2π ∫ Φ(t) K(c + it) dt, Λ(c) = ln E e^{cs} = ck + Σ ln mᵢ,
//! Φ(t) = e^{itk} Π (αᵢ + βᵢ e^{it aᵢ}),
//!
//! with K(z) = π/(z sin πz), and Φ the characteristic function of s under independent gates with the
//! probabilities βᵢ: |Φ| ≤ 1 and Φ(0) = 1, so that nothing overflows. c is chosen where the
//! integrand at t = 0, e^{Λ(c)} K(c), is least, for then it is of the size of the mean and nothing
//! cancels.
//!
//! **Aliasing.** By Poisson's summation formula the trapezoid sum with step h is, exactly,
//! Σ_j e^{−jcl} E softplus(s + jl) over all whole j, l = 2π/h. Of j = 0 it is the mean. For the others,
//! softplus(u) ≤ e^{c′u}/c′ for every 0 < c′ ≤ 1 (from ln(1 + x) ≤ x^{c′}/c′), so with c₁ < c < c₂
//!
//! |error| ≤ e^{Λ(c₁)}/c₁ · q₁/(1 − q₁) + e^{Λ(c₂)}/c₂ · q₂/(1 − q₂),
//! q₁ = e^{−(c − c₁) l}, q₂ = e^{−(c₂ − c) l}.
//!
//! The same holds of the logistic function, which is below e^{c′u}. Both Λ are sums of real numbers.
//!
//! **Truncation.** |K(c + it)| ≤ π/(t sinh πt), so what lies beyond T adds at most e^{Λ(c)} times
//! ∫_T^∞ dt/(t sinh πt) ≤ 2 e^{−πT}/(πT (1 − e^{−2πT})); without the 1/t for the logistic function's
//! kernel. Before that, terms are left out where the product of the moduli of *some* factors, which
//! bounds |Φ|, is small enough; these bounds are added up. Flip effects lack one of the factors, pairs
//! two: then the smallest ones do not count.
//!
//! **With a node on or off** an average is at most 1/p or 1/(1 − p) times that over all masks, and so
//! is the aliasing; a Walsh coefficient's is at most that of the mean.
//!
//! **Rounding.** Each factor is computed to a few units in the last place, u; a product of n of them
//! is off by at most about 16 n u of its size, which is below 1.

use std::f64::consts::{PI, TAU};

use pulp::Arch;

use super::margins::Margin;

/// Lanes of t that are handled together.
pub(super) const LANES: usize = 8;

/// Factors whose moduli bound |Φ|.
const SCREENED: usize = 24;

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
    /// |K(c + it)|.
    fn modulus(self, c: f64, t: f64) -> f64 {
        let logistic = PI / (PI * c).sin().hypot((PI * t).sinh());
        match self {
            Self::Loss => logistic / c.hypot(t),
            Self::Logistic => logistic,
        }
    }

    /// 1/π ∫_T^∞ of a bound on |K|.
    fn tail(self, end: f64) -> f64 {
        let logistic = 2.0 * (-PI * end).exp() / (PI * (1.0 - (-TAU * end).exp()));
        match self {
            Self::Loss => logistic / end,
            Self::Logistic => logistic,
        }
    }
}

/// The trapezoid rule for one point.
#[derive(Clone, Debug)]
pub(super) struct Contour {
    pub p: f64,
    pub c: f64,
    /// Step of t.
    pub h: f64,
    /// Number of steps from t = 0 on, a multiple of [`LANES`].
    pub steps: usize,
    /// Λ(c).
    pub log_scale: f64,
    /// αᵢ and βᵢ.
    pub tilted: Vec<(f64, f64)>,
    /// Bound on the error of the mean.
    pub error: f64,
}

impl Contour {
    /// The rule for a margin whose mean is not above 0, with an error below `tolerance` if it can be.
    pub fn new(margin: &Margin, p: f64, tolerance: f64, of: Integrand) -> Self {
        Arch::new().dispatch(|| Self::choose(margin, p, tolerance, of))
    }

    #[inline(always)]
    fn choose(margin: &Margin, p: f64, tolerance: f64, of: Integrand) -> Self {
        let log_mean = |c: f64| log_mean_exp(margin, p, c);
        let c = lowest(margin, p);
        let log_scale = log_mean(c);
        let share = tolerance / 4.0;
        let before = [0.02, 0.3].map(|part| {
            let lower = part * c;
            (lower, log_mean(lower) - lower.ln())
        });
        let after = [1.0, 0.6].map(|part| {
            let upper = c + part * (1.0 - c);
            (upper, log_mean(upper) - upper.ln())
        });
        // The period l at which one side's bound, about e^{bound − |c′ − c| l}, is the share.
        let period = |&(other, bound): &(f64, f64)| {
            ((bound - share.ln()) / (other - c).abs()).max(1.0 / (other - c).abs())
        };
        let least = |side: &[(f64, f64)]| side.iter().map(period).fold(f64::INFINITY, f64::min);
        let l = least(&before).max(least(&after)) * 1.01;
        // T from e^{Λ − πT} ≤ share, one step further.
        let end = ((log_scale - share.ln()) / PI).max(1.0);
        let steps = ((end * l / TAU).ceil() as usize + 1).min(MOST_STEPS);
        let h = TAU / l;
        let alias = |side: &[(f64, f64)]| {
            let bound = |&(other, bound): &(f64, f64)| {
                let decay = (other - c).abs() * l;
                (bound - decay).exp() / (1.0 - (-decay).exp())
            };
            side.iter().map(bound).fold(f64::INFINITY, f64::min)
        };
        let tilted: Vec<(f64, f64)> = margin.a.iter().map(|&a| tilt(p, c, a)).collect();
        // What comes after these steps is, step by step, less than the integral from one step before.
        let beyond = log_scale.exp() * of.kernel.tail(h * (steps - 1) as f64);
        let screen = Screen::new(margin, &tilted, of);
        let (steps, left_out, size) = screen.steps((c, h, log_scale), steps, share);
        let rounding = 16.0 * (margin.a.len() + 1) as f64 * 0.5 * f64::EPSILON * size;
        let error = alias(&before) + alias(&after) + beyond + left_out + rounding;
        Self { p, c, h, steps, log_scale, tilted, error }
    }
}

/// αᵢ and βᵢ, without an exponential that could overflow.
fn tilt(p: f64, c: f64, a: f64) -> (f64, f64) {
    let odds = (c * a).min(700.0).exp() * p / (1.0 - p);
    let beta = if odds.is_finite() { odds / (1.0 + odds) } else { 1.0 };
    (1.0 / (1.0 + odds), beta)
}

/// Λ(c) = ln E e^{cs}.
fn log_mean_exp(margin: &Margin, p: f64, c: f64) -> f64 {
    // A logarithm of a product of many factors, each between 0 and 2; the exponents of those above
    // are added by themselves.
    let (mut sum, mut product) = (c * margin.k, 1.0f64);
    for &a in &margin.a {
        let e = c * a;
        let small = (-e.abs()).exp();
        if e > 0.0 {
            sum += e;
            product *= p + (1.0 - p) * small;
        } else {
            product *= 1.0 - p + p * small;
        }
        if product < 1e-200 {
            sum += product.ln();
            product = 1.0;
        }
    }
    sum + product.ln()
}

/// The c at which Λ(c) + ln K(c) is least: it is convex, and Newton's method finds where its
/// derivative, E_tilted s − 1/c − π cot πc, is 0. It need not be found exactly.
fn lowest(margin: &Margin, p: f64) -> f64 {
    /// Steps: more of them change no more than what is lost by rounding.
    const STEPS: usize = 6;
    let (mut low, mut high) = (1e-3, 0.75);
    let mut c = 0.4;
    for _ in 0..STEPS {
        let (mut mean, mut variance) = (margin.k, 0.0);
        for &a in &margin.a {
            let (alpha, beta) = tilt(p, c, a);
            mean += beta * a;
            variance += alpha * beta * a * a;
        }
        let (sin, cos) = (PI * c).sin_cos();
        let slope = mean - 1.0 / c - PI * cos / sin;
        let curvature = variance + 1.0 / (c * c) + (PI / sin).powi(2);
        if slope < 0.0 {
            low = c
        } else {
            high = c
        }
        let next = c - slope / curvature;
        c = if (low..high).contains(&next) { next } else { 0.5 * (low + high) };
    }
    c
}

/// Some factors, whose moduli bound |Φ|: |α + β e^{ita}|² = 1 − 2αβ (1 − cos ta).
struct Screen {
    /// a and 2αβ of those that are small soonest.
    factors: Vec<(f64, f64)>,
    of: Integrand,
}

impl Screen {
    fn new(margin: &Margin, tilted: &[(f64, f64)], of: Integrand) -> Self {
        let pairs = margin.a.iter().zip(tilted);
        let mut factors: Vec<(f64, f64)> =
            pairs.map(|(&a, (alpha, beta))| (a, 2.0 * alpha * beta)).collect();
        if factors.len() > SCREENED {
            let weight = |f: &(f64, f64)| f.0 * f.0 * f.1;
            factors.select_nth_unstable_by(SCREENED, |f, g| weight(g).total_cmp(&weight(f)));
            factors.truncate(SCREENED);
        }
        Self { factors, of }
    }

    /// How many steps are needed, a bound on what the others would add, and Σ of the moduli of the
    /// terms.
    #[inline(always)]
    fn steps(
        &self,
        (c, h, log_scale): (f64, f64, f64),
        most: usize,
        share: f64,
    ) -> (usize, f64, f64) {
        let blocks = most.div_ceil(LANES);
        // Bounds on |Φ|², and the smallest factors, which are kept aside where they may be replaced.
        let mut squares = vec![[1.0f64; LANES]; blocks];
        let mut smallest = [vec![[1.0f64; LANES]; blocks], vec![[1.0f64; LANES]; blocks]];
        let smallest = &mut smallest[..self.of.replaced];
        for &(a, twice) in &self.factors {
            turning(a, h, blocks, |block, cos, _| {
                for k in 0..LANES {
                    let mut square = (1.0 - twice * (1.0 - cos[k])).clamp(0.0, 1.0);
                    for kept in smallest.iter_mut() {
                        let other = kept[block][k];
                        kept[block][k] = other.min(square);
                        square = other.max(square);
                    }
                    squares[block][k] *= square;
                }
            });
        }
        let scale = log_scale.exp() * h / PI;
        let bound = |j: usize| {
            let modulus = self.of.kernel.modulus(c, h * j as f64);
            scale * modulus * squares[j / LANES][j % LANES].sqrt()
        };
        let bounds: Vec<f64> = (0..most).map(bound).collect();
        let (mut left_out, mut needed) = (0.0, most);
        while needed > 0 && left_out + bounds[needed - 1] <= share {
            needed -= 1;
            left_out += bounds[needed];
        }
        let size = bounds[..needed].iter().sum();
        (needed.next_multiple_of(LANES).max(LANES), left_out, size)
    }
}

/// Blocks of lanes between two exact values of e^{ita}; between them it is turned step by step.
const REFRESH: usize = 4;

pub(super) type Lanes = [f64; LANES];

/// Calls `visit` with cos ta and sin ta for every block of t = 0, h, 2h, ….
#[inline(always)]
pub(super) fn turning(a: f64, h: f64, blocks: usize, mut visit: impl FnMut(usize, &Lanes, &Lanes)) {
    let step = a * h;
    let (turn_sin, turn_cos) = (step * LANES as f64).sin_cos();
    let (mut cos, mut sin) = ([0.0; LANES], [0.0; LANES]);
    // Offsets of the lanes within a block.
    let (mut lane_cos, mut lane_sin) = ([1.0; LANES], [0.0; LANES]);
    let (one_sin, one_cos) = step.sin_cos();
    for k in 1..LANES {
        let (c, s) = (lane_cos[k - 1], lane_sin[k - 1]);
        (lane_cos[k], lane_sin[k]) = (c * one_cos - s * one_sin, s * one_cos + c * one_sin);
    }
    for block in 0..blocks {
        if block % REFRESH == 0 {
            let (s, c) = (step * (block * LANES) as f64).sin_cos();
            for k in 0..LANES {
                cos[k] = c * lane_cos[k] - s * lane_sin[k];
                sin[k] = s * lane_cos[k] + c * lane_sin[k];
            }
        } else {
            for k in 0..LANES {
                let (c, s) = (cos[k], sin[k]);
                cos[k] = c * turn_cos - s * turn_sin;
                sin[k] = s * turn_cos + c * turn_sin;
            }
        }
        visit(block, &cos, &sin);
    }
}
