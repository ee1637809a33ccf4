//! The text of a script or a JSON file → its tokens, with strings, templates, regexes and comments told apart.

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A name, a keyword or a number.
    Word,
    /// In quotes, which belong to it.
    Text,
    /// A template or a regex: no more is known of it than where it stands.
    Opaque,
    /// One character that is none of these.
    Mark(u8),
}

/// One token and where it stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// What a slash means behind a token.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Slash {
    Divides,
    OpensRegex,
    /// Only a whole parser could tell.
    Unclear,
}

/// Words a regex may follow.
const BEFORE_VALUES: &[u8] =
    b"return typeof instanceof in of new delete void throw case do else yield await default extends";

struct Scan<'t> {
    bytes: &'t [u8],
    at: usize,
    tokens: Vec<Token>,
    slash: Slash,
    /// Whether the last word was one that takes a condition.
    asks: bool,
    /// For each open parenthesis: whether it holds a condition.
    conditions: Vec<bool>,
    /// Open braces.
    depth: usize,
    /// For each template that is left open by `${`: where the outermost began, and the braces open around it.
    templates: Vec<(usize, usize)>,
}

/// The tokens of a text, without comments; `None` where they can't be told with certainty.
pub(super) fn tokens(text: &str) -> Option<Vec<Token>> {
    let at = if text.starts_with('\u{feff}') { 3 } else { 0 };
    let (slash, tokens) = (Slash::OpensRegex, Vec::new());
    let (conditions, templates) = (Vec::new(), Vec::new());
    let mut scan = Scan { bytes: text.as_bytes(), at, tokens, slash, asks: false, conditions, depth: 0, templates };
    if scan.next() == Some(b'#') && scan.ahead(1) == Some(b'!') {
        scan.line();
    }
    while let Some(byte) = scan.next() {
        scan.token(byte)?;
    }
    scan.templates.is_empty().then_some(scan.tokens)
}

impl Scan<'_> {
    fn next(&self) -> Option<u8> {
        self.ahead(0)
    }

    fn ahead(&self, by: usize) -> Option<u8> {
        self.bytes.get(self.at + by).copied()
    }

    fn token(&mut self, byte: u8) -> Option<()> {
        match byte {
            b' ' | b'\t' | b'\r' | b'\n' => self.at += 1,
            b'/' if self.ahead(1) == Some(b'/') => self.line(),
            b'/' if self.ahead(1) == Some(b'*') => self.block()?,
            b'/' => self.slash()?,
            b'"' | b'\'' => self.quoted(byte)?,
            b'`' => {
                let start = self.at;
                self.at += 1;
                self.template(start)?;
            }
            b'\\' => return None,
            b'_' | b'$' => self.word(),
            _ if byte.is_ascii_alphanumeric() || byte >= 0x80 => self.word(),
            _ => self.mark(byte)?,
        }
        Some(())
    }

    fn push(&mut self, kind: Kind, start: usize, slash: Slash) {
        (self.slash, self.asks) = (slash, false);
        if self.templates.is_empty() {
            self.tokens.push(Token { kind, start, end: self.at });
        }
    }

    fn line(&mut self) {
        while self.next().is_some_and(|byte| byte != b'\n') {
            self.at += 1;
        }
    }

    fn block(&mut self) -> Option<()> {
        let rest = self.bytes.get(self.at + 2..)?;
        self.at += rest.windows(2).position(|pair| pair == b"*/")? + 4;
        Some(())
    }

    fn word(&mut self) {
        let start = self.at;
        while self.next().is_some_and(|it| it.is_ascii_alphanumeric() || it >= 0x80 || it == b'_' || it == b'$') {
            self.at += 1;
        }
        let word = self.bytes.get(start..self.at).unwrap_or_default();
        let leads = BEFORE_VALUES.split(|byte| *byte == b' ').any(|it| it == word);
        self.push(Kind::Word, start, if leads { Slash::OpensRegex } else { Slash::Divides });
        self.asks = matches!(word, b"if" | b"while" | b"for" | b"with");
    }

    fn quoted(&mut self, quote: u8) -> Option<()> {
        let start = self.at;
        self.at += 1;
        loop {
            match self.next()? {
                b'\n' => return None,
                b'\\' if self.ahead(1) == Some(b'\r') => self.at += 3,
                b'\\' => self.at += 2,
                byte => {
                    self.at += 1;
                    if byte == quote {
                        self.push(Kind::Text, start, Slash::Divides);
                        return Some(());
                    }
                }
            }
        }
    }

    /// Reads on in a template, from behind its backtick or the end of an expression inside.
    fn template(&mut self, start: usize) -> Option<()> {
        loop {
            match self.next()? {
                b'\\' => self.at += 2,
                b'`' => {
                    self.at += 1;
                    self.push(Kind::Opaque, start, Slash::Divides);
                    return Some(());
                }
                b'$' if self.ahead(1) == Some(b'{') => {
                    self.at += 2;
                    self.templates.push((start, self.depth));
                    self.slash = Slash::OpensRegex;
                    return Some(());
                }
                _ => self.at += 1,
            }
        }
    }

    fn slash(&mut self) -> Option<()> {
        match self.slash {
            Slash::Unclear => None,
            Slash::Divides => self.mark(b'/'),
            Slash::OpensRegex => self.regex(),
        }
    }

    fn regex(&mut self) -> Option<()> {
        let start = self.at;
        let mut class = false;
        loop {
            self.at += 1;
            match self.next()? {
                b'\n' => return None,
                b'\\' => self.at += 1,
                b'[' => class = true,
                b']' => class = false,
                b'/' if !class => break,
                _ => {}
            }
        }
        self.at += 1;
        self.push(Kind::Opaque, start, Slash::Divides);
        Some(())
    }

    fn mark(&mut self, byte: u8) -> Option<()> {
        let mut slash = Slash::OpensRegex;
        match byte {
            b'(' => self.conditions.push(self.asks),
            b')' if !self.conditions.pop()? => slash = Slash::Divides,
            b']' => slash = Slash::Divides,
            b'{' => self.depth += 1,
            b'}' if self.templates.last().is_some_and(|(_, depth)| *depth == self.depth) => {
                let (start, _) = self.templates.pop()?;
                self.at += 1;
                return self.template(start);
            }
            b'}' => {
                self.depth = self.depth.checked_sub(1)?;
                slash = Slash::Unclear;
            }
            _ => {}
        }
        self.at += 1;
        self.push(Kind::Mark(byte), self.at - 1, slash);
        Some(())
    }
}
