//! A web server on loopback that keeps an account of what it was asked, and runs of lastlook against it.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use serde_json::Value;

pub fn bundlers() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bundlers")
}

/// Whether the bundlers and Node are there; where they are missing, that is said aloud, and in CI it fails.
pub fn present() -> bool {
    let node =
        Command::new("node").arg("--version").stdout(Stdio::null()).status().is_ok_and(|status| status.success());
    let there = node && bundlers().join("node_modules/vite").is_dir();
    if !there {
        let what = "node, or what tests/bundlers needs, is missing (.ci/peers installs it)";
        assert!(std::env::var_os("CI").is_none_or(|ci| ci != "true"), "{what}");
        eprintln!("skipped: {what}");
    }
    there
}

pub struct Server {
    child: Child,
    lines: Receiver<String>,
    pub url: String,
}

impl Server {
    pub fn start(ask: &Value) -> Self {
        let mut child = Command::new("node")
            .arg(bundlers().join("serve.mjs"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(ask.to_string().as_bytes()).unwrap();
        let mut reader = BufReader::new(child.stdout.take().unwrap());
        let mut port = String::new();
        reader.read_line(&mut port).unwrap();
        let (send, lines) = channel();
        std::thread::spawn(move || reader.lines().map_while(Result::ok).try_for_each(|line| send.send(line)));
        Self { child, lines, url: format!("http://127.0.0.1:{}", port.trim()) }
    }

    /// What was asked so far: path and bytes that were sent.
    pub fn asked(&self) -> Vec<(String, u64)> {
        std::thread::sleep(Duration::from_millis(300));
        let row = |line: String| {
            let words: Vec<&str> = line.split(' ').collect();
            assert!(words[0] == "GET" && words[3].starts_with("lastlook/"), "{line}");
            (words[1].to_owned(), words[2].parse().unwrap())
        };
        self.lines.try_iter().map(row).collect()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

pub struct Seen {
    pub code: i32,
    pub report: Value,
    pub err: String,
    pub took: Duration,
}

/// Runs `lastlook verify URL`, with a report as JSON.
pub fn verify(url: &str, args: &[&str]) -> Seen {
    let folder = tempfile::tempdir().unwrap();
    let started = Instant::now();
    let output = Command::new(env!("CARGO_BIN_EXE_lastlook"))
        .args(["verify", url, "--format", "json"])
        .args(args)
        .current_dir(folder.path())
        .env("NO_COLOR", "1")
        .output()
        .unwrap();
    Seen {
        code: output.status.code().unwrap(),
        report: serde_json::from_slice(&output.stdout).unwrap_or_default(),
        err: String::from_utf8(output.stderr).unwrap(),
        took: started.elapsed(),
    }
}

impl Seen {
    /// Each finding as its rule, its path and what it says, in order.
    pub fn findings(&self) -> Vec<(String, String, String)> {
        let mut all = Vec::new();
        for artifact in self.report["artifacts"].as_array().expect(&self.err) {
            for finding in artifact["findings"].as_array().unwrap() {
                let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
                let path = text(&finding["path"]);
                all.push((text(&finding["rule"]), path, text(&finding["message"])));
            }
        }
        all
    }

    pub fn of(&self, rule: &str) -> Vec<(String, String)> {
        let own = self.findings().into_iter().filter(|(id, ..)| id == rule);
        own.map(|(_, path, message)| (path, message)).collect()
    }
}
