//! Runs that do not come to their end: nothing half-written, earlier results intact.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

const PROGRAM: &str = env!("CARGO_BIN_EXE_experiments");

/// A folder with a trained network and one section's results.
fn prepared() -> TempDir {
    let folder = TempDir::new().unwrap();
    for arguments in ["train --steps 20 --quiet", "flip-paths --paths 8 --n-points 32 --quiet"] {
        let mut run = Command::new(PROGRAM);
        let status = run.args(arguments.split(' ')).current_dir(folder.path()).status();
        assert!(status.unwrap().success());
    }
    folder
}

/// Every file and folder below one, hidden ones too.
fn everything(folder: &Path) -> BTreeMap<String, Option<Vec<u8>>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.display().to_string();
        if path.is_dir() {
            found.extend(everything(&path));
            found.insert(name, None);
        } else {
            found.insert(name, Some(fs::read(&path).unwrap()));
        }
    }
    found
}

#[test]
fn an_interrupt_leaves_earlier_results_and_nothing_else() {
    let folder = prepared();
    let before = everything(folder.path());
    for signal in ["INT", "TERM"] {
        let mut run = Command::new(PROGRAM)
            .args(["flip-paths", "--paths", "2000000", "--n-points", "32"])
            .current_dir(folder.path())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // Not before it is at work: its hidden folder is there.
        let start = Instant::now();
        while everything(folder.path()).len() == before.len() {
            assert!(start.elapsed() < Duration::from_secs(60), "the run begins");
            std::thread::sleep(Duration::from_millis(20));
        }
        let kill = Command::new("kill").args(["-s", signal, &run.id().to_string()]).status();
        assert!(kill.unwrap().success());
        let output = {
            assert_eq!(run.wait().unwrap().code(), Some(130));
            std::io::read_to_string(run.stderr.take().unwrap()).unwrap()
        };
        assert!(output.contains("stopped: nothing new was recorded"), "{output}");
        assert!(everything(folder.path()) == before, "SIG{signal} left or changed a file");
    }
}

/// A file that may not grow stands in for a disk that is full: writing fails in the middle.
#[test]
fn a_full_disk_leaves_earlier_results_and_nothing_else() {
    let folder = prepared();
    let before = everything(folder.path());
    for section in ["flip-paths --paths 4000", "hypercube", "prediction-heatmap"] {
        let script =
            format!("trap '' XFSZ; ulimit -f 64; exec '{PROGRAM}' {section} --n-points 32 --quiet");
        let output =
            Command::new("sh").args(["-c", &script]).current_dir(folder.path()).output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{section}: {stderr}");
        assert!(stderr.starts_with("error: cannot write results/"), "{section}: {stderr}");
        assert_eq!(stderr.lines().count(), 1, "{section}: {stderr}");
        assert!(everything(folder.path()) == before, "{section} left or changed a file");
    }
}
