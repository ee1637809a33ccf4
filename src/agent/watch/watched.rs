//! A sight after another of one target → what changed from one to the next.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::change::{Change, Since, What};
use super::known::{Known, gone_long};
use super::sight::{Looked, Part, Sight};
use super::thing::{Thing, Turn};
use crate::judge::Moment;
use crate::model::{Level, Verdict};
use crate::verify::span;

/// What can't be read, or is not there, is told when it was so in as many looks in a row: one may be a hiccup.
pub(super) const TWICE: u32 = 2;

/// What is known of a target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Watched {
    /// The last look, whatever came of it.
    pub(super) asked: Option<Moment>,
    /// The last look that saw something.
    looked: Option<Moment>,
    /// The digest of the policy then.
    policy: String,
    /// Whether it can't be read.
    reading: Thing,
    tags: BTreeMap<String, Thing>,
    parts: BTreeMap<String, Known>,
}

impl Default for Watched {
    fn default() -> Self {
        let (tags, parts) = (BTreeMap::new(), BTreeMap::new());
        Self { asked: None, looked: None, policy: String::new(), reading: Thing::away(None), tags, parts }
    }
}

impl Watched {
    /// Whether the bytes of a version are to be looked at, whatever tags say: it came since the watch began, or was
    /// looked at before.
    #[must_use]
    pub fn wants(&self, version: &str) -> bool {
        self.looked.is_some() && self.parts.get(version).is_none_or(|known| known.wanted)
    }

    /// When the bytes of a version were looked at last.
    #[must_use]
    pub fn looked(&self, version: &str) -> Option<Moment> {
        self.parts.get(version)?.looked
    }

    /// Whether nothing came of the last look.
    pub(super) fn fails(&self) -> bool {
        self.reading.looks().is_some()
    }

    /// How it stands, as far as is known.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        if self.looked.is_none() || self.fails() {
            return Verdict::Incomplete;
        }
        self.parts.values().filter_map(Known::verdict).max().unwrap_or(Verdict::Incomplete)
    }

    /// How many findings stand: denied, and warned of.
    #[must_use]
    pub fn counts(&self) -> (usize, usize) {
        let count = |level: Level| self.parts.values().map(|known| known.count(level)).sum();
        (count(Level::Deny), count(Level::Warn))
    }

    /// Whether `seen` was judged by another policy than the look before, which may be why it differs.
    pub(super) fn judges_anew(&self, seen: &Result<Sight, String>) -> bool {
        self.looked.is_some() && seen.as_ref().is_ok_and(|sight| sight.policy != self.policy)
    }

    /// Takes in what a look saw. What changed, in the order of versions.
    pub(super) fn take(&mut self, seen: &Result<Sight, String>, now: Moment) -> Vec<Change> {
        self.asked = Some(now);
        let sight = match seen {
            Ok(sight) => sight,
            Err(why) => {
                let turn = self.reading.see(Some(""), now, TWICE);
                return turn.map(|turn| unreadable(&turn, None, Some(why), now)).into_iter().collect();
            }
        };
        let again = self.reading.see(None, now, 1);
        let mut changes: Vec<Change> = again.map(|turn| unreadable(&turn, None, None, now)).into_iter().collect();
        for name in self.parts.keys().filter(|name| !sight.parts.contains_key(*name)).cloned().collect::<Vec<_>>() {
            changes.extend(self.missing(&name, now));
        }
        let mut fresh = Vec::new();
        for (name, part) in &sight.parts {
            changes.extend(self.part(name, part, now, &mut fresh));
        }
        changes.extend(self.tags(sight, &fresh, now));
        (self.looked, self.policy) = (Some(now), sight.policy.clone());
        gone_long(&mut self.parts, now, |known| &known.named);
        gone_long(&mut self.tags, now, |tag| tag);
        self.parts.values_mut().for_each(|known| known.forget(now));
        changes
    }

    /// A version that the registry shows no more.
    fn missing(&mut self, name: &str, now: Moment) -> Option<Change> {
        let known = self.parts.get_mut(name)?;
        let left = known.count(Level::Deny);
        let turn = known.named.see(None, now, TWICE);
        if known.named.is().is_none() {
            known.leave(turn.as_ref(), now);
        }
        let turn = turn?;
        let with = match left {
            0 => String::new(),
            1 => ", and the denied finding in it is out of sight with it".to_owned(),
            left => format!(", and {left} denied findings in it are out of sight with it"),
        };
        let message = format!("the registry shows no {name} any more{with}; who has it already still has it");
        Some(told("watch/version-gone", Level::Warn, Some(name), message, Since::of(&turn, None, now), &turn))
    }

    /// A version that is there, or the site.
    fn part(&mut self, name: &str, part: &Part, now: Moment, fresh: &mut Vec<String>) -> Vec<Change> {
        let (looked, site) = (self.looked, name.is_empty());
        let begun = looked.is_some();
        let known = self.parts.entry(name.to_owned()).or_insert_with(|| {
            let named = if begun { Thing::away(looked) } else { Thing::there(&part.named, now) };
            Known::new(named, site || begun)
        });
        known.published.clone_from(&part.published);
        let turn = known.named.see(Some(&part.named), now, 1);
        let came = turn.as_ref().is_some_and(|turn| turn.from.is_none());
        if came {
            known.wanted = true;
            fresh.push(name.to_owned());
        }
        known.wanted |= part.look != Looked::Not;
        // Nobody looked into what was there before and not looked at.
        let before = known.looked.or_else(|| looked.filter(|_| came));
        let other = came && known.differs(&part.named);
        let mut changes: Vec<Change> = turn.iter().filter_map(|turn| version(name, part, turn, other, now)).collect();
        changes.extend(known.look(name, part, before, other || (turn.is_some() && !came), now));
        changes
    }

    fn tags(&mut self, sight: &Sight, fresh: &[String], now: Moment) -> Vec<Change> {
        let looked = self.looked;
        for (tag, version) in &sight.tags {
            let fresh = || looked.map_or_else(|| Thing::there(version, now), |looked| Thing::away(Some(looked)));
            self.tags.entry(tag.clone()).or_insert_with(fresh);
        }
        let turned = self.tags.iter_mut().filter_map(|(tag, thing)| {
            let is = sight.tags.get(tag).map(String::as_str);
            let turn = thing.see(is, now, if is.is_some() { 1 } else { TWICE })?;
            let from = turn.from.as_deref().unwrap_or("no version");
            let message = match &turn.to {
                Some(to) => format!("the tag {tag} stands for {to}, and stood for {from}"),
                None => format!("the tag {tag} stands for no version any more, and stood for {from}"),
            };
            let part = turn.to.as_ref().and_then(|to| sight.parts.get(to).map(|part| (to, part)));
            let level = match part {
                Some((to, part)) if fresh.contains(to) => level(part),
                Some((_, part)) => level(part).max(Level::Warn),
                None => Level::Warn,
            };
            let since = Since::of(&turn, None, now);
            Some(told("watch/tag-moved", level, turn.to.as_deref(), message, since, &turn))
        });
        turned.collect()
    }
}

/// A version that came, maybe as something `other`, or of which other bytes are named. A site is no version.
fn version(name: &str, part: &Part, turn: &Turn, other: bool, now: Moment) -> Option<Change> {
    if name.is_empty() {
        return None;
    }
    let published = part.published.as_deref().filter(|_| turn.from.is_none());
    let since = Since::of(turn, published, now);
    if let Some(from) = turn.from.as_deref() {
        let message =
            format!("the registry names other bytes as {name}: {}, and it was {}", or_none(&part.named), or_none(from));
        return Some(told("watch/bytes-changed", Level::Deny, Some(name), message, since, turn));
    }
    let by = match part.sent {
        Some(true) => ", by lastlook publish",
        Some(false) => ", and the journal of lastlook publish knows nothing of it",
        None => "",
    };
    let how = match &part.look {
        Looked::Judged { verdict, .. } => format!("it is {}", verdict.word()),
        Looked::Unread(why) => format!("it can not be read: {why}"),
        Looked::Not => "it was not looked at yet".to_owned(),
    };
    let (came, level) = match (What::of(turn), other) {
        (_, true) => ("is there again, with other bytes than before", Level::Deny),
        (What::Returned, false) => ("is there again", level(part)),
        (What::Appeared | What::Changed | What::Went, false) => ("was published", level(part)),
    };
    let message = format!("{name} {came}{by}; {how}");
    Some(told("watch/version-new", level, Some(name), message, since, turn))
}

/// How grave it is that a version is there.
fn level(part: &Part) -> Level {
    match &part.look {
        Looked::Judged { verdict: Verdict::Clear, .. } if part.sent != Some(false) => Level::Allow,
        Looked::Judged { verdict: Verdict::Clear, .. } | Looked::Unread(_) | Looked::Not => Level::Warn,
        Looked::Judged { verdict: Verdict::Blocked | Verdict::Incomplete, .. } => Level::Deny,
    }
}

/// That something can't be read, and `why`; or that it can be read again.
pub(super) fn unreadable(turn: &Turn, version: Option<&str>, why: Option<&str>, now: Moment) -> Change {
    let message = match (why, turn.lasted) {
        (Some(why), _) => format!("it can not be read: {why}"),
        (None, Some(lasted)) => format!("it can be read again, after {}", span(lasted)),
        (None, None) => "it can be read again".to_owned(),
    };
    told("watch/unreadable", Level::Warn, version, message, Since::of(turn, None, now), turn)
}

/// A change that is no finding.
pub(super) fn told(
    rule: &str,
    level: Level,
    version: Option<&str>,
    message: String,
    since: Since,
    turn: &Turn,
) -> Change {
    let (rule, level) = (rule.to_owned(), level.word().to_owned());
    let version = version.map(str::to_owned);
    Change { what: What::of(turn), rule, level, version, place: String::new(), message, fingerprint: None, since }
}

pub(super) fn or_none(hash: &str) -> &str {
    if hash.is_empty() { "no sha512" } else { hash }
}
