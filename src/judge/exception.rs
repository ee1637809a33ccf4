//! An exception: one rule, one place, a reason, an end.

use globset::GlobMatcher;

use super::{Date, policy_place};
use crate::model::{ExceptionNote, ExceptionState, Finding, Level, Rule, RuleId, Waiver};

/// An exception that covers nothing.
pub const UNUSED: Rule = Rule::fixed(
    "policy/unused",
    (Level::Warn, Level::Warn),
    "an exception that covers nothing",
    "What it was granted for is gone, and it would silently cover the next thing that looks like it.",
    "remove the exception from the policy",
);

pub(super) const EXPIRED: Rule = Rule::fixed(
    "policy/expired",
    (Level::Warn, Level::Warn),
    "an exception that has ended",
    "It no longer covers anything; what it was granted for is judged as if it were not there.",
    "mend what it was granted for, or grant it anew with a later date",
);

/// One `[[allow]]` of a policy.
#[derive(Debug, Clone)]
pub struct Exception {
    /// Its number in the policy, over all tables.
    pub number: usize,
    pub(super) rule: RuleId,
    pub(super) path: Option<(String, GlobMatcher)>,
    pub(super) reason: String,
    pub(super) expires: Option<Date>,
    pub(super) sha256: Option<String>,
    pub(super) fingerprint: Option<String>,
    pub(super) line: usize,
    pub(super) source: String,
}

impl Exception {
    /// Whether it names the hash of a file that may be at `path`.
    #[must_use]
    pub fn wants_hash_of(&self, path: &str) -> bool {
        self.sha256.is_some() && self.path.as_ref().is_none_or(|(_, glob)| glob.is_match(path))
    }

    /// Whether its last day is over.
    #[must_use]
    pub fn has_expired(&self, today: Date) -> bool {
        self.expires.is_some_and(|last| last < today)
    }

    /// Whether it covers `finding`; `sha256` gives the hashes of the file it is in and of those around that.
    pub(super) fn covers(&self, finding: &Finding, fingerprint: &str, sha256: &[&str]) -> bool {
        let place = &finding.place;
        let placed = match &self.path {
            Some((text, glob)) => {
                let is = |path: &str| text == path || glob.is_match(path);
                is(&place.path) || (!place.inside.is_empty() && is(&place.joined()))
            }
            None => self.fingerprint.is_some(),
        };
        let same = |wanted: &Option<String>, have: &[&str]| match wanted {
            Some(wanted) => have.iter().any(|have| have.eq_ignore_ascii_case(wanted)),
            None => true,
        };
        // What was found about the artifact itself is out of reach.
        let reachable = !finding.rule.is_absolute() || (finding.nested && self.sha256.is_some());
        self.rule == finding.rule
            && placed
            && reachable
            && same(&self.sha256, sha256)
            && same(&self.fingerprint, &[fingerprint])
    }

    pub(super) fn waiver(&self) -> Waiver {
        Waiver { reason: self.reason.clone(), expires: self.expires.map(|date| date.to_string()), line: self.line }
    }

    /// What a report says of it.
    #[must_use]
    pub fn note(&self, state: ExceptionState) -> ExceptionNote {
        ExceptionNote {
            line: self.line,
            rule: self.rule.clone(),
            path: self.path.as_ref().map(|(path, _)| path.clone()),
            fingerprint: self.fingerprint.clone(),
            reason: self.reason.clone(),
            expires: self.expires.map(|date| date.to_string()),
            state,
        }
    }

    fn named(&self) -> String {
        let place = self.path.as_ref().map(|(path, _)| path.clone()).or_else(|| self.fingerprint.clone());
        format!("the exception in line {} for {} at {:?}", self.line, self.rule, place.unwrap_or_default())
    }

    pub(super) fn unused(&self) -> Finding {
        let what = format!("{} covers nothing", self.named());
        Finding::new(&UNUSED.id, policy_place(&self.source), what).keyed(self.key())
    }

    pub(super) fn expired(&self) -> Finding {
        let ended = self.expires.map(|date| date.to_string()).unwrap_or_default();
        let what = format!("{} ended on {ended}", self.named());
        Finding::new(&EXPIRED.id, policy_place(&self.source), what).keyed(self.key())
    }

    fn key(&self) -> String {
        format!("{} {}", self.rule, self.path.as_ref().map_or("", |(path, _)| path))
    }
}
