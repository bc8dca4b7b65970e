//! Inputs on one scale, for training; and the way back to their own.

use crate::{Layer, Network, NetworkError, Points};

/// How the inputs of points are brought to mean 0 and standard deviation 1.
///
/// Input i becomes `zᵢ = rᵢ (xᵢ − mᵢ)`, with its mean `mᵢ` over the points and `rᵢ` one over its
/// standard deviation (the root of the mean squared deviation). An input that does not vary has
/// `rᵢ = 0`: a network learns nothing from it, and takes no notice of it where it does vary.
#[derive(Clone, Debug, PartialEq)]
pub struct Standard {
    means: Vec<f64>,
    rates: Vec<f64>,
}

/// A mean beyond so many standard deviations is refused: weights of f32, 6e-8 off, would move the
/// input by more than a hundredth of its own standard deviation.
const MOST_DEVIATIONS: f64 = 1e5;

/// Standard deviations outside of this make weights that f32 does not hold.
const DEVIATIONS: std::ops::RangeInclusive<f64> = 1e-30..=1e34;

impl Standard {
    /// That of some points, whose inputs have these names.
    ///
    /// # Errors
    ///
    /// In one line, if no input varies, or one varies so little, about a mean so far from 0, that the
    /// weights of a network could not tell its values apart in f32.
    pub fn of(points: &Points, names: &[String]) -> Result<Self, String> {
        let (m, inputs) = (points.len() as f64, points.inputs());
        let (mut means, mut rates) = (Vec::with_capacity(inputs), Vec::with_capacity(inputs));
        for i in 0..inputs {
            let values = || points.coordinates()[i..].iter().step_by(inputs);
            let mean = values().map(|x| x / m).sum::<f64>();
            let varies = values().any(|x| x != &points.coordinates()[i]);
            let sd = (values().map(|x| (x - mean).powi(2)).sum::<f64>() / m).sqrt();
            let name = names.get(i).map_or("an input", String::as_str);
            let name = crate::input::clip(name, 60);
            if varies && mean.abs() > MOST_DEVIATIONS * sd {
                return Err(format!(
                    "{name} varies by {sd:.1e} about {mean:.1e}, too little for weights of float32; \
                     subtract its mean in the file"
                ));
            }
            if varies && !DEVIATIONS.contains(&sd) {
                return Err(format!(
                    "{name} varies by {sd:.1e}, which weights of float32 do not reach; give it in \
                     another unit"
                ));
            }
            means.push(mean);
            rates.push(if varies { 1.0 / sd } else { 0.0 });
        }
        if rates.iter().all(|rate| *rate == 0.0) {
            return Err("every row has the same inputs, so there is nothing to learn".to_owned());
        }
        Ok(Self { means, rates })
    }

    /// How many inputs do not vary.
    pub fn constant(&self) -> usize {
        self.rates.iter().filter(|rate| **rate == 0.0).count()
    }

    /// Points on the standard scale.
    ///
    /// # Panics
    ///
    /// If they have another number of inputs.
    pub fn apply(&self, points: &Points) -> Points {
        assert_eq!(points.inputs(), self.means.len(), "as many inputs");
        let scales = self.means.iter().zip(&self.rates).cycle();
        let scaled = points.coordinates().iter().zip(scales).map(|(x, (m, r))| r * (x - m));
        Points::new(points.inputs(), scaled.collect(), points.labels().to_vec())
            .expect("standard deviations are not so small that a quotient overflows")
    }

    /// A network for inputs as they come that does what `network` does for those on the standard
    /// scale: of its first layer `W z + c`, the weights become `W′ᵢ = rᵢ Wᵢ` and the biases
    /// `c − Σᵢ W′ᵢ mᵢ`, rounded to f32 as files hold them.
    ///
    /// # Errors
    ///
    /// If a weight is so large that f32 does not hold what becomes of it.
    ///
    /// # Panics
    ///
    /// If it takes another number of inputs.
    pub fn fold(&self, network: &Network) -> Result<Network, NetworkError> {
        assert_eq!(network.inputs(), self.means.len(), "as many inputs");
        let mut layers = network.layers().to_vec();
        let Layer { inputs, weights, biases, .. } = &mut layers[0];
        for (row, bias) in weights.chunks_exact_mut(*inputs).zip(biases) {
            for ((weight, mean), rate) in row.iter_mut().zip(&self.means).zip(&self.rates) {
                *weight = f64::from((*weight * rate) as f32);
                *bias -= *weight * mean;
            }
            *bias = f64::from(*bias as f32);
        }
        Ok(Network::new(layers)?.with_activation(network.activation()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Ablation, reference};

    fn names(n: usize) -> Vec<String> {
        (0..n).map(|k| format!("x{k}")).collect()
    }

    #[test]
    fn points_get_mean_0_and_deviation_1_and_constant_inputs_0() {
        let points = Points::new(3, vec![1., 5., 2e30, 3., 5., 4e30], vec![0, 1]).unwrap();
        let standard = Standard::of(&points, &names(3)).unwrap();
        assert_eq!(standard.constant(), 1);
        let expected = [-1., 0., -1., 1., 0., 1.];
        let found = standard.apply(&points);
        assert!(found.coordinates().iter().zip(expected).all(|(f, e)| (f - e).abs() < 1e-15));
        // Values that were constant are of no consequence elsewhere either.
        let other = Points::new(3, vec![2., 7., 3e30], vec![0]).unwrap();
        assert!(standard.apply(&other).coordinates().iter().all(|z| z.abs() < 1e-12));
    }

    #[test]
    fn a_folded_network_does_the_same_on_raw_inputs() {
        let mut rng = crate::stream(3, 95, 0);
        let mut draw = || rand::RngExt::random::<f64>(&mut rng) - 0.5;
        let centres = [2019.0, -3e-7, 4e20, 9.0];
        let spreads = [12.0, 1e-7, 3e20, 0.0];
        let coordinates =
            (0..400).map(|k| centres[k % 4] + spreads[k % 4] * draw()).collect::<Vec<_>>();
        let points = Points::new(4, coordinates, (0..100).map(|k| k % 3).collect()).unwrap();
        let mut layer = |inputs: usize, outputs: usize| {
            let mut values = |n| (0..n).map(|_| f64::from(4.0 * draw() as f32)).collect();
            let (weights, biases) = (values(inputs * outputs), values(outputs));
            Layer { inputs, outputs, weights, biases }
        };
        let network = Network::new(vec![layer(4, 6), layer(6, 3)]).unwrap();
        let standard = Standard::of(&points, &names(4)).unwrap();
        let folded = standard.fold(&network).unwrap();
        assert!((0..6).all(|o| folded.layers()[0].weight(o, 3) == 0.0), "of the constant input");
        let losses = |network: &Network, points: &Points| {
            reference::pointwise(network, points, Ablation::Zero, &[1.0; 6])
        };
        let pairs = losses(&network, &standard.apply(&points));
        for (a, b) in pairs.iter().zip(losses(&folded, &points)) {
            assert!((a.loss - b.loss).abs() < 1e-3, "{} is not {}", b.loss, a.loss);
        }
    }

    #[test]
    fn refuses_what_f32_cannot_tell_apart() {
        let refused = |x: &[f64]| {
            let points = Points::new(1, x.to_vec(), vec![0; x.len()]).unwrap();
            Standard::of(&points, &names(1)).unwrap_err()
        };
        assert!(refused(&[4.0, 4.0]).starts_with("every row has the same inputs"));
        let little = refused(&[1e9, 1e9 + 2.0]);
        assert!(little.starts_with("x0 varies by 1.0e0 about 1.0e9, too little"), "{little}");
        assert!(refused(&[-3e38, 3e38]).ends_with("give it in another unit"));
        assert!(refused(&[0.0, 1e-40]).ends_with("give it in another unit"));
    }
}
