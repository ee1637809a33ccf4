//! Ranges of a text → the pieces between them, and those that touch as one.

use std::ops::Range;

/// Bytes that one core searches in one go.
pub(super) const PIECE: usize = 1 << 20;

/// Cuts what lies between the ranges `apart` into pieces that begin at even offsets.
pub(super) fn pieces(len: usize, apart: &[Range<usize>]) -> Vec<Range<usize>> {
    let mut pieces = Vec::new();
    let mut start = 0;
    for part in apart.iter().cloned().chain(std::iter::once(len..len)) {
        let mut at = start;
        while at < part.start {
            let end = ((at & !(PIECE - 1)) + PIECE).min(part.start);
            pieces.push(at..end);
            at = end;
        }
        start = start.max(part.end);
    }
    pieces
}

/// Ranges that touch each other, as one.
pub(super) fn merged(mut ranges: Vec<Range<usize>>) -> Vec<Range<usize>> {
    ranges.sort_unstable_by_key(|range| range.start);
    let mut merged: Vec<Range<usize>> = Vec::new();
    for range in ranges {
        match merged.last_mut().filter(|last| last.end >= range.start) {
            Some(last) => last.end = last.end.max(range.end),
            None => merged.push(range),
        }
    }
    merged
}
