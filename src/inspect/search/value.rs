//! What a value is worth: how random it looks, whether it is made up, whether its checksum holds, how it is shown.

use std::ops::Range;

/// Bits of Shannon entropy in each byte.
pub(super) fn entropy(value: &[u8]) -> f64 {
    let mut counts = [0_u32; 256];
    for byte in value {
        if let Some(count) = counts.get_mut(usize::from(*byte)) {
            *count += 1;
        }
    }
    #[allow(clippy::cast_precision_loss, reason = "values are short")]
    let len = value.len() as f64;
    let bits = |count: &u32| {
        let part = f64::from(*count) / len;
        -part * part.log2()
    };
    counts.iter().filter(|count| **count > 0).map(bits).sum()
}

/// Words that stand in values nobody ever issued.
const MADE_UP: &[&[u8]] = &[
    b"example",
    b"sample",
    b"placeholder",
    b"changeme",
    b"change_me",
    b"change-me",
    b"your",
    b"dummy",
    b"fake",
    b"redacted",
    b"xxxx",
    b"****",
    b"...",
    b"notreal",
    b"not_real",
    b"insert",
    b"replace",
    b"secret_key_here",
    b"todo",
    b"foobar",
    b"process.env",
    b"import.meta",
];

/// Whether `value` stands for a secret and is none: a placeholder, a template, a row of letters.
pub(super) fn is_made_up(value: &[u8]) -> bool {
    let lower = value.to_ascii_lowercase();
    let holds = |word: &&[u8]| memchr::memmem::find(&lower, word).is_some();
    let template = [&b"${"[..], b"{{", b"#{", b"%(", b"<%", b"$("];
    let begins = matches!(lower.first(), Some(b'<' | b'$' | b'{' | b'%'));
    // A long value may well hold a short word by chance.
    let mut words = MADE_UP.iter().filter(|word| value.len() <= 100 || word.len() >= 7 || **word == b"...");
    let words = words.any(|word| memchr::memmem::find_iter(&lower, word).any(|at| is_written(value, at, word)));
    words || begins || template.iter().any(holds) || in_rows(&lower) * 2 > value.len()
}

/// Whether a word stands at `at` as people write it: what is random mixes the letters of a short one.
fn is_written(value: &[u8], at: usize, word: &[u8]) -> bool {
    if word.len() > 5 {
        return true;
    }
    let own = value.get(at..at + word.len()).unwrap_or_default();
    let (first, rest) = own.split_first().unwrap_or((&0, &[]));
    let (upper, lower) = (rest.iter().any(u8::is_ascii_uppercase), rest.iter().any(u8::is_ascii_lowercase));
    let even = !upper || !lower && !first.is_ascii_lowercase();
    even && (!is_mixed(value) || *word == *b"xxxx" || is_apart(value, at..at + word.len()))
}

/// Whether letters and digits change so often that no person wrote it.
fn is_mixed(value: &[u8]) -> bool {
    let changes = value.windows(2).filter(|pair| match pair {
        [a, b] => a.is_ascii_alphabetic() && b.is_ascii_digit() || a.is_ascii_digit() && b.is_ascii_alphabetic(),
        _ => false,
    });
    changes.count() >= 4
}

/// Whether what stands at `range` is a word of its own at one end: a sign is beside it, or its case changes there.
fn is_apart(value: &[u8], range: Range<usize>) -> bool {
    let first = value.get(range.start).is_some_and(u8::is_ascii_uppercase);
    let last = range.end.checked_sub(1).and_then(|at| value.get(at)).is_some_and(u8::is_ascii_lowercase);
    let before = range.start.checked_sub(1).and_then(|at| value.get(at));
    let begins = before.is_none_or(|byte| !byte.is_ascii_alphanumeric() || first && byte.is_ascii_lowercase());
    let behind = value.get(range.end);
    begins || behind.is_none_or(|byte| !byte.is_ascii_alphanumeric() || last && byte.is_ascii_uppercase())
}

/// How many bytes stand in rows such as `aaaa`, `1234` and `abcd`.
fn in_rows(value: &[u8]) -> usize {
    let mut sum = 0;
    for step in [0, 1] {
        let mut run = 1;
        let mut close = |run: usize| {
            if run >= 4 {
                sum += run;
            }
        };
        for pair in value.windows(2) {
            let next =
                matches!(pair, [a, b] if a.checked_add(step) == Some(*b) || (step == 1 && (*a, *b) == (b'9', b'0')));
            if next {
                run += 1;
            } else {
                close(run);
                run = 1;
            }
        }
        close(run);
    }
    sum
}

const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Whether the last six characters are the CRC-32 of the thirty before them, as GitHub and npm write tokens.
pub(super) fn crc32_holds(token: &[u8]) -> bool {
    let Some((body, sum)) = token.last_chunk::<36>().and_then(|tail| tail.split_last_chunk::<6>()) else {
        return false;
    };
    let mut left = crc32fast::hash(body) as usize;
    sum.iter().rev().all(|digit| {
        let own = BASE62.get(left % 62);
        left /= 62;
        own == Some(digit)
    })
}

/// The ends of a value, at most four characters each and never more than two fifths of it.
pub(super) fn shown(value: &[u8]) -> String {
    let plain = plain(value);
    let chars: Vec<char> = String::from_utf8_lossy(&plain).chars().collect();
    let ends = (chars.len() / 5).min(4);
    let part = |range: Range<usize>| chars.get(range).unwrap_or_default().iter().collect::<String>();
    format!("{}…{}", part(0..ends), part(chars.len() - ends..chars.len()))
}

/// Names a value without giving it away: the same wherever it stands and however its line breaks are written.
///
/// The key tells these hashes from all others of the same text. It is no secret, so that the name is the same on
/// every machine and may stand in a policy.
pub(super) fn name(value: &[u8]) -> String {
    let key = blake3::derive_key("lastlook 2026-11-21 names of secrets in reports", b"");
    blake3::keyed_hash(&key, &plain(value)).to_hex().chars().take(32).collect()
}

/// A value without line breaks, written as such or escaped, and without the backslashes of other escapes.
fn plain(value: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(value.len());
    let mut bytes = value.iter().copied();
    while let Some(byte) = bytes.next() {
        match byte {
            b'\\' => plain.extend(bytes.next().filter(|next| !next.is_ascii_alphanumeric())),
            _ if byte.is_ascii_whitespace() => {}
            _ => plain.push(byte),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_of_github_has_a_checksum() {
        // Published by its owner as an example, revoked.
        let token = ["ghp_", "zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ", "0mLq17"].concat();
        assert!(crc32_holds(token.as_bytes()));
        assert!(!crc32_holds(token.replace('W', "V").as_bytes()));
        assert!(!crc32_holds(b"ghp_"));
    }

    #[test]
    fn a_short_word_in_random_letters_is_chance() {
        for chance in ["l4lD12iYOuRAfg", "va3s6todobbthquyeposrn4z426ygjxsb9skNRAL", "AKIA2YOURW4XKQ7MZP3D"] {
            assert!(!is_made_up(chance.as_bytes()), "{chance}");
        }
        for made_up in ["YourPassword", "changeMe", "YOUR_TOKEN_1", "myFakeKey7", "yourkey1a2b3c4d5e", "a1b2c3_todo_4d"]
        {
            assert!(is_made_up(made_up.as_bytes()), "{made_up}");
        }
    }

    #[test]
    fn placeholders_are_told_from_secrets() {
        for made_up in [
            "ghp_xxxxxxxxxxxxxxxx",
            "1234567890abcdefghij",
            "<token>",
            "${TOKEN}",
            "AKIAIOSFODNN7EXAMPLE",
            "0000000000000000",
            "your-api-key",
            "abcdefghijklmnopqrstuvwxyz012345",
        ] {
            assert!(is_made_up(made_up.as_bytes()), "{made_up}");
        }
        for real in ["wJalrXUtnFEMIK7MDENGbPxRfiCY", "hunter2", "s3cr3t-Pa55", "0123f8a9c7d6e5b4a3f2e1d0c9b8a7f6"] {
            assert!(!is_made_up(real.as_bytes()), "{real}");
        }
    }

    #[test]
    fn only_the_ends_are_shown() {
        assert_eq!(shown(b"AKIAQYLPMN5HFXWVWVN2"), "AKIA…WVN2");
        assert_eq!(shown(b"hunter2"), "h…2");
        assert_eq!(shown(b"abc"), "…");
    }

    #[test]
    fn a_key_has_one_name_however_its_lines_are_broken() {
        assert_eq!(name(b"ab\ncd"), name(br"ab\ncd"));
        assert_eq!(name(b"ab\r\n  cd"), name(b"abcd"));
        assert_ne!(name(b"abcd"), name(b"abce"));
    }

    #[test]
    fn entropy_is_zero_for_one_letter_and_grows() {
        assert!(entropy(b"aaaa").abs() < 1e-9);
        assert!((entropy(b"abcd") - 2.0).abs() < 1e-9);
    }
}
