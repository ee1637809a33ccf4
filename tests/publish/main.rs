//! Releases sent to registries: one of our own that goes wrong on purpose, and one that others wrote.
#![cfg(all(unix, feature = "registry"))]
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

mod attest;
mod canary;
mod clearance;
mod client;
mod desk;
mod doubts;
mod faults;
mod harness;
mod kill;
#[cfg(feature = "mcp")]
mod mcp;
mod packages;
mod real;
mod registry;
mod run;
mod second;
mod tracer;
mod verdaccio;
