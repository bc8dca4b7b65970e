//! `explore` as it is typed.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use report::records::{BestMask, ExplorerChecks, ExplorerNetwork};
use report::{EXPLORER, Saved};
use serde_json::Value;

fn reference(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/hypercube/tests/reference").join(name)
}

fn explore(folder: &Path, more: &[&str]) -> Output {
    let arguments = [&["explore", "--quick"], more].concat();
    let mut command = Command::new(env!("CARGO_BIN_EXE_experiments"));
    command.args(arguments).current_dir(folder).output().unwrap()
}

/// The data in the page, and how many bytes the page has.
fn page(path: &Path) -> (Value, usize) {
    let page = fs::read_to_string(path).unwrap();
    let (_, rest) = page.split_once(r#"<script id="record" type="application/json">"#).unwrap();
    (serde_json::from_str(rest.split_once("</script>").unwrap().0).unwrap(), page.len())
}

#[test]
fn the_page_is_made_of_the_reference_values() {
    for (name, ablation) in
        [("tiny", "zero"), ("three_class", "zero"), ("two_layer", "mean"), ("circle20", "mean")]
    {
        let dir = tempfile::tempdir().unwrap();
        let model = reference(name).join("model.safetensors");
        let points = reference(name).join("points.csv");
        let files = ["--model", model.to_str().unwrap(), "--points", points.to_str().unwrap()];
        let more = ["--ablation", ablation, "--out", "mine"];
        let output = explore(dir.path(), &[&files[..], &more].concat());
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        // Nobody looks at a terminal here, so it says where the page is.
        let said = String::from_utf8(output.stdout).unwrap();
        assert_eq!(said, format!("{}\n", Path::new("mine").join(EXPLORER).display()));

        let out = dir.path().join("mine");
        let saved = Saved::open(&out.join("explore")).unwrap();
        let network: ExplorerNetwork = saved.json("network.json").unwrap();
        let n = network.means.len();
        assert_eq!(network.means.iter().any(|&mean| mean != 0.0), ablation == "mean");
        let (data, bytes) = page(&out.join(EXPLORER));
        assert!(bytes < 1_000_000, "{name}: {bytes} bytes");
        assert_eq!(data["about"]["radius"], Value::Null, "points from a file have no circle");
        assert_eq!(data["network"]["means"].as_array().unwrap().len(), n);

        let best: Vec<BestMask> = saved.table("best_masks.csv").unwrap();
        let checks: ExplorerChecks = saved.json("checks.json").unwrap();
        assert_eq!((best.len(), checks.masks[0].rank.is_some()), (n + 1, true));
        let full = &checks.masks[0];
        assert!((full.loss - best[n].loss).abs() < 1e-12, "{name}: two ways to the full network");
        assert!(full.probabilities.iter().all(|p| (0.0..=1.0).contains(p)));
    }
}

#[test]
fn what_it_cannot_do_it_says_in_one_line() {
    let dir = tempfile::tempdir().unwrap();
    let points = dir.path().join("points.csv");
    let rows: String = (0..70_000).map(|k| format!("0.{k},0.5,{}\n", k % 2)).collect();
    fs::write(&points, format!("x0,x1,label\n{rows}")).unwrap();
    let model = reference("tiny").join("model.safetensors");
    let files = ["--model", model.to_str().unwrap(), "--points", points.to_str().unwrap()];
    let output = explore(dir.path(), &[&files[..], &["--quiet"]].concat());
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!((output.status.code(), stderr.lines().count()), (Some(1), 1), "{stderr}");
    assert!(stderr.contains("70000 are too many: give at most 65536"), "{stderr}");
    let left = fs::read_dir(dir.path().join("results/quick")).unwrap().count();
    assert_eq!(left, 0, "nothing half-made");
}

#[test]
fn any_network_makes_a_page() {
    let dir = tempfile::tempdir().unwrap();
    let train = ["train", "--hidden", "24", "--steps", "20", "--quick", "--quiet"];
    let mut command = Command::new(env!("CARGO_BIN_EXE_experiments"));
    assert!(command.args(train).current_dir(dir.path()).output().unwrap().status.success());
    let output = explore(dir.path(), &[]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let results = dir.path().join("results/quick");
    let (data, bytes) = page(&results.join(EXPLORER));
    assert!(bytes < 1_000_000 && data["about"]["radius"].is_number());
    let saved = Saved::open(&results.join("explore")).unwrap();
    assert!(!saved.has("best_masks.csv"), "what follows from 2^24 masks is not waited for");

    // Ten inputs: everything but the map.
    let (model, points) = (dir.path().join("m.safetensors"), dir.path().join("p.csv"));
    let layer = |inputs: usize, outputs: usize| hypercube::Layer {
        inputs,
        outputs,
        weights: vec![0.25; inputs * outputs],
        biases: vec![0.5; outputs],
    };
    let network = hypercube::Network::new(vec![layer(10, 3), layer(3, 2)]).unwrap();
    hypercube::checkpoint::save(&network, &model).unwrap();
    let names: String = (0..10).map(|k| format!("x{k},")).collect();
    fs::write(&points, format!("{names}label\n{}1\n{}0\n", "0.5,".repeat(10), "-1,".repeat(10)))
        .unwrap();
    let files = ["--model", model.to_str().unwrap(), "--points", points.to_str().unwrap()];
    let output = explore(dir.path(), &[&files[..], &["--out", "ten"]].concat());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let (data, _) = page(&dir.path().join("ten").join(EXPLORER));
    assert_eq!(data["plane"], Value::Null);
    assert_eq!(data["network"]["layers"][0]["inputs"], 10);
}
