//! One member of a zip archive: its path, where its bytes are, what they unpack to.

use std::borrow::Cow;
use std::ops::Range;

use crate::model::{Entry, EntryPath, Finding, Limits, Place, Rule};

use super::super::record::Record;
use super::super::{Meter, Sink, deflate, packed, rules};
use super::directory::{self, End, Stated};

/// The path that `raw` leads to, and what is wrong with the member's name and kind.
pub(super) fn path(raw: &[u8], stated: &Stated) -> (EntryPath, Vec<Finding>) {
    let text = String::from_utf8_lossy(raw);
    let bare = text.strip_suffix('/').unwrap_or(&text);
    let path = EntryPath::nearest(bare);
    let mut findings = Vec::new();
    // Readers that mind a control character drop it, write another in its place, or end the name there.
    let nothing = text.chars().all(|c| matches!(c, '/' | '.')) && !(text.ends_with('/') && stated.size == 0);
    if text.contains('\\') || text.chars().any(char::is_control) || nothing {
        let what = "the name holds a backslash, control characters, or nothing: readers make different names of it";
        findings.push(Finding::new(&rules::NAME.id, Place::at(path.as_str()), what).unread());
    }
    let mut add = |rule: &Rule, what: &str| {
        findings.push(Finding::new(&rule.id, Place::at(path.as_str()), what.to_owned()));
    };
    let mut parts = text.split(['/', '\\']);
    let drive = matches!(raw, [letter, b':', ..] if letter.is_ascii_alphabetic());
    if text.starts_with(['/', '\\']) || drive || parts.any(|part| part == "..") {
        add(&rules::ESCAPE, "the path leaves the folder it is unpacked to; readers strip or refuse it");
    } else if bare.split('/').any(str::is_empty) {
        add(&rules::NAME, "the name holds an empty part");
    }
    if text.contains('\u{fffd}') {
        add(&rules::NAME, "the name is no UTF-8; it is shown with replacement characters");
    }
    if raw.len() > Limits::default().name {
        add(&rules::NAME, "the name is longer than many systems can hold");
    }
    if stated.is_link() {
        add(&rules::LINK, "a symbolic link");
    }
    if stated.is_device() {
        add(&rules::DEVICE, "a device, a pipe or a socket");
    }
    (path, findings)
}

/// Whether these can be the words of a local header, and not just bytes that begin like one.
pub(super) fn is_plausible(stated: &Stated) -> bool {
    stated.method < 100 && !stated.name.is_empty() && stated.name.len() <= 4096 && !stated.name.iter().all(|b| *b == 0)
}

/// Whether these are the words of a local header beyond doubt, wherever they stand.
pub(super) fn is_sound(stated: &Stated) -> bool {
    let named = std::str::from_utf8(&stated.name).is_ok_and(|name| !name.chars().any(char::is_control));
    is_plausible(stated) && named && matches!(stated.method, 0 | 8 | 93) && stated.name.len() <= 1024
}

/// Where a member's bytes are.
pub(super) struct Found {
    /// From its header to the end of what belongs to it.
    pub(super) range: Range<usize>,
    /// The packed bytes.
    pub(super) data: Range<usize>,
    /// How its header contradicts the directory.
    pub(super) conflict: Option<&'static str>,
    /// How many bytes its header holds beside name and numbers.
    pub(super) beside: usize,
}

/// Finds the member that the directory states.
pub(super) fn locate(bytes: &[u8], end: &End, stated: &Stated) -> Option<Found> {
    let at = usize::try_from(stated.offset).ok()?.checked_add(end.base)?;
    let local = directory::local(bytes, at)?;
    let start = usize::try_from(local.offset).ok()?;
    let data = start..start.checked_add(usize::try_from(stated.packed).ok()?)?;
    if data.end > end.directory.start {
        return None;
    }
    let behind = descriptor(bytes.get(data.end..end.directory.start)?, &local, stated);
    let zero = |value: u64, other: u64| value == other || (local.is_streamed() && value == 0);
    let sizes = zero(local.size, stated.size)
        && zero(local.packed, stated.packed)
        && zero(u64::from(local.crc), u64::from(stated.crc));
    let conflict = if local.name != stated.name {
        Some("the header of this member gives it another name than the directory does")
    } else if stated.renamed || local.renamed {
        Some("an extra field gives this member another name")
    } else if local.method != stated.method || (local.flags ^ stated.flags) & 0x2049 != 0 {
        Some("the header of this member states another method than the directory does")
    } else if !sizes {
        Some("the header of this member states other sizes or another checksum than the directory does")
    } else {
        None
    };
    Some(Found { range: at..data.end + behind, data, conflict, beside: local.beside })
}

/// How long the record behind the data is.
fn descriptor(behind: &[u8], local: &Stated, stated: &Stated) -> usize {
    if !local.is_streamed() {
        return 0;
    }
    let marked = if behind.starts_with(b"PK\x07\x08") { 4 } else { 0 };
    let record = Record(behind.get(marked..).unwrap_or_default());
    let wide = record.u64(4) == Some(stated.packed) && record.u64(12) == Some(stated.size);
    let narrow =
        record.u32(4).map(u64::from) == Some(stated.packed) && record.u32(8).map(u64::from) == Some(stated.size);
    let own = record.u32(0) == Some(stated.crc);
    match (own && narrow && !(stated.wide && wide), own && wide) {
        (true, _) => marked + 12,
        (_, true) => marked + 20,
        _ => 0,
    }
}

/// A member that only its local header tells of; it ends at `upto` at the latest.
pub(super) fn alone(stated: &Stated, at: usize, upto: usize) -> Found {
    let start = usize::try_from(stated.offset).unwrap_or(upto).min(upto);
    let len = usize::try_from(stated.packed).unwrap_or(usize::MAX);
    let open = stated.is_streamed() && len == 0;
    let end = if open { upto } else { start.saturating_add(len).min(upto) };
    Found { range: at..end, data: start..end, conflict: None, beside: 0 }
}

/// Unpacks a member, checks it, and hands it over.
pub(super) fn unpack<'b>(
    bytes: &'b [u8],
    stated: &Stated,
    found: &Found,
    path: EntryPath,
    listed: bool,
    meter: &Meter,
    sink: &mut dyn Sink<'b>,
) -> Result<(), Box<Finding>> {
    meter.charge(stated.size)?;
    let data = bytes.get(found.data.clone()).unwrap_or_default();
    let place = Place::at(path.as_str());
    let odd = |sink: &mut dyn Sink<'b>, rule: &Rule, what: &str| {
        if listed {
            sink.finding(Finding::new(&rule.id, place.clone(), what).unread());
        }
    };
    let folder = stated.name.ends_with(b"/");
    if folder && stated.size == 0 && data.is_empty() {
        return Ok(());
    }
    // Some packers deflate the nothing that a folder holds.
    let nothing = stated.method == 8 && stated.size == 0 && deflate::inflate(data, 0, 1).bytes.is_empty();
    if folder && nothing {
        return Ok(());
    }
    if folder {
        odd(sink, &rules::CONFLICT, "a folder with a content: some readers unpack it, others do not");
    }
    let most = stated.size.saturating_add(meter.left()).min(Limits::ENTRY);
    let body: Cow<'b, [u8]> = match stated.method {
        _ if stated.is_encrypted() => {
            odd(sink, &rules::UNSUPPORTED, "an encrypted member of a zip archive: it was not read");
            return Ok(());
        }
        0 => Cow::Borrowed(data),
        8 => {
            let done = deflate::inflate(data, stated.size, most);
            if !done.ended {
                odd(sink, &rules::CHECKSUM, "the packed bytes of this member are broken or cut short");
            } else if done.consumed < data.len() && listed {
                let what = format!("{} bytes stand behind the packed bytes of this member", data.len() - done.consumed);
                sink.finding(Finding::new(&rules::TRAILING.id, place.clone(), what));
                let rest = data.get(done.consumed..).unwrap_or_default();
                sink.entry(Entry::hidden(path.clone(), Cow::Borrowed(rest)));
            }
            Cow::Owned(done.bytes)
        }
        93 => {
            let content = packed::unzstd(data, meter);
            for finding in content.findings {
                sink.finding(Finding { place: place.clone(), ..finding });
            }
            if !content.tail.is_empty() {
                sink.entry(Entry::hidden(EntryPath::tamed("(behind the stream)"), Cow::Owned(content.tail)));
            }
            Cow::Owned(content.bytes)
        }
        other => {
            odd(sink, &rules::UNSUPPORTED, &format!("a member packed by method {other}: it was not read"));
            return Ok(());
        }
    };
    if body.len() as u64 > most {
        sink.finding(meter.too_much());
    }
    if body.len() as u64 != stated.size {
        odd(sink, &rules::CONFLICT, "this member does not have the size that it states");
    } else if crc32fast::hash(&body) != stated.crc {
        odd(sink, &rules::CHECKSUM, "this member does not have the checksum that it states");
    }
    let counted = listed && !folder;
    sink.entry(Entry { counted, ..Entry::new(path, body) });
    Ok(())
}
