//! The data the write-up's network learns: points on a square, labelled by a circle.

use std::f64::consts::PI;

use hypercube::{Points, Purpose, stream};
use rand::RngExt;
use serde::{Deserialize, Serialize};

/// Which circle labels the points. Label 1 is outside, label 0 inside.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Circle {
    /// What the write-up's code does: the *squared* norm is compared with √(2/π), so the radius is
    /// (2/π)^¼ ≈ 0.893 and 62.7 % of the square lies inside.
    #[default]
    AsPublished,
    /// What its text says: radius √(2/π) ≈ 0.798, so that half of the square lies inside.
    HalfArea,
}

impl Circle {
    /// The radius.
    pub fn radius(self) -> f64 {
        self.squared_radius().sqrt()
    }

    fn squared_radius(self) -> f64 {
        match self {
            Self::AsPublished => (2.0 / PI).sqrt(),
            Self::HalfArea => 2.0 / PI,
        }
    }

    /// The name that `--circle` takes.
    pub fn name(self) -> &'static str {
        match self {
            Self::AsPublished => "as-published",
            Self::HalfArea => "half-area",
        }
    }

    /// 1 outside the circle, 0 inside.
    pub fn label(self, x0: f64, x1: f64) -> usize {
        usize::from(x0 * x0 + x1 * x1 > self.squared_radius())
    }

    /// `n` points uniform on [−1, 1]², labelled. Coordinates are f32 values, so that every backend
    /// sees the same points.
    pub fn sample(self, n: usize, seed: u64, purpose: Purpose) -> Points {
        let mut rng = stream(seed, purpose, 0);
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
    fn the_shares_inside_are_those_of_the_two_circles() {
        // The circle of the text has area 2 of the square's 4; the published one reaches past no
        // side either (its radius is below 1), so its share is π·√(2/π)/4 = √(2π)/4.
        for (circle, share) in
            [(Circle::HalfArea, 0.5), (Circle::AsPublished, (2.0 * PI).sqrt() / 4.0)]
        {
            let points = circle.sample(100_000, 1, Purpose::EvaluationPoints);
            let inside = points.labels().iter().filter(|&&l| l == 0).count() as f64 / 1e5;
            assert!((inside - share).abs() < 5.0 * (share * (1.0 - share) / 1e5).sqrt());
        }
        assert!((Circle::AsPublished.radius() - 0.893).abs() < 1e-3);
    }

    #[test]
    fn training_and_evaluation_points_differ() {
        let circle = Circle::default();
        let a = circle.sample(4, 1, Purpose::TrainingPoints);
        assert_eq!(a, circle.sample(4, 1, Purpose::TrainingPoints));
        assert_ne!(a, circle.sample(4, 1, Purpose::EvaluationPoints));
    }
}
