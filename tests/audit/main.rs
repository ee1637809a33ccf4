//! Artifacts → reports, through the command, as anyone would use it.
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

mod carriers;
mod folders;
mod forms;
mod hostile;
mod leak;
#[path = "../../fixtures/make.rs"]
mod make;
mod phrases;
mod policy;
mod quiet;
mod recover;
mod rules;
mod run;
mod secrets;
#[allow(dead_code, reason = "what kills is for others")]
#[path = "../publish/tracer.rs"]
mod tracer;
mod written;
