//! A line that moves while long work goes on: on a terminal only, and only when it takes long.

use std::io::{self, IsTerminal as _, Write as _};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::Scope;
use std::time::Duration;

/// Work of less than this needs no line.
const PATIENCE: Duration = Duration::from_millis(800);
const STEP: Duration = Duration::from_millis(150);

/// A line, or nothing.
pub(super) struct Progress {
    stop: Option<Sender<()>>,
}

impl Progress {
    /// Starts to watch `bytes`.
    pub(super) fn start<'s>(scope: &'s Scope<'s, '_>, bytes: &'s AtomicU64) -> Self {
        if !io::stderr().is_terminal() {
            return Self { stop: None };
        }
        let (stop, stopped) = channel::<()>();
        scope.spawn(move || {
            let mut wait = PATIENCE;
            let mut shown = false;
            while stopped.recv_timeout(wait) == Err(RecvTimeoutError::Timeout) {
                wait = STEP;
                let line = format!("\r  {} MB inspected …\x1b[K", bytes.load(Ordering::Relaxed) / 1_000_000);
                shown |= io::stderr().write_all(line.as_bytes()).is_ok();
            }
            if shown && io::stderr().write_all(b"\r\x1b[K").is_err() {
                // The terminal is gone, and the line with it.
            }
        });
        Self { stop: Some(stop) }
    }

    /// Takes the line away.
    pub(super) fn stop(self) {
        drop(self.stop);
    }
}
