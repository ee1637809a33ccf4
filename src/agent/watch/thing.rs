//! What is seen of one thing, look after look → when it turned, and between which looks.

use serde::{Deserialize, Serialize};

use crate::judge::Moment;

/// As many turns in a day are told one by one.
const TURNS: usize = 6;

/// What turns more often is told when it was seen so in as many looks in a row.
const STEADY: u32 = 4;

const DAY: u64 = 86_400;

/// One thing that is watched: a finding, a tag, the bytes of a version, whether something can be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Thing {
    /// What it is, as it was told; none where it is not there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    is: Option<String>,
    /// The first look at which it was so; none where it was never otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    since: Option<Moment>,
    /// The last look at which it was so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    last: Option<Moment>,
    /// What it looks like by now, which is not told yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    other: Option<Other>,
    /// When it turned, the last few times.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    turns: Vec<Moment>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Other {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    is: Option<String>,
    since: Moment,
    looks: u32,
}

/// A thing that turned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turn {
    /// What it was; none where it was not there.
    pub from: Option<String>,
    /// What it is; none where it is not there any more.
    pub to: Option<String>,
    /// The first look at which it was so.
    pub first: Moment,
    /// The last look at which it was not.
    pub before: Option<Moment>,
    /// For how many seconds it was as it was before; none where it was never otherwise.
    pub lasted: Option<u64>,
    /// Whether it turns so often that it is not told each time from now on.
    pub wavers: bool,
}

impl Thing {
    /// One that was never there, as `last` was the last look to tell.
    pub(super) fn away(last: Option<Moment>) -> Self {
        Self { is: None, since: None, last, other: None, turns: Vec::new() }
    }

    /// One that was there from the first look on.
    pub(super) fn there(is: &str, now: Moment) -> Self {
        Self { is: Some(is.to_owned()), since: Some(now), last: Some(now), other: None, turns: Vec::new() }
    }

    /// What it is, as it was told.
    pub(super) fn is(&self) -> Option<&str> {
        self.is.as_deref()
    }

    /// What it looks like by now, told or not.
    pub(super) fn looks(&self) -> Option<&str> {
        self.other.as_ref().map_or(self.is(), |other| other.is.as_deref())
    }

    /// The first look at which it was so.
    pub(super) fn since(&self) -> Option<Moment> {
        self.since
    }

    /// Looks at it. It has turned once it is seen to be otherwise in `patience` looks in a row.
    pub(super) fn see(&mut self, is: Option<&str>, now: Moment, patience: u32) -> Option<Turn> {
        if self.is() == is {
            (self.last, self.other) = (Some(now), None);
            return None;
        }
        let mut other = self.other.take().filter(|other| other.is.as_deref() == is);
        let fresh = || Other { is: is.map(str::to_owned), since: now, looks: 0 };
        let mut other = other.take().unwrap_or_else(fresh);
        other.looks = other.looks.saturating_add(1);
        let patience = if self.wavers(now) { patience.max(STEADY) } else { patience };
        if other.looks < patience {
            self.other = Some(other);
            return None;
        }
        let from = std::mem::replace(&mut self.is, other.is);
        let (before, since) = (self.last.replace(now), self.since.replace(other.since));
        let surplus = self.turns.len().saturating_sub(TURNS - 1);
        self.turns.drain(..surplus);
        self.turns.push(now);
        let lasted = since.map(|since| other.since.since(since));
        Some(Turn { from, to: self.is.clone(), first: other.since, before, lasted, wavers: self.wavers(now) })
    }

    fn wavers(&self, now: Moment) -> bool {
        self.turns.len() >= TURNS && self.turns.first().is_some_and(|first| now.since(*first) < DAY)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minute: u64) -> Moment {
        Moment::of(std::time::UNIX_EPOCH).after(minute * 60)
    }

    #[test]
    fn a_thing_turns_between_two_looks() {
        let mut thing = Thing::away(Some(at(0)));
        let turn = thing.see(Some("deny"), at(15), 1).unwrap();
        assert_eq!((turn.first, turn.before, turn.lasted), (at(15), Some(at(0)), None));
        assert_eq!(thing.see(Some("deny"), at(30), 1), None);
        let turn = thing.see(None, at(45), 1).unwrap();
        assert_eq!((turn.before, turn.lasted, turn.to), (Some(at(30)), Some(30 * 60), None));
        let turn = thing.see(Some("deny"), at(60), 1).unwrap();
        assert_eq!((turn.before, turn.lasted), (Some(at(45)), Some(15 * 60)));
    }

    #[test]
    fn a_hiccup_is_no_turn() {
        let mut thing = Thing::away(None);
        assert_eq!(thing.see(Some(""), at(0), 2), None);
        assert_eq!(thing.see(None, at(15), 1), None);
        assert_eq!(thing.see(Some(""), at(30), 2), None);
        let turn = thing.see(Some(""), at(45), 2).unwrap();
        assert_eq!((turn.first, turn.before), (at(30), Some(at(15))));
    }

    #[test]
    fn what_comes_and_goes_all_day_is_told_a_few_times() {
        let mut thing = Thing::there("x", at(0));
        let turns: Vec<Turn> =
            (1..96).filter_map(|look| thing.see((look % 2 == 0).then_some("x"), at(look * 15), 1)).collect();
        assert_eq!(turns.len(), TURNS);
        assert_eq!(turns.iter().map(|turn| turn.wavers).collect::<Vec<_>>(), [false, false, false, false, false, true]);
        // Once it stays, that is told.
        let last: Vec<Turn> = (96..104).filter_map(|look| thing.see(None, at(look * 15), 1)).collect();
        assert_eq!((last.len(), last[0].first), (1, at(95 * 15)));
    }
}
