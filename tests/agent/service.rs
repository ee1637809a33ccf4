//! A service that a model answers at, in either form, by a script: words and calls that stream, and everything that goes
//! wrong with that.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use crate::registry::Registry;
use crate::run::Ran;
use crate::yard::Yard;

pub const KEY: &str = "canary-of-a-model-key";

/// One answer.
#[derive(Debug, Clone)]
pub enum Act {
    /// Words, and tools to call, as they stream. `{sha512}` in an input is the last digest that the service was told.
    Say(&'static str, Vec<(&'static str, Value)>),
    /// The same in one piece.
    Whole(&'static str, Vec<(&'static str, Value)>),
    /// A call whose input is this text.
    Badly(&'static str, &'static str),
    /// The same as `Say`, with another reason to end.
    Stop(&'static str, &'static str, Vec<(&'static str, Value)>),
    /// A status, with a header.
    Status(u16, &'static str),
    /// An answer that is cut off before a word of it came, or behind one.
    Cut(bool),
}

/// Says one thing after the other and the last for ever, and keeps what it was asked.
pub struct Service {
    port: u16,
    asked: Arc<Mutex<Vec<Value>>>,
}

impl Service {
    pub fn start(dialect: &'static str, acts: Vec<Act>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&asked);
        std::thread::spawn(move || {
            for (number, stream) in listener.incoming().enumerate() {
                let Ok(mut stream) = stream else { return };
                let Some((head, body)) = request(&mut stream) else { continue };
                assert!(head.contains(KEY), "{head}");
                let body: Value = serde_json::from_slice(&body).unwrap();
                let act = filled(&acts[number.min(acts.len() - 1)], &body.to_string());
                kept.lock().unwrap().push(body);
                // Whoever asked may be gone.
                let _ = stream.write_all(answer(dialect, number, &act).as_bytes());
            }
        });
        Self { port, asked }
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/v1", self.port)
    }

    pub fn asked(&self) -> Vec<Value> {
        self.asked.lock().unwrap().clone()
    }
}

/// Neither the model's key nor the registry's token is printed, told to the model, or kept.
#[track_caller]
pub fn keeps_secrets(ran: &Ran, yard: &Yard, registry: &Registry, service: &Service) {
    for secret in [KEY.to_owned(), registry.token()] {
        assert!(!ran.stderr.contains(&secret) && !ran.stdout.contains(&secret), "{ran:?}");
        for asked in service.asked() {
            assert!(!asked.to_string().contains(&secret), "{asked}");
        }
        for entry in walkdir::WalkDir::new(yard.state()).into_iter().map(Result::unwrap) {
            assert_eq!(crate::hostile::found(&secret, &std::fs::read(entry.path()).unwrap_or_default()), None);
        }
    }
}

fn request(stream: &mut TcpStream) -> Option<(String, Vec<u8>)> {
    let mut bytes = Vec::new();
    let mut chunk = [0; 4096];
    loop {
        let count = stream.read(&mut chunk).ok().filter(|count| *count > 0)?;
        bytes.extend_from_slice(&chunk[..count]);
        let Some(end) = bytes.windows(4).position(|part| part == b"\r\n\r\n") else { continue };
        let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
        let length =
            head.to_ascii_lowercase().split("content-length: ").nth(1)?.lines().next()?.trim().parse::<usize>().ok()?;
        if bytes.len() >= end + 4 + length {
            return Some((head, bytes[end + 4..end + 4 + length].to_vec()));
        }
    }
}

/// The last digest in what the service was told; one that nothing has where there is none.
fn digest(told: &str) -> String {
    const MARK: &str = "sha512: sha512-";
    let is = |text: &&str| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+/=-".contains(&byte));
    let found = told.rfind(MARK).and_then(|at| told.get(at + 8..at + 103)).filter(is);
    found.map_or_else(|| format!("sha512-{}==", "A".repeat(86)), str::to_owned)
}

fn filled(act: &Act, told: &str) -> Act {
    let fill = |calls: &Vec<(&'static str, Value)>| {
        let one = |(name, input): &(&'static str, Value)| {
            let text = input.to_string().replace("{sha512}", &digest(told));
            (*name, serde_json::from_str(&text).unwrap())
        };
        calls.iter().map(one).collect()
    };
    match act {
        Act::Say(words, calls) => Act::Say(words, fill(calls)),
        Act::Whole(words, calls) => Act::Whole(words, fill(calls)),
        Act::Stop(reason, words, calls) => Act::Stop(reason, words, fill(calls)),
        other => other.clone(),
    }
}

fn answer(dialect: &str, number: usize, act: &Act) -> String {
    let texts = |calls: &Vec<(&'static str, Value)>| -> Vec<(&'static str, String)> {
        calls.iter().map(|(name, input)| (*name, input.to_string())).collect()
    };
    let usual = |calls: &Vec<_>| match (dialect, calls.is_empty()) {
        ("anthropic", true) => "end_turn",
        ("anthropic", false) => "tool_use",
        (_, true) => "stop",
        (_, false) => "tool_calls",
    };
    match act {
        Act::Say(words, calls) => streamed(&events(dialect, number, words, &texts(calls), usual(calls))),
        Act::Stop(reason, words, calls) => streamed(&events(dialect, number, words, &texts(calls), reason)),
        Act::Badly(tool, text) => {
            streamed(&events(dialect, number, "", &[(tool, (*text).to_owned())], usual(&vec![(*tool, Value::Null)])))
        }
        Act::Whole(words, calls) => whole(dialect, number, words, calls, usual(calls)),
        Act::Status(status, header) => {
            let body =
                json!({ "type": "error", "error": { "type": "overloaded_error", "message": "wait" } }).to_string();
            let head = format!("HTTP/1.1 {status} No\r\n{header}content-type: application/json\r\n");
            format!("{head}content-length: {}\r\nconnection: close\r\n\r\n{body}", body.len())
        }
        Act::Cut(talking) => {
            let all = events(dialect, number, "I will do", &[], usual(&Vec::new()));
            // What says a word comes third with one, and second with the other.
            let some = if *talking { if dialect == "anthropic" { 3 } else { 2 } } else { 1 };
            let text: String = all.iter().take(some).cloned().collect();
            format!(
                "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: 100000\r\nconnection: close\r\n\r\n{text}"
            )
        }
    }
}

fn streamed(events: &[String]) -> String {
    let text = events.concat();
    let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n";
    format!("{head}content-length: {}\r\nconnection: close\r\n\r\n{text}", text.len())
}

/// An input in two pieces, as services send it.
fn halves(text: &str) -> [&str; 2] {
    let middle = text.floor_char_boundary(text.len() / 2);
    [&text[..middle], &text[middle..]]
}

fn events(dialect: &str, number: usize, words: &str, calls: &[(&str, String)], stop: &str) -> Vec<String> {
    let mut all = Vec::new();
    if dialect == "anthropic" {
        let mut put = |value: Value| all.push(format!("event: {}\ndata: {value}\n\n", value["type"].as_str().unwrap()));
        put(
            json!({ "type": "message_start", "message": { "id": "m", "type": "message", "role": "assistant", "content": [], "usage": { "input_tokens": 5, "output_tokens": 1 } } }),
        );
        put(json!({ "type": "content_block_start", "index": 0, "content_block": { "type": "text", "text": "" } }));
        for piece in halves(words) {
            put(json!({ "type": "content_block_delta", "index": 0, "delta": { "type": "text_delta", "text": piece } }));
        }
        put(json!({ "type": "content_block_stop", "index": 0 }));
        for (at, (name, text)) in calls.iter().enumerate() {
            let index = at + 1;
            put(
                json!({ "type": "content_block_start", "index": index, "content_block": { "type": "tool_use", "id": format!("call-{number}-{at}"), "name": name, "input": {} } }),
            );
            for piece in halves(text) {
                put(
                    json!({ "type": "content_block_delta", "index": index, "delta": { "type": "input_json_delta", "partial_json": piece } }),
                );
            }
            put(json!({ "type": "content_block_stop", "index": index }));
        }
        put(json!({ "type": "message_delta", "delta": { "stop_reason": stop }, "usage": { "output_tokens": 5 } }));
        put(json!({ "type": "message_stop" }));
        return all;
    }
    let mut put = |delta: Value, stop: Value| {
        let value = json!({ "id": "c", "object": "chat.completion.chunk", "choices": [{ "index": 0, "delta": delta, "finish_reason": stop }] });
        all.push(format!("data: {value}\n\n"));
    };
    put(json!({ "role": "assistant", "content": "" }), Value::Null);
    for piece in halves(words) {
        put(json!({ "content": piece }), Value::Null);
    }
    for (at, (name, text)) in calls.iter().enumerate() {
        put(
            json!({ "tool_calls": [{ "index": at, "id": format!("call-{number}-{at}"), "type": "function", "function": { "name": name, "arguments": "" } }] }),
            Value::Null,
        );
        for piece in halves(text) {
            put(json!({ "tool_calls": [{ "index": at, "function": { "arguments": piece } }] }), Value::Null);
        }
    }
    put(json!({}), json!(stop));
    all.push(format!(
        "data: {}\n\n",
        json!({ "id": "c", "choices": [], "usage": { "prompt_tokens": 5, "completion_tokens": 5 } })
    ));
    all.push("data: [DONE]\n\n".to_owned());
    all
}

fn whole(dialect: &str, number: usize, words: &str, calls: &[(&'static str, Value)], stop: &str) -> String {
    let id = |at: usize| format!("call-{number}-{at}");
    let rows = || calls.iter().enumerate();
    let value = if dialect == "anthropic" {
        let tools =
            rows().map(|(at, (name, input))| json!({ "type": "tool_use", "id": id(at), "name": name, "input": input }));
        let content: Vec<Value> = std::iter::once(json!({ "type": "text", "text": words })).chain(tools).collect();
        json!({ "id": "m", "type": "message", "role": "assistant", "content": content, "stop_reason": stop, "usage": { "input_tokens": 5, "output_tokens": 5 } })
    } else {
        let tools: Vec<Value> = rows()
            .map(|(at, (name, input))| json!({ "id": id(at), "type": "function", "function": { "name": name, "arguments": input.to_string() } }))
            .collect();
        let mut message = json!({ "role": "assistant", "content": words });
        if !tools.is_empty() {
            message["tool_calls"] = json!(tools);
        }
        json!({ "choices": [{ "index": 0, "message": message, "finish_reason": stop }], "usage": { "prompt_tokens": 5, "completion_tokens": 5 } })
    };
    let text = value.to_string();
    let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n";
    format!("{head}content-length: {}\r\nconnection: close\r\n\r\n{text}", text.len())
}
