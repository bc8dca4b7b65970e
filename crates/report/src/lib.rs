//! The records that sections write, and the figures drawn from them.
//!
//! A section collects its tables and arrays in a [`Record`]; [`Record::finish`] draws the figures
//! and puts everything into the section's folder at once. Anyone reads them back with [`Saved`].
//! Figures depend on nothing but the records, so [`redraw`] can make them again at any time.
//! [`write_page`] puts what all sections have found into one document.

mod array;
mod compare;
mod error;
mod explorer;
mod figures;
mod files;
mod manifest;
mod page;
mod record;
pub mod records;
mod redraw;
mod saved;
mod study;
mod style;
mod task;
mod write_up;

pub use array::F32Stream;
pub use compare::Difference;
pub use error::{Error, Result};
pub use explorer::{EXPLORER, MOST_EXPLORER_NODES, MOST_EXPLORER_POINTS};
pub use figures::{Figure, sections};
pub use files::abandon;
pub use manifest::{MANIFEST, Manifest, Run, cpu_name, git_state};
pub use page::{PAGE, write as write_page};
pub use record::{Finished, Outcome, Record};
pub use redraw::redraw;
pub use saved::{Array, Saved};
pub use study::{Study, occupant};
