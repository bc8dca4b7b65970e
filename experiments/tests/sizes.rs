//! Every option that is a size, at the ends of its range: a result, or one line.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::process::Command;
use std::time::{Duration, Instant};

const VALUES: [&str; 9] = [
    "0",
    "1",
    "1000000000",
    "1000000000000",
    "18446744073709551615",
    "18446744073709551616",
    "-1",
    "1.5",
    "many",
];

#[test]
fn every_size_ends_in_a_result_or_in_one_line() {
    let here = tempfile::tempdir().unwrap();
    let run = |arguments: &str| {
        Command::new(env!("CARGO_BIN_EXE_experiments"))
            .args(arguments.split_whitespace())
            .current_dir(here.path())
            .output()
            .unwrap()
    };
    let train = "train --steps 20 --n-points 64 --quiet";
    assert!(run(&format!("{train} --out given")).status.success());
    assert!(run(&format!("{train} --hidden 3 --out tiny")).status.success());
    let given = "--model given/train/model.safetensors --quiet";
    let ensemble = "ensemble --hidden 4 --steps 20 --n-points 32 --networks 2 --quiet";
    let without = |command: &str, option: &str| {
        let words: Vec<&str> = command.split_whitespace().collect();
        let at = words.iter().position(|word| *word == option);
        let kept = |k: usize| at.is_none_or(|at| k != at && k != at + 1);
        let kept = words.iter().enumerate().filter(|(k, _)| kept(*k)).map(|(_, word)| *word);
        kept.collect::<Vec<_>>().join(" ")
    };
    for (command, option) in [
        (format!("loss-density --n-points 64 {given}"), "--masks"),
        (format!("gradients --n-points 64 {given}"), "--masks"),
        (format!("flip-paths --n-points 64 {given}"), "--paths"),
        (format!("flip-paths --paths 8 {given}"), "--n-points"),
        (format!("flip-paths --paths 8 --n-points 64 {given}"), "--seed"),
        (format!("flip-paths --paths 8 --n-points 64 {given}"), "--points-seed"),
        (format!("flip-paths --paths 8 --n-points 64 {given}"), "--threads"),
        (train.to_owned(), "--n-points"),
        (train.to_owned(), "--hidden"),
        (train.to_owned(), "--steps"),
        (train.to_owned(), "--seed"),
        (ensemble.to_owned(), "--networks"),
        (ensemble.to_owned(), "--hidden"),
        (ensemble.to_owned(), "--steps"),
        (ensemble.to_owned(), "--n-points"),
        (ensemble.to_owned(), "--seed"),
        (ensemble.to_owned(), "--shard"),
        (format!("node-on --masks 8 {given}"), "--n-points"),
        (format!("best-subsets --seconds 1 {given}"), "--n-points"),
        (format!("averages --masks 8 {given}"), "--n-points"),
        (format!("averages --n-points 64 {given}"), "--masks"),
        ("hypercube --quiet --model tiny/train/model.safetensors".to_owned(), "--n-points"),
    ] {
        for (k, value) in VALUES.iter().enumerate() {
            let out = format!("{}-{k}", option.trim_start_matches('-'));
            let line =
                format!("{} {option}={value} --out {out} --replace", without(&command, option));
            let start = Instant::now();
            let output = run(&line);
            let stderr = String::from_utf8(output.stderr).unwrap();
            assert!(start.elapsed() < Duration::from_secs(60), "{line} takes too long");
            match output.status.code() {
                Some(0) => assert!(!output.stdout.is_empty(), "{line}"),
                Some(1 | 2) => assert!(
                    stderr.starts_with("error: ") && stderr.lines().count() == 1,
                    "{line}: {stderr}"
                ),
                code => panic!("{line}: {code:?}: {stderr}"),
            }
        }
    }
    // Each size by itself is possible, and all of them together are not.
    for (line, why) in [
        ("train --hidden 8192,8192 --steps 1000000 --out slow --quiet", "1000000 steps would take"),
        ("train --steps 100000000000 --out slow --quiet", "steps would take"),
    ] {
        let stderr = String::from_utf8(run(line).stderr).unwrap();
        assert!(stderr.contains(why) && stderr.lines().count() == 1, "{line}: {stderr}");
    }
    // Before it trains: what cannot be enumerated.
    let wide = run("ensemble --hidden 30 --quiet --out wide");
    let stderr = String::from_utf8(wide.stderr).unwrap();
    assert!(stderr.contains("30 nodes are more than the 26"), "{stderr}");
}
