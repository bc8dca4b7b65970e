//! Networks whose losses are all equal, vanish, overflow or are large: every section ends in finite
//! records or in one line.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use hypercube::{Ablation, reference};
use hypercube::{checkpoint, points_file};
use serde_json::Value;

const FAULTS: [&str; 4] = ["constant-loss", "f32-loss-zero", "f32-overflow", "large-losses"];

fn file(fault: &str, name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/faults").join(fault).join(name)
}

fn run(fault: &str, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_experiments"))
        .args(arguments)
        .arg("--quiet")
        .arg("--model")
        .arg(file(fault, "model.safetensors"))
        .arg("--points")
        .arg(file(fault, "points.csv"))
        .output()
        .unwrap()
}

#[test]
fn every_section_records_finite_numbers_or_ends_in_one_line() {
    for fault in FAULTS {
        for section in report::sections().filter(|s| !["train", "ensemble", "why"].contains(s)) {
            let out = tempfile::tempdir().unwrap();
            let output = run(fault, &[section, "--quick", "--out", out.path().to_str().unwrap()]);
            let stderr = String::from_utf8_lossy(&output.stderr);
            let what = format!("{section} on {fault}: {stderr}");
            if !output.status.success() {
                assert_eq!(output.status.code(), Some(1), "{what}");
                assert_eq!(stderr.lines().count(), 1, "{what}");
                assert!(fault == "f32-overflow" && !stderr.contains("broken"), "{what}");
                continue;
            }
            for entry in fs::read_dir(out.path().join(section)).unwrap() {
                let path = entry.unwrap().path();
                if path.extension().is_some_and(|e| e == "csv") {
                    let text = fs::read_to_string(&path).unwrap();
                    let bad = |cell: &str| ["NaN", "inf", "-inf"].contains(&cell);
                    assert!(!text.split([',', '\n']).any(bad), "{what}{}", path.display());
                }
            }
        }
    }
}

#[test]
fn evaluate_gives_the_loss_in_f64_whatever_f32_makes_of_it() {
    for fault in FAULTS {
        let network = checkpoint::load(&file(fault, "model.safetensors")).unwrap();
        let (inputs, classes) = (network.inputs(), network.classes());
        let points = points_file::load(&file(fault, "points.csv"), inputs, classes).unwrap();
        let output = run(fault, &["evaluate", "--json", "--masks", "0,1,3"]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let rows: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
        for (row, mask) in rows.iter().zip([0u32, 1, 3]) {
            let values: Vec<f64> =
                (0..network.n_nodes()).map(|i| f64::from(mask >> i & 1)).collect();
            let exact = reference::evaluate(&network, &points, Ablation::Zero, &values);
            let near = |found: f64, exact: f64| (found - exact).abs() <= 1e-12 * exact.abs();
            assert!(near(row["loss"].as_f64().unwrap(), exact.loss), "{fault}, mask {mask}");
            let gradient: Vec<f64> = serde_json::from_value(row["gradient"].clone()).unwrap();
            assert!(gradient.iter().zip(&exact.gradient).all(|(f, e)| near(*f, *e)), "{fault}");
        }
    }
}

#[test]
fn training_that_diverges_ends_with_the_step_and_the_remedy() {
    for (rate, steps, why) in [
        ("1e30", "300", "between steps 0 and 100: the loss is"),
        // The weights are beyond f32 after the step, the loss before it was not.
        ("1e300", "1", "between steps 0 and 1: the loss is"),
        ("1e30", "1", "within 1 steps: the logits are beyond float32"),
    ] {
        let out = tempfile::tempdir().unwrap();
        let output = Command::new(env!("CARGO_BIN_EXE_experiments"))
            .args(["train", "--learning-rate", rate, "--steps", steps, "--quiet", "--out"])
            .arg(out.path())
            .output()
            .unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!((output.status.code(), stderr.lines().count()), (Some(1), 1), "{stderr}");
        assert!(stderr.starts_with(&format!("error: training diverged {why}")), "{stderr}");
        assert!(stderr.contains(&format!("than {rate}")), "{stderr}");
        assert_eq!(fs::read_dir(out.path()).unwrap().count(), 0, "nothing is recorded");
    }
}

#[test]
fn masks_of_one_size_have_an_exact_value_inside_their_interval() {
    let out = tempfile::tempdir().unwrap();
    let reference =
        concat!(env!("CARGO_MANIFEST_DIR"), "/../crates/hypercube/tests/reference/circle20");
    let output = Command::new(env!("CARGO_BIN_EXE_experiments"))
        .args(["loss-density", "--p", "0,1", "--quick", "--quiet", "--out"])
        .arg(out.path())
        .args(["--model", &format!("{reference}/model.safetensors")])
        .args(["--points", &format!("{reference}/points.csv")])
        .output()
        .unwrap();
    let stdout = String::from_utf8_lossy(&output.stdout);
    assert!(stdout.contains("4 of 4 exact values inside"), "{stdout}");
}
