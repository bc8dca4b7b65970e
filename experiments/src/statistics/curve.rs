//! Densities of many values by fine bins.

use stats::{Peak, peaks};

/// Width of a bin: 1/12 of the write-up's kernel. A value counts as its bin's centre, which
/// changes a density smoothed at s by about WIDTH²/24 times its curvature: less than one part in
/// 3,000 of a peak as narrow as the kernel of 0.03, and in 800 with that of 0.015.
pub const WIDTH: f64 = 0.0025;

/// Bins on either side of the one around 0.
const HALF: usize = 3200;

/// Values beyond this count as this.
pub const RANGE: f64 = HALF as f64 * WIDTH;

/// Number of bins.
pub const BINS: usize = 2 * HALF + 1;

/// Beyond this many standard deviations a kernel adds nothing.
const REACH: f64 = 6.0;

/// A peak stands out by at least this share of the highest.
const PROMINENCE: f64 = 0.05;

/// The bin of a value: the one whose centre, a multiple of [`WIDTH`], is nearest. NaN go to the
/// last one.
#[inline(always)]
pub fn bin(x: f32) -> u32 {
    // 1.5 · 2^23 leaves whole numbers only, in the low bits; no calls, so loops can use vectors.
    const WHOLE: f32 = 12_582_912.0;
    const LAST: f32 = HALF as f32;
    let scaled = x * (1.0 / WIDTH) as f32;
    // In this order NaN is the last, for nothing is less than it, and each line is a single instruction.
    let scaled = if scaled < LAST { scaled } else { LAST };
    let scaled = if scaled > -LAST { scaled } else { -LAST };
    (scaled + WHOLE).to_bits().wrapping_sub((WHOLE - LAST).to_bits())
}

/// A density smoothed by a Gaussian kernel, at multiples of [`WIDTH`].
#[derive(Clone, Debug)]
pub struct Curve {
    density: Vec<f64>,
    kernel_sd: f64,
    /// Place of 0.
    zero: usize,
}

/// Density at 0 against the peaks on either side.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Trough {
    /// f(0) / the higher of the two flanking peaks; none if neither side has one.
    pub ratio: Option<f64>,
    /// f(0) / the lower; none unless both sides have one.
    pub lower_ratio: Option<f64>,
}

impl Curve {
    /// The density of counts, `[BINS]`, weighted or whole; 0 everywhere if there are none.
    pub fn new(counts: &[f64], kernel_sd: f64) -> Self {
        let reach = (REACH * kernel_sd / WIDTH).ceil() as usize;
        let kernel: Vec<f64> = (0..=2 * reach)
            .map(|k| (-0.5 * ((k as f64 - reach as f64) * WIDTH / kernel_sd).powi(2)).exp())
            .collect();
        let total = counts.iter().sum::<f64>();
        let norm = if total > 0.0 {
            1.0 / (total * kernel_sd * std::f64::consts::TAU.sqrt())
        } else {
            0.0
        };
        let mut density = vec![0.0; counts.len() + 2 * reach];
        for (at, &count) in counts.iter().enumerate().filter(|(_, count)| **count > 0.0) {
            let weight = count * norm;
            let to = density[at..].iter_mut().zip(&kernel);
            to.for_each(|(to, k)| *to += weight * k);
        }
        Self { density, kernel_sd, zero: HALF + reach }
    }

    /// The density at 0.
    pub fn at_zero(&self) -> f64 {
        self.density[self.zero]
    }

    /// The highest density.
    pub fn highest(&self) -> f64 {
        self.density.iter().copied().fold(0.0, f64::max)
    }

    /// How many peaks stand out.
    pub fn peaks(&self) -> usize {
        self.prominent_peaks().count()
    }

    /// Local maxima that stand out from their surroundings.
    fn prominent_peaks(&self) -> impl Iterator<Item = Peak> {
        let least = PROMINENCE * self.highest();
        peaks(&self.density).into_iter().filter(move |peak| peak.prominence >= least)
    }

    /// The density at 0 against the highest prominent peak on either side. A maximum within one
    /// kernel standard deviation of 0 is the peak at 0 and flanks nothing.
    pub fn trough(&self) -> Trough {
        let apart = (self.kernel_sd / WIDTH).round() as usize;
        let (mut left, mut right) = (None::<f64>, None::<f64>);
        for peak in self.prominent_peaks().filter(|peak| peak.at.abs_diff(self.zero) > apart) {
            let side = if peak.at < self.zero { &mut left } else { &mut right };
            *side = Some(side.map_or(peak.height, |height| height.max(peak.height)));
        }
        let over = |height: f64| self.at_zero() / height;
        Trough {
            ratio: left.into_iter().chain(right).reduce(f64::max).map(over),
            lower_ratio: left.zip(right).map(|(l, r)| over(l.min(r))),
        }
    }

    /// ∫ min(f, g). The two must have the same kernel.
    pub fn overlap(&self, other: &Self) -> f64 {
        self.density.iter().zip(&other.density).map(|(a, b)| a.min(*b)).sum::<f64>() * WIDTH
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(values: &[f32]) -> Vec<f64> {
        let mut counts = vec![0.0; BINS];
        values.iter().for_each(|&x| counts[bin(x) as usize] += 1.0);
        counts
    }

    #[test]
    fn bins_are_centred_on_multiples() {
        for k in -3200i32..=3200 {
            let centre = f64::from(k) * WIDTH;
            for x in [centre, centre - 0.49 * WIDTH, centre + 0.49 * WIDTH] {
                assert_eq!(bin(x as f32), (k + 3200) as u32, "{x}");
            }
        }
        let (first, last) = (bin(f32::NEG_INFINITY), bin(f32::INFINITY));
        assert_eq!((first, last, bin(f32::NAN)), (0, BINS as u32 - 1, BINS as u32 - 1));
        assert_eq!((bin(-1e30), bin(8.1)), (0, BINS as u32 - 1));
    }

    #[test]
    fn the_density_is_the_kernel_density() {
        let values: Vec<f32> =
            (0..4000).map(|k| (k as f32 * 0.7).sin() * 0.3 + (k as f32 * 0.11).cos()).collect();
        let sample: Vec<f64> = values.iter().map(|&x| f64::from(x)).collect();
        for sd in [0.03, 0.015] {
            let curve = Curve::new(&counted(&values), sd);
            let offset = curve.zero as f64;
            let grid: Vec<f64> =
                (0..curve.density.len()).map(|k| (k as f64 - offset) * WIDTH).collect();
            let slow = stats::density(&sample, sd, &grid);
            for (fast, slow) in curve.density.iter().zip(&slow) {
                assert!((fast - slow).abs() < 1e-2 * curve.highest(), "{fast} is not {slow}");
            }
            let integral = curve.density.iter().sum::<f64>() * WIDTH;
            assert!((integral - 1.0).abs() < 1e-6);
        }
    }

    #[test]
    fn peaks_and_troughs() {
        let spikes = |at: &[f32]| Curve::new(&counted(at), 0.03);
        let two = spikes(&[-0.5, -0.5, 0.4]);
        assert_eq!(two.peaks(), 2);
        let trough = two.trough();
        assert!(trough.ratio.unwrap() < 1e-9 && trough.lower_ratio.unwrap() < 1e-9);
        // A peak at 0, or a little beside it, with lower ones around.
        for at in [0.0, 0.01] {
            let trough = spikes(&[-0.5, at, at, 0.5, 0.5, at]).trough();
            assert!(trough.ratio.unwrap() > 1.3 && trough.lower_ratio.unwrap() > 2.7);
        }
        // 0 on the slope of a single peak is no trough, and a single peak at 0 has no flanks.
        let slope = spikes(&[0.06]).trough();
        assert!(slope.ratio.unwrap() < 0.2 && slope.lower_ratio.is_none());
        assert_eq!(spikes(&[0.0]).trough(), Trough { ratio: None, lower_ratio: None });
        // A hundredth of the highest is no peak.
        let mut many = vec![0.0; 100];
        many.push(0.5);
        assert_eq!(spikes(&many).peaks(), 1);
        assert_eq!(spikes(&[]).peaks(), 0);
    }

    #[test]
    fn overlap_of_same_and_apart() {
        let curve = |at: f32| Curve::new(&counted(&[at]), 0.03);
        assert!((curve(0.1).overlap(&curve(0.1)) - 1.0).abs() < 1e-6);
        assert!(curve(-1.0).overlap(&curve(1.0)) < 1e-9);
        // Two normals two standard deviations apart overlap by 2 Φ(−1).
        let expected = 2.0 * stats::Normal { mean: 0.0, sd: 1.0 }.cdf(-1.0);
        assert!((curve(0.0).overlap(&curve(0.06)) - expected).abs() < 1e-3);
    }
}
