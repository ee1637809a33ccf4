//! A server that says what a test wants → what was asked of it, and what came of it.

mod anthropic;
mod chat;
mod faults;
mod small;
mod stream;

use std::cell::{Cell, RefCell};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use super::*;
use crate::agent::core::{Call, Message, Part, Reply, Spec, StopReason, Turn};

const KEY: &str = "sk-test-0123456789abcdef";

/// What is written for one request, and how long the connection is then kept.
#[derive(Clone)]
struct Answer(Vec<Vec<u8>>, Duration);

/// What was asked.
struct Asked {
    head: String,
    body: Value,
}

struct Server {
    url: String,
    asked: JoinHandle<Vec<Asked>>,
}

/// Time that passes only when somebody rests.
#[derive(Default)]
struct Still {
    rests: RefCell<Vec<Duration>>,
    chance: Cell<u8>,
}

impl Clock for &Still {
    fn elapsed(&self) -> Duration {
        self.rests.borrow().iter().sum()
    }

    fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777) + self.elapsed()
    }

    fn rest(&self, time: Duration) {
        self.rests.borrow_mut().push(time);
    }

    fn chance(&self) -> u8 {
        self.chance.get()
    }
}

impl Server {
    fn of(answers: Vec<Answer>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked = std::thread::spawn(move || {
            answers.into_iter().map(|answer| one(&mut listener.accept().unwrap().0, answer)).collect()
        });
        Self { url, asked }
    }

    /// All answers must have been fetched.
    fn asked(self) -> Vec<Asked> {
        self.asked.join().unwrap()
    }
}

fn one(stream: &mut TcpStream, answer: Answer) -> Asked {
    stream.set_nodelay(true).unwrap();
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let (mut head, mut line) = (String::new(), String::new());
    while reader.read_line(&mut line).unwrap() > 2 {
        head.push_str(&std::mem::take(&mut line));
    }
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap().parse().unwrap();
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    for piece in answer.0 {
        // The other side may have had enough.
        if stream.write_all(&piece).is_err() {
            break;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    std::thread::sleep(answer.1);
    Asked { head, body: serde_json::from_slice(&body).unwrap() }
}

/// An answer with these head lines and this body.
fn raw(head: &str, body: impl Into<Vec<u8>>) -> Answer {
    Answer(vec![format!("HTTP/1.1 {head}\r\nconnection: close\r\n\r\n").into_bytes(), body.into()], Duration::ZERO)
}

/// An event stream that ends where it ends.
fn stream(body: impl Into<Vec<u8>>) -> Answer {
    raw("200 OK\r\ncontent-type: text/event-stream; charset=utf-8", body)
}

fn whole(status: &str, body: &Value) -> Answer {
    let body = body.to_string();
    raw(&format!("{status}\r\ncontent-type: application/json\r\ncontent-length: {}", body.len()), body)
}

fn events(events: &[Value]) -> String {
    let text = |event: &Value| format!("event: {}\ndata: {event}\n\n", event["type"].as_str().unwrap_or("x"));
    events.iter().map(text).collect()
}

fn done(chunks: &[Value]) -> String {
    events(chunks) + "data: [DONE]\n\n"
}

fn settings(dialect: Dialect, server: &Server) -> Settings {
    let tail = if dialect == Dialect::Chat { "/v1" } else { "" };
    Settings {
        dialect,
        url: format!("{}{tail}", server.url),
        model: "some-model".to_owned(),
        key: Key::from_text(KEY),
        max_tokens: 1000,
        patience: Duration::from_secs(5),
        price: Some((3_000_000, 15_000_000)),
    }
}

/// What came of one turn: the reply or what is said of it, what was shown, and how long was rested.
struct Came {
    reply: Result<Reply, String>,
    shown: String,
    rests: Vec<Duration>,
    asked: Vec<Asked>,
}

fn turn_with(settings: Settings, server: Server, messages: &[Message]) -> Came {
    let (shown, clock) = (RefCell::new(String::new()), Still::default());
    let tools = [Spec { name: "read", what: "reads a file", input: json!({ "type": "object" }) }];
    let reply = {
        let mut model =
            open_with(settings, Box::new(|text| shown.borrow_mut().push_str(text)), Box::new(&clock)).unwrap();
        model.turn(&Turn { system: "be brief", tools: &tools, messages }).map_err(|fault| fault.to_string())
    };
    Came { reply, shown: shown.into_inner(), rests: clock.rests.into_inner(), asked: server.asked() }
}

fn turn(dialect: Dialect, answers: Vec<Answer>) -> Came {
    let server = Server::of(answers);
    turn_with(settings(dialect, &server), server, &[Message::Task("look".to_owned())])
}

fn call(id: &str, input: Result<Value, &str>) -> Part {
    Part::Call(Call { id: id.to_owned(), tool: "read".to_owned(), input: input.map_err(str::to_owned) })
}

fn words(text: &str) -> Part {
    Part::Text(text.to_owned())
}

fn answer(id: &str, text: &str, failed: bool) -> Message {
    Message::Answer { id: id.to_owned(), text: text.to_owned(), failed }
}

/// The simplest whole answer: `hi`.
fn hi(dialect: Dialect) -> Vec<Value> {
    match dialect {
        Dialect::Anthropic => vec![
            json!({"type":"message_start","message":{"usage":{"input_tokens":10,"output_tokens":1}}}),
            json!({"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}),
            json!({"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"hï"}}),
            json!({"type":"content_block_stop","index":0}),
            json!({"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":2}}),
            json!({"type":"message_stop"}),
        ],
        Dialect::Chat => vec![
            json!({"choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}],"usage":null}),
            json!({"choices":[{"index":0,"delta":{"content":"hï"}}]}),
            json!({"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}),
            json!({"choices":[],"usage":{"prompt_tokens":10,"completion_tokens":2}}),
        ],
    }
}

fn hi_text(dialect: Dialect) -> String {
    if dialect == Dialect::Chat { done(&hi(dialect)) } else { events(&hi(dialect)) }
}

fn hi_reply(dialect: Dialect) -> Reply {
    let raw = match dialect {
        Dialect::Anthropic => json!([{ "type": "text", "text": "hï" }]),
        Dialect::Chat => json!({ "role": "assistant", "content": "hï" }),
    };
    // Ten at three and two at fifteen dollars a million.
    Reply { parts: vec![words("hï")], stop: StopReason::End, tokens: 12, cost: 60, raw }
}

const BOTH: [Dialect; 2] = [Dialect::Anthropic, Dialect::Chat];
