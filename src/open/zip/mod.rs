//! A zip archive, or one of its family → its members. The directory at the end and the headers before each member
//! must agree; what stands where neither says so is handed over too.

mod directory;
mod member;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;

use crate::model::{Entry, Finding, Place, Rule};

use super::gaps::gaps;
use super::{Meter, Sink, rules};
use directory::End;

/// Whether `bytes` are a zip archive, also one with something before or behind it.
pub(super) fn is_zip(bytes: &[u8]) -> bool {
    if directory::local(bytes, 0).is_some_and(|first| member::is_plausible(&first)) {
        return true;
    }
    // Control bytes are rare in text: most files are settled by one look at their end.
    let tail = bytes.get(bytes.len().saturating_sub(22 + 0xffff)..).unwrap_or_default();
    memchr::memrchr(6, tail).is_some() && directory::end(bytes).is_some()
}

/// What follows the header of a browser extension.
pub(super) fn behind_crx_header(bytes: &[u8]) -> Option<&[u8]> {
    let record = directory::Record(bytes.strip_prefix(b"Cr24").map(|_| bytes)?);
    let skip = match record.u32(4)? {
        2 => 16 + record.u32(8)? as usize + record.u32(12)? as usize,
        3 => 12 + record.u32(8)? as usize,
        _ => return None,
    };
    bytes.get(skip..)
}

/// Hands the members of `bytes` to `sink`.
pub(super) fn read<'b>(bytes: &'b [u8], meter: &Meter, sink: &mut dyn Sink<'b>) {
    let Some(end) = directory::end(bytes) else {
        unread(sink, &rules::TRUNCATED, Place::whole(), "the zip archive has no end record: it is cut short");
        return loose(bytes, &(0..bytes.len()), meter, sink);
    };
    if end.spanned {
        unread(sink, &rules::UNSUPPORTED, Place::whole(), "one part of a zip archive that goes over several files");
    }
    if end.disputed {
        let what = "the zip archive has more than one end record; readers differ in which they take";
        unread(sink, &rules::CONFLICT, Place::whole(), what);
    }
    let (members, sound) = directory::members(bytes, &end);
    if !sound {
        let what = "the directory of the zip archive is broken, or does not hold as many members as it claims";
        unread(sink, &rules::CONFLICT, Place::whole(), what);
    }
    // The whole claim is charged before the first byte is unpacked.
    let claim: u64 = members.iter().fold(0, |sum, member| sum.saturating_add(member.size));
    if claim > meter.left() || members.len() as u64 > meter.entries_left() {
        return sink.finding(meter.too_much());
    }
    let mut taken = Vec::with_capacity(members.len() + 1);
    taken.push(end.directory.start..end.records.end);
    let mut overlapping = 0_u64;
    let mut starts: BTreeMap<usize, usize> = BTreeMap::new();
    for stated in &members {
        let (path, findings) = member::path(&stated.name, stated);
        for finding in findings {
            sink.finding(finding);
        }
        let Some(found) = member::locate(bytes, &end, stated) else {
            let what = "the directory names a member that is not where it says";
            unread(sink, &rules::CONFLICT, Place::at(path.as_str()), what);
            continue;
        };
        let before = starts.range(..found.range.end).next_back();
        if before.is_some_and(|(_, end)| *end > found.range.start) {
            overlapping += 1;
            continue;
        }
        starts.insert(found.range.start, found.range.end);
        taken.push(found.range.clone());
        if let Some(why) = found.conflict {
            unread(sink, &rules::CONFLICT, Place::at(path.as_str()), why);
        }
        if let Err(limit) = member::unpack(bytes, stated, &found, path, true, meter, sink) {
            return sink.finding(*limit);
        }
    }
    if overlapping > 0 {
        let what = format!("{overlapping} members of the zip archive share their bytes with others");
        unread(sink, &rules::CONFLICT, Place::whole(), &what);
        let what = "no byte is unpacked twice: members that overlap others were not read";
        unread(sink, &rules::LIMIT, Place::whole(), what);
    }
    between(bytes, taken, &end, meter, sink);
}

/// What stands before, between and behind the members.
fn between<'b>(bytes: &'b [u8], taken: Vec<Range<usize>>, end: &End, meter: &Meter, sink: &mut dyn Sink<'b>) {
    for gap in gaps(taken, bytes) {
        let where_ = match () {
            () if gap.start == 0 => "before",
            () if gap.start >= end.records.end => "behind",
            () => "between",
        };
        let what = format!("{} bytes stand {where_} what the zip archive accounts for", gap.len());
        sink.finding(Finding::new(&rules::TRAILING.id, Place::whole(), what));
        loose(bytes, &gap, meter, sink);
    }
    let comment = bytes.get(end.comment.clone()).unwrap_or_default();
    if comment.len() > 64 {
        sink.entry(Entry::rest("(comment)", Cow::Borrowed(comment)));
    }
}

/// Bytes that belong to no member: as members for readers that look at local headers alone, and the rest as it is.
fn loose<'b>(bytes: &'b [u8], range: &Range<usize>, meter: &Meter, sink: &mut dyn Sink<'b>) {
    let own = bytes.get(range.clone()).unwrap_or_default();
    let (mut at, mut done) = (0, 0);
    let rest = |part: &'b [u8], sink: &mut dyn Sink<'b>| {
        if part.iter().any(|b| *b != 0) {
            sink.entry(Entry::rest("(between the files)", Cow::Borrowed(part)));
        }
    };
    while let Some(step) = own.get(at..).and_then(|left| memchr::memmem::find(left, directory::LOCAL)) {
        at += step;
        let Some(stated) = directory::local(bytes, range.start + at).filter(member::is_plausible) else {
            at += 4;
            continue;
        };
        let found = member::alone(&stated, range.start + at, range.end);
        let (path, _) = member::path(&stated.name, &stated);
        rest(own.get(done..at).unwrap_or_default(), sink);
        if let Err(limit) = member::unpack(bytes, &stated, &found, path, false, meter, sink) {
            return sink.finding(*limit);
        }
        at = (found.range.end - range.start).max(at + 4);
        done = at;
    }
    rest(own.get(done..).unwrap_or_default(), sink);
}

/// Something that readers could see differently, or that could not be read.
fn unread(sink: &mut dyn Sink<'_>, rule: &Rule, place: Place, what: &str) {
    sink.finding(Finding::new(&rule.id, place, what).unread());
}
