//! Networks on disk: safetensors as PyTorch's `save_file(model.state_dict(), FILE)` writes them.
//!
//! Written: layer k is `{2k}.weight` `[out, in]` and `{2k}.bias` `[out]`, in f32, as of
//! `nn.Sequential(Linear, ReLU, …, Linear)`; an activation function other than the ReLU stands in the
//! metadata as `activation`.
//!
//! Read: linear layers under any names (`fc1.weight`, `layers.0.bias`, `W1`), also inside wrappers
//! (`module.`, `_orig_mod.`). Their order is that of the names (words for input first and for output
//! last, numbers by their value) if the shapes chain in it; else, and where nothing but the alphabet
//! orders the names, the only one in which they do, and two such are refused. A layer without a bias has
//! one of zeros; one logit z in place of two classes
//! becomes the two logits 0 and z; a tensor that `save_model` left out as a copy is found by the alias
//! in the metadata. A file does not say what its model does between two layers: one activation function
//! is taken there. f16, bf16 and f64 are read as well as f32 and widened exactly to f64, in which
//! everything exact is computed; burn rounds f64 to f32.

mod layers;
mod names;
mod order;
mod values;

use std::path::{Path, PathBuf};
use std::{fs, io};

use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use thiserror::Error;

use crate::input::{self, MAX_WIDTH, clip, shown};
use crate::{Activation, Layer, Network};

/// The key of the metadata under which the activation function stands.
const ACTIVATION: &str = "activation";

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
/// If the file cannot be read, is no safetensors file, its tensors are not those of linear layers in
/// a clear order whose shapes chain, a value is beyond f32 (in which burn computes) or no number, the
/// network has no hidden node or more than 16,384 inputs, nodes or classes, or its activation
/// function is none that is known.
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
    let damaged = |error: safetensors::SafeTensorError| {
        format!(
            "not a safetensors file, or a damaged one ({}); write it with \
             safetensors.torch.save_file(model.state_dict(), FILE)",
            clip(&error.to_string(), 120)
        )
    };
    let file = SafeTensors::deserialize(bytes).map_err(damaged)?;
    let (_, header) = SafeTensors::read_metadata(bytes).map_err(damaged)?;
    let metadata = header.metadata().clone().unwrap_or_default();
    let mut tensors = file.tensors();
    for (alias, kept) in &metadata {
        let is_new = tensors.iter().all(|(name, _)| name != alias);
        tensors.extend(file.tensor(kept).ok().filter(|_| is_new).map(|t| (alias.clone(), t)));
    }
    // The library's order is a hash map's, and the first tensor that does not fit is the one told.
    tensors.sort_by(|a, b| a.0.cmp(&b.0));
    let layers = order::ordered(layers::layers(tensors)?)?;
    layers::refuse_neighbours(&layers)?;
    let activation = metadata.get(ACTIVATION).map_or(Ok(Activation::Relu), |name| {
        name.parse().map_err(|why| {
            format!("its metadata names the activation function '{}'; {why}", clip(name, 60))
        })
    })?;
    Ok(network(layers.into_iter().map(|named| named.layer).collect())?.with_activation(activation))
}

/// The layers as a network, if they are enough and not too many.
fn network(mut layers: Vec<Layer>) -> Result<Network, String> {
    match &mut layers[..] {
        [] => return Err("there are no tensors in it; save a model's state_dict()".to_owned()),
        [_] => {
            return Err(
                "it is a single linear layer, without hidden nodes that could be removed; give a \
                 network with at least two"
                    .to_owned(),
            );
        }
        // σ(z) against its complement is the softmax of (0, z).
        [.., last] if last.outputs == 1 => {
            last.outputs = 2;
            last.weights.splice(..0, vec![0.0; last.inputs]);
            last.biases.insert(0, 0.0);
        }
        _ => {}
    }
    let network = Network::new(layers).map_err(|error| error.to_string())?;
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
    // A file that says nothing is of a ReLU network, as everybody else's are.
    let activation = (network.activation() != Activation::Relu)
        .then(|| [(ACTIVATION.to_owned(), network.activation().to_string())].into());
    safetensors::serialize(views, activation).expect("names are distinct")
}

#[cfg(test)]
mod tests;
