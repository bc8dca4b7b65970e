//! How a layer starts.

use std::f64::consts::TAU;
use std::fmt;

use hypercube::Layer;
use rand::{Rng, RngExt};
use serde::{Deserialize, Serialize};

/// The distribution that a layer's initial weights are drawn from; `in` and `out` are its widths.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Init {
    /// `U(−√(6/(in + out)), √(6/(in + out)))` (Glorot & Bengio 2010, eq. 16), zero biases: Keras's
    /// default for a dense layer.
    GlorotUniform,
    /// Normal of variance 2/(in + out), cut off as Keras does, zero biases.
    GlorotNormal,
    /// `U(−√(6/in), √(6/in))` (He et al. 2015), zero biases.
    HeUniform,
    /// Normal of variance 2/in (He et al. 2015, eq. 10), cut off as Keras does, zero biases.
    HeNormal,
    /// `U(−1/√in, 1/√in)` for weights and biases: PyTorch's default for a linear layer.
    Pytorch,
}

impl Init {
    /// Every one.
    pub const ALL: [Self; 5] =
        [Self::GlorotUniform, Self::GlorotNormal, Self::HeUniform, Self::HeNormal, Self::Pytorch];

    /// The name in records and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::GlorotUniform => "glorot-uniform",
            Self::GlorotNormal => "glorot-normal",
            Self::HeUniform => "he-uniform",
            Self::HeNormal => "he-normal",
            Self::Pytorch => "pytorch",
        }
    }

    /// A fresh layer, its values rounded to f32.
    pub(crate) fn layer(self, inputs: usize, outputs: usize, rng: &mut impl Rng) -> Layer {
        let (fan_in, fans) = (inputs as f64, (inputs + outputs) as f64);
        let mut draw = || match self {
            Self::GlorotUniform => uniform((6.0 / fans).sqrt(), rng),
            Self::GlorotNormal => cut_normal((2.0 / fans).sqrt(), rng),
            Self::HeUniform => uniform((6.0 / fan_in).sqrt(), rng),
            Self::HeNormal => cut_normal((2.0 / fan_in).sqrt(), rng),
            Self::Pytorch => uniform((1.0 / fan_in).sqrt(), rng),
        };
        let weights = (0..inputs * outputs).map(|_| f64::from(draw() as f32)).collect();
        let mut bias = || if self == Self::Pytorch { f64::from(draw() as f32) } else { 0.0 };
        let biases = (0..outputs).map(|_| bias()).collect();
        Layer { inputs, outputs, weights, biases }
    }
}

impl fmt::Display for Init {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

fn uniform(limit: f64, rng: &mut impl Rng) -> f64 {
    limit * (2.0 * rng.random::<f64>() - 1.0)
}

/// A normal value without those beyond two standard deviations, widened so that its own standard
/// deviation is `sd`, as in Keras's `VarianceScaling`. By the transform of Box and Muller (1958).
fn cut_normal(sd: f64, rng: &mut impl Rng) -> f64 {
    /// Standard deviation of a standard normal value that lies within ±2.
    const CUT: f64 = 0.879_625_661_034_239_8;
    loop {
        // 1 − u is above 0, of which there is a logarithm.
        let [u, v] = [0; 2].map(|_| rng.random::<f64>());
        let value = (-2.0 * (1.0 - u).ln()).sqrt() * (TAU * v).cos();
        if value.abs() <= 2.0 {
            return value * sd / CUT;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hypercube::stream;

    /// Widths for which no two distributions have the same spread.
    const WIDTHS: (usize, usize) = (300, 50);

    #[test]
    fn weights_have_the_spread_and_the_bounds_of_their_distribution() {
        let (inputs, outputs) = (WIDTHS.0 as f64, WIDTHS.1 as f64);
        let both = inputs + outputs;
        for (init, variance, bound) in [
            (Init::GlorotUniform, 2.0 / both, (6.0 / both).sqrt()),
            (Init::GlorotNormal, 2.0 / both, 2.0 * (2.0 / both).sqrt() / 0.8796),
            (Init::HeUniform, 2.0 / inputs, (6.0 / inputs).sqrt()),
            (Init::HeNormal, 2.0 / inputs, 2.0 * (2.0 / inputs).sqrt() / 0.8796),
            (Init::Pytorch, 1.0 / (3.0 * inputs), (1.0 / inputs).sqrt()),
        ] {
            let layer = init.layer(WIDTHS.0, WIDTHS.1, &mut stream(1, 0, 0));
            let count = layer.weights.len() as f64;
            let mean = layer.weights.iter().sum::<f64>() / count;
            let found = layer.weights.iter().map(|w| w * w).sum::<f64>() / count;
            let largest = layer.weights.iter().fold(0.0, |m: f64, w| m.max(w.abs()));
            // Five standard errors: those of a mean square are at most that of a normal sample.
            assert!(mean.abs() < 5.0 * (variance / count).sqrt(), "{init}: mean {mean}");
            let error = variance * (2.0 / count).sqrt();
            assert!((found - variance).abs() < 5.0 * error, "{init}: {found} is not {variance}");
            assert!(largest <= bound && largest > 0.99 * bound, "{init}: {largest} of {bound}");
            let moves = layer.biases.iter().any(|&bias| bias != 0.0);
            assert_eq!(moves, init == Init::Pytorch, "{init}");
        }
    }
}
