//! The rows of every table that a section writes, in the write-up's order.
//!
//! A section fills these and hands them to [`crate::Record::table`]; the figures read them back
//! with [`crate::Saved::table`]. Column names are the field names.

mod ensemble;
mod exact;
mod explore;
mod sampled;
mod undefined;

pub use ensemble::*;
pub use exact::*;
pub use explore::*;
pub use sampled::*;
