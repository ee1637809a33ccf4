//! A tar archive → its entries, as npm lays them down, and as any other client would where they differ.

mod header;
mod name;
mod pax;
mod union;
mod walk;

use std::borrow::Cow;

use crate::model::{Entry, EntryPath, Finding, Kind, Limits, Place};

use super::form::{Form, sniff};
use super::meter::limit;
use super::source::{Again, Source, Whole};
use super::{Meter, Sink, promises_archive, rules, single};

pub(super) use header::is_tar;

/// Reads an archive, or a single file, that is in memory whole.
pub(super) fn read_whole<'b>(bytes: &'b [u8], kind: Kind, name: &str, meter: &Meter, sink: &mut dyn Sink<'b>) -> Kind {
    if !starts_tar(bytes) {
        return read_single(Cow::Borrowed(bytes), kind, name, meter, sink);
    }
    let walked = walk::walk(&mut Whole { rest: bytes }, Layout::Package, meter, sink);
    if walked.odd {
        union::sweep(Cow::Borrowed(bytes), &walked, Layout::Package, meter, sink);
    }
    kind
}

/// Reads an archive that lies in another one. Where all its paths share their first part, that is dropped, as npm does.
pub(super) fn read_nested<'b>(bytes: &'b [u8], meter: &Meter, sink: &mut dyn Sink<'b>) {
    let mut held = Held::default();
    let walked = walk::walk(&mut Whole { rest: bytes }, Layout::Plain, meter, &mut held);
    if walked.odd {
        union::sweep(Cow::Borrowed(bytes), &walked, Layout::Plain, meter, &mut held);
    }
    let root = held.root();
    let bare = |path: &str| root.as_ref().and_then(|root| path.strip_prefix(root.as_str())).map(str::to_owned);
    for mut finding in held.findings {
        finding.place.path = bare(&finding.place.path).unwrap_or(finding.place.path);
        sink.finding(finding);
    }
    for mut entry in held.entries {
        entry.path = bare(entry.path.as_str()).and_then(|path| EntryPath::parse(&path)).unwrap_or(entry.path);
        sink.entry(entry);
    }
}

/// How the paths of an archive are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Layout {
    /// As npm does: the first part is dropped.
    Package,
    /// As they are.
    Plain,
}

/// Entries that wait until all paths are known.
#[derive(Default)]
struct Held<'b> {
    entries: Vec<Entry<'b>>,
    findings: Vec<Finding>,
}

impl<'b> Sink<'b> for Held<'b> {
    fn entry(&mut self, entry: Entry<'b>) {
        self.entries.push(entry);
    }
    fn finding(&mut self, finding: Finding) {
        self.findings.push(finding);
    }
}

impl Held<'_> {
    /// The first part that all paths share, with its slash.
    fn root(&self) -> Option<String> {
        let counted = || self.entries.iter().filter(|entry| entry.counted);
        let (first, _) = counted().next()?.path.as_str().split_once('/')?;
        let root = format!("{first}/");
        counted().all(|entry| entry.path.as_str().starts_with(&root)).then_some(root)
    }
}

/// Reads an archive, or a single file, from a stream.
pub(super) fn read_stream<'b>(
    mut stream: Box<dyn Again<'b> + 'b>,
    kind: Kind,
    name: &str,
    meter: &Meter,
    sink: &mut dyn Sink<'b>,
) -> Kind {
    if !starts_tar(stream.peek()) {
        let body = stream.take(Limits::ENTRY + 1);
        let found = close(&mut *stream, sink);
        // A broken stream that yields nothing is no file; what is wrong with it has been said.
        if body.is_empty() && found {
            return Kind::Unknown;
        }
        if body.len() as u64 > Limits::ENTRY {
            sink.finding(limit(format!("larger than {} bytes: the rest was not read", Limits::ENTRY)));
        }
        return read_single(body, kind, name, meter, sink);
    }
    let mut walked = walk::walk(&mut *stream, Layout::Package, meter, sink);
    walked.odd |= close(&mut *stream, sink);
    if walked.odd {
        let mut again = stream.again();
        let bytes = again.take(union::HELD + 1);
        union::sweep(bytes, &walked, Layout::Package, meter, sink);
    }
    kind
}

fn starts_tar(bytes: &[u8]) -> bool {
    let zeros = bytes.len() >= 512 && bytes.iter().take(512).all(|b| *b == 0);
    is_tar(bytes) || zeros
}

/// Hands over what was odd about the stream; whether there was anything.
fn close<'b>(stream: &mut dyn Source<'b>, sink: &mut dyn Sink<'b>) -> bool {
    while !stream.take(1 << 20).is_empty() {}
    let odd = stream.oddities();
    let any = !odd.findings.is_empty();
    for finding in odd.findings {
        sink.finding(finding);
    }
    if !odd.tail.is_empty() {
        let path = EntryPath::tamed("(behind the archive)");
        sink.entry(Entry::hidden(path, Cow::Owned(odd.tail)));
    }
    any
}

/// Whether a name promises compression and no more: `a.js.gz`, and not `a.tar.gz` or `a.tgz`.
fn is_only_packed(name: &str) -> bool {
    name.to_ascii_lowercase().strip_suffix(".gz").is_some_and(|rest| !promises_archive(rest))
}

/// What is said of a file that is no archive, though its name says so.
pub(super) fn broken_promise() -> Finding {
    Finding::new(&rules::UNSUPPORTED.id, Place::whole(), "the name promises an archive, and the bytes are none")
        .unread()
}

/// A target that is no archive is one entry; its name may have promised more.
fn read_single<'b>(body: Cow<'b, [u8]>, kind: Kind, name: &str, meter: &Meter, sink: &mut dyn Sink<'b>) -> Kind {
    let packed = kind == Kind::Tgz;
    // Any gzip stream keeps what the plain ending promises; a tarball holds an archive besides.
    let promised = promises_archive(name)
        && !(packed && is_only_packed(name))
        && !sniff(&body, name).is_some_and(Form::keeps_promise);
    if promised {
        sink.finding(broken_promise());
    }
    if packed && super::gzip::is_gzip(&body) {
        let what = "packed twice: some clients unpack both, and install what lies inside";
        sink.finding(Finding::new(&rules::CONFLICT.id, Place::whole(), what).unread());
    }
    if body.is_empty() {
        sink.finding(Finding::new(&rules::EMPTY.id, Place::whole(), "the file is empty").unread());
        return Kind::Unknown;
    }
    if let Err(limit) = meter.charge(body.len() as u64) {
        sink.finding(*limit);
    }
    let name = if packed { name.strip_suffix(".gz").unwrap_or(name) } else { name };
    sink.entry(single(name, body));
    if packed { Kind::Gzip } else { Kind::File }
}
