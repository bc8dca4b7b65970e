//! What is studied: one network, one set of evaluation points, one way of removing nodes.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use hypercube::data::Data;
use hypercube::{Ablation, Activation, Network, Points, checkpoint, digits, points_file};
use model::Source;
use model::training::Recipe;
use report::Study;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use crate::given::{HELD_OUT, evaluated};
use crate::limits;
use crate::options::Common;

/// The checkpoint's file name in `train`; its sidecar ends in `.json`.
pub const MODEL: &str = "model.safetensors";

/// The network that is studied, and the points that its losses are means over.
pub struct Subject {
    pub network: Network,
    pub points: Points,
    pub ablation: Ablation,
    /// What labels the points, if it is one of the built-in sets.
    pub data: Option<Data>,
    /// What the record says of all this.
    pub parameters: Map<String, Value>,
    /// The same in hashes.
    pub study: Study,
}

impl Subject {
    /// The network in `path`, with the points that the options ask for.
    ///
    /// # Errors
    ///
    /// If either cannot be read, or they contradict each other.
    pub fn load(path: &Path, common: &Common) -> Result<Self> {
        let network = activated(checkpoint::load(path)?, path, common)?;
        let sidecar = sidecar(path, &network, common.points.is_some())?;
        let recipe = sidecar.as_ref().map(|sidecar| &sidecar.recipe);
        let source = source(common, recipe, path)?;
        let seed = common.points_seed.or(recipe.map(|r| r.seed)).unwrap_or(0);
        let beside = path.with_file_name(HELD_OUT);
        let (points, file) = match (&common.points, &source) {
            (Some(file), _) => {
                (points_file::load(file, network.inputs(), network.classes())?, Some(&**file))
            }
            (None, Source::Own(_)) => {
                let hash = sidecar.as_ref().and_then(|sidecar| sidecar.points.as_deref());
                (evaluated(common, &held_out(&beside, &network, hash)?)?, Some(&*beside))
            }
            (None, built_in) => (built_in_points(common, &network, built_in, seed)?, None),
        };
        // Points from a file were labelled by whoever made them, unless we are told otherwise.
        let known = file.is_none() || common.asked_data()?.is_some();
        let data = source.figure().filter(|_| network.inputs() == 2 && known);
        let is_named = file.is_none() || data.is_some();
        let parameters = json!({
            "model": file_name(path),
            "sizes": network.sizes(),
            "trained": recipe,
            "points": file.map(file_name),
            "n_points": points.len(),
            "points_seed": (file.is_none() && source.figure().is_some()).then_some(seed),
            "data": is_named.then(|| source.to_string()),
            "circle_radius": data.and_then(Data::radius),
            "ablation": common.ablation.name(),
        });
        let Value::Object(mut parameters) = parameters else {
            unreachable!("written as an object")
        };
        if network.activation() != Activation::Relu {
            parameters.insert("activation".to_owned(), network.activation().name().into());
        }
        let study = Study {
            network: network_hash(&network),
            points: Some(points_hash(&points)),
            ablation: Some(common.ablation.name().to_owned()),
            value: None,
        };
        let ablation = common.ablation.into();
        Ok(Self { network, points, ablation, data, parameters, study })
    }
}

/// The evaluation points of built-in data.
fn built_in_points(
    common: &Common,
    network: &Network,
    source: &Source,
    seed: u64,
) -> Result<Points> {
    let (inputs, classes) = (network.inputs(), network.classes());
    match source {
        Source::Figure(data) if inputs == 2 => {
            evaluation_points(common, network.n_nodes(), *data, seed)
        }
        Source::Digits if (inputs, classes) == (digits::PIXELS, 10) => {
            evaluated(common, &digits::parts().1)
        }
        Source::Digits => bail!(
            "the network takes {inputs} inputs and has {classes} classes, and digits have {} pixels \
             and 10: give its evaluation points with --points FILE",
            digits::PIXELS
        ),
        _ => bail!(
            "the network takes {inputs} inputs, and the built-in data has 2: give its evaluation \
             points with --points FILE"
        ),
    }
}

/// The points that were held out of those that a network has learned, from the file beside it.
fn held_out(path: &Path, network: &Network, hash: Option<&str>) -> Result<Points> {
    let remedy = "restore the file, or give evaluation points with --points FILE";
    let points = points_file::load(path, network.inputs(), network.classes())
        .map_err(|error| anyhow!("{error}; it held the points held out in training: {remedy}"))?;
    if hash.is_some_and(|hash| hash != points_hash(&points)) {
        bail!("{} was changed since the network was trained: {remedy}", path.display());
    }
    Ok(points)
}

/// The evaluation points of a figure, for a network of `nodes` hidden nodes.
///
/// # Errors
///
/// If they do not fit into memory.
pub fn evaluation_points(common: &Common, nodes: usize, data: Data, seed: u64) -> Result<Points> {
    let points = common.evaluation_points();
    // Each of them, what every node contributes to its logits, and copies on the way.
    limits::memory("evaluation points", points, 100 + 16 * nodes)?;
    Ok(data.evaluation_points(points, seed))
}

/// The network of a file with the activation function that is asked for, if the file names none.
fn activated(network: Network, path: &Path, common: &Common) -> Result<Network> {
    let own = network.activation();
    match common.activation {
        Some(asked) if own != Activation::Relu && asked != own => bail!(
            "model {} says that its activation function is {own}, not {asked}: leave --activation \
             out",
            path.display()
        ),
        Some(asked) => Ok(network.with_activation(asked)),
        None => Ok(network),
    }
}

/// A path's last part: the record of a run names no folder of the machine that made it.
pub fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

/// The data asked for, else the network's own, else the default circle.
fn source(common: &Common, recipe: Option<&Recipe>, path: &Path) -> Result<Source> {
    let own = recipe.map(|recipe| recipe.data.clone());
    match (common.asked_data()?, own) {
        (Some(asked), Some(own)) if asked != own => {
            let remedy = if common.model.is_some() {
                "leave the option out, or give points of other data with --points".to_owned()
            } else {
                format!("leave the option out, or `train {}` into another --out", asked.option())
            };
            bail!("the network in {} was trained on {}: {remedy}", path.display(), own.title())
        }
        (asked, own) => Ok(asked.or(own).unwrap_or_else(|| Recipe::default().data)),
    }
}

/// What `train` writes beside a network.
#[derive(Deserialize)]
struct Sidecar {
    recipe: Recipe,
    /// SHA-256 of the network; none in files of earlier versions.
    network: Option<String>,
    /// SHA-256 of the points that were held out, where the network has learned given ones.
    points: Option<String>,
}

/// How the network was trained, if a file beside it says so; that file.
///
/// A file that cannot be read is an error: the network would otherwise be judged on data that it
/// has never seen. With points of its own it need not be ours.
fn sidecar(model: &Path, network: &Network, has_points: bool) -> Result<Option<Sidecar>> {
    let path: PathBuf = model.with_extension("json");
    let what = || format!("{}, which says how the network was trained", path.display());
    let text = match fs::read_to_string(&path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        text => text.with_context(|| format!("cannot read {}", what()))?,
    };
    let remedy = "restore it, or move it away and say with --data what the network has learned";
    let sidecar: Sidecar = match serde_json::from_str(&text) {
        Ok(sidecar) => sidecar,
        Err(_) if has_points => return Ok(None),
        Err(error) => bail!("{} is damaged: {error}; {remedy}", what()),
    };
    let (trained, given) = (sidecar.recipe.activation, network.activation());
    let as_trained = network.clone().with_activation(trained);
    let is_own = sidecar.recipe.sizes == network.sizes()
        && sidecar.network.as_ref().is_none_or(|hash| *hash == network_hash(&as_trained));
    match is_own {
        true if trained != given => bail!(
            "the network in {} was trained with {trained}, not {given}: leave --activation out",
            model.display()
        ),
        true => Ok(Some(sidecar)),
        false if has_points => Ok(None),
        false => bail!("{} is of another network: {remedy}", what()),
    }
}

/// SHA-256 of a network: of each layer its outputs and inputs, its weights row by row and its
/// biases, as f64, whatever type the file holds; then its activation function's name, if that is not
/// the ReLU.
pub fn network_hash(network: &Network) -> String {
    let mut hash = Sha256::new();
    for layer in network.layers() {
        count(&mut hash, layer.outputs);
        count(&mut hash, layer.inputs);
        layer.weights.iter().chain(&layer.biases).for_each(|&value| float(&mut hash, value));
    }
    if network.activation() != Activation::Relu {
        hash.update(network.activation().name());
    }
    hexadecimal(hash)
}

/// SHA-256 of evaluation points: their width and number, coordinates row by row, and labels.
pub fn points_hash(points: &Points) -> String {
    let mut hash = Sha256::new();
    count(&mut hash, points.inputs());
    count(&mut hash, points.len());
    points.coordinates().iter().for_each(|&value| float(&mut hash, value));
    points.labels().iter().for_each(|&label| count(&mut hash, label));
    hexadecimal(hash)
}

fn count(hash: &mut Sha256, count: usize) {
    hash.update((count as u64).to_le_bytes());
}

/// −0 is 0: they are the same number.
fn float(hash: &mut Sha256, value: f64) {
    hash.update((value + 0.0).to_le_bytes());
}

/// SHA-256 of some bytes, in hexadecimal.
pub fn sha256(bytes: &[u8]) -> String {
    let mut hash = Sha256::new();
    hash.update(bytes);
    hexadecimal(hash)
}

fn hexadecimal(hash: Sha256) -> String {
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use hypercube::Layer;

    fn network(weight: f64) -> Network {
        let layer = |inputs, outputs, weights: &[f64]| Layer {
            inputs,
            outputs,
            weights: weights.to_vec(),
            biases: vec![0.0; outputs],
        };
        Network::new(vec![layer(2, 1, &[weight, 0.0]), layer(1, 2, &[1.0, 2.0])]).unwrap()
    }

    #[test]
    fn a_network_is_its_values() {
        assert_eq!(network_hash(&network(0.5)), network_hash(&network(0.5)));
        assert_eq!(network_hash(&network(0.0)), network_hash(&network(-0.0)));
        assert_ne!(network_hash(&network(0.5)), network_hash(&network(0.5 + 1e-16)));
        let tanh = network(0.5).with_activation(Activation::Tanh);
        assert_ne!(network_hash(&network(0.5)), network_hash(&tanh));
        let points = |labels: &[usize]| Points::new(1, vec![1.0, 2.0], labels.to_vec()).unwrap();
        assert_ne!(points_hash(&points(&[0, 1])), points_hash(&points(&[1, 0])));
    }
}
