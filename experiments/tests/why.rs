//! Why reversals are alike: pieces beside each other, killed and started again, whatever the threads.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use tempfile::TempDir;

fn command(folder: &Path, arguments: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_experiments"));
    command.args(arguments.split_whitespace()).current_dir(folder);
    command
}

fn run(folder: &Path, arguments: &str) -> Output {
    command(folder, arguments).output().unwrap()
}

fn succeed(folder: &Path, arguments: &str) {
    let output = run(folder, arguments);
    assert!(output.status.success(), "{arguments}: {}", String::from_utf8_lossy(&output.stderr));
}

/// The record, but for what tells the time.
fn record(folder: &Path, out: &str) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(folder.join(out).join("why")).unwrap();
    let files = entries.map(|entry| entry.unwrap().path()).map(|path| {
        (path.file_name().unwrap().to_string_lossy().into_owned(), fs::read(path).unwrap())
    });
    files.filter(|(name, _)| !["manifest.json", "runs.csv"].contains(&&**name)).collect()
}

#[test]
fn pieces_lie_beside_each_other_and_come_out_the_same() {
    let folder = TempDir::new().unwrap();
    let pieces = ["removal", "balance"];
    for piece in pieces {
        succeed(folder.path(), &format!("why {piece} --quick --quiet --out one --threads 1"));
    }
    let one = record(folder.path(), "one");
    for name in ["removal.csv", "balance.csv", "summary.csv", "why-balance.png", "why-removal.svg"]
    {
        assert!(one.contains_key(name), "{name} is there");
    }
    succeed(folder.path(), "why balance removal --quick --quiet --out other --threads 2");
    assert!(one == record(folder.path(), "other"), "whatever the order and the threads");
    succeed(folder.path(), "why balance --quick --quiet --out other --networks 4");
    let more = record(folder.path(), "other");
    assert!(more["removal.csv"] == one["removal.csv"] && more["balance.csv"] != one["balance.csv"]);
    assert!(!folder.path().join("other/why-parts").exists(), "no parts are left");
    let page = fs::read_to_string(folder.path().join("other/index.html")).unwrap();
    assert!(page.contains("Why a network and its opposite are alike"));
}

#[test]
fn killed_it_goes_on_from_its_parts_to_the_same_bytes() {
    let folder = TempDir::new().unwrap();
    let piece = "why balance --quick --quiet --networks 41";
    succeed(folder.path(), &format!("{piece} --out whole"));
    for after in [100, 300, 500] {
        let mut command = command(folder.path(), &format!("{piece} --out pieces"));
        let mut child = command.stdout(Stdio::null()).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(after));
        // Dead at once, with no chance to tidy up.
        child.kill().unwrap();
        child.wait().unwrap();
    }
    // A part that is not as it was written is made again.
    let parts = folder.path().join("pieces/why-parts");
    let first = fs::read_dir(&parts).into_iter().flatten().flatten().next();
    if let Some(piece) = first {
        fs::write(piece.path().join("part-00000.csv"), "# sha256 0\ncell,setting\n").unwrap();
    }
    succeed(folder.path(), &format!("{piece} --out pieces"));
    assert!(record(folder.path(), "whole") == record(folder.path(), "pieces"));
}

#[test]
fn what_is_not_its_own_is_refused_in_one_line() {
    let folder = TempDir::new().unwrap();
    for (arguments, status) in [
        ("why --model a.safetensors", 1),
        ("why --data xor", 1),
        ("why --ablation mean", 1),
        ("why --activation tanh", 1),
        ("why --radius 0.5", 1),
        ("why --n-points 50", 1),
        ("why --seed 7", 1),
        ("why --points-seed 3", 1),
        ("why nothing", 2),
        ("why theory --networks 0", 2),
    ] {
        let output = run(folder.path(), arguments);
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(status), "{arguments}: {stderr}");
        assert!(stderr.starts_with("error: ") && stderr.lines().count() == 1, "{stderr}");
    }
    assert!(!folder.path().join("results/why").exists());
}
