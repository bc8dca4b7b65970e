//! Bins of about equal numbers of values, found without looking at every end.

/// So many that most hold no end.
const CELLS: usize = 2048;

/// Finds which of bins of about equal numbers of values a value is in: the ends in lower cells than the
/// value's are counted beforehand, and only those in its own cell are compared with it.
pub struct Finder<const BINS: usize> {
    /// Upper ends of the bins; the last one's does not matter.
    ends: [f64; BINS],
    /// Cells of equal width from the first end on, and how many ends lie in lower ones.
    low: f64,
    per_value: f64,
    lower: [u8; CELLS],
}

impl<const BINS: usize> Finder<BINS> {
    /// Bins of as many values of a sample each.
    pub fn new(sample: &mut [f64]) -> Self {
        let ends = edges(sample);
        let (low, high) = (ends[0], ends[BINS - 2]);
        let per_value = (CELLS - 1) as f64 / (high - low);
        let per_value = if per_value.is_finite() { per_value } else { 0.0 };
        let mut finder = Self { ends, low, per_value, lower: [0; CELLS] };
        let cells = ends.map(|end| finder.cell(end));
        for (cell, lower) in finder.lower.iter_mut().enumerate() {
            *lower = cells[..BINS - 1].iter().filter(|of_end| **of_end < cell).count() as u8;
        }
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

    /// Number of ends, but for the last, at or below the value.
    #[inline(always)]
    pub fn bin(&self, value: f64) -> u16 {
        let mut bin = usize::from(self.lower[self.cell(value)]);
        while bin + 1 < BINS && self.ends[bin] <= value {
            bin += 1;
        }
        bin as u16
    }
}

/// Upper ends of all bins but the last, so that each has as many of the values.
fn edges<const BINS: usize>(values: &mut [f64]) -> [f64; BINS] {
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
                assert_eq!(usize::from(finder.bin(x)), expected, "{x}");
            }
        }
    }
}
