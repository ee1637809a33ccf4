//! findings + policy → levels, exceptions, and what the exceptions did not cover.

mod date;
mod exception;
mod generated;
mod moment;
mod packers;
mod passages;
mod policy;
mod raw;
pub mod release;
mod rulebook;
mod site;
mod snapshot;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use sha2::{Digest as _, Sha256};

use crate::model::{Finding, Level, Place, Rule, Ruling};

pub use date::Date;
pub use exception::{Exception, UNUSED};
pub use generated::{generated, restored};
pub use moment::Moment;
pub use packers::differs;
pub use passages::{Passage, Passages, Tagging};
pub use policy::{Effective, MapAllowance, Policy, PolicyDraft};
pub use raw::PolicyError;
pub use rulebook::Rulebook;
pub use site::{absent, differs as deployed_differs, elsewhere, original, unbuilt};
pub use snapshot::{Contents, Snapshot, SnapshotError};

/// The rules about the policy itself.
pub const RULES: &[Rule] = &[
    exception::UNUSED,
    exception::EXPIRED,
    snapshot::UNLISTED,
    snapshot::GROWTH,
    packers::DIFFERS,
    site::MISSING,
    site::ORIGINAL,
    site::ELSEWHERE,
    site::UNBUILT,
    site::DIFFERS,
    release::SWAPPED,
    release::UNCHECKED,
    release::SHOWN,
    release::UNFIT,
    release::MOVED,
];

/// The exceptions that covered something, by their number.
pub type Used = BTreeSet<usize>;

/// Applies a policy to the findings of one artifact.
pub struct Judge<'p> {
    policy: &'p Effective<'p>,
    rules: &'p Rulebook,
    today: Date,
}

impl<'p> Judge<'p> {
    /// A judge for one artifact.
    #[must_use]
    pub fn new(policy: &'p Effective<'p>, rules: &'p Rulebook, today: Date) -> Self {
        Self { policy, rules, today }
    }

    /// Rules on every finding, in a fixed order, and notes which exceptions were of use.
    ///
    /// `sha256` gives the hash of the file at a place, for exceptions that name one.
    pub fn rule(&self, mut findings: Vec<Finding>, sha256: &BTreeMap<String, String>, used: &mut Used) -> Vec<Ruling> {
        for exception in self.policy.exceptions.iter().filter(|exception| exception.has_expired(self.today)) {
            findings.push(exception.expired());
            used.insert(exception.number);
        }
        findings.sort_by(|a, b| (&a.place, &a.rule, &a.key, &a.message).cmp(&(&b.place, &b.rule, &b.key, &b.message)));
        let mut seen: BTreeMap<String, usize> = BTreeMap::new();
        let mut rulings = Vec::with_capacity(findings.len());
        for finding in findings {
            // A value has one name wherever it stands; anything else is told by its place.
            let fingerprint = if let Some(sighting) = &finding.sighting {
                fingerprint(&format!("{}\0\0{}", finding.rule, sighting.name), 0)
            } else {
                let identity = format!("{}\0{}\0{}", finding.rule, finding.place.joined(), finding.key);
                let nth = seen.entry(identity.clone()).or_default();
                *nth += 1;
                fingerprint(&identity, *nth - 1)
            };
            rulings.push(self.ruling(finding, fingerprint, sha256, used));
        }
        join(rulings)
    }

    /// Rules on findings about the policy itself, which no exception covers.
    #[must_use]
    pub fn rule_alone(&self, findings: Vec<Finding>) -> Vec<Ruling> {
        let none = BTreeMap::new();
        let own = |finding: Finding| {
            let fingerprint = fingerprint(&format!("{}\0{}\0{}", finding.rule, finding.place.joined(), finding.key), 0);
            self.ruling(finding, fingerprint, &none, &mut Used::new())
        };
        findings.into_iter().map(own).collect()
    }

    fn ruling(
        &self,
        finding: Finding,
        fingerprint: String,
        sha256: &BTreeMap<String, String>,
        used: &mut Used,
    ) -> Ruling {
        let level = self.level(&finding);
        let hashes: Vec<&str> =
            finding.place.around().filter_map(|place| sha256.get(&place).map(String::as_str)).collect();
        let covering =
            self.policy.exceptions.iter().find(|exception| {
                !exception.has_expired(self.today) && exception.covers(&finding, &fingerprint, &hashes)
            });
        if let Some(exception) = covering {
            used.insert(exception.number);
        }
        let waived = covering.map(|exception| exception.waiver());
        let rule = self.rules.get(&finding.rule);
        let help = finding.help.clone().unwrap_or_else(|| rule.map(|rule| rule.help.to_string()).unwrap_or_default());
        Ruling { finding, also: Vec::new(), level, help, fingerprint, waived }
    }

    fn level(&self, finding: &Finding) -> Level {
        // A rule nobody knows is a fault of ours, and the safe answer is the strict one.
        let level = self.rules.get(&finding.rule).map_or(Level::Deny, |rule| self.policy.level(rule));
        let level = match finding.rule.as_str() {
            "map/embedded-sources" | "map/source-paths" => self.policy.map_level(finding, level),
            _ => level,
        };
        finding.at_most.map_or(level, |most| level.min(most))
    }
}

/// One value is one finding with its places: that in an original text comes first, for there it is mended.
///
/// Each place was ruled on by itself: what an exception covers in one place stays a finding in another.
fn join(rulings: Vec<Ruling>) -> Vec<Ruling> {
    let mut joined: Vec<Ruling> = Vec::with_capacity(rulings.len());
    let mut known: HashMap<(String, Level, Option<usize>), usize> = HashMap::new();
    for ruling in rulings {
        let Some(sighting) = &ruling.finding.sighting else {
            joined.push(ruling);
            continue;
        };
        let original = sighting.original;
        let key = (ruling.fingerprint.clone(), ruling.level, ruling.waived.as_ref().map(|waiver| waiver.line));
        let Some(first) = known.get(&key).and_then(|at| joined.get_mut(*at)) else {
            known.insert(key, joined.len());
            joined.push(ruling);
            continue;
        };
        let better = original && first.finding.sighting.as_ref().is_some_and(|sighting| !sighting.original);
        let other = if better { std::mem::replace(&mut first.finding, ruling.finding) } else { ruling.finding };
        first.also.push(other.place);
    }
    for ruling in &mut joined {
        ruling.also.sort();
        ruling.also.dedup();
        ruling.also.retain(|place| *place != ruling.finding.place);
    }
    joined.sort_by(|a, b| {
        let key = |ruling: &Ruling| (ruling.finding.place.clone(), ruling.finding.rule.clone());
        key(a).cmp(&key(b))
    });
    joined
}

/// A finding for each exception that covered nothing in any artifact it applied to.
#[must_use]
pub fn unused(exceptions: &[&Exception], used: &Used) -> Vec<Finding> {
    exceptions
        .iter()
        .filter(|exception| !used.contains(&exception.number))
        .map(|exception| exception.unused())
        .collect()
}

fn fingerprint(identity: &str, nth: usize) -> String {
    let mut hash = Sha256::new();
    hash.update(identity.as_bytes());
    if nth > 0 {
        hash.update(format!("\0{nth}"));
    }
    hex(&hash.finalize()).chars().take(32).collect()
}

/// Bytes in hexadecimal.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        for digit in [byte >> 4, byte & 15] {
            text.push(char::from_digit(u32::from(digit), 16).unwrap_or('0'));
        }
        text
    })
}

/// The place of a finding about the policy.
fn policy_place(source: &str) -> Place {
    Place::at(source)
}
