//! One group's points laid out for the kernels: masks of its nodes in tiles of 4 × 32.
//!
//! The group's k nodes make 2^k masks. The low nodes run along the lanes ("lo" masks, 32 to a
//! tile), the others along the rows ("hi" masks, 4 to a tile).

use super::groups::{Group, MIN_BITS};
use super::odds::Odds;

pub(crate) const LO_TILE_BITS: usize = 5;
/// Lo masks of a tile.
pub(crate) const LANES: usize = 32;
/// Hi masks of a tile.
pub(crate) const ROWS: usize = 4;
/// Masks of a tile.
pub(crate) const TILE: usize = LANES * ROWS;
const HI_TILE_BITS: usize = 2;
/// Whether each of a tile's lo nodes is on at a lane: 1 or 0.
pub(crate) const ON: [[f32; LANES]; LO_TILE_BITS] = {
    let mut on = [[0.0; LANES]; LO_TILE_BITS];
    let mut at = 0;
    while at < LO_TILE_BITS * LANES {
        let (node, lane) = (at / LANES, at % LANES);
        on[node][lane] = (lane >> node & 1) as f32;
        at += 1;
    }
    on
};
/// At most this many nodes along the lanes, so that a block's tables stay within the cache.
const MAX_LO_BITS: usize = 10;

/// Which of the last hidden layer's masks: those whose nodes from `bits` up have the values of
/// `index`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Slab {
    pub bits: usize,
    pub index: u32,
}

impl Slab {
    /// The nodes that vary within the slab.
    pub fn inner(self) -> u32 {
        ((1u64 << self.bits) - 1) as u32
    }
}

/// A group's points within a slab.
pub(crate) struct Part {
    /// Number of the group's nodes that vary within the slab, at least [`MIN_BITS`] (padded).
    pub bits: usize,
    /// Nodes along the lanes.
    pub lo_bits: usize,
    /// Classes less one.
    pub d: usize,
    /// The points' places among all.
    pub points: Vec<u32>,
    /// `[points, d]`, the slab's fixed nodes included.
    pub consts: Vec<f64>,
    /// `[points, bits, d]`.
    pub slopes: Vec<f64>,
}

impl Part {
    pub fn new(odds: &Odds, group: &Group, slab: Slab) -> Self {
        let nodes: Vec<usize> = ones(group.pattern & slab.inner()).collect();
        let lo_bits = (nodes.len().max(MIN_BITS) / 2).clamp(LO_TILE_BITS, MAX_LO_BITS);
        Self::with_lo_bits(odds, group, slab, lo_bits)
    }

    /// As [`Self::new`], with this many nodes along the lanes.
    pub fn with_lo_bits(odds: &Odds, group: &Group, slab: Slab, lo_bits: usize) -> Self {
        let nodes: Vec<usize> = ones(group.pattern & slab.inner()).collect();
        let fixed: Vec<usize> = ones(group.pattern & !slab.inner())
            .filter(|i| slab.index >> (i - slab.bits) & 1 == 1)
            .collect();
        let bits = nodes.len().max(MIN_BITS);
        let d = odds.d;
        let mut part = Self {
            bits,
            lo_bits,
            d,
            points: group.points.clone(),
            consts: Vec::with_capacity(group.points.len() * d),
            slopes: Vec::with_capacity(group.points.len() * bits * d),
        };
        for &m in &group.points {
            let slopes = odds.slopes(m as usize);
            for (c, &k) in odds.consts(m as usize).iter().enumerate() {
                part.consts.push(fixed.iter().fold(k, |k, i| k + slopes[i * d + c]));
            }
            for &i in &nodes {
                part.slopes.extend_from_slice(&slopes[i * d..][..d]);
            }
            part.slopes.resize(part.slopes.len() + (bits - nodes.len()) * d, 0.0);
        }
        part
    }

    /// Number of points.
    pub fn len(&self) -> usize {
        self.points.len()
    }

    /// Number of lo masks.
    pub fn lo_masks(&self) -> usize {
        1 << self.lo_bits
    }

    /// Consts of point `p`, `[d]`.
    pub fn consts(&self, p: usize) -> &[f64] {
        &self.consts[p * self.d..][..self.d]
    }

    /// Slopes of point `p`, `[bits, d]`.
    pub fn slopes(&self, p: usize) -> &[f64] {
        &self.slopes[p * self.bits * self.d..][..self.bits * self.d]
    }

    /// Slopes of point `p` for class `c` of the nodes `from..to`.
    pub fn class(&self, p: usize, c: usize, from: usize, to: usize) -> impl Iterator<Item = f64> {
        (from..to).map(move |i| self.slopes(p)[i * self.d + c])
    }

    /// The most that a logit difference of point `p` can be in absolute value.
    pub fn reach(&self, p: usize) -> f64 {
        let reach = |c: usize| {
            self.consts(p)[c].abs() + self.class(p, c, 0, self.bits).map(f64::abs).sum::<f64>()
        };
        (0..self.d).map(reach).fold(0.0, f64::max)
    }

    /// `Σ` of the tile's own high lo nodes for class `c`, at lo tile `tile`.
    pub fn lo_base(&self, p: usize, c: usize, tile: usize) -> f64 {
        self.class(p, c, LO_TILE_BITS, self.lo_bits)
            .enumerate()
            .fold(0.0, |z, (j, s)| if tile >> j & 1 == 1 { z + s } else { z })
    }

    /// Slopes of the five nodes that run along a lo tile.
    pub fn lo_nodes(&self, p: usize, c: usize) -> [f64; LO_TILE_BITS] {
        std::array::from_fn(|i| self.slopes(p)[i * self.d + c])
    }

    /// Logit difference for class `c` at the four hi masks of tile `tile`, lo masks off.
    pub fn hi_logits(&self, p: usize, c: usize, tile: usize) -> [f64; ROWS] {
        let k = self.consts(p)[c];
        let slopes = self.slopes(p);
        let slope = |i: usize| slopes[(self.lo_bits + i) * self.d + c];
        let base = (HI_TILE_BITS..self.bits - self.lo_bits)
            .filter(|i| tile >> (i - HI_TILE_BITS) & 1 == 1)
            .fold(k, |z, i| z + slope(i));
        doubled(base, [slope(0), slope(1)], |a, b| a + b)
    }
}

/// Set bits, ascending.
pub(crate) fn ones(mut bits: u32) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let i = bits.trailing_zeros() as usize;
        (i < 32).then(|| {
            bits &= bits - 1;
            i
        })
    })
}

/// The 32 products of subsets of `factors`, times `base`.
pub(crate) fn products(base: f64, factors: [f64; LO_TILE_BITS]) -> [f64; LANES] {
    doubled(base, factors, |a, b| a * b)
}

/// The 32 sums of subsets of `terms`, plus `base`.
pub(crate) fn sums(base: f64, terms: [f64; LO_TILE_BITS]) -> [f64; LANES] {
    doubled(base, terms, |a, b| a + b)
}

/// What each subset of `with` makes of `base`; `MASKS` is 2^BITS.
pub(crate) fn doubled<const BITS: usize, const MASKS: usize>(
    base: f64,
    with: [f64; BITS],
    join: impl Fn(f64, f64) -> f64,
) -> [f64; MASKS] {
    let mut all = [base; MASKS];
    for (bit, &with) in with.iter().enumerate() {
        let (done, rest) = all.split_at_mut(1 << bit);
        for (to, from) in rest.iter_mut().zip(done) {
            *to = join(*from, with);
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subset_sums_follow_the_bits() {
        let sums = sums(100.0, [1.0, 2.0, 4.0, 8.0, 16.0]);
        assert!(sums.iter().enumerate().all(|(b, &s)| s == 100.0 + b as f64));
        assert_eq!(ones(0b1010_0001).collect::<Vec<_>>(), [0, 5, 7]);
    }
}
