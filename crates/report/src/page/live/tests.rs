//! The live pieces, from made-up records.

use std::path::Path;

use serde_json::{Value, json};

use super::*;
use crate::explorer::rows::{ExplorerLayer, ExplorerPlane};
use crate::record::{Drawing, Record, Run};

fn begin(out: &Path, section: &str) -> Record {
    let drawing = Drawing { figures: |_| Ok(Vec::new()), page: |_| Ok(None), page_name: |_| None };
    Record::create(out, section, drawing).unwrap()
}

fn finish(record: Record) {
    record.finish(Run::default()).unwrap();
}

/// Records a 2-2-2 network and `points` after `spoil` has had its way with them.
fn explore(out: &Path, points: &[f64], spoil: impl FnOnce(&Record)) {
    let record = begin(out, SECTION);
    let layer = || ExplorerLayer {
        inputs: 2,
        outputs: 2,
        weights: vec![1.0, -1.0, -1.0, 1.0],
        biases: vec![0.5, -0.5],
    };
    let layers = vec![layer(), layer()];
    let activation = Some("</script><!-- gelu".to_owned());
    let network = ExplorerNetwork { layers, activation, means: vec![0.0; 2] };
    record.json("network.json", &network).unwrap();
    let count = points.len() / 2;
    record.array_f64("points.npy", &[count, 2], points).unwrap();
    record.array_u16("labels.npy", &[count], &vec![1; count]).unwrap();
    let plane = ExplorerPlane { extent: 2.0, side: 1, labels: vec![(0, 1)] };
    record.json("plane.json", &plane).unwrap();
    spoil(&record);
    finish(record);
}

fn live(out: &Path) -> Option<Live> {
    read(&Results::open(out, [SECTION, "best-subsets"].into_iter()).unwrap()).unwrap()
}

#[test]
fn data_cannot_leave_its_element() {
    let out = tempfile::tempdir().unwrap();
    explore(out.path(), &[0.25, -0.5], |_| ());
    let live = live(out.path()).unwrap();
    assert!(!live.data.contains('<') && !live.script.to_lowercase().contains("</script"));
    let data: Value = serde_json::from_str(&live.data).unwrap();
    assert_eq!(data["network"]["activation"], "</script><!-- gelu");
    assert_eq!(data["extent"], 2.0);
    // 0.25 and −0.5, then 1, the low byte first.
    let points = json!({ "type": "Float32", "coordinates": "AACAPgAAAL8=", "labels": "AQA=" });
    assert_eq!(data["points"], points);
}

#[test]
fn points_that_are_not_single_stay_double() {
    let out = tempfile::tempdir().unwrap();
    explore(out.path(), &[0.1, 1.0], |_| ());
    let data: Value = serde_json::from_str(&live(out.path()).unwrap().data).unwrap();
    assert_eq!(data["points"]["type"], "Float64");
    assert_eq!(data["points"]["coordinates"], "mpmZmZmZuT8AAAAAAADwPw==");
}

#[test]
fn there_are_only_pieces_that_there_are_records_for() {
    let out = tempfile::tempdir().unwrap();
    explore(out.path(), &[0.0, 1.0], |_| ());
    assert_eq!(live(out.path()).unwrap().pieces, ["flip-path", "reversal", "centring"]);
    let record = begin(out.path(), "best-subsets");
    let row = |size, mask: &str, loss| BestSubsetRow {
        size,
        mask: mask.to_owned(),
        loss,
        accuracy: 1.0,
        lower_bound: 0.0,
        proven: size == 0,
    };
    let rows = [row(0, "0", 0.5), row(1, "2", 0.25), row(2, "3", 0.125)];
    record.table("best_masks.csv", &rows).unwrap();
    finish(record);
    let live = live(out.path()).unwrap();
    assert!(live.pieces.contains(&"greedy"));
    let data: Value = serde_json::from_str(&live.data).unwrap();
    let expected = json!({ "size": 1, "mask": "2", "loss": 0.25, "proven": false });
    assert_eq!(data["sizes"][1], expected);
    assert_eq!(data["reversal"], Value::Null, "nothing exact is on record");
}

#[test]
fn without_a_record_that_can_be_read_there_is_nothing() {
    let none = |points: &[f64], spoil: &dyn Fn(&Record)| {
        let out = tempfile::tempdir().unwrap();
        explore(out.path(), points, spoil);
        live(out.path()).is_none()
    };
    assert!(!none(&[0.0, 1.0], &|_| ()));
    assert!(none(&[0.0, 1.0], &|r| std::fs::remove_file(r.path("points.npy")).unwrap()));
    assert!(none(&[0.0, 1.0], &|r| r.array_u16("labels.npy", &[1], &[2]).unwrap()));
    assert!(none(&[0.0, 1.0], &|r| r.file("network.json", b"{").unwrap()));
    assert!(none(&vec![0.5; MOST_COORDINATES + 2], &|_| ()), "too many points");
    let out = tempfile::tempdir().unwrap();
    finish(begin(out.path(), "best-subsets"));
    assert!(live(out.path()).is_none(), "never recorded");
}
