//! JSON text → tokens, without giving up: what a person can still read is still a token.

use std::ops::Range;

use crate::inspect::bits::{self, Quotes};

/// A piece of JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    /// `{` or `[`.
    Open(u8),
    /// `}` or `]`.
    Close(u8),
    Comma,
    Colon,
    Text(Quoted),
    /// A number, `true`, `false`, `null`, or something that should not be here.
    Word(Range<usize>),
}

/// A string as it stands in the text, without its quotes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Quoted {
    pub(super) range: Range<usize>,
    /// Whether it holds escapes.
    pub(super) escaped: bool,
    /// Whether a strict parser takes it: closed, no bare control characters, no unknown escapes.
    pub(super) sound: bool,
}

impl Quoted {
    /// The bytes between the quotes.
    pub(super) fn raw<'t>(&self, text: &'t [u8]) -> &'t [u8] {
        text.get(self.range.clone()).unwrap_or_default()
    }
}

/// Reads tokens from front to back.
pub(super) struct Tokens<'t> {
    text: &'t [u8],
    /// Where the next token begins.
    pub(super) at: usize,
}

impl<'t> Tokens<'t> {
    pub(super) fn new(text: &'t [u8], at: usize) -> Self {
        Self { text, at }
    }

    pub(super) fn next_byte(&mut self) -> Option<u8> {
        let rest = self.text.get(self.at..)?;
        let blank = rest.iter().take_while(|b| matches!(b, b' ' | b'\t' | b'\n' | b'\r')).count();
        self.at += blank;
        rest.get(blank).copied()
    }

    fn quoted(&mut self) -> Quoted {
        let start = self.at + 1;
        let (mut escaped, mut sound, mut end) = (false, true, None);
        let first = self.text.get(start..).and_then(|rest| memchr::memchr2(b'"', b'\\', rest)).map(|step| start + step);
        match first {
            Some(at) if self.text.get(at) == Some(&b'"') => end = Some(at),
            // Where there is one escape, there are many.
            Some(first) => {
                escaped = true;
                // Whether an escape of the word before has taken the first byte of this one.
                let mut taken = false;
                bits::until(self.text, first..self.text.len(), |at, Quotes { quotes, slashes }| {
                    let mut stops = (quotes | slashes) & if std::mem::take(&mut taken) { !1 } else { !0 };
                    while stops != 0 {
                        let bit = stops.trailing_zeros();
                        let stop = at + bit as usize;
                        if quotes >> bit & 1 == 1 {
                            end = Some(stop);
                            return false;
                        }
                        sound &= self.is_escape(stop);
                        taken = bit == 63;
                        stops &= !(0b11 << bit);
                    }
                    true
                });
            }
            None => {}
        }
        let stop = end.unwrap_or(self.text.len());
        self.at = (stop + 1).min(self.text.len());
        let range = start.min(stop)..stop;
        let content = self.text.get(range.clone()).unwrap_or_default();
        let bare = content.iter().fold(u8::MAX, |least, b| least.min(*b)) < 0x20;
        Quoted { range, escaped, sound: sound && end.is_some() && !bare }
    }

    /// Whether the backslash at `at` begins an escape that a strict parser takes.
    fn is_escape(&self, at: usize) -> bool {
        match self.text.get(at + 1) {
            Some(b'n' | b'"' | b'\\' | b't' | b'r' | b'/' | b'b' | b'f') => true,
            Some(b'u') => self.text.get(at + 2..at + 6).is_some_and(|hex| hex.iter().all(u8::is_ascii_hexdigit)),
            _ => false,
        }
    }

    fn word(&mut self) -> Range<usize> {
        let start = self.at;
        let rest = self.text.get(start..).unwrap_or_default();
        let stop = |b: &u8| matches!(b, b',' | b':' | b'{' | b'}' | b'[' | b']' | b'"' | b' ' | b'\n' | b'\r' | b'\t');
        let len = rest.iter().position(stop).unwrap_or(rest.len()).max(1);
        self.at = start + len;
        start..self.at
    }
}

impl Iterator for Tokens<'_> {
    type Item = Token;

    fn next(&mut self) -> Option<Token> {
        let token = match self.next_byte()? {
            open @ (b'{' | b'[') => Token::Open(open),
            close @ (b'}' | b']') => Token::Close(close),
            b',' => Token::Comma,
            b':' => Token::Colon,
            b'"' => return Some(Token::Text(self.quoted())),
            _ => return Some(Token::Word(self.word())),
        };
        self.at += 1;
        Some(token)
    }
}

/// Whether `word` is a JSON number or one of the three names.
pub(super) fn is_sound_word(word: &[u8]) -> bool {
    matches!(word, b"true" | b"false" | b"null") || serde_json::from_slice::<serde_json::Number>(word).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_string_that_never_ends_is_still_a_string() {
        let tokens: Vec<_> = Tokens::new(b"\"abc\\", 0).collect();
        assert_eq!(tokens, [Token::Text(Quoted { range: 1..5, escaped: true, sound: false })]);
    }

    #[test]
    fn a_string_ends_at_the_same_quote_wherever_it_stands() {
        for before in 0..140 {
            for (inside, sound) in
                [("\\\\", true), ("\\\"", true), ("\\\\\\\"", true), ("\\\\\\x", false), ("\\\"\\\\", true)]
            {
                let text = format!("\"{}{inside}{inside}\",\"", "n".repeat(before));
                let Some(Token::Text(quoted)) = Tokens::new(text.as_bytes(), 0).next() else { panic!("{text}") };
                assert_eq!(quoted, Quoted { range: 1..text.len() - 3, escaped: true, sound }, "{text}");
            }
        }
    }

    #[test]
    fn what_a_strict_parser_refuses_is_not_sound() {
        for (text, sound) in [("\"a\\u00e9\"", true), ("\"a\\u00g9\"", false), ("\"a\nb\"", false), ("\"\\x\"", false)]
        {
            let Some(Token::Text(quoted)) = Tokens::new(text.as_bytes(), 0).next() else { panic!("{text}") };
            assert_eq!(quoted.sound, sound, "{text}");
        }
    }
}
