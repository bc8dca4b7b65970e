//! Bins of about equal numbers of values, found without looking at every end.

/// So many that most hold no end.
const CELLS: usize = 2048;

/// Finds which of bins of about equal numbers of values a value is in: the ends in lower cells than the
/// value's are counted beforehand, and only those in its own cell are compared with it.
pub struct Finder<const BINS: usize> {
    /// Upper ends of the bins; no value is at or above the last one's, NaN.
    ends: [f64; BINS],
    /// Cells of equal width from the first end on, and how many ends lie in lower ones.
    low: f64,
    per_value: f64,
    lower: [u8; CELLS],
    /// Ends in one cell at most.
    most: usize,
}

impl<const BINS: usize> Finder<BINS> {
    /// Bins of as many values of a sample each.
    pub fn new(sample: &mut [f64]) -> Self {
        let mut ends = edges(sample);
        let (low, high) = (ends[0], ends[BINS - 2]);
        ends[BINS - 1] = f64::NAN;
        let per_value = (CELLS - 1) as f64 / (high - low);
        let per_value = if per_value.is_finite() { per_value } else { 0.0 };
        let mut finder = Self { ends, low, per_value, lower: [0; CELLS], most: 0 };
        let mut own = [0; CELLS];
        ends[..BINS - 1].iter().for_each(|&end| own[finder.cell(end)] += 1);
        let mut before = 0;
        for (lower, own) in finder.lower.iter_mut().zip(own) {
            *lower = before;
            before += own;
        }
        finder.most = own.into_iter().max().map_or(0, usize::from);
        finder
    }

    /// Never falls as the value rises: an end in a lower cell is less, and one in a higher cell greater.
    #[inline(always)]
    fn cell(&self, value: f64) -> usize {
        let cell = (value - self.low) * self.per_value;
        // 2^52 leaves whole numbers only, in the low bits.
        const WHOLE: f64 = 4_503_599_627_370_496.0;
        (cell.clamp(0.0, (CELLS - 1) as f64) + WHOLE).to_bits() as usize % CELLS
    }

    /// Numbers of ends, but for the last, at or below the values.
    #[inline(always)]
    pub fn bins<const LANES: usize>(&self, values: &[f64; LANES]) -> [u16; LANES] {
        let mut bins = [0; LANES];
        for lane in 0..LANES {
            bins[lane] = self.cell(values[lane]);
        }
        for lane in 0..LANES {
            bins[lane] = usize::from(self.lower[bins[lane]]);
            // As often as any value may need: no branch depends on this one.
            for _ in 0..self.most {
                bins[lane] += usize::from(self.ends[bins[lane] % BINS] <= values[lane]);
            }
        }
        let mut numbers = [0; LANES];
        for lane in 0..LANES {
            numbers[lane] = bins[lane] as u16;
        }
        numbers
    }
}

/// Upper ends of all bins but the last, so that each has as many of the values.
pub fn edges<const BINS: usize>(values: &mut [f64]) -> [f64; BINS] {
    values.sort_unstable_by(f64::total_cmp);
    std::array::from_fn(|k| {
        let end = (k + 1) * values.len() / BINS;
        values.get(end).copied().unwrap_or(f64::INFINITY)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const BINS: usize = 64;

    #[test]
    fn a_value_is_in_the_bin_whose_ends_are_around_it() {
        let even = |k: usize| k as f64 / 1024.0;
        let crowded = |k: usize| if k < 512 { even(k) } else { 0.3 + 1e-9 * even(k) };
        let same = |k: usize| if k < 1000 { 0.25 } else { even(k) };
        let constant = |_: usize| 7.0;
        for of in [&even as &dyn Fn(usize) -> f64, &crowded, &same, &constant] {
            let mut sample: Vec<f64> = (0..1024).map(of).collect();
            let finder = Finder::<BINS>::new(&mut sample);
            let ends: [f64; BINS] = edges(&mut sample);
            let beside = |x: f64| [x.next_down(), x, x.next_up()];
            let asked = ends[..BINS - 1].iter().chain(&sample).flat_map(|&x| beside(x));
            for x in asked.chain([-1e300, -1.0, 0.0, 2.0, 1e300]) {
                let expected = ends[..BINS - 1].iter().filter(|end| **end <= x).count();
                assert_eq!(finder.bins(&[x]), [expected as u16], "{x}");
            }
        }
    }
}
