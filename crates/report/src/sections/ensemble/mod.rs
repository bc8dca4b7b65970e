//! `ensemble`.

pub(crate) mod figure;
pub(crate) mod networks;
pub(crate) mod page;
mod reversal;
pub(crate) mod rows;
