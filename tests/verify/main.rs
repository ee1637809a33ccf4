//! What was published, looked at from outside: sites of real bundlers, and servers that mean no good.
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
    reason = "a test that fails should say so at once"
)]

mod bundles;
mod server;
mod site;
