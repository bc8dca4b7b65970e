//! The fine bins of D and S of every mask.

use hypercube::Network;
use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use super::super::finder::Finder;
use super::super::nodes::{Activity, Kind};
use super::super::scattered;
use super::FINE;

/// Masks whose D and S are sorted to find bins of equal numbers of masks.
const SAMPLED: usize = 1 << 14;

/// Masks whose bins are found together.
const LANES: usize = 8;

/// Numbers that D and S are made of: both coordinates of Σ bᵢ sᵢ uᵢ, Σ bᵢ sᵢ and Σ bᵢ hᵢ vᵢ.
type Sums = [f64; 4];

/// They are sums of one entry of the low nodes' masks and one of the high ones'.
pub struct Measures {
    low_bits: usize,
    /// `[4, 2^low_bits]`.
    low: [Vec<f64>; 4],
    high: Vec<Sums>,
}

impl Measures {
    pub fn new(network: &Network, activities: &[Activity]) -> Self {
        let (first, last) = (&network.layers()[0], &network.layers()[1]);
        let row = |(i, activity): (usize, &Activity)| {
            let weights = [first.weight(i, 0), first.weight(i, 1)];
            let norm = weights.iter().map(|w| w * w).sum::<f64>().sqrt();
            let out = last.weight(1, i) - last.weight(0, i);
            let slices = activity.kind == Kind::Slicing && norm > 0.0;
            let strength = if slices { activity.mean * out.abs() } else { 0.0 };
            let [x, y] = weights.map(|w| if slices { strength * w / norm } else { 0.0 });
            [x, y, strength, activity.mean * out]
        };
        let rows: Vec<Sums> = activities.iter().enumerate().map(row).collect();
        let low_bits = rows.len() / 2;
        let (low, high) = rows.split_at(low_bits);
        let low = subset_sums(low);
        let low = std::array::from_fn(|k| low.iter().map(|sums| sums[k]).collect());
        Self { low_bits, low, high: subset_sums(high) }
    }

    /// D and S.
    fn at(&self, mask: usize) -> [f64; 2] {
        let (low, high) = (mask & ((1 << self.low_bits) - 1), &self.high[mask >> self.low_bits]);
        d_and_s(std::array::from_fn(|k| self.low[k][low] + high[k]))
    }
}

#[inline(always)]
fn d_and_s([x, y, strength, signed]: Sums) -> [f64; 2] {
    let length = (x * x + y * y).sqrt();
    [if strength > 0.0 { length / strength } else { 1.0 }, signed]
}

/// Sums of every subset of the rows, `[2^rows]`.
fn subset_sums(rows: &[Sums]) -> Vec<Sums> {
    let mut sums = vec![[0.0; 4]; 1 << rows.len()];
    for mask in 1..sums.len() {
        let row = mask.ilog2() as usize;
        for k in 0..4 {
            sums[mask][k] = sums[mask ^ 1 << row][k] + rows[row][k];
        }
    }
    sums
}

/// The fine bins of D and S of every mask.
pub struct Bins {
    /// D's bin · 64 + S's bin, `[2^N]`.
    bins: Vec<u16>,
}

impl Bins {
    pub fn new(measures: &Measures, n: usize) -> Self {
        let masks = 1usize << n;
        let sampled = SAMPLED.min(masks);
        let spread = (0..sampled).map(|k| measures.at(scattered(k, masks)));
        let (mut d, mut s): (Vec<f64>, Vec<f64>) = spread.map(|[d, s]| (d, s)).unzip();
        let finders = [Finder::new(&mut d), Finder::new(&mut s)];
        let mut bins = vec![0; masks];
        let by_high = bins.par_chunks_mut(1 << measures.low_bits).zip(&measures.high);
        by_high.for_each(|(bins, &high)| {
            Arch::new().dispatch(Find { low: &measures.low, high, finders: &finders, bins });
        });
        Self { bins }
    }

    /// That of a mask.
    #[inline(always)]
    pub fn of(&self, mask: usize) -> u16 {
        self.bins[mask]
    }

    /// Those of all masks.
    pub fn all(&self) -> &[u16] {
        &self.bins
    }
}

/// Finds the bins of masks that share the high nodes' mask, in whatever vectors the machine has:
/// every number is rounded alike in all of them.
struct Find<'a> {
    low: &'a [Vec<f64>; 4],
    high: Sums,
    finders: &'a [Finder<FINE>; 2],
    bins: &'a mut [u16],
}

impl WithSimd for Find<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<T: Simd>(self, _simd: T) {
        let Self { low, high, finders: [of_d, of_s], bins } = self;
        for (k, bins) in bins.chunks_exact_mut(LANES).enumerate() {
            let mut sums = [[0.0; LANES]; 4];
            for ((sums, low), high) in sums.iter_mut().zip(low).zip(high) {
                let low = &low[k * LANES..][..LANES];
                for lane in 0..LANES {
                    sums[lane] = low[lane] + high;
                }
            }
            let [x, y, strength, signed] = sums;
            let mut d = [0.0; LANES];
            for lane in 0..LANES {
                d[lane] = d_and_s([x[lane], y[lane], strength[lane], 0.0])[0];
            }
            for lane in 0..LANES {
                bins[lane] = of_d.bin(d[lane]) << FINE.ilog2() | of_s.bin(signed[lane]);
            }
        }
    }
}
