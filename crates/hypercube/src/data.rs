//! The data that networks learn here: points uniform on a square, labelled by a figure in it. The
//! write-up's is a circle.

use std::f64::consts::{PI, TAU};

use crate::{Points, stream};
use rand::{Rng, RngExt};
use serde::{Deserialize, Serialize};

/// Which figure labels the points of the square [−1, 1]².
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Data {
    /// The circle of radius (2/π)^¼ ≈ 0.893: 62.7 % of the square lies inside. Label 1 is outside.
    /// The write-up's text gives no radius; under this one, with the other choices of the default
    /// recipe, its three numbers are ordinary, so that it is inferred to be the one meant.
    #[default]
    AsPublished,
    /// The circle of radius √(2/π) ≈ 0.798: half of the square lies inside. Under this one, with the
    /// same recipe, the write-up's three numbers are not ordinary.
    HalfArea,
    /// A ring around the origin, from radius 0.4 to 0.8. Label 1 is off the ring.
    Annulus,
    /// The four quadrants. Label 1 is where the coordinates differ in sign.
    Xor,
    /// A board of 3 × 3 squares, labelled alternately; label 1 is the middle of each side.
    Checkerboard,
    /// Two spiral arms that wind once around the origin, `θ/π + 2r` rounded down being even or odd.
    Spirals,
}

/// The streams that points are drawn from.
const TRAINING_POINTS: u64 = 2;
const EVALUATION_POINTS: u64 = 4;

/// Radii between which a point lies on the ring.
const RING: [f64; 2] = [0.4, 0.8];

impl Data {
    /// Every data set.
    pub const ALL: [Self; 6] = [
        Self::AsPublished,
        Self::HalfArea,
        Self::Annulus,
        Self::Xor,
        Self::Checkerboard,
        Self::Spirals,
    ];

    /// Radius of the circle, for those two that are one.
    pub fn radius(self) -> Option<f64> {
        match self {
            Self::AsPublished => Some((2.0 / PI).sqrt().sqrt()),
            Self::HalfArea => Some((2.0 / PI).sqrt()),
            _ => None,
        }
    }

    /// The name in records, which `--circle` or `--data` takes.
    pub fn name(self) -> &'static str {
        match self {
            Self::AsPublished => "as-published",
            Self::HalfArea => "half-area",
            Self::Annulus => "annulus",
            Self::Xor => "xor",
            Self::Checkerboard => "checkerboard",
            Self::Spirals => "spirals",
        }
    }

    /// What to call it in a sentence, such as "the as-published circle".
    pub fn title(self) -> String {
        let kind = if self.radius().is_some() { "circle" } else { "data" };
        format!("the {} {kind}", self.name())
    }

    /// The option that asks for it, such as `--data xor`.
    pub fn option(self) -> String {
        let option = if self.radius().is_some() { "circle" } else { "data" };
        format!("--{option} {}", self.name())
    }

    /// The label of a point, 0 or 1.
    pub fn label(self, x0: f64, x1: f64) -> usize {
        let squared = x0 * x0 + x1 * x1;
        let is_one = match self {
            Self::AsPublished => squared > (2.0 / PI).sqrt(),
            Self::HalfArea => squared > 2.0 / PI,
            Self::Annulus => !(RING[0]..=RING[1]).contains(&squared.sqrt()),
            Self::Xor => (x0 < 0.0) != (x1 < 0.0),
            Self::Checkerboard => {
                let square = |x: f64| (1.5 * (x + 1.0)).floor() as i64;
                (square(x0) + square(x1)) % 2 != 0
            }
            Self::Spirals => {
                let half_turns = (x1.atan2(x0) + TAU * squared.sqrt()) / PI;
                half_turns.floor() as i64 % 2 != 0
            }
        };
        usize::from(is_one)
    }

    /// `n` points to train on, uniform on [−1, 1]² and labelled. Coordinates are f32 values, so that
    /// every backend sees the same points.
    ///
    /// # Panics
    ///
    /// If `n` is 0.
    pub fn training_points(self, n: usize, seed: u64) -> Points {
        self.sample(n, stream(seed, TRAINING_POINTS, 0))
    }

    /// The same for the points that a network is evaluated on: other points under the same seed.
    ///
    /// # Panics
    ///
    /// If `n` is 0.
    pub fn evaluation_points(self, n: usize, seed: u64) -> Points {
        self.sample(n, stream(seed, EVALUATION_POINTS, 0))
    }

    fn sample(self, n: usize, mut rng: impl Rng) -> Points {
        let mut coordinates = Vec::with_capacity(2 * n);
        let mut labels = Vec::with_capacity(n);
        for _ in 0..n {
            let [x0, x1] = [0; 2].map(|_| f64::from(2.0 * rng.random::<f32>() - 1.0));
            coordinates.extend([x0, x1]);
            labels.push(self.label(x0, x1));
        }
        Points::new(2, coordinates, labels).expect("n is at least 1 and the values are finite")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shares_of_label_1_are_those_of_the_figures() {
        // Neither circle reaches past a side, for both radii are below 1: the half-area one has area 2
        // of the square's 4, the other π·√(2/π), a share of √(2π)/4. Xor and spirals turn into
        // their own opposite under a reflection or a half turn.
        let ring = PI * (RING[1].powi(2) - RING[0].powi(2)) / 4.0;
        for (data, share) in [
            (Data::AsPublished, 1.0 - (2.0 * PI).sqrt() / 4.0),
            (Data::HalfArea, 0.5),
            (Data::Annulus, 1.0 - ring),
            (Data::Xor, 0.5),
            (Data::Checkerboard, 4.0 / 9.0),
            (Data::Spirals, 0.5),
        ] {
            let points = data.evaluation_points(100_000, 1);
            let ones = points.labels().iter().filter(|&&l| l == 1).count() as f64 / 1e5;
            let error = (share * (1.0 - share) / 1e5).sqrt();
            assert!((ones - share).abs() < 5.0 * error, "{data:?}: {ones}");
        }
        assert!((Data::AsPublished.radius().unwrap() - 0.893).abs() < 1e-3);
    }

    #[test]
    fn labels_at_chosen_points() {
        for (data, inside, outside) in [
            (Data::AsPublished, (0.6, 0.6), (0.65, 0.65)),
            (Data::HalfArea, (0.5, 0.6), (0.6, 0.6)),
            (Data::Annulus, (0.0, -0.5), (0.1, 0.1)),
            (Data::Xor, (-0.5, -0.5), (0.5, -0.5)),
            (Data::Checkerboard, (-0.75, -0.75), (0.0, -0.75)),
            (Data::Spirals, (1e-9, 1e-9), (-1e-9, -1e-9)),
        ] {
            assert_eq!(data.label(inside.0, inside.1), 0, "{data:?}");
            assert_eq!(data.label(outside.0, outside.1), 1, "{data:?}");
        }
    }

    #[test]
    fn training_and_evaluation_points_differ() {
        let data = Data::default();
        let a = data.training_points(4, 1);
        assert_eq!(a, data.training_points(4, 1));
        assert_ne!(a, data.evaluation_points(4, 1));
    }
}
