//! The log-sum-exp path, for points whose logits are too large for the odds kernel.
//!
//! A point's loss is `max(0, z_1, …) + ln(1 + x)` with x the other classes' odds against the
//! largest, so that nothing overflows; per block the maxima are summed, and `q = Π(1 + x) − 1`
//! grows by `q ← q + x (1 + q)`: sums of positive terms only, exact for losses of any size.

use pulp::{Simd, WithSimd};

use super::exp::exp_of_negative;
use super::simd::SimdLevel;
use super::tiles::{LANES, Part, ROWS, sums};

/// A block of points with their lo logits.
pub(crate) struct Block<'a> {
    part: &'a Part,
    points: &'a [usize],
    /// `zlo`, `[lo tiles, points, d, LANES]`.
    lo: Vec<f64>,
}

impl<'a> Block<'a> {
    pub fn new(part: &'a Part, points: &'a [usize]) -> Self {
        let mut lo = Vec::with_capacity(part.lo_masks() * points.len() * part.d);
        for tile in 0..part.lo_masks() / LANES {
            for &p in points {
                for c in 0..part.d {
                    lo.extend(sums(part.lo_base(p, c, tile), part.lo_nodes(p, c)));
                }
            }
        }
        Self { part, points, lo }
    }

    /// Adds the block's losses at one row of tiles.
    pub fn add_rows(&self, tile: usize, out: &mut [f64], level: SimdLevel) {
        let mut hi = Vec::with_capacity(self.points.len() * self.part.d * ROWS);
        for r in 0..ROWS {
            for &p in self.points {
                hi.extend((0..self.part.d).map(|c| self.part.hi_logits(p, c, tile)[r]));
            }
        }
        level.run(Rows { block: self, hi: &hi, out });
    }
}

struct Rows<'a> {
    block: &'a Block<'a>,
    /// `[ROWS, points, d]`.
    hi: &'a [f64],
    out: &'a mut [f64],
}

impl WithSimd for Rows<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let d = self.block.part.d;
        let width = self.block.part.lo_masks();
        let points = self.block.points.len();
        let stride = points * d * LANES;
        // Each point multiplies 1 + q by at most the number of classes.
        let flush = (600.0 / ((d + 1) as f64).ln()) as usize;
        for (tile, lo) in self.block.lo.chunks_exact(stride).enumerate() {
            for r in 0..ROWS {
                let (mut sum, mut q) = ([0.0f64; LANES], [0.0f64; LANES]);
                for (p, z) in lo.chunks_exact(d * LANES).enumerate() {
                    let (top, x) = top_and_odds(z, &self.hi[(r * points + p) * d..], d);
                    for j in 0..LANES {
                        sum[j] += top[j];
                        q[j] += x[j] * (1.0 + q[j]);
                    }
                    if (p + 1) % flush == 0 {
                        for j in 0..LANES {
                            sum[j] += q[j].ln_1p();
                            q[j] = 0.0;
                        }
                    }
                }
                for (j, out) in self.out[r * width + tile * LANES..][..LANES].iter_mut().enumerate()
                {
                    *out += sum[j] + q[j].ln_1p();
                }
            }
        }
    }
}

/// `t = max(0, z_1, …)` and `x` with `exp(t)(1 + x) = 1 + Σ_c exp(z_c)`, for 32 lo masks with logits
/// `lo`, `[d, LANES]`, and one hi mask with logits `hi`, `[d]`.
#[inline(always)]
pub(crate) fn top_and_odds(lo: &[f64], hi: &[f64], d: usize) -> ([f64; LANES], [f64; LANES]) {
    let (mut top, mut x) = ([0.0f64; LANES], [0.0f64; LANES]);
    for (lo, hi) in lo.as_chunks::<LANES>().0.iter().zip(&hi[..d]) {
        for j in 0..LANES {
            let z = lo[j] + hi;
            let ratio = exp_of_negative(-(z - top[j]).abs());
            let larger = z > top[j];
            x[j] = if larger { (x[j] + 1.0) * ratio } else { x[j] + ratio };
            top[j] = if larger { z } else { top[j] };
        }
    }
    (top, x)
}
