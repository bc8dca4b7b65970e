//! The fine bins of D and S of every mask.

use hypercube::Network;
use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use super::super::finder::{Finder, edges};
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
    // One division whatever the strength: with a branch it would not be one of vectors.
    let (length, strength) = if strength > 0.0 { (length, strength) } else { (1.0, 1.0) };
    [length / strength, signed]
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
pub struct Bins<'a> {
    /// D's bin · 64 + S's bin, `[2^N]`.
    bins: &'a [u16],
}

impl<'a> Bins<'a> {
    /// In `room`, whose content does not matter.
    pub fn new(measures: &Measures, n: usize, room: &'a mut Vec<u16>) -> Self {
        let masks = 1usize << n;
        let sampled = SAMPLED.min(masks);
        let spread = (0..sampled).map(|k| measures.at(scattered(k, masks)));
        let (mut d, mut s): (Vec<f64>, Vec<f64>) = spread.map(|[d, s]| (d, s)).unzip();
        let (of_d, of_s) = (Finder::new(&mut d), InOrder::new(&measures.low[3], &mut s));
        if room.len() != masks {
            *room = vec![0; masks];
        }
        let bins = &mut room[..];
        let by_high = bins.par_chunks_mut(1 << measures.low_bits).zip(&measures.high);
        by_high.for_each(|(bins, &high)| {
            of_s.find(high[3], bins);
            Arch::new().dispatch(FindD { low: &measures.low, high, of_d: &of_d, bins });
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
        self.bins
    }
}

/// Low nodes' masks in the order of their S, in which S of all nodes rises too, whatever the high nodes': a bin's
/// masks are a run of them.
struct InOrder {
    masks: Vec<u16>,
    /// Their S.
    low: Vec<f64>,
    /// Upper ends of the bins; the last one's does not matter.
    ends: [f64; FINE],
}

impl InOrder {
    /// Bins of as many values of a sample each.
    fn new(low: &[f64], sample: &mut [f64]) -> Self {
        let mut masks: Vec<u16> = (0..=u16::MAX).take(low.len()).collect();
        masks.sort_by(|&a, &b| low[usize::from(a)].total_cmp(&low[usize::from(b)]));
        let low = masks.iter().map(|&mask| low[usize::from(mask)]).collect();
        Self { masks, low, ends: edges(sample) }
    }

    /// Writes the bins, numbers of ends at or below S, of masks that share the high nodes' mask.
    fn find(&self, high: f64, bins: &mut [u16]) {
        let (mut masks, mut low) = (&self.masks[..], &self.low[..]);
        for (bin, end) in (0..).zip(&self.ends) {
            let before = low.partition_point(|low| low + high < *end);
            let own = if usize::from(bin) + 1 < FINE { before } else { low.len() };
            masks[..own].iter().for_each(|&mask| bins[usize::from(mask)] = bin);
            (masks, low) = (&masks[own..], &low[own..]);
        }
    }
}

/// Adds the bins of D of masks that share the high nodes' mask, in whatever vectors the machine has: every
/// number is rounded alike in all of them.
struct FindD<'a> {
    low: &'a [Vec<f64>; 4],
    high: Sums,
    of_d: &'a Finder<FINE>,
    bins: &'a mut [u16],
}

impl WithSimd for FindD<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<T: Simd>(self, _simd: T) {
        let Self { low, high, of_d, bins } = self;
        for (k, bins) in bins.chunks_exact_mut(LANES).enumerate() {
            let mut sums = [[0.0; LANES]; 3];
            for ((sums, low), high) in sums.iter_mut().zip(low).zip(high) {
                let low = &low[k * LANES..][..LANES];
                for lane in 0..LANES {
                    sums[lane] = low[lane] + high;
                }
            }
            let [x, y, strength] = sums;
            let mut d = [0.0; LANES];
            for lane in 0..LANES {
                d[lane] = d_and_s([x[lane], y[lane], strength[lane], 0.0])[0];
            }
            let of_d = of_d.bins(&d);
            for lane in 0..LANES {
                bins[lane] |= of_d[lane] << FINE.ilog2();
            }
        }
    }
}
