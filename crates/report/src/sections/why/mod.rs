//! `why`.

pub(crate) mod claims;
pub(crate) mod figure;
pub(crate) mod numbers;
pub(crate) mod page;
pub(crate) mod rows;
mod tables;
