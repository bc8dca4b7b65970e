//! What two points contribute to the weights.

use pulp::{Arch, Simd, WithSimd};

use super::cosines::{Cosines, is_odd};
use super::{PARTS, one_node};
use crate::averages::waves::{LANES, Lanes};

/// Room for one pair's cosines, kept from pair to pair.
#[derive(Default)]
pub(super) struct Room {
    rows: Side,
    columns: Side,
    /// One row's cosines and sines of the common nodes.
    row: Vec<(f64, f64)>,
}

/// One of two points.
#[derive(Default)]
struct Side {
    /// Waves of the nodes that matter at both points, `[steps / LANES, common]`.
    waves: Vec<(Lanes, Lanes)>,
    /// ω cos(tμ) and ω sin(tμ), times the cosines of the nodes that matter at this one alone.
    weights: Vec<(Lanes, Lanes)>,
    /// Whether each node is common.
    is_common: Vec<bool>,
}

impl Side {
    fn fill(&mut self, of: &Cosines) {
        self.waves.clear();
        self.weights.clear();
        for (block, (even, odd)) in of.even.iter().zip(&of.odd).enumerate() {
            let mut own = [1.0; LANES];
            for (wave, &is_common) in of.block(block).iter().zip(&self.is_common) {
                if is_common {
                    self.waves.push(*wave);
                } else {
                    own.iter_mut().zip(&wave.0).for_each(|(own, cos)| *own *= cos);
                }
            }
            let (mut even, mut odd) = (*even, *odd);
            for lane in 0..LANES {
                even[lane] *= own[lane];
                odd[lane] *= own[lane];
            }
            self.weights.push((even, odd));
        }
    }
}

/// Σ over t and t′ of the weights times the degrees' parts, for each of these, and a bound on what is left
/// out where the product of both ω is small: about `share` at each t.
pub(super) fn pair(x: &Cosines, y: &Cosines, share: f64, room: &mut Room) -> ([f64; PARTS], f64) {
    let is_in = |node: &u32, of: &Cosines| of.nodes.binary_search(node).is_ok();
    room.rows.is_common.clear();
    room.rows.is_common.extend(x.nodes.iter().map(|node| is_in(node, y)));
    let common = room.rows.is_common.iter().filter(|&&is_common| is_common).count();
    // With one common node or none there is no degree above 1.
    if common < 2 {
        return ([0.0; PARTS], 0.0);
    }
    room.columns.is_common.clear();
    room.columns.is_common.extend(y.nodes.iter().map(|node| is_in(node, x)));
    room.rows.fill(x);
    room.columns.fill(y);
    Arch::new().dispatch(Sum { x, y, share, common, room })
}

struct Sum<'a> {
    x: &'a Cosines,
    y: &'a Cosines,
    share: f64,
    common: usize,
    room: &'a mut Room,
}

// Closures would be called, and compiled without vector instructions.
impl WithSimd for Sum<'_> {
    type Output = ([f64; PARTS], f64);

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> Self::Output {
        let Self { x, y, share, common, room } = self;
        let Room { rows, columns, row } = room;
        let mut totals = [[0.0; LANES]; PARTS];
        let mut left_out = 0.0;
        let mut blocks = columns.weights.len();
        for (block, omega) in x.omega.iter().enumerate() {
            let waves = &rows.waves[block * common..][..common];
            for lane in 0..LANES {
                // ω falls with t, so that each row needs no more columns than the one before.
                while blocks > 0 && omega[lane] * y.beyond[blocks - 1] <= share {
                    blocks -= 1;
                }
                left_out += omega[lane] * y.beyond[blocks];
                row.clear();
                for (cos, sin) in waves {
                    row.push((cos[lane], sin[lane]));
                }
                let weights = (rows.weights[block].0[lane], rows.weights[block].1[lane]);
                let of = Row { row, columns, blocks };
                add_row(simd, &of, weights, &mut totals);
            }
        }
        let mut sums = [0.0; PARTS];
        for k in 0..PARTS {
            sums[k] = totals[k].iter().sum();
        }
        (sums, left_out)
    }
}

/// One t of the first point, and the second point.
struct Row<'a> {
    row: &'a [(f64, f64)],
    columns: &'a Side,
    /// How many of its groups of lanes are needed.
    blocks: usize,
}

#[inline(always)]
fn add_row<S: Simd>(
    simd: S,
    of: &Row,
    (even, odd): (f64, f64),
    totals: &mut [[f64; LANES]; PARTS],
) {
    // Lanes are added up in the same order whatever the width of the vectors.
    for v in 0..LANES / S::F64_LANES {
        let mut sums = [simd.splat_f64s(0.0); PARTS];
        for block in 0..of.blocks {
            let mut parts = [simd.splat_f64s(0.0); PARTS];
            parts[0] = simd.splat_f64s(1.0);
            let waves = &of.columns.waves[block * of.row.len()..][..of.row.len()];
            for ((c, s), (cos, sin)) in of.row.iter().zip(waves) {
                let (cos, sin) = (S::as_simd_f64s(cos).0[v], S::as_simd_f64s(sin).0[v]);
                let c = simd.mul_f64s(simd.splat_f64s(*c), cos);
                let s = simd.mul_f64s(simd.splat_f64s(*s), sin);
                one_node(simd, &mut parts, c, s);
            }
            let weights = &of.columns.weights[block];
            let weights = [&weights.0, &weights.1].map(|w| S::as_simd_f64s(w).0[v]);
            for k in 0..PARTS {
                sums[k] = simd.mul_add_e_f64s(weights[usize::from(is_odd(k))], parts[k], sums[k]);
            }
        }
        for k in 0..PARTS {
            let weight = simd.splat_f64s(if is_odd(k) { odd } else { even });
            let total = &mut S::as_mut_simd_f64s(&mut totals[k]).0[v];
            *total = simd.mul_add_e_f64s(weight, sums[k], *total);
        }
    }
}
