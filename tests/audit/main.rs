//! Artifacts → reports, through the command, as anyone would use it.

mod folders;
mod forms;
mod hostile;
mod leak;
#[path = "../../fixtures/make.rs"]
mod make;
mod policy;
mod recover;
mod rules;
mod run;
