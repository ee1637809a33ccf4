//! Rows of letters and digits in a text: what is random enough to be a secret holds one, and most of a text does not.

use std::ops::Range;

use crate::inspect::bits::{self, Digits};

/// The shortest row that counts. A secret holds one, unless its rule says that it may be short.
pub(super) const SHORTEST: usize = 16;

/// Whether a byte is a digit of base64, in either alphabet.
pub(super) fn is_digit(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_')
}

/// Calls `found` with each row that begins in `range`.
pub(super) fn each(text: &[u8], range: Range<usize>, mut found: impl FnMut(Range<usize>)) {
    let end = range.end.min(text.len());
    // A row that begins before the range is somebody else's.
    let begun = range.start.checked_sub(1).and_then(|at| text.get(at)).is_some_and(|byte| is_digit(*byte));
    let first = range.start;
    let mut tell = |mut row: Range<usize>| {
        if row.end == end {
            let rest = text.get(end..).unwrap_or_default();
            row.end += rest.iter().position(|byte| !is_digit(*byte)).unwrap_or(rest.len());
        }
        if row.len() >= SHORTEST && !(begun && row.start == first) {
            found(row);
        }
    };
    let mut open: Option<usize> = None;
    bits::each(text, range.start..end, |at, Digits(word)| {
        let low = word.trailing_ones();
        if low == u64::BITS {
            open.get_or_insert(at);
            return;
        }
        let low = low as usize;
        tell(open.take().unwrap_or(at)..at + low);
        let high = word.leading_ones() as usize;
        if high > 0 {
            open = Some(at + bits::WORD - high);
        }
        // Those in the middle: most words hold none that is long enough.
        let mut rest = word & (u64::MAX << low) & (u64::MAX >> high);
        while has_row(rest) {
            let start = rest.trailing_zeros() as usize;
            let len = (rest >> start).trailing_ones() as usize;
            tell(at + start..at + start + len);
            rest &= u64::MAX << (start + len);
        }
    });
    if let Some(start) = open {
        tell(start..end);
    }
}

/// Whether there are as many bits side by side as a row needs.
fn has_row(word: u64) -> bool {
    let two = word & (word >> 1);
    let four = two & (two >> 2);
    let eight = four & (four >> 4);
    eight & (eight >> 8) != 0
}

/// Whether a row is made of words: parts of a path, or a name as people write them in code. A value that is random
/// and as long has a digit in it, or letters that change their case where no word ends.
pub(super) fn is_words(row: &[u8]) -> bool {
    let (mut words, mut len, mut upper) = (0, 0, 0);
    for byte in row.iter().copied().chain([b'/']) {
        match byte {
            b'a'..=b'z' => {
                // Letters in upper case are a word of their own, or the first of one.
                if upper > 1 {
                    return false;
                }
                len += 1;
            }
            b'A'..=b'Z' => {
                if upper == len {
                    upper += 1;
                    len += 1;
                } else if len > 2 {
                    (words, len, upper) = (words + 1, 1, 1);
                } else {
                    return false;
                }
            }
            b'-' | b'/' | b'_' => {
                if len > 0 {
                    if len < 2 || upper == 1 && len < 3 {
                        return false;
                    }
                    words += 1;
                }
                (len, upper) = (0, 0);
            }
            _ => return false,
        }
    }
    // One word alone is none that anybody knows, if it is as long as a row. What is called a password may be short.
    words != 1 && !row.windows(3).any(|three| three.eq_ignore_ascii_case(b"ssw"))
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

    #[test]
    fn names_and_paths_are_words_and_values_are_none() {
        for row in [
            "getOwnPropertyDescriptor",
            "node_modules/is-number",
            "__webpack_require__",
            "SECRET_ACCESS_KEY",
            "----------------",
            "/src/components/Button",
            "useLayoutEffect-",
            "the-last-of-them",
        ] {
            assert!(is_words(row.as_bytes()), "{row}");
        }
        for row in [
            "wJalrXUtnFEMIKbPxRfi",
            "abcdefghijklmnop",
            "ABCDEFGHIJKLMNOP",
            "deadbeefdeadbeefdeadbeef0",
            "aBcDeFgHiJkLmNoP",
            "a-b-c-d-e-f-g-h-i",
            "SNOWFLAKE_PASSWORD",
            "c2VjcmV0IHRleHQgaGVyZQ",
        ] {
            assert!(!is_words(row.as_bytes()), "{row}");
        }
    }
}
