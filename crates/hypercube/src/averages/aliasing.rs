//! The period of the trapezoid rule's aliasing, and where on the real axis the integrand is least.

use std::f64::consts::PI;

/// c is chosen below this.
pub(super) const LARGEST_C: f64 = 0.75;

/// Places c′ below and above c from which aliasing is bounded, two each.
pub(super) fn beside(c: f64) -> [f64; 4] {
    [0.02 * c, 0.3 * c, 1.0, c + 0.6 * (1.0 - c)]
}

/// What aliasing adds: the period l = 2π/h, and a bound on the sum of all of it.
pub(super) struct Aliasing {
    pub period: f64,
    pub error: f64,
}

impl Aliasing {
    /// About e^`ln_share` on either side or less, with Λ at the places [`beside`] c. Of c′, aliasing is below
    /// e^{Λ(c′)}/c′ q/(1 − q), q = e^{−|c′ − c| l}.
    #[inline(always)]
    pub fn new(c: f64, lambda: [f64; 4], ln_share: f64) -> Self {
        let (mut gaps, mut bounds) = ([0.0; 4], [0.0; 4]);
        for (k, other) in beside(c).into_iter().enumerate() {
            gaps[k] = (other - c).abs();
            bounds[k] = lambda[k] - other.ln();
        }
        // The period at which one place's bound, about e^{bound − gap l}, is the share.
        let period = |k: usize| ((bounds[k] - ln_share) / gaps[k]).max(1.0 / gaps[k]);
        let period = period(0).min(period(1)).max(period(2).min(period(3))) * 1.01;
        let error = |k: usize| {
            let decay = gaps[k] * period;
            (bounds[k] - decay).exp() / (1.0 - (-decay).exp())
        };
        let error = error(0).min(error(1)) + error(2).min(error(3));
        Self { period, error }
    }
}

/// A margin, as far as its mean exponential on the real axis goes.
pub(super) trait Exponent {
    /// Λ′ and Λ″ at c.
    fn derivatives(&self, c: f64) -> (f64, f64);

    /// The c at which Λ(c) + ln K(c) is least: it is convex, and Newton's method finds where its
    /// derivative, E_tilted s − 1/c − π cot πc, is 0. It need not be found exactly.
    #[inline(always)]
    fn lowest(&self) -> f64 {
        /// Steps: more of them change no more than what is lost by rounding.
        const STEPS: usize = 6;
        let (mut low, mut high) = (1e-3, LARGEST_C);
        let mut c = 0.4;
        for _ in 0..STEPS {
            let (first, second) = self.derivatives(c);
            let (sin, cos) = (PI * c).sin_cos();
            let slope = first - 1.0 / c - PI * cos / sin;
            let curvature = second + 1.0 / (c * c) + (PI / sin).powi(2);
            if slope < 0.0 {
                low = c;
            } else {
                high = c;
            }
            let next = c - slope / curvature;
            let next = if (low..high).contains(&next) { next } else { 0.5 * (low + high) };
            if (next - c).abs() < 1e-3 {
                return next;
            }
            c = next;
        }
        c
    }
}
