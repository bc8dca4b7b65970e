//! What the tests share: the reference networks and random ones.
#![allow(dead_code, missing_docs, clippy::unwrap_used)] // not every test file uses everything

use std::path::PathBuf;

use hypercube::{Ablation, Layer, Network, Points, checkpoint, points_file, stream};
use rand::RngExt;
use serde_json::Value;

pub const NAMES: [&str; 4] = ["tiny", "three_class", "two_layer", "circle20"];

pub struct Reference {
    pub name: &'static str,
    pub network: Network,
    pub points: Points,
    pub expected: Value,
}

fn path(name: &str, file: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/reference").join(name).join(file)
}

pub fn reference(name: &'static str) -> Reference {
    let network = checkpoint::load(&path(name, "model.safetensors")).unwrap();
    let (inputs, classes) = (network.inputs(), network.classes());
    let points = points_file::load(&path(name, "points.csv"), inputs, classes).unwrap();
    let expected = std::fs::read_to_string(path(name, "expected.json")).unwrap();
    Reference { name, network, points, expected: serde_json::from_str(&expected).unwrap() }
}

/// The values of a float64 array as numpy writes it: behind a header whose length is in bytes 8 and 9.
fn float64(file: &[u8]) -> Vec<f64> {
    let start = 10 + usize::from(u16::from_le_bytes([file[8], file[9]]));
    assert!(file[..start].windows(5).any(|word| word == b"'<f8'"), "it is float64");
    file[start..].as_chunks().0.iter().map(|&bytes| f64::from_le_bytes(bytes)).collect()
}

/// A float64 array of the reference, where there is one.
pub fn array(name: &str, file: &str) -> Option<Vec<f64>> {
    let bytes = std::fs::read(path(name, file)).ok()?;
    Some(float64(&bytes))
}

pub fn floats(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
}

/// A random network of these sizes and points with random labels; every logit scales as
/// `scale`^(layers).
pub fn random(sizes: &[usize], n_points: usize, scale: f64, seed: u64) -> (Network, Points) {
    let mut rng = stream(seed, 1, 0);
    let mut draw = |n: usize, by: f64| -> Vec<f64> {
        (0..n).map(|_| (rng.random::<f64>() * 2.0 - 1.0) * by).collect()
    };
    let layers = sizes
        .windows(2)
        .map(|w| Layer {
            inputs: w[0],
            outputs: w[1],
            weights: draw(w[0] * w[1], scale),
            biases: draw(w[1], 0.3 * scale),
        })
        .collect();
    let coordinates = draw(n_points * sizes[0], 1.0);
    let classes = sizes[sizes.len() - 1];
    let labels = draw(n_points, 1.0)
        .into_iter()
        .map(|x| (((x + 1.0) / 2.0 * classes as f64) as usize).min(classes - 1))
        .collect();
    (Network::new(layers).unwrap(), Points::new(sizes[0], coordinates, labels).unwrap())
}

pub fn mask_values(n_nodes: usize, mask: usize) -> Vec<f64> {
    (0..n_nodes).map(|i| (mask >> i & 1) as f64).collect()
}

pub fn oracle(
    network: &Network,
    points: &Points,
    ablation: Ablation,
    mask: usize,
) -> hypercube::reference::Evaluation {
    let values = mask_values(network.n_nodes(), mask);
    hypercube::reference::evaluate(network, points, ablation, &values)
}

#[track_caller]
pub fn assert_close(got: f64, expected: f64, relative: f64, absolute: f64, what: &str) {
    let error = (got - expected).abs();
    assert!(
        error <= relative * expected.abs() + absolute,
        "{what}: {got:e} is not {expected:e} (off by {error:e})"
    );
}
