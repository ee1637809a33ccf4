//! One line of the journal: what was cleared, where it goes, what happened.

use crate::audit::Clearance;
use crate::judge::Moment;

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Event {
    /// The first byte is about to go out.
    Sending,
    /// A staged version is about to be approved.
    Approving,
    /// The registry said that it took it.
    Accepted,
    /// The registry said that it did not.
    Refused,
    /// Nothing could be sent.
    Unsent,
    /// Nobody said anything that can be relied on.
    Unknown,
    /// It is staged, and what is staged was compared.
    Staged,
    /// It is there, and what is served was compared.
    Published,
    /// What is there is something else.
    Differs,
    /// It is not there.
    Absent,
    /// Nobody knows, and a person gave up on it.
    Abandoned,
}

impl Event {
    /// Whether nobody knows yet how it ended.
    #[must_use]
    pub const fn is_open(self) -> bool {
        match self {
            Self::Sending | Self::Approving | Self::Accepted | Self::Unknown => true,
            Self::Refused
            | Self::Unsent
            | Self::Staged
            | Self::Published
            | Self::Differs
            | Self::Absent
            | Self::Abandoned => false,
        }
    }

    /// The word in the journal.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Sending => "sending",
            Self::Approving => "approving",
            Self::Accepted => "accepted",
            Self::Refused => "refused",
            Self::Unsent => "unsent",
            Self::Unknown => "unknown",
            Self::Staged => "staged",
            Self::Published => "published",
            Self::Differs => "differs",
            Self::Absent => "absent",
            Self::Abandoned => "abandoned",
        }
    }
}

/// One line: what was cleared, where it goes, what happened. History, never permission.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Receipt {
    /// The form of the line.
    pub schema: String,
    /// When it happened, in UTC.
    pub time: String,
    /// What happened.
    pub event: Event,
    /// The registry that the clearance was spent on.
    pub registry: String,
    /// The name of the package.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The sha512 of its bytes.
    pub integrity: String,
    /// How many they are.
    pub size: u64,
    /// The tag it is published under.
    pub tag: String,
    /// Whether it is staged.
    pub staged: bool,
    /// The name of the stage, once it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage: Option<String>,
    /// The digest of the policy that cleared it.
    pub policy: String,
    /// Which lastlook cleared it.
    pub tool: String,
    /// What else is to be said.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
}

pub(super) const SCHEMA: &str = "lastlook.receipt/1";

impl Receipt {
    /// The first line about a clearance.
    pub(super) fn of(clearance: &Clearance, registry: &str, tag: &str, staged: bool) -> Self {
        Self {
            schema: SCHEMA.to_owned(),
            time: Moment::now().to_string(),
            event: Event::Sending,
            registry: registry.to_owned(),
            name: clearance.document().name().to_owned(),
            version: clearance.document().version().to_owned(),
            integrity: clearance.integrity().as_str().to_owned(),
            size: clearance.bytes().len() as u64,
            tag: tag.to_owned(),
            staged,
            stage: None,
            policy: clearance.policy().to_owned(),
            tool: clearance.tool().to_owned(),
            note: String::new(),
        }
    }

    /// The same, and what happened next.
    #[must_use]
    pub fn then(&self, event: Event, note: impl Into<String>) -> Self {
        Self { time: Moment::now().to_string(), event, note: note.into(), ..self.clone() }
    }

    /// The package and its version.
    #[must_use]
    pub fn title(&self) -> String {
        format!("{}@{}", self.name, self.version)
    }

    /// Whether it is about the same version in the same registry.
    pub(super) fn is_about(&self, registry: &str, name: &str, version: &str) -> bool {
        self.registry == registry && self.name == name && self.version == version
    }
}
