//! The records that sections write, and the figures and the page drawn from them.
//!
//! A section collects its tables and arrays in a [`Record`], which [`begin`] opens;
//! [`Record::finish`] draws the figures and puts everything into the section's folder at once.
//! Anyone reads them back with [`Saved`]. Figures depend on nothing but the records, so [`redraw`]
//! can make them again at any time. [`write_page`] puts what all sections have found into one
//! document.

mod error;
mod explorer;
mod page;
mod record;
mod redraw;
mod sections;
mod style;
pub mod words;
pub mod write_up;

pub use error::{Error, Result};
pub use explorer::{EXPLORER, MOST_EXPLORER_COORDINATES};
pub use page::PAGE;
pub use record::files::abandon;
pub use record::study::occupant;
pub use record::{
    Array, Difference, F32Stream, Figure, Finished, MANIFEST, Manifest, Outcome, Record, Run,
    Saved, Study, cpu_name, git_state,
};
pub use redraw::{begin, redraw, write_page};
pub use sections::{draw_narrow, names as sections};

/// The rows of every table and the form of every summary that sections record. Column names are the
/// field names.
pub mod records {
    pub use crate::explorer::rows::*;
    pub use crate::sections::averages::rows::*;
    pub use crate::sections::best_subsets::rows::*;
    pub use crate::sections::ensemble::networks::{CellId, NetworkRow, Value};
    pub use crate::sections::ensemble::rows::*;
    pub use crate::sections::flip_paths::rows::*;
    pub use crate::sections::gradient_heatmap::rows::*;
    pub use crate::sections::gradients::rows::*;
    pub use crate::sections::hypercube::rows::*;
    pub use crate::sections::node_on::rows::*;
    pub use crate::sections::prediction_heatmap::rows::*;
    pub use crate::sections::shared::rows::*;
    pub use crate::sections::train::rows::*;
    pub use crate::sections::why::rows::*;
}
