//! A gate that runs for a test, and ends with it.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::client::{Said, answer, ask, connect, request};
use crate::registry::Registry;

pub struct Gate {
    child: Option<Child>,
    lines: Receiver<Value>,
    /// Its address, with a slash at the end.
    pub url: String,
    pub folder: PathBuf,
    _place: Option<tempfile::TempDir>,
    /// The token of a client.
    pub token: String,
}

/// What the gate says on standard error within this time, or the test fails.
const PATIENCE: Duration = Duration::from_secs(60);

pub fn lastlook(args: &[&str]) -> (i32, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_lastlook")).args(args).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap_or(-1), text(output.stdout), text(output.stderr))
}

impl Gate {
    /// Before the registry at `upstream`, whose token is `token`; `policy` is the text of its policy.
    pub fn start(upstream: &str, token: &str, policy: &str, args: &[&str]) -> Self {
        let place = tempfile::tempdir().unwrap();
        std::fs::write(place.path().join("token"), token).unwrap();
        std::fs::write(place.path().join("policy.toml"), policy).unwrap();
        let folder = place.path().to_owned();
        let mut gate = Self::again(&folder, upstream, args);
        gate._place = Some(place);
        gate
    }

    /// Before a registry that records every byte.
    pub fn before(registry: &Registry, policy: &str, args: &[&str]) -> Self {
        Self::start(&registry.url(), &registry.token(), policy, args)
    }

    /// Starts a gate in a folder where there was one.
    pub fn again(folder: &Path, upstream: &str, args: &[&str]) -> Self {
        let at = |name: &str| folder.join(name).display().to_string();
        let state = at("state");
        let token_file = folder.join("client");
        if !token_file.exists() {
            let (code, out, err) = lastlook(&["gate", "token", "add", "ci", "--state", &state]);
            assert_eq!(code, 0, "{err}");
            std::fs::write(&token_file, out.lines().last().unwrap()).unwrap();
        }
        let mut child = Command::new(env!("CARGO_BIN_EXE_lastlook"))
            .args(["gate", "--listen", "127.0.0.1:0", "--upstream", upstream, "--upstream-token-file", &at("token")])
            .args(["--state", &state, "--policy", &at("policy.toml")])
            .args(args)
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let reader = BufReader::new(child.stderr.take().unwrap());
        let (send, lines) = channel();
        std::thread::spawn(move || {
            for line in reader.lines().map_while(Result::ok) {
                let value = serde_json::from_str(&line).unwrap_or(Value::String(line));
                if send.send(value).is_err() {
                    return;
                }
            }
        });
        let token = std::fs::read_to_string(token_file).unwrap();
        let (url, folder) = (String::new(), folder.to_owned());
        let mut gate = Self { child: Some(child), lines, url, folder, _place: None, token };
        let said = gate.await_line("listening");
        gate.url = format!("http://{}/", said["address"].as_str().unwrap());
        gate
    }

    /// Waits until it says this.
    #[track_caller]
    pub fn await_line(&self, what: &str) -> Value {
        let until = Instant::now() + PATIENCE;
        let mut seen = Vec::new();
        loop {
            match self.lines.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok(line) if line["what"] == what => return line,
                Ok(line) => seen.push(line),
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => panic!("no {what:?} in {seen:#?}"),
            }
        }
    }

    /// All that it said since it was last asked.
    pub fn lines(&self) -> Vec<Value> {
        self.lines.try_iter().collect()
    }

    pub fn id(&self) -> rustix::process::Pid {
        rustix::process::Pid::from_child(self.child.as_ref().unwrap())
    }

    pub fn signal(&self, signal: rustix::process::Signal) {
        rustix::process::kill_process(self.id(), signal).unwrap();
    }

    /// Ends it as a system does. Its exit code.
    pub fn stop(mut self) -> i32 {
        self.signal(rustix::process::Signal::TERM);
        let code = self.child.take().unwrap().wait().unwrap().code();
        code.unwrap_or(-1)
    }

    /// Ends it in the middle of whatever it does.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    pub fn state(&self) -> PathBuf {
        self.folder.join("state")
    }

    #[track_caller]
    pub fn ask(&self, method: &str, target: &str, body: &[u8]) -> Said {
        ask(&self.url, method, target, Some(&self.token), body)
    }

    /// Publishes a tarball as npm would.
    #[track_caller]
    pub fn publish(&self, name: &str, version: &str, tarball: &[u8]) -> Said {
        let body = crate::client::publication(name, version, tarball).to_string();
        self.ask("PUT", &format!("/{}", name.replace('/', "%2f")), body.as_bytes())
    }

    /// Sends bytes as they are.
    pub fn raw(&self, bytes: &[u8]) -> Option<Said> {
        let mut stream: TcpStream = connect(&self.url);
        let _ = stream.write_all(bytes);
        answer(&mut stream)
    }

    /// A request with headers of its own.
    pub fn with(&self, method: &str, target: &str, headers: &[(&str, &str)], body: &[u8]) -> Option<Said> {
        let plain = request(method, target, Some(&self.token), body);
        let text = String::from_utf8_lossy(&plain[..plain.len() - body.len()]).into_owned();
        let more: String =
            headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect::<Vec<_>>().concat();
        let head = text.replacen("\r\n\r\n", &format!("\r\n{more}\r\n"), 1);
        self.raw(&[head.as_bytes(), body].concat())
    }

    /// The lines of its log.
    pub fn log(&self) -> Vec<Value> {
        let (code, out, err) = lastlook(&["gate", "log", "--json", "--state", &self.state().display().to_string()]);
        assert_eq!(code, 0, "{err}");
        out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// The events of its log.
    pub fn events(&self) -> Vec<String> {
        self.log().iter().map(|line| line["event"].as_str().unwrap().to_owned()).collect()
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        self.kill();
    }
}

/// What a client is told.
pub fn error(said: &Said) -> String {
    said.json()["error"].as_str().unwrap_or_default().to_owned()
}

/// Nothing was sent to the registry, not even a connection was made.
#[track_caller]
pub fn untouched(registry: &Registry, what: &str) {
    let sent: usize = registry.connections().iter().map(Vec::len).sum();
    assert_eq!((sent, registry.connections().len()), (0, 0), "{what}: {:#?}", registry.requests());
}

/// Reads what is left of a stream, so that the other side can end.
pub fn drain(stream: &mut TcpStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes);
    bytes
}
