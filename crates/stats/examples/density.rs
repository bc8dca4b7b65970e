//! The density of a sample beside its normal fit, and the correlation of two samples.
//!
//! `cargo run -p stats --example density`

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use stats::{Moments, Normal, bootstrap, correlation, correlation_interval, density, grid, limits};

fn main() {
    // 1,000 pairs: a waiting time (exponential, mean 1), and the same with noise added to it.
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let x: Vec<f64> = (0..1000).map(|_| -(1.0 - rng.random::<f64>()).ln()).collect();
    let y: Vec<f64> = x.iter().map(|x| x + rng.random_range(-2.0..2.0)).collect();

    let m = Moments::new(&x);
    println!("mean               {:8.4} ± {:.4}", m.mean, m.mean_error);
    println!("standard deviation {:8.4} ± {:.4}", m.sd, m.sd_error);
    println!("skewness           {:8.4} (0 ± {:.4} if normal)", m.skewness, m.skewness_error);
    println!("excess kurtosis    {:8.4} (0 ± {:.4} if normal)", m.kurtosis, m.kurtosis_error);

    // The kernel's standard deviation is in the unit of the sample, and is the caller's choice.
    let kernel_sd = 0.15;
    let (low, high) = limits(&x, 0.005, 3.0 * kernel_sd);
    let grid = grid(low, high, 21);
    let normal = Normal::fit(&x);
    println!("\n       x   density (#) and normal fit (|)");
    for (x, f) in grid.iter().zip(density(&x, kernel_sd, &grid)) {
        let width = |f: f64| (60.0 * f).round() as usize;
        let mut bar: Vec<char> = "#".repeat(width(f)).chars().collect();
        let at = width(normal.pdf(*x));
        bar.resize(bar.len().max(at + 1), ' ');
        bar[at] = '|';
        println!("{x:8.2}   {}", bar.iter().collect::<String>());
    }
    println!("Kolmogorov-Smirnov distance to the fit: {:.4}", normal.ks_distance(&x));

    println!("\ncorrelation of x and y           {:.4}", correlation(&x, &y));
    let (low, high) = correlation_interval(&x, &y);
    println!("95 % interval, Fisher's scale    {low:.4} to {high:.4}");
    let resampled = |indices: &[usize]| {
        let (x, y): (Vec<f64>, Vec<f64>) = indices.iter().map(|&i| (x[i], y[i])).unzip();
        correlation(&x, &y)
    };
    let (low, high) = bootstrap(x.len(), 2000, |n| rng.random_range(0..n), resampled);
    println!("95 % interval, bootstrap         {low:.4} to {high:.4}");
}
