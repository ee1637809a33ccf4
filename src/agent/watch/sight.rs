//! A target → what a look at it saw, in the few words that are compared with the look before.

use std::collections::BTreeMap;

use crate::model::{Level, Verdict};

/// What is looked at, again and again.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Target {
    /// As people write it: `npm:NAME`, `npm:NAME@VERSION` or `https://SITE`.
    pub name: String,
    /// The registry where it is, if it is a package.
    pub registry: Option<String>,
}

impl Target {
    /// What it is remembered by.
    pub(super) fn key(&self) -> String {
        self.registry.as_ref().map_or_else(|| self.name.clone(), |registry| format!("{} {registry}", self.name))
    }
}

/// What a look saw.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sight {
    /// The digest of the policy that it was judged by.
    pub policy: String,
    /// The versions that tags stand for.
    pub tags: BTreeMap<String, String>,
    /// The versions of a package; a site has one part, which has no name.
    pub parts: BTreeMap<String, Part>,
}

/// A version, or a site.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Part {
    /// When it was published, as the registry says.
    pub published: Option<String>,
    /// The hash that the registry names; empty where there is none.
    pub named: String,
    /// Whether `lastlook publish` sent it, where a journal tells.
    pub sent: Option<bool>,
    /// What was seen of its bytes.
    pub look: Looked,
}

/// What was seen of bytes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Looked {
    /// They were not looked at this time.
    #[default]
    Not,
    /// They can't be read, and why.
    Unread(String),
    /// They were judged.
    Judged {
        /// Their hash, where they are one file.
        integrity: Option<String>,
        /// What the audit says.
        verdict: Verdict,
        /// What is denied or warned of, by its fingerprint.
        found: BTreeMap<String, Found>,
    },
}

/// Something that is denied or warned of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The rule.
    pub rule: String,
    /// Deny or warn.
    pub level: Level,
    /// Where, as people see it.
    pub place: String,
    /// What was seen.
    pub message: String,
    /// Whether it is that something could not be read, which may explain why others are not seen.
    pub unread: bool,
    /// Whether it may be a hiccup: it counts once it was seen twice in a row.
    pub fleeting: bool,
}
