//! What `train` records.

use serde::{Deserialize, Serialize};

/// `train/history.csv`: how training went.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct TrainingStep {
    /// Optimiser steps done.
    pub step: usize,
    /// Mean loss of the batches since the row before.
    #[serde(with = "crate::record::undefined")]
    pub batch_loss: f64,
    /// Loss on the evaluation points.
    pub loss: f64,
    /// Share of the evaluation points classified right.
    pub accuracy: f64,
    /// Loss on the points that it is trained on, where these are given and not drawn; else there is
    /// no such column.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub training_loss: Option<f64>,
    /// Share of those classified right, likewise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub training_accuracy: Option<f64>,
}
