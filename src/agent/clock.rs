//! Time and chance → what is done by them, with a clock that a test can replace.

use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::time::{Duration, Instant, SystemTime};

/// Tells the time, and waits.
pub trait Clock {
    /// How long it runs.
    fn elapsed(&self) -> Duration;
    /// What a calendar says.
    fn now(&self) -> SystemTime;
    /// Waits.
    fn rest(&self, time: Duration);
    /// Any number, so that not all come back at once.
    fn chance(&self) -> u8;
}

/// The clock of this machine.
#[derive(Debug, Clone, Copy)]
pub struct System(Instant);

impl Default for System {
    fn default() -> Self {
        Self(Instant::now())
    }
}

impl Clock for System {
    fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }

    fn now(&self) -> SystemTime {
        SystemTime::now()
    }

    fn rest(&self, time: Duration) {
        std::thread::sleep(time);
    }

    fn chance(&self) -> u8 {
        let [first, ..] = RandomState::new().build_hasher().finish().to_le_bytes();
        first
    }
}
