//! A path → whether a copy leaves it out, and why; all that was left out → a few notes.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::fs::Metadata;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use super::Secrets;

/// Folders that hold nothing but credentials.
const FOLDERS: &[&str] = &[".aws", ".gnupg", ".kube", ".ssh"];

/// Files that hold credentials.
const FILES: &[&str] = &[".env", ".env.local", ".git-credentials", ".netrc", ".pypirc"];

/// Files that are keys, most often private ones.
const KEYS: &[&str] = &["id_dsa", "id_ecdsa", "id_ed25519", "id_rsa"];

/// Settings that may hold credentials.
const SETTINGS: &[&str] = &[".npmrc", "npmrc", ".yarnrc", ".yarnrc.yml", "bunfig.toml", ".bunfig.toml"];

/// How many paths a note names.
const NAMED: usize = 5;

/// Why a path is not in the copy, or not as it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Reason {
    Credential,
    PrivateKey,
    Repository,
    Cache,
    Special,
    Unreadable,
    LeadsOut,
}

impl Reason {
    fn words(self) -> &'static str {
        match self {
            Self::Credential => "left out, since builds need no credentials (--keep FILE for what they do need)",
            Self::PrivateKey => "left out as private keys (--keep FILE for what the build does need)",
            Self::Repository => "left out, the repositories of submodules and packages",
            Self::Cache => "left out, caches that are made anew",
            Self::Special => "left out, sockets, pipes and devices",
            Self::Unreadable => "left out, since you may not read them",
            Self::LeadsOut => "lead out of the project, to what is not in the copy",
        }
    }
}

/// What is left out, and what is not although it looks so.
pub(super) struct Rules<'s> {
    keep: Vec<PathBuf>,
    /// By device and number, which a file has under each of its names.
    omit: BTreeSet<(u64, u64)>,
    holds: &'s (dyn Fn(&str, &str) -> bool + Sync),
}

impl<'s> Rules<'s> {
    /// Keeps what `keep` names: below one of `roots`, or by a path relative to them.
    pub(super) fn of(secrets: &Secrets<'s>, roots: &[&Path]) -> Self {
        let Secrets { keep, omit, holds } = *secrets;
        let below = |path: &PathBuf| {
            let path = roots.iter().find_map(|root| path.strip_prefix(root).ok()).unwrap_or(path);
            path.strip_prefix(".").unwrap_or(path).to_owned()
        };
        let number = |path: &PathBuf| path.metadata().ok().map(|about| (about.dev(), about.ino()));
        Self { keep: keep.iter().map(below).collect(), omit: omit.iter().filter_map(number).collect(), holds }
    }

    /// Keeps all.
    pub(super) fn none() -> Self {
        Self { keep: vec![PathBuf::new()], omit: BTreeSet::new(), holds: &|_, _| false }
    }

    /// Whether it is left out, whatever it is called.
    pub(super) fn omits(&self, about: &Metadata) -> bool {
        self.omit.contains(&(about.dev(), about.ino()))
    }

    /// Why the file at `path` is left out, if it is for what it holds: as far as that is to be looked at.
    pub(super) fn text(&self, path: &Path, text: &[u8]) -> Option<Reason> {
        if self.may_be_key(path) && text.windows(16).any(|window| window == b"PRIVATE KEY-----") {
            return Some(Reason::PrivateKey);
        }
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        (self.holds)(&name, &String::from_utf8_lossy(text)).then_some(Reason::Credential)
    }

    /// Whether it has to be looked at what the file holds.
    pub(super) fn asks(&self, path: &Path) -> bool {
        let settings = path.file_name().is_some_and(|name| SETTINGS.iter().any(|own| name == *own));
        self.may_be_key(path) || settings && !is_package(path) && !self.keeps(path)
    }

    /// Why the folder at `path` is left out, if it is.
    pub(super) fn folder(&self, path: &Path) -> Option<Reason> {
        if is_git(path) {
            return Some(Reason::Repository);
        }
        // What is kept may lie inside.
        let open = self.keeps(path) || self.keep.iter().any(|kept| kept.starts_with(path));
        (guarded(path) && !open).then_some(Reason::Credential)
    }

    /// Why the file or link at `path` is left out, if it is by its name.
    pub(super) fn file(&self, path: &Path) -> Option<Reason> {
        if is_git(path) {
            return Some(Reason::Repository);
        }
        let name = lower(path.file_name());
        let environment = name.starts_with(".env.") && ending(path) == "local";
        let docker = name == "config.json" && lower(path.parent().and_then(Path::file_name)) == ".docker";
        let secret = FILES.contains(&name.as_str()) || environment || docker;
        ((secret && !is_package(path) || guarded(path)) && !self.keeps(path)).then_some(Reason::Credential)
    }

    /// Whether the file at `path` is left out if it holds a private key.
    fn may_be_key(&self, path: &Path) -> bool {
        let name = lower(path.file_name());
        let key = KEYS.contains(&name.as_str()) || ["pem", "key"].contains(&ending(path).as_str());
        key && !is_package(path) && !self.keeps(path)
    }

    fn keeps(&self, path: &Path) -> bool {
        self.keep.iter().any(|kept| path.starts_with(kept))
    }
}

/// Packages ship keys and settings that their tests need, and everybody has them.
pub(super) fn is_package(path: &Path) -> bool {
    path.iter().any(|name| name == "node_modules")
}

fn is_git(path: &Path) -> bool {
    lower(path.file_name()) == ".git"
}

fn guarded(path: &Path) -> bool {
    let guard =
        |name: &OsStr| name.as_encoded_bytes().starts_with(b".") && FOLDERS.contains(&lower(Some(name)).as_str());
    path.iter().any(guard) && !is_package(path)
}

fn ending(path: &Path) -> String {
    lower(path.extension())
}

/// Some file systems take names in either case.
fn lower(name: Option<&OsStr>) -> String {
    name.unwrap_or_default().to_string_lossy().to_ascii_lowercase()
}

/// What was left out.
#[derive(Default)]
pub(super) struct Left(BTreeMap<Reason, BTreeSet<PathBuf>>);

impl Left {
    pub(super) fn add(&mut self, path: &Path, reason: Reason) {
        self.0.entry(reason).or_default().insert(path.to_owned());
    }

    pub(super) fn append(&mut self, other: Self) {
        for (reason, paths) in other.0 {
            self.0.entry(reason).or_default().extend(paths);
        }
    }

    /// One note for each reason. The names of files are escaped: whoever wrote them does not write to the terminal.
    pub(super) fn notes(&self) -> Vec<String> {
        let note = |(reason, paths): (&Reason, &BTreeSet<PathBuf>)| {
            let named = paths.iter().take(NAMED).map(|path| path.to_string_lossy().escape_debug().to_string());
            let more = paths.len().saturating_sub(NAMED);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            format!("{}: {}{more}", reason.words(), named.collect::<Vec<_>>().join(", "))
        };
        self.0.iter().map(note).collect()
    }
}
