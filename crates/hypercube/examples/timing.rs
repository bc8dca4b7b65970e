//! Times the exact engine and prints one JSON object; `benches/peers/run.py` calls it.
//!
//! `timing MODEL.safetensors POINTS.csv zero|mean [auto|avx512|avx2|plain]` times the table, table
//! and gradients, and the spectrum with node values and subsets, each the best of five, beside the
//! machine's multiply-add peak measured in the same run. `timing WIDTHS M` times one
//! table of a random network with hidden layers of these widths (`20` or `10,10`) on M points under
//! either ablation, and what follows from the first, and says how much memory the process took at
//! most. `timing WIDTHS M gradients` times the sums over all gate gradients in place of what follows, and
//! `timing MODEL.safetensors POINTS.csv gradients` those of a network of one's own; tables and sums are then
//! the best of three.

#![allow(clippy::unwrap_used)] // a tool for developers: a panic is a fine way to say no

use std::hint::black_box;
use std::ops::ControlFlow;
use std::time::Instant;

use hypercube::biased::SizeSums;
use hypercube::gradients::{sums, visit};
use hypercube::table::{Options, SimdLevel, Table, losses};
use hypercube::walsh::Spectrum;
use hypercube::{Ablation, Network, Points, subsets, values};
use serde_json::json;

#[path = "../tests/common/mod.rs"]
mod common;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    match words[..] {
        [model, points, "gradients"] if model.ends_with(".safetensors") => {
            let (network, points) = load(model, points);
            cost(&network, &points, true);
        }
        [hidden, m] => of_random(hidden, m.parse().unwrap(), false),
        [hidden, m, "gradients"] => of_random(hidden, m.parse().unwrap(), true),
        [model, points, ablation] => compare(model, points, ablation, "auto"),
        [model, points, ablation, simd] => compare(model, points, ablation, simd),
        _ => eprintln!(
            "usage: timing MODEL POINTS zero|mean [SIMD] | timing MODEL POINTS gradients | \
             timing WIDTHS M [gradients]"
        ),
    }
}

/// Seconds of the best of `times` runs.
fn best<T>(times: usize, mut run: impl FnMut() -> T) -> f64 {
    let time = || {
        let start = Instant::now();
        black_box(run());
        start.elapsed().as_secs_f64()
    };
    std::iter::repeat_with(time).take(times).fold(f64::INFINITY, f64::min)
}

fn load(model: &str, points: &str) -> (Network, Points) {
    let network = hypercube::checkpoint::load(model.as_ref()).unwrap();
    let (inputs, classes) = (network.inputs(), network.classes());
    let points = hypercube::points_file::load(points.as_ref(), inputs, classes).unwrap();
    (network, points)
}

fn compare(model: &str, points: &str, ablation: &str, simd: &str) {
    let (network, points) = load(model, points);
    let ablation = if ablation == "mean" { Ablation::Mean } else { Ablation::Zero };
    let simd = match simd {
        "plain" => SimdLevel::Plain,
        "avx2" => SimdLevel::Avx2,
        "avx512" => SimdLevel::Avx512,
        _ => SimdLevel::Auto,
    };
    assert!(simd.is_available(), "this machine lacks {simd:?}");
    let options = Options { simd, ..Options::default() };
    let table = losses(&network, &points, ablation, &options).unwrap();
    let table_s = best(5, || losses(&network, &points, ablation, &options));
    let gradients_s = best(5, || gradients(&network, &points, ablation, &options));
    let follow_up_s = best(5, || {
        for f in [table.losses().to_vec(), table.log_losses()] {
            let sums = SizeSums::new(&f);
            black_box((values::shapley(&sums), values::banzhaf(&sums), subsets::by_size(&f)));
            black_box(Spectrum::new(f).level_weights());
        }
    });
    let peaks = [peak::<false>(), peak::<true>()];
    let result = json!({
        "n_nodes": network.n_nodes(),
        "points": points.len(),
        "threads": rayon::current_num_threads(),
        "table_s": table_s,
        "gradients_s": gradients_s,
        "spectrum_values_subsets_s": follow_up_s,
        "peak_f64_multiply_adds_per_s": peaks[0],
        "peak_f32_multiply_adds_per_s": peaks[1],
        "first_loss": table.losses()[0],
        "last_loss": table.losses()[table.losses().len() - 1],
    });
    println!("{result}");
}

/// All gradients, one block after the other; returns a checksum.
fn gradients(network: &Network, points: &Points, ablation: Ablation, options: &Options) -> f32 {
    let mut sum = 0.0;
    visit(network, points, ablation, options, |_, rows| {
        sum += rows[0] + rows[rows.len() - 1];
        ControlFlow::Continue(())
    })
    .unwrap();
    sum
}

fn of_random(hidden: &str, n_points: usize, with_gradients: bool) {
    let mut sizes = vec![2];
    sizes.extend(hidden.split(',').map(|width| width.parse::<usize>().unwrap()));
    sizes.push(2);
    let (network, points) = common::random(&sizes, n_points, 1.0, 1);
    cost(&network, &points, with_gradients);
}

fn cost(network: &Network, points: &Points, with_gradients: bool) {
    let n_nodes = network.n_nodes();
    let options = Options::default();
    let times = if with_gradients { 3 } else { 1 };
    let table = |ablation| {
        let mut table = None;
        let seconds = best(times, || table = losses(network, points, ablation, &options).ok());
        (seconds, table.unwrap())
    };
    let (zero_s, zero) = table(Ablation::Zero);
    let follow_up = (!with_gradients).then(|| follow_up(zero));
    let (mean_s, _) = table(Ablation::Mean);
    let all = |ablation| {
        let sums = || best(times, || sums(network, points, ablation, &options).unwrap());
        with_gradients.then(sums)
    };
    let (gradients_zero_s, gradients_mean_s) = (all(Ablation::Zero), all(Ablation::Mean));
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find(|line| line.starts_with("VmHWM:"));
    let kib = peak.and_then(|line| line.split_whitespace().nth(1)?.parse::<f64>().ok());
    let result = json!({
        "n_nodes": n_nodes,
        "points": points.len(),
        "threads": rayon::current_num_threads(),
        "zero_s": zero_s,
        "mean_s": mean_s,
        "spectrum_s": follow_up.map(|s| s[0]),
        "values_s": follow_up.map(|s| s[1]),
        "subsets_s": follow_up.map(|s| s[2]),
        "gradients_zero_s": gradients_zero_s,
        "gradients_mean_s": gradients_mean_s,
        "peak_memory_mib": kib.map(|kib| kib / 1024.0),
        "table_mib": (n_nodes as f64 - 17.0).exp2(),
    });
    println!("{result}");
}

/// Seconds of the spectrum with its weights, of the node values and of the best, worst and median of
/// each size.
fn follow_up(table: Table) -> [f64; 3] {
    let losses = table.losses();
    let start = Instant::now();
    black_box(subsets::by_size(losses));
    let subsets_s = start.elapsed().as_secs_f64();
    let sums = SizeSums::new(losses);
    black_box((values::shapley(&sums), values::banzhaf(&sums)));
    let values_s = start.elapsed().as_secs_f64() - subsets_s;
    black_box(Spectrum::new(table.into_losses()).level_weights());
    [start.elapsed().as_secs_f64() - subsets_s - values_s, values_s, subsets_s]
}

/// Fused multiply-adds per second, all threads together: 16 independent vectors of them.
fn peak<const SINGLE: bool>() -> f64 {
    struct Loop<const SINGLE: bool>(u64);
    impl<const SINGLE: bool> pulp::WithSimd for Loop<SINGLE> {
        type Output = f64;
        #[inline(always)]
        fn with_simd<S: pulp::Simd>(self, simd: S) -> f64 {
            let (m, a) = (black_box(0.999_999), black_box(1e-6));
            if SINGLE {
                let (m, a) = (simd.splat_f32s(m as f32), simd.splat_f32s(a as f32));
                let mut x = [simd.splat_f32s(1.0); 16];
                for _ in 0..self.0 {
                    for x in &mut x {
                        *x = simd.mul_add_e_f32s(*x, m, a);
                    }
                }
                black_box(x);
            } else {
                let (m, a) = (simd.splat_f64s(m), simd.splat_f64s(a));
                let mut x = [simd.splat_f64s(1.0); 16];
                for _ in 0..self.0 {
                    for x in &mut x {
                        *x = simd.mul_add_e_f64s(*x, m, a);
                    }
                }
                black_box(x);
            }
            let lanes = if SINGLE { S::F32_LANES } else { S::F64_LANES };
            self.0 as f64 * 16.0 * lanes as f64
        }
    }
    let start = Instant::now();
    let counts: Vec<f64> = rayon::broadcast(|_| {
        (0..5).map(|_| pulp::Arch::new().dispatch(Loop::<SINGLE>(10_000_000))).sum()
    });
    counts.iter().sum::<f64>() / start.elapsed().as_secs_f64()
}
