//! Projects packed by real package managers, and what their scripts can get at meanwhile.
#![cfg(unix)]
#![allow(
    unreachable_pub,
    clippy::pedantic,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test or a bench that fails should say so at once"
)]

mod bench;
mod faults;
mod packers;
mod project;
mod secrets;
mod verdicts;
mod workspace;
