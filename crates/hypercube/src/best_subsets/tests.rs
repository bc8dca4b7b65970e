//! Against all masks, and against what must hold whatever the time.

use rand::RngExt;

use super::*;
use crate::Layer;
use crate::reference::evaluate;

pub(super) const LONG: Duration = Duration::from_secs(600);

/// A random network with points that are labelled by chance, so that losses are far from 0.
pub(super) fn random(sizes: &[usize], n_points: usize, seed: u64) -> (Network, Points) {
    let mut rng = crate::stream(seed, 98, 0);
    let mut draw = |n: usize, by: f64| -> Vec<f64> {
        (0..n).map(|_| by * (2.0 * rng.random::<f64>() - 1.0)).collect()
    };
    let layers = sizes.windows(2).map(|pair| Layer {
        inputs: pair[0],
        outputs: pair[1],
        weights: draw(pair[0] * pair[1], 1.2),
        biases: draw(pair[1], 0.4),
    });
    let network = Network::new(layers.collect()).unwrap();
    let coordinates = draw(n_points * sizes[0], 1.0);
    let classes = sizes[sizes.len() - 1] as f64;
    let labels = draw(n_points, 1.0).into_iter().map(|x| ((x + 1.0) / 2.0 * classes) as usize);
    let points = Points::new(sizes[0], coordinates, labels.collect()).unwrap();
    (network, points)
}

/// The smallest loss of each size by the slow evaluation of every mask.
fn smallest(network: &Network, points: &Points, ablation: Ablation) -> Vec<f64> {
    let n = network.hidden().last().copied().unwrap();
    let before = network.n_nodes() - n;
    let mut all = vec![f64::INFINITY; n + 1];
    for bits in 0..1usize << n {
        let mut mask = vec![1.0; before];
        mask.extend((0..n).map(|i| (bits >> i & 1) as f64));
        let loss = evaluate(network, points, ablation, &mask).loss;
        let size = bits.count_ones() as usize;
        all[size] = all[size].min(loss);
    }
    all
}

/// By branch and bound whatever the number of nodes.
fn searched(network: &Network, points: &Points, ablation: Ablation) -> Vec<(Found, f64)> {
    let problem = Problem::new(network, points, ablation);
    let never = || false;
    search(&problem, &Limits { is_over: &never, is_search_due: &never }, &mut |_| ())
}

#[track_caller]
fn assert_same(found: &[(Found, f64)], expected: &[f64]) {
    assert_eq!(found.len(), expected.len());
    for (size, ((found, bound), expected)) in found.iter().zip(expected).enumerate() {
        assert_eq!(found.on.iter().filter(|&&on| on).count(), size);
        assert!((found.loss - expected).abs() <= 1e-12 * expected, "size {size}: {}", found.loss);
        assert!(*bound <= expected * (1.0 + 1e-15), "size {size}: {bound} of {expected}");
        assert!(expected - bound <= TOLERANCE * expected, "size {size}: {bound} of {expected}");
    }
}

#[test]
fn the_search_finds_the_best_of_all_masks() {
    for (seed, sizes) in
        [&[2, 9, 2][..], &[3, 8, 3], &[2, 3, 9, 2], &[2, 4, 8, 4]].iter().enumerate()
    {
        for ablation in [Ablation::Zero, Ablation::Mean] {
            let (network, points) = random(sizes, 60, seed as u64);
            let expected = smallest(&network, &points, ablation);
            assert_same(&searched(&network, &points, ablation), &expected);
            let best = best_subsets(
                &network,
                &points,
                ablation,
                ValueFunction::Loss,
                LONG,
                &|| false,
                |_| (),
            )
            .unwrap();
            let enumerated: Vec<_> = best.iter().map(|b| b.loss).collect();
            for (loss, expected) in enumerated.iter().zip(&expected) {
                assert!((loss - expected).abs() <= 1e-12 * expected);
            }
            assert!(best.iter().all(|b| b.proven && b.lower_bound <= b.loss));
        }
    }
}

/// Wide enough for branches, which the small networks are enumerated without.
#[test]
fn the_search_agrees_with_the_engine() {
    for (seed, sizes) in
        [&[2, 16, 2][..], &[2, 15, 3], &[4, 17, 2], &[2, 5, 16, 2]].iter().enumerate()
    {
        for ablation in [Ablation::Zero, Ablation::Mean] {
            let (network, points) = random(sizes, 150, 7 + seed as u64);
            let problem = Problem::new(&network, &points, ablation);
            let expected: Vec<f64> = enumerate(&problem).iter().map(|(f, _)| f.loss).collect();
            assert_same(&searched(&network, &points, ablation), &expected);
        }
    }
}

#[test]
fn bounds_hold_whenever_the_search_is_stopped() {
    let (network, points) = random(&[2, 16, 2], 150, 3);
    let problem = Problem::new(&network, &points, Ablation::Zero);
    let expected: Vec<f64> = enumerate(&problem).iter().map(|(f, _)| f.loss).collect();
    for asked in [0, 1, 3, 10, 30, 100, 300, 1000, 3000] {
        let count = std::sync::atomic::AtomicU64::new(0);
        let is_over = || count.fetch_add(1, std::sync::atomic::Ordering::Relaxed) >= asked;
        let found =
            search(&problem, &Limits { is_over: &is_over, is_search_due: &is_over }, &mut |_| ());
        for (size, ((found, bound), expected)) in found.iter().zip(&expected).enumerate() {
            assert_eq!(found.on.iter().filter(|&&on| on).count(), size);
            assert!(bound <= expected, "{asked}, size {size}: {bound} of {expected}");
            assert!(found.loss >= expected * (1.0 - 1e-12));
        }
    }
}

#[test]
fn no_time_still_gives_a_mask_of_each_size() {
    let (network, points) = random(&[2, 30, 3], 50, 5);
    let none = Duration::ZERO;
    let best = best_subsets(
        &network,
        &points,
        Ablation::Mean,
        ValueFunction::Loss,
        none,
        &|| false,
        |_| (),
    )
    .unwrap();
    let sizes: Vec<usize> = best.iter().map(|b| b.mask.size()).collect();
    assert_eq!(sizes, (0..=30).collect::<Vec<_>>());
    assert!(best.iter().all(|b| b.lower_bound <= b.loss && b.gap() >= 0.0));
    // Of these sizes there is but one.
    assert!(best[0].proven && best[30].proven);
    let stopped = best_subsets(
        &network,
        &points,
        Ablation::Mean,
        ValueFunction::Loss,
        LONG,
        &|| true,
        |_| (),
    )
    .unwrap();
    assert_eq!(best, stopped);
}

/// Relaxed problems of parts of the search, cut off anywhere, never exceed a loss within.
#[test]
fn relaxed_bounds_are_bounds() {
    let (network, points) = random(&[2, 10, 3], 80, 11);
    let problem = Problem::new(&network, &points, Ablation::Zero);
    let mut relaxation = relax::Relaxation::new(&problem);
    let mut rng = crate::stream(1, 97, 0);
    for _ in 0..300 {
        let state: Vec<u8> = (0..10)
            .map(|_| match rng.random_range(0..4) {
                0 => relax::OFF,
                1 => relax::ON,
                _ => relax::free_at(rng.random()),
            })
            .collect();
        let on = state.iter().filter(|&&s| s == relax::ON).count();
        let off = state.iter().filter(|&&s| s == relax::OFF).count();
        let size = rng.random_range(on..=10 - off);
        let cutoff = [0.0, 0.5, f64::MAX][rng.random_range(0..3)];
        let bound = relaxation.bound(&state, size, cutoff);
        for bits in (0..1u32 << 10).filter(|bits| bits.count_ones() as usize == size) {
            let is_on: Vec<bool> = (0..10).map(|i| bits >> i & 1 == 1).collect();
            let fits = |(state, &on): (&u8, &bool)| match *state {
                relax::OFF => !on,
                relax::ON => on,
                _ => true,
            };
            if state.iter().zip(&is_on).all(fits) {
                let s = problem.margins(&is_on);
                let loss = points::loss(&problem, &s, &problem.zeros, &problem.zeros);
                assert!(bound <= loss, "{bound} of {loss}");
            }
        }
    }
}

#[test]
fn equal_and_dead_nodes_and_a_single_class() {
    let (network, points) = random(&[2, 14, 2], 60, 2);
    let mut layers = network.layers().to_vec();
    for node in 0..10 {
        // Ten equal nodes, and two that are never active.
        layers[0].weights[2 * node..2 * node + 2].copy_from_slice(&[0.7, -0.4]);
        layers[0].biases[node] = 0.2;
        layers[1].weights[node] = 0.3;
        layers[1].weights[14 + node] = -0.2;
    }
    for node in 10..12 {
        layers[0].biases[node] = -1e6;
    }
    let network = Network::new(layers).unwrap();
    for labels in [points.labels().to_vec(), vec![1; points.len()]] {
        let points = Points::new(2, points.coordinates().to_vec(), labels).unwrap();
        let expected = smallest(&network, &points, Ablation::Zero);
        assert_same(&searched(&network, &points, Ablation::Zero), &expected);
    }
}

#[test]
fn one_node() {
    let (network, points) = random(&[2, 1, 2], 20, 9);
    let expected = smallest(&network, &points, Ablation::Mean);
    assert_same(&searched(&network, &points, Ablation::Mean), &expected);
    let best = best_subsets(
        &network,
        &points,
        Ablation::Mean,
        ValueFunction::Loss,
        LONG,
        &|| false,
        |_| (),
    )
    .unwrap();
    assert_eq!(best.len(), 2);
    assert!(best.iter().all(|b| b.proven));
}

#[test]
fn losses_and_accuracies_are_the_references() {
    let (network, points) = random(&[2, 4, 24, 2], 100, 4);
    let best = best_subsets(
        &network,
        &points,
        Ablation::Zero,
        ValueFunction::Loss,
        LONG,
        &|| false,
        |_| (),
    )
    .unwrap();
    for b in &best {
        let values: Vec<f64> = b.mask.values().map(f64::from).collect();
        let exact = evaluate(&network, &points, Ablation::Zero, &values);
        assert_eq!((b.loss, b.accuracy), (exact.loss, exact.accuracy));
        assert!((0..4).all(|i| b.mask.is_on(i)));
        assert_eq!(b.mask.size(), 4 + b.size);
        assert!(b.proven);
    }
}

#[test]
fn refuses_what_does_not_fit() {
    let (network, _) = random(&[2, 4, 2], 10, 4);
    let (_, wide) = random(&[3, 4, 2], 10, 4);
    let ask = |points: &Points| {
        best_subsets(&network, points, Ablation::Zero, ValueFunction::Loss, LONG, &|| false, |_| ())
            .unwrap_err()
    };
    assert_eq!(ask(&wide), Error::Width { points: 3, network: 2 });
    let labels = Points::new(2, vec![0.0; 4], vec![0, 2]).unwrap();
    assert_eq!(ask(&labels), Error::Label { point: 1, label: 2, classes: 2 });
}

#[test]
fn criteria_rank_as_they_say() {
    use super::criteria::{Criterion, by_values, masks};
    let (network, points) = random(&[2, 3, 8, 3], 40, 6);
    let n = 8;
    let of = |criterion| {
        masks(&network, &points, Ablation::Zero, ValueFunction::Loss, criterion).unwrap()
    };
    for criterion in [
        Criterion::WeightNorm,
        Criterion::ActivationNorm,
        Criterion::Taylor,
        Criterion::GreedyRemoval,
    ] {
        let masks = of(criterion);
        for (size, pair) in masks.windows(2).enumerate() {
            assert_eq!(pair[0].size(), 3 + size);
            assert!((0..11).all(|i| pair[1].is_on(i) >= pair[0].is_on(i)));
        }
        assert_eq!(masks[n], Mask::full(11));
    }
    // Greedy removal by the slow evaluation.
    let mut mask = vec![1.0; 11];
    for better in of(Criterion::GreedyRemoval).iter().rev().skip(1) {
        let loss = |i: usize| {
            let mut less = mask.clone();
            less[i] = 0.0;
            (evaluate(&network, &points, Ablation::Zero, &less).loss, i)
        };
        let all = (3..11).rev().filter(|&i| mask[i] == 1.0).map(loss);
        let (_, i) = all.reduce(|a, b| if b.0 < a.0 { b } else { a }).unwrap();
        mask[i] = 0.0;
        assert!(!better.is_on(i));
    }
    let values = by_values(&network, &[0.0, 3.0, 1.0, 2.0, -1.0, 0.5, 7.0, 7.0]);
    let last: Vec<Vec<usize>> =
        values.iter().map(|mask| (0..8).filter(|i| mask.is_on(3 + i)).collect()).collect();
    assert_eq!(last[..4], [vec![], vec![6], vec![6, 7], vec![1, 6, 7]]);
    assert!(!last[7].contains(&4));
}

/// A node whose gate does nothing is the first that Taylor removes.
#[test]
fn taylor_ranks_by_the_gate_gradient() {
    use super::criteria::{Criterion, masks};
    let (network, points) = random(&[2, 7, 2], 40, 8);
    let exact = crate::reference::pointwise(&network, &points, Ablation::Zero, &[1.0; 7]);
    let value = |i: usize| exact.iter().map(|e| e.gradient[i].abs()).sum::<f64>();
    let found =
        masks(&network, &points, Ablation::Zero, ValueFunction::Loss, Criterion::Taylor).unwrap();
    for mask in &found {
        let of = |on: bool| (0..7).filter(move |&i| mask.is_on(i) == on).map(value);
        let least_on = of(true).fold(f64::INFINITY, f64::min);
        assert!(of(false).all(|value| value <= least_on));
    }
}

/// Whether logits are small or huge, labels by chance or by the network itself.
#[test]
fn losses_of_any_size() {
    for (seed, scale) in [1.0, 1.0, 10.0, 10.0, 300.0, 300.0, 1e5, 1e5].into_iter().enumerate() {
        let sizes: &[usize] = [&[2, 13, 2][..], &[2, 12, 4], &[2, 11, 3]][seed % 3];
        let (network, points) = random(sizes, 80, 40 + seed as u64);
        let mut layers = network.layers().to_vec();
        layers[1].weights.iter_mut().for_each(|w| *w *= scale);
        let network = Network::new(layers).unwrap();
        let mut labels = points.labels().to_vec();
        if seed % 2 == 1 {
            for (label, (x, _)) in labels.iter_mut().zip(points.iter()) {
                let h: Vec<f64> = network.layers()[0].apply(x).iter().map(|z| z.max(0.0)).collect();
                let z = network.layers()[1].apply(&h);
                *label = (0..z.len()).fold(0, |b, c| if z[c] > z[b] { c } else { b });
            }
        }
        let points = Points::new(2, points.coordinates().to_vec(), labels).unwrap();
        let problem = Problem::new(&network, &points, Ablation::Zero);
        let expected = enumerate(&problem);
        let found = searched(&network, &points, Ablation::Zero);
        for ((found, bound), (expected, _)) in found.iter().zip(&expected) {
            let tolerance = 1e-10 * expected.loss;
            assert!((found.loss - expected.loss).abs() <= tolerance, "{seed}: {}", found.loss);
            assert!(bound - expected.loss <= 0.1 * tolerance, "{seed}: {bound}");
            assert!(expected.loss - bound <= tolerance, "{seed}: {bound} of {}", expected.loss);
        }
    }
}
