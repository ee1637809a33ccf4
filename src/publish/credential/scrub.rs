//! A secret, and a text from outside → the text without it, however it is spelled there.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use zeroize::Zeroizing;

/// What stands in its place.
const MARK: &str = "[credential]";

/// A part of base64 that is shorter says too little to be told from other words.
const SHORT: usize = 8;

/// A part of `user:password` that is shorter stands in too many words.
const PART: usize = 4;

/// Base64 as registries and npm take it.
pub(super) const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// Takes `secret` out of `text`; `basic` says that it is base64 of `user:password`.
pub(super) fn scrub(text: &mut String, secret: &str, basic: bool) {
    let mut needles: Vec<Zeroizing<Vec<u8>>> = Vec::new();
    needles.push(Zeroizing::new(secret.as_bytes().to_vec()));
    if let Some(pair) = basic.then(|| LENIENT.decode(secret).ok()).flatten().map(Zeroizing::new) {
        let colon = pair.iter().position(|byte| *byte == b':').unwrap_or(pair.len());
        let parts = [pair.get(..colon), pair.get(colon.saturating_add(1)..)];
        let parts = parts.into_iter().flatten().filter(|part| part.len() >= PART);
        let parts: Vec<_> = parts.map(|part| Zeroizing::new(part.to_vec())).collect();
        needles.push(pair);
        needles.extend(parts);
    }
    let coded: Vec<_> = needles.iter().flat_map(|needle| encoded(needle)).collect();
    needles.extend(coded);
    // The longest first, so that no part of it stays behind.
    needles.sort_by_key(|needle| std::cmp::Reverse(needle.len()));
    for needle in needles.iter().filter(|needle| !needle.is_empty()) {
        take_out(text, needle);
    }
}

/// Whether `secret` stands in `bytes`, as it is, in base64 or in hexadecimal.
pub(super) fn stands_in(bytes: &[u8], secret: &str) -> bool {
    let hex = |upper: bool| {
        let digits = secret.bytes().map(|byte| if upper { format!("{byte:02X}") } else { format!("{byte:02x}") });
        Zeroizing::new(digits.collect::<String>().into_bytes())
    };
    let plain = Zeroizing::new(secret.as_bytes().to_vec());
    let mut needles = encoded(&plain);
    needles.extend([plain, hex(false), hex(true)]);
    needles.iter().any(|needle| memchr::memmem::find(bytes, needle).is_some())
}

/// Base64 of a text, also as a part of base64 of something longer, where it begins at any of three places.
fn encoded(needle: &[u8]) -> Vec<Zeroizing<Vec<u8>>> {
    let mut all = Vec::new();
    for engine in [STANDARD_NO_PAD, URL_SAFE_NO_PAD] {
        all.push(Zeroizing::new(engine.encode(needle).into_bytes()));
        for (before, skip) in [(0_usize, 0_usize), (1, 2), (2, 3)] {
            let mut padded = Zeroizing::new(vec![0; before]);
            padded.extend_from_slice(needle);
            let code = Zeroizing::new(engine.encode(&*padded).into_bytes());
            let end = if padded.len().is_multiple_of(3) { code.len() } else { code.len().saturating_sub(1) };
            let inner = code.get(skip..end).filter(|inner| inner.len() >= SHORT);
            all.extend(inner.map(|inner| Zeroizing::new(inner.to_vec())));
        }
    }
    all
}

/// Replaces `needle`, where each of its bytes may be escaped.
fn take_out(text: &mut String, needle: &[u8]) {
    let bytes = text.as_bytes();
    let (mut clean, mut from, mut at) = (String::new(), 0, 0);
    while at < bytes.len() {
        let end = bytes.get(at..).and_then(|rest| spelled(rest, needle)).map(|length| at + length);
        match end.and_then(|end| Some((end, text.get(from..at)?))).filter(|(end, _)| text.is_char_boundary(*end)) {
            Some((end, before)) => {
                clean.push_str(before);
                clean.push_str(MARK);
                (from, at) = (end, end);
            }
            None => at += 1,
        }
    }
    if from > 0 {
        clean.push_str(text.get(from..).unwrap_or_default());
        *text = clean;
    }
}

/// How many bytes of `text` spell `needle`, if it begins with it.
fn spelled(text: &[u8], needle: &[u8]) -> Option<usize> {
    // An escape begins with a sign that can also stand for itself, so there can be several ways to go on.
    let mut ends = steps(text, *needle.first()?).into_iter().flatten().collect::<Vec<usize>>();
    for byte in needle.get(1..)? {
        if ends.is_empty() {
            return None;
        }
        let next = ends.iter().flat_map(|end| {
            let rest = text.get(*end..).unwrap_or_default();
            steps(rest, *byte).into_iter().flatten().map(move |step| end + step)
        });
        ends = next.collect();
        ends.sort_unstable();
        ends.dedup();
    }
    ends.last().copied()
}

/// How many bytes of `text` spell `byte`: as it is, and escaped.
fn steps(text: &[u8], byte: u8) -> [Option<usize>; 2] {
    let plain = text.first().is_some_and(|own| *own == byte);
    let escaped = match text {
        [b'%', high, low, ..] if hex(*high, *low) == Some(byte) => Some(3),
        [b'\\', b'u', b'0', b'0', high, low, ..] if hex(*high, *low) == Some(byte) => Some(6),
        [b'\\', b'x', high, low, ..] if hex(*high, *low) == Some(byte) => Some(4),
        [b'\\', own, ..] if *own == byte => Some(2),
        _ => None,
    };
    [plain.then_some(1), escaped]
}

fn hex(high: u8, low: u8) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    Some(digit(high)? << 4 | digit(low)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_taken_out_however_it_is_spelled() {
        let secret = "npm_a/b+\"c=DEF";
        let code = STANDARD_NO_PAD.encode(secret);
        for spelling in [secret, "npm_a%2Fb%2b%22c%3DDEF", "npm_a\\/b+\\\"c=DEF", "npm_a\\u002fb+\\u0022c=DEF", &code] {
            let mut text = format!("ä {spelling} ö {spelling}");
            scrub(&mut text, secret, false);
            assert_eq!(text, "ä [credential] ö [credential]", "{spelling}");
        }
        for before in ["", "u", "us", "use"] {
            let mut text = STANDARD_NO_PAD.encode(format!("{before}{secret}!!"));
            scrub(&mut text, secret, false);
            assert!(text.contains(MARK), "{before}");
        }
        let mut text = "nothing of it".to_owned();
        scrub(&mut text, secret, false);
        assert_eq!(text, "nothing of it");
    }

    #[test]
    fn a_pair_is_taken_out_with_its_parts() {
        let pair = base64::engine::general_purpose::STANDARD.encode("deploys:p%ss wörd");
        for spelling in [pair.as_str(), "deploys:p%ss wörd", "p%ss wörd", "p%25ss wörd", "deploys"] {
            let mut text = format!("<{spelling}>");
            scrub(&mut text, &pair, true);
            assert_eq!(text, "<[credential]>", "{spelling}");
        }
    }
}
