//! `ensemble`.

pub(crate) mod figure;
pub(crate) mod networks;
pub(crate) mod page;
mod recipes;
mod reversal;
pub(crate) mod rows;
