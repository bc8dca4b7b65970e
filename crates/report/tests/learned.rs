//! What a network has learned is said of given points and of the digits as of the circle.
#![expect(clippy::unwrap_used, reason = "helpers outside test functions unwrap too")]

use std::fs;
use std::path::Path;

use report::records::TrainingStep;
use report::{Run, Study};
use serde_json::{Value, json};

/// A record of training with these parameters, and the page about it.
fn page(out: &Path, parameters: Value, has_map: bool) -> String {
    let record = report::begin(out, "train").unwrap();
    let step = |k: usize| TrainingStep {
        step: 100 * k,
        batch_loss: if k == 0 { f64::NAN } else { 1.0 / k as f64 },
        loss: 2.0 / (1.0 + k as f64),
        accuracy: 0.9,
        training_loss: Some(1.5 / (1.0 + k as f64)),
        training_accuracy: Some(0.955),
    };
    record.table("history.csv", &(0..5).map(step).collect::<Vec<_>>()).unwrap();
    if has_map {
        record.array_f32("map.npy", &[8, 8], &[0.5; 64]).unwrap();
    }
    let parameters = parameters.as_object().unwrap().clone();
    let run = Run { parameters, ..Run::default() };
    record.finish_about(Study { network: "n".to_owned(), ..Study::default() }, run, false).unwrap();
    let page = report::write_page(out).unwrap();
    fs::read_to_string(page).unwrap()
}

#[test]
fn digits_are_named_with_their_source_and_no_square() {
    let out = tempfile::tempdir().unwrap();
    let parameters = json!({
        "sizes": [64, 20, 10], "data": "digits", "points": 1437, "n_points": 360,
        "circle_radius": null, "points_seed": null,
    });
    let page = page(out.path(), parameters, false);
    for said in [
        "learns to tell handwritten digits apart",
        "1,437 images of handwritten digits",
        "The 360 images that all numbers are about are others, held out.",
        "E. Alpaydin and C. Kaynak",
        "CC BY 4.0",
        "On the points trained on they end at 0.300 nats and 95.5",
        "points trained on classified right",
        "64–20–10 network · handwritten digits · 360 evaluation points",
    ] {
        assert!(page.contains(said), "{said}");
    }
    assert!(!page.contains("random points of the square"), "they lie in no square");
    let drawing = fs::read_to_string(out.path().join("train/train.svg")).unwrap();
    assert!(drawing.contains("points held out") && drawing.contains("points trained on"));
    assert!(!out.path().join("train/train-map.svg").exists());
}

#[test]
fn given_points_are_told_by_their_numbers_and_drawn_where_they_lie() {
    let out = tempfile::tempdir().unwrap();
    let parameters = json!({
        "sizes": [2, 20, 3], "data": "own 0123456789", "csv": "my.csv", "points": 80, "n_points": 20,
        "map_window": [[5.0, 9.0], [-3.0, 1.0]], "points_window": [[6.0, 8.0], [-2.0, 0.0]],
    });
    let page = page(out.path(), parameters, true);
    for said in [
        "The network sees 80 points that were given to it",
        "points of 3 classes in the plane apart",
        "mean 0 and standard deviation 1",
        "over [5, 9] × [−3, 1]",
        "2–20–3 network · given points · 20 evaluation points",
    ] {
        assert!(page.contains(said), "{said}");
    }
    assert!(!page.contains("own 0123") && !page.contains("random points of the square"));
    let map = fs::read_to_string(out.path().join("train/train-map.svg")).unwrap();
    assert!(map.contains("bounding box of the points"));
}
