//! The exact table against the references, the slow oracle, and itself.

#![allow(clippy::unwrap_used)] // helpers of tests are tests

mod common;

use common::{NAMES, array, assert_close, oracle, random, reference};
use hypercube::table::{Error, Options, Progress, SimdLevel, check_memory, losses, losses_in};
use hypercube::{Ablation, Layer, Network, Points};

const BOTH: [Ablation; 2] = [Ablation::Zero, Ablation::Mean];

fn table(network: &Network, points: &Points, ablation: Ablation) -> Vec<f64> {
    losses(network, points, ablation, &Options::default()).unwrap().into_losses()
}

/// Every mask, or a spread of about 64 of them.
fn some_masks(n_nodes: usize) -> impl Iterator<Item = usize> {
    let all = 1usize << n_nodes;
    (0..all).step_by((all / 64).max(1)).map(move |m| (m * 7 + 3) % all).chain([0, all - 1])
}

fn against_oracle(network: &Network, points: &Points, relative: f64, what: &str) {
    for ablation in BOTH {
        let table = table(network, points, ablation);
        for mask in some_masks(network.n_nodes()) {
            let expected = oracle(network, points, ablation, mask).loss;
            let what = format!("{what}, {ablation:?}, mask {mask}");
            assert_close(table[mask], expected, relative, 1e-300, &what);
        }
    }
}

/// Whatever is there is written over, with one layer or several, and a room of another length is none.
#[test]
fn losses_are_the_same_in_the_place_of_others() {
    for sizes in [&[2, 6, 2][..], &[2, 3, 4, 2], &[2, 13, 2]] {
        let (network, points) = random(sizes, 50, 1.0, 3);
        let expected = table(&network, &points, Ablation::Mean);
        for len in [expected.len(), 5] {
            let room = vec![f64::NAN; len];
            let found =
                losses_in(room, &network, &points, Ablation::Mean, &Options::default()).unwrap();
            assert_eq!(found.losses(), expected, "{sizes:?}, a room of {len}");
        }
    }
}

#[test]
fn every_loss_of_the_references() {
    for name in NAMES {
        let r = reference(name);
        for (ablation, file) in BOTH.into_iter().zip(["losses.npy", "losses_mean_ablation.npy"]) {
            let got = table(&r.network, &r.points, ablation);
            for (mask, &expected) in array(name, file).iter().flatten().enumerate() {
                assert_close(got[mask], expected, 1e-12, 0.0, &format!("{name} mask {mask}"));
            }
        }
        let got = table(&r.network, &r.points, Ablation::Zero);
        for m in r.expected["masks"].as_array().unwrap() {
            let mask = m["mask"].as_u64().unwrap() as usize;
            let expected = m["loss"].as_f64().unwrap();
            assert_close(got[mask], expected, 1e-12, 0.0, &format!("{name} mask {mask}"));
        }
    }
}

#[test]
fn random_networks_of_any_depth_and_number_of_classes() {
    let shapes: [&[usize]; 14] = [
        &[2, 1, 2],
        &[2, 3, 2],
        &[1, 7, 2],
        &[3, 8, 3],
        &[2, 11, 2],
        &[2, 13, 4],
        &[4, 9, 5],
        &[2, 1, 1, 2],
        &[2, 4, 5, 2],
        &[2, 5, 3, 3],
        &[3, 2, 8, 4],
        &[2, 3, 3, 3, 2],
        &[2, 2, 4, 3, 5],
        &[2, 12, 1, 2],
    ];
    for (seed, sizes) in shapes.into_iter().enumerate() {
        for n_points in [1, 2, 65, 300] {
            let (network, points) = random(sizes, n_points, 1.5, seed as u64 + 10);
            against_oracle(&network, &points, 1e-11, &format!("{sizes:?}, {n_points} points"));
        }
    }
}

#[test]
fn many_points_take_several_blocks() {
    let (network, points) = random(&[2, 8, 2], 1500, 2.0, 5);
    against_oracle(&network, &points, 1e-11, "1500 points");
    // Inputs all different in pattern: many groups.
    let (network, points) = random(&[12, 13, 2], 700, 1.0, 6);
    against_oracle(&network, &points, 1e-11, "many groups");
}

#[test]
fn ties_and_nodes_that_never_act() {
    // Twice the same node, one that is always off, and the same point with both labels.
    let first = Layer {
        inputs: 1,
        outputs: 4,
        weights: vec![1.0, 1.0, 0.0, -1.0],
        biases: vec![0.5, 0.5, -1.0, 0.0],
    };
    let last = Layer {
        inputs: 4,
        outputs: 2,
        weights: vec![0.7, 0.7, 3.0, -0.4, -0.2, -0.2, 1.0, 0.0],
        biases: vec![0.0, 0.0],
    };
    let network = Network::new(vec![first, last]).unwrap();
    let points = Points::new(1, vec![0.3, 0.3, -0.8], vec![0, 1, 1]).unwrap();
    against_oracle(&network, &points, 1e-13, "ties");
    let table = table(&network, &points, Ablation::Zero);
    assert_eq!(table[0b0001], table[0b0010]);
    assert_eq!(table[0b0000], table[0b0100]);
}

#[test]
fn logits_in_the_hundreds_and_thousands() {
    for (seed, scale) in [(1, 8.0), (2, 20.0), (3, 60.0), (4, 1e3), (5, 1e30)] {
        for sizes in [&[2, 9, 2][..], &[2, 8, 3], &[2, 3, 5, 4]] {
            let (network, points) = random(sizes, 150, scale, seed);
            for ablation in BOTH {
                let table = table(&network, &points, ablation);
                let top = table.iter().copied().fold(0.0, f64::max);
                for mask in some_masks(network.n_nodes()) {
                    let expected = oracle(&network, &points, ablation, mask).loss;
                    // Logits of size z carry an error of z · 2⁻⁵³ each, in the oracle too.
                    let what = format!("{sizes:?} × {scale}, {ablation:?}, mask {mask}");
                    assert_close(table[mask], expected, 1e-10, 1e-13 * top, &what);
                }
            }
        }
    }
}

/// Two nodes pushing the two labels' points apart by ±`push`, and a few that hardly matter.
fn separated(push: f64, n_points: usize) -> (Network, Points) {
    let first = Layer {
        inputs: 1,
        outputs: 5,
        weights: vec![1.0, -1.0, 0.3, -0.2, 0.1],
        biases: vec![0.0, 0.0, 0.1, 0.2, 0.3],
    };
    let last = Layer {
        inputs: 5,
        outputs: 2,
        weights: vec![-push, push, 0.1, -0.2, 0.3, push, -push, 0.2, 0.1, -0.1],
        biases: vec![0.0, 0.0],
    };
    let side = |k: usize| if k.is_multiple_of(2) { 1.0 } else { -1.0 };
    let xs = (0..n_points).map(|k| side(k) * (1.0 + 0.1 * k as f64 / n_points as f64)).collect();
    let labels = (0..n_points).map(|k| (k + 1) % 2).collect();
    let network = Network::new(vec![first, last]).unwrap();
    (network, Points::new(1, xs, labels).unwrap())
}

#[test]
fn tiny_losses_keep_their_relative_precision() {
    for push in [2.0, 5.0, 11.0, 30.0, 100.0, 300.0] {
        for n_points in [1, 64, 2000] {
            let (network, points) = separated(push, n_points);
            let table = table(&network, &points, Ablation::Zero);
            for (mask, &got) in table.iter().enumerate() {
                // The oracle's own ln Σ exp loses small losses; with two classes ln(1 + e) is exact.
                let values = common::mask_values(5, mask);
                let expected = points
                    .iter()
                    .map(|(x, label)| {
                        let h = network.layers()[0].apply(x);
                        let g: Vec<f64> =
                            h.iter().zip(&values).map(|(h, b)| h.max(0.0) * b).collect();
                        let z = network.layers()[1].apply(&g);
                        let z = z[1 - label] - z[label];
                        z.max(0.0) + (-z.abs()).exp().ln_1p()
                    })
                    .sum::<f64>()
                    / n_points as f64;
                let what = format!("push {push}, {n_points} points, mask {mask}");
                assert_close(got, expected, 3e-12, 1e-300, &what);
            }
        }
    }
    let (network, points) = separated(11.0, 1000);
    let full = table(&network, &points, Ablation::Zero)[31];
    assert!(full < 1e-9 && full > 1e-12, "the test is about small losses: {full:e}");
}

#[test]
fn narrow_last_layers_of_two_classes() {
    // Several blocks of points, every width of the last layer, one to four layers.
    let shapes: [&[usize]; 6] = [
        &[2, 9, 1, 2],
        &[2, 3, 4, 4, 2],
        &[1, 2, 2, 3, 5, 2],
        &[2, 4, 6, 2],
        &[3, 2, 3, 7, 2],
        &[2, 3, 10, 2],
    ];
    for (seed, sizes) in (60..).zip(shapes) {
        for (n_points, scale) in [(1, 1.0), (7, 2.5), (1100, 1.5), (1100, 4.0)] {
            let (network, points) = random(sizes, n_points, scale, seed);
            against_oracle(&network, &points, 1e-12, &format!("{sizes:?}, {n_points} points"));
        }
    }
    // Some blocks' logits leave the exponentials' range, then all do.
    for (seed, scale) in [(1, 8.0), (2, 20.0), (3, 60.0), (4, 1e3), (5, 1e30)] {
        let (network, points) = random(&[2, 4, 3, 5, 2], 150, scale, seed);
        for ablation in BOTH {
            let table = table(&network, &points, ablation);
            let top = table.iter().copied().fold(0.0, f64::max);
            for mask in some_masks(network.n_nodes()) {
                let expected = oracle(&network, &points, ablation, mask).loss;
                let what = format!("× {scale}, {ablation:?}, mask {mask}");
                assert_close(table[mask], expected, 1e-10, 1e-13 * top, &what);
            }
        }
    }
}

#[test]
fn a_deep_table_in_several_slabs() {
    // The last of eight nodes is fixed in each of two slabs, on in one of them.
    let (network, points) = random(&[2, 7, 8, 8, 2], 3, 1.0, 12);
    against_oracle(&network, &points, 1e-12, "slabs");
}

#[test]
fn tiny_losses_of_deep_networks_keep_their_relative_precision() {
    for push in [3.0, 11.0, 30.0, 200.0] {
        for n_points in [1, 64, 1500] {
            // The layer of `separated` handed on unchanged, as its nodes are never negative.
            let (network, points) = separated(push, n_points);
            let [first, last] = network.layers() else { unreachable!("two layers") };
            let weights = (0..25).map(|k| f64::from(u8::from(k % 6 == 0))).collect();
            let same = Layer { inputs: 5, outputs: 5, weights, biases: vec![0.0; 5] };
            let deep = Network::new(vec![first.clone(), same, last.clone()]).unwrap();
            let shallow = table(&network, &points, Ablation::Zero);
            for (mask, &got) in table(&deep, &points, Ablation::Zero).iter().enumerate() {
                let expected = shallow[mask & mask >> 5];
                let what = format!("push {push}, {n_points} points, mask {mask}");
                assert_close(got, expected, 3e-12, 1e-300, &what);
            }
        }
    }
}

#[test]
fn the_same_bits_for_any_number_of_threads() {
    for sizes in [&[2, 14, 2][..], &[2, 5, 6, 3], &[2, 4, 4, 5, 2], &[2, 9, 4, 2]] {
        let (network, points) = random(sizes, 600, 1.5, 3);
        for ablation in BOTH {
            let run = |threads| {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
                pool.install(|| table(&network, &points, ablation))
            };
            let bits = |t: Vec<f64>| t.into_iter().map(f64::to_bits).collect::<Vec<_>>();
            assert_eq!(bits(run(1)), bits(run(2)));
        }
    }
}

#[test]
fn vector_levels_agree() {
    for (sizes, scale) in [(&[2, 12, 2][..], 2.0), (&[2, 9, 4], 2.0), (&[2, 9, 3], 50.0)] {
        let (network, points) = random(sizes, 300, scale, 8);
        let run = |simd| {
            let options = Options { simd, ..Options::default() };
            losses(&network, &points, Ablation::Zero, &options).unwrap().into_losses()
        };
        let plain = run(SimdLevel::Plain);
        for level in [SimdLevel::Auto, SimdLevel::Avx2, SimdLevel::Avx512] {
            for (mask, (&a, &b)) in plain.iter().zip(&run(level)).enumerate() {
                assert_close(b, a, 1e-12, 0.0, &format!("{level:?}, mask {mask}"));
            }
        }
    }
}

#[test]
fn vector_levels_agree_bit_for_bit_on_two_classes() {
    for sizes in [&[2, 11, 2][..], &[2, 4, 4, 5, 2], &[2, 3, 9, 2]] {
        let (network, points) = random(sizes, 700, 2.0, 9);
        for ablation in BOTH {
            let run = |simd| {
                let options = Options { simd, ..Options::default() };
                losses(&network, &points, ablation, &options).unwrap().into_losses()
            };
            let plain = run(SimdLevel::Plain);
            for level in [SimdLevel::Auto, SimdLevel::Avx2, SimdLevel::Avx512] {
                assert!(plain == run(level), "{sizes:?}, {ablation:?}, {level:?}");
            }
        }
    }
}

#[test]
fn what_cannot_be_done_is_refused_in_one_line() {
    let refuse = |sizes: &[usize], n_points| {
        let (network, points) = random(sizes, n_points, 1.0, 1);
        losses(&network, &points, Ablation::Zero, &Options::default()).unwrap_err()
    };
    let many = refuse(&[2, 31, 2], 4);
    assert!(matches!(many, Error::TooManyNodes { n_nodes: 31 }));
    assert!(
        many.to_string().contains("too many to hold") && many.to_string().contains("sample masks")
    );
    assert!(refuse(&[2, 300, 2], 4).to_string().contains("2^300"));
    // Under mean ablation every node matters to every point.
    let (network, points) = random(&[2, 14, 14, 2], 200_000, 1.0, 1);
    let long = losses(&network, &points, Ablation::Mean, &Options::default()).unwrap_err();
    assert!(matches!(long, Error::Time { .. }), "{long}");
    assert!(long.to_string().contains("hours") && long.to_string().contains("sample masks"));

    let (network, points) = random(&[2, 3, 2], 4, 1.0, 1);
    let run = |points: &Points| losses(&network, points, Ablation::Zero, &Options::default());
    let wide = Points::new(3, vec![0.0; 3], vec![0]).unwrap();
    assert_eq!(run(&wide), Err(Error::Width { points: 3, network: 2 }));
    let label = Points::new(2, vec![0.0; 4], vec![0, 2]).unwrap();
    assert_eq!(run(&label), Err(Error::Label { point: 1, label: 2, classes: 2 }));

    let progress = Progress::default();
    progress.cancel();
    let options = Options { progress: Some(&progress), ..Options::default() };
    assert_eq!(losses(&network, &points, Ablation::Zero, &options), Err(Error::Cancelled));
}

#[test]
#[cfg(target_os = "linux")]
fn what_does_not_fit_into_memory_is_refused_in_one_line() {
    assert_eq!(check_memory(10, 0), Ok(()));
    let error = check_memory(30, 1 << 50).unwrap_err();
    assert!(matches!(error, Error::Memory { n_nodes: 30, .. }));
    let text = error.to_string();
    assert!(
        text.starts_with("the table of 2^30 losses and the work on it take 8388616.1 GiB, but")
    );
    assert!(!text.contains('\n'));
}

#[test]
fn progress_ends_at_the_total() {
    for sizes in [&[2, 6, 2][..], &[2, 3, 4, 2]] {
        let (network, points) = random(sizes, 9, 1.0, 1);
        let progress = Progress::default();
        let options = Options { progress: Some(&progress), ..Options::default() };
        losses(&network, &points, Ablation::Zero, &options).unwrap();
        assert_eq!(
            (progress.done(), progress.total()),
            (1 << network.n_nodes(), 1 << network.n_nodes())
        );
    }
}
