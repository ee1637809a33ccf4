//! The code that makes the name of a chunk of its number → that code, tried with any number.

use std::collections::{BTreeMap, BTreeSet};

/// What bundlers write: texts, the number, tables, choices.
#[derive(Debug)]
pub(super) enum Expression {
    Text(String),
    Number,
    Sum(Vec<Expression>),
    Table(BTreeMap<String, String>),
    Or(Box<(Expression, Expression)>),
    Is(String),
    If(Box<(Expression, Expression, Expression)>),
}

/// Deeper code is nobody's.
const DEEPEST: u32 = 200;
/// Longer code is nobody's.
const LONGEST: usize = 1 << 20;

/// Reads the code at the start of `text`: an expression, or the body of a function that returns one.
pub(super) fn parse(text: &str) -> Option<Expression> {
    let end = (0..=text.len().min(LONGEST)).rev().find(|at| text.is_char_boundary(*at))?;
    let mut reader = Reader { rest: text.get(..end)?, deep: 0 };
    if reader.eat("{") {
        reader.eat("return");
    }
    reader.choice()
}

impl Expression {
    /// The name for `number`; none where a table does not have it.
    pub(super) fn name(&self, number: &str) -> Option<String> {
        match self {
            Self::Text(text) => Some(text.clone()),
            Self::Number => Some(number.to_owned()),
            Self::Sum(parts) => parts.iter().map(|part| part.name(number)).collect(),
            Self::Table(rows) => rows.get(number).cloned(),
            Self::Or(both) => both.0.name(number).or_else(|| both.1.name(number)),
            Self::Is(own) => (own == number).then(String::new),
            Self::If(all) => if all.0.name(number).is_some() { &all.1 } else { &all.2 }.name(number),
        }
    }

    /// The numbers that it names.
    pub(super) fn keys(&self) -> BTreeSet<String> {
        match self {
            Self::Text(_) | Self::Number => BTreeSet::new(),
            Self::Sum(parts) => parts.iter().flat_map(Self::keys).collect(),
            Self::Table(rows) => rows.keys().cloned().collect(),
            Self::Or(both) => both.0.keys().into_iter().chain(both.1.keys()).collect(),
            Self::Is(own) => [own.clone()].into(),
            Self::If(all) => [&all.0, &all.1, &all.2].into_iter().flat_map(Self::keys).collect(),
        }
    }

    /// Whether it names this number.
    pub(super) fn knows(&self, number: &str) -> bool {
        match self {
            Self::Text(_) | Self::Number => false,
            Self::Sum(parts) => parts.iter().any(|part| part.knows(number)),
            Self::Table(rows) => rows.contains_key(number),
            Self::Or(both) => both.0.knows(number) || both.1.knows(number),
            Self::Is(own) => own == number,
            Self::If(all) => [&all.0, &all.1, &all.2].into_iter().any(|part| part.knows(number)),
        }
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
                block.split_once("*/").map_or("", |(_, after)| after)
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
        let mut left = self.comparison()?;
        while self.eat("||") {
            left = Expression::Or(Box::new((left, self.comparison()?)));
        }
        if self.eat("?") {
            let yes = self.choice()?;
            if !self.eat(":") {
                return None;
            }
            left = Expression::If(Box::new((left, yes, self.choice()?)));
        }
        self.deep -= 1;
        Some(left)
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
            c if c.is_ascii_digit() => Expression::Text(self.word()?.to_owned()),
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
        let (text, after) = self.rest.get(1..)?.split_once(quote)?;
        self.rest = after;
        // Names of files need no escapes and no code inside.
        (!text.contains(['\\', '\n', '$'])).then(|| text.to_owned())
    }

    fn table(&mut self) -> Option<BTreeMap<String, String>> {
        let mut rows = BTreeMap::new();
        self.eat("{");
        while !self.eat("}") {
            self.skip();
            let key = if self.rest.starts_with(['"', '\'']) { self.quoted()? } else { self.word()?.to_owned() };
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
