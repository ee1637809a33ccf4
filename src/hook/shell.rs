//! The text of a shell command → its commands, words and what each word is made of. Nothing is run.

use std::str::Chars;

use super::word::Word;

/// How deep commands may stand in each other.
const DEEPEST: usize = 24;

/// A text that is no shell command, or one that is beyond this reader.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unreadable;

/// One command, without the words that only hold a script together (`if`, `do`, `{`).
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Command {
    /// `NAME=value` before the program.
    pub(super) sets: Vec<(String, Word)>,
    pub(super) words: Vec<Word>,
    /// Files that it reads (`<`), and that it writes (`>`, `>>`, `<>`).
    pub(super) reads: Vec<Word>,
    pub(super) writes: Vec<Word>,
    /// A here-document or a here-string.
    pub(super) here: Option<Word>,
    /// It reads what the command before it writes.
    pub(super) piped: bool,
}

/// A here-document whose body begins on the next line: its end, whether its text is taken as it is, and whether tabs go.
struct Awaited {
    end: String,
    plain: bool,
    tabs: bool,
    command: usize,
}

pub(super) struct Scan<'t> {
    pub(super) rest: Chars<'t>,
    pub(super) depth: usize,
    awaited: Vec<Awaited>,
}

/// Reads `text`.
pub(super) fn parse(text: &str) -> Result<Vec<Command>, Unreadable> {
    parse_at(text, 0)
}

pub(super) fn parse_at(text: &str, depth: usize) -> Result<Vec<Command>, Unreadable> {
    Scan { rest: text.chars(), depth, awaited: Vec::new() }.list(None)
}

impl Scan<'_> {
    pub(super) fn peek(&self) -> Option<char> {
        self.rest.clone().next()
    }

    pub(super) fn follows(&self, text: &str) -> bool {
        self.rest.as_str().starts_with(text)
    }

    /// Takes `text`, if it follows.
    pub(super) fn take(&mut self, text: &str) -> bool {
        let rest = self.rest.as_str().strip_prefix(text);
        if let Some(rest) = rest {
            self.rest = rest.chars();
        }
        rest.is_some()
    }

    fn deeper(&mut self) -> Result<(), Unreadable> {
        self.depth += 1;
        if self.depth > DEEPEST { Err(Unreadable) } else { Ok(()) }
    }

    /// The commands up to `end`, or to the end of the text.
    pub(super) fn list(&mut self, end: Option<char>) -> Result<Vec<Command>, Unreadable> {
        self.deeper()?;
        let outer = std::mem::take(&mut self.awaited);
        let (mut done, mut now, mut cases) = (Vec::new(), Command::default(), 0_usize);
        loop {
            while self.take(" ") || self.take("\t") || self.take("\\\n") || self.take("\r") {}
            match self.peek() {
                None if end.is_some() || !self.awaited.is_empty() => return Err(Unreadable),
                None => break,
                found if found == end && cases == 0 => {
                    self.rest.next();
                    break;
                }
                Some('#') => while self.peek().is_some_and(|c| c != '\n') && self.rest.next().is_some() {},
                Some('<' | '>') if !self.follows("<(") && !self.follows(">(") => self.redirect(&mut now, done.len())?,
                Some('&') if self.follows("&>") => {
                    self.rest.next();
                    self.redirect(&mut now, done.len())?;
                }
                Some('(') => self.group(&mut done, &mut now)?,
                Some(')') if cases == 0 => return Err(Unreadable),
                Some('\n' | ';' | '&' | '|' | ')') => self.separate(&mut done, &mut now)?,
                Some(_) => self.place(&mut now, &mut cases)?,
            }
        }
        finish(&mut done, &mut now);
        self.awaited = outer;
        self.depth -= 1;
        Ok(done)
    }

    /// An operator between two commands; a line's end brings the here-documents of the line.
    fn separate(&mut self, done: &mut Vec<Command>, now: &mut Command) -> Result<(), Unreadable> {
        finish(done, now);
        let piped = self.follows("|") && !self.follows("||");
        let line = self.rest.next() == Some('\n');
        let _ = piped && self.take("&");
        now.piped = piped || (line && now.piped);
        if line {
            for awaited in std::mem::take(&mut self.awaited) {
                let body = self.body(&awaited)?;
                if let Some(command) = done.get_mut(awaited.command) {
                    command.here = Some(body);
                }
            }
        }
        Ok(())
    }

    fn body(&mut self, awaited: &Awaited) -> Result<Word, Unreadable> {
        let mut body = String::new();
        while !self.rest.as_str().is_empty() {
            let (line, rest) = self.rest.as_str().split_once('\n').unwrap_or((self.rest.as_str(), ""));
            self.rest = rest.chars();
            let line = if awaited.tabs { line.trim_start_matches('\t') } else { line };
            if line.trim_end_matches('\r') == awaited.end {
                break;
            }
            body.push_str(line);
            body.push('\n');
        }
        let mut word = Word::default();
        if awaited.plain {
            word.push(&body, true);
        } else {
            Scan { rest: body.chars(), depth: self.depth, awaited: Vec::new() }.quoted(&mut word, None)?;
        }
        Ok(word)
    }

    /// `( … )`, `(( … ))`, and the `()` of a function.
    fn group(&mut self, done: &mut Vec<Command>, now: &mut Command) -> Result<(), Unreadable> {
        if self.take("((") {
            return self.skip("))");
        }
        self.rest.next();
        if !now.words.is_empty() || !now.sets.is_empty() {
            while self.take(" ") {}
            now.words.clear();
            return if self.take(")") { Ok(()) } else { Err(Unreadable) };
        }
        let inner = self.list(Some(')'))?;
        let first = done.len();
        done.extend(inner);
        if let Some(command) = done.get_mut(first) {
            command.piped = now.piped;
        }
        Ok(())
    }

    /// Leaves out text that holds no commands; if it may hold some after all, the whole is unreadable.
    pub(super) fn skip(&mut self, end: &str) -> Result<(), Unreadable> {
        let (inner, rest) = self.rest.as_str().split_once(end).ok_or(Unreadable)?;
        self.rest = rest.chars();
        if inner.contains("$(") || inner.contains('`') || super::mentions(inner) { Err(Unreadable) } else { Ok(()) }
    }

    fn redirect(&mut self, now: &mut Command, command: usize) -> Result<(), Unreadable> {
        let reads = self.follows("<") && !self.follows("<>");
        let here = self.take("<<<");
        let document = !here && self.take("<<");
        let tabs = document && self.take("-");
        while !here && !document && (self.take("<") || self.take(">") || self.take("|") || self.take("&")) {}
        while self.take(" ") || self.take("\t") {}
        let word = self.word()?;
        if document {
            let (end, plain) = word.as_written();
            self.awaited.push(Awaited { end, plain, tabs, command });
        } else if here {
            now.here = Some(word);
        } else if reads {
            now.reads.push(word);
        } else {
            now.writes.push(word);
        }
        Ok(())
    }

    /// Reads a word and puts it where it belongs.
    fn place(&mut self, now: &mut Command, cases: &mut usize) -> Result<(), Unreadable> {
        let word = self.word()?;
        let bare = word.bare();
        if bare.is_some_and(|it| it.bytes().all(|byte| byte.is_ascii_digit()))
            && (self.follows("<") || self.follows(">"))
        {
            return Ok(());
        }
        if !now.words.is_empty() {
            now.words.push(word);
            return Ok(());
        }
        match bare {
            Some(
                "if" | "then" | "else" | "elif" | "fi" | "do" | "done" | "while" | "until" | "!" | "{" | "}" | "coproc",
            ) => {}
            Some("case") => {
                *cases += 1;
                now.words.push(word);
            }
            Some("esac") => *cases = cases.saturating_sub(1),
            Some("function") => {
                while self.take(" ") {}
                self.word()?;
                let _ = self.take("()") || self.take(" ()");
            }
            Some("[[") => self.skip("]]")?,
            _ => match word.assignment() {
                Ok(set) => now.sets.push(set),
                Err(word) => now.words.push(word),
            },
        }
        Ok(())
    }
}

fn finish(done: &mut Vec<Command>, now: &mut Command) {
    let command = std::mem::take(now);
    if command == (Command { piped: command.piped, ..Command::default() }) {
        now.piped = command.piped;
    } else {
        done.push(command);
    }
}
