//! Text → a key: wiped when it is dropped, printed by nobody, and taken out of what a server says.

use std::fmt;

use serde_json::Value;
use zeroize::Zeroizing;

/// What stands in its place.
const MARK: &str = "[key]";

/// Servers on this machine are given words like `ollama` for a key, which must not be taken out of what a model says.
const LONG: usize = 16;

/// What lets us in.
pub struct Key(Zeroizing<String>);

impl Key {
    /// Takes `text` without the space around it, unless no header could hold it.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        let text = text.trim();
        let fit = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic());
        fit.then(|| Self(Zeroizing::new(text.to_owned())))
    }

    /// Takes it out of `text`.
    pub fn scrub(&self, text: &mut String) {
        if text.contains(self.text()) {
            *text = text.replace(self.text(), MARK);
        }
    }

    pub(super) fn text(&self) -> &str {
        &self.0
    }

    /// How much of the end of `text` may be the beginning of it.
    pub(super) fn begun(&self, text: &[u8]) -> usize {
        let begins = |length: &usize| self.0.as_bytes().get(..*length).is_some_and(|start| text.ends_with(start));
        (1..self.0.len()).rev().find(begins).unwrap_or(0)
    }

    /// Whether it is like no word that a model could say.
    pub(super) fn is_long(&self) -> bool {
        self.0.len() >= LONG
    }

    /// Takes it out of all texts in `value`, the names of fields included.
    pub(super) fn scrub_all(&self, value: &mut Value) {
        match value {
            Value::String(text) => self.scrub(text),
            Value::Array(items) => items.iter_mut().for_each(|item| self.scrub_all(item)),
            Value::Object(fields) => {
                if fields.keys().any(|name| name.contains(self.text())) {
                    let clean = |(mut name, field): (String, Value)| {
                        self.scrub(&mut name);
                        (name, field)
                    };
                    *fields = std::mem::take(fields).into_iter().map(clean).collect();
                }
                fields.values_mut().for_each(|field| self.scrub_all(field));
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(…)")
    }
}
