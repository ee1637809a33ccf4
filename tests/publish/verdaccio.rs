//! A registry that others wrote, on a port of this machine, stopped when it is dropped.

use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, Weak};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::client::{ask, try_ask};

/// Ends with its standard input, so that it ends with us, however we end.
const STARTER: &str = "process.stdin.on('end', () => process.exit()).on('error', () => process.exit()).resume()\n";

const START_LIMIT: Duration = Duration::from_secs(60);

/// The one that tests which run at the same time share.
static SHARED: Mutex<Weak<Verdaccio>> = Mutex::new(Weak::new());

pub struct Verdaccio {
    child: Child,
    url: String,
    token: String,
    folder: tempfile::TempDir,
}

impl Verdaccio {
    /// One for all the tests that hold it: the last one to drop it stops it. Let each test use names of its own.
    pub fn shared() -> Option<Arc<Self>> {
        let mut shared = SHARED.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        if let Some(running) = shared.upgrade() {
            return Some(running);
        }
        let started = Arc::new(Self::start()?);
        *shared = Arc::downgrade(&started);
        Some(started)
    }

    /// `None`, said aloud, where it is not installed; on a pipeline that is a fault.
    pub fn start() -> Option<Self> {
        let entry = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/registry/node_modules/verdaccio/build/lib/cli");
        let node = Command::new("node").arg("--version").output().is_ok_and(|run| run.status.success());
        if !node || !entry.exists() {
            let what = "verdaccio is not installed: run npm ci in tests/registry, with Node on PATH";
            assert!(std::env::var_os("CI").is_none_or(|ci| ci != "true"), "{what}");
            eprintln!("SKIPPED: {what}");
            return None;
        }
        // Another process may take the port that was free a moment ago; then it ends at once.
        let started = (0..5).find_map(|_| Self::try_start(&entry));
        Some(started.expect("verdaccio started, with its log above if it did not"))
    }

    fn try_start(entry: &Path) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let port = free();
        // JSON is YAML.
        let config = json!({
            "storage": at("storage"),
            "auth": { "htpasswd": { "file": at("htpasswd"), "max_users": 100, "algorithm": "bcrypt", "rounds": 4 } },
            "uplinks": {},
            "packages": { "**": { "access": "$all", "publish": "$authenticated", "unpublish": "$authenticated" } },
            "max_body_size": "200mb",
            "web": { "enable": false },
            "log": { "type": "file", "path": at("log"), "format": "json", "level": "http" },
        });
        std::fs::write(at("config.yaml"), config.to_string()).unwrap();
        std::fs::write(at("start.cjs"), format!("{STARTER}require({})\n", json!(entry))).unwrap();
        let output = std::fs::File::create(at("output")).unwrap();
        let child = Command::new("node")
            .args([at("start.cjs"), "-c".into(), at("config.yaml"), "-l".into(), format!("127.0.0.1:{port}").into()])
            .current_dir(folder.path())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", folder.path())
            .stdin(Stdio::piped())
            .stdout(output.try_clone().unwrap())
            .stderr(output)
            .process_group(0)
            .spawn()
            .unwrap();
        let url = format!("http://127.0.0.1:{port}/");
        let mut started = Self { child, url, token: String::new(), folder };
        if started.answers() {
            started.token = started.user("tester");
            return Some(started);
        }
        eprintln!("{}{}", started.text("output"), started.text("log"));
        None
    }

    /// Waits until it answers. False when it ended, or takes too long.
    fn answers(&mut self) -> bool {
        let deadline = Instant::now() + START_LIMIT;
        while Instant::now() < deadline {
            if self.child.try_wait().unwrap().is_some() {
                return false;
            }
            let address = self.url.trim_start_matches("http://").trim_end_matches('/');
            let open = std::net::TcpStream::connect(address).is_ok();
            if open && try_ask(&self.url, "GET", "/-/ping", None, b"").is_some_and(|said| said.status == 200) {
                return true;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        false
    }

    /// Makes a user. Its token.
    #[track_caller]
    pub fn user(&self, name: &str) -> String {
        let body = json!({ "name": name, "password": "pw12345678" }).to_string();
        let said = ask(&self.url, "PUT", &format!("/-/user/org.couchdb.user:{name}"), None, body.as_bytes());
        assert_eq!(said.status, 201, "{}", said.head);
        said.json()["token"].as_str().unwrap().to_owned()
    }

    fn text(&self, file: &str) -> String {
        std::fs::read_to_string(self.folder.path().join(file)).unwrap_or_default()
    }

    /// Its address, with a slash at the end.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The token of a user who may publish everything.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// Where its packages lie, a folder each.
    pub fn storage(&self) -> PathBuf {
        self.folder.path().join("storage")
    }

    /// What it logged, a line of JSON for each request.
    pub fn log(&self) -> String {
        self.text("log")
    }
}

/// A port below those that systems hand out by themselves: so no registry of another test gets it in between.
fn free() -> u16 {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    loop {
        let next = NEXT.fetch_add(1, Ordering::Relaxed) + std::process::id().wrapping_mul(31);
        let port = 20_000 + u16::try_from(next % 10_000).unwrap();
        if std::net::TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

impl Drop for Verdaccio {
    fn drop(&mut self) {
        let group = rustix::process::Pid::from_child(&self.child);
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
        let _ = self.child.wait();
    }
}
