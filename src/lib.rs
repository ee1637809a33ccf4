//! lastlook: bytes → entries → inspectors → findings → policy → report.
//!
//! The modules stand in the order of that flow, and a module imports only from floors below its own.

pub mod model;
pub mod secret;

pub mod inspect;
pub mod judge;
pub mod open;
pub mod project;
pub mod sandbox;

pub mod audit;

#[cfg(feature = "registry")]
pub mod attest;
pub mod diff;
pub mod pack;
#[cfg(feature = "registry")]
pub mod publish;
pub mod recover;
pub mod render;

#[cfg(all(feature = "gate", unix))]
pub mod gate;
pub mod init;
#[cfg(feature = "registry")]
pub mod verify;

#[cfg(all(feature = "registry", unix))]
pub mod agent;

pub mod hook;
#[cfg(all(feature = "mcp", unix))]
pub mod mcp;

pub mod cli;
