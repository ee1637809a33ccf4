//! Entries → records, on every core, beside the reading.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::atomic::{AtomicU64, AtomicUsize};
use std::sync::{Arc, Mutex, PoisonError};

use rayon::prelude::*;
use sha2::{Digest as _, Sha256};

use super::batch::Batch;
use super::count;
use super::origins::trace;
use super::repeats::{Known, Repeats};
use crate::inspect::{self, PathRules, Recall, Seen, Subject, Task, map};
use crate::judge::{Policy, hex};
use crate::model::{Carrier, Digest, Entry, EntryPath, Finding, Place, Within, Wrap, digest, place_of};
use crate::open::{self, Meter, Sink};

/// What is left of an entry once it was inspected.
pub(super) struct Record {
    pub(super) number: usize,
    pub(super) path: EntryPath,
    pub(super) within: Option<Arc<Within>>,
    pub(super) size: u64,
    pub(super) counted: bool,
    pub(super) dotted: bool,
    /// Known where somebody may ask for it.
    pub(super) digest: Option<Digest>,
    pub(super) sha256: Option<String>,
    /// Nothing, for most.
    pub(super) seen: Option<Box<Seen>>,
}

impl Record {
    /// Where it lies, from the outside.
    pub(super) fn place(&self) -> Place {
        place_of(self.within.as_deref(), &self.path)
    }

    /// What tells its place from others, without making it.
    fn key(&self) -> (Option<&Place>, &EntryPath) {
        (self.within.as_ref().map(|within| &within.place), &self.path)
    }
}

/// A record, and its body where that is still there.
pub(super) type Inspected<'b> = (Record, Option<&'b [u8]>);

/// Hashes the files whose hash somebody will ask for: those whose path comes twice, and those that are as long as a
/// text that could be recovered; or all of them.
fn hash_late(done: &mut [Inspected<'_>], all: bool) {
    let late = |record: &Record, body: Option<&[u8]>| body.is_some() && record.digest.is_none();
    if !done.iter().any(|(record, body)| late(record, *body)) {
        return;
    }
    let texts = done.iter().filter_map(|(record, _)| record.seen.as_ref()).flat_map(|seen| &seen.carried);
    let sizes: BTreeSet<u64> = texts.flat_map(|row| row.texts.iter().map(|text| text.bytes)).collect();
    let mut paths: HashMap<_, usize> = HashMap::new();
    for (record, _) in &*done {
        *paths.entry(record.key()).or_default() += 1;
    }
    let twice = |record: &Record| paths.get(&record.key()).is_some_and(|count| *count > 1);
    let asked: Vec<bool> = done
        .iter()
        .map(|(record, body)| late(record, *body) && (all || sizes.contains(&record.size) || twice(record)))
        .collect();
    done.par_iter_mut().zip(asked).for_each(|((record, body), asked)| {
        if let (Some(body), true) = (body, asked) {
            record.digest = Some(digest(body));
        }
    });
}

/// The remedy where a program holds its sources.
const BUILD_WITHOUT: &str = "build the program without source maps: bun build --compile without --sourcemap; for Node, Deno, nexe and pkg bundle with sourcemap: false before packing";

/// Contents below this size are not worth remembering.
const SMALL: usize = 4 << 10;

/// What a path tells the detectors.
type Likeness = (u8, bool, bool);

/// Inspects the entries of one artifact.
pub(super) struct Crew<'c> {
    paths: &'c PathRules,
    policy: &'c Policy,
    task: Task<'c>,
    progress: Option<&'c AtomicU64>,
    /// Whether what is seen in a content is the same in every file.
    remembers: bool,
    /// Whether somebody will ask for the hash of every file.
    hashes: bool,
}

impl<'c> Crew<'c> {
    pub(super) fn new(
        paths: &'c PathRules,
        policy: &'c Policy,
        task: Task<'c>,
        progress: Option<&'c AtomicU64>,
        hashes: bool,
    ) -> Self {
        let remembers = task.taker.is_none() && !task.texts.minds_paths();
        Self { paths, policy, task, progress, remembers, hashes }
    }

    /// Runs `read` and inspects what it yields meanwhile. Records come in the order of the archive.
    pub(super) fn work<'b, R>(
        &self,
        meter: &Meter,
        read: impl FnOnce(&mut dyn Sink<'b>) -> R,
    ) -> (R, Vec<Record>, Vec<Finding>) {
        let done = Mutex::new(Vec::new());
        let twins = Twins::default();
        let waiting = AtomicUsize::new(0);
        let (result, findings) = rayon::in_place_scope(|scope| {
            let mut batch = Batch::new((self, &twins), meter, scope, &done, &waiting);
            let result = read(&mut batch);
            (result, batch.finish())
        });
        let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
        done.sort_unstable_by_key(|(record, _)| record.number);
        hash_late(&mut done, self.hashes);
        let (mut records, bodies): (Vec<Record>, Vec<_>) = done.into_iter().unzip();
        trace(&mut records, |at| bodies.get(at).copied().flatten().map(Cow::Borrowed));
        (result, records, findings)
    }

    /// Reads and inspects one file of a folder; a container is left for later, when its turn comes.
    pub(super) fn file(&self, path: &EntryPath, at: &Path, twins: &Twins<'_>) -> Result<Option<Record>, Box<Finding>> {
        let body = open::read(path, at)?;
        if open::sniff(&body, path.as_str()).is_some() {
            return Ok(None);
        }
        let (record, _) = self.record(0, Entry::new(path.clone(), Cow::Owned(body)), &Apart::Nothing, twins);
        Ok(Some(record))
    }

    /// Inspects one entry, but for what is inspected apart.
    pub(super) fn record<'b>(
        &self,
        number: usize,
        entry: Entry<'b>,
        apart: &Apart,
        twins: &Twins<'b>,
    ) -> Inspected<'b> {
        let place = place_of(entry.within.as_deref(), &entry.path);
        let Entry { path, within, body, counted, dotted, .. } = entry;
        let size = body.len() as u64;
        count(self.progress, body.len());
        let content = match &body {
            Cow::Borrowed(bytes) => Content::Kept(bytes),
            Cow::Owned(bytes) => Content::Hashed(digest(bytes)),
        };
        // A fault in a detector must not pass for a clear file.
        let looked = catch_unwind(AssertUnwindSafe(|| self.look(&path, &place, (&body, content), apart, twins)));
        let mut seen = looked.unwrap_or_else(|_| {
            let findings = vec![fault(place.clone())];
            Seen { findings, ..Seen::default() }
        });
        // Nobody but who takes a program apart sees what is in it.
        let inside = within.as_ref().is_some_and(|within| within.executable);
        let program = inside || matches!(apart, Apart::Parts(_));
        for carried in &mut seen.carried {
            carried.carrier = if program { Carrier::Executable } else { carrier(within.as_deref(), carried.carrier) };
        }
        for finding in seen.findings.iter_mut().filter(|finding| program && finding.rule == map::EMBEDDED.id) {
            finding.help = Some(BUILD_WITHOUT.to_owned());
        }
        let sha256 = self.policy.wants_hash_of(&place.joined()).then(|| hex(&Sha256::digest(&body)));
        let empty =
            seen.findings.is_empty() && seen.carried.is_empty() && seen.references.is_empty() && seen.package.is_none();
        let record = Record {
            number,
            path,
            within,
            size,
            counted,
            dotted,
            digest: content.digest(),
            sha256,
            seen: (!empty).then(|| Box::new(seen)),
        };
        let body = match body {
            Cow::Borrowed(body) => Some(body),
            Cow::Owned(_) => None,
        };
        (record, body)
    }

    /// What is seen in `body`.
    fn look<'b>(
        &self,
        path: &EntryPath,
        place: &Place,
        (body, content): (&[u8], Content<'b>),
        apart: &Apart,
        twins: &Twins<'b>,
    ) -> Seen {
        let subject = || Subject::new(path, body);
        let known = match content {
            Content::Kept(kept) => Some(twins.repeats.of(kept)),
            Content::Hashed(_) => None,
        };
        let task = Task { recall: known.as_ref().map(|known| known as &dyn Recall), ..self.task };
        let mut seen = match apart {
            Apart::Everything => Seen::default(),
            Apart::Parts(apart) => inspect::inspect(&subject().but(apart), place, task),
            Apart::Nothing => {
                let inspect = || inspect::inspect(&subject(), place, task);
                let once = body.len() >= SMALL && self.remembers;
                if once { twins.once(content, body.len(), path, place, inspect) } else { inspect() }
            }
        };
        // The same content may have many names.
        seen.findings.append(&mut self.paths.findings(path.as_str(), body, place));
        seen.findings.append(&mut inspect::named(path, place, self.task.texts));
        seen
    }
}

/// A content, to be told from others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Content<'b> {
    /// It stays where it is.
    Kept(&'b [u8]),
    /// It is gone after it was inspected.
    Hashed(Digest),
}

impl Content<'_> {
    /// Its hash, where that is known already.
    fn digest(self) -> Option<Digest> {
        match self {
            Self::Kept(_) => None,
            Self::Hashed(digest) => Some(digest),
        }
    }
}

/// The contents that carry text, and what was seen in them: the same may come again under another name.
#[derive(Default)]
pub(super) struct Twins<'b> {
    /// By their size, at paths that are alike.
    contents: Known<(usize, Likeness), Content<'b>, Sight>,
    /// The same for the texts in them.
    repeats: Repeats<'b>,
}

impl<'b> Twins<'b> {
    /// Inspects a content, or remembers what was seen in the same content elsewhere.
    fn once(
        &self,
        content: Content<'b>,
        size: usize,
        path: &EntryPath,
        place: &Place,
        inspect: impl FnOnce() -> Seen,
    ) -> Seen {
        let key = (size, inspect::likeness(path));
        if let Some(known) = self.contents.find(&key, |other| other == content) {
            return known.at(place, path);
        }
        let seen = inspect();
        if !seen.carried.is_empty() || size >= LARGE {
            self.contents.note(key, content, Arc::new(Sight { place: place.clone(), seen: seen.clone() }));
        }
        seen
    }
}

/// Contents from this size on are worth remembering whatever they are.
const LARGE: usize = 64 << 10;

/// What of an entry is inspected apart from it.
pub(super) enum Apart {
    /// It is looked at whole.
    Nothing,
    /// Some parts.
    Parts(Vec<Range<usize>>),
    /// All of it: it is an archive that was opened.
    Everything,
}

/// The carrier of a map, given what it lies in.
fn carrier(within: Option<&Within>, own: Carrier) -> Carrier {
    match within {
        Some(within) if within.wrap == Wrap::Packed && own == Carrier::File => Carrier::Compressed,
        _ => own,
    }
}

/// A fault of ours.
pub(super) fn fault(place: Place) -> Finding {
    let what = "a fault in lastlook while this file was read; please report it";
    Finding::new(&open::UNREAD.id, place, what).unread()
}

/// What was seen in a content, and where.
struct Sight {
    place: Place,
    seen: Seen,
}

impl Sight {
    /// The same, for an entry with the same content at `place`.
    fn at(&self, place: &Place, path: &EntryPath) -> Seen {
        let own = self.place.inside.len();
        let moved = |inside: &[String]| -> Vec<String> {
            place.inside.iter().chain(inside.get(own..).unwrap_or_default()).cloned().collect()
        };
        let mut seen = self.seen.clone();
        for finding in &mut seen.findings {
            finding.place.path.clone_from(&place.path);
            finding.place.inside = moved(&finding.place.inside);
        }
        for carried in &mut seen.carried {
            carried.path.clone_from(&place.path);
            carried.inside = moved(&carried.inside);
            for text in carried.texts.iter_mut().filter(|_| carried.carrier == Carrier::Raw) {
                path.as_str().clone_into(&mut text.name);
            }
        }
        seen
    }
}
