//! `hypercube`.

pub(crate) mod figure;
pub(crate) mod page;
pub(crate) mod rows;
mod shown;
