//! Coding agents at the other end of the line: raw lines of both generations, and a client that others wrote.

mod client;
mod lines;
mod tools;

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::{Value, json};

use crate::desk::{Desk, found};
use crate::run::Run;

/// The last generation that opens a conversation, and the first that does not.
const OLD: &str = "2025-11-25";
const NEW: &str = "2026-07-28";

/// A line that takes longer fails its test.
const PATIENCE: Duration = Duration::from_secs(60);

/// A conversation with lastlook.
struct Talk {
    child: Child,
    stdin: Option<ChildStdin>,
    stdout: Receiver<String>,
    stderr: Receiver<String>,
    version: &'static str,
    /// All that was printed.
    said: String,
}

/// Reads a pipe on a thread of its own, line by line.
fn lines(pipe: impl std::io::Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        for line in BufReader::new(pipe).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                break;
            }
        }
    });
    receiver
}

impl Talk {
    /// Not opened yet.
    fn bare(run: Run, version: &'static str) -> Self {
        let mut child = run.piped();
        let stdin = child.stdin.take();
        let (stdout, stderr) = (lines(child.stdout.take().unwrap()), lines(child.stderr.take().unwrap()));
        Self { child, stdin, stdout, stderr, version, said: String::new() }
    }

    /// Opened as its generation does it.
    fn open(desk: &Desk, version: &'static str) -> Self {
        let mut talk = Self::bare(desk.run(&["mcp"]), version);
        talk.opening();
        talk
    }

    fn opening(&mut self) -> Value {
        if self.version == NEW {
            return self.ask(json!("d"), "server/discover", json!({}));
        }
        let hello = self.ask(json!("i"), "initialize", hello());
        self.raw(br#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#);
        hello
    }

    fn raw(&mut self, line: &[u8]) {
        let stdin = self.stdin.as_mut().unwrap();
        stdin.write_all(line).unwrap();
        stdin.write_all(b"\n").unwrap();
        stdin.flush().unwrap();
    }

    fn send(&mut self, id: Value, method: &str, mut params: Value) {
        if self.version == NEW {
            params["_meta"] = json!({
                "io.modelcontextprotocol/protocolVersion": NEW,
                "io.modelcontextprotocol/clientCapabilities": {},
                "io.modelcontextprotocol/clientInfo": { "name": "t", "version": "1" },
            });
        }
        let line = json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params });
        self.raw(line.to_string().as_bytes());
    }

    fn call(&mut self, id: u64, name: &str, arguments: Value) {
        self.send(json!(id), "tools/call", json!({ "name": name, "arguments": arguments }));
    }

    /// The next line, which is of the protocol or the test fails.
    #[track_caller]
    fn next(&mut self) -> Value {
        let line = self.stdout.recv_timeout(PATIENCE).expect("a line within a minute");
        self.said.push_str(&line);
        let value: Value = serde_json::from_str(&line).unwrap_or_else(|_| panic!("not the protocol: {line:?}"));
        assert_eq!(value["jsonrpc"], "2.0");
        value
    }

    #[track_caller]
    fn ask(&mut self, id: Value, method: &str, params: Value) -> Value {
        self.send(id.clone(), method, params);
        let answer = self.next();
        assert_eq!(answer["id"], id);
        answer
    }

    #[track_caller]
    fn result(&mut self, name: &str, arguments: Value) -> Value {
        self.ask(json!(7), "tools/call", json!({ "name": name, "arguments": arguments }))["result"].clone()
    }

    /// What a tool found.
    #[track_caller]
    fn good(&mut self, name: &str, arguments: Value) -> Value {
        let result = self.result(name, arguments);
        assert_eq!(result["isError"], false, "{result}");
        assert!(!text(&result).is_empty() && result.to_string().len() <= 64 << 10);
        result["structuredContent"].clone()
    }

    /// Why a tool did nothing.
    #[track_caller]
    fn bad(&mut self, name: &str, arguments: Value) -> String {
        let result = self.result(name, arguments);
        assert_eq!(result["isError"], true, "{result}");
        text(&result).to_owned()
    }

    /// What is still said after stdin has ended, the exit code, and all that was ever printed.
    fn end(mut self) -> (Vec<Value>, Option<i32>, String) {
        drop(self.stdin.take());
        let mut rest = Vec::new();
        while let Ok(line) = self.stdout.recv_timeout(PATIENCE) {
            self.said.push_str(&line);
            rest.push(serde_json::from_str(&line).unwrap());
        }
        let code = self.gone();
        while let Ok(line) = self.stderr.recv_timeout(PATIENCE) {
            self.said.push_str(&line);
        }
        (rest, code, std::mem::take(&mut self.said))
    }

    /// Waits until it has ended.
    fn gone(&mut self) -> Option<i32> {
        let until = std::time::Instant::now() + PATIENCE;
        loop {
            match self.child.try_wait().unwrap() {
                Some(status) => return status.code(),
                None if std::time::Instant::now() > until => panic!("it does not end"),
                None => std::thread::sleep(Duration::from_millis(10)),
            }
        }
    }

    /// Ends it in good order, if the token of the desk was printed nowhere.
    #[track_caller]
    fn end_well(self, desk: &Desk) {
        let (rest, code, said) = self.end();
        assert_eq!((rest, code), (vec![], Some(0)), "{said}");
        assert_eq!(found(&desk.registry.token(), said.as_bytes()), None, "{said}");
    }
}

impl Drop for Talk {
    fn drop(&mut self) {
        if let Ok(None) = self.child.try_wait() {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

/// What an old client says first.
fn hello() -> Value {
    json!({ "protocolVersion": OLD, "capabilities": {}, "clientInfo": { "name": "t", "version": "1" } })
}

/// What a result says in words.
#[track_caller]
fn text(result: &Value) -> &str {
    result["content"][0]["text"].as_str().unwrap()
}

/// A digest as npm writes it.
fn digest(letter: &str) -> String {
    format!("sha512-{}g==", letter.repeat(85))
}
