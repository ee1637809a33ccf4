//! A rule: what it is called, how grave it is, why it matters and how to mend what it finds.

use std::borrow::Cow;
use std::fmt;

/// How grave a finding is. The order is the order of gravity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Seen and noted.
    Allow,
    /// Worth a look; does not block by itself.
    Warn,
    /// Blocks the release.
    Deny,
}

impl Level {
    /// The word used in policies and reports.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Warn => "warn",
            Self::Deny => "deny",
        }
    }
}

/// Whether the original source is confidential or public already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Profile {
    /// Original source is confidential.
    #[default]
    Closed,
    /// Original source is public already.
    Open,
}

impl Profile {
    /// The word used in policies and reports.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Open => "open",
        }
    }
}

/// The stable name of a rule, `family/name`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RuleId(Cow<'static, str>);

impl RuleId {
    /// The id of a rule that is written in code.
    #[must_use]
    pub const fn fixed(id: &'static str) -> Self {
        Self(Cow::Borrowed(id))
    }

    /// The id of a rule that was read from a file, if it has the form `family/name`.
    #[must_use]
    pub fn parse(id: &str) -> Option<Self> {
        let (family, name) = id.split_once('/')?;
        let plain = |part: &str| {
            !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        };
        (plain(family) && plain(name)).then(|| Self(Cow::Owned(id.to_owned())))
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The part before the slash.
    #[must_use]
    pub fn family(&self) -> &str {
        self.0.split_once('/').map_or(&self.0, |(family, _)| family)
    }

    /// Whether no policy may lower this rule.
    #[must_use]
    pub fn is_absolute(&self) -> bool {
        matches!(self.family(), "archive" | "audit") || self.as_str() == "release/swapped"
    }
}

impl fmt::Display for RuleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a rule says, wherever it came from.
#[derive(Debug, Clone)]
pub struct Rule {
    /// Its stable name.
    pub id: RuleId,
    /// What it finds, in a few words.
    pub title: Cow<'static, str>,
    /// Why that matters.
    pub why: Cow<'static, str>,
    /// What to do about it.
    pub help: Cow<'static, str>,
    /// Its level under the closed profile.
    pub closed: Level,
    /// Its level under the open profile.
    pub open: Level,
}

impl Rule {
    /// A rule that is written in code: its id, its levels closed and open, its title, its reason, its remedy.
    #[must_use]
    pub const fn fixed(
        id: &'static str,
        levels: (Level, Level),
        title: &'static str,
        why: &'static str,
        help: &'static str,
    ) -> Self {
        Self {
            id: RuleId::fixed(id),
            title: Cow::Borrowed(title),
            why: Cow::Borrowed(why),
            help: Cow::Borrowed(help),
            closed: levels.0,
            open: levels.1,
        }
    }

    /// Its level under `profile`.
    #[must_use]
    pub const fn level(&self, profile: Profile) -> Level {
        match profile {
            Profile::Closed => self.closed,
            Profile::Open => self.open,
        }
    }
}
