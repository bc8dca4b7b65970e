//! What an interrupt (Ctrl-C) does: it ends the program, or a search that then keeps what it has found.

use std::sync::atomic::{AtomicBool, Ordering};

/// Between the handler of interrupts and a search.
#[derive(Debug, Default)]
pub struct Interrupt {
    is_caught: AtomicBool,
    is_asked: AtomicBool,
}

impl Interrupt {
    /// Called at an interrupt: true if a search ends by itself, false if the program is to end.
    pub fn is_taken(&self) -> bool {
        self.is_caught.load(Ordering::Relaxed) && !self.is_asked.swap(true, Ordering::Relaxed)
    }

    /// Runs a search that looks at what it is given and ends once that is true. A second interrupt
    /// ends the program.
    pub fn caught<T>(&self, search: impl FnOnce(&(dyn Fn() -> bool + Sync)) -> T) -> T {
        self.is_caught.store(true, Ordering::Relaxed);
        let found = search(&|| self.is_asked.load(Ordering::Relaxed));
        self.is_caught.store(false, Ordering::Relaxed);
        found
    }

    /// Whether a search was asked to end.
    pub fn is_asked(&self) -> bool {
        self.is_asked.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::Interrupt;

    #[test]
    fn the_first_interrupt_ends_a_search_and_the_next_one_the_program() {
        let interrupt = Interrupt::default();
        assert!(!interrupt.is_taken() && !interrupt.is_asked());
        let found = interrupt.caught(|is_over| {
            let before = is_over();
            let taken = [interrupt.is_taken(), interrupt.is_taken()];
            (before, taken, is_over())
        });
        assert_eq!(found, (false, [true, false], true));
        assert!(interrupt.is_asked() && !interrupt.is_taken());
    }
}
