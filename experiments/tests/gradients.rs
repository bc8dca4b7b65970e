//! Exact densities of gate gradients as they are recorded, against a sum over all masks that are
//! evaluated one by one.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use hypercube::{Ablation, Network, Points, checkpoint, points_file, reference};
use report::Saved;
use report::records::{DensityPoint, ExactDensityPoint, SplitDensityPoint};

/// The write-up's kernel.
const SD: f64 = 0.03;

/// Of the highest density: bins leave 1e-4, gradients in f32 about as much.
const CLOSE: f64 = 2e-4;

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/hypercube/tests/reference").join(name)
}

/// Runs a section on a network of few nodes, and opens its record.
fn run(out: &Path, section: &str, name: &str, arguments: &[&str]) -> Saved {
    let status = Command::new(env!("CARGO_BIN_EXE_experiments"))
        .args([section, "--masks", "200", "--quiet"])
        .args(arguments)
        .arg("--model")
        .arg(folder(name).join("model.safetensors"))
        .arg("--points")
        .arg(folder(name).join("points.csv"))
        .arg("--out")
        .arg(out)
        .stdout(std::process::Stdio::null())
        .status();
    assert!(status.unwrap().success(), "{section} of {name}");
    Saved::open(&out.join(section)).unwrap()
}

fn subject(name: &str) -> (Network, Points) {
    let network = checkpoint::load(&folder(name).join("model.safetensors")).unwrap();
    let (inputs, classes) = (network.inputs(), network.classes());
    let points = points_file::load(&folder(name).join("points.csv"), inputs, classes).unwrap();
    (network, points)
}

/// One gate gradient of one mask.
struct Slow {
    node: usize,
    is_on: bool,
    of_loss: f64,
    of_log_loss: f64,
    /// Nodes that are on, and off, in the mask.
    sizes: (i32, i32),
}

impl Slow {
    fn weight(&self, p: f64) -> f64 {
        p.powi(self.sizes.0) * (1.0 - p).powi(self.sizes.1)
    }
}

/// Every gate gradient of every mask by the slow evaluation.
fn every_gradient(name: &str, ablation: Ablation) -> Vec<Slow> {
    let (network, points) = subject(name);
    let n = network.n_nodes();
    let mut all = Vec::new();
    for mask in 0u32..1 << n {
        let values: Vec<f64> = (0..n).map(|i| f64::from(mask >> i & 1)).collect();
        let found = reference::evaluate(&network, &points, ablation, &values);
        let on = mask.count_ones() as i32;
        all.extend(found.gradient.iter().enumerate().map(|(node, &gradient)| Slow {
            node,
            is_on: mask >> node & 1 == 1,
            of_loss: gradient,
            of_log_loss: gradient / found.loss,
            sizes: (on, n as i32 - on),
        }));
    }
    all
}

/// Σ w exp(−½((x − v)/s)²) / (s √(2π)) over values v of weight w.
fn direct(terms: &[(f64, f64)], x: f64) -> f64 {
    let kernels = terms.iter().map(|(v, w)| w * (-0.5 * ((x - v) / SD).powi(2)).exp());
    kernels.sum::<f64>() / (SD * std::f64::consts::TAU.sqrt())
}

/// Compares every fifth point of a curve.
#[track_caller]
fn assert_curve(curve: &[(f64, f64)], terms: &[(f64, f64)], what: &str) {
    let curve = || curve.iter().step_by(5);
    let slow: Vec<f64> = curve().map(|(x, _)| direct(terms, *x)).collect();
    let peak = slow.iter().fold(0.0f64, |peak, y| peak.max(*y));
    for ((x, found), slow) in curve().zip(&slow) {
        assert!((found - slow).abs() < CLOSE * peak, "{what} at {x}: {found} is not {slow}");
    }
}

/// One hidden layer, and two.
const CASES: [(&str, &str, Ablation); 2] =
    [("tiny", "zero", Ablation::Zero), ("two_layer", "mean", Ablation::Mean)];

#[test]
fn pooled_densities_are_those_of_all_masks_each_with_its_probability() {
    for (name, option, ablation) in CASES {
        let out = tempfile::tempdir().unwrap();
        let arguments = ["--p", "0.25,0.6", "--ablation", option];
        let saved = run(out.path(), "gradients", name, &arguments);
        let exact: Vec<ExactDensityPoint> = saved.table("density_exact.csv").unwrap();
        let sampled: Vec<DensityPoint> = saved.table("density.csv").unwrap();
        let place = |quantity: &str, p: f64, x: f64| (quantity.to_owned(), p, x);
        assert!(
            sampled.iter().map(|s| place(&s.quantity, s.p, s.x)).eq(exact.iter().map(|e| place(
                &e.quantity,
                e.p,
                e.x
            ))),
            "exact curves lie on the sampled ones' grids"
        );
        let slow = every_gradient(name, ablation);
        let curves = exact.chunk_by(|a, b| (&a.quantity, a.p) == (&b.quantity, b.p));
        for curve in curves {
            let (p, log) = (curve[0].p, curve[0].quantity == "log_loss_gradient");
            let n = f64::from(slow[0].sizes.0 + slow[0].sizes.1);
            let terms: Vec<(f64, f64)> = slow
                .iter()
                .map(|s| (if log { s.of_log_loss } else { s.of_loss }, s.weight(p) / n))
                .collect();
            assert!((terms.iter().map(|term| term.1).sum::<f64>() - 1.0).abs() < 1e-12);
            let points: Vec<_> = curve.iter().map(|row| (row.x, row.density)).collect();
            let what = format!("{name} {} {p}", curve[0].quantity);
            assert_curve(&points, &terms, &what);
            for row in curve.iter().step_by(5) {
                // f32 may put a gradient on the other side of x.
                let below = |x: f64| -> f64 {
                    terms.iter().filter(|(v, _)| *v <= x).map(|term| term.1).sum()
                };
                let (low, high) = (below(row.x - 1e-4) - 1e-12, below(row.x + 1e-4) + 1e-12);
                assert!((low..=high).contains(&row.fraction), "{what} up to {}", row.x);
            }
        }
    }
}

#[test]
fn split_densities_are_those_of_all_masks() {
    for (name, option, ablation) in CASES {
        let out = tempfile::tempdir().unwrap();
        let saved = run(out.path(), "node-on", name, &["--ablation", option]);
        let exact: Vec<SplitDensityPoint> = saved.table("density_exact.csv").unwrap();
        let sampled: Vec<SplitDensityPoint> = saved.table("density.csv").unwrap();
        assert!(sampled.iter().map(|s| (s.node, s.x)).eq(exact.iter().map(|e| (e.node, e.x))));
        let slow = every_gradient(name, ablation);
        for curve in exact.chunk_by(|a, b| a.node == b.node) {
            let node = curve[0].node;
            let own: Vec<&Slow> =
                slow.iter().filter(|s| node.is_none_or(|node| s.node == node)).collect();
            for is_on in [true, false] {
                let half = own.iter().filter(|s| s.is_on == is_on);
                let terms: Vec<(f64, f64)> =
                    half.map(|s| (s.of_log_loss, 1.0 / own.len() as f64)).collect();
                let points: Vec<(f64, f64)> =
                    curve.iter().map(|c| (c.x, if is_on { c.on } else { c.off })).collect();
                assert_curve(&points, &terms, &format!("{name} {node:?} on: {is_on}"));
            }
        }
    }
}

#[test]
fn any_number_of_threads_gives_the_same_bytes() {
    for section in ["gradients", "node-on"] {
        let bytes = ["1", "3"].map(|threads| {
            let out = tempfile::tempdir().unwrap();
            let saved = run(out.path(), section, "two_layer", &["--threads", threads]);
            fs::read(saved.path("density_exact.csv")).unwrap()
        });
        assert!(bytes[0] == bytes[1], "{section}");
    }
}
