//! A JSON string as it stands in a file → the text that JavaScript sees.

use std::borrow::Cow;

use fearless_simd::prelude::*;
use fearless_simd::{dispatch, mask8x64, u8x64};

use crate::inspect::bits::{self, LEVEL, WORD};

/// Decodes the bytes between two quotes. Lone surrogates and bytes that are no UTF-8 become replacement characters.
pub(super) fn unescape<'t>(raw: &'t [u8], escaped: bool, scratch: &'t mut Vec<u8>) -> Cow<'t, str> {
    if !escaped {
        return text(raw);
    }
    // It gets no longer: an escape of six bytes stands for three at the most.
    scratch.resize(scratch.len().max(raw.len() + WORD), 0);
    let mut out = Out { room: scratch, len: 0 };
    let mut rest = raw;
    while !rest.is_empty() {
        rest = if rest.starts_with(b"\\u") || rest == b"\\" { one(rest, &mut out) } else { plain(rest, &mut out) };
    }
    let len = out.len;
    text(scratch.get(..len).unwrap_or_default())
}

/// What was decoded so far, in a room for all of it and for 64 bytes more.
struct Out<'s> {
    room: &'s mut [u8],
    len: usize,
}

impl Out<'_> {
    fn push(&mut self, byte: u8) {
        if let Some(last) = self.room.get_mut(self.len) {
            *last = byte;
            self.len += 1;
        }
    }
}

/// Decodes up to an escape that takes more than a look, and gives what follows.
fn plain<'t>(raw: &'t [u8], out: &mut Out<'_>) -> &'t [u8] {
    dispatch!(*LEVEL, simd => plain_by(simd, raw, out))
}

#[inline(always)]
#[allow(clippy::inline_always, reason = "what is not inlined is not compiled for the processor")]
fn plain_by<'t, S: Simd>(simd: S, raw: &'t [u8], out: &mut Out<'_>) -> &'t [u8] {
    let mut rest = raw;
    while !rest.is_empty() {
        let mut last = [0; WORD];
        let bytes = rest.first_chunk().unwrap_or_else(|| {
            last = bits::padded(rest);
            &last
        });
        let bytes = u8x64::from_slice(simd, bytes);
        let slashes = bytes.simd_eq(b'\\').to_bitmask();
        let mut len = rest.len().min(WORD);
        let Some(room) = out.room.get_mut(out.len..).and_then(|room| room.first_chunk_mut::<WORD>()) else { break };
        if slashes == 0 {
            *room = *bytes.as_array();
            out.len += len;
            rest = rest.get(len..).unwrap_or_default();
            continue;
        }
        let begun = begun(slashes);
        let strange = begun & (bytes.simd_eq(b'u').to_bitmask() >> 1);
        // An escape that begins with the last byte is left to the next round.
        len -= usize::from(begun >> (len - 1) & 1 == 1);
        len = len.min(strange.trailing_zeros() as usize);
        let own = u64::MAX.checked_shr(u32::try_from(WORD - len).unwrap_or(u64::BITS)).unwrap_or(0);
        let keep = own & !begun;
        *room = *simd.compress_u8x64(replaced(simd, bytes, begun << 1), mask8x64::from_bitmask(simd, keep)).as_array();
        out.len += keep.count_ones() as usize;
        rest = rest.get(len..).unwrap_or_default();
        if strange != 0 || len == 0 {
            break;
        }
    }
    rest
}

/// Which of the backslashes begin an escape, where the first byte does not belong to one.
///
/// In a row of them every second one is escaped. A row that begins at an even place carries over to an even place behind
/// it or to an odd one; adding them all at once and sorting out which is which takes no branch.
fn begun(slashes: u64) -> u64 {
    const ODD: u64 = 0xaaaa_aaaa_aaaa_aaaa;
    let behind = slashes << 1;
    let ends = (behind | ODD).wrapping_sub(slashes);
    (ends ^ ODD) & slashes
}

/// The bytes, with what the letters at `escaped` stand for in their place.
#[inline(always)]
#[allow(clippy::inline_always, reason = "what is not inlined is not compiled for the processor")]
fn replaced<S: Simd>(simd: S, bytes: u8x64<S>, escaped: u64) -> u8x64<S> {
    const LETTERS: [(u8, u8); 5] = [(b'n', b'\n'), (b't', b'\t'), (b'r', b'\r'), (b'b', 8), (b'f', 12)];
    let escaped = mask8x64::from_bitmask(simd, escaped);
    let mut replaced = bytes;
    for (letter, stands_for) in LETTERS {
        replaced = (bytes.simd_eq(letter) & escaped).select(u8x64::splat(simd, stands_for), replaced);
    }
    replaced
}

/// Checks for sound UTF-8 first: the check is many times faster than the repair.
fn text(bytes: &[u8]) -> Cow<'_, str> {
    std::str::from_utf8(bytes).map_or_else(|_| String::from_utf8_lossy(bytes), Cow::Borrowed)
}

/// Decodes an escape at the start of `tail`, of a character by its number or of nothing, and gives what follows it.
fn one<'t>(tail: &'t [u8], out: &mut Out<'_>) -> &'t [u8] {
    if tail.get(1) == Some(&b'u') {
        return unicode(tail, out);
    }
    out.push(b'\\');
    tail.get(1..).unwrap_or_default()
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

fn unicode<'t>(tail: &'t [u8], out: &mut Out<'_>) -> &'t [u8] {
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
        c.encode_utf8(&mut [0; 4]).bytes().for_each(|byte| out.push(byte));
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

    /// The same, byte by byte.
    fn plainly(raw: &[u8]) -> Vec<u8> {
        let mut room = vec![0; raw.len() + WORD];
        let mut out = Out { room: &mut room, len: 0 };
        let mut rest = raw;
        while let [first, behind @ ..] = rest {
            rest = match (first, behind) {
                (b'\\', [] | [b'u', ..]) => one(rest, &mut out),
                (b'\\', [next, behind @ ..]) => {
                    let letters = [(b'n', b'\n'), (b't', b'\t'), (b'r', b'\r'), (b'b', 8), (b'f', 12)];
                    out.push(letters.iter().find(|(letter, _)| letter == next).map_or(*next, |(_, byte)| *byte));
                    behind
                }
                _ => {
                    out.push(*first);
                    behind
                }
            };
        }
        let len = out.len;
        room[..len].to_vec()
    }

    proptest::proptest! {
        #[test]
        fn made_up_strings_are_read_as_a_plain_reader_reads_them(raw in r"(\\{1,70}|[a-z]{1,70}|\\u00e9|\\ud83d|[\\nu0b ]{1,9}){0,9}") {
            let mut scratch = vec![b'x'; 300];
            let read = unescape(raw.as_bytes(), true, &mut scratch).into_owned();
            proptest::prop_assert_eq!(read, String::from_utf8(plainly(raw.as_bytes())).unwrap());
        }

        #[test]
        fn whatever_serde_writes_is_read_back(text in ".*") {
            let quoted = serde_json::to_string(&text).unwrap();
            let raw = &quoted[1..quoted.len() - 1];
            proptest::prop_assert_eq!(decoded(raw), text);
        }
    }
}
