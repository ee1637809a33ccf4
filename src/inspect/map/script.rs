//! JavaScript → where its comments begin, and which of its strings hold a word. Regular expressions are stepped over.

use std::ops::Range;

/// Which of `starts`, sorted, are the first byte of a comment in `text`.
pub(super) fn comments_at(text: &[u8], starts: &[usize]) -> Vec<bool> {
    let mut lexer = Lexer::new(text);
    let mut wanted = starts.iter().peekable();
    let mut answers = Vec::with_capacity(starts.len());
    while let (Some(next), true) = (wanted.peek(), answers.len() < starts.len()) {
        // A comment that begins behind a wanted place settles it, and so does the end of the text.
        let Some(comment) = lexer.next_comment() else {
            break;
        };
        let mut next = **next;
        while next <= comment {
            answers.push(next == comment);
            wanted.next();
            match wanted.peek() {
                Some(further) => next = **further,
                None => break,
            }
        }
    }
    answers.resize(starts.len(), false);
    answers
}

/// The insides of the string literals in `text` that hold `needle`. A template is one only up to its first placeholder.
pub(super) fn strings_with(text: &[u8], needle: &[u8]) -> Vec<Range<usize>> {
    let mut lexer = Lexer::new(text);
    lexer.strings = Some(Vec::new());
    while lexer.next_comment().is_some() {}
    let holds = |range: &Range<usize>| {
        text.get(range.clone()).is_some_and(|inside| memchr::memmem::find(inside, needle).is_some())
    };
    lexer.strings.unwrap_or_default().into_iter().filter(holds).collect()
}

/// Where the braces of `text` stand that are code, and whether they open.
pub(super) fn braces(text: &[u8]) -> Vec<(usize, bool)> {
    let mut lexer = Lexer::new(text);
    lexer.blocks = Some(Vec::new());
    while lexer.next_comment().is_some() {}
    lexer.blocks.unwrap_or_default()
}

struct Lexer<'t> {
    text: &'t [u8],
    at: usize,
    /// For each open template placeholder, how many braces are open inside it.
    braces: Vec<usize>,
    /// Where the last run of comments began and ended: what stands before it decides what a slash means.
    comments: Vec<(usize, usize)>,
    /// The insides of strings of some length, if somebody asked for them.
    strings: Option<Vec<Range<usize>>>,
    /// The braces of code, and whether they open, if somebody asked for them.
    blocks: Option<Vec<(usize, bool)>>,
    /// Places on a long line from which no regular expression comes to an end, and where the first of them is.
    endless: (usize, Vec<bool>),
}

/// A line on which this many bytes were read in vain is read once for all places on it.
const VAIN: usize = 256;

impl<'t> Lexer<'t> {
    fn new(text: &'t [u8]) -> Self {
        let (comments, endless) = (Vec::new(), (0, Vec::new()));
        Self { text, at: 0, braces: Vec::new(), comments, strings: None, blocks: None, endless }
    }

    fn passed(&mut self, inside: Range<usize>) {
        if let Some(strings) = &mut self.strings
            && inside.len() > 16
        {
            strings.push(inside);
        }
    }

    fn byte(&self, at: usize) -> Option<u8> {
        self.text.get(at).copied()
    }

    /// Steps to the next comment, over it, and says where it began.
    fn next_comment(&mut self) -> Option<usize> {
        loop {
            let rest = self.text.get(self.at..)?;
            let step = rest.iter().position(|b| matches!(b, b'"' | b'\'' | b'`' | b'/' | b'{' | b'}'))?;
            self.at += step;
            let start = self.at;
            match self.byte(start)? {
                quote @ (b'"' | b'\'') => self.string(quote),
                b'`' => self.template(start + 1),
                b'{' => {
                    if let Some(open) = self.braces.last_mut() {
                        *open += 1;
                    }
                    self.brace(true);
                    self.at += 1;
                }
                b'}' => self.close_brace(),
                _ => match self.byte(start + 1) {
                    Some(b'/') => {
                        self.at = line_end(self.text, start);
                        self.note(start);
                        return Some(start);
                    }
                    Some(b'*') => {
                        let body = self.text.get(start + 2..)?;
                        self.at = memchr::memmem::find(body, b"*/").map_or(self.text.len(), |end| start + 2 + end + 2);
                        self.note(start);
                        return Some(start);
                    }
                    _ => self.slash(start),
                },
            }
        }
    }

    /// Remembers a comment, joined with the one before it where only blanks stand between.
    fn note(&mut self, start: usize) {
        let joined = self
            .comments
            .pop()
            .filter(|(_, end)| self.text.get(*end..start).is_some_and(|gap| gap.iter().all(u8::is_ascii_whitespace)));
        self.comments.push((joined.map_or(start, |(first, _)| first), self.at));
    }

    fn string(&mut self, quote: u8) {
        let mut at = self.at + 1;
        while let Some(step) = self.text.get(at..).and_then(|rest| memchr::memchr3(quote, b'\\', b'\n', rest)) {
            at += step;
            // A string can't hold a line break: this was an apostrophe in text, and code goes on.
            if self.byte(at) != Some(b'\\') {
                self.passed(self.at + 1..at);
                self.at = at + 1;
                return;
            }
            at += if self.byte(at + 1) == Some(b'\r') { 3 } else { 2 };
        }
        self.at = self.text.len();
    }

    fn template(&mut self, from: usize) {
        let mut at = from;
        while let Some(step) = self.text.get(at..).and_then(|rest| memchr::memchr3(b'`', b'\\', b'$', rest)) {
            at += step;
            match (self.byte(at), self.byte(at + 1)) {
                (Some(b'\\'), _) => at += 2,
                (Some(b'$'), Some(b'{')) => {
                    self.passed(from..at);
                    self.braces.push(0);
                    self.at = at + 2;
                    return;
                }
                (Some(b'`'), _) => {
                    self.passed(from..at);
                    self.at = at + 1;
                    return;
                }
                _ => at += 1,
            }
        }
        self.at = self.text.len();
    }

    fn close_brace(&mut self) {
        let ends = self.braces.pop_if(|open| *open == 0).is_some();
        if !ends {
            self.brace(false);
        }
        self.at += 1;
        if ends {
            self.template(self.at);
        } else if let Some(open) = self.braces.last_mut() {
            *open -= 1;
        }
    }

    fn brace(&mut self, opens: bool) {
        if let Some(blocks) = &mut self.blocks {
            blocks.push((self.at, opens));
        }
    }

    /// A slash that begins no comment: a regular expression, or a division.
    fn slash(&mut self, start: usize) {
        self.at = start + 1;
        if !self.expects_value(start) {
            return;
        }
        let (first, known) = &self.endless;
        if (start + 1).checked_sub(*first).and_then(|at| known.get(at)) == Some(&true) {
            return;
        }
        let mut in_class = false;
        let mut at = start + 1;
        while let Some(byte) = self.byte(at) {
            match byte {
                b'\\' => at += 1,
                b'[' => in_class = true,
                b']' => in_class = false,
                b'/' if !in_class => {
                    self.at = at + 1;
                    return;
                }
                // No regular expression holds a line break: it was a division after all.
                b'\n' | b'\r' => break,
                _ => {}
            }
            at += 1;
        }
        let line = self.text.get(start + 1..at.min(self.text.len())).unwrap_or_default();
        if line.len() > VAIN {
            self.endless = (start + 1, endless(line));
        }
    }

    /// Whether a value may begin at `start`, judged by what stands before it.
    fn expects_value(&self, start: usize) -> bool {
        let mut end = start;
        let before = loop {
            let before = self.text.get(..end).unwrap_or_default().trim_ascii_end();
            match self.comments.last() {
                Some((first, last)) if *last == before.len() || (*last == end && *first < end) => end = *first,
                _ => break before,
            }
        };
        let Some(last) = before.last() else {
            return true;
        };
        match last {
            b')' | b']' | b'"' | b'\'' | b'`' | b'$' | b'_' => false,
            b'+' | b'-' => !before.ends_with(b"++") && !before.ends_with(b"--"),
            b if b.is_ascii_alphanumeric() => {
                let word = before.rsplit(|b| !(b.is_ascii_alphanumeric() || matches!(b, b'_' | b'$'))).next();
                matches!(
                    word,
                    Some(
                        b"return"
                            | b"typeof"
                            | b"case"
                            | b"in"
                            | b"of"
                            | b"delete"
                            | b"void"
                            | b"throw"
                            | b"new"
                            | b"else"
                            | b"do"
                            | b"instanceof"
                            | b"yield"
                            | b"await"
                    )
                )
            }
            b => b.is_ascii(),
        }
    }
}

/// For each place on a line, whether a regular expression whose inside begins there never ends.
fn endless(line: &[u8]) -> Vec<bool> {
    let mut all = vec![true; line.len()];
    // The same inside a class, for the places behind the one that is looked at.
    let mut classes = (true, true);
    for (at, byte) in line.iter().enumerate().rev() {
        let behind = |step: usize| all.get(at + step).copied().unwrap_or(true);
        let (plain, class) = match byte {
            b'\\' => (behind(2), classes.1),
            b'[' => (classes.0, classes.0),
            b']' => (behind(1), behind(1)),
            b'/' => (false, classes.0),
            b'\n' | b'\r' => (true, true),
            _ => (behind(1), classes.0),
        };
        classes = (class, classes.0);
        if let Some(place) = all.get_mut(at) {
            *place = plain;
        }
    }
    all
}

/// Where the line that holds `from` ends: at LF, CR, U+2028 or U+2029.
pub(super) fn line_end(text: &[u8], from: usize) -> usize {
    let mut at = from;
    while let Some(step) = text.get(at..).and_then(|rest| memchr::memchr3(b'\n', b'\r', 0xe2, rest)) {
        at += step;
        match text.get(at..at + 3) {
            Some([0xe2, 0x80, 0xa8 | 0xa9]) => return at,
            _ if text.get(at) != Some(&0xe2) => return at,
            _ => at += 1,
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether the mark `//@@` in `code` begins a comment.
    fn is_comment(code: &str) -> bool {
        let at = code.find("//@@").expect("a mark");
        comments_at(code.as_bytes(), &[at]) == [true]
    }

    #[test]
    fn comments_are_comments() {
        for code in [
            "//@@",
            "let a = 1; //@@",
            "let a = '//'; //@@",
            "`${`x`}` //@@",
            "a = b / c; //@@",
            "a = /['\"`]/g; //@@",
            "a = [/[/`]/]; //@@",
            "if (x) { `${ {a: 1}.a }` } //@@",
            "/* ' */ //@@",
            "<p>don't</p>\n//@@",
            "return /\\//; //@@",
            "// it's\n/'/.test(x)\n//@@",
            "x = a / b; y = `/`; //@@",
            "/** ` */\n//@@",
            "a++ / 2; '`' //@@",
        ] {
            assert!(is_comment(code), "{code}");
        }
    }

    #[test]
    fn a_long_line_is_read_as_a_short_one() {
        let mut dice = 7_u64;
        for _ in 0..2000 {
            let mut code = String::from("x=");
            for _ in 0..600 {
                dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                let pieces = ["/", "[", "]", "\\", "=", "a", "/[", "\\/", "=/", "(", "\\]", "\\\n"];
                code.push_str(pieces[(dice >> 33) as usize % pieces.len()]);
            }
            let line = &code.as_bytes()[2..];
            let ends = |from: usize| {
                let (mut at, mut in_class) = (from, false);
                while let Some(byte) = line.get(at) {
                    match byte {
                        b'\\' => at += 1,
                        b'[' => in_class = true,
                        b']' => in_class = false,
                        b'/' if !in_class => return true,
                        b'\n' => return false,
                        _ => {}
                    }
                    at += 1;
                }
                false
            };
            let expected: Vec<bool> = (0..line.len()).map(|from| !ends(from)).collect();
            assert_eq!(endless(line), expected, "{code}");
        }
    }

    #[test]
    fn strings_are_not() {
        for code in [
            "'//@@'",
            "`\n//@@`",
            "\"a\\\"//@@\"",
            "/* //@@ */",
            "x = /[//@@]/",
            "`${a}\n//@@`",
            "'a\\\n//@@'",
            "// x //@@",
        ] {
            assert!(!is_comment(code), "{code}");
        }
    }

    #[test]
    fn several_places_are_settled_in_one_pass() {
        let code = "//@a\n'//@b'\n//@c\n`//@d`";
        let starts: Vec<_> = code.match_indices("//@").map(|(at, _)| at).collect();
        assert_eq!(comments_at(code.as_bytes(), &starts), [true, false, true, false]);
    }
}
