//! The closest sub-networks to the full one against all masks.

use super::tests::{LONG, random};
use super::*;
use crate::table::Options;

/// The smallest value of each size of the last hidden layer, from the table of all masks.
fn smallest(
    network: &Network,
    points: &Points,
    ablation: Ablation,
    value: ValueFunction,
) -> Vec<f64> {
    let n = network.hidden().last().copied().unwrap();
    let before = network.n_nodes() - n;
    let table = value.table(network, points, ablation, &Options::default()).unwrap();
    let mut all = vec![f64::INFINITY; n + 1];
    for mask in 0..1usize << n {
        let value = table.losses()[mask << before | ((1 << before) - 1)];
        let size = mask.count_ones() as usize;
        all[size] = all[size].min(value);
    }
    all
}

#[test]
fn the_closest_of_all_masks_is_found() {
    for (seed, sizes) in
        [&[2, 9, 2][..], &[3, 8, 3], &[2, 3, 9, 2], &[2, 17, 2], &[3, 17, 3]].iter().enumerate()
    {
        for ablation in [Ablation::Zero, Ablation::Mean] {
            let (network, points) = random(sizes, 100, seed as u64);
            let value = ValueFunction::Divergence;
            let expected = smallest(&network, &points, ablation, value);
            let best =
                best_subsets(&network, &points, ablation, value, LONG, &|| false, |_| ()).unwrap();
            assert_eq!(best.len(), expected.len());
            for (best, expected) in best.iter().zip(&expected) {
                let what = format!("{sizes:?} {ablation:?}: {best:?}, {expected}");
                assert!((best.loss - expected).abs() < 1e-13, "{what}");
                assert!(best.proven && best.lower_bound <= best.loss, "{what}");
                assert!(best.lower_bound <= expected + 1e-15 && best.gap() == 0.0, "{what}");
            }
            assert!(best[expected.len() - 1].loss < 1e-15);
        }
    }
}

/// Bounds hold wherever the search is stopped, whether outputs are nearly certain or not; of losses too.
#[test]
fn bounds_are_bounds_at_any_scale() {
    for (seed, scale) in [0.1, 1.0, 10.0, 100.0, 1e4].into_iter().enumerate() {
        let (network, points) = random(&[2, 13, 2], 80, 20 + seed as u64);
        let mut layers = network.layers().to_vec();
        layers[1].weights.iter_mut().for_each(|w| *w *= scale);
        let network = Network::new(layers).unwrap();
        for value in [ValueFunction::Loss, ValueFunction::Divergence] {
            let (problem, entropy) = problem(&network, &points, Ablation::Zero, value);
            let expected = smallest(&network, &points, Ablation::Zero, value);
            for asked in [0, 3, 30, 300, 3000, u64::MAX] {
                let count = std::sync::atomic::AtomicU64::new(0);
                let is_over = || count.fetch_add(1, std::sync::atomic::Ordering::Relaxed) >= asked;
                let limits = Limits { is_over: &is_over, is_search_due: &is_over };
                let found = search(&problem, &limits, &mut |_| ());
                for ((found, bound), expected) in found.iter().zip(&expected) {
                    let what =
                        format!("{value:?} × {scale}, {asked}: {bound}, {expected} + {entropy}");
                    let least = (expected + entropy) * (1.0 - 1e-12) - problem.slack;
                    assert!(problem.less_rounding(*bound) <= expected + entropy, "{what}");
                    assert!(found.loss >= least, "{what}");
                }
            }
        }
    }
}

/// Dead nodes can go for nothing.
#[test]
fn dead_nodes_cost_nothing() {
    let (network, points) = random(&[2, 20, 2], 50, 4);
    let mut layers = network.layers().to_vec();
    for i in 0..12 {
        layers[0].weights[2 * i..2 * i + 2].fill(0.0);
        layers[0].biases[i] = -1.0;
    }
    let network = Network::new(layers).unwrap();
    let value = ValueFunction::Divergence;
    let best =
        best_subsets(&network, &points, Ablation::Zero, value, LONG, &|| false, |_| ()).unwrap();
    assert!(best[8..].iter().all(|best| best.loss < 1e-15 && best.proven && best.gap() == 0.0));
    assert!(best[7].loss > 1e-6 && best[7].proven);
}
