//! What was signed, and what is out there, against what was cleared: as a stranger sees it.
#![cfg(all(unix, feature = "registry"))]
#![allow(
    dead_code,
    unused_imports,
    unreachable_pub,
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

mod attestation;
mod bundles;
mod desk;
mod flags;
mod keys;
mod package;
mod peers;
mod server;
mod site;
mod told;
mod watch;
mod ways;
mod writing;
