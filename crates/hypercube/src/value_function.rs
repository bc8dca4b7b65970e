//! What is measured of every mask.

use std::ops::ControlFlow;

use crate::averages::{self, Averages};
use crate::divergence::{divergences, output_entropy, visit_gradients};
use crate::reference::{self, Evaluation};
use crate::table::{self, Options, Table};
use crate::{Ablation, Network, Points, gradients};

/// What is measured of every mask: a value function on the sets of nodes that are on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ValueFunction {
    /// The mean cross-entropy for the points' labels.
    #[default]
    Loss,
    /// The mean Kullback–Leibler divergence from the full network's output ([`divergences`]).
    Divergence,
}

impl ValueFunction {
    /// Its values at all masks.
    ///
    /// # Errors
    ///
    /// Those of [`table::losses`].
    pub fn table(
        self,
        network: &Network,
        points: &Points,
        ablation: Ablation,
        options: &Options,
    ) -> Result<Table, table::Error> {
        match self {
            Self::Loss => table::losses(network, points, ablation, options),
            Self::Divergence => divergences(network, points, ablation, options),
        }
    }

    /// Its gate gradients at all masks, in blocks ([`gradients::visit`]).
    ///
    /// # Errors
    ///
    /// Those of [`gradients::visit`].
    pub fn visit_gradients(
        self,
        network: &Network,
        points: &Points,
        ablation: Ablation,
        options: &Options,
        block: impl FnMut(usize, &[f32]) -> ControlFlow<()>,
    ) -> Result<(), table::Error> {
        match self {
            Self::Loss => gradients::visit(network, points, ablation, options, block),
            Self::Divergence => visit_gradients(network, points, ablation, options, block),
        }
    }

    /// One mask, slowly ([`reference::evaluate`], [`reference::divergence`]).
    ///
    /// # Panics
    ///
    /// As [`reference::evaluate`].
    pub fn evaluate(
        self,
        network: &Network,
        points: &Points,
        ablation: Ablation,
        mask: &[f64],
    ) -> Evaluation {
        match self {
            Self::Loss => reference::evaluate(network, points, ablation, mask),
            Self::Divergence => reference::divergence(network, points, ablation, mask),
        }
    }

    /// Its averages over all masks of the last hidden layer.
    ///
    /// # Errors
    ///
    /// Those of [`Averages::new`].
    pub fn averages(
        self,
        network: &Network,
        points: &Points,
        ablation: Ablation,
    ) -> Result<Averages, averages::Error> {
        match self {
            Self::Loss => Averages::new(network, points, ablation),
            Self::Divergence => Averages::of_divergence(network, points, ablation),
        }
    }

    /// What is added to it before its logarithm is taken: nothing to a loss; to a divergence, which is 0
    /// at the full network, the entropy of that network's output, so that the logarithm is that of a
    /// cross-entropy too.
    ///
    /// # Panics
    ///
    /// If the points have another width than the network's input.
    pub fn offset(self, network: &Network, points: &Points) -> f64 {
        match self {
            Self::Loss => 0.0,
            Self::Divergence => output_entropy(network, points),
        }
    }
}
