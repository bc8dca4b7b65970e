//! Averages over all masks of the last hidden layer, exactly and at any width, without enumerating
//! them.
//!
//! The other nodes stay on; for one hidden layer that is every mask of the network. With two classes
//! the loss of a point is softplus(s), s = k + Σ bᵢ aᵢ the margin by which it is wrong. For z = c +
//! it with 0 < c < 1,
//!
//! softplus(s) = 1/2π ∫ e^{zs} π/(z sin πz) dt,
//!
//! so that under independent gates, each on with probability p, the mean is the integral of a product
//! over nodes, E e^{zs} = e^{zk} Π (1 − p + p e^{z aᵢ}). It is summed by the trapezoid rule with a
//! bound on the error, which is derived below. A node's flip effect E(f | i on) − E(f | i off)
//! has e^{z aᵢ} − 1 in place of its factor; the mean gate gradient has aᵢ times the kernel of the
//! logistic function, π/sin πz, and the factor e^{z aᵢ} or 1.
//!
//! The mean loss at many p takes, at points with many nodes, the product as the exponential of a power
//! series whose coefficients depend on p and on the nodes separately (module `many`).
//!
//! # Error bound
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
//! two: then the smallest ones do not count. Factors are taken in turn, with fewer steps each time, until they
//! leave out few steps more: it is the product of many factors, not the kernel, that falls soon where logits
//! are large.
//!
//! **With a node on or off** an average is at most 1/p or 1/(1 − p) times that over all masks, and so
//! is the aliasing; a Walsh coefficient's is at most that of the mean.
//!
//! **Rounding.** With u = 2^−53, the wave e^{itaᵢ} is off by at most (13 + 2t|aᵢ|) u and has the weight βᵢ;
//! αᵢ and βᵢ, the sum and the multiplication add 8 u, and e^{Λ} loses c|aᵢ| u; the kernel loses
//! (16 + 2 cot πc) u. Adding up m terms, of pairs real and imaginary parts apart, takes 2m u. A pair has two
//! ratios of factors g/f, 9 u each with the quotient, and two products more: 30 u. A factor below 2^−60 counts
//! as 2^−60, far below its own 8 u; it is divided by as it was multiplied by, so that its error is that of the
//! product. What all nodes and the kernel lose, times the modulus of the term, summed over the terms, bounds the
//! error of the sum.

mod added;
mod aliasing;
mod contour;
mod curve;
mod few;
mod gate;
mod levels;
mod many;
mod margins;
mod pairs;
mod paths;
mod product;
mod sampled;
mod screen;
mod waves;

use rayon::prelude::*;
use thiserror::Error;

use crate::divergence::Target;
use crate::{Ablation, Network, Points};
pub use curve::{CurvePoint, MeanCurve};
pub use levels::{LevelWeights, Paired};
pub use paths::PathCovariance;
pub use sampled::{Estimate, Sampled};

use added::Added;
use contour::{Contour, Integrand, Kernel};
use curve::{gauss_legendre, values_of_p};
use few::Few;
pub(crate) use margins::{Margin, logistic, softplus};
use pairs::add_pairs;
use product::{Room, effects, mean};

/// Why there are no averages.
#[derive(Debug, Error, PartialEq)]
pub enum Error {
    /// The points have another width than the network's input.
    #[error("the points have {points} coordinates, but the network takes {network} inputs")]
    Width {
        /// Coordinates of a point.
        points: usize,
        /// Inputs of the network.
        network: usize,
    },
    /// Another number of classes than two.
    #[error("exact averages need two classes; the network has {0}: sample masks instead")]
    Classes(usize),
    /// A label that is not a class.
    #[error("point {point} has label {label}, but the network has 2 classes, from 0")]
    Label {
        /// The point, from 0.
        point: usize,
        /// Its label.
        label: usize,
    },
}

/// A value, and a bound on how far from it the exact one is.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Certified {
    /// The value.
    pub value: f64,
    /// The exact one differs from it by at most this.
    pub error: f64,
}

/// A value for each node of the last hidden layer, `[n]`, with a common bound.
#[derive(Clone, Debug, PartialEq)]
pub struct CertifiedNodes {
    /// The values.
    pub values: Vec<f64>,
    /// None of the exact ones differs from its value by more.
    pub error: f64,
}

/// Mean gate gradients over the masks with the node on, and over those with it off, `[n]` each.
#[derive(Clone, Debug, PartialEq)]
pub struct GateGradients {
    /// With the node on.
    pub on: Vec<f64>,
    /// With the node off.
    pub off: Vec<f64>,
    /// None of the exact ones differs by more.
    pub error: f64,
}

/// What is averaged: a network's margins at its evaluation points, and what is added to the mean of
/// their losses.
pub struct Averages {
    n: usize,
    margins: Vec<Margin>,
    added: Added,
}

impl Averages {
    /// Prepares a network with two classes.
    ///
    /// # Errors
    ///
    /// If points and network do not fit, or there are not two classes.
    pub fn new(network: &Network, points: &Points, ablation: Ablation) -> Result<Self, Error> {
        check(network, points)?;
        if let Some((point, &label)) = points.labels().iter().enumerate().find(|(_, l)| **l > 1) {
            return Err(Error::Label { point, label });
        }
        let n = network.hidden().last().copied().unwrap_or(0);
        let margins = margins::of(network, points, ablation);
        Ok(Self { n, margins, added: Added::nothing(n) })
    }

    /// The same of the divergence from the full network's output ([`fn@crate::divergences`]) in place of
    /// the loss: "loss" below is then that divergence, and ln(loss) the logarithm of the cross-entropy
    /// whose labels are the full network's class probabilities, which is the divergence and
    /// [`crate::divergence::output_entropy`], as there is no logarithm of the full network's 0. The points'
    /// labels are not looked at.
    ///
    /// # Errors
    ///
    /// As [`Averages::new`], but for labels.
    pub fn of_divergence(
        network: &Network,
        points: &Points,
        ablation: Ablation,
    ) -> Result<Self, Error> {
        check(network, points)?;
        let target = Target::new(network, points);
        let n = network.hidden().last().copied().unwrap_or(0);
        let margins = margins::of(network, &target.points, ablation);
        let added = Added::new(n, &margins, &target);
        Ok(Self { n, margins, added })
    }

    /// Number of nodes of the last hidden layer, n.
    pub fn n_nodes(&self) -> usize {
        self.n
    }

    /// The margins of all points.
    pub(crate) fn margins(&self) -> &[Margin] {
        &self.margins
    }

    /// E_p loss: the mean loss over all 2^n masks with every node on with probability p.
    ///
    /// # Panics
    ///
    /// If p is not from 0 to 1.
    pub fn mean_loss(&self, p: f64) -> Certified {
        let tolerance = self.tolerance(p);
        let each = |room: &mut Room, margin: &Margin| mean_at(margin, p, tolerance, room);
        let each: Vec<Certified> = self.margins.par_iter().map_init(Room::default, each).collect();
        let count = each.len() as f64;
        self.added.to_mean(
            p,
            Certified {
                value: each.iter().map(|c| c.value).sum::<f64>() / count,
                error: each.iter().map(|c| c.error).sum::<f64>() / count,
            },
        )
    }

    /// Whether the margins spread little enough over masks for the averages to be known: the mean loss
    /// at p = ½ to a millionth.
    pub fn are_known(&self) -> bool {
        let mean = self.mean_loss(0.5);
        mean.error <= 1e-6 * (mean.value + self.added.entropy)
    }

    /// E_p of each node's flip effect, E_p(loss | i on) − E_p(loss | i off), `[n]`. Their sum is
    /// d E_p loss/dp (Russo–Margulis), those at p = ½ are the Banzhaf values.
    ///
    /// # Panics
    ///
    /// If p is not from 0 to 1.
    pub fn flip_effects(&self, p: f64) -> CertifiedNodes {
        let tolerance = self.tolerance(p);
        let of = |margin: &Margin, room: &mut Room, sums: &mut [f64]| {
            if let Some(on) = certain(p) {
                let s = margin.at(on);
                for (&i, &a) in margin.nodes.iter().zip(&margin.a) {
                    let other = if on { s - a } else { s + a };
                    let gain = softplus(s) - softplus(other);
                    sums[i as usize] += if on { gain } else { -gain };
                }
                return 0.0;
            }
            if let Some(few) = Few::new(margin, p, Kernel::Loss) {
                let pairs = margin.nodes.iter().zip(few.halves());
                pairs.for_each(|(&i, (on, off))| sums[i as usize] += on - off);
                return few.error * (1.0 / p + 1.0 / (1.0 - p));
            }
            let of = Integrand { kernel: Kernel::Loss, replaced: 1 };
            let contour = Contour::new(margin, p, tolerance, of);
            let effects = effects(&contour, room);
            for ((&i, &a), (on, off)) in margin.nodes.iter().zip(&margin.a).zip(effects) {
                // softplus(s) = s + softplus(−s): the first term changes by a.
                sums[i as usize] += if contour.is_turned { a } else { 0.0 } + on - off;
            }
            // An average over the masks with a node on is at most 1/p times one over all of them.
            contour.error * (1.0 / p + 1.0 / (1.0 - p))
        };
        let (mut values, error) = self.sum(1, of);
        self.added.to_effects(&mut values);
        CertifiedNodes { values, error: error + self.added.error }
    }

    /// E_p of ∂loss/∂bᵢ over the masks with node i on, and over those with it off.
    ///
    /// # Panics
    ///
    /// If p is not from 0 to 1.
    pub fn gate_gradients(&self, p: f64) -> GateGradients {
        let n = self.n;
        let tolerance = self.tolerance(p);
        let of = |margin: &Margin, room: &mut Room, sums: &mut [f64]| {
            let (on, off) = sums.split_at_mut(n);
            if let Some(others) = certain(p) {
                let s = margin.at(others);
                for (&i, &a) in margin.nodes.iter().zip(&margin.a) {
                    let (with, without) = if others { (s, s - a) } else { (s + a, s) };
                    on[i as usize] += a * logistic(with);
                    off[i as usize] += a * logistic(without);
                }
                return 0.0;
            }
            let largest = margin.a.iter().fold(0.0f64, |largest, a| largest.max(a.abs()));
            let per_half = largest * (1.0 / p).max(1.0 / (1.0 - p));
            if let Some(few) = Few::new(margin, p, Kernel::Logistic) {
                for ((&i, &a), half) in margin.nodes.iter().zip(&margin.a).zip(few.halves()) {
                    on[i as usize] += a * half.0;
                    off[i as usize] += a * half.1;
                }
                return few.error * per_half;
            }
            let of = Integrand { kernel: Kernel::Logistic, replaced: 1 };
            let contour = Contour::new(margin, p, tolerance, of);
            let halves = effects(&contour, room);
            for ((&i, &a), half) in margin.nodes.iter().zip(&margin.a).zip(halves) {
                // σ(s) = 1 − σ(−s).
                let turn = |mean: f64| if contour.is_turned { 1.0 - mean } else { mean };
                on[i as usize] += a * turn(half.0);
                off[i as usize] += a * turn(half.1);
            }
            contour.error * per_half
        };
        let (mut on, error) = self.sum(2, of);
        let mut off = on.split_off(n);
        self.added.to_effects(&mut on);
        self.added.to_effects(&mut off);
        GateGradients { on, off, error: error + self.added.error }
    }

    /// The Banzhaf value of every node, its flip effect averaged over all masks, `[n]`.
    pub fn banzhaf(&self) -> CertifiedNodes {
        self.flip_effects(0.5)
    }

    /// The Shapley value of every node, ∫₀¹ of its flip effects dp, `[n]`, by Gauss–Legendre at so many
    /// values of p that its error is below 1e-13 of the mean loss, or that it is exact. `progress` is
    /// told how many of them are done, and how many there are.
    pub fn shapley(&self, mut progress: impl FnMut(usize, usize)) -> CertifiedNodes {
        let largest = self.margins.iter().map(Margin::most).map(softplus).sum::<f64>();
        let largest = largest / self.margins.len() as f64;
        let share = 1e-13 * self.mean_loss(0.5).value / largest;
        let active = self.margins.iter().map(|margin| margin.a.len()).max().unwrap_or(0);
        let places = gauss_legendre(values_of_p(active, share.ln()));
        let count = places.len();
        let integral = if count < active.div_ceil(2) { share * largest } else { 0.0 };
        let mut all = CertifiedNodes { values: vec![0.0; self.n], error: integral };
        for (done, (p, weight)) in places.into_iter().enumerate() {
            progress(done, count);
            let effects = self.flip_effects(p);
            all.values.iter_mut().zip(effects.values).for_each(|(sum, e)| *sum += weight * e);
            all.error += weight * effects.error;
        }
        progress(count, count);
        all
    }

    /// The Walsh coefficient f̂({i, j}) = E loss (−1)^{bᵢ + bⱼ} over all masks of every pair of nodes
    /// i < j, `[n, n]`, 0 elsewhere: a quarter of the Banzhaf interaction index, the mean of f(both on)
    /// − f(i on) − f(j on) + f(both off). Those of single nodes are −½ times the Banzhaf values.
    ///
    /// `progress` is told, from any thread, how many more points are done.
    pub fn pairs(&self, progress: impl Fn(usize) + Sync) -> CertifiedNodes {
        /// Sums that are held at once, whatever the number of threads.
        const PARTS: usize = 8;
        let (n, tolerance) = (self.n, self.tolerance(0.5));
        let of = Integrand { kernel: Kernel::Loss, replaced: 2 };
        let part = |margins: &[Margin]| {
            let (mut sums, mut error, mut room) = (vec![0.0; n * n], 0.0, Room::default());
            for margin in margins {
                progress(1);
                if let Some(few) = Few::new(margin, 0.5, Kernel::Loss) {
                    for (i, &first) in margin.nodes.iter().enumerate() {
                        for (j, &second) in margin.nodes.iter().enumerate().skip(i + 1) {
                            sums[first as usize * n + second as usize] += few.pair(i, j);
                        }
                    }
                    error += few.error;
                    continue;
                }
                let contour = Contour::new(margin, 0.5, tolerance, of);
                add_pairs(&contour, &margin.nodes, n, &mut room, &mut sums);
                error += contour.error;
            }
            (sums, error)
        };
        let size = self.margins.len().div_ceil(PARTS);
        let parts: Vec<_> = self.margins.par_chunks(size).map(part).collect();
        let (mut values, mut error) = (vec![0.0; n * n], 0.0);
        for (own, e) in &parts {
            values.iter_mut().zip(own).for_each(|(sum, more)| *sum += more);
            error += e;
        }
        let count = self.margins.len() as f64;
        values.iter_mut().for_each(|sum| *sum /= count);
        CertifiedNodes { values, error: error / count }
    }

    /// How far off a point's loss may be: a small part of the mean loss, which is at least that of
    /// the mean margins (Jensen).
    fn tolerance(&self, p: f64) -> f64 {
        assert!((0.0..=1.0).contains(&p), "{p} is not a probability");
        let least = self.margins.iter().map(|margin| softplus(margin.mean(p))).sum::<f64>();
        (1e-14 * least / self.margins.len() as f64).max(f64::MIN_POSITIVE)
    }

    /// Means over points of `width` values for each node, and of the errors that `of` returns.
    fn sum(
        &self,
        width: usize,
        of: impl Fn(&Margin, &mut Room, &mut [f64]) -> f64 + Sync,
    ) -> (Vec<f64>, f64) {
        /// Points that are added up one after the other, whatever the number of threads.
        const CHUNK: usize = 64;
        let part = |margins: &[Margin]| {
            let (mut sums, mut room) = (vec![0.0; width * self.n], Room::default());
            let error: f64 = margins.iter().map(|margin| of(margin, &mut room, &mut sums)).sum();
            (sums, error)
        };
        let parts: Vec<(Vec<f64>, f64)> = self.margins.par_chunks(CHUNK).map(part).collect();
        let (mut sums, mut error) = (vec![0.0; width * self.n], 0.0);
        for (own, e) in &parts {
            sums.iter_mut().zip(own).for_each(|(sum, more)| *sum += more);
            error += e;
        }
        let count = self.margins.len() as f64;
        sums.iter_mut().for_each(|sum| *sum /= count);
        (sums, error / count)
    }
}

/// Whether points and network fit, and there are two classes.
fn check(network: &Network, points: &Points) -> Result<(), Error> {
    if points.inputs() != network.inputs() {
        return Err(Error::Width { points: points.inputs(), network: network.inputs() });
    }
    if network.classes() != 2 {
        return Err(Error::Classes(network.classes()));
    }
    Ok(())
}

/// E_p of one point's loss.
fn mean_at(margin: &Margin, p: f64, tolerance: f64, room: &mut Room) -> Certified {
    if let Some(on) = certain(p) {
        return Certified { value: softplus(margin.at(on)), error: 0.0 };
    }
    if let Some(few) = Few::new(margin, p, Kernel::Loss) {
        return Certified { value: few.mean(), error: few.error };
    }
    let of = Integrand { kernel: Kernel::Loss, replaced: 0 };
    let contour = Contour::new(margin, p, tolerance, of);
    let (shift, rounded) = if contour.is_turned { margin.certified_mean(p) } else { (0.0, 0.0) };
    Certified { value: shift + mean(&contour, room), error: contour.error + rounded }
}

/// Whether all nodes are certain to be off (false) or on (true). A smaller probability than 1e-100
/// changes no digit of what a node's being on could change.
fn certain(p: f64) -> Option<bool> {
    if p < 1e-100 {
        Some(false)
    } else if p == 1.0 {
        Some(true)
    } else {
        None
    }
}

#[cfg(test)]
mod bound_tests;
#[cfg(test)]
mod divergence_tests;
#[cfg(test)]
mod tests;
