//! A results folder is one study: what users do one after the other in one folder.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

fn run(folder: &Path, arguments: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_experiments"))
        .args(arguments.split_whitespace())
        .current_dir(folder)
        .output()
        .unwrap()
}

/// Runs it and returns what it says on stderr.
fn succeed(folder: &Path, arguments: &str) -> String {
    let output = run(folder, arguments);
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{arguments}: {stderr}");
    stderr
}

/// Runs it and returns its one line of refusal, having left everything as it was.
fn refused(folder: &Path, arguments: &str) -> String {
    let before = files(folder);
    let output = run(folder, arguments);
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{arguments}: {stderr}");
    assert!(stderr.starts_with("error: ") && stderr.lines().count() == 1, "{arguments}: {stderr}");
    assert!(files(folder) == before, "{arguments} left or changed a file");
    stderr
}

/// Every file below a folder, by relative path.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.insert(path.clone(), fs::read(path).unwrap());
        }
    }
    found
}

fn json(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

/// The last line that is said.
fn last(stderr: &str) -> &str {
    stderr.lines().last().unwrap_or_default()
}

const REFERENCE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../crates/hypercube/tests/reference");

fn reference(name: &str) -> String {
    format!("--model {REFERENCE}/{name}/model.safetensors --points {REFERENCE}/{name}/points.csv")
}

/// Small enough for a test: the README's sequences, with short training and few masks.
const SMALL: &str = "--n-points 64 --threads 2";

#[test]
fn sections_use_the_folders_network_whatever_its_data_and_shape() {
    let here = TempDir::new().unwrap();
    succeed(here.path(), &format!("train --data spirals --steps 50 --out spirals {SMALL}"));
    let trained = fs::read(here.path().join("spirals/train/model.safetensors")).unwrap();
    succeed(here.path(), &format!("all --out spirals {SMALL}"));
    assert_eq!(trained, fs::read(here.path().join("spirals/train/model.safetensors")).unwrap());
    let mut studies = Vec::new();
    for section in fs::read_dir(here.path().join("spirals")).unwrap() {
        let manifest = section.unwrap().path().join("manifest.json");
        if manifest.exists() {
            let manifest = json(&manifest);
            let data = &manifest["parameters"]["data"];
            assert_eq!(data, "spirals", "{}", manifest["section"]);
            studies.push(manifest["study"]["network"].clone());
        }
    }
    let sections =
        report::sections().filter(|section| !["ensemble", "why"].contains(section)).count();
    assert!(studies.len() > sections, "every section, and the explorer");
    studies.dedup();
    assert_eq!(studies.len(), 1);

    // The other way round: only where there is no network is one trained.
    succeed(here.path(), &format!("all --out none {SMALL} --quick"));
    let recipe = json(&here.path().join("none/train/model.json"));
    assert_eq!(recipe["recipe"]["data"], "circle 0.893");
}

#[test]
fn another_study_is_refused_and_both_are_named() {
    let here = TempDir::new().unwrap();
    succeed(here.path(), &format!("train --steps 20 {SMALL} --out x"));
    succeed(here.path(), &format!("flip-paths --paths 8 {SMALL} --out x"));
    for (arguments, why) in [
        ("flip-paths --n-points 64 --ablation mean --out x", "zero ablation, and this run about"),
        ("loss-density --n-points 65 --out x", "on 64 points"),
        ("loss-density --n-points 64 --points-seed 1 --out x", "flip-paths there is about network"),
        ("train --steps 21 --out x", "steps 20 there and 21 here"),
        ("train --hidden 10,10 --out x", "sizes [2,20,2] there and [2,10,10,2] here"),
        ("train --seed 1 --steps 20 --out x", "seed 120 there and 1 here"),
        ("loss-density --data xor --out x", "was trained on the circle of radius 0.893"),
        ("loss-density --radius 0.8 --out x", "was trained on the circle of radius 0.893"),
        ("evaluate --data xor --model x/train/model.safetensors", "leave the option out"),
        ("flip-paths --quick --paths 8 --n-points 64 --out x", "a full record of flip-paths"),
        ("train --quick --steps 20 --out x", "a full record of train is there"),
    ] {
        let stderr = refused(here.path(), arguments);
        assert!(stderr.contains(why), "{arguments}: {stderr}");
        assert!(stderr.contains("--out") || stderr.contains("leave the option"), "{stderr}");
    }
    let other = format!("flip-paths --paths 8 --out x {}", reference("tiny"));
    assert!(refused(here.path(), &other).contains("--replace"));
    // A folder whose network was given has no place for a trained one.
    succeed(here.path(), &format!("flip-paths --paths 8 --out given {}", reference("tiny")));
    let train = refused(here.path(), "train --steps 20 --out given");
    assert!(train.contains("cannot train into given: flip-paths there is about"), "{train}");
    // What records nothing is free.
    succeed(here.path(), &format!("evaluate --out x {}", reference("tiny")));
}

#[test]
fn replacing_removes_what_manifests_list_and_nothing_else() {
    let here = TempDir::new().unwrap();
    let x = here.path().join("x");
    succeed(here.path(), &format!("train --steps 20 {SMALL} --out x"));
    succeed(here.path(), &format!("flip-paths --paths 8 {SMALL} --out x"));
    succeed(here.path(), &format!("loss-density --masks 8 {SMALL} --out x"));
    succeed(here.path(), &format!("explore {SMALL} --quiet --out x"));
    succeed(here.path(), "ensemble --quick --networks 2 --hidden 3 --steps 20 --out x");
    fs::write(x.join("flip-paths/notes.txt"), "mine").unwrap();
    let (train, ensemble) = (files(&x.join("train")), files(&x.join("ensemble")));

    // Other points, the same network: its training stays.
    let said = succeed(here.path(), "loss-density --masks 8 --n-points 65 --out x --replace");
    assert!(last(&said).contains("removed explore, flip-paths"), "{said}");
    assert!(!x.join("explorer.html").exists(), "it is about other points");
    assert_eq!(files(&x.join("flip-paths")).len(), 1, "notes.txt is left");
    assert!(files(&x.join("train")) == train && files(&x.join("ensemble")) == ensemble);

    // Another network: all that is about the first one goes, but only when the second is there.
    let before = files(here.path());
    let failed = run(here.path(), "train --steps 20 --learning-rate 1e30 --out x --replace");
    assert!(!failed.status.success() && files(here.path()) == before);
    let said = succeed(here.path(), &format!("train --steps 21 {SMALL} --out x --replace"));
    assert!(last(&said).contains("removed loss-density"), "{said}");
    assert!(!x.join("loss-density").exists() && files(&x.join("ensemble")) == ensemble);
}

#[test]
fn a_run_that_reproduces_its_record_says_so() {
    let here = TempDir::new().unwrap();
    let x = here.path().join("x");
    let hypercube = format!("hypercube {SMALL} --out x");
    succeed(here.path(), &hypercube);
    let before = files(here.path());
    // A record is passed on without the files that are too large for it.
    fs::remove_file(x.join("hypercube/losses.npy")).unwrap();
    let said = succeed(here.path(), &hypercube);
    assert!(last(&said).contains("reproduces the record"), "{said}");
    assert!(last(&said).contains("byte for byte"), "{said}");
    assert!(files(here.path()) == before, "losses.npy is put in place, and nothing else changes");

    // As other vector units may give: another last digit, recorded as such.
    let (table, manifest) = (x.join("hypercube/mean_curve.csv"), x.join("hypercube/manifest.json"));
    let text = fs::read_to_string(&table).unwrap();
    let line = text.lines().nth(51).unwrap();
    let loss: f64 = line.split(',').nth(1).unwrap().parse().unwrap();
    let other = line.replacen(&loss.to_string(), &(loss * (1.0 + 1e-9)).to_string(), 1);
    let edited = text.replace(line, &other);
    assert_ne!(edited, text);
    fs::write(&table, &edited).unwrap();
    let mut record = json(&manifest);
    record["outputs"]["mean_curve.csv"] = sha256(edited.as_bytes()).into();
    fs::write(&manifest, serde_json::to_string_pretty(&record).unwrap() + "\n").unwrap();
    let edited = files(here.path());
    let said = succeed(here.path(), &hypercube);
    let line = last(&said);
    assert!(line.contains("e-10 (relative)") && line.contains("--replace"), "{said}");
    assert!(files(&x.join("hypercube")) == files_in(&edited, &x.join("hypercube")), "it is kept");
    succeed(here.path(), &format!("{hypercube} --replace"));
    let now = fs::read_to_string(&table).unwrap();
    assert_eq!(now, text, "asked for, it is in its place");
}

fn files_in(all: &BTreeMap<PathBuf, Vec<u8>>, folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    all.iter().filter(|(p, _)| p.starts_with(folder)).map(|(p, b)| (p.clone(), b.clone())).collect()
}

fn sha256(bytes: &[u8]) -> String {
    use sha2::Digest;
    sha2::Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn quick_looks_lie_apart_and_use_the_trained_network() {
    let here = TempDir::new().unwrap();
    succeed(here.path(), &format!("train --data xor --steps 20 {SMALL}"));
    succeed(here.path(), &format!("flip-paths --paths 8 {SMALL}"));
    let full = files(&here.path().join("results"));
    succeed(here.path(), "flip-paths --quick --paths 4");
    let quick = here.path().join("results/quick");
    let manifest = json(&quick.join("flip-paths/manifest.json"));
    assert_eq!(
        (&manifest["quick"], &manifest["parameters"]["data"]),
        (&true.into(), &"xor".into())
    );
    assert!(quick.join("index.html").exists() && !quick.join("train").exists());
    let now = files(&here.path().join("results"));
    assert!(full.iter().all(|(path, bytes)| now.get(path) == Some(bytes)), "full records stay");
}

#[test]
fn a_network_that_is_removed_is_made_again_by_its_own_recipe_alone() {
    let here = TempDir::new().unwrap();
    // The default recipe, which is what a section trains that finds no network.
    succeed(here.path(), &format!("loss-density --masks 8 {SMALL} --out x"));
    let before = files(&here.path().join("x/train"));
    fs::remove_dir_all(here.path().join("x/train")).unwrap();
    let other = refused(here.path(), &format!("train --steps 20 {SMALL} --out x"));
    assert!(other.contains("loss-density there is about"), "{other}");
    let said = succeed(here.path(), &format!("loss-density --masks 8 {SMALL} --out x"));
    assert!(last(&said).contains("reproduces the record"), "{said}");
    let now = files(&here.path().join("x/train"));
    assert!(now.keys().eq(before.keys()));
    let model = here.path().join("x/train/model.safetensors");
    assert_eq!(now[&model], before[&model]);
}

#[test]
fn points_follow_the_network_and_masks_the_seed() {
    let here = TempDir::new().unwrap();
    succeed(here.path(), "train --seed 5 --steps 100 --hidden 4 --out x");
    succeed(here.path(), "hypercube --n-points 1024 --out x");
    succeed(here.path(), "ensemble --seed 5 --networks 1 --steps 100 --hidden 4 --out x");
    let summary = json(&here.path().join("x/hypercube/summary.json"));
    let networks = fs::read_to_string(here.path().join("x/ensemble/networks.csv")).unwrap();
    let mut lines = networks.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let (header, row) = (lines.next().unwrap(), lines.next().unwrap());
    let column = header.iter().position(|name| *name == "reversal_correlation_log_loss").unwrap();
    let ensemble: f64 = row[column].parse().unwrap();
    let own = summary["reversal_correlation_log_loss"].as_f64().unwrap();
    assert!((own - ensemble).abs() < 1e-9, "{own} alone, {ensemble} in an ensemble");

    succeed(here.path(), "loss-density --masks 8 --n-points 1024 --seed 7 --out x");
    let study = |section: &str| json(&here.path().join("x").join(section).join("manifest.json"));
    assert_eq!(study("loss-density")["study"], study("hypercube")["study"]);
}

#[test]
fn a_sidecar_that_does_not_fit_is_an_error() {
    let here = TempDir::new().unwrap();
    succeed(here.path(), &format!("train --data xor --steps 20 {SMALL} --out x"));
    succeed(here.path(), &format!("train --seed 1 --steps 20 {SMALL} --out other"));
    let (sidecar, other) = (here.path().join("x/train/model.json"), "other/train/model.json");
    let good = fs::read_to_string(&sidecar).unwrap();
    for (text, why) in [
        (good[..good.len() / 2].to_owned(), "is damaged"),
        ("{}".to_owned(), "is damaged: missing field `recipe`"),
        (good.replace("xor", "xxor"), "is damaged: there is no data set 'xxor'"),
        (fs::read_to_string(here.path().join(other)).unwrap(), "is of another network"),
    ] {
        fs::write(&sidecar, text).unwrap();
        let stderr = refused(here.path(), "evaluate --out x");
        assert!(stderr.contains(why) && stderr.contains("move it away"), "{stderr}");
    }
    fs::remove_file(&sidecar).unwrap();
    succeed(here.path(), "evaluate --out x --data xor");
}

#[test]
fn what_killed_runs_left_is_swept_unless_somebody_holds_it() {
    let here = TempDir::new().unwrap();
    let (dead, alive) = (here.path().join("x/.staging-dead"), here.path().join("x/.staging-alive"));
    for folder in [&dead, &alive] {
        fs::create_dir_all(folder).unwrap();
        fs::write(folder.join("losses.npy"), "half").unwrap();
    }
    let held = File::open(&alive).unwrap();
    held.lock().unwrap();
    succeed(here.path(), &format!("train --steps 20 {SMALL} --out x"));
    assert!(!dead.exists() && alive.exists());
    drop(held);
    succeed(here.path(), &format!("train --steps 20 {SMALL} --out x"));
    assert!(!alive.exists());
}

#[test]
fn the_command_on_record_is_the_one_that_was_typed() {
    let here = TempDir::new().unwrap();
    let absolute = here.path().join("my points.csv");
    fs::copy(format!("{REFERENCE}/tiny/points.csv"), &absolute).unwrap();
    let model = format!("{REFERENCE}/tiny/model.safetensors");
    let output = Command::new(env!("CARGO_BIN_EXE_experiments"))
        .args(["flip-paths", "--paths", "8", "--out", "all", "--model", &model, "--points"])
        .arg(&absolute)
        .current_dir(here.path())
        .output()
        .unwrap();
    assert!(output.status.success());
    let manifest = json(&here.path().join("all/flip-paths/manifest.json"));
    assert_eq!(
        manifest["command"],
        "cargo run -p experiments -- flip-paths --paths 8 --out all --model model.safetensors \
         --points 'my points.csv'"
    );
    let folder = here.path().to_string_lossy().into_owned();
    for (path, bytes) in files(&here.path().join("all")) {
        let text = String::from_utf8_lossy(&bytes);
        assert!(!text.contains(&folder), "{} names a folder of this machine", path.display());
        assert!(!text.contains(REFERENCE), "{} names a folder of this machine", path.display());
    }
    // Training that is implied was not typed.
    succeed(here.path(), &format!("flip-paths --paths 8 --quick {SMALL} --out implied"));
    let manifest = json(&here.path().join("implied/train/manifest.json"));
    let typed = format!("flip-paths --paths 8 --quick {SMALL} --out implied");
    assert_eq!(manifest["command"], format!("cargo run -p experiments -- {typed}"));
}

#[test]
fn further_studies_have_pages_of_their_own_and_the_top_page_lists_them() {
    let here = TempDir::new().unwrap();
    succeed(here.path(), &format!("train --steps 20 {SMALL}"));
    let deep =
        format!("flip-paths --paths 8 --out results/studies/deep {}", reference("two_layer"));
    succeed(here.path(), &deep);
    let page = |path: &str| fs::read_to_string(here.path().join("results").join(path)).unwrap();
    let top = page("index.html");
    assert!(top.contains("href=\"studies/deep/index.html\""), "the top page lists it");
    assert!(page("studies/deep/index.html").contains("id=\"flip-paths\""));
    assert!(!top.contains("id=\"flip-paths\""), "and shows none of its figures");
    // All pages follow from the records.
    let before = files(here.path());
    fs::remove_file(here.path().join("results/studies/deep/index.html")).unwrap();
    report::redraw(&here.path().join("results")).unwrap();
    assert!(files(here.path()) == before);
    // A section that is moved in by hand is not shown among those of another study.
    let moved = here.path().join("results/flip-paths");
    fs::rename(here.path().join("results/studies/deep/flip-paths"), moved).unwrap();
    let error = report::redraw(&here.path().join("results")).unwrap_err().to_string();
    assert!(error.contains("holds more than one study"), "{error}");
}
