//! Handwritten digits: 1,797 images of 8 × 8 pixels, in ten classes.
//!
//! They are the test set of the "Optical Recognition of Handwritten Digits" of the UCI Machine Learning
//! Repository, by E. Alpaydin and C. Kaynak (1998, <https://doi.org/10.24432/C50P49>), in the order of
//! scikit-learn's `load_digits`, under the licence CC BY 4.0. `data/README.md` in this crate says how
//! they are packed.

use crate::Points;
use crate::split;

/// Pixels of an image, row by row from the top left.
pub const PIXELS: usize = 64;

/// Images in all.
pub const IMAGES: usize = 1797;

/// Images that are held out: a fifth.
pub const HELD_OUT: usize = 360;

/// Of each image its pixels, 5 bits each from the lowest bit of the first byte, and a byte for the
/// label.
static PACKED: &[u8; IMAGES * RECORD] = include_bytes!("../data/digits.bin");
const RECORD: usize = PIXELS * 5 / 8 + 1;

/// Ink of a pixel that is black all over.
const FULL: f64 = 16.0;

/// All images, each as its pixels from 0, white, to 1, black, in steps of 1/16; labels are the digits.
pub fn all() -> Points {
    let (mut pixels, mut labels) = (Vec::with_capacity(IMAGES * PIXELS), Vec::new());
    for record in PACKED.chunks_exact(RECORD) {
        let (packed, label) = record.split_at(RECORD - 1);
        let bit = |k: usize| packed[k / 8] >> (k % 8) & 1;
        let pixel = |k: usize| (0..5).map(|j| bit(5 * k + j) << j).sum::<u8>();
        pixels.extend((0..PIXELS).map(|k| f64::from(pixel(k)) / FULL));
        labels.push(usize::from(label[0]));
    }
    Points::new(PIXELS, pixels, labels).expect("there are images, of finite pixels")
}

/// The images to train on, 1,437 of them, and the 360 that are held out, as [`split::hold_out`] draws
/// them.
pub fn parts() -> (Points, Points) {
    split::hold_out(&all(), HELD_OUT)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What scikit-learn 1.9.1 has of `load_digits()`, computed with numpy.
    #[test]
    fn the_images_are_those_of_scikit_learn() {
        let points = all();
        assert_eq!((points.len(), points.inputs()), (IMAGES, PIXELS));
        let ink: Vec<u64> = points.coordinates().iter().map(|x| (x * FULL) as u64).collect();
        assert_eq!(ink.iter().max(), Some(&16));
        assert_eq!(ink.iter().sum::<u64>(), 561_718);
        assert_eq!(ink.iter().map(|x| x * x).sum::<u64>(), 6_907_012);
        let (mut count, mut of_digit, mut of_pixel) = ([0; 10], [0; 10], [0; PIXELS]);
        for (image, &digit) in ink.chunks_exact(PIXELS).zip(points.labels()) {
            count[digit] += 1;
            of_digit[digit] += image.iter().sum::<u64>();
            of_pixel.iter_mut().zip(image).for_each(|(sum, x)| *sum += x);
        }
        assert_eq!(count, [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]);
        let expected = [56415, 57007, 55566, 56151, 56239, 55915, 56336, 54289, 57408, 56392];
        assert_eq!(of_digit, expected);
        #[rustfmt::skip]
        let expected = [
            0, 546, 9353, 21269, 21291, 10390, 2448, 233, 10, 3583, 18657, 21527, 18472, 14692, 3318, 194,
            5, 4675, 17796, 12566, 12755, 14028, 3214, 90, 2, 4438, 16337, 15852, 17839, 13570, 4165, 4,
            0, 4204, 13778, 16302, 18512, 15713, 5228, 0, 16, 2846, 12366, 12989, 13787, 14801, 6211, 49,
            13, 1266, 13490, 17142, 16921, 15739, 6694, 371, 1, 502, 9987, 21724, 21221, 12155, 3716, 655,
        ];
        assert_eq!(of_pixel, expected);
        #[rustfmt::skip]
        let first = [
            0, 0, 5, 13, 9, 1, 0, 0, 0, 0, 13, 15, 10, 15, 5, 0, 0, 3, 15, 2, 0, 11, 8, 0, 0, 4, 12, 0, 0, 8, 8, 0,
            0, 5, 8, 0, 0, 9, 8, 0, 0, 4, 11, 0, 1, 12, 7, 0, 0, 2, 14, 5, 10, 12, 0, 0, 0, 0, 6, 13, 10, 0, 0, 0,
        ];
        #[rustfmt::skip]
        let last = [
            0, 0, 10, 14, 8, 1, 0, 0, 0, 2, 16, 14, 6, 1, 0, 0, 0, 0, 15, 15, 8, 15, 0, 0, 0, 0, 5, 16, 16, 10, 0, 0,
            0, 0, 12, 15, 15, 12, 0, 0, 0, 4, 16, 6, 4, 16, 6, 0, 0, 8, 16, 10, 8, 16, 8, 0, 0, 1, 8, 12, 14, 12, 1, 0,
        ];
        assert_eq!((&ink[..PIXELS], points.labels()[0]), (&first[..], 0));
        assert_eq!((&ink[ink.len() - PIXELS..], points.labels()[IMAGES - 1]), (&last[..], 8));
    }

    #[test]
    fn a_fifth_is_held_out_with_every_digit_in_both_parts() {
        let (training, held_out) = parts();
        assert_eq!((training.len(), held_out.len()), (1437, 360));
        for part in [&training, &held_out] {
            assert_eq!(split::classes(part), Ok(10));
        }
    }
}
