//! The matrix product of residuals and slopes, block of points by block.

use pulp::{Simd, WithSimd};

use super::blocks::{Block, COLUMNS, Job};
use super::exp::exp_of_negative;
use super::extreme::top_and_odds;
use super::tiles::LANES;

/// One block of points at one task's masks.
pub(super) struct Task<'a> {
    pub(super) job: &'a Job<'a>,
    pub(super) block: &'a Block,
    pub(super) task: usize,
    /// `exp(−z)` of the task's own part of the hi masks, `[points]`.
    pub(super) alphas: &'a [f32],
    pub(super) acc: &'a mut [f32],
    pub(super) early_acc: &'a mut [f32],
}

impl WithSimd for Task<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let job = self.job;
        let mut residuals = vec![0.0f32; self.block.points.len() * job.part.d * LANES];
        for hi in 0..1usize << job.low_bits {
            if self.block.wild {
                self.wild_residuals(hi, &mut residuals);
            } else {
                self.calm_residuals(simd, hi, &mut residuals);
            }
            let size = job.columns * LANES;
            let acc = &mut self.acc[hi * size..][..size];
            multiply(simd, &residuals, &self.block.weights, job.columns, acc);
            if job.early > 0 {
                let weights = job.hi_weights(self.block, self.task << job.low_bits | hi);
                let columns = job.early.next_multiple_of(COLUMNS);
                let size = columns * LANES;
                let acc = &mut self.early_acc[hi * size..][..size];
                multiply(simd, &residuals, &weights, columns, acc);
            }
        }
    }
}

impl Task<'_> {
    /// `r = x / (α + x)` with `x = exp(zlo)` and `α = exp(−zhi)`.
    #[inline(always)]
    fn calm_residuals<S: Simd>(&self, simd: S, hi: usize, residuals: &mut [f32]) {
        let points = self.block.points.len();
        let factors = &self.block.factors[hi * points..][..points];
        let odds = self.block.odds.as_chunks::<LANES>().0;
        let rows = residuals.as_chunks_mut::<LANES>().0.iter_mut().zip(odds);
        for ((row, odds), (alpha, factor)) in rows.zip(self.alphas.iter().zip(factors)) {
            let alpha = simd.splat_f32s(alpha * factor);
            let (row, odds) = (S::as_mut_simd_f32s(row).0, S::as_simd_f32s(odds).0);
            for (r, &x) in row.iter_mut().zip(odds) {
                *r = simd.div_f32s(x, simd.add_f32s(alpha, x));
            }
        }
    }

    /// `r_c = exp(z_c − t) / (1 + x)` with `exp(t)(1 + x) = 1 + Σ exp(z)`, in f64.
    #[inline(always)]
    fn wild_residuals(&self, hi: usize, residuals: &mut [f32]) {
        let (job, d) = (self.job, self.job.part.d);
        let all = 0..job.low_bits + job.high_bits;
        let mask = self.task << job.low_bits | hi;
        let mut hi_logits = vec![0.0; d];
        for (k, &p) in self.block.points.iter().enumerate() {
            for (c, z) in hi_logits.iter_mut().enumerate() {
                *z = job.hi_logit(p, c, job.part.consts(p)[c], all.clone(), mask);
            }
            let lo = &self.block.logits[k * d * LANES..][..d * LANES];
            let (top, x) = top_and_odds(lo, &hi_logits, d);
            for c in 0..d {
                let row = &mut residuals[(k * d + c) * LANES..][..LANES];
                for j in 0..LANES {
                    let z = lo[c * LANES + j] + hi_logits[c];
                    row[j] = (exp_of_negative(z - top[j]) / (1.0 + x[j])) as f32;
                }
            }
        }
    }
}

/// `acc[k] += Σ_rows residuals[row] · weights[row, k]`, `acc` being `[columns, LANES]`.
#[inline(always)]
pub(super) fn multiply<S: Simd>(
    simd: S,
    residuals: &[f32],
    weights: &[f32],
    columns: usize,
    acc: &mut [f32],
) {
    // Accumulators and one row must fit the registers: 32 with AVX-512, else 16.
    if S::F32_LANES >= 16 {
        multiply_by::<S, 2, COLUMNS>(simd, residuals, weights, columns, acc);
    } else {
        multiply_by::<S, 4, 2>(simd, residuals, weights, columns, acc);
    }
}

#[inline(always)]
fn multiply_by<S: Simd, const V: usize, const K: usize>(
    simd: S,
    residuals: &[f32],
    weights: &[f32],
    columns: usize,
    acc: &mut [f32],
) {
    let rows = residuals.as_chunks::<LANES>().0;
    for (group, acc) in acc.chunks_exact_mut(K * LANES).enumerate() {
        for sub in (0..LANES / S::F32_LANES).step_by(V) {
            let mut sums = [[simd.splat_f32s(0.0); V]; K];
            let weights = weights[group * K..].chunks(columns);
            for (row, weights) in rows.iter().zip(weights) {
                let Some(weights) = weights.first_chunk::<K>() else { break };
                let row = S::as_simd_f32s(row).0;
                let x: [S::f32s; V] = std::array::from_fn(|v| row[sub + v]);
                for k in 0..K {
                    let weight = simd.splat_f32s(weights[k]);
                    for v in 0..V {
                        sums[k][v] = simd.mul_add_e_f32s(weight, x[v], sums[k][v]);
                    }
                }
            }
            for (sums, acc) in sums.iter().zip(acc.chunks_exact_mut(LANES)) {
                let acc = S::as_mut_simd_f32s(acc).0;
                for (v, &sum) in sums.iter().enumerate() {
                    acc[sub + v] = simd.add_f32s(acc[sub + v], sum);
                }
            }
        }
    }
}
