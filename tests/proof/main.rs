//! What must hold for every input of a kind, tried on thousands that are made up; and what others read in source maps.
#![allow(
    unreachable_pub,
    missing_docs,
    clippy::pedantic,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test or a bench that fails should say so at once"
)]

#[path = "../../fixtures/make.rs"]
mod make;

mod bench;
mod conformance;
mod formats;
mod maps;
mod order;
mod policy;
mod readers;
mod recover;
