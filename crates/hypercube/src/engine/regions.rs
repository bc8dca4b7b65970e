//! A cell's points by the nodes of the last hidden layer that are active at them.

use pulp::Simd;

use super::ratios::{Factors, Ratios};
use super::tiles::LANES;

/// Points that are summed in f32 before they are added to others: what rounding leaves of long sums
/// is not small beside a gradient in which the two labels' parts cancel.
const AT_ONCE: usize = 32;

/// Moments of 32 masks.
pub(super) type Moments<const K: usize> = [[f32; LANES]; K];

/// Points at which the same nodes of the last hidden layer are active, and the moments of their
/// residuals.
struct Region<const K: usize> {
    /// A bit for each node.
    active: u64,
    /// Counted from the cell's first.
    points: Vec<u32>,
    moments: Moments<K>,
}

/// The regions of one cell after the other: room that is used again.
#[derive(Default)]
pub(super) struct Regions<const K: usize> {
    all: Vec<Region<K>>,
    /// How many of them are the present cell's.
    count: usize,
}

impl<const K: usize> Regions<K> {
    /// Takes on a cell, given which nodes are active at each of its points.
    #[inline(always)]
    pub fn fill(&mut self, active: &[u64]) {
        self.count = 0;
        let mut start = 0;
        // Points come in the order of their places, so that most are as the one before.
        for run in active.chunk_by(|a, b| a == b) {
            let at = self.with(run[0]);
            let end = start + run.len() as u32;
            self.all[at].points.extend(start..end);
            start = end;
        }
    }

    fn with(&mut self, active: u64) -> usize {
        if let Some(at) = self.all[..self.count].iter().position(|r| r.active == active) {
            return at;
        }
        if self.count == self.all.len() {
            self.all.push(Region { active, points: Vec::new(), moments: [[0.0; LANES]; K] });
        }
        let region = &mut self.all[self.count];
        region.active = active;
        region.points.clear();
        self.count += 1;
        self.count - 1
    }

    fn used(&self) -> &[Region<K>] {
        &self.all[..self.count]
    }

    /// Nodes that are active at every point, and at any.
    pub fn active(&self) -> (u64, u64) {
        let join = |(all, any), r: &Region<K>| (all & r.active, any | r.active);
        self.used().iter().fold((u64::MAX, 0), join)
    }

    /// Sums up `Σ_points r [1, x − x̄]` of each region under a mask of the hi nodes; `common` is
    /// `[1, x − x̄]` of each point.
    #[inline(always)]
    pub fn sum_up<S: Simd>(
        &mut self,
        simd: S,
        (ratios, factors): (&Ratios, &Factors),
        hi: usize,
        common: &[[f32; K]],
    ) {
        let half = LANES / S::F32_LANES / 2;
        for region in &mut self.all[..self.count] {
            region.moments = [[0.0; LANES]; K];
            for points in region.points.chunks(AT_ONCE) {
                // Two vectors at a time: sums enough for the units not to wait.
                for v in 0..half {
                    let mut sums = [[simd.splat_f32s(0.0); 2]; K];
                    for &p in points {
                        let r = ratios.at(simd, factors, (hi, p as usize), v);
                        for (sums, by) in sums.iter_mut().zip(&common[p as usize]) {
                            let by = simd.splat_f32s(*by);
                            sums[0] = simd.mul_add_e_f32s(by, r[0], sums[0]);
                            sums[1] = simd.mul_add_e_f32s(by, r[1], sums[1]);
                        }
                    }
                    for (to, sums) in region.moments.iter_mut().zip(&sums) {
                        let to = S::as_mut_simd_f32s(to).0;
                        to[v] = simd.add_f32s(to[v], sums[0]);
                        to[v + half] = simd.add_f32s(to[v + half], sums[1]);
                    }
                }
            }
        }
    }

    /// The moments of those points at which all nodes of `of` are active.
    #[inline(always)]
    pub fn moments<S: Simd>(&self, simd: S, of: u64) -> Moments<K> {
        let mut with = self.used().iter().filter(|region| region.active & of == of);
        let mut sum = with.next().map_or([[0.0; LANES]; K], |first| first.moments);
        for region in with {
            for (sum, more) in sum.iter_mut().zip(&region.moments) {
                let (sum, more) = (S::as_mut_simd_f32s(sum).0, S::as_simd_f32s(more).0);
                sum.iter_mut().zip(more).for_each(|(sum, more)| *sum = simd.add_f32s(*sum, *more));
            }
        }
        sum
    }
}
