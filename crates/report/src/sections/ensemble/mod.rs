//! `ensemble`.

pub(crate) mod figure;
mod judged;
pub(crate) mod networks;
pub(crate) mod page;
mod recipes;
mod reversal;
pub(crate) mod rows;
