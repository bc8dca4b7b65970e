//! The period of the trapezoid rule's aliasing, and where on the real axis the integrand is least.

use std::f64::consts::PI;

/// c is chosen below this.
pub(super) const LARGEST_C: f64 = 0.75;

/// Places c′ below and above c from which aliasing may be bounded: the wider the margin spreads, the closer
/// to c the best of them.
pub(super) fn beside(c: f64) -> [f64; 6] {
    [0.02 * c, 0.3 * c, (2.0 * c).min(1.0), (4.0 * c).min(1.0), c + 0.6 * (1.0 - c), 1.0]
}

/// What aliasing adds: the period l = 2π/h, and a bound on the sum of all of it.
pub(super) struct Aliasing {
    pub period: f64,
    pub error: f64,
}

impl Aliasing {
    /// About e^`ln_share` on either side or less, with c′ and Λ(c′) at places of which some are below c and
    /// some above. Of c′, aliasing is below e^{Λ(c′)}/c′ q/(1 − q), q = e^{−|c′ − c| l}.
    #[inline(always)]
    pub fn new(c: f64, places: &[(f64, f64)], ln_share: f64) -> Self {
        let side =
            |is_above: bool| places.iter().filter(move |(at, _)| *at != c && (*at > c) == is_above);
        let bound = |(at, lambda): &(f64, f64)| lambda - at.ln();
        // The period at which one place's bound, about e^{bound − gap l}, is the share.
        let period = |place: &(f64, f64)| {
            let gap = (place.0 - c).abs();
            ((bound(place) - ln_share) / gap).max(1.0 / gap)
        };
        let least = |is_above| side(is_above).map(period).fold(f64::INFINITY, f64::min);
        let period = least(false).max(least(true)) * 1.01;
        let error = |place: &(f64, f64)| {
            let decay = (place.0 - c).abs() * period;
            (bound(place) - decay).exp() / (1.0 - (-decay).exp())
        };
        let error = |is_above| side(is_above).map(error).fold(f64::INFINITY, f64::min);
        Self { period, error: error(false) + error(true) }
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
        const STEPS: usize = 8;
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
            let next = if (low..high).contains(&next) { next } else { (low * high).sqrt() };
            if (next - c).abs() < 0.05 * next {
                return next;
            }
            c = next;
        }
        c
    }
}
