//! The program as it is typed.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use report::sections;
use tempfile::TempDir;

fn run(folder: &Path, arguments: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_experiments"))
        .args(arguments.split_whitespace())
        .current_dir(folder)
        .output()
        .unwrap()
}

fn succeed(folder: &Path, arguments: &str) -> String {
    let output = run(folder, arguments);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments}: {stderr}");
    String::from_utf8(output.stdout).unwrap()
}

/// Every file below a folder, by relative path.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().display().to_string();
                found.insert(name, fs::read(&path).unwrap());
            }
        }
    }
    found
}

#[test]
fn every_section_runs_in_an_empty_folder_and_draws_its_figure() {
    for section in sections().filter(|section| *section != "ensemble") {
        let folder = TempDir::new().unwrap();
        let stdout = succeed(folder.path(), &format!("{section} --quick"));
        assert!(!stdout.is_empty(), "{section} prints its table");
        let found = files(&folder.path().join("results/quick").join(section));
        for file in ["manifest.json".to_owned(), format!("{section}.svg"), format!("{section}.png")]
        {
            assert!(found.contains_key(&file), "{section} makes {file}");
        }
        let manifest: serde_json::Value = serde_json::from_slice(&found["manifest.json"]).unwrap();
        assert_eq!(manifest["command"], format!("cargo run -p experiments -- {section} --quick"));
        let listed = manifest["outputs"].as_object().unwrap();
        assert_eq!(listed.len() + 1, found.len(), "{section} lists its files");
    }
}

#[test]
fn the_same_seed_gives_the_same_bytes_whatever_the_threads() {
    let folder = TempDir::new().unwrap();
    let all = |threads: usize| {
        succeed(folder.path(), &format!("all --quick --quiet --threads {threads} --out {threads}"));
        let mut found = files(&folder.path().join(threads.to_string()));
        // These two tell the command.
        found.retain(|name, _| !name.ends_with("manifest.json") && name != "index.html");
        found
    };
    let (one, two) = (all(1), all(2));
    assert_eq!(one.keys().collect::<Vec<_>>(), two.keys().collect::<Vec<_>>());
    for (name, bytes) in &one {
        assert!(two[name] == *bytes, "{name} differs between 1 and 2 threads");
    }
    let again = succeed(folder.path(), "loss-density --quick --out 1 --masks 64 --seed 7");
    assert_ne!(again, succeed(folder.path(), "loss-density --quick --out 1 --masks 64 --seed 8"));
    assert_eq!(again, succeed(folder.path(), "loss-density --quick --out 1 --masks 64 --seed 7"));
}

#[test]
fn other_networks_points_and_ablations_run() {
    let folder = TempDir::new().unwrap();
    let reference =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/hypercube/tests/reference");
    for name in ["tiny", "three_class", "two_layer", "circle20"] {
        let network = reference.join(name);
        let own = format!(
            "--model {} --points {} --quick",
            network.join("model.safetensors").display(),
            network.join("points.csv").display()
        );
        for ablation in ["zero", "mean"] {
            let out = format!("{name}-{ablation}");
            succeed(folder.path(), &format!("all {own} --ablation {ablation} --out {out}"));
            assert!(!folder.path().join(out).join("train").exists(), "a given network is trained");
        }
    }
    for data in ["annulus", "xor", "checkerboard", "spirals"] {
        succeed(folder.path(), &format!("train --data {data} --steps 20 --quick --out {data}"));
        let found = succeed(folder.path(), &format!("gradient-heatmap --quick --out {data}"));
        assert!(found.contains("act as a bias"));
    }
    succeed(folder.path(), "train --radius 0.8 --steps 20 --hidden 4,3 --out half");
    succeed(folder.path(), "flip-paths --paths 8 --radius 0.8 --out half");
    let clash = run(folder.path(), "flip-paths --paths 8 --radius 0.893 --out half");
    let stderr = String::from_utf8(clash.stderr).unwrap();
    assert!(stderr.contains("or `train --radius 0.893` into another --out"), "{stderr}");
}

/// Bad input: one line that says what and why, the right exit code, and earlier results untouched.
#[test]
fn bad_input_is_refused_in_one_line() {
    let folder = TempDir::new().unwrap();
    let here = folder.path();
    succeed(here, "train --steps 20 --quiet");
    succeed(here, "loss-density --masks 16 --n-points 32 --quiet");
    let model = fs::read(here.join("results/train/model.safetensors")).unwrap();
    fs::write(here.join("short.safetensors"), &model[..model.len() - 9]).unwrap();
    fs::write(here.join("nan.csv"), "x0,x1,label\n0.5,0.5,0\nNaN,0.5,1\n").unwrap();
    fs::write(here.join("text.csv"), "x0,x1,label\n0.5,half,0\n").unwrap();
    fs::write(here.join("wide.csv"), "x0,x1,x2,label\n0,0,0,0\n").unwrap();
    fs::write(here.join("label.csv"), "x0,x1,label\n0,0,2\n").unwrap();
    fs::write(here.join("empty.csv"), "x0,x1,label\n").unwrap();
    fs::write(here.join("empty.txt"), "# nothing\n").unwrap();
    fs::write(here.join("file"), "in the way").unwrap();
    let before = files(here);
    for (arguments, code, why) in [
        ("loss-density --model none.safetensors", 1, "cannot read model none.safetensors"),
        ("loss-density --model short.safetensors", 1, "not a safetensors file, or a damaged one"),
        ("loss-density --model nan.csv", 1, "not a safetensors file"),
        ("loss-density --points none.csv", 1, "cannot read points none.csv"),
        ("loss-density --points nan.csv", 1, "points nan.csv: line 3: x0 is NaN"),
        ("loss-density --points text.csv", 1, "line 2: x1 is 'half', not a number"),
        ("loss-density --points wide.csv", 1, "the header is 'x0,x1,x2,label', not 'x0,x1,label'"),
        ("loss-density --points label.csv", 1, "label '2' is no class"),
        ("loss-density --points empty.csv", 1, "no rows"),
        (
            "loss-density --backend tpu",
            1,
            "backend 'tpu' is not compiled in: this build has ndarray",
        ),
        ("loss-density --out file/below", 1, "cannot write to file/below"),
        ("train --model short.safetensors", 1, "--model is for other sections"),
        ("loss-density --radius 0.8", 1, "or `train --radius 0.8` into another --out"),
        (
            "loss-density --data xor",
            1,
            "was trained on the circle of radius 0.893: leave the option out, or `train --data xor`",
        ),
        ("train --data xor --radius 0.8", 1, "leave one of them out"),
        ("train --data moons", 2, "possible values: circle, annulus, xor, checkerboard, spirals"),
        ("train --learning-rate 0", 2, "give a number above 0"),
        ("--quick", 1, "no section: say which"),
        ("evaluate --quiet --off 20", 1, "--off 20: the network has 20 nodes, from 0 to 19"),
        ("evaluate --quiet --off 3,3", 1, "node 3 is named twice"),
        ("evaluate --off -1", 2, "error: "),
        ("evaluate --quiet --off x", 2, "invalid value 'x'"),
        (
            "evaluate --quiet --masks 1048576",
            1,
            "mask 1048576 is out of range: 20 nodes make masks from 0",
        ),
        (
            "evaluate --quiet --masks five",
            1,
            "'five' is not a mask; give a whole number such as 5 or 0x5",
        ),
        ("evaluate --quiet --masks 1 --off 2", 2, "cannot be used with"),
        ("evaluate --quiet --masks-file none.txt", 1, "cannot read masks none.txt"),
        ("evaluate --quiet --masks-file empty.txt", 1, "masks empty.txt: there are none in it"),
        ("evaluate --quiet --masks-file text.csv", 1, "masks text.csv: line 1: 'x0' is not a mask"),
        ("no-such-section", 2, "unrecognized subcommand 'no-such-section'"),
        ("loss-density --p 1.5", 2, "a probability lies from 0 to 1"),
        ("loss-density --p half", 2, "give a number from 0 to 1"),
        ("loss-density --masks 0", 2, "at least 2 needed"),
        ("flip-paths --paths 0", 2, "at least 2 needed"),
        ("flip-paths --n-points 0", 2, "at least 1 needed"),
        ("train --steps -5", 2, "error: "),
        ("loss-density --threads 0", 2, "at least 1 needed"),
        ("loss-density --ablation half", 2, "possible values: zero, mean"),
        ("loss-density --points nan.csv --n-points 5", 2, "cannot be used with"),
    ] {
        let output = run(here, arguments);
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{arguments}: {stderr}");
        assert!(stderr.contains(why), "{arguments}: {stderr}");
        assert!(
            stderr.starts_with("error: ") && stderr.lines().count() == 1,
            "{arguments}: {stderr}"
        );
        assert!(!stderr.contains("panicked"), "{arguments}: {stderr}");
        assert!(files(here) == before, "{arguments} left or changed a file");
    }
}
