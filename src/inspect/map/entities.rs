//! Entities of HTML in a text → what they stand for.

use std::ops::Range;

/// Names of what JSON is made of.
const NAMED: [(&[u8], &str); 20] = [
    (b"quot", "\""),
    (b"QUOT", "\""),
    (b"apos", "'"),
    (b"amp", "&"),
    (b"AMP", "&"),
    (b"lt", "<"),
    (b"LT", "<"),
    (b"gt", ">"),
    (b"GT", ">"),
    (b"nbsp", "\u{a0}"),
    (b"colon", ":"),
    (b"comma", ","),
    (b"bsol", "\\"),
    (b"lbrack", "["),
    (b"lsqb", "["),
    (b"rbrack", "]"),
    (b"rsqb", "]"),
    (b"lbrace", "{"),
    (b"lcub", "{"),
    (b"rcub", "}"),
];

/// The longest entity that is read, behind its first byte.
const LONGEST: usize = 12;

/// All that stand in `text`.
pub(super) fn all(text: &[u8]) -> impl Iterator<Item = (Range<usize>, String)> {
    memchr::memchr_iter(b'&', text).filter_map(|at| {
        let rest = text.get(at + 1..)?;
        let (len, stands_for) = one(rest.get(..rest.len().min(LONGEST))?)?;
        Some((at..at + 1 + len, stands_for))
    })
}

/// Whether a quote, a letter or a `&` is among them, without which no key is hidden.
pub(super) fn hide(text: &[u8]) -> bool {
    all(text).any(|(_, text)| matches!(&*text, "\"" | "&") || text.starts_with(|c: char| c.is_ascii_alphanumeric()))
}

/// Whether an entity stands right behind `word`, or behind backslashes that follow it.
pub(super) fn follow(text: &[u8], word: &str) -> bool {
    memchr::memmem::find_iter(text, word.as_bytes()).any(|at| {
        let behind = text.get(at + word.len()..).unwrap_or_default();
        let slashes = behind.iter().take(8).take_while(|byte| **byte == b'\\').count();
        behind.get(slashes) == Some(&b'&')
    })
}

/// The entity whose `&` stands right before `text`: how long it is, and what it stands for.
fn one(text: &[u8]) -> Option<(usize, String)> {
    let (len, stands_for) = match text {
        [b'#', b'x' | b'X', rest @ ..] => numbered(rest, 16, 2)?,
        [b'#', rest @ ..] => numbered(rest, 10, 1)?,
        _ => {
            let (name, stands_for) = NAMED.iter().find(|(name, _)| {
                text.strip_prefix(*name).is_some_and(|rest| !rest.first().is_some_and(u8::is_ascii_alphanumeric))
            })?;
            (name.len(), (*stands_for).to_owned())
        }
    };
    Some((len + usize::from(text.get(len) == Some(&b';')), stands_for))
}

/// The character whose number `text` begins with, behind as many bytes as `before`.
fn numbered(text: &[u8], radix: u32, before: usize) -> Option<(usize, String)> {
    let digits = text.iter().take_while(|byte| char::from(**byte).is_digit(radix)).count();
    let number = u32::from_str_radix(std::str::from_utf8(text.get(..digits)?).ok()?, radix).ok()?;
    Some((before + digits, char::from_u32(number)?.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entities_are_what_browsers_make_of_them() {
        for entity in ["&quot;", "&#34;", "&#x22;", "&#X0022;", "&#0034;", "&quot", "&#34"] {
            let text = format!("a{entity} b");
            let found: Vec<_> = all(text.as_bytes()).collect();
            assert_eq!(found, [(1..1 + entity.len(), "\"".to_owned())], "{entity}");
            assert!(hide(text.as_bytes()));
        }
        for text in ["a & b", "&quota;", "&;", "&#;", "&#x;", "&#x110000;", "&"] {
            assert_eq!(all(text.as_bytes()).count(), 0, "{text}");
        }
        assert!(!hide(b"a &lt; b"));
        assert!(
            follow(b"\"sourcesContent&quot;", "sourcesContent") && !follow(b"a.sourcesContent &&", "sourcesContent")
        );
    }
}
