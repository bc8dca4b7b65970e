//! `evaluate` as it is typed, against values computed elsewhere, and networks with large logits
//! against log-sum-exp in f64.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use hypercube::{Ablation, Layer, Network, reference};
use hypercube::{checkpoint, points_file};
use report::Saved;
use serde_json::Value;

const NAMES: [&str; 4] = ["tiny", "three_class", "two_layer", "circle20"];

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/hypercube/tests/reference").join(name)
}

fn run(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_experiments")).args(arguments).output().unwrap()
}

fn evaluate(model: &Path, points: &Path, more: &[&str]) -> Vec<Value> {
    let files = ["--model", model.to_str().unwrap(), "--points", points.to_str().unwrap()];
    let arguments = [&["evaluate", "--json", "--quiet"], &files[..], more].concat();
    let output = run(&arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn numbers(value: &Value) -> Vec<f64> {
    serde_json::from_value(value.clone()).unwrap()
}

/// Loss and gradient of one row, f32 by burn, against f64; relative to the loss and to the largest
/// gradient.
fn assert_near(row: &Value, loss: f64, gradient: &[f64], tolerance: f64, what: &str) {
    let found = row["loss"].as_f64().unwrap();
    assert!((found - loss).abs() <= tolerance * loss.max(1e-3), "{what}: {found} is not {loss}");
    let scale = gradient.iter().fold(1e-6f64, |s, g| s.max(g.abs()));
    let found = numbers(&row["gradient"]);
    assert_eq!(found.len(), gradient.len(), "{what}");
    for (f, e) in found.iter().zip(gradient) {
        assert!((f - e).abs() <= tolerance * scale, "{what}: gradient {f} is not {e}");
    }
}

#[test]
fn the_reference_values_come_out() {
    for name in NAMES {
        let expected: Value =
            serde_json::from_slice(&fs::read(folder(name).join("expected.json")).unwrap()).unwrap();
        let rows = expected["masks"].as_array().unwrap();
        let masks: Vec<String> = rows.iter().map(|row| row["mask"].to_string()).collect();
        let model = folder(name).join("model.safetensors");
        let points = folder(name).join("points.csv");
        let found = evaluate(&model, &points, &["--masks", &masks.join(",")]);
        assert_eq!(found.len(), rows.len());
        let losses = fs::read(folder(name).join("losses.npy")).ok().map(|bytes| npy(&bytes));
        for (found, row) in found.iter().zip(rows) {
            let what = format!("{name}, mask {}", row["mask"]);
            assert_eq!(found["mask"], row["mask"]);
            assert_near(
                found,
                row["loss"].as_f64().unwrap(),
                &numbers(&row["gradient"]),
                1e-5,
                &what,
            );
            // The rank, counted over the losses computed elsewhere.
            if let Some(losses) = &losses {
                let own = losses[row["mask"].as_u64().unwrap() as usize];
                let rank = 1 + losses.iter().filter(|&&loss| loss < own * (1.0 - 1e-11)).count();
                assert_eq!(found["rank"], rank, "{what}");
            }
        }
    }
}

/// The numbers of a one-dimensional float64 npy file, version 1.
fn npy(bytes: &[u8]) -> Vec<f64> {
    let header = usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
    bytes[10 + header..].as_chunks().0.iter().map(|&b| f64::from_le_bytes(b)).collect()
}

#[test]
fn off_masks_and_files_of_masks_name_the_same() {
    let (model, points) =
        (folder("tiny").join("model.safetensors"), folder("tiny").join("points.csv"));
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("masks.txt");
    fs::write(&file, "# without nodes 3 and 7\r\n0x77\n\n255, 0 # all, none\n").unwrap();
    let of_file = evaluate(&model, &points, &["--masks-file", file.to_str().unwrap()]);
    assert_eq!(
        of_file.iter().map(|r| r["mask"].as_u64().unwrap()).collect::<Vec<_>>(),
        [119, 255, 0]
    );
    assert_eq!(evaluate(&model, &points, &["--off", "3,7"])[0], of_file[0]);
    assert_eq!(evaluate(&model, &points, &["--masks", "119,0xff,0"]), of_file);
    assert_eq!(evaluate(&model, &points, &[])[0], of_file[1], "nothing said is nothing off");
    assert_eq!(of_file[0]["off"], serde_json::json!([3, 7]));
}

/// The network with its output layer multiplied, so that logits are that many times as large.
fn with_logits_times(network: &Network, factor: f64) -> Network {
    let mut layers: Vec<Layer> = network.layers().to_vec();
    let last = layers.last_mut().unwrap();
    // As f32 values, for that is how the network is saved.
    last.weights
        .iter_mut()
        .chain(&mut last.biases)
        .for_each(|w| *w = f64::from((*w * factor) as f32));
    Network::new(layers).unwrap()
}

#[test]
fn logits_in_the_hundreds_and_thousands_stay_exact() {
    let dir = tempfile::tempdir().unwrap();
    for name in NAMES {
        let original = checkpoint::load(&folder(name).join("model.safetensors")).unwrap();
        let n = original.n_nodes();
        let points_path = folder(name).join("points.csv");
        let points = points_file::load(&points_path, 2, original.classes()).unwrap();
        for (factor, ablation) in [(100.0, "zero"), (3000.0, "zero"), (300.0, "mean")] {
            let network = with_logits_times(&original, factor);
            let model = dir.path().join(format!("{name}-{factor}.safetensors"));
            checkpoint::save(&network, &model).unwrap();
            let out = dir.path().join(format!("{name}-{factor}"));
            let arguments = ["hypercube", "--quiet", "--ablation", ablation, "--model"];
            let paths = [&model, Path::new("--points"), &points_path, Path::new("--out"), &out];
            let arguments: Vec<&str> =
                arguments.into_iter().chain(paths.map(|p| p.to_str().unwrap())).collect();
            let output = run(&arguments);
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            let losses = Saved::open(&out.join("hypercube")).unwrap().array("losses.npy").unwrap();

            let masks = [0, 1, (1 << n) - 1, 0x5555_5555 & ((1u64 << n) - 1), 1 << (n - 1)];
            let text = masks.map(|mask| mask.to_string()).join(",");
            let rows = evaluate(&model, &points_path, &["--ablation", ablation, "--masks", &text]);
            let kind = if ablation == "mean" { Ablation::Mean } else { Ablation::Zero };
            for (mask, row) in masks.iter().zip(&rows) {
                let what = format!("{name} × {factor}, {ablation} ablation, mask {mask}");
                let values: Vec<f64> = (0..n).map(|i| f64::from((mask >> i & 1) as u8)).collect();
                let expected = reference::evaluate(&network, &points, kind, &values);
                let exact = losses.data[*mask as usize];
                let near = (exact - expected.loss).abs() <= 1e-9 * expected.loss;
                assert!(near, "{what}: {exact} is not {}", expected.loss);
                // f32: logits of thousands have an absolute error of 1e-3 at the points near the
                // boundary, where it shows.
                assert_near(row, expected.loss, &expected.gradient, 3e-4, &what);
                assert!((row["accuracy"].as_f64().unwrap() - expected.accuracy).abs() < 1e-12);
            }
        }
    }
}
