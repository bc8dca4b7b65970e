//! The products over nodes, for every t.

use pulp::{Arch, Simd, WithSimd};

use super::contour::{Contour, Group};
use super::waves::{
    BLOCK, Complex, LANES, Lanes, ONE, offsets, times, times_vector, vector, vectors, vectors_mut,
    wave, waves,
};

/// Room for one point's products, kept from point to point.
#[derive(Default)]
pub(super) struct Room {
    /// Products over each lane's nodes, at every t.
    pub lanes: Vec<Complex>,
    /// Products of the factors before each group, at every t.
    pub before: Vec<Complex>,
    /// One group's e^{ita}.
    pub waves: Vec<Complex>,
}

impl Room {
    pub fn clear(&mut self, steps: usize) {
        self.before.clear();
        for products in [&mut self.lanes, &mut self.waves] {
            products.clear();
            products.resize(steps, ONE);
        }
    }
}

/// The integral.
pub(super) fn mean(contour: &Contour, room: &mut Room) -> f64 {
    Arch::new().dispatch(Mean { contour, room })
}

struct Mean<'a> {
    contour: &'a Contour,
    room: &'a mut Room,
}

// Closures would be called, and compiled without vector instructions.
impl WithSimd for Mean<'_> {
    type Output = f64;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> f64 {
        mean_here(simd, self.contour, self.room)
    }
}

#[inline(always)]
fn mean_here<S: Simd>(simd: S, contour: &Contour, room: &mut Room) -> f64 {
    room.clear(contour.kernel.len());
    let lanes = &mut room.lanes;
    products(simd, &contour.groups, contour.h, lanes);
    let term = |((re, im), &kernel): (&Complex, &(f64, f64))| {
        (0..LANES).fold(kernel, |product, k| times_one(product, (re[k], im[k]))).0
    };
    lanes.iter().zip(&contour.kernel).map(term).sum()
}

/// Fills `out` with the products over each lane's nodes for t = 0, h, 2h, …; its length is a multiple of
/// [`BLOCK`], whose products stay in the machine's registers.
#[inline(always)]
pub(super) fn products<S: Simd>(simd: S, groups: &[Group], h: f64, out: &mut [Complex]) {
    let mut all_offsets = Vec::with_capacity(groups.len());
    for group in groups {
        all_offsets.push(offsets(simd, &group.a, h));
    }
    let mut bases = vec![ONE; groups.len()];
    for (block, out) in out.as_chunks_mut::<BLOCK>().0.iter_mut().enumerate() {
        for (base, group) in bases.iter_mut().zip(groups) {
            *base = wave(&group.a, h * (block * BLOCK) as f64);
        }
        for v in 0..LANES / S::F64_LANES {
            let one = (simd.splat_f64s(1.0), simd.splat_f64s(0.0));
            let mut products = [one; BLOCK];
            for ((group, base), offsets) in groups.iter().zip(&bases).zip(&all_offsets) {
                let (alpha, beta) = (vector::<S>(&group.alpha)[v], vector::<S>(&group.beta)[v]);
                // β e^{ita} at the first t of the block.
                let (cos, sin) = vectors::<S>(base);
                let first = (simd.mul_f64s(beta, cos[v]), simd.mul_f64s(beta, sin[v]));
                for (product, offset) in products.iter_mut().zip(offsets) {
                    let (re, im) = vectors::<S>(offset);
                    let minus = simd.neg_f64s(first.1);
                    let x = simd.mul_add_e_f64s(minus, im[v], alpha);
                    let x = simd.mul_add_e_f64s(first.0, re[v], x);
                    let y = simd.mul_add_e_f64s(first.0, im[v], simd.mul_f64s(first.1, re[v]));
                    *product = times_vector(simd, *product, (x, y));
                }
            }
            for (out, product) in out.iter_mut().zip(products) {
                let (re, im) = vectors_mut::<S>(out);
                (re[v], im[v]) = product;
            }
        }
    }
}

/// The integral with each node on, and with it off, in turn.
pub(super) fn effects(contour: &Contour, room: &mut Room) -> Vec<(f64, f64)> {
    Arch::new().dispatch(Effects { contour, room })
}

struct Effects<'a> {
    contour: &'a Contour,
    room: &'a mut Room,
}

impl WithSimd for Effects<'_> {
    type Output = Vec<(f64, f64)>;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> Self::Output {
        effects_here(simd, self.contour, self.room)
    }
}

#[inline(always)]
fn effects_here<S: Simd>(simd: S, contour: &Contour, room: &mut Room) -> Vec<(f64, f64)> {
    let steps = contour.kernel.len();
    room.clear(steps);
    let Room { lanes, before, waves: turned } = room;
    for group in &contour.groups {
        before.extend_from_slice(lanes);
        waves(simd, &group.a, contour.h, turned);
        for (product, wave) in lanes.iter_mut().zip(turned.iter()) {
            multiply(simd, product, group, wave);
        }
    }
    // From here on the products of those after it, with the kernel and all other lanes.
    for (lanes, &kernel) in lanes.iter_mut().zip(&contour.kernel) {
        *lanes = others(lanes, kernel);
    }
    let mut all = vec![(0.0, 0.0); contour.groups.len() * LANES];
    for (g, group) in contour.groups.iter().enumerate().rev() {
        let before = &before[g * steps..(g + 1) * steps];
        let (mut on, mut off) = ([0.0; LANES], [0.0; LANES]);
        waves(simd, &group.a, contour.h, turned);
        for ((after, before), wave) in lanes.iter_mut().zip(before).zip(turned.iter()) {
            let both = times(simd, before, after);
            add_halves(simd, &both, wave, &mut on, &mut off);
            multiply(simd, after, group, wave);
        }
        // With its factor m f = 1 − p + p e^{za}: β/p = e^{ca}/m and α/(1 − p) = 1/m.
        for k in 0..LANES {
            all[g * LANES + k] =
                (group.beta[k] / contour.p * on[k], group.alpha[k] / (1.0 - contour.p) * off[k]);
        }
    }
    all
}

/// The product of a number with the other lanes, for every lane.
#[inline(always)]
fn others(lanes: &Complex, first: (f64, f64)) -> Complex {
    let (mut re, mut im) = ([0.0; LANES], [0.0; LANES]);
    let lane = |k: usize| (lanes.0[k], lanes.1[k]);
    let mut before = first;
    for k in 0..LANES {
        (re[k], im[k]) = before;
        before = times_one(before, lane(k));
    }
    let mut after = (1.0, 0.0);
    for k in (0..LANES).rev() {
        (re[k], im[k]) = times_one((re[k], im[k]), after);
        after = times_one(after, lane(k));
    }
    (re, im)
}

#[inline(always)]
pub(super) fn times_one(x: (f64, f64), y: (f64, f64)) -> (f64, f64) {
    (x.0 * y.0 - x.1 * y.1, x.0 * y.1 + x.1 * y.0)
}

/// Adds the real parts of products with a node's wave, and without.
#[inline(always)]
fn add_halves<S: Simd>(simd: S, both: &Complex, wave: &Complex, on: &mut Lanes, off: &mut Lanes) {
    let ((re, im), (cos, sin)) = (vectors::<S>(both), vectors::<S>(wave));
    let (on, off) = (S::as_mut_simd_f64s(on).0, S::as_mut_simd_f64s(off).0);
    for k in 0..on.len() {
        let with = simd.sub_f64s(simd.mul_f64s(re[k], cos[k]), simd.mul_f64s(im[k], sin[k]));
        on[k] = simd.add_f64s(on[k], with);
        off[k] = simd.add_f64s(off[k], re[k]);
    }
}

/// Multiplies by α + β e^{ita}.
#[inline(always)]
pub(super) fn multiply<S: Simd>(simd: S, product: &mut Complex, group: &Group, wave: &Complex) {
    let (re, im) = vectors_mut::<S>(product);
    let (cos, sin) = vectors::<S>(wave);
    let (alpha, beta) = (vector::<S>(&group.alpha), vector::<S>(&group.beta));
    for k in 0..re.len() {
        let x = simd.mul_add_e_f64s(beta[k], cos[k], alpha[k]);
        let y = simd.mul_f64s(beta[k], sin[k]);
        (re[k], im[k]) = times_vector(simd, (re[k], im[k]), (x, y));
    }
}
