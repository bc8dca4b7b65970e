//! Long computations beside a live interpreter: it is let go, asked for signals and told of progress.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hypercube::table::Progress;
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};

/// How often signals are looked for, and progress is told.
const TICK: Duration = Duration::from_millis(100);

/// How far a computation is, and whether anybody still waits for it.
#[derive(Default)]
pub(crate) struct Watch {
    /// What the table and the gradients take.
    pub table: Progress,
    done: AtomicU64,
    total: AtomicU64,
    is_cancelled: AtomicBool,
}

/// What unwinds a computation that nobody waits for.
struct Cancelled;

impl Watch {
    pub fn set_total(&self, total: usize) {
        self.total.store(total as u64, Ordering::Relaxed);
    }

    pub fn set_done(&self, done: usize) {
        self.done.store(done as u64, Ordering::Relaxed);
        self.go_on();
    }

    pub fn advance(&self, more: usize) {
        self.done.fetch_add(more as u64, Ordering::Relaxed);
        self.go_on();
    }

    pub fn is_cancelled(&self) -> bool {
        self.is_cancelled.load(Ordering::Relaxed)
    }

    /// Leaves a computation that cannot be asked to stop, through its callback.
    fn go_on(&self) {
        if self.is_cancelled() {
            // Unlike panic!, this prints nothing.
            resume_unwind(Box::new(Cancelled));
        }
    }

    fn cancel(&self) {
        self.table.cancel();
        self.is_cancelled.store(true, Ordering::Relaxed);
    }

    fn done_of_total(&self) -> (u64, u64) {
        let own = [&self.done, &self.total].map(|count| count.load(Ordering::Relaxed));
        (self.table.done() + own[0], self.table.total() + own[1])
    }
}

/// The result of `work`, which runs without the interpreter. Ctrl-C, or an exception that `progress`
/// raises, ends the wait at once; the work then ends by itself at the next look at its [`Watch`].
pub(crate) fn run<T: Send + 'static>(
    py: Python<'_>,
    progress: Option<&Bound<'_, PyAny>>,
    work: impl FnOnce(&Watch) -> T + Send + 'static,
) -> PyResult<T> {
    let watch = Arc::new(Watch::default());
    let (sender, mut receiver) = channel();
    let theirs = Arc::clone(&watch);
    pool()?.spawn(move || {
        let outcome = catch_unwind(AssertUnwindSafe(|| work(&theirs)));
        // Nobody may wait any more.
        let _ = sender.send(outcome);
    });
    let look = |done: u64, total: u64| -> PyResult<()> {
        py.check_signals()?;
        match progress {
            Some(progress) if total > 0 => progress.call1((done, total)).map(drop),
            _ => Ok(()),
        }
    };
    loop {
        let (back, outcome) = py.detach(move || {
            let outcome = receiver.recv_timeout(TICK);
            (receiver, outcome)
        });
        receiver = back;
        let (done, total) = watch.done_of_total();
        match outcome {
            Ok(Ok(value)) => {
                look(total, total)?;
                return Ok(value);
            }
            Ok(Err(panic)) => return Err(PyRuntimeError::new_err(message(panic.as_ref()))),
            Err(RecvTimeoutError::Timeout) => {
                look(done, total).inspect_err(|_| {
                    watch.cancel();
                    leave_pool();
                })?;
            }
            Err(RecvTimeoutError::Disconnected) => {
                return Err(PyRuntimeError::new_err("the computation ended without a result"));
            }
        }
    }
}

fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
    format!("a fault of hypercube's own: {}", text.unwrap_or("no reason known"))
}

/// The threads, and the process that they are of.
static POOL: Mutex<Option<(u32, Arc<ThreadPool>)>> = Mutex::new(None);

/// The threads of this process. A process that was forked has none of its parent's.
fn pool() -> PyResult<Arc<ThreadPool>> {
    let mut held = POOL.lock().unwrap_or_else(PoisonError::into_inner);
    let own = std::process::id();
    if let Some((process, pool)) = held.as_ref()
        && *process == own
    {
        return Ok(Arc::clone(pool));
    }
    let pool = ThreadPoolBuilder::new().build();
    let pool = Arc::new(pool.map_err(|error| PyRuntimeError::new_err(error.to_string()))?);
    // The parent's threads cannot be ended from here.
    std::mem::forget(held.replace((own, Arc::clone(&pool))));
    Ok(pool)
}

/// Leaves the threads to what they still have to end, and the next computation to others.
fn leave_pool() {
    POOL.lock().unwrap_or_else(PoisonError::into_inner).take();
}
