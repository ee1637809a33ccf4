//! Anthropic's messages: a turn → a request, and its events → what was heard.

use serde_json::{Map, Value, json};

use super::Settings;
use super::fault::Fault;
use super::heard::{Heard, Listen, Names, call, counts, grow, input, number, object, parse, set, settled, text};
use super::said::Said;
use crate::agent::core::{Message, Part, Reply, Spec, StopReason, Turn};

pub(super) const VERSION: &str = "2026-10-21";

/// Says nothing of temperature and the like, which this version turns down.
pub(super) fn body(settings: &Settings, turn: &Turn<'_>) -> Value {
    let mut body = json!({ "model": settings.model, "max_tokens": settings.max_tokens, "stream": true });
    if !turn.system.is_empty() {
        set(&mut body, "system", turn.system);
    }
    let tool = |spec: &Spec| json!({ "name": spec.name, "description": spec.what, "input_schema": spec.input });
    if !turn.tools.is_empty() {
        set(&mut body, "tools", turn.tools.iter().map(tool).collect::<Vec<_>>());
    }
    set(&mut body, "messages", messages(turn.messages));
    body
}

/// All that is said between two replies is one message, in which the answers come first.
fn messages(messages: &[Message]) -> Vec<Value> {
    let (mut all, mut answers, mut tasks) = (Vec::new(), Vec::new(), Vec::new());
    for message in messages {
        match message {
            Message::Task(text) => tasks.push(json!({ "type": "text", "text": text })),
            Message::Answer { id, text, failed: false } => {
                answers.push(json!({ "type": "tool_result", "tool_use_id": id, "content": text }));
            }
            Message::Answer { id, text, failed: true } => {
                answers.push(json!({ "type": "tool_result", "tool_use_id": id, "content": text, "is_error": true }));
            }
            Message::Reply(reply) => {
                answers.append(&mut tasks);
                add(&mut all, "user", &mut answers);
                add(&mut all, "assistant", &mut content(reply));
            }
        }
    }
    answers.append(&mut tasks);
    add(&mut all, "user", &mut answers);
    all
}

fn add(all: &mut Vec<Value>, role: &str, content: &mut Vec<Value>) {
    if !content.is_empty() {
        all.push(json!({ "role": role, "content": std::mem::take(content) }));
    }
}

/// As it came, or put together from its parts where it came from elsewhere.
fn content(reply: &Reply) -> Vec<Value> {
    if let Value::Array(blocks) = &reply.raw {
        return blocks.clone();
    }
    let block = |part: &Part| match part {
        Part::Text(text) => (!text.is_empty()).then(|| json!({ "type": "text", "text": text })),
        Part::Call(call) => {
            Some(json!({ "type": "tool_use", "id": call.id, "name": call.tool, "input": object(&call.input) }))
        }
    };
    reply.parts.iter().filter_map(block).collect()
}

#[derive(Default)]
pub(super) struct Listener {
    /// The blocks, each with the input of a call as far as it came.
    blocks: Vec<(Value, String)>,
    usage: Map<String, Value>,
    stop: Option<String>,
    done: bool,
}

impl Listen for Listener {
    fn event(&mut self, data: &str, said: &mut Said<'_>) -> Result<bool, Fault> {
        let mut event = parse(data)?;
        match text(&event, "type").unwrap_or_default() {
            "message_start" => self.count(event.get("message")),
            "content_block_start" => {
                let block = event.get_mut("content_block").map(Value::take).unwrap_or_default();
                if number(&event, "index") != self.blocks.len() as u64 || !block.is_object() {
                    return Err(Fault::last("the answer has its blocks out of order"));
                }
                self.begin(block, said);
            }
            "content_block_delta" => self.delta(&event, said)?,
            "message_delta" => {
                self.stop = event.get("delta").and_then(|delta| text(delta, "stop_reason")).map(str::to_owned);
                self.count(Some(&event));
            }
            "message_stop" => self.done = true,
            "error" => return Err(Fault::event(&event)),
            // Others may be added, and are to be passed over.
            _ => {}
        }
        Ok(self.done)
    }

    fn whole(&mut self, mut answer: Value, said: &mut Said<'_>) -> Result<(), Fault> {
        if text(&answer, "type") == Some("error") {
            return Err(Fault::event(&answer));
        }
        let Some(Value::Array(blocks)) = answer.get_mut("content").map(Value::take) else {
            return Err(Fault::last("the answer has no content; check the url and the dialect"));
        };
        for block in blocks {
            self.begin(block, said);
        }
        self.count(Some(&answer));
        self.stop = text(&answer, "stop_reason").map(str::to_owned);
        self.done = true;
        Ok(())
    }

    fn end(&mut self, names: &mut Names) -> Result<Heard, Fault> {
        if !self.done {
            return Err(Fault::cut());
        }
        let stop = reason(self.stop.as_deref());
        let (mut parts, mut raw) = (Vec::new(), Vec::new());
        for (mut block, typed) in std::mem::take(&mut self.blocks) {
            let kind = text(&block, "type").unwrap_or_default();
            // A call that may have been cut off would go back without an answer, and empty text is turned down.
            if kind == "tool_use" && !counts(&stop) || kind == "text" && is_empty(&block) {
                continue;
            }
            parts.extend(part(&mut block, &typed, names));
            raw.push(block);
        }
        let used = |key: &str| self.usage.get(key).and_then(Value::as_u64).unwrap_or(0);
        let inputs = ["input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens"];
        let took = inputs.into_iter().map(used).fold(0, u64::saturating_add);
        Ok(Heard { stop: settled(stop, &parts), parts, raw: raw.into(), took, gave: used("output_tokens") })
    }
}

/// What a block is to us; the input of a call is put into it.
fn part(block: &mut Value, typed: &str, names: &mut Names) -> Option<Part> {
    let kind = text(block, "type").unwrap_or_default();
    if kind == "text" {
        return text(block, "text").map(|text| Part::Text(text.to_owned()));
    }
    let is_call = kind == "tool_use";
    if !is_call && typed.is_empty() {
        return None;
    }
    let own = block.get("input").filter(|own| typed.is_empty() && !own.is_null());
    let input = own.map_or_else(|| input(typed), |own| Ok(own.clone()));
    set(block, "input", object(&input));
    is_call.then(|| {
        let id = names.settle(text(block, "id"));
        set(block, "id", id.as_str());
        call(id, text(block, "name").unwrap_or_default(), input)
    })
}

fn is_empty(block: &Value) -> bool {
    text(block, "text").is_none_or(str::is_empty)
}

impl Listener {
    fn begin(&mut self, block: Value, said: &mut Said<'_>) {
        if text(&block, "type") == Some("text") {
            said.say(text(&block, "text").unwrap_or_default());
        }
        self.blocks.push((block, String::new()));
    }

    fn delta(&mut self, event: &Value, said: &mut Said<'_>) -> Result<(), Fault> {
        let index = usize::try_from(number(event, "index")).ok();
        let block = index.and_then(|index| self.blocks.get_mut(index));
        let Some(((Value::Object(block), typed), delta)) = block.zip(event.get("delta")) else {
            return Err(Fault::last("the answer goes on with what it did not begin"));
        };
        let piece = |key: &str| text(delta, key).unwrap_or_default();
        match text(delta, "type").unwrap_or_default() {
            "text_delta" => {
                grow(block, "text", piece("text"));
                said.say(piece("text"));
            }
            "thinking_delta" => grow(block, "thinking", piece("thinking")),
            "signature_delta" => grow(block, "signature", piece("signature")),
            "input_json_delta" => typed.push_str(piece("partial_json")),
            "citations_delta" => {
                let citation = delta.get("citation").cloned().unwrap_or_default();
                match block.get_mut("citations") {
                    Some(Value::Array(all)) => all.push(citation),
                    _ => drop(block.insert("citations".to_owned(), json!([citation]))),
                }
            }
            // Without it the block could not go back unchanged.
            other => return Err(Fault::last(format!("the answer has a part that is not known here: {other:.80}"))),
        }
        Ok(())
    }

    /// Later numbers are those of the whole answer so far.
    fn count(&mut self, holder: Option<&Value>) {
        let usage = holder.and_then(|holder| holder.get("usage")).and_then(Value::as_object);
        for (key, value) in usage.into_iter().flatten().filter(|(_, value)| value.is_u64()) {
            self.usage.insert(key.clone(), value.clone());
        }
    }
}

fn reason(stop: Option<&str>) -> StopReason {
    match stop {
        Some("end_turn" | "stop_sequence") => StopReason::End,
        Some("tool_use") => StopReason::Calls,
        Some("pause_turn") => StopReason::Paused,
        Some("max_tokens" | "model_context_window_exceeded") => StopReason::Truncated,
        Some("refusal") => StopReason::Refused,
        other => StopReason::Unknown(other.unwrap_or("none was given").to_owned()),
    }
}
