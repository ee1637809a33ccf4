//! A JSON string as it stands in a file → the text that JavaScript sees.

use std::borrow::Cow;

/// Decodes the bytes between two quotes. Lone surrogates and bytes that are no UTF-8 become replacement characters.
pub(super) fn unescape<'t>(raw: &'t [u8], escaped: bool, scratch: &'t mut Vec<u8>) -> Cow<'t, str> {
    if !escaped {
        return text(raw);
    }
    scratch.clear();
    scratch.reserve(raw.len());
    let mut rest = raw;
    // Source text has an escape every few words: eight bytes at a time beat a search that starts anew for each.
    while let Some((chunk, after)) = rest.split_first_chunk::<8>() {
        let at = slash_in(*chunk);
        scratch.extend_from_slice(chunk);
        if at == 8 {
            rest = after;
        } else {
            scratch.truncate(scratch.len() - (8 - at));
            rest = one(rest.get(at..).unwrap_or_default(), scratch);
        }
    }
    while let Some(at) = memchr::memchr(b'\\', rest) {
        let (plain, tail) = rest.split_at(at);
        scratch.extend_from_slice(plain);
        rest = one(tail, scratch);
    }
    scratch.extend_from_slice(rest);
    text(scratch)
}

/// Checks for sound UTF-8 first: the check is many times faster than the repair.
fn text(bytes: &[u8]) -> Cow<'_, str> {
    std::str::from_utf8(bytes).map_or_else(|_| String::from_utf8_lossy(bytes), Cow::Borrowed)
}

/// How many of eight bytes stand before the first backslash.
fn slash_in(chunk: [u8; 8]) -> usize {
    const ONES: u64 = u64::MAX / 255;
    let word = u64::from_le_bytes(chunk) ^ (ONES * 0x5c);
    // A byte that is zero now borrows from its high bit; the lowest such bit is exact.
    let zeros = word.wrapping_sub(ONES) & !word & (ONES << 7);
    zeros.trailing_zeros() as usize / 8
}

/// Decodes the escape at the start of `tail` and gives what follows it.
fn one<'t>(tail: &'t [u8], out: &mut Vec<u8>) -> &'t [u8] {
    let (byte, len) = match tail.get(1) {
        Some(b'n') => (b'\n', 2),
        Some(b't') => (b'\t', 2),
        Some(b'r') => (b'\r', 2),
        Some(b'b') => (8, 2),
        Some(b'f') => (12, 2),
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
