//! A tar archive → its entries, as npm lays them down, and as any other client would where they differ.

mod header;
mod name;
mod pax;
mod union;
mod walk;

use std::borrow::Cow;

use crate::model::{Entry, EntryPath, Finding, Kind, Limits, Place};

use super::meter::limit;
use super::source::{Again, Source, Whole};
use super::{Meter, Sink, promises_archive, rules, single};

pub(super) use header::is_tar;

/// Reads an archive, or a single file, that is in memory whole.
pub(super) fn read_whole<'b>(
    bytes: &'b [u8],
    kind: Kind,
    name: &str,
    meter: &mut Meter,
    sink: &mut dyn Sink<'b>,
) -> Kind {
    if !starts_tar(bytes) {
        return read_single(Cow::Borrowed(bytes), kind, name, meter, sink);
    }
    let walked = walk::walk(&mut Whole { rest: bytes }, meter, sink);
    if walked.odd {
        union::sweep(Cow::Borrowed(bytes), &walked, meter, sink);
    }
    kind
}

/// Reads an archive, or a single file, from a stream.
pub(super) fn read_stream<'b>(
    mut stream: Box<dyn Again<'b> + 'b>,
    kind: Kind,
    name: &str,
    meter: &mut Meter,
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
    let mut walked = walk::walk(&mut *stream, meter, sink);
    walked.odd |= close(&mut *stream, sink);
    if walked.odd {
        let mut again = stream.again();
        let bytes = again.take(union::HELD + 1);
        union::sweep(bytes, &walked, meter, sink);
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
        sink.entry(Entry { path, inside: Vec::new(), body: Cow::Owned(odd.tail), counted: false, dotted: false });
    }
    any
}

/// Whether a name promises compression and no more: `a.js.gz`, and not `a.tar.gz` or `a.tgz`.
fn is_only_packed(name: &str) -> bool {
    name.to_ascii_lowercase().strip_suffix(".gz").is_some_and(|rest| !promises_archive(rest))
}

/// A target that is no archive is one entry; its name may have promised more.
fn read_single<'b>(body: Cow<'b, [u8]>, kind: Kind, name: &str, meter: &mut Meter, sink: &mut dyn Sink<'b>) -> Kind {
    let packed = kind == Kind::Tgz;
    // Any gzip stream keeps what the plain ending promises; a tarball holds an archive besides.
    let promised = promises_archive(name) && !(packed && is_only_packed(name));
    if promised {
        let what = "the name promises an archive, and the bytes are none";
        sink.finding(Finding::new(&rules::UNSUPPORTED.id, Place::whole(), what).unread());
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
