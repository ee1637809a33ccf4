//! The only place where opening, inspecting and judging meet: a target → its report.

mod batch;
mod catalog;
mod clearance;
mod crew;
mod document;
mod fetched;
mod front;
mod names;
mod origins;
mod provenance;
mod repeats;
mod rules;
mod sources;

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;

use crate::inspect::{Reference, Taker, Task, map};
use crate::judge::{self, Date, Exception, Judge, Policy, Used};
use crate::model::{
    ArtifactReport, Carried, Carrier, Entry, EntryPath, ExceptionState, Exposure, Finding, Integrity, Kind, Level,
    Package, Place, PolicyNote, Report, Ruling, Verdict,
};
use crate::open::{self, Ahead, Buffer, Input, Meter, OpenError, Sink, Target};

pub use clearance::{Artifact, Clearance, Outcome};
pub use document::{Document, Unfit};
pub use fetched::Fetched;
pub use provenance::Provenance;

use catalog::Catalogs;
use crew::{Crew, Record, Twins};
use front::{Front, Tap};
pub use rules::{Injection, Rules, RulesError};

/// Audits artifacts under one policy.
pub struct Auditor<'a> {
    rules: &'a Rules,
    policy: &'a Policy,
    pool: &'a rayon::ThreadPool,
    fail_on: Level,
    today: Date,
    taker: Option<Taker<'a>>,
    progress: Option<&'a AtomicU64>,
    listing: bool,
    integrity: bool,
    beside: &'a [Vec<Finding>],
    ahead: Mutex<Option<Ahead>>,
}

/// Everything that was read of one artifact, before the policy is asked.
struct Read {
    kind: Kind,
    size: u64,
    integrity: Option<Integrity>,
    front: Front,
    records: Vec<Record>,
    findings: Vec<Finding>,
}

/// A report, and the exceptions that applied to it.
struct Audited<'p> {
    report: ArtifactReport,
    exceptions: Vec<&'p Exception>,
    used: Used,
}

impl<'a> Auditor<'a> {
    /// An auditor that works on the threads of `pool`.
    #[must_use]
    pub fn new(rules: &'a Rules, policy: &'a Policy, pool: &'a rayon::ThreadPool) -> Self {
        Self {
            rules,
            policy,
            pool,
            fail_on: Level::Deny,
            today: Date::today(),
            taker: None,
            progress: None,
            listing: false,
            integrity: true,
            beside: &[],
            ahead: Mutex::new(None),
        }
    }

    /// Findings of this level and above block.
    #[must_use]
    pub fn fail_on(mut self, level: Level) -> Self {
        self.fail_on = level;
        self
    }

    /// Hands every text that could be recovered to `taker`.
    #[must_use]
    pub fn taker(mut self, taker: Taker<'a>) -> Self {
        self.taker = Some(taker);
        self
    }

    /// Lists the files of each artifact in its report.
    #[must_use]
    pub fn listing(mut self, listing: bool) -> Self {
        self.listing = listing;
        self
    }

    /// Hashes what is audited; without it a report does not tell which bytes it is about.
    #[must_use]
    pub fn integrity(mut self, integrity: bool) -> Self {
        self.integrity = integrity;
        self
    }

    /// Takes a target that was read already as it was read then.
    #[must_use]
    pub fn ahead(mut self, ahead: Option<Ahead>) -> Self {
        self.ahead = Mutex::new(ahead);
        self
    }

    /// Judges what is known of each target besides its bytes, in the order of the targets.
    #[must_use]
    pub fn beside(mut self, findings: &'a [Vec<Finding>]) -> Self {
        self.beside = findings;
        self
    }

    /// Counts the bytes that were inspected.
    #[must_use]
    pub fn progress(mut self, bytes: &'a AtomicU64) -> Self {
        self.progress = Some(bytes);
        self
    }

    /// Audits `targets`, and reports in their order.
    #[must_use]
    pub fn audit(&self, targets: &[Target]) -> Report {
        let names = names::of(targets);
        // As many at a time as there are threads, which bounds the memory; the largest first, so that no thread is left
        // alone with one at the end.
        let mut order: Vec<(usize, (&Target, String))> = targets.iter().zip(names).enumerate().collect();
        order.sort_by_key(|(number, (target, _))| (Reverse(target.size()), *number));
        let next = AtomicUsize::new(0);
        let audit = |_: rayon::BroadcastContext<'_>| {
            let (mut audited, mut memory) = (Vec::new(), (Buffer::default(), Buffer::default()));
            while let Some((number, (target, name))) = order.get(next.fetch_add(1, Ordering::Relaxed)) {
                let beside = self.beside.get(*number).map_or(&[][..], Vec::as_slice);
                audited.push((*number, self.one(target, name.clone(), beside, &mut memory)));
            }
            audited
        };
        let mut audited: Vec<(usize, Audited<'_>)> = self.pool.broadcast(audit).into_iter().flatten().collect();
        audited.sort_by_key(|(number, _)| *number);
        self.close(audited.into_iter().map(|(_, audited)| audited).collect())
    }

    /// Audits bytes that the caller already holds.
    #[must_use]
    pub fn audit_bytes(&self, name: &str, bytes: Vec<u8>) -> Report {
        self.audit_input(name, &Input::from_vec(bytes))
    }

    /// The same, and leaves them to the caller.
    #[must_use]
    pub fn audit_input(&self, name: &str, input: &Input) -> Report {
        let audited = self.pool.install(|| {
            let mut read = self.packed(input, name, None, None, &mut Buffer::default());
            read.findings.extend(self.beside.iter().take(1).flatten().cloned());
            self.judge(name.to_owned(), read)
        });
        self.close(vec![audited])
    }

    fn close(&self, audited: Vec<Audited<'_>>) -> Report {
        let mut exceptions: BTreeMap<usize, &Exception> = BTreeMap::new();
        let mut used = Used::new();
        let mut artifacts = Vec::with_capacity(audited.len());
        for one in audited {
            exceptions.extend(one.exceptions.into_iter().map(|exception| (exception.number, exception)));
            used.extend(one.used);
            artifacts.push(one.report);
        }
        let exceptions: Vec<&Exception> = exceptions.into_values().collect();
        let unused = judge::unused(&exceptions, &used);
        let state = |exception: &Exception| match used.contains(&exception.number) {
            _ if exception.has_expired(self.today) => ExceptionState::Expired,
            true => ExceptionState::Used,
            false => ExceptionState::Unused,
        };
        let notes = exceptions.iter().map(|exception| exception.note(state(exception))).collect();
        if let (Some(last), false) = (artifacts.last_mut(), unused.is_empty()) {
            let effective = self.policy.for_package(None);
            let judge = Judge::new(&effective, self.rules.book(), self.today);
            last.rulings.extend(judge.rule_alone(unused));
            last.verdict = Verdict::of(&last.rulings, self.fail_on);
        }
        let Policy { source, digest, .. } = self.policy;
        let policy = PolicyNote { profile: self.policy.profile(), source: source.clone(), digest: digest.clone() };
        Report { policy, fail_on: self.fail_on, exceptions: notes, artifacts, excerpts: BTreeMap::new() }
    }

    /// Audits one target; `memory` is what its bytes and what is inflated may lie in.
    fn one<'s>(
        &'s self,
        target: &Target,
        name: String,
        beside: &[Finding],
        (bytes, inflated): &mut (Buffer, Buffer),
    ) -> Audited<'s> {
        let mut ahead = None;
        if let Target::File(path) = target {
            let held = self.ahead.lock().unwrap_or_else(PoisonError::into_inner).take();
            if let Some((input, room)) = held.and_then(|held| held.take(path)) {
                (ahead, *inflated) = (Some(input), room);
            }
        }
        let mut packed = |input: Result<Input, OpenError>, path: Option<&Path>| match input {
            Ok(input) => {
                let read = self.packed(&input, &name, path, None, inflated);
                (read, input.into_buffer())
            }
            Err(error) => (unreadable(&error), Buffer::default()),
        };
        let own = std::mem::take(bytes);
        let (mut read, own) = match target {
            Target::Folder(path) => (self.folder(path), own),
            Target::File(path) => packed(ahead.unwrap_or_else(|| open::read_file(path, own)), Some(path)),
            Target::Kept(kept) => packed(open::read_kept(kept, own), None),
            Target::Stdin => packed(open::read_stdin(self.policy.limits.unpacked), None),
        };
        *bytes = own;
        read.findings.extend_from_slice(beside);
        self.judge(name, read)
    }

    fn crew(&self) -> Crew<'_> {
        let task = Task { taker: self.taker, ..Task::of(self.rules.texts()) };
        let hashes = self.listing || self.policy.contents.is_some();
        Crew::new(self.rules.paths(), self.policy, task, self.progress, hashes)
    }

    /// A file or standard input: hashed and opened side by side. What would be published beside it is inspected with it.
    fn packed(
        &self,
        input: &Input,
        name: &str,
        path: Option<&Path>,
        provenance: Option<&Provenance>,
        buffer: &mut Buffer,
    ) -> Read {
        let crew = self.crew();
        let mut front = Front::default();
        let limits = self.policy.limits;
        let mut read = || {
            let meter = Meter::new(limits, input.len());
            let unpacked = open::unpack(input, buffer, &limits);
            crew.work(&meter, |sink| {
                let (kind, beside) = open::entries(unpacked, name, &meter, &mut Tap { front: &mut front, sink });
                if !beside.is_empty() {
                    open::beside(path, &beside, &meter, sink);
                }
                let shown = Document::beyond_the_file(&front).map(|text| document::entry(Cow::Owned(text)));
                let provenance = provenance.into_iter().flat_map(Provenance::entries).map(Entry::into_owned);
                shown.into_iter().chain(provenance).for_each(|entry| sink.entry(entry));
                kind
            })
        };
        let (integrity, (kind, records, mut findings)) = match input {
            Input::Memory(_) => {
                let hash = || {
                    self.rules.paths().prepare();
                    self.integrity.then(|| input.integrity()).transpose()
                };
                rayon::join(hash, read)
            }
            // A large file is hashed while it is read; what the reading left is hashed after it.
            Input::Large(_) => {
                let done = read();
                (input.integrity().map(Some), done)
            }
        };
        let integrity = integrity.map_err(|error| findings.push(unread(&error))).ok().flatten();
        // Where the artifact is one file, what is wrong with that file is wrong with the artifact.
        if kind == Kind::File {
            for finding in findings.iter_mut().filter(|finding| finding.place.inside.is_empty()) {
                *finding = Finding { place: Place::whole(), nested: false, ..finding.clone() };
            }
        }
        Read { kind, size: input.len(), integrity, front, records, findings }
    }

    fn folder(&self, root: &Path) -> Read {
        let listing = Meter::new(self.policy.limits, u64::MAX);
        let listed = open::list(root, &listing);
        let crew = self.crew();
        let twins = Twins::default();
        let read = |(path, at): &(EntryPath, std::path::PathBuf)| crew.file(path, at, &twins);
        let read: Vec<Result<Option<Record>, Box<Finding>>> = listed.files.par_iter().map(read).collect();
        let mut findings = listed.findings;
        let mut records = Vec::with_capacity(read.len());
        let mut containers = Vec::new();
        let mut paths = Vec::with_capacity(read.len());
        for (one, file) in read.into_iter().zip(&listed.files) {
            match one {
                Ok(Some(record)) => {
                    records.push(record);
                    paths.push(file);
                }
                Ok(None) => containers.push(file),
                Err(fault) => findings.push(*fault),
            }
        }
        origins::trace(&mut records, |at| {
            let (path, file) = paths.get(at)?;
            open::read(path, file).ok().map(Cow::Owned)
        });
        // Containers are opened one after the other: what they may unpack is one budget.
        let size = listing.used();
        let meter = Meter::new(self.policy.limits, size);
        let open = |sink: &mut dyn Sink<'_>| {
            for (path, at) in containers {
                match open::read(path, at) {
                    Ok(body) => sink.entry(Entry::new(path.clone(), body.into())),
                    Err(fault) => sink.finding(*fault),
                }
            }
        };
        let ((), opened, odd) = crew.work(&meter, open);
        records.extend(opened);
        findings.extend(odd);
        Read { kind: Kind::Folder, size, integrity: None, front: Front::default(), records, findings }
    }

    /// Leaves secrets out of what is said about anything else: addresses, names of files.
    fn hush(&self, rulings: &mut [Ruling]) {
        for ruling in rulings {
            self.rules.hush(&mut ruling.finding.message);
            for place in std::iter::once(&mut ruling.finding.place).chain(&mut ruling.also) {
                self.rules.hush(&mut place.path);
                place.inside.iter_mut().for_each(|part| self.rules.hush(part));
            }
            if let Some(origin) = &mut ruling.finding.origin {
                self.rules.hush(&mut origin.source);
            }
        }
    }

    fn judge(&self, name: String, read: Read) -> Audited<'_> {
        let Read { kind, size, integrity, records, mut findings, front: _ } = read;
        let catalogs = Catalogs::of(&records);
        findings.extend(catalogs.findings(kind == Kind::Site));
        findings.extend(sources::beside_build(catalogs.outer()));
        let (files, bytes) = catalogs.laid_down();
        let home = (kind == Kind::Site).then(|| name.clone());
        let mut carried: Vec<Carried> = Vec::new();
        let mut loose: Vec<Carried> = Vec::new();
        let mut package: Option<Package> = None;
        let mut hashes = BTreeMap::new();
        let digests: BTreeSet<_> =
            records.iter().filter(|record| record.counted).filter_map(|record| record.digest).collect();
        let outer = |record: &&Record| record.counted && record.within.is_none();
        for record in records.iter().rev().filter(outer) {
            package = package.or_else(|| record.seen.as_ref().and_then(|seen| seen.package.clone()));
        }
        for record in &records {
            if let Some(hash) = &record.sha256 {
                hashes.insert(record.place().joined(), hash.clone());
            }
            let Some(seen) = &record.seen else { continue };
            let place = record.place();
            let (catalog, path) = catalogs.around(record);
            let settle = |reference: &Reference| {
                // An address of the site itself is one of its files.
                let own = home
                    .as_deref()
                    .and_then(|home| reference.url.strip_prefix(home))
                    .filter(|own| own.starts_with('/'));
                let own = own.map(|own| Reference { url: own.to_owned(), ..reference.clone() });
                map::settle(&path, &place, own.as_ref().unwrap_or(reference), &|path| catalog.serves(path))
            };
            findings.extend(seen.references.iter().filter_map(settle));
            let first = findings.len();
            findings.extend(seen.findings.iter().cloned());
            sources::mark_named(findings.get_mut(first..).unwrap_or_default(), &seen.carried, &path, catalog);
            let (raw, own): (Vec<&Carried>, _) = seen.carried.iter().partition(|row| row.carrier == Carrier::Raw);
            loose.extend(raw.into_iter().cloned());
            carried.extend(own.into_iter().cloned());
        }
        // In which order a packer wrote the files is nothing to a report; what one file carries stays as it stands there.
        for rows in [&mut carried, &mut loose] {
            rows.sort_by(|a, b| (&a.path, &a.inside).cmp(&(&b.path, &b.inside)));
        }
        sources::mark_shipped(&mut findings, &carried, &digests);
        if let Some(package) = &mut package {
            self.rules.hush(&mut package.name);
            package.version.iter_mut().for_each(|version| self.rules.hush(version));
        }
        let packed = package.as_ref().map(|package| package.name.as_str());
        let contents = self.policy.contents.as_ref();
        let listing = if self.listing || contents.is_some() { catalogs.outer().listing() } else { Vec::new() };
        findings.extend(contents.map(|contents| contents.compare(packed, &listing)).unwrap_or_default());
        let mut since = contents.and_then(|contents| contents.since(packed, &listing));
        since.iter_mut().flatten().for_each(|row| self.rules.hush(&mut row.path));
        let effective = self.policy.for_package(packed);
        let mut used = Used::new();
        let judge = Judge::new(&effective, self.rules.book(), self.today);
        let mut rulings = judge.rule(findings, &hashes, &mut used);
        self.hush(&mut rulings);
        let report = ArtifactReport {
            name,
            kind,
            size,
            integrity,
            package,
            profile: effective.profile,
            verdict: Verdict::of(&rulings, self.fail_on),
            files,
            bytes,
            exposure: Exposure::of(&carried, &digests),
            carried,
            loose,
            since,
            listing: if self.listing { listing } else { Vec::new() },
            home: None,
            rulings,
        };
        Audited { report, exceptions: effective.exceptions, used }
    }
}

/// Counts inspected bytes, where anybody asked.
fn count(progress: Option<&AtomicU64>, bytes: usize) {
    if let Some(progress) = progress {
        progress.fetch_add(bytes as u64, Ordering::Relaxed);
    }
}

fn unread(error: &OpenError) -> Finding {
    Finding::new(&open::UNREAD.id, Place::whole(), error.to_string()).unread()
}

fn unreadable(error: &OpenError) -> Read {
    let front = Front::default();
    Read { kind: Kind::Unknown, size: 0, integrity: None, front, records: Vec::new(), findings: vec![unread(error)] }
}
