//! What was signed, and what is out there, against what was cleared.
#![cfg(all(unix, feature = "registry"))]
#![allow(
    dead_code,
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

#[path = "../publish/packages.rs"]
mod packages;
#[path = "../publish/run.rs"]
mod run;

mod attestation;
mod desk;
mod keys;
mod peers;
mod writing;
