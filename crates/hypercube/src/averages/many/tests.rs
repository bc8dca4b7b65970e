//! Against all masks, and against products over nodes.

use rand::RngExt;

use super::*;
use crate::averages::margins::softplus;
use crate::averages::mean_at;
use crate::averages::product::Room;

fn random(n: usize, size: f64, outliers: usize, seed: u64) -> Margin {
    let mut rng = crate::stream(seed, 98, 0);
    let mut draw = |by: f64| by * (2.0 * rng.random::<f64>() - 1.2);
    let a = (0..n).map(|i| draw(if i < outliers { 12.0 * size } else { size })).collect();
    Margin { k: draw(2.0), nodes: (0..n as u32).collect(), a }
}

/// Against all masks one by one.
#[test]
fn means_are_those_of_all_masks() {
    let mut found_some = 0;
    for (seed, size, outliers) in
        [(1, 0.05, 0), (2, 0.3, 0), (3, 0.3, 2), (4, 1.0, 0), (5, 1.0, 3), (6, 0.002, 5)]
    {
        let margin = random(13, size, outliers, seed);
        let many = Many::new(&margin);
        for p in [1e-3, 0.07, 0.3, 0.5, 0.8, 0.99] {
            let mut margins = vec![margin.k];
            for a in &margin.a {
                margins = margins.iter().flat_map(|s| [*s, s + a]).collect();
            }
            let mut means: Vec<f64> = margins.into_iter().map(softplus).collect();
            while means.len() > 1 {
                means = means.chunks(2).map(|m| (1.0 - p) * m[0] + p * m[1]).collect();
            }
            let exact = means[0];
            let Some(found) = many.mean(&Gate::new(p), 1e-14) else { continue };
            found_some += 1;
            let apart = (found.value - exact).abs();
            assert!(apart <= found.error + 1e-15 * exact, "{seed}, {p}: {found:?} {exact}");
            assert!(found.error < 1e-14 + 2e-13 * exact, "{seed}, {p}: {found:?} {exact}");
        }
    }
    assert!(found_some > 20, "{found_some}");
}

/// Against the products of all factors, with many nodes.
#[test]
fn series_agree_with_products() {
    let mut found_some = 0;
    for (seed, n, size, outliers) in
        [(1, 700, 0.2, 0), (2, 300, 0.5, 20), (3, 40, 0.1, 3), (4, 1000, 1.0, 0), (5, 60, 1.0, 9)]
    {
        for sign in [1.0, -1.0] {
            let mut margin = random(n, size, outliers, seed);
            margin.a.iter_mut().for_each(|a| *a *= sign);
            let many = Many::new(&margin);
            for p in [2e-4, 0.01, 0.2, 0.5, 0.66, 0.95, 0.9999] {
                let tolerance = 1e-14 * softplus(margin.mean(p)).max(1e-3);
                let expected = mean_at(&margin, p, tolerance, &mut Room::default());
                let Some(found) = many.mean(&Gate::new(p), tolerance) else { continue };
                found_some += 1;
                let apart = (found.value - expected.value).abs();
                let bound = found.error + expected.error + 1e-14 * expected.value;
                assert!(apart <= bound, "{n}, {p}: {found:?} {expected:?}");
                assert!(found.error <= 2.0 * expected.error, "{n}, {p}: {found:?} {expected:?}");
            }
        }
    }
    assert!(found_some > 50, "{found_some}");
}
