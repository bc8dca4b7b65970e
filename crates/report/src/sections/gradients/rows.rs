//! What `gradients` records.

use serde::{Deserialize, Serialize};

/// `gradients/sanity.csv`: one side of the write-up's sanity check.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct SanityRow {
    /// `ten_mean_gradient`, `loss_difference`, or `gap`: the first less the second.
    pub quantity: String,
    /// Its value.
    pub value: f64,
    /// Its standard error.
    pub se: f64,
    /// Lower end of the 95 % interval.
    pub low: f64,
    /// Upper end of the 95 % interval.
    pub high: f64,
}
