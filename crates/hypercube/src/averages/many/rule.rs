//! Where the integral is summed, to which degree the series go, and how far off that can be.

use std::f64::consts::{PI, TAU};

use pulp::{Simd, WithSimd};

use super::lambda::Lambda;
use super::{Many, Sums};
use crate::averages::aliasing::{Aliasing, Exponent, LARGEST_C};
use crate::averages::contour::{Group, Kernel, Lost};
use crate::averages::gate::{DEGREE, Gate, Series};
use crate::averages::waves::LANES;

/// The series are used up to this share of the radius of convergence.
const SHARE: f64 = 0.85;

/// With more steps than this the way that spreads over all nodes is as good.
const MOST_STEPS: usize = 1024;

/// c may be above the one at which the integrand is least, where aliasing falls faster, as long as the
/// integrand at t = 0 is below so many times the tolerance: with some hundred nodes rounding takes about
/// 1e-12 of it.
const ROOF: f64 = 1e12;

/// The trapezoid rule for one point at one p.
pub(super) struct Rule {
    pub degree: usize,
    pub c: f64,
    pub h: f64,
    /// A multiple of [`LANES`].
    pub steps: usize,
    /// e^{Λ(c)}.
    pub scale: f64,
    /// The coefficients of the series in z − c.
    pub shifted: Series,
    pub apart: Vec<Group>,
    /// Bound on what aliasing and the terms left out add.
    pub known: f64,
    /// What the series lack at the last step.
    pub rest: f64,
    pub lost: Lost,
}

/// Finds the rule.
pub(super) struct Choice<'a> {
    pub many: &'a Many,
    pub gate: &'a Gate,
    pub is_turned: bool,
    pub tolerance: f64,
}

impl WithSimd for Choice<'_> {
    type Output = Option<Rule>;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> Option<Rule> {
        let (many, gate) = (self.many, self.gate);
        // c′ goes up to 1.
        let first = many.sums.iter().position(|s| s.largest <= SHARE * gate.radius)?;
        let mut lambda = Lambda::new(many, gate, &many.sums[first], self.is_turned);
        let span = self.span(&lambda)?;
        let of = |k: usize| Some((k, self.degree(&many.sums[k], &span)?));
        let (chosen, degree) = (first..many.sums.len()).find_map(of)?;
        if chosen != first {
            lambda = Lambda::new(many, gate, &many.sums[chosen], self.is_turned);
        }
        let Span { c, h, steps, last, decay, .. } = span;
        let shifted = lambda.shifted(degree, c);
        let scale = (shifted[0] + lambda.apart.log_mean_exp(c)).exp();
        // Beyond the last place of the table |Φ| is at most 1.
        let beyond =
            (-decay).exp() * Kernel::Loss.tail(last) + Kernel::Loss.tail(span.furthest - h);
        let apart = lambda.apart.tilted(c);
        let [at_c, at_end] = lambda.lost(many.k.abs(), [c, c + last]);
        let lost = lambda.apart.lost(&apart, lambda.sums.first, c);
        let unit = 0.5 * f64::EPSILON;
        // The kernel, e^{Re} and the wave, e^{Λ}.
        let at_once = 32.0 + 2.0 / (PI * c).tan().abs() + lost.at_once + shifted[0].abs();
        Some(Rule {
            degree,
            c,
            h,
            steps,
            scale,
            shifted,
            apart,
            known: span.alias + scale * beyond,
            rest: lambda.ln_rest(degree, c + last).exp(),
            lost: Lost {
                at_once: at_c + unit * at_once,
                by_t: (at_end - at_c) / last + unit * lost.by_t,
            },
        })
    }
}

/// Which z there are.
struct Span {
    c: f64,
    h: f64,
    /// A multiple of [`LANES`].
    steps: usize,
    /// The last t, and how far it has to go.
    last: f64,
    end: f64,
    /// |Φ(t)| ≤ e^{−`decay`} from the last t on.
    decay: f64,
    /// How far that holds.
    furthest: f64,
    /// Bound on what aliasing adds.
    alias: f64,
    /// ln of how much of a term of the series' size at t = 0 may be missing.
    goal: f64,
}

impl Choice<'_> {
    #[inline(always)]
    fn span(&self, lambda: &Lambda) -> Option<Span> {
        let ln_share = (0.25 * self.tolerance).ln();
        let lowest = lambda.lowest();
        // The first ones are those that c is chosen from.
        let factors = [1.0, 1.4, 2.0, 2.8, 4.0, 0.02, 0.3];
        let mut places = [1.0; 8];
        places.iter_mut().zip(factors).for_each(|(place, by)| *place = (by * lowest).min(1.0));
        let rest = lambda.ln_rest(DEGREE, 1.0).exp();
        let at = lambda.at(places);
        let bounds: [(f64, f64); 8] = std::array::from_fn(|k| (places[k], at[k] + rest));
        let size = |c: f64, lambda: f64| lambda - (c * (PI * c).sin()).ln();
        let roof = (ROOF * self.tolerance).ln().max(size(lowest, at[0]));
        let mut chosen: Option<Span> = None;
        for k in 0..5 {
            if places[k] > LARGEST_C || size(places[k], at[k]) > roof {
                break;
            }
            let span = self.span_at(places[k], at[k], &bounds, ln_share);
            let steps = |span: &Option<Span>| span.as_ref().map_or(usize::MAX, |span| span.steps);
            if steps(&span) < steps(&chosen) {
                chosen = span;
            }
        }
        chosen.filter(|span| span.steps <= MOST_STEPS)
    }

    /// That of a c, with Λ there, and bounds on Λ at places beside it.
    #[inline(always)]
    fn span_at(&self, c: f64, lambda: f64, beside: &[(f64, f64)], ln_share: f64) -> Option<Span> {
        let aliasing = Aliasing::new(c, beside, ln_share);
        let variance = self.gate.p * (1.0 - self.gate.p);
        let decay = &self.many.decay;
        let (bounds, apart) = (decay.at(c, (self.gate.p > 0.5) != self.is_turned), decay.apart);
        let fall = |place: usize| variance * (bounds[place][0] + variance * bounds[place][1]);
        // The kernel falls at least like e^{−πt}.
        let is_enough = |place: usize| lambda - fall(place) - PI * apart * place as f64 <= ln_share;
        let place = (1..bounds.len() - 1).find(|&place| is_enough(place))?;
        let h = TAU / aliasing.period;
        let end = apart * place as f64;
        let steps = ((end / h).ceil() as usize + 1).next_multiple_of(LANES);
        Some(Span {
            c,
            h,
            steps,
            last: h * (steps - 1) as f64,
            end,
            decay: fall(place),
            furthest: apart * (bounds.len() - 1) as f64,
            alias: aliasing.error,
            goal: ln_share - lambda - 2.0,
        })
    }

    /// The degree at which a series may end, if there is one.
    #[inline(always)]
    fn degree(&self, sums: &Sums, span: &Span) -> Option<usize> {
        if (span.c + span.last) * sums.largest > SHARE * self.gate.radius {
            return None;
        }
        (1..DEGREE / 8 + 1).map(|k| 8 * k).find(|&degree| {
            // Where (c + t)^{K + 1} e^{−decay (t/end)²} is about largest.
            let share = ((degree + 1) as f64 / (2.0 * span.decay)).sqrt().min(1.0);
            let ln_beyond = sums.ln_beyond[degree / 8 - 1];
            let reach = span.c + share * span.end;
            let rest = self.gate.ln_rest(degree, reach, sums.largest, ln_beyond);
            rest - span.decay * share * share <= span.goal
        })
    }
}
