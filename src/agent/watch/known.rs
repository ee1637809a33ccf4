//! What is known of one version, or of a site: its bytes, what was found in them, and whether they can be read.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::change::{Change, Since, What};
use super::sight::{Found, Looked, Part};
use super::thing::{Thing, Turn};
use super::watched::{TWICE, told, unreadable};
use crate::judge::Moment;
use crate::model::{Level, Verdict};

/// What went is remembered for as long, so that it is known again, and as many such things are.
const MEMORY: u64 = 30 * 86_400;
const MOST: usize = 1_000;

/// A version, or a site.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Known {
    /// The hash that the registry names, while the version is there.
    pub(super) named: Thing,
    /// Whether its bytes are looked at.
    pub(super) wanted: bool,
    /// When it was published, as the registry says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) published: Option<String>,
    /// The last look that read its bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) looked: Option<Moment>,
    /// Whether its bytes can't be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reading: Option<Thing>,
    /// The hash of the bytes that are served.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    served: Option<Thing>,
    /// The hash that the registry named before the version went.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    was: Option<String>,
    /// What the audit said last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    verdict: Option<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    found: BTreeMap<String, Held>,
}

/// A finding, over time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Held {
    /// Its level, while it stands.
    thing: Thing,
    rule: String,
    place: String,
    message: String,
    /// What could not be read in the last look that saw it.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    beside: BTreeSet<String>,
}

impl Known {
    pub(super) fn new(named: Thing, wanted: bool) -> Self {
        let (published, looked, reading, served, was, verdict) = (None, None, None, None, None, None);
        Self { named, wanted, published, looked, reading, served, was, verdict, found: BTreeMap::new() }
    }

    /// How it stands; none where it is not there, or not looked at.
    pub(super) fn verdict(&self) -> Option<Verdict> {
        if !self.wanted || self.named.is().is_none() {
            return None;
        }
        let fails = self.reading.as_ref().is_some_and(|reading| reading.looks().is_some());
        let word = self.verdict.as_deref().filter(|_| !fails);
        let all = [Verdict::Clear, Verdict::Blocked];
        Some(all.into_iter().find(|verdict| Some(verdict.word()) == word).unwrap_or(Verdict::Incomplete))
    }

    /// How many findings of a level stand.
    pub(super) fn count(&self, level: Level) -> usize {
        self.found.values().filter(|held| held.thing.is() == Some(level.word())).count()
    }

    /// It is not there, since `now` at the latest, and neither is what was found in it.
    pub(super) fn leave(&mut self, turn: Option<&Turn>, now: Moment) {
        if let Some(turn) = turn {
            (self.looked, self.reading, self.verdict) = (None, None, None);
            self.was.clone_from(&turn.from);
            self.found.retain(|_, held| held.thing.is().is_some() || held.thing.since().is_some());
        }
        let now = turn.map_or(now, |turn| turn.first);
        for held in self.found.values_mut() {
            // That is told with the version.
            let _ = held.thing.see(None, now, 1);
        }
    }

    /// Whether it came back as something else.
    pub(super) fn differs(&self, named: &str) -> bool {
        self.was.as_deref().is_some_and(|was| was != named)
    }

    /// Takes in what a look at its bytes saw. `before` is the look that saw them before; `other` says that it is told
    /// already that these are other bytes.
    pub(super) fn look(
        &mut self,
        name: &str,
        part: &Part,
        before: Option<Moment>,
        other: bool,
        now: Moment,
    ) -> Vec<Change> {
        let version = Some(name).filter(|name| !name.is_empty());
        let reading = self.reading.get_or_insert_with(|| Thing::away(before));
        let (integrity, verdict, found) = match &part.look {
            Looked::Not => return Vec::new(),
            Looked::Unread(why) => {
                let turn = reading.see(Some(""), now, TWICE);
                return turn.map(|turn| unreadable(&turn, version, Some(why), now)).into_iter().collect();
            }
            Looked::Judged { integrity, verdict, found } => (integrity, verdict, found),
        };
        let again = reading.see(None, now, 1);
        let mut changes: Vec<Change> = again.map(|turn| unreadable(&turn, version, None, now)).into_iter().collect();
        if let Some(integrity) = integrity {
            let served = self.served.get_or_insert_with(|| Thing::there(integrity, now));
            let turn = served.see(Some(integrity), now, 1).filter(|_| !other);
            changes.extend(turn.map(|turn| swapped(name, integrity, &turn, now)));
        }
        changes.extend(self.findings(version, found, before, now));
        (self.looked, self.verdict) = (Some(now), Some(verdict.word().to_owned()));
        changes
    }

    fn findings(
        &mut self,
        version: Option<&str>,
        found: &BTreeMap<String, Found>,
        before: Option<Moment>,
        now: Moment,
    ) -> Vec<Change> {
        let unread: BTreeSet<String> =
            found.iter().filter(|(_, found)| found.unread).map(|(print, _)| print.clone()).collect();
        let mut changes = Vec::new();
        for (print, seen) in found {
            let held = self.found.entry(print.clone()).or_insert_with(|| Held::new(before));
            held.rule.clone_from(&seen.rule);
            held.place.clone_from(&seen.place);
            held.message.clone_from(&seen.message);
            held.beside.clone_from(&unread);
            let turn = held.thing.see(Some(seen.level.word()), now, if seen.fleeting { TWICE } else { 1 });
            changes.extend(turn.map(|turn| held.change(print, version, self.published.as_deref(), &turn, now)));
        }
        for (print, held) in self.found.iter_mut().filter(|(print, _)| !found.contains_key(*print)) {
            // Where something else can't be read than when it was seen, that may be why it is not seen.
            if unread.is_subset(&held.beside) {
                let turn = held.thing.see(None, now, 1);
                changes.extend(turn.map(|turn| held.change(print, version, None, &turn, now)));
            }
        }
        // What was a hiccup was never there.
        self.found.retain(|_, held| {
            held.thing.is().is_some() || held.thing.looks().is_some() || held.thing.since().is_some()
        });
        changes
    }

    /// Forgets what went long ago.
    pub(super) fn forget(&mut self, now: Moment) {
        gone_long(&mut self.found, now, |held| &held.thing);
    }
}

impl Held {
    fn new(before: Option<Moment>) -> Self {
        let (rule, place, message) = (String::new(), String::new(), String::new());
        Self { thing: Thing::away(before), rule, place, message, beside: BTreeSet::new() }
    }

    fn change(&self, print: &str, version: Option<&str>, published: Option<&str>, turn: &Turn, now: Moment) -> Change {
        let what = What::of(turn);
        let mut message = self.message.clone();
        match what {
            What::Appeared | What::Returned => {}
            What::Changed => {
                message.push_str(&format!(" (it was of level {})", turn.from.as_deref().unwrap_or_default()));
            }
            What::Went => message.push_str(" (it is not there any more, or an exception covers it)"),
        }
        Change {
            what,
            rule: self.rule.clone(),
            level: turn.to.clone().or_else(|| turn.from.clone()).unwrap_or_default(),
            version: version.map(str::to_owned),
            place: self.place.clone(),
            message,
            fingerprint: Some(print.to_owned()),
            since: Since::of(turn, published, now),
        }
    }
}

/// That other bytes are served than before, under the same hash.
fn swapped(name: &str, integrity: &str, turn: &Turn, now: Moment) -> Change {
    let from = turn.from.as_deref().unwrap_or_default();
    let message = format!("other bytes are served as {name}: {integrity}, and it was {from}");
    told("watch/bytes-changed", Level::Deny, Some(name), message, Since::of(turn, None, now), turn)
}

/// Forgets what went long ago, and what went first where there is too much of it.
pub(super) fn gone_long<T>(all: &mut BTreeMap<String, T>, now: Moment, thing: impl Fn(&T) -> &Thing) {
    let since = |own: &T| {
        let thing = thing(own);
        let gone = thing.looks().is_none() && thing.is().is_none();
        gone.then(|| thing.since().unwrap_or(now))
    };
    all.retain(|_, own| since(own).is_none_or(|since| now.since(since) < MEMORY));
    let mut times: Vec<Moment> = all.values().filter_map(since).collect();
    if times.len() > MOST {
        times.sort_unstable_by(|a, b| b.cmp(a));
        let Some(oldest) = times.get(MOST) else { return };
        let oldest = *oldest;
        all.retain(|_, own| since(own).is_none_or(|since| since > oldest));
    }
}
