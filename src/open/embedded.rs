//! Packed files in the middle of something else: behind a script or a program, between the resources of one.

use std::borrow::Cow;
use std::ops::Range;

use crate::model::{Entry, EntryPath, Finding, Limits, Place};

use super::meter::limit;
use super::record::Record;
use super::{Meter, Sink, deflate, gzip, rules, zip};

const GZIP: &[u8] = b"\x1f\x8b\x08";
const SEVEN: &[u8] = b"7z\xbc\xaf\x27\x1c";

/// Whether there may be any. Text has no NUL, and no packed file is without one for long.
pub(super) fn is_likely(bytes: &[u8]) -> bool {
    let has = |needle: &[u8]| memchr::memmem::find(bytes, needle).is_some();
    has_nul(bytes) && (has(GZIP) || has(SEVEN) || zip::has_members(bytes))
}

/// Files of more bytes than this are looked at here and there: what is packed in them is not small.
const LARGE: usize = 16 << 20;

fn has_nul(bytes: &[u8]) -> bool {
    if bytes.len() < LARGE {
        return memchr::memchr(0, bytes).is_some();
    }
    // Of packed bytes one in eight is a control character, in text hardly any.
    let odd = |b: &u8| *b < 0x09 || (0x0e..0x20).contains(b);
    bytes.chunks(4096).any(|page| page.iter().take(48).any(odd))
}

/// Hands what is packed in `bytes` to `sink`, but for what lies in `taken`.
pub(super) fn read<'b>(bytes: &'b [u8], taken: &[Range<usize>], meter: &Meter, sink: &mut dyn Sink<'b>) {
    let is_taken = |at: usize| taken.iter().any(|range| range.contains(&at));
    // Every try costs what it inflates: a mark is soon written.
    let mut effort = (bytes.len() as u64).saturating_mul(4).saturating_add(Limits::RATIO_FLOOR);
    let mut upto = 0;
    for at in memchr::memmem::find_iter(bytes, GZIP).filter(|at| !is_taken(*at)) {
        let Some(rest) = bytes.get(at..).filter(|_| at >= upto) else { continue };
        let Some(head) = gzip::header_len(rest) else { continue };
        let packed = rest.get(head..).unwrap_or_default();
        let done = deflate::stream(packed, meter.left().min(Limits::ENTRY).min(effort));
        effort = effort.saturating_sub(done.bytes.len() as u64 + 64);
        if effort == 0 {
            return sink.finding(limit("too much looks like a packed file: not all was tried".to_owned()));
        }
        let trailer = packed.get(done.consumed..).and_then(gzip::Trailer::parse);
        let sum = crc32fast::hash(&done.bytes);
        if done.ended && !done.bytes.is_empty() && trailer.is_some_and(|t| t.fits(sum, done.bytes.len() as u64)) {
            upto = at + head + done.consumed + 8;
            if let Err(limit) = meter.charge(done.bytes.len() as u64) {
                return sink.finding(*limit);
            }
            sink.entry(Entry::new(EntryPath::tamed(&format!("(packed at {at})")), Cow::Owned(done.bytes)));
        }
    }
    for at in memchr::memmem::find_iter(bytes, SEVEN).filter(|at| !is_taken(*at)) {
        if bytes.get(at..).is_some_and(is_seven) {
            let what = format!("a 7z archive begins at byte {at}, which can not be opened");
            sink.finding(Finding::new(&rules::UNSUPPORTED.id, Place::whole(), what).unread());
        }
    }
    zip::read_members(bytes, &is_taken, meter, sink);
}

/// Whether a 7z archive begins here: the sum of its first header tells it from the code that looks for one.
fn is_seven(rest: &[u8]) -> bool {
    Record(rest).u32(8).is_some_and(|sum| rest.get(12..32).is_some_and(|header| crc32fast::hash(header) == sum))
}
