//! Records: round trips, manifests, and that nothing is ever half-written.
#![expect(clippy::unwrap_used, reason = "helpers outside test functions unwrap too")]

use std::fs;
use std::path::Path;

use report::records::{PathFrame, RemovedNode};
use report::{Array, Difference, MANIFEST, Outcome, Run, Saved, Study};

fn run() -> Run {
    Run { command: "experiments section".into(), seed: 7, seconds: 0.1, ..Run::default() }
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn tables_and_arrays_read_back_exactly() {
    let out = tempfile::tempdir().unwrap();
    let record = report::begin(out.path(), "section").unwrap();
    let losses = [0.1, 1.0 / 3.0, f64::MIN_POSITIVE, 1e300, -0.0];
    let frames: Vec<PathFrame> = losses
        .iter()
        .enumerate()
        .map(|(frame, &loss)| PathFrame {
            frame,
            removed: frame.checked_sub(1),
            mask: u64::MAX.to_string(),
            loss,
        })
        .collect();
    record.table("path.csv", &frames).unwrap();
    record.array_f64("f64.npy", &[5, 1], &losses).unwrap();
    record.array_f32("f32.npy", &[2, 3], &[0.5, 1.5, 2.5, 3.5, 4.5, 5.5]).unwrap();
    record.array_u16("u16.npy", &[3], &[0, 1, 65_535]).unwrap();
    record.json("summary.json", &[1.5]).unwrap();
    fs::write(record.path("model.safetensors"), "weights").unwrap();
    let folder = record.finish(run()).unwrap();

    let saved = Saved::open(&folder).unwrap();
    let read: Vec<PathFrame> = saved.table("path.csv").unwrap();
    assert_eq!(
        read.iter().map(|row| row.loss.to_bits()).collect::<Vec<_>>(),
        losses.map(f64::to_bits)
    );
    assert_eq!(read[0].removed, None);
    assert_eq!(read[1].removed, Some(0));
    assert_eq!(saved.array("f64.npy").unwrap(), Array { shape: vec![5, 1], data: losses.to_vec() });
    let array = saved.array("f32.npy").unwrap();
    assert_eq!((array.shape.clone(), array.row(1)), (vec![2, 3], &[3.5, 4.5, 5.5][..]));
    assert_eq!(saved.array("u16.npy").unwrap().data, [0.0, 1.0, 65_535.0]);
    assert_eq!(saved.json::<Vec<f64>>("summary.json").unwrap(), [1.5]);
    assert!(saved.has("model.safetensors") && !saved.has("other"));
    assert_eq!(names(out.path()), ["section"], "no staging folder is left");
}

#[test]
fn nothing_that_is_not_finite_is_written() {
    let out = tempfile::tempdir().unwrap();
    let record = report::begin(out.path(), "section").unwrap();
    for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let rows = [0.5, bad].map(|loss| RemovedNode { node: 1, loss });
        let error = record.table("table.csv", &rows).unwrap_err().to_string();
        assert!(error.contains("loss in row 2 is not a finite number"), "{error}");
        let error = record.array_f64("a.npy", &[2], &[0.0, bad]).unwrap_err().to_string();
        assert!(error.contains("value 1 is not a finite number"), "{error}");
        let error = record.array_f32("b.npy", &[1], &[bad as f32]).unwrap_err().to_string();
        assert!(error.contains("value 0 is not a finite number"), "{error}");
    }
    assert!(!record.path("table.csv").exists());
}

#[test]
fn streamed_arrays_are_the_same_as_whole_ones_and_must_fill_their_shape() {
    let out = tempfile::tempdir().unwrap();
    let record = report::begin(out.path(), "section").unwrap();
    let values: Vec<f32> = (0_u16..60_000).map(|k| f32::from(k) / 7.0).collect();
    let shape = [values.len() / 3, 3];
    record.array_f32("whole.npy", &shape, &values).unwrap();
    let mut stream = record.stream_f32("stream.npy", &shape).unwrap();
    for part in values.chunks(1000) {
        stream.write(part).unwrap();
    }
    stream.finish().unwrap();
    let [whole, streamed] =
        ["whole.npy", "stream.npy"].map(|name| fs::read(record.path(name)).unwrap());
    assert!(whole == streamed);
    assert!(whole.starts_with(b"\x93NUMPY") && whole.len() % 64 == 4 * values.len() % 64);

    let mut short = record.stream_f32("short.npy", &[2, 3]).unwrap();
    short.write(&[1.0; 5]).unwrap();
    let error = short.finish().unwrap_err().to_string();
    assert!(error.contains("short.npy: 5 values do not fill the shape [2, 3]"), "{error}");
    let mut long = record.stream_f32("long.npy", &[2, 3]).unwrap();
    long.write(&[1.0; 5]).unwrap();
    let error = long.write(&[1.0; 2]).unwrap_err().to_string();
    assert!(error.contains("long.npy: 7 values more than fill"), "{error}");
}

/// Arrays of several pieces, of which they are compared one at a time.
#[test]
fn how_far_an_array_is_from_the_one_on_record() {
    let out = tempfile::tempdir().unwrap();
    let values: Vec<f64> = (0..100_000).map(|k| f64::from(k) / 1e5 - 2.0).collect();
    let record = |values: &[f64]| {
        let record = report::begin(out.path(), "section").unwrap();
        record.array_f64("losses.npy", &[values.len()], values).unwrap();
        let study = Study { network: "a".into(), points: Some("b".into()), ..Study::default() };
        record.finish_about(study, run(), false).unwrap().outcome
    };
    assert_eq!(record(&values), Outcome::Recorded(Vec::new()));
    assert_eq!(record(&values), Outcome::Reproduced { revision: None });
    let kept = |difference| Outcome::Kept { revision: None, difference };
    let mut other = values.clone();
    other[99_999] += 1e-3;
    // The largest value is the first, −2.
    let Outcome::Kept { difference: Difference::Numbers(apart), .. } = record(&other) else {
        panic!("it is not the same");
    };
    assert!((apart - 5e-4).abs() < 1e-15, "{apart}");
    assert_eq!(record(&values[..99_999]), kept(Difference::Content));
    fs::write(out.path().join("section/losses.npy"), b"no array").unwrap();
    let broken = std::panic::catch_unwind(|| record(&other));
    assert!(broken.is_err(), "what was changed by hand is not compared");
}

#[test]
fn an_array_that_nobody_reads_may_be_absent() {
    let out = tempfile::tempdir().unwrap();
    let record = report::begin(out.path(), "section").unwrap();
    record.array_f64("losses.npy", &[2], &[1.0, 2.0]).unwrap();
    record.table("table.csv", &[RemovedNode { node: 1, loss: 0.5 }]).unwrap();
    let folder = record.finish(run()).unwrap();
    fs::remove_file(folder.join("losses.npy")).unwrap();
    let saved = Saved::open(&folder).unwrap();
    assert_eq!(saved.table::<RemovedNode>("table.csv").unwrap().len(), 1);
    assert!(!saved.has("losses.npy"));
    let error = saved.array("losses.npy").unwrap_err().to_string();
    assert!(error.contains("cannot read") && error.contains("losses.npy"), "{error}");
}

#[test]
fn the_manifest_lists_every_file_with_its_hash() {
    let out = tempfile::tempdir().unwrap();
    let record = report::begin(out.path(), "section").unwrap();
    fs::write(record.path("b.txt"), "abc").unwrap();
    fs::write(record.path("a.txt"), "").unwrap();
    let mut run = Run { cpu: report::cpu_name(), ..Run::default() };
    run.parameters.insert("circle_radius".into(), 0.893_243_841_738_002_3.into());
    let folder = record.finish(run.clone()).unwrap();
    let saved = Saved::open(&folder).unwrap();
    assert_eq!(saved.manifest().section, "section");
    assert_eq!(saved.manifest().run, run, "floats included");
    assert_eq!(saved.manifest().outputs.keys().collect::<Vec<_>>(), ["a.txt", "b.txt"]);
    let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    assert_eq!(saved.manifest().outputs["b.txt"], abc);
    assert_eq!(saved.parameter("circle_radius").unwrap().as_f64(), Some(0.893_243_841_738_002_3));
    assert!(saved.parameter("other").is_none());
    assert!(!saved.manifest().run.cpu.is_empty());
}

#[test]
fn a_new_run_replaces_its_own_files_only() {
    let out = tempfile::tempdir().unwrap();
    let record = report::begin(out.path(), "section").unwrap();
    fs::write(record.path("old.txt"), "old").unwrap();
    fs::write(record.path("both.txt"), "old").unwrap();
    let folder = record.finish(run()).unwrap();
    fs::write(folder.join("mine.txt"), "mine").unwrap();

    let record = report::begin(out.path(), "section").unwrap();
    fs::write(record.path("both.txt"), "new").unwrap();
    record.finish(run()).unwrap();
    assert_eq!(names(&folder), ["both.txt", MANIFEST, "mine.txt"]);
    assert_eq!(fs::read_to_string(folder.join("both.txt")).unwrap(), "new");
}

#[test]
fn an_abandoned_or_failing_run_leaves_earlier_results_alone() {
    let out = tempfile::tempdir().unwrap();
    let record = report::begin(out.path(), "section").unwrap();
    fs::write(record.path("old.txt"), "old").unwrap();
    let folder = record.finish(run()).unwrap();

    let record = report::begin(out.path(), "section").unwrap();
    fs::write(record.path("old.txt"), "new").unwrap();
    drop(record);
    assert_eq!(fs::read_to_string(folder.join("old.txt")).unwrap(), "old");

    fs::create_dir(folder.join("new.txt")).unwrap();
    let record = report::begin(out.path(), "section").unwrap();
    fs::write(record.path("new.txt"), "new").unwrap();
    let error = record.finish(run()).unwrap_err().to_string();
    assert!(error.contains("new.txt is a folder"), "{error}");
    assert!(folder.join("old.txt").exists());
    assert_eq!(names(out.path()), ["section"]);
}

#[test]
fn errors_are_one_line_that_names_the_file() {
    let out = tempfile::tempdir().unwrap();
    fs::write(out.path().join("file"), "").unwrap();
    let inside = out.path().join("file/inside");
    let error = report::begin(&inside, "section").unwrap_err().to_string();
    assert!(error.starts_with(&format!("cannot write to {}: ", inside.display())), "{error}");
    assert!(report::begin(out.path(), "file").is_err());

    let record = report::begin(out.path(), "section").unwrap();
    assert!(record.array_f64("short.npy", &[3], &[1.0]).is_err());
    record.array_f64("array.npy", &[2], &[1.0, 2.0]).unwrap();
    record.table("table.csv", &[RemovedNode { node: 1, loss: 0.5 }]).unwrap();
    record
        .finish(run())
        .map(|folder| {
            let saved = Saved::open(&folder).unwrap();
            let error = saved.table::<PathFrame>("table.csv").unwrap_err().to_string();
            assert!(error.contains("table.csv") && !error.contains('\n'), "{error}");
            let error = saved.array("none.npy").unwrap_err().to_string();
            assert!(error.contains("none.npy"), "{error}");
            fs::write(
                folder.join("array.npy"),
                &fs::read(folder.join("array.npy")).unwrap()[..130],
            )
            .unwrap();
            let error = saved.array("array.npy").unwrap_err().to_string();
            assert!(error.contains("array.npy") && error.contains("SHA-256"), "{error}");
            fs::write(folder.join(MANIFEST), "{").unwrap();
            let error = Saved::open(&folder).unwrap_err().to_string();
            assert!(error.contains(MANIFEST) && !error.contains('\n'), "{error}");
        })
        .unwrap();
}

#[test]
fn only_sections_belong_to_a_study() {
    let out = tempfile::tempdir().unwrap();
    let finish = |network: &str, replace: bool| {
        let record = report::begin(out.path(), "section").unwrap();
        let points = Some("points".to_owned());
        let study = Study { network: network.into(), points, ..Study::default() };
        record.finish_about(study, run(), replace)
    };
    finish("a", false).unwrap();
    // What is about many networks is about none of the others.
    let manifest = fs::read_to_string(out.path().join("section").join(MANIFEST)).unwrap();
    for name in ["ensemble", "why"] {
        let mut manifest: serde_json::Value = serde_json::from_str(&manifest).unwrap();
        manifest["section"] = name.into();
        manifest.as_object_mut().unwrap().remove("study");
        fs::create_dir(out.path().join(name)).unwrap();
        fs::write(out.path().join(name).join(MANIFEST), manifest.to_string()).unwrap();
    }
    finish("a", false).unwrap();
    // A copy by hand, and what is no manifest of ours.
    let copy = out.path().join("section-before");
    fs::create_dir(&copy).unwrap();
    fs::copy(out.path().join("section").join(MANIFEST), copy.join(MANIFEST)).unwrap();
    let other = out.path().join("web");
    fs::create_dir(&other).unwrap();
    fs::write(other.join(MANIFEST), r#"{"name": "a web application"}"#).unwrap();

    let error = finish("b", false).unwrap_err().to_string();
    assert!(error.contains("section there is about network a"), "{error}");
    finish("b", true).unwrap();
    assert!(copy.join(MANIFEST).exists() && other.join(MANIFEST).exists(), "they are not ours");
    // A damaged manifest is an error, and no reason to write over it.
    fs::write(out.path().join("section").join(MANIFEST), r#"{ "section": "sec"#).unwrap();
    let error = finish("b", false).unwrap_err().to_string();
    assert!(error.contains("is not a manifest"), "{error}");
}
