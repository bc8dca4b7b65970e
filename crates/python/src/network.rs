//! Networks, points and what is taken of the points, from Python.

use std::path::PathBuf;
use std::sync::Arc;

use hypercube::checkpoint::{self, CheckpointError};
use hypercube::{Ablation, Activation, Points, ValueFunction};
use numpy::{PyArray1, PyArray2, PyArrayMethods, PyReadonlyArray1, PyReadonlyArray2, ToPyArray};
use pyo3::exceptions::{PyFileNotFoundError, PyOSError, PyValueError};
use pyo3::prelude::*;

/// The layers of a network.
#[pyclass(frozen, module = "hypercube._engine")]
pub(crate) struct Network {
    pub(crate) inner: Arc<hypercube::Network>,
}

/// The weights `[outputs, inputs]` and biases `[outputs]` of a layer.
type Arrays<'py> = (Bound<'py, PyArray2<f64>>, Bound<'py, PyArray1<f64>>);

#[pymethods]
impl Network {
    /// The network that the bytes of a safetensors file are.
    #[staticmethod]
    fn parse(bytes: &[u8], activation: &str) -> PyResult<Self> {
        let activation = known(activation)?;
        let inner = checkpoint::parse(bytes).map_err(PyValueError::new_err)?;
        Ok(Self { inner: Arc::new(inner.with_activation(activation)) })
    }

    /// The network in a file, with the activation that its metadata say unless another is given.
    #[staticmethod]
    fn load(path: PathBuf, activation: Option<&str>) -> PyResult<Self> {
        let activation = activation.map(known).transpose()?;
        let inner = checkpoint::load(&path).map_err(|error| {
            let text = error.to_string();
            match error {
                CheckpointError::Read { source, .. }
                    if source.kind() == std::io::ErrorKind::NotFound =>
                {
                    PyFileNotFoundError::new_err(text)
                }
                CheckpointError::Read { .. } => PyOSError::new_err(text),
                _ => PyValueError::new_err(text),
            }
        })?;
        let activation = activation.unwrap_or(inner.activation());
        Ok(Self { inner: Arc::new(inner.with_activation(activation)) })
    }

    #[getter]
    fn activation(&self) -> &'static str {
        self.inner.activation().name()
    }

    /// Widths from input to output.
    #[getter]
    fn sizes(&self) -> Vec<usize> {
        self.inner.sizes()
    }

    /// Weights and biases, first to last.
    fn layers<'py>(&self, py: Python<'py>) -> PyResult<Vec<Arrays<'py>>> {
        let arrays = |layer: &hypercube::Layer| {
            let weights = layer.weights.to_pyarray(py).reshape([layer.outputs, layer.inputs])?;
            Ok((weights, layer.biases.to_pyarray(py)))
        };
        self.inner.layers().iter().map(arrays).collect()
    }

    /// Every node's activation at every point, `[M, N]`.
    fn activations<'py>(
        &self,
        py: Python<'py>,
        x: PyReadonlyArray2<'py, f64>,
    ) -> PyResult<Bound<'py, PyArray2<f64>>> {
        let (len, inputs) = (x.as_array().nrows(), x.as_array().ncols());
        if inputs != self.inner.inputs() {
            let (points, network) = (inputs, self.inner.inputs());
            let error = hypercube::table::Error::Width { points, network };
            return Err(PyValueError::new_err(error.to_string()));
        }
        let points = Points::new(inputs, x.as_slice()?.to_vec(), vec![0; len]);
        let points = points.map_err(|error| PyValueError::new_err(error.to_string()))?;
        let all = py.detach(|| self.inner.activations(&points));
        all.to_pyarray(py).reshape([len, self.inner.n_nodes()])
    }
}

fn known(activation: &str) -> PyResult<Activation> {
    activation.parse().map_err(|known| {
        PyValueError::new_err(format!("there is no activation '{activation}'; {known}"))
    })
}

/// The value function of a name.
pub(crate) fn value_function(name: &str) -> PyResult<ValueFunction> {
    match name {
        "loss" => Ok(ValueFunction::Loss),
        "kl" => Ok(ValueFunction::Divergence),
        other => Err(PyValueError::new_err(format!(
            "there is no value '{other}'; there are 'loss' and 'kl'"
        ))),
    }
}

/// What every mean loss is of: cheap to clone, and free of the interpreter.
pub(crate) struct Study {
    pub network: Arc<hypercube::Network>,
    pub points: Points,
    pub ablation: Ablation,
}

impl Study {
    pub fn new(
        network: &Network,
        x: &PyReadonlyArray2<f64>,
        y: &PyReadonlyArray1<i64>,
        ablation: &str,
    ) -> PyResult<Self> {
        let ablation = match ablation {
            "zero" => Ablation::Zero,
            "mean" => Ablation::Mean,
            other => {
                return Err(PyValueError::new_err(format!(
                    "there is no ablation '{other}'; there are 'zero' and 'mean'"
                )));
            }
        };
        let classes = network.inner.classes();
        let label = |(point, &label): (usize, &i64)| {
            usize::try_from(label).map_err(|_| {
                PyValueError::new_err(format!(
                    "point {point} has label {label}, but the network has {classes} classes, from 0"
                ))
            })
        };
        let labels = y.as_slice()?.iter().enumerate().map(label).collect::<PyResult<_>>()?;
        let points = Points::new(x.as_array().ncols(), x.as_slice()?.to_vec(), labels)
            .map_err(|error| PyValueError::new_err(error.to_string()))?;
        Ok(Self { network: Arc::clone(&network.inner), points, ablation })
    }
}
