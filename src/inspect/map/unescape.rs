//! A JSON string as it stands in a file → the text that JavaScript sees.

use std::borrow::Cow;
use std::ops::Range;

use crate::inspect::bits::{self, Quotes};

/// Decodes the bytes between two quotes. Lone surrogates and bytes that are no UTF-8 become replacement characters.
pub(super) fn unescape<'t>(raw: &'t [u8], escaped: bool, scratch: &'t mut Vec<u8>) -> Cow<'t, str> {
    if !escaped {
        return text(raw);
    }
    scratch.clear();
    scratch.reserve(raw.len() + BLOCK);
    let mut from = 0;
    bits::each(raw, 0..raw.len(), |at, Quotes { slashes, .. }| {
        let mut stops = slashes & bits::behind(from, at);
        while stops != 0 {
            let bit = stops.trailing_zeros();
            let stop = at + bit as usize;
            copy(raw, from..stop, scratch);
            let stands_for = raw.get(stop + 1).map_or(0, |byte| PLAIN.get(usize::from(*byte)).copied().unwrap_or(0));
            if stands_for == 0 {
                from = raw.len() - one(raw.get(stop..).unwrap_or_default(), scratch).len();
                stops &= bits::behind(from, at);
            } else {
                scratch.push(stands_for);
                from = stop + 2;
                stops &= !(0b11 << bit);
            }
        }
    });
    copy(raw, from..raw.len(), scratch);
    text(scratch)
}

/// Bytes that are copied in a few steps.
const BLOCK: usize = 32;

/// Checks for sound UTF-8 first: the check is many times faster than the repair.
fn text(bytes: &[u8]) -> Cow<'_, str> {
    std::str::from_utf8(bytes).map_or_else(|_| String::from_utf8_lossy(bytes), Cow::Borrowed)
}

/// Copies `range` of `raw`. Source text has an escape every few words: a block of a known size is copied in a few steps,
/// and what was too much of it is taken back.
fn copy(raw: &[u8], range: Range<usize>, out: &mut Vec<u8>) {
    let mut from = range.start;
    while from < range.end {
        let Some(block) = raw.get(from..).and_then(|rest| rest.first_chunk::<BLOCK>()) else {
            return out.extend_from_slice(raw.get(from..range.end).unwrap_or_default());
        };
        out.extend_from_slice(block);
        from += BLOCK;
    }
    out.truncate(out.len() - (from - range.end));
}

/// What a byte behind a backslash stands for; 0 where that takes more than a look.
#[allow(clippy::indexing_slicing, reason = "the compiler runs it")]
const PLAIN: [u8; 256] = {
    let mut plain = [0; 256];
    let mut byte = 1_u8;
    while byte < u8::MAX {
        plain[byte as usize] = match byte {
            b'n' => b'\n',
            b't' => b'\t',
            b'r' => b'\r',
            b'b' => 8,
            b'f' => 12,
            b'u' => 0,
            other => other,
        };
        byte += 1;
    }
    plain
};

/// Decodes an escape at the start of `tail` that is no plain one, and gives what follows it.
fn one<'t>(tail: &'t [u8], out: &mut Vec<u8>) -> &'t [u8] {
    let (byte, len) = match tail.get(1) {
        Some(b'u') => return unicode(tail, out),
        Some(other) => (*other, 2),
        None => (b'\\', 1),
    };
    out.push(byte);
    tail.get(len..).unwrap_or_default()
}

fn unit(tail: &[u8]) -> Option<u16> {
    let [b'\\', b'u', hex @ ..] = tail.get(..6)? else {
        return None;
    };
    hex.iter().try_fold(0_u16, |sum, b| {
        let digit = u16::try_from(char::from(*b).to_digit(16)?).ok()?;
        Some(sum << 4 | digit)
    })
}

fn unicode<'t>(tail: &'t [u8], out: &mut Vec<u8>) -> &'t [u8] {
    let Some(first) = unit(tail) else {
        out.push(b'u');
        return tail.get(2..).unwrap_or_default();
    };
    let rest = tail.get(6..).unwrap_or_default();
    let second = unit(rest).filter(|low| (0xd800..0xdc00).contains(&first) && (0xdc00..0xe000).contains(low));
    let units = [first, second.unwrap_or(0)];
    let used = if second.is_some() { 2 } else { 1 };
    for decoded in char::decode_utf16(units.into_iter().take(used)) {
        let c = decoded.unwrap_or(char::REPLACEMENT_CHARACTER);
        out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
    }
    if second.is_some() { rest.get(6..).unwrap_or_default() } else { rest }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(raw: &str) -> String {
        unescape(raw.as_bytes(), raw.contains('\\'), &mut Vec::new()).into_owned()
    }

    #[test]
    fn escapes_become_what_javascript_sees() {
        assert_eq!(decoded(r#"a\n\t\"\\\/\u00e9\ud83d\ude00"#), "a\n\t\"\\/é😀");
    }

    #[test]
    fn lone_surrogates_become_replacement_characters() {
        assert_eq!(decoded(r"\ud800x\udc00\ud800\u0041"), "\u{fffd}x\u{fffd}\u{fffd}A");
    }

    #[test]
    fn broken_escapes_stay_readable() {
        assert_eq!(decoded(r"\uZZ \x"), "uZZ x");
        assert_eq!(decoded("end\\"), "end\\");
    }

    proptest::proptest! {
        #[test]
        fn whatever_serde_writes_is_read_back(text in ".*") {
            let quoted = serde_json::to_string(&text).unwrap();
            let raw = &quoted[1..quoted.len() - 1];
            proptest::prop_assert_eq!(decoded(raw), text);
        }
    }
}
