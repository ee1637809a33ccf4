//! What changed → a report: the same bytes however often it is sent.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::change::Change;
use super::sight::Target;
use super::watched::Watched;
use crate::judge::{Moment, hex};
use crate::model::Verdict;
use crate::render::escape;

const SCHEMA: &str = "lastlook.watch/1";

/// As many changes are told in one report.
const MOST: usize = 500;

/// What changed at a target from one look to the next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// The form.
    pub schema: String,
    /// Names it: the same report has the same name however often it is sent.
    pub id: String,
    /// Its number, one more than that of the report before.
    pub seq: u64,
    /// When it was made.
    pub time: Moment,
    /// What it is about.
    pub target: String,
    /// The registry, if that is a package.
    pub registry: Option<String>,
    /// How the target stands now.
    pub verdict: String,
    /// How many denied findings stand.
    pub denied: usize,
    /// How many stand that are warned of.
    pub warned: usize,
    /// Whether the policy is another one than at the look before, which may be why something changed.
    pub policy_changed: bool,
    /// What changed.
    pub changes: Vec<Change>,
    /// How many more changes were left out.
    pub left_off: usize,
}

impl Report {
    pub(super) fn new(target: &Target, watched: &Watched, mut changes: Vec<Change>, seq: u64, now: Moment) -> Self {
        let left_off = changes.len().saturating_sub(MOST);
        let id = id(&target.key(), &changes);
        changes.truncate(MOST);
        let (denied, warned) = watched.counts();
        Self {
            schema: SCHEMA.to_owned(),
            id,
            seq,
            time: now,
            target: target.name.clone(),
            registry: target.registry.clone(),
            verdict: watched.verdict().word().to_owned(),
            denied,
            warned,
            policy_changed: false,
            changes,
            left_off,
        }
    }

    /// In place of reports that nobody took: how many they were is told by `change`.
    pub(super) fn lost(change: Change, seq: u64, time: Moment) -> Self {
        let changes = vec![change];
        let (schema, id) = (SCHEMA.to_owned(), id("", &changes));
        let (target, verdict) = (String::new(), Verdict::Incomplete.word().to_owned());
        let (denied, warned, left_off) = (0, 0, 0);
        let (registry, policy_changed) = (None, false);
        Self { schema, id, seq, time, target, registry, verdict, denied, warned, policy_changed, changes, left_off }
    }

    /// A line of JSON.
    #[must_use]
    pub fn line(&self) -> String {
        let mut line = serde_json::to_string(self).unwrap_or_default();
        line.push('\n');
        line
    }

    /// A line for people for each change.
    #[must_use]
    pub fn human(&self) -> String {
        let (target, verdict) = (if self.target.is_empty() { "lastlook" } else { &self.target }, &self.verdict);
        let mut text = String::new();
        let mut line = |what: &str| text.push_str(&(escape(what.trim_end()) + "\n"));
        for change in &self.changes {
            let Change { what, rule, level, version, place, message, since, .. } = change;
            let at: Vec<&str> = version.iter().map(String::as_str).chain([place.as_str()]).collect();
            let at = at.join(" ");
            let at = if at.trim().is_empty() { String::new() } else { format!("  {}", at.trim()) };
            let (time, what) = (self.time, what.word());
            line(&format!(
                "{time}  {target} ({verdict})  {level:<5}  {what:<8}  {rule}{at}  {message}  [{}]",
                since.words
            ));
        }
        if self.left_off > 0 {
            line(&format!("{}  {target} ({verdict})  and {} more changes", self.time, self.left_off));
        }
        if self.policy_changed {
            line(&format!("{}  {target}  the policy is another one than before: that may be why", self.time));
        }
        text
    }
}

/// The name of a report: its target, what changed, and when that was seen first.
fn id(target: &str, changes: &[Change]) -> String {
    let mut hash = Sha256::new_with_prefix(target);
    for change in changes {
        let Change { what, rule, version, place, fingerprint, message, since, .. } = change;
        let (version, print) = (version.as_deref().unwrap_or_default(), fingerprint.as_deref().unwrap_or(message));
        hash.update(format!("\0{}\0{rule}\0{version}\0{place}\0{print}\0{}", what.word(), since.first));
    }
    hex(&hash.finalize()).chars().take(32).collect()
}
