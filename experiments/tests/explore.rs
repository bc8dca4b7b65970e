//! `explore` as it is typed.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use report::records::{BestMask, ExplorerChecks, ExplorerNetwork, ExplorerTable};
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
        assert!(bytes < 8_000_000, "{name}: {bytes} bytes");
        assert_eq!(data["about"]["radius"], Value::Null, "points from a file have no circle");
        assert_eq!(data["network"]["means"].as_array().unwrap().len(), n);

        let expected = fs::read(reference(name).join("expected.json")).unwrap();
        let expected: Value = serde_json::from_slice(&expected).unwrap();
        let table: ExplorerTable = saved.json("table.json").unwrap();
        let codes = saved.array("losses.npy").unwrap();
        assert_eq!(codes.shape, [1 << n]);
        if ablation == "zero" {
            for row in expected["masks"].as_array().unwrap() {
                let code = codes.data[row["mask"].as_u64().unwrap() as usize];
                let (found, loss) = (table.low + code * table.step, row["loss"].as_f64().unwrap());
                assert!((found - loss.ln()).abs() <= 0.501 * table.step, "{name}: {row}");
            }
        }
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
fn more_nodes_than_a_table_holds_make_a_page_without_ranks() {
    let dir = tempfile::tempdir().unwrap();
    let train = ["train", "--hidden", "24", "--steps", "20", "--quick", "--quiet"];
    let mut command = Command::new(env!("CARGO_BIN_EXE_experiments"));
    assert!(command.args(train).current_dir(dir.path()).output().unwrap().status.success());
    let output = explore(dir.path(), &[]);
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success() && stderr.contains("24 nodes: a page carries"), "{stderr}");
    let (data, bytes) = page(&dir.path().join("results/quick").join(EXPLORER));
    assert_eq!(data["all"], Value::Null);
    assert!(bytes < 1_000_000 && data["about"]["radius"].is_number());
}
