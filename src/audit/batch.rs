//! What a reader yields → lots of work for every core. Containers inside are opened here, in the order of the
//! artifact, so that the one budget of the audit ends at the same place on every machine.

use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::crew::{Apart, Crew, Inspected, Twins, fault};
use crate::model::{Entry, Finding, Level, Place, Within, Wrap, place_of};
use crate::open::{self, Meter, Opened, Owning, Sink};

/// Small entries are handed over together: as many as this, or this many bytes.
const BATCH: (usize, usize) = (512, 1 << 20);

/// Bytes that may wait for inspection. Above it the reader inspects what it reads itself.
const WAITING: usize = 32 << 20;

/// Collects entries until they are worth handing to another core.
pub(super) struct Batch<'s, 'scope, 'b> {
    crew: (&'scope Crew<'scope>, &'scope Twins<'b>),
    meter: &'s Meter,
    scope: &'s rayon::Scope<'scope>,
    done: &'scope Mutex<Vec<Inspected<'b>>>,
    waiting: &'scope AtomicUsize,
    entries: Vec<(usize, Entry<'b>, Apart)>,
    bytes: usize,
    number: usize,
    findings: Vec<Finding>,
    /// Where the first container is that came too late for the budget, and how many there were.
    unopened: Option<(Place, u64)>,
}

impl<'s, 'scope, 'b: 'scope> Batch<'s, 'scope, 'b> {
    pub(super) fn new(
        crew: (&'scope Crew<'scope>, &'scope Twins<'b>),
        meter: &'s Meter,
        scope: &'s rayon::Scope<'scope>,
        done: &'scope Mutex<Vec<Inspected<'b>>>,
        waiting: &'scope AtomicUsize,
    ) -> Self {
        Self {
            crew,
            meter,
            scope,
            done,
            waiting,
            entries: Vec::new(),
            bytes: 0,
            number: 0,
            findings: Vec::new(),
            unopened: None,
        }
    }

    /// Hands over the rest, and what was found about containers.
    pub(super) fn finish(mut self) -> Vec<Finding> {
        self.flush();
        if let Some((place, count)) = self.unopened {
            let what =
                format!("the budget for unpacking was used up: this container and {} more were not opened", count - 1);
            self.findings.push(nested(Finding::new(&open::LIMIT.id, place, what).unread()));
        }
        self.findings
    }

    fn flush(&mut self) {
        let entries = std::mem::take(&mut self.entries);
        let own = |entry: &Entry<'_>| if matches!(entry.body, Cow::Owned(_)) { entry.body.len() } else { 0 };
        let owned: usize = entries.iter().map(|(_, entry, _)| own(entry)).sum();
        self.bytes = 0;
        let ((crew, twins), done, waiting) = (self.crew, self.done, self.waiting);
        let work = move || {
            let each = |(number, entry, apart)| crew.record(number, entry, &apart, twins);
            let records: Vec<Inspected<'b>> = entries.into_iter().map(each).collect();
            done.lock().unwrap_or_else(PoisonError::into_inner).extend(records);
        };
        if owned > 0 && waiting.load(Ordering::Relaxed) + owned > WAITING {
            return work();
        }
        waiting.fetch_add(owned, Ordering::Relaxed);
        self.scope.spawn(move |_| {
            work();
            waiting.fetch_sub(owned, Ordering::Relaxed);
        });
    }

    /// Opens the container that `entry` is, if it is one, and takes what lies in it.
    fn open(&mut self, entry: &Entry<'b>) -> Apart {
        let name = entry.path.as_str();
        let depth = entry.within.as_ref().map_or(0, |within| within.depth) + 1;
        let meter = self.meter;
        let place = || place_of(entry.within.as_deref(), &entry.path);
        let form = if entry.rest { None } else { open::sniff(&entry.body, name) };
        let Some(form) = form else { return Apart::Nothing };
        if meter.left() == 0 || meter.entries_left() == 0 {
            self.unopened.get_or_insert((place(), 0)).1 += 1;
            return Apart::Nothing;
        }
        if depth > meter.limits().depth {
            let what = format!("containers lie more than {} deep in each other: this one was not opened", depth - 1);
            self.findings.push(nested(Finding::new(&open::LIMIT.id, place(), what).unread()));
            return Apart::Nothing;
        }
        let executable = entry.within.as_ref().is_some_and(|within| within.executable);
        let within = Within { place: place(), depth, wrap: Wrap::Archive, executable };
        let mut inner = Inner { batch: self, within: Arc::new(within) };
        let opened = catch_unwind(AssertUnwindSafe(|| match &entry.body {
            Cow::Borrowed(bytes) => form.open(bytes, name, meter, &mut inner),
            Cow::Owned(bytes) => form.open(bytes, name, meter, &mut Owning(&mut inner)),
        }));
        match opened {
            Ok(Some(Opened { wrap: Wrap::Executable, taken, .. })) => Apart::Parts(taken),
            Ok(Some(_)) => Apart::Everything,
            Ok(None) => Apart::Nothing,
            Err(_) => {
                self.findings.push(nested(fault(place())));
                Apart::Nothing
            }
        }
    }
}

/// What is found about a container inside the artifact. Nobody installs it as a package, so what only matters to an
/// installer is a warning at the most.
pub(super) fn nested(finding: Finding) -> Finding {
    let rules = [&open::LINK, &open::NAME, &open::COLLISION, &open::DUPLICATE];
    let mild = rules.iter().any(|rule| rule.id == finding.rule);
    let finding = Finding { nested: true, ..finding };
    if mild { finding.at_most(Level::Warn) } else { finding }
}

/// Takes what lies in a container.
struct Inner<'i, 's, 'scope, 'b> {
    batch: &'i mut Batch<'s, 'scope, 'b>,
    within: Arc<Within>,
}

impl<'b: 'scope, 'scope> Sink<'b> for Inner<'_, '_, 'scope, 'b> {
    fn wrap(&mut self, wrap: Wrap) {
        let Within { ref place, depth, executable, .. } = *self.within;
        let executable = executable || wrap == Wrap::Executable;
        self.within = Arc::new(Within { place: place.clone(), depth, wrap, executable });
    }

    fn entry(&mut self, entry: Entry<'b>) {
        self.batch.entry(Entry { within: Some(Arc::clone(&self.within)), ..entry });
    }

    fn finding(&mut self, finding: Finding) {
        // An empty one is nothing.
        if finding.rule != open::EMPTY.id {
            let place = finding.place.placed_in(&self.within.place);
            self.batch.finding(nested(Finding { place, ..finding }));
        }
    }
}

impl<'b: 'scope, 'scope> Sink<'b> for Batch<'_, 'scope, 'b> {
    fn entry(&mut self, entry: Entry<'b>) {
        let number = self.number;
        self.number += 1;
        let apart = self.open(&entry);
        self.bytes += entry.body.len();
        self.entries.push((number, entry, apart));
        if self.entries.len() >= BATCH.0 || self.bytes >= BATCH.1 {
            self.flush();
        }
    }

    fn finding(&mut self, finding: Finding) {
        self.findings.push(finding);
    }
}
