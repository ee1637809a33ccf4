//! JavaScript literals → the maps that are written with them: as JSON in a string, as an object, as variables.

use std::ops::Range;

use super::given::{Given, is_part};
use super::script::strings_with;

const KEY: &[u8] = b"sourcesContent";

/// JSON that stands in a string literal, decoded, and where the literal is.
pub(super) fn strings(text: &[u8]) -> Vec<(Range<usize>, Vec<u8>)> {
    let quoted = strings_with(text, KEY);
    let decode = |range: Range<usize>| (range.clone(), decoded(text.get(range).unwrap_or_default()));
    quoted.into_iter().map(decode).collect()
}

/// A map that is written as an object, or as a variable for each of its fields.
pub(super) struct Written {
    /// Where its texts stand.
    pub(super) at: usize,
    pub(super) names: Vec<String>,
    pub(super) texts: Vec<Option<String>>,
    /// Whether it may be JSON, which is read as such.
    pub(super) plain: bool,
}

impl Written {
    /// The same map as JSON.
    pub(super) fn json(&self) -> Vec<u8> {
        let map = serde_json::json!({
            "version": 3, "sources": self.names, "sourcesContent": self.texts, "names": [], "mappings": "",
        });
        serde_json::to_vec(&map).unwrap_or_default()
    }
}

/// Names belong to texts that stand this near.
const NEAR: usize = 1 << 20;

/// How deep names are followed that stand for others.
const DEEPEST: u32 = 4;

/// The maps that are written with literals, in the order of their texts.
pub(super) fn written(text: &[u8]) -> Vec<Written> {
    let mut found: Vec<Written> = Vec::new();
    let mut names: Option<(usize, Vec<String>)> = None;
    let (mut upto, given) = (0, Given::of(text));
    let mut effort = 8 * text.len() + (1 << 20);
    for at in memchr::memmem::find_iter(text, b"sources") {
        // What stands inside a list that was read is text.
        if at < upto {
            continue;
        }
        let rest = text.get(at..).unwrap_or_default();
        let is_contents = rest.starts_with(KEY);
        let key = if is_contents { KEY.len() } else { b"sources".len() };
        let mut reader = Reader { text, at: at + key, contents: is_contents, given: &given, left: DEEPEST };
        let list = reader.list().or_else(|| reader.variable());
        // What was no list may reach over one: the search goes on inside it, as long as that does not take for ever.
        let whole = list.as_ref().is_some_and(|list| list.whole);
        effort = effort.saturating_sub(reader.at - at);
        upto = if whole || effort == 0 { reader.at } else { at };
        let Some(list) = list.filter(|list| is_contents || list.whole) else { continue };
        if !is_contents {
            let own: Vec<String> = list.values.into_iter().map(Option::unwrap_or_default).collect();
            // Names that follow their texts, where none stood before them.
            match found.last_mut().filter(|map| map.names.is_empty() && at - map.at < NEAR) {
                Some(map) => map.names = own,
                None => names = Some((at, own)),
            }
        } else if list.values.iter().flatten().any(|text| !text.is_empty()) {
            let names = names.take().filter(|(before, _)| at - before < NEAR).map(|(_, names)| names);
            let quoted = at.checked_sub(1).and_then(|before| text.get(before)) == Some(&b'"');
            let plain = quoted && list.plain;
            found.push(Written { at, names: names.unwrap_or_default(), texts: list.values, plain });
        }
    }
    found
}

/// A list of string literals.
struct List {
    values: Vec<Option<String>>,
    /// Whether all are in double quotes, and nothing else stands between them.
    plain: bool,
    /// Whether it was read to its end.
    whole: bool,
}

impl List {
    /// The list of one text.
    fn of(text: String) -> Self {
        Self { values: vec![Some(text)], plain: false, whole: true }
    }

    /// Adds a value, to the one before it where they are `joined`.
    fn add(&mut self, value: Option<String>, joined: bool) {
        match (self.values.last_mut(), value) {
            (Some(Some(before)), Some(text)) if joined => before.push_str(&text),
            (Some(Some(_)), None) if joined => {}
            (_, value) => self.values.push(value),
        }
    }

    /// The same of a list that goes on in a way that is not read: what was read of it ships all the same.
    fn begun(self) -> Option<Self> {
        self.values.iter().flatten().any(|text| !text.is_empty()).then_some(self)
    }
}

/// Longer words are none that stand for a text that is missing.
const WORD: usize = 64;

struct Reader<'t, 'g> {
    text: &'t [u8],
    at: usize,
    /// Whether it is the list of texts, which may be filled bit by bit.
    contents: bool,
    given: &'g Given<'t>,
    /// How deep names are still followed.
    left: u32,
}

impl<'t> Reader<'t, '_> {
    fn byte(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    /// The list that is given to the name before: by a colon or an equals sign.
    fn list(&mut self) -> Option<List> {
        if matches!(self.byte(), Some(b'"' | b'\'')) {
            self.at += 1;
            // m["sourcesContent"] = …
            self.at += usize::from(self.byte() == Some(b']'));
        }
        self.blanks();
        let close = if self.contents && self.skip(b".push(") {
            b')'
        } else {
            (self.skip(b":") || self.skip(b"=")).then_some(())?;
            self.blanks();
            self.skip(b"[").then_some(b']')?
        };
        self.values(close)
    }

    /// What the name here stands for, if that is a list or a text.
    fn variable(&mut self) -> Option<List> {
        let name = self.name()?;
        let mut there = self.there(name)?;
        let list = if there.skip(b"[") { there.values(b']')? } else { List::of(there.sum()?) };
        self.given.spend(list.values.iter().flatten().map(|text| text.len() + 1).sum())?;
        Some(List { plain: false, ..list })
    }

    /// The text that the name here stands for.
    fn named(&mut self) -> Option<String> {
        let name = self.name()?;
        let text = self.there(name)?.sum()?;
        self.given.spend(text.len())?;
        Some(text)
    }

    /// The name here, stepped over.
    fn name(&mut self) -> Option<&'t [u8]> {
        let rest = self.text.get(self.at..)?;
        let len = rest.iter().take(WORD).take_while(|byte| is_part(**byte)).count();
        self.at += len;
        rest.get(..len).filter(|name| name.first().is_some_and(|byte| !byte.is_ascii_digit()))
    }

    /// Where `name` was given what it stands for here.
    fn there(&self, name: &[u8]) -> Option<Self> {
        let left = self.left.checked_sub(1)?;
        let at = self.given.place(name, self.at)?;
        self.given.spend(name.len())?;
        Some(Self { at, left, contents: false, ..*self })
    }

    /// The text here, or the sum of several.
    fn sum(&mut self) -> Option<String> {
        let mut all = String::new();
        loop {
            self.blanks();
            match self.byte()? {
                quote @ (b'"' | b'\'' | b'`') => {
                    all.push_str(&String::from_utf8_lossy(&decoded(self.string(quote)?)));
                }
                byte if is_part(byte) => all.push_str(&self.named().unwrap_or_default()),
                _ => break,
            }
            self.blanks();
            if !self.skip(b"+") {
                break;
            }
        }
        (!all.is_empty()).then_some(all)
    }

    /// The values of a list up to what closes it.
    fn values(&mut self, close: u8) -> Option<List> {
        let mut list = List { values: Vec::new(), plain: true, whole: false };
        // How many lists are open whose parts are joined, and whether what comes next belongs to what was before it.
        let (mut inner, mut joined) = (0_u32, false);
        loop {
            self.blanks();
            match self.byte() {
                Some(b']') if inner > 0 => {
                    inner -= 1;
                    self.at += 1;
                    if self.skip(b".join(") {
                        self.at += memchr::memchr(b')', self.text.get(self.at..)?)? + 1;
                    }
                    joined = inner > 0;
                }
                Some(byte) if byte == close => {
                    list.whole = true;
                    return Some(list);
                }
                Some(b',') => {
                    self.at += 1;
                    joined = inner > 0;
                }
                Some(quote @ (b'"' | b'\'' | b'`')) => {
                    list.plain &= quote == b'"' && !joined;
                    let Some(raw) = self.string(quote) else { return list.begun() };
                    list.add(Some(String::from_utf8_lossy(&decoded(raw)).into_owned()), joined);
                    joined = inner > 0;
                }
                Some(b'.') if self.skip(b"...") => {
                    let (start, more) = (self.at, self.variable());
                    self.at = self.at.max(start + 1);
                    list.plain = false;
                    list.values.extend(more.into_iter().flat_map(|more| more.values));
                }
                Some(b'+') => {
                    self.at += 1;
                    joined = true;
                }
                Some(b'[') => {
                    (inner, joined) = (inner + 1, inner > 0);
                    (self.at, list.plain) = (self.at + 1, false);
                }
                Some(b'(' | b')') => (self.at, list.plain) = (self.at + 1, false),
                // null, void 0, undefined
                Some(b) if is_part(b) => {
                    let word = self.text.get(self.at..)?;
                    let word = word.get(..word.len().min(WORD))?;
                    let is_word = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'$' | b'.' | b' ' | b'\n');
                    let len = word.iter().position(|b| !is_word(b));
                    let ends = |len: &usize| matches!(word.get(*len), Some(b',' | b']' | b')' | b'+'));
                    let Some(len) = len.filter(ends) else { return list.begun() };
                    let end = self.at + len;
                    let text = self
                        .named()
                        .filter(|_| self.text.get(self.at..end).is_some_and(|rest| rest.trim_ascii().is_empty()));
                    self.at = end;
                    list.plain &= text.is_none();
                    list.add(text, joined);
                    joined = inner > 0;
                }
                Some(_) | None => return list.begun(),
            }
        }
    }

    /// Steps over `word`, if it stands here.
    fn skip(&mut self, word: &[u8]) -> bool {
        let here = self.text.get(self.at..).is_some_and(|rest| rest.starts_with(word));
        self.at += if here { word.len() } else { 0 };
        here
    }

    /// Steps over blanks and comments.
    fn blanks(&mut self) {
        loop {
            while self.byte().is_some_and(|b| b.is_ascii_whitespace()) {
                self.at += 1;
            }
            let rest = self.text.get(self.at..).unwrap_or_default();
            let len = match rest {
                [b'/', b'*', body @ ..] => memchr::memmem::find(body, b"*/").map(|end| end + 4),
                [b'/', b'/', body @ ..] => memchr::memchr(b'\n', body).map(|end| end + 3),
                _ => None,
            };
            let Some(len) = len else { return };
            self.at += len;
        }
    }

    /// What stands between the quote here and the next one.
    fn string(&mut self, quote: u8) -> Option<&'t [u8]> {
        let start = self.at + 1;
        let mut at = start;
        while let Some(step) = self.text.get(at..).and_then(|rest| memchr::memchr2(quote, b'\\', rest)) {
            at += step;
            if self.text.get(at) == Some(&quote) {
                self.at = at + 1;
                return self.text.get(start..at);
            }
            at += 2;
        }
        self.at = self.text.len();
        None
    }
}

/// What JavaScript makes of the inside of a string or template.
pub(in crate::inspect) fn decoded(raw: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(raw.len());
    let mut units = Vec::new();
    let mut rest = raw;
    while let Some((first, tail)) = rest.split_first() {
        if *first != b'\\' {
            flush(&mut units, &mut out);
            let plain = memchr::memchr(b'\\', rest).unwrap_or(rest.len());
            let (plain, after) = rest.split_at(plain);
            out.extend_from_slice(plain);
            rest = after;
            continue;
        }
        if let Some((unit, after)) = hex_escape(tail) {
            units.extend(unit);
            rest = after;
            continue;
        }
        flush(&mut units, &mut out);
        let (made, used): (&[u8], usize) = match tail.first() {
            Some(b'n') => (b"\n", 1),
            Some(b't') => (b"\t", 1),
            Some(b'r') => (b"\r", 1),
            Some(b'b') => (b"\x08", 1),
            Some(b'f') => (b"\x0c", 1),
            Some(b'v') => (b"\x0b", 1),
            Some(b'0') if !tail.get(1).is_some_and(u8::is_ascii_digit) => (b"\0", 1),
            Some(b'\r') if tail.get(1) == Some(&b'\n') => (b"", 2),
            Some(b'\r' | b'\n') => (b"", 1),
            Some(_) => (tail.get(..1).unwrap_or_default(), 1),
            None => (b"\\", 0),
        };
        out.extend_from_slice(made);
        rest = tail.get(used..).unwrap_or_default();
    }
    flush(&mut units, &mut out);
    out
}

/// Writes UTF-16 units that were escaped one by one: pairs belong together.
fn flush(units: &mut Vec<u16>, out: &mut Vec<u8>) {
    for decoded in char::decode_utf16(units.drain(..)) {
        let c = decoded.unwrap_or(char::REPLACEMENT_CHARACTER);
        out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
    }
}

/// `xHH`, `uHHHH` or `u{H…}` behind a backslash, as UTF-16.
fn hex_escape(tail: &[u8]) -> Option<(Vec<u16>, &[u8])> {
    let (digits, after) = match tail {
        [b'x', rest @ ..] => rest.split_at_checked(2)?,
        [b'u', b'{', rest @ ..] => {
            let (digits, after) = rest.split_at_checked(memchr::memchr(b'}', rest.get(..rest.len().min(8))?)?)?;
            (digits, after.get(1..)?)
        }
        [b'u', rest @ ..] => rest.split_at_checked(4)?,
        _ => return None,
    };
    let all_hex = digits.iter().all(u8::is_ascii_hexdigit) && !digits.is_empty();
    let number = u32::from_str_radix(std::str::from_utf8(digits).ok().filter(|_| all_hex)?, 16).ok()?;
    let units = match (u16::try_from(number), char::from_u32(number)) {
        (Ok(unit), _) => vec![unit],
        (_, Some(c)) => c.encode_utf16(&mut [0; 2]).to_vec(),
        _ => return None,
    };
    Some((units, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_what_javascript_makes_of_them() {
        for (raw, text) in [
            (r"a\n\x41\u0042\u{43}\'\`\${", "a\nABC'`${"),
            (r"\ud83d\ude00\u{1F600}", "😀😀"),
            ("a\\\nb\\\r\nc", "abc"),
            (r"\ud83d!", "\u{fffd}!"),
            (r"\0\v\\n", "\0\u{b}\\n"),
            (r"\xZZ\", "xZZ\\"),
        ] {
            assert_eq!(String::from_utf8_lossy(&decoded(raw.as_bytes())), text, "{raw}");
        }
    }

    #[test]
    fn objects_and_variables_are_maps() {
        for text in [
            "x = {version:3,sources:['a.ts'],sourcesContent:[`one \\`two\\``,null]}",
            "var sources = [\n\t\"a.ts\"\n];\nvar sourcesContent = [\n\t\"one `two`\",\n\tvoid 0\n];",
            "({'sourcesContent':['one `two`',undefined],'sources':['a.ts']})",
            "// see sources:[`\n/* sources:[x */ ({sourcesContent:[/*! a.ts */'one `two`'/* b */,null],sources:['a.ts']})",
            "x={sources:['a.ts'],sourcesContent:['one '+\n'`two`',null]}",
            "x={sources:['a.ts'],sourcesContent:[('one `two`'),null]}",
            "x={sources:['a.ts'],sourcesContent:[['one ','`two`'].join(''),null]}",
            "m['sources']=['a.ts'];m['sourcesContent']=['one `two`',null]",
            "m.sources=['a.ts'];m.sourcesContent.push('one `two`',null)",
        ] {
            let found = written(text.as_bytes());
            assert_eq!(found.len(), 1, "{text}");
            assert_eq!(
                (found[0].names.as_slice(), &found[0].texts[0]),
                (&["a.ts".to_owned()][..], &Some("one `two`".into()))
            );
            assert_eq!(found[0].texts[1], None);
        }
        for text in ["sourcesContent: map.sourcesContent", "if (sourcesContent == null) {}"] {
            assert!(written(text.as_bytes()).is_empty(), "{text}");
        }
        assert!(written(b"\"sourcesContent\":[\"json\"]")[0].plain);
        let minified = written(b"var e=['one'],o={version:3,sources:s,sourcesContent:e}");
        assert_eq!(minified[0].texts, [Some("one".to_owned())]);
    }
}
