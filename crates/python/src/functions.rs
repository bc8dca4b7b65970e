//! Tables of all masks, and what follows from one.

use std::ops::ControlFlow;
use std::time::Duration;

use hypercube::biased::SizeSums;
use hypercube::table::{Error, Options};
use hypercube::walsh::Spectrum;
use hypercube::{subsets, values};
use numpy::{IntoPyArray, PyArray1, PyArray2, PyArrayMethods, PyReadonlyArray1, PyReadonlyArray2};
use pyo3::exceptions::{PyMemoryError, PyValueError};
use pyo3::prelude::*;

use crate::network::{Network, Study, value_function};
use crate::run::run;

/// Two columns.
type Pair<'py, T> = (Bound<'py, PyArray1<T>>, Bound<'py, PyArray1<f64>>);

fn refused(error: &Error) -> PyErr {
    let text = error.to_string();
    match error {
        Error::Memory { .. } | Error::GradientMemory { .. } => PyMemoryError::new_err(text),
        _ => PyValueError::new_err(text),
    }
}

/// A function that makes a table of all masks.
type Tabulate = fn(
    &hypercube::Network,
    &hypercube::Points,
    hypercube::Ablation,
    &Options,
) -> Result<hypercube::table::Table, Error>;

/// A table of all masks, `[2^N]`.
fn tabulated<'py>(
    py: Python<'py>,
    study: Study,
    progress: Option<&Bound<'py, PyAny>>,
    tabulate: Tabulate,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let table = run(py, progress, move |watch| {
        let options = Options { progress: Some(&watch.table), ..Options::default() };
        tabulate(&study.network, &study.points, study.ablation, &options)
    })?;
    Ok(table.map_err(|error| refused(&error))?.into_losses().into_pyarray(py))
}

/// Mean losses of all masks, `[2^N]`.
#[pyfunction]
pub(crate) fn losses<'py>(
    py: Python<'py>,
    network: &Network,
    x: PyReadonlyArray2<'py, f64>,
    y: PyReadonlyArray1<'py, i64>,
    ablation: &str,
    progress: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    tabulated(py, Study::new(network, &x, &y, ablation)?, progress, hypercube::table::losses)
}

/// Divergences of all masks from the full network, `[2^N]`.
#[pyfunction]
pub(crate) fn divergences<'py>(
    py: Python<'py>,
    network: &Network,
    x: PyReadonlyArray2<'py, f64>,
    y: PyReadonlyArray1<'py, i64>,
    ablation: &str,
    progress: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    tabulated(py, Study::new(network, &x, &y, ablation)?, progress, hypercube::divergences)
}

/// Gate gradients of all masks, `[2^N, N]`.
#[pyfunction]
pub(crate) fn gradients<'py>(
    py: Python<'py>,
    network: &Network,
    x: PyReadonlyArray2<'py, f64>,
    y: PyReadonlyArray1<'py, i64>,
    ablation: &str,
    value: &str,
    progress: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyArray2<f32>>> {
    let study = Study::new(network, &x, &y, ablation)?;
    let value = value_function(value)?;
    let n_nodes = study.network.n_nodes();
    let all = run(py, progress, move |watch| {
        let options = Options { progress: Some(&watch.table), ..Options::default() };
        let mut all: Vec<f32> = Vec::new();
        let (network, points) = (&study.network, &study.points);
        value.visit_gradients(network, points, study.ablation, &options, |_, rows| {
            if all.is_empty() {
                all.reserve_exact(n_nodes << n_nodes);
            }
            all.extend_from_slice(rows);
            ControlFlow::Continue(())
        })?;
        Ok(all)
    })?;
    all.map_err(|error| refused(&error))?.into_pyarray(py).reshape([1 << n_nodes, n_nodes])
}

/// Walsh coefficients of a function of masks, `[2^N]`.
#[pyfunction]
pub(crate) fn walsh<'py>(
    py: Python<'py>,
    values: PyReadonlyArray1<'py, f64>,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let values = values.as_slice()?.to_vec();
    let spectrum = run(py, None, move |_| Spectrum::new(values))?;
    Ok(spectrum.into_coefficients().into_pyarray(py))
}

/// Weights of all degrees of a function of masks, `[N + 1]`.
#[pyfunction]
pub(crate) fn spectrum<'py>(
    py: Python<'py>,
    values: PyReadonlyArray1<'py, f64>,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let values = values.as_slice()?.to_vec();
    let weights = run(py, None, move |_| Spectrum::new(values).level_weights())?;
    Ok(weights.into_pyarray(py))
}

/// Shapley and Banzhaf values of a function of masks, `[N]` each.
#[pyfunction]
pub(crate) fn shapley_and_banzhaf<'py>(
    py: Python<'py>,
    values: PyReadonlyArray1<'py, f64>,
) -> PyResult<Pair<'py, f64>> {
    let table = values.as_slice()?.to_vec();
    let (shapley, banzhaf) = run(py, None, move |_| {
        let sums = SizeSums::new(&table);
        (values::shapley(&sums), values::banzhaf(&sums))
    })?;
    Ok((shapley.into_pyarray(py), banzhaf.into_pyarray(py)))
}

/// The mask with the smallest value of each size, and that value, `[N + 1]` each.
#[pyfunction]
pub(crate) fn best_masks<'py>(
    py: Python<'py>,
    values: PyReadonlyArray1<'py, f64>,
) -> PyResult<Pair<'py, i64>> {
    let values = values.as_slice()?.to_vec();
    let sizes = run(py, None, move |_| subsets::by_size(&values))?;
    let masks: Vec<i64> = sizes.iter().map(|of_size| of_size.best.into()).collect();
    let values: Vec<f64> = sizes.iter().map(|of_size| of_size.best_value).collect();
    Ok((masks.into_pyarray(py), values.into_pyarray(py)))
}

/// Masks `[n + 1, N]`, losses, accuracies, lower bounds and whether they are proven, `[n + 1]`.
type Best<'py> = (
    Bound<'py, PyArray2<bool>>,
    Bound<'py, PyArray1<f64>>,
    Bound<'py, PyArray1<f64>>,
    Bound<'py, PyArray1<f64>>,
    Bound<'py, PyArray1<bool>>,
);

/// The best masks of the last hidden layer.
#[pyfunction]
pub(crate) fn best_subsets<'py>(
    py: Python<'py>,
    network: &Network,
    x: PyReadonlyArray2<'py, f64>,
    y: PyReadonlyArray1<'py, i64>,
    kinds: (String, String),
    seconds: f64,
    progress: Option<&Bound<'py, PyAny>>,
) -> PyResult<Best<'py>> {
    let (ablation, value) = kinds;
    let study = Study::new(network, &x, &y, &ablation)?;
    let value = value_function(&value)?;
    let n_nodes = study.network.n_nodes();
    let budget = Duration::try_from_secs_f64(seconds)
        .map_err(|error| PyValueError::new_err(format!("{seconds} seconds: {error}")))?;
    let best = run(py, progress, move |watch| {
        hypercube::best_subsets::best_subsets(
            &study.network,
            &study.points,
            study.ablation,
            value,
            budget,
            &|| watch.is_cancelled(),
            |found| {
                watch.set_total(found.sizes);
                watch.set_done(found.proven);
            },
        )
    })?;
    let best = best.map_err(|error| PyValueError::new_err(error.to_string()))?;
    let masks: Vec<bool> =
        best.iter().flat_map(|b| (0..n_nodes).map(|i| b.mask.is_on(i))).collect();
    let column = |of: fn(&hypercube::best_subsets::BestSubset) -> f64| {
        best.iter().map(of).collect::<Vec<f64>>().into_pyarray(py)
    };
    let proven: Vec<bool> = best.iter().map(|b| b.proven).collect();
    Ok((
        masks.into_pyarray(py).reshape([best.len(), n_nodes])?,
        column(|b| b.loss),
        column(|b| b.accuracy),
        column(|b| b.lower_bound),
        proven.into_pyarray(py),
    ))
}
