//! Words of the project that nobody outside should read → patterns, with what counts as a whole word.

use std::ops::Range;

use super::company::Company;
use super::filter::Filter;
use super::matcher::{Kind, Matcher, Patterns};
use crate::model::{Level, Rule};

/// A word of the policy.
pub const TERM: Rule = Rule::fixed(
    "term/confidential",
    (Level::Deny, Level::Deny),
    "a word that the policy calls confidential",
    "Code names, customers and hosts tell what is being built, for whom and where, even without any code.",
    "take it out of what ships (mind comments, texts and source maps), or take it off [terms] in the policy",
);

/// The pattern of a term: case is folded, what separates its words may differ, `*` stands for a part of a host name.
pub(super) fn matcher(term: &str) -> Option<Matcher> {
    let mut pattern = String::from("(?iu)");
    let mut words = term.split_whitespace().peekable();
    words.peek()?;
    while let Some(word) = words.next() {
        for c in word.chars() {
            if c == '*' {
                pattern.push_str(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,250}[A-Za-z0-9])?");
            } else if c.is_ascii() {
                pattern.push_str(&regex::escape(c.encode_utf8(&mut [0; 4])));
            } else {
                pattern.push_str(&escaped(c));
            }
        }
        if words.peek().is_some() {
            pattern.push_str(r"(?:[\s_./+*#-]|%20|&nbsp;|\\u0020){0,6}");
        }
    }
    Some(Matcher {
        rule: TERM.id,
        title: term.to_owned(),
        kind: Kind::Term,
        led: Vec::new(),
        with: Company::default(),
        then: Vec::new(),
        keywords: keyword(term).into_iter().collect(),
        pattern: Patterns::new(vec![pattern]),
        group: Some(0),
        reach: (320, 640),
        entropy: 0.0,
        claims: Patterns::new(Vec::new()),
        checksum: false,
        allow: Vec::new(),
        paths: Patterns::new(Vec::new()),
        extra: true,
        short: false,
        named: false,
    })
}

/// A letter beyond ASCII, as it is or as the escapes that bundlers write for it, in both cases.
fn escaped(c: char) -> String {
    let mut forms = vec![format!(r"\x{{{:x}}}", u32::from(c))];
    for c in c.to_lowercase().chain(c.to_uppercase()) {
        let units: Vec<String> = c.encode_utf16(&mut [0; 2]).iter().map(|unit| format!(r"\\u{unit:04x}")).collect();
        forms.extend([units.concat(), format!(r"\\u\{{0*{:x}\}}", u32::from(c)), format!(r"\\x{:02x}", u32::from(c))]);
    }
    format!("(?:{})", forms.join("|"))
}

/// The longest part of a term in which every letter is one of ASCII, whose cases the filter folds.
fn keyword(term: &str) -> Option<String> {
    let ends = |c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'));
    let parts = term.split(ends).filter(|part| part.len() >= Filter::SHORTEST);
    parts.max_by_key(|part| part.len()).map(str::to_owned)
}

/// Whether what stands at `range` is a whole word, also as a part of a name that is written in camel case.
pub(super) fn is_whole(text: &[u8], range: &Range<usize>) -> bool {
    let nearest = |bytes: &[u8], last: bool| -> Option<char> {
        let some = if last { bytes.get(bytes.len().saturating_sub(4)..) } else { bytes.get(..bytes.len().min(4)) };
        let text = String::from_utf8_lossy(some.unwrap_or_default());
        if last { text.chars().next_back() } else { text.chars().next() }
    };
    let inside = text.get(range.clone()).unwrap_or_default();
    let (first, last) = (nearest(inside, false), nearest(inside, true));
    let before = nearest(text.get(..range.start).unwrap_or_default(), true);
    let behind = nearest(text.get(range.end..).unwrap_or_default(), false);
    // Scripts without cases have no humps, and most have no blanks between words either.
    let part = |c: char| c.is_lowercase() || c.is_uppercase() || c.is_numeric();
    let joined = |left: Option<char>, right: Option<char>, next: Option<char>| {
        let (Some(left), Some(right)) = (left, right) else { return false };
        // `enableTamarin`, `HTTPTamarin`
        let hump = right.is_uppercase() && (left.is_lowercase() || next.is_some_and(char::is_lowercase));
        part(left) && part(right) && !hump
    };
    let second =
        |bytes: &[u8]| String::from_utf8_lossy(bytes.get(..bytes.len().min(8)).unwrap_or_default()).chars().nth(1);
    let after = second(text.get(range.end..).unwrap_or_default());
    // `\nTamarin` in a string that is still escaped.
    let escaped = range.start.checked_sub(2).and_then(|at| text.get(at..range.start));
    let escaped = matches!(escaped, Some([b'\\', b'n' | b'r' | b't']));
    (escaped || !joined(before, first, second(inside))) && !joined(last, behind, after)
}
