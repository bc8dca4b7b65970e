//! Against the whole table, and against what is computed elsewhere.

use super::*;
use crate::averages::tests::random;
use crate::data::Data;
use crate::table::{Options, losses};
use crate::{Ablation, Network, Points, checkpoint, points_file};

/// More than any of these takes.
const NO_LIMIT: f64 = f64::INFINITY;

fn known(averages: &Averages) -> (CertifiedNodes, CertifiedNodes) {
    (averages.banzhaf(), averages.pairs(|_| ()))
}

fn weights(network: &Network, points: &Points, ablation: Ablation) -> LevelWeights {
    let averages = Averages::new(network, points, ablation).unwrap();
    let (banzhaf, walsh) = known(&averages);
    averages.level_weights((&banzhaf, &walsh), NO_LIMIT, 0, |_| ()).unwrap()
}

#[test]
fn weights_are_those_of_the_enumerated_table() {
    for (n, gain, points, ablation) in [
        (1, 1.0, 9, Ablation::Zero),
        (7, 30.0, 9, Ablation::Mean),
        (12, 1e15, 4, Ablation::Zero),
        (13, 1.0, 40, Ablation::Zero),
        (14, 5.0, 41, Ablation::Mean),
        (13, 1e-3, 7, Ablation::Zero),
        (16, 12.0, 12, Ablation::Zero),
        (13, 40.0, 3, Ablation::Mean),
        (13, 3.0, 1, Ablation::Zero),
    ] {
        let network = random(&[2, n, 2], gain, n as u64);
        let points = Data::default().evaluation_points(points, 1);
        let found = weights(&network, &points, ablation);
        let table = losses(&network, &points, ablation, &Options::default()).unwrap();
        let expected = Spectrum::new(table.losses().to_vec()).level_weights();
        let variance: f64 = expected[1..].iter().sum();
        let mean = expected[0].sqrt();
        // What the table itself loses, and what is known at the worst.
        let table_error = 4e-16 * mean * variance.sqrt();
        let bound = 1e-11 * variance.sqrt() * (mean + variance.sqrt()) + 1e-28;
        let near = |found: Paired, expected: f64, what: &str| {
            let apart = (found.value - expected).abs();
            println!(
                "{n} {gain} {what}: {:e} off {:e} bound {:e}",
                expected,
                apart / variance,
                found.error / variance
            );
            assert!(
                apart <= found.error + table_error,
                "{n}, {gain}, {what}: {found:?} {expected}"
            );
            assert!(found.error <= bound, "{n}, {gain}, {what}: {found:?}");
            assert_eq!(found.deviation, 0.0);
        };
        assert_eq!(found.weights.len(), n.min(DEGREES));
        for (k, weight) in found.weights.iter().enumerate() {
            near(*weight, expected[k + 1], &format!("degree {}", k + 1));
        }
        near(found.higher, expected.iter().skip(DEGREES + 1).sum(), "higher");
        near(found.variance, variance, "variance");
        let correlation = crate::walsh::reversal_correlation(&expected);
        let signed = |(k, w): (usize, &f64)| if k % 2 == 1 { -w } else { *w };
        let reversal = expected.iter().enumerate().skip(1).map(signed).sum();
        near(found.reversal_covariance, reversal, "reversal");
        // Of the first network no node is ever on.
        assert_eq!(found.reversal_correlation.is_some(), variance > 0.0, "{n}, {gain}");
        if let Some(own) = found.reversal_correlation {
            let apart = (own.value - correlation).abs();
            assert!(apart < own.error + 1e-14, "{n}, {gain}: {own:?} {correlation}");
        }
        assert_eq!(found.share, 1.0);
    }
}

/// Networks of up to 300 nodes: degree 2 of the cosines is that of the pairs of nodes, and the whole lies
/// where masks that were drawn elsewhere have it.
#[test]
fn weights_agree_with_what_is_computed_elsewhere() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference");
    for name in ["wide40", "wide300", "last24"] {
        let path = folder.join(name);
        let network = checkpoint::load(&path.join("model.safetensors")).unwrap();
        let points = points_file::load(&path.join("points.csv"), 2, 2).unwrap();
        let read = std::fs::read(path.join("expected.json")).unwrap();
        let read: serde_json::Value = serde_json::from_slice(&read).unwrap();
        let expected = |name: &str| read[name].as_f64().unwrap();
        let averages = Averages::new(&network, &points, Ablation::Zero).unwrap();
        let (banzhaf, walsh) = known(&averages);
        let plan = Plan::new(&averages.margins, expected("level_weight_2"), NO_LIMIT, 0).unwrap();
        let sums = averages.pair_sums(&plan, |_| ());
        let first = averages.first_of_cosines(&banzhaf);
        for (degree, expected) in [(1, first), (2, expected("level_weight_2"))] {
            let apart = (sums.parts[0][degree] - expected).abs();
            assert!(apart < 1e-12 * expected, "{name}: degree {degree} off by {apart:e}");
            let bound = sums.error(expected, sums.lost[degree]);
            assert!(apart <= bound + 1e-14, "{name}: degree {degree} off by {apart:e} > {bound:e}");
        }
        let found = sums.weights([weight_1(&banzhaf), weight(&walsh)], averages.n);
        // 20,000 masks: the standard error of a variance of near-normal values is 1 % of it; three of them.
        let sampled = |name: &str| read["sampled"][name].as_f64().unwrap();
        let ratio = found.variance.value / sampled("variance");
        assert!((ratio - 1.0).abs() < 0.03, "{name}: {ratio} times the variance");
        let reversal = found.reversal_correlation.unwrap();
        assert!((reversal.value - sampled("reversal_loss")).abs() < 0.03, "{name}: {reversal:?}");
        assert!(found.variance.error < 1e-9 * found.variance.value, "{name}: {found:?}");
    }
}

/// W¹ from the Banzhaf values.
fn weight_1(banzhaf: &CertifiedNodes) -> Certified {
    let values: Vec<f64> = banzhaf.values.iter().map(|b| 0.5 * b).collect();
    weight(&CertifiedNodes { values, error: 0.5 * banzhaf.error })
}

/// Over many seeds, estimates from some pairs of points lie as far from the values of all pairs as their
/// standard errors say, and both ends of what is possible are reached.
#[test]
fn sampled_pairs_are_unbiased() {
    let network = random(&[2, 14, 2], 3.0, 4);
    let points = Data::default().evaluation_points(101, 1);
    let averages = Averages::new(&network, &points, Ablation::Zero).unwrap();
    let (banzhaf, walsh) = known(&averages);
    let of = |limit, seed| averages.level_weights((&banzhaf, &walsh), limit, seed, |_| ());
    let exact = of(NO_LIMIT, 0).unwrap();
    assert!(of(1.0, 0).is_none());
    // Somewhere below all pairs at the lesser accuracy.
    let mut limit = 1e9;
    while of(limit, 0).is_some_and(|found| found.share == 1.0) {
        limit *= 0.9;
    }
    let seeds = 100;
    let mut squares = [0.0; 4];
    for seed in 0..seeds {
        let found = of(limit, seed).unwrap();
        assert!((0.6..1.0).contains(&found.share), "{}", found.share);
        let pairs = [
            (found.weights[2], exact.weights[2]),
            (found.variance, exact.variance),
            (found.reversal_covariance, exact.reversal_covariance),
            (found.reversal_correlation.unwrap(), exact.reversal_correlation.unwrap()),
        ];
        for (square, (found, exact)) in squares.iter_mut().zip(pairs) {
            let apart = (found.value - exact.value) / found.deviation;
            *square += apart * apart / seeds as f64;
        }
    }
    assert!(squares.iter().all(|square| (0.5..1.9).contains(square)), "{squares:?}");
}

#[test]
fn what_lies_at_the_ends_has_weights_too() {
    let data = Data::default();
    // One point, twice: the same weights.
    let one = data.evaluation_points(1, 7);
    let two = Points::new(2, one.coordinates().repeat(2), one.labels().repeat(2)).unwrap();
    let network = random(&[2, 40, 2], 2.0, 8);
    let [single, double] = [&one, &two].map(|points| weights(&network, points, Ablation::Zero));
    for (a, b) in single.weights.iter().zip(&double.weights) {
        assert!((a.value - b.value).abs() < 1e-13 * single.variance.value, "{a:?} {b:?}");
    }
    // Dead nodes: nothing varies.
    let mut layers = network.layers().to_vec();
    layers[1].weights.fill(0.0);
    let dead = weights(&Network::new(layers).unwrap(), &two, Ablation::Mean);
    assert_eq!((dead.variance.value, dead.reversal_correlation), (0.0, None));
    // Many nodes, and margins of about 100 and beyond all measure.
    let points = data.evaluation_points(3, 9);
    for (n, gain, is_known) in [(512, 1.0, true), (20, 60.0, true), (30, 1e15, false)] {
        let network = random(&[2, n, 2], gain, 3);
        let averages = Averages::new(&network, &points, Ablation::Zero).unwrap();
        let (banzhaf, walsh) = known(&averages);
        let found = averages.level_weights((&banzhaf, &walsh), 1e10, 0, |_| ());
        assert_eq!(found.is_some(), is_known, "{n}, {gain}");
        if let Some(found) = found {
            // Of wide margins the Banzhaf values are known less closely than what is summed here.
            let (all, third) = (found.variance, found.weights[2]);
            assert!(all.error < 1e-6 * all.value, "{n}, {gain}: {found:?}");
            assert!(third.error < 1e-11 * all.value, "{n}, {gain}: {found:?}");
        }
    }
}
