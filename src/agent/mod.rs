//! A project → a release that is cleared, published and verified, by a plan in code; a model works inside a phase.

pub mod bump;
pub mod clock;
pub mod copy;
pub mod core;
mod error;
pub mod fix;
mod guarded;
pub mod memory;
pub mod models;
mod outlet;
pub mod release;
pub mod run;
pub mod session;
mod tools;
pub mod watch;

pub use error::AgentError;
pub use outlet::{Going, Outlet, OutletFault, Prepared, Seen, Standing, There};
