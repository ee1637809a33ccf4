//! Characters that nobody sees → the text around them as a model reads it: without them, or in their place.

use std::ops::Range;

use super::spans::merged;
use crate::inspect::bits::{self, Beyond};

/// Bytes that are either all ASCII or not.
const BLOCK: usize = 1 << 10;

/// How far around a character that nobody sees a text is read.
const AROUND: (usize, usize) = (256, 512);

/// As much of a text is read in one go.
const WINDOW: usize = 64 << 10;

/// What holds text that is more than ASCII. A block with a NUL is none: programs hold such bytes everywhere.
pub(super) fn beyond(text: &[u8], piece: Range<usize>, mut found: impl FnMut(Range<usize>)) {
    let mut part = 0..0;
    for start in piece.clone().step_by(BLOCK) {
        let end = (start + BLOCK).min(piece.end);
        let block = text.get(start..end).unwrap_or_default();
        let mut all = 0;
        bits::each(block, 0..block.len(), |_, Beyond(beyond)| all |= beyond);
        if all == 0 || memchr::memchr(0, block).is_some() {
            continue;
        }
        // Its neighbours belong to it: words of the same text stand there.
        let widened = start.saturating_sub(AROUND.0).max(piece.start)..(end + AROUND.1).min(piece.end);
        if widened.start <= part.end {
            part.end = widened.end;
        } else {
            let whole = std::mem::replace(&mut part, widened);
            if !whole.is_empty() {
                found(whole);
            }
        }
    }
    if !part.is_empty() {
        found(part);
    }
}

/// A text without the characters that nobody sees.
pub(super) struct Plain {
    pub(super) bytes: Vec<u8>,
    /// Where each of its bytes stood.
    at: Vec<usize>,
}

impl Plain {
    /// Reads the part `window` of `text`. The letters of tags become those that they stand for.
    fn of(text: &[u8], window: Range<usize>) -> Self {
        let mut plain = Self { bytes: Vec::with_capacity(window.len()), at: Vec::with_capacity(window.len()) };
        let mut at = window.start;
        while at < window.end.min(text.len()) {
            let rest = text.get(at..).unwrap_or_default();
            let (len, letter) = match hidden(rest) {
                Some((len, letter)) => (len, letter),
                None => (1, rest.first().copied()),
            };
            if let Some(letter) = letter {
                plain.bytes.push(letter);
                plain.at.push(at);
            }
            at += len;
        }
        plain
    }

    /// Where what is read at `range` stood, if something was hidden in it.
    pub(super) fn row(&self, range: &Range<usize>) -> Option<(usize, usize)> {
        let (first, last) = (*self.at.get(range.start)?, *self.at.get(range.end.checked_sub(1)?)?);
        (last - first >= range.len()).then_some((first, last + 1))
    }
}

/// Reads what stands around each character in `part` that nobody sees and that is among letters of ASCII.
///
/// Where it is among others it belongs to them: emoji are joined by such characters, and Persian needs them.
pub(super) fn each(text: &[u8], part: Range<usize>, mut read: impl FnMut(&Plain)) {
    let inside = text.get(part.clone()).unwrap_or_default();
    let mut windows = around(text, memchr::memchr3_iter(0xe2, 0xef, 0xf3, inside).map(|at| part.start + at));
    windows.extend(around(text, memchr::memchr_iter(0xc2, inside).map(|at| part.start + at)));
    for window in merged(windows) {
        for start in window.clone().step_by(WINDOW - AROUND.0 - AROUND.1) {
            read(&Plain::of(text, start..(start + WINDOW).min(window.end)));
        }
    }
}

/// What stands around those of `places` at which there is a character that nobody sees, among letters of ASCII.
fn around(text: &[u8], places: impl Iterator<Item = usize>) -> Vec<Range<usize>> {
    let mut windows: Vec<Range<usize>> = Vec::new();
    let mut run = 0;
    for at in places {
        let rest = text.get(at..).unwrap_or_default();
        let Some((len, letter)) = hidden(rest) else { continue };
        let ascii = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii);
        let among = ascii(at.checked_sub(1).and_then(|at| text.get(at))) || ascii(rest.get(len));
        // Where there are many in a row the first is among letters, or the last.
        if letter.is_none() && !among && run != at {
            continue;
        }
        run = at + len;
        let window = at.saturating_sub(AROUND.0)..(at + AROUND.1).min(text.len());
        match windows.last_mut().filter(|last| last.end >= window.start) {
            Some(last) => last.end = window.end,
            None => windows.push(window),
        }
    }
    windows
}

/// Whether a text begins with a character that nobody sees: how long it is, and the letter that it stands for.
fn hidden(text: &[u8]) -> Option<(usize, Option<u8>)> {
    match *text {
        // The soft hyphen, the zero-width ones, those that turn the direction, the word joiner, the byte order mark.
        [0xc2, 0xad, ..] => Some((2, None)),
        [0xe2, 0x80, 0x8b..=0x8f | 0xaa..=0xae, ..] | [0xe2, 0x81, 0xa0..=0xaf, ..] | [0xef, 0xbb, 0xbf, ..] => {
            Some((3, None))
        }
        [0xf3, 0xa0, 0x80, low @ 0xa0..=0xbf, ..] => Some((4, Some(low - 0x80))),
        [0xf3, 0xa0, 0x81, low @ 0x80..=0xbe, ..] => Some((4, Some(low - 0x40))),
        _ => None,
    }
}

/// A text as it can be shown in a line of a report: short, and with everything that nobody would see written out.
pub(super) fn quoted(text: &[u8]) -> String {
    let mut shown = String::new();
    let mut count = 0;
    for word in String::from_utf8_lossy(text.get(..text.len().min(4 * LONGEST)).unwrap_or_default()).split_whitespace()
    {
        if count > 0 {
            shown.push(' ');
            count += 1;
        }
        for c in word.chars() {
            let tag = u32::from(c).checked_sub(TAGS).and_then(|code| u8::try_from(code).ok());
            match tag.filter(|code| matches!(code, b' '..=b'~')) {
                Some(letter) => shown.push(char::from(letter)),
                None if is_hidden(c) => shown.extend(c.escape_unicode()),
                None => shown.push(c),
            }
            count += if is_hidden(c) && tag.is_none() { 8 } else { 1 };
            if count >= LONGEST {
                shown.push('…');
                return shown;
            }
        }
    }
    shown
}

/// As many characters of a text are quoted.
const LONGEST: usize = 80;

/// Where the tags begin: each stands for the letter of ASCII with the same place behind it.
const TAGS: u32 = 0xe_0000;

/// Whether a character is shown as nothing, or changes how others are shown.
fn is_hidden(c: char) -> bool {
    let format = matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}');
    let more = matches!(c, '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}');
    c.is_control() || format || more || matches!(c, '\u{e0000}'..='\u{e0fff}')
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
    fn letters_are_read_without_what_splits_them() {
        assert_eq!(read("ig\u{200b}no\u{2060}re \u{feff}th\u{ad}is"), ["ignore this"]);
        assert_eq!(read("a\u{e0068}\u{e0069}"), ["ahi"]);
        assert_eq!(read("ignore this"), Vec::<String>::new());
    }

    #[test]
    fn emoji_and_persian_need_what_nobody_sees() {
        assert_eq!(read("👩\u{200d}💻 می\u{200c}خواهم"), Vec::<String>::new());
    }

    #[test]
    fn a_text_that_is_full_of_them_is_read_in_parts_that_overlap() {
        let text = "a\u{200b}".repeat(100_000);
        let parts = read(&text);
        assert!(parts.len() > 5 && parts.iter().all(|part| part.len() <= WINDOW));
        let sum: usize = parts.iter().map(String::len).sum();
        assert!((100_000..110_000).contains(&sum), "{sum}");
    }

    #[test]
    fn blocks_beyond_ascii_come_with_their_surroundings() {
        let mut text = "x".repeat(5 * BLOCK);
        text.replace_range(3 * BLOCK..=3 * BLOCK, "é");
        let mut parts = Vec::new();
        beyond(text.as_bytes(), 0..text.len(), |part| parts.push(part));
        assert_eq!(parts, std::iter::once(3 * BLOCK - AROUND.0..4 * BLOCK + AROUND.1).collect::<Vec<_>>());
    }

    #[test]
    fn quotes_are_short_and_show_what_is_hidden() {
        assert_eq!(quoted(b"two\n  words"), "two words");
        assert_eq!(quoted("a\u{200b}b\u{1b}[1m".as_bytes()), "a\\u{200b}b\\u{1b}[1m");
        assert_eq!(quoted("\u{e0068}\u{e0069}".as_bytes()), "hi");
        assert_eq!(quoted("x".repeat(500).as_bytes()), format!("{}…", "x".repeat(LONGEST)));
    }
}
