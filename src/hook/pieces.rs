//! The text of one word → its parts: quotes, variables, substitutions.

use super::shell::{Scan, Unreadable, parse_at};
use super::word::{Part, Word};

impl Scan<'_> {
    pub(super) fn word(&mut self) -> Result<Word, Unreadable> {
        let mut word = Word::default();
        loop {
            match self.peek() {
                Some('(') if word.bare().is_some_and(|it| it.ends_with('=')) => self.array(&mut word)?,
                Some('<' | '>') if self.follows("<(") || self.follows(">(") => {
                    let _ = self.rest.next().and_then(|_| self.rest.next());
                    word.parts.push(Part::File(self.list(Some(')'))?));
                }
                None | Some(' ' | '\t' | '\r' | '\n' | ';' | '&' | '|' | '<' | '>' | '(' | ')') => return Ok(word),
                Some('\\') => {
                    self.rest.next();
                    match self.rest.next() {
                        Some('\n') => {}
                        letter => word.push(letter.unwrap_or('\\').encode_utf8(&mut [0; 4]), true),
                    }
                }
                Some('\'') => {
                    self.rest.next();
                    let (text, rest) = self.rest.as_str().split_once('\'').ok_or(Unreadable)?;
                    word.push(text, true);
                    self.rest = rest.chars();
                }
                Some('"') => {
                    self.rest.next();
                    self.quoted(&mut word, Some('"'))?;
                }
                Some('`') => self.backtick(&mut word, false)?,
                Some('$') => self.dollar(&mut word, false)?,
                Some(letter) => {
                    self.rest.next();
                    word.push(letter.encode_utf8(&mut [0; 4]), false);
                }
            }
        }
    }

    /// `NAME=(a b)`: the value is what its words say.
    fn array(&mut self, word: &mut Word) -> Result<(), Unreadable> {
        self.rest.next();
        loop {
            while self.take(" ") || self.take("\n") || self.take("\t") {}
            if self.take(")") {
                return Ok(());
            }
            let item = self.word()?;
            if item.parts.is_empty() {
                return Err(Unreadable);
            }
            word.parts.extend(item.parts);
            word.push(" ", true);
        }
    }

    /// What stands between double quotes, or in a here-document.
    pub(super) fn quoted(&mut self, word: &mut Word, end: Option<char>) -> Result<(), Unreadable> {
        word.push("", true);
        loop {
            match self.peek() {
                found if found == end => {
                    self.rest.next();
                    return Ok(());
                }
                None => return Err(Unreadable),
                Some('\\') => {
                    self.rest.next();
                    match self.rest.next() {
                        Some('\n') => {}
                        Some(letter @ ('$' | '`' | '"' | '\\')) => word.push(letter.encode_utf8(&mut [0; 4]), true),
                        letter => word.push(&format!("\\{}", letter.map(String::from).unwrap_or_default()), true),
                    }
                }
                Some('`') => self.backtick(word, true)?,
                Some('$') => self.dollar(word, true)?,
                Some(letter) => {
                    self.rest.next();
                    word.push(letter.encode_utf8(&mut [0; 4]), true);
                }
            }
        }
    }

    fn backtick(&mut self, word: &mut Word, quoted: bool) -> Result<(), Unreadable> {
        self.rest.next();
        let mut text = String::new();
        loop {
            match self.rest.next().ok_or(Unreadable)? {
                '`' => break,
                '\\' => match self.rest.next().ok_or(Unreadable)? {
                    letter @ ('`' | '\\' | '$') => text.push(letter),
                    letter => text.extend(['\\', letter]),
                },
                letter => text.push(letter),
            }
        }
        word.parts.push(Part::Run { commands: parse_at(&text, self.depth)?, quoted });
        Ok(())
    }

    fn dollar(&mut self, word: &mut Word, quoted: bool) -> Result<(), Unreadable> {
        self.rest.next();
        if self.take("((") {
            self.skip("))")?;
            word.parts.push(Part::Unknown);
        } else if self.take("(") {
            word.parts.push(Part::Run { commands: self.list(Some(')'))?, quoted });
        } else if self.take("{") {
            let inner = self.braced()?;
            word.parts.push(Part::of_braces(&inner, quoted));
        } else if !quoted && self.take("'") {
            self.escaped(word)?;
        } else if !quoted && self.take("\"") {
            self.quoted(word, Some('"'))?;
        } else {
            let name: String = self.rest.clone().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
            if !name.is_empty() {
                self.take(&name);
                word.parts.push(Part::Variable { name, fallback: None, quoted });
            } else if let Some(letter) = self.peek().filter(|c| "@*#?$!-".contains(*c)) {
                self.rest.next();
                word.parts.push(Part::Variable { name: letter.into(), fallback: None, quoted });
            } else {
                word.push("$", quoted);
            }
        }
        Ok(())
    }

    /// What stands in `${ … }`. Commands in there are beyond this reader.
    fn braced(&mut self) -> Result<String, Unreadable> {
        let (mut inner, mut open) = (String::new(), 1_usize);
        loop {
            let letter = self.rest.next().ok_or(Unreadable)?;
            match letter {
                '{' => open += 1,
                '}' => open -= 1,
                _ => {}
            }
            if open == 0 {
                break;
            }
            inner.push(letter);
        }
        if inner.contains("$(") || inner.contains('`') { Err(Unreadable) } else { Ok(inner) }
    }

    /// `$'…'`.
    fn escaped(&mut self, word: &mut Word) -> Result<(), Unreadable> {
        let mut raw = String::new();
        loop {
            match self.rest.next().ok_or(Unreadable)? {
                '\'' => break,
                '\\' => raw.extend(['\\', self.rest.next().ok_or(Unreadable)?]),
                letter => raw.push(letter),
            }
        }
        word.push(&super::word::unescape(&raw), true);
        Ok(())
    }
}
