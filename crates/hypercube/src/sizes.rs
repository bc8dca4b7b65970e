//! Masks by their size, the number of nodes on, and sums over the masks of each size.
//!
//! A table of 2^N values is gone through in rows: the masks of the low nodes under one mask of the
//! others, whose size adds to theirs.

/// The masks of a row's nodes by size, ascending within each.
pub(crate) struct Sizes {
    masks: Vec<u16>,
    /// Where each size begins, and the end.
    starts: Vec<usize>,
}

impl Sizes {
    /// Of rows of 2^bits values; `bits` is at most 16.
    pub fn new(bits: usize) -> Self {
        let mut masks: Vec<u16> = (0..1u32 << bits).map(|mask| mask as u16).collect();
        masks.sort_by_key(|mask| mask.count_ones());
        let starts = (0..=bits as u32 + 1)
            .map(|size| masks.partition_point(|mask| mask.count_ones() < size))
            .collect();
        Self { masks, starts }
    }

    /// How many sizes there are: the row's nodes and one.
    pub fn len(&self) -> usize {
        self.starts.len() - 1
    }

    /// The masks of each size, from 0.
    pub fn each(&self) -> impl Iterator<Item = &[u16]> {
        self.starts.windows(2).map(|ends| &self.masks[ends[0]..ends[1]])
    }

    /// `Σ of(value)` over the masks of each size in each of `values`' rows, in the order of the
    /// masks: into `sums`, `[rows, sizes]`.
    pub fn sums(&self, values: &[f64], of: impl Fn(f64) -> f64, sums: &mut [f64]) {
        let row = self.masks.len();
        // A sum waits for its last addition; four rows' sums do not wait for each other.
        let fours = values.chunks(4 * row).zip(sums.chunks_mut(4 * self.len()));
        for (values, sums) in fours {
            if values.len() == 4 * row {
                self.sums_of::<4>(values, &of, sums);
            } else {
                let ones = values.chunks(row).zip(sums.chunks_mut(self.len()));
                ones.for_each(|(values, sums)| self.sums_of::<1>(values, &of, sums));
            }
        }
    }

    fn sums_of<const ROWS: usize>(
        &self,
        values: &[f64],
        of: impl Fn(f64) -> f64,
        sums: &mut [f64],
    ) {
        let mut rows: [&[f64]; ROWS] = [&[]; ROWS];
        rows.iter_mut().zip(values.chunks(self.masks.len())).for_each(|(to, row)| *to = row);
        for (size, masks) in self.each().enumerate() {
            let mut sum = [0.0; ROWS];
            for &mask in masks {
                for (sum, row) in sum.iter_mut().zip(rows) {
                    *sum += of(row[usize::from(mask)]);
                }
            }
            for (k, sum) in sum.into_iter().enumerate() {
                sums[k * self.len() + size] = sum;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_those_of_the_masks_one_by_one() {
        for (bits, rows) in [(0, 1), (1, 3), (5, 4), (6, 9)] {
            let sizes = Sizes::new(bits);
            let row = 1usize << bits;
            let values: Vec<f64> = (0..rows * row).map(|k| (k as f64 * 0.7).sin()).collect();
            let mut sums = vec![f64::NAN; rows * sizes.len()];
            sizes.sums(&values, |v| v * v, &mut sums);
            let mut expected = vec![0.0; rows * (bits + 1)];
            for (k, v) in values.iter().enumerate() {
                let size = (k % row).count_ones() as usize;
                expected[k / row * (bits + 1) + size] += v * v;
            }
            assert_eq!(sums, expected, "{bits} nodes");
        }
    }
}
