//! `prediction-heatmap`.

pub(crate) mod figure;
pub(crate) mod page;
mod path;
pub(crate) mod rows;
