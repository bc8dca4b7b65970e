//! The data that networks learn here: points uniform on a square, labelled by a figure in it. The
//! write-up's is a circle.

use std::f64::consts::{PI, SQRT_2, TAU};
use std::fmt;
use std::str::FromStr;

use crate::{Points, stream};
use rand::RngExt;
use serde::{Deserialize, Serialize};

/// Which figure labels the points of the square [−1, 1]².
///
/// Its name, in records and on the command line, is what [`fmt::Display`] writes and [`FromStr`]
/// reads: `circle 0.893`, `annulus`, `xor`, `checkerboard` or `spirals`.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
#[serde(try_from = "String", into = "String")]
pub enum Data {
    /// A circle of this radius around the origin. Label 1 is outside.
    Circle(f64),
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

/// The circle that data is by default. The write-up's text gives no radius; under this one, with
/// the other choices of the default recipe, its three numbers are ordinary.
const RADIUS: f64 = 0.893;

impl Default for Data {
    fn default() -> Self {
        Self::Circle(RADIUS)
    }
}

impl Data {
    /// A circle around the origin that some of the square's points lie inside of and some outside:
    /// its radius is above 0 and below √2.
    ///
    /// # Errors
    ///
    /// If it is not.
    pub fn circle(radius: f64) -> Result<Self, UnknownData> {
        let holds_some = radius > 0.0 && radius < SQRT_2;
        holds_some.then_some(Self::Circle(radius)).ok_or(UnknownData::Radius)
    }

    /// Radius of the circle, if it is one.
    pub fn radius(self) -> Option<f64> {
        if let Self::Circle(radius) = self { Some(radius) } else { None }
    }

    /// What to call it in a sentence, such as "the circle of radius 0.893".
    pub fn title(self) -> String {
        match self {
            Self::Circle(radius) => format!("the circle of radius {radius}"),
            other => format!("the {other} data"),
        }
    }

    /// The option that asks for it, such as `--data xor`.
    pub fn option(self) -> String {
        match self {
            Self::Circle(radius) => format!("--radius {radius}"),
            other => format!("--data {other}"),
        }
    }

    /// The label of a point, 0 or 1.
    pub fn label(self, x0: f64, x1: f64) -> usize {
        let squared = x0 * x0 + x1 * x1;
        let is_one = match self {
            Self::Circle(radius) => squared > radius * radius,
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
        let mut rng = stream(seed, TRAINING_POINTS, 0);
        self.labelled((0..n).map(|_| [0; 2].map(|_| rng.random::<f32>())))
    }

    /// `n` points to evaluate a network on, spread evenly over [−1, 1]² and labelled: means over
    /// them come nearer to means over the square than those over random points do.
    ///
    /// They are the sequence x_k = frac(s + k (1/g, 1/g²)) of Roberts ("The unreasonable
    /// effectiveness of quasirandom sequences", 2018), g = 1.3247… the real root of g³ = g + 1, with
    /// a shift s drawn from the seed, which makes every such mean unbiased (Cranley & Patterson
    /// 1976). Coordinates are f32 values.
    ///
    /// # Panics
    ///
    /// If `n` is 0.
    pub fn evaluation_points(self, n: usize, seed: u64) -> Points {
        const G: f64 = 1.324_717_957_244_746;
        let mut rng = stream(seed, EVALUATION_POINTS, 0);
        let shift = [0; 2].map(|_| rng.random::<f64>());
        let at = |shift: f64, step: f64, k: usize| (shift + k as f64 * step).fract() as f32;
        self.labelled((0..n).map(|k| [at(shift[0], 1.0 / G, k), at(shift[1], 1.0 / (G * G), k)]))
    }

    /// Labels points, which are given in [0, 1]².
    fn labelled(self, points: impl Iterator<Item = [f32; 2]>) -> Points {
        let (mut coordinates, mut labels) = (Vec::new(), Vec::new());
        for point in points {
            let [x0, x1] = point.map(|x| f64::from(2.0 * x - 1.0));
            coordinates.extend([x0, x1]);
            labels.push(self.label(x0, x1));
        }
        Points::new(2, coordinates, labels).expect("n is at least 1 and the values are finite")
    }
}

impl fmt::Display for Data {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Circle(radius) => write!(f, "circle {radius}"),
            Self::Annulus => f.write_str("annulus"),
            Self::Xor => f.write_str("xor"),
            Self::Checkerboard => f.write_str("checkerboard"),
            Self::Spirals => f.write_str("spirals"),
        }
    }
}

/// Why a name is no data set's.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum UnknownData {
    /// There is none of this name.
    #[error("there is no data set '{0}'")]
    Name(String),
    /// The circle lies outside of the square, or is none.
    #[error("the radius of a circle in the square [−1, 1]² is above 0 and below √2")]
    Radius,
}

impl FromStr for Data {
    type Err = UnknownData;

    fn from_str(name: &str) -> Result<Self, UnknownData> {
        match name {
            "annulus" => Ok(Self::Annulus),
            "xor" => Ok(Self::Xor),
            "checkerboard" => Ok(Self::Checkerboard),
            "spirals" => Ok(Self::Spirals),
            other => {
                let radius = other.strip_prefix("circle ").and_then(|radius| radius.parse().ok());
                Self::circle(radius.ok_or_else(|| UnknownData::Name(other.to_owned()))?)
            }
        }
    }
}

impl TryFrom<String> for Data {
    type Error = UnknownData;

    fn try_from(name: String) -> Result<Self, UnknownData> {
        name.parse()
    }
}

impl From<Data> for String {
    fn from(data: Data) -> Self {
        data.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shares_of_label_1_are_those_of_the_figures() {
        // Xor and spirals turn into their own opposite under a reflection or a half turn.
        let circle = |radius: f64| (Data::Circle(radius), 1.0 - PI * radius * radius / 4.0);
        let ring = PI * (RING[1].powi(2) - RING[0].powi(2)) / 4.0;
        for (data, share) in [
            circle(0.893),
            circle(0.3),
            (Data::Annulus, 1.0 - ring),
            (Data::Xor, 0.5),
            (Data::Checkerboard, 4.0 / 9.0),
            (Data::Spirals, 0.5),
        ] {
            let ones = |points: Points| {
                points.labels().iter().filter(|&&l| l == 1).count() as f64 / points.len() as f64
            };
            let random = ones(data.training_points(100_000, 1));
            let error = (share * (1.0 - share) / 1e5).sqrt();
            assert!((random - share).abs() < 5.0 * error, "{data:?}: {random}");
            // A fifth of what random points would miss it by, or less.
            let even: Vec<f64> =
                (0..20).map(|seed| ones(data.evaluation_points(4096, seed)) - share).collect();
            let rms = (even.iter().map(|e| e * e).sum::<f64>() / 20.0).sqrt();
            assert!(rms < 0.2 * (share * (1.0 - share) / 4096.0).sqrt(), "{data:?}: {rms}");
        }
    }

    #[test]
    fn names_come_back_and_others_are_refused() {
        let all = [Data::Annulus, Data::Xor, Data::Checkerboard, Data::Spirals];
        for data in all.into_iter().chain([0.893, 0.8, 1e-3, 0.1 + 0.2].map(Data::Circle)) {
            assert_eq!(data.to_string().parse(), Ok(data));
        }
        assert_eq!(Data::default().to_string(), "circle 0.893");
        for radius in ["0", "-1", "1.5", "NaN", "inf"] {
            assert_eq!(format!("circle {radius}").parse::<Data>(), Err(UnknownData::Radius));
        }
        for name in ["circle", "circle x", "Xor", ""] {
            assert_eq!(name.parse::<Data>(), Err(UnknownData::Name(name.to_owned())));
        }
    }

    #[test]
    fn labels_at_chosen_points() {
        for (data, inside, outside) in [
            (Data::Circle(0.893), (0.6, 0.6), (0.65, 0.65)),
            (Data::Circle(0.8), (0.5, 0.6), (0.6, 0.6)),
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
