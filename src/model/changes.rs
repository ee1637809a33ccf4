//! What changed from one artifact to another.

use super::{Listed, Ruling, Verdict};

/// One of two artifacts that are compared.
#[derive(Debug, Clone)]
pub struct Side {
    /// Its name, and that of its package with the version.
    pub name: String,
    /// The answer on it.
    pub verdict: Verdict,
    /// Its files.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
}

/// A file that is there in both, with another content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// Its path in the new one.
    pub path: String,
    /// Its path in the old one, where a build gave it another name.
    pub before: Option<String>,
    /// Its size in the old one.
    pub old: u64,
    /// Its size in the new one.
    pub new: u64,
}

/// An original text that could not be recovered before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exposed {
    /// The file that carries it, as people see it.
    pub carrier: String,
    /// Its own name.
    pub source: String,
    /// Its lines.
    pub lines: u64,
    /// Its bytes.
    pub bytes: u64,
    /// Whether its carrier is denied.
    pub denied: bool,
}

/// What changed.
#[derive(Debug, Clone)]
pub struct Changes {
    /// The old one.
    pub old: Side,
    /// The new one.
    pub new: Side,
    /// Files that are new.
    pub added: Vec<Listed>,
    /// Files that are gone.
    pub removed: Vec<Listed>,
    /// Files with another content.
    pub changed: Vec<Changed>,
    /// Texts that could not be recovered before.
    pub exposed: Vec<Exposed>,
    /// How many texts can no longer be recovered.
    pub covered: u64,
    /// Secrets and confidential words that were not there before.
    pub secrets: Vec<Ruling>,
    /// Other findings that were not there before.
    pub findings: Vec<Ruling>,
    /// Findings that are gone.
    pub gone: u64,
}

impl Changes {
    /// The names and paths in it, to be looked through before anybody reads them.
    pub fn texts(&mut self) -> impl Iterator<Item = &mut String> {
        let files = self.added.iter_mut().chain(&mut self.removed).map(|file| &mut file.path);
        let changed = self.changed.iter_mut().flat_map(|file| std::iter::once(&mut file.path).chain(&mut file.before));
        let exposed = self.exposed.iter_mut().flat_map(|text| [&mut text.carrier, &mut text.source]);
        files.chain(changed).chain(exposed)
    }

    /// Whether the new one gives away what the old one did not, and no exception covers it.
    #[must_use]
    pub fn worse(&self) -> bool {
        let denied = |ruling: &Ruling| ruling.level == super::Level::Deny && ruling.waived.is_none();
        self.secrets.iter().chain(&self.findings).any(denied) || self.exposed.iter().any(|text| text.denied)
    }
}
