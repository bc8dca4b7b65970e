//! Many networks: killed and started again, in shards, by other settings.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, SystemTime};

use tempfile::TempDir;

/// Three parts, each a fraction of a second.
const CELL: &str = "ensemble --networks 80 --hidden 5 --steps 150 --n-points 64 --quiet";

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

/// What follows from the networks and from nothing else; the manifest tells the time.
fn tables(folder: &Path, out: &str) -> Vec<Vec<u8>> {
    let record = folder.join(out).join("ensemble");
    ["networks.csv", "verdicts.csv", "recipes.csv", "recipe_claims.csv", "fits.csv"]
        .map(|name| fs::read(record.join(name)).unwrap())
        .into()
}

/// A moment of a run that takes `whole`, another one at every call.
fn moment(whole: Duration) -> Duration {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    whole.mul_f64(f64::from(now.subsec_nanos() % 1009) / 1009.0)
}

#[test]
fn killed_at_any_moment_it_goes_on_to_the_same_bytes() {
    let folder = TempDir::new().unwrap();
    let start = SystemTime::now();
    succeed(folder.path(), &format!("{CELL} --out whole"));
    let whole = start.elapsed().unwrap();
    let mut killed = Vec::new();
    while killed.len() < 6 {
        let mut child = command(folder.path(), &format!("{CELL} --out pieces"))
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let after = moment(whole);
        std::thread::sleep(after);
        // Dead at once, with no chance to tidy up.
        child.kill().unwrap();
        child.wait().unwrap();
        killed.push(after);
    }
    succeed(folder.path(), &format!("{CELL} --out pieces"));
    assert!(
        tables(folder.path(), "whole") == tables(folder.path(), "pieces"),
        "killed after {killed:?}, the tables differ from those of an uninterrupted run"
    );
    assert!(!folder.path().join("pieces/ensemble-parts").exists(), "no parts are left");
}

#[test]
fn judging_again_changes_nothing() {
    let folder = TempDir::new().unwrap();
    let none = run(folder.path(), "ensemble judge");
    let stderr = String::from_utf8(none.stderr).unwrap();
    assert_eq!(none.status.code(), Some(1));
    assert!(stderr.starts_with("error: no networks on record in results/ensemble"), "{stderr}");
    succeed(folder.path(), &format!("{CELL} --out whole"));
    let before = tables(folder.path(), "whole");
    succeed(folder.path(), "ensemble judge --quiet --out whole");
    assert!(tables(folder.path(), "whole") == before);
}

#[test]
fn finished_parts_are_not_made_again() {
    let folder = TempDir::new().unwrap();
    succeed(folder.path(), &format!("{CELL} --shard 1/3 --out pieces"));
    let parts = folder.path().join("pieces/ensemble-parts");
    let cell = fs::read_dir(&parts).unwrap().next().unwrap().unwrap().path();
    let part = cell.join("part-00000.csv");
    let before = fs::metadata(&part).unwrap().modified().unwrap();
    succeed(folder.path(), &format!("{CELL} --shard 1/3 --out pieces"));
    assert_eq!(fs::metadata(&part).unwrap().modified().unwrap(), before);
    // A part that was changed by hand is not taken for its networks.
    let rows = fs::read_to_string(&part).unwrap().replacen("\n0,", "\n7,", 1);
    fs::write(&part, rows).unwrap();
    let output = run(folder.path(), &format!("{CELL} --out pieces"));
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(stderr.contains("delete it and run again: it was changed since"), "{stderr}");
}

#[test]
fn the_same_ensemble_is_made_by_one_process_at_a_time() {
    let folder = TempDir::new().unwrap();
    let here = folder.path();
    let long = "ensemble --networks 2000 --hidden 5 --steps 20000 --n-points 64 --quiet --out one";
    let mut first = command(here, long).stdout(Stdio::null()).spawn().unwrap();
    let lock = || {
        let cell = fs::read_dir(here.join("one/ensemble-parts")).ok()?.next()?.ok()?.path();
        fs::read_to_string(cell.join(".lock-all")).ok().filter(|holder| holder.ends_with('\n'))
    };
    let start = SystemTime::now();
    while lock().is_none() {
        assert!(start.elapsed().unwrap() < Duration::from_secs(60), "the first begins");
        std::thread::sleep(Duration::from_millis(20));
    }
    let second = run(here, long);
    let stderr = String::from_utf8(second.stderr).unwrap();
    assert_eq!((second.status.code(), stderr.lines().count()), (Some(1), 1), "{stderr}");
    assert!(
        stderr.contains(&format!("process {} is making this ensemble", first.id())),
        "{stderr}"
    );
    first.kill().unwrap();
    first.wait().unwrap();
    // What it left unfinished goes with the next run; dead processes hold nothing.
    let cell = fs::read_dir(here.join("one/ensemble-parts")).unwrap().next().unwrap().unwrap();
    let left = cell.path().join(".unfinished-left");
    fs::write(&left, "half").unwrap();
    let mut third = command(here, long).stdout(Stdio::null()).spawn().unwrap();
    let start = SystemTime::now();
    while left.exists() {
        assert!(start.elapsed().unwrap() < Duration::from_secs(60), "it is swept");
        std::thread::sleep(Duration::from_millis(20));
    }
    third.kill().unwrap();
    third.wait().unwrap();
}

#[test]
fn shards_join_to_the_whole_and_only_with_their_like() {
    let folder = TempDir::new().unwrap();
    let here = folder.path();
    succeed(here, &format!("{CELL} --out whole"));
    for shard in ["1/2", "2/2"] {
        let own = format!("shard-{}", &shard[..1]);
        succeed(here, &format!("{CELL} --shard {shard} --threads 1 --out {own}"));
    }
    let missing = run(here, "ensemble merge shard-1 --out joined");
    let stderr = String::from_utf8(missing.stderr).unwrap();
    assert_eq!(missing.status.code(), Some(1));
    assert!(stderr.starts_with("error: 1 of 3 parts of ") && stderr.contains("are missing (1)"));

    succeed(here, &format!("{CELL} --radius 0.8 --shard 1/1 --out other"));
    let mixed = run(here, "ensemble merge shard-1 other --out joined");
    let stderr = String::from_utf8(mixed.stderr).unwrap();
    assert!(stderr.contains("hold different settings: merge them one by one"), "{stderr}");
    assert!(here.join("shard-1/ensemble-parts").exists(), "refused shards stay");

    succeed(here, "ensemble merge shard-1 shard-2 --out joined --quiet");
    assert!(tables(here, "whole") == tables(here, "joined"), "shards differ from the whole");
    assert!(here.join("shard-1/ensemble-parts").exists(), "joined shards stay");
    succeed(here, "ensemble merge shard-1 shard-2 --remove --out joined --quiet");
    assert!(tables(here, "whole") == tables(here, "joined"), "joined twice, it is the same");
    assert!(!here.join("shard-1/ensemble-parts").exists(), "asked for, they go");

    // Another cell stands beside the first, and the first is not lost.
    succeed(here, "ensemble merge other --out joined --quiet");
    let networks = fs::read_to_string(here.join("joined/ensemble/networks.csv")).unwrap();
    assert_eq!(networks.lines().count(), 1 + 2 * 80);
    let none = run(here, "ensemble merge nowhere");
    let stderr = String::from_utf8(none.stderr).unwrap();
    assert!(stderr.starts_with("error: no parts of an ensemble in nowhere"), "{stderr}");
}

#[test]
fn a_recipe_is_recorded_at_several_numbers_of_steps_beside_the_networks() {
    let folder = TempDir::new().unwrap();
    let here = folder.path();
    let file = |name: &str| fs::read_to_string(here.join("x/ensemble").join(name)).unwrap();
    let lines = |name: &str| file(name).lines().count() - 1;
    // A recipe alone: no networks are kept, and it can be judged again.
    let recipe = "ensemble --networks 40 --hidden 5 --n-points 64 --quiet --out x";
    succeed(here, &format!("{recipe} --steps 150,20,60,60"));
    let of = |name: &str| (lines("networks.csv"), lines(name));
    assert_eq!([of("recipes.csv"), of("fits.csv"), of("runs.csv")], [(0, 3), (0, 1), (0, 3)]);
    succeed(here, "ensemble judge --quiet --out x");
    assert_eq!([of("recipes.csv"), of("fits.csv")], [(0, 3), (0, 1)]);
    // Networks beside it.
    succeed(here, &format!("{CELL} --out x"));
    assert_eq!([of("recipes.csv"), of("fits.csv")], [(80, 3), (80, 1)]);
    succeed(here, &format!("{recipe} --steps 10,20 --init pytorch"));
    assert_eq!([of("recipes.csv"), of("fits.csv")], [(80, 5), (80, 2)]);
    // The networks after 150 steps are the same ones, whichever way they were made.
    let after_150 = |text: String| {
        let row = text.lines().find(|line| line.contains("he-uniform,5,150,")).unwrap().to_owned();
        row.split(",zero,64,").nth(1).unwrap().to_owned()
    };
    let of_80 = after_150(file("recipes.csv"));
    succeed(here, "ensemble --networks 80 --hidden 5 --n-points 64 --steps 20,150 --quiet --out y");
    let other = fs::read_to_string(here.join("y/ensemble/recipes.csv")).unwrap();
    assert_eq!(after_150(other), of_80);
}
