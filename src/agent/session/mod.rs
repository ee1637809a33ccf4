//! What happens → lines that hang together, each on disk before what it announces is done.

mod chain;
mod html;
mod line;
mod words;

pub use chain::{Session, SessionError, Told, latest, read};
pub use html::page;
pub use line::{Item, Line, Row, What};
pub use words::{human, words};
