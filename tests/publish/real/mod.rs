//! Releases sent to a registry that others wrote, and installed from it by the clients of others.

mod compared;
mod install;
mod packed;
mod published;
mod refused;

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::PathBuf;
use std::sync::Arc;

use serde_json::Value;

use crate::client::ask;
use crate::desk::{found, tells_nobody};
use crate::run::{Place, Ran, Run};
use crate::verdaccio::Verdaccio;

/// The registry, and a place of its own for a test.
struct Real {
    verdaccio: Arc<Verdaccio>,
    place: Place,
}

impl Real {
    /// `None`, said aloud, where that registry is not installed.
    fn start() -> Option<Self> {
        let verdaccio = Verdaccio::shared()?;
        let place = Place::new();
        place.write_home("token", verdaccio.token());
        Some(Self { verdaccio, place })
    }

    fn run(&self, words: &[&str]) -> Run {
        let run = self.place.lastlook(words).args(["--registry", self.verdaccio.url()]);
        let run = run.arg("--token-file").arg(self.place.home().join("token")).args(["--timeout", "30"]);
        if words[0] == "diff" { run } else { run.arg("--journal").arg(self.journal()).args(["--wait", "20"]) }
    }

    fn journal(&self) -> PathBuf {
        self.place.home().join("journal")
    }

    /// What the journal says happened.
    fn events(&self) -> Vec<String> {
        let text = std::fs::read_to_string(self.journal().join("journal.jsonl")).unwrap_or_default();
        let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        lines.map(|line| line["event"].as_str().unwrap().to_owned()).collect()
    }

    /// Publishes tarballs.
    #[track_caller]
    fn publish(&self, words: &[&str], tarballs: &[&[u8]]) -> Ran {
        let mut run = self.run(&[&["publish"], words].concat());
        for (number, tarball) in tarballs.iter().enumerate() {
            run = run.arg(self.place.write(&format!("package-{number}.tgz"), tarball));
        }
        let ran = run.run();
        let token = self.verdaccio.token();
        assert_eq!(found(token, format!("{}{}", ran.stdout, ran.stderr).as_bytes()), None, "{ran:?}");
        tells_nobody(&self.journal(), token, &[]);
        ran
    }

    #[track_caller]
    fn published(&self, words: &[&str], tarballs: &[&[u8]]) -> Ran {
        let ran = self.publish(words, tarballs);
        assert_eq!(ran.code, Some(0), "{ran:?}");
        ran
    }

    /// What the registry says of a package.
    fn packument(&self, name: &str) -> Value {
        let said = ask(self.verdaccio.url(), "GET", &format!("/{}", name.replace('/', "%2f")), None, b"");
        assert_eq!(said.status, 200, "{name}: {}", said.head);
        said.json()
    }

    fn tarball(&self, name: &str, version: &str) -> Vec<u8> {
        let bare = name.rsplit('/').next().unwrap();
        ask(self.verdaccio.url(), "GET", &format!("/{name}/-/{bare}-{version}.tgz"), None, b"").body
    }

    /// How many writes of a package its log tells of.
    fn writes(&self, name: &str) -> usize {
        let log = self.verdaccio.log();
        let escaped = name.replace('/', "%2f");
        let lines = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        // A request is told of when it comes, and again when it was answered.
        let writes = lines.filter(|line| line["sub"] == "in" && line["req"].is_object()).filter(|line| {
            let request = &line["req"];
            let url = request["url"].as_str().unwrap_or_default().to_ascii_lowercase();
            let path = url.split('?').next().unwrap_or_default().trim_start_matches('/');
            request["method"] != "GET" && (path == escaped || path.starts_with(&format!("{escaped}/")))
        });
        writes.count()
    }

    /// Whether there is anything of a package in its storage.
    fn stores(&self, name: &str) -> bool {
        self.verdaccio.storage().join(name).exists()
    }
}

/// The files in a tarball, without the folder that they all stand in.
fn entries(tarball: &[u8]) -> BTreeMap<String, Vec<u8>> {
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(tarball));
    let mut found = BTreeMap::new();
    for entry in archive.entries().unwrap() {
        let mut entry = entry.unwrap();
        let path = entry.path().unwrap().to_string_lossy().split_once('/').unwrap().1.to_owned();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).unwrap();
        found.insert(path, bytes);
    }
    found
}
