//! Releases by the agent: real projects and package managers, registries, sandboxes, and builds that mean no good.
#![cfg(unix)]
#![allow(
    unreachable_pub,
    dead_code,
    unused_imports,
    clippy::pedantic,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test or a bench that fails should say so at once"
)]

#[path = "../publish/client.rs"]
mod client;
#[path = "../publish/packages.rs"]
mod packages;
#[path = "../publish/registry/mod.rs"]
mod registry;
#[path = "../publish/run.rs"]
mod run;
#[path = "../publish/tracer.rs"]
mod tracer;
#[path = "../publish/verdaccio.rs"]
mod verdaccio;

mod attacked;
mod hostile;
mod killed;
mod limits;
mod minds;
mod plain;
mod real;
mod reviews;
mod service;
mod sessions;
mod tasks;
mod turns;
mod yard;
