//! The end of an answer → a reply: its parts, its calls by name, and what it took.

use serde_json::{Map, Value, json};

use super::fault::Fault;
use super::key::Key;
use super::said::Said;
use crate::agent::core::{Call, Part, Reply, StopReason};

/// What was understood.
#[derive(Debug)]
pub(super) struct Heard {
    pub(super) parts: Vec<Part>,
    pub(super) stop: StopReason,
    pub(super) raw: Value,
    /// Tokens in.
    pub(super) took: u64,
    /// Tokens out.
    pub(super) gave: u64,
}

impl Heard {
    /// The reply, without the key, and what it cost where a price is known.
    pub(super) fn reply(self, key: Option<&Key>, price: Option<(u64, u64)>) -> Reply {
        let Self { mut parts, stop, mut raw, took, gave } = self;
        if let Some(key) = key.filter(|key| key.is_long()) {
            key.scrub_all(&mut raw);
            for part in &mut parts {
                scrub(part, key);
            }
        }
        let (price_in, price_out) = price.unwrap_or_default();
        let cost = u128::from(took) * u128::from(price_in) + u128::from(gave) * u128::from(price_out);
        let cost = u64::try_from(cost.div_ceil(1_000_000)).unwrap_or(u64::MAX);
        Reply { parts, stop, tokens: took.saturating_add(gave), cost, raw }
    }
}

fn scrub(part: &mut Part, key: &Key) {
    match part {
        Part::Text(text) => key.scrub(text),
        Part::Call(call) => {
            key.scrub(&mut call.id);
            key.scrub(&mut call.tool);
            match &mut call.input {
                Ok(input) => key.scrub_all(input),
                Err(text) => key.scrub(text),
            }
        }
    }
}

/// Listens in one dialect.
pub(super) trait Listen {
    /// Takes the data of one event; true when nothing comes after it.
    fn event(&mut self, data: &str, said: &mut Said<'_>) -> Result<bool, Fault>;
    /// Takes an answer that came in one piece.
    fn whole(&mut self, answer: Value, said: &mut Said<'_>) -> Result<(), Fault>;
    /// Says what was heard, if it has an end.
    fn end(&mut self, names: &mut Names) -> Result<Heard, Fault>;
}

/// Gives calls that came without a name of their own one that no other call of the session has.
pub(super) struct Names {
    turn: usize,
    seen: Vec<String>,
}

impl Names {
    pub(super) fn of(turn: usize) -> Self {
        Self { turn, seen: Vec::new() }
    }

    pub(super) fn settle(&mut self, id: Option<&str>) -> String {
        let own = id.filter(|id| !id.is_empty() && self.seen.iter().all(|seen| seen != id)).map(str::to_owned);
        let id = own.unwrap_or_else(|| format!("call-{}-{}", self.turn, self.seen.len()));
        self.seen.push(id.clone());
        id
    }
}

/// What is in an event.
pub(super) fn parse(data: &str) -> Result<Value, Fault> {
    serde_json::from_str(data)
        .map_err(|_| Fault::last(format!("the answer is none of a model, check the url: {data:.80}")))
}

/// A text in a field, if there is one.
pub(super) fn text<'v>(value: &'v Value, key: &str) -> Option<&'v str> {
    value.get(key).and_then(Value::as_str)
}

/// A number in a field, or none.
pub(super) fn number(value: &Value, key: &str) -> u64 {
    value.get(key).and_then(Value::as_u64).unwrap_or(0)
}

/// What a call is to do. Who says nothing says that there is nothing to say.
pub(super) fn input(text: &str) -> Result<Value, String> {
    let empty = text.trim().is_empty();
    if empty { Ok(json!({})) } else { serde_json::from_str(text).map_err(|_| text.to_owned()) }
}

/// How `input` goes back. Servers want an object there, and turn a whole conversation down for anything else.
pub(super) fn object(input: &Result<Value, String>) -> Value {
    match input {
        Ok(Value::Object(fields)) => Value::Object(fields.clone()),
        Ok(other) => json!({ "INVALID_JSON": other }),
        Err(text) => json!({ "INVALID_JSON": text }),
    }
}

/// Whether calls that came with it are whole and wanted.
pub(super) fn counts(stop: &StopReason) -> bool {
    match stop {
        StopReason::End | StopReason::Calls | StopReason::Paused => true,
        StopReason::Truncated | StopReason::Refused | StopReason::Unknown(_) => false,
    }
}

/// Some say that all was said, and call all the same.
pub(super) fn settled(stop: StopReason, parts: &[Part]) -> StopReason {
    let calls = parts.iter().any(|part| matches!(part, Part::Call(_)));
    if stop == StopReason::End && calls { StopReason::Calls } else { stop }
}

/// A call as a part.
pub(super) fn call(id: String, tool: &str, input: Result<Value, String>) -> Part {
    Part::Call(Call { id, tool: tool.to_owned(), input })
}

/// Sets a field of what is an object.
pub(super) fn set(value: &mut Value, key: &str, field: impl Into<Value>) {
    if let Some(fields) = value.as_object_mut() {
        fields.insert(key.to_owned(), field.into());
    }
}

/// Adds to a text in a field.
pub(super) fn grow(fields: &mut Map<String, Value>, key: &str, more: &str) {
    match fields.get_mut(key) {
        Some(Value::String(text)) => text.push_str(more),
        _ => drop(fields.insert(key.to_owned(), more.into())),
    }
}
