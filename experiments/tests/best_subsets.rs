//! `best-subsets` as it is typed, against `hypercube` on the same network.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use report::Saved;
use report::records::{BestMask, BestSubsetRow, BestSubsetSummary, CriterionRow, FrontierRow};

fn reference(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/hypercube/tests/reference").join(name)
}

fn command(section: &str, name: &str, out: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_experiments"));
    command
        .args([section, "--quiet", "--out"])
        .arg(out)
        .arg("--model")
        .arg(reference(name).join("model.safetensors"))
        .arg("--points")
        .arg(reference(name).join("points.csv"));
    command
}

fn run(section: &str, name: &str, out: &Path, more: &[&str]) {
    let output = command(section, name, out).args(more).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn the_best_masks_are_those_of_the_whole_table() {
    for name in ["wide16", "three_class"] {
        let out = tempfile::tempdir().unwrap();
        run("best-subsets", name, out.path(), &["--seconds", "5"]);
        run("hypercube", name, out.path(), &[]);
        let open = |name| Saved::open(&out.path().join(name)).unwrap();
        let found: Vec<BestSubsetRow> = open("best-subsets").table("best_masks.csv").unwrap();
        let expected: Vec<BestMask> = open("hypercube").table("best_masks.csv").unwrap();
        assert_eq!(found.len(), expected.len());
        for (found, expected) in found.iter().zip(&expected) {
            assert_eq!((found.size, found.proven), (expected.size, true), "{name}");
            assert!((found.loss / expected.loss - 1.0).abs() < 1e-9, "{name}: {found:?}");
        }
        let criteria: Vec<CriterionRow> = open("best-subsets").table("criteria.csv").unwrap();
        let frontier: Vec<FrontierRow> = open("hypercube").table("frontier.csv").unwrap();
        let greedy = criteria.iter().filter(|row| row.criterion == "greedy");
        for (found, expected) in greedy.zip(&frontier) {
            assert!((found.loss / expected.greedy - 1.0).abs() < 1e-9, "{name}: {found:?}");
        }
        let shapley = criteria.iter().any(|row| row.criterion == "shapley");
        assert_eq!(shapley, name == "wide16", "Shapley values are exact for two classes");
    }
}

/// Whoever has seen enough of the search keeps what it has found.
#[test]
#[cfg(unix)]
fn an_interrupt_ends_the_search_and_keeps_what_it_has_found() {
    let out = tempfile::tempdir().unwrap();
    // As many nodes as no search is done with.
    let mut run = command("best-subsets", "wide300", out.path())
        .args(["--seconds", "3000"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    std::thread::sleep(Duration::from_secs(2));
    let start = Instant::now();
    let kill = Command::new("kill").args(["-s", "INT", &run.id().to_string()]).status();
    assert!(kill.unwrap().success());
    assert!(run.wait().unwrap().success());
    assert!(start.elapsed() < Duration::from_secs(300));
    let saved = Saved::open(&out.path().join("best-subsets")).unwrap();
    let summary: BestSubsetSummary = saved.json("summary.json").unwrap();
    assert!(summary.interrupted && summary.largest_gap > 0.0, "{summary:?}");
}
