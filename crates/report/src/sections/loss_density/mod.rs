//! `loss-density`.

pub(crate) mod figure;
pub(crate) mod page;
