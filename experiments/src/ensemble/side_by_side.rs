//! Many computations at once, each on threads of its own.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use anyhow::{Context, Result};
use rayon::ThreadPoolBuilder;

/// What `make` makes of 0…`count` − 1, in this order.
///
/// As many are made at once as there are threads, but not more than `most`; each has its share of the
/// threads for itself, the current rayon pool being that share to it, and takes the next number when it
/// is done. So what one holds in memory is held `most` times at most.
///
/// # Errors
///
/// The first by number of those that `make` returned, which ends all; or if threads cannot be started.
pub fn side_by_side<T: Send>(
    count: usize,
    most: usize,
    make: impl Fn(usize) -> Result<T> + Sync,
) -> Result<Vec<T>> {
    let threads = rayon::current_num_threads();
    let at_once = most.min(threads).min(count).max(1);
    let next = AtomicUsize::new(0);
    let work = |threads: usize| {
        let pool = ThreadPoolBuilder::new().num_threads(threads).build();
        let pool = pool.with_context(|| format!("cannot start {threads} threads"))?;
        pool.install(|| {
            let mut made = Vec::new();
            loop {
                let k = next.fetch_add(1, Ordering::Relaxed);
                if k >= count {
                    return Ok(made);
                }
                let one = make(k).inspect_err(|_| next.store(count, Ordering::Relaxed))?;
                made.push((k, one));
            }
        })
    };
    let made: Vec<Result<Vec<(usize, T)>>> = thread::scope(|scope| {
        let share = |k: usize| threads / at_once + usize::from(k < threads % at_once);
        let workers: Vec<_> = (0..at_once).map(|k| scope.spawn(move || work(share(k)))).collect();
        workers.into_iter().map(|worker| worker.join().expect("nothing here panics")).collect()
    });
    let mut made: Vec<(usize, T)> =
        made.into_iter().collect::<Result<Vec<_>>>()?.into_iter().flatten().collect();
    made.sort_by_key(|(k, _)| *k);
    Ok(made.into_iter().map(|(_, one)| one).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rayon::prelude::*;

    fn on<T: Send>(threads: usize, run: impl FnOnce() -> T + Send) -> T {
        ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(run)
    }

    #[test]
    fn all_are_made_once_and_in_order_whatever_the_threads() {
        for (threads, most, count) in [(1, 9, 7), (3, 9, 100), (5, 2, 9), (8, 8, 3), (4, 0, 2)] {
            let calls = AtomicUsize::new(0);
            let make = |k: usize| {
                calls.fetch_add(1, Ordering::Relaxed);
                Ok((0..k).into_par_iter().sum::<usize>())
            };
            let made = on(threads, || side_by_side(count, most, make)).unwrap();
            let expected: Vec<usize> = (0..count).map(|k| k * k.saturating_sub(1) / 2).collect();
            assert_eq!((made, calls.into_inner()), (expected, count));
        }
        assert!(side_by_side(0, 4, Ok).unwrap().is_empty());
    }

    #[test]
    fn no_more_at_once_than_asked_for_and_all_threads_in_use() {
        let (now, highest) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let make = |_| {
            highest.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            thread::sleep(std::time::Duration::from_millis(5));
            now.fetch_sub(1, Ordering::SeqCst);
            Ok(rayon::current_num_threads())
        };
        let mut shares = on(7, || side_by_side(40, 3, make)).unwrap();
        assert!(highest.into_inner() <= 3);
        shares.sort_unstable();
        shares.dedup();
        assert!(shares.iter().all(|share| [2, 3].contains(share)), "{shares:?}");
    }

    #[test]
    fn an_error_ends_all() {
        let calls = AtomicUsize::new(0);
        let make = |k: usize| {
            calls.fetch_add(1, Ordering::Relaxed);
            anyhow::ensure!(k != 3, "the third");
            Ok(k)
        };
        let error = on(2, || side_by_side(10_000_000, 2, make)).unwrap_err();
        assert_eq!(error.to_string(), "the third");
        assert!(calls.into_inner() < 10_000_000);
    }
}
