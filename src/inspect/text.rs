//! Bytes → text that can be searched: UTF-16 and UTF-32 are transcoded, everything else stays as it is.

use std::borrow::Cow;

/// What a file most likely holds, told by its name: decides how comments look in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// JavaScript and what compiles to it.
    Script,
    /// CSS: block comments alone.
    Style,
    /// Sass, Less, Stylus: line comments too.
    Sheet,
    /// HTML, Vue, Svelte: scripts and styles between tags.
    Markup,
    /// Markdown and the like: what looks like code is an example.
    Prose,
    /// JSON: there are no comments.
    Json,
    /// Anything else.
    Other,
}

impl Kind {
    /// Guesses from a file name.
    #[must_use]
    pub fn of(path: &str) -> Self {
        let name = path.rsplit('/').next().unwrap_or(path);
        let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
        // Most are written in lower case.
        let plain = !ending.bytes().any(|byte| byte.is_ascii_uppercase());
        let ending = if plain { Cow::Borrowed(ending) } else { Cow::Owned(ending.to_ascii_lowercase()) };
        let begins = |word: &&str| name.get(..word.len()).is_some_and(|own| own.eq_ignore_ascii_case(word));
        match &*ending {
            // What JSON5 adds to JSON is JavaScript.
            "js" | "mjs" | "cjs" | "jsx" | "ts" | "mts" | "cts" | "tsx" | "es" | "es6" | "bundle" | "jsbundle"
            | "json5" => Self::Script,
            "css" | "wxss" => Self::Style,
            "scss" | "sass" | "less" | "styl" => Self::Sheet,
            "html" | "htm" | "xhtml" | "vue" | "svelte" | "astro" | "svg" | "ejs" | "hbs" => Self::Markup,
            "md" | "markdown" | "mdx" | "mkd" | "rst" | "adoc" | "textile" => Self::Prose,
            "json" | "map" | "jsonc" | "ndjson" | "webmanifest" => Self::Json,
            _ if ["readme", "changelog", "changes", "history", "license", "contributing"].iter().any(begins) => {
                Self::Prose
            }
            _ => Self::Other,
        }
    }
}

/// The text of an entry.
pub struct Text<'a> {
    /// UTF-8, or bytes of no known encoding.
    pub bytes: Cow<'a, [u8]>,
    /// What the name says it holds.
    pub kind: Kind,
}

impl<'a> Text<'a> {
    /// Transcodes `bytes` where they are UTF-16 or UTF-32.
    #[must_use]
    pub fn of(path: &str, bytes: &'a [u8]) -> Self {
        let widest = || widest(bytes).map(|order| transcode_four(bytes, order));
        let text = widest().or_else(|| wide(bytes).map(|order| transcode(bytes, order)));
        Self { bytes: text.map_or(Cow::Borrowed(bytes), |text| Cow::Owned(text.into_bytes())), kind: Kind::of(path) }
    }
}

type Order = fn([u8; 2]) -> u16;

/// The byte order, if `bytes` look like UTF-16: by a mark, by two ASCII characters at the start, or by most of those there.
fn wide(bytes: &[u8]) -> Option<Order> {
    match *bytes {
        [0xff, 0xfe, a, b, ..] if (a, b) != (0, 0) => Some(u16::from_le_bytes),
        [0xfe, 0xff, ..] | [0, 0x09..=0x7e, 0, 0x09..=0x7e, ..] => Some(u16::from_be_bytes),
        [0x09..=0x7e, 0, 0x09..=0x7e, 0, ..] => Some(u16::from_le_bytes),
        [0, _, _, _, ..] | [_, 0, _, _, ..] | [_, _, 0, _, ..] | [_, _, _, 0, ..] => mostly(bytes),
        _ => None,
    }
}

/// The byte order in which nearly all of the first characters are ASCII.
fn mostly(bytes: &[u8]) -> Option<Order> {
    let pairs = bytes.get(..bytes.len().min(256)).unwrap_or_default().as_chunks::<2>().0;
    let many = |is: fn(&[u8; 2]) -> bool| {
        pairs.len() >= 8 && pairs.iter().filter(|pair| is(pair)).count() * 4 >= pairs.len() * 3
    };
    if many(|pair| matches!(pair, [0x09..=0x7e, 0])) {
        Some(u16::from_le_bytes)
    } else if many(|pair| matches!(pair, [0, 0x09..=0x7e])) {
        Some(u16::from_be_bytes)
    } else {
        None
    }
}

type OrderOfFour = fn([u8; 4]) -> u32;

/// The byte order, if `bytes` look like UTF-32: by a mark, or by most of the characters at the start, which are ASCII.
fn widest(bytes: &[u8]) -> Option<OrderOfFour> {
    match *bytes {
        [0xff, 0xfe, 0, 0, ..] => Some(u32::from_le_bytes),
        [0, 0, 0xfe, 0xff, ..] => Some(u32::from_be_bytes),
        [_, _, _, 0, ..] | [0, _, _, _, ..] => mostly_four(bytes),
        _ => None,
    }
}

/// The byte order in which nearly all of the first characters are ASCII, four bytes each.
fn mostly_four(bytes: &[u8]) -> Option<OrderOfFour> {
    let fours = bytes.get(..bytes.len().min(256)).unwrap_or_default().as_chunks::<4>().0;
    let many = |is: fn(&[u8; 4]) -> bool| {
        fours.len() >= 8 && fours.iter().filter(|four| is(four)).count() * 4 >= fours.len() * 3
    };
    if many(|four| matches!(four, [0x09..=0x7e, 0, 0, 0])) {
        Some(u32::from_le_bytes)
    } else if many(|four| matches!(four, [0, 0, 0, 0x09..=0x7e])) {
        Some(u32::from_be_bytes)
    } else {
        None
    }
}

fn transcode_four(bytes: &[u8], order: OrderOfFour) -> String {
    let characters = bytes.as_chunks::<4>().0.iter().map(|four| char::from_u32(order(*four)));
    characters.map(|character| character.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

fn transcode(bytes: &[u8], order: Order) -> String {
    let units = bytes.as_chunks::<2>().0.iter().map(|pair| order(*pair));
    char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn utf16_is_read_with_and_without_a_mark() {
        for (mark, order) in [(true, true), (true, false), (false, true), (false, false)] {
            let text = if mark { "\u{feff}{\"a\": \"ö\"}" } else { "{\"a\": \"ö\"}" };
            let bytes: Vec<u8> =
                text.encode_utf16().flat_map(|u| if order { u.to_le_bytes() } else { u.to_be_bytes() }).collect();
            assert_eq!(Text::of("x", &bytes).bytes, text.as_bytes());
            let odd = format!("\u{20ac}{}", text.trim_start_matches('\u{feff}').repeat(3));
            let bytes: Vec<u8> =
                odd.encode_utf16().flat_map(|u| if order { u.to_le_bytes() } else { u.to_be_bytes() }).collect();
            assert_eq!(Text::of("x", &bytes).bytes, odd.as_bytes());
        }
    }
    #[test]
    fn utf32_is_read_with_and_without_a_mark() {
        for order in [u32::to_le_bytes, u32::to_be_bytes] {
            for text in ["\u{feff}{\"a\": \"ö\"}", "{\"a\": \"ö\"}", "\u{feff}ö", "\u{20ac}{\"a\": \"x\"}"] {
                let bytes: Vec<u8> = text.chars().flat_map(|c| order(u32::from(c))).collect();
                assert_eq!(Text::of("x", &bytes).bytes, text.as_bytes());
            }
        }
        let table: Vec<u8> = (0..64_u32).flat_map(|n| (n << 8).to_le_bytes()).collect();
        assert_eq!(Text::of("x", &table).bytes, table);
    }
}
