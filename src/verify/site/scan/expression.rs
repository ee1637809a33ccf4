//! The code that makes the name of a chunk of its number → that code, tried with any number.

use std::collections::BTreeMap;

/// What bundlers write: texts, the number, tables, choices.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Expression {
    Text(String),
    Number,
    Sum(Vec<Expression>),
    Table(BTreeMap<String, String>),
    Or(Vec<Expression>),
    Is(String),
    /// Conditions, each with what is taken where it holds, and what is taken where none does.
    If(Vec<(Expression, Expression)>, Box<Expression>),
}

/// Deeper code is nobody's.
const DEEPEST: u32 = 200;
/// Longer code is nobody's, and no text or comment in it is as long as this.
const LONGEST: usize = 1 << 20;
const LONGEST_PART: usize = 4 << 10;
/// No address is longer.
const LONGEST_NAME: usize = 1_000;

/// Reads the code at the start of `text`, an expression or the body of a function that returns one; and how much of it
/// was read.
pub(super) fn parse(text: &str) -> (Option<Expression>, usize) {
    let text = text.get(..text.floor_char_boundary(LONGEST)).unwrap_or(text);
    let mut reader = Reader { rest: text, deep: 0 };
    if reader.eat("{") {
        reader.eat("return");
    }
    let expression = reader.choice();
    (expression, text.len() - reader.rest.len())
}

impl Expression {
    /// Writes the name for `number` behind `out`; false where a table does not have it, it gets too long, or there is no
    /// fuel left: each step takes one.
    pub(super) fn write(&self, number: &str, out: &mut String, fuel: &mut u64) -> bool {
        *fuel = fuel.saturating_sub(1);
        if *fuel == 0 {
            return false;
        }
        let before = out.len();
        match self {
            Self::Text(text) => out.push_str(text.get(..LONGEST_NAME).unwrap_or(text)),
            Self::Number => out.push_str(number),
            Self::Sum(parts) => return parts.iter().all(|part| part.write(number, out, fuel)),
            Self::Table(rows) => match rows.get(number) {
                Some(row) => out.push_str(row.get(..LONGEST_NAME).unwrap_or(row)),
                None => return false,
            },
            Self::Or(parts) => {
                return parts.iter().any(|part| {
                    out.truncate(before);
                    part.write(number, out, fuel)
                });
            }
            Self::Is(own) => return own == number,
            Self::If(cases, other) => {
                let holds = |(condition, _): &&(Self, Self)| {
                    let holds = condition.write(number, out, fuel);
                    out.truncate(before);
                    holds
                };
                let found = cases.iter().find(holds).map_or(&**other, |(_, then)| then);
                return found.write(number, out, fuel);
            }
        }
        out.len() <= LONGEST_NAME
    }

    /// Hands out the numbers that it names.
    pub(super) fn keys(&self, take: &mut impl FnMut(&str)) {
        match self {
            Self::Text(_) | Self::Number => {}
            Self::Sum(parts) | Self::Or(parts) => parts.iter().for_each(|part| part.keys(take)),
            Self::Table(rows) => rows.keys().for_each(|key| take(key)),
            Self::Is(own) => take(own),
            Self::If(cases, other) => {
                for (condition, then) in cases {
                    condition.keys(take);
                    then.keys(take);
                }
                other.keys(take);
            }
        }
    }
}

/// A number as code that was made small writes it, such as 1e3, in full.
pub(super) fn in_full(text: &str) -> String {
    let parts = text.split_once(['e', 'E']).filter(|(digits, zeros)| {
        let all = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        all(digits) && all(zeros)
    });
    match parts.map(|(digits, zeros)| (digits, zeros.parse::<usize>())) {
        Some((digits, Ok(zeros @ 0..=15))) => format!("{digits}{}", "0".repeat(zeros)),
        _ => text.to_owned(),
    }
}

struct Reader<'t> {
    rest: &'t str,
    deep: u32,
}

impl<'t> Reader<'t> {
    /// Skips blanks and comments.
    fn skip(&mut self) {
        loop {
            self.rest = self.rest.trim_start();
            let after = if let Some(line) = self.rest.strip_prefix("//") {
                line.split_once('\n').map_or("", |(_, after)| after)
            } else if let Some(block) = self.rest.strip_prefix("/*") {
                // One that does not end soon is no comment of a bundler, and what comes next is no code of one.
                let near = block.get(..block.floor_char_boundary(LONGEST_PART)).unwrap_or(block);
                near.find("*/").and_then(|end| block.get(end + 2..)).unwrap_or("")
            } else {
                return;
            };
            self.rest = after;
        }
    }

    fn eat(&mut self, token: &str) -> bool {
        self.skip();
        let after = self.rest.strip_prefix(token);
        self.rest = after.unwrap_or(self.rest);
        after.is_some()
    }

    fn choice(&mut self) -> Option<Expression> {
        self.deep += 1;
        if self.deep > DEEPEST {
            return None;
        }
        let mut cases = Vec::new();
        // A chain of choices is one, however long it is.
        let last = loop {
            let condition = self.either()?;
            if !self.eat("?") {
                break condition;
            }
            let then = self.choice()?;
            if !self.eat(":") {
                return None;
            }
            cases.push((condition, then));
        };
        self.deep -= 1;
        Some(if cases.is_empty() { last } else { Expression::If(cases, Box::new(last)) })
    }

    fn either(&mut self) -> Option<Expression> {
        let first = self.comparison()?;
        let mut parts = Vec::new();
        while self.eat("||") {
            parts.push(self.comparison()?);
        }
        if parts.is_empty() {
            return Some(first);
        }
        parts.insert(0, first);
        Some(Expression::Or(parts))
    }

    fn comparison(&mut self) -> Option<Expression> {
        let left = self.sum()?;
        if !self.eat("===") && !self.eat("==") {
            return Some(left);
        }
        match (left, self.sum()?) {
            (Expression::Text(own), Expression::Number) | (Expression::Number, Expression::Text(own)) => {
                Some(Expression::Is(own))
            }
            _ => None,
        }
    }

    fn sum(&mut self) -> Option<Expression> {
        let first = self.term()?;
        let mut parts = Vec::new();
        while self.eat("+") {
            parts.push(self.term()?);
        }
        if parts.is_empty() {
            return Some(first);
        }
        parts.insert(0, first);
        Some(Expression::Sum(parts))
    }

    fn term(&mut self) -> Option<Expression> {
        self.skip();
        let term = match self.rest.chars().next()? {
            '"' | '\'' | '`' => Expression::Text(self.quoted()?),
            '(' => {
                self.eat("(");
                let inner = self.choice()?;
                if !self.eat(")") {
                    return None;
                }
                inner
            }
            '{' => Expression::Table(self.table()?),
            c if c.is_ascii_digit() => Expression::Text(in_full(self.word()?)),
            _ => {
                self.word()?;
                // Where all files lie: the address is made elsewhere.
                if self.eat(".") { self.word().map(|_| Expression::Text(String::new()))? } else { Expression::Number }
            }
        };
        if matches!(term, Expression::Table(_)) && self.eat("[") {
            self.word()?;
            if !self.eat("]") {
                return None;
            }
        }
        Some(term)
    }

    fn word(&mut self) -> Option<&'t str> {
        self.skip();
        let own = |c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '$'));
        let (word, after) = self.rest.split_at_checked(self.rest.find(own).unwrap_or(self.rest.len()))?;
        self.rest = after;
        (!word.is_empty()).then_some(word)
    }

    fn quoted(&mut self) -> Option<String> {
        let quote = self.rest.chars().next()?;
        let inner = self.rest.get(1..)?;
        let end = inner.get(..inner.floor_char_boundary(LONGEST_PART))?.find(quote)?;
        let (text, after) = (inner.get(..end)?, inner.get(end + 1..)?);
        self.rest = after;
        // Names of files need no escapes and no code inside.
        (!text.contains(['\\', '\n', '$'])).then(|| text.to_owned())
    }

    fn table(&mut self) -> Option<BTreeMap<String, String>> {
        let mut rows = BTreeMap::new();
        self.eat("{");
        while !self.eat("}") {
            self.skip();
            let key = if self.rest.starts_with(['"', '\'']) { self.quoted()? } else { in_full(self.word()?) };
            if !self.eat(":") {
                return None;
            }
            self.skip();
            let value = if self.rest.starts_with(['"', '\'']) { self.quoted()? } else { self.word()?.to_owned() };
            rows.insert(key, value);
            if !self.eat(",") && !self.rest.starts_with('}') {
                return None;
            }
        }
        Some(rows)
    }
}
