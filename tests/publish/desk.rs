//! A registry of our own, a place to run in, and a token that stands between them.

use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use serde_json::Value;

use crate::packages::clean;
use crate::registry::{Registry, Route};
use crate::run::{Place, Ran, Run};

/// What is published unless a test says otherwise.
pub const NAME: &str = "widget";
pub const VERSION: &str = "1.0.0";

pub struct Desk {
    pub registry: Registry,
    pub place: Place,
}

impl Desk {
    pub fn new() -> Self {
        Self::at(Registry::start())
    }

    pub fn at(registry: Registry) -> Self {
        let place = Place::new();
        place.write_home("token", format!("{}\n", registry.token()));
        Self { registry, place }
    }

    pub fn folder(&self) -> PathBuf {
        self.place.home().join("journal")
    }

    /// A run with the journal of this desk, which is not patient.
    pub fn plain(&self, words: &[&str]) -> Run {
        let mut run = self.place.lastlook(words).arg("--journal").arg(self.folder());
        for (flag, value) in [("--timeout", "1"), ("--wait", "0")] {
            if !words.contains(&flag) {
                run = run.args([flag, value]);
            }
        }
        run
    }

    /// The same, with the registry and the token.
    pub fn run(&self, words: &[&str]) -> Run {
        let token = self.place.home().join("token");
        self.plain(words).args(["--registry", &self.registry.url()]).arg("--token-file").arg(token)
    }

    /// A tarball in the folder. Its path.
    pub fn write(&self, tarball: &[u8]) -> PathBuf {
        self.place.write("package.tgz", tarball)
    }

    /// Publishes what nothing is wrong with; `words` go behind it.
    pub fn publishing(&self, words: &[&str]) -> Run {
        let file = self.write(&clean(NAME, VERSION));
        self.run(&[&["publish"], words].concat()).arg(file)
    }

    #[track_caller]
    pub fn publish(&self) -> Ran {
        self.told_nobody(self.publishing(&[]).run())
    }

    #[track_caller]
    pub fn resume(&self) -> Ran {
        self.told_nobody(self.run(&["publish", "--resume"]).run())
    }

    /// The lines of the journal, each of which must parse.
    #[track_caller]
    pub fn journal(&self) -> Vec<Value> {
        let text = std::fs::read_to_string(self.folder().join("journal.jsonl")).unwrap_or_default();
        text.lines().map(|line| serde_json::from_str(line).expect("a line of the journal is JSON")).collect()
    }

    /// What happened, in the words of the journal.
    #[track_caller]
    pub fn events(&self) -> Vec<String> {
        self.journal().iter().map(|line| line["event"].as_str().unwrap().to_owned()).collect()
    }

    #[track_caller]
    pub fn last(&self) -> String {
        self.events().pop().unwrap_or_default()
    }

    /// How many publishes began.
    pub fn writes(&self) -> usize {
        self.registry.count(Route::Publish) + self.registry.count(Route::Stage)
    }

    /// How many publishes came whole.
    pub fn whole(&self) -> usize {
        let all = self.registry.requests();
        all.iter().filter(|one| matches!(one.route, Route::Publish | Route::Stage) && one.complete).count()
    }

    /// The run, if neither it nor any file it left tells the token to anyone.
    #[track_caller]
    pub fn told_nobody(&self, ran: Ran) -> Ran {
        let token = self.registry.token();
        assert_eq!(found(&token, ran.stdout.as_bytes()), None, "{ran:?}");
        assert_eq!(found(&token, ran.stderr.as_bytes()), None, "{ran:?}");
        let own = self.place.home().join("token");
        for root in [self.place.home(), self.place.folder()] {
            tells_nobody(&root, &token, &[&own]);
        }
        ran
    }
}

/// Panics when a file below `root` tells the secret, other than those in `but`.
#[track_caller]
pub fn tells_nobody(root: &Path, secret: &str, but: &[&Path]) {
    for entry in walkdir::WalkDir::new(root).into_iter().map(Result::unwrap) {
        if entry.file_type().is_file() && !but.contains(&entry.path()) {
            let bytes = std::fs::read(entry.path()).unwrap_or_default();
            assert_eq!(found(secret, &bytes), None, "{}", entry.path().display());
        }
    }
}

/// Whether `bytes` hold the secret: as it is, in hexadecimal, percent-encoded in full, or in base64 at any offset.
pub fn found(secret: &str, bytes: &[u8]) -> Option<&'static str> {
    let holds = |what: &str| memchr::memmem::find(bytes, what.as_bytes()).is_some();
    let hex: String = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
    let percent: String = secret.bytes().map(|byte| format!("%{byte:02X}")).collect();
    if holds(secret) {
        return Some("plain");
    }
    if holds(&hex) {
        return Some("in hexadecimal");
    }
    if holds(&percent) {
        return Some("percent-encoded");
    }
    let coded = (0..3).any(|skip| {
        let text = STANDARD_NO_PAD.encode([vec![b'x'; skip], secret.as_bytes().to_vec()].concat());
        // The first and the last signs depend on what stands beside it.
        let inner = text.get((skip * 8).div_ceil(6)..(skip + secret.len()) * 8 / 6).unwrap();
        holds(inner)
    });
    coded.then_some("in base64")
}

#[test]
fn a_secret_is_found_however_it_is_spelled() {
    let secret = "npm_A1b2C3d4E5";
    assert_eq!(found(secret, b"npm_A1b2C3d4E4"), None);
    assert_eq!(found(secret, b"<npm_A1b2C3d4E5>"), Some("plain"));
    for before in ["", "u", "us", "use"] {
        let text = STANDARD_NO_PAD.encode(format!("{before}{secret}!!"));
        assert_eq!(found(secret, text.as_bytes()), Some("in base64"), "{before}");
    }
}
