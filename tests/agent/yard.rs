//! A project, a folder for sessions and a journal, and runs of the agent on them.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};

use crate::run::{Place, Ran, Run};

/// What scripts can be kept in by.
pub const KINDS: [&str; 2] = ["bubblewrap", "landlock"];

pub struct Yard {
    pub place: Place,
}

impl Yard {
    pub fn new() -> Self {
        let place = Place::new();
        std::fs::create_dir_all(place.folder().join("project")).unwrap();
        Self { place }
    }

    /// With a copy of one of the sample projects.
    pub fn sample(name: &str) -> Self {
        let yard = Self::new();
        let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/sample").join(name);
        for entry in walkdir::WalkDir::new(&from).into_iter().map(Result::unwrap) {
            let to = yard.project().join(entry.path().strip_prefix(&from).unwrap());
            if entry.file_type().is_dir() {
                std::fs::create_dir_all(to).unwrap();
            } else {
                std::fs::copy(entry.path(), to).unwrap();
            }
        }
        yard
    }

    /// With one package: its scripts, and more keys of its manifest.
    pub fn package(name: &str, scripts: Value, extra: Value) -> Self {
        let yard = Self::new();
        let mut manifest =
            json!({ "name": name, "version": "1.0.0", "license": "MIT", "files": ["dist"], "scripts": scripts });
        for (key, value) in extra.as_object().unwrap() {
            manifest[key] = value.clone();
        }
        yard.write("package.json", &format!("{manifest:#}\n"));
        yard.write("dist/index.js", "export default 1;\n");
        yard
    }

    pub fn project(&self) -> PathBuf {
        self.place.folder().join("project")
    }

    pub fn write(&self, path: &str, text: &str) -> PathBuf {
        self.place.write(&format!("project/{path}"), text)
    }

    pub fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.project().join(path)).unwrap_or_default()
    }

    pub fn state(&self) -> PathBuf {
        self.place.home().join("agent")
    }

    /// A command of the agent, with the folders of this yard.
    pub fn agent(&self, words: &[&str]) -> Run {
        let run = self.place.lastlook(&[&["agent"], words].concat()).arg("--state").arg(self.state());
        run.limit(Duration::from_secs(180))
    }

    /// A release to a registry.
    pub fn release(&self, registry: &str, token: &str, words: &[&str]) -> Run {
        let file = self.place.write_home("token", token);
        let journal = self.place.home().join("journal");
        let run = self.agent(&["release", "project"]).args(words.iter().copied());
        run.args(["--registry", registry, "--timeout", "20", "--wait", "5"])
            .arg("--token-file")
            .arg(file)
            .arg("--journal")
            .arg(journal)
    }

    /// A release that sends nothing, and asks nobody.
    pub fn dry(&self, words: &[&str]) -> Ran {
        let journal = self.place.home().join("journal");
        let run = self.agent(&["release", "project", "--dry-run", "--registry", "http://127.0.0.1:9/"]);
        run.args(words.iter().copied()).arg("--journal").arg(journal).run()
    }

    pub fn resume(&self) -> Ran {
        self.agent(&["resume"]).run()
    }

    /// The lines of the last session, read by another program than the one that wrote them: each must follow from the last.
    #[track_caller]
    pub fn lines(&self) -> Vec<Value> {
        let mut sessions: Vec<PathBuf> =
            std::fs::read_dir(self.state().join("sessions")).unwrap().map(|entry| entry.unwrap().path()).collect();
        sessions.sort();
        let text = std::fs::read_to_string(sessions.last().unwrap().join("session.jsonl")).unwrap();
        let mut prev = "0".repeat(64);
        let mut lines = Vec::new();
        for (number, text) in text.lines().enumerate() {
            let line: Value = serde_json::from_str(text).unwrap();
            assert_eq!(
                (line["prev"].as_str(), line["seq"].as_u64()),
                (Some(prev.as_str()), Some(number as u64)),
                "{text}"
            );
            let (open, hash) = text.strip_suffix("\"}").unwrap().rsplit_once(",\"hash\":\"").unwrap();
            let mut sum = Command::new("sha256sum").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
            write!(sum.stdin.take().unwrap(), "{open}}}").unwrap();
            prev = String::from_utf8(sum.wait_with_output().unwrap().stdout).unwrap()[..64].to_owned();
            assert_eq!(prev, hash);
            lines.push(line);
        }
        lines
    }

    /// What happened, in a word a line.
    #[track_caller]
    pub fn kinds(&self) -> Vec<String> {
        self.lines().iter().map(|line| line["kind"].as_str().unwrap().to_owned()).collect()
    }

    /// How the last session ended: the word, and why.
    #[track_caller]
    pub fn stopped(&self) -> (String, String) {
        let last = self.lines().pop().unwrap();
        assert_eq!(last["kind"], "stopped", "{last}");
        (last["stop"].as_str().unwrap().to_owned(), last["why"].as_str().unwrap().to_owned())
    }
}

/// Whether a release can be made here at all: npm packs it, and something keeps its scripts in.
pub fn ready() -> bool {
    let npm = Command::new("npm").arg("--version").output().is_ok_and(|output| output.status.success());
    let what = "npm is not there, and packs what these tests release";
    assert!(npm || std::env::var_os("CI").is_none_or(|ci| ci != "true"), "{what}");
    if !npm {
        eprintln!("SKIPPED: {what}");
    }
    npm && KINDS.into_iter().any(has)
}

/// Whether this machine has it; said aloud where not. In a pipeline it has to be there.
pub fn has(kind: &str) -> bool {
    let found = match kind {
        "bubblewrap" => {
            Command::new("bwrap").args(["--ro-bind", "/", "/", "true"]).status().is_ok_and(|end| end.success())
        }
        _ => std::fs::read_to_string("/sys/kernel/security/lsm").map_or(true, |list| list.contains("landlock")),
    };
    let what = format!("{kind} is not there, or may not be used");
    assert!(found || std::env::var_os("CI").is_none_or(|ci| ci != "true"), "{what}");
    if !found {
        eprintln!("SKIPPED: {what}");
    }
    found
}
