//! Networks on disk: safetensors with the names and layout of a PyTorch
//! `nn.Sequential(Linear, ReLU, …, Linear)`.
//!
//! Written: layer k is `{2k}.weight` `[out, in]` and `{2k}.bias` `[out]`, in f32. Read as well: f64;
//! a prefix that all names share, as of a Sequential inside a module (`net.0.weight`); other gaps
//! in the numbering, as where Flatten or Dropout stands between (`1.weight`, `4.weight`).

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{fs, io};

use crate::{Layer, Network, NetworkError};
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use thiserror::Error;

use crate::input::{self, clip, shown};

/// The widest input, the most hidden nodes and the most classes that are read: with 4,096 points
/// every further node costs tens of kilobytes for each class, and every mask has to pass them all.
const MAX_WIDTH: usize = 1 << 14;

/// Why a file is no network.
#[derive(Debug, Error)]
pub enum CheckpointError {
    /// The file cannot be read.
    #[error("cannot read model {}: {source}", shown(.path))]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file cannot be written.
    #[error("cannot write model {}: {source}", shown(.path))]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file is not what it should be.
    #[error("model {}: {why}", shown(.path))]
    Content {
        /// The file.
        path: PathBuf,
        /// What is wrong with it, and what to do.
        why: String,
    },
}

/// Reads a network.
///
/// # Errors
///
/// If the file cannot be read, is no safetensors file, its tensors are not those of linear layers
/// with a ReLU between each two whose shapes chain, a value is beyond f32 (in which burn computes)
/// or no number, or the network has more than 16,384 inputs, nodes or classes.
pub fn load(path: &Path) -> Result<Network, CheckpointError> {
    let bytes = input::read(path)
        .map_err(|source| CheckpointError::Read { path: path.to_owned(), source })?;
    parse(&bytes).map_err(|why| CheckpointError::Content { path: path.to_owned(), why })
}

/// The network that these bytes of a file are.
///
/// # Errors
///
/// What is wrong with them, in one line: see [`load`].
pub fn parse(bytes: &[u8]) -> Result<Network, String> {
    let file = SafeTensors::deserialize(bytes).map_err(|error| {
        format!(
            "not a safetensors file, or a damaged one ({}); write it with \
             safetensors.torch.save_file(model.state_dict(), FILE)",
            clip(&error.to_string(), 120)
        )
    })?;
    let layers = ordered(&file)?
        .iter()
        .map(|(weight, bias)| layer(weight, bias))
        .collect::<Result<Vec<_>, _>>()?;
    network(layers)
}

/// A tensor and its name as it can be shown.
struct Named<'a> {
    name: String,
    tensor: TensorView<'a>,
}

/// The weight and bias of every linear layer, first to last.
fn ordered<'a>(file: &SafeTensors<'a>) -> Result<Vec<(Named<'a>, Named<'a>)>, String> {
    let mut tensors = file.tensors();
    // The library's order is a hash map's, and the first name that does not fit is the one told.
    tensors.sort_by(|a, b| a.0.cmp(&b.0));
    let mut common: Option<String> = None;
    let mut found: BTreeMap<usize, [Option<Named>; 2]> = BTreeMap::new();
    for (full, tensor) in tensors {
        let name = clip(&full, 60);
        let Some((prefix, index, part)) = split(&full) else {
            return Err(format!(
                "tensor '{name}' is none of a Sequential of Linear and ReLU; name the linear \
                 layers' tensors '0.weight', '0.bias', '2.weight', … and leave out all others"
            ));
        };
        let common = common.get_or_insert_with(|| prefix.to_owned());
        if common != prefix {
            let (one, other) = (clip(common, 60), clip(prefix, 60));
            return Err(format!(
                "some names start with '{one}' and some with '{other}', so their order is \
                 unknown; name the tensors '0.weight', '0.bias', '2.weight', … first to last"
            ));
        }
        found.entry(index).or_default()[part] = Some(Named { name, tensor });
    }
    let prefix = clip(&common.unwrap_or_default(), 60);
    let mut before: Option<usize> = None;
    let mut layers = Vec::new();
    for (index, [weight, bias]) in found {
        if let Some(before) = before.replace(index).filter(|before| before + 1 == index) {
            return Err(format!(
                "layers '{prefix}{before}' and '{prefix}{index}' are neighbours, with no ReLU \
                 between them; if there is one, number the layers 0, 2, 4, …"
            ));
        }
        let weight = weight.ok_or_else(|| {
            format!("there is no tensor '{prefix}{index}.weight'; save the whole state_dict()")
        })?;
        let bias = bias.ok_or_else(|| {
            format!(
                "there is no tensor '{prefix}{index}.bias'; save the whole state_dict(), and give \
                 a layer without bias one of zeros"
            )
        })?;
        layers.push((weight, bias));
    }
    Ok(layers)
}

/// `net.4.bias` as the prefix `net.`, the index 4 and the part, 0 for the weight and 1 for the
/// bias; none if it is no such name.
fn split(name: &str) -> Option<(&str, usize, usize)> {
    let (rest, part) = name.rsplit_once('.')?;
    let part = ["weight", "bias"].iter().position(|p| *p == part)?;
    let start = rest.rfind('.').map_or(0, |dot| dot + 1);
    let index: usize = rest[start..].parse().ok()?;
    // "+4" and "04" are read as 4 too, and would let two tensors be one.
    (rest[start..] == index.to_string()).then_some((&rest[..start], index, part))
}

fn layer(weight: &Named, bias: &Named) -> Result<Layer, String> {
    let shape = weight.tensor.shape();
    let &[outputs, inputs] = shape else {
        return Err(format!(
            "'{}' has {} dimensions, not the 2 of a linear layer; leave other kinds of layer out",
            weight.name,
            shape.len()
        ));
    };
    if inputs == 0 || outputs == 0 {
        return Err(format!(
            "'{}' has shape {shape:?}; a layer needs at least 1 output and 1 input",
            weight.name
        ));
    }
    if bias.tensor.shape() != [outputs] {
        return Err(format!(
            "'{}' has shape {}, not [{outputs}] as '{}' asks for; save both from one network",
            bias.name,
            clip(&format!("{:?}", bias.tensor.shape()), 60),
            weight.name
        ));
    }
    Ok(Layer { inputs, outputs, weights: values(weight)?, biases: values(bias)? })
}

fn values(Named { name, tensor }: &Named) -> Result<Vec<f64>, String> {
    let data = tensor.data();
    let values: Vec<f64> = match tensor.dtype() {
        Dtype::F32 => {
            data.as_chunks().0.iter().map(|&bytes| f64::from(f32::from_le_bytes(bytes))).collect()
        }
        Dtype::F64 => data.as_chunks().0.iter().map(|&bytes| f64::from_le_bytes(bytes)).collect(),
        other => {
            return Err(format!(
                "'{name}' is {other:?}; save it as float32 or float64 (model.float() in PyTorch)"
            ));
        }
    };
    if let Some(k) = values.iter().position(|&v| !(v as f32).is_finite()) {
        let at = match *tensor.shape() {
            [_, inputs] => format!("[{}, {}]", k / inputs, k % inputs),
            _ => format!("[{k}]"),
        };
        return Err(format!(
            "'{name}'{at} is {:?}; every value must be finite, and below 3.4e38, which is as far \
             as float32 goes",
            values[k]
        ));
    }
    Ok(values)
}

/// The layers as a network, if they chain and are not too many.
fn network(layers: Vec<Layer>) -> Result<Network, String> {
    let network = Network::new(layers).map_err(|error| match error {
        NetworkError::Unchained { .. } => {
            format!("{error} (layers counted from 0); save all layers of one network")
        }
        NetworkError::TooFewClasses(_) => {
            format!("{error}; in place of one logit z save two, 0 and z")
        }
        other => other.to_string(),
    })?;
    let sizes = [
        (network.inputs(), "inputs"),
        (network.n_nodes(), "hidden nodes"),
        (network.classes(), "classes"),
    ];
    for (size, what) in sizes {
        if size > MAX_WIDTH {
            return Err(format!(
                "the network has {size} {what}, more than the {MAX_WIDTH} that are read; give a \
                 smaller one"
            ));
        }
    }
    Ok(network)
}

/// Writes a network, in f32.
///
/// # Errors
///
/// If the file cannot be written.
pub fn save(network: &Network, path: &Path) -> Result<(), CheckpointError> {
    fs::write(path, serialized(network))
        .map_err(|source| CheckpointError::Write { path: path.to_owned(), source })
}

/// The bytes of a network's file.
pub fn serialized(network: &Network) -> Vec<u8> {
    let f32s = |values: &[f64]| -> Vec<u8> {
        values.iter().flat_map(|&v| (v as f32).to_le_bytes()).collect()
    };
    let tensors: Vec<_> = network
        .layers()
        .iter()
        .enumerate()
        .flat_map(|(k, layer)| {
            [
                (
                    format!("{}.weight", 2 * k),
                    vec![layer.outputs, layer.inputs],
                    f32s(&layer.weights),
                ),
                (format!("{}.bias", 2 * k), vec![layer.outputs], f32s(&layer.biases)),
            ]
        })
        .collect();
    let views = tensors.iter().map(|(name, shape, bytes)| {
        let view = TensorView::new(Dtype::F32, shape.clone(), bytes);
        (name.clone(), view.expect("the bytes fill the shape"))
    });
    safetensors::serialize(views, None).expect("names are distinct")
}

#[cfg(test)]
#[path = "checkpoint_tests.rs"]
mod tests;
