//! Chat completions: a turn → a request, and its chunks → what was heard.

use serde_json::{Map, Value, json};

use super::Settings;
use super::fault::Fault;
use super::heard::{Heard, Listen, Names, call, counts, grow, input, number, object, parse, set, settled, text};
use super::said::Said;
use crate::agent::core::{Message, Part, Reply, Spec, StopReason, Turn};

/// What older servers call the most that may be said.
pub(super) const LIMIT: &str = "max_tokens";

/// What some newer ones want instead.
pub(super) const NEW_LIMIT: &str = "max_completion_tokens";

/// Fields that come piece by piece. Some servers repeat the others in each chunk.
const GROWING: [&str; 6] = ["content", "refusal", "reasoning", "reasoning_content", "thinking", "arguments"];

pub(super) fn body(settings: &Settings, turn: &Turn<'_>, limit: &str) -> Value {
    let mut body = json!({ "model": settings.model, limit: settings.max_tokens, "stream": true,
        "stream_options": { "include_usage": true } });
    let tool = |spec: &Spec| {
        let function = json!({ "name": spec.name, "description": spec.what, "parameters": spec.input });
        json!({ "type": "function", "function": function })
    };
    if !turn.tools.is_empty() {
        set(&mut body, "tools", turn.tools.iter().map(tool).collect::<Vec<_>>());
    }
    let system = (!turn.system.is_empty()).then(|| json!({ "role": "system", "content": turn.system }));
    set(&mut body, "messages", system.into_iter().chain(turn.messages.iter().map(message)).collect::<Vec<_>>());
    body
}

fn message(message: &Message) -> Value {
    match message {
        Message::Task(text) => json!({ "role": "user", "content": text }),
        Message::Answer { id, text, failed: false } => json!({ "role": "tool", "tool_call_id": id, "content": text }),
        // The dialect has no other way to say that something failed.
        Message::Answer { id, text, failed: true } => {
            json!({ "role": "tool", "tool_call_id": id, "content": format!("ERROR: {text}") })
        }
        Message::Reply(reply) if reply.raw.is_object() => reply.raw.clone(),
        Message::Reply(reply) => again(reply),
    }
}

/// A reply from elsewhere, put together from its parts.
fn again(reply: &Reply) -> Value {
    let (mut words, mut calls) = (String::new(), Vec::new());
    for part in &reply.parts {
        match part {
            Part::Text(text) => words.push_str(text),
            Part::Call(call) => {
                let function = json!({ "name": call.tool, "arguments": object(&call.input).to_string() });
                calls.push(json!({ "id": call.id, "type": "function", "function": function }));
            }
        }
    }
    let mut message = json!({ "role": "assistant", "content": words });
    if !calls.is_empty() {
        set(&mut message, "tool_calls", calls);
    }
    message
}

#[derive(Default)]
pub(super) struct Listener {
    message: Map<String, Value>,
    calls: Vec<Value>,
    usage: Value,
    stop: Option<String>,
    done: bool,
}

impl Listen for Listener {
    fn event(&mut self, data: &str, said: &mut Said<'_>) -> Result<bool, Fault> {
        if data.trim() == "[DONE]" {
            self.done = true;
        } else {
            self.chunk(parse(data)?, "delta", said)?;
        }
        Ok(self.done)
    }

    fn whole(&mut self, answer: Value, said: &mut Said<'_>) -> Result<(), Fault> {
        if answer.get("choices").and_then(Value::as_array).is_none_or(Vec::is_empty) && answer.get("error").is_none() {
            return Err(Fault::last("the answer has no choices; check the url and the dialect"));
        }
        self.done = true;
        self.chunk(answer, "message", said)
    }

    fn end(&mut self, names: &mut Names) -> Result<Heard, Fault> {
        // Some servers end without a mark, but none without a reason.
        if self.stop.is_none() && !self.done {
            return Err(Fault::cut());
        }
        let mut raw = std::mem::take(&mut self.message);
        let words = ["content", "refusal"].map(|key| raw.get(key).map(words).unwrap_or_default());
        let refused = words.iter().skip(1).any(|refusal| !refusal.is_empty());
        let stop = if refused { StopReason::Refused } else { reason(self.stop.as_deref()) };
        let mut parts: Vec<Part> = words.into_iter().filter(|text| !text.is_empty()).map(Part::Text).collect();
        let mut calls = std::mem::take(&mut self.calls);
        // A call that may have been cut off would go back without an answer.
        calls.retain(|_| counts(&stop));
        parts.extend(calls.iter_mut().map(|call| settle(call, names)));
        let content = if calls.is_empty() { json!("") } else { Value::Null };
        raw.entry("content").or_insert(content);
        raw.insert("role".to_owned(), "assistant".into());
        if !calls.is_empty() {
            raw.insert("tool_calls".to_owned(), calls.into());
        }
        let (took, gave) = (number(&self.usage, "prompt_tokens"), number(&self.usage, "completion_tokens"));
        Ok(Heard { stop: settled(stop, &parts), parts, raw: raw.into(), took, gave })
    }
}

impl Listener {
    fn chunk(&mut self, mut chunk: Value, field: &str, said: &mut Said<'_>) -> Result<(), Fault> {
        if chunk.get("error").is_some_and(|error| !error.is_null()) {
            return Err(Fault::event(&chunk));
        }
        if let Some(usage) = chunk.get_mut("usage").filter(|usage| usage.is_object()) {
            self.usage = usage.take();
        }
        let choices = chunk.get_mut("choices").and_then(Value::as_array_mut);
        let Some(choice) = choices.into_iter().flatten().find(|choice| number(choice, "index") == 0) else {
            return Ok(());
        };
        if let Some(reason) = text(choice, "finish_reason") {
            self.stop = Some(reason.to_owned());
        }
        let Some(Value::Object(mut delta)) = choice.get_mut(field).map(Value::take) else { return Ok(()) };
        ["content", "refusal"].iter().filter_map(|key| delta.get(*key)).for_each(|own| said.say(&words(own)));
        if let Some(Value::Array(calls)) = delta.remove("tool_calls") {
            for call in calls {
                self.call(call);
            }
        }
        merge(&mut self.message, delta);
        Ok(())
    }

    /// Adds to the call that it belongs to. Some servers number none, or all the same, and tell them apart by name.
    fn call(&mut self, delta: Value) {
        let Value::Object(delta) = delta else { return };
        let index = delta.get("index").and_then(Value::as_u64);
        let id = delta.get("id").and_then(Value::as_str).filter(|id| !id.is_empty());
        let same = |own: &&mut Value| index.is_none() || own.get("index").and_then(Value::as_u64) == index;
        let fits = |own: &Value| id.is_none_or(|id| text(own, "id").is_none_or(|own| own.is_empty() || own == id));
        let whole =
            index.is_none() && id.is_none() && delta.get("function").is_some_and(|own| own.get("name").is_some());
        let known = self.calls.iter_mut().rev().find(same).filter(|own| fits(own) && !whole);
        if let Some(Value::Object(own)) = known {
            merge(own, delta);
        } else {
            let mut own = Map::new();
            merge(&mut own, delta);
            self.calls.push(Value::Object(own));
        }
    }
}

/// Adds what a chunk has to what there was before.
fn merge(into: &mut Map<String, Value>, delta: Map<String, Value>) {
    for (key, value) in delta {
        match (into.get_mut(&key), value) {
            // What says nothing is turned down by some when it comes back.
            (_, Value::Null) => {}
            (Some(Value::Object(old)), Value::Object(new)) => merge(old, new),
            (None, Value::Object(new)) => {
                let mut fields = Map::new();
                merge(&mut fields, new);
                into.insert(key, Value::Object(fields));
            }
            (Some(Value::Array(old)), Value::Array(new)) => old.extend(new),
            (Some(_), Value::String(new)) if GROWING.contains(&key.as_str()) => grow(into, &key, &new),
            (Some(Value::String(old)), Value::String(new)) if new.is_empty() && !old.is_empty() => {}
            (_, value) => drop(into.insert(key, value)),
        }
    }
}

/// A call in the form that goes back, and as a part.
fn settle(value: &mut Value, names: &mut Names) -> Part {
    let id = names.settle(text(value, "id"));
    let mut function = value.get_mut("function").map(Value::take).unwrap_or_default();
    let input = match function.get("arguments") {
        Some(Value::String(typed)) => input(typed),
        Some(Value::Null) | None => Ok(json!({})),
        Some(other) => Ok(other.clone()),
    };
    // What is fine goes back as it came.
    let fine = text(&function, "arguments").is_some_and(|typed| !typed.trim().is_empty());
    if !fine || !matches!(input, Ok(Value::Object(_))) {
        set(&mut function, "arguments", object(&input).to_string());
    }
    let part = call(id.clone(), text(&function, "name").unwrap_or_default(), input);
    set(value, "id", id);
    set(value, "type", "function");
    set(value, "function", function);
    if let Some(fields) = value.as_object_mut() {
        fields.shift_remove("index");
    }
    part
}

/// The words of a content, which is a text or a list of parts.
fn words(content: &Value) -> String {
    let parts = content.as_array().into_iter().flatten().filter_map(|part| text(part, "text"));
    content.as_str().map_or_else(|| parts.collect(), str::to_owned)
}

fn reason(stop: Option<&str>) -> StopReason {
    match stop {
        Some("stop") => StopReason::End,
        Some("tool_calls" | "function_call") => StopReason::Calls,
        Some("length") => StopReason::Truncated,
        Some("content_filter") => StopReason::Refused,
        other => StopReason::Unknown(other.unwrap_or("none was given").to_owned()),
    }
}
