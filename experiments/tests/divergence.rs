//! `--value kl` as it is typed: every exact path says the same, and no folder mixes it with losses.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;
use std::process::{Command, Output};

use report::Saved;
use report::records::{BestMask, BestSubsetRow};

fn run(arguments: &[&str], out: &Path) -> Output {
    let reference = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../crates/hypercube/tests/reference/three_class");
    Command::new(env!("CARGO_BIN_EXE_experiments"))
        .args(arguments)
        .arg("--model")
        .arg(reference.join("model.safetensors"))
        .arg("--points")
        .arg(reference.join("points.csv"))
        .arg("--out")
        .arg(out)
        .output()
        .unwrap()
}

fn succeeds(arguments: &[&str], out: &Path) {
    let output = run(arguments, out);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn divergences_are_a_study_of_their_own() {
    let out = tempfile::tempdir().unwrap();
    let out = out.path();
    succeeds(&["hypercube", "--value", "kl", "--gradients"], out);
    succeeds(&["best-subsets", "--value", "kl"], out);
    let all = Saved::open(&out.join("hypercube")).unwrap();
    let losses = all.array("losses.npy").unwrap().data;
    let gradients = all.array("gradients.npy").unwrap().data;
    let n = losses.len().ilog2() as usize;
    assert!(losses[losses.len() - 1] < 1e-14 && losses[0] > 1e-3);
    // Nothing is closer to the full network than itself.
    assert!(gradients[gradients.len() - n..].iter().all(|gradient| gradient.abs() < 1e-6));
    let best = Saved::open(&out.join("best-subsets")).unwrap();
    let found: Vec<BestSubsetRow> = best.table("best_masks.csv").unwrap();
    let expected: Vec<BestMask> = all.table("best_masks.csv").unwrap();
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(&expected) {
        assert!(found.proven && (found.loss - expected.loss).abs() < 1e-13, "{found:?}");
    }
    let page = std::fs::read_to_string(out.join("index.html")).unwrap();
    assert!(page.contains("measured by divergence") || page.contains("Loss here is"), "{page}");

    for section in ["hypercube", "flip-paths"] {
        let output = run(&[section], out);
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{error}");
        assert!(error.contains("measured by divergence") && error.contains("--out"), "{error}");
    }
    let output = run(&["flip-paths", "--value", "kl"], out);
    assert_eq!(output.status.code(), Some(2));
    succeeds(&["hypercube", "--replace"], out);
    assert!(!out.join("best-subsets").exists());
}
