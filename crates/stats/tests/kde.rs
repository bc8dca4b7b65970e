//! Kernel densities against a reference computed elsewhere: `kde/sample.npy` with its density at
//! kernel standard deviation 0.03 in `kde/density.csv`, each the mean of the sample's Gaussian kernels
//! in float64 (in NumPy: `norm.pdf(x, sample, 0.03).mean()` with SciPy's `norm`).

use std::fs;
use std::path::{Path, PathBuf};

const KERNEL_SD: f64 = 0.03;

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/kde").join(name)
}

/// The values of a float64 array as numpy writes it: behind a header whose length is in bytes 8 and 9.
fn float64(file: &[u8]) -> Vec<f64> {
    let start = 10 + usize::from(u16::from_le_bytes([file[8], file[9]]));
    assert!(file[..start].windows(5).any(|word| word == b"'<f8'"), "it is float64");
    file[start..].as_chunks().0.iter().map(|&bytes| f64::from_le_bytes(bytes)).collect()
}

fn sample() -> Vec<f64> {
    float64(&fs::read(file("sample.npy")).expect("the sample"))
}

/// The grid and the density on it.
fn reference() -> (Vec<f64>, Vec<f64>) {
    let mut reader = csv::Reader::from_path(file("density.csv")).expect("the densities");
    let number = |text: &str| text.parse::<f64>().expect("a number");
    reader
        .records()
        .map(|row| row.expect("a row"))
        .map(|row| (number(&row[0]), number(&row[1])))
        .unzip()
}

#[test]
fn density_matches_the_reference_into_its_tails() {
    let (grid, expected) = reference();
    assert_eq!(grid.len(), 301);
    let got = stats::density(&sample(), KERNEL_SD, &grid);
    for ((x, got), expected) in grid.iter().zip(got).zip(expected) {
        assert!((got / expected - 1.0).abs() < 1e-10, "{got:e} is not {expected:e} at {x}");
    }
}

#[test]
fn density_integrates_to_one_over_the_limits() {
    let sample = sample();
    let (low, high) = stats::limits(&sample, 0.0, 8.0 * KERNEL_SD);
    let grid = stats::grid(low, high, 2000);
    // The trapezium rule is exact to rounding for a smooth function that vanishes at both ends.
    let step = grid[1] - grid[0];
    let area: f64 = stats::density(&sample, KERNEL_SD, &grid).iter().sum::<f64>() * step;
    assert!((area - 1.0).abs() < 1e-9, "{area}");
}
