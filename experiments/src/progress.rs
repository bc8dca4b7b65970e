//! ProgressDisplay on stderr: a bar on a terminal, plain lines elsewhere, nothing when asked to be quiet.

use std::io::IsTerminal;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::output;

/// How a piece of work is getting on. Shared between threads.
pub struct ProgressDisplay {
    what: String,
    total: usize,
    done: AtomicUsize,
    /// Milliseconds after `start` from which the next plain line may be printed.
    next_line: AtomicUsize,
    start: Instant,
    bar: Option<ProgressBar>,
    quiet: bool,
}

/// Plain lines are at least this far apart, so that short work says nothing, and at least a tenth of
/// the time that has passed, so that the log of a long one stays readable.
const LINE_EVERY: Duration = Duration::from_secs(5);

impl ProgressDisplay {
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
        let elapsed = self.start.elapsed();
        let now = elapsed.as_millis() as usize;
        let next = self.next_line.load(Ordering::Relaxed);
        let later = now + (LINE_EVERY.as_millis() as usize).max(now / 10);
        let mine = now >= next
            && self
                .next_line
                .compare_exchange(next, later, Ordering::Relaxed, Ordering::Relaxed)
                .is_ok();
        if mine && !self.quiet {
            let share = done as f64 / self.total.max(1) as f64;
            let left = match done {
                0 => String::new(),
                _ => format!(", {} left", about(elapsed.mul_f64((1.0 / share - 1.0).max(0.0)))),
            };
            let line = format!("{}: {:.0} %{left} {message}", self.what, 100.0 * share);
            output::message(line.trim_end());
        }
    }
}

/// A duration in one unit.
fn about(time: Duration) -> String {
    match time.as_secs() {
        seconds @ 0..=99 => format!("{seconds} s"),
        seconds @ 100..=5999 => format!("{} min", (seconds + 30) / 60),
        seconds => format!("{} h", (seconds + 1800) / 3600),
    }
}

impl Drop for ProgressDisplay {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
