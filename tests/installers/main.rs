//! Made-up archives → what installers lay down of them, against what lastlook sees.
//!
//! Every path and every byte that any installer lays down, or any lister lists, is seen by lastlook, or its verdict is
//! that it could not read all. `LASTLOOK_INSTALLERS=all cargo test --test installers` tries many more cases.
#![allow(
    unreachable_pub,
    clippy::pedantic,
    clippy::large_enum_variant,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test or a bench that fails should say so at once"
)]

mod batch;
mod compare;
mod grammar;
mod laid;
#[path = "../../fixtures/make.rs"]
mod make;
mod plain;
mod published;
mod readers;
mod seen;
mod tarballs;
mod trial;
mod zips;
