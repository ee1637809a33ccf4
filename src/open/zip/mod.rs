//! A zip archive, or one of its family → its members. The directory at the end and the headers before each member
//! must agree; what stands where neither says so is handed over too.

mod directory;
mod member;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;

use crate::model::{Entry, EntryPath, Finding, Place, Rule};

use super::gaps::gaps;
use super::record::Record;
use super::{Meter, ROOMY, Sink, WORDY, rules};
use directory::End;

/// Whether `bytes` begin with the header of a member.
pub(super) fn begins(bytes: &[u8]) -> bool {
    directory::local(bytes, 0).is_some_and(|first| member::is_plausible(&first))
}

/// Whether `bytes` are a zip archive, also one with something before or behind it.
pub(super) fn is_zip(bytes: &[u8]) -> bool {
    if begins(bytes) {
        return true;
    }
    // Control bytes are rare in text: most files are settled by one look at their end.
    let tail = bytes.get(bytes.len().saturating_sub(22 + 0xffff)..).unwrap_or_default();
    memchr::memrchr(6, tail).is_some() && directory::end(bytes).is_some()
}

/// A zip archive that readers see in something else.
pub(super) struct Other {
    /// Whether it counts its offsets from the start of all the bytes.
    pub(super) whole: bool,
    /// Whether it ends where they do.
    pub(super) closes: bool,
    /// Whether it has a comment, which may cover what it does not account for.
    pub(super) commented: bool,
}

/// The zip archive that readers see in `bytes`, which are something else.
pub(super) fn other_reading(bytes: &[u8]) -> Option<Other> {
    let end = directory::end(bytes).filter(|end| end.members > 0)?;
    Some(Other {
        whole: end.base == 0 && end.directory.start > 0,
        closes: end.comment.end == bytes.len(),
        commented: !end.comment.is_empty(),
    })
}

/// Whether a local header stands anywhere in `bytes`.
pub(super) fn has_members(bytes: &[u8]) -> bool {
    let sound = |at: usize| directory::local(bytes, at).is_some_and(|stated| member::is_sound(&stated));
    memchr::memmem::find_iter(bytes, directory::LOCAL).any(sound)
}

/// Packed members that no directory lists, in something that is no zip archive. What is stored is found as it is.
pub(super) fn read_members<'b>(
    bytes: &'b [u8],
    is_taken: &dyn Fn(usize) -> bool,
    meter: &Meter,
    sink: &mut dyn Sink<'b>,
) {
    let mut upto = 0;
    for at in memchr::memmem::find_iter(bytes, directory::LOCAL).filter(|at| !is_taken(*at)) {
        let stated = directory::local(bytes, at).filter(member::is_sound);
        let Some(stated) = stated.filter(|stated| at >= upto && stated.method != 0) else { continue };
        let found = member::alone(&stated, at, bytes.len());
        upto = if stated.packed > 0 { found.range.end } else { at + 4 };
        let (path, _) = member::path(&stated.name, &stated);
        if let Err(limit) = member::unpack(bytes, &stated, &found, path, false, meter, sink) {
            return sink.finding(*limit);
        }
    }
}

/// What follows the header of a browser extension.
pub(super) fn behind_crx_header(bytes: &[u8]) -> Option<&[u8]> {
    let record = Record(bytes.strip_prefix(b"Cr24").map(|_| bytes)?);
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
    if end.misfit {
        let what = "the directory of the zip archive does not have the length that its end record states";
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
    if members.iter().any(|member| member.beside > ROOMY) {
        let directory = bytes.get(end.directory.clone()).unwrap_or_default();
        sink.entry(Entry::rest("(directory)", Cow::Borrowed(directory)));
    }
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
        if found.beside > ROOMY {
            let header = bytes.get(found.range.start..found.data.start).unwrap_or_default();
            sink.entry(Entry::rest("(member header)", Cow::Borrowed(header)));
        }
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
        // A program that unpacks itself is looked at as a program; Android signs a package between files and directory.
        let signed = bytes.get(gap.clone()).is_some_and(|gap| gap.ends_with(b"APK Sig Block 42"));
        if super::executable::is_program(bytes) || signed {
            loose(bytes, &gap, meter, sink);
            continue;
        }
        let side = if gap.start == 0 {
            "before"
        } else if gap.start >= end.records.end {
            "behind"
        } else {
            "between"
        };
        let what = format!("{} bytes stand {side} what the zip archive accounts for", gap.len());
        let odd = Finding::new(&rules::TRAILING.id, Place::whole(), what);
        // Readers that begin elsewhere see other members.
        let own = bytes.get(gap.clone()).unwrap_or_default();
        let members =
            [directory::LOCAL, directory::CENTRAL].iter().any(|mark| memchr::memmem::find(own, *mark).is_some());
        sink.finding(if members { odd.unread() } else { odd });
        loose(bytes, &gap, meter, sink);
    }
    // A comment may be anything, also a container of its own.
    let comment = bytes.get(end.comment.clone()).unwrap_or_default();
    if comment.len() > WORDY {
        sink.entry(Entry::hidden(EntryPath::tamed("(comment)"), Cow::Borrowed(comment)));
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
