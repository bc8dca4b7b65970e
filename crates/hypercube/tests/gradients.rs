//! Gate gradients of all masks against the references, the slow oracle, and finite differences.

#![allow(clippy::unwrap_used)] // helpers of tests are tests

mod common;

use std::ops::ControlFlow;

use common::{NAMES, assert_close, floats, mask_values, oracle, random, reference};
use hypercube::gradients::{sums, visit, visit_by_node};
use hypercube::reference::{evaluate, pointwise};
use hypercube::table::{Error, Options, SimdLevel};
use hypercube::{Ablation, Network, Points};

const BOTH: [Ablation; 2] = [Ablation::Zero, Ablation::Mean];

fn with(network: &Network, points: &Points, ablation: Ablation, simd: SimdLevel) -> Vec<f32> {
    let n = network.n_nodes();
    let mut all = Vec::new();
    let options = Options { simd, ..Options::default() };
    visit(network, points, ablation, &options, |first, rows| {
        assert_eq!(first * n, all.len(), "blocks come in order");
        all.extend_from_slice(rows);
        ControlFlow::Continue(())
    })
    .unwrap();
    assert_eq!(all.len(), n << n);
    all
}

fn all(network: &Network, points: &Points, ablation: Ablation) -> Vec<f32> {
    with(network, points, ablation, SimdLevel::Auto)
}

fn compare(got: &[f32], expected: &[f64], what: &str) {
    // Terms of order 1 that cancel leave an error of f32's size.
    let scale = expected.iter().fold(0.0f64, |m, g| m.max(g.abs()));
    for (i, (&g, &e)) in got.iter().zip(expected).enumerate() {
        assert_close(f64::from(g), e, 1e-5, 1e-5 * scale + 1e-8, &format!("{what}, node {i}"));
    }
}

#[test]
fn the_references() {
    for name in NAMES {
        let r = reference(name);
        let n = r.network.n_nodes();
        let got = all(&r.network, &r.points, Ablation::Zero);
        for m in r.expected["masks"].as_array().unwrap() {
            let mask = m["mask"].as_u64().unwrap() as usize;
            let expected = floats(&m["gradient"]);
            compare(&got[mask * n..][..n], &expected, &format!("{name} mask {mask}"));
        }
    }
}

fn against_oracle(network: &Network, points: &Points, what: &str) {
    let n = network.n_nodes();
    for ablation in BOTH {
        let got = all(network, points, ablation);
        for mask in (0..1usize << n).step_by((1 << n >> 5).max(1)).map(|m| m * 5 % (1 << n)) {
            let expected = oracle(network, points, ablation, mask).gradient;
            compare(&got[mask * n..][..n], &expected, &format!("{what} {ablation:?} {mask}"));
        }
    }
}

#[test]
fn random_networks_of_any_depth_and_number_of_classes() {
    let shapes: [&[usize]; 13] = [
        &[2, 1, 2],
        &[2, 3, 2],
        &[1, 7, 2],
        &[3, 8, 3],
        &[2, 12, 2],
        &[4, 9, 5],
        &[2, 14, 2],
        &[2, 1, 1, 2],
        &[2, 4, 5, 2],
        &[2, 5, 3, 3],
        &[3, 2, 9, 4],
        &[2, 3, 3, 3, 2],
        &[2, 2, 4, 3, 5],
    ];
    for (seed, sizes) in shapes.into_iter().enumerate() {
        for n_points in [1, 2, 65, 300] {
            let (network, points) = random(sizes, n_points, 1.5, seed as u64 + 30);
            against_oracle(&network, &points, &format!("{sizes:?}, {n_points} points,"));
        }
    }
}

#[test]
fn deep_networks_of_two_classes_and_few_inputs() {
    // Several blocks of points; nodes of the last layer beyond the lanes.
    for (seed, sizes) in (50..).zip([&[1, 4, 3, 5, 2][..], &[2, 3, 7, 2], &[3, 3, 4, 2, 2]]) {
        let (network, points) = random(sizes, 2300, 1.5, seed);
        let n = network.n_nodes();
        for ablation in BOTH {
            let got = all(&network, &points, ablation);
            for mask in (0..1usize << n).step_by((1 << n >> 5).max(1)).map(|m| m * 5 % (1 << n)) {
                let values = mask_values(n, mask);
                let each = pointwise(&network, &points, ablation, &values);
                for i in 0..n {
                    // The two labels' terms may cancel: f32 rounds them, not what is left.
                    let mean = |of: fn(f64) -> f64| {
                        each.iter().map(|e| of(e.gradient[i])).sum::<f64>() / each.len() as f64
                    };
                    let what = format!("{sizes:?} {ablation:?} {mask} node {i}");
                    let found = f64::from(got[mask * n + i]);
                    assert_close(found, mean(|g| g), 0.0, 2e-6 * mean(f64::abs) + 1e-8, &what);
                }
            }
        }
    }
}

#[test]
fn large_logits() {
    for scale in [8.0, 20.0, 60.0, 1e3] {
        for sizes in [&[2, 9, 2][..], &[2, 8, 3], &[2, 3, 5, 4], &[2, 3, 6, 2]] {
            let (network, points) = random(sizes, 100, scale, 3);
            against_oracle(&network, &points, &format!("{sizes:?} × {scale},"));
        }
    }
}

#[test]
fn a_table_too_large_for_one_slab() {
    // 20 nodes that all matter: twice what is held at once.
    let (network, points) = random(&[25, 20, 2], 40, 0.3, 4);
    let n = 20;
    let mut seen = 0;
    let options = Options::default();
    visit(&network, &points, Ablation::Mean, &options, |first, rows| {
        assert_eq!(first, seen);
        seen += rows.len() / n;
        let expected = oracle(&network, &points, Ablation::Mean, first + 77).gradient;
        compare(&rows[77 * n..][..n], &expected, &format!("mask {}", first + 77));
        ControlFlow::Continue(())
    })
    .unwrap();
    assert_eq!(seen, 1 << n);
}

#[test]
fn the_oracle_agrees_with_finite_differences() {
    let (network, points) = random(&[2, 4, 3, 3], 50, 1.2, 5);
    let n = network.n_nodes();
    for ablation in BOTH {
        for mask in [0b000_0000, 0b101_1010, 0b111_1111] {
            // Fractional values too: 0 and 1 become 0.3 and 0.7.
            let at: Vec<f64> = mask_values(n, mask).iter().map(|b| 0.3 + 0.4 * b).collect();
            let gradient = evaluate(&network, &points, ablation, &at).gradient;
            for (i, g) in gradient.iter().enumerate() {
                let h = 1e-6;
                let loss = |by: f64| {
                    let mut at = at.clone();
                    at[i] += by;
                    evaluate(&network, &points, ablation, &at).loss
                };
                assert_close(*g, (loss(h) - loss(-h)) / (2.0 * h), 1e-4, 1e-6, "difference");
            }
        }
    }
}

#[test]
fn the_same_bits_for_any_number_of_threads() {
    for sizes in [&[2, 14, 2][..], &[2, 4, 5, 3], &[2, 4, 3, 5, 2]] {
        let (network, points) = random(sizes, 400, 1.5, 6);
        let run = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| all(&network, &points, Ablation::Zero))
        };
        let bits = |t: Vec<f32>| t.into_iter().map(f32::to_bits).collect::<Vec<_>>();
        assert_eq!(bits(run(1)), bits(run(2)));
    }
}

/// One hidden layer, cells, regions of three inputs or more, and a wide last layer; of more masks than
/// a piece has, and of fewer.
#[test]
fn node_by_node_they_are_the_same() {
    for sizes in [&[2, 13, 2][..], &[2, 3, 2], &[2, 4, 9, 2], &[4, 4, 5, 3], &[2, 1, 13, 3]] {
        let (network, points) = random(sizes, 60, 1.5, 10);
        let n = network.n_nodes();
        for ablation in BOTH {
            let expected = all(&network, &points, ablation);
            let mut seen = 0;
            let of = |first: usize, piece: &[f32]| (first, piece.to_vec());
            let take = |(first, piece): (usize, Vec<f32>)| {
                let masks = piece.len() / n;
                assert!(first == seen && first % masks == 0 && masks == 4096.min(1 << n));
                for (k, &g) in piece.iter().enumerate() {
                    let (node, mask) = (k / masks, first + k % masks);
                    assert_eq!(g.to_bits(), expected[mask * n + node].to_bits(), "{sizes:?}");
                }
                seen += masks;
            };
            visit_by_node(&network, &points, ablation, &Options::default(), of, take).unwrap();
            assert_eq!(seen, 1 << n);
        }
    }
}

#[test]
fn vector_levels_agree() {
    for sizes in [&[2, 11, 2][..], &[2, 4, 5, 3], &[2, 4, 3, 5, 2]] {
        let (network, points) = random(sizes, 300, 1.5, 7);
        let plain = with(&network, &points, Ablation::Zero, SimdLevel::Plain);
        for level in [SimdLevel::Avx2, SimdLevel::Avx512] {
            for (a, b) in plain.iter().zip(with(&network, &points, Ablation::Zero, level)) {
                assert_close(f64::from(b), f64::from(*a), 1e-5, 1e-6, &format!("{level:?}"));
            }
        }
    }
}

#[test]
fn means_without_storing() {
    for sizes in [&[2, 9, 2][..], &[2, 3, 4, 2]] {
        let (network, points) = random(sizes, 100, 1.5, 8);
        let n = network.n_nodes();
        let gradients = all(&network, &points, Ablation::Zero);
        let sums = sums(&network, &points, Ablation::Zero, &Options::default()).unwrap();
        for p in [0.25, 0.5, 0.75] {
            for i in 0..n {
                // Weights and weighted sums of g, g² over all, on, off.
                let mut of = [[0.0; 3]; 3];
                for (mask, row) in gradients.chunks_exact(n).enumerate() {
                    let on = mask.count_ones() as i32;
                    let w = f64::powi(p, on) * f64::powi(1.0 - p, n as i32 - on);
                    let g = f64::from(row[i]);
                    for which in [0, 1 + (mask >> i & 1)] {
                        for (sum, term) in of[which].iter_mut().zip([w, w * g, w * g * g]) {
                            *sum += term;
                        }
                    }
                }
                let mean = |which: usize| of[which][1] / of[which][0];
                assert_close(sums.means(p)[i], mean(0), 1e-10, 1e-14, "mean");
                assert_close(sums.means_off(p)[i], mean(1), 1e-10, 1e-14, "mean off");
                assert_close(sums.means_on(p)[i], mean(2), 1e-10, 1e-14, "mean on");
                let sd = (of[0][2] - mean(0).powi(2)).max(0.0).sqrt();
                assert_close(sums.sds(p)[i], sd, 1e-7, 1e-9, "sd");
            }
        }
    }
}

#[test]
fn breaking_off_and_refusals() {
    let (network, points) = random(&[2, 5, 2], 10, 1.0, 9);
    let options = Options::default();
    let stopped = visit(&network, &points, Ablation::Zero, &options, |_, _| ControlFlow::Break(()));
    assert_eq!(stopped, Err(Error::Cancelled));
    let wide = Points::new(3, vec![0.0; 3], vec![0]).unwrap();
    let refused = sums(&network, &wide, Ablation::Zero, &options).unwrap_err();
    assert_eq!(refused, Error::Width { points: 3, network: 2 });
}
