//! A turn → a reply, from a service that is asked over HTTP, or from what was recorded.

mod address;
mod anthropic;
mod chat;
mod events;
mod fault;
mod hear;
mod heard;
mod key;
mod replay;
mod said;
mod service;
mod wire;

#[cfg(test)]
mod tests;

use std::time::Duration;

use crate::agent::core::{Model, ModelFault};

pub use crate::agent::clock::{Clock, System};
pub(super) use address::Spot;
#[doc(hidden)]
pub use hear::answered;
pub use key::Key;
pub use replay::Replay;
pub(super) use wire::line;

/// How a service is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// Anthropic's messages.
    Anthropic,
    /// Chat completions as `OpenAI` made them, hosted or on this machine.
    Chat,
}

/// Which model is asked, and how.
pub struct Settings {
    /// How it is spoken to.
    pub dialect: Dialect,
    /// Where it is: `https://host` for Anthropic, and up to the version for chat, as in `http://127.0.0.1:11434/v1`.
    pub url: String,
    /// Its name there.
    pub model: String,
    /// What lets us in.
    pub key: Option<Key>,
    /// How much it may say at once.
    pub max_tokens: u32,
    /// How long to wait for it to go on; a whole answer may take ten times as long.
    pub patience: Duration,
    /// What a million tokens cost, in and out, in millionths of a dollar.
    pub price: Option<(u64, u64)>,
}

/// A model that is asked over HTTP; `shown` gets its words as they come, which are as hostile as any other text.
///
/// # Errors
/// When the url is none, a key would go where others can read it, or no authority is trusted.
pub fn open<'s>(settings: Settings, shown: Box<dyn Fn(&str) + 's>) -> Result<Box<dyn Model + 's>, ModelFault> {
    open_with(settings, shown, Box::new(System::default()))
}

/// The same with a clock of one's own.
///
/// # Errors
/// As [`open`].
pub fn open_with<'s>(
    settings: Settings,
    shown: Box<dyn Fn(&str) + 's>,
    clock: Box<dyn Clock + 's>,
) -> Result<Box<dyn Model + 's>, ModelFault> {
    let model = settings.model.clone();
    match service::Service::of(settings, shown, clock) {
        Ok(service) => Ok(Box::new(service)),
        Err(why) => Err(ModelFault { model, why }),
    }
}
