//! `why`.

pub(crate) mod rows;
