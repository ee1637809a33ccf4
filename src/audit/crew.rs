//! Entries → records, on every core, beside the reading.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use sha2::{Digest as _, Sha256};

use super::{count, moved};
use crate::inspect::{self, Found, PathRules, Seen, Taker, TextKind};
use crate::judge::{Policy, hex};
use crate::model::{Digest, Entry, EntryPath, Finding, Kind, Place};
use crate::open::{self, Sink};

/// What is left of an entry once it was inspected.
pub(super) struct Record {
    pub(super) number: usize,
    pub(super) path: EntryPath,
    pub(super) inside: Vec<String>,
    pub(super) size: u64,
    pub(super) counted: bool,
    pub(super) dotted: bool,
    /// Known where somebody may ask for it.
    pub(super) digest: Option<Digest>,
    pub(super) sha256: Option<String>,
    /// Nothing, for most.
    pub(super) seen: Option<Box<Seen>>,
}

/// A record, and the body if its digest may still be asked for.
type Inspected<'b> = (Record, Option<&'b [u8]>);

/// Hashes the huge files whose hash somebody will ask for: those whose path comes twice, and those that are as long
/// as a text that could be recovered.
fn hash_late(done: &mut [Inspected<'_>]) {
    if done.iter().all(|(_, body)| body.is_none()) {
        return;
    }
    let texts = done.iter().filter_map(|(record, _)| record.seen.as_ref()).flat_map(|seen| &seen.carried);
    let sizes: BTreeSet<u64> = texts.flat_map(|row| row.texts.iter().map(|text| text.bytes)).collect();
    let mut paths: HashMap<EntryPath, usize> = HashMap::new();
    for (record, _) in &*done {
        *paths.entry(record.path.clone()).or_default() += 1;
    }
    for (record, body) in done {
        let asked = sizes.contains(&record.size) || paths.get(&record.path).is_some_and(|count| *count > 1);
        if let (Some(body), true) = (body, asked) {
            record.digest = Some(*blake3::hash(body).as_bytes());
        }
    }
}

/// Small entries are handed over together: as many as this, or this many bytes.
const BATCH: (usize, usize) = (512, 1 << 20);

/// Bytes that may wait for inspection. Above it the reader inspects what it reads itself.
const WAITING: usize = 32 << 20;

/// From this size on hashing and inspecting run side by side, and no one asks whether the content was seen before.
const HUGE: usize = 8 << 20;

/// Contents below this size are not worth remembering.
const SMALL: usize = 4 << 10;

/// Inspects the entries of one artifact.
pub(super) struct Crew<'c> {
    paths: &'c PathRules,
    policy: &'c Policy,
    taker: Option<Taker<'c>>,
    progress: Option<&'c AtomicU64>,
    known: Mutex<HashMap<(Digest, u8), Arc<Seen>>>,
}

impl<'c> Crew<'c> {
    pub(super) fn new(
        paths: &'c PathRules,
        policy: &'c Policy,
        taker: Option<Taker<'c>>,
        progress: Option<&'c AtomicU64>,
    ) -> Self {
        Self { paths, policy, taker, progress, known: Mutex::default() }
    }

    /// Runs `read` and inspects what it yields meanwhile. Records come in the order of the archive.
    pub(super) fn work<'b>(&self, read: impl FnOnce(&mut dyn Sink<'b>) -> Kind) -> (Kind, Vec<Record>, Vec<Finding>) {
        let done = Mutex::new(Vec::new());
        let waiting = AtomicUsize::new(0);
        let (kind, findings) = rayon::in_place_scope(|scope| {
            let mut batch = Batch {
                crew: self,
                scope,
                done: &done,
                waiting: &waiting,
                entries: Vec::new(),
                bytes: 0,
                number: 0,
                findings: Vec::new(),
            };
            let kind = read(&mut batch);
            batch.flush();
            (kind, batch.findings)
        });
        let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
        done.sort_unstable_by_key(|(record, _)| record.number);
        hash_late(&mut done);
        (kind, done.into_iter().map(|(record, _)| record).collect(), findings)
    }

    /// Reads and inspects one file of a folder.
    pub(super) fn file(&self, path: &EntryPath, at: &Path) -> Result<Record, Box<Finding>> {
        let body = open::read(path, at)?;
        let entry =
            Entry { path: path.clone(), inside: Vec::new(), body: Cow::Owned(body), counted: true, dotted: false };
        let (record, _) = self.record(0, entry);
        Ok(record)
    }

    fn record<'b>(&self, number: usize, entry: Entry<'b>) -> Inspected<'b> {
        let Entry { path, inside, body, counted, dotted } = entry;
        let size = body.len() as u64;
        count(self.progress, body.len());
        // A fault in a detector must not pass for a clear file.
        let late = body.len() >= HUGE && matches!(body, Cow::Borrowed(_));
        let looked = catch_unwind(AssertUnwindSafe(|| self.look(&path, &body, late)));
        let (digest, seen) = looked.unwrap_or_else(|_| {
            let what = "a fault in lastlook while this file was read; please report it";
            let findings = vec![Finding::new(&open::UNREAD.id, Place::at(path.as_str()), what).unread()];
            (None, Seen { findings, ..Seen::default() })
        });
        let sha256 = self.policy.wants_hash_of(path.as_str()).then(|| hex(&Sha256::digest(&body)));
        let empty =
            seen.findings.is_empty() && seen.carried.is_empty() && seen.references.is_empty() && seen.package.is_none();
        let record = Record {
            number,
            path,
            inside,
            size,
            counted,
            dotted,
            digest,
            sha256,
            seen: (!empty).then(|| Box::new(seen)),
        };
        let late = match body {
            Cow::Borrowed(body) if digest.is_none() => Some(body),
            Cow::Borrowed(_) | Cow::Owned(_) => None,
        };
        (record, late)
    }

    /// What is seen in `body`, and its digest unless that may come later.
    fn look(&self, path: &EntryPath, body: &[u8], late: bool) -> (Option<Digest>, Seen) {
        let (digest, mut seen) = if late {
            (None, inspect::inspect(path, body, self.taker))
        } else if body.len() >= HUGE {
            rayon::join(|| Some(*blake3::hash(body).as_bytes()), || inspect::inspect(path, body, self.taker))
        } else {
            let digest = *blake3::hash(body).as_bytes();
            (Some(digest), self.once(&digest, path, body))
        };
        let mut found = Found::new(path, None);
        self.paths.inspect(path, body, &mut found);
        seen.findings.append(&mut found.seen.findings);
        (digest, seen)
    }

    /// Inspects a content, or remembers what was seen in the same content elsewhere.
    fn once(&self, digest: &Digest, path: &EntryPath, body: &[u8]) -> Seen {
        if body.len() < SMALL || self.taker.is_some() {
            return inspect::inspect(path, body, self.taker);
        }
        let key = (*digest, TextKind::of(path.as_str()) as u8);
        let known = || self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let before = known().get(&key).cloned();
        if let Some(before) = before {
            return moved(&before, path);
        }
        let seen = inspect::inspect(path, body, None);
        if !seen.carried.is_empty() {
            known().insert(key, Arc::new(seen.clone()));
        }
        seen
    }
}

struct Batch<'s, 'scope, 'b> {
    crew: &'scope Crew<'scope>,
    scope: &'s rayon::Scope<'scope>,
    done: &'scope Mutex<Vec<Inspected<'b>>>,
    waiting: &'scope AtomicUsize,
    entries: Vec<Entry<'b>>,
    bytes: usize,
    number: usize,
    findings: Vec<Finding>,
}

impl<'scope, 'b: 'scope> Batch<'_, 'scope, 'b> {
    fn flush(&mut self) {
        let entries = std::mem::take(&mut self.entries);
        let owned: usize =
            entries.iter().map(|entry| if matches!(entry.body, Cow::Owned(_)) { entry.body.len() } else { 0 }).sum();
        let first = self.number - entries.len();
        self.bytes = 0;
        let (crew, done, waiting) = (self.crew, self.done, self.waiting);
        let work = move || {
            let numbered = entries.into_iter().enumerate();
            let records: Vec<Inspected<'b>> = numbered.map(|(at, entry)| crew.record(first + at, entry)).collect();
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
}

impl<'scope, 'b: 'scope> Sink<'b> for Batch<'_, 'scope, 'b> {
    fn entry(&mut self, entry: Entry<'b>) {
        self.bytes += entry.body.len();
        self.number += 1;
        self.entries.push(entry);
        if self.entries.len() >= BATCH.0 || self.bytes >= BATCH.1 {
            self.flush();
        }
    }

    fn finding(&mut self, finding: Finding) {
        self.findings.push(finding);
    }
}
