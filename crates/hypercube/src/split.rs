//! Points in two parts: one to train on, one held out to judge by.

use rand::seq::SliceRandom;

use crate::{Points, stream};

/// The stream that the parts are drawn from; its seed is always 0.
const SPLIT: u64 = 9;

/// A training part and the `n` points held out of it: a simple random sample, without regard to
/// labels. Both are in the order of the draw.
///
/// The draw depends on the number of points alone: networks of different seeds are judged by the same
/// points, which none of them has seen.
///
/// # Panics
///
/// If `n` is 0 or not less than the number of points.
pub fn hold_out(points: &Points, n: usize) -> (Points, Points) {
    assert!(0 < n && n < points.len(), "both parts need points");
    let mut order: Vec<usize> = (0..points.len()).collect();
    order.shuffle(&mut stream(0, SPLIT, 0));
    let (held_out, training) = order.split_at(n);
    (chosen(points, training), chosen(points, held_out))
}

/// The first `n` points, or all if there are fewer.
///
/// # Panics
///
/// If `n` is 0.
pub fn first(points: &Points, n: usize) -> Points {
    chosen(points, &(0..points.len().min(n)).collect::<Vec<_>>())
}

fn chosen(points: &Points, rows: &[usize]) -> Points {
    let inputs = points.inputs();
    let row = |&row: &usize| &points.coordinates()[row * inputs..][..inputs];
    let coordinates = rows.iter().flat_map(row).copied().collect();
    let labels = rows.iter().map(|&row| points.labels()[row]).collect();
    Points::new(inputs, coordinates, labels).expect("a part of points is points")
}

/// How many classes labels tell apart: the largest label and one.
///
/// # Errors
///
/// In one line, if that is only one class, or no point has some label below the largest: then they
/// begin at 1, or are no numbers of classes.
pub fn classes(points: &Points) -> Result<usize, String> {
    let labels = points.labels();
    let classes = 1 + labels.iter().max().copied().unwrap_or(0);
    let mut seen = vec![false; classes];
    labels.iter().for_each(|&label| seen[label] = true);
    match seen.iter().position(|seen| !seen) {
        Some(missing) => Err(format!(
            "no row has label {missing}, and the largest is {}; number the classes 0, 1, 2, …, \
             without gaps",
            classes - 1
        )),
        None if classes == 1 => Err("every row has label 0; a network needs two classes to tell \
                                     apart, 0 and 1"
            .to_owned()),
        None => Ok(classes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labelled(labels: &[usize]) -> Points {
        let coordinates = (0..labels.len()).map(|k| k as f64).collect();
        Points::new(1, coordinates, labels.to_vec()).unwrap()
    }

    #[test]
    fn every_point_is_in_one_part_with_its_label() {
        let labels: Vec<usize> = (0..103).map(|k| k % 7).collect();
        let (training, held_out) = hold_out(&labelled(&labels), 23);
        assert_eq!((training.len(), held_out.len()), (80, 23));
        let mut rows: Vec<_> = training.iter().chain(held_out.iter()).collect();
        rows.sort_by(|a, b| a.0[0].total_cmp(&b.0[0]));
        for (k, (x, label)) in rows.into_iter().enumerate() {
            assert_eq!((x[0], label), (k as f64, k % 7));
        }
        // A sample from everywhere, not a block.
        let mean = held_out.coordinates().iter().sum::<f64>() / 23.0;
        assert!((mean - 51.0).abs() < 3.0 * 29.7 / 23f64.sqrt(), "{mean}");
        assert_eq!(first(&held_out, 5).labels(), &held_out.labels()[..5]);
        assert_eq!(first(&held_out, 50), held_out);
    }

    #[test]
    fn classes_are_counted_from_0_without_gaps() {
        assert_eq!(classes(&labelled(&[2, 0, 1, 1])), Ok(3));
        let refused = |labels| classes(&labelled(labels)).unwrap_err();
        assert!(
            refused(&[1, 2, 3]).starts_with("no row has label 0, and the largest is 3; number")
        );
        assert!(refused(&[0, 3, 1]).starts_with("no row has label 2"));
        assert!(refused(&[1, 1]).starts_with("no row has label 0"));
        assert!(refused(&[0, 0]).starts_with("every row has label 0"));
    }
}
