//! The inner loops with points along the lanes.

use std::f64::consts::LN_2;

use pulp::Simd;

use super::multiply::ln_of_mantissa;
use super::tiles::TILE;

/// Points of a vector.
pub(super) const WIDTH: usize = 8;
/// Hi and lo masks of a tile.
pub(super) const ROWS: usize = 2;
pub(super) const COLUMNS: usize = 8;

/// Multiplies the factors `α + x` of some vectors into the running products of a tile. `x` and
/// `alpha` begin at the tile's first masks and step by `xs` and `alphas` from vector to vector.
#[inline(always)]
pub(super) fn multiply<S: Simd, const C: usize>(
    simd: S,
    x: &[f64],
    xs: usize,
    alpha: &[f64],
    alphas: usize,
    product: &mut [f64; TILE],
) {
    let per = WIDTH / S::F64_LANES;
    for (first, sub) in (0..COLUMNS).step_by(C).flat_map(|c| (0..per).map(move |sub| (c, sub))) {
        let place = |r: usize, c: usize| (r * COLUMNS + first + c) * per + sub;
        let mut acc = [[simd.splat_f64s(1.0); C]; ROWS];
        let all = S::as_mut_simd_f64s(product).0;
        for r in 0..ROWS {
            for c in 0..C {
                acc[r][c] = all[place(r, c)];
            }
        }
        for (x, alpha) in x.chunks(xs).zip(alpha.chunks(alphas)) {
            let Some(x) = x.first_chunk::<{ COLUMNS * WIDTH }>() else { break };
            let Some(alpha) = alpha.first_chunk::<{ ROWS * WIDTH }>() else { break };
            let (x, alpha) = (S::as_simd_f64s(x).0, S::as_simd_f64s(alpha).0);
            for c in 0..C {
                let x = x[(first + c) * per + sub];
                for r in 0..ROWS {
                    acc[r][c] = simd.mul_f64s(acc[r][c], simd.add_f64s(alpha[r * per + sub], x));
                }
            }
        }
        for r in 0..ROWS {
            for c in 0..C {
                all[place(r, c)] = acc[r][c];
            }
        }
    }
}

/// Logarithms of the products of each mask's lanes, from mantissas and biased exponents.
#[inline(always)]
pub(super) fn lanes_together(
    product: &[f64; TILE],
    exponents: &[u64; TILE],
    pulls: u64,
) -> [f64; ROWS * COLUMNS] {
    let (mut products, mut sums) = ([1.0; TILE / 2], [0u64; TILE / 2]);
    pairs(product, &mut products, |a, b| a * b);
    pairs(exponents, &mut sums, u64::wrapping_add);
    let (mut fours, mut four_sums) = ([1.0; TILE / 4], [0u64; TILE / 4]);
    pairs(&products, &mut fours, |a, b| a * b);
    pairs(&sums, &mut four_sums, u64::wrapping_add);
    let (mut eights, mut eight_sums) = ([1.0; TILE / 8], [0u64; TILE / 8]);
    pairs(&fours, &mut eights, |a, b| a * b);
    pairs(&four_sums, &mut eight_sums, u64::wrapping_add);
    let mut losses = [0.0; ROWS * COLUMNS];
    for (k, loss) in losses.iter_mut().enumerate() {
        let bits = eights[k].to_bits();
        let mantissa = f64::from_bits(bits & ((1 << 52) - 1) | 1.0f64.to_bits());
        let bias = 1023 * (WIDTH as u64 * pulls + 1);
        let exponent = eight_sums[k].wrapping_add(bits >> 52).wrapping_sub(bias) as i64 as f64;
        *loss = ln_of_mantissa(mantissa) + exponent * LN_2;
    }
    losses
}

/// What `join` makes of each two neighbours.
#[inline(always)]
fn pairs<T: Copy>(from: &[T], to: &mut [T], join: impl Fn(T, T) -> T) {
    for (to, [a, b]) in to.iter_mut().zip(from.as_chunks::<2>().0) {
        *to = join(*a, *b);
    }
}
