//! Progress on stderr: a bar on a terminal, plain lines elsewhere, nothing when asked to be quiet.

use std::io::IsTerminal;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// How a piece of work is getting on. Shared between threads.
pub struct Progress {
    what: String,
    total: usize,
    done: AtomicUsize,
    /// Milliseconds after `start` from which the next plain line may be printed.
    next_line: AtomicUsize,
    start: Instant,
    bar: Option<ProgressBar>,
    quiet: bool,
}

/// Plain lines are this far apart, so that a log stays readable and short work says nothing.
const LINE_EVERY: Duration = Duration::from_secs(5);

impl Progress {
    /// Begins work of `total` steps.
    pub fn new(what: &str, total: usize, quiet: bool) -> Self {
        let bar = (!quiet && std::io::stderr().is_terminal()).then(|| {
            let bar =
                ProgressBar::with_draw_target(Some(total as u64), ProgressDrawTarget::stderr());
            let style = ProgressStyle::with_template("{prefix} {wide_bar} {percent}% {eta} {msg}");
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
            bar.set_prefix(what.to_owned());
            bar
        });
        Self {
            what: what.to_owned(),
            total,
            done: AtomicUsize::new(0),
            next_line: AtomicUsize::new(LINE_EVERY.as_millis() as usize),
            start: Instant::now(),
            bar,
            quiet,
        }
    }

    /// `steps` more are done.
    pub fn add(&self, steps: usize) {
        self.add_saying(steps, "");
    }

    /// `steps` more are done, and this is how it looks.
    pub fn add_saying(&self, steps: usize, message: &str) {
        let done = self.done.fetch_add(steps, Ordering::Relaxed) + steps;
        if let Some(bar) = &self.bar {
            bar.set_message(message.to_owned());
            bar.inc(steps as u64);
            return;
        }
        let now = self.start.elapsed().as_millis() as usize;
        let next = self.next_line.load(Ordering::Relaxed);
        let later = now + LINE_EVERY.as_millis() as usize;
        let mine = now >= next
            && self
                .next_line
                .compare_exchange(next, later, Ordering::Relaxed, Ordering::Relaxed)
                .is_ok();
        if mine && !self.quiet {
            eprintln!("{}: {} % {message}", self.what, 100 * done / self.total.max(1));
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
