//! Runs lastlook in an empty environment and a home of its own.

use std::ffi::OsString;
use std::io::{Read, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

/// A run that takes longer is killed, and fails its test.
const LIMIT: Duration = Duration::from_secs(60);

/// Another user than ourselves, who owns nothing.
pub const NOBODY: u32 = 65534;

/// A folder to run in, and a home, both gone afterwards.
pub struct Place {
    root: tempfile::TempDir,
}

impl Place {
    pub fn new() -> Self {
        let place = Self { root: tempfile::tempdir().unwrap() };
        for folder in [place.home(), place.state(), place.folder()] {
            std::fs::create_dir_all(folder).unwrap();
        }
        place
    }

    pub fn home(&self) -> PathBuf {
        self.root.path().join("home")
    }

    /// `XDG_STATE_HOME`.
    pub fn state(&self) -> PathBuf {
        self.home().join(".local/state")
    }

    /// Where lastlook runs.
    pub fn folder(&self) -> PathBuf {
        self.root.path().join("work")
    }

    /// Writes a file below the folder it runs in. Its whole path.
    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        put(&self.folder().join(name), bytes.as_ref(), 0o644)
    }

    /// Writes a file below home that only its owner can read, as credentials are kept. Its whole path.
    pub fn write_home(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        put(&self.home().join(name), bytes.as_ref(), 0o600)
    }

    /// A run of lastlook here, to be changed before it is started.
    pub fn lastlook(&self, args: &[&str]) -> Run {
        Run {
            args: args.iter().map(OsString::from).collect(),
            env: vec![
                ("PATH".into(), std::env::var_os("PATH").unwrap_or_default()),
                ("HOME".into(), self.home().into()),
                ("XDG_STATE_HOME".into(), self.state().into()),
            ],
            folder: self.folder(),
            root: self.root.path().to_owned(),
            stdin: None,
            limit: LIMIT,
            user: None,
            before: Vec::new(),
        }
    }
}

fn put(file: &Path, bytes: &[u8], mode: u32) -> PathBuf {
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    std::fs::write(file, bytes).unwrap();
    std::fs::set_permissions(file, std::fs::Permissions::from_mode(mode)).unwrap();
    file.to_owned()
}

/// A run that was not started yet.
#[must_use]
pub struct Run {
    args: Vec<OsString>,
    env: Vec<(OsString, OsString)>,
    folder: PathBuf,
    root: PathBuf,
    stdin: Option<Vec<u8>>,
    limit: Duration,
    user: Option<u32>,
    before: Vec<OsString>,
}

/// What came of a run.
#[derive(Debug, Clone)]
pub struct Ran {
    /// `None` when a signal ended it.
    pub code: Option<i32>,
    pub signal: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Run {
    pub fn arg(mut self, arg: impl Into<OsString>) -> Self {
        self.args.push(arg.into());
        self
    }

    pub fn args<A: Into<OsString>>(mut self, args: impl IntoIterator<Item = A>) -> Self {
        self.args.extend(args.into_iter().map(Into::into));
        self
    }

    /// Sets a variable, also one of those that are always there.
    pub fn env(mut self, name: &str, value: impl Into<OsString>) -> Self {
        self.env.push((name.into(), value.into()));
        self
    }

    /// Runs elsewhere than in the folder of its place.
    pub fn folder(mut self, folder: impl Into<PathBuf>) -> Self {
        self.folder = folder.into();
        self
    }

    /// Starts it by another program, whose words these are.
    pub fn through<A: Into<OsString>>(mut self, words: impl IntoIterator<Item = A>) -> Self {
        self.before = words.into_iter().map(Into::into).collect();
        self
    }

    /// What it reads; nothing unless this is called.
    pub fn stdin(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.stdin = Some(bytes.into());
        self
    }

    pub fn limit(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    /// As another user, who then owns the folders of the place. `None`, said aloud, where that can't be done; on a
    /// pipeline that is no fault, since one need not be root there.
    #[expect(clippy::wrong_self_convention, reason = "it reads as what it does: run as a user")]
    pub fn as_user(mut self, user: u32) -> Option<Self> {
        let root = Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout == b"0\n");
        if !root || Command::new("setpriv").arg("--version").output().is_err() {
            eprintln!("SKIPPED: another user needs root and setpriv");
            return None;
        }
        for entry in walkdir::WalkDir::new(&self.root) {
            std::os::unix::fs::lchown(entry.unwrap().path(), Some(user), Some(user)).unwrap();
        }
        self.user = Some(user);
        Some(self)
    }

    fn command(&self) -> Command {
        let lastlook = PathBuf::from(env!("CARGO_BIN_EXE_lastlook"));
        let mut words = Vec::new();
        let mut program = lastlook;
        if let Some(user) = self.user {
            // The folders above ours may be closed to that user, so that it gets a copy.
            program = self.root.join("lastlook");
            if !program.exists() {
                std::fs::copy(env!("CARGO_BIN_EXE_lastlook"), &program).unwrap();
                std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
            }
            words.extend(as_user(user).map(OsString::from));
        }
        words.extend(self.before.iter().cloned());
        words.push(program.into());
        let mut command = Command::new(&words[0]);
        command
            .args(&words[1..])
            .args(&self.args)
            .env_clear()
            .current_dir(&self.folder)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command.envs(self.env.iter().map(|(name, value)| (name, value)));
        command.stdin(if self.stdin.is_some() { Stdio::piped() } else { Stdio::null() });
        command
    }

    /// The same as one line for a shell.
    #[allow(dead_code, reason = "only the agent has terminals")]
    pub fn shell(&self) -> String {
        let quoted = |word: &std::ffi::OsStr| format!("'{}'", word.to_string_lossy().replace('\'', "'\\''"));
        let command = self.command();
        let set = self
            .env
            .iter()
            .map(|(name, value)| quoted(&OsString::from(format!("{}={}", name.display(), value.display()))));
        let words = std::iter::once(quoted(command.get_program())).chain(command.get_args().map(quoted));
        let all: Vec<String> = set.chain(words).collect();
        format!("cd {} && exec env -i {}", quoted(self.folder.as_os_str()), all.join(" "))
    }

    /// Starts it. It is killed when what is returned is dropped.
    pub fn spawn(self) -> Running {
        let mut child = self.command().spawn().unwrap();
        if let (Some(mut pipe), Some(bytes)) = (child.stdin.take(), self.stdin) {
            // Whoever reads nothing closes the pipe, which is no fault.
            std::thread::spawn(move || drop(pipe.write_all(&bytes)));
        }
        let (stdout, stderr) = (drained(child.stdout.take().unwrap()), drained(child.stderr.take().unwrap()));
        Running { child, stdout, stderr, limit: self.limit }
    }

    /// Starts it with all three pipes in the hands of the caller, who ends it.
    pub fn piped(self) -> Child {
        self.command().stdin(Stdio::piped()).spawn().unwrap()
    }

    /// Runs it to its end.
    #[track_caller]
    pub fn run(self) -> Ran {
        self.spawn().end()
    }
}

/// The words before a program that another user is to run.
pub fn as_user(user: u32) -> [String; 4] {
    ["setpriv".to_owned(), format!("--reuid={user}"), format!("--regid={user}"), "--clear-groups".to_owned()]
}

/// Reads a pipe to its end on a thread of its own, so that no pipe is ever full.
fn drained(mut pipe: impl Read + Send + 'static) -> Receiver<Vec<u8>> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = pipe.read_to_end(&mut bytes);
        let _ = sender.send(bytes);
    });
    receiver
}

/// A run that was started.
pub struct Running {
    pub child: Child,
    stdout: Receiver<Vec<u8>>,
    stderr: Receiver<Vec<u8>>,
    limit: Duration,
}

impl Running {
    /// Waits for its end. One that takes too long is killed, and the test fails.
    #[track_caller]
    pub fn end(mut self) -> Ran {
        let start = Instant::now();
        // The pipes are closed as it ends, or as its last child does.
        let stdout = self.stdout.recv_timeout(self.limit);
        let stderr = self.stderr.recv_timeout(self.limit.saturating_sub(start.elapsed()));
        let (Ok(stdout), Ok(stderr)) = (stdout, stderr) else {
            let _ = self.child.kill();
            let stderr = self.stderr.recv_timeout(Duration::from_secs(1)).unwrap_or_default();
            panic!("lastlook did not end within {:?}: {}", self.limit, String::from_utf8_lossy(&stderr));
        };
        let status = self.child.wait().unwrap();
        ran(status, &stdout, &stderr)
    }

    /// Kills it without a word, and waits until it is gone.
    pub fn kill(mut self) -> Ran {
        self.child.kill().unwrap();
        let status = self.child.wait().unwrap();
        let within = Duration::from_secs(5);
        let stdout = self.stdout.recv_timeout(within).unwrap_or_default();
        let stderr = self.stderr.recv_timeout(within).unwrap_or_default();
        ran(status, &stdout, &stderr)
    }
}

fn ran(status: ExitStatus, stdout: &[u8], stderr: &[u8]) -> Ran {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Ran { code: status.code(), signal: status.signal(), stdout: text(stdout), stderr: text(stderr) }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Ok(None) = self.child.try_wait() {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}
