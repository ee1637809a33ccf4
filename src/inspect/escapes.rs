//! Escapes of letters, digits and signs in a text → what stands around them, as the program reads it.

use std::ops::Range;

/// How far around an escape a text is read.
const AROUND: (usize, usize) = (320, 1 << 10);

/// As much of a text is read in one go, and as much of that is read again with what follows.
const WINDOW: (usize, usize) = (256 << 10, 16 << 10);

/// The longest escape.
const LONGEST: usize = 10 + SLASHES;

/// A part of a text as the program reads it.
pub(super) struct Plain {
    pub(super) bytes: Vec<u8>,
    /// Where each of its bytes stood, and where the part ended.
    at: Vec<usize>,
}

impl Plain {
    /// Reads the part `window` of `text`. Only what is printed in ASCII is read: everything else stays as it is.
    fn of(text: &[u8], window: Range<usize>) -> Self {
        let mut plain = Self { bytes: Vec::with_capacity(window.len()), at: Vec::with_capacity(window.len() + 1) };
        let (mut at, end) = (window.start, window.end.min(text.len()));
        while at < end {
            let rest = text.get(at..end).unwrap_or_default();
            let same = memchr::memchr(b'\\', rest).unwrap_or(rest.len());
            plain.bytes.extend_from_slice(rest.get(..same).unwrap_or_default());
            plain.at.extend(at..at + same);
            at += same;
            if at < end {
                let rest = text.get(at..text.len().min(end + LONGEST)).unwrap_or_default();
                let (len, byte) = escape(rest).unwrap_or((1, b'\\'));
                plain.bytes.push(byte);
                plain.at.push(at);
                at += len;
            }
        }
        plain.at.push(at);
        plain
    }

    /// Where what is read at `range` stood.
    pub(super) fn place(&self, range: &Range<usize>) -> Option<Range<usize>> {
        Some(*self.at.get(range.start)?..*self.at.get(range.end)?)
    }

    /// Whether something in `range`, or this near to it, was escaped.
    pub(super) fn is_escaped(&self, range: &Range<usize>, near: usize) -> bool {
        let range = range.start.saturating_sub(near)..(range.end + near).min(self.bytes.len());
        self.place(&range).is_some_and(|place| place.len() > range.len())
    }
}

/// Reads what stands around each escape in `part` of a letter, a digit or a sign that words and values are made of.
pub(super) fn each(text: &[u8], part: Range<usize>, mut read: impl FnMut(&Plain)) {
    let inside = text.get(part.clone()).unwrap_or_default();
    let (mut windows, mut upto): (Vec<Range<usize>>, _) = (Vec::new(), 0);
    for at in memchr::memchr_iter(b'\\', inside) {
        // Most backslashes stand before something else.
        if at < upto || !matches!(inside.get(at + 1), Some(b'x' | b'u' | b'\\' | b'0'..=b'7') | None) {
            continue;
        }
        let at = part.start + at;
        let rest = text.get(at..).unwrap_or_default();
        let slashes = rest.iter().take_while(|byte| **byte == b'\\').count();
        upto = at + slashes - part.start;
        let last = rest.get(slashes - 1..).unwrap_or_default();
        let Some((len, _)) = escape(last).filter(|(_, byte)| is_part(*byte)) else { continue };
        let window = at.saturating_sub(AROUND.0)..(at + slashes + len + AROUND.1).min(text.len());
        match windows.last_mut().filter(|last| last.end >= window.start) {
            Some(last) => last.end = window.end,
            None => windows.push(window),
        }
    }
    for window in windows {
        for start in window.clone().step_by(WINDOW.0 - WINDOW.1) {
            read(&Plain::of(text, start..(start + WINDOW.0).min(window.end)));
        }
    }
}

/// The places in `text` where one of `words` stands with a part of it escaped, and which of them it is.
pub(super) fn words(text: &[u8], words: &[&'static str]) -> Vec<(Range<usize>, &'static str)> {
    let mut found = Vec::new();
    each(text, 0..text.len(), |plain| {
        for word in words {
            let places = memchr::memmem::find_iter(&plain.bytes, word.as_bytes()).map(|at| at..at + word.len());
            let escaped = places.filter(|range| plain.is_escaped(range, 0));
            found.extend(escaped.filter_map(|range| plain.place(&range)).map(|place| (place, *word)));
        }
    });
    found.sort_unstable_by_key(|(place, _)| place.start);
    found.dedup();
    found
}

/// Whether words and values are made of it.
fn is_part(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'/' | b'+' | b'=' | b':')
}

/// As many backslashes are read as one: each string in a string doubles them.
const SLASHES: usize = 16;

/// The escape that `text` begins with, of what is printed in ASCII: how long it is, and what it stands for.
fn escape(text: &[u8]) -> Option<(usize, u8)> {
    let slashes = text.iter().take(SLASHES).take_while(|byte| **byte == b'\\').count();
    let (kind, rest) = text.get(slashes..)?.split_first().filter(|_| slashes > 0)?;
    let (digits, radix, len) = match kind {
        b'x' => (rest.get(..2)?, 16, 3),
        b'u' if rest.first() == Some(&b'{') => {
            let digits = rest.get(1..)?.iter().take(7).take_while(|byte| byte.is_ascii_hexdigit()).count();
            (rest.get(digits + 1).filter(|byte| **byte == b'}').and_then(|_| rest.get(1..=digits))?, 16, digits + 3)
        }
        b'u' => (rest.get(..4)?, 16, 5),
        b'0'..=b'7' => {
            let digits = rest.iter().take(2).take_while(|byte| matches!(byte, b'0'..=b'7')).count();
            (text.get(slashes..=slashes + digits)?, 8, digits + 1)
        }
        _ => return None,
    };
    let number = digits.iter().try_fold(0_u32, |sum, byte| Some(sum * radix + char::from(*byte).to_digit(radix)?))?;
    let byte = u8::try_from(number).ok().filter(|byte| matches!(byte, b' '..=b'~') && *byte != b'\\')?;
    Some((slashes + len, byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<String> {
        let mut all = Vec::new();
        let add = |plain: &Plain| all.push(String::from_utf8_lossy(&plain.bytes).into_owned());
        each(text.as_bytes(), 0..text.len(), add);
        all
    }

    #[test]
    fn escapes_of_every_kind_are_read() {
        for text in [r"\x67hp", r"\u0067hp", r"\u{67}hp", r"\147hp", r"\u{000067}\x68p", r"\\\\x67hp", r"g\u0068\160"] {
            assert_eq!(read(text), ["ghp"], "{text}");
        }
        assert_eq!(read(r"\x41\n\u2028\x0a"), [r"A\n\u2028\x0a"]);
        for text in [r"\n\t\x0a\u2028\1", r"\x4", r"\u{67", r"\u00g7", r"C:\new", r"\", r"\u{1F600}"] {
            assert_eq!(read(text), Vec::<String>::new(), "{text}");
        }
    }

    #[test]
    fn words_are_found_where_they_stood() {
        let text = r"keyword k\x65yword k\\u0065ywor\u{64}";
        assert_eq!(words(text.as_bytes(), &["keyword"]), [(8..18, "keyword"), (19..37, "keyword")]);
    }

    #[test]
    fn a_text_that_is_full_of_them_is_read_in_parts_that_overlap() {
        let parts = read(&r"\x67".repeat(100_000));
        assert!(parts.iter().all(|part| part.len() <= WINDOW.0));
        let sum: usize = parts.iter().map(String::len).sum();
        assert!((100_000..110_000).contains(&sum), "{sum}");
        assert_eq!(read(&r"\".repeat(1 << 20)), Vec::<String>::new());
    }
}
