//! What can go wrong with records and figures.

use std::fmt::Display;

/// What could not be done, and why; prints as one line `what: why`.
#[derive(Debug, thiserror::Error)]
#[error("{what}: {why}")]
pub struct Error {
    what: String,
    why: String,
}

impl Error {
    /// An error that reads `what: why`.
    pub fn new(what: impl Into<String>, why: impl Display) -> Self {
        // Some parsers report over several lines; users and scripts are promised one.
        let why = why.to_string().split_whitespace().collect::<Vec<_>>().join(" ");
        Self { what: what.into(), why }
    }
}

/// The result of anything to do with records or figures.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Says what was being done when another crate's error came up.
pub(crate) trait While<T> {
    /// Turns the error into one that reads `what: why`.
    fn while_doing(self, what: impl FnOnce() -> String) -> Result<T>;
}

impl<T, E: Display> While<T> for std::result::Result<T, E> {
    fn while_doing(self, what: impl FnOnce() -> String) -> Result<T> {
        self.map_err(|why| Error::new(what(), why))
    }
}
