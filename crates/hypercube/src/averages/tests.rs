//! Against enumeration, and against values computed elsewhere.

use super::*;
use crate::biased::SizeSums;
use crate::data::Data;
use crate::table::{Options, losses};
use crate::{Layer, Mask, checkpoint, points_file, values};

pub(super) fn random(sizes: &[usize], gain: f64, seed: u64) -> Network {
    use rand::RngExt;
    let mut rng = crate::stream(seed, 99, 0);
    let layers = sizes.windows(2).map(|pair| {
        let limit = gain * (6.0 / (pair[0] + pair[1]) as f64).sqrt();
        let mut draw = || limit * (2.0 * rng.random::<f64>() - 1.0);
        Layer {
            inputs: pair[0],
            outputs: pair[1],
            weights: (0..pair[0] * pair[1]).map(|_| draw()).collect(),
            biases: (0..pair[1]).map(|_| draw()).collect(),
        }
    });
    Network::new(layers.collect()).unwrap()
}

pub(super) fn furthest(a: &[f64], b: &[f64]) -> f64 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).fold(0.0, |far: f64, (a, b)| far.max((a - b).abs()))
}

#[test]
fn averages_are_those_of_the_enumerated_table() {
    for (n, gain, ablation) in [
        (1, 1.0, Ablation::Zero),
        (9, 1.0, Ablation::Zero),
        (12, 4.0, Ablation::Mean),
        (10, 12.0, Ablation::Zero),
        (8, 40.0, Ablation::Mean),
        (12, 40.0, Ablation::Mean),
        (6, 1e6, Ablation::Zero),
    ] {
        let network = random(&[2, n, 2], gain, n as u64);
        let points = Data::default().evaluation_points(60, 1);
        let averages = Averages::new(&network, &points, ablation).unwrap();
        let table = losses(&network, &points, ablation, &Options::default()).unwrap();
        let sums = SizeSums::new(table.losses());
        for p in [0.0, 0.003, 0.25, 0.5, 0.75, 0.99, 1.0] {
            let found = averages.mean_loss(p);
            let expected = sums.mean(p);
            let apart = (found.value - expected).abs();
            assert!(apart <= 1e-12 * expected, "{n}, {gain}, p = {p}: {apart} of {expected}");
            assert!(
                found.error >= 0.0 && found.error <= 1e-11 * expected,
                "{n}, {gain}, {p}: {found:?}"
            );
            assert!(apart <= found.error + 1e-14 * expected, "{n}, {gain}, {p}: {apart} {found:?}");
            let effects = averages.flip_effects(p);
            let slope: f64 = effects.values.iter().sum();
            let expected = sums.derivative(p);
            assert!(
                (slope - expected).abs() < 1e-10 * gain + 1e-13 * expected.abs(),
                "{n}, {gain}, {p}: {slope} {expected}"
            );
        }
        let scale = 1e-12 * sums.mean(0.5).max(1.0) * gain;
        assert!(furthest(&averages.banzhaf().values, &values::banzhaf(&sums)) < scale);
        assert!(furthest(&averages.shapley(|_, _| ()).values, &values::shapley(&sums)) < scale);
        let pairs = averages.pairs(|_| ()).values;
        let spectrum = crate::walsh::Spectrum::new(table.losses().to_vec());
        for i in 0..n {
            for j in i + 1..n {
                let expected = spectrum.coefficients()[1 << i | 1 << j];
                assert!((pairs[i * n + j] - expected).abs() < scale, "{n}, {gain}: {i}, {j}");
            }
        }
    }
}

#[test]
fn gate_gradients_are_those_of_the_reference() {
    let n = 10;
    let network = random(&[2, n, 2], 3.0, 5);
    let points = Data::default().evaluation_points(40, 2);
    for ablation in [Ablation::Zero, Ablation::Mean] {
        let averages = Averages::new(&network, &points, ablation).unwrap();
        for p in [0.0, 0.3, 0.5, 1.0] {
            let found = averages.gate_gradients(p);
            let (mut on, mut off) = (vec![0.0; n], vec![0.0; n]);
            for mask in 0..1usize << n {
                let gates: Vec<f64> = (0..n).map(|i| f64::from(mask >> i & 1 == 1)).collect();
                let gradient =
                    crate::reference::evaluate(&network, &points, ablation, &gates).gradient;
                for i in 0..n {
                    // The probability of the other nodes' gates.
                    let others = (0..n).filter(|&j| j != i);
                    let weight: f64 =
                        others.map(|j| if mask >> j & 1 == 1 { p } else { 1.0 - p }).product();
                    let half = if mask >> i & 1 == 1 { &mut on } else { &mut off };
                    half[i] += weight * gradient[i];
                }
            }
            assert!(furthest(&found.on, &on) < 1e-11, "p = {p}");
            assert!(furthest(&found.off, &off) < 1e-11, "p = {p}");
        }
    }
}

#[test]
fn the_curve_is_that_of_the_table() {
    for (n, gain) in [(1, 1.0), (10, 2.0), (14, 6.0)] {
        let network = random(&[2, n, 2], gain, 3);
        let points = Data::default().evaluation_points(50, 1);
        let averages = Averages::new(&network, &points, Ablation::Zero).unwrap();
        let table = losses(&network, &points, Ablation::Zero, &Options::default()).unwrap();
        let sums = SizeSums::new(table.losses());
        let curve = averages.mean_curve(20, |_| ());
        assert_eq!(curve.points.len(), 21);
        for point in &curve.points {
            let (loss, slope) = (sums.mean(point.p), sums.derivative(point.p));
            assert!((point.loss - loss).abs() < 1e-12 * gain, "{n}: {point:?} {loss}");
            assert!((point.derivative - slope).abs() < 1e-10 * gain, "{n}: {point:?} {slope}");
        }
        assert!(curve.error < 1e-11 && curve.interpolation < 1e-9, "{curve:?}");
    }
}

/// Where a curve is drawn through fewer means than its degree asks for, against means beside them.
#[test]
fn the_curve_of_many_nodes_goes_through_all_means() {
    for (n, gain, most) in [(20, 0.1, 10.0), (64, 1.0, 15.0), (200, 1.0, 15.0), (200, 8.0, 50.0)] {
        let network = random(&[2, n, 2], gain, 5);
        let points = Data::default().evaluation_points(12, 1);
        let averages = Averages::new(&network, &points, Ablation::Zero).unwrap();
        let curve = averages.mean_curve(13, |_| ());
        assert!(curve.computed < most, "{n}: {}", curve.computed);
        let largest = curve.points.iter().map(|point| point.loss).fold(0.0, f64::max);
        let slopes = curve.points.iter().map(|point| point.derivative.abs());
        let steepest = slopes.fold(0.0, f64::max);
        for point in &curve.points {
            let mean = averages.mean_loss(point.p).value;
            assert!((point.loss - mean).abs() < 2e-13 * largest, "{n}: {point:?} {mean}");
            let slope: f64 = averages.flip_effects(point.p).values.iter().sum();
            let apart = (point.derivative - slope).abs();
            assert!(apart < 1e-10 * steepest, "{n}: {point:?} {slope}");
        }
    }
}

/// Over many seeds, estimates lie as far from the values of the whole table as their errors say, and
/// those errors are smaller than without control.
#[test]
fn sampled_moments_agree_with_the_table() {
    let network = random(&[2, 12, 2], 2.0, 4);
    let points = Data::default().evaluation_points(80, 1);
    let averages = Averages::new(&network, &points, Ablation::Zero).unwrap();
    let table = losses(&network, &points, Ablation::Zero, &Options::default()).unwrap();
    let exact = |values: Vec<f64>| {
        let spectrum = crate::walsh::Spectrum::new(values);
        let weights = spectrum.level_weights();
        let variance = weights[1..].iter().sum::<f64>();
        (spectrum.coefficients()[0], variance, crate::walsh::reversal_correlation(&weights))
    };
    let (loss, log_loss) = (exact(table.losses().to_vec()), exact(table.log_losses()));
    let masks: Vec<Mask> = (0..37).map(|bits| Mask::from_bits(12, 100 * bits)).collect();
    for (bits, loss) in averages.losses(&masks).into_iter().enumerate() {
        assert!((loss - table.losses()[100 * bits]).abs() < 1e-13);
    }
    let known = (averages.banzhaf(), averages.pairs(|_| ()));
    let seeds = 40;
    let mut squares = [0.0; 5];
    for seed in 0..seeds {
        let found = averages.sampled(500, seed, (&known.0, &known.1), |_| ());
        let pairs = [
            (found.loss_variance, loss.1),
            (found.loss_reversal, loss.2),
            (found.log_loss_mean, log_loss.0),
            (found.log_loss_variance, log_loss.1),
            (found.log_loss_reversal, log_loss.2),
        ];
        for (square, (estimate, exact)) in squares.iter_mut().zip(pairs) {
            let apart = (estimate.value - exact) / estimate.error;
            *square += apart * apart / seeds as f64;
            assert!(estimate.saved > 1.0, "{estimate:?}");
        }
    }
    assert!(squares.iter().all(|square| (0.4..2.0).contains(square)), "{squares:?}");
}

/// Over many seeds, covariances along flip paths lie as far from those of the whole spectrum as their
/// errors say.
#[test]
fn flip_covariances_agree_with_the_table() {
    for (n, seed) in [(12, 4), (9, 5)] {
        let network = random(&[2, n, 2], 2.0, seed);
        let points = Data::default().evaluation_points(80, 1);
        let averages = Averages::new(&network, &points, Ablation::Zero).unwrap();
        let table = losses(&network, &points, Ablation::Zero, &Options::default()).unwrap();
        let exact = [table.losses().to_vec(), table.log_losses()].map(|values| {
            crate::walsh::flip_covariance(&crate::walsh::Spectrum::new(values).level_weights())
        });
        let known = (averages.banzhaf(), averages.pairs(|_| ()));
        let seeds = 40;
        let mut squares = vec![[0.0; 2]; n + 1];
        for seed in 0..seeds {
            let found = averages.flip_covariance(500, seed, (&known.0, &known.1), |_| ());
            let flips: Vec<usize> = found.iter().map(|covariance| covariance.flips).collect();
            assert_eq!(flips, (0..=n).collect::<Vec<_>>());
            for covariance in found {
                let estimates = [covariance.loss, covariance.log_loss];
                for (k, estimate) in estimates.into_iter().enumerate() {
                    let apart = (estimate.value - exact[k][covariance.flips]) / estimate.error;
                    squares[covariance.flips][k] += apart * apart / seeds as f64;
                }
                assert!(covariance.loss.saved > 1.0, "{covariance:?}");
            }
        }
        for (flips, square) in squares.iter().enumerate() {
            assert!(square.iter().all(|s| (0.4..2.0).contains(s)), "{flips}: {square:?}");
        }
    }
}

/// Polynomials that grow as the bound lets them, (1 − p + p x)ⁿ⁻¹ with x = −1, are integrated within it.
#[test]
fn enough_values_of_p_are_taken() {
    assert_eq!([1, 2, 9].map(|n| values_of_p(n, -30.0)), [1, 1, 5]);
    for (n, ln_tolerance) in [(100, -20.0), (300, -30.0), (1000, -30.0)] {
        let m = values_of_p(n, ln_tolerance);
        assert!(m < n / 2, "{n}: {m}");
        let exact = (1.0 - (-1.0f64).powi(n as i32)) / (2.0 * n as f64);
        let sum: f64 =
            gauss_legendre(m).iter().map(|(p, w)| w * (1.0 - 2.0 * p).powi(n as i32 - 1)).sum();
        assert!((sum - exact).abs() <= ln_tolerance.exp() + 1e-15, "{n}, {m}: {sum} {exact}");
    }
}

#[test]
fn places_and_weights_integrate_polynomials() {
    for n in [1, 2, 5, 16, 33] {
        let rule = gauss_legendre(n);
        for degree in 0..2 * n {
            let sum: f64 = rule.iter().map(|(p, w)| w * p.powi(degree as i32)).sum();
            let expected = 1.0 / (degree as f64 + 1.0);
            assert!((sum - expected).abs() < 1e-14, "{n}, degree {degree}: {sum}");
        }
    }
}

#[test]
fn what_does_not_fit_is_refused() {
    let points = Data::default().evaluation_points(4, 1);
    let new =
        |sizes: &[usize]| Averages::new(&random(sizes, 1.0, 1), &points, Ablation::Zero).err();
    assert_eq!(new(&[2, 3, 3]), Some(Error::Classes(3)));
    assert_eq!(new(&[3, 3, 2]), Some(Error::Width { points: 2, network: 3 }));
    assert_eq!(new(&[2, 3, 2]), None);
}

/// Networks of up to 300 nodes; of `last24` only the last hidden layer is averaged over.
#[test]
fn averages_are_those_computed_elsewhere() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference");
    for name in ["wide16", "wide40", "wide300", "last24"] {
        let path = folder.join(name);
        let network = checkpoint::load(&path.join("model.safetensors")).unwrap();
        let points = points_file::load(&path.join("points.csv"), 2, 2).unwrap();
        let expected: serde_json::Value =
            serde_json::from_slice(&std::fs::read(path.join("expected.json")).unwrap()).unwrap();
        let averages = Averages::new(&network, &points, Ablation::Zero).unwrap();
        let near = |found: f64, expected: &serde_json::Value| {
            let expected = expected.as_f64().unwrap();
            assert!((found - expected).abs() < 1e-12, "{name}: {found} is not {expected}");
        };
        let curve = averages.mean_curve(4, |_| ());
        for (p, point) in ["0.25", "0.5", "0.75"].into_iter().zip(&curve.points[1..]) {
            let at: f64 = p.parse().unwrap();
            near(point.loss, &expected["mean_loss"][p]);
            near(point.derivative, &expected["derivative"][p]);
            near(averages.mean_loss(at).value, &expected["mean_loss"][p]);
            near(averages.flip_effects(at).values.iter().sum(), &expected["derivative"][p]);
            let gradients = averages.gate_gradients(at);
            let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
            near(mean(&gradients.on), &expected["gate_gradient"][p]["on"]);
            near(mean(&gradients.off), &expected["gate_gradient"][p]["off"]);
        }
        let banzhaf = averages.banzhaf().values;
        banzhaf.iter().enumerate().for_each(|(i, &value)| near(value, &expected["banzhaf"][i]));
        near(banzhaf.iter().map(|b| b * b / 4.0).sum(), &expected["level_weight_1"]);
        let shapley = averages.shapley(|_, _| ()).values;
        shapley.iter().enumerate().for_each(|(i, &value)| near(value, &expected["shapley"][i]));
        let pairs = averages.pairs(|_| ()).values;
        near(pairs.iter().map(|f| f * f).sum(), &expected["level_weight_2"]);
        for pair in expected["pairs"].as_array().unwrap() {
            let [i, j] = [0, 1].map(|k| pair[k].as_u64().unwrap() as usize);
            near(pairs[i * averages.n_nodes() + j], &pair[2]);
        }
    }
}

/// However large the logits, what comes back is a number with a bound, or is said to be unknown.
#[test]
fn margins_beyond_all_measure_are_said_to_be_unknown() {
    let points = Data::default().evaluation_points(2, 3);
    for (n, ablation) in [(10, Ablation::Zero), (34, Ablation::Mean)] {
        for exponent in [5, 10, 15, 20, 30, 37] {
            let network = random(&[2, n, 2], 10f64.powi(exponent).sqrt(), 5);
            let averages = Averages::new(&network, &points, ablation).unwrap();
            let of = |values: &[f64], error: f64| {
                let numbers = values.iter().all(|value| value.is_finite());
                let known = numbers && !error.is_nan() && error >= 0.0;
                assert!(
                    known || error == f64::INFINITY,
                    "{n} nodes, 1e{exponent}: {values:?} ± {error}"
                );
            };
            let mean = averages.mean_loss(0.4);
            of(&[mean.value], mean.error);
            for average in [averages.flip_effects(0.5), averages.banzhaf(), averages.pairs(|_| ())]
            {
                of(&average.values, average.error);
            }
            let gradients = averages.gate_gradients(0.5);
            of(&gradients.on, gradients.error);
            let curve = averages.mean_curve(4, |_| ());
            of(&curve.points.iter().map(|point| point.loss).collect::<Vec<_>>(), curve.error);
        }
    }
}
