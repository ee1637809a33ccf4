//! What models answer: the same however it is cut into pieces, and never with the key in it.

use std::cell::RefCell;
use std::sync::LazyLock;

use arbitrary::{Result, Unstructured};
use lastlook::agent::core::{Part, Reply};
use lastlook::agent::models::{Dialect, Key, answered};
use serde_json::{Value, json};

const KEY: &str = "sk-test-0123456789abcdef";

static OWN: LazyLock<Key> = LazyLock::new(|| Key::from_text(KEY).expect("a key"));

/// The first byte chooses dialect and form, the second says where it is cut; the rest is the answer, or the plan of one.
pub fn run(bytes: &[u8]) {
    let [first, cut, rest @ ..] = bytes else { return };
    let dialect = if first & 1 == 0 { Dialect::Anthropic } else { Dialect::Chat };
    let stream = first & 2 == 0;
    let body = if first & 4 == 0 {
        rest.to_vec()
    } else {
        let Ok(made) = planned(&mut Unstructured::new(rest), stream) else { return };
        made
    };
    let kind = if stream { "text/event-stream; charset=utf-8" } else { "application/json" };
    let whole = told(dialect, kind, &[&body]);
    let pieces: Vec<&[u8]> = body.chunks(usize::from(*cut).max(1)).collect();
    assert_eq!(told(dialect, kind, &pieces), whole, "it depends on where it is cut");
}

/// The reply and what was shown of it.
fn told(dialect: Dialect, kind: &str, pieces: &[&[u8]]) -> (std::result::Result<Reply, String>, String) {
    let shown = RefCell::new(String::new());
    let reply = answered(dialect, kind, pieces, Some(&OWN), &|text| shown.borrow_mut().push_str(text));
    let shown = shown.into_inner();
    assert!(!shown.contains(KEY), "the key is shown");
    match &reply {
        Ok(reply) => {
            assert!(!reply.raw.to_string().contains(KEY), "the key is in the raw reply");
            for part in &reply.parts {
                match part {
                    Part::Text(text) => assert!(!text.contains(KEY), "the key is in a text"),
                    Part::Call(call) => assert!(!format!("{call:?}").contains(KEY), "the key is in a call"),
                }
            }
        }
        Err(why) => assert!(!why.contains(KEY) && why.len() < 600, "{why}"),
    }
    (reply, shown)
}

fn text(feed: &mut Unstructured<'_>) -> Result<String> {
    let usual =
        ["h\u{ef}", "", KEY, &KEY[..9], &KEY[9..], "{\"path\":", "\"a\"}", "{}", "[", "\u{1f600}", "sk-", "\n\n"];
    Ok((*feed.choose(&usual)?).to_owned())
}

fn value(feed: &mut Unstructured<'_>) -> Result<Value> {
    Ok(match feed.int_in_range(0..=7)? {
        0 => Value::Null,
        1 => json!(feed.int_in_range(-1..=3)?),
        2 => json!(u64::MAX),
        3 => json!([text(feed)?]),
        4 => json!({ "text": text(feed)?, KEY: 1 }),
        _ => text(feed)?.into(),
    })
}

/// Whole answers and events of both dialects, in an order that they may not have.
fn planned(feed: &mut Unstructured<'_>, stream: bool) -> Result<Vec<u8>> {
    let mut out = String::new();
    for _ in 0..if stream { feed.int_in_range(0..=12)? } else { 1 } {
        let mut event = event(feed)?;
        if feed.ratio(1, 8)? {
            let fields: Vec<String> =
                event.as_object().map(|fields| fields.keys().cloned().collect()).unwrap_or_default();
            if !fields.is_empty() {
                event[feed.choose(&fields)?.as_str()] = value(feed)?;
            }
        }
        if !stream {
            return Ok(event.to_string().into_bytes());
        }
        let end = *feed.choose(&["\n", "\n", "\n", "\r\n", "\r"])?;
        out.push_str(feed.choose(&[
            "data: ",
            "data: ",
            "event: x\ndata: ",
            "data:",
            ": c\ndata: ",
            "\u{feff}data: ",
            "id: ",
        ])?);
        out.push_str(&event.to_string());
        out.push_str(end);
        out.push_str(if feed.ratio(15, 16)? { end } else { "" });
    }
    if feed.ratio(1, 2)? {
        out.push_str("data: [DONE]\n\n");
    }
    Ok(out.into_bytes())
}

fn event(feed: &mut Unstructured<'_>) -> Result<Value> {
    let index = feed.int_in_range(0..=2)?;
    let stop = *feed.choose(&["end_turn", "tool_use", "stop", "tool_calls", "length", "max_tokens", "refusal", "x"])?;
    let part = match feed.int_in_range(0..=3)? {
        0 => json!({ "type": "text", "text": text(feed)? }),
        1 => json!({ "type": "tool_use", "id": text(feed)?, "name": text(feed)?, "input": value(feed)? }),
        2 => json!({ "type": "thinking", "thinking": text(feed)?, "signature": text(feed)? }),
        _ => json!({ "type": text(feed)?, "data": value(feed)? }),
    };
    let function = json!({ "name": text(feed)?, "arguments": text(feed)? });
    let calls = json!([{ "index": index, "id": value(feed)?, "type": "function", "function": function }]);
    let said = json!({ "role": "assistant", "content": value(feed)?, "tool_calls": calls });
    let finish = if feed.ratio(1, 3)? { json!(stop) } else { Value::Null };
    Ok(match feed.int_in_range(0..=9)? {
        0 => json!({ "type": "message_start", "message": { "content": [], "usage": { "input_tokens": 3 } } }),
        1 => json!({ "type": "content_block_start", "index": index, "content_block": part }),
        2 => {
            json!({ "type": "content_block_delta", "index": index, "delta": { "type": "text_delta", "text": text(feed)? } })
        }
        3 => json!({ "type": "content_block_delta", "index": index,
            "delta": { "type": "input_json_delta", "partial_json": text(feed)? } }),
        4 => json!({ "type": "content_block_stop", "index": index }),
        5 => {
            json!({ "type": "message_delta", "delta": { "stop_reason": stop }, "usage": { "output_tokens": value(feed)? } })
        }
        6 => json!({ "type": "message_stop" }),
        7 => json!({ "type": "message", "content": [part], "stop_reason": stop, "usage": {},
            "choices": [{ "message": said, "finish_reason": finish }] }),
        8 => json!({ "error": { "type": text(feed)?, "message": text(feed)? } }),
        _ => json!({ "choices": [{ "index": 0, "delta": said, "finish_reason": finish }] }),
    })
}
