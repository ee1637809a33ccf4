//! The gate between clients that others wrote and registries: one that others wrote, and one that records every byte.
#![cfg(all(unix, feature = "gate"))]
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
#[path = "../../fixtures/make.rs"]
mod make;
#[path = "../publish/packages.rs"]
mod packages;
#[path = "../publish/registry/mod.rs"]
mod registry;
#[path = "../publish/verdaccio.rs"]
mod verdaccio;

mod archives;
mod changes;
mod clients;
mod desk;
mod faults;
mod load;
mod routes;
mod uploads;
