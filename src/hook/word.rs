//! The parts of a word → what is known of its text.

use super::shell::Command;

/// What a word is made of.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Part {
    Text {
        text: String,
        quoted: bool,
    },
    Variable {
        name: String,
        fallback: Option<String>,
        quoted: bool,
    },
    /// `$( … )` and backticks.
    Run {
        commands: Vec<Command>,
        quoted: bool,
    },
    /// `<( … )`: the name of a file with what they print.
    File(Vec<Command>),
    /// An expansion that this reader does not do.
    Unknown,
}

/// One word as it is written.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Word {
    pub(super) parts: Vec<Part>,
}

impl Word {
    /// Adds text.
    pub(super) fn push(&mut self, more: &str, is_quoted: bool) {
        match self.parts.last_mut() {
            Some(Part::Text { text, quoted }) if *quoted == is_quoted => text.push_str(more),
            _ => self.parts.push(Part::Text { text: more.to_owned(), quoted: is_quoted }),
        }
    }

    /// The text of a word without quotes and expansions.
    pub(super) fn bare(&self) -> Option<&str> {
        match self.parts.as_slice() {
            [Part::Text { text, quoted: false }] => Some(text),
            _ => None,
        }
    }

    /// The text of a word in which nothing is expanded, and whether some of it was quoted.
    pub(super) fn as_written(&self) -> (String, bool) {
        let mut all = (String::new(), false);
        for part in &self.parts {
            if let Part::Text { text, quoted } = part {
                all.0.push_str(text);
                all.1 |= quoted;
            }
        }
        all
    }

    /// `NAME=value`, or the word again.
    pub(super) fn assignment(mut self) -> Result<(String, Self), Self> {
        let Some(Part::Text { text, quoted: false }) = self.parts.first_mut() else { return Err(self) };
        let Some((name, value)) = text.split_once('=') else { return Err(self) };
        let name = name.trim_end_matches('+').split('[').next().unwrap_or_default();
        if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
            return Err(self);
        }
        let name = name.to_owned();
        *text = value.to_owned();
        Ok((name, self))
    }
}

impl Part {
    /// `${name}`, `${name[@]}`, `${name:-text}`; anything else is unknown.
    pub(super) fn of_braces(inner: &str, quoted: bool) -> Self {
        let end = inner.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(inner.len());
        let (name, rest) = inner.split_at(end);
        let fallback = [":-", ":=", "-", "="].iter().find_map(|mark| rest.strip_prefix(mark));
        let plain = fallback.is_none_or(|text| !text.contains(['$', '"', '\'', '\\']));
        if name.is_empty() || !plain || (fallback.is_none() && !["", "[@]", "[*]"].contains(&rest)) {
            return Self::Unknown;
        }
        let quoted = quoted && !rest.starts_with("[@");
        Self::Variable { name: name.to_owned(), fallback: fallback.map(str::to_owned), quoted }
    }
}

/// How little is known of a word.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Doubt {
    /// All of it is.
    #[default]
    None,
    /// It has variables or patterns that have no known value.
    Variable,
    /// A command makes it.
    Made,
    /// A command makes it out of text that hides what it says, such as base64.
    Hidden,
}

/// One word as a program gets it. What is not known stands in it as it is written, such as `$HOME`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Field {
    pub(super) text: String,
    pub(super) doubt: Doubt,
}

impl Field {
    /// A word that is known.
    pub(super) fn known(text: &str) -> Self {
        Self { text: text.to_owned(), doubt: Doubt::None }
    }
}

/// The words of `a{b,c}d`, if it is such a word.
pub(super) fn braces(text: &str) -> Option<Vec<String>> {
    let (before, rest) = text.split_once('{')?;
    let (inner, after) = rest.split_once('}')?;
    let items = inner.split(',').map(|item| format!("{before}{item}{after}"));
    (inner.contains(',') && !inner.contains('{')).then(|| items.collect())
}

/// The text of `printf` formats, `echo -e` and `$'…'`.
pub(super) fn unescape(raw: &str) -> String {
    let (mut text, mut rest) = (String::new(), raw);
    while let Some((before, after)) = rest.split_once('\\') {
        text.push_str(before);
        let (digits, radix, longest) = match after.chars().next() {
            Some('x') => (1, 16, 2),
            Some('u') => (1, 16, 4),
            Some('U') => (1, 16, 8),
            Some('0'..='7') => (0, 8, 4),
            _ => (0, 0, 0),
        };
        let number = after.get(digits..).unwrap_or_default();
        let length = number.chars().take(longest).take_while(|c| c.is_digit(radix.max(2))).count();
        let number = number.get(..length).unwrap_or_default();
        let letter = u32::from_str_radix(number, radix.max(2)).ok().and_then(char::from_u32);
        if let Some(letter) = letter.filter(|_| radix > 0) {
            text.push(letter);
            rest = after.get(digits + length..).unwrap_or_default();
            continue;
        }
        let mut letters = after.chars();
        match letters.next() {
            Some('n') => text.push('\n'),
            Some('t') => text.push('\t'),
            Some('r') => text.push('\r'),
            Some(letter) => text.push(letter),
            None => text.push('\\'),
        }
        rest = letters.as_str();
    }
    text + rest
}
