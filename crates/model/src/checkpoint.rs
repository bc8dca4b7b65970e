//! Networks on disk: safetensors with the names and layout of a PyTorch
//! `nn.Sequential(Linear, ReLU, …, Linear)`.
//!
//! Layer k is `{2k}.weight` `[out, in]` and `{2k}.bias` `[out]`. Files are written in f32; f64 is
//! read too.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{fs, io};

use hypercube::{Layer, Network, NetworkError};
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use thiserror::Error;

/// Files beyond this are no network of the kind studied here, and reading one whole would only
/// fill the memory.
const MAX_BYTES: u64 = 1 << 30;

/// Why a file is no network.
#[derive(Debug, Error)]
pub enum CheckpointError {
    /// The file cannot be read.
    #[error("cannot read model {path}: {source}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file cannot be written.
    #[error("cannot write model {path}: {source}")]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file is not what it should be.
    #[error("model {path}: {why}")]
    Content {
        /// The file.
        path: PathBuf,
        /// What is wrong with it, and what to do.
        why: String,
    },
    /// The tensors do not make a network.
    #[error("model {path}: {source}")]
    Network {
        /// The file.
        path: PathBuf,
        /// Why.
        source: NetworkError,
    },
}

/// Reads a network.
///
/// # Errors
///
/// If the file cannot be read, is no safetensors file, or its tensors are not those of linear
/// layers `0`, `2`, `4`, … whose shapes chain and whose values are finite.
pub fn load(path: &Path) -> Result<Network, CheckpointError> {
    let read = |source| CheckpointError::Read { path: path.to_owned(), source };
    let content = |why| CheckpointError::Content { path: path.to_owned(), why };
    let size = fs::metadata(path).map_err(read)?.len();
    if size > MAX_BYTES {
        return Err(content(format!("{size} bytes are more than a small network takes")));
    }
    let bytes = fs::read(path).map_err(read)?;
    let layers = parse(&bytes).map_err(content)?;
    Network::new(layers)
        .map_err(|source| CheckpointError::Network { path: path.to_owned(), source })
}

fn parse(bytes: &[u8]) -> Result<Vec<Layer>, String> {
    let file = SafeTensors::deserialize(bytes)
        .map_err(|error| format!("not a safetensors file, or a damaged one ({error})"))?;
    let mut weights = BTreeMap::new();
    let mut biases = BTreeMap::new();
    for (name, tensor) in file.tensors() {
        let (index, part) = name.split_once('.').unwrap_or((&name, ""));
        let into = match part {
            "weight" => &mut weights,
            "bias" => &mut biases,
            _ => return Err(unexpected(&name)),
        };
        let index: usize = index.parse().map_err(|_| unexpected(&name))?;
        if index % 2 == 1 {
            return Err(unexpected(&name));
        }
        into.insert(index / 2, (name.clone(), tensor));
    }
    let count = weights.keys().chain(biases.keys()).max().map_or(0, |last| last + 1);
    if count > weights.len() + biases.len() {
        return Err("layers are missing between those it has".to_owned());
    }
    (0..count)
        .map(|k| {
            let missing = |part| format!("there is no tensor '{}.{part}'", 2 * k);
            let (name, weight) = weights.get(&k).ok_or_else(|| missing("weight"))?;
            let [outputs, inputs] = *weight.shape() else {
                return Err(format!("'{name}' has {} dimensions, not 2", weight.shape().len()));
            };
            let (bias_name, bias) = biases.get(&k).ok_or_else(|| missing("bias"))?;
            if *bias.shape() != [outputs] {
                let shape = bias.shape();
                return Err(format!("'{bias_name}' has shape {shape:?}, not [{outputs}]"));
            }
            let (weights, biases) = (values(name, weight)?, values(bias_name, bias)?);
            Ok(Layer { inputs, outputs, weights, biases })
        })
        .collect()
}

fn unexpected(name: &str) -> String {
    format!(
        "tensor '{name}' is none of a Sequential of Linear and ReLU; \
         expected '0.weight', '0.bias', '2.weight', …"
    )
}

fn values(name: &str, tensor: &TensorView) -> Result<Vec<f64>, String> {
    let data = tensor.data();
    match tensor.dtype() {
        Dtype::F32 => Ok(data
            .as_chunks()
            .0
            .iter()
            .map(|&bytes| f64::from(f32::from_le_bytes(bytes)))
            .collect()),
        Dtype::F64 => {
            Ok(data.as_chunks().0.iter().map(|&bytes| f64::from_le_bytes(bytes)).collect())
        }
        other => Err(format!(
            "'{name}' is {other:?}; save it as float32 or float64 (`model.float()` in PyTorch)"
        )),
    }
}

/// Writes a network, in f32.
///
/// # Errors
///
/// If the file cannot be written.
pub fn save(network: &Network, path: &Path) -> Result<(), CheckpointError> {
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
    let bytes = safetensors::serialize(views, None).expect("names are distinct");
    fs::write(path, bytes)
        .map_err(|source| CheckpointError::Write { path: path.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::MlpConfig;

    fn folder() -> tempfile::TempDir {
        tempfile::tempdir().unwrap()
    }

    fn refused(tensors: &[(&str, Dtype, Vec<usize>, Vec<u8>)]) -> String {
        let views = tensors.iter().map(|(name, dtype, shape, bytes)| {
            (name.to_string(), TensorView::new(*dtype, shape.clone(), bytes).unwrap())
        });
        let dir = folder();
        let path = dir.path().join("m.safetensors");
        fs::write(&path, safetensors::serialize(views, None).unwrap()).unwrap();
        let error = load(&path).unwrap_err().to_string();
        assert!(!error.contains('\n'), "{error}");
        error
    }

    fn zeros<'a>(name: &'a str, shape: &[usize]) -> (&'a str, Dtype, Vec<usize>, Vec<u8>) {
        (name, Dtype::F32, shape.to_vec(), vec![0; 4 * shape.iter().product::<usize>()])
    }

    #[test]
    fn what_is_saved_is_loaded() {
        let network = MlpConfig::new().with_sizes(vec![3, 5, 4, 2]).network(9);
        let dir = folder();
        let path = dir.path().join("m.safetensors");
        save(&network, &path).unwrap();
        assert_eq!(load(&path).unwrap(), network);
    }

    #[test]
    fn a_damaged_file_is_refused_in_one_line() {
        let dir = folder();
        let path = dir.path().join("m.safetensors");
        assert!(load(&path).unwrap_err().to_string().starts_with("cannot read model"));
        save(&MlpConfig::new().network(1), &path).unwrap();
        let whole = fs::read(&path).unwrap();
        for end in [0, 7, 8, 100, whole.len() - 1] {
            fs::write(&path, &whole[..end]).unwrap();
            let error = load(&path).unwrap_err().to_string();
            assert!(error.contains("not a safetensors file") && !error.contains('\n'), "{error}");
        }
        let huge = [&u64::MAX.to_le_bytes()[..], b"{}"].concat();
        fs::write(&path, huge).unwrap();
        assert!(load(&path).unwrap_err().to_string().contains("not a safetensors file"));
    }

    #[test]
    fn tensors_that_make_no_network_are_refused() {
        let hidden = [zeros("0.weight", &[3, 2]), zeros("0.bias", &[3])];
        let with = |more: &[_]| refused(&[&hidden[..], more].concat());
        assert!(with(&[]).contains("at least one hidden layer"));
        assert!(with(&[zeros("2.weight", &[2, 3])]).contains("no tensor '2.bias'"));
        assert!(with(&[zeros("2.bias", &[2])]).contains("no tensor '2.weight'"));
        assert!(with(&[zeros("2.weight", &[2, 4]), zeros("2.bias", &[2])]).contains("takes 4"));
        assert!(with(&[zeros("2.weight", &[2, 3]), zeros("2.bias", &[3])]).contains("not [2]"));
        assert!(with(&[zeros("2.weight", &[6]), zeros("2.bias", &[2])]).contains("1 dimensions"));
        assert!(with(&[zeros("1.weight", &[3])]).contains("Sequential"));
        assert!(with(&[zeros("fc.weight", &[3])]).contains("Sequential"));
        assert!(with(&[zeros("8000000000000.weight", &[3])]).contains("missing"));
        let half = ("2.weight", Dtype::F16, vec![2, 3], vec![0; 12]);
        assert!(with(&[half, zeros("2.bias", &[2])]).contains("save it as float32"));
        let nan: Vec<u8> = [f32::NAN; 6].iter().flat_map(|v| v.to_le_bytes()).collect();
        let nan = ("2.weight", Dtype::F32, vec![2, 3], nan);
        assert!(with(&[nan, zeros("2.bias", &[2])]).contains("weight that is NaN"));
    }
}
