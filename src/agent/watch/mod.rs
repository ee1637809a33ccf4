//! What is published → reports of what changed there: each once, none lost, each with the time since when it is so.

mod change;
mod ending;
mod known;
mod outbox;
mod program;
mod report;
mod round;
mod sight;
mod state;
mod thing;
mod watched;
mod webhook;

pub use change::{Change, Since, What};
pub use ending::{Ending, Step};
pub use outbox::Outbox;
pub use program::Program;
pub use report::Report;
pub use round::{Look, Tell, Watch};
pub use sight::{Found, Looked, Part, Sight, Target};
pub use state::{Keep, State, Store};
pub use thing::{Thing, Turn};
pub use watched::Watched;
pub use webhook::{Header, Webhook};

/// Why a watch can't go on.
#[derive(Debug, thiserror::Error)]
pub enum WatchError {
    /// What it remembers can't be written.
    #[error("{path} can not be written: {source}; nothing is sent that is not written down there")]
    Unwritable {
        /// Where.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// What it remembers can't be read.
    #[error(
        "{path} can not be read: {why}; without it, nobody knows what was told already. Put back a copy, or move it away \
         to begin anew, which tells all that is wrong once more"
    )]
    State {
        /// Where.
        path: String,
        /// Why.
        why: String,
    },
    /// Another one is at it.
    #[error("another watch is running in {0}; end it, or name another folder with --state DIR")]
    Busy(String),
    /// A webhook that nothing is sent to.
    #[error("{0}")]
    Webhook(&'static str),
}
