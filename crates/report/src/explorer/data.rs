//! What the explorer knows, as one JSON text; and the records behind it, which the page reads too.

use plotters::style::RGBColor;
use serde::Serialize;
use serde_json::Value;

use crate::error::{Result, While};
use crate::explorer::rows::{ExplorerNetwork, ExplorerPlane};
use crate::record::{Array, Saved};
use crate::style::{ColourMap, DIVERGING, VIRIDIS, base64};

const NETWORK: &str = "network.json";
const PLANE: &str = "plane.json";
const POINTS: &str = "points.npy";
const LABELS: &str = "labels.npy";

/// More pixels along a side than this no screen shows, and no browser draws in time.
const MOST_SIDE: usize = 8192;

/// Everything that the page knows.
#[derive(Serialize)]
struct Data<'a> {
    about: About<'a>,
    network: ExplorerNetwork,
    points: Points,
    /// None for a network with other than two inputs.
    plane: Option<ExplorerPlane>,
    colours: Colours,
}

/// Where the network and its points come from.
#[derive(Serialize)]
struct About<'a> {
    /// The network's file; none if its training is known, which says more.
    model: Option<&'a Value>,
    trained: Option<&'a Value>,
    points: Option<&'a Value>,
    data: Option<&'a Value>,
    radius: Option<&'a Value>,
    ablation: Option<&'a Value>,
    seed: u64,
    revision: Option<&'a str>,
}

/// The evaluation points, little-endian in base64.
#[derive(Serialize)]
struct Points {
    /// f64 `[M, inputs]`.
    coordinates: String,
    /// u16 `[M]`.
    labels: String,
}

/// The colours at equal steps of each map.
#[derive(Serialize)]
pub(crate) struct Colours {
    sequential: Vec<[u8; 3]>,
    diverging: Vec<[u8; 3]>,
}

impl Colours {
    /// Those of the figures.
    pub fn of_maps() -> Self {
        Self { sequential: steps(&VIRIDIS), diverging: steps(&DIVERGING) }
    }
}

/// The network and its evaluation points.
pub(crate) struct Subject {
    pub network: ExplorerNetwork,
    /// `[M, inputs]`.
    pub points: Array,
    /// `[M]`, each a whole number below the number of classes.
    pub labels: Vec<f64>,
    /// None for a network with other than two inputs.
    pub plane: Option<ExplorerPlane>,
}

impl Subject {
    /// Reads and checks the records.
    ///
    /// # Errors
    /// When one is missing, broken, or does not fit the others.
    pub fn read(saved: &Saved) -> Result<Self> {
        let network = network(saved)?;
        let inputs = network.layers.first().map_or(0, |layer| layer.inputs);
        let classes = network.layers.last().map_or(0, |layer| layer.outputs);
        let (points, labels) = points(saved, inputs, classes)?;
        let plane = if inputs == 2 { Some(plane(saved, classes)?) } else { None };
        Ok(Self { network, points, labels, plane })
    }
}

/// Everything that the explorer knows.
pub(super) fn json(saved: &Saved) -> Result<String> {
    let Subject { network, points, labels, plane } = Subject::read(saved)?;
    let parameter = |name: &str| saved.parameter(name);
    let run = &saved.manifest().run;
    let data = Data {
        about: About {
            model: parameter("model").filter(|_| parameter("trained").is_none()),
            trained: parameter("trained"),
            points: parameter("points"),
            data: parameter("data"),
            radius: parameter("circle_radius"),
            ablation: parameter("ablation"),
            seed: run.seed,
            revision: run.git_revision.as_deref(),
        },
        points: Points {
            coordinates: base64(&bytes(&points.data, f64::to_le_bytes)),
            labels: base64(&codes(&labels)),
        },
        plane,
        colours: Colours::of_maps(),
        network,
    };
    serde_json::to_string(&data).while_doing(|| "cannot put the explorer together".to_owned())
}

fn network(saved: &Saved) -> Result<ExplorerNetwork> {
    let network: ExplorerNetwork = saved.json(NETWORK)?;
    let complain = |why: &str| Err(saved.complain(NETWORK, why));
    let mut inputs = network.layers.first().map_or(0, |layer| layer.inputs);
    for layer in &network.layers {
        if layer.inputs != inputs || inputs == 0 || layer.outputs == 0 {
            return complain("its layers do not chain");
        }
        let fits = layer.biases.len() == layer.outputs
            && layer.inputs.checked_mul(layer.outputs) == Some(layer.weights.len());
        if !fits {
            return complain("a layer's weights or biases do not fit its shape");
        }
        inputs = layer.outputs;
    }
    let hidden = network.layers.len().saturating_sub(1);
    let nodes: usize = network.layers[..hidden].iter().map(|layer| layer.outputs).sum();
    if hidden == 0 || inputs < 2 || network.means.len() != nodes {
        return complain("hidden nodes, their means and classes do not fit each other");
    }
    Ok(network)
}

fn points(saved: &Saved, inputs: usize, classes: usize) -> Result<(Array, Vec<f64>)> {
    let (points, labels) = (saved.array(POINTS)?, saved.array(LABELS)?);
    let count = labels.data.len();
    if count == 0 || points.shape != [count, inputs] || points.data.iter().any(|x| !x.is_finite()) {
        return Err(saved.complain(POINTS, format!("its shape is {:?}", points.shape)));
    }
    let is_class = |label: f64| label >= 0.0 && label < classes as f64 && label.fract() == 0.0;
    if let Some(label) = labels.data.iter().find(|&&label| !is_class(label)) {
        return Err(saved.complain(LABELS, format!("{label} is none of {classes} classes")));
    }
    Ok((points, labels.data))
}

fn plane(saved: &Saved, classes: usize) -> Result<ExplorerPlane> {
    let plane: ExplorerPlane = saved.json(PLANE)?;
    let pixels = plane.labels.iter().try_fold(0_usize, |sum, run| sum.checked_add(run.1));
    let fits = (1..=MOST_SIDE).contains(&plane.side) && pixels == Some(plane.side * plane.side);
    let known = plane.labels.iter().all(|run| run.0 < classes);
    if !fits || !known || !(1e-9..=1e9).contains(&plane.extent) {
        return Err(saved.complain(PLANE, "its labels do not fill its pixels"));
    }
    Ok(plane)
}

/// Numbers one after the other, each as its bytes.
pub(crate) fn bytes<const N: usize>(values: &[f64], of: impl Fn(f64) -> [u8; N]) -> Vec<u8> {
    values.iter().flat_map(|&value| of(value)).collect()
}

/// Whole numbers as bytes of u16.
pub(crate) fn codes(values: &[f64]) -> Vec<u8> {
    bytes(values, |value| (value as u16).to_le_bytes())
}

fn steps(map: &ColourMap) -> Vec<[u8; 3]> {
    let colour = |step: u8| {
        let RGBColor(red, green, blue) = map.at(f64::from(step) / 10.0);
        [red, green, blue]
    };
    (0..=10).map(colour).collect()
}
