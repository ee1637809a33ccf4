//! A watch that is told to end → its end between two steps, never within one.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Keeps what is begun whole.
#[derive(Debug, Default)]
pub struct Ending {
    asked: AtomicBool,
    step: Mutex<()>,
}

/// For as long as it is there, nobody ends.
pub struct Step<'e> {
    _held: MutexGuard<'e, ()>,
}

impl Ending {
    /// Begins something that is brought to its end: a write, or a delivery and the note of it. Once the end was asked
    /// for, nothing is begun any more.
    pub fn step(&self) -> Step<'_> {
        let held = self.step.lock().unwrap_or_else(PoisonError::into_inner);
        if self.asked.load(Ordering::SeqCst) {
            drop(held);
            loop {
                // Whoever asked for the end ends the process.
                std::thread::park();
            }
        }
        Step { _held: held }
    }

    /// Asks for the end. What is returned is there once nothing is begun; looks and rests are left as they are.
    pub fn ask(&self) -> Step<'_> {
        self.asked.store(true, Ordering::SeqCst);
        Step { _held: self.step.lock().unwrap_or_else(PoisonError::into_inner) }
    }
}
