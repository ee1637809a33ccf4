//! The text of a settings file in JSON, comments allowed → the same text with one more member or item, all else untouched.

use super::install::HookError;

/// How deep values may stand in each other.
const DEEPEST: usize = 64;

/// One value and where it stands.
#[derive(Debug)]
pub(super) struct Node {
    key: Option<String>,
    start: usize,
    end: usize,
    /// `{`, `[`, or something else for what holds no values.
    kind: u8,
    items: Vec<Node>,
}

struct Scan<'t> {
    text: &'t str,
    at: usize,
}

/// Reads `text`.
pub(super) fn parse(text: &str) -> Result<Node, HookError> {
    let mut scan = Scan { text, at: if text.starts_with('\u{feff}') { 3 } else { 0 } };
    let node = scan.value(None, 0)?;
    scan.blanks()?;
    if scan.at == text.len() { Ok(node) } else { Err(HookError::Unreadable) }
}

impl Scan<'_> {
    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn take(&mut self, text: &str) -> bool {
        let found = self.rest().starts_with(text);
        self.at += if found { text.len() } else { 0 };
        found
    }

    /// White space and comments.
    fn blanks(&mut self) -> Result<(), HookError> {
        loop {
            let rest = self.rest();
            let blank = rest.len() - rest.trim_start_matches([' ', '\t', '\r', '\n']).len();
            let comment = match rest.get(..2) {
                Some("//") => rest.find('\n').unwrap_or(rest.len()),
                Some("/*") => rest.find("*/").ok_or(HookError::Unreadable)? + 2,
                _ => 0,
            };
            if blank + comment == 0 {
                return Ok(());
            }
            self.at += if blank > 0 { blank } else { comment };
        }
    }

    fn value(&mut self, key: Option<String>, depth: usize) -> Result<Node, HookError> {
        self.blanks()?;
        let start = self.at;
        let kind = self.rest().bytes().next().ok_or(HookError::Unreadable)?;
        let mut items = Vec::new();
        match kind {
            b'{' | b'[' if depth < DEEPEST => items = self.items(kind, depth)?,
            b'"' => {
                self.string()?;
            }
            _ => {
                let end = self.rest().find([',', '}', ']', ' ', '\t', '\r', '\n', '/']).unwrap_or(self.rest().len());
                let word = self.rest().get(..end).unwrap_or_default();
                serde_json::from_str::<serde_json::Value>(word).map_err(|_| HookError::Unreadable)?;
                self.at += end;
            }
        }
        Ok(Node { key, start, end: self.at, kind, items })
    }

    fn items(&mut self, kind: u8, depth: usize) -> Result<Vec<Node>, HookError> {
        self.at += 1;
        let close = if kind == b'{' { "}" } else { "]" };
        let mut items: Vec<Node> = Vec::new();
        let mut keys = std::collections::BTreeSet::new();
        loop {
            self.blanks()?;
            if self.take(close) {
                return Ok(items);
            }
            let mut key = None;
            if kind == b'{' {
                let name = self.string()?;
                self.blanks()?;
                if !keys.insert(name.clone()) || !self.take(":") {
                    return Err(HookError::Unreadable);
                }
                key = Some(name);
            }
            items.push(self.value(key, depth + 1)?);
            self.blanks()?;
            if !self.take(",") && !self.rest().starts_with(close) {
                return Err(HookError::Unreadable);
            }
        }
    }

    fn string(&mut self) -> Result<String, HookError> {
        let mut escaped = true;
        let end = self.rest().bytes().position(|byte| {
            let ends = byte == b'"' && !escaped;
            escaped = byte == b'\\' && !escaped;
            ends
        });
        let end = end.ok_or(HookError::Unreadable)? + 1;
        let text =
            serde_json::from_str(self.rest().get(..end).unwrap_or_default()).map_err(|_| HookError::Unreadable)?;
        self.at += end;
        Ok(text)
    }
}

impl Node {
    pub(super) fn member(&self, key: &str) -> Option<&Self> {
        self.items.iter().find(|item| item.key.as_deref() == Some(key))
    }

    /// The value as it is written.
    pub(super) fn raw<'t>(&self, text: &'t str) -> &'t str {
        text.get(self.start..self.end).unwrap_or_default()
    }

    pub(super) fn is(&self, kind: u8) -> bool {
        self.kind == kind
    }

    /// This value and all that are in it.
    pub(super) fn all(&self) -> Vec<&Self> {
        let mut all = vec![self];
        let mut at = 0;
        while let Some(node) = all.get(at).copied() {
            all.extend(&node.items);
            at += 1;
        }
        all
    }

    /// `text` with one more thing at the end of this object or array; `more` is written with two blanks for each level.
    pub(super) fn with(&self, text: &str, more: &str) -> String {
        let close = self.end.saturating_sub(1);
        let body = self.items.last().map_or(self.start + 1, |last| last.end);
        let (before, between) = (text.get(..body).unwrap_or_default(), text.get(body..close).unwrap_or_default());
        let after = text.get(close..).unwrap_or_default();
        let comma = if self.items.is_empty() || starts_with_comma(between) { "" } else { "," };
        let kept = between.trim_end();
        let (newline, unit) = style(text);
        let line = text.get(..self.start).unwrap_or_default().rsplit('\n').next().unwrap_or_default();
        let base: String = line.chars().take_while(|c| *c == ' ' || *c == '\t').collect();
        let mut lines = String::new();
        for line in more.lines() {
            let inner = line.trim_start_matches(' ');
            let depth = (line.len() - inner.len()) / 2 + 1;
            lines.push_str(&format!("{newline}{base}{}{inner}", unit.repeat(depth)));
        }
        format!("{before}{comma}{kept}{lines}{newline}{base}{after}")
    }
}

/// Whether a comma follows, behind comments.
fn starts_with_comma(text: &str) -> bool {
    let mut scan = Scan { text, at: 0 };
    scan.blanks().is_ok() && scan.take(",")
}

/// How lines end and how far they are moved in.
fn style(text: &str) -> (&'static str, String) {
    let newline = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let moved = text.lines().skip(1).find(|line| line.starts_with([' ', '\t']) && !line.trim().is_empty());
    let unit: String =
        moved.map(|line| line.chars().take_while(|c| *c == ' ' || *c == '\t').collect()).unwrap_or_default();
    (newline, if unit.is_empty() { "  ".to_owned() } else { unit })
}
