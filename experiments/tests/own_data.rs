//! Training on a csv of one's own and on the handwritten digits, and what follows in the same folder.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use hypercube::points_file::{Shape, Table, load_table};
use hypercube::{Ablation, Network, Points, checkpoint, digits, reference, split};
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

/// Every file below a folder, by path.
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

/// A csv of 150 rows with three classes: the sector that two of its columns point to. The columns
/// lie far from each other in scale, one does not vary, and pandas has left its index.
fn sectors(path: &Path) {
    let mut csv = ",volts,years,kind,litres,label\n".to_owned();
    for k in 0..150_u32 {
        let angle = f64::from(k) * 2.4;
        let (x, y) = (angle.cos(), angle.sin());
        let label = ((angle / std::f64::consts::TAU).fract() * 3.0).floor();
        let (volts, years) = (1e-6 * x, 1980.0 + 20.0 * y);
        csv += &format!("{k},{volts},{years},7,{},{label}\n", 1e30 * f64::from(k % 5));
    }
    fs::write(path, csv).unwrap();
}

fn full(network: &Network, points: &Points) -> reference::Evaluation {
    reference::evaluate(network, points, Ablation::Zero, &vec![1.0; network.n_nodes()])
}

/// What is recorded of a network, against f64 on the points as they came.
fn check_reached(out: &Path, training: &Points, held_out: &Points) -> f64 {
    let network = checkpoint::load(&out.join("train/model.safetensors")).unwrap();
    let sidecar = json(&out.join("train/model.json"));
    for (part, points) in [("reached", held_out), ("reached_in_training", training)] {
        let exact = full(&network, points);
        let found = |name: &str| sidecar[part][name].as_f64().unwrap();
        let (loss, accuracy) = (found("loss"), found("accuracy"));
        assert!((loss - exact.loss).abs() < 1e-5 * (1.0 + exact.loss), "{part}: {loss} {exact:?}");
        assert_eq!(accuracy, exact.accuracy, "{part}");
        assert_eq!(found("points") as usize, points.len(), "{part}");
    }
    sidecar["reached"]["accuracy"].as_f64().unwrap()
}

#[test]
fn a_network_learns_a_csv_and_stands_alone_on_its_columns() {
    let here = TempDir::new().unwrap();
    let out = here.path().join("mine");
    sectors(&here.path().join("my.csv"));
    let train = "train --points my.csv --out mine";
    let said = succeed(here.path(), train);
    assert!(
        said.contains("120 points to train on, 30 held out, the same for every seed"),
        "{said}"
    );
    assert!(said.contains("1 of 4 inputs do not vary, and are left out"), "{said}");

    let Table { names, points } = load_table(&here.path().join("my.csv"), None).unwrap();
    assert_eq!(names, ["volts", "years", "kind", "litres"]);
    let (training, held_out) = split::hold_out(&points, 30);
    let shape = Some(Shape { inputs: 4, classes: 3 });
    let beside = load_table(&out.join("train/points.csv"), shape).unwrap();
    assert_eq!(beside, Table { names, points: held_out.clone() });
    assert!(check_reached(&out, &training, &held_out) > 0.9);

    // Everything after it needs nothing more said, and is about the points held out.
    for section in ["hypercube", "evaluate --off 3", "flip-paths --paths 64", "best-subsets"] {
        succeed(here.path(), &format!("{section} --out mine"));
    }
    let manifest = json(&out.join("hypercube/manifest.json"));
    assert_eq!(manifest["parameters"]["n_points"], 30);
    assert_eq!(manifest["parameters"]["points"], "points.csv");
    assert_eq!(manifest["parameters"]["data"], Value::Null);
    let page = fs::read_to_string(out.join("index.html")).unwrap();
    assert!(page.contains("The network sees 120 points that were given to it"));

    let before = files(&out);
    let again = succeed(here.path(), train);
    assert!(again.contains("reproduces the record") && files(&out) == before, "{again}");
    // Points of one's own still take their place.
    let other = "evaluate --off 3 --json --points my.csv --out mine";
    assert_ne!(
        run(here.path(), other).stdout,
        run(here.path(), &other.replace("--points my.csv", "")).stdout
    );
}

#[test]
fn other_points_held_out_are_another_study_of_the_same_network() {
    let here = TempDir::new().unwrap();
    sectors(&here.path().join("my.csv"));
    let text = fs::read_to_string(here.path().join("my.csv")).unwrap();
    for (name, rows) in [("a.csv", 20), ("b.csv", 30)] {
        let part = text.lines().take(1 + rows).collect::<Vec<_>>().join("\n");
        fs::write(here.path().join(name), part).unwrap();
    }
    let train = |test: &str| format!("train --points my.csv --test {test} --steps 50 --out x");
    succeed(here.path(), &train("a.csv"));
    succeed(here.path(), "flip-paths --paths 8 --out x");
    let network = fs::read(here.path().join("x/train/model.safetensors")).unwrap();
    let before = files(here.path());
    let stderr = String::from_utf8(run(here.path(), &train("b.csv")).stderr).unwrap();
    assert!(stderr.contains("is of another recipe, with data \"own "), "{stderr}");
    assert!(files(here.path()) == before);
    let said = succeed(here.path(), &(train("b.csv") + " --replace"));
    assert!(said.contains("removed flip-paths, which were about something else"), "{said}");
    assert_eq!(network, fs::read(here.path().join("x/train/model.safetensors")).unwrap());
    // Sections about points of one's own stand beside the training all the same.
    succeed(here.path(), "flip-paths --paths 8 --points a.csv --out x");
    let again = succeed(here.path(), &train("b.csv"));
    assert!(again.contains("reproduces the record"), "{again}");
}

#[test]
fn a_plane_is_drawn_where_the_points_lie() {
    let here = TempDir::new().unwrap();
    let rows = (0..200).map(|k| (100.0 + f64::from(k % 20), 0.01 * f64::from(k / 20)));
    let rows = rows.map(|(a, b)| format!("{a};{b};{}\n", u8::from((a > 110.0) == (b > 0.05))));
    let csv = "a;b;class\n".to_owned() + &rows.collect::<String>().replace('.', ",");
    fs::write(here.path().join("plane.csv"), csv).unwrap();
    succeed(here.path(), "train --points plane.csv --held-out 0.25 --steps 300 --out p");
    let manifest = json(&here.path().join("p/train/manifest.json"));
    let [low, high] =
        [0, 1].map(|k| manifest["parameters"]["points_window"][0][k].as_f64().unwrap());
    assert!(100.0 <= low && low < high && high <= 119.0, "{low} {high}");
    assert!(here.path().join("p/train/train-map.png").exists());
    succeed(here.path(), "all --quick --out p/quick --model p/train/model.safetensors");
    for section in ["prediction-heatmap", "gradient-heatmap", "explore"] {
        assert!(here.path().join("p/quick").join(section).exists(), "{section}");
    }
}

#[test]
fn what_cannot_be_learned_is_refused_in_one_line() {
    let here = TempDir::new().unwrap();
    sectors(&here.path().join("my.csv"));
    let write = |name: &str, text: &str| fs::write(here.path().join(name), text).unwrap();
    write("one.csv", "a,label\n1,0\n");
    write("two.csv", "a,label\n1,0\n2,1\n");
    write("equal.csv", "a,label\n1,0\n2,0\n");
    write("one-based.csv", "a,label\n1,1\n2,2\n3,1\n4,2\n");
    write("words.csv", "a,class\n1,setosa\n2,virginica\n");
    write("constant.csv", "a,label\n1,0\n1,1\n1,0\n1,1\n1,0\n1,1\n");
    write("far.csv", "a,label\n1e9,0\n1000000001,1\n1e9,0\n1000000001,1\n1e9,0\n1000000001,1\n");
    write("test.csv", "volts,years,type,litres,label\n0,2000,7,1,0\n");
    write("wide.csv", "volts,years,label\n0,2000,0\n");
    write("fourth.csv", "volts,years,kind,litres,label\n0,2000,7,1,3\n");
    succeed(here.path(), "train --points my.csv --steps 50 --out mine");
    let before = files(here.path());
    for (arguments, code, why) in [
        ("--points my.csv --data digits", 1, "--data digits asks for another set: leave one"),
        ("--points my.csv --radius 0.8", 1, "--radius 0.8 asks for another set: leave one"),
        ("--points my.csv --test my.csv --held-out 0.5", 2, "cannot be used with"),
        ("--points my.csv --n-points 5", 2, "cannot be used with"),
        ("--points my.csv --training-points 5", 1, "--training-points is how many points of a"),
        ("--test my.csv", 1, "give it with --points FILE"),
        ("--data digits --held-out 0.5", 1, "give it with --points FILE"),
        ("--points my.csv --held-out 1", 2, "a share above 0 and below 1"),
        ("--points my.csv --held-out 0.999", 1, "149 of 150 rows are held out, and none with"),
        ("--points one.csv", 1, "points one.csv: every row has label 0"),
        ("--points two.csv", 1, "1 of 2 rows are held out, and none with label"),
        ("--points equal.csv", 1, "points equal.csv: every row has label 0"),
        ("--points one-based.csv", 1, "no row has label 0, and the largest is 2"),
        ("--points words.csv", 1, "label 'setosa' is no whole number from 0 to 16383"),
        ("--points constant.csv", 1, "every row has the same inputs"),
        ("--points far.csv", 1, "subtract its mean in the file"),
        (
            "--points my.csv --test test.csv",
            1,
            "input 2 is named 'type' and that of --points 'kind'",
        ),
        ("--points my.csv --test wide.csv", 1, "(3 columns; the network's 4 inputs"),
        ("--points my.csv --test fourth.csv", 1, "label '3' is no class; the network has 0 to 2"),
        (
            "--points my.csv --steps 50 --held-out 0.3 --out mine",
            1,
            "is of another recipe, with data",
        ),
        ("--points my.csv --steps 50 --seed 1 --out mine", 1, "with seed 120 there and 1 here"),
        ("--data digits --n-points 361 --out d", 1, "360 points are held out; give at most so"),
        ("--data digits --points-seed 1 --out d", 1, "the same for every seed; leave it out"),
    ] {
        let output = run(here.path(), &format!("train {arguments}"));
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{arguments}: {stderr}");
        assert!(stderr.contains(why), "{arguments}: {stderr}");
        assert!(stderr.starts_with("error: ") && stderr.lines().count() == 1, "{stderr}");
        assert!(files(here.path()) == before, "{arguments} left or changed a file");
    }
    for (arguments, why) in [
        ("hypercube --points my.csv --out none", "`train --points my.csv` makes one"),
        ("loss-density --n-points 31 --out mine", "30 points are held out"),
        ("loss-density --data digits --out mine", "or `train --data digits` into another --out"),
        ("ensemble --data digits --out mine", "an ensemble learns a figure in the plane"),
    ] {
        let stderr = String::from_utf8(run(here.path(), arguments).stderr).unwrap();
        assert!(stderr.contains(why) && stderr.lines().count() == 1, "{arguments}: {stderr}");
    }
    // The points held out are those of the record, or none.
    let points = here.path().join("mine/train/points.csv");
    let text = fs::read_to_string(&points).unwrap();
    let evaluate =
        || String::from_utf8(run(here.path(), "evaluate --off 3 --out mine").stderr).unwrap();
    fs::write(&points, text.lines().take(20).collect::<Vec<_>>().join("\n")).unwrap();
    assert!(evaluate().contains("was changed since the network was trained: restore the file"));
    fs::remove_file(&points).unwrap();
    assert!(evaluate().contains("it held the points held out in training: restore"));
}

#[test]
fn twenty_nodes_read_handwritten_digits() {
    let here = TempDir::new().unwrap();
    succeed(here.path(), "train --data digits --out digits");
    let (training, held_out) = digits::parts();
    let accuracy = check_reached(&here.path().join("digits"), &training, &held_out);
    assert!(accuracy >= 0.95, "{accuracy}");
    let said = succeed(here.path(), "all --quick --out digits");
    assert!(said.contains("64-20-10 from digits/train/model.safetensors, 360 points"), "{said}");
    assert!(said.contains("need a network with 2 inputs: left out"), "{said}");
    let manifest = json(&here.path().join("digits/hypercube/manifest.json"));
    assert_eq!(manifest["parameters"]["data"], "digits");
    assert_eq!(manifest["parameters"]["points_seed"], Value::Null);
    assert!(here.path().join("digits/explorer.html").exists(), "it needs no plane");
    for section in ["prediction-heatmap", "gradient-heatmap"] {
        let stderr = run(here.path(), &format!("{section} --quiet --out digits")).stderr;
        let why =
            format!("error: {section} draws a plane, and the network takes 64 inputs, not 2\n");
        assert_eq!(String::from_utf8(stderr).unwrap(), why);
    }
}
