//! The explorer, from made-up records.
#![expect(clippy::unwrap_used, reason = "helpers outside test functions unwrap too")]

#[allow(unused_imports, reason = "not every test needs every helper")]
mod support;

use std::fs;
use std::path::{Path, PathBuf};

use report::records::*;
use report::{EXPLORER, MANIFEST, PAGE, Record, Result, Run, redraw, write_page};
use serde_json::{Value, json};

/// A name that tries to end the element that the data is in.
const HOSTILE: &str = "</script><script>alert(1)</script><!--.safetensors";

/// Writes what `explore` does of a 2-2-2 network, after `spoil` has had its way with it.
fn explore(out: &Path, spoil: impl FnOnce(&Record)) -> Result<PathBuf> {
    let record = report::begin(out, "explore").unwrap();
    let layer = |weights: &[f64]| ExplorerLayer {
        inputs: 2,
        outputs: 2,
        weights: weights.to_vec(),
        biases: vec![0.5, -0.5],
    };
    let layers = vec![layer(&[1.0, 0.0, 0.0, 1.0]), layer(&[1.0, -1.0, -1.0, 1.0])];
    record
        .json("network.json", &ExplorerNetwork { layers, activation: None, means: vec![0.0; 2] })
        .unwrap();
    record.array_f64("points.npy", &[2, 2], &[0.25, -0.5, 0.75, 1.0]).unwrap();
    record.array_u16("labels.npy", &[2], &[0, 1]).unwrap();
    let plane = ExplorerPlane { extent: 2.0, side: 4, labels: vec![(1, 6), (0, 4), (1, 6)] };
    record.json("plane.json", &plane).unwrap();
    spoil(&record);
    let parameters = json!({
        "model": HOSTILE, "trained": null, "points": "my \"points\" & <more>.csv",
        "ablation": "zero", "circle_radius": 0.893, "data": "circle 0.893",
    });
    let parameters = parameters.as_object().unwrap().clone();
    record.finish(Run { parameters, seed: 7, ..Run::default() })
}

fn page(out: &Path) -> String {
    fs::read_to_string(out.join(EXPLORER)).unwrap()
}

/// The data in the page.
fn data(page: &str) -> Value {
    let (_, rest) = page.split_once(r#"<script id="record" type="application/json">"#).unwrap();
    serde_json::from_str(rest.split_once("</script>").unwrap().0).unwrap()
}

#[test]
fn the_page_holds_the_records_and_escapes_what_it_holds() {
    let out = tempfile::tempdir().unwrap();
    explore(out.path(), |_| ()).unwrap();
    let page = page(out.path());
    assert_eq!(page.matches("</script").count(), 2, "the data and the program, no more");
    assert!(page.starts_with("<!doctype html>") && page.ends_with("</html>\n"));
    let data = data(&page);
    assert_eq!(data["about"]["model"], HOSTILE);
    assert_eq!(data["about"]["points"], "my \"points\" & <more>.csv");
    // 0 and 1 as bytes, the low one first.
    assert_eq!(data["points"]["labels"], "AAABAA==");
    assert_eq!(data["plane"]["labels"], json!([[1, 6], [0, 4], [1, 6]]));
    assert_eq!(data["network"]["layers"][1]["weights"], json!([1.0, -1.0, -1.0, 1.0]));
    assert_eq!(data["colours"]["sequential"][0], json!([0x44, 0x01, 0x54]));
}

#[test]
fn a_network_of_other_than_two_inputs_has_a_page_without_a_map() {
    let out = tempfile::tempdir().unwrap();
    explore(out.path(), |record| {
        let mut network: ExplorerNetwork =
            serde_json::from_slice(&fs::read(record.path("network.json")).unwrap()).unwrap();
        network.layers[0].inputs = 1;
        network.layers[0].weights.truncate(2);
        record.json("network.json", &network).unwrap();
        record.array_f64("points.npy", &[2, 1], &[0.25, -0.5]).unwrap();
        fs::remove_file(record.path("plane.json")).unwrap();
    })
    .unwrap();
    assert_eq!(data(&page(out.path()))["plane"], Value::Null);
}

#[test]
fn it_leads_to_the_page_of_all_sections_once_there_is_one() {
    let out = tempfile::tempdir().unwrap();
    let link = format!("href=\"{PAGE}\"");
    explore(out.path(), |_| ()).unwrap();
    write_page(out.path()).unwrap_err();
    assert!(!page(out.path()).contains(&link) && !out.path().join(PAGE).exists());
    support::all(out.path(), 4);
    write_page(out.path()).unwrap();
    let both = page(out.path());
    assert!(both.contains(&link));
    explore(out.path(), |_| ()).unwrap();
    assert!(page(out.path()) == both, "in whichever order they are recorded");
    redraw(out.path()).unwrap();
    assert!(page(out.path()) == both, "and drawn again");
}

#[test]
fn redrawing_gives_the_same_bytes() {
    let out = tempfile::tempdir().unwrap();
    let folder = explore(out.path(), |_| ()).unwrap();
    let (before, manifest) = (page(out.path()), fs::read(folder.join(MANIFEST)).unwrap());
    fs::remove_file(out.path().join(EXPLORER)).unwrap();
    assert_eq!(redraw(out.path()).unwrap(), [out.path().join(EXPLORER)]);
    assert!(page(out.path()) == before, "drawn again from the records");

    assert!(fs::read(folder.join(MANIFEST)).unwrap() == manifest);
    let left = fs::read_dir(out.path()).unwrap().count();
    assert_eq!(left, 2, "the folder, the page, and no staging folder");
}

#[test]
fn records_that_do_not_fit_each_other_are_refused_and_change_nothing() {
    let out = tempfile::tempdir().unwrap();
    explore(out.path(), |_| ()).unwrap();
    let before = page(out.path());
    let refused = |name: &str, spoil: &dyn Fn(&Record)| {
        let error = explore(out.path(), spoil).unwrap_err().to_string();
        assert!(error.contains(name) && !error.contains('\n'), "{name}: {error}");
        assert!(page(out.path()) == before, "{name}");
    };
    refused("labels.npy", &|r| r.array_u16("labels.npy", &[2], &[0, 2]).unwrap());
    refused("points.npy", &|r| r.array_f64("points.npy", &[1, 2], &[0.0, 0.0]).unwrap());
    refused("points.npy", &|r| {
        // No record of ours: one with NaN is not written.
        let mut bytes = fs::read(r.path("points.npy")).unwrap();
        let end = bytes.len();
        bytes[end - 8..].copy_from_slice(&f64::NAN.to_le_bytes());
        fs::write(r.path("points.npy"), bytes).unwrap();
    });
    refused("plane.json", &|r| {
        r.json("plane.json", &json!({ "extent": 2.0, "side": 4, "labels": [[0, 15]] })).unwrap();
    });
    refused("network.json", &|r| {
        r.json("network.json", &json!({ "layers": [], "means": [] })).unwrap();
    });
    refused("network.json", &|r| {
        let layer =
            json!({ "inputs": 3, "outputs": 2, "weights": [0, 0, 0, 0, 0, 0], "biases": [0, 0] });
        r.json("network.json", &json!({ "layers": [layer, layer], "means": [0, 0] })).unwrap();
    });
    refused("network.json", &|r| fs::remove_file(r.path("network.json")).unwrap());
}
