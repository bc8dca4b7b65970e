//! The part of the plane that maps show.

use hypercube::Points;
use serde_json::{Value, json};

use crate::subject::Subject;

/// A range of each of two coordinates.
type Ranges = [[f64; 2]; 2];

/// A rectangle of the plane.
pub struct Window {
    centre: [f64; 2],
    half: [f64; 2],
    /// Bounding box of the points, if they come from a file; built-in data has its square.
    bounds: Option<Ranges>,
}

impl Window {
    /// The square [−`extent`, `extent`]².
    pub fn square(extent: f64) -> Self {
        Self { centre: [0.0; 2], half: [extent; 2], bounds: None }
    }

    /// `extent` times the square [−1, 1]² of built-in data, or as many times the bounding box of
    /// points from a file, about its centre.
    pub fn for_subject(subject: &Subject, extent: f64) -> Self {
        let from_file = subject.parameters.get("points").is_some_and(|file| !file.is_null());
        if from_file { Self::around(&subject.points, extent) } else { Self::square(extent) }
    }

    /// `extent` times the bounding box of points, about its centre.
    pub fn around(points: &Points, extent: f64) -> Self {
        let bounds = [0, 1].map(|d| {
            points.iter().fold([f64::INFINITY, f64::NEG_INFINITY], |[low, high], (x, _)| {
                [low.min(x[d]), high.max(x[d])]
            })
        });
        // Points on a line have no width: a map needs some, and enough to be told from the centre.
        let bounds = bounds.map(|[low, high]| {
            let least = 1e-3 * low.abs().max(high.abs()).max(1e-3);
            if high - low >= least { [low, high] } else { [low - least, high + least] }
        });
        let centre = bounds.map(|[low, high]| f64::midpoint(low, high));
        let half = bounds.map(|[low, high]| extent * (high / 2.0 - low / 2.0));
        Self { centre, half, bounds: Some(bounds) }
    }

    /// The centres of `side`² pixels, row by row from the lowest x1. Their labels are not used.
    pub fn pixels(&self, side: usize) -> Points {
        let along = |d: usize, k: usize| {
            self.centre[d] + self.half[d] * ((2 * k + 1) as f64 / side as f64 - 1.0)
        };
        let pixel = |k: usize| [along(0, k % side), along(1, k / side)];
        let coordinates = (0..side * side).flat_map(pixel).collect();
        Points::new(2, coordinates, vec![0; side * side]).expect("a grid is finite and not empty")
    }

    /// What a manifest says of it: `extent` of a square around the origin, else `map_window` and
    /// `points_window`, each the ranges of x0 and x1.
    pub fn parameters(&self) -> Value {
        match self.bounds {
            None => json!({ "extent": self.half[0] }),
            Some(bounds) => {
                let range =
                    |d: usize| [self.centre[d] - self.half[d], self.centre[d] + self.half[d]];
                json!({ "map_window": [range(0), range(1)], "points_window": bounds })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_from_a_file_lie_in_their_window() {
        for coordinates in [
            vec![-12.0, -9.0, 0.4, 3.0],
            vec![5.0, 1e6, 5.0, 1e6],
            vec![0.0, 0.0, 0.0, 1e-9],
            vec![-3e38, 1.0, 3e38, 2.0],
        ] {
            let points = Points::new(2, coordinates.clone(), vec![0, 1]).unwrap();
            let window = Window::around(&points, 1.25);
            let parameters = window.parameters();
            let ranges: Ranges = serde_json::from_value(parameters["map_window"].clone()).unwrap();
            for (index, value) in coordinates.iter().enumerate() {
                let [low, high] = ranges[index % 2];
                assert!(low < *value && *value < high, "{coordinates:?}: {ranges:?}");
            }
            let pixels = window.pixels(4);
            let (first, last) = (pixels.coordinates()[0], pixels.coordinates()[6]);
            assert!(ranges[0][0] < first && first < last && last < ranges[0][1]);
        }
    }

    #[test]
    fn a_square_is_as_wide_as_its_extent() {
        let window = Window::square(2.0);
        assert_eq!(window.parameters(), json!({ "extent": 2.0 }));
        assert_eq!(window.pixels(2).coordinates(), [-1.0, -1.0, 1.0, -1.0, -1.0, 1.0, 1.0, 1.0]);
    }
}
