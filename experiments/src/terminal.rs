//! The person at the terminal: messages and progress, on stderr.

use crate::output;
use crate::progress::ProgressDisplay;

/// Where messages go.
#[derive(Clone, Copy, Debug)]
pub struct Terminal {
    quiet: bool,
}

impl Terminal {
    /// A terminal that shows messages and progress, unless it is to be quiet.
    pub fn new(quiet: bool) -> Self {
        Self { quiet }
    }

    /// A message.
    pub fn say(&self, message: &str) {
        if !self.quiet {
            output::message(message);
        }
    }

    /// ProgressDisplay of work of `total` steps.
    pub fn progress(&self, what: &str, total: usize) -> ProgressDisplay {
        ProgressDisplay::new(what, total, self.quiet)
    }
}
