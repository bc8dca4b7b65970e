//! The nonlinearity between two linear layers.

use std::f64::consts::{FRAC_1_SQRT_2, PI};
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// What a hidden node makes of its input z, the same for all nodes of a network. The mask multiplies
/// the result.
///
/// The exact engine needs no more of it than its values: logits are linear in the last hidden
/// layer's mask whatever it is. What rests on the ReLU being linear on either side of 0 says so.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Activation {
    /// `max(z, 0)`; its derivative at 0 is taken as 0.
    #[default]
    Relu,
    /// `tanh z`.
    Tanh,
    /// `z Φ(z)`, Φ the standard normal distribution function (Hendrycks & Gimpel 2016, eq. 1): what
    /// PyTorch's `GELU()` is, not its approximation by tanh.
    Gelu,
    /// `1 / (1 + exp(−z))`.
    Sigmoid,
}

impl Activation {
    /// Every one.
    pub const ALL: [Self; 4] = [Self::Relu, Self::Tanh, Self::Gelu, Self::Sigmoid];

    /// The name in files and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Relu => "relu",
            Self::Tanh => "tanh",
            Self::Gelu => "gelu",
            Self::Sigmoid => "sigmoid",
        }
    }

    /// Its value at z.
    #[inline]
    pub fn value(self, z: f64) -> f64 {
        match self {
            Self::Relu => z.max(0.0),
            Self::Tanh => z.tanh(),
            Self::Gelu => z * normal_below(z),
            Self::Sigmoid => sigmoid(z),
        }
    }

    /// Its derivative at z.
    #[inline]
    pub fn derivative(self, z: f64) -> f64 {
        match self {
            Self::Relu => f64::from(u8::from(z > 0.0)),
            // 1 − tanh² loses the digits of a node that is saturated.
            Self::Tanh => z.cosh().powi(-2),
            Self::Gelu => normal_below(z) + z * (-0.5 * z * z).exp() / (2.0 * PI).sqrt(),
            Self::Sigmoid => sigmoid(z) * sigmoid(-z),
        }
    }
}

/// Φ(z), its lower tail too to full relative precision.
fn normal_below(z: f64) -> f64 {
    0.5 * libm::erfc(-z * FRAC_1_SQRT_2)
}

fn sigmoid(z: f64) -> f64 {
    1.0 / (1.0 + (-z).exp())
}

impl fmt::Display for Activation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Activation {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let known = Self::ALL.into_iter().find(|a| a.name() == name);
        known.ok_or_else(|| "known are relu, tanh, gelu and sigmoid".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By PyTorch in float64 (`torch.relu`, `tanh`, `nn.functional.gelu`, `sigmoid`) at −2, −0.5, 0
    /// and 1.5.
    #[test]
    fn values_are_those_of_pytorch() {
        for (activation, expected) in [
            (Activation::Relu, [0.0, 0.0, 0.0, 1.5]),
            (
                Activation::Tanh,
                [-0.964_027_580_075_816_9, -0.462_117_157_260_009_74, 0.0, 0.905_148_253_644_866_4],
            ),
            (
                Activation::Gelu,
                [-0.045_500_263_896_358_42, -0.154_268_769_362_993_45, 0.0, 1.399_789_198_096_713],
            ),
            (
                Activation::Sigmoid,
                [0.119_202_922_022_117_56, 0.377_540_668_798_145_4, 0.5, 0.817_574_476_193_643_7],
            ),
        ] {
            for (z, expected) in [-2.0, -0.5, 0.0, 1.5].into_iter().zip(expected) {
                let found = activation.value(z);
                assert!((found - expected).abs() < 1e-15, "{activation}({z}) = {found}");
            }
        }
    }

    #[test]
    fn derivatives_are_differences_of_values() {
        const STEP: f64 = 1e-5;
        for activation in Activation::ALL {
            for z in [-30.0, -3.0, -0.7, 0.2, 1.0, 4.0, 30.0] {
                let difference =
                    (activation.value(z + STEP) - activation.value(z - STEP)) / (2.0 * STEP);
                let found = activation.derivative(z);
                assert!((found - difference).abs() < 1e-9, "{activation}'({z}) = {found}");
            }
        }
    }

    #[test]
    fn nothing_overflows() {
        for activation in Activation::ALL {
            for z in [-1e300, -1e3, 1e3, 1e300] {
                assert!(activation.value(z).is_finite(), "{activation}({z})");
                assert!(activation.derivative(z).is_finite(), "{activation}'({z})");
            }
            assert_eq!(activation.name().parse(), Ok(activation));
        }
        assert!("ReLU6".parse::<Activation>().is_err());
    }
}
