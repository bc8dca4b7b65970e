//! The labelled inputs that every loss is a mean over.

use thiserror::Error;

/// Why [`Points::new`] refuses numbers.
#[derive(Debug, Error, PartialEq)]
pub enum PointsError {
    /// No points, or points without coordinates.
    #[error("there are no points")]
    Empty,
    /// Coordinates that do not fill whole rows.
    #[error("{coordinates} coordinates do not make {points} points of {inputs} inputs")]
    Ragged {
        /// How many coordinates there are.
        coordinates: usize,
        /// How many labels there are.
        points: usize,
        /// Width of a point.
        inputs: usize,
    },
    /// A coordinate that is NaN or infinite.
    #[error("point {point} has a coordinate that is {value}")]
    NotFinite {
        /// The point, from 0.
        point: usize,
        /// The value.
        value: f64,
    },
}

/// Evaluation points: M inputs with their labels, which are classes counted from 0.
///
/// That the labels are classes of a network, and the inputs as wide as its own, is checked by the
/// functions that take both.
#[derive(Clone, Debug, PartialEq)]
pub struct Points {
    inputs: usize,
    coordinates: Vec<f64>,
    labels: Vec<usize>,
}

impl Points {
    /// Points of `inputs` coordinates each, row-major `[M, inputs]`, with labels `[M]`.
    ///
    /// # Errors
    ///
    /// [`PointsError::Empty`] if there is no label or `inputs` is 0, [`PointsError::Ragged`] if
    /// there are not `inputs` coordinates per label, [`PointsError::NotFinite`] if a coordinate is
    /// NaN or infinite.
    pub fn new(
        inputs: usize,
        coordinates: Vec<f64>,
        labels: Vec<usize>,
    ) -> Result<Self, PointsError> {
        if labels.is_empty() || inputs == 0 {
            return Err(PointsError::Empty);
        }
        if Some(coordinates.len()) != labels.len().checked_mul(inputs) {
            let coordinates = coordinates.len();
            return Err(PointsError::Ragged { coordinates, points: labels.len(), inputs });
        }
        if let Some(k) = coordinates.iter().position(|x| !x.is_finite()) {
            return Err(PointsError::NotFinite { point: k / inputs, value: coordinates[k] });
        }
        Ok(Self { inputs, coordinates, labels })
    }

    /// Number of points, M.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Never true: there is at least one point.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// Width of a point: how many coordinates it has.
    pub fn inputs(&self) -> usize {
        self.inputs
    }

    /// Coordinates, row-major `[M, inputs]`.
    pub fn coordinates(&self) -> &[f64] {
        &self.coordinates
    }

    /// Labels, `[M]`.
    pub fn labels(&self) -> &[usize] {
        &self.labels
    }

    /// The points one by one, each as its coordinates `[inputs]` with its label.
    pub fn iter(&self) -> impl Iterator<Item = (&[f64], usize)> {
        self.coordinates.chunks_exact(self.inputs).zip(self.labels.iter().copied())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_what_are_no_points() {
        assert_eq!(Points::new(2, vec![], vec![]), Err(PointsError::Empty));
        assert!(matches!(Points::new(2, vec![1.0; 3], vec![0]), Err(PointsError::Ragged { .. })));
        let nan = Points::new(2, vec![0.0, 0.0, f64::NAN, 0.0], vec![0, 1]).unwrap_err();
        assert_eq!(nan.to_string(), "point 1 has a coordinate that is NaN");
    }

    #[test]
    fn iterates_in_rows() {
        let points = Points::new(2, vec![1.0, 2.0, 3.0, 4.0], vec![0, 1]).unwrap();
        let rows: Vec<_> = points.iter().collect();
        assert_eq!(rows, [(&[1.0, 2.0][..], 0), (&[3.0, 4.0][..], 1)]);
    }
}
