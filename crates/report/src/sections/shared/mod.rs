//! What several sections have in common.

pub(crate) mod claims;
pub(crate) mod drawing;
pub(crate) mod pairs;
pub(crate) mod plane;
pub(crate) mod results;
pub(crate) mod rows;
pub(crate) mod task;
pub(crate) mod telling;
