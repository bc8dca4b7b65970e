//! Averages over all masks of the last hidden layer, at any width.

use std::sync::Arc;

use hypercube::averages::CertifiedNodes;
use numpy::{IntoPyArray, PyArray1, PyArray2, PyArrayMethods, PyReadonlyArray1, PyReadonlyArray2};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use crate::network::{Network, Study, value_function};
use crate::run::{Watch, run};

/// A network's margins at its points.
#[pyclass(frozen, module = "hypercube._engine")]
pub(crate) struct Averages {
    inner: Arc<hypercube::averages::Averages>,
    points: usize,
}

/// Values `[n]` and a bound on their error.
type Nodes<'py> = (Bound<'py, PyArray1<f64>>, f64);
/// Values `[n]` with a node on, values with it off, and a bound on their error.
type Halves<'py> = (Bound<'py, PyArray1<f64>>, Bound<'py, PyArray1<f64>>, f64);
/// Three columns of a curve.
type Curve<'py> = [Bound<'py, PyArray1<f64>>; 3];

fn nodes(py: Python<'_>, found: CertifiedNodes) -> Nodes<'_> {
    (found.values.into_pyarray(py), found.error)
}

/// A probability, or why not.
fn checked(p: f64) -> PyResult<f64> {
    if (0.0..=1.0).contains(&p) {
        return Ok(p);
    }
    Err(PyValueError::new_err(format!("p is {p}, not a probability from 0 to 1")))
}

impl Averages {
    fn run<T: Send + 'static>(
        &self,
        py: Python<'_>,
        progress: Option<&Bound<'_, PyAny>>,
        work: impl FnOnce(&hypercube::averages::Averages, &Watch) -> T + Send + 'static,
    ) -> PyResult<T> {
        let inner = Arc::clone(&self.inner);
        run(py, progress, move |watch| work(&inner, watch))
    }
}

#[pymethods]
impl Averages {
    #[new]
    fn new(
        py: Python<'_>,
        network: &Network,
        x: PyReadonlyArray2<'_, f64>,
        y: PyReadonlyArray1<'_, i64>,
        ablation: &str,
        value: &str,
    ) -> PyResult<Self> {
        let study = Study::new(network, &x, &y, ablation)?;
        let value = value_function(value)?;
        let points = study.points.len();
        let inner =
            run(py, None, move |_| value.averages(&study.network, &study.points, study.ablation))?;
        let inner = inner.map_err(|error| PyValueError::new_err(error.to_string()))?;
        Ok(Self { inner: Arc::new(inner), points })
    }

    fn n_nodes(&self) -> usize {
        self.inner.n_nodes()
    }

    fn mean_loss(&self, py: Python<'_>, p: f64) -> PyResult<(f64, f64)> {
        let p = checked(p)?;
        let found = self.run(py, None, move |inner, _| inner.mean_loss(p))?;
        Ok((found.value, found.error))
    }

    fn mean_curve<'py>(
        &self,
        py: Python<'py>,
        steps: usize,
        progress: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<(Curve<'py>, f64)> {
        if steps == 0 {
            return Err(PyValueError::new_err("a curve takes at least 1 step"));
        }
        let total = self.points;
        let curve = self.run(py, progress, move |inner, watch| {
            watch.set_total(total);
            inner.mean_curve(steps, |more| watch.advance(more))
        })?;
        let column = |of: fn(&hypercube::averages::CurvePoint) -> f64| {
            curve.points.iter().map(of).collect::<Vec<f64>>().into_pyarray(py)
        };
        Ok(([column(|c| c.p), column(|c| c.loss), column(|c| c.derivative)], curve.error))
    }

    fn flip_effects<'py>(&self, py: Python<'py>, p: f64) -> PyResult<Nodes<'py>> {
        let p = checked(p)?;
        Ok(nodes(py, self.run(py, None, move |inner, _| inner.flip_effects(p))?))
    }

    /// Means with the node on, means with it off, and the bound.
    fn gate_gradients<'py>(&self, py: Python<'py>, p: f64) -> PyResult<Halves<'py>> {
        let p = checked(p)?;
        let found = self.run(py, None, move |inner, _| inner.gate_gradients(p))?;
        Ok((found.on.into_pyarray(py), found.off.into_pyarray(py), found.error))
    }

    fn shapley<'py>(
        &self,
        py: Python<'py>,
        progress: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Nodes<'py>> {
        let found = self.run(py, progress, move |inner, watch| {
            inner.shapley(|done, total| {
                watch.set_total(total);
                watch.set_done(done);
            })
        })?;
        Ok(nodes(py, found))
    }

    /// The Walsh coefficients of pairs i < j, `[n, n]`, 0 elsewhere.
    fn pairs<'py>(
        &self,
        py: Python<'py>,
        progress: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<(Bound<'py, PyArray2<f64>>, f64)> {
        let (n, total) = (self.inner.n_nodes(), self.points);
        let found = self.run(py, progress, move |inner, watch| {
            watch.set_total(total);
            inner.pairs(|more| watch.advance(more))
        })?;
        Ok((found.values.into_pyarray(py).reshape([n, n])?, found.error))
    }
}
