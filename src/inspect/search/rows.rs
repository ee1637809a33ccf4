//! Rows of letters and digits in a text: what is random enough to be a secret holds one, and most of a text does not.

use std::ops::Range;

/// The shortest row that counts. A secret holds one, unless its rule says that it may be short.
pub(super) const SHORTEST: usize = 16;

/// Bytes that are looked at in one step.
const STEP: usize = 64;

/// Bytes that are either all digits or not. A row of fifteen or more fills one of them.
const BLOCK: usize = 8;

/// Whether a byte is a digit of base64, in either alphabet. Without a table, so that a processor does many at once.
#[allow(clippy::needless_bitwise_bool, reason = "a branch would keep the compiler from doing many bytes at once")]
pub(super) fn is_digit(byte: u8) -> bool {
    let letter = (byte | 0x20).wrapping_sub(b'a') < 26;
    let sign = (byte == b'+') | (byte == b'/') | (byte == b'-') | (byte == b'_');
    letter | (byte.wrapping_sub(b'0') < 10) | sign
}

/// Calls `found` with each row that begins in `range`, or less than a block before it.
pub(super) fn each(text: &[u8], range: Range<usize>, mut found: impl FnMut(Range<usize>)) {
    let end = range.end.min(text.len());
    let (mut done, mut at) = (0, range.start.next_multiple_of(BLOCK));
    // The marks of three blocks in a row: the one in the middle is judged by its neighbours.
    let (mut before, mut middle) = (marks(text, at.wrapping_sub(BLOCK)), marks(text, at));
    while at < end {
        let step = text.get(at + BLOCK..).and_then(<[u8]>::first_chunk::<STEP>);
        // Behind the last whole step each block is looked at by itself.
        let (all, blocks) = match step {
            Some(step) => (step.map(mark), STEP / BLOCK),
            None => ([0; STEP], 1),
        };
        for (number, block) in all.as_chunks::<BLOCK>().0.iter().take(blocks).enumerate() {
            let here = at + number * BLOCK;
            let behind = if step.is_some() { u64::from_le_bytes(*block) } else { marks(text, here + BLOCK) };
            let around = (before.leading_ones() + behind.trailing_ones()) / 8;
            if middle == u64::MAX && around as usize >= SHORTEST - BLOCK && here >= done && here < end {
                done = one(text, here, range.start, &mut found);
            }
            (before, middle) = (middle, behind);
        }
        at += blocks * BLOCK;
        if done > at + STEP {
            at = done & !(BLOCK - 1);
            (before, middle) = (marks(text, at.wrapping_sub(BLOCK)), marks(text, at));
        }
    }
}

/// All bits of a byte where it is a digit.
fn mark(byte: u8) -> u8 {
    if is_digit(byte) { u8::MAX } else { 0 }
}

/// The marks of the block at `at`; none where the text ends in it, or before it begins.
fn marks(text: &[u8], at: usize) -> u64 {
    let rest = text.get(at..).unwrap_or_default();
    let mut block = [0; BLOCK];
    for (mark_of, byte) in block.iter_mut().zip(rest) {
        *mark_of = mark(*byte);
    }
    u64::from_le_bytes(block)
}

/// The row around the block at `at`: where it ends. One that begins before the range is somebody else's.
fn one(text: &[u8], at: usize, start: usize, found: &mut impl FnMut(Range<usize>)) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    let end = at + rest.iter().position(|byte| !is_digit(*byte)).unwrap_or(rest.len());
    let before = text.get(at.saturating_sub(BLOCK)..at).unwrap_or_default();
    let from = at - before.iter().rev().take_while(|byte| is_digit(**byte)).count();
    let begun_before = at - from == BLOCK && from < start;
    if !begun_before {
        found(from..end);
    }
    end
}

/// Whether there is a row in `text`, which is short.
pub(super) fn any(text: &[u8]) -> bool {
    text.split(|byte| !is_digit(*byte)).any(|row| row.len() >= SHORTEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(text: &[u8]) -> Vec<Range<usize>> {
        let mut rows = Vec::new();
        let mut from = 0;
        for at in 0..=text.len() {
            if text.get(at).is_none_or(|byte| !is_digit(*byte)) {
                if at - from >= SHORTEST {
                    rows.push(from..at);
                }
                from = at + 1;
            }
        }
        rows
    }

    #[test]
    fn rows_are_those_that_a_plain_reader_finds() {
        for before in 0..150 {
            for len in [1, 7, 14, 15, 16, 17, 31, 64, 65, 200] {
                let text = format!("{}{} {}", ".".repeat(before), "x".repeat(len), "y".repeat(20));
                let mut rows = Vec::new();
                each(text.as_bytes(), 0..text.len(), |row| rows.push(row));
                assert_eq!(rows, plain(text.as_bytes()), "{before} {len}");
            }
        }
    }

    #[test]
    fn each_row_belongs_to_one_part_of_a_text() {
        let parts = (0..200).flat_map(|n| ["k".repeat(n % 40), ".;".repeat(n % 3)]);
        let text: String = parts.collect();
        let mut rows = Vec::new();
        for start in (0..text.len()).step_by(128) {
            each(text.as_bytes(), start..start + 128, |row| rows.push(row));
        }
        assert_eq!(rows, plain(text.as_bytes()));
    }
}
