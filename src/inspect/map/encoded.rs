//! Base64 in a text → the maps in it, whatever stands around it.

use std::ops::Range;

use base64::Engine as _;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};

use crate::inspect::marks::Mark;

/// The word of a map in base64, as it comes out behind any number of bytes.
pub(super) const WORDS: [Mark; 3] = [Mark::Packed, Mark::PackedBehindOne, Mark::PackedBehindTwo];

const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_allow_trailing_bits(true)
    .with_decode_padding_mode(DecodePaddingMode::Indifferent);

/// Whether a string may lead to a map in base64.
pub(super) fn is_likely(string: &[u8]) -> bool {
    [&b"sourceMappingURL="[..], b"base64,"].iter().any(|word| memchr::memmem::find(string, word).is_some())
}

/// What stands in base64 around `places`, which are in order, and where. What is `read` is left out.
pub(super) fn maps(
    text: &[u8],
    places: impl Iterator<Item = usize>,
    read: impl Fn(usize) -> bool,
) -> Vec<(Range<usize>, Vec<u8>)> {
    let mut found: Vec<(Range<usize>, Vec<u8>)> = Vec::new();
    let mut upto = 0;
    for at in places {
        if at < upto || read(at) {
            continue;
        }
        let before = text.get(upto..at).unwrap_or_default();
        let start = at - before.iter().rev().take_while(|byte| is_digit(**byte)).count();
        let behind = text.get(at..).unwrap_or_default();
        upto = at + behind.iter().take_while(|byte| is_digit(**byte)).count();
        let row = text.get(start..upto).unwrap_or_default();
        // What stands right before it may look like a part of it.
        let decoded = (0..4).filter_map(|skipped| decode(row.get(skipped..)?));
        let holds = |decoded: &Vec<u8>| memchr::memmem::find(decoded, Mark::Contents.word().as_bytes()).is_some();
        found.extend(decoded.filter(holds).take(1).map(|decoded| (start..upto, decoded)));
    }
    found
}

fn is_digit(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_')
}

/// Decodes a row of digits; one that is left over is dropped.
fn decode(row: &[u8]) -> Option<Vec<u8>> {
    let row = if row.len() % 4 == 1 { row.get(..row.len() - 1)? } else { row };
    let url_safe = memchr::memchr2(b'-', b'_', row).is_some();
    GeneralPurpose::new(if url_safe { &URL_SAFE } else { &STANDARD }, LENIENT).decode(row).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_map_is_found_behind_any_number_of_bytes() {
        for blanks in 0..6 {
            let map = format!("{}{{\"sourcesContent\":[\"a\u{ff}?\"]}}", " ".repeat(blanks));
            for (alphabet, text) in [(&STANDARD, "atob('"), (&URL_SAFE, "x=")] {
                let row = GeneralPurpose::new(alphabet, LENIENT).encode(&map);
                let text = format!("{text}{row}');");
                let places = |word: &Mark| memchr::memmem::find_iter(text.as_bytes(), word.word()).collect::<Vec<_>>();
                let mut all: Vec<usize> = WORDS.iter().flat_map(places).collect();
                all.sort_unstable();
                let found = maps(text.as_bytes(), all.into_iter(), |_| false);
                assert_eq!(found.len(), 1, "{text}");
                assert!(found[0].1.ends_with(map.trim_ascii_start().as_bytes()), "{text}");
            }
        }
    }
}
