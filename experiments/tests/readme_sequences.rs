//! The README's commands, one after the other, as somebody types them who reads it from the top.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// What follows `cargo run -p experiments -- ` in the README's shell blocks, made small.
fn commands(readme: &str) -> Vec<String> {
    let blocks = readme.split("```sh\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    let typed = blocks.flat_map(str::lines).filter_map(|line| {
        let arguments = line.strip_prefix("cargo run -p experiments -- ")?;
        Some(arguments.split(" #").next().unwrap().trim().to_owned())
    });
    let small = |command: String| {
        let long = [
            "--networks 100",
            "--networks 200",
            "--networks 20",
            "--steps 3000",
            "--steps 2000,4000,6000,8000",
        ];
        let command = long.iter().fold(command, |command, option| command.replace(option, ""));
        let few = match command.split(' ').next().unwrap() {
            "ensemble" if command.contains("judge") => "",
            "ensemble" => "--networks 2 --steps 50 --n-points 64",
            "train" => "--steps 500",
            "why" if !command.contains("--quick") => "--quick",
            "all" => "--n-points 64",
            _ => "",
        };
        format!("{command} {few}")
    };
    typed.map(small).collect()
}

#[test]
fn every_folder_stays_one_study() {
    let read = |name: &str| fs::read_to_string(Path::new(ROOT).join(name)).unwrap();
    let commands = commands(&(read("README.md") + &read("experiments/sweeps/README.md")));
    assert!(commands.len() > 10, "the README's commands are found: {commands:?}");
    let here = TempDir::new().unwrap();
    let reference = Path::new(ROOT).join("crates/hypercube/tests/reference/circle20");
    fs::copy(reference.join("model.safetensors"), here.path().join("my.safetensors")).unwrap();
    fs::copy(reference.join("points.csv"), here.path().join("my.csv")).unwrap();
    fs::write(here.path().join("masks.txt"), "0\n5, 0xff").unwrap();
    for command in &commands {
        let output = Command::new(env!("CARGO_BIN_EXE_experiments"))
            .args(command.split_whitespace())
            .current_dir(here.path())
            .output()
            .unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success(), "{command}: {stderr}");
    }
    let network = |folder: &str, section: &str| -> Value {
        let manifest = here.path().join(folder).join(section).join("manifest.json");
        serde_json::from_slice::<Value>(&fs::read(&manifest).unwrap()).unwrap()["study"]["network"]
            .clone()
    };
    for (folder, sections) in [
        ("results", &["train", "flip-paths", "explore"][..]),
        ("spirals", &["train", "prediction-heatmap", "flip-paths", "hypercube", "explore"]),
    ] {
        assert!(network(folder, sections[0]).is_string());
        for section in sections {
            assert_eq!(
                network(folder, section),
                network(folder, sections[0]),
                "{folder}/{section}"
            );
        }
    }
    assert_ne!(network("results", "train"), network("spirals", "train"));
    // The same file under two names of the results folder.
    assert_eq!(network("mine", "explore"), network("my-results", "hypercube"));
    assert_ne!(network("mine", "explore"), network("results", "train"));
}
