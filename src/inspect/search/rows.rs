//! Rows of letters and digits in a text: what is random enough to be a secret holds one, and most of a text does not.

use std::ops::Range;

use crate::inspect::bits::{self, Digits, Sorts};

/// The shortest row that counts. A secret holds one, unless its rule says that it may be short.
pub(super) const SHORTEST: usize = 16;

/// Whether a byte is a digit of base64, in either alphabet.
pub(super) fn is_digit(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_')
}

/// Calls `found` with each row that begins in `range` and is not made of words.
pub(super) fn each(text: &[u8], range: Range<usize>, mut found: impl FnMut(Range<usize>)) {
    let end = range.end.min(text.len());
    // A row that begins before the range is somebody else's.
    let begun = range.start.checked_sub(1).and_then(|at| text.get(at)).is_some_and(|byte| is_digit(*byte));
    // A row that begins in the range is read to its end, if it is not too long to be made of words.
    let limit = (end + bits::WORD).min(text.len());
    let mut tell = |start: usize, len: usize| {
        let own = start < end && !(begun && start == range.start);
        if own && !(len <= bits::WORD && is_words(bits::at(text, start), len)) {
            found(start..whole(text, limit, start + len));
        }
    };
    // Digits right before the word at hand.
    let mut open = 0;
    bits::each(text, range.start..limit, |at, Digits(word)| {
        let low = word.trailing_ones() as usize;
        if low == bits::WORD {
            open += low;
            return;
        }
        if open + low >= SHORTEST {
            tell(at - open, open + low);
        }
        let high = word.leading_ones() as usize;
        // Those in the middle: most words hold none that is long enough.
        let mut rest = word & (u64::MAX << low) & (u64::MAX >> high);
        while has_row(rest) {
            let start = rest.trailing_zeros() as usize;
            let len = (rest >> start).trailing_ones() as usize;
            if len >= SHORTEST {
                tell(at + start, len);
            }
            rest &= u64::MAX << (start + len);
        }
        open = high;
    });
    if open >= SHORTEST {
        tell(limit - open, open);
    }
}

/// Where a row ends that was read up to `at`, if the text was read up to `end`.
fn whole(text: &[u8], end: usize, at: usize) -> usize {
    if at < end {
        return at;
    }
    let rest = text.get(end..).unwrap_or_default();
    end + rest.iter().position(|byte| !is_digit(*byte)).unwrap_or(rest.len())
}

/// Whether there are as many bits side by side as a row needs.
fn has_row(word: u64) -> bool {
    let two = word & (word >> 1);
    let four = two & (two >> 2);
    let eight = four & (four >> 4);
    eight & (eight >> 8) != 0
}

/// Whether the row of the first `len` bits is made of words: the parts of a path, or a name as people write them in
/// code. A value that is random and as long has a digit in it, or letters that change their case where no word ends.
fn is_words(row: Sorts, len: usize) -> bool {
    let own = u64::MAX >> (bits::WORD - len);
    let (upper, signs) = (row.upper & own, row.signs & own);
    let lower = own & !(upper | signs | row.other);
    // A letter in upper case begins a word of three letters and more, or belongs to a word in upper case.
    let shouted = upper & (upper >> 1 | upper << 1);
    let begins = upper & !shouted;
    let split = shouted & (upper >> 1) & (lower >> 2);
    let short = begins & !(lower >> 1 & lower >> 2);
    // A word in lower case has two letters and more.
    let single = lower & !(lower << 1 | upper << 1 | lower >> 1);
    // One word alone is none that anybody knows, if it is as long as a row. What is called a password may be short.
    let parts = (signs | begins) & !1;
    let password = row.esses & (row.esses >> 1) & (row.double >> 2) & own;
    row.other & own == 0 && split | short | single | password == 0 && parts != 0
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
                if at - from >= SHORTEST && !plain_words(&text[from..at]) {
                    rows.push(from..at);
                }
                from = at + 1;
            }
        }
        rows
    }

    /// Whether a row is made of words, letter by letter.
    fn plain_words(row: &[u8]) -> bool {
        let at = |at: usize| row.get(at).copied().unwrap_or(b'-');
        let before = |i: usize| i.checked_sub(1).map_or(b'-', at);
        let (mut parts, mut words) =
            (0, row.len() <= bits::WORD && !row.windows(3).any(|w| w.eq_ignore_ascii_case(b"ssw")));
        for (i, byte) in row.iter().enumerate() {
            let shouted =
                byte.is_ascii_uppercase() && (before(i).is_ascii_uppercase() || at(i + 1).is_ascii_uppercase());
            match byte {
                b'A'..=b'Z' if shouted => words &= !(at(i + 1).is_ascii_uppercase() && at(i + 2).is_ascii_lowercase()),
                b'A'..=b'Z' => {
                    parts += usize::from(i > 0);
                    words &= at(i + 1).is_ascii_lowercase() && at(i + 2).is_ascii_lowercase();
                }
                b'a'..=b'z' => words &= before(i).is_ascii_alphabetic() || at(i + 1).is_ascii_lowercase(),
                b'-' | b'/' | b'_' => parts += usize::from(i > 0),
                _ => words = false,
            }
        }
        words && parts > 0
    }

    #[test]
    fn made_up_rows_are_told_as_a_plain_reader_tells_them() {
        let mut state = 7_u64;
        let mut next = |end: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            usize::try_from(state >> 33).unwrap() % end
        };
        let words = [
            "get", "Own", "is", "A", "x", "URL", "_", "-", "/", "node", "7", "+", " ", ".", "passWord", "Id", "modules",
        ];
        for _ in 0..3_000 {
            let text: String = (0..next(60)).map(|_| words[next(words.len())]).collect();
            let start = next(text.len() + 1);
            let end = start + next(text.len() - start + 1);
            let mut rows = Vec::new();
            each(text.as_bytes(), start..end, |row| rows.push(row));
            let mut expected = plain(text.as_bytes());
            expected.retain(|row| (start..end).contains(&row.start));
            assert_eq!(rows, expected, "{text:?} {start}..{end}");
        }
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

    /// Whether a row counts, wherever it stands.
    fn told(row: &str) -> bool {
        let mut counts = Vec::new();
        for before in 0..130 {
            let text = format!("{}{row}.", ".".repeat(before));
            let mut all = Vec::new();
            each(text.as_bytes(), 0..text.len(), |row| all.push(row));
            assert!(all.is_empty() || all == std::iter::once(before..before + row.len()).collect::<Vec<_>>());
            counts.push(!all.is_empty());
        }
        counts.dedup();
        assert_eq!(counts.len(), 1, "{row}");
        counts[0]
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
            assert!(!told(row), "{row}");
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
            assert!(told(row), "{row}");
        }
    }
}
