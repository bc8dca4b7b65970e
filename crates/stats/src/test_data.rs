//! What the unit tests share.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

/// A small sample with ties and a long upper tail.
pub(crate) const X: [f64; 12] = [2.1, -0.4, 3.3, 0.9, 0.9, -1.7, 5.2, 0.3, 1.1, -0.4, 0.9, 7.5];

/// A second one, with ties of its own and some in common with `X`.
pub(crate) const Y: [f64; 12] = [1.0, 0.2, 2.5, 1.0, -0.6, -1.1, 1.9, 0.2, 3.0, -2.2, 0.2, 2.5];

pub(crate) fn rng(seed: u64) -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(seed)
}

/// Standard normal values, by Box and Muller's method.
pub(crate) fn normals(rng: &mut ChaCha8Rng, n: usize) -> Vec<f64> {
    let mut one = || {
        let radius = (-2.0 * (1.0 - rng.random::<f64>()).ln()).sqrt();
        radius * (std::f64::consts::TAU * rng.random::<f64>()).cos()
    };
    (0..n).map(|_| one()).collect()
}

#[track_caller]
pub(crate) fn assert_close(got: f64, expected: f64, relative: f64) {
    assert!(
        (got - expected).abs() <= relative * expected.abs(),
        "{got:e} is not within {relative:e} of {expected:e}"
    );
}
