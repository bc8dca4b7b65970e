//! Averages of divergences against the enumerated table of them.

use super::tests::{furthest, random};
use super::*;
use crate::biased::SizeSums;
use crate::data::Data;
use crate::divergence::output_entropy;
use crate::table::{Options, Table};
use crate::walsh::{Spectrum, reversal_correlation};
use crate::{divergences, values};

const CASES: [(usize, f64, Ablation); 5] = [
    (1, 1.0, Ablation::Zero),
    (9, 1.0, Ablation::Zero),
    (12, 4.0, Ablation::Mean),
    (10, 12.0, Ablation::Zero),
    (8, 40.0, Ablation::Mean),
];

fn case((n, gain, ablation): (usize, f64, Ablation)) -> (Averages, Table, Network, Points) {
    let network = random(&[2, n, 2], gain, n as u64);
    let points = Data::default().evaluation_points(60, 1);
    let averages = Averages::of_divergence(&network, &points, ablation).unwrap();
    let table = divergences(&network, &points, ablation, &Options::default()).unwrap();
    (averages, table, network, points)
}

#[test]
fn averages_of_divergences_are_those_of_their_table() {
    for of in CASES {
        let (averages, table, ..) = case(of);
        let (n, gain, _) = of;
        let sums = SizeSums::new(table.losses());
        // Divergences are differences of margins, which grow with the gain.
        let tolerance = 1e-13 * (1.0 + gain * gain);
        for p in [0.0, 0.25, 0.5, 0.99, 1.0] {
            let found = averages.mean_loss(p);
            let apart = (found.value - sums.mean(p)).abs();
            assert!(apart <= found.error + tolerance, "{of:?}, p = {p}: {apart}, {found:?}");
            assert!(found.error <= tolerance, "{of:?}, p = {p}: {found:?}");
        }
        for (k, point) in averages.mean_curve(20, |_| ()).points.iter().enumerate() {
            let p = k as f64 / 20.0;
            assert!((point.loss - sums.mean(p)).abs() < 10.0 * tolerance, "{of:?}: {point:?}");
            let slope = (point.derivative - sums.derivative(p)).abs();
            assert!(slope < 1e-10 * (1.0 + gain * gain), "{of:?}: {point:?}, {slope}");
        }
        let (banzhaf, shapley) = (averages.banzhaf(), averages.shapley(|_, _| ()));
        assert!(furthest(&banzhaf.values, &values::banzhaf(&sums)) <= tolerance + banzhaf.error);
        assert!(furthest(&shapley.values, &values::shapley(&sums)) <= tolerance + shapley.error);
        let pairs = averages.pairs(|_| ());
        let coefficients = Spectrum::new(table.losses().to_vec());
        for i in 0..n {
            for j in i + 1..n {
                let expected = coefficients.coefficients()[1 << i | 1 << j];
                assert!((pairs.values[i * n + j] - expected).abs() <= tolerance);
            }
        }
    }
}

#[test]
fn gate_gradients_of_divergences_are_those_of_the_reference() {
    let (averages, _, network, points) = case((7, 2.0, Ablation::Mean));
    let found = averages.gate_gradients(0.5);
    let (mut on, mut off) = (vec![0.0; 7], vec![0.0; 7]);
    for mask in 0..1 << 7 {
        let values: Vec<f64> = (0..7).map(|i| f64::from(mask >> i & 1)).collect();
        let slow = crate::reference::divergence(&network, &points, Ablation::Mean, &values);
        for (i, g) in slow.gradient.iter().enumerate() {
            if mask >> i & 1 == 1 { on[i] += g / 64.0 } else { off[i] += g / 64.0 }
        }
    }
    assert!(furthest(&found.on, &on) < 1e-13 && furthest(&found.off, &off) < 1e-13);
}

/// The sample is of the same masks as the exact values, with logarithms of the cross-entropy.
#[test]
fn sampled_moments_of_divergences_agree_with_their_table() {
    let (averages, table, network, points) = case((9, 2.0, Ablation::Zero));
    let (banzhaf, walsh) = (averages.banzhaf(), averages.pairs(|_| ()));
    let sampled = averages.sampled(4096, 3, (&banzhaf, &walsh), |_| ());
    let entropy = output_entropy(&network, &points);
    let logarithms = table.losses().iter().map(|d| (d + entropy).ln()).collect();
    let [loss, log_loss] = [table.losses().to_vec(), logarithms].map(Spectrum::new);
    let (loss, log_loss) = (loss.level_weights(), log_loss.level_weights());
    let near = |found: Estimate, exact: f64| {
        assert!((found.value - exact).abs() < 4.0 * found.error, "{found:?} is not {exact}");
    };
    near(sampled.loss_variance, loss[1..].iter().sum());
    near(sampled.loss_reversal, reversal_correlation(&loss));
    near(sampled.log_loss_variance, log_loss[1..].iter().sum());
    near(sampled.log_loss_reversal, reversal_correlation(&log_loss));
    let masks: Vec<crate::Mask> = (0..9).map(|k| crate::Mask::random(9, 0.5, 1, k)).collect();
    for (mask, found) in masks.iter().zip(averages.losses(&masks)) {
        let index = (0..9).fold(0, |index, i| index | usize::from(mask.is_on(i)) << i);
        assert!((found - table.losses()[index]).abs() < 1e-13);
    }
}

#[test]
fn weights_of_divergences_are_those_of_their_table() {
    for of in [(9, 1.0, Ablation::Zero), (14, 2.0, Ablation::Mean)] {
        let (averages, table, ..) = case(of);
        let known = (averages.banzhaf(), averages.pairs(|_| ()));
        let found = averages.level_weights((&known.0, &known.1), f64::INFINITY, 0, |_| ()).unwrap();
        let expected = Spectrum::new(table.losses().to_vec()).level_weights();
        for (found, expected) in found.weights.iter().zip(&expected[1..]) {
            assert!((found.value - expected).abs() <= found.error + 1e-14, "{of:?}: {found:?}");
        }
        let reversal = found.reversal_correlation.unwrap().value;
        assert!((reversal - reversal_correlation(&expected)).abs() < 1e-10);
    }
}

#[test]
fn a_network_without_a_living_node_never_diverges() {
    let dead = random(&[2, 4, 2], 0.0, 1);
    let points = Data::default().evaluation_points(10, 1);
    let averages = Averages::of_divergence(&dead, &points, Ablation::Zero).unwrap();
    assert!(averages.are_known());
    assert_eq!(averages.mean_loss(0.5).value, 0.0);
    assert!(averages.shapley(|_, _| ()).values.iter().all(|value| value.abs() < 1e-15));
}
