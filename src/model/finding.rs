//! A finding: a rule, a place, what was seen. A ruling: a finding and what the policy says of it.

use super::{Level, Place, RuleId};

/// A value that was seen: wherever it stands, it is one finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sighting {
    /// Names the value without giving it away.
    pub name: String,
    /// Whether it was seen in an original text, which is where it is mended.
    pub original: bool,
}

impl Sighting {
    /// A value that was seen in a file that ships.
    #[must_use]
    pub fn new(name: String) -> Self {
        Self { name, original: false }
    }

    /// The same value, seen in an original text.
    #[must_use]
    pub fn in_original(self) -> Self {
        Self { original: true, ..self }
    }
}

/// Where something stood before it was built, as a source map tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// The original file.
    pub source: String,
    /// The line in it.
    pub line: u64,
}

/// What an inspector or a reader saw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The rule that it falls under.
    pub rule: RuleId,
    /// Where.
    pub place: Place,
    /// What was seen, in words. May hold hostile text.
    pub message: String,
    /// What tells it from its neighbours, whatever the line: part of the fingerprint.
    pub key: String,
    /// The highest level it can have, where the rule alone would be too harsh.
    pub at_most: Option<Level>,
    /// Whether something stayed unread or ambiguous: the verdict is then incomplete.
    pub unread: bool,
    /// Whether it is about a container inside the artifact, which an exception that names its hash may cover.
    pub nested: bool,
    /// A remedy that fits better than the rule's own.
    pub help: Option<String>,
    /// The value that was seen, where the finding is about one.
    pub sighting: Option<Sighting>,
    /// Where it stood before it was built.
    pub origin: Option<Origin>,
}

impl Finding {
    /// A finding of `rule` at `place`.
    #[must_use]
    pub fn new(rule: &RuleId, place: Place, message: impl Into<String>) -> Self {
        Self {
            rule: rule.clone(),
            place,
            message: message.into(),
            key: String::new(),
            at_most: None,
            unread: false,
            nested: false,
            help: None,
            sighting: None,
            origin: None,
        }
    }

    /// The same finding, leaving something unread or ambiguous.
    #[must_use]
    pub fn unread(mut self) -> Self {
        self.unread = true;
        self
    }

    /// The same finding, told from its neighbours by `key`.
    #[must_use]
    pub fn keyed(mut self, key: impl Into<String>) -> Self {
        self.key = key.into();
        self
    }

    /// The same finding, at `level` at the most.
    #[must_use]
    pub fn at_most(mut self, level: Level) -> Self {
        self.at_most = Some(level);
        self
    }

    /// The same finding with a remedy of its own.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// The exception that covers a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiver {
    /// Why it was granted.
    pub reason: String,
    /// When it ends, as written in the policy.
    pub expires: Option<String>,
    /// The line of the policy that it stands in.
    pub line: usize,
}

/// A finding that the policy has been applied to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ruling {
    /// What was seen.
    pub finding: Finding,
    /// Where else the same value was seen.
    pub also: Vec<Place>,
    /// How grave it is under this policy.
    pub level: Level,
    /// What to do about it.
    pub help: String,
    /// Names the finding across runs and unrelated edits.
    pub fingerprint: String,
    /// The exception that covers it.
    pub waived: Option<Waiver>,
}
