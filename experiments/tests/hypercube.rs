//! `hypercube` as it is typed, against values computed elsewhere.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use report::Saved;
use report::records::{BestMask, FlipCovarianceRow, NodeValue, SpectrumRow};
use serde_json::Value;

/// Relative, as the reference values allow.
const TOLERANCE: f64 = 1e-9;

fn reference(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/hypercube/tests/reference").join(name)
}

fn assert_close(found: &[f64], expected: &Value, what: &str) {
    let expected: Vec<f64> = serde_json::from_value(expected.clone()).unwrap();
    assert_eq!(found.len(), expected.len(), "{what}");
    let scale = expected.iter().fold(0.0f64, |s, v| s.max(v.abs()));
    for (f, e) in found.iter().zip(&expected) {
        let near = (f - e).abs() <= TOLERANCE * e.abs().max(1e-3 * scale);
        assert!(near, "{what}: {f} is not {e}");
    }
}

fn column<T>(rows: &[T], of: impl Fn(&T) -> f64) -> Vec<f64> {
    rows.iter().map(of).collect()
}

/// The tables of one run against one block of `expected.json`.
fn compare(saved: &Saved, expected: &Value, log: bool, what: &str) {
    let summary: Value = saved.json("summary.json").unwrap();
    let number = |key: &str| vec![summary[key].as_f64().unwrap()];
    let of = |loss: &str, log_loss: &str| number(if log { log_loss } else { loss });
    let one = |key: &str| Value::from(vec![expected[key].clone()]);
    assert_close(&of("mean_loss", "mean_log_loss"), &one("mean"), what);
    assert_close(&of("sd_loss", "sd_log_loss"), &one("sd"), what);
    let reversal = of("reversal_correlation_loss", "reversal_correlation_log_loss");
    assert_close(&reversal, &one("reversal_correlation"), what);

    let rows: Vec<SpectrumRow> = saved.table("spectrum.csv").unwrap();
    let weights = column(&rows, |r| if log { r.log_loss_weight } else { r.loss_weight });
    assert_close(&weights, &expected["level_weights"], what);
    let rows: Vec<FlipCovarianceRow> = saved.table("flip_covariance.csv").unwrap();
    let flips = column(&rows, |r| if log { r.log_loss_covariance } else { r.loss_covariance });
    assert_close(&flips, &expected["flip_covariance"], what);
    let rows: Vec<NodeValue> = saved.table("nodes.csv").unwrap();
    let shapley = column(&rows, |r| if log { r.log_loss_shapley } else { r.loss_shapley });
    assert_close(&shapley, &expected["shapley"], what);
    let banzhaf = column(&rows, |r| if log { r.log_loss_banzhaf } else { r.loss_banzhaf });
    assert_close(&banzhaf, &expected["banzhaf"], what);
    let best: Vec<BestMask> = saved.table("best_masks.csv").unwrap();
    let expected: Vec<(u64, f64)> =
        serde_json::from_value(expected["best_per_size"].clone()).unwrap();
    for (found, (mask, value)) in best.iter().zip(expected) {
        assert_eq!(found.mask, mask, "{what}: best mask of size {}", found.size);
        let found = if log { found.loss.ln() } else { found.loss };
        assert!((found - value).abs() <= TOLERANCE * value.abs().max(1e-3), "{what}");
    }
}

#[test]
fn the_command_line_gives_the_reference_values() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["tiny", "three_class", "two_layer", "circle20"] {
        let path = reference(name).join("expected.json");
        let expected: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
        let mean = expected.get("mean_ablation").is_some().then_some("mean");
        for ablation in ["zero"].into_iter().chain(mean) {
            let what = format!("{name}, {ablation} ablation");
            let out = folder.path().join(&what);
            let status = Command::new(env!("CARGO_BIN_EXE_experiments"))
                .args(["hypercube", "--quiet", "--gradients", "--ablation", ablation])
                .arg("--model")
                .arg(reference(name).join("model.safetensors"))
                .arg("--points")
                .arg(reference(name).join("points.csv"))
                .arg("--out")
                .arg(&out)
                .output()
                .unwrap();
            assert!(status.status.success(), "{}", String::from_utf8_lossy(&status.stderr));
            let saved = Saved::open(&out.join("hypercube")).unwrap();
            let block = if ablation == "mean" { &expected["mean_ablation"] } else { &expected };
            for (quantity, log) in [("loss", false), ("log_loss", true)] {
                if let Some(block) = block.get(quantity) {
                    compare(&saved, block, log, &format!("{what}, {quantity}"));
                }
            }
            arrays(&saved, &expected, ablation == "zero", &what);
        }
    }
}

/// `losses.npy` and `gradients.npy` at the masks that the reference lists.
fn arrays(saved: &Saved, expected: &Value, zero: bool, what: &str) {
    let n = expected["n_nodes"].as_u64().unwrap() as usize;
    let losses = saved.array("losses.npy").unwrap();
    let gradients = saved.array("gradients.npy").unwrap();
    assert_eq!(losses.shape, [1 << n]);
    assert_eq!(gradients.shape, [1 << n, n]);
    if !zero {
        return;
    }
    for row in expected["masks"].as_array().unwrap() {
        let mask = row["mask"].as_u64().unwrap() as usize;
        assert_close(&losses.data[mask..=mask], &Value::from(vec![row["loss"].clone()]), what);
        let expected: Vec<f64> = serde_json::from_value(row["gradient"].clone()).unwrap();
        let scale = expected.iter().fold(0.0f64, |s, g| s.max(g.abs()));
        for (f, e) in gradients.data[mask * n..][..n].iter().zip(&expected) {
            assert!((f - e).abs() <= 1e-5 * scale, "{what}: gradient {f} is not {e}");
        }
    }
}
