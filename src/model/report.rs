//! Everything that was seen, and the verdict that follows from it.

use std::collections::BTreeMap;

use super::{Carried, Digest, Exposure, Integrity, Kind, Level, Package, Profile, RuleId, Ruling};

/// The answer. The order is the order of gravity: the worst of several wins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Everything was read, and nothing was denied.
    Clear,
    /// At least one finding is denied, and no exception covers it.
    Blocked,
    /// Something could not be read whole or unambiguously.
    Incomplete,
}

impl Verdict {
    /// The word used in reports.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Clear => "clear",
            Self::Blocked => "blocked",
            Self::Incomplete => "incomplete",
        }
    }

    /// What one finding makes of the verdict.
    #[must_use]
    pub fn on(ruling: &Ruling, fail_on: Level) -> Self {
        if ruling.waived.is_some() {
            Self::Clear
        } else if ruling.finding.unread {
            Self::Incomplete
        } else if ruling.level >= fail_on {
            Self::Blocked
        } else {
            Self::Clear
        }
    }

    /// The verdict over `rulings`, where findings at `fail_on` and above block.
    #[must_use]
    pub fn of(rulings: &[Ruling], fail_on: Level) -> Self {
        rulings.iter().map(|ruling| Self::on(ruling, fail_on)).max().unwrap_or(Self::Clear)
    }
}

/// A file as it is laid down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Its path.
    pub path: String,
    /// Its size.
    pub size: u64,
    /// The hash of its content.
    pub digest: Option<Digest>,
}

/// A file of the reviewed list, and what would ship in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reviewed {
    /// Its path, or its row of the list where a part of the name is generated.
    pub path: String,
    /// Its bytes when it was reviewed; none if it was not.
    pub before: Option<u64>,
    /// Its bytes now; none if it does not ship any more.
    pub now: Option<u64>,
}

/// How many findings there are of each kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Of level deny.
    pub denied: u64,
    /// Of level warn.
    pub warned: u64,
    /// Of level allow.
    pub allowed: u64,
    /// That an exception covers.
    pub excepted: u64,
}

/// What was seen in one artifact.
#[derive(Debug, Clone)]
pub struct ArtifactReport {
    /// As the caller named it.
    pub name: String,
    /// What it is.
    pub kind: Kind,
    /// Its bytes as shipped.
    pub size: u64,
    /// The hash of those bytes; a folder has none.
    pub integrity: Option<Integrity>,
    /// What it says it is.
    pub package: Option<Package>,
    /// The profile that was applied.
    pub profile: Profile,
    /// The answer.
    pub verdict: Verdict,
    /// Regular files as npm would lay them down.
    pub files: u64,
    /// The sum of their sizes.
    pub bytes: u64,
    /// What could be recovered.
    pub exposure: Exposure,
    /// From where.
    pub carried: Vec<Carried>,
    /// Original text that ships as a file of its own, in the same form: no carrier is needed to recover it.
    pub loose: Vec<Carried>,
    /// The files as they are laid down, in order; only where they were asked for.
    pub listing: Vec<Listed>,
    /// What changed since the contents were reviewed, in order; none where nothing was.
    pub since: Option<Vec<Reviewed>>,
    /// The folder of the package that it was packed from, as it is written in this repository.
    pub home: Option<String>,
    /// What was found.
    pub rulings: Vec<Ruling>,
}

/// The policy that was applied.
#[derive(Debug, Clone)]
pub struct PolicyNote {
    /// Its profile.
    pub profile: Profile,
    /// Where it came from.
    pub source: String,
    /// Its hash, taken together with the rules it selects.
    pub digest: String,
}

/// What became of an exception.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExceptionState {
    /// It covered something.
    Used,
    /// It covered nothing.
    Unused,
    /// It has ended.
    Expired,
}

impl ExceptionState {
    /// The word used in reports.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Used => "used",
            Self::Unused => "unused",
            Self::Expired => "expired",
        }
    }
}

/// An exception of the policy that applied to some artifact. What it covered are the rulings that name its line.
#[derive(Debug, Clone)]
pub struct ExceptionNote {
    /// The line of the policy that it stands in.
    pub line: usize,
    /// The rule it is for.
    pub rule: RuleId,
    /// Where.
    pub path: Option<String>,
    /// For which finding.
    pub fingerprint: Option<String>,
    /// Why it was granted.
    pub reason: String,
    /// When it ends.
    pub expires: Option<String>,
    /// What became of it.
    pub state: ExceptionState,
}

/// The whole answer.
#[derive(Debug, Clone)]
pub struct Report {
    /// The policy that was applied.
    pub policy: PolicyNote,
    /// Findings of this level and above block.
    pub fail_on: Level,
    /// Its exceptions, in the order they are written.
    pub exceptions: Vec<ExceptionNote>,
    /// One report an artifact, in the order they were named.
    pub artifacts: Vec<ArtifactReport>,
    /// How texts that could be recovered begin; only where that was asked for.
    pub excerpts: BTreeMap<Digest, String>,
}

impl ArtifactReport {
    /// The package and its version, as long as npm lets them be, or the name of the artifact where it is none.
    #[must_use]
    pub fn title(&self) -> String {
        let name = |name: &str| bounded(name, 214);
        match &self.package {
            Some(Package { name: own, version: Some(version) }) => format!("{} {}", name(own), bounded(version, 64)),
            Some(Package { name: own, version: None }) => format!("{} (no version)", name(own)),
            None => self.name.clone(),
        }
    }

    /// Its findings, the gravest first.
    #[must_use]
    pub fn gravest_first(&self) -> Vec<&Ruling> {
        let mut rulings: Vec<&Ruling> = self.rulings.iter().collect();
        rulings.sort_by_key(|ruling| (ruling.waived.is_some(), std::cmp::Reverse(ruling.level)));
        rulings
    }

    /// How many findings are denied, warned of, allowed, excepted.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for ruling in &self.rulings {
            let count = match (&ruling.waived, ruling.level) {
                (Some(_), _) => &mut counts.excepted,
                (None, Level::Deny) => &mut counts.denied,
                (None, Level::Warn) => &mut counts.warned,
                (None, Level::Allow) => &mut counts.allowed,
            };
            *count += 1;
        }
        counts
    }
}

/// The first `most` characters: nothing that npm takes is longer.
fn bounded(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

impl Report {
    /// What the exception in this line of the policy covered, and in which artifact.
    pub fn covered(&self, line: usize) -> impl Iterator<Item = (&ArtifactReport, &Ruling)> {
        let all =
            self.artifacts.iter().flat_map(|artifact| artifact.rulings.iter().map(move |ruling| (artifact, ruling)));
        all.filter(move |(_, ruling)| ruling.waived.as_ref().is_some_and(|waiver| waiver.line == line))
    }

    /// The worst verdict of all artifacts.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        let worst = self.artifacts.iter().map(|artifact| artifact.verdict).max();
        worst.unwrap_or(Verdict::Incomplete)
    }
}
