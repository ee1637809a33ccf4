//! Reports that nobody took yet → the next one to send, and when.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::change::{Change, Since, What};
use super::report::Report;
use crate::judge::Moment;

/// As many are kept; of those before, it is told that there were some.
const MOST: usize = 1_000;

/// How long to wait after the first refusal, and after many, in seconds.
const FIRST: u64 = 60;
const LONGEST: u64 = 3_600;

/// More refusals in a row than these change nothing.
const MANY: u32 = 6;

/// Reports in their order, on disk before any of them is sent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outbox {
    reports: VecDeque<Report>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    lost: Option<Lost>,
    /// How often the next one was refused in a row.
    tries: u32,
    /// It is not sent before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    next: Option<Moment>,
}

/// Reports that were dropped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Lost {
    count: u64,
    /// The numbers of the first and the last of them, and their times.
    from: u64,
    to: u64,
    first: Moment,
    last: Moment,
}

impl Outbox {
    /// Adds a report. How many had to be dropped for it.
    pub(super) fn add(&mut self, report: Report) -> usize {
        self.reports.push_back(report);
        let mut dropped = 0;
        while self.reports.len() > MOST {
            let Some(Report { seq, time, .. }) = self.reports.pop_front() else { break };
            let fresh = || Lost { count: 0, from: seq, to: seq, first: time, last: time };
            let lost = self.lost.get_or_insert_with(fresh);
            (lost.count, lost.to, lost.last) = (lost.count.saturating_add(1), seq, time);
            dropped += 1;
        }
        dropped
    }

    /// The next report to send.
    pub(super) fn next(&self) -> Option<Report> {
        self.lost.as_ref().map(Lost::report).or_else(|| self.reports.front().cloned())
    }

    /// Whether it may be sent by now.
    pub(super) fn is_due(&self, now: Moment) -> bool {
        // A clock that was set back keeps nothing waiting.
        self.next.is_none_or(|next| now >= next || next.since(now) > LONGEST)
    }

    /// Somebody took it.
    pub(super) fn taken(&mut self) {
        if self.lost.take().is_none() {
            self.reports.pop_front();
        }
        (self.tries, self.next) = (0, None);
    }

    /// Nobody took it. For how many seconds it is left alone.
    pub(super) fn refused(&mut self, now: Moment) -> u64 {
        let wait = FIRST.saturating_mul(1 << self.tries.min(MANY)).min(LONGEST);
        self.tries = self.tries.saturating_add(1).min(MANY);
        self.next = Some(now.after(wait));
        wait
    }

    /// How many wait.
    #[must_use]
    pub fn len(&self) -> usize {
        self.reports.len() + usize::from(self.lost.is_some())
    }

    /// Whether none waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Lost {
    fn report(&self) -> Report {
        let Self { count, from, to, first, last } = self;
        let message = format!("{count} older reports were dropped, numbers {from} to {to}: nobody took them");
        let words = format!("between {first} and {last}");
        let since =
            Since { first: *first, before: None, published: None, seconds: last.since(*first), lasted: None, words };
        let (rule, level) = ("watch/dropped".to_owned(), "warn".to_owned());
        let (place, fingerprint) = (String::new(), None);
        let change = Change { what: What::Went, rule, level, version: None, place, message, fingerprint, since };
        Report::lost(change, *to, *last)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Target, Watched};
    use super::*;

    #[test]
    fn of_too_many_reports_the_oldest_are_counted_and_the_rest_go_out_in_order() {
        let target = Target { name: "npm:w".to_owned(), registry: None };
        let now = Moment::of(std::time::UNIX_EPOCH);
        let mut outbox = Outbox::default();
        let all = u64::try_from(MOST).unwrap() + 7;
        let report = |seq| Report::new(&target, &Watched::default(), Vec::new(), seq, now.after(seq));
        let dropped: usize = (1..=all).map(|seq| outbox.add(report(seq))).sum();
        assert_eq!((dropped, outbox.len()), (7, MOST + 1));
        let note = outbox.next().unwrap();
        assert_eq!(note.changes[0].message, "7 older reports were dropped, numbers 1 to 7: nobody took them");
        let mut seqs = Vec::new();
        while let Some(report) = outbox.next() {
            seqs.push(report.seq);
            outbox.taken();
        }
        assert_eq!(seqs, (7..=all).collect::<Vec<_>>());
    }

    #[test]
    fn who_refuses_is_left_alone_for_longer_and_longer_up_to_an_hour() {
        let now = Moment::of(std::time::UNIX_EPOCH).after(1_000_000);
        let mut outbox = Outbox::default();
        let waits: Vec<u64> = (0..9).map(|_| outbox.refused(now)).collect();
        assert_eq!(waits, [60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]);
        assert!(!outbox.is_due(now) && outbox.is_due(now.after(3600)) && outbox.is_due(now.before(90_000)));
    }
}
