//! The exact engine as a Python module: what `hypercube/__init__.py` builds on.
//!
//! Arrays come as that module prepares them: contiguous, float64 or int64, in their shapes.

mod averages;
mod functions;
mod network;
mod run;

use pyo3::pymodule;

#[pymodule(gil_used = false)]
mod _engine {
    use pyo3::prelude::*;

    #[pymodule_export]
    use crate::averages::Averages;
    #[pymodule_export]
    use crate::functions::{
        best_masks, best_subsets, divergences, gradients, losses, shapley_and_banzhaf, spectrum,
        walsh,
    };
    #[pymodule_export]
    use crate::network::Network;

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("ACTIVATIONS", hypercube::Activation::ALL.map(hypercube::Activation::name))
    }
}
