//! Looks, again and again → reports of what changed, each on disk before it is sent.

use std::time::Duration;

use super::WatchError;
use super::ending::Ending;
use super::report::Report;
use super::sight::{Sight, Target};
use super::state::{Keep, State};
use super::watched::Watched;
use crate::agent::clock::Clock;
use crate::judge::Moment;
use crate::model::Verdict;
use crate::verify::span;

/// Looks at targets.
pub trait Look {
    /// Looks at one; `known` is what is known of it, if anything is.
    ///
    /// # Errors
    /// Why it can't be read, in words.
    fn look(&mut self, target: &Target, known: Option<&Watched>) -> Result<Sight, String>;
}

/// Delivers reports.
pub trait Tell {
    /// Delivers one. It may have been delivered before, where nobody knows.
    ///
    /// # Errors
    /// Why nobody took it, in words.
    fn tell(&mut self, report: &Report) -> Result<(), String>;
}

/// A watch over targets.
pub struct Watch<'w> {
    /// What is looked at.
    pub targets: &'w [Target],
    /// How often.
    pub every: Duration,
    /// How it is looked at.
    pub look: &'w mut dyn Look,
    /// Who is told what changed.
    pub tell: &'w mut dyn Tell,
    /// Where it is remembered.
    pub keep: &'w mut dyn Keep,
    /// The time.
    pub clock: &'w dyn Clock,
    /// How it ends.
    pub ending: &'w Ending,
    /// Says something to whoever runs it. Texts of others in it are raw.
    pub say: &'w dyn Fn(&str),
    /// What is known.
    pub state: State,
}

impl Watch<'_> {
    /// One round, whatever time it is. How all targets stand; incomplete where one could not be looked at, or a report
    /// not be delivered.
    pub fn once(&mut self) -> Verdict {
        let kept = self.round(true);
        let stands = self
            .targets
            .iter()
            .map(|target| self.state.watched.get(&target.key()).map_or(Verdict::Incomplete, Watched::verdict));
        let worst = stands.max().unwrap_or(Verdict::Incomplete);
        if kept && self.state.outbox.is_empty() { worst } else { Verdict::Incomplete }
    }

    /// Round after round, for as long as `goes_on`.
    pub fn run(&mut self, goes_on: &dyn Fn() -> bool) {
        // Whoever starts it anew may have mended what was in the way.
        self.deliver(true);
        while goes_on() {
            self.round(false);
            let now = self.now();
            let next = self.targets.iter().map(|target| self.due(target)).min().unwrap_or(now);
            // Where a clock was set back, or nothing can be written, it is tried again all the same.
            self.clock.rest(Duration::from_secs(next.since(now).clamp(1, self.every.as_secs().max(1))));
        }
    }

    fn now(&self) -> Moment {
        Moment::of(self.clock.now())
    }

    /// When a target is to be looked at next.
    fn due(&self, target: &Target) -> Moment {
        let now = self.now();
        let asked = self.state.watched.get(&target.key()).and_then(|watched| watched.asked);
        asked.filter(|asked| *asked <= now).map_or(now, |asked| asked.after(self.every.as_secs()))
    }

    /// Looks at what is due, or at all; false where what was seen or taken could not be noted.
    fn round(&mut self, all: bool) -> bool {
        let mut kept = self.deliver(all);
        // What could not be read comes last, so that it keeps nothing else waiting.
        let mut targets: Vec<&Target> = self.targets.iter().collect();
        targets.sort_by_key(|target| self.state.watched.get(&target.key()).is_some_and(Watched::fails));
        for target in targets {
            if all || self.due(target) <= self.now() {
                kept &= self.target(target);
                kept &= self.deliver(false);
            }
        }
        kept
    }

    fn target(&mut self, target: &Target) -> bool {
        let key = target.key();
        let seen = self.look.look(target, self.state.watched.get(&key));
        let now = self.now();
        if let Err(why) = &seen {
            (self.say)(&format!("{} can not be read: {why}", target.name));
        }
        let mut after = self.state.clone();
        let watched = after.watched.entry(key.clone()).or_default();
        let anew = watched.judges_anew(&seen);
        let changes = watched.take(&seen, now);
        let mut dropped = 0;
        if !changes.is_empty() {
            after.seq = after.seq.saturating_add(1);
            let mut report = Report::new(target, watched, changes, after.seq, now);
            report.policy_changed = anew;
            dropped = after.outbox.add(report);
        }
        let step = self.ending.step();
        let kept = self.keep.keep(&after);
        drop(step);
        if dropped > 0 {
            (self.say)("too many reports wait: the oldest was dropped, which the next one tells");
        }
        match kept {
            Ok(()) => self.state = after,
            Err(error) => {
                // It is seen again at the next look, and told then.
                self.complain(&error);
                self.state.watched.entry(key).or_default().asked = Some(now);
                return false;
            }
        }
        true
    }

    /// Delivers what waits, in its order; false where what was taken could not be noted.
    fn deliver(&mut self, at_once: bool) -> bool {
        while let Some(report) = self.state.outbox.next() {
            if !at_once && !self.state.outbox.is_due(self.now()) {
                return true;
            }
            let step = self.ending.step();
            let told = self.tell.tell(&report);
            let wait = match &told {
                Ok(()) => {
                    self.state.outbox.taken();
                    0
                }
                Err(_) => self.state.outbox.refused(Moment::of(self.clock.now())),
            };
            let kept = self.keep.keep(&self.state);
            drop(step);
            if let Err(why) = told {
                let waiting = self.state.outbox.len();
                let which = if waiting == 1 { "1 report waits".to_owned() } else { format!("{waiting} reports wait") };
                (self.say)(&format!(
                    "report {} was not taken: {why}; {which}; the next try is in {} or later",
                    report.seq,
                    span(wait)
                ));
                return kept.is_ok();
            }
            if let Err(error) = kept {
                // While this runs it is not sent again; the next one that is started can't know.
                self.complain(&error);
                return false;
            }
        }
        true
    }

    fn complain(&self, error: &WatchError) {
        (self.say)(&error.to_string());
    }
}
