//! Releases that are out, looked at as a stranger would.
#![cfg(all(unix, feature = "registry"))]
#![allow(
    unreachable_pub,
    dead_code,
    clippy::pedantic,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test that fails should say so at once, and what is shared with other tests is not all used"
)]

#[path = "../publish/client.rs"]
mod client;
mod package;
#[path = "../publish/packages.rs"]
mod packages;
#[path = "../publish/registry/mod.rs"]
mod registry;
#[path = "../publish/run.rs"]
mod run;
#[path = "../publish/verdaccio.rs"]
mod verdaccio;
