//! The pieces of an answer → what was heard, in any dialect, as a stream or whole.

use serde_json::Value;

use super::events::Events;
use super::fault::Fault;
use super::heard::{Heard, Listen, Names, parse};
use super::key::Key;
use super::said::Said;
use super::{Dialect, anthropic, chat};
use crate::agent::core::Reply;

/// Takes a piece; true when no more is wanted.
pub(super) type Take<'t> = dyn FnMut(&[u8]) -> Result<bool, Fault> + 't;

/// How an answer comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Stream,
    Whole,
}

impl Form {
    /// What the type of a content says.
    pub(super) fn of(kind: Option<&str>) -> Result<Self, Fault> {
        let kind = kind.unwrap_or_default().to_ascii_lowercase();
        if kind.starts_with("text/event-stream") {
            return Ok(Self::Stream);
        }
        if kind.starts_with("application/json") {
            return Ok(Self::Whole);
        }
        Err(Fault::last(format!("the answer is {kind:?}, which no model says; check the url")))
    }
}

/// Hears the answer to what is the message of that number.
pub(super) fn hear(
    dialect: Dialect,
    form: Form,
    number: usize,
    pieces: &mut dyn FnMut(&mut Take<'_>) -> Result<(), Fault>,
    said: &mut Said<'_>,
) -> Result<Heard, Fault> {
    let mut listener: Box<dyn Listen> = match dialect {
        Dialect::Anthropic => Box::new(anthropic::Listener::default()),
        Dialect::Chat => Box::new(chat::Listener::default()),
    };
    match form {
        Form::Stream => {
            let mut events = Events::default();
            pieces(&mut |piece| events.take(piece, &mut |data| listener.event(data, said)))?;
            // Half of an event is no event; whether the answer has an end is asked afterwards.
            let whole = |data: &str| data.trim() == "[DONE]" || serde_json::from_str::<Value>(data).is_ok();
            events.end(&mut |data| if whole(data) { listener.event(data, said) } else { Ok(false) })?;
        }
        Form::Whole => {
            let mut body = Vec::new();
            pieces(&mut |piece| {
                body.extend_from_slice(piece);
                Ok(false)
            })?;
            listener.whole(parse(&String::from_utf8_lossy(&body))?, said)?;
        }
    }
    let heard = listener.end(&mut Names::of(number))?;
    said.end();
    Ok(heard)
}

/// What is made of an answer that came in these pieces, or what is told of it; for the fuzzer, which has no service.
///
/// # Errors
/// When it is none.
#[doc(hidden)]
pub fn answered(
    dialect: Dialect,
    kind: &str,
    pieces: &[&[u8]],
    key: Option<&Key>,
    shown: &dyn Fn(&str),
) -> Result<Reply, String> {
    let mut said = Said::new(shown, key);
    let mut each = |take: &mut Take<'_>| {
        for piece in pieces {
            if take(piece)? {
                break;
            }
        }
        Ok(())
    };
    let heard = Form::of(Some(kind)).and_then(|form| hear(dialect, form, 1, &mut each, &mut said));
    heard.map(|heard| heard.reply(key, None)).map_err(|fault| fault.told(key))
}
