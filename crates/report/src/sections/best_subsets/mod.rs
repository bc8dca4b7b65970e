//! `best-subsets`.

pub(crate) mod figure;
pub(crate) mod page;
pub(crate) mod rows;
